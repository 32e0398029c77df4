//! SARIF 2.1.0: a result for each check that did not pass, at the line that it points to.

use super::{explanation, json_text, path, place};
use crate::grade::{CheckResult, Report, Status};
use crate::text::percent_encode;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn render(reports: &[Report]) -> Result<String, serde_json::Error> {
    let mut rules = BTreeMap::new();
    let mut results = Vec::new();
    for report in reports {
        for result in report.results.iter().filter(|result| result.status != Status::Pass) {
            let id = format!("{}/{}", report.exercise, result.id);
            results.push(found(report, result, &id));
            rules.entry(id.clone()).or_insert_with(|| rule(result, &id));
        }
    }
    json_text(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().collect::<Vec<Value>>(),
            } },
            "results": results,
        }],
    }))
}

fn rule(result: &CheckResult, id: &str) -> Value {
    let mut rule = json!({ "id": id, "shortDescription": { "text": result.title } });
    if !result.why.is_empty() {
        rule["fullDescription"] = json!({ "text": result.why });
    }
    rule
}

fn found(report: &Report, result: &CheckResult, id: &str) -> Value {
    // "open": the check was not run, so nobody knows.
    let (kind, level) = match (result.status, result.bonus) {
        (Status::NotRun, _) => ("open", "none"),
        (_, true) => ("fail", "note"),
        (_, false) => ("fail", "error"),
    };
    let (file, line) = place(result).unwrap_or(("Dockerfile", None));
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let mut location = json!({ "artifactLocation": { "uri": percent_encode(&path(report, file), keep) } });
    if let Some(line) = line {
        location["region"] = json!({ "startLine": line });
    }
    let text = match explanation(result) {
        text if text.is_empty() => result.title.clone(),
        text => format!("{}\n{text}", result.title),
    };
    json!({
        "ruleId": id,
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": location }],
        "properties": { "score": result.score, "maxScore": result.points },
    })
}
