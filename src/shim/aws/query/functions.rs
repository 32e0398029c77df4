//! The functions of JMESPath: what each takes, what it makes of it, and what is said when it is given
//! something else.

use super::super::python;
use super::{Expression, holds, order};
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// Every function, with the types that each of its arguments may have; none for any. The last may be
/// repeated where the third field says so.
const FUNCTIONS: [(&str, &[&[&str]], bool); 26] = [
    ("abs", &[&["number"]], false),
    ("avg", &[&["array-number"]], false),
    ("ceil", &[&["number"]], false),
    ("contains", &[&["array", "string"], &[]], false),
    ("ends_with", &[&["string"], &["string"]], false),
    ("floor", &[&["number"]], false),
    ("join", &[&["string"], &["array-string"]], false),
    ("keys", &[&["object"]], false),
    ("length", &[&["string", "array", "object"]], false),
    ("map", &[&["expref"], &["array"]], false),
    ("max", &[&["array-number", "array-string"]], false),
    ("max_by", &[&["array"], &["expref"]], false),
    ("merge", &[&["object"]], true),
    ("min", &[&["array-number", "array-string"]], false),
    ("min_by", &[&["array"], &["expref"]], false),
    ("not_null", &[&[]], true),
    ("reverse", &[&["array", "string"]], false),
    ("sort", &[&["array-string", "array-number"]], false),
    ("sort_by", &[&["array"], &["expref"]], false),
    ("starts_with", &[&["string"], &["string"]], false),
    ("sum", &[&["array-number"]], false),
    ("to_array", &[&[]], false),
    ("to_number", &[&[]], false),
    ("to_string", &[&[]], false),
    ("type", &[&[]], false),
    ("values", &[&["object"]], false),
];

/// What a function is given.
enum Given<'a> {
    Value(Value),
    Reference(&'a Expression),
}

impl Given<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Value(value) => kind(value),
            Self::Reference(_) => "expref",
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Value(value) => python::str(value),
            Self::Reference(_) => "an expression, &…".into(),
        }
    }
}

/// The function `name`, given what its arguments find in `value`.
pub(super) fn call(name: &str, arguments: &[Expression], value: &Value) -> Result<Value, String> {
    let mut given = Vec::new();
    for argument in arguments {
        given.push(match argument {
            Expression::Reference(of) => Given::Reference(of),
            argument => Given::Value(argument.search(value)?),
        });
    }
    let known = FUNCTIONS.iter().find(|(known, ..)| *known == name);
    let Some((_, wanted, repeated)) = known else { return Err(format!("Unknown function: {name}()")) };
    if given.len() < wanted.len() || (given.len() > wanted.len() && !repeated) {
        let (least, plural) =
            (if *repeated { "at least " } else { "" }, if wanted.len() == 1 { "" } else { "s" });
        return Err(format!(
            "Expected {least}{} argument{plural} for function {name}(), received {}",
            wanted.len(),
            given.len()
        ));
    }
    for (given, types) in given.iter().zip(*wanted) {
        check(name, given, types)?;
    }
    match (name, given.as_slice()) {
        ("map", [Given::Reference(each), Given::Value(Value::Array(items))]) => {
            items.iter().map(|item| each.search(item)).collect::<Result<_, _>>().map(Value::Array)
        }
        ("sort_by", [Given::Value(Value::Array(items)), Given::Reference(key)]) => sort_by(items, key),
        ("max_by" | "min_by", [Given::Value(Value::Array(items)), Given::Reference(key)]) => {
            most_by(name, items, key)
        }
        _ => {
            let values = given.into_iter().map(|given| match given {
                Given::Value(value) => Ok(value),
                Given::Reference(_) => Err("an expression, &…, is not a value".to_owned()),
            });
            plain(name, &values.collect::<Result<Vec<_>, _>>()?)
        }
    }
}

