//! What ECR's service model asks of a request: required members, lengths, ranges, patterns, sets of
//! values. Held as a table (`model.txt`) that every request is checked against before it is performed,
//! so that no operation has checks of its own for what the model already says.

use super::ApiError;
use regex::Regex;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// One shape of the model.
enum Shape {
    Structure(Vec<Member>),
    List { of: &'static str, bounds: Bounds },
    Text { bounds: Bounds, pattern: Option<Pattern> },
    Choice(Vec<&'static str>),
    Number(Bounds),
    Boolean,
    Blob(Bounds),
}

struct Member {
    name: &'static str,
    required: bool,
    shape: &'static str,
}

#[derive(Clone, Copy, Default)]
struct Bounds {
    least: Option<u64>,
    most: Option<u64>,
}

struct Pattern {
    written: &'static str,
    whole: Regex,
}

static MODEL: LazyLock<HashMap<&'static str, Shape>> =
    LazyLock::new(|| include_str!("model.txt").lines().filter_map(line).collect());

/// Reads `Name = …`; `None` for what is no such line.
fn line(text: &'static str) -> Option<(&'static str, Shape)> {
    let (name, shape) = text.split_once(" = ")?;
    if name.starts_with('#') {
        return None;
    }
    if let Some(members) = shape.strip_prefix('{') {
        let member = |word: &'static str| {
            let (name, shape) = word.split_once(':')?;
            let required = name.ends_with('!');
            Some(Member { name: name.trim_end_matches('!'), required, shape })
        };
        let members = members.trim_end_matches('}').split_whitespace().filter_map(member).collect();
        return Some((name, Shape::Structure(members)));
    }
    let (head, rest) = shape.split_once(' ').unwrap_or((shape, ""));
    let (bounds, rest) = bounds(rest);
    let shape = match head {
        "enum" => Shape::Choice(rest.split('|').collect()),
        "string" => Shape::Text { bounds, pattern: pattern(rest) },
        "integer" | "long" => Shape::Number(bounds),
        "boolean" => Shape::Boolean,
        "blob" => Shape::Blob(bounds),
        list => Shape::List { of: list.strip_prefix('[')?.strip_suffix(']')?, bounds },
    };
    Some((name, shape))
}

/// `2..256` at the beginning, and what follows it.
fn bounds(text: &'static str) -> (Bounds, &'static str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match word.split_once("..") {
        Some((least, most)) if !word.starts_with('/') => {
            (Bounds { least: least.parse().ok(), most: most.parse().ok() }, rest)
        }
        _ => (Bounds::default(), text),
    }
}

fn pattern(text: &'static str) -> Option<Pattern> {
    let written = text.strip_prefix('/')?.strip_suffix('/')?;
    Some(Pattern { written, whole: Regex::new(&format!("^(?:{written})$")).ok()? })
}

/// What a member takes, for a client that reads it from a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// Text, a choice of words, or bytes in base64.
    Text,
    /// A whole number.
    Number,
    /// Yes or no.
    Boolean,
    /// Named members.
    Structure(Vec<Parameter>),
    /// Several.
    List(Box<Takes>),
}

/// One member of an operation's input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name: `repositoryName`.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// What it takes.
    pub takes: Takes,
    /// The least length, or value, that it may have.
    pub least: u64,
}

/// The members of an operation's input; `None` when the model does not know it.
pub fn parameters(operation: &str) -> Option<Vec<Parameter>> {
    match MODEL.get(operation)? {
        Shape::Structure(members) => Some(members.iter().map(Member::parameter).collect()),
        _ => None,
    }
}

impl Member {
    fn parameter(&self) -> Parameter {
        let least = match MODEL.get(self.shape) {
            Some(
                Shape::List { bounds, .. }
                | Shape::Text { bounds, .. }
                | Shape::Number(bounds)
                | Shape::Blob(bounds),
            ) => bounds.least.unwrap_or(0),
            _ => 0,
        };
        Parameter { name: self.name, required: self.required, takes: takes(self.shape), least }
    }
}

fn takes(shape: &str) -> Takes {
    match MODEL.get(shape) {
        Some(Shape::Structure(members)) => Takes::Structure(members.iter().map(Member::parameter).collect()),
        Some(Shape::List { of, .. }) => Takes::List(Box::new(takes(of))),
        Some(Shape::Number(_)) => Takes::Number,
        Some(Shape::Boolean) => Takes::Boolean,
        Some(Shape::Text { .. } | Shape::Choice(_) | Shape::Blob(_)) | None => Takes::Text,
    }
}

/// Checks the members of `input` against what the model says of `operation`.
///
/// # Errors
/// `InvalidParameterException` in the API's words for what breaks a constraint,
/// `SerializationException` for a value of another type.
pub(super) fn check(operation: &str, input: &Value) -> Result<(), ApiError> {
    shape(operation, "", input)
}

