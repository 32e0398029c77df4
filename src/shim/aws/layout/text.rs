//! Text output: scalars of a structure in one line by name, what nests below it with its name in front.

use super::super::python;
use serde_json::Value;

/// The answer as text.
pub(super) fn columns(answer: &Value) -> String {
    let mut text = String::new();
    write(answer, None, None, &mut text);
    text
}

fn nests(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn write(value: &Value, name: Option<&str>, keys: Option<&[String]>, to: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            let (mut line, below): (Vec<String>, Vec<_>) = match keys {
                Some(keys) => (
                    keys.iter().map(|key| members.get(key).map(python::str).unwrap_or_default()).collect(),
                    sorted.into_iter().filter(|(key, _)| !keys.contains(key)).collect(),
                ),
                None => {
                    let (below, scalars): (Vec<_>, Vec<_>) =
                        sorted.into_iter().partition(|(_, value)| nests(value));
                    (scalars.into_iter().map(|(_, value)| python::str(value)).collect(), below)
                }
            };
            if !line.is_empty() {
                if let Some(name) = name {
                    line.insert(0, name.to_uppercase());
                }
                to.push_str(&line.join("\t"));
                to.push('\n');
            }
            for (key, value) in below {
                write(value, Some(key), None, to);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let objects = items.iter().filter_map(Value::as_object).flatten();
            let mut keys: Vec<String> =
                objects.filter(|(_, value)| !nests(value)).map(|(key, _)| key.clone()).collect();
            keys.sort();
            keys.dedup();
            items.iter().for_each(|item| write(item, name, Some(&keys), to));
        }
        Value::Array(items) if items.iter().any(Value::is_array) => {
            let (below, scalars): (Vec<&Value>, Vec<&Value>) = items.iter().partition(|item| nests(item));
            scalar_list(&scalars, name, to);
            below.into_iter().for_each(|item| write(item, name, None, to));
        }
        Value::Array(items) => scalar_list(&items.iter().collect::<Vec<_>>(), name, to),
        scalar => {
            to.push_str(&python::str(scalar));
            to.push('\n');
        }
    }
}

fn scalar_list(items: &[&Value], name: Option<&str>, to: &mut String) {
    match name {
        _ if items.is_empty() => {}
        Some(name) => {
            for item in items {
                to.push_str(&format!("{}\t{}\n", name.to_uppercase(), python::str(item)));
            }
        }
        None => {
            to.push_str(&items.iter().map(|item| python::str(item)).collect::<Vec<_>>().join("\t"));
            to.push('\n');
        }
    }
}
