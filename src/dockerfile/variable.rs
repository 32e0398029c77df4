//! Variables in words: `$name`, `${name}`, `${name:-word}` and the other modifiers.

use super::expand::word;
use crate::text::Span;
use std::borrow::Cow;

/// One use of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its name stands in the text that was searched.
    pub span: Span,
    /// What follows the name inside the braces: `:-word`, `#pattern`, …, empty when nothing does.
    pub modifier: &'a str,
}

/// Every variable used in `text`, those inside modifiers too. Text in single quotes has none.
pub fn variables(text: &str, escape: char) -> Vec<Variable<'_>> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let (mut at, mut single, mut double) = (0, false, false);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\'' if !double => single = !single,
            b'"' if !single => double = !double,
            _ if !single && char::from(byte) == escape => at += 1,
            b'$' if !single => {
                let braced = bytes.get(at + 1) == Some(&b'{');
                let start = at + 1 + usize::from(braced);
                let length = name_length(text, start);
                if length > 0 {
                    let span = Span::new(start, start + length);
                    let modifier = if braced { modifier(text, span.end) } else { "" };
                    found.push(Variable { name: span.of(text), span, modifier });
                }
                at = start + length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Whether a variable can have this name: letters, digits and `_`, no digit first.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text, 0) == text.len()
}

fn name_length(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    if rest.starts_with(|c: char| c.is_ascii_digit()) { 0 } else { end }
}

/// From behind the name to the brace that closes, at most 512 bytes of it: enough for any file that a
/// person wrote, and a bound on what nested hostile text costs.
fn modifier(text: &str, start: usize) -> &str {
    let mut depth = 1_usize;
    for (offset, byte) in text.as_bytes().iter().enumerate().skip(start).take(512) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return text.get(start..offset).unwrap_or("");
        }
    }
    ""
}

/// `text` with its variables replaced and its quotes gone; `None` when that hangs on a value that `lookup`
/// does not know, or when it cannot be read.
pub fn expand<'v>(
    text: &'v str,
    escape: char,
    lookup: &dyn Fn(&str) -> Option<Cow<'v, str>>,
) -> Option<String> {
    let mut missing = false;
    let value = word(text, escape, &mut |name, span| {
        let value = lookup(name);
        // A modifier says what stands in for it; alone, nothing does.
        let rest = text.get(span.end..).unwrap_or("");
        let braced = text.get(..span.start).is_some_and(|before| before.ends_with('{'));
        missing |= value.is_none() && (!braced || rest.starts_with('}'));
        value
    });
    value.ok().filter(|_| !missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_modifiers_and_nested_uses() {
        let found = variables(r#"$a-${b:-${c}} \$d '$e' "$f" $1 ${"#, '\\');
        let shown: Vec<_> = found.iter().map(|v| (v.name, v.modifier)).collect();
        assert_eq!(shown, [("a", ""), ("b", ":-${c}"), ("c", ""), ("f", "")]);
    }

    #[test]
    fn expands_with_defaults() {
        let known = |name: &str| (name == "V").then(|| "12".into());
        assert_eq!(expand("debian:$V", '\\', &known).as_deref(), Some("debian:12"));
        assert_eq!(expand("debian:${X:-${V}}-slim", '\\', &known).as_deref(), Some("debian:12-slim"));
        assert_eq!(expand("${V:+yes}${X+no}", '\\', &known).as_deref(), Some("yes"));
        assert_eq!(expand("debian:$X", '\\', &known), None);
        assert_eq!(expand("${V", '\\', &known), None);
    }
}
