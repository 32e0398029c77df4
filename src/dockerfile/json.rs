//! The JSON form of commands and path lists: an array of strings, each with its place.

use super::text::{MappedText, Shared};
use super::word::Word;
use crate::text::Span;

/// The words of the JSON array that `text` is from byte `at` to its end, or `None` when it is
/// anything else; BuildKit then reads the same text as a shell command.
pub(super) fn array(text: &MappedText, at: usize) -> Option<Vec<Word>> {
    let all = text.as_str();
    let body = all.get(at..)?.trim_end();
    let end = at + body.len();
    if !body.trim_start().starts_with('[') || !body.ends_with(']') {
        return None;
    }
    let mut words = Vec::new();
    let mut from = skip_blanks(all, at) + 1;
    loop {
        from = skip_blanks(all, from);
        match all.as_bytes().get(from)? {
            b']' if words.is_empty() => break,
            b'"' => {}
            _ => return None,
        }
        let close = string_end(all, from)?;
        let local = Span::new(from, close);
        let raw = text.part(local);
        let value = decoded(&raw)?;
        words.push(Word::decoded(text.span(local), raw, value));
        from = skip_blanks(all, close);
        match all.as_bytes().get(from)? {
            b',' => from += 1,
            b']' => break,
            _ => return None,
        }
        // A comma must be followed by a string, never by the end of the array.
        if all.as_bytes().get(skip_blanks(all, from)) == Some(&b']') {
            return None;
        }
    }
    (from + 1 == end).then_some(words)
}

/// What a JSON string says; most have nothing to decode.
fn decoded(raw: &Shared) -> Option<Shared> {
    if raw.bytes().all(|byte| byte != b'\\' && byte >= b' ') {
        return Some(raw.part(Span::new(1, raw.len() - 1)));
    }
    serde_json::from_str::<String>(raw).ok().map(Shared::from)
}

/// Whether `text` is a JSON array with something else than strings in it.
pub(super) fn holds_other(text: &str) -> bool {
    text.starts_with('[')
        && text.ends_with(']')
        && serde_json::from_str::<Vec<serde_json::Value>>(text)
            .is_ok_and(|values| !values.iter().all(serde_json::Value::is_string))
}

fn skip_blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    at + rest.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')).unwrap_or(rest.len())
}

/// One past the quote that closes the string opened at `open`.
fn string_end(text: &str, open: usize) -> Option<usize> {
    let mut escaped = false;
    for (offset, byte) in text.as_bytes().get(open + 1..)?.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(open + 1 + offset + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Vec<String>> {
        let mapped = MappedText::straight(text.into(), 0);
        array(&mapped, 0).map(|words| words.iter().map(|w| w.value().to_owned()).collect())
    }

    #[test]
    fn only_an_array_of_strings_is_the_json_form() {
        assert_eq!(parse(r#" [ "a", "b\n\u00e9" ] "#), Some(vec!["a".into(), "b\né".into()]));
        assert_eq!(parse("[]"), Some(Vec::new()));
        for text in ["['a']", r#"["a",]"#, r#"["a" "b"]"#, r#"["a"] && b"#, r#"["a""#, "[1]", "[", "[]]", ""]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
