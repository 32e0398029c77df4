//! What is drawn over the text: the message of the cursor line's problem, the completion popup, and
//! the bar of find and go to line.

use super::prompt::Prompt;
use super::view::{EditorView, role_of};
use super::width;
use crate::text::sanitise;
use crate::tui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

/// Rows of offers that the popup shows at once.
const ROWS: usize = 8;
/// A message behind a line is cut rather than moved when it has this much room.
const ROOM: usize = 32;
/// The widest an offer's label is drawn.
const LABEL: usize = 36;

impl EditorView<'_> {
    /// The message of the worst problem at the cursor: behind its line when there is room, else on
    /// a row at the edge of the text that is away from the cursor, a blank one if there is any.
    pub(super) fn message(&self, area: Rect, top: usize, buffer: &mut Buffer) {
        let editor = self.editor;
        let found = editor.diagnostics_at_cursor();
        let Some(problem) = found.first().filter(|_| self.focused && editor.completion.is_none()) else {
            return;
        };
        let line = editor.document.line_of(editor.selection.head);
        let Some(row) = line.checked_sub(top).filter(|row| *row < usize::from(area.height)) else { return };
        let fix = if problem.fix.is_some() { "  Alt-Enter fixes" } else { "" };
        let sign = self.theme.sign("●", "!");
        let text = format!("{sign} {} {}{fix}", problem.code, sanitise::plain(&problem.message));
        let style = self.theme.style(role_of(problem.severity)).add_modifier(Modifier::ITALIC);
        let (_, left) = editor.scroll_offset();
        let (room, needed) = (usize::from(area.width), width(&text));
        let end = editor.document.place_at_column(line, left + room).column.saturating_sub(left);
        let y = area.y + row as u16;
        let behind = room.saturating_sub(end + 3);
        let blank_below = top + usize::from(area.height) > editor.document.lines();
        if needed <= behind || (behind >= ROOM && !blank_below) {
            buffer.set_stringn(area.x + (end + 3) as u16, y, cut(&text, behind), behind, style);
        } else if area.height > 2 {
            let y = if row + 1 < usize::from(area.height) { area.bottom() - 1 } else { area.top() };
            let row = Rect { y, height: 1, ..area };
            clear(row, self.theme.base().patch(self.theme.style(Role::CursorLine)), buffer);
            buffer.set_stringn(area.x, y, cut(&text, room), room, style);
        }
    }

    /// The completion popup, below the cursor or above it.
    pub(super) fn completion(&self, area: Rect, top: usize, left: usize, buffer: &mut Buffer) {
        let editor = self.editor;
        let Some(popup) = editor.completion().filter(|_| self.focused) else { return };
        let offers = popup.offers();
        let Some(row) = editor.document.line_of(popup.start()).checked_sub(top) else { return };
        let column = editor.document.place(popup.start()).column.saturating_sub(left);
        if row >= usize::from(area.height) || area.width < 12 {
            return;
        }
        let below = usize::from(area.height) - row - 1;
        let wanted = offers.len().min(ROWS);
        let (rows, under) =
            if below >= wanted.min(3) { (wanted.min(below), true) } else { (wanted.min(row), false) };
        let label = offers.iter().map(|o| width(&o.label)).max().unwrap_or(0).min(LABEL);
        let detail = offers.iter().map(|o| width(o.detail)).max().unwrap_or(0);
        let inner = (label + 2 + detail + 2).min(usize::from(area.width));
        let x = area.x + column.saturating_sub(1).min(usize::from(area.width) - inner) as u16;
        let y = if under { area.y + row as u16 + 1 } else { area.y + (row - rows) as u16 };
        let first = popup.selected().saturating_sub(rows.saturating_sub(1));
        for (n, offer) in offers.iter().skip(first).take(rows).enumerate() {
            let y = y + n as u16;
            let selected = first + n == popup.selected();
            let ground = self.theme.style(if selected { Role::Selected } else { Role::KeyBar });
            clear(Rect { x, y, width: inner as u16, height: 1 }, self.theme.base().patch(ground), buffer);
            let of = |role: Role| {
                let style = self.theme.style(role);
                Style { bg: None, ..style }.patch(Style { fg: None, ..ground })
            };
            let text = sanitise::plain(&offer.label);
            let label_style = if selected { ground } else { of(offer.role) };
            buffer.set_stringn(x + 1, y, cut(&text, label), label.min(inner - 1), label_style);
            let at = label + 3;
            if at + 1 < inner {
                let style = if selected { ground } else { of(Role::Muted) };
                buffer.set_stringn(x + at as u16, y, offer.detail, inner - at, style);
            }
        }
    }

    /// The bar, and where the cursor stands in it.
    pub(super) fn prompt(&self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let prompt = self.editor.prompt.as_ref().filter(|_| area.height > 0)?;
        let ground = self.theme.base().patch(self.theme.style(Role::KeyBar));
        clear(area, ground, buffer);
        let bar = Bar { theme: self.theme, ground, area };
        let cursor = match prompt {
            Prompt::Goto(field) => bar.row(0, "Go to line ", field, "line or line:column", true, buffer),
            Prompt::Find { query, replacement, replacing, count, .. } => {
                let hint = match (count, query.text().is_empty()) {
                    (_, true) => String::new(),
                    ((0, _), _) => "not found".to_owned(),
                    ((total, Some(at)), _) => format!("{at} of {total}"),
                    ((total, None), _) => format!("{total} found"),
                };
                let first = bar.row(0, "Find ", query, &hint, !replacing, buffer);
                let second = replacement.as_ref().filter(|_| area.height > 1).and_then(|field| {
                    bar.row(1, "Replace ", field, "Enter one, Alt-A all", *replacing, buffer)
                });
                if *replacing { second } else { first }
            }
        };
        cursor.filter(|_| self.focused)
    }
}

