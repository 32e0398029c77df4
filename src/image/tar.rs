//! Tar archives as they come: a reader that never seeks, never unpacks, and holds at most a header in
//! memory. It knows ustar, GNU (long names, base-256 numbers, sparse files) and PAX, and trusts no
//! figure it reads: names are at most [`LONGEST_NAME`], extended headers at most [`LARGEST_HEADER`].
//!
//! Written for layers of images, where archives may be hostile. The format is that of POSIX.1-2017
//! (pax) and of the GNU tar manual, "Basic Tar Format".

use std::io::{self, Read};

/// The longest name or link target in bytes: Linux takes no longer path.
pub const LONGEST_NAME: usize = 4096;
/// The largest extended header in bytes (PAX records hold extended attributes too).
pub const LARGEST_HEADER: u64 = 1024 * 1024;
/// Most continuation blocks of a GNU sparse map (21 extents each).
const MOST_SPARSE_BLOCKS: usize = 100_000;
const BLOCK: usize = 512;

/// Why an archive cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TarError {
    /// The stream under it failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It ends in the middle.
    #[error("the archive is cut off after {0} bytes")]
    Truncated(u64),
    /// A header makes no sense.
    #[error("the header at byte {at} is broken: {what}")]
    Header {
        /// Where in the archive.
        at: u64,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// What kind of thing an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Another name of a file in the same archive.
    Hardlink,
    /// A character device.
    Character,
    /// A block device.
    Block,
    /// A named pipe.
    Fifo,
}

/// One entry, as its header has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name, raw and untrusted.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits with set-uid, set-gid and sticky.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size in bytes, as the file would have; the data in the archive is shorter for a sparse one.
    pub size: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Target of a link.
    pub link: Vec<u8>,
    /// Whether holes were left out of the data.
    pub sparse: bool,
    /// Whether it carries Linux capabilities.
    pub capabilities: bool,
}

/// What can be passed over without being looked at.
pub trait Source: Read + Sized {
    /// Passes over `count` bytes.
    ///
    /// # Errors
    /// When the stream fails or ends before.
    fn skip(&mut self, count: u64) -> io::Result<()> {
        let passed = io::copy(&mut self.by_ref().take(count), &mut io::sink())?;
        if passed < count { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// A stream that can only be read on.
#[derive(Debug)]
pub struct Stream<R>(pub R);

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Source for Stream<R> {}

/// A file in which data can be passed over by seeking. That it ends before is seen by whoever reads on.
#[derive(Debug)]
pub struct Seeking<R>(pub R);

impl<R: Read> Read for Seeking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read + io::Seek> Source for Seeking<R> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        let count = i64::try_from(count).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        self.0.seek(io::SeekFrom::Current(count)).map(|_| ())
    }
}

/// Entries of an archive, one after the other. As a [`Read`] it gives the data of the current one.
#[derive(Debug)]
pub struct Reader<S> {
    source: S,
    position: u64,
    /// Data of the current entry that was not read yet, and what fills its last block.
    left: u64,
    padding: u64,
    ended: bool,
}

impl<S: Source> Reader<S> {
    /// A reader that begins at the archive's first byte.
    pub fn new(source: S) -> Self {
        Self { source, position: 0, left: 0, padding: 0, ended: false }
    }

    /// Bytes from the beginning: after [`Reader::next_entry`] where the entry's data begins.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes of the current entry's data that were not read yet.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// The next entry, `None` at the end. What was left of the one before is passed over.
    ///
    /// # Errors
    /// When the stream fails, ends in the middle, or a header is broken; then nothing more can be read.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, TarError> {
        let mut extra = Extra::default();
        loop {
            self.pass_over()?;
            let at = self.position;
            let Some(block) = self.header()? else {
                return Ok(None);
            };
            let broken = |what| TarError::Header { at, what };
            let size = number(&block[124..136]).and_then(|n| u64::try_from(n).ok());
            let size = size.ok_or(broken("its size is no number"))?;
            match block[156] {
                b'x' | b'X' => {
                    let records = self.extended(size, at)?;
                    extra.take_records(&records).map_err(broken)?;
                }
                // Global records are about all entries; builders write none but comments.
                b'g' => drop(self.extended(size, at)?),
                b'L' => extra.name = Some(self.long_name(size, at)?),
                b'K' => extra.link = Some(self.long_name(size, at)?),
                kind => return self.entry(&block, kind, size, at, extra).map(Some),
            }
        }
    }

