//! What `course check` found, for people, for programs and for GitHub.

use super::Findings;
use crate::course::model::{Course, Problem};
use crate::text::sanitise;
use serde_json::json;
use std::io::{self, Write};
use std::path::Path;

/// How to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
    /// Workflow commands, which GitHub Actions shows in the diff
    Github,
}

/// Writes the findings about `course`, whose files lie in `folder`.
pub(super) fn write(
    format: Format,
    course: &Course,
    folder: Option<&Path>,
    findings: &Findings,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text(course, findings, out),
        Format::Json => json(course, findings, out),
        Format::Github => {
            for problem in &findings.problems {
                writeln!(out, "{}", annotation(problem, folder))?;
            }
            for line in &findings.not_run {
                writeln!(out, "::warning title=course check::not run: {}", data(line))?;
            }
            writeln!(out, "{}", counts(course, findings))
        }
    }
}

fn text(course: &Course, findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    for problem in &findings.problems {
        writeln!(out, "{}\n", sanitise::lines(&problem.to_string()))?;
    }
    for line in &findings.not_run {
        writeln!(out, "not run: {}", sanitise::plain(line))?;
    }
    writeln!(out, "{}", counts(course, findings))
}

fn counts(course: &Course, findings: &Findings) -> String {
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let mut words = vec![
        plural(course.lessons.len(), "lesson"),
        plural(course.exercises.len(), "exercise"),
        plural(course.examples.len(), "example"),
        plural(course.reference.len(), "reference page"),
    ];
    if findings.graded > 0 {
        words.push(format!("{} with the engine", plural(findings.graded, "grading")));
    }
    words.push(plural(findings.problems.len(), "problem"));
    if !findings.not_run.is_empty() {
        words.push(format!("{} not run", findings.not_run.len()));
    }
    words.join(", ")
}

fn json(course: &Course, findings: &Findings, out: &mut dyn Write) -> io::Result<()> {
    let problems: Vec<_> = findings
        .problems
        .iter()
        .map(|problem| {
            json!({
                "path": problem.path, "line": problem.line, "column": problem.column,
                "message": problem.message, "snippet": problem.snippet, "remedy": problem.remedy,
            })
        })
        .collect();
    let report = json!({
        "format": 1,
        "lessons": course.lessons.len(), "exercises": course.exercises.len(), "examples": course.examples.len(),
        "graded": findings.graded, "problems": problems, "not_run": findings.not_run,
    });
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

/// A problem as an annotation; its path begins where the course's folder was named.
fn annotation(problem: &Problem, folder: Option<&Path>) -> String {
    let folder = folder.filter(|folder| !folder.is_absolute() && *folder != Path::new("."));
    let path = folder
        .map_or_else(|| problem.path.clone(), |folder| format!("{}/{}", folder.display(), problem.path));
    let mut place = format!("file={}", property(&path));
    for (name, value) in [("line", problem.line), ("col", problem.column)] {
        if let Some(value) = value {
            place.push_str(&format!(",{name}={value}"));
        }
    }
    let text = match problem.remedy.as_str() {
        "" => problem.message.clone(),
        remedy => format!("{}\ntry: {remedy}", problem.message),
    };
    format!("::error {place},title=course check::{}", data(&text))
}

fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    sanitise::plain(&text).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
