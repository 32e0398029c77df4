//! An answer as the `aws` command shows it: queried, then as JSON, as YAML, as text in columns, or as a table.
//! Members of a JSON document come by their names, where the real one keeps the order of the service's model.

mod table;
mod text;
mod yaml;

use super::line::Line;
use super::paging::Pages;
use super::query::{self, Expression};
use super::{OTHER, Said, USAGE, usage};
use serde_json::Value;
use std::collections::BTreeMap;

enum Format {
    Json,
    Text,
    Table,
    Yaml,
}

/// How answers are shown.
pub(super) struct Layout {
    format: Format,
    query: Option<Expression>,
}

impl Layout {
    /// By the options of the line, the environment where they are silent, and `configured` where both are.
    ///
    /// # Errors
    /// In the words of the command when there is no such output, or the query cannot be read.
    pub(super) fn new(
        line: &Line,
        environment: &BTreeMap<String, String>,
        configured: Option<&str>,
    ) -> Result<Self, Said> {
        let by_environment = || environment.get("AWS_DEFAULT_OUTPUT").filter(|name| !name.is_empty());
        let named = line.output.as_ref().or_else(by_environment).map(String::as_str).or(configured);
        let format = match named {
            None | Some("json") => Format::Json,
            Some("text") => Format::Text,
            Some("table") => Format::Table,
            Some("yaml") => Format::Yaml,
            Some(other) if line.output.is_none() => {
                return Err(Said::failed(OTHER, format!("\nUnknown output type: {other}\n")));
            }
            Some(_) => {
                let choices = super::choices(&["json", "text", "table", "yaml"]);
                return Err(usage(format!(
                    "argument --output: Invalid choice, valid choices are:\n\n{choices}"
                )));
            }
        };
        let query = line.query.as_deref().map(|query| {
            query::parse(query)
                .map_err(|error| Said::failed(USAGE, format!("\nBad value for --query {query}: {error}\n")))
        });
        Ok(Self { format, query: query.transpose()? })
    }

    fn queried(&self, answer: Value) -> Result<Value, Said> {
        let Some(query) = &self.query else { return Ok(answer) };
        query.search(&answer).map_err(|error| Said::failed(OTHER, format!("\n{error}\n")))
    }

    /// The answer to `operation`, laid out.
    ///
    /// # Errors
    /// When the query asks of a value what it cannot do.
    pub(super) fn show(&self, operation: &str, mut answer: Value) -> Result<Said, Said> {
        timestamps(&mut answer);
        let answer = self.queried(answer)?;
        let empty = answer.as_object().is_some_and(serde_json::Map::is_empty);
        let shown = match self.format {
            Format::Json | Format::Yaml if empty => String::new(),
            Format::Json => format!("{}\n", json(&answer)),
            Format::Yaml => yaml::written(&answer),
            Format::Text => text::columns(&answer),
            Format::Table => {
                table::drawn(operation, &answer).map_err(|why| Said::failed(OTHER, format!("\n{why}\n")))?
            }
        };
        Ok(Said::out(shown))
    }

    /// An answer of several pages: as one, but that text comes page by page, each one queried.
    ///
    /// # Errors
    /// As [`Layout::show`].
    pub(super) fn show_pages(&self, operation: &str, pages: Pages) -> Result<Said, Said> {
        if !matches!(self.format, Format::Text) {
            return self.show(operation, pages.whole());
        }
        let mut shown = Said::default();
        for mut page in pages.each() {
            timestamps(&mut page);
            match self.queried(page) {
                Ok(found) => shown.out.extend_from_slice(text::columns(&found).as_bytes()),
                Err(said) => return Err(Said { out: shown.out, ..said }),
            }
        }
        Ok(shown)
    }
}

/// With four blanks a level and Python's numbers, as the command writes it.
pub(super) fn json(answer: &Value) -> String {
    let mut text = String::new();
    write(answer, 0, &mut text);
    text
}

fn write(value: &Value, level: usize, to: &mut String) {
    let line = |level: usize, to: &mut String| {
        to.push('\n');
        to.push_str(&"    ".repeat(level));
    };
    match value {
        Value::Array(items) if !items.is_empty() => {
            to.push('[');
            for (at, item) in items.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                line(level + 1, to);
                write(item, level + 1, to);
            }
            line(level, to);
            to.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            to.push('{');
            for (at, (key, value)) in members.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                line(level + 1, to);
                to.push_str(&format!("{}: ", Value::from(key.as_str())));
                write(value, level + 1, to);
            }
            line(level, to);
            to.push('}');
        }
        Value::Number(number) if number.is_f64() => {
            to.push_str(&super::python::float(number.as_f64().unwrap_or_default()));
        }
        other => to.push_str(&other.to_string()),
    }
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
    let time = jiff::Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()?;
    let format = if time.subsec_microsecond() == 0 {
        "%Y-%m-%dT%H:%M:%S+00:00"
    } else {
        "%Y-%m-%dT%H:%M:%S%.6f+00:00"
    };
    Some(time.strftime(format).to_string())
}
