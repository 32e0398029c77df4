//! Which findings the list of problems shows, and in what order. Pure.

use crate::lint::{Diagnostic, Severity};

/// What is shown, and how it is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Listing {
    /// Findings that matter less are hidden; `None` shows all.
    pub least: Option<Severity>,
    /// What comes first.
    pub sort: Sort,
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The first in the file.
    #[default]
    Place,
    /// The worst.
    Severity,
    /// The first rule by its code.
    Rule,
}

impl Listing {
    /// The findings to show, of all `found` in order of place.
    pub fn of(self, found: &[Diagnostic]) -> Vec<&Diagnostic> {
        let mut listed: Vec<&Diagnostic> =
            found.iter().filter(|d| self.least.is_none_or(|least| d.severity <= least)).collect();
        match self.sort {
            Sort::Place => {}
            Sort::Severity => listed.sort_by_key(|d| d.severity),
            Sort::Rule => listed.sort_by_key(|d| d.code),
        }
        listed
    }

    /// Goes round: all, errors only, warnings too, infos too.
    pub fn next_least(&mut self) {
        self.least = match self.least {
            None => Some(Severity::Error),
            Some(Severity::Error) => Some(Severity::Warning),
            Some(Severity::Warning) => Some(Severity::Info),
            Some(Severity::Info | Severity::Style) => None,
        };
    }

    /// Goes round the ways to sort.
    pub fn next_sort(&mut self) {
        self.sort = match self.sort {
            Sort::Place => Sort::Severity,
            Sort::Severity => Sort::Rule,
            Sort::Rule => Sort::Place,
        };
    }

    /// `1 error, 2 warnings; from warning up, by rule`.
    pub fn words(self, found: &[Diagnostic]) -> String {
        let count = |severity| found.iter().filter(|d| d.severity == severity).count();
        let counted = [
            (count(Severity::Error), "error", "errors"),
            (count(Severity::Warning), "warning", "warnings"),
            (count(Severity::Info), "info", "infos"),
            (count(Severity::Style), "style", "style"),
        ];
        let counted: Vec<String> = counted
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
            .collect();
        let least = match self.least {
            None => "all",
            Some(Severity::Error) => "errors only",
            Some(Severity::Warning) => "from warnings up",
            Some(Severity::Info | Severity::Style) => "from infos up",
        };
        let sort = match self.sort {
            Sort::Place => "by place",
            Sort::Severity => "the worst first",
            Sort::Rule => "by rule",
        };
        format!("{}; {least}, {sort}", counted.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

    fn found() -> Vec<Diagnostic> {
        let of = |code, severity, at| Diagnostic {
            code,
            name: "x",
            severity,
            span: Span::new(at, at + 1),
            message: String::new(),
            fix: None,
        };
        vec![
            of("C", Severity::Warning, 1),
            of("A", Severity::Style, 2),
            of("B", Severity::Error, 3),
            of("A", Severity::Warning, 4),
        ]
    }

    #[test]
    fn findings_are_sorted_and_hidden_round_and_round() {
        let mut listing = Listing::default();
        let places =
            |listing: Listing| -> Vec<usize> { listing.of(&found()).iter().map(|d| d.span.start).collect() };
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(places(listing));
            listing.next_sort();
        }
        assert_eq!(seen, [vec![1, 2, 3, 4], vec![3, 1, 4, 2], vec![2, 4, 3, 1]]);
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(places(listing).len());
            listing.next_least();
        }
        assert_eq!((seen, listing), (vec![4, 1, 3, 3], Listing::default()));
    }

    #[test]
    fn the_words_count_by_severity() {
        let mut listing = Listing::default();
        assert_eq!(listing.words(&found()), "1 error, 2 warnings, 1 style; all, by place");
        listing.next_least();
        listing.next_sort();
        assert_eq!(listing.words(&found()), "1 error, 2 warnings, 1 style; errors only, the worst first");
    }
}
