//! Reading an image, wherever it is: in the engine, in an archive, in an OCI layout, on standard input;
//! and taking a file out of it. Used by the image explorer and by the `image` command.

mod cache;

pub use cache::Cache;

use super::{Context, Outcome, Progress, with_causes};
use crate::engine::{Engine, EngineError};
use crate::image::archive::{self, Directory, Image, Parts, assemble};
use crate::image::explore::Explored;
use crate::image::layer::{Layer, LayerError};
use crate::image::manifest::{Choice, ImageError};
use crate::image::stack::NodeId;
use crate::image::tar::TarError;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a running job tells how far it is.
const TELL: Duration = Duration::from_millis(100);

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// In the engine, by name or id.
    Engine(String),
    /// In an archive.
    Archive(PathBuf),
    /// In a folder with an OCI layout.
    Layout(PathBuf),
    /// An archive on standard input.
    Input,
}

impl Target {
    /// What a person means by `word`: a file or an OCI layout of that path, `-`, else an image of the
    /// engine. `docker-archive:`, `oci:` and `docker:` before it say so.
    pub fn of(word: &str) -> Self {
        for (prefix, target) in [
            ("docker-archive:", Self::Archive as fn(PathBuf) -> Self),
            ("oci-archive:", Self::Archive),
            ("oci:", Self::Layout),
        ] {
            if let Some(path) = word.strip_prefix(prefix) {
                return target(path.strip_prefix("//").unwrap_or(path).into());
            }
        }
        if let Some(name) = word.strip_prefix("docker://").or_else(|| word.strip_prefix("docker:")) {
            return Self::Engine(name.into());
        }
        let path = Path::new(word);
        match word {
            "-" => Self::Input,
            _ if path.is_file() => Self::Archive(path.into()),
            _ if path.join("index.json").is_file() => Self::Layout(path.into()),
            // Nobody means an image by it.
            _ if word.ends_with(".tar") || word.starts_with(['/', '.']) => Self::Archive(path.into()),
            _ => Self::Engine(word.into()),
        }
    }

    /// Whether an engine is needed.
    pub fn needs_engine(&self) -> bool {
        matches!(self, Self::Engine(_))
    }
}

/// Why an image cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// It is no image that can be read.
    #[error("{name} cannot be read as an image")]
    Image {
        /// What was asked for.
        name: String,
        /// Why.
        source: ImageError,
    },
    /// The path is not in it.
    #[error("{0}")]
    NoFile(String),
    /// What was taken out cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// Where to.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl OpenError {
    /// What to do next.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Engine(error) => error.hints(),
            Self::Image { source: ImageError::NotAnImage, .. } => {
                vec![
                    "give what `docker save`, `skopeo copy` or `buildx build --output type=oci` wrote".into(),
                ]
            }
            Self::Image { source: ImageError::Several(_), .. } => {
                vec!["name the one you mean with --image NAME".into()]
            }
            Self::Image { source: ImageError::Platform { .. }, .. } => {
                vec!["name one of these with --platform".into()]
            }
            _ => Vec::new(),
        }
    }
}

/// What opens images: with a cache, and an engine where one is needed.
pub struct Opener {
    /// The engine, when there is one.
    pub engine: Option<Engine>,
    /// Layers that were read before.
    pub cache: Cache,
    /// Ends it.
    pub cancel: CancellationToken,
}

