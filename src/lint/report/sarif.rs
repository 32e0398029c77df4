//! SARIF 2.1.0, which GitHub's code scanning reads.

use super::{FileReport, Style, json_line, placed};
use crate::lint::{Severity, page, rule};
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
        let rules = codes.into_iter().filter_map(described).collect();
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

/// A rule, or a finding of ShellCheck, as code scanning explains it.
fn described(code: &str) -> Option<Value> {
    let page = page(code)?;
    let mut about = json!({
        "id": page.code,
        "help": { "text": page.markdown, "markdown": page.markdown },
    });
    if let Some(info) = rule(code) {
        about["name"] = json!(info.name);
        about["shortDescription"] = json!({ "text": info.summary });
        about["defaultConfiguration"] = json!({ "level": level(info.severity) });
    }
    Some(about)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Style => "note",
    }
}
