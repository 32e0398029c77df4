//! `Packages.db`, RPM's own database of packages (its format is told in RPM's `lib/backend/ndb`): a header
//! of 32 bytes, then slots of 16 bytes that say where the blob of each package lies, in blocks of 16 bytes.
//! A blob has a head of 16 bytes, the package's header, and a tail. All numbers are little-endian.

use super::little;

/// What the file begins with.
pub const MAGIC: &[u8] = b"RpmP";

const SLOT: u32 = u32::from_le_bytes(*b"Slot");
const BLOB: u32 = u32::from_le_bytes(*b"BlbS");
const PAGE: usize = 4096;
const BLOCK: usize = 16;

/// Hands the headers of all packages to `take`; `None` when the file is no such database.
pub fn headers(bytes: &[u8], take: &mut dyn FnMut(&[u8])) -> Option<()> {
    if little(bytes, 4)? != 0 {
        return None;
    }
    let pages = usize::try_from(little(bytes, 12)?).ok()?;
    let slots = bytes.get(32..pages.checked_mul(PAGE)?)?;
    // No byte belongs to two packages.
    let mut left = bytes.len();
    for slot in slots.chunks_exact(BLOCK) {
        let [magic, package, block] = [0, 4, 8].map(|at| little(slot, at).unwrap_or(0));
        if magic != SLOT {
            return None;
        }
        // A slot that no package has.
        if package == 0 {
            continue;
        }
        let start = usize::try_from(block).ok()?.checked_mul(BLOCK)?;
        let blob = bytes.get(start..)?;
        if little(blob, 0)? != BLOB || little(blob, 4)? != package {
            return None;
        }
        let length = usize::try_from(little(blob, 12)?).ok()?;
        left = left.checked_sub(length)?;
        take(blob.get(16..)?.get(..length)?);
    }
    Some(())
}
