//! SARIF 2.1.0, which GitHub's code scanning reads.

use super::{FileReport, Style, json_line, placed};
use crate::lint::{Severity, rule};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{self, Write};

pub(super) fn write(files: &[FileReport], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut results = Vec::new();
    let mut codes = BTreeSet::new();
    for file in files {
        for found in placed(file) {
            codes.insert(found.finding.code);
            let (start, end) = (found.start, found.end);
            results.push(json!({
                "ruleId": found.finding.code,
                "level": level(found.finding.severity),
                "message": { "text": found.finding.message },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": file.shown },
                    "region": {
                        "sourceLanguage": "dockerfile",
                        "startLine": start.line,
                        "startColumn": start.column,
                        "endLine": end.line,
                        "endColumn": end.column,
                    },
                } }],
            }));
        }
    }
    let mut driver = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
    if !style.hadolint {
        let rules = codes.into_iter().filter_map(rule).map(described).collect();
        driver["rules"] = Value::Array(rules);
    }
    let report = json!({
        "$schema": "http://json.schemastore.org/sarif-2.1.0",
        "version": "2.1.0",
        "runs": [{
            "defaultSourceLanguage": "dockerfile",
            "tool": { "driver": driver },
            "results": results,
        }],
    });
    json_line(out, &report)?;
    if style.hadolint { Ok(()) } else { writeln!(out) }
}

fn described(info: &crate::lint::RuleInfo) -> Value {
    json!({
        "id": info.code,
        "name": info.name,
        "shortDescription": { "text": info.summary },
        "help": { "text": info.documentation, "markdown": info.documentation },
        "defaultConfiguration": { "level": level(info.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Style => "note",
    }
}
