//! Text and places in it: byte spans, lines and columns, edits. Pure.
//!
//! Offsets are byte offsets into UTF-8 text. Lines and columns shown to people count from 1, and a
//! column counts characters (Unicode scalar values), as compilers do.

pub mod ansi;
pub mod guest;
mod role;
pub mod sanitise;

pub use role::Role;

use std::ops::Range;

/// A half-open range of bytes, `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span `start..end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether it covers nothing.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether `offset` lies inside.
    pub const fn contains(self, offset: usize) -> bool {
        self.start <= offset && offset < self.end
    }

    /// The smallest span that covers both.
    pub fn cover(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text it names. Empty when it lies outside `source` or cuts a character.
    pub fn of(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or("")
    }

    /// As a standard range.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// A place as people count: line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Where each line of a text begins, so that offsets become lines in O(log n).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// The index of `source`. A line ends after `\n`.
    pub fn new(source: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(source.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        Self { starts }
    }

    /// The line (from 1) that holds `offset`; offsets past the end are on the last line.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// Line and column of `offset` in `source`, the text this index was made of.
    pub fn position(&self, source: &str, offset: usize) -> Position {
        let line = self.line(offset);
        let start = self.start(line);
        let column = source.get(start..offset.min(source.len())).map_or(1, |s| s.chars().count() + 1);
        Position { line, column }
    }

    /// Byte offset where `line` (from 1) begins; the last line's for lines past the end.
    pub fn start(&self, line: usize) -> usize {
        let at = line.saturating_sub(1).min(self.starts.len() - 1);
        self.starts.get(at).copied().unwrap_or(0)
    }

    /// How many lines there are; an empty text has one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }
}

/// Replace the bytes of `span` by `replacement`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes in its place.
    pub replacement: String,
}

impl Edit {
    /// Replace `span` by `replacement`.
    pub fn replace(span: Span, replacement: impl Into<String>) -> Self {
        Self { span, replacement: replacement.into() }
    }

    /// Insert `text` before byte `at`.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(Span::new(at, at), text)
    }

    /// Remove `span`.
    pub fn delete(span: Span) -> Self {
        Self::replace(span, "")
    }
}

/// `source` with all `edits` made at once; their spans refer to `source`. Answers `None` when two
/// edits overlap, or one lies outside the text or cuts a character.
pub fn apply_edits(source: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for edit in sorted {
        if edit.span.start < at || edit.span.end < edit.span.start {
            return None;
        }
        out.push_str(source.get(at..edit.span.start)?);
        source.get(edit.span.range())?;
        out.push_str(&edit.replacement);
        at = edit.span.end;
    }
    out.push_str(source.get(at..)?);
    Some(out)
}

/// `text` with every byte that `keep` does not name percent-encoded, as URLs have it (RFC 3986).
pub fn percent_encode(text: &str, keep: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii() && keep(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let source = "é\nab\n";
        let index = LineIndex::new(source);
        assert_eq!(index.lines(), 3);
        assert_eq!(index.position(source, 0), Position { line: 1, column: 1 });
        assert_eq!(index.position(source, 2), Position { line: 1, column: 2 });
        assert_eq!(index.position(source, 4), Position { line: 2, column: 2 });
        assert_eq!(index.position(source, 99), Position { line: 3, column: 1 });
    }

    #[test]
    fn edits_are_made_together() {
        let edits = [Edit::insert(3, "!"), Edit::replace(Span::new(0, 1), "X")];
        assert_eq!(apply_edits("abc", &edits).as_deref(), Some("Xbc!"));
    }

    #[test]
    fn overlapping_or_cutting_edits_are_refused() {
        let overlap = [Edit::delete(Span::new(0, 2)), Edit::delete(Span::new(1, 3))];
        assert_eq!(apply_edits("abc", &overlap), None);
        assert_eq!(apply_edits("é", &[Edit::insert(1, "x")]), None);
        assert_eq!(apply_edits("a", &[Edit::insert(9, "x")]), None);
    }
}
