//! ShellCheck's JSON (`--format json1`) as remarks about texts. It is a program's output, so its
//! words are made safe and its places are held inside the text.

use super::super::Severity;
use crate::text::{Edit, LineIndex, Span, sanitise};
use serde::Deserialize;

/// Something that ShellCheck says about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The number behind `SC`.
    pub code: u16,
    /// How much ShellCheck thinks that it matters.
    pub severity: Severity,
    /// Where, in bytes of the text; on character boundaries.
    pub span: Span,
    /// What, in one line that is safe to show.
    pub message: String,
    /// What it would write, and whether that belongs to what stands before it.
    pub edits: Vec<(Edit, bool)>,
}

/// More remarks about one text help nobody.
const MOST: usize = 500;
/// Characters of a message.
const LONGEST: usize = 400;

#[derive(Deserialize)]
struct Report {
    comments: Vec<Comment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    file: String,
    #[serde(flatten)]
    place: Place,
    level: String,
    code: u16,
    message: String,
    fix: Option<Replacements>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    line: usize,
    end_line: usize,
    column: usize,
    end_column: usize,
}

#[derive(Deserialize)]
struct Replacements {
    replacements: Vec<Replacement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    #[serde(flatten)]
    place: Place,
    insertion_point: String,
    replacement: String,
}

/// What `json` says about each of `texts`, which ShellCheck read from files called `0`, `1`, ….
///
/// # Errors
/// When it is not what ShellCheck writes.
pub fn read(json: &[u8], texts: &[&str]) -> Result<Vec<Vec<Remark>>, serde_json::Error> {
    let report: Report = serde_json::from_slice(json)?;
    let indices: Vec<LineIndex> = texts.iter().map(|text| LineIndex::new(text)).collect();
    let mut remarks = vec![Vec::new(); texts.len()];
    for comment in report.comments {
        let Some(at) = comment.file.parse::<usize>().ok().filter(|at| *at < texts.len()) else { continue };
        if remarks[at].len() < MOST {
            remarks[at].push(remark(comment, texts[at], &indices[at]));
        }
    }
    Ok(remarks)
}

fn remark(comment: Comment, text: &str, index: &LineIndex) -> Remark {
    let replacements = comment.fix.map(|fix| fix.replacements).unwrap_or_default();
    let edits = replacements.into_iter().map(|new| {
        let behind = new.insertion_point == "beforeStart";
        (Edit::replace(span(&new.place, text, index), new.replacement), behind)
    });
    Remark {
        code: comment.code,
        severity: match comment.level.as_str() {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            "info" => Severity::Info,
            _ => Severity::Style,
        },
        span: span(&comment.place, text, index),
        message: sanitise::bounded(&sanitise::plain(&comment.message), LONGEST).into_owned(),
        edits: edits.collect(),
    }
}

fn span(place: &Place, text: &str, index: &LineIndex) -> Span {
    let start = offset(text, index, place.line, place.column);
    let end = offset(text, index, place.end_line, place.end_column);
    Span::new(start, end.max(start))
}

/// The byte of a line and column, both from 1, the column in characters; the end of the line when it
/// is shorter, of the text when there is no such line.
fn offset(text: &str, index: &LineIndex, line: usize, column: usize) -> usize {
    if line > index.lines() {
        return text.len();
    }
    let start = index.start(line);
    let rest = text.get(start..).unwrap_or("");
    let rest = rest.split('\n').next().unwrap_or(rest);
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}
