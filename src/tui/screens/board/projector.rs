//! The board for a projector: everybody may see it, so it names nobody. Part, clock, how to join, and what an
//! exercise is failed at.

use super::{Source, State, view, words};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::fit;
use crate::workshop::room::Clock;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;

/// Digits of the clock, five rows of three columns each; `#` is drawn.
const DIGITS: [(char, [&str; 5]); 11] = [
    ('0', ["###", "# #", "# #", "# #", "###"]),
    ('1', ["  #", "  #", "  #", "  #", "  #"]),
    ('2', ["###", "  #", "###", "#  ", "###"]),
    ('3', ["###", "  #", "###", "  #", "###"]),
    ('4', ["# #", "# #", "###", "  #", "  #"]),
    ('5', ["###", "#  ", "###", "  #", "###"]),
    ('6', ["###", "#  ", "###", "# #", "###"]),
    ('7', ["###", "  #", "  #", "  #", "  #"]),
    ('8', ["###", "# #", "###", "# #", "###"]),
    ('9', ["###", "# #", "###", "  #", "###"]),
    (':', [" ", "#", " ", "#", " "]),
];

/// Draws it.
pub(super) fn draw(state: &State, shared: &Shared, frame: &mut Frame<'_>, body: Rect) {
    let theme = &shared.theme;
    let room = &state.board().room;
    let now = state.now();
    let columns = usize::from(body.width.saturating_sub(4));
    let mut page = Page { y: body.y, body };
    page.centred(frame, &sanitise::plain(&room.plan.title), theme.style(Role::Heading));
    page.gap(usize::from(body.height >= 30));
    match room.part(now) {
        Some(on) => {
            let title = format!("Part {} of {}: {}", on.index + 1, room.plan.parts.len(), on.part.title);
            page.centred(frame, &sanitise::plain(&title), theme.style(Role::Strong));
            page.gap(1);
            let role = if on.paused || on.left < 0 { Role::Warning } else { Role::Info };
            page.large(frame, &words::span(on.left), theme, theme.style(role));
            page.gap(1);
            let below = match () {
                () if on.paused => "the clock stands".to_owned(),
                () if on.left < 0 => "over time".to_owned(),
                () => format!("left of {} minutes", i64::from(on.part.minutes) + room.extended),
            };
            page.centred(frame, &below, theme.style(role));
        }
        None if room.clock == Clock::Over => {
            page.centred(frame, "That was it. Thank you.", theme.style(Role::Strong));
        }
        None => {
            let text =
                format!("{} parts, {} minutes. It begins soon.", room.plan.parts.len(), room.plan.minutes());
            page.centred(frame, &text, theme.style(Role::Strong));
        }
    }
    page.gap(1);
    if let Source::Live { join, .. } = &state.source {
        page.centred(frame, "To take part, type", theme.style(Role::Muted));
        // Never cut: it is copied from the wall.
        for line in fit::wrap(&sanitise::plain(&join.0), columns) {
            page.centred(frame, &line, theme.style(Role::Strong));
        }
        page.gap(1);
    }
    if let Some(said) = room.said(now).last() {
        for line in fit::wrap(&sanitise::plain(&said.text), columns).into_iter().take(3) {
            page.centred(frame, &line, theme.style(Role::Warning));
        }
        page.gap(1);
    }
    exercise(state, theme, frame, &mut page, columns);
}

/// The selected exercise: how many passed, and what it is failed at.
fn exercise(state: &State, theme: &Theme, frame: &mut Frame<'_>, page: &mut Page, columns: usize) {
    let Some(exercise) = state.board().exercises.get(state.exercise) else { return };
    let title = format!("{}: {}", words::id(&exercise.id), sanitise::plain(&exercise.title));
    page.centred(frame, &title, theme.style(Role::Heading));
    page.centred(frame, &view::summary(&state.distribution), theme.style(Role::Text));
    let wide = columns.min(90);
    for line in view::distribution(state, theme, wide) {
        page.block(frame, &line, wide);
    }
}

/// Rows that are filled from the top.
struct Page {
    y: u16,
    body: Rect,
}

impl Page {
    fn gap(&mut self, rows: usize) {
        self.y = self.y.saturating_add(u16::try_from(rows).unwrap_or(0));
    }

    fn centred(&mut self, frame: &mut Frame<'_>, text: &str, style: Style) {
        let columns = usize::from(self.body.width.saturating_sub(2));
        let text = fit::cut(text, columns);
        let line = Line::styled(text.into_owned(), style);
        let wide = line.width();
        self.block(frame, &line, wide);
    }

    /// A line of a block of `wide` columns, which stands in the middle.
    fn block(&mut self, frame: &mut Frame<'_>, line: &Line<'_>, wide: usize) {
        if self.y < self.body.bottom() {
            let wide = u16::try_from(wide).unwrap_or(u16::MAX).min(self.body.width);
            let x = self.body.x + (self.body.width - wide) / 2;
            frame.buffer_mut().set_line(x, self.y, line, wide);
        }
        self.y = self.y.saturating_add(1);
    }

    /// Digits of five rows, each cell of them two columns wide.
    fn large(&mut self, frame: &mut Frame<'_>, text: &str, theme: &Theme, style: Style) {
        // From the last row of a hall it is read, too.
        let scale = if self.body.height >= 44 && self.body.width >= 140 { 2 } else { 1 };
        for row in (0..5).flat_map(|row| std::iter::repeat_n(row, scale)) {
            let mut line = String::new();
            for c in text.chars() {
                let rows = DIGITS.iter().find(|(digit, _)| *digit == c).map(|(_, rows)| rows);
                let cells = rows.and_then(|rows| rows.get(row)).copied().unwrap_or("   ");
                for cell in cells.chars() {
                    let cell = if cell == '#' { theme.sign("██", "##") } else { "  " };
                    line.push_str(&cell.repeat(scale));
                }
                line.push_str("  ");
            }
            let line = Line::styled(line, style);
            let wide = line.width();
            self.block(frame, &line, wide);
        }
    }
}
