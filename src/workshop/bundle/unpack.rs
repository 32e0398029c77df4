//! Takes a bundle apart, believing nothing of it: every entry must be the next one that the manifest lists, a plain
//! file of just so many bytes with just that digest. Nothing gets its place before all of it was right.

use super::manifest::{Image, Listed, MAX_MANIFEST, Manifest, NAME, PLAN};
use super::{BundleError, Scratch, Told, image};
use crate::engine::disk::free_space;
use crate::engine::{Engine, EngineError};
use crate::image::human_size;
use crate::text::sanitise;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Largest window of zstd, as a power of two.
const WINDOW: u32 = 27;
/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;

/// A bundle whose entries are all as its manifest says, in a folder that goes when this is dropped.
pub struct Unpacked {
    /// What is in it.
    pub manifest: Manifest,
    scratch: Scratch,
    target: PathBuf,
}

/// Unpacks the bundle `path` beside the folder `target`, which must not be there yet. Blocks.
///
/// # Errors
/// When it is no bundle, or not as it says of itself; or for want of room. Nothing is left behind then.
pub fn unpack(
    path: &Path,
    target: &Path,
    cancel: &CancellationToken,
    tell: impl Fn(Told),
) -> Result<Unpacked, BundleError> {
    let unreadable = |source: io::Error| BundleError::File { path: path.to_owned(), source };
    let refused = |why: String| BundleError::Refused { path: path.to_owned(), why };
    let broken = |error: io::Error| refused(sanitise::plain(&error.to_string()).into_owned());
    if target.exists() {
        return Err(BundleError::There(target.to_owned()));
    }
    let mut file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(refused("it is no file".into()));
    }
    let mut head = [0; 4];
    let read = file.read(&mut head).map_err(unreadable)?;
    io::Seek::rewind(&mut file).map_err(unreadable)?;
    let raw = BufReader::with_capacity(CHUNK, file);
    let reader: Box<dyn Read> = if head.get(..read) == Some(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(raw).map_err(unreadable)?;
        decoder.window_log_max(WINDOW).map_err(unreadable)?;
        Box::new(decoder)
    } else {
        Box::new(raw)
    };
    let mut archive = tar::Archive::new(reader);
    // Extensions of headers are entries here, and those are refused as no plain files.
    let mut entries = archive.entries().map_err(broken)?.raw(true);
    let mut next = |wanted: Option<&Listed>| -> Result<Option<tar::Entry<'_, Box<dyn Read>>>, BundleError> {
        let Some(entry) = entries.next() else { return Ok(None) };
        let entry = entry.map_err(broken)?;
        let found = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let shown = sanitise::bounded(&sanitise::plain(&found), 80).into_owned();
        let (name, bytes) = wanted.map_or((NAME, None), |listed| (&*listed.path, Some(listed.bytes)));
        if found != name {
            return Err(refused(format!("`{shown}` stands where `{name}` should")));
        }
        if !entry.header().entry_type().is_file() {
            return Err(refused(format!("`{shown}` is no plain file")));
        }
        let says = entry.header().entry_size().map_err(broken)?;
        if bytes.map_or(says > MAX_MANIFEST, |bytes| says != bytes) {
            return Err(refused(format!("`{shown}` says it has {says} bytes, and should not")));
        }
        Ok(Some(entry))
    };
    let mut text = Vec::new();
    let first = next(None)?.ok_or_else(|| refused("there is nothing in it".into()))?;
    first.take(MAX_MANIFEST).read_to_end(&mut text).map_err(broken)?;
    let manifest = Manifest::read(&text).map_err(refused)?;
    let scratch = Scratch::beside(target)?;
    if let Some(free) = free_space(&scratch.0).filter(|free| manifest.bytes() > *free) {
        let (needed, free) = (human_size(manifest.bytes()), human_size(free));
        let folder = target.to_owned();
        return Err(BundleError::Room { path: path.to_owned(), folder, needed, free });
    }
    tell(Told::Begins(format!("reading {}", path.display())));
    let mut done = 0;
    for listed in manifest.entries() {
        let mut entry =
            next(Some(listed))?.ok_or_else(|| refused(format!("it ends before `{}`", listed.path)))?;
        let to = scratch.0.join(&listed.path);
        let written = |source: io::Error| BundleError::File { path: to.clone(), source };
        std::fs::create_dir_all(to.parent().unwrap_or(&scratch.0)).map_err(written)?;
        let mut file = File::create_new(&to).map_err(written)?;
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; CHUNK]);
        loop {
            if cancel.is_cancelled() {
                return Err(BundleError::Cancelled);
            }
            let read = entry.read(&mut buffer).map_err(broken)?;
            let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
            file.write_all(chunk).map_err(written)?;
            hash.update(chunk);
            bytes += read as u64;
            tell(Told::Bytes(done + bytes));
        }
        done += bytes;
        if bytes != listed.bytes || format!("{:x}", hash.finalize()) != listed.sha256 {
            return Err(refused(format!("`{}` is not what the manifest says", listed.path)));
        }
    }
    if let Some(extra) = entries.next() {
        let extra = extra.map_err(broken)?;
        let shown = String::from_utf8_lossy(&extra.path_bytes()).into_owned();
        let shown = sanitise::bounded(&sanitise::plain(&shown), 80).into_owned();
        return Err(refused(format!("`{shown}` is in no list")));
    }
    for Image { name, file } in &manifest.images {
        image::check(&scratch.0.join(&file.path), name).map_err(refused)?;
    }
    Ok(Unpacked { manifest, scratch, target: target.to_owned() })
}

/// What became of the images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Names that are there now and were not.
    pub loaded: Vec<String>,
    /// Names that were there, and were left as they are.
    pub kept: Vec<String>,
}

/// Gives the engine those images that it does not have, then the plan and the course their place.
///
/// # Errors
/// When the engine refuses an image, or the folder cannot be made.
pub async fn load(
    unpacked: Unpacked,
    engine: Option<&Engine>,
    cancel: &CancellationToken,
    tell: impl Fn(Told),
) -> Result<Loaded, BundleError> {
    let Unpacked { manifest, scratch, target } = unpacked;
    let mut loaded = Loaded::default();
    if let Some(engine) = engine.filter(|_| !manifest.images.is_empty()) {
        let ours = &engine.info().platform;
        if *ours != manifest.platform {
            let theirs = sanitise::bounded(&sanitise::plain(&manifest.platform), 40).into_owned();
            return Err(BundleError::Platform { theirs, ours: ours.clone() });
        }
        for image in &manifest.images {
            let Image { name, file } = image;
            let failed = |error| BundleError::engine(name, error);
            if engine.has_image(name).await.map_err(failed)? {
                loaded.kept.push(name.clone());
                continue;
            }
            tell(Told::Begins(format!("loading {name}")));
            engine.load_from(&scratch.0.join(&file.path), cancel).await.map_err(failed)?;
            if !engine.has_image(name).await.map_err(failed)? {
                let refused = EngineError::NotFound(format!("{name}, though it was loaded"));
                return Err(failed(refused));
            }
            loaded.loaded.push(name.clone());
        }
    }
    let failed = |source: io::Error| BundleError::File { path: target.clone(), source };
    let _ = std::fs::remove_dir_all(scratch.0.join("images"));
    std::fs::create_dir(&target).map_err(failed)?;
    for name in [PLAN, "course"] {
        let from = scratch.0.join(name);
        if from.exists() {
            std::fs::rename(from, target.join(name)).map_err(failed)?;
        }
    }
    Ok(loaded)
}
