//! The functions of JMESPath.

use super::{Expression, same};
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// The function `name`, given what its arguments find in `value`.
pub(super) fn call(name: &str, arguments: &[Expression], value: &Value) -> Result<Value, String> {
    let wanted = match name {
        "contains" | "ends_with" | "join" | "map" | "max_by" | "min_by" | "sort_by" | "starts_with" => 2,
        "merge" | "not_null" => arguments.len().max(1),
        "abs" | "avg" | "ceil" | "floor" | "keys" | "length" | "max" | "min" | "reverse" | "sort" | "sum"
        | "to_array" | "to_number" | "to_string" | "type" | "values" => 1,
        _ => return Err(format!("Unknown function: {name}()")),
    };
    if arguments.len() != wanted {
        return Err(format!(
            "Expected {wanted} argument(s) for function {name}(), received {}",
            arguments.len()
        ));
    }
    match (name, arguments) {
        ("map", [Expression::Reference(each), list]) => {
            let found = list.search(value)?;
            let items = found.as_array().ok_or_else(|| mistyped(name, &found))?;
            items.iter().map(|item| each.search(item)).collect::<Result<_, _>>().map(Value::Array)
        }
        ("sort_by" | "max_by" | "min_by", [list, Expression::Reference(key)]) => {
            by(name, list.search(value)?, key)
        }
        ("map" | "sort_by" | "max_by" | "min_by", _) => {
            Err(format!("In function {name}(), invalid type for value: an expression, &…, is expected"))
        }
        ("not_null", _) => {
            for argument in arguments {
                let found = argument.search(value)?;
                if !found.is_null() {
                    return Ok(found);
                }
            }
            Ok(Value::Null)
        }
        _ => {
            let found: Vec<Value> =
                arguments.iter().map(|argument| argument.search(value)).collect::<Result<_, _>>()?;
            plain(name, &found)
        }
    }
}

fn mistyped(name: &str, value: &Value) -> String {
    format!("In function {name}(), invalid type for value: {value}, received: \"{}\"", kind(value))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A number, whole when it can be.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { (value as i64).into() } else { value.into() }
}

/// The order of two numbers or two texts.
fn order(name: &str, a: &Value, b: &Value) -> Result<Ordering, String> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            Ok(a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal))
        }
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        (Value::Number(_) | Value::String(_), other) | (other, _) => Err(mistyped(name, other)),
    }
}

/// Sorts pairs of key and value; the keys must be all numbers or all texts.
fn sorted(name: &str, mut pairs: Vec<(Value, Value)>) -> Result<Vec<Value>, String> {
    if let Some((first, _)) = pairs.first() {
        for (key, _) in &pairs {
            order(name, first, key)?;
        }
    }
    pairs.sort_by(|(a, _), (b, _)| order(name, a, b).unwrap_or(Ordering::Equal));
    Ok(pairs.into_iter().map(|(_, value)| value).collect())
}

fn by(name: &str, list: Value, key: &Expression) -> Result<Value, String> {
    let Value::Array(items) = list else { return Err(mistyped(name, &list)) };
    let mut pairs = Vec::new();
    for item in items {
        pairs.push((key.search(&item)?, item));
    }
    let sorted = sorted(name, pairs)?;
    Ok(match name {
        "sort_by" => Value::Array(sorted),
        "max_by" => sorted.into_iter().next_back().unwrap_or_default(),
        _ => sorted.into_iter().next().unwrap_or_default(),
    })
}

fn plain(name: &str, found: &[Value]) -> Result<Value, String> {
    let first = found.first().unwrap_or(&Value::Null);
    let wrong = || Err(mistyped(name, first));
    let numbers = || -> Result<Vec<f64>, String> {
        let items = first.as_array().ok_or_else(|| mistyped(name, first))?;
        items.iter().map(|item| item.as_f64().ok_or_else(|| mistyped(name, item))).collect()
    };
    let text = |at: usize| -> Result<&str, String> {
        let value = found.get(at).unwrap_or(&Value::Null);
        value.as_str().ok_or_else(|| mistyped(name, value))
    };
    Ok(match (name, first) {
        ("abs", Value::Number(n)) => match n.as_i64() {
            Some(n) => n.abs().into(),
            None => number(n.as_f64().unwrap_or_default().abs()),
        },
        ("ceil", Value::Number(n)) => number(n.as_f64().unwrap_or_default().ceil()),
        ("floor", Value::Number(n)) => number(n.as_f64().unwrap_or_default().floor()),
        ("sum", _) => number(numbers()?.iter().sum()),
        ("avg", _) => match numbers()? {
            all if all.is_empty() => Value::Null,
            all => (all.iter().sum::<f64>() / all.len() as f64).into(),
        },
        ("contains", Value::Array(items)) => {
            items.iter().any(|item| found.get(1).is_some_and(|b| same(item, b))).into()
        }
        ("contains", Value::String(all)) => {
            found.get(1).and_then(Value::as_str).is_some_and(|part| all.contains(part)).into()
        }
        ("starts_with", _) => text(0)?.starts_with(text(1)?).into(),
        ("ends_with", _) => text(0)?.ends_with(text(1)?).into(),
        ("join", Value::String(between)) => {
            let list = found.get(1).unwrap_or(&Value::Null);
            let items = list.as_array().ok_or_else(|| mistyped(name, list))?;
            let items = items.iter().map(|item| item.as_str().ok_or_else(|| mistyped(name, item)));
            items.collect::<Result<Vec<_>, _>>()?.join(between).into()
        }
        ("keys", Value::Object(members)) => members.keys().cloned().map(Value::from).collect(),
        ("values", Value::Object(members)) => members.values().cloned().collect(),
        ("length", Value::String(text)) => text.chars().count().into(),
        ("length", Value::Array(items)) => items.len().into(),
        ("length", Value::Object(members)) => members.len().into(),
        ("max" | "min" | "sort", Value::Array(items)) => {
            let sorted = sorted(name, items.iter().map(|item| (item.clone(), item.clone())).collect())?;
            match name {
                "sort" => Value::Array(sorted),
                "max" => sorted.into_iter().next_back().unwrap_or_default(),
                _ => sorted.into_iter().next().unwrap_or_default(),
            }
        }
        ("merge", _) => {
            let mut merged = Map::new();
            for part in found {
                let Value::Object(members) = part else { return Err(mistyped(name, part)) };
                merged.extend(members.clone());
            }
            Value::Object(merged)
        }
        ("reverse", Value::Array(items)) => items.iter().rev().cloned().collect(),
        ("reverse", Value::String(text)) => text.chars().rev().collect::<String>().into(),
        ("to_array", Value::Array(_)) => first.clone(),
        ("to_array", other) => Value::Array(vec![other.clone()]),
        ("to_string", Value::String(_)) => first.clone(),
        ("to_string", other) => other.to_string().into(),
        ("to_number", Value::Number(_)) => first.clone(),
        ("to_number", Value::String(text)) => {
            serde_json::from_str::<serde_json::Number>(text).map_or(Value::Null, Value::Number)
        }
        ("to_number", _) => Value::Null,
        ("type", other) => kind(other).into(),
        _ => return wrong(),
    })
}
