//! Workflow commands, which GitHub Actions shows as annotations. It takes ten of a step and drops the
//! rest unsaid; so ten are written, failures first, and the step's summary has them all.

use super::{explanation, path, place};
use crate::grade::{CheckResult, Report, Status};
use crate::lint::report::github::{data, property};
use std::fmt::Write as _;

/// Annotations that GitHub takes of one step.
const MOST: usize = 10;

pub(super) fn render(reports: &[Report]) -> String {
    let all = || reports.iter().flat_map(|report| report.results.iter().map(move |result| (report, result)));
    let failed = all().filter(|(_, result)| result.status == Status::Fail && !result.bonus);
    let not_run = all().filter(|(_, result)| result.status == Status::NotRun && !result.bonus);
    let told: Vec<_> = failed.chain(not_run).collect();
    // One place is for the remark that there are more.
    let shown = if told.len() > MOST { MOST - 1 } else { told.len() };
    let mut out = String::new();
    for (report, result) in &told[..shown] {
        annotation(&mut out, report, result);
    }
    if told.len() > shown {
        let _ = writeln!(
            out,
            "::notice title={}::{} more checks did not pass: the summary of this step has them all",
            property(env!("CARGO_PKG_NAME")),
            told.len() - shown
        );
    }
    for report in reports {
        let line = format!(
            "{}: {}, {} of {} points",
            report.dir,
            report.exercise,
            report.score(),
            report.max_score()
        );
        // Whatever a folder is called, it begins no command.
        let _ = writeln!(out, "{}", data(&format!("score {line}")));
    }
    out
}

fn annotation(out: &mut String, report: &Report, result: &CheckResult) {
    let kind = if result.status == Status::Fail { "error" } else { "warning" };
    let (file, line) = place(result).unwrap_or(("Dockerfile", None));
    let line = line.map(|line| format!(",line={line}")).unwrap_or_default();
    let text = match explanation(result) {
        text if text.is_empty() => result.title.clone(),
        text => text,
    };
    let _ = writeln!(
        out,
        "::{kind} file={}{line},title={}::{}",
        property(&path(report, file)),
        property(&format!("{} {}: {}", report.exercise, result.id, result.title)),
        data(&text)
    );
}
