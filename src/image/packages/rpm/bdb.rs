//! `Packages`, a hash of Berkeley DB (its pages are told in Berkeley DB's `db_page.h`): a page of metadata,
//! then pages whose items are keys and values by turns. A value that does not fit on its page lies in a chain
//! of overflow pages. Numbers are in the order of the machine that wrote them, which the magic number tells.

const HASH: u32 = 0x0006_1561;
/// The kinds of pages.
const META: u8 = 8;
const UNSORTED: u8 = 2;
const SORTED: u8 = 13;
const OVERFLOW: u8 = 7;
/// Where a page's head ends.
const HEAD: usize = 26;
/// The kinds of items.
const INLINE: u8 = 1;
const ELSEWHERE: u8 = 3;

struct File<'a> {
    bytes: &'a [u8],
    page: usize,
    big: bool,
}

/// Hands the headers of all packages to `take`; `None` when the file is no such database.
pub fn headers(bytes: &[u8], take: &mut dyn FnMut(&[u8])) -> Option<()> {
    let big = match super::little(bytes, 12)? {
        HASH => false,
        magic if magic.swap_bytes() == HASH => true,
        _ => return None,
    };
    let mut file = File { bytes, page: 0, big };
    file.page = usize::try_from(file.long(bytes, 20)?).ok()?;
    let encrypted = *bytes.get(24)? != 0;
    let sized = file.page.is_power_of_two() && (512..=65536).contains(&file.page);
    if encrypted || !sized || *bytes.get(25)? != META {
        return None;
    }
    // No byte belongs to two packages.
    let mut left = bytes.len();
    for page in bytes.chunks_exact(file.page).skip(1) {
        if ![UNSORTED, SORTED].contains(page.get(25)?) {
            continue;
        }
        let items = file.short(page, 20)?;
        let start = |at: usize| Some(usize::from(file.short(page, HEAD + at * 2)?));
        for at in (1..usize::from(items)).step_by(2) {
            // Items lie from the end of the page towards its head, each up to where the last one begins.
            let (key, value) = (page.get(start(at - 1)?..)?, page.get(start(at)?..start(at - 1)?)?);
            // Package 0 is none: the number that the next one gets.
            if key.get(..5)? == [INLINE, 0, 0, 0, 0] {
                continue;
            }
            match *value.first()? {
                INLINE => {
                    left = left.checked_sub(value.len())?;
                    take(value.get(1..)?);
                }
                ELSEWHERE => {
                    let length = usize::try_from(file.long(value, 8)?).ok()?;
                    left = left.checked_sub(length)?;
                    take(&file.chain(file.long(value, 4)?, length)?);
                }
                _ => return None,
            }
        }
    }
    Some(())
}

impl File<'_> {
    /// The bytes of a chain of overflow pages that begins at `first`.
    fn chain(&self, first: u32, length: usize) -> Option<Vec<u8>> {
        let mut whole = Vec::new();
        let mut next = first;
        while whole.len() < length {
            let start = usize::try_from(next).ok().filter(|page| *page > 0)?.checked_mul(self.page)?;
            let page = self.bytes.get(start..start.checked_add(self.page)?)?;
            let bytes = usize::from(self.short(page, 22)?);
            if *page.get(25)? != OVERFLOW || bytes == 0 {
                return None;
            }
            whole.extend_from_slice(page.get(HEAD..HEAD + bytes)?);
            next = self.long(page, 16)?;
        }
        (whole.len() == length).then_some(whole)
    }

    fn long(&self, bytes: &[u8], at: usize) -> Option<u32> {
        if self.big { super::big(bytes, at) } else { super::little(bytes, at) }
    }

    fn short(&self, bytes: &[u8], at: usize) -> Option<u16> {
        let pair = [*bytes.get(at)?, *bytes.get(at + 1)?];
        Some(if self.big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    }
}
