//! Vulnerability findings: one model, fed by Trivy and by ECR.

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
    /// INFORMATIONAL, Trivy's UNKNOWN included.
    Informational,
}

/// One vulnerability in one package.
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
}

/// What a scanner found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Image scanned.
    pub image: String,
    /// `trivy 0.57.1, database of 2026-11-20`.
    pub scanner: String,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
}