/// Draws the rows of the bar.
struct Bar<'a> {
    theme: &'a Theme,
    ground: Style,
    area: Rect,
}

impl Bar<'_> {
    /// One input with its label and a hint at the right; where the cursor stands in it.
    fn row(
        &self,
        row: u16,
        label: &str,
        field: &super::field::Field,
        hint: &str,
        active: bool,
        buffer: &mut Buffer,
    ) -> Option<Position> {
        let y = self.area.y + row;
        let room = usize::from(self.area.width);
        let weight = if active { Modifier::BOLD } else { Modifier::empty() };
        buffer.set_stringn(
            self.area.x + 1,
            y,
            label,
            room.saturating_sub(1),
            self.ground.add_modifier(weight),
        );
        let from = (1 + width(label)).min(room);
        let keep = if room > from + width(hint) + 12 { width(hint) + 2 } else { 0 };
        let space = room.saturating_sub(from + keep);
        // The end of what stands before the cursor stays in sight.
        let before = sanitise::plain(field.before());
        let text = sanitise::plain(field.text());
        let skip = (width(&before) + 1).saturating_sub(space.max(1));
        let shown: String =
            super::clusters(&text, 0).filter(|(_, at, _)| *at >= skip).map(|(_, _, c)| c).collect();
        buffer.set_stringn(self.area.x + from as u16, y, shown, space, self.ground);
        if keep > 0 {
            let x = self.area.right() - keep as u16 + 1;
            let muted = self.ground.patch(Style { bg: None, ..self.theme.style(Role::Muted) });
            buffer.set_stringn(x, y, hint, keep - 1, muted);
        }
        let column = from + width(&before) - skip.min(width(&before));
        (column < room).then(|| Position { x: self.area.x + column as u16, y })
    }
}

/// Make the cells of `area` blank, in `style`.
fn clear(area: Rect, style: Style, buffer: &mut Buffer) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
            buffer[(x, y)].set_style(style);
        }
    }
}

/// `text` cut to `room` cells, with `…` in place of what is gone.
fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut out: String =
        super::clusters(text, 0).take_while(|(_, at, c)| at + width(c) < room).map(|(_, _, c)| c).collect();
    out.push('…');
    out
}