    fn entry(
        &mut self,
        block: &[u8; BLOCK],
        kind: u8,
        size: u64,
        at: u64,
        extra: Extra,
    ) -> Result<Entry, TarError> {
        let broken = |what| TarError::Header { at, what };
        let stored = extra.size.unwrap_or(size);
        let name = extra.real_name.or(extra.name).unwrap_or_else(|| plain_name(block));
        let link = extra.link.unwrap_or_else(|| text(&block[157..257]).to_vec());
        if name.len() > LONGEST_NAME || link.len() > LONGEST_NAME {
            return Err(broken("a name is longer than 4096 bytes"));
        }
        let is_directory = name.ends_with(b"/");
        let (kind, has_data) = match kind {
            b'1' => (EntryKind::Hardlink, false),
            b'2' => (EntryKind::Symlink, false),
            b'3' => (EntryKind::Character, false),
            b'4' => (EntryKind::Block, false),
            b'5' | b'D' => (EntryKind::Directory, kind == b'D'),
            b'6' => (EntryKind::Fifo, false),
            // In the oldest archives a directory is a file whose name ends with a slash.
            0 | b'0' if is_directory => (EntryKind::Directory, false),
            // What is not known is to be taken as a file, says POSIX.
            _ => (EntryKind::File, true),
        };
        // PAX writes the stored size of hard links and directories too; it says nothing there.
        let (stored, mut size) = if has_data { (stored, stored) } else { (0, 0) };
        self.left = stored;
        self.padding = stored.wrapping_neg() % BLOCK as u64;
        let mut sparse = extra.sparse;
        if block[156] == b'S' {
            sparse = true;
            size = number(&block[483..495]).and_then(|n| u64::try_from(n).ok()).unwrap_or(stored);
            let mut more = block[482] != 0;
            for _ in 0..MOST_SPARSE_BLOCKS {
                if !more {
                    break;
                }
                let mut map = [0; BLOCK];
                self.fill(&mut map)?;
                more = map[504] != 0;
            }
            if more {
                return Err(broken("its map of holes does not end"));
            }
        }
        let id = |field: &[u8]| number(field).and_then(|n| u32::try_from(n).ok()).unwrap_or(u32::MAX);
        Ok(Entry {
            kind,
            mode: number(&block[100..108]).map_or(0, |n| n as u32 & 0o7777),
            uid: extra.uid.unwrap_or_else(|| id(&block[108..116])),
            gid: extra.gid.unwrap_or_else(|| id(&block[116..124])),
            size: extra.real_size.unwrap_or(size),
            mtime: extra.mtime.or_else(|| number(&block[136..148])).unwrap_or(0),
            name,
            link: if matches!(kind, EntryKind::Hardlink | EntryKind::Symlink) { link } else { Vec::new() },
            sparse,
            capabilities: extra.capabilities,
        })
    }

    /// The next header block; `None` at the end: two blocks of zeros, or nothing more.
    fn header(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        if self.ended {
            return Ok(None);
        }
        let at = self.position;
        let mut block = [0; BLOCK];
        let read = self.fill_some(&mut block)?;
        if read == 0 {
            self.ended = true;
            return Ok(None);
        }
        if read < BLOCK {
            return Err(TarError::Truncated(self.position));
        }
        if block.iter().all(|byte| *byte == 0) {
            let read = self.fill_some(&mut block)?;
            if block.iter().all(|byte| *byte == 0) || read == 0 {
                self.ended = true;
                return Ok(None);
            }
            return Err(TarError::Header { at, what: "it is empty, and more follows" });
        }
        if !checksum_holds(&block) {
            return Err(TarError::Header { at, what: "its checksum is wrong" });
        }
        Ok(Some(block))
    }

    fn long_name(&mut self, size: u64, at: u64) -> Result<Vec<u8>, TarError> {
        let mut name = self.extended(size, at)?;
        if let Some(end) = name.iter().position(|byte| *byte == 0) {
            name.truncate(end);
        }
        Ok(name)
    }

    /// The data of an extended header.
    fn extended(&mut self, size: u64, at: u64) -> Result<Vec<u8>, TarError> {
        if size > LARGEST_HEADER {
            return Err(TarError::Header { at, what: "its extended header is larger than 1 MiB" });
        }
        let mut data = vec![0; usize::try_from(size).unwrap_or(0)];
        self.fill(&mut data)?;
        self.padding = size.wrapping_neg() % BLOCK as u64;
        Ok(data)
    }

    fn pass_over(&mut self) -> Result<(), TarError> {
        let count = self.left.saturating_add(self.padding);
        (self.left, self.padding) = (0, 0);
        if count == 0 {
            return Ok(());
        }
        self.source.skip(count).map_err(|error| self.cut_off(error))?;
        self.position = self.position.saturating_add(count);
        Ok(())
    }

