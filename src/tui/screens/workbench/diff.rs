//! What was changed, line by line, and inside the lines word by word. Pure.

use crate::text::{Edit, Span};
use similar::{ChangeTag, DiffTag, TextDiff};
use std::time::Duration;

/// What the difference compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Against {
    /// The files as the exercise begins.
    #[default]
    Start,
    /// The files as they were last built.
    LastBuild,
    /// The solution.
    Solution,
}

impl Against {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Start => "the start",
            Self::LastBuild => "the last build",
            Self::Solution => "the solution",
        }
    }
}

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    /// So many equal lines are left out.
    Skipped(usize),
    /// A line, with its number on the new side (or the old one when it was removed), and its
    /// pieces; emphasised ones are what changed inside it.
    Line(Side, usize, Vec<(bool, String)>),
}

/// On which side a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// On both.
    Both,
    /// Only before.
    Old,
    /// Only after.
    New,
}

/// Equal lines shown around a change.
const CONTEXT: usize = 2;
/// Finding a smaller difference stops here.
const LIMIT: Duration = Duration::from_millis(200);

/// The difference from `old` to `new`; empty when they are equal.
pub fn lines(old: &str, new: &str) -> Vec<DiffLine> {
    let diff = TextDiff::configure().timeout(LIMIT).diff_lines(old, new);
    let mut out = Vec::new();
    let mut last = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let begin = group.first().map_or(0, |op| op.new_range().start);
        if begin > last {
            out.push(DiffLine::Skipped(begin - last));
        }
        for op in &group {
            for change in diff.iter_inline_changes(op) {
                let (side, number) = match change.tag() {
                    ChangeTag::Equal => (Side::Both, change.new_index()),
                    ChangeTag::Delete => (Side::Old, change.old_index()),
                    ChangeTag::Insert => (Side::New, change.new_index()),
                };
                let pieces = change
                    .iter_strings_lossy()
                    .map(|(emphasised, text)| (emphasised, text.trim_end_matches(['\n', '\r']).to_owned()))
                    .collect();
                out.push(DiffLine::Line(side, number.map_or(0, |n| n + 1), pieces));
            }
            last = op.new_range().end;
        }
    }
    let total = new.lines().count();
    if !out.is_empty() && total > last {
        out.push(DiffLine::Skipped(total - last));
    }
    out
}

/// The edits that make `new` of `old`, a run of changed lines each.
pub fn edits(old: &str, new: &str) -> Vec<Edit> {
    let diff = TextDiff::configure().timeout(LIMIT).diff_lines(old, new);
    let starts = |text: &str| -> Vec<usize> {
        let lines = text.split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some(start)
        });
        lines.chain([text.len()]).collect()
    };
    let (olds, news) = (starts(old), starts(new));
    let place = |starts: &[usize], at: usize| starts.get(at).or(starts.last()).copied().unwrap_or(0);
    let changed = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    changed
        .map(|op| {
            let (was, is) = (op.old_range(), op.new_range());
            let span = Span::new(place(&olds, was.start), place(&olds, was.end));
            let text = new.get(place(&news, is.start)..place(&news, is.end)).unwrap_or_default();
            Edit::replace(span, text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn edits_make_the_new_text_of_the_old(old in "([ab]{0,2}\r?\n|é){0,8}", new in "([ab]{0,2}\r?\n|é){0,8}") {
            assert_eq!(crate::text::apply_edits(&old, &edits(&old, &new)), Some(new));
        }
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(lines("a\nb\n", "a\nb\n"), []);
    }

    #[test]
    fn words_that_changed_are_marked_and_equal_lines_left_out() {
        let old = "FROM python:latest\n1\n2\n3\n4\n5\nCMD x\n";
        let new = "FROM python:3.12\n1\n2\n3\n4\n5\nCMD x\n";
        let found = lines(old, new);
        let DiffLine::Line(Side::New, 1, pieces) = &found[1] else { panic!("{found:?}") };
        assert!(pieces.iter().any(|(emphasised, text)| *emphasised && text.contains("3.12")), "{pieces:?}");
        assert!(pieces.iter().any(|(emphasised, text)| !emphasised && text.contains("FROM")), "{pieces:?}");
        assert_eq!(found.last(), Some(&DiffLine::Skipped(4)));
    }
}
