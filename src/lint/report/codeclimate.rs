//! Code Climate's issues, as a stream of NUL-ended objects or as GitLab's list.

use super::{FileReport, Placed, Style, json_line, placed};
use crate::lint::Severity;
use crate::lint::rules::SYNTAX;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, Write};

pub(super) fn write_stream(files: &[FileReport], out: &mut dyn Write) -> io::Result<()> {
    for file in files {
        for found in placed(file) {
            json_line(out, &issue(file, &found))?;
            out.write_all(b"\0")?;
        }
    }
    Ok(())
}

pub(super) fn write_list(files: &[FileReport], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut list = Vec::new();
    for file in files {
        for found in placed(file) {
            let mut value = issue(file, &found);
            value["fingerprint"] = Value::from(fingerprint(&value));
            list.push(value);
        }
    }
    json_line(out, &Value::Array(list))?;
    if style.hadolint { Ok(()) } else { writeln!(out) }
}

fn issue(file: &FileReport, found: &Placed<'_>) -> Value {
    let severity = match found.finding.severity {
        Severity::Error => "blocker",
        Severity::Warning => "major",
        Severity::Info => "info",
        Severity::Style => "minor",
    };
    let (start, end) = (found.start, found.end);
    let place = match found.finding.code {
        SYNTAX => {
            let begin = json!({ "line": start.line, "column": start.column });
            let end = json!({ "line": end.line, "column": end.column });
            json!({ "path": file.shown, "positions": { "begin": begin, "end": end } })
        }
        _ => json!({ "path": file.shown, "lines": { "begin": start.line, "end": end.line } }),
    };
    json!({
        "type": "issue",
        "check_name": found.finding.code,
        "description": found.finding.message,
        "categories": ["Bug Risk"],
        "location": place,
        "severity": severity,
    })
}

/// The same for the same finding, so that GitLab can tell old from new.
fn fingerprint(issue: &Value) -> String {
    let digest = Sha256::digest(issue.to_string());
    digest.iter().take(20).fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
