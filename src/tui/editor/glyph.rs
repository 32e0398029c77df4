//! How a grapheme cluster looks: its width in cells, and the visible stand-in of one that must not
//! reach the terminal raw.

use crate::text::sanitise;
use ratatui::buffer::CellWidth as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// Columns between tab stops.
pub const TAB_WIDTH: usize = 4;

/// Longer clusters (hundreds of combining marks on one letter) are shown as a stand-in.
const LONGEST_CLUSTER: usize = 64;

/// What is drawn for a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph<'a> {
    /// The cluster itself.
    Text(&'a str),
    /// Blanks up to the next tab stop.
    Tab,
    /// A control character in caret notation: `^[`.
    Caret(char),
    /// A stand-in for what has no safe or no visible form.
    Opaque,
}

impl<'a> Glyph<'a> {
    /// The glyph of `cluster` and how many cells it takes at `column`.
    pub fn of(cluster: &'a str, column: usize) -> (Self, usize) {
        let mut chars = cluster.chars();
        match chars.next() {
            Some('\t') => (Self::Tab, TAB_WIDTH - column % TAB_WIDTH),
            Some(' '..='~') if cluster.len() == 1 => (Self::Text(cluster), 1),
            Some(c @ ('\0'..='\u{1f}' | '\u{7f}')) if chars.next().is_none() => {
                (Self::Caret(char::from_u32(c as u32 ^ 0x40).unwrap_or('?')), 2)
            }
            _ if cluster.len() > LONGEST_CLUSTER || cluster.chars().any(sanitise::is_unsafe) => {
                (Self::Opaque, 1)
            }
            _ => match usize::from(cluster.cell_width()) {
                0 => (Self::Opaque, 1),
                width => (Self::Text(cluster), width),
            },
        }
    }
}

/// The grapheme clusters of `text` with the byte where each begins. Most text is plain letters, and those
/// need no table: two ASCII characters are one cluster only as the two of a line end.
pub fn grapheme_indices(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let plain = match rest.as_bytes() {
            [b' '..=b'~'] => true,
            [b' '..=b'~', next, ..] => next.is_ascii(),
            _ => false,
        };
        let cluster = if plain { rest.get(..1) } else { rest.graphemes(true).next() }?;
        let begins = at;
        at += cluster.len();
        Some((begins, cluster))
    })
}

/// The clusters of `text` with the byte and the column where each begins; `column` is where the
/// first one stands.
pub fn clusters(text: &str, column: usize) -> impl Iterator<Item = (usize, usize, &str)> {
    let mut at = column;
    grapheme_indices(text).map(move |(byte, cluster)| {
        let here = at;
        at += Glyph::of(cluster, here).1;
        (byte, here, cluster)
    })
}

/// How many cells `text` takes when it begins at column 0.
pub fn width(text: &str) -> usize {
    grapheme_indices(text).fold(0, |column, (_, cluster)| column + Glyph::of(cluster, column).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_gets_a_stand_in() {
        assert_eq!(Glyph::of("\u{1b}", 0), (Glyph::Caret('['), 2));
        assert_eq!(Glyph::of("\u{7f}", 0), (Glyph::Caret('?'), 2));
        assert_eq!(Glyph::of("\u{9b}", 0), (Glyph::Opaque, 1));
        assert_eq!(Glyph::of("\u{202e}", 0), (Glyph::Opaque, 1));
        assert_eq!(Glyph::of("\u{301}", 0), (Glyph::Opaque, 1), "a mark with nothing to stand on");
    }

    proptest::proptest! {
        #[test]
        fn the_short_way_finds_the_clusters_that_the_tables_find(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "a", " ", "~", "\r", "\n", "\t", "\u{301}", "é", "日", "👩", "\u{200d}", "🇫", "🇷", "\u{600}", "\u{7f}",
                ]),
                0..30,
            )
        ) {
            let text = pieces.concat();
            let found: Vec<_> = grapheme_indices(&text).collect();
            proptest::prop_assert_eq!(found, text.grapheme_indices(true).collect::<Vec<_>>());
        }
    }

    #[test]
    fn widths_are_those_of_a_terminal() {
        assert_eq!(width("a\tb"), 5);
        assert_eq!(width("日本"), 4);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("👩‍👩‍👧‍👦"), 2);
    }
}
