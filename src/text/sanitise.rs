//! Untrusted text made safe to show: control characters and bidirectional overrides never reach
//! the terminal raw.
//!
//! Two doors: [`plain`] for names and messages, [`ansi`](super::ansi) for logs whose colours are worth
//! keeping. Both keep what people write (any script, emoji, combining marks) and drop what steers
//! a terminal or hides text: C0 and C1 controls, DEL, bidi embeddings, overrides and isolates
//! (U+202A–U+202E, U+2066–U+2069), line and paragraph separators, and tag characters.

use std::borrow::Cow;

/// Whether `c` may steer a terminal or reorder what is read, newline and tab included.
pub fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{200e}' | '\u{200f}' | '\u{61c}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// One line of `text` for a person: unsafe characters become `\u{fffd}`, a tab becomes a blank.
/// Borrows when there is nothing to change, which is the usual case.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .map(|c| {
                if c == '\t' {
                    ' '
                } else if is_unsafe(c) {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect(),
    )
}

/// Like [`plain`], but newlines stay.
pub fn lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && is_unsafe(c)) {
        return Cow::Borrowed(text);
    }
    let safe = |c| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if is_unsafe(c) => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.replace("\r\n", "\n").chars().map(safe).collect())
}

/// `text` cut to at most `limit` characters, with `…` in place of what is gone.
pub fn bounded(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let keep = text.char_indices().nth(limit.saturating_sub(1)).map_or(0, |(at, _)| at);
            Cow::Owned(format!("{}…", &text[..keep]))
        }
    }
}
