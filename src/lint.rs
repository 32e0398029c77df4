//! The Dockerfile linter: a syntax tree in, diagnostics out. Pure.

pub mod report;
pub mod rules;

use crate::dockerfile::Dockerfile;
use crate::text::{Edit, Span};

/// How much a finding matters, hadolint's four levels; `Error` is the worst and sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It will not build, or will not do what it says.
    Error,
    /// It works and will hurt.
    Warning,
    /// Better practice exists.
    Info,
    /// A matter of form.
    Style,
}

/// Whether a fix may be applied without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applicability {
    /// The image stays the same in everything that a program in it can notice.
    Safe,
    /// It may change what the image does.
    Unsafe,
}

/// Text edits that mend what a diagnostic found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the edits do, as an imperative: "Use the exec form".
    pub title: String,
    /// Whether it may be applied without asking.
    pub applicability: Applicability,
    /// Edits of the linted source; they never overlap.
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code: `DL3007`, `SC2086`, or one of ours.
    pub code: &'static str,
    /// The rule's kebab-case name.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What to underline, in bytes of the linted source.
    pub span: Span,
    /// Names the thing found and says what to do, in one sentence.
    pub message: String,
    /// How to mend it, when an edit can.
    pub fix: Option<Fix>,
}

/// What a rule is, for `--explain`, the editor's hover and the documentation.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo {
    /// Stable code.
    pub code: &'static str,
    /// Kebab-case name.
    pub name: &'static str,
    /// Default severity.
    pub severity: Severity,
    /// One line.
    pub summary: &'static str,
    /// The rule's markdown page: reason, bad and good example, source.
    pub documentation: &'static str,
}

/// What the linter is told beside the text.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Codes or names that are not reported.
    pub ignored: Vec<String>,
    /// The text of `.dockerignore` beside the Dockerfile: `None` when not known, `Some(None)` when
    /// there is none.
    pub dockerignore: Option<Option<String>>,
}

/// All findings of `dockerfile`, syntax errors included, in order of place. Text that is only half
/// typed still gets every finding that the rest of the file deserves.
pub fn lint(dockerfile: &Dockerfile, config: &Config) -> Vec<Diagnostic> {
    let _ = (dockerfile, config);
    Vec::new()
}

/// The rule with this code or name.
pub fn rule(code_or_name: &str) -> Option<&'static RuleInfo> {
    let _ = code_or_name;
    None
}
