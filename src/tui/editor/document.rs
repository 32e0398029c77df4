//! The text: a rope, its line ends, and the two ways to name a place in it, byte and column.
//!
//! Invariants: the bytes are exactly those given and typed (CRLF and a missing final newline
//! stay); a *place* is always the beginning of a grapheme cluster, or the end of a line's content,
//! which excludes its `\n` or `\r\n`.

use super::glyph::{Glyph, grapheme_indices};
use ropey::Rope;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

/// Lines shorter than this are always measured from their beginning.
const CHECKPOINT_EVERY: usize = 2048;
/// Bytes looked at in one go.
const WINDOW: usize = 1024;
/// How many long lines keep their checkpoints.
const LONG_LINES: usize = 256;

/// A place on a line: the byte in the document, and the column in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Byte in the document.
    pub byte: usize,
    /// Cells from the beginning of the line.
    pub column: usize,
}

/// The text of an editor.
#[derive(Debug, Clone)]
pub struct Document {
    rope: Rope,
    eol: &'static str,
    /// Places already measured on long lines, in order, so that a key in a line of a megabyte does
    /// not measure the megabyte again. Bytes are relative to the line.
    checkpoints: RefCell<BTreeMap<usize, Vec<Place>>>,
}

impl Document {
    /// A document of exactly `text`. New lines will end as its first line does.
    pub fn new(text: &str) -> Self {
        let first = text.find('\n');
        let eol = match first {
            Some(at) if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => "\r\n",
            _ => "\n",
        };
        Self { rope: Rope::from_str(text), eol, checkpoints: RefCell::default() }
    }

