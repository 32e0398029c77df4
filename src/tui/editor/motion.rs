//! Where motions lead. They ask the document and change nothing.

use super::command::Motion;
use super::document::Document;

/// What a character is, to find where words begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Blanks and line ends.
    Blank,
    /// Letters, digits, underscore, and marks that stand on them.
    Word,
    /// Everything else.
    Sign,
}

impl Class {
    /// The class of `c`.
    pub fn of(c: char) -> Self {
        if c.is_whitespace() {
            Self::Blank
        } else if c.is_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_ascii_punctuation()) {
            Self::Word
        } else {
            Self::Sign
        }
    }
}

/// Go right from `byte` while `holds` does.
pub fn skip_right(document: &Document, byte: usize, holds: impl Fn(char) -> bool) -> usize {
    let Ok(from) = document.rope().try_byte_to_char(byte) else { return byte };
    let passed: usize = document.rope().chars_at(from).take_while(|c| holds(*c)).map(char::len_utf8).sum();
    document.ceil(byte + passed)
}

/// Go left from `byte` while `holds` does.
pub fn skip_left(document: &Document, byte: usize, holds: impl Fn(char) -> bool) -> usize {
    let Ok(from) = document.rope().try_byte_to_char(byte) else { return byte };
    let mut chars = document.rope().chars_at(from);
    let mut passed = 0;
    while let Some(c) = chars.prev().filter(|c| holds(*c)) {
        passed += c.len_utf8();
    }
    document.floor(byte - passed)
}

/// The beginning of the word before `byte`.
pub fn word_left(document: &Document, byte: usize) -> usize {
    let at = skip_left(document, byte, |c| Class::of(c) == Class::Blank);
    match document.char_before(at).map(Class::of) {
        Some(class) => skip_left(document, at, |c| Class::of(c) == class),
        None => at,
    }
}

/// The end of the word behind `byte`.
pub fn word_right(document: &Document, byte: usize) -> usize {
    let at = skip_right(document, byte, |c| Class::of(c) == Class::Blank);
    match document.char_at(at).map(Class::of) {
        Some(class) => skip_right(document, at, |c| Class::of(c) == class),
        None => at,
    }
}

/// The run of one class around `byte`, on its line.
pub fn word_at(document: &Document, byte: usize) -> std::ops::Range<usize> {
    let line = document.line_range(document.line_of(byte));
    let inside = if byte < line.end { document.char_at(byte) } else { document.char_before(byte) };
    let Some(class) = inside.filter(|_| !line.is_empty()).map(Class::of) else { return byte..byte };
    let same = |c| c != '\n' && c != '\r' && Class::of(c) == class;
    let start = skip_left(document, byte, same).max(line.start);
    start..skip_right(document, byte, same).min(line.end)
}

/// The first byte of `line` that is no blank, or its end.
pub fn first_nonblank(document: &Document, line: usize) -> usize {
    let range = document.line_range(line);
    skip_right(document, range.start, |c| c == ' ' || c == '\t').min(range.end)
}

/// Where `motion` leads from `head`. `goal` is the column that vertical motions keep to; `page` is
/// how many lines a page has.
pub fn target(document: &Document, head: usize, motion: Motion, goal: usize, page: usize) -> usize {
    let line = document.line_of(head);
    let vertical = |line: usize| document.place_at_column(line, goal).byte;
    let last = document.lines() - 1;
    match motion {
        Motion::Left => document.previous(head),
        Motion::Right => document.next(head),
        Motion::Up => line.checked_sub(1).map_or(0, vertical),
        Motion::Down if line == last => document.len(),
        Motion::Down => vertical(line + 1),
        Motion::PageUp if line == 0 => 0,
        Motion::PageUp => vertical(line.saturating_sub(page)),
        Motion::PageDown if line == last => document.len(),
        Motion::PageDown => vertical((line + page).min(last)),
        Motion::WordLeft => word_left(document, head),
        Motion::WordRight => word_right(document, head),
        Motion::LineStart => {
            let text = first_nonblank(document, line);
            if head == text { document.line_start(line) } else { text }
        }
        Motion::LineEnd => document.line_end(line),
        Motion::FileStart => 0,
        Motion::FileEnd => document.len(),
    }
}

impl Motion {
    /// Whether it keeps to the column it came from.
    pub fn is_vertical(self) -> bool {
        matches!(self, Self::Up | Self::Down | Self::PageUp | Self::PageDown)
    }
}