    fn cut_off(&self, error: io::Error) -> TarError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => TarError::Truncated(self.position),
            _ => TarError::Io(error),
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), TarError> {
        if self.fill_some(buffer)? < buffer.len() {
            return Err(TarError::Truncated(self.position));
        }
        Ok(())
    }

    fn fill_some(&mut self, buffer: &mut [u8]) -> Result<usize, TarError> {
        let read = fill(&mut self.source, buffer)?;
        self.position = self.position.saturating_add(read as u64);
        Ok(read)
    }
}

impl<S: Source> Read for Reader<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let read = self.source.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        self.position = self.position.saturating_add(read as u64);
        Ok(read)
    }
}

impl<S: Source> Source for Reader<S> {
    fn skip(&mut self, count: u64) -> io::Result<()> {
        if count > self.left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count;
        self.position = self.position.saturating_add(count);
        self.source.skip(count)
    }
}

/// Reads until `buffer` is full or the stream ends; answers with how much there was.
///
/// # Errors
/// When the stream fails.
pub fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Whether these bytes begin a tar archive: a header whose checksum holds, or the empty archive.
pub fn looks_like_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    checksum_holds(block) || (head.len() >= 2 * BLOCK && head[..2 * BLOCK].iter().all(|byte| *byte == 0))
}

/// What the headers before an entry say about it.
#[derive(Debug, Default)]
struct Extra {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    mtime: Option<i64>,
    sparse: bool,
    real_name: Option<Vec<u8>>,
    real_size: Option<u64>,
    capabilities: bool,
}

impl Extra {
    /// PAX records: `length key=value\n`, the length counting the whole record.
    fn take_records(&mut self, mut rest: &[u8]) -> Result<(), &'static str> {
        const BROKEN: &str = "its PAX records are broken";
        while !rest.is_empty() && rest != [0] {
            let blank = rest.iter().take(20).position(|byte| *byte == b' ').ok_or(BROKEN)?;
            let length: usize =
                std::str::from_utf8(&rest[..blank]).ok().and_then(|text| text.parse().ok()).ok_or(BROKEN)?;
            let record = rest.get(blank + 1..length).ok_or(BROKEN)?;
            let record = record.strip_suffix(b"\n").ok_or(BROKEN)?;
            rest = rest.get(length..).ok_or(BROKEN)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or(BROKEN)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            let integer = || std::str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size = Some(integer().ok_or("its PAX size is no number")?),
                b"uid" => self.uid = integer().map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
                b"gid" => self.gid = integer().map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
                b"mtime" => self.mtime = whole_seconds(value),
                b"SCHILY.xattr.security.capability" => self.capabilities = true,
                b"GNU.sparse.name" => self.real_name = Some(value.to_vec()),
                b"GNU.sparse.realsize" | b"GNU.sparse.size" => {
                    self.sparse = true;
                    self.real_size = integer();
                }
                b"GNU.sparse.major" | b"GNU.sparse.map" => self.sparse = true,
                _ => {}
            }
            if self.name.as_ref().is_some_and(|name| name.contains(&0)) {
                return Err("a name holds a zero byte");
            }
        }
        Ok(())
    }
}

/// `1700000000.25` without its fraction.
fn whole_seconds(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    text.split('.').next()?.parse().ok()
}

/// The field up to its first zero byte.
fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    &field[..end]
}

/// The name of a header, with the prefix that ustar splits off long ones.
fn plain_name(block: &[u8; BLOCK]) -> Vec<u8> {
    let name = text(&block[..100]);
    let prefix = text(&block[345..500]);
    // GNU's old magic is `ustar  `: there the prefix' place holds other things.
    if &block[257..263] != b"ustar\0" || prefix.is_empty() {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

/// A number of a header: octal digits, or base 256 when the first bit is set.
fn number(field: &[u8]) -> Option<i64> {
    let first = *field.first()?;
    if first & 0x80 != 0 {
        let negative = first & 0x40 != 0;
        let start = if negative { i128::from(first) - 256 } else { i128::from(first & 0x7f) };
        let mut value = start;
        for byte in &field[1..] {
            value = value.checked_mul(256)?.checked_add(i128::from(*byte))?;
        }
        return i64::try_from(value).ok();
    }
    let digits = field.trim_ascii_start();
    let end = digits.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(digits.len());
    digits[..end].iter().try_fold(0_i64, |value, byte| match byte {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(byte - b'0')),
        _ => None,
    })
}

/// Whether the header's checksum is the sum of its bytes, signed or not, its own field as blanks.
fn checksum_holds(block: &[u8; BLOCK]) -> bool {
    let Some(wanted) = number(&block[148..156]) else { return false };
    let (mut unsigned, mut signed) = (0_i64, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) { b' ' } else { *byte };
        unsigned += i64::from(byte);
        signed += i64::from(byte as i8);
    }
    wanted == unsigned || wanted == signed
}

#[cfg(test)]
mod tests;
