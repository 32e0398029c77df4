//! Paths that cannot leave their root, and files that are replaced whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What temporary files end with; those that a kill left behind are removed at the next start.
const TEMPORARY: &str = ".docker-ecr-tutor.tmp";

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// `path` under `root`, or nothing when it is absolute, climbs, or is empty.
pub fn join(root: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && relative.components().next().is_some()).then(|| root.join(relative))
}

/// The real place of `path` under `root`, links followed as long as they stay inside; the file
/// itself need not exist.
pub fn resolve(root: &Path, path: &str) -> io::Result<PathBuf> {
    let outside = || io::Error::new(io::ErrorKind::InvalidInput, "it leads out of the folder");
    let wanted = join(root, path).ok_or_else(outside)?;
    let root = root.canonicalize()?;
    let parent = wanted.parent().ok_or_else(outside)?.canonicalize()?;
    let name = wanted.file_name().ok_or_else(outside)?;
    let mut real = parent.join(name);
    if real.is_symlink() {
        real = real.canonicalize()?;
    }
    if real.starts_with(&root) { Ok(real) } else { Err(outside()) }
}

/// Puts `bytes` in place of the file at `path`: readers see the old content or the new one, never a
/// mixture, whatever is killed when. The mode is kept.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (temporary, mut file) = temporary_beside(path)?;
    let mut write = || {
        file.write_all(bytes)?;
        if let Ok(meta) = fs::metadata(path) {
            if meta.permissions().readonly() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            file.set_permissions(meta.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(path);
        Ok(())
    };
    write().inspect_err(|_| drop(fs::remove_file(&temporary)))
}

/// Creates the file at `path` with `bytes`, whole or not at all, and leaves one that is there alone;
/// says whether it was created.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    create_with(path, |file| file.write_all(bytes))
}

/// Like [`create`], of `size` zero bytes, which take no room where the file system can leave them out.
pub fn create_zeros(path: &Path, size: u64) -> io::Result<bool> {
    create_with(path, |file| file.set_len(size))
}

fn create_with(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<bool> {
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let (temporary, mut file) = temporary_beside(path)?;
    let write = || {
        fill(&mut file)?;
        file.sync_all()?;
        match fs::hard_link(&temporary, path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            // A file system without hard links: the check above has to do.
            Err(_) => fs::rename(&temporary, path).map(|()| true),
        }
    };
    let created = write();
    let _ = fs::remove_file(&temporary);
    sync_folder(path);
    created
}

/// Removes the temporary files that killed processes left in `folder`; those in use stay.
pub fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().ends_with(TEMPORARY);
        if ours && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A new file beside `path`, locked for as long as it is open.
fn temporary_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".{name}.{}-{number}{TEMPORARY}", std::process::id()));
        match File::create_new(&temporary) {
            Ok(file) => {
                let _ = file.try_lock();
                return Ok((temporary, file));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Makes a rename in the folder of `path` durable. Not every file system can; the content is safe
/// either way.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}
