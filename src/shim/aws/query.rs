//! JMESPath, whole: what `--query` says → an expression → what it finds in an answer, or the library's own
//! words about why not.
//!
//! Written here: the crates for it make floating numbers of all numbers, or come with a parser generator.

mod functions;
mod lexer;
mod parser;

use super::python;
use serde_json::{Map, Value};
use std::cmp::Ordering;

pub(super) use parser::parse;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Current,
    Field(String),
    Literal(Value),
    Index(i64),
    Slice([Option<i64>; 3]),
    /// One after the other: `a[0][1]`.
    Indexed(Vec<Expression>),
    /// The second, applied to what the first finds: `a.b`, `a | b`.
    Then(Box<Expression>, Box<Expression>),
    /// The second, applied to each element of what the first finds.
    Project(Box<Expression>, Box<Expression>),
    /// The same over the values of an object.
    ProjectValues(Box<Expression>, Box<Expression>),
    Flatten(Box<Expression>),
    /// The third, applied to each element of the first for which the second holds.
    Filter(Box<Expression>, Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    List(Vec<Expression>),
    Object(Vec<(String, Expression)>),
    Call(String, Vec<Expression>),
    /// `&expression`: not applied, but handed on.
    Reference(Box<Expression>),
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Whether a value counts as true.
fn holds(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Number(_) => true,
    }
}

/// As Python compares, but that numbers are no truth values.
fn same(a: &Value, b: &Value) -> bool {
    a.is_boolean() == b.is_boolean() && python::same(a, b)
}

impl Expression {
    /// What it finds in `value`.
    ///
    /// # Errors
    /// When a function is not there, or is given what it does not take.
    pub(super) fn search(&self, value: &Value) -> Result<Value, String> {
        Ok(match self {
            Self::Current => value.clone(),
            Self::Field(name) => value.get(name.as_str()).cloned().unwrap_or_default(),
            Self::Literal(literal) => literal.clone(),
            Self::Index(at) => index(value, *at),
            Self::Slice(bounds) => slice(value, *bounds)?,
            Self::Indexed(parts) => {
                let mut found = value.clone();
                for part in parts {
                    found = part.search(&found)?;
                }
                found
            }
            Self::Then(first, second) => second.search(&first.search(value)?)?,
            Self::Project(of, each) => match of.search(value)? {
                Value::Array(items) => project(items.iter(), each)?,
                _ => Value::Null,
            },
            Self::ProjectValues(of, each) => match of.search(value)? {
                Value::Object(members) => project(members.values(), each)?,
                _ => Value::Null,
            },
            Self::Flatten(of) => match of.search(value)? {
                Value::Array(items) => {
                    let flat = items.into_iter().flat_map(|item| match item {
                        Value::Array(inner) => inner,
                        other => vec![other],
                    });
                    Value::Array(flat.collect())
                }
                _ => Value::Null,
            },
            Self::Filter(of, condition, each) => match of.search(value)? {
                Value::Array(items) => {
                    let mut kept = Vec::new();
                    for item in items {
                        if holds(&condition.search(&item)?) {
                            kept.push(each.search(&item)?);
                        }
                    }
                    kept.retain(|found| !found.is_null());
                    Value::Array(kept)
                }
                _ => Value::Null,
            },
            Self::Compare(how, a, b) => compare(*how, &a.search(value)?, &b.search(value)?)?,
            Self::And(a, b) => match a.search(value)? {
                first if holds(&first) => b.search(value)?,
                first => first,
            },
            Self::Or(a, b) => match a.search(value)? {
                first if holds(&first) => first,
                _ => b.search(value)?,
            },
            Self::Not(of) => Value::Bool(!holds(&of.search(value)?)),
            Self::List(_) | Self::Object(_) if value.is_null() => Value::Null,
            Self::List(parts) => {
                parts.iter().map(|part| part.search(value)).collect::<Result<_, _>>().map(Value::Array)?
            }
            Self::Object(parts) => {
                let mut made = Map::new();
                for (key, part) in parts {
                    made.insert(key.clone(), part.search(value)?);
                }
                Value::Object(made)
            }
            Self::Call(name, arguments) => functions::call(name, arguments, value)?,
            Self::Reference(_) => return Err("an expression, &…, is not a value".into()),
        })
    }
}

fn project<'a>(items: impl Iterator<Item = &'a Value>, each: &Expression) -> Result<Value, String> {
    let mut found = Vec::new();
    for item in items {
        let one = each.search(item)?;
        if !one.is_null() {
            found.push(one);
        }
    }
    Ok(Value::Array(found))
}

fn index(value: &Value, at: i64) -> Value {
    let Some(items) = value.as_array() else { return Value::Null };
    let at = if at < 0 { at + items.len() as i64 } else { at };
    usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().unwrap_or_default()
}

