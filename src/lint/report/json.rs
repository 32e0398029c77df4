//! A JSON array: hadolint's six keys, and beside them where a finding ends and what mends it.

use super::{FileReport, Style, json_line, level, placed};
use serde_json::{Value, json};
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut list = Vec::new();
    for file in files {
        for found in placed(file) {
            let finding = found.finding;
            let mut value = json!({
                "code": finding.code,
                "column": found.start.column,
                "file": file.name,
                "level": level(finding.severity),
                "line": found.start.line,
                "message": finding.message,
            });
            if !style.hadolint {
                value["name"] = json!(finding.name);
                value["endLine"] = json!(found.end.line);
                value["endColumn"] = json!(found.end.column);
                value["fix"] = finding.fix.as_ref().map_or(Value::Null, |fix| {
                    json!({ "title": fix.title, "safe": fix.applicability == crate::lint::Applicability::Safe })
                });
            }
            list.push(value);
        }
    }
    json_line(out, &Value::Array(list))?;
    if style.hadolint { Ok(()) } else { writeln!(out) }
}
