//! What a scan says of an image: the packages that its layers bring, matched against the training set
//! of advisories (`assets/advisories.json`). Pure: an inventory comes in, findings go out.
//!
//! The set is real and small, so that exercises are the same for everybody and work without a network.
//! It is no vulnerability database, and says so wherever it answers.

pub(super) mod run;

use crate::image::packages::version::compare;
use crate::image::packages::{Ecosystem, Inventory, Package, System};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How bad a finding is, in ECR's words, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// CRITICAL.
    Critical,
    /// HIGH.
    High,
    /// MEDIUM.
    Medium,
    /// LOW.
    Low,
    /// INFORMATIONAL.
    Informational,
}

impl Severity {
    /// ECR's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
            Self::Informational => "INFORMATIONAL",
        }
    }
}

/// One advisory of the set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisory {
    /// `CVE-…`.
    pub id: String,
    /// `pypi`, `npm`, `go`, or a release: `debian:12`, `alpine:3.19`, `amzn:2023`.
    pub ecosystem: String,
    /// The package; of a distribution, the source package.
    pub package: String,
    /// From the first of each pair, before the second, which is fixed.
    pub affected: Vec<(String, String)>,
    /// How bad.
    pub severity: Severity,
    /// Day it was published, `2024-04-17`.
    pub date: String,
    /// What can happen, in one line.
    pub summary: String,
}

/// The set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisories {
    /// What it is, and is not.
    pub title: String,
    /// Day up to which it was kept.
    pub dated: String,
    /// The advisories.
    pub advisories: Vec<Advisory>,
}

/// The set that comes with the program.
pub fn training_set() -> &'static Advisories {
    static SET: LazyLock<Advisories> = LazyLock::new(|| {
        // A test holds that it can be read.
        serde_json::from_str(include_str!("../../assets/advisories.json")).unwrap_or_default()
    });
    &SET
}

/// One advisory that one package of an image falls under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `CVE-…`.
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// What can happen.
    pub summary: String,
    /// Day it was published.
    pub date: String,
    /// The package as it is installed.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The version that has it no more.
    pub fixed: String,
    /// `OS`, `PYTHON`, `NODE`, `GO`: the words of Amazon Inspector's `packageManager`.
    pub manager: String,
    /// File that says the package is there.
    pub path: String,
    /// Number of the layer that brought it, from 0.
    pub layer: usize,
    /// Where to read on.
    pub uri: String,
}

/// The findings of an image, worst first.
pub fn findings(set: &Advisories, inventory: &Inventory) -> Vec<Finding> {
    let mut by_package: BTreeMap<(&str, &str), Vec<&Advisory>> = BTreeMap::new();
    for advisory in &set.advisories {
        by_package.entry((&advisory.ecosystem, &advisory.package)).or_default().push(advisory);
    }
    let mut found = Vec::new();
    for package in &inventory.packages {
        let Some(release) = release(package.ecosystem, inventory.system.as_ref()) else { continue };
        // A distribution's notices name what its packages are built from.
        let (name, version) = &package.source;
        let known = by_package.get(&(release.as_str(), name.as_str()));
        for advisory in known.into_iter().flatten() {
            if let Some(fixed) = fixed(advisory, package.ecosystem, version) {
                found.push(finding(advisory, package, fixed));
            }
        }
    }
    found.sort_by(|a, b| {
        (a.severity, &a.id, &a.package, &a.path).cmp(&(b.severity, &b.id, &b.package, &b.path))
    });
    found.dedup();
    found
}

/// The set's name for where the package comes from; a distribution's packages need its release.
fn release(ecosystem: Ecosystem, system: Option<&System>) -> Option<String> {
    let first = |count| {
        let system = system?;
        let parts: Vec<&str> = system.version.split('.').take(count).collect();
        Some(format!("{}:{}", system.id, parts.join(".")))
    };
    match ecosystem {
        Ecosystem::Debian | Ecosystem::Rpm => first(1),
        Ecosystem::Alpine => first(2),
        Ecosystem::Python => Some("pypi".into()),
        Ecosystem::Node => Some("npm".into()),
        Ecosystem::Go => Some("go".into()),
    }
}

/// The version that fixes what `version` has, when it is affected.
fn fixed<'a>(advisory: &'a Advisory, ecosystem: Ecosystem, version: &str) -> Option<&'a str> {
    let within = |(from, to): &&(String, String)| {
        (from == "0" || compare(ecosystem, version, from).is_ge()) && compare(ecosystem, version, to).is_lt()
    };
    advisory.affected.iter().find(within).map(|(_, fixed)| fixed.as_str())
}

fn finding(advisory: &Advisory, package: &Package, fixed: &str) -> Finding {
    let id = &advisory.id;
    let (manager, uri) = match package.ecosystem {
        Ecosystem::Debian => ("OS", format!("https://security-tracker.debian.org/tracker/{id}")),
        Ecosystem::Alpine => ("OS", format!("https://security.alpinelinux.org/vuln/{id}")),
        Ecosystem::Rpm => ("OS", format!("https://alas.aws.amazon.com/cve/html/{id}.html")),
        Ecosystem::Python => ("PYTHON", format!("https://nvd.nist.gov/vuln/detail/{id}")),
        Ecosystem::Node => ("NODE", format!("https://nvd.nist.gov/vuln/detail/{id}")),
        Ecosystem::Go => ("GO", format!("https://nvd.nist.gov/vuln/detail/{id}")),
    };
    Finding {
        id: id.clone(),
        severity: advisory.severity,
        summary: advisory.summary.clone(),
        date: advisory.date.clone(),
        package: package.name.clone(),
        version: package.version.clone(),
        fixed: fixed.to_owned(),
        manager: manager.to_owned(),
        path: package.path.clone(),
        layer: package.layer,
        uri,
    }
}

#[cfg(test)]
mod tests;