/// As Python slices.
fn slice(value: &Value, [start, stop, step]: [Option<i64>; 3]) -> Result<Value, String> {
    let Some(items) = value.as_array() else { return Ok(Value::Null) };
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err("slice step cannot be zero".into());
    }
    let length = items.len() as i64;
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |given: Option<i64>, default: i64| match given {
        None => default,
        Some(at) if at < 0 => at.saturating_add(length).clamp(least, most),
        Some(at) => at.clamp(least, most),
    };
    let (mut at, end) =
        (bound(start, if step > 0 { least } else { most }), bound(stop, if step > 0 { most } else { least }));
    let mut taken = Vec::new();
    while (step > 0 && at < end) || (step < 0 && at > end) {
        taken.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
        at = at.saturating_add(step);
    }
    Ok(Value::Array(taken))
}

/// The order of two numbers or two texts; `operator` is what Python would say it cannot do.
fn order(operator: &str, a: &Value, b: &Value) -> Result<Ordering, String> {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => Ok(match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => x.cmp(&y),
            _ => x.as_f64().partial_cmp(&y.as_f64()).unwrap_or(Ordering::Equal),
        }),
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        _ => {
            let (a, b) = (python::type_of(a), python::type_of(b));
            Err(format!("'{operator}' not supported between instances of '{a}' and '{b}'"))
        }
    }
}

fn compare(how: Comparison, a: &Value, b: &Value) -> Result<Value, String> {
    let (operator, fits): (_, fn(Ordering) -> bool) = match how {
        Comparison::Equal => return Ok(same(a, b).into()),
        Comparison::Unequal => return Ok((!same(a, b)).into()),
        Comparison::Less => ("<", Ordering::is_lt),
        Comparison::AtMost => ("<=", Ordering::is_le),
        Comparison::Greater => (">", Ordering::is_gt),
        Comparison::AtLeast => (">=", Ordering::is_ge),
    };
    let comparable = |value: &Value| value.is_number() || value.is_string();
    if !comparable(a) || !comparable(b) {
        return Ok(Value::Null);
    }
    Ok(fits(order(operator, a, b)?).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_scripts_ask_is_found() {
        let answer = json!({
            "imageDetails": [
                { "imageDigest": "a", "imageTags": ["1", "x"], "imagePushedAt": 3 },
                { "imageDigest": "b", "imagePushedAt": 5 },
                { "imageDigest": "c", "imageTags": ["2"], "imagePushedAt": 4 },
            ],
            "counts": { "HIGH": 2, "CRITICAL": 1 },
        });
        for (query, wanted) in [
            ("imageDetails[].imageTags[]", json!(["1", "x", "2"])),
            ("imageDetails[*].imageTags", json!([["1", "x"], ["2"]])),
            ("imageDetails[?imageTags].imageDigest", json!(["a", "c"])),
            ("imageDetails[?contains(imageTags || `[]`, '2')].imageDigest | [0]", json!("c")),
            ("sort_by(imageDetails, &imagePushedAt)[-1].imageDigest", json!("b")),
            ("reverse(sort_by(imageDetails,& imagePushedAt))[:2].imageDigest", json!(["b", "c"])),
            ("length(imageDetails[?imageTags == null])", json!(1)),
            ("counts.HIGH || `0`", json!(2)),
            ("counts.LOW || `0`", json!(0)),
            ("counts.\"HIGH\"", json!(2)),
            ("sum(values(counts))", json!(3)),
            ("imageDetails[0].[imageDigest, imagePushedAt]", json!(["a", 3])),
            ("imageDetails[0].{d: imageDigest, n: length(imageTags)}", json!({ "d": "a", "n": 2 })),
            ("imageDetails[?imagePushedAt > `3` && !(imageDigest == 'b')].imageDigest", json!(["c"])),
            ("imageDetails[?starts_with(imageDigest, 'a')] | [0].imageTags | join(',', @)", json!("1,x")),
            ("imageDetails[::2].imageDigest", json!(["a", "c"])),
            ("counts.*", json!([1, 2])),
            ("nothing.at.all[0]", json!(null)),
            ("@.counts | keys(@)", json!(["CRITICAL", "HIGH"])),
        ] {
            assert_eq!(parse(query).and_then(|query| query.search(&answer)), Ok(wanted), "{query}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for query in [
            "",
            "[",
            "a.",
            "a[",
            "a[?b",
            "a b",
            "foo(",
            "a[0",
            "`\"`",
            "'x",
            "a..b",
            "{a}",
            "a[1:2:3:4]",
            "&",
        ] {
            assert!(parse(query).is_err(), "{query}");
        }
        let deep = "(".repeat(10_000);
        assert!(parse(&deep).is_err());
        for query in ["nope(@)", "length(`1`)", "sort_by(@, a)", "abs('x')", "[::0]"] {
            assert!(parse(query).and_then(|query| query.search(&json!([]))).is_err(), "{query}");
        }
    }
}
