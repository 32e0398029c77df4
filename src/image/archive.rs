//! Images as archives: what `docker save` writes (`<id>/layer.tar`, and blobs since Docker 25), OCI
//! layouts in a tar, layers plain or packed with gzip or zstd. Read in one pass as they stream by, or
//! with the parts looked up. Nothing is unpacked to a disk.

use super::layer::{self, Layer, LayerError};
use super::manifest::{Choice, Config, ImageError, Manifest, is_for, resolve};
use super::tar::{self, EntryKind, Reader, TarError};
use std::collections::HashMap;
use std::io::{self, BufReader, Cursor, Read};

/// The largest JSON document that is read, and all of them together.
const LARGEST_JSON: u64 = 8 * 1024 * 1024;
const MOST_JSON: u64 = 64 * 1024 * 1024;
/// Most entries of the archive around the layers.
const MOST_PARTS: usize = 100_000;
/// Most records of all layers together.
const MOST_RECORDS: u64 = 8_000_000;
/// A packed layer may become this large in any case, or as many times its size.
const LARGEST_UNPACKED: u64 = 4 * 1024 * 1024 * 1024;
const MOST_TIMES: u64 = 200;
/// Longest way from symbolic link to symbolic link.
const MOST_HOPS: usize = 8;

/// An image that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// Where its parts were.
    pub manifest: Manifest,
    /// The configuration, as it is written.
    pub config_text: Vec<u8>,
    /// The configuration.
    pub config: Config,
    /// The layers, base first.
    pub layers: Vec<Layer>,
}

/// What an image is put together from.
pub trait Parts {
    /// A small file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn file(&mut self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// Where the part at `path` really is: archives may hold links.
    fn place(&self, path: &str) -> String {
        path.to_owned()
    }

    /// The layer at `path`, whose diff id the configuration says is `diff_id`.
    ///
    /// # Errors
    /// When it cannot be read; `None` when it is not there.
    fn layer(&mut self, path: &str, diff_id: &str) -> Result<Option<Layer>, LayerError>;
}

/// Puts an image together.
///
/// # Errors
/// When parts are missing or broken, or a layer whose diff id was computed is not the one of the
/// configuration.
pub fn assemble(parts: &mut impl Parts, choice: &Choice) -> Result<Image, ImageError> {
    let mut manifest = resolve(&mut |path| parts.file(path), choice)?;
    let config_text =
        parts.file(&manifest.config)?.ok_or_else(|| ImageError::Missing(manifest.config.clone()))?;
    let config = Config::parse(&manifest.config, &config_text)?;
    if let Some(wanted) = choice.platform.as_ref().filter(|wanted| !is_for(&config.platform, wanted)) {
        let there = vec![config.platform];
        return Err(ImageError::Platform { wanted: wanted.clone(), there });
    }
    let (wanted, listed) = (config.diff_ids.len(), manifest.layers.len());
    if wanted != listed {
        return Err(ImageError::LayerCount { layers: listed, diff_ids: wanted });
    }
    let mut layers = Vec::new();
    let mut records = 0;
    for (at, (path, diff_id)) in manifest.layers.iter().zip(&config.diff_ids).enumerate() {
        let failed = |source| ImageError::Layer { number: at + 1, source };
        let layer = parts.layer(path, diff_id).map_err(failed)?;
        let mut layer = layer.ok_or_else(|| ImageError::Missing(path.clone()))?;
        match &layer.diff_id {
            Some(found) if found != diff_id => {
                let (found, wanted) = (found.clone(), diff_id.clone());
                return Err(ImageError::Digest { number: at + 1, found, wanted });
            }
            _ => layer.diff_id = Some(diff_id.clone()),
        }
        records += layer.count;
        if records > MOST_RECORDS {
            return Err(failed(LayerError::TooLarge("eight million files in all layers")));
        }
        layers.push(layer);
    }
    manifest.layers = manifest.layers.iter().map(|path| parts.place(path)).collect();
    Ok(Image { manifest, config_text, config, layers })
}

/// Everything of an archive that came by; of each layer what was made of it.
#[derive(Debug)]
pub struct Streamed<T = Layer> {
    files: HashMap<String, Vec<u8>>,
    layers: HashMap<String, Result<T, LayerError>>,
    links: HashMap<String, String>,
}

/// Reads an archive from its first byte to its last. With `verify` diff ids are computed.
///
/// # Errors
/// When the stream fails or the archive around the layers is broken; a broken layer is an error only
/// when an image needs it.
pub fn stream(archive: impl Read, verify: bool) -> Result<Streamed, ImageError> {
    stream_with(archive, |blob, size| read_blob(blob, size, verify))
}

