//! Find and replace. A pattern without capitals ignores case.

use super::document::Document;
use super::history::{EditKind, Selection};
use super::{Editor, EditorEffect};
use regex::{Regex, RegexBuilder};
use std::ops::Range;

/// Matches beyond this many are not counted.
const COUNTED: usize = 9_999;

/// What is looked for.
#[derive(Debug, Clone)]
pub(super) struct Search {
    pattern: String,
    regex: Regex,
}

impl Search {
    /// Look for `pattern`, which stands for itself; nothing for an empty one.
    pub fn new(pattern: &str) -> Option<Self> {
        if pattern.is_empty() {
            return None;
        }
        let regex = RegexBuilder::new(&regex::escape(pattern))
            .case_insensitive(!pattern.chars().any(char::is_uppercase))
            .build()
            .ok()?;
        Some(Self { pattern: pattern.to_owned(), regex })
    }

    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Matches in `text`.
    pub fn matches<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        self.regex.find_iter(text).map(|found| found.range())
    }

    /// The matches of one line, as bytes of the document, which begin and end at clusters.
    fn on_line(&self, document: &Document, line: usize) -> Vec<Range<usize>> {
        let start = document.line_start(line);
        let text = document.line(line);
        self.matches(&text)
            .map(|range| start + range.start..start + range.end)
            .filter(|range| {
                document.floor(range.start) == range.start && document.ceil(range.end) == range.end
            })
            .collect()
    }

    /// The first match that begins at or behind `from`, going round at the end.
    pub fn next(&self, document: &Document, from: usize) -> Option<Range<usize>> {
        let line = document.line_of(from);
        let lines = document.lines();
        let here = || self.on_line(document, line);
        here()
            .into_iter()
            .find(|range| range.start >= from)
            .or_else(|| {
                (line + 1..lines).chain(0..line).find_map(|l| self.on_line(document, l).into_iter().next())
            })
            .or_else(|| here().into_iter().next())
    }

    /// The last match that begins before `from`, going round at the beginning.
    pub fn previous(&self, document: &Document, from: usize) -> Option<Range<usize>> {
        let line = document.line_of(from);
        let lines = document.lines();
        let here = || self.on_line(document, line);
        here()
            .into_iter()
            .rfind(|range| range.start < from)
            .or_else(|| {
                (0..line).rev().chain((line + 1..lines).rev()).find_map(|l| self.on_line(document, l).pop())
            })
            .or_else(|| here().pop())
    }

    /// How many matches there are, and which of them begins at `at`, from 1.
    pub fn count(&self, document: &Document, at: usize) -> (usize, Option<usize>) {
        let mut total = 0;
        let mut current = None;
        for line in 0..document.lines() {
            let start = document.line_start(line);
            for range in self.matches(&document.line(line)) {
                total += 1;
                if start + range.start == at {
                    current = Some(total);
                }
                if total >= COUNTED {
                    return (total, current);
                }
            }
        }
        (total, current)
    }
}

impl Editor {
    /// Select the next match behind the cursor, or the previous one.
    pub(super) fn find_again(&mut self, forward: bool) -> Option<EditorEffect> {
        let Some(search) = &self.search else {
            return Some(EditorEffect::Say("Nothing to look for yet: Ctrl-F".to_owned()));
        };
        let range = self.selection.range();
        let vim = self.vim.is_some();
        let found = if forward {
            let from = if range.is_empty() && !vim { range.start } else { self.document.next(range.start) };
            search.next(&self.document, from)
        } else {
            search.previous(&self.document, range.start)
        };
        let Some(found) = found else {
            return Some(EditorEffect::Say(format!("“{}” is not in this file", search.pattern())));
        };
        self.show_match(found);
        None
    }

    pub(super) fn show_match(&mut self, found: Range<usize>) {
        if self.vim.is_some() {
            self.vim_move(found.start);
        } else {
            self.select(Selection { anchor: found.start, head: found.end });
        }
    }

    /// Put `replacement` in place of the match that is selected, and go to the next one.
    pub(super) fn replace_match(&mut self, replacement: &str) -> Option<EditorEffect> {
        let range = self.selection.range();
        let selected = self.document.slice(range.clone()).into_owned();
        let is_match = self
            .search
            .as_ref()
            .is_some_and(|s| !range.is_empty() && s.matches(&selected).next() == Some(0..selected.len()));
        if is_match {
            self.insert(replacement, EditKind::Other);
        }
        self.find_again(true)
    }

    /// Put `replacement` in place of every match, as one step.
    pub(super) fn replace_all(&mut self, replacement: &str) -> Option<EditorEffect> {
        let search = self.search.clone()?;
        let mut ranges = Vec::new();
        for line in 0..self.document.lines() {
            ranges.extend(search.on_line(&self.document, line));
        }
        let count = if self.read_only { 0 } else { ranges.len() };
        self.transact(EditKind::Other, |editor| {
            for range in ranges.into_iter().rev() {
                editor.replace(range, replacement);
            }
        });
        Some(EditorEffect::Say(match count {
            1 => "1 match replaced".to_owned(),
            n => format!("{n} matches replaced"),
        }))
    }
}