fn shape(name: &str, at: &str, value: &Value) -> Result<(), ApiError> {
    let Some(shape) = MODEL.get(name) else { return Ok(()) };
    match (shape, value) {
        (Shape::Structure(members), Value::Object(given)) => {
            for member in members {
                let at = if at.is_empty() { member.name.to_owned() } else { format!("{at}.{}", member.name) };
                match given.get(member.name) {
                    None | Some(Value::Null) if member.required => {
                        return Err(broken(&at, "Member must not be null"));
                    }
                    None | Some(Value::Null) => {}
                    Some(value) => self::shape(member.shape, &at, value)?,
                }
            }
            Ok(())
        }
        (Shape::List { of, bounds }, Value::Array(items)) => {
            within(*bounds, items.len() as u64, at, "length")?;
            for (index, item) in items.iter().enumerate() {
                self::shape(of, &format!("{at}.{}.member", index + 1), item)?;
            }
            Ok(())
        }
        (Shape::Text { bounds, pattern }, Value::String(text)) => {
            within(*bounds, text.chars().count() as u64, at, "length")?;
            match pattern {
                Some(pattern) if !pattern.whole.is_match(text) => {
                    Err(broken(at, &format!("must satisfy regular expression '{}'", pattern.written)))
                }
                _ => Ok(()),
            }
        }
        (Shape::Choice(values), Value::String(text)) => {
            if values.contains(&text.as_str()) {
                return Ok(());
            }
            Err(broken(at, &format!("Member must satisfy enum value set: [{}]", values.join(", "))))
        }
        (Shape::Number(bounds), Value::Number(number)) => match number.as_i64() {
            Some(number) => match u64::try_from(number) {
                Ok(number) => within(*bounds, number, at, "value"),
                Err(_) => within(*bounds, 0, at, "value").and(Err(broken(
                    at,
                    &format!("Member must have value greater than or equal to {}", bounds.least.unwrap_or(0)),
                ))),
            },
            None => Err(mistyped("NUMBER_VALUE", "an Integer")),
        },
        (Shape::Boolean, Value::Bool(_)) => Ok(()),
        // Base64: three bytes in four characters.
        (Shape::Blob(bounds), Value::String(text)) => {
            within(*bounds, text.len() as u64 / 4 * 3, at, "length")
        }
        (shape, value) => Err(mistyped(token(value), wanted(shape))),
    }
}

fn within(bounds: Bounds, found: u64, at: &str, what: &str) -> Result<(), ApiError> {
    if let Some(least) = bounds.least.filter(|least| found < *least) {
        return Err(broken(at, &format!("Member must have {what} greater than or equal to {least}")));
    }
    if let Some(most) = bounds.most.filter(|most| found > *most) {
        return Err(broken(at, &format!("Member must have {what} less than or equal to {most}")));
    }
    Ok(())
}

/// The API's sentence for a parameter that breaks a constraint.
pub(super) fn broken(at: &str, constraint: &str) -> ApiError {
    ApiError::invalid(format!("Invalid parameter at '{at}' failed to satisfy constraint: '{constraint}'"))
}

fn mistyped(token: &str, wanted: &str) -> ApiError {
    ApiError::new("SerializationException", format!("{token} can not be converted to {wanted}"))
}

fn token(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    }
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Structure(_) => "a structure",
        Shape::List { .. } => "a list",
        Shape::Text { .. } | Shape::Choice(_) => "a String",
        Shape::Number(_) => "an Integer",
        Shape::Boolean => "a Boolean",
        Shape::Blob(_) => "a Blob",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_line_of_the_table_is_read_and_every_shape_is_there() {
        let lines = include_str!("model.txt").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        let mut count = 0;
        for text in lines {
            let (name, shape) = line(text).unwrap_or_else(|| panic!("{text}"));
            count += 1;
            match shape {
                Shape::Structure(members) => {
                    for member in members {
                        assert!(MODEL.contains_key(member.shape), "{name}: {}", member.shape);
                    }
                }
                Shape::List { of, .. } => assert!(MODEL.contains_key(of), "{name}: {of}"),
                Shape::Text { pattern, .. } => assert_eq!(pattern.is_some(), text.ends_with('/'), "{text}"),
                _ => {}
            }
        }
        assert_eq!(count, MODEL.len());
        assert!(count > 140, "{count}");
    }

    #[test]
    fn a_request_that_breaks_the_model_is_refused_in_the_apis_words() {
        let refused = |operation: &str, input: Value| check(operation, &input).unwrap_err();
        let cases = [
            (
                "DescribeImages",
                json!({}),
                "at 'repositoryName' failed to satisfy constraint: 'Member must not be null'",
            ),
            ("CreateRepository", json!({"repositoryName": "a"}), "length greater than or equal to 2"),
            (
                "CreateRepository",
                json!({"repositoryName": "../Etc"}),
                "must satisfy regular expression '[a-z0-9]+((",
            ),
            (
                "ListImages",
                json!({"repositoryName": "ab", "maxResults": 1001}),
                "value less than or equal to 1000",
            ),
            (
                "ListImages",
                json!({"repositoryName": "ab", "maxResults": -1}),
                "value greater than or equal to 1",
            ),
            (
                "ListImages",
                json!({"repositoryName": "ab", "filter": {"tagStatus": "NONE"}}),
                "at 'filter.tagStatus'",
            ),
            (
                "BatchGetImage",
                json!({"repositoryName": "ab", "imageIds": []}),
                "length greater than or equal to 1",
            ),
            (
                "BatchGetImage",
                json!({"repositoryName": "ab", "imageIds": [{}, {"imageTag": ""}]}),
                "at 'imageIds.2.member.imageTag'",
            ),
            ("DescribeRepositories", json!({"registryId": "12"}), "at 'registryId'"),
        ];
        for (operation, input, wanted) in cases {
            let error = refused(operation, input.clone());
            assert_eq!(error.kind, "InvalidParameterException", "{input}");
            assert!(error.message.contains(wanted), "{input}: {}", error.message);
        }
        let error = refused("ListImages", json!({"repositoryName": 7}));
        assert_eq!(
            (error.kind, error.message.as_str()),
            ("SerializationException", "NUMBER_VALUE can not be converted to a String")
        );
    }

    #[test]
    fn what_the_model_allows_passes_and_what_it_does_not_know_is_not_looked_at() {
        check("CreateRepository", &json!({"repositoryName": "team/app_1", "new": 1})).unwrap();
        check("PutReplicationConfiguration", &json!({"replicationConfiguration": {"rules": []}})).unwrap();
    }
}
