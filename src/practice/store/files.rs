//! Files that are whole or not there, even after a power cut.

use crate::practice::Moment;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What drafts end in; those left behind are removed when the folder is opened.
pub const DRAFT: &str = "new";

/// Writes `bytes` as `path` so that a reader sees all or nothing: beside its place, synced, renamed.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = draft_of(path);
    let written = (|| {
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)?;
        path.parent().map_or(Ok(()), sync_folder)
    })();
    if written.is_err() {
        // It is there only when the rename was not reached; a full disk wants it gone.
        drop(std::fs::remove_file(&draft));
    }
    written
}

/// A name beside `path` that no other writer has.
fn draft_of(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.{DRAFT}", std::process::id()));
    path.with_file_name(name)
}

/// Whether the disk, or the share of it that this user has, is full.
pub fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

/// When a file was last in use, by the clock that [`mark`] was given, or else by the machine's.
pub fn used(path: &Path) -> Option<Moment> {
    std::fs::metadata(path).ok()?.modified().ok().map(Moment::of_system)
}

/// Writes down that a file is in use at `now`.
pub fn mark(file: &std::fs::File, now: Moment) -> std::io::Result<()> {
    now.system().map_or(Ok(()), |time| file.set_modified(time))
}

/// Makes what was renamed or removed inside `folder` last.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// Removes a file. Answers whether it was there.
pub fn remove(path: &Path) -> std::io::Result<bool> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file's bytes, when it is there.
pub fn read(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is in `folder`; nothing when it is not there.
pub fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_no_draft_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_whole(&path, b"1").unwrap();
        write_whole(&path, b"22").unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"22");
        assert_eq!(list(folder.path()).unwrap(), std::slice::from_ref(&path));
        assert!(remove(&path).unwrap() && !remove(&path).unwrap());
        assert!(write_whole(&folder.path().join("none/a"), b"").is_err());
        assert_eq!(read(&path).unwrap(), None);
    }
}
