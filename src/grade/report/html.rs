//! A page that needs nothing beside it: no script, no font, no request. Everything that was handed in is
//! escaped, and the page's own policy forbids whatever would come through all the same.

use super::said;
use crate::grade::{Report, Status};
use crate::lint::report::xml::escape;
use crate::text::sanitise;
use std::fmt::Write as _;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Report</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8886; vertical-align: top; }
td.points { text-align: right; white-space: nowrap; }
section { margin-top: 2.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .3rem 0; }
dt { opacity: .7; }
dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.pass { color: #1a7f37; } .fail { color: #cf222e; } .not_run { color: #9a6700; }
@media (prefers-color-scheme: dark) {
  .pass { color: #3fb950; } .fail { color: #ff7b72; } .not_run { color: #d29922; }
}
</style>
</head>
<body>
<h1>Report</h1>
"#;

pub(super) fn render(reports: &[Report]) -> String {
    let mut out = HEAD.to_owned();
    if reports.len() > 1 {
        out.push_str("<table>\n<tr><th>submission<th>exercise<th>verdict<th>points</tr>\n");
        for (number, report) in reports.iter().enumerate() {
            let (class, word) = verdict(report);
            let _ = writeln!(
                out,
                "<tr><td><a href=\"#s{number}\">{}</a><td>{}<td class=\"{class}\">{word}<td class=\"points\">{} of {}</tr>",
                text(&report.dir),
                text(&report.exercise),
                report.score(),
                report.max_score()
            );
        }
        out.push_str("</table>\n");
    }
    for (number, report) in reports.iter().enumerate() {
        section(&mut out, number, report);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn section(out: &mut String, number: usize, report: &Report) {
    let (class, word) = verdict(report);
    let _ = writeln!(
        out,
        "<section id=\"s{number}\">\n<h2>{} · {}</h2>\n<p>{}: <b class=\"{class}\">{word}</b>, {} of {} points</p>\n<table>",
        text(&report.exercise),
        text(&report.title),
        text(&report.dir),
        report.score(),
        report.max_score()
    );
    for result in &report.results {
        let word = match result.status {
            Status::Pass => "✓ passed",
            Status::Fail => "✗ failed",
            Status::NotRun => "not run",
        };
        let bonus = if result.bonus { "bonus " } else { "" };
        let _ = write!(out, "<tr><td class=\"{}\">{word}<td>{}", result.status.name(), text(&result.title));
        let said = said(result);
        if !said.is_empty() {
            out.push_str("<dl>");
            for (name, said) in said {
                let _ = write!(out, "<dt>{name}<dd>{}", text(said));
            }
            out.push_str("</dl>");
        }
        let _ = writeln!(out, "<td class=\"points\">{bonus}{} of {}</tr>", result.score, result.points);
    }
    out.push_str("</table>\n");
    if !report.unseen.is_empty() {
        out.push_str("<p>Checks that are not shown count too.</p>\n");
    }
    out.push_str("</section>\n");
}

/// The class and the words for a verdict.
fn verdict(report: &Report) -> (&'static str, &'static str) {
    if report.count(Status::Fail) > 0 {
        ("fail", "falls short")
    } else if report.passed() {
        ("pass", "passed")
    } else {
        ("not_run", "incomplete")
    }
}

/// Text with its lines, as text.
fn text(value: &str) -> String {
    let lines: Vec<String> =
        sanitise::lines(value).split('\n').map(|line| escape(line).into_owned()).collect();
    lines.join("\n")
}
