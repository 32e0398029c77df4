//! JUnit's XML: a suite for a submission, a case for a check. A bonus check that was not earned is
//! skipped, because nothing hangs on it.

use super::explanation;
use crate::grade::{CheckResult, Report, Status};
use crate::lint::report::xml::escape;
use std::fmt::Write as _;

pub(super) fn render(reports: &[Report], times: bool) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (tests, failures, skipped) =
        reports.iter().map(counts).fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
    let _ = writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">",
        env!("CARGO_PKG_NAME")
    );
    for report in reports {
        suite(&mut out, report, times);
    }
    out.push_str("</testsuites>\n");
    out
}

/// Cases, failed ones, skipped ones.
fn counts(report: &Report) -> (usize, usize, usize) {
    let failed = |result: &&CheckResult| result.status == Status::Fail && !result.bonus;
    let failures = report.results.iter().filter(failed).count();
    let passed = report.results.iter().filter(|result| result.status == Status::Pass).count();
    let all = report.results.len();
    (all, failures, all - failures - passed)
}

fn suite(out: &mut String, report: &Report, times: bool) {
    let (tests, failures, skipped) = counts(report);
    let (dir, exercise) = (escape(&report.dir), escape(&report.exercise));
    let seconds = |millis: u64| {
        if times { format!(" time=\"{}.{:03}\"", millis / 1000, millis % 1000) } else { String::new() }
    };
    let all = seconds(report.results.iter().map(|result| result.millis).sum());
    let _ = writeln!(
        out,
        "  <testsuite name=\"{dir}: {exercise}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" \
         skipped=\"{skipped}\"{all}>"
    );
    let _ = writeln!(
        out,
        "    <properties><property name=\"score\" value=\"{}\"/><property name=\"max_score\" \
         value=\"{}\"/></properties>",
        report.score(),
        report.max_score()
    );
    for result in &report.results {
        let name = escape(&result.id);
        let title = escape(&result.title);
        let time = seconds(result.millis);
        let _ = write!(out, "    <testcase name=\"{name}: {title}\" classname=\"{exercise}\"{time}");
        let message = escape(&result.found);
        let _ = match result.status {
            Status::Pass => writeln!(out, "/>"),
            Status::Fail if !result.bonus => {
                let explained = explanation(result);
                let lines: Vec<_> = explained.lines().map(escape).collect();
                writeln!(
                    out,
                    ">\n      <failure type=\"check\" message=\"{message}\">{}</failure>\n    </testcase>",
                    lines.join("\n")
                )
            }
            Status::Fail => {
                writeln!(out, "><skipped message=\"bonus, not earned: {message}\"/></testcase>")
            }
            Status::NotRun => writeln!(out, "><skipped message=\"not run: {message}\"/></testcase>"),
        };
    }
    out.push_str("  </testsuite>\n");
}
