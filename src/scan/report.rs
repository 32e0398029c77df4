//! Findings as text: a table for people, JSON for programs, SARIF for code scanning. What came from the
//! image is made safe to show; JSON and SARIF escape by themselves.

mod sarif;

use super::{Finding, Findings, origin::Origin};
use crate::text::sanitise;
use serde_json::{Value, json};
use std::fmt::Write;

/// Longest instruction that is shown in a line, in characters.
const INSTRUCTION: usize = 48;

/// The table.
pub fn table(findings: &Findings) -> String {
    let mut head = format!("{} ({}", plain(&findings.image), plain(&findings.scanner));
    if !findings.database.is_empty() {
        let _ = write!(head, ", {}", plain(&findings.database));
    }
    let mut text = format!("{head}): {}{}\n", findings.counts(), ignored(findings));
    for remark in &findings.remarks {
        let _ = writeln!(text, "note: {}", plain(remark));
    }
    let rows: Vec<[String; 6]> = findings.findings.iter().map(|found| cells(findings, found)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    if !rows.is_empty() {
        text.push('\n');
    }
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", line.join("  ").trim_end());
    }
    text
}

fn cells(findings: &Findings, found: &Finding) -> [String; 6] {
    let fixed = if found.fixed.is_empty() { "no fix yet".to_owned() } else { format!("-> {}", found.fixed) };
    let place = findings.origin(found).map(place).unwrap_or_default();
    [found.severity.name(), &found.id, &found.package, &found.installed, &fixed, &place].map(plain)
}

/// `line 3: RUN pip install …`, as much of it as is known; `line 1: the base image`.
pub fn place(origin: &Origin) -> String {
    let mut instruction = sanitise::plain(&origin.instruction).into_owned();
    if let Some((end, _)) = instruction.char_indices().nth(INSTRUCTION) {
        instruction.truncate(end);
        instruction.push('…');
    }
    match origin.line {
        Some(line) if origin.base => format!("line {line}: the base image"),
        Some(line) if instruction.is_empty() => format!("line {line}"),
        Some(line) => format!("line {line}: {instruction}"),
        None => instruction,
    }
}

/// `; 2 ignored`, when some are.
fn ignored(findings: &Findings) -> String {
    if findings.ignored == 0 { String::new() } else { format!("; {} ignored", findings.ignored) }
}

fn plain(text: impl AsRef<str>) -> String {
    sanitise::plain(text.as_ref()).into_owned()
}

/// The JSON document: `schema_version` grows when a member changes its meaning.
pub fn json(findings: &Findings) -> Value {
    let list = findings.findings.iter().map(|found| {
        let origin = findings.origin(found);
        json!({
            "id": found.id,
            "severity": found.severity.name(),
            "package": found.package,
            "installed": found.installed,
            "fixed": found.fixed,
            "title": found.title,
            "url": found.url,
            // Layers count from 1, as everywhere a person sees them.
            "layer": found.layer.map(|layer| layer + 1),
            "diff_id": origin.map(|origin| &origin.diff_id),
            "instruction": origin.map(|origin| &origin.instruction),
            "line": origin.and_then(|origin| origin.line),
        })
    });
    json!({
        "schema_version": 1,
        "image": findings.image,
        "scanner": findings.scanner,
        "database": findings.database,
        "remarks": findings.remarks,
        "ignored": findings.ignored,
        "findings": list.collect::<Vec<_>>(),
    })
}

/// The SARIF 2.1.0 document. Findings stand at the line of `dockerfile` that brought them, where it is
/// known, else at the image.
pub fn sarif(findings: &Findings, dockerfile: &str) -> Value {
    sarif::document(findings, dockerfile)
}

#[cfg(test)]
mod tests;
