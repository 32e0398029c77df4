//! A row for each check, for spreadsheets (RFC 4180). A cell that a spreadsheet would take for a formula
//! begins with an apostrophe, which makes it text.

use crate::grade::Report;
use crate::text::sanitise;

const HEAD: [&str; 14] = [
    "dir",
    "exercise",
    "score",
    "max_score",
    "check",
    "title",
    "status",
    "points",
    "earned",
    "bonus",
    "expected",
    "found",
    "look_at",
    "why",
];

pub(super) fn render(reports: &[Report]) -> String {
    let mut out = row(&HEAD.map(str::to_owned));
    for report in reports {
        for result in &report.results {
            out.push_str(&row(&[
                report.dir.clone(),
                report.exercise.clone(),
                report.score().to_string(),
                report.max_score().to_string(),
                result.id.clone(),
                result.title.clone(),
                result.status.name().to_owned(),
                result.points.to_string(),
                result.score.to_string(),
                result.bonus.to_string(),
                result.expected.clone(),
                result.found.clone(),
                result.look_at.clone(),
                result.why.clone(),
            ]));
        }
    }
    out
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\r\n"
}

fn quoted(text: &str) -> String {
    let safe = sanitise::lines(text);
    // Blanks before it do not stop a spreadsheet; wide forms of the signs count as the signs.
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let apostrophe =
        if safe.trim_start().starts_with(formula) || text.starts_with(['\t', '\r']) { "'" } else { "" };
    format!("\"{apostrophe}{}\"", safe.replace('"', "\"\""))
}
