//! SARIF 2.1.0, which GitHub's code scanning reads: a rule for each vulnerability, a result for each
//! package that has it.

use super::super::{Finding, Findings, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn document(findings: &Findings, dockerfile: &str) -> Value {
    let mut rules: BTreeMap<&str, &Finding> = BTreeMap::new();
    for found in &findings.findings {
        rules.entry(&found.id).or_insert(found);
    }
    let numbers: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let results = findings.findings.iter().map(|found| {
        json!({
            "ruleId": found.id,
            "ruleIndex": numbers.get(found.id.as_str()),
            "level": level(found.severity),
            "message": { "text": message(found) },
            "locations": [location(findings, found, dockerfile)],
            // Code scanning tells results apart by it: the same finding of the next scan is the same.
            "partialFingerprints": { "package": format!("{}/{}", found.package, found.installed) },
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().map(rule).collect::<Vec<_>>(),
            } },
            "properties": { "scanner": findings.scanner, "database": findings.database },
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn rule(found: &Finding) -> Value {
    let title = if found.title.is_empty() { &found.id } else { &found.title };
    let mut rule = json!({
        "id": found.id,
        "shortDescription": { "text": title },
        "defaultConfiguration": { "level": level(found.severity) },
        "properties": {
            "tags": ["vulnerability", "security", found.severity.name()],
            "security-severity": score(found.severity),
        },
    });
    if found.url.starts_with("https://") {
        rule["helpUri"] = json!(found.url);
    }
    rule
}

fn message(found: &Finding) -> String {
    let fix = match found.fixed.as_str() {
        "" => "no version has it fixed yet".to_owned(),
        fixed => format!("fixed in {fixed}"),
    };
    format!("{} {} has {}: {fix}", found.package, found.installed, found.id)
}

fn location(findings: &Findings, found: &Finding, dockerfile: &str) -> Value {
    let line = findings.origin(found).and_then(|origin| origin.line);
    let file = if line.is_some() { dockerfile } else { &findings.image };
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": file },
        "region": { "startLine": line.unwrap_or(1) },
    } })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Informational => "note",
    }
}

/// A number from which code scanning makes its own four levels: critical from 9, high from 7, medium
/// from 4. No scanner's score, only its word.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Informational => "0.0",
    }
}
