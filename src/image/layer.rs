//! One layer: what its archive holds, as compact records. The records are made while the archive
//! streams by, and are what a cache keeps; file contents are looked at and forgotten.
//!
//! | record | says |
//! | --- | --- |
//! | an entry | path, kind, mode, owner, size, time, SHA-256 of the content (half of it), signs of secrets |
//! | a whiteout | that a path of the layers below is gone (`.wh.NAME`) |
//! | an opaque mark | that all a directory held below is gone (`.wh..wh..opq`) |

use super::secret::{self, Signs};
use super::tar::{self, EntryKind, TarError};
use sha2::{Digest, Sha256};
use std::io::Read;

/// Most entries of one layer.
pub const MOST_ENTRIES: u64 = 2_000_000;
/// Most bytes of records of one layer: what it may cost in memory.
const MOST_RECORD_BYTES: usize = 256 * 1024 * 1024;
/// Bytes at the beginning of a file in which secrets are looked for.
const LOOKED_AT: usize = 64 * 1024;
/// First bytes of a kept layer; the number is the version of the format.
const MAGIC: &[u8; 8] = b"det-lay1";

/// Why a layer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// Its archive is broken.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// It holds more than is worth reading.
    #[error("it holds more than {0}, which is more than this program reads")]
    TooLarge(&'static str),
}

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Something that is there.
    Entry(EntryKind),
    /// Something that is no longer there.
    Whiteout,
    /// A directory whose lower content is no longer there.
    Opaque,
}

/// The first half of a SHA-256.
pub type HalfDigest = [u8; 16];

/// One record. Paths are relative to the root, `/` between names, without `.` and `..`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Which path; of a whiteout, the path that is gone.
    pub path: &'a str,
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Of a file's content; zeros for what has none.
    pub digest: HalfDigest,
    /// Target of a link: of a hard link a path like [`Record::path`].
    pub link: &'a str,
    /// What the content looked like.
    pub signs: Signs,
}

/// A layer's records and sums.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layer {
    /// SHA-256 of the unpacked archive, `sha256:…`, when it was computed.
    pub diff_id: Option<String>,
    /// Sizes of all files together.
    pub bytes: u64,
    /// Number of records.
    pub count: u64,
    records: Vec<u8>,
}

/// Reads the unpacked archive of a layer. With `verify` its diff id is computed, which costs about as
/// much again as the rest.
///
/// # Errors
/// When the archive is broken or too large; what was read is lost.
pub fn read(unpacked: impl Read, verify: bool) -> Result<Layer, LayerError> {
    let mut hashed = Hashed { inner: unpacked, hasher: verify.then(Sha256::new) };
    let mut reader = tar::Reader::new(tar::Stream(&mut hashed));
    let mut writer = Writer::default();
    let mut buffer = vec![0; LOOKED_AT];
    while let Some(entry) = reader.next_entry()? {
        let path = clean_path(&entry.name);
        let mut digest = HalfDigest::default();
        let mut signs = Signs::default();
        if path.escapes {
            signs |= Signs::ESCAPES;
        }
        if entry.capabilities {
            signs |= Signs::CAPABILITIES;
        }
        if reader.left() > 0 {
            let mut hasher = Sha256::new();
            let mut first = true;
            loop {
                let read = tar::fill(&mut reader, &mut buffer).map_err(TarError::from)?;
                if first {
                    signs |= secret::signs(&buffer[..read]);
                    first = false;
                }
                if read == 0 {
                    break;
                }
                hasher.update(&buffer[..read]);
            }
            digest.copy_from_slice(&hasher.finalize()[..16]);
        }
        let (folder, name) = path.text.rsplit_once('/').unwrap_or(("", &path.text));
        let (path, kind) = match name.strip_prefix(".wh.") {
            Some(".wh..opq") => (folder.to_owned(), Kind::Opaque),
            // What AUFS kept for itself.
            Some(own) if own.starts_with(".wh.") => continue,
            Some("") | None => (path.text.clone(), Kind::Entry(entry.kind)),
            Some(gone) if folder.is_empty() => (gone.to_owned(), Kind::Whiteout),
            Some(gone) => (format!("{folder}/{gone}"), Kind::Whiteout),
        };
        if path.is_empty() && kind != Kind::Opaque {
            continue; // The root itself.
        }
        let link = match entry.kind {
            EntryKind::Hardlink => clean_path(&entry.link).text,
            _ => lossless(&entry.link),
        };
        writer.push(&Record {
            path: &path,
            kind,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size: entry.size,
            mtime: entry.mtime,
            digest,
            link: &link,
            signs,
        })?;
    }
    // The digest is that of the whole stream, what follows the archive's end included.
    let drained = std::io::copy(&mut hashed, &mut std::io::sink());
    drained.map_err(TarError::from)?;
    let mut layer = writer.layer;
    layer.diff_id = hashed.hasher.map(|hasher| format!("sha256:{:x}", hasher.finalize()));
    layer.records.shrink_to_fit();
    Ok(layer)
}

/// A stream that is hashed as it is read.
struct Hashed<R> {
    inner: R,
    hasher: Option<Sha256>,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..read]);
        }
        Ok(read)
    }
}

/// A path as this program has it.
#[derive(Debug, PartialEq, Eq)]
pub struct CleanPath {
    /// Relative to the root, without `.` and `..`.
    pub text: String,
    /// Whether it led out of the root, where an engine refuses it.
    pub escapes: bool,
}