impl Opener {
    /// Reads the image at `target` and understands it. `progress` hears of bytes read.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn open(
        &self,
        target: &Target,
        choice: &Choice,
        progress: impl FnMut(u64) + Send + 'static,
    ) -> Result<Explored, OpenError> {
        match target {
            Target::Engine(name) => self.read_engine(name, choice, progress).await,
            other => self.read_archive(other, choice, progress).await,
        }
    }

    fn engine(&self) -> Result<&Engine, OpenError> {
        let none = || EngineError::Lost("no engine was looked for".into());
        self.engine.as_ref().ok_or_else(|| none().into())
    }

    async fn read_engine(
        &self,
        name: &str,
        choice: &Choice,
        progress: impl FnMut(u64) + Send,
    ) -> Result<Explored, OpenError> {
        let engine = self.engine()?;
        let (id, tags) = engine.image_identity(name).await?;
        let key = format!("engine {id} {choice:?}");
        let kept = self.cache.image(&key);
        let was_kept = kept.is_some();
        let failed = |source| OpenError::Image { name: name.into(), source };
        let mut image = match kept {
            Some(image) => image,
            None => {
                // By its id: the name may move meanwhile, and several names are several manifests.
                let choice = Choice { name: None, ..choice.clone() };
                let read = move |export| -> Result<Image, ImageError> {
                    assemble(&mut archive::stream(export, false)?, &choice)
                };
                engine.read_export(&id, &self.cancel, progress, read).await?.map_err(failed)?
            }
        };
        image.manifest.tags = tags;
        let (cache, name) = (self.cache.clone(), name.to_owned());
        self.blocking(move || {
            if !was_kept {
                cache.keep(&key, &image);
            }
            Explored::new(&name, &id, image).map_err(|e| OpenError::Image { name, source: e.into() })
        })
        .await
    }

    async fn read_archive(
        &self,
        target: &Target,
        choice: &Choice,
        progress: impl FnMut(u64) + Send + 'static,
    ) -> Result<Explored, OpenError> {
        let (target, choice, cache) = (target.clone(), choice.clone(), self.cache.clone());
        let (cancel, ended) = (self.cancel.clone(), self.cancel.clone());
        self.blocking(move || {
            let name = match &target {
                Target::Archive(path) | Target::Layout(path) => path.display().to_string(),
                _ => "standard input".to_owned(),
            };
            let read = || -> Result<Explored, ImageError> {
                let key = identity(&target)?.map(|identity| format!("{identity} {choice:?}"));
                let kept = key.as_ref().and_then(|key| cache.image(key));
                let image = match kept {
                    Some(image) => image,
                    None => {
                        let image = read_files(&target, &choice, Watch { cancel, bytes: 0, progress })?;
                        if let Some(key) = &key {
                            cache.keep(key, &image);
                        }
                        image
                    }
                };
                let id = format!("sha256:{:x}", Sha256::digest(&image.config_text));
                Ok(Explored::new(&name, &id, image)?)
            };
            read().map_err(|source| match ended.is_cancelled() {
                true => OpenError::Cancelled,
                false => OpenError::Image { name: name.clone(), source },
            })
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
    ) -> Result<T, OpenError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(EngineError::Lost(Box::new(error)).into()))
    }

    /// Writes the file at `path`, as it is after `layer` (the last one without), into `out`. Answers
    /// with its size.
    ///
    /// # Errors
    /// When it is no regular file, or cannot be read or written.
    pub async fn extract(
        &self,
        target: &Target,
        image: &Explored,
        path: &str,
        layer: Option<usize>,
        out: &Path,
    ) -> Result<u64, OpenError> {
        let (part, inside) = locate(image, path, layer)?;
        let out = out.to_owned();
        let written = match target {
            Target::Engine(_) => {
                let write = move |export| {
                    write_out(&out, |file| archive::extract_streamed(export, &part, &inside, file))
                };
                self.engine()?.read_export(&image.info.id, &self.cancel, |_| {}, write).await?
            }
            Target::Input => return Err(OpenError::NoFile("standard input can be read only once".into())),
            other => {
                let mut files = Files::open(other)
                    .map_err(|source| OpenError::Image { name: image.name.clone(), source })?;
                self.blocking(move || {
                    Ok(write_out(&out, |file| match files.blob(&part)? {
                        Some((size, blob)) => archive::extract(blob, size, &inside, file),
                        None => Ok(None),
                    }))
                })
                .await?
            }
        };
        written?.ok_or_else(|| OpenError::NoFile(format!("{path} is not in the archive any more")))
    }
}