/// Like [`stream`], with what `read` makes of the blob of each layer, packed or not, of so many bytes.
///
/// # Errors
/// As [`stream`].
pub fn stream_with<T>(
    archive: impl Read,
    mut read: impl FnMut(&mut dyn Read, u64) -> Result<T, LayerError>,
) -> Result<Streamed<T>, ImageError> {
    let mut streamed = Streamed { files: HashMap::new(), layers: HashMap::new(), links: HashMap::new() };
    let mut reader = Reader::new(tar::Stream(archive));
    let mut room = MOST_JSON;
    let mut parts = 0;
    while let Some(entry) = reader.next_entry()? {
        parts += 1;
        if parts > MOST_PARTS {
            return Err(ImageError::Several(vec!["more than 100,000 files".into()]));
        }
        let name = layer::clean_path(&entry.name).text;
        match entry.kind {
            EntryKind::File => {}
            EntryKind::Symlink | EntryKind::Hardlink => {
                let target = link_target(&name, &entry.link, entry.kind);
                streamed.links.insert(name, target);
                continue;
            }
            _ => continue,
        }
        let size = reader.left();
        let mut head = vec![0; 1024];
        let length = tar::fill(&mut reader, &mut head)?;
        head.truncate(length);
        match form(&head) {
            Form::Json if size <= LARGEST_JSON.min(room) => {
                room -= size;
                reader.read_to_end(&mut head)?;
                streamed.files.insert(name, head);
            }
            Form::Json | Form::Other => {}
            _ => {
                let layer = read(&mut Cursor::new(head).chain(&mut reader), size);
                streamed.layers.insert(name, layer);
            }
        }
    }
    Ok(streamed)
}

/// Where a link of the archive leads: old archives name equal layers so.
fn link_target(name: &str, link: &[u8], kind: EntryKind) -> String {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let from_folder = kind == EntryKind::Symlink && !link.starts_with(b"/");
    let whole = if from_folder { [folder.as_bytes(), b"/", link].concat() } else { link.to_vec() };
    layer::clean_path(&whole).text
}

fn follow<'a>(links: &'a HashMap<String, String>, path: &'a str) -> &'a str {
    let mut path = path;
    for _ in 0..MOST_HOPS {
        match links.get(path) {
            Some(target) => path = target,
            None => break,
        }
    }
    path
}

impl<T: Clone> Streamed<T> {
    /// The configuration of the image that was chosen, and its layers, base first.
    ///
    /// # Errors
    /// When parts are missing or broken.
    pub fn choose(mut self, choice: &Choice) -> Result<(Config, Vec<T>), ImageError> {
        let manifest = resolve(&mut |path| Ok(self.small(path)), choice)?;
        let missing = |path: &str| ImageError::Missing(path.to_owned());
        let config = self.small(&manifest.config).ok_or_else(|| missing(&manifest.config))?;
        let config = Config::parse(&manifest.config, &config)?;
        let mut layers = Vec::new();
        for (at, path) in manifest.layers.iter().enumerate() {
            let layer = self.take(path).map_err(|source| ImageError::Layer { number: at + 1, source })?;
            layers.push(layer.ok_or_else(|| missing(path))?);
        }
        Ok((config, layers))
    }

    fn small(&self, path: &str) -> Option<Vec<u8>> {
        self.files.get(follow(&self.links, path)).cloned()
    }

    /// What was made of the layer at `path`.
    fn take(&mut self, path: &str) -> Result<Option<T>, LayerError> {
        let path = follow(&self.links, path).to_owned();
        match self.layers.get(&path) {
            // A layer may be in an image twice.
            Some(Ok(layer)) => Ok(Some(layer.clone())),
            Some(Err(_)) => self.layers.remove(&path).transpose(),
            None => Ok(None),
        }
    }
}

impl Parts for Streamed {
    fn file(&mut self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.small(path))
    }

    fn place(&self, path: &str) -> String {
        follow(&self.links, path).to_owned()
    }

    fn layer(&mut self, path: &str, _: &str) -> Result<Option<Layer>, LayerError> {
        self.take(path)
    }
}

/// Where in an archive file its parts are.
#[derive(Debug, Default)]
pub struct Directory {
    parts: HashMap<String, (u64, u64)>,
    links: HashMap<String, String>,
}

impl Directory {
    /// Lists an archive that can be sought in, whose length is `length` bytes.
    ///
    /// # Errors
    /// When it is cut off or broken.
    pub fn list(archive: impl Read + io::Seek, length: u64) -> Result<Self, ImageError> {
        let mut found = Self::default();
        let mut reader = Reader::new(tar::Seeking(archive));
        while let Some(entry) = reader.next_entry()? {
            let name = layer::clean_path(&entry.name).text;
            match entry.kind {
                EntryKind::File => {
                    let (at, size) = (reader.position(), reader.left());
                    if at.checked_add(size).is_none_or(|end| end > length) {
                        return Err(TarError::Truncated(length).into());
                    }
                    found.parts.insert(name, (at, size));
                }
                EntryKind::Symlink | EntryKind::Hardlink => {
                    let target = link_target(&name, &entry.link, entry.kind);
                    found.links.insert(name, target);
                }
                _ => {}
            }
            if found.parts.len() + found.links.len() > MOST_PARTS {
                return Err(ImageError::Several(vec!["more than 100,000 files".into()]));
            }
        }
        Ok(found)
    }

    /// Where the part at `path` really is.
    pub fn place<'a>(&'a self, path: &'a str) -> &'a str {
        follow(&self.links, path)
    }

