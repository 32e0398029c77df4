//! One scan: the layers of an image in the store → packages → findings.

use super::super::store::{Digest, Store, StoreError};
use super::{Finding, findings, training_set};
use crate::image::packages::{self, LayerPackages};
use serde::{Deserialize, Serialize};

/// How a scan ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Every layer was read.
    Found {
        /// Worst first.
        findings: Vec<Finding>,
        /// Digests of the layers, base first.
        layers: Vec<String>,
        /// What is to be known of the result.
        remarks: Vec<String>,
    },
    /// Something could not be read.
    Failed {
        /// In words for whoever asks.
        why: String,
    },
}

/// Scans an image. Takes as long as unpacking its layers does.
pub(crate) fn scan(store: &Store, repository: &str, digest: &Digest) -> Outcome {
    match try_scan(store, repository, digest) {
        Ok(outcome) => outcome,
        Err(why) => Outcome::Failed { why },
    }
}

fn try_scan(store: &Store, repository: &str, digest: &Digest) -> Result<Outcome, String> {
    let gone = |error: StoreError| format!("The image is not there any more: {error}.");
    let layers = store.read(repository, |state| state.images.get(digest).map(|image| image.layers.clone()));
    let layers = layers.map_err(gone)?.ok_or("The image is not there any more.")?;
    let mut read: Vec<LayerPackages> = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        let (path, bytes) = store
            .blob(repository, layer)
            .ok_or_else(|| format!("Layer {} lies in another registry.", number + 1))?;
        let file = std::fs::File::open(path).map_err(|error| format!("Layer {}: {error}.", number + 1))?;
        let packages = packages::read(std::io::BufReader::new(file), bytes);
        read.push(packages.map_err(|error| {
            format!("UnsupportedImageError: layer {} cannot be read: {error}.", number + 1)
        })?);
    }
    let inventory = packages::stack(&read);
    if inventory.packages.is_empty() && inventory.system.is_none() {
        let what = match inventory.unread.first() {
            Some(path) => format!(" The packages in {path} are not read here."),
            None => " No packages were found: an image that holds nothing but a program brings nothing to compare.".into(),
        };
        let why = format!(
            "UnsupportedImageError: The operating system and/or package manager are not supported.{what}"
        );
        return Ok(Outcome::Failed { why });
    }
    let set = training_set();
    let mut remarks = vec![format!(
        "{} packages were compared with the training set of {} ({} advisories), which is no vulnerability database.",
        inventory.packages.len(),
        set.dated,
        set.advisories.len()
    )];
    remarks.extend(inventory.unread.iter().map(|path| format!("The packages in {path} were not read.")));
    Ok(Outcome::Found {
        findings: findings(set, &inventory),
        layers: layers.iter().map(ToString::to_string).collect(),
        remarks,
    })
}
