//! The build context: which files of a folder go to the builder, as a tar that is written while it
//! is sent, so that its size does not matter.

pub mod snapshot;
mod walk;
mod weight;

pub(super) use walk::{Entry, Walk, slashed};
pub(super) use weight::Weight;

use crate::image::dockerignore::Ignore;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Bytes handed over at a time.
const CHUNK: usize = 128 * 1024;

/// What can be wrong with a build context.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", .path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The Dockerfile is not there.
    #[error("there is no {} in {}", .dockerfile, .folder.display())]
    NoDockerfile {
        /// Its name, relative to the folder.
        dockerfile: String,
        /// The context.
        folder: PathBuf,
    },
    /// A name leads out of the context.
    #[error("{0} leads out of the build context")]
    Outside(String),
    /// A pattern of the ignore file is malformed.
    #[error("{file}:{line}: the pattern {pattern:?} is malformed")]
    BadPattern {
        /// `.dockerignore`, or the Dockerfile's own.
        file: String,
        /// Line, from 1.
        line: usize,
        /// The pattern.
        pattern: String,
    },
    /// Whoever takes the bytes went away.
    #[error("nobody takes the build context any more")]
    Abandoned,
}

/// A folder ready to be sent.
#[derive(Debug, Clone)]
pub struct Context {
    folder: PathBuf,
    dockerfile: String,
    ignore: Ignore,
    /// Name and text of the file that says what is ignored.
    ignore_file: Option<(String, String)>,
    /// Goes along although it is ignored.
    always: Vec<PathBuf>,
    /// Another text that is built in place of the Dockerfile.
    text: Option<Arc<TextFolder>>,
}

/// A folder with nothing but a Dockerfile and its ignore file, for as long as a build wants it.
#[derive(Debug)]
struct TextFolder {
    folder: PathBuf,
    text: String,
}

