//! Findings written out: one file per format.

mod checkstyle;
mod codacy;
mod codeclimate;
pub(crate) mod github;
mod gnu;
mod json;
mod junit;
mod sarif;
mod sonarqube;
mod tty;
pub(crate) mod xml;

use super::{Diagnostic, Severity};
use crate::text::{LineIndex, Position, Span, sanitise};
use std::io::{self, Write};
use std::sync::Arc;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, with the line that is meant.
    Tty,
    /// A JSON array.
    Json,
    /// Checkstyle's XML.
    Checkstyle,
    /// Code Climate's objects, each ended by NUL.
    Codeclimate,
    /// GitLab's code quality report.
    GitlabCodeclimate,
    /// GNU's error format.
    Gnu,
    /// Codacy's objects.
    Codacy,
    /// SonarQube's generic issues.
    Sonarqube,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit's XML.
    Junit,
    /// Annotations for GitHub Actions.
    Github,
}

impl Format {
    /// Every format by the name it has on the command line.
    pub const ALL: [(&'static str, Self); 11] = [
        ("tty", Self::Tty),
        ("json", Self::Json),
        ("checkstyle", Self::Checkstyle),
        ("codeclimate", Self::Codeclimate),
        ("gitlab_codeclimate", Self::GitlabCodeclimate),
        ("gnu", Self::Gnu),
        ("codacy", Self::Codacy),
        ("sonarqube", Self::Sonarqube),
        ("sarif", Self::Sarif),
        ("junit", Self::Junit),
        ("github", Self::Github),
    ];

    /// The format of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// Whether a run that writes it succeeds whatever was found: its reader looks at the content.
    pub fn never_fails(self) -> bool {
        matches!(self, Self::Codeclimate | Self::Codacy)
    }
}

/// The findings of one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// The file's name as it was given.
    pub name: String,
    /// The name to write where the format allows another.
    pub shown: String,
    /// Its text.
    pub source: Arc<str>,
    /// What was found, in order.
    pub findings: Vec<Diagnostic>,
    /// Where secrets stand in the text, in order and apart: none is written.
    pub secrets: Vec<Span>,
}

/// How to write, beside the format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Whether colours may be used.
    pub color: bool,
    /// Whether to write just what hadolint writes.
    pub hadolint: bool,
}

/// Write the findings of `files`.
pub fn write(format: Format, files: &[FileReport], style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Tty => tty::write(files, style, out),
        Format::Json => json::write(files, style, out),
        Format::Checkstyle => checkstyle::write(files, style, out),
        Format::Codeclimate => codeclimate::write_stream(files, out),
        Format::GitlabCodeclimate => codeclimate::write_list(files, style, out),
        Format::Gnu => gnu::write(files, out),
        Format::Codacy => codacy::write(files, out),
        Format::Sonarqube => sonarqube::write(files, style, out),
        Format::Sarif => sarif::write(files, style, out),
        Format::Junit => junit::write(files, out),
        Format::Github => github::write(files, out),
    }
}

/// The word for a severity.
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
        Severity::Style => "style",
    }
}

/// A finding with its place as people count.
struct Placed<'a> {
    finding: &'a Diagnostic,
    start: Position,
    end: Position,
    /// The line that it begins on, in bytes of the text and without its end.
    line: Span,
}

/// The findings of a file with their places. They stand in order, so a column is counted on from the
/// one before: many findings on one long line cost no more than the line.
fn placed(file: &FileReport) -> impl Iterator<Item = Placed<'_>> {
    let (source, index) = (&*file.source, LineIndex::new(&file.source));
    let mut last = (0, Position { line: 1, column: 1 });
    file.findings.iter().map(move |finding| {
        let place = |offset: usize, from: (usize, Position)| {
            let line = index.line(offset);
            match source.get(from.0..offset) {
                Some(between) if from.1.line == line => {
                    Position { line, column: from.1.column + between.chars().count() }
                }
                _ => index.position(source, offset),
            }
        };
        let start = place(finding.span.start, last);
        last = (finding.span.start, start);
        let end = place(finding.span.end.max(finding.span.start), last);
        let from = index.start(start.line);
        let to = if start.line < index.lines() { index.start(start.line + 1) } else { source.len() };
        let line = source.get(from..to).unwrap_or("").trim_end_matches('\n').trim_end_matches('\r');
        Placed { finding, start, end, line: Span::new(from, from + line.len()) }
    })
}

/// `value` as one line in which characters that steer a terminal are escaped.
fn json_line(out: &mut dyn Write, value: &serde_json::Value) -> io::Result<()> {
    let text = value.to_string();
    if !text.chars().any(sanitise::is_unsafe) {
        return out.write_all(text.as_bytes());
    }
    // JSON has them only inside strings, where an escape means the same.
    for c in text.chars() {
        if sanitise::is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        } else {
            write!(out, "{c}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
