//! Trivy's JSON report, schema 2: the parts of it that findings are made of.

use super::super::origin::{self, Recipe};
use super::super::{Finding, Findings, Severity};
use crate::image::manifest::Config;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report<'a> {
    #[serde(borrow, default)]
    metadata: Option<Metadata<'a>>,
    #[serde(default)]
    results: Option<Vec<Target>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    #[serde(rename = "OS", default)]
    system: Option<System>,
    /// The image's configuration, as it is.
    #[serde(borrow, default)]
    image_config: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct System {
    #[serde(default)]
    family: String,
    #[serde(default)]
    name: String,
    /// Nobody mends this release any more.
    #[serde(rename = "EOSL", default)]
    ended: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    #[serde(default)]
    vulnerabilities: Option<Vec<Vulnerability>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID")]
    id: String,
    #[serde(default)]
    pkg_name: String,
    #[serde(default)]
    installed_version: String,
    #[serde(default)]
    fixed_version: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    title: String,
    #[serde(rename = "PrimaryURL", default)]
    url: String,
    #[serde(default)]
    layer: Option<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    #[serde(rename = "DiffID", default)]
    diff_id: String,
}

/// The findings of a report, worst first, with the layers that the image's configuration tells of.
///
/// # Errors
/// When it is no report.
pub fn parse(report: &[u8], recipe: Option<&Recipe>) -> Result<Findings, serde_json::Error> {
    let report: Report<'_> = serde_json::from_slice(report)?;
    let mut findings = Findings::default();
    if let Some(metadata) = report.metadata {
        // Findings are worth having without the lines they come from.
        let text = metadata.image_config.map(|config| config.get().as_bytes());
        let config = text.and_then(|text| Config::parse("ImageConfig", text).ok());
        findings.layers = config.map(|config| origin::origins(&config, recipe)).unwrap_or_default();
        if let Some(system) = metadata.system.filter(|system| system.ended) {
            findings.remarks.push(format!(
                "{} {} is no longer maintained: there will be no fixes for it; use a newer base image",
                system.family, system.name
            ));
        }
    }
    let number = |layer: &Layer| findings.layers.iter().position(|known| known.diff_id == layer.diff_id);
    let all = report.results.unwrap_or_default();
    let all = all.into_iter().flat_map(|target| target.vulnerabilities.unwrap_or_default());
    findings.findings = all
        .map(|found| Finding {
            severity: Severity::of(&found.severity),
            layer: found.layer.as_ref().and_then(number),
            id: found.id,
            package: found.pkg_name,
            installed: found.installed_version,
            fixed: found.fixed_version,
            title: found.title,
            url: found.url,
        })
        .collect();
    findings.sort();
    Ok(findings)
}
