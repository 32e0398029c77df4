//! A row for each learner and exercise (RFC 4180). A cell that a spreadsheet would take for a formula begins with an
//! apostrophe, which makes it text.

use super::{moment, sorted};
use crate::text::sanitise;
use crate::workshop::board::Board;

const HEAD: [&str; 12] = [
    "learner",
    "key",
    "here",
    "last_heard",
    "exercise",
    "title",
    "state",
    "attempts",
    "points",
    "of",
    "hints",
    "failing",
];

pub(super) fn render(board: &Board) -> String {
    let mut out = row(&HEAD.map(str::to_owned));
    for learner in sorted(board) {
        for (at, (exercise, cell)) in board.exercises.iter().zip(&learner.cells).enumerate() {
            let failing: Vec<&str> =
                cell.failing.iter().map(|(check, _)| board.check(at, *check).0).collect();
            out.push_str(&row(&[
                learner.name.clone(),
                learner.key.clone(),
                learner.here.to_string(),
                moment(learner.heard),
                exercise.id.clone(),
                exercise.title.clone(),
                cell.state.words().to_owned(),
                cell.attempts.to_string(),
                cell.points.to_string(),
                cell.of.to_string(),
                cell.hints.to_string(),
                failing.join(" "),
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
    let safe = sanitise::plain(text);
    // Blanks before it do not stop a spreadsheet; wide forms of the signs count as the signs.
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let apostrophe =
        if safe.trim_start().starts_with(formula) || text.starts_with(['\t', '\r']) { "'" } else { "" };
    format!("\"{apostrophe}{}\"", safe.replace('"', "\"\""))
}
