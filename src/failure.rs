//! What a person is told when something fails: what happened, whose turn it is, what to do next.

use std::fmt;

/// Who can mend a failure; it decides the exit code and the tone of the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line, or the learner's files.
    User,
    /// A lesson, exercise or course file.
    Course,
    /// The machine: no engine, no network, no permission, a full disk.
    Environment,
    /// A defect of this program.
    Internal,
}

/// A failure at the edge of the program, ready to be shown.
#[derive(Debug)]
pub struct Failure {
    /// Who can mend it.
    pub kind: Kind,
    /// What happened, with the causes behind it.
    pub source: anyhow::Error,
    /// What to do next, most useful first.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure of `kind` caused by `source`.
    pub fn new(kind: Kind, source: impl Into<anyhow::Error>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new() }
    }

    /// The same failure with one more thing to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The process exit code this failure means: 2 for usage and broken course files, 3 when the
    /// machine lacks something, 70 for a defect of the program itself.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::User | Kind::Course => 2,
            Kind::Environment => 3,
            Kind::Internal => 70,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.source)?;
        for hint in &self.hints {
            write!(f, "\n  try: {hint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_causes_then_what_to_do() {
        let cause = anyhow::anyhow!("connection refused").context("no engine answers");
        let failure = Failure::new(Kind::Environment, cause).hint("start Docker");
        assert_eq!(failure.to_string(), "no engine answers: connection refused\n  try: start Docker");
        assert_eq!(failure.exit_code(), 3);
    }
}
