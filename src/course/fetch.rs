//! Courses from elsewhere: a git repository or an archive becomes a folder in the cache, which is read like any
//! other and trusted no more.
//!
//! | piece | owns |
//! | --- | --- |
//! | `git` | running `git`, bounded: which protocols, how large, how long |
//! | `archive` | tar, plain or compressed, unpacked: only a course's folders, only regular files |
//!
//! A course keeps its place in the cache, so progress in it is kept too. It is unpacked beside its place and put
//! there by a rename; where it cannot be asked for again, the copy that is there is used, and that is said.

mod archive;
mod git;

use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why there is no course.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// What was named is nothing that a course can come from.
    #[error("{told}")]
    Refused {
        /// Why.
        told: String,
        /// What to do.
        next: &'static str,
    },
    /// `git` did not do it.
    #[error("git cannot fetch {url}: {told}")]
    Git {
        /// From where.
        url: String,
        /// What it said.
        told: String,
    },
    /// The disk.
    #[error("cannot keep the course in {}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The archive cannot be read.
    #[error("cannot read the archive {}", .path.display())]
    Archive {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl FetchError {
    fn refused(told: impl Into<String>, next: &'static str) -> Self {
        Self::Refused { told: told.into(), next }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused { next, .. } => next,
            Self::Git { .. } => "check the address, the network, and that `git clone` works with it by hand",
            Self::Disk { .. } => "set XDG_CACHE_HOME to a folder you may write to",
            Self::Archive { .. } => "pack it anew: tar -czf course.tar.gz lessons exercises solutions",
        }
    }
}

/// Where a course comes from that is no folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A repository, and the branch or tag behind `#`.
    Git {
        /// Its address.
        url: String,
        /// Branch or tag.
        branch: Option<String>,
    },
    /// A file.
    Archive(PathBuf),
}

/// A course that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The folder to read.
    pub folder: PathBuf,
    /// What a person should know: that the copy could not be renewed.
    pub note: Option<String>,
}

/// What `text` names, when it is no folder: `None` for what is one, or nothing at all.
///
/// # Errors
/// When it is an address that is not taken.
pub fn origin(text: &Path) -> Result<Option<Origin>, FetchError> {
    if text.is_dir() {
        return Ok(None);
    }
    if text.is_file() {
        return Ok(Some(Origin::Archive(text.to_owned())));
    }
    text.to_str().map_or(Ok(None), git::origin)
}

impl Origin {
    /// Its place in the cache: the same for the same origin, whatever is in it by now.
    fn place(&self, cache: &Path) -> PathBuf {
        let name = match self {
            Self::Git { url, branch } => format!("git {url}#{}", branch.as_deref().unwrap_or_default()),
            Self::Archive(path) => {
                format!("archive {}", path.canonicalize().unwrap_or_else(|_| path.clone()).display())
            }
        };
        let digest = Sha256::digest(name.as_bytes());
        cache.join(digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    /// The copy in the cache, when there is one.
    pub fn kept(&self, cache: &Path) -> Option<PathBuf> {
        Some(self.place(cache).join("course")).filter(|folder| folder.is_dir())
    }

    /// Brings the course into the cache, unless the copy there is the same.
    ///
    /// # Errors
    /// When it cannot be had and there is no copy, or it is not what a course may be.
    pub fn fetch(&self, cache: &Path) -> Result<Fetched, FetchError> {
        let place = self.place(cache);
        let disk = |source| FetchError::Disk { path: place.clone(), source };
        fs::create_dir_all(&place).map_err(disk)?;
        // Two programs that fetch one course do it one after the other.
        let lock = fs::File::create(place.join("lock")).map_err(disk)?;
        lock.lock().map_err(disk)?;
        let folder = place.join("course");
        let stamp = fs::read_to_string(place.join("stamp")).ok().filter(|_| folder.is_dir());
        let fresh = Fresh::make(&place).map_err(disk)?;
        let renewed = match self {
            Self::Git { url, branch } => git::fetch(url, branch.as_deref(), stamp.as_deref(), &fresh.0),
            Self::Archive(path) => archive::fetch(path, stamp.as_deref(), &fresh.0),
        };
        match renewed {
            Ok(None) => Ok(Fetched { folder, note: None }),
            Ok(Some(stamp)) => {
                let unpacked = fresh.0.join("course");
                if !unpacked.is_dir() {
                    return Err(FetchError::refused(
                        "there is no course in it: neither lessons/ nor exercises/",
                        "name the repository or archive that holds them at its top",
                    ));
                }
                let old = fresh.0.join("old");
                if folder.exists() {
                    fs::rename(&folder, &old).map_err(disk)?;
                }
                fs::rename(&unpacked, &folder).map_err(disk)?;
                fs::write(place.join("stamp"), stamp).map_err(disk)?;
                Ok(Fetched { folder, note: None })
            }
            // What is there was good once; a network may be away.
            Err(error @ FetchError::Git { .. }) if stamp.is_some() => {
                Ok(Fetched { folder, note: Some(format!("{error}; the copy of last time is used")) })
            }
            Err(error) => Err(error),
        }
    }
}

/// The folder of courses from elsewhere, in the person's cache.
pub fn cache() -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    let home = etcetera::choose_base_strategy().ok()?;
    Some(home.cache_dir().join("docker-ecr-tutor").join("courses"))
}

/// A folder beside the course's place, removed when dropped.
struct Fresh(PathBuf);

impl Fresh {
    fn make(place: &Path) -> io::Result<Self> {
        let path = place.join("new");
        // Left by a program that was killed; the lock is ours.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
