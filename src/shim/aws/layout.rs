//! An answer as the `aws` command shows it: queried, then as JSON, as text in columns, or as a table.

use super::line::Line;
use super::query::{self, Expression};
use super::{OTHER, Said};
use serde_json::Value;
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr;

enum Format {
    Json,
    Text,
    Table,
}

/// How answers are shown.
pub(super) struct Layout {
    format: Format,
    query: Option<Expression>,
}

impl Layout {
    /// By the options of the line, and the environment where they are silent.
    ///
    /// # Errors
    /// In the words of the command when there is no such output, or the query cannot be read.
    pub(super) fn new(line: &Line, environment: &BTreeMap<String, String>) -> Result<Self, String> {
        let by_environment = || environment.get("AWS_DEFAULT_OUTPUT").filter(|name| !name.is_empty());
        let format = match line.output.as_ref().or_else(by_environment).map(String::as_str) {
            None | Some("json") => Format::Json,
            Some("text") => Format::Text,
            Some("table") => Format::Table,
            Some(other) => {
                return Err(format!(
                    "argument --output: Invalid choice: '{other}'; the sandbox shows json, text and table"
                ));
            }
        };
        let query = line.query.as_deref().map(|query| {
            query::parse(query)
                .map_err(|error| format!("argument --query: Bad value for --query {query}: {error}"))
        });
        Ok(Self { format, query: query.transpose()? })
    }

    /// The answer, laid out.
    ///
    /// # Errors
    /// When the query asks of a value what it cannot do.
    pub(super) fn show(&self, mut answer: Value) -> Result<Said, Said> {
        timestamps(&mut answer);
        if answer.as_object().is_some_and(serde_json::Map::is_empty) {
            return Ok(Said::default());
        }
        if let Some(query) = &self.query {
            let found = query.search(&answer);
            answer = found.map_err(|error| Said::failed(OTHER, format!("\n{error}\n")))?;
        }
        Ok(Said::out(match self.format {
            Format::Json => format!("{}\n", json(&answer)),
            Format::Text => {
                let mut text = String::new();
                columns(&answer, None, None, &mut text);
                text
            }
            Format::Table => table(&answer),
        }))
    }
}

/// With four blanks a level, as the command writes it.
fn json(answer: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut writer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    let _ = serde::Serialize::serialize(answer, &mut writer);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Times as version 2 writes them.
fn timestamps(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let number = value.as_f64().filter(|_| key.ends_with("At") || key == "lastRecordedPullTime");
                match number.and_then(written) {
                    Some(text) => *value = text.into(),
                    None => timestamps(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(timestamps),
        _ => {}
    }
}

fn written(seconds: f64) -> Option<String> {
    let time = jiff::Timestamp::from_microsecond((seconds * 1e6) as i64).ok()?;
    Some(time.strftime("%Y-%m-%dT%H:%M:%S%.f+00:00").to_string())
}

/// A scalar as text output has it, which is Python's.
fn word(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn nests(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// Text output: scalars of a structure in one line by name, what nests below it with its name in front.
fn columns(value: &Value, name: Option<&str>, keys: Option<&[String]>, to: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            let mut line: Vec<String> = match keys {
                Some(keys) => keys.iter().map(|key| members.get(key).map(word).unwrap_or_default()).collect(),
                None => {
                    sorted.iter().filter(|(_, value)| !nests(value)).map(|(_, value)| word(value)).collect()
                }
            };
            if !line.is_empty() {
                if let Some(name) = name {
                    line.insert(0, name.to_uppercase());
                }
                to.push_str(&line.join("\t"));
                to.push('\n');
            }
            for (key, value) in sorted.into_iter().filter(|(_, value)| nests(value)) {
                columns(value, Some(key), None, to);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let mut keys: Vec<String> = items
                .iter()
                .filter_map(Value::as_object)
                .flatten()
                .filter(|(_, value)| !nests(value))
                .map(|(key, _)| key.clone())
                .collect();
            keys.sort();
            keys.dedup();
            items.iter().for_each(|item| columns(item, name, Some(&keys), to));
        }
        Value::Array(items) if items.iter().any(Value::is_array) => {
            let flat: Vec<Value> = items.iter().filter(|item| !nests(item)).cloned().collect();
            if !flat.is_empty() {
                columns(&Value::Array(flat), name, None, to);
            }
            items.iter().filter(|item| nests(item)).for_each(|item| columns(item, name, None, to));
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) => match name {
            Some(name) => {
                items
                    .iter()
                    .for_each(|item| to.push_str(&format!("{}\t{}\n", name.to_uppercase(), word(item))));
            }
            None => {
                to.push_str(&items.iter().map(word).collect::<Vec<_>>().join("\t"));
                to.push('\n');
            }
        },
        scalar => {
            to.push_str(&word(scalar));
            to.push('\n');
        }
    }
}

/// A box around what text output would say, blanks in place of tabs: for eyes, as the real one.
fn table(value: &Value) -> String {
    let mut text = String::new();
    columns(value, None, None, &mut text);
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    let rule = format!("{}\n", "-".repeat(widths.iter().map(|width| width + 3).sum::<usize>() + 1));
    let mut boxed = rule.clone();
    for row in rows {
        for (at, width) in widths.iter().enumerate() {
            let cell = row.get(at).copied().unwrap_or_default();
            boxed.push_str(&format!("| {cell}{} ", " ".repeat(width - cell.width())));
        }
        boxed.push_str("|\n");
    }
    boxed.push_str(&rule);
    boxed
}
