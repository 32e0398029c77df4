//! GitHub's markdown: a table for each submission. Nothing that was handed in is markup here.

use super::said;
use crate::grade::{Report, Status};
use crate::text::sanitise;
use std::fmt::Write as _;

pub(super) fn render(reports: &[Report]) -> String {
    let mut out = String::new();
    if reports.len() > 1 {
        out.push_str("| submission | exercise | | points |\n| --- | --- | --- | ---: |\n");
        for report in reports {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} of {} |",
                cell(&report.dir),
                cell(&report.exercise),
                verdict(report),
                report.score(),
                report.max_score()
            );
        }
        out.push('\n');
    }
    for (number, report) in reports.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let _ = writeln!(
            out,
            "## {} · {}\n\n{}: {}, {} of {} points\n",
            cell(&report.exercise),
            cell(&report.title),
            cell(&report.dir),
            verdict(report),
            report.score(),
            report.max_score()
        );
        out.push_str("| | check | points | |\n| --- | --- | ---: | --- |\n");
        for result in &report.results {
            let sign = match result.status {
                Status::Pass => "✓",
                Status::Fail => "✗",
                Status::NotRun => "not run",
            };
            let said: Vec<String> =
                said(result).into_iter().map(|(name, text)| format!("**{name}** {}", cell(text))).collect();
            let _ = writeln!(
                out,
                "| {sign} | {} | {}{}/{} | {} |",
                cell(&result.title),
                if result.bonus { "bonus " } else { "" },
                result.score,
                result.points,
                said.join("<br>")
            );
        }
        if !report.unseen.is_empty() {
            out.push_str("\nChecks that are not shown count too.\n");
        }
    }
    out
}

fn verdict(report: &Report) -> &'static str {
    if report.count(Status::Fail) > 0 {
        "falls short"
    } else if report.passed() {
        "passed"
    } else {
        "incomplete"
    }
}

/// Text in a cell: no markup, no new row, nobody's name called.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in sanitise::lines(text).chars() {
        match c {
            '\n' => out.push_str("<br>"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            ':' => out.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
