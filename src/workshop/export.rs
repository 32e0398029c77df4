//! A workshop for other programs: a table, a document, a page. What goes in is a board; what comes out is the same
//! for the same board, whoever came first.

mod csv;
mod html;
mod json;
#[cfg(test)]
mod tests;

use super::board::{Board, Learner, Limits};

/// The formats there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A row for each learner and exercise, for spreadsheets
    Csv,
    /// One document with all there is but files that learners showed
    Json,
    /// One page for a browser, with nothing beside it
    Html,
}

/// The board as text in this format. `now` is the moment (the host's clock, in milliseconds since 1970) as of which
/// somebody is stuck.
pub fn render(board: &Board, format: Format, now: i64, limits: Limits) -> String {
    match format {
        Format::Csv => csv::render(board),
        Format::Json => json::render(board, now, limits),
        Format::Html => html::render(board, now, limits),
    }
}

/// Learners by name, those of one name by their keys.
fn sorted(board: &Board) -> Vec<&Learner> {
    let mut learners: Vec<&Learner> = board.learners().iter().collect();
    learners.sort_by_cached_key(|learner| (learner.name.to_lowercase(), learner.key.clone()));
    learners
}

/// A moment as `2026-11-22T12:00:00Z`; empty when there is none.
fn moment(millis: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(millis).ok().filter(|_| millis > 0);
    at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}
