//! Vulnerability findings: one model, whoever found them; what is left out of it, where a layer came from,
//! and how it is reported.
//!
//! | file | owns |
//! | --- | --- |
//! | `trivy` | Trivy, as a program here or in a container: its command, its report, the state of its database |
//! | `ignore` | ignore files: findings that somebody has looked at |
//! | `origin` | layer → instruction → line of the Dockerfile |
//! | `report` | table, JSON, SARIF |

pub mod ignore;
pub mod origin;
pub mod report;
pub mod trivy;

/// How bad a vulnerability is, in ECR's words, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// CRITICAL.
    Critical,
    /// HIGH.
    High,
    /// MEDIUM.
    Medium,
    /// LOW.
    Low,
    /// INFORMATIONAL, Trivy's UNKNOWN and ECR's UNDEFINED included.
    Informational,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

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

    /// What a scanner's word means.
    pub fn of(word: &str) -> Self {
        let known = Self::ALL.into_iter().find(|severity| severity.name() == word);
        known.unwrap_or(Self::Informational)
    }
}

/// One vulnerability in one package. Its texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `CVE-2024-…`.
    pub id: String,
    /// How bad.
    pub severity: Severity,
    /// Package name.
    pub package: String,
    /// Version in the image.
    pub installed: String,
    /// First version without it; empty when there is none.
    pub fixed: String,
    /// One line.
    pub title: String,
    /// Where to read on; empty when nowhere is named.
    pub url: String,
    /// Number of the layer that brought the package, from 0; `None` when the scanner does not say.
    pub layer: Option<usize>,
}

/// What a scanner found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// Image scanned.
    pub image: String,
    /// `trivy 0.57.1`.
    pub scanner: String,
    /// What it compared with, and how old that is: `database of 2026-11-20`.
    pub database: String,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// Where each layer came from, base first; empty when the scanner does not say.
    pub layers: Vec<origin::Origin>,
    /// How many findings an ignore file leaves out.
    pub ignored: usize,
    /// What is to be known before the result is believed.
    pub remarks: Vec<String>,
}

impl Findings {
    /// Worst first, then by package; every finding once.
    pub(crate) fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            (a.severity, &a.package, &a.id, a.layer).cmp(&(b.severity, &b.package, &b.id, b.layer))
        });
        self.findings.dedup();
    }

    /// Leaves out what an ignore file lists on the day `today`, and counts it.
    pub fn leave_out(&mut self, ignored: &ignore::Ignored, today: &str) {
        let before = self.findings.len();
        self.findings.retain(|found| !ignored.has(&found.id, today));
        self.ignored += before - self.findings.len();
    }

    /// How many findings of each severity there are, worst first, in words: `1 critical, 2 high`.
    pub fn counts(&self) -> String {
        let count = |level| self.findings.iter().filter(|found| found.severity == level).count();
        let parts: Vec<String> = Severity::ALL
            .iter()
            .map(|level| (count(*level), level.name()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {}", name.to_lowercase()))
            .collect();
        if parts.is_empty() { "no known vulnerabilities".to_owned() } else { parts.join(", ") }
    }

    /// Where the layer of a finding came from.
    pub fn origin(&self, found: &Finding) -> Option<&origin::Origin> {
        self.layers.get(found.layer?)
    }
}
