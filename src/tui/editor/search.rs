//! Find and replace. A pattern without capitals ignores case.

use super::document::Document;
use super::history::{EditKind, Selection};
use super::{Editor, EditorEffect};
use regex::{Regex, RegexBuilder};
use std::ops::Range;

/// What is looked for, and where it was found in one revision of the text.
#[derive(Debug, Clone)]
pub(super) struct Search {
    pattern: String,
    regex: Regex,
    /// Where it is, in order.
    hits: Vec<Range<usize>>,
    /// The revision that the hits are of.
    revision: Option<u64>,
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
        Some(Self { pattern: pattern.to_owned(), regex, hits: Vec::new(), revision: None })
    }

    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Matches in `text`.
    pub fn matches<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        self.regex.find_iter(text).map(|found| found.range())
    }

    /// Find all there is, unless that is known for this revision.
    fn refresh(&mut self, document: &Document, revision: u64) {
        if self.revision != Some(revision) {
            let text = document.text();
            self.hits = self.regex.find_iter(&text).map(|found| found.range()).collect();
            self.revision = Some(revision);
        }
    }

    /// The first hit that begins at or behind `from`, going round at the end. Hits that begin or end
    /// inside a cluster do not count.
    fn next(&self, document: &Document, from: usize) -> Option<Range<usize>> {
        let at = self.hits.partition_point(|hit| hit.start < from);
        let (before, behind) = self.hits.split_at(at);
        behind.iter().chain(before).find(|hit| whole(document, hit)).cloned()
    }

    /// The last hit that begins before `from`, going round at the beginning.
    fn previous(&self, document: &Document, from: usize) -> Option<Range<usize>> {
        let at = self.hits.partition_point(|hit| hit.start < from);
        let (before, behind) = self.hits.split_at(at);
        before.iter().rev().chain(behind.iter().rev()).find(|hit| whole(document, hit)).cloned()
    }

    /// How many hits there are, and which of them begins at `byte`, from 1.
    pub fn count(&self, byte: usize) -> (usize, Option<usize>) {
        let at = self.hits.binary_search_by_key(&byte, |hit| hit.start).ok();
        (self.hits.len(), at.map(|at| at + 1))
    }
}

fn whole(document: &Document, hit: &Range<usize>) -> bool {
    document.floor(hit.start) == hit.start && document.ceil(hit.end) == hit.end
}

impl Editor {
    /// What is looked for, its hits those of the text as it is now.
    pub(super) fn searched(&mut self) -> Option<&Search> {
        let search = self.search.as_mut()?;
        search.refresh(&self.document, self.revision);
        Some(search)
    }

    /// The first match at or behind `from`.
    pub(super) fn first_match(&mut self, from: usize) -> Option<Range<usize>> {
        self.searched()?;
        self.search.as_ref()?.next(&self.document, from)
    }

    /// Select the next match behind the cursor, or the previous one.
    pub(super) fn find_again(&mut self, forward: bool) -> Option<EditorEffect> {
        self.searched();
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
        let hits = self.searched()?.hits.clone();
        let ranges: Vec<_> = hits.into_iter().filter(|hit| whole(&self.document, hit)).collect();
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
