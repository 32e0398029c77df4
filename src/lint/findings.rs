//! Where a rule puts what it found, and how fixes are made.

use super::{Applicability, Diagnostic, Fix, Linted, RuleInfo, Severity};
use crate::text::{Edit, Span};

/// The findings of one rule, added to those of the rules before it.
pub(super) struct Findings {
    info: &'static RuleInfo,
    severity: Severity,
    all: Linted,
}

impl Findings {
    pub(super) fn new(info: &'static RuleInfo, severity: Severity, all: Linted) -> Self {
        Self { info, severity, all }
    }

    pub(super) fn into_all(self) -> Linted {
        self.all
    }

    /// What stands at `span` is a secret, for nobody who reads about the file.
    pub(super) fn secret(&mut self, span: Span) {
        self.all.secrets.push(span);
    }

    /// A finding at `span`.
    pub(super) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.fixable(span, message, None);
    }

    /// A finding at `span` that an edit can mend.
    pub(super) fn fixable(&mut self, span: Span, message: impl Into<String>, fix: Option<Fix>) {
        self.all.findings.push(Diagnostic {
            code: self.info.code,
            name: self.info.name,
            severity: self.severity,
            span,
            message: message.into(),
            fix,
        });
    }
}

impl Fix {
    /// A fix that may be applied without asking.
    pub fn safe(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), applicability: Applicability::Safe, edits }
    }

    /// A fix that may change what the image does.
    pub fn risky(title: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), applicability: Applicability::Unsafe, edits }
    }
}
