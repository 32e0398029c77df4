//! The JSON report: stable, and the same for the same verdicts unless times are asked for.
//! `docker-ecr-tutor course schema report` prints its schema.
//!
//! A report is `incomplete` when nothing failed and something could not be run. Fields may be added;
//! none changes its meaning under one version.

use crate::grade::{Report, Standing, Status};
use schemars::{JsonSchema, schema_for};
use serde::Serialize;

/// Version of the format.
pub const SCHEMA_VERSION: u32 = 1;

/// Verdicts over submissions, as `--format json` writes them.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Report")]
struct Document<'a> {
    /// Version of this format: 1.
    schema_version: u32,
    /// The program that graded.
    tool: Tool,
    /// The verdicts in the order asked for.
    reports: Vec<Verdict<'a>>,
}

/// The program that graded.
#[derive(Serialize, JsonSchema)]
struct Tool {
    /// Its name.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// How a submission ended.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Ending {
    /// Every check that is needed passed.
    Passed,
    /// At least one of them failed.
    Failed,
    /// Nothing failed, and something could not be run or was left out.
    Incomplete,
}

/// The verdict over one submission of one exercise.
#[derive(Serialize, JsonSchema)]
struct Verdict<'a> {
    /// Exercise id.
    exercise: &'a str,
    /// Exercise title.
    title: &'a str,
    /// The folder graded, as it was named.
    dir: &'a str,
    /// How it ended.
    status: Ending,
    /// Points earned, bonus points among them.
    score: u32,
    /// Points there are, without bonus points.
    max_score: u32,
    /// Whether what needs an engine was left out because that was asked for.
    only_static: bool,
    /// Attempts and opened hints, for a learner's own workspace.
    #[serde(flatten)]
    standing: Option<Standing>,
    /// The checks in the exercise's order.
    checks: Vec<Check<'a>>,
}

/// What one check found.
#[derive(Serialize, JsonSchema)]
struct Check<'a> {
    /// Check id.
    id: &'a str,
    /// What holds when it passes.
    title: &'a str,
    /// How it ended.
    status: Status,
    /// Points earned.
    score: u32,
    /// Points there are for it.
    max_score: u32,
    /// Whether its points are added, and nothing hangs on it.
    bonus: bool,
    /// What was expected.
    expected: &'a str,
    /// What was found; of a check that was not run, the reason.
    found: &'a str,
    /// What to look at; empty when there is nothing.
    look_at: &'a str,
    /// The author's reason.
    why: &'a str,
    /// Milliseconds it took, when times were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    millis: Option<u64>,
}

/// The document over `reports`, in their order, ending with a newline.
///
/// # Errors
/// When a value cannot be written, which would be a defect.
pub fn render(reports: &[Report], times: bool) -> Result<String, serde_json::Error> {
    let tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    let reports = reports.iter().map(|report| verdict(report, times)).collect();
    super::json_text(&Document { schema_version: SCHEMA_VERSION, tool, reports })
}

/// The JSON Schema of the document, indented.
pub fn schema() -> Option<String> {
    serde_json::to_string_pretty(&schema_for!(Document<'static>)).ok()
}

fn verdict(report: &Report, times: bool) -> Verdict<'_> {
    let checks = report.results.iter().map(|result| Check {
        id: &result.id,
        title: &result.title,
        status: result.status,
        score: result.score,
        max_score: result.points,
        bonus: result.bonus,
        expected: &result.expected,
        found: &result.found,
        look_at: &result.look_at,
        why: &result.why,
        millis: times.then_some(result.millis),
    });
    let status = if report.count(Status::Fail) > 0 {
        Ending::Failed
    } else if report.passed() {
        Ending::Passed
    } else {
        Ending::Incomplete
    };
    Verdict {
        exercise: &report.exercise,
        title: &report.title,
        dir: &report.dir,
        status,
        score: report.score(),
        max_score: report.max_score(),
        only_static: report.only_static,
        standing: report.standing,
        checks: checks.collect(),
    }
}
