//! Text of course files: UTF-8, no control characters, front matter between two `---` lines.

use super::super::model::Problem;
use super::super::{problem, yaml};
use crate::text::{LineIndex, sanitise};

/// A text divided at its front matter.
struct FrontMatter<'a> {
    /// The YAML with its leading `---` line, so that its lines are the file's.
    pub yaml: &'a str,
    /// What follows the closing line.
    pub body: &'a str,
    /// The line of the file on which `body` begins.
    pub body_line: usize,
}

/// The text of a file: a byte order mark is dropped, and lines end with `\n`.
pub(super) fn decode(path: &str, content: &[u8]) -> Result<String, Box<Problem>> {
    match std::str::from_utf8(content) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n")),
        Err(error) => {
            let valid = String::from_utf8_lossy(&content[..error.valid_up_to()]);
            let place = LineIndex::new(&valid).position(&valid, valid.len());
            Err(Box::new(problem::at(
                path,
                &valid,
                (place.line, place.column),
                "The file is not UTF-8 text from here on.",
                "Save it as UTF-8.",
            )))
        }
    }
}

/// Divides `text` at its front matter.
fn front_matter<'a>(path: &str, text: &'a str) -> Result<FrontMatter<'a>, Box<Problem>> {
    let rest = text.strip_prefix("---\n").ok_or_else(|| {
        let message = "The file does not begin with front matter.";
        problem::at(path, text, (1, 1), message, "Begin it with a line `---`, fields, and a line `---`.")
    })?;
    let end = if rest.starts_with("---\n") { Some(0) } else { rest.find("\n---\n").map(|at| at + 1) };
    let Some(end) = end else {
        let message = "The front matter that begins here has no end.";
        return Err(Box::new(problem::at(path, text, (1, 1), message, "Close it with a line `---`.")));
    };
    let yaml = &text[..4 + end];
    let body = &rest[end + 4..];
    Ok(FrontMatter { yaml, body, body_line: yaml.lines().count() + 2 })
}

/// A page divided and read: what its head says, with what stands below it.
pub(super) struct Page<T> {
    /// The fields of the front matter.
    pub head: T,
    /// What follows the front matter.
    pub body: String,
    /// The line of the file on which `body` begins.
    pub body_line: usize,
}

/// Reads a page: its text, its format, the fields of its head.
pub(super) fn page<T: serde::de::DeserializeOwned>(
    path: &str,
    content: &[u8],
) -> Result<Page<T>, Box<Problem>> {
    let text = decode(path, content)?;
    let front = front_matter(path, &text)?;
    not_later(path, &text, front.yaml)?;
    let head = yaml::read(path, &text, front.yaml, 1)?;
    no_controls(path, &text)?;
    Ok(Page { head, body: front.body.to_owned(), body_line: front.body_line })
}

/// The only version of the format there is.
pub(super) const FORMAT: u32 = 1;

/// Refuses a file of a later format before anything else in it is judged: what it says may be right there.
pub(in crate::course) fn not_later(path: &str, text: &str, yaml: &str) -> Result<(), Box<Problem>> {
    let says = |line: &str| {
        let value = line.strip_prefix("format:")?.trim();
        value.split([' ', '#']).next()?.parse::<u32>().ok()
    };
    let found = yaml.lines().enumerate().find_map(|(at, line)| Some((at + 1, says(line)?)));
    let Some((line, format)) = found.filter(|(_, format)| *format > FORMAT) else { return Ok(()) };
    let message = format!("This file is of format {format}; this program reads format {FORMAT}.");
    let remedy = "Update docker-ecr-tutor, or take a version of the course that was written for this one.";
    Err(Box::new(problem::at(path, text, (line, 1), message, remedy)))
}

/// Refuses characters that steer a terminal or hide text.
pub(in crate::course) fn no_controls(path: &str, text: &str) -> Result<(), Box<Problem>> {
    let hidden = |c: char| sanitise::is_unsafe(c) && !matches!(c, '\n' | '\t');
    let Some((at, c)) = text.char_indices().find(|(_, c)| hidden(*c)) else {
        return Ok(());
    };
    let place = LineIndex::new(text).position(text, at);
    Err(Box::new(problem::at(
        path,
        text,
        (place.line, place.column),
        format!("The control character U+{:04X} stands here.", u32::from(c)),
        "Remove it.",
    )))
}
