//! YAML output: members by name, two blanks a level, quotes where a word would be read as something else.

use super::super::python;
use serde_json::Value;

/// The answer as YAML.
pub(super) fn written(answer: &Value) -> String {
    let mut text = String::new();
    match answer {
        Value::Object(members) if !members.is_empty() => write(answer, 0, &mut text),
        Value::Array(items) if !items.is_empty() => write(answer, 0, &mut text),
        scalar => {
            text.push_str(&flow(scalar));
            text.push('\n');
            // A plain word alone is a document that must be ended.
            if !scalar.is_array() && !scalar.is_object() && !text.starts_with(['\'', '"']) {
                text.push_str("...\n");
            }
        }
    }
    text
}

fn write(value: &Value, level: usize, to: &mut String) {
    let blanks = "  ".repeat(level);
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            for (at, (key, value)) in sorted.into_iter().enumerate() {
                if at > 0 || !to.ends_with("- ") {
                    to.push_str(&blanks);
                }
                to.push_str(&format!("{}:", scalar(key)));
                match value {
                    Value::Object(members) if !members.is_empty() => {
                        to.push('\n');
                        write(value, level + 1, to);
                    }
                    Value::Array(items) if !items.is_empty() => {
                        to.push('\n');
                        write(value, level, to);
                    }
                    value => to.push_str(&format!(" {}\n", flow(value))),
                }
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 || !to.ends_with("- ") {
                    to.push_str(&blanks);
                }
                to.push_str("- ");
                match item {
                    Value::Object(members) if !members.is_empty() => write(item, level + 1, to),
                    Value::Array(items) if !items.is_empty() => write(item, level + 1, to),
                    item => to.push_str(&format!("{}\n", flow(item))),
                }
            }
        }
        other => to.push_str(&flow(other)),
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::String(text) => scalar(text),
        Value::Number(number) if number.is_f64() => python::float(number.as_f64().unwrap_or_default()),
        Value::Array(_) => "[]".into(),
        Value::Object(_) => "{}".into(),
        other => other.to_string(),
    }
}

/// Plain, in single quotes, or in double ones with escapes.
fn scalar(text: &str) -> String {
    if text.chars().any(|c| c.is_control() || c == '\u{feff}') {
        return Value::from(text).to_string();
    }
    if is_plain(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

fn is_plain(text: &str) -> bool {
    let starts = |set: &[char]| text.starts_with(set);
    let indicator =
        starts(&[',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`']);
    let dashes = ["-", "?", ":"].iter().any(|c| text == *c || text.starts_with(&format!("{c} ")));
    let documents = text.starts_with("---") || text.starts_with("...");
    let inner = text.contains(": ") || text.ends_with(':') || text.contains(" #");
    !(text.is_empty()
        || text.starts_with(' ')
        || text.ends_with(' ')
        || indicator
        || dashes
        || documents
        || inner
        || text.starts_with("=")
        || resolves(text))
}

/// Whether a reader of YAML 1.1 would take the word for something other than text.
fn resolves(text: &str) -> bool {
    let lower = text.to_lowercase();
    let cased = text == lower || text == text.to_uppercase() || {
        let mut letters = text.chars();
        let first = letters.next().is_some_and(char::is_uppercase);
        first && letters.as_str() == letters.as_str().to_lowercase()
    };
    let words = ["yes", "no", "true", "false", "on", "off", "null", "~", "<<"];
    if cased && words.contains(&lower.as_str()) || text == "=" {
        return true;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if [".inf", ".nan"].contains(&unsigned.to_lowercase().as_str()) {
        return true;
    }
    let digits =
        |text: &str, radix: u32| !text.is_empty() && text.chars().all(|c| c == '_' || c.is_digit(radix));
    let radix =
        |prefix: &str, radix: u32| unsigned.strip_prefix(prefix).is_some_and(|rest| digits(rest, radix));
    // Numbers with leading zeros are octal, and 08 is none.
    let decimal = digits(unsigned, 10) && (unsigned == "0" || !unsigned.starts_with('0'));
    if decimal || radix("0b", 2) || radix("0x", 16) || (unsigned.starts_with('0') && digits(unsigned, 8)) {
        return unsigned.starts_with(|c: char| c.is_ascii_digit());
    }
    if let Some((whole, fraction)) = unsigned.split_once('.') {
        let (fraction, exponent) = fraction.split_once(['e', 'E']).unwrap_or((fraction, "+0"));
        let fits = (whole.is_empty() || whole.starts_with(|c: char| c.is_ascii_digit()) && digits(whole, 10))
            && (fraction.is_empty() || digits(fraction, 10))
            && exponent.strip_prefix(['+', '-']).is_some_and(|exponent| digits(exponent, 10));
        if fits && !(whole.is_empty() && fraction.is_empty()) {
            return true;
        }
    }
    is_time(text) || is_sexagesimal(unsigned)
}

fn is_sexagesimal(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let number =
        |part: &&str| !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() > 1
        && parts[0].starts_with(|c: char| ('1'..='9').contains(&c))
        && parts[0].bytes().all(|b| b.is_ascii_digit())
        && parts[1..].iter().all(|part| number(part) && part.parse::<u8>().is_ok_and(|number| number < 60))
}

/// `2023-11-14`, with a time or without.
fn is_time(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let number = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let [year, month, day] = parts.as_slice() else { return false };
    if !number(year, 4, 4) {
        return false;
    }
    let Some(time) = time else { return number(month, 2, 2) && number(day, 2, 2) };
    let clock = time.split(['.', '+', '-', 'Z', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = clock.split(':').collect();
    number(month, 1, 2)
        && number(day, 1, 2)
        && parts.len() == 3
        && number(parts[0], 1, 2)
        && number(parts[1], 2, 2)
        && number(parts[2], 2, 2)
}
