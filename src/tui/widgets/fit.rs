//! Text cut to columns: wide characters count two, combining marks none.

use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Columns that `text` takes.
pub fn width(text: &str) -> usize {
    // Plain letters need no table.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) { text.len() } else { text.width() }
}

/// `text` in at most `columns`, with `…` for what is gone.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut used = 0;
    let mut out = String::new();
    for cluster in text.graphemes(true) {
        let wide = cluster.width();
        if used + wide > columns - 1 {
            break;
        }
        used += wide;
        out.push_str(cluster);
    }
    out.push('…');
    Cow::Owned(out)
}

/// `text` in exactly `columns`, cut or filled with blanks behind it.
pub fn pad(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let blanks = columns.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(blanks))
}

/// `text` broken between words into lines of at most `columns`; longer words are cut in pieces.
/// Newlines end paragraphs.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_inclusive(' ') {
            // The blank behind a word may hang over the edge; it is trimmed with the line.
            let wide = width(word);
            let needed = width(word.trim_end());
            if used + needed > columns && used > 0 {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                used = 0;
            }
            if needed <= columns {
                line.push_str(word);
                used += wide;
                continue;
            }
            for cluster in word.graphemes(true) {
                if used + cluster.width() > columns {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(cluster);
                used += cluster.width();
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_two() {
        assert_eq!(cut("日本語テキスト", 7), "日本語…");
        assert_eq!(cut("plain", 5), "plain");
        assert_eq!(pad("日", 4), "日  ");
    }

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("aaaaaaaaaaaa b", 5), ["aaaaa", "aaaaa", "aa b"]);
        assert_eq!(wrap("one\n\ntwo", 5), ["one", "", "two"]);
        assert_eq!(wrap("builds, sizes", 7), ["builds,", "sizes"]);
    }
}
