//! Test Anything Protocol, version 13. What was not run is `SKIP`, a bonus that was not earned `TODO`:
//! neither fails.

use super::said;
use crate::grade::{Report, Status};
use crate::text::sanitise;
use std::fmt::Write as _;

pub(super) fn render(reports: &[Report]) -> String {
    let total: usize = reports.iter().map(|report| report.results.len()).sum();
    let mut out = format!("TAP version 13\n1..{total}\n");
    let mut number = 0;
    for report in reports {
        let (dir, exercise) = (sanitise::plain(&report.dir), sanitise::plain(&report.exercise));
        let _ = writeln!(out, "# {dir}: {exercise}, {} of {} points", report.score(), report.max_score());
        for result in &report.results {
            number += 1;
            let name = description(&format!("{exercise} {}: {} ({dir})", result.id, result.title));
            let _ = match result.status {
                Status::Pass => writeln!(out, "ok {number} - {name}"),
                Status::NotRun => writeln!(out, "ok {number} - {name} # SKIP {}", description(&result.found)),
                Status::Fail if result.bonus => {
                    writeln!(
                        out,
                        "not ok {number} - {name} # TODO bonus, not earned: {}",
                        description(&result.found)
                    )
                }
                Status::Fail => writeln!(out, "not ok {number} - {name}"),
            };
            if result.status == Status::Fail {
                out.push_str("  ---\n");
                for (name, text) in said(result) {
                    // JSON's strings are YAML's.
                    let text = serde_json::Value::from(&*sanitise::lines(text));
                    let _ = writeln!(out, "  {}: {text}", name.replace(' ', "_"));
                }
                let _ = writeln!(out, "  score: {}\n  max_score: {}\n  ...", result.score, result.points);
            }
        }
    }
    out
}

/// One line in which `#` begins no directive.
fn description(text: &str) -> String {
    sanitise::plain(&text.replace('\n', " ")).replace('#', "＃")
}
