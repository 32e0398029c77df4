//! How much room there is on the disk of a folder: the one place that asks.

use std::path::Path;

/// Bytes that this program may still write to the disk of `folder`; `None` where that cannot be asked.
#[cfg(unix)]
pub fn free_space(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Bytes that this program may still write to the disk of `folder`; `None` where that cannot be asked.
#[cfg(not(unix))]
pub fn free_space(_: &Path) -> Option<u64> {
    None
}
