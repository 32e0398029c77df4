//! Trivy, run as a program on this machine; its JSON report becomes [`Findings`].

use super::{Finding, Findings, Severity};
use serde::Deserialize;
use std::ffi::OsStr;
use std::process::Stdio;

/// Where to get it.
pub const HOW_TO_GET: &str = "install Trivy: https://trivy.dev/latest/getting-started/installation/";

/// Why there are no findings.
#[derive(Debug, thiserror::Error)]
pub enum TrivyError {
    /// It is not on PATH.
    #[error("trivy is not installed")]
    Missing,
    /// It could not be started, or not be listened to.
    #[error("trivy cannot be run")]
    Io(#[from] std::io::Error),
    /// It ended with an error, in its own words.
    #[error("trivy failed: {0}")]
    Failed(String),
    /// It said something else than a report.
    #[error("trivy's report is not understood")]
    Report(#[from] serde_json::Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Report {
    #[serde(default)]
    results: Option<Vec<Target>>,
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
}

/// Scans a local image. Dropping the future ends the scanner.
pub async fn scan(image: &str) -> Result<Findings, TrivyError> {
    scan_with(OsStr::new("trivy"), image).await
}

async fn scan_with(program: &OsStr, image: &str) -> Result<Findings, TrivyError> {
    let output = tokio::process::Command::new(program)
        .args(["image", "--quiet", "--format", "json", "--scanners", "vuln", "--", image])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => TrivyError::Missing,
            _ => TrivyError::Io(error),
        })?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).trim().to_string();
        let last = words.lines().last().unwrap_or("it says nothing").to_string();
        return Err(TrivyError::Failed(last));
    }
    let findings = parse(&output.stdout)?;
    Ok(Findings { image: image.into(), scanner: "trivy".into(), findings })
}

/// The findings of a report, worst first.
fn parse(report: &[u8]) -> Result<Vec<Finding>, serde_json::Error> {
    let report: Report = serde_json::from_slice(report)?;
    let targets = report.results.unwrap_or_default();
    let mut findings: Vec<Finding> = targets
        .into_iter()
        .flat_map(|target| target.vulnerabilities.unwrap_or_default())
        .map(|found| Finding {
            severity: match found.severity.as_str() {
                "CRITICAL" => Severity::Critical,
                "HIGH" => Severity::High,
                "MEDIUM" => Severity::Medium,
                "LOW" => Severity::Low,
                _ => Severity::Informational,
            },
            id: found.id,
            package: found.pkg_name,
            installed: found.installed_version,
            fixed: found.fixed_version,
            title: found.title,
        })
        .collect();
    findings.sort_by(|a, b| (a.severity, &a.package, &a.id).cmp(&(b.severity, &b.package, &b.id)));
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"SchemaVersion":2,"Results":[
        {"Target":"x (debian 12)","Class":"os-pkgs","Vulnerabilities":[
            {"VulnerabilityID":"CVE-1","PkgName":"zlib","InstalledVersion":"1","Severity":"LOW","Title":"a"},
            {"VulnerabilityID":"CVE-2","PkgName":"openssl","InstalledVersion":"3.0","FixedVersion":"3.1",
             "Severity":"CRITICAL","Title":"b"}]},
        {"Target":"Python","Class":"lang-pkgs"}]}"#;

    #[test]
    fn a_report_becomes_findings_worst_first() {
        let findings = parse(REPORT.as_bytes()).expect("report");
        let ids: Vec<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, ["CVE-2", "CVE-1"]);
        assert_eq!((findings[0].severity, findings[0].fixed.as_str()), (Severity::Critical, "3.1"));
        assert_eq!(findings[1].fixed, "");
    }

    #[test]
    fn an_image_without_packages_has_no_findings() {
        assert_eq!(parse(br#"{"SchemaVersion":2}"#).expect("report"), []);
        assert_eq!(parse(br#"{"Results":null}"#).expect("report"), []);
        assert!(parse(b"no json").is_err());
    }

    #[tokio::test]
    async fn a_missing_scanner_is_told_from_a_failing_one() {
        let missing = scan_with(OsStr::new("/nonexistent/trivy"), "x").await;
        assert!(matches!(missing, Err(TrivyError::Missing)), "{missing:?}");
        let failing = scan_with(OsStr::new("false"), "x").await;
        assert!(matches!(failing, Err(TrivyError::Failed(_))), "{failing:?}");
    }
}