/// The part of the archive that holds the file at `path`, and the path that it has there.
fn locate(image: &Explored, path: &str, layer: Option<usize>) -> Result<(String, String), OpenError> {
    let none = |what: &str| OpenError::NoFile(format!("{path} {what}"));
    let last = image.last_layer().ok_or_else(|| none("is not in this image, which has no layers"))?;
    let layer = layer.unwrap_or(last);
    if layer > last {
        return Err(OpenError::NoFile(format!("there is no layer {}; the last is {}", layer + 1, last + 1)));
    }
    let node = image.stack.find(path).filter(|node| *node != NodeId::ROOT);
    let node = node.ok_or_else(|| none("is in no layer of this image"))?;
    if image.stack.at(node, layer).is_none() {
        let had = (0..=last).rev().find(|layer| image.stack.at(node, *layer).is_some());
        let had = had.map_or(0, |layer| layer + 1);
        return Err(none(&format!("is not there after layer {}; --layer {had} has it", layer + 1)));
    }
    let (holder, inside) = image.holder(node, layer).ok_or_else(|| none("is no regular file"))?;
    let part = image.manifest.layers.get(holder).cloned();
    Ok((part.ok_or_else(|| none("is in a layer that the archive does not name"))?, inside))
}

/// Writes a file that is not there yet, whole or not at all.
fn write_out(
    path: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> Result<Option<u64>, LayerError>,
) -> Result<Option<u64>, OpenError> {
    let failed = |source| OpenError::Write { path: path.to_owned(), source };
    let mut file = File::create_new(path).map_err(failed)?;
    let written = write(&mut file).map_err(|error| match error {
        LayerError::Tar(TarError::Io(error)) => error,
        other => io::Error::other(other),
    });
    if !matches!(written, Ok(Some(_))) {
        let _ = fs::remove_file(path);
    }
    written.map_err(failed)
}

/// Tells how far reading is, and ends it when it is cancelled.
struct Watch<P> {
    cancel: CancellationToken,
    bytes: u64,
    progress: P,
}

struct Watched<'a, R, P> {
    inner: R,
    watch: &'a mut Watch<P>,
}

impl<R: Read, P: FnMut(u64)> Read for Watched<'_, R, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let read = self.inner.read(buffer)?;
        self.watch.bytes += read as u64;
        (self.watch.progress)(self.watch.bytes);
        Ok(read)
    }
}

fn read_files(
    target: &Target,
    choice: &Choice,
    mut watch: Watch<impl FnMut(u64)>,
) -> Result<Image, ImageError> {
    if *target == Target::Input {
        let input = Watched { inner: io::stdin().lock(), watch: &mut watch };
        return assemble(&mut archive::stream(input, true)?, choice);
    }
    let mut parts = WatchedFiles { files: Files::open(target)?, watch };
    assemble(&mut parts, choice)
}

/// What a file or layout is, so that a change is noticed: places, sizes and times. `None` for what can
/// be read only once.
fn identity(target: &Target) -> io::Result<Option<String>> {
    let mut all = String::new();
    let mut add = |path: &Path| -> io::Result<()> {
        use std::fmt::Write as _;
        let meta = fs::metadata(path)?;
        let since = meta.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let _ = writeln!(all, "{} {} {}", path.display(), meta.len(), since.as_nanos());
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let _ = writeln!(all, "{} {} {} {}", meta.dev(), meta.ino(), meta.ctime(), meta.ctime_nsec());
        }
        Ok(())
    };
    match target {
        Target::Archive(path) => add(&path.canonicalize()?)?,
        Target::Layout(path) => {
            let root = path.canonicalize()?;
            add(&root.join("index.json"))?;
            for kind in fs::read_dir(root.join("blobs"))?.flatten() {
                for blob in fs::read_dir(kind.path())?.take(10_000).flatten() {
                    add(&blob.path())?;
                }
            }
        }
        Target::Engine(_) | Target::Input => return Ok(None),
    }
    Ok(Some(format!("files {:x}", Sha256::digest(all))))
}

/// Size and bytes of a part.
type Blob<'a> = (u64, Box<dyn Read + 'a>);

/// An image in a file or folder, whose parts can be looked up.
enum Files {
    Archive { file: File, directory: Directory },
    Layout(PathBuf),
}

