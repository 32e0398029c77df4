//! Logical text: an instruction with its continuation lines joined, and where each byte came from.
//!
//! All of it is shared, nothing is copied: what stands on one line is a part of the file's own text,
//! and words are parts of their instruction's.

use crate::text::Span;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A part of a text that is shared with whatever else is a part of it. Reads as a `str`.
#[derive(Clone, Default)]
pub struct Shared {
    whole: Arc<str>,
    part: Span,
}

impl Shared {
    /// The part of `whole` that `part` names; empty when it names none.
    pub fn new(whole: &Arc<str>, part: Span) -> Self {
        let part = if whole.get(part.range()).is_some() { part } else { Span::default() };
        Self { whole: Arc::clone(whole), part }
    }

    /// The part of this that `local` names; empty when it names none.
    pub fn part(&self, local: Span) -> Self {
        let part = if self.get(local.range()).is_some() { local } else { Span::default() };
        let part = Span::new(self.part.start + part.start, self.part.start + part.end);
        Self { whole: Arc::clone(&self.whole), part }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.part.of(&self.whole)
    }
}

impl From<&str> for Shared {
    fn from(text: &str) -> Self {
        Self { whole: text.into(), part: Span::new(0, text.len()) }
    }
}

impl From<String> for Shared {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl Deref for Shared {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Shared {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Shared {}

impl PartialEq<str> for Shared {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Shared {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// Text put together from pieces of the source, as BuildKit or a shell reads it, that still knows
/// the place of every byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedText {
    text: Shared,
    places: Places,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Places {
    /// It stands in the source as it is, from this byte on.
    At(usize),
    /// It begins at byte `from` of a text of pieces: `(offset there, offset in the source)`, ascending
    /// in the first; a piece ends where the next begins.
    Pieces { pieces: Arc<[(usize, usize)]>, from: usize },
}

impl Default for MappedText {
    fn default() -> Self {
        Self::straight(Shared::default(), 0)
    }
}

impl MappedText {
    /// Text that stands at byte `source` of the source just so.
    pub fn straight(text: Shared, source: usize) -> Self {
        Self { text, places: Places::At(source) }
    }

    /// With blanks in the places of what stands at `local`; all else keeps its place.
    pub(super) fn blanked(&self, local: impl Iterator<Item = Span>) -> Self {
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for span in local {
            out.push_str(self.text.get(at..span.start).unwrap_or(""));
            out.extend(std::iter::repeat_n(' ', span.end.saturating_sub(out.len())));
            at = span.end.max(at);
        }
        out.push_str(self.text.get(at..).unwrap_or(""));
        Self { text: out.into(), places: self.places.clone() }
    }

    /// The joined text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part of the joined text that `local` names.
    pub fn part(&self, local: Span) -> Shared {
        self.text.part(local)
    }

    /// Where byte `at` of the text stands in the source.
    pub fn source_of(&self, at: usize) -> usize {
        match &self.places {
            Places::At(source) => source + at,
            Places::Pieces { pieces, from } => {
                let at = from + at;
                let piece = pieces.partition_point(|(start, _)| *start <= at).saturating_sub(1);
                pieces.get(piece).map_or(at, |(start, source)| source + at.saturating_sub(*start))
            }
        }
    }

    /// The source span of `local`, a span of the joined text. It may take in continuation marks,
    /// never more text than it must.
    pub fn span(&self, local: Span) -> Span {
        let start = self.source_of(local.start);
        if local.is_empty() {
            return Span::new(start, start);
        }
        Span::new(start, self.source_of(local.end - 1) + 1)
    }

    /// The part of the text that `local` names, with its places.
    pub fn slice(&self, local: Span) -> Self {
        let places = match &self.places {
            Places::At(source) => Places::At(source + local.start),
            Places::Pieces { pieces, from } => {
                Places::Pieces { pieces: Arc::clone(pieces), from: from + local.start }
            }
        };
        Self { text: self.text.part(local), places }
    }
}

/// Puts a [`MappedText`] together.
#[derive(Debug, Default)]
pub struct Joiner {
    text: String,
    pieces: Vec<(usize, usize)>,
}

impl Joiner {
    /// Append `text`, which stands at `source` in the file.
    pub fn push(&mut self, text: &str, source: usize) {
        if text.is_empty() && !self.pieces.is_empty() {
            return;
        }
        let contiguous = self.pieces.last().is_some_and(|(at, from)| from + (self.text.len() - at) == source);
        if !contiguous {
            self.pieces.push((self.text.len(), source));
        }
        self.text.push_str(text);
    }

    /// Append `text` with its places.
    pub fn append(&mut self, text: &MappedText) {
        let (pieces, from) = match &text.places {
            Places::At(source) => return self.push(text.as_str(), *source),
            Places::Pieces { pieces, from } => (pieces, *from),
        };
        let first = pieces.partition_point(|(start, _)| *start <= from).saturating_sub(1);
        for (at, (start, source)) in pieces.iter().enumerate().skip(first) {
            let end = pieces.get(at + 1).map_or(usize::MAX, |(next, _)| *next);
            let local = Span::new(start.max(&from) - from, end.saturating_sub(from).min(text.as_str().len()));
            if local.is_empty() {
                break;
            }
            self.push(local.of(text.as_str()), source + from.saturating_sub(*start));
        }
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text and its places.
    pub fn finish(self) -> MappedText {
        let places = match self.pieces.as_slice() {
            [] => Places::At(0),
            [(_, source)] => Places::At(*source),
            pieces => Places::Pieces { pieces: pieces.into(), from: 0 },
        };
        MappedText { text: self.text.into(), places }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_joining_and_slicing() {
        // "ab\⏎  cd": the continuation mark and the line break are gone.
        let mut joiner = Joiner::default();
        joiner.push("ab", 0);
        joiner.push("  cd", 4);
        let text = joiner.finish();
        assert_eq!(text.as_str(), "ab  cd");
        assert_eq!(text.span(Span::new(0, 2)), Span::new(0, 2), "an end stays before the mark");
        assert_eq!(text.span(Span::new(1, 6)), Span::new(1, 8));
        let slice = text.slice(Span::new(1, 5));
        assert_eq!(slice.as_str(), "b  c");
        assert_eq!(slice.span(Span::new(3, 4)), Span::new(6, 7));
        let mut both = Joiner::default();
        both.push("x", 20);
        both.append(&slice);
        let both = both.finish();
        assert_eq!((both.as_str(), both.span(Span::new(2, 4))), ("xb  c", Span::new(4, 6)));
        assert_eq!(both.source_of(1), 1);
        let blank = text.blanked([Span::new(0, 1), Span::new(3, 5)].into_iter());
        assert_eq!(blank.as_str(), " b   d");
        assert_eq!(blank.span(Span::new(5, 6)), Span::new(7, 8));
    }

    #[test]
    fn a_part_that_cuts_a_character_is_empty() {
        let text = Shared::from("é");
        assert_eq!(text.part(Span::new(0, 1)), "");
        assert_eq!(text.part(Span::new(0, 9)), "");
        assert_eq!(text.part(Span::new(0, 2)), "é");
    }
}
