//! The linter's findings, kept where they belong while the text changes under them.

use crate::lint::{Diagnostic, Severity};
use crate::text::Span;

/// The diagnostics of the text, in order of place.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    all: Vec<Diagnostic>,
}

impl Problems {
    /// Take new ones.
    pub fn set(&mut self, mut diagnostics: Vec<Diagnostic>, len: usize) {
        for diagnostic in &mut diagnostics {
            diagnostic.span.start = diagnostic.span.start.min(len);
            diagnostic.span.end = diagnostic.span.end.clamp(diagnostic.span.start, len);
        }
        diagnostics.sort_by_key(|d| (d.span.start, d.severity, d.span.end));
        self.all = diagnostics;
    }

    /// All of them, in order of place.
    pub fn all(&self) -> &[Diagnostic] {
        &self.all
    }

    /// Keep them in place through a change: `removed` bytes at `at` gave way to `inserted`. A
    /// fix no longer fits the text it was made for and goes; so does a finding whose text is gone.
    pub fn shift(&mut self, at: usize, removed: usize, inserted: usize) {
        let moved = |byte: usize, end: bool| {
            if byte < at || (byte == at && end) {
                byte
            } else if byte >= at + removed {
                byte - removed + inserted
            } else if end {
                at
            } else {
                at + inserted
            }
        };
        self.all.retain_mut(|d| {
            let swallowed = removed > 0 && at <= d.span.start && d.span.end <= at + removed;
            d.span = Span::new(moved(d.span.start, false), moved(d.span.end, true));
            d.span.end = d.span.end.max(d.span.start);
            let keep = !swallowed;
            if let Some(fix) = &mut d.fix {
                // An edit elsewhere only moves the fix.
                let touched = fix.edits.iter().any(|e| e.span.start <= at + removed && at <= e.span.end);
                if touched {
                    d.fix = None;
                } else {
                    for edit in &mut fix.edits {
                        edit.span = Span::new(moved(edit.span.start, false), moved(edit.span.end, false));
                    }
                }
            }
            keep
        });
    }

    /// Those that touch the bytes `from..=to`, the worst first.
    pub fn touching(&self, from: usize, to: usize) -> Vec<&Diagnostic> {
        let mut found: Vec<_> =
            self.all.iter().filter(|d| d.span.start <= to && from <= d.span.end).collect();
        found.sort_by_key(|d| (d.severity, d.span.start));
        found
    }

    /// The beginning of the first problem behind `byte`, going round at the end.
    pub fn next(&self, byte: usize) -> Option<usize> {
        let starts = || self.all.iter().map(|d| d.span.start);
        starts().find(|start| *start > byte).or_else(|| starts().next())
    }

    /// The beginning of the last problem before `byte`, going round at the beginning.
    pub fn previous(&self, byte: usize) -> Option<usize> {
        let starts = || self.all.iter().rev().map(|d| d.span.start);
        starts().find(|start| *start < byte).or_else(|| starts().next())
    }

    /// The worst severity of those that touch the bytes `from..to`.
    pub fn worst(&self, from: usize, to: usize) -> Option<Severity> {
        self.all
            .iter()
            .filter(|d| d.span.start < to.max(from + 1) && from < d.span.end.max(d.span.start + 1))
            .map(|d| d.severity)
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(span: Span) -> Problems {
        let mut problems = Problems::default();
        let diagnostic = Diagnostic {
            code: "X1",
            name: "x",
            severity: Severity::Warning,
            span,
            message: String::new(),
            fix: None,
        };
        problems.set(vec![diagnostic], 100);
        problems
    }

    fn shifted(span: Span, change: (usize, usize, usize)) -> Option<Span> {
        let mut problems = at(span);
        problems.shift(change.0, change.1, change.2);
        problems.all().first().map(|d| d.span)
    }

    #[test]
    fn spans_follow_the_text_they_are_about() {
        let span = Span::new(10, 20);
        assert_eq!(shifted(span, (0, 0, 3)), Some(Span::new(13, 23)), "typed before");
        assert_eq!(shifted(span, (10, 0, 3)), Some(Span::new(13, 23)), "typed at its beginning");
        assert_eq!(shifted(span, (15, 0, 3)), Some(Span::new(10, 23)), "typed inside");
        assert_eq!(shifted(span, (20, 0, 3)), Some(span), "typed at its end");
        assert_eq!(shifted(span, (15, 10, 0)), Some(Span::new(10, 15)), "its end deleted");
        assert_eq!(shifted(span, (5, 10, 2)), Some(Span::new(7, 12)), "its beginning replaced");
        assert_eq!(shifted(span, (5, 20, 0)), None, "all of it deleted");
    }

    #[test]
    fn going_round() {
        let problems = at(Span::new(10, 20));
        assert_eq!(problems.next(10), Some(10));
        assert_eq!(problems.previous(3), Some(10));
        assert_eq!(Problems::default().next(0), None);
    }
}
