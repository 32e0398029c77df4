//! The JSON report: stable, and the same for the same verdicts unless times are asked for.
//!
//! ```json
//! {
//!   "schema_version": 1,
//!   "tool": { "name": "docker-ecr-tutor", "version": "0.1.0" },
//!   "reports": [{
//!     "exercise": "exercise-1", "title": "…", "dir": "work/exercise-1",
//!     "status": "passed | failed | incomplete", "score": 6, "max_score": 10, "only_static": false,
//!     "checks": [{
//!       "id": "small", "title": "…", "status": "pass | fail | not_run",
//!       "score": 0, "max_score": 4,
//!       "expected": "…", "found": "…", "look_at": "Dockerfile:1", "why": "…"
//!     }]
//!   }]
//! }
//! ```
//! `incomplete` means that nothing failed and something could not be run. A check has `millis` only
//! when times are asked for. Fields may be added; none changes its meaning under one version.

use crate::grade::{Report, Status};
use serde::Serialize;

/// Version of the format.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    reports: Vec<Verdict<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Verdict<'a> {
    exercise: &'a str,
    title: &'a str,
    dir: &'a str,
    status: &'static str,
    score: u32,
    max_score: u32,
    only_static: bool,
    checks: Vec<Check<'a>>,
}

#[derive(Serialize)]
struct Check<'a> {
    id: &'a str,
    title: &'a str,
    status: &'static str,
    score: u32,
    max_score: u32,
    expected: &'a str,
    found: &'a str,
    look_at: &'a str,
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    millis: Option<u64>,
}

/// The document over `reports`, in their order, ending with a newline.
pub fn render(reports: &[Report], times: bool) -> Result<String, serde_json::Error> {
    let tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    let reports = reports.iter().map(|report| verdict(report, times)).collect();
    let document = Document { schema_version: SCHEMA_VERSION, tool, reports };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn verdict(report: &Report, times: bool) -> Verdict<'_> {
    let checks = report.results.iter().map(|result| Check {
        id: &result.id,
        title: &result.title,
        status: result.status.name(),
        score: if result.status == Status::Pass { result.points } else { 0 },
        max_score: result.points,
        expected: &result.expected,
        found: &result.found,
        look_at: &result.look_at,
        why: &result.why,
        millis: times.then_some(result.millis),
    });
    let status = if report.count(Status::Fail) > 0 {
        "failed"
    } else if report.passed() {
        "passed"
    } else {
        "incomplete"
    };
    Verdict {
        exercise: &report.exercise,
        title: &report.title,
        dir: &report.dir,
        status,
        score: report.score(),
        max_score: report.max_score(),
        only_static: report.only_static,
        checks: checks.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::report::text::tests::reports;

    #[test]
    fn the_document_is_stable() {
        insta::assert_snapshot!(render(&reports(), false).unwrap());
    }

    #[test]
    fn times_come_only_when_asked_for() {
        assert!(!render(&reports(), false).unwrap().contains("millis"));
        assert!(render(&reports(), true).unwrap().contains("\"millis\": 1200"));
    }
}
