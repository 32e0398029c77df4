//! A page that needs nothing beside it: no script, no font, no request. Everything that came from elsewhere is
//! escaped, and the page's own policy forbids whatever would come through all the same.

use super::{moment, sorted};
use crate::text::sanitise;
use crate::workshop::board::{Board, Limits, State};
use std::fmt::Write as _;

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Workshop</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #8886; vertical-align: top; }
td.n { text-align: right; }
section { margin-top: 2.5rem; overflow-x: auto; }
.passed { color: #1a7f37; } .failing { color: #cf222e; } .started { color: #9a6700; } .not_begun { opacity: .6; }
@media (prefers-color-scheme: dark) {
  .passed { color: #3fb950; } .failing { color: #ff7b72; } .started { color: #d29922; }
}
</style>
</head>
<body>
"#;

pub(super) fn render(board: &Board, now: i64, limits: Limits) -> String {
    let mut out = HEAD.to_owned();
    let plan = &board.room.plan;
    let learners = sorted(board);
    let _ = writeln!(
        out,
        "<h1>{}</h1>\n<p>Workshop {} of {}: {} learners, {} stuck at the end.</p>",
        text(&plan.title),
        text(&board.workshop),
        moment(board.at),
        learners.len(),
        board.stuck(now, limits).len()
    );
    out.push_str("<section>\n<h2>Exercises</h2>\n<table>\n");
    out.push_str("<tr><th>exercise<th>passed<th>fail<th>tried<th>begun<th>checks that fail</tr>\n");
    for (at, exercise) in board.exercises.iter().enumerate() {
        let spread = board.distribution(at);
        let checks: Vec<String> = spread
            .checks
            .iter()
            .map(|(check, count)| {
                let (id, title) = board.check(at, *check);
                format!("{count} of {} fail {} ({})", spread.tried, text(id), text(title))
            })
            .collect();
        let _ = writeln!(
            out,
            "<tr><td>{}: {}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td class=\"n\">{}<td>{}</tr>",
            text(&exercise.id),
            text(&exercise.title),
            spread.passed,
            spread.failing,
            spread.tried,
            spread.begun,
            checks.join("<br>")
        );
    }
    out.push_str(
        "</table>\n</section>\n<section>\n<h2>Learners</h2>\n<table>\n<tr><th>learner<th>last heard",
    );
    for exercise in &board.exercises {
        let _ = write!(out, "<th>{}", text(&exercise.id));
    }
    out.push_str("</tr>\n");
    for learner in learners {
        let _ = write!(out, "<tr><td>{}<td>{}", text(&learner.name), moment(learner.heard));
        for (at, cell) in learner.cells.iter().enumerate() {
            let (class, sign) = match cell.state {
                State::NotBegun => ("not_begun", "not begun"),
                State::Started => ("started", "started"),
                State::Failing => ("failing", "✗ failing"),
                State::Passed => ("passed", "✓ passed"),
            };
            let failing: Vec<String> =
                cell.failing.iter().map(|(check, _)| text(board.check(at, *check).0)).collect();
            let _ = write!(out, "<td class=\"{class}\">{sign}");
            if cell.of > 0 {
                let _ = write!(out, " {}/{}", cell.points, cell.of);
            }
            if !failing.is_empty() {
                let _ = write!(out, "<br>{}", failing.join(", "));
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n</section>\n</body>\n</html>\n");
    out
}

/// Text as text: markup escaped, what steers replaced.
fn text(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in sanitise::plain(value).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
