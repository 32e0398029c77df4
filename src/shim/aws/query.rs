//! JMESPath, whole: what `--query` says → an expression → what it finds in an answer.
//!
//! Written here: the crates for it make floating numbers of all numbers, or come with a parser generator.

mod functions;
mod parse;

use serde_json::{Map, Value};

pub(super) use parse::parse;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Current,
    Field(String),
    Literal(Value),
    Index(i64),
    Slice([Option<i64>; 3]),
    /// The second, applied to what the first finds: `a.b`, `a[0]`, `a | b`.
    Then(Box<Expression>, Box<Expression>),
    /// The second, applied to each element of what the first finds.
    Project(Box<Expression>, Box<Expression>),
    /// The same over the values of an object.
    ProjectValues(Box<Expression>, Box<Expression>),
    Flatten(Box<Expression>),
    /// Elements of the first for which the second holds.
    Filter(Box<Expression>, Box<Expression>),
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

/// Numbers by their value, whichever way they are written.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
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
            Self::Filter(of, condition) => match of.search(value)? {
                Value::Array(items) => {
                    let mut kept = Vec::new();
                    for item in items {
                        if holds(&condition.search(&item)?) {
                            kept.push(item);
                        }
                    }
                    Value::Array(kept)
                }
                _ => Value::Null,
            },
            Self::Compare(how, a, b) => compare(*how, &a.search(value)?, &b.search(value)?),
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
            Self::Reference(of) => of.search(value)?,
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
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err("Invalid value: slice step cannot be zero".into());
    }
    let Some(items) = value.as_array() else { return Ok(Value::Null) };
    let length = items.len() as i64;
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |given: Option<i64>, default: i64| match given {
        None => default,
        Some(at) if at < 0 => (at + length).clamp(least, most),
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

fn compare(how: Comparison, a: &Value, b: &Value) -> Value {
    let numbers = a.as_f64().zip(b.as_f64());
    let texts = a.as_str().zip(b.as_str());
    let order = match (numbers, texts) {
        (Some((a, b)), _) => a.partial_cmp(&b),
        // The library that `aws` uses orders texts as well.
        (None, Some((a, b))) => Some(a.cmp(b)),
        _ => None,
    };
    let by =
        |test: fn(std::cmp::Ordering) -> bool| order.map_or(Value::Null, |order| Value::Bool(test(order)));
    match how {
        Comparison::Equal => Value::Bool(same(a, b)),
        Comparison::Unequal => Value::Bool(!same(a, b)),
        Comparison::Less => by(std::cmp::Ordering::is_lt),
        Comparison::AtMost => by(std::cmp::Ordering::is_le),
        Comparison::Greater => by(std::cmp::Ordering::is_gt),
        Comparison::AtLeast => by(std::cmp::Ordering::is_ge),
    }
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
        for query in
            ["", "[", "a.", "a[", "a[?b", "a b", "foo(", "a[0", "`[`", "'x", "a..b", "{a}", "a[1:2:3:4]", "&"]
        {
            assert!(parse(query).is_err(), "{query}");
        }
        let deep = "(".repeat(10_000);
        assert!(parse(&deep).is_err());
        for query in ["nope(@)", "length(`1`)", "sort_by(@, a)", "abs('x')", "[::0]"] {
            assert!(parse(query).and_then(|query| query.search(&json!([]))).is_err(), "{query}");
        }
    }
}
