//! `scan IMAGE`: known vulnerabilities, as Trivy finds them.

use crate::failure::{Failure, Kind};
use crate::scan::trivy::{self, TrivyError};
use crate::scan::{Finding, Findings, Severity};
use crate::text::sanitise;
use std::fmt::Write as _;
use std::io::Write;

/// What `scan` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name or id of an image
    image: String,
    /// Report only these
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true, value_name = "LEVEL")]
    severity: Vec<Level>,
    /// Exit code when anything is reported
    #[arg(long, default_value_t = 0, value_name = "CODE")]
    exit_code: u8,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    Critical,
    High,
    Medium,
    Low,
    #[value(alias = "unknown")]
    Informational,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
}

impl Level {
    fn severity(self) -> Severity {
        match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
            Self::Informational => Severity::Informational,
        }
    }
}

const LEVELS: [(Severity, &str); 5] = [
    (Severity::Critical, "CRITICAL"),
    (Severity::High, "HIGH"),
    (Severity::Medium, "MEDIUM"),
    (Severity::Low, "LOW"),
    (Severity::Informational, "INFORMATIONAL"),
];

fn name(severity: Severity) -> &'static str {
    LEVELS.iter().find(|(level, _)| *level == severity).map_or("", |(_, name)| name)
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let mut findings = super::runtime()?.block_on(trivy::scan(&args.image)).map_err(|error| {
        let missing = matches!(error, TrivyError::Missing);
        let failure = Failure::new(Kind::Environment, error);
        if missing { failure.hint(trivy::HOW_TO_GET) } else { failure }
    })?;
    if !args.severity.is_empty() {
        findings
            .findings
            .retain(|found| args.severity.iter().any(|level| level.severity() == found.severity));
    }
    let text = match args.format {
        Format::Table => table(&findings),
        Format::Json => {
            serde_json::to_string_pretty(&json(&findings)).map_err(|e| Failure::new(Kind::Internal, e))?
                + "\n"
        }
    };
    out.write_all(text.as_bytes()).map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(if findings.findings.is_empty() { 0 } else { args.exit_code })
}

fn counts(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|found| found.severity == level).count();
    let parts: Vec<String> = LEVELS
        .iter()
        .map(|(level, name)| (count(*level), name))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {}", name.to_lowercase()))
        .collect();
    if parts.is_empty() { "no known vulnerabilities".to_owned() } else { parts.join(", ") }
}

fn table(findings: &Findings) -> String {
    let list = &findings.findings;
    let mut text = format!(
        "{} ({}): {}\n",
        sanitise::plain(&findings.image),
        sanitise::plain(&findings.scanner),
        counts(list)
    );
    let cells = |found: &Finding| {
        let fixed =
            if found.fixed.is_empty() { "no fix yet".to_owned() } else { format!("-> {}", found.fixed) };
        [name(found.severity), &found.id, &found.package, &found.installed, &fixed]
            .map(|cell| sanitise::plain(cell).into_owned())
    };
    let rows: Vec<[String; 5]> = list.iter().map(cells).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    if !rows.is_empty() {
        text.push('\n');
    }
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", line.join("  ").trim_end());
    }
    text
}

fn json(findings: &Findings) -> serde_json::Value {
    let list = findings.findings.iter().map(|found| {
        serde_json::json!({
            "id": found.id,
            "severity": name(found.severity),
            "package": found.package,
            "installed": found.installed,
            "fixed": found.fixed,
            "title": found.title,
        })
    });
    serde_json::json!({
        "schema_version": 1,
        "image": findings.image,
        "scanner": findings.scanner,
        "findings": list.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_begins_with_the_counts() {
        let found = |id: &str, severity, fixed: &str| Finding {
            id: id.into(),
            severity,
            package: "zlib".into(),
            installed: "1.2.13".into(),
            fixed: fixed.into(),
            title: String::new(),
        };
        let findings = Findings {
            image: "app:1".into(),
            scanner: "trivy".into(),
            findings: vec![found("CVE-1", Severity::Critical, "1.3"), found("CVE-22", Severity::Low, "")],
        };
        insta::assert_snapshot!(table(&findings));
    }
}
