//! The JSON that check50 writes, for what reads check50. Not run is `null`, as there.

use super::json_text;
use crate::grade::{CheckResult, Report, Status};
use serde_json::{Value, json};

/// One document; of several exercises the slug names all, and each check its own.
pub(super) fn render(reports: &[Report]) -> Result<String, serde_json::Error> {
    let slugs: Vec<&str> = reports.iter().map(|report| report.exercise.as_str()).collect();
    let several = reports.len() > 1;
    let results: Vec<Value> = reports
        .iter()
        .flat_map(|report| report.results.iter().map(move |result| one(report, result, several)))
        .collect();
    json_text(&json!({ "slug": slugs.join(" "), "results": results, "version": env!("CARGO_PKG_VERSION") }))
}

fn one(report: &Report, result: &CheckResult, several: bool) -> Value {
    let name = |id: &str| if several { format!("{}-{id}", report.exercise) } else { id.to_owned() };
    let passed = match result.status {
        Status::Pass => Some(true),
        Status::Fail => Some(false),
        Status::NotRun => None,
    };
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let cause = match result.status {
        Status::Pass => Value::Null,
        Status::NotRun => json!({ "rationale": result.found, "help": null }),
        Status::Fail => {
            let help: Vec<String> =
                [filled(&result.look_at).map(|place| format!("look at {place}")), filled(&result.why)]
                    .into_iter()
                    .flatten()
                    .collect();
            let help = (!help.is_empty()).then(|| help.join("\n"));
            let mut cause = json!({ "rationale": result.found, "help": help });
            if !result.expected.is_empty() {
                cause["expected"] = json!(result.expected);
                cause["actual"] = json!(result.found);
            }
            cause
        }
    };
    json!({
        "name": name(&result.id),
        "description": result.title,
        "passed": passed,
        "log": [],
        "cause": cause,
        "data": { "score": result.score, "max_score": result.points, "bonus": result.bonus },
        "dependency": filled(&result.needs).map(|id| name(&id)),
    })
}