fn mistyped(name: &str, shown: &str, types: &[&str], kind: &str) -> String {
    let types = python::words(types);
    format!(
        "In function {name}(), invalid type for value: {shown}, expected one of: {types}, received: \"{kind}\""
    )
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

/// Whether an argument has one of the types, its elements included.
fn check(name: &str, given: &Given<'_>, types: &[&str]) -> Result<(), String> {
    let outer = |kind: &str| types.iter().any(|wanted| wanted.split('-').next() == Some(kind));
    if !types.is_empty() && !outer(given.kind()) {
        return Err(mistyped(name, &given.shown(), types, given.kind()));
    }
    let inner: Vec<&str> =
        types.iter().filter_map(|wanted| wanted.split_once('-')).map(|(_, of)| of).collect();
    let (Given::Value(Value::Array(items)), Some(first)) = (given, inner.first()) else { return Ok(()) };
    let mut wanted = Some(*first);
    if inner.len() > 1 {
        // The first element decides.
        wanted =
            items.first().map_or(Some(*first), |first| inner.iter().copied().find(|of| *of == kind(first)));
    }
    match items.iter().find(|item| wanted != Some(kind(item))) {
        Some(item) => Err(mistyped(name, &python::str(item), types, python::type_of(item))),
        None => Ok(()),
    }
}

fn sort_by(items: &[Value], key: &Expression) -> Result<Value, String> {
    let Some(first) = items.first() else { return Ok(Value::Array(Vec::new())) };
    let wanted = kind(&key.search(first)?);
    if !["number", "string"].contains(&wanted) {
        return Err(mistyped("sort_by", &python::str(first), &["string", "number"], wanted));
    }
    let mut pairs = Vec::new();
    for item in items {
        pairs.push((checked_key("sort_by", key, item, &[wanted])?, item));
    }
    pairs.sort_by(|(a, _), (b, _)| order("<", a, b).unwrap_or(Ordering::Equal));
    Ok(pairs.into_iter().map(|(_, item)| item.clone()).collect())
}

fn checked_key(name: &str, key: &Expression, item: &Value, types: &[&str]) -> Result<Value, String> {
    let found = key.search(item)?;
    if types.contains(&kind(&found)) {
        return Ok(found);
    }
    Err(mistyped(name, &python::str(&found), types, kind(&found)))
}

fn most_by(name: &str, items: &[Value], key: &Expression) -> Result<Value, String> {
    let mut best: Option<(Value, &Value)> = None;
    for item in items {
        let found = checked_key(name, key, item, &["number", "string"])?;
        let better = match &best {
            None => true,
            Some((known, _)) if name == "max_by" => order(">", &found, known)?.is_gt(),
            Some((known, _)) => order("<", &found, known)?.is_lt(),
        };
        if better {
            best = Some((found, item));
        }
    }
    Ok(best.map(|(_, item)| item.clone()).unwrap_or_default())
}

/// The sum of numbers: whole when all are.
fn sum(items: &[Value]) -> Value {
    let whole: Option<i64> = items.iter().try_fold(0_i64, |sum, item| sum.checked_add(item.as_i64()?));
    whole.map_or_else(|| items.iter().filter_map(Value::as_f64).sum::<f64>().into(), Value::from)
}

/// A whole number.
fn whole(number: f64) -> Value {
    (number as i64).into()
}

fn plain(name: &str, given: &[Value]) -> Result<Value, String> {
    let first = given.first().unwrap_or(&Value::Null);
    let second = given.get(1).unwrap_or(&Value::Null);
    Ok(match (name, first, second) {
        ("abs", Value::Number(n), _) => match n.as_i64() {
            Some(n) => n.abs().into(),
            None => n.as_f64().unwrap_or_default().abs().into(),
        },
        ("ceil" | "floor", Value::Number(n), _) if !n.is_f64() => first.clone(),
        ("ceil", Value::Number(n), _) => whole(n.as_f64().unwrap_or_default().ceil()),
        ("floor", Value::Number(n), _) => whole(n.as_f64().unwrap_or_default().floor()),
        ("sum", Value::Array(items), _) => sum(items),
        ("avg", Value::Array(items), _) if items.is_empty() => Value::Null,
        ("avg", Value::Array(items), _) => {
            (sum(items).as_f64().unwrap_or_default() / items.len() as f64).into()
        }
        ("contains", Value::Array(items), part) => items.iter().any(|item| python::same(item, part)).into(),
        ("contains", Value::String(all), Value::String(part)) => all.contains(part.as_str()).into(),
        ("contains", _, part) => {
            let kind = python::type_of(part);
            return Err(format!("'in <string>' requires string as left operand, not {kind}"));
        }
        ("starts_with", Value::String(all), Value::String(part)) => all.starts_with(part.as_str()).into(),
        ("ends_with", Value::String(all), Value::String(part)) => all.ends_with(part.as_str()).into(),
        ("join", Value::String(between), Value::Array(items)) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(between).into()
        }
        ("keys", Value::Object(members), _) => members.keys().cloned().map(Value::from).collect(),
        ("values", Value::Object(members), _) => members.values().cloned().collect(),
        ("length", Value::String(text), _) => text.chars().count().into(),
        ("length", Value::Array(items), _) => items.len().into(),
        ("length", Value::Object(members), _) => members.len().into(),
        ("sort", Value::Array(items), _) => {
            let mut sorted = items.clone();
            sorted.sort_by(|a, b| order("<", a, b).unwrap_or(Ordering::Equal));
            Value::Array(sorted)
        }
        ("max" | "min", Value::Array(items), _) => {
            let mut best: Option<&Value> = None;
            for item in items {
                let better = best.is_none_or(|known| match order("<", item, known) {
                    Ok(order) if name == "max" => order.is_gt(),
                    Ok(order) => order.is_lt(),
                    Err(_) => false,
                });
                best = if better { Some(item) } else { best };
            }
            best.cloned().unwrap_or_default()
        }
        ("merge", ..) => {
            let mut merged = Map::new();
            for part in given {
                match part {
                    Value::Object(members) => merged.extend(members.clone()),
                    Value::Array(_) | Value::String(_) if !holds(part) => {}
                    Value::Null | Value::Bool(_) | Value::Number(_) => {
                        return Err(format!("'{}' object is not iterable", python::type_of(part)));
                    }
                    _ => return Err("dictionary update sequence holds no pairs".into()),
                }
            }
            Value::Object(merged)
        }
        ("not_null", ..) => given.iter().find(|value| !value.is_null()).cloned().unwrap_or_default(),
        ("reverse", Value::Array(items), _) => items.iter().rev().cloned().collect(),
        ("reverse", Value::String(text), _) => text.chars().rev().collect::<String>().into(),
        ("to_array", Value::Array(_), _) | ("to_string", Value::String(_), _) => first.clone(),
        ("to_array", other, _) => Value::Array(vec![other.clone()]),
        ("to_string", other, _) => python::dumps(other).into(),
        ("to_number", Value::Number(_), _) => first.clone(),
        ("to_number", Value::String(text), _) => match python::int(text) {
            Some(number) => number.into(),
            None => python::read_float(text).map_or(Value::Null, Value::from),
        },
        ("to_number", ..) => Value::Null,
        ("type", other, _) => kind(other).into(),
        (_, other, _) => return Err(mistyped(name, &python::str(other), &[], kind(other))),
    })
}
