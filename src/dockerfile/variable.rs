//! Variables in words: `$name`, `${name}`, `${name:-word}` and the other modifiers.

use crate::text::Span;

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

/// How deep `${a:-${b:-…}}` is followed when a word is expanded.
const DEPTH: usize = 16;

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

/// `text` with its variables replaced; `None` when `lookup` does not know one that has no default,
/// or a modifier is not `:-`, `-`, `:+` or `+`.
pub fn expand(text: &str, escape: char, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    expand_at(text, escape, lookup, DEPTH)
}

fn expand_at(
    text: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) -> Option<String> {
    if depth == 0 || text.len() > 4096 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for variable in variables(text, escape) {
        let braced = text.get(..variable.span.start).is_some_and(|before| before.ends_with('{'));
        let open = variable.span.start - 1 - usize::from(braced);
        if open < at {
            continue; // inside the modifier of the one before
        }
        out.push_str(text.get(at..open)?);
        let value = lookup(variable.name);
        let nested = |word: &str| expand_at(word, escape, lookup, depth - 1);
        let modifier = variable.modifier;
        out.push_str(&if modifier.is_empty() {
            value?
        } else if let Some(word) = modifier.strip_prefix(":-") {
            value.filter(|v| !v.is_empty()).map_or_else(|| nested(word), Some)?
        } else if let Some(word) = modifier.strip_prefix('-') {
            value.map_or_else(|| nested(word), Some)?
        } else if let Some(word) = modifier.strip_prefix(":+") {
            if value.is_some_and(|v| !v.is_empty()) { nested(word)? } else { String::new() }
        } else if let Some(word) = modifier.strip_prefix('+') {
            if value.is_some() { nested(word)? } else { String::new() }
        } else {
            return None;
        });
        at = variable.span.end + if braced { variable.modifier.len() + 1 } else { 0 };
        if braced && text.get(at - 1..at) != Some("}") {
            return None;
        }
    }
    out.push_str(text.get(at..)?);
    Some(out)
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
        let known = |name: &str| (name == "V").then(|| "12".to_owned());
        assert_eq!(expand("debian:$V", '\\', &known).as_deref(), Some("debian:12"));
        assert_eq!(expand("debian:${X:-${V}}-slim", '\\', &known).as_deref(), Some("debian:12-slim"));
        assert_eq!(expand("${V:+yes}${X+no}", '\\', &known).as_deref(), Some("yes"));
        assert_eq!(expand("debian:$X", '\\', &known), None);
        assert_eq!(expand("${V", '\\', &known), None);
    }
}
