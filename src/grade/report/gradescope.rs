//! `results.json` of a Gradescope autograder. A bonus test has no maximum of its own, so that it adds.

use super::{explanation, json_text};
use crate::course::model::Shown;
use crate::grade::{CheckResult, Report, Status};
use serde_json::{Value, json};

pub(super) fn render(reports: &[Report], times: bool) -> Result<String, serde_json::Error> {
    let several = reports.len() > 1;
    let tests: Vec<Value> = reports
        .iter()
        .enumerate()
        .flat_map(|(at, report)| {
            let tests = report.results.iter().enumerate();
            tests.map(move |(number, result)| test(at + 1, number + 1, report, result, several))
        })
        .collect();
    let score: u32 = reports.iter().map(Report::score).sum();
    let max: u32 = reports.iter().map(Report::max_score).sum();
    let mut document = json!({
        "score": score,
        "output": format!("{score} of {max} points"),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": { "tool": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "max_score": max },
        "tests": tests,
    });
    if times {
        let millis: u64 = reports.iter().flat_map(|report| &report.results).map(|result| result.millis).sum();
        document["execution_time"] = json!(millis.div_ceil(1000));
    }
    json_text(&document)
}

fn test(suite: usize, number: usize, report: &Report, result: &CheckResult, several: bool) -> Value {
    let number = if several { format!("{suite}.{number}") } else { number.to_string() };
    let name = if several { format!("{}: {}", report.exercise, result.title) } else { result.title.clone() };
    let output = match result.status {
        Status::NotRun => format!("not run: {}", result.found),
        _ => explanation(result),
    };
    json!({
        "score": result.score,
        "max_score": if result.bonus { 0 } else { result.points },
        "status": if result.status == Status::Pass { "passed" } else { "failed" },
        "name": name,
        "name_format": "text",
        "number": number,
        "output": output,
        "output_format": "text",
        "tags": if result.bonus { vec!["bonus"] } else { Vec::new() },
        // Only an instructor's report still has what learners do not see.
        "visibility": if result.shown == Shown::All { "visible" } else { "hidden" },
        "extra_data": { "id": result.id, "exercise": report.exercise, "status": result.status.name() },
    })
}
