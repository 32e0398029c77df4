//! Makes a bundle. Images are saved beside it first, so that the manifest, which stands at the beginning, knows
//! their bytes; it gets its name when it is whole and on the disk.

use super::manifest::{FORMAT, Image, Listed, Manifest, NAME, PLAN};
use super::{BundleError, Scratch, Told};
use crate::course::{self, Source};
use crate::engine::Engine;
use crate::workshop::needs::Needs;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// How much is compressed: what base images shrink by most of, at the speed of a disk.
const LEVEL: i32 = 3;

/// What goes into a bundle, and where it goes.
#[derive(Debug)]
pub struct Packing {
    /// The plan as it is written.
    pub plan: String,
    /// What it needs.
    pub needs: Needs,
    /// The course.
    pub source: Source,
    /// The file to make; it must not be there yet.
    pub output: PathBuf,
}

/// A file of the course or the plan: its path in the bundle, and what is in it.
type Small = (String, Cow<'static, [u8]>);

/// Makes the bundle. Answers with what is in it.
///
/// # Errors
/// When an image is missing, or something cannot be read or written. Nothing is left behind then.
pub async fn pack(
    packing: Packing,
    engine: Option<&Engine>,
    cancel: &CancellationToken,
    tell: impl Fn(Told) + Send + Sync + Clone + 'static,
) -> Result<Manifest, BundleError> {
    if packing.output.exists() {
        return Err(BundleError::There(packing.output));
    }
    let scratch = Scratch::beside(&packing.output)?;
    let images = match engine {
        Some(engine) => save(&packing.needs, engine, &scratch, cancel, &tell).await?,
        None if packing.needs.images.is_empty() => Vec::new(),
        None => return Err(BundleError::Missing(packing.needs.images.into_keys().collect())),
    };
    let platform = engine.filter(|_| !images.is_empty()).map(|engine| engine.info().platform.clone());
    let (mut small, platform) = (files(&packing.source)?, platform.unwrap_or_default());
    let plan = listed(PLAN.to_owned(), packing.plan.as_bytes());
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        embedded: packing.source == Source::Embedded,
        platform,
        plan,
        course: small.iter().map(|(path, bytes)| listed(path.clone(), bytes)).collect(),
        images,
    };
    small.insert(0, (PLAN.to_owned(), Cow::Owned(packing.plan.into_bytes())));
    let cancel = cancel.clone();
    let write = move || {
        let written = write(&manifest, &small, &scratch, &packing.output, &cancel, &tell);
        written.map(|()| manifest)
    };
    tokio::task::spawn_blocking(write).await.unwrap_or(Err(BundleError::Cancelled))
}

/// The files of the course, by their paths in the bundle.
fn files(source: &Source) -> Result<Vec<Small>, BundleError> {
    let (files, problems) = course::raw(source);
    if let (Source::Folder(path), Some(problem)) = (source, problems.first()) {
        let source = io::Error::other(problem.to_string());
        return Err(BundleError::File { path: path.clone(), source });
    }
    Ok(files.into_iter().map(|(path, bytes)| (format!("course/{path}"), bytes)).collect())
}

fn listed(path: String, bytes: &[u8]) -> Listed {
    Listed { path, bytes: bytes.len() as u64, sha256: format!("{:x}", Sha256::digest(bytes)) }
}

/// Saves each image by its name. Two names of one image are two archives: whoever loads them may have one of the
/// names already, for another image.
async fn save(
    needs: &Needs,
    engine: &Engine,
    scratch: &Scratch,
    cancel: &CancellationToken,
    tell: &(impl Fn(Told) + Send + Sync + Clone + 'static),
) -> Result<Vec<Image>, BundleError> {
    let mut missing = Vec::new();
    for name in needs.images.keys() {
        if !engine.has_image(name).await.map_err(|error| BundleError::engine(name, error))? {
            missing.push(name.clone());
        }
    }
    if !missing.is_empty() {
        return Err(BundleError::Missing(missing));
    }
    let mut images = Vec::new();
    for (number, name) in (1..).zip(needs.images.keys()) {
        tell(Told::Begins(format!("saving {name}")));
        let path = format!("images/{number:03}.tar");
        let file = scratch.0.join(format!("{number:03}.tar"));
        let told = tell.clone();
        let saved = engine.save_to(name, &file, cancel, move |bytes| told(Told::Bytes(bytes))).await;
        let (bytes, sha256) = saved.map_err(|error| BundleError::engine(name, error))?;
        images.push(Image { name: name.clone(), file: Listed { path, bytes, sha256 } });
    }
    Ok(images)
}

/// Writes the bundle: first all of it into the scratch folder, then by its name.
fn write(
    manifest: &Manifest,
    small: &[Small],
    scratch: &Scratch,
    output: &Path,
    cancel: &CancellationToken,
    tell: &impl Fn(Told),
) -> Result<(), BundleError> {
    tell(Told::Begins(format!("writing {}", output.display())));
    let draft = scratch.0.join("bundle");
    let failed = |source: io::Error| match cancel.is_cancelled() {
        true => BundleError::Cancelled,
        false => BundleError::File { path: output.to_owned(), source },
    };
    let file = File::create_new(&draft).map_err(failed)?;
    let entries = |to: &mut dyn Write| -> io::Result<()> {
        let mut archive = tar::Builder::new(to);
        let text = serde_json::to_vec_pretty(manifest)?;
        append(&mut archive, NAME, text.len() as u64, &text[..])?;
        for (path, bytes) in small {
            append(&mut archive, path, bytes.len() as u64, &bytes[..])?;
        }
        let mut written = 0;
        for image in &manifest.images {
            let name = image.file.path.strip_prefix("images/").unwrap_or(&image.file.path);
            let saved = File::open(scratch.0.join(name))?;
            let watched = Watched { from: saved, cancel, written: &mut written, tell };
            append(&mut archive, &image.file.path, image.file.bytes, watched)?;
        }
        archive.into_inner().map(drop)
    };
    let whole = || -> io::Result<()> {
        let mut file = BufWriter::with_capacity(1 << 20, file);
        if output.extension().is_some_and(|end| end == "zst") {
            let mut encoder = zstd::stream::write::Encoder::new(&mut file, LEVEL)?;
            encoder.include_checksum(true)?;
            entries(&mut encoder)?;
            encoder.finish()?;
        } else {
            entries(&mut file)?;
        }
        file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        // A link fails where a file is there already; a rename would take its place.
        std::fs::hard_link(&draft, output).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Err(error),
            _ => std::fs::rename(&draft, output),
        })
    };
    whole().map_err(failed)
}

/// Adds an entry that says nothing of who made it and when.
fn append(
    archive: &mut tar::Builder<&mut dyn Write>,
    path: &str,
    bytes: u64,
    from: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_path(path)?;
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    archive.append(&header, from)
}

/// A file that is read until somebody cancels.
struct Watched<'a, T> {
    from: File,
    cancel: &'a CancellationToken,
    written: &'a mut u64,
    tell: &'a T,
}

impl<T: Fn(Told)> Read for Watched<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let read = self.from.read(buffer)?;
        *self.written += read as u64;
        (self.tell)(Told::Bytes(*self.written));
        Ok(read)
    }
}
