//! Words as BuildKit splits them, quotes and escapes kept in the raw text.

use super::text::{MappedText, Shared};
use crate::text::Span;

/// One word of an instruction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// Where it stands, quotes included.
    pub span: Span,
    /// As typed, continuation marks gone, quotes kept.
    pub raw: Shared,
    /// What it says when that is not what was typed.
    value: Option<Shared>,
    /// Whether it is a JSON string.
    decoded: bool,
}

impl Word {
    /// The word at `local` of `text`, quotes and escapes understood.
    pub(super) fn new(text: &MappedText, local: Span, escape: char) -> Self {
        let raw = text.part(local);
        Self { span: text.span(local), value: unquote(&raw, escape), raw, decoded: false }
    }

    /// A word whose value was decoded elsewhere (JSON).
    pub(super) fn decoded(span: Span, raw: Shared, value: Shared) -> Self {
        Self { span, raw, value: Some(value), decoded: true }
    }

    /// What it says: quotes and escapes gone, variables as they stand.
    pub fn value(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.raw)
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// What the builder expands: the text as typed, or a JSON string's value.
    pub fn expandable(&self) -> &str {
        if self.decoded { self.value() } else { &self.raw }
    }

    /// Where byte `from` to `to` of [`Word::expandable`] stands: exact on one line, else the whole word.
    pub fn part(&self, local: Span) -> Span {
        let whole = !self.decoded && self.raw.len() == self.span.len();
        if whole { Span::new(self.span.start + local.start, self.span.start + local.end) } else { self.span }
    }
}

/// Where a reader stands among quotes and escapes.
#[derive(Debug, Clone, Copy, Default)]
struct Quotes {
    open: Option<char>,
    escaped: bool,
}

impl Quotes {
    /// Takes in the next letter; answers whether it stands bare: in no quotes, not escaped, and no mark
    /// itself.
    fn bare(&mut self, c: char, escape: char) -> bool {
        match self.open {
            _ if self.escaped => self.escaped = false,
            Some('\'') if c == '\'' => self.open = None,
            Some('\'') => {}
            _ if c == escape => self.escaped = true,
            Some(open) if c == open => self.open = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => self.open = Some(c),
            None => return true,
        }
        false
    }
}

/// `raw` without quotes and escapes; `None` when there are none.
fn unquote(raw: &Shared, escape: char) -> Option<Shared> {
    let special = |byte: u8| byte == b'"' || byte == b'\'' || char::from(byte) == escape;
    if !raw.bytes().any(special) {
        return None;
    }
    // Quoted from end to end, and nothing inside: the most common by far.
    if let [open @ (b'"' | b'\''), inside @ .., close] = raw.as_bytes()
        && open == close
        && !inside.iter().any(|byte| special(*byte))
    {
        return Some(raw.part(Span::new(1, raw.len() - 1)));
    }
    let mut out = String::with_capacity(raw.len());
    let mut quote = None;
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') => quote = None,
            (Some('\''), _) => out.push(c),
            (Some('"'), _) if c == escape => match chars.peek() {
                Some(next) if matches!(next, '"' | '$') || *next == escape => out.extend(chars.next()),
                _ => out.push(c),
            },
            (None, _) if c == escape => out.extend(chars.next()),
            (Some('"'), '"') => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            _ => out.push(c),
        }
    }
    Some(out.into())
}

/// Where the words of `text` stand from byte `at` on.
pub(super) fn spans(text: &str, at: usize, escape: char) -> Vec<Span> {
    let mut words = Vec::new();
    let mut from = at;
    while let Some(word) = next(text, from, escape) {
        from = word.end;
        words.push(word);
    }
    words
}

/// The first word of `text` at or behind byte `at`.
pub(super) fn next(text: &str, at: usize, escape: char) -> Option<Span> {
    let rest = text.get(at..)?;
    let start = at + (rest.len() - rest.trim_start().len());
    let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
    // Most words are plain to their end: only from the first mark on does each letter count.
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\'') && c != escape;
    let marked = rest.find(|c| !plain(c)).unwrap_or(rest.len());
    let tail = rest.get(marked..).unwrap_or("");
    let mut quotes = Quotes::default();
    let end = tail.char_indices().find(|(_, c)| quotes.bare(*c, escape) && c.is_whitespace());
    Some(Span::new(start, end.map_or(text.len(), |(offset, _)| start + marked + offset)))
}

/// Whether a quote is left open at the end of `text`.
pub(super) fn unclosed(text: &str, escape: char) -> bool {
    let mut quotes = Quotes::default();
    text.chars().for_each(|c| {
        quotes.bare(c, escape);
    });
    quotes.open.is_some()
}

/// Whether `c` parts words where the builder does not look at quotes.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}' | '\r')
}

/// Where the words of `text` stand, blanks alone between them: how FROM, COPY, ADD, EXPOSE and VOLUME are
/// read. Quotes hold nothing together there.
pub(super) fn blank_separated(text: &str) -> Vec<Span> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        if is_blank(c) {
            words.extend(start.take().map(|start| Span::new(start, at)));
        } else {
            start.get_or_insert(at);
        }
    }
    words.extend(start.map(|start| Span::new(start, text.len())));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        let mapped = MappedText::straight(text.into(), 0);
        let word = |span| Word::new(&mapped, span, '\\').value().to_owned();
        spans(text, 0, '\\').into_iter().map(word).collect()
    }

    #[test]
    fn blanks_split_outside_quotes_only() {
        assert_eq!(values(r#"a "b c" d\ e 'f "g' h"#), ["a", "b c", "d e", "f \"g", "h"]);
        assert_eq!(values(r#"k="x y"z \"q"#), ["k=x yz", "\"q"]);
        assert_eq!(values("  "), [""; 0]);
    }
}
