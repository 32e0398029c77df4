//! `--course` from elsewhere: a git address or an archive is brought into the cache, and its folder stands in its
//! place from then on.

use super::Global;
use crate::course::fetch::{self, FetchError, Fetched};
use crate::failure::{Failure, Kind};
use crate::text::sanitise;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Puts the folder of a course from elsewhere in the place of its address. `now` says that somebody waits for the
/// first screen: a copy that is there is shown at once, and renewed beside it for the next time.
///
/// # Errors
/// When the course cannot be had.
pub fn settle(global: &mut Global, now: bool) -> Result<(), Failure> {
    if let Some(named) = &global.course
        && let Some(folder) = folder(named, now)?
    {
        global.course = Some(folder);
    }
    Ok(())
}

/// The folder in the cache of what `named` names; `None` when that is no address and no archive.
pub(super) fn folder(named: &Path, now: bool) -> Result<Option<PathBuf>, Failure> {
    let Some(origin) = fetch::origin(named).map_err(failure)? else { return Ok(None) };
    let cache = fetch::cache().ok_or_else(|| {
        Failure::new(Kind::Environment, anyhow::anyhow!("there is no folder for a cache")).hint("set HOME")
    })?;
    if let Some(kept) = origin.kept(&cache).filter(|_| now) {
        std::thread::spawn(move || {
            if let Err(error) = origin.fetch(&cache) {
                tracing::warn!("the course was not renewed: {error}");
            }
        });
        return Ok(Some(kept));
    }
    let Fetched { folder, note } = origin.fetch(&cache).map_err(failure)?;
    if let Some(note) = note {
        let _ = writeln!(std::io::stderr().lock(), "note: {}", sanitise::plain(&note));
    }
    Ok(Some(folder))
}

fn failure(error: FetchError) -> Failure {
    let kind = match &error {
        FetchError::Refused { .. } => Kind::User,
        FetchError::Archive { .. } => Kind::Course,
        FetchError::Git { .. } | FetchError::Disk { .. } => Kind::Environment,
    };
    let hint = error.hint();
    Failure::new(kind, error).hint(hint)
}