impl Files {
    fn open(target: &Target) -> Result<Self, ImageError> {
        match target {
            Target::Layout(path) => Ok(Self::Layout(path.clone())),
            Target::Archive(path) => {
                let file = File::open(path)?;
                let meta = file.metadata()?;
                if !meta.is_file() {
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file").into());
                }
                let directory = Directory::list(&file, meta.len())?;
                Ok(Self::Archive { file, directory })
            }
            Target::Engine(_) | Target::Input => Err(ImageError::NotAnImage),
        }
    }

    fn place(&self, path: &str) -> String {
        match self {
            Self::Archive { directory, .. } => directory.place(path).to_owned(),
            Self::Layout(_) => path.to_owned(),
        }
    }

    fn blob(&mut self, path: &str) -> Result<Option<Blob<'_>>, TarError> {
        match self {
            Self::Archive { file, directory } => {
                let Some((at, size)) = directory.part(path) else { return Ok(None) };
                file.seek(SeekFrom::Start(at))?;
                Ok(Some((size, Box::new(BufReader::new(file.take(size))))))
            }
            Self::Layout(root) => {
                // The paths of a layout come from digests; nothing else leads anywhere.
                let known = path.starts_with("blobs/") || matches!(path, "index.json" | "manifest.json");
                let inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
                let place = root.join(path);
                let meta = match fs::symlink_metadata(&place) {
                    Ok(meta) if known && inside && meta.is_file() => meta,
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                    _ => return Ok(None),
                };
                Ok(Some((meta.len(), Box::new(BufReader::new(File::open(place)?)))))
            }
        }
    }
}

struct WatchedFiles<P> {
    files: Files,
    watch: Watch<P>,
}

impl<P: FnMut(u64)> Parts for WatchedFiles<P> {
    fn file(&mut self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let blob = self.files.blob(path).map_err(io::Error::other)?;
        blob.map(|(_, blob)| archive::read_file(blob)).transpose()
    }

    fn place(&self, path: &str) -> String {
        self.files.place(path)
    }

    fn layer(&mut self, path: &str, _: &str) -> Result<Option<Layer>, LayerError> {
        let Some((size, blob)) = self.files.blob(path)? else { return Ok(None) };
        archive::read_blob(Watched { inner: blob, watch: &mut self.watch }, size, true).map(Some)
    }
}

/// The explorer's job.
pub(super) async fn explore(word: String, choice: Choice, context: Context) -> Outcome {
    let target = Target::of(&word);
    match opener(&target, &context).await {
        Ok(opener) => {
            let reporter = context.reporter.clone();
            let mut told = std::time::Instant::now();
            let progress = move |bytes| {
                if told.elapsed() >= TELL {
                    told = std::time::Instant::now();
                    reporter.say(Progress::Read(bytes));
                }
            };
            match opener.open(&target, &choice, progress).await {
                Ok(explored) => Outcome::Explored(std::sync::Arc::new(explored)),
                Err(error) => failed(&error),
            }
        }
        Err(outcome) => outcome,
    }
}

/// The job that takes a file out of an image.
pub(super) async fn extract(
    image: std::sync::Arc<Explored>,
    word: String,
    path: String,
    layer: usize,
    out: PathBuf,
    context: Context,
) -> Outcome {
    let target = Target::of(&word);
    match opener(&target, &context).await {
        Ok(opener) => match opener.extract(&target, &image, &path, Some(layer), &out).await {
            Ok(bytes) => Outcome::Extracted { path: out, bytes },
            Err(error) => failed(&error),
        },
        Err(outcome) => outcome,
    }
}

async fn opener(target: &Target, context: &Context) -> Result<Opener, Outcome> {
    let engine = match target.needs_engine() {
        true => Some(context.engine().await?),
        false => None,
    };
    Ok(Opener { engine, cache: context.jobs.cache(), cancel: context.cancel.clone() })
}

fn failed(error: &OpenError) -> Outcome {
    match error {
        OpenError::Cancelled | OpenError::Engine(EngineError::Cancelled) => Outcome::Cancelled,
        error => Outcome::failed(with_causes(error), error.hints()),
    }
}

#[cfg(test)]
mod tests;
