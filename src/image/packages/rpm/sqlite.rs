//! The one table of `rpmdb.sqlite` that holds headers, read from SQLite's file format (sqlite.org,
//! "Database File Format"): the schema on page 1 says where the table `Packages` begins; its b-tree holds a
//! row for each package, `(number, header)`; what does not fit on a page goes on in a chain of others.

/// What every SQLite 3 file begins with.
pub const MAGIC: &[u8] = b"SQLite format 3\0";

/// How deep a b-tree may be: with two children a page already more than any file has.
const MOST_DEPTH: usize = 40;

/// A database file.
struct File<'a> {
    bytes: &'a [u8],
    page: usize,
    /// Bytes of each page that are used: some may be reserved at its end.
    usable: usize,
}

/// Hands the headers of all packages to `take`; `None` when the file is no such database.
pub fn headers(bytes: &[u8], take: &mut dyn FnMut(&[u8])) -> Option<()> {
    let page = match u16::from_be_bytes([*bytes.get(16)?, *bytes.get(17)?]) {
        1 => 65536,
        size if size.is_power_of_two() && size >= 512 => usize::from(size),
        _ => return None,
    };
    let usable = page.checked_sub(usize::from(*bytes.get(20)?)).filter(|usable| *usable >= 480)?;
    let file = File { bytes, page, usable };
    let mut root = None;
    file.rows(1, &mut |row| {
        let columns = columns(row, 4)?;
        let text = |at: usize| columns.get(at).copied().unwrap_or_default();
        if text(0) == b"table" && text(1) == b"Packages" {
            let number = text(3).iter().fold(0usize, |number, byte| number << 8 | usize::from(*byte));
            root = Some(number);
        }
        Some(())
    })?;
    file.rows(root?, &mut |row| {
        take(columns(row, 2)?.get(1)?);
        Some(())
    })
}

impl<'a> File<'a> {
    /// A page, from 1.
    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        self.bytes.get(start..start.checked_add(self.usable)?)
    }

    /// The rows of the table whose b-tree begins at page `root`, in order.
    fn rows(&self, root: usize, row: &mut dyn FnMut(&[u8]) -> Option<()>) -> Option<()> {
        // No page is part of a tree twice, and no byte of two rows.
        let mut pages = self.bytes.len() / self.page;
        let mut bytes = self.bytes.len();
        let mut waiting = vec![(root, 0)];
        while let Some((number, depth)) = waiting.pop() {
            pages = pages.checked_sub(1)?;
            let page = self.page(number)?;
            let start = if number == 1 { 100 } else { 0 };
            let cells = usize::from(short(page, start + 3)?);
            let head = match page.get(start)? {
                13 => 8,
                5 if depth < MOST_DEPTH => 12,
                _ => return None,
            };
            let cell = |at: usize| Some(usize::from(short(page, start + head + at * 2)?));
            if head == 8 {
                for at in 0..cells {
                    let payload = self.payload(page, cell(at)?, &mut bytes)?;
                    row(&payload)?;
                }
            } else {
                let child = |at: usize| Some((super::big(page, at)? as usize, depth + 1));
                waiting.push(child(start + 8)?);
                for at in (0..cells).rev() {
                    waiting.push(child(cell(at)?)?);
                }
            }
        }
        Some(())
    }

    /// The payload of the leaf's cell at `at`; `left` is how many bytes all payloads may still have.
    fn payload(&self, page: &[u8], at: usize, left: &mut usize) -> Option<Vec<u8>> {
        let (size, after) = varint(page, at)?;
        let (_, start) = varint(page, after)?;
        let size = usize::try_from(size).ok()?;
        *left = left.checked_sub(size)?;
        let most = self.usable - 35;
        let here = if size <= most {
            size
        } else {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let some = least + (size - least) % (self.usable - 4);
            if some <= most { some } else { least }
        };
        let mut payload = page.get(start..start.checked_add(here)?)?.to_vec();
        let mut next = if here < size { super::big(page, start + here)? } else { 0 };
        while payload.len() < size {
            let page = self.page(usize::try_from(next).ok()?)?;
            let wanted = (size - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(page.get(4..4 + wanted)?);
            next = super::big(page, 0)?;
        }
        Some(payload)
    }
}

/// The first `count` columns of a record: texts and blobs as they are, whole numbers as their bytes.
fn columns(record: &[u8], count: usize) -> Option<Vec<&[u8]>> {
    let (header, mut at) = varint(record, 0)?;
    let header = usize::try_from(header).ok()?;
    let mut start = header;
    let mut found = Vec::with_capacity(count);
    while found.len() < count && at < header {
        let (kind, after) = varint(record, at)?;
        at = after;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            kind => usize::try_from((kind - 12) / 2).ok()?,
        };
        let end = start.checked_add(length)?;
        found.push(record.get(start..end)?);
        start = end;
    }
    (found.len() == count).then_some(found)
}

/// A number of one to nine bytes, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0u64;
    for (count, byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        if count == 8 {
            return Some((number << 8 | u64::from(*byte), at + 9));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at + count + 1));
        }
    }
    None
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}
