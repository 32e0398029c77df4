//! What an image is: its configuration, layers, files and history. Pure: archives are read from
//! whatever stream is given.
//!
//! | file | owns |
//! | --- | --- |
//! | `tar` | tar archives, streamed and bounded |
//! | `layer` | one layer as compact records, which a cache can keep |
//! | `manifest` | Docker's and OCI's manifests and configurations; layer ↔ instruction |
//! | `archive` | images as archives: plain, gzip, zstd; extraction of a file |
//! | `stack` | layers laid on each other: every path, and what each layer did to it |
//! | `waste` | hidden bytes, exactly |
//! | `dive`, `rules` | dive's numbers and CI rules |
//! | `finding`, `secret` | secrets, caches, wide rights |
//! | `explore` | all of that about one image, and two images compared |
//! | `packages` | which packages are installed, and which layer brought each; versions in order |
//! | `history` | which bytes a build step made |
//! | `dockerignore` | what of a context is left out |

pub mod archive;
pub mod dive;
pub mod dockerignore;
pub mod explore;
pub mod finding;
#[cfg(test)]
pub(crate) mod fixture;
pub mod history;
pub mod layer;
pub mod manifest;
pub mod packages;
pub mod plan;
pub mod rules;
pub mod secret;
pub mod stack;
pub mod tar;
pub mod waste;

use std::collections::BTreeMap;

/// An image as an engine or a registry describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageInfo {
    /// Image id, `sha256:…`.
    pub id: String,
    /// `repository:tag` names that point at it.
    pub tags: Vec<String>,
    /// Size of all layers, in bytes, uncompressed.
    pub size_bytes: u64,
    /// What made it, oldest first; empty layers are in it too.
    pub history: Vec<HistoryEntry>,
    /// Diff ids of the layers, base first.
    pub layers: Vec<String>,
    /// How containers of it start.
    pub config: ImageConfig,
    /// `os/architecture`.
    pub platform: String,
}

/// One line of an image's history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HistoryEntry {
    /// The instruction as the builder recorded it.
    pub created_by: String,
    /// Bytes this step added.
    pub size_bytes: u64,
    /// Seconds since 1970 when it was made, 0 when unknown.
    pub created: i64,
}

/// How containers of an image start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageConfig {
    /// `USER`, empty for root.
    pub user: String,
    /// `WORKDIR`.
    pub working_dir: String,
    /// `ENTRYPOINT`.
    pub entrypoint: Vec<String>,
    /// `CMD`.
    pub cmd: Vec<String>,
    /// `ENV`, as `NAME=value`.
    pub env: Vec<String>,
    /// `EXPOSE`, as `8000/tcp`.
    pub exposed_ports: Vec<String>,
    /// `LABEL`.
    pub labels: BTreeMap<String, String>,
    /// Whether a `HEALTHCHECK` is set and not `NONE`.
    pub healthcheck: bool,
    /// `STOPSIGNAL`, empty for SIGTERM.
    pub stop_signal: String,
}

/// Bytes for people, in decimal units as the docker client prints them: `1.02 GB`, `74 MB`.
pub fn human_size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if unit == 0 || value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits_and_decimal_units() {
        let shown: Vec<String> =
            [0, 999, 1_000, 74_200_000, 184_600_000, 1_020_000_000].map(human_size).into();
        assert_eq!(shown, ["0 B", "999 B", "1.00 kB", "74.2 MB", "185 MB", "1.02 GB"]);
    }
}
