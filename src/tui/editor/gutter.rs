//! The strip left of the line numbers, which the workbench fills: what each instruction costs.

use crate::tui::theme::Role;

/// How many cells a gutter cell has.
pub const GUTTER_WIDTH: u16 = 14;
/// How many it has where there is room for a bar behind the figures.
pub const GUTTER_WITH_BAR: u16 = 18;

/// What stands beside one line: pieces of text with their roles, from the left. What is longer
/// than the gutter is cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GutterCell {
    /// The pieces.
    pub pieces: Vec<(String, Role)>,
    /// What stands at the right end of the line, where its text leaves room.
    pub note: String,
}

impl GutterCell {
    /// A cell of one piece.
    pub fn new(text: impl Into<String>, role: Role) -> Self {
        Self { pieces: vec![(text.into(), role)], note: String::new() }
    }

    /// With another piece at its right.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, role: Role) -> Self {
        self.pieces.push((text.into(), role));
        self
    }
}

/// `removed` line ends behind `line` gave way to `added`: cells stay beside their lines.
pub(super) fn edited(gutter: &mut Vec<Option<GutterCell>>, line: usize, removed: usize, added: usize) {
    if line + 1 < gutter.len() && removed != added {
        let end = (line + 1 + removed).min(gutter.len());
        gutter.splice(line + 1..end, std::iter::repeat_n(None, added));
    }
}