/// The path of an archive's raw name.
pub fn clean_path(raw: &[u8]) -> CleanPath {
    let plain = raw.split(|byte| *byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."));
    if plain && !raw.is_empty() {
        return CleanPath { text: lossless(raw), escapes: false };
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    let mut escapes = false;
    for part in raw.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => escapes |= parts.pop().is_none(),
            name => parts.push(name),
        }
    }
    CleanPath { text: lossless(&parts.join(&b'/')), escapes }
}

/// Bytes as text: those that are no UTF-8 are written `\xff`, so that different names stay different.
fn lossless(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// Appends records. A path is kept as what differs from the one before it.
#[derive(Default)]
struct Writer {
    layer: Layer,
    last: String,
}

impl Writer {
    fn push(&mut self, record: &Record<'_>) -> Result<(), LayerError> {
        if self.layer.count >= MOST_ENTRIES {
            return Err(LayerError::TooLarge("two million files"));
        }
        let out = &mut self.layer.records;
        let same = self.last.bytes().zip(record.path.bytes()).take_while(|(a, b)| a == b).count();
        let same = (0..=same).rev().find(|at| record.path.is_char_boundary(*at)).unwrap_or(0);
        put(out, same as u64);
        put_text(out, &record.path[same..]);
        let has_digest = record.digest != HalfDigest::default();
        let flags = code(record.kind) | if has_digest { 0x10 } else { 0 };
        out.push(flags);
        put(out, u64::from(record.mode));
        put(out, u64::from(record.uid));
        put(out, u64::from(record.gid));
        put(out, record.size);
        // Zigzag: small numbers stay short, negative ones too.
        put(out, ((record.mtime << 1) ^ (record.mtime >> 63)) as u64);
        if has_digest {
            out.extend_from_slice(&record.digest);
        }
        put_text(out, record.link);
        put(out, u64::from(record.signs.bits()));
        if out.len() > MOST_RECORD_BYTES {
            return Err(LayerError::TooLarge("256 MB of file names"));
        }
        self.layer.count += 1;
        self.layer.bytes = self.layer.bytes.saturating_add(record.size);
        self.last.clear();
        self.last.push_str(record.path);
        Ok(())
    }
}

fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Entry(EntryKind::File) => 0,
        Kind::Entry(EntryKind::Directory) => 1,
        Kind::Entry(EntryKind::Symlink) => 2,
        Kind::Entry(EntryKind::Hardlink) => 3,
        Kind::Entry(EntryKind::Character) => 4,
        Kind::Entry(EntryKind::Block) => 5,
        Kind::Entry(EntryKind::Fifo) => 6,
        Kind::Whiteout => 7,
        Kind::Opaque => 8,
    }
}

fn kind(code: u8) -> Option<Kind> {
    Some(match code & 0x0f {
        0 => Kind::Entry(EntryKind::File),
        1 => Kind::Entry(EntryKind::Directory),
        2 => Kind::Entry(EntryKind::Symlink),
        3 => Kind::Entry(EntryKind::Hardlink),
        4 => Kind::Entry(EntryKind::Character),
        5 => Kind::Entry(EntryKind::Block),
        6 => Kind::Entry(EntryKind::Fifo),
        7 => Kind::Whiteout,
        8 => Kind::Opaque,
        _ => return None,
    })
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

impl Layer {
    /// Calls `each` with every record, in the archive's order.
    pub fn each(&self, mut each: impl FnMut(Record<'_>)) {
        let mut cursor = Cursor { rest: &self.records };
        let mut path = String::new();
        while let Some(parts) = cursor.record(&mut path) {
            each(Record { path: &path, ..parts });
        }
    }

    /// The layer as bytes to be kept, with a digest over them at their end.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.records.len() + 128);
        out.extend_from_slice(MAGIC);
        put_text(&mut out, self.diff_id.as_deref().unwrap_or_default());
        put(&mut out, self.bytes);
        put(&mut out, self.count);
        put(&mut out, self.records.len() as u64);
        out.extend_from_slice(&self.records);
        let digest = Sha256::digest(&out);
        out.extend_from_slice(&digest[..16]);
        out
    }

    /// The layer of bytes that [`Layer::to_bytes`] made; `None` for any others.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(16)?)?;
        if Sha256::digest(body)[..16] != *digest {
            return None;
        }
        let mut cursor = Cursor { rest: body.strip_prefix(MAGIC)? };
        let diff_id = cursor.text()?.to_owned();
        let (layer_bytes, count, length) = (cursor.take()?, cursor.take()?, cursor.take()?);
        let records = cursor.rest;
        if records.len() as u64 != length {
            return None;
        }
        let diff_id = (!diff_id.is_empty()).then_some(diff_id);
        Some(Self { diff_id, bytes: layer_bytes, count, records: records.to_vec() })
    }
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn take(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self, count: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.take()?;
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    /// The next record without its path, which `path` becomes.
    fn record(&mut self, path: &mut String) -> Option<Record<'a>> {
        let same = usize::try_from(self.take()?).ok()?;
        let different = self.text()?;
        if !path.is_char_boundary(same) {
            return None;
        }
        path.truncate(same);
        path.push_str(different);
        let flags = *self.bytes(1)?.first()?;
        let mode = u32::try_from(self.take()?).ok()?;
        let uid = u32::try_from(self.take()?).ok()?;
        let gid = u32::try_from(self.take()?).ok()?;
        let size = self.take()?;
        let folded = self.take()?;
        let mtime = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        let digest = if flags & 0x10 != 0 { self.bytes(16)?.try_into().ok()? } else { HalfDigest::default() };
        let link = self.text()?;
        let signs = Signs::from_bits(u16::try_from(self.take()?).ok()?);
        Some(Record { path: "", kind: kind(flags)?, mode, uid, gid, size, mtime, digest, link, signs })
    }
}

#[cfg(test)]
mod tests;
