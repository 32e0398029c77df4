//! Words as BuildKit splits them: by blanks outside quotes, quotes and escapes kept in the raw text.

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
}

impl Word {
    /// The word at `local` of `text`, quotes and escapes understood.
    pub(super) fn new(text: &MappedText, local: Span, escape: char) -> Self {
        let raw = text.part(local);
        Self { span: text.span(local), value: unquote(&raw, escape), raw }
    }

    /// A word whose value was decoded elsewhere (JSON).
    pub(super) fn decoded(span: Span, raw: Shared, value: Shared) -> Self {
        Self { span, raw, value: Some(value) }
    }

    /// What it says: quotes and escapes gone, variables as they stand.
    pub fn value(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.raw)
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Whether a quote is left open.
    pub(super) fn unclosed(&self, escape: char) -> bool {
        let (mut quote, mut escaped) = (None, false);
        for c in self.raw.chars() {
            match quote {
                _ if escaped => escaped = false,
                Some('\'') if c == '\'' => quote = None,
                Some('\'') => {}
                _ if c == escape => escaped = true,
                Some(open) if c == open => quote = None,
                None if c == '"' || c == '\'' => quote = Some(c),
                _ => {}
            }
        }
        quote.is_some()
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
    let (mut quote, mut escaped) = (None, false);
    for (offset, c) in rest.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            Some('\'') if c == '\'' => quote = None,
            Some('\'') => {}
            _ if c == escape => escaped = true,
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => return Some(Span::new(start, start + offset)),
            _ => {}
        }
    }
    Some(Span::new(start, text.len()))
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
