//! A workshop in one file, for rooms with poor networks: the base images, the course and the plan.
//!
//! A bundle is a tar, compressed by zstd when its name ends in `.zst`. Its first entry is `manifest.json`, which
//! names every other entry in order, with its bytes and their SHA-256; there is nothing else in it.
//!
//! | file | owns |
//! | --- | --- |
//! | `manifest` | what a bundle says of itself, and what may stand there |
//! | `pack` | making one |
//! | `unpack` | taking one apart, believing nothing |
//! | `image` | whether an image's archive says no more than it should |

mod image;
mod manifest;
mod pack;
mod unpack;

pub use manifest::{Image, Listed, Manifest};
pub use pack::{Packing, pack};
pub use unpack::{Loaded, Unpacked, load, unpack};

use crate::engine::EngineError;
use std::path::PathBuf;

/// What is told while a bundle is made or taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something begins, in words.
    Begins(String),
    /// So many bytes of it so far.
    Bytes(u64),
}

/// What can go wrong with a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is not what a bundle is: in words, safe to show.
    #[error("{path} is refused: {why}")]
    Refused {
        /// The bundle.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something is there already that is not overwritten.
    #[error("{} is there already", .0.display())]
    There(PathBuf),
    /// The engine does not have an image of the plan.
    #[error("the engine does not have {}", .0.join(", "))]
    Missing(Vec<String>),
    /// There is no room for what is in it.
    #[error("{path} needs {needed} on the disk of {folder}, which has {free} left")]
    Room {
        /// The bundle.
        path: PathBuf,
        /// Where it would go.
        folder: PathBuf,
        /// How much, in words.
        needed: String,
        /// How much there is, in words.
        free: String,
    },
    /// Its images are for other machines.
    #[error("the images in it are for {theirs}, and this engine runs {ours}")]
    Platform {
        /// What they are for.
        theirs: String,
        /// What the engine runs.
        ours: String,
    },
    /// The engine said no.
    #[error("{name}")]
    Engine {
        /// The image it was about.
        name: String,
        /// What it said.
        source: EngineError,
    },
    /// It was cancelled; nothing is left behind.
    #[error("cancelled")]
    Cancelled,
}

impl BundleError {
    fn engine(name: &str, source: EngineError) -> Self {
        match source {
            EngineError::Cancelled => Self::Cancelled,
            source => Self::Engine { name: name.to_owned(), source },
        }
    }

    /// What to do next, most useful first.
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Refused { .. } => {
                vec!["fetch it again, or make it anew with `docker-ecr-tutor workshop bundle`".into()]
            }
            Self::There(_) => vec!["name another with --output or --into, or move it away".into()],
            Self::Missing(_) => vec!["`docker-ecr-tutor setup --workshop FILE --pull` fetches them".into()],
            Self::Room { .. } => vec!["make room: `docker-ecr-tutor clean`, `docker system df`".into()],
            Self::Platform { .. } => vec!["make the bundle on a machine of the learners' kind".into()],
            Self::Engine { source, .. } => source.hints(),
            Self::File { .. } | Self::Cancelled => Vec::new(),
        }
    }
}

/// A folder of what is under way, removed with everything in it when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    /// A new folder beside `target`, hidden, that nothing else has.
    fn beside(target: &std::path::Path) -> Result<Self, BundleError> {
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = target.with_file_name(format!(".{name}.{}.partial", std::process::id()));
        std::fs::create_dir_all(folder.parent().unwrap_or(std::path::Path::new(".")))
            .and_then(|()| std::fs::create_dir(&folder))
            .map_err(|source| BundleError::File { path: folder.clone(), source })?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It is under way, and nobody knows of it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
