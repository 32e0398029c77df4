//! One file per report format, and what they share. All of them are made from the same verdicts, none
//! of them knows more than it is handed, and the same verdicts give the same bytes.

pub mod check50;
pub mod classroom50;
mod csv;
mod github;
mod gradescope;
mod html;
pub mod json;
mod junit;
mod markdown;
mod sarif;
mod tap;
pub mod text;

use super::{CheckResult, Report, Status};
use crate::text::sanitise;
use classroom50::Handed;
use serde::Serialize;
use std::path::Path;

/// A report format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: `json::schema` describes it.
    Json,
    /// JUnit's XML.
    Junit,
    /// Test Anything Protocol, version 13.
    Tap,
    /// SARIF 2.1.0.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitHub's markdown.
    Markdown,
    /// A page that needs nothing beside it.
    Html,
    /// A row for each check, for spreadsheets.
    Csv,
    /// As check50 writes it.
    Check50,
    /// `results.json` of a Gradescope autograder.
    Gradescope,
    /// `result.json` of Classroom 50.
    Classroom50,
}

/// All formats by name.
pub const FORMATS: [(&str, Format); 12] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("junit", Format::Junit),
    ("tap", Format::Tap),
    ("sarif", Format::Sarif),
    ("github", Format::Github),
    ("markdown", Format::Markdown),
    ("html", Format::Html),
    ("csv", Format::Csv),
    ("check50", Format::Check50),
    ("gradescope", Format::Gradescope),
    ("classroom50", Format::Classroom50),
];

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// Whether whoever reads it expects a single submission.
    pub fn is_of_one(self) -> bool {
        matches!(self, Self::Check50 | Self::Gradescope | Self::Classroom50)
    }
}

/// How reports are written.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// For the text report.
    pub look: text::Look,
    /// Whether to say how long each check took, which is never the same twice.
    pub times: bool,
    /// What Classroom 50 told about the submission.
    pub handed: Handed,
}

/// The reports in a format, ending with a newline.
///
/// # Errors
/// When a value cannot be written as JSON, which would be a defect.
pub fn render(format: Format, reports: &[Report], style: &Style) -> Result<String, serde_json::Error> {
    Ok(match format {
        Format::Text => {
            let texts: Vec<String> = reports.iter().map(|one| text::render(one, style.look)).collect();
            texts.join("\n")
        }
        Format::Json => json::render(reports, style.times)?,
        Format::Junit => junit::render(reports, style.times),
        Format::Tap => tap::render(reports),
        Format::Sarif => sarif::render(reports)?,
        Format::Github => github::render(reports),
        Format::Markdown => markdown::render(reports),
        Format::Html => html::render(reports),
        Format::Csv => csv::render(reports),
        Format::Check50 => check50::render(reports)?,
        Format::Gradescope => gradescope::render(reports, style.times)?,
        Format::Classroom50 => classroom50::render(reports, &style.handed)?,
    })
}

/// Most bytes of a step's summary on GitHub, which drops a larger one whole.
pub const LARGEST_SUMMARY: usize = 1024 * 1024;

/// The summary of a step on GitHub: as much of the markdown report as it takes.
pub fn step_summary(reports: &[Report]) -> String {
    let whole = markdown::render(reports);
    const CUT: &str = "\n\n… the rest is left out: the report is larger than a step's summary may be.\n";
    if whole.len() <= LARGEST_SUMMARY {
        return whole;
    }
    let most = LARGEST_SUMMARY - CUT.len();
    let end = whole.char_indices().map(|(at, _)| at).take_while(|at| *at <= most).last().unwrap_or(0);
    let end = whole[..end].rfind('\n').unwrap_or(end);
    format!("{}{CUT}", &whole[..end])
}

/// A document, indented, in which whatever steers a terminal is escaped.
fn json_text(document: &impl Serialize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string_pretty(document)?;
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // JSON has them only inside strings, where an escape means the same.
        if c != '\n' && sanitise::is_unsafe(c) {
            let units =
                c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
            out.push_str(&units);
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    Ok(out)
}

/// What a check that did not pass has to say, a name and a text each.
fn said(result: &CheckResult) -> Vec<(&'static str, &str)> {
    let rows: &[(&'static str, &String)] = match result.status {
        Status::Pass => &[],
        Status::NotRun => &[("because", &result.found)],
        Status::Fail => &[
            ("expected", &result.expected),
            ("found", &result.found),
            ("look at", &result.look_at),
            ("why", &result.why),
        ],
    };
    rows.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (*name, text.as_str())).collect()
}

/// [`said`] as lines that are safe to show.
fn explanation(result: &CheckResult) -> String {
    let lines = said(result).into_iter().map(|(name, text)| format!("{name}: {text}"));
    sanitise::lines(&lines.collect::<Vec<_>>().join("\n")).into_owned()
}

/// The file and the line that a check points at, when it points at a file: `Dockerfile:3`, `.dockerignore`.
fn place(result: &CheckResult) -> Option<(&str, Option<usize>)> {
    let text = result.look_at.as_str();
    if text.is_empty() || text.contains(|c: char| c.is_whitespace() || sanitise::is_unsafe(c)) {
        return None;
    }
    match text.rsplit_once(':') {
        Some((file, line)) => line.parse().ok().filter(|line| *line > 0).map(|line| (file, Some(line))),
        None => Some((text, None)),
    }
}

/// A file of the submission as a path from where grading began.
fn path(report: &Report, file: &str) -> String {
    Path::new(&report.dir).join(file).to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
pub(crate) mod tests;
