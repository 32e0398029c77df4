//! How far the practice clock runs ahead of the machine's: a file in the registry's folder, so that a
//! command can advance it while the registry runs, and it stays advanced.

use super::store::write_whole;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// Most that it can be advanced in all: a hundred years.
const MOST_SECONDS: u64 = 100 * 366 * 24 * 60 * 60;

/// The file that says how far, in seconds.
fn file(folder: &Path) -> PathBuf {
    folder.join("clock.json")
}

/// Advances the clock of the registry in `folder`, running or not. Answers how far it is ahead now, in
/// seconds.
///
/// # Errors
/// When the folder cannot be written.
pub fn advance(folder: &Path, seconds: u64) -> std::io::Result<u64> {
    std::fs::create_dir_all(folder)?;
    let ahead = read(folder).saturating_add(seconds).min(MOST_SECONDS);
    write_whole(&file(folder), ahead.to_string().as_bytes())?;
    Ok(ahead)
}

/// How far the clock of the registry in `folder` is ahead of the machine's, in seconds.
pub fn ahead(folder: &Path) -> u64 {
    read(folder)
}

/// Seconds ahead; none when nobody has advanced it, or the file is not ours.
fn read(folder: &Path) -> u64 {
    let text = std::fs::read_to_string(file(folder)).unwrap_or_default();
    text.trim().parse().unwrap_or(0).min(MOST_SECONDS)
}

/// Puts the clock back to the machine's.
pub(super) fn forget(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(file(folder)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Follows the file.
#[derive(Debug)]
pub(super) struct Skew {
    folder: PathBuf,
    /// When the file was written that was read last, its length, and what it said.
    seen: Mutex<(Option<(SystemTime, u64)>, u64)>,
}

impl Skew {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), seen: Mutex::new((None, 0)) }
    }

    /// Seconds that the clock is ahead. Costs one look at the file's date.
    pub(super) fn seconds(&self) -> u64 {
        let meta = std::fs::metadata(file(&self.folder)).ok();
        let written = meta.and_then(|meta| Some((meta.modified().ok()?, meta.len())));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0 != written {
            *seen = (written, read(&self.folder));
        }
        seen.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_clock_follows_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let skew = Skew::new(folder.path());
        assert_eq!(skew.seconds(), 0);
        assert_eq!(advance(folder.path(), 60).unwrap(), 60);
        assert_eq!(skew.seconds(), 60);
        assert_eq!(advance(folder.path(), 3600).unwrap(), 3660);
        assert_eq!(skew.seconds(), 3660);
        assert_eq!(advance(folder.path(), u64::MAX).unwrap(), MOST_SECONDS);
        forget(folder.path()).unwrap();
        forget(folder.path()).unwrap();
        assert_eq!(skew.seconds(), 0);
        std::fs::write(file(folder.path()), "rubbish").unwrap();
        assert_eq!(skew.seconds(), 0);
    }
}