impl Drop for TextFolder {
    fn drop(&mut self) {
        // One that cannot be removed lies among the temporary files, which the system clears.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Context {
    /// Reads the ignore file of `folder` (`<dockerfile>.dockerignore` before `.dockerignore`) and
    /// makes sure of its Dockerfile.
    pub fn open(folder: &Path, dockerfile: &str) -> Result<Self, ContextError> {
        let dockerfile = if dockerfile.is_empty() { "Dockerfile" } else { dockerfile };
        let dockerfile = dockerfile.trim_start_matches("./").to_string();
        if Path::new(&dockerfile).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            return Err(ContextError::Outside(dockerfile));
        }
        std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))?;
        let path = folder.join(&dockerfile);
        match std::fs::metadata(&path) {
            Ok(found) if found.is_file() => {}
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unreadable(&path, error)),
            _ => return Err(ContextError::NoDockerfile { dockerfile, folder: folder.into() }),
        }
        let mut ignore = Ignore::default();
        let mut ignore_file = None;
        for file in [format!("{dockerfile}.dockerignore"), ".dockerignore".to_string()] {
            match std::fs::read(folder.join(&file)) {
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    ignore = Ignore::parse(&text);
                    ignore_file = Some((file, text));
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(unreadable(&folder.join(&file), error)),
            }
        }
        if let Some(error) = ignore.errors().first() {
            let (line, pattern) = (error.line, error.pattern.clone());
            let file = ignore_file.map(|(name, _)| name).unwrap_or_default();
            return Err(ContextError::BadPattern { file, line, pattern });
        }
        let always = vec![PathBuf::from(&dockerfile)];
        Ok(Self { folder: folder.into(), dockerfile, ignore, ignore_file, always, text: None })
    }

    /// The same with `text` built in place of the Dockerfile.
    ///
    /// # Errors
    /// When it cannot be laid down for the builder.
    pub(super) fn with_text(mut self, text: Option<String>) -> Result<Self, ContextError> {
        let Some(text) = text else { return Ok(self) };
        let folder = std::env::temp_dir().join(super::unique_name());
        let own = folder.clone();
        let told = |source| unreadable(&own, source);
        // Fails when it is there, so that nobody can have prepared it.
        std::fs::create_dir(&folder).map_err(told)?;
        let name = Path::new(&self.dockerfile).file_name().unwrap_or_default();
        let laid = TextFolder { folder, text };
        std::fs::write(laid.folder.join(name), &laid.text).map_err(told)?;
        let ignore = format!("{}.dockerignore", name.to_string_lossy());
        if let Ok(text) = std::fs::read(self.folder.join(format!("{}.dockerignore", self.dockerfile))) {
            std::fs::write(laid.folder.join(ignore), text).map_err(told)?;
        }
        self.text = Some(Arc::new(laid));
        Ok(self)
    }

    /// The folder the builder takes the Dockerfile from.
    pub(super) fn dockerfile_folder(&self) -> PathBuf {
        match &self.text {
            Some(laid) => laid.folder.clone(),
            None => {
                let dockerfile = self.folder.join(&self.dockerfile);
                dockerfile.parent().unwrap_or(&self.folder).to_path_buf()
            }
        }
    }

    /// The same for the classic builder, which reads the ignore file itself, to take away again what
    /// was sent only for its own use.
    #[must_use]
    pub(super) fn for_classic_builder(mut self) -> Self {
        self.always.push(".dockerignore".into());
        self
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The Dockerfile's name in the context.
    pub fn dockerfile(&self) -> &str {
        &self.dockerfile
    }

    /// Name and text of the file that says what is ignored, when there is one.
    pub fn ignore_file(&self) -> Option<&(String, String)> {
        self.ignore_file.as_ref()
    }

    /// Everything that goes to the builder.
    fn walk(&self) -> Walk {
        Walk {
            root: self.folder.clone(),
            ignore: self.ignore.clone(),
            always: self.always.clone(),
            only: None,
        }
    }

    /// Writes the tar into `sink`; blocks. Owners become root, modes and times stay, links stay links.
    pub fn write_tar(&self, sink: impl Write) -> Result<(), ContextError> {
        let mut tar = tar::Builder::new(sink);
        tar.mode(tar::HeaderMode::Complete);
        self.walk().visit(&mut |entry| match &self.text {
            Some(laid) if entry.relative == Path::new(&self.dockerfile) => {
                let mut header = tar::Header::new_gnu();
                header.set_metadata(entry.metadata);
                header.set_size(laid.text.len() as u64);
                let written = tar.append_data(&mut header, entry.relative, laid.text.as_bytes());
                written.map_err(|_| ContextError::Abandoned)
            }
            _ => append(&mut tar, entry),
        })?;
        tar.into_inner().and_then(|mut sink| sink.flush()).map_err(|_| ContextError::Abandoned)
    }

    /// Starts writing the tar on a thread of its own; the error, when there is one, is the last item.
    /// `warn` is told first when it is very large.
    pub(super) fn stream(
        self,
        warn: impl FnOnce(String) + Send + 'static,
    ) -> mpsc::Receiver<Result<hyper::body::Bytes, ContextError>> {
        let (sender, receiver) = mpsc::channel(8);
        tokio::task::spawn_blocking(move || {
            let mut weight = Weight::default();
            let weighed = self.walk().visit(&mut |entry| {
                weight.add(entry);
                Ok(())
            });
            // What cannot be read is told by who sends it.
            if let (Ok(()), Some(text)) = (weighed, weight.warning()) {
                warn(text);
            }
            let sink = ChannelWriter { sender: sender.clone(), buffer: Vec::with_capacity(CHUNK) };
            match self.write_tar(sink) {
                Ok(()) | Err(ContextError::Abandoned) => {}
                // The receiver may be gone; then nobody wants the error either.
                Err(error) => drop(sender.blocking_send(Err(error))),
            }
        });
        receiver
    }
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> ContextError {
    ContextError::Unreadable { path: path.into(), source }
}

fn append<W: Write>(tar: &mut tar::Builder<W>, entry: &Entry<'_>) -> Result<(), ContextError> {
    let Entry { path, relative, metadata } = entry;
    let kind = metadata.file_type();
    let mut header = tar::Header::new_gnu();
    header.set_metadata(metadata);
    header.set_uid(0);
    header.set_gid(0);
    // A write can only fail because the other end is gone; what concerns a file is told apart below.
    if kind.is_dir() {
        header.set_size(0);
        tar.append_data(&mut header, relative, io::empty()).map_err(|_| ContextError::Abandoned)
    } else if kind.is_symlink() {
        let target = std::fs::read_link(path).map_err(|source| unreadable(path, source))?;
        header.set_size(0);
        tar.append_link(&mut header, relative, target).map_err(|_| ContextError::Abandoned)
    } else if kind.is_file() {
        let file = std::fs::File::open(path).map_err(|source| unreadable(path, source))?;
        let mut exact = Exact { inner: file, left: metadata.len(), failed: None };
        let written = tar.append_data(&mut header, relative, &mut exact);
        match (exact.failed, written) {
            (Some(source), _) => Err(unreadable(path, source)),
            (None, written) => written.map_err(|_| ContextError::Abandoned),
        }
    } else {
        // Sockets, pipes and devices mean nothing on another machine; docker leaves sockets out too.
        Ok(())
    }
}

/// Reads exactly what the header announced: a file that grows is cut, one that shrinks is an error.
struct Exact {
    inner: std::fs::File,
    left: u64,
    failed: Option<io::Error>,
}

impl Read for Exact {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let read = match self.inner.read(&mut buffer[..most]) {
            Ok(0) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it shrank while it was read")),
            read => read,
        };
        match read {
            Ok(count) => {
                self.left -= count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
        }
    }
}

struct ChannelWriter {
    sender: mpsc::Sender<Result<hyper::body::Bytes, ContextError>>,
    buffer: Vec<u8>,
}

impl Write for ChannelWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK));
        self.sender.blocking_send(Ok(full.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
