//! How Python writes values: `aws` is written in it, and shows them as it does.

use serde_json::Value;

/// As `repr` writes it.
pub(super) fn repr(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| format!("{}: {}", quoted(key), repr(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => str(other),
    }
}

/// As `str` writes it.
pub(super) fn str(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => float(number.as_f64().unwrap_or_default()),
        Value::Number(number) => number.to_string(),
        other => repr(other),
    }
}

/// A list of words, as `repr` writes it.
pub(super) fn words(words: &[&str]) -> String {
    format!("[{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut written = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\\' => written.push_str("\\\\"),
            c if c == quote => written.extend(['\\', c]),
            c if c.is_control() && (c as u32) < 0x100 => {
                written.push_str(&format!("\\x{:02x}", c as u32));
            }
            c => written.push(c),
        }
    }
    written.push(quote);
    written
}

/// A floating number: plain between 1e-4 and 1e16, and always known as one.
pub(super) fn float(number: f64) -> String {
    if number == 0.0 || (1e-4..1e16).contains(&number.abs()) {
        let plain = number.to_string();
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let short = format!("{number:e}");
    let (digits, exponent) = short.split_once('e').unwrap_or((&short, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// As `json.dumps` writes it in one line: no blanks, and nothing but ASCII.
pub(super) fn dumps(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => float(number.as_f64().unwrap_or_default()),
        Value::String(text) => ascii(text),
        Value::Array(items) => format!("[{}]", items.iter().map(dumps).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| format!("{}:{}", ascii(key), dumps(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

fn ascii(text: &str) -> String {
    let written = Value::from(text).to_string();
    let mut plain = String::new();
    for c in written.chars() {
        if c.is_ascii() {
            plain.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                plain.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    plain
}

/// Python's names of types.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Whether Python finds the two equal, to which true is 1.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    let number = |value: &Value| match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        value => value.as_f64(),
    };
    match (a, b) {
        (Value::Number(a), Value::Number(b)) if a == b => true,
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        },
    }
}

/// A whole number as `int` reads it.
pub(super) fn int(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    plain_digits(digits)?;
    text.replace('_', "").trim_start_matches('+').parse().ok()
}

/// A number as `float` reads it, but for those that JSON does not know.
pub(super) fn read_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let known = |c: char| c.is_ascii_digit() || ['.', 'e', 'E', '+', '-', '_'].contains(&c);
    let between = |at: usize| {
        let (before, after) = (text[..at].chars().next_back(), text[at + 1..].chars().next());
        before.is_some_and(|c| c.is_ascii_digit()) && after.is_some_and(|c| c.is_ascii_digit())
    };
    if !text.chars().all(known) || !text.match_indices('_').all(|(at, _)| between(at)) {
        return None;
    }
    text.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite())
}

fn plain_digits(text: &str) -> Option<()> {
    let fits = !text.is_empty()
        && text.split('_').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    fits.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_python_writes_them() {
        let value = json!({ "a": [1, 1.0, 1e16, 1e-5, true, null], "b": "it's \"x\"\n" });
        assert_eq!(repr(&value), r#"{'a': [1, 1.0, 1e+16, 1e-05, True, None], 'b': 'it\'s "x"\n'}"#);
        assert_eq!(repr(&json!("it's")), r#""it's""#);
        assert_eq!(dumps(&json!({ "ü": [1.5, "😀"] })), r#"{"\u00fc":[1.5,"\ud83d\ude00"]}"#);
        assert_eq!((int(" +1_0 "), int("1__0"), int("x")), (Some(10), None, None));
        assert_eq!((read_float("1e2"), read_float("inf"), read_float(".5")), (Some(100.0), None, Some(0.5)));
        assert!(same(&json!([1, true]), &json!([1.0, 1])) && !same(&json!(5), &json!(true)));
    }
}
