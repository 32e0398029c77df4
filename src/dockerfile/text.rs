//! Logical text: an instruction with its continuation lines joined, and where each byte came from.

use crate::text::Span;

/// Text put together from pieces of the source, as BuildKit or a shell reads it, that still knows
/// the place of every byte.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MappedText {
    text: String,
    /// `(offset here, offset in the source)`, ascending in the first; a piece ends where the next
    /// begins.
    pieces: Vec<(usize, usize)>,
}

impl MappedText {
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

    /// Put blanks in the place of what stands at `local`; all else keeps its place.
    pub(super) fn blank(&mut self, local: Span) {
        if self.text.get(local.range()).is_some() {
            self.text.replace_range(local.range(), &" ".repeat(local.len()));
        }
    }

    /// The joined text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where byte `at` of the text stands in the source.
    pub fn source_of(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        self.pieces.get(piece).map_or(at, |(start, source)| source + at.saturating_sub(*start))
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
        let mut out = Self::default();
        let mut piece = self.pieces.partition_point(|(start, _)| *start <= local.start).saturating_sub(1);
        let mut at = local.start;
        while at < local.end {
            let Some((start, source)) = self.pieces.get(piece).copied() else { break };
            let end = self.pieces.get(piece + 1).map_or(self.text.len(), |(next, _)| *next).min(local.end);
            out.push(self.text.get(at..end).unwrap_or(""), source + (at - start));
            at = end;
            piece += 1;
        }
        if out.pieces.is_empty() {
            out.push("", self.source_of(local.start));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_joining_and_slicing() {
        // "ab\⏎  cd": the continuation mark and the line break are gone.
        let mut text = MappedText::default();
        text.push("ab", 0);
        text.push("  cd", 4);
        assert_eq!(text.as_str(), "ab  cd");
        assert_eq!(text.span(Span::new(0, 2)), Span::new(0, 2), "an end stays before the mark");
        assert_eq!(text.span(Span::new(1, 6)), Span::new(1, 8));
        let slice = text.slice(Span::new(1, 5));
        assert_eq!(slice.as_str(), "b  c");
        assert_eq!(slice.span(Span::new(3, 4)), Span::new(6, 7));
    }
}
