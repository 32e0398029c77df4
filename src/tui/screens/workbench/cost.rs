//! The cost gutter: what each instruction added to the image and how long it took when it ran last, which
//! the next build runs again, and what the stages come to. What is not known is not shown.

use super::outlook::Outlook;
use crate::engine::BuildOutcome;
use crate::image::human_size;
use crate::image::plan::{self, Verdict};
use crate::text::LineIndex;
use crate::tui::editor::GutterCell;
use crate::tui::theme::Role;
use std::collections::BTreeMap;

/// Cells of the bar that shows an instruction's share of the image.
const BAR: u64 = 4;

/// A build that succeeded, and the files it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// Texts by path.
    pub texts: BTreeMap<String, String>,
    /// What came of it.
    pub outcome: BuildOutcome,
}

/// What is known of the steps of one instruction, or of a stage.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    bytes: Option<u64>,
    millis: Option<u64>,
    /// All of it came from the cache in the last build.
    cached: bool,
    /// The worst that becomes of it.
    verdict: Option<Verdict>,
}

/// One cell a line of the Dockerfile.
pub fn gutter(outlook: &Outlook, ascii: bool) -> Vec<Option<GutterCell>> {
    let file = outlook.file();
    let index = LineIndex::new(&file.source);
    let mut cells = vec![None; index.lines()];
    let whole: u64 = outlook.plan.steps.iter().filter_map(|step| step.bytes).sum();
    for (at, instruction) in file.instructions.iter().enumerate() {
        let cost = cost(outlook, outlook.steps_of(at));
        let stage = outlook.steps_of(at).next().map(|step| outlook.recipe.steps[step].stage);
        let line = index.line(instruction.span.start) - 1;
        let Some(mut cell) = cell(cost, whole, ascii) else { continue };
        if let Some(stage) = stage.filter(|_| instruction.keyword == "FROM") {
            cell.note = total(outlook, stage);
        }
        cells[line] = Some(cell);
    }
    cells
}

fn cost(outlook: &Outlook, steps: impl Iterator<Item = usize>) -> Option<Cost> {
    let mut sum: Option<Cost> = None;
    let add = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0) + other.unwrap_or(0)),
    };
    for at in steps {
        let (Some(step), Some(planned)) = (outlook.recipe.steps.get(at), outlook.plan.steps.get(at)) else {
            continue;
        };
        let sum = sum.get_or_insert(Cost { cached: true, ..Cost::default() });
        sum.bytes = add(sum.bytes, planned.bytes);
        sum.millis = add(sum.millis, planned.millis);
        sum.cached &= outlook.ledger().was_cached(step);
        sum.verdict = sum.verdict.max_by(planned.verdict);
    }
    sum
}

trait Worse {
    fn max_by(self, other: Verdict) -> Self;
}

impl Worse for Option<Verdict> {
    fn max_by(self, other: Verdict) -> Self {
        let weight = |verdict: Verdict| match verdict {
            Verdict::NotNeeded => 0,
            Verdict::Cached => 1,
            Verdict::Perhaps => 2,
            Verdict::Again => 3,
        };
        Some(self.filter(|own| weight(*own) >= weight(other)).unwrap_or(other))
    }
}

fn cell(cost: Option<Cost>, whole: u64, ascii: bool) -> Option<GutterCell> {
    let Cost { bytes, millis, cached, verdict } = cost?;
    let verdict = verdict?;
    let (sign, role) = sign(verdict, ascii);
    if bytes.is_none() && millis.is_none() && verdict == Verdict::Cached && !cached {
        return None;
    }
    let size = bytes.map_or(String::new(), megabytes);
    let (time, time_role) = match millis {
        _ if cached && verdict == Verdict::Cached => ("cache".to_owned(), Role::Success),
        Some(millis) => (format!("{:.1}", millis as f64 / 1e3), Role::Muted),
        None => (String::new(), Role::Muted),
    };
    let cell = GutterCell::new(format!("{size:>5}"), Role::Text).and(format!(" {time:>5}"), time_role);
    Some(cell.and(format!(" {sign} "), role).and(bar(bytes.unwrap_or(0), whole, ascii), Role::Info))
}

/// The sign of a verdict.
pub fn sign(verdict: Verdict, ascii: bool) -> (&'static str, Role) {
    match (verdict, ascii) {
        (Verdict::Cached, _) => (" ", Role::Muted),
        (Verdict::Again, false) => ("↻", Role::Warning),
        (Verdict::Again, true) => ("^", Role::Warning),
        (Verdict::Perhaps, _) => ("?", Role::Info),
        (Verdict::NotNeeded, false) => ("–", Role::Muted),
        (Verdict::NotNeeded, true) => ("-", Role::Muted),
    }
}

/// Its share of the whole, to an eighth of a cell; whatever is there shows.
fn bar(bytes: u64, whole: u64, ascii: bool) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if bytes == 0 || whole == 0 {
        return String::new();
    }
    let share = u128::from(bytes.min(whole)) * u128::from(BAR) * 8 / u128::from(whole);
    let eighths = usize::try_from(share).unwrap_or(0).max(1);
    if ascii {
        return "#".repeat(eighths.div_ceil(8));
    }
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// What a stage comes to: `186 MB · 12 s`.
fn total(outlook: &Outlook, stage: usize) -> String {
    let steps = outlook.recipe.steps.iter().enumerate().filter(|(_, step)| step.stage == stage);
    let Some(cost) = cost(outlook, steps.map(|(at, _)| at)) else { return String::new() };
    let size = cost.bytes.filter(|bytes| *bytes > 0).map(human_size);
    let time = cost.millis.filter(|millis| *millis >= 50).map(plan::seconds);
    let words: Vec<String> = size.into_iter().chain(time).collect();
    if words.is_empty() {
        return String::new();
    }
    let name = outlook.recipe.stages.get(stage).map_or("", |stage| stage.name.as_str());
    let name = if name.is_empty() { "image" } else { name };
    format!("{name}: {}", words.join(", "))
}

fn megabytes(bytes: u64) -> String {
    let mb = bytes as f64 / 1e6;
    if bytes == 0 {
        "0".to_owned()
    } else if mb < 9.95 {
        format!("{mb:.1}")
    } else {
        format!("{mb:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_fit_their_column() {
        assert_eq!(["0", "0.1", "240", "1020"], [0, 100_000, 240_000_000, 1_020_000_000].map(megabytes)[..]);
    }

    #[test]
    fn a_bar_is_the_share() {
        assert_eq!(bar(100, 100, false), "████");
        assert_eq!(bar(100, 100, true), "####");
        assert_eq!(bar(1, 2, false), "██");
        assert_eq!(bar(1, 1_000_000, false), "▏");
        assert_eq!(bar(9, 64, false), "▌");
        assert_eq!(bar(0, 64, false), "");
    }

    #[test]
    fn the_worst_counts() {
        assert_eq!(Some(Verdict::Again).max_by(Verdict::Cached), Some(Verdict::Again));
        assert_eq!(Some(Verdict::NotNeeded).max_by(Verdict::Perhaps), Some(Verdict::Perhaps));
        assert_eq!(None.max_by(Verdict::Cached), Some(Verdict::Cached));
    }
}
