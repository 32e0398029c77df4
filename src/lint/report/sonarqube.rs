//! SonarQube's generic issue format.

use super::{FileReport, Style, json_line, placed};
use crate::lint::Severity;
use crate::lint::rules::SYNTAX;
use serde_json::json;
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut issues = Vec::new();
    for file in files {
        for found in placed(file) {
            let finding = found.finding;
            let (severity, kind) = match finding.severity {
                _ if finding.code == SYNTAX => ("BLOCKER", "BUG"),
                Severity::Error => ("CRITICAL", "BUG"),
                Severity::Warning => ("MAJOR", "CODE_SMELL"),
                Severity::Info => ("MINOR", "CODE_SMELL"),
                Severity::Style => ("INFO", "CODE_SMELL"),
            };
            let (start, end) = (found.start, found.end);
            issues.push(json!({
                "engineId": "Hadolint",
                "ruleId": finding.code,
                "severity": severity,
                "type": kind,
                "primaryLocation": {
                    "message": finding.message,
                    "filePath": file.shown,
                    "textRange": {
                        "startLine": start.line,
                        "startColumn": start.column - 1,
                        "endLine": end.line,
                        "endColumn": if end == start { start.column } else { end.column - 1 },
                    },
                },
            }));
        }
    }
    json_line(out, &json!({ "issues": issues }))?;
    if style.hadolint { Ok(()) } else { writeln!(out) }
}
