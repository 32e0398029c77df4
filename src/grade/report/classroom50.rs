//! `result.json` of Classroom 50. Who handed in what comes from its environment, and is passed through.

use super::json_text;
use crate::grade::{Report, Status};
use serde_json::{Value, json};

/// What Classroom 50 tells an autograder about the submission; empty where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Handed {
    /// The classroom.
    pub classroom: String,
    /// The assignment; the exercise when it is not told.
    pub assignment: String,
    /// `individual` or `group`.
    pub assignment_type: String,
    /// Who handed it in.
    pub owner: String,
    /// The tag of the submission.
    pub submission: String,
    /// Address of the commit.
    pub commit: String,
    /// Address of the release.
    pub release: String,
    /// Address of the review.
    pub review: String,
    /// When it was graded, in UTC: `2026-01-31T12:00:00Z`.
    pub datetime: String,
}

pub(super) fn render(reports: &[Report], handed: &Handed) -> Result<String, serde_json::Error> {
    let several = reports.len() > 1;
    let tests: Vec<Value> = reports
        .iter()
        .flat_map(|report| {
            report.results.iter().map(move |result| {
                let name =
                    if several { format!("{}/{}", report.exercise, result.id) } else { result.id.clone() };
                json!({
                    "test-name": name,
                    "passed": result.status == Status::Pass,
                    "score": result.score,
                    "max-score": if result.bonus { 0 } else { result.points },
                })
            })
        })
        .collect();
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let exercises: Vec<&str> = reports.iter().map(|report| report.exercise.as_str()).collect();
    json_text(&json!({
        "schema": "classroom50/result/v1",
        "classroom": handed.classroom,
        "assignment": or(&handed.assignment, &exercises.join(" ")),
        "assignment_type": or(&handed.assignment_type, "individual"),
        "owner": handed.owner,
        "submission": handed.submission,
        "commit": handed.commit,
        "release": handed.release,
        "review": handed.review,
        "datetime": handed.datetime,
        "score": reports.iter().map(Report::score).sum::<u32>(),
        "max-score": reports.iter().map(Report::max_score).sum::<u32>(),
        "tests": tests,
    }))
}
