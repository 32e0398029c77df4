//! Makes problems: the place, the lines around it with a marker, what is wrong, what to do.

use super::model::Problem;
use crate::text::sanitise;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;

/// Longest line shown in a snippet, in characters.
const MAX_COLUMNS: usize = 160;

/// A problem of a whole file.
pub(super) fn file(path: &str, message: impl Into<String>, remedy: impl Into<String>) -> Problem {
    Problem {
        path: sanitise::plain(path).into_owned(),
        line: None,
        column: None,
        message: sanitise::plain(&message.into()).into_owned(),
        snippet: String::new(),
        remedy: remedy.into(),
    }
}

/// A problem at a line and column (from 1) of `text`, the content of `path`.
pub(super) fn at(
    path: &str,
    text: &str,
    (line, column): (usize, usize),
    message: impl Into<String>,
    remedy: impl Into<String>,
) -> Problem {
    Problem {
        line: Some(line),
        column: Some(column),
        snippet: snippet(text, line, column),
        ..file(path, message, remedy)
    }
}

/// The line before and the line itself, with a marker under the word at `column`.
fn snippet(text: &str, line: usize, column: usize) -> String {
    let first = line.saturating_sub(1).max(1);
    let shown: Vec<String> = text
        .lines()
        .skip(first - 1)
        .take(line + 1 - first)
        .map(|line| sanitise::bounded(&sanitise::plain(line), MAX_COLUMNS).into_owned())
        .collect();
    let Some(last) = shown.last() else { return String::new() };
    let before: usize = shown[..shown.len() - 1].iter().map(|line| line.len() + 1).sum();
    let offset = last.char_indices().nth(column.saturating_sub(1)).map_or(last.len(), |(at, _)| at);
    let word: usize = last[offset..]
        .chars()
        .take_while(|c| !c.is_whitespace() && !matches!(c, ':' | ',' | '}' | ']'))
        .map(char::len_utf8)
        .sum();
    let source = shown.join("\n");
    let start = before + offset;
    let end = (start + word.max(1)).min(source.len());
    let snippet = Snippet::source(source.as_str())
        .line_start(first)
        .fold(false)
        .annotation(AnnotationKind::Primary.span(start..end));
    Renderer::plain().render(&[Group::with_level(Level::ERROR).element(snippet)])
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        write!(f, ": {}", self.message)?;
        if !self.snippet.is_empty() {
            write!(f, "\n{}", self.snippet)?;
        }
        if !self.remedy.is_empty() {
            write!(f, "\n  try: {}", self.remedy)?;
        }
        Ok(())
    }
}
