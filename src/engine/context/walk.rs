//! Walking a folder as a builder sees it: without what is ignored, folders before what is in them,
//! names in the order of their bytes, links never followed.

use super::{ContextError, unreadable};
use crate::image::dockerignore::Ignore;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

/// What of a folder is walked.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Walk {
    pub(in crate::engine) root: PathBuf,
    pub(in crate::engine) ignore: Ignore,
    /// Goes along although it is ignored.
    pub(in crate::engine) always: Vec<PathBuf>,
    /// Only these paths, and what is below them; `None` for everything.
    pub(in crate::engine) only: Option<Vec<PathBuf>>,
}

/// One file, folder or link.
#[derive(Debug)]
pub(in crate::engine) struct Entry<'a> {
    /// Where it is on disk.
    pub(in crate::engine) path: &'a Path,
    /// Its path below the root.
    pub(in crate::engine) relative: &'a Path,
    /// What it is, links not followed.
    pub(in crate::engine) metadata: &'a Metadata,
}

type Visit<'a> = &'a mut dyn FnMut(&Entry<'_>) -> Result<(), ContextError>;

impl Walk {
    /// Calls `visit` for everything; stops at its first error.
    pub(in crate::engine) fn visit(&self, visit: Visit<'_>) -> Result<(), ContextError> {
        self.folder(&self.root, Path::new(""), &mut Vec::new(), visit)
    }

    fn folder(
        &self,
        folder: &Path,
        relative: &Path,
        pending: &mut Vec<(PathBuf, PathBuf)>,
        visit: Visit<'_>,
    ) -> Result<(), ContextError> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
            names.push(entry.map_err(|source| unreadable(folder, source))?.file_name());
        }
        names.sort_unstable();
        for name in names {
            let (path, relative) = (folder.join(&name), relative.join(&name));
            if !self.wanted(&relative) {
                continue;
            }
            let kept = self.always.contains(&relative);
            let matched = slashed(&relative);
            let excluded = !kept && self.ignore.excludes(&matched);
            let metadata = match std::fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                // Gone since the folder was listed, or not ours to read and not wanted either.
                Err(error) if error.kind() == io::ErrorKind::NotFound || excluded => continue,
                Err(error) => return Err(unreadable(&path, error)),
            };
            if metadata.is_dir() {
                let holds_kept = self.always.iter().any(|kept| kept.starts_with(&relative));
                if excluded && !holds_kept && !self.ignore.may_keep_below(&matched) {
                    continue;
                }
                // An excluded folder goes along only once something in it does.
                pending.push((path.clone(), relative.clone()));
                if !excluded {
                    flush(pending, visit)?;
                }
                let depth = pending.len();
                self.folder(&path, &relative, pending, visit)?;
                if excluded && pending.len() == depth {
                    pending.pop();
                }
            } else if !excluded {
                flush(pending, visit)?;
                visit(&Entry { path: &path, relative: &relative, metadata: &metadata })?;
            }
        }
        Ok(())
    }

    /// Whether the path, something above it or something below it was asked for.
    fn wanted(&self, relative: &Path) -> bool {
        let asked = |only: &Vec<PathBuf>| {
            only.iter().any(|wanted| relative.starts_with(wanted) || wanted.starts_with(relative))
        };
        self.only.as_ref().is_none_or(asked)
    }
}

/// A path with slashes, whatever the system; names that are no text keep their place.
pub(in crate::engine) fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn flush(pending: &mut Vec<(PathBuf, PathBuf)>, visit: Visit<'_>) -> Result<(), ContextError> {
    for (path, relative) in pending.drain(..) {
        let metadata = std::fs::symlink_metadata(&path).map_err(|source| unreadable(&path, source))?;
        visit(&Entry { path: &path, relative: &relative, metadata: &metadata })?;
    }
    Ok(())
}