    /// First byte and length of the part at `path`.
    pub fn part(&self, path: &str) -> Option<(u64, u64)> {
        self.parts.get(follow(&self.links, path)).copied()
    }
}

/// Reads a small file of an image; one that is too large to be one is an error.
///
/// # Errors
/// When the stream fails or the file is larger than 8 MiB.
pub fn read_file(file: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(LARGEST_JSON + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST_JSON {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a JSON document larger than 8 MiB"));
    }
    Ok(text)
}

/// Reads the layer of a blob of `size` bytes, packed or not.
///
/// # Errors
/// When it is broken, too large, or no layer.
pub fn read_blob(mut blob: impl Read, size: u64, verify: bool) -> Result<Layer, LayerError> {
    let mut head = vec![0; 1024];
    let length = tar::fill(&mut blob, &mut head).map_err(TarError::from)?;
    head.truncate(length);
    read_layer(form(&head), Cursor::new(head).chain(blob), size, verify)
}

/// What a blob is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Tar,
    Gzip,
    Zstd,
    Unknown(&'static str),
    Other,
}

fn form(head: &[u8]) -> Form {
    match head {
        [0x1f, 0x8b, ..] => Form::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Form::Zstd,
        // A skippable frame may stand before the first.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Form::Zstd,
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Form::Unknown("xz"),
        [b'B', b'Z', b'h', ..] => Form::Unknown("bzip2"),
        _ if tar::looks_like_tar(head) => Form::Tar,
        _ if matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')) => Form::Json,
        _ => Form::Other,
    }
}

/// The unpacked bytes of a layer.
fn unpacked<'a>(form: Form, packed: impl Read + 'a, size: u64) -> io::Result<Box<dyn Read + 'a>> {
    let limit = LARGEST_UNPACKED.max(size.saturating_mul(MOST_TIMES));
    let bounded = |unpacked: Box<dyn Read + 'a>| {
        let bounded = Bounded { inner: unpacked, left: limit, limit };
        Box::new(BufReader::with_capacity(32 * 1024, bounded)) as Box<dyn Read + 'a>
    };
    let packed = BufReader::with_capacity(32 * 1024, packed);
    Ok(match form {
        // Of several members too: pigz and eStargz write one per block or file.
        Form::Gzip => bounded(Box::new(flate2::bufread::MultiGzDecoder::new(packed))),
        Form::Zstd => bounded(Box::new(zstd::stream::read::Decoder::with_buffer(packed)?)),
        Form::Unknown(what) => {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!("it is packed with {what}; this program knows gzip and zstd"),
            ));
        }
        _ => Box::new(packed),
    })
}

fn read_layer(form: Form, packed: impl Read, size: u64, verify: bool) -> Result<Layer, LayerError> {
    layer::read(unpacked(form, packed, size).map_err(TarError::from)?, verify)
}

/// Ends a stream that becomes too long.
struct Bounded<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            let words = format!("it unpacks to more than {}", super::human_size(self.limit));
            io::Error::new(io::ErrorKind::InvalidData, words)
        })?;
        Ok(read)
    }
}

/// The entries of a layer whose blob, packed or not, has `size` bytes.
///
/// # Errors
/// When the stream fails at its beginning, or is packed in a way that is not known.
pub fn entries<'a>(
    mut blob: impl Read + 'a,
    size: u64,
) -> Result<Reader<tar::Stream<Box<dyn Read + 'a>>>, TarError> {
    let mut head = vec![0; 1024];
    let length = tar::fill(&mut blob, &mut head)?;
    head.truncate(length);
    let unpacked = unpacked(form(&head), Cursor::new(head).chain(blob), size)?;
    Ok(Reader::new(tar::Stream(unpacked)))
}

/// Copies the file at `path` out of a layer's blob. Answers with its size, or `None` when the layer
/// does not hold it.
///
/// # Errors
/// When the blob is broken, the file has holes that were left out, or writing fails.
pub fn extract(
    mut blob: impl Read,
    size: u64,
    path: &str,
    out: &mut dyn io::Write,
) -> Result<Option<u64>, LayerError> {
    let mut reader = entries(&mut blob, size)?;
    while let Some(entry) = reader.next_entry()? {
        if entry.kind != EntryKind::File || layer::clean_path(&entry.name).text != path {
            continue;
        }
        if entry.sparse {
            let words = "the file is stored without its holes, which this program does not put back";
            return Err(TarError::from(io::Error::new(io::ErrorKind::Unsupported, words)).into());
        }
        return Ok(Some(io::copy(&mut reader, out).map_err(TarError::from)?));
    }
    Ok(None)
}

/// Like [`extract`], from the blob at `part` of an archive that streams by.
///
/// # Errors
/// As [`extract`], and when the archive is broken.
pub fn extract_streamed(
    archive: impl Read,
    part: &str,
    path: &str,
    out: &mut dyn io::Write,
) -> Result<Option<u64>, LayerError> {
    let mut reader = Reader::new(tar::Stream(archive));
    while let Some(entry) = reader.next_entry()? {
        if entry.kind == EntryKind::File && layer::clean_path(&entry.name).text == part {
            let size = reader.left();
            return extract(&mut reader, size, path, out);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