    /// How lines end that are typed here.
    pub fn eol(&self) -> &'static str {
        self.eol
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.rope.to_string()
    }

    /// The rope itself, for those that stream over it.
    pub fn rope(&self) -> &Rope {
        &self.rope
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// How many lines there are; an empty text has one.
    pub fn lines(&self) -> usize {
        self.rope.len_lines()
    }

    /// The line, from 0, that holds `byte`.
    pub fn line_of(&self, byte: usize) -> usize {
        self.rope.byte_to_line(byte.min(self.len()))
    }

    /// The first byte of `line`; the end of the text for lines past it.
    pub fn line_start(&self, line: usize) -> usize {
        self.rope.try_line_to_byte(line).unwrap_or(self.len())
    }

    /// The end of `line`'s content, before its line end.
    pub fn line_end(&self, line: usize) -> usize {
        let start = self.line_start(line);
        let next = self.line_start(line + 1);
        if next == start || self.rope.get_byte(next - 1) != Some(b'\n') {
            return next;
        }
        let end = next - 1;
        if end > start && self.rope.get_byte(end - 1) == Some(b'\r') { end - 1 } else { end }
    }

    /// The bytes of `line`'s content.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        self.line_start(line)..self.line_end(line)
    }

    /// The content of `line`.
    pub fn line(&self, line: usize) -> Cow<'_, str> {
        self.slice(self.line_range(line))
    }

    /// At most the first `limit` bytes of `line`, cut at a character.
    pub fn line_head(&self, line: usize, limit: usize) -> Cow<'_, str> {
        let range = self.line_range(line);
        self.slice(range.start..self.char_floor(range.end.min(range.start + limit)))
    }

    /// The text of `range`; empty when it cuts a character or lies outside.
    pub fn slice(&self, range: Range<usize>) -> Cow<'_, str> {
        self.rope.get_byte_slice(range).map_or(Cow::Borrowed(""), Cow::from)
    }

    /// The character that ends at `byte`.
    pub fn char_before(&self, byte: usize) -> Option<char> {
        let at = self.rope.try_byte_to_char(byte).ok()?;
        self.rope.get_char(at.checked_sub(1)?)
    }

    /// The character that begins at `byte`.
    pub fn char_at(&self, byte: usize) -> Option<char> {
        self.rope.get_char(self.rope.try_byte_to_char(byte).ok()?)
    }

    /// The beginning of the character that holds `byte`.
    pub fn char_floor(&self, byte: usize) -> usize {
        let byte = byte.min(self.len());
        self.rope.char_to_byte(self.rope.byte_to_char(byte))
    }

    /// Replace `range`, whose ends are character boundaries, by `text`.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        let line = self.line_of(range.start);
        let breaks = self.line_of(range.end) != line || text.contains('\n');
        let relative = range.start - self.line_start(line);
        let (from, to) = (self.rope.byte_to_char(range.start), self.rope.byte_to_char(range.end));
        self.rope.remove(from..to);
        self.rope.insert(from, text);
        let known = self.checkpoints.get_mut();
        if breaks {
            known.split_off(&(line + 1));
        }
        if let Some(places) = known.get_mut(&line) {
            places.retain(|place| place.byte < relative);
        }
    }

    /// Walk along `line` from the last checkpoint at which `jump` holds. `step` is told of each
    /// cluster (its place and text) and answers whether to go on; the answer is the place of the
    /// cluster at which it stopped, or the end of the line.
    fn walk(
        &self,
        line: usize,
        jump: impl Fn(Place) -> bool,
        mut step: impl FnMut(Place, &str) -> bool,
    ) -> Place {
        let range = self.line_range(line);
        let mut known = self.checkpoints.borrow_mut();
        let places = known.get(&line).map_or(&[][..], Vec::as_slice);
        let last = places
            .partition_point(|place| jump(Place { byte: place.byte + range.start, column: place.column }));
        let mut at = last
            .checked_sub(1)
            .and_then(|last| places.get(last))
            .map_or(Place { byte: range.start, column: 0 }, |p| Place { byte: p.byte + range.start, ..*p });
        let mut next_mark = places.last().map_or(0, |p| p.byte) + CHECKPOINT_EVERY;
        let mut fresh = Vec::new();
        let mut window = WINDOW;
        'walk: while at.byte < range.end {
            let until = self.char_floor(range.end.min(at.byte + window)).max(at.byte);
            let text = self.slice(at.byte..until);
            let base = at.byte;
            let mut clusters = grapheme_indices(&text).peekable();
            let mut moved = false;
            while let Some((offset, cluster)) = clusters.next() {
                if clusters.peek().is_none() && until < range.end {
                    // The last cluster may go on behind the window.
                    if !moved {
                        window *= 2;
                    }
                    continue 'walk;
                }
                at.byte = base + offset;
                if at.byte - range.start >= next_mark {
                    fresh.push(Place { byte: at.byte - range.start, column: at.column });
                    next_mark += CHECKPOINT_EVERY;
                }
                if !step(at, cluster) {
                    break 'walk;
                }
                at = Place {
                    byte: base + offset + cluster.len(),
                    column: at.column + Glyph::of(cluster, at.column).1,
                };
                moved = true;
            }
            window = WINDOW;
        }
        if !fresh.is_empty() {
            if known.len() > LONG_LINES {
                known.clear();
            }
            known.entry(line).or_default().extend(fresh);
        }
        at
    }

    /// The place of the cluster that holds `byte`: its beginning. In a line end, the line's end.
    pub fn place(&self, byte: usize) -> Place {
        let line = self.line_of(byte);
        self.walk(line, |place| place.byte <= byte, |at, cluster| at.byte + cluster.len() <= byte)
    }

    /// The place on `line` of the cluster that covers `column`, or the line's end.
    pub fn place_at_column(&self, line: usize, column: usize) -> Place {
        let covers = |at: Place, cluster: &str| at.column + Glyph::of(cluster, at.column).1 <= column;
        self.walk(line, |place| place.column <= column, covers)
    }

    /// Tell `each` of the clusters of `line` from the one that covers `column`, until it answers
    /// `false`. It is told where the cluster stands and its text. Answers where it stopped.
    pub fn for_each_from(
        &self,
        line: usize,
        column: usize,
        mut each: impl FnMut(Place, &str) -> bool,
    ) -> Place {
        self.walk(
            line,
            |place| place.column <= column,
            |at, cluster| at.column + Glyph::of(cluster, at.column).1 <= column || each(at, cluster),
        )
    }

    /// `byte`, or the beginning of the cluster it lies in.
    pub fn floor(&self, byte: usize) -> usize {
        self.place(byte).byte
    }

    /// `byte`, or the end of the cluster it lies in.
    pub fn ceil(&self, byte: usize) -> usize {
        let byte = byte.min(self.len());
        let floor = self.floor(byte);
        if floor == byte { byte } else { self.next(floor) }
    }

    /// The place behind `byte`, itself a place; the end of the text stays.
    pub fn next(&self, byte: usize) -> usize {
        let line = self.line_of(byte);
        if byte >= self.line_end(line) {
            return if line + 1 < self.lines() { self.line_start(line + 1) } else { self.len() };
        }
        self.walk(line, |place| place.byte <= byte, |at, _| at.byte <= byte).byte
    }

    /// The place before `byte`, itself a place; the beginning stays.
    pub fn previous(&self, byte: usize) -> usize {
        let line = self.line_of(byte);
        if byte <= self.line_start(line) {
            return line.checked_sub(1).map_or(0, |above| self.line_end(above));
        }
        self.floor(byte - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_never_inside_a_cluster_or_a_line_end() {
        let doc = Document::new("e\u{301}x\r\n日\n");
        assert_eq!(doc.next(0), 3);
        assert_eq!(doc.floor(1), 0);
        assert_eq!(doc.ceil(1), 3);
        assert_eq!(doc.floor(5), 4, "between \\r and \\n");
        assert_eq!(doc.next(4), 6);
        assert_eq!(doc.previous(6), 4);
        assert_eq!(doc.previous(9), 6);
        assert_eq!((doc.lines(), doc.eol()), (3, "\r\n"));
    }

    #[test]
    fn only_a_newline_ends_a_line() {
        let doc = Document::new("a\u{2028}b\rc\u{b}d\n");
        assert_eq!(doc.lines(), 2);
        assert_eq!(doc.line(0), "a\u{2028}b\rc\u{b}d");
    }

    #[test]
    fn a_long_line_is_measured_right_after_edits() {
        let long = "日a\t".repeat(5_000);
        let mut doc = Document::new(&long);
        let end = doc.place(doc.len());
        assert_eq!(end, Place { byte: 25_000, column: 20_000 });
        assert_eq!(doc.place_at_column(0, 10_001).byte, 12_500);
        doc.replace(10_000..10_000, "xyz\u{301}");
        let fresh = Document::new(&doc.text());
        for byte in [9_999, 10_001, 10_005, 15_000, 25_000] {
            assert_eq!(doc.place(byte), fresh.place(byte));
        }
        doc.replace(3..4, "\n");
        assert_eq!(doc.place(20_000), Document::new(&doc.text()).place(20_000));
    }
}
