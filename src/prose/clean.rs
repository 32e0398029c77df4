//! Text of a document made safe and bounded: no unsafe characters, no endless graphemes.

use crate::text::sanitise;
use unicode_segmentation::UnicodeSegmentation;

/// Most characters of one grapheme; the longest emoji sequences have about ten.
const GRAPHEME: usize = 16;

/// One line of text for a run.
pub(super) fn text(raw: &str) -> String {
    let safe = sanitise::plain(raw);
    if safe.is_ascii() {
        return safe.into_owned();
    }
    let mut out = String::with_capacity(safe.len());
    for grapheme in safe.graphemes(true) {
        match grapheme.char_indices().nth(GRAPHEME) {
            None => out.push_str(grapheme),
            Some((end, _)) => out.push_str(&grapheme[..end]),
        }
    }
    out
}

/// Lines of a code block: tabs become blanks up to the next multiple of four.
pub(super) fn code_lines(raw: &str) -> Vec<String> {
    raw.strip_suffix('\n')
        .unwrap_or(raw)
        .split('\n')
        .map(|line| {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if !line.contains('\t') {
                return text(line);
            }
            let mut out = String::new();
            let mut column = 0;
            for (index, part) in line.split('\t').enumerate() {
                if index > 0 {
                    let blanks = 4 - column % 4;
                    out.extend(std::iter::repeat_n(' ', blanks));
                    column += blanks;
                }
                let part = text(part);
                column += super::wrap::width(&part);
                out.push_str(&part);
            }
            out
        })
        .collect()
}
