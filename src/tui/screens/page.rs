//! A page of text over the screen: a hint, the explanation of a rule, the details of a failure.

use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::theme::Role;
use crate::tui::widgets::{fit, pane, scroll};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// A title, text, and how far one has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    title: String,
    text: String,
    scroll: usize,
}

impl State {
    /// A page. The text may come from anywhere: it is made safe here.
    pub fn new(title: impl Into<String>, text: &str) -> Self {
        Self { title: title.into(), text: sanitise::lines(text).into_owned(), scroll: 0 }
    }

    /// Scrolls; answers whether the page closes.
    pub fn act(&mut self, action: Action, size: (u16, u16)) -> bool {
        let place = self.area(Rect::new(0, 0, size.0, size.1));
        let rows = usize::from(place.height.saturating_sub(2));
        let total = self.lines(place).len();
        match scroll::moved(self.scroll, action, rows, total.saturating_sub(rows)) {
            Some(to) => {
                self.scroll = to;
                false
            }
            None => matches!(action, Action::Back | Action::Accept),
        }
    }

    /// Where it is drawn: as high as its text, within the screen.
    pub fn area(&self, screen: Rect) -> Rect {
        let width = screen.width.saturating_sub(8).min(80);
        let wide = Rect { width, ..screen };
        let rows = u16::try_from(self.lines(wide).len()).unwrap_or(u16::MAX);
        pane::centred(screen, width, rows.saturating_add(2).min(screen.height.saturating_sub(4)))
    }

    fn lines(&self, area: Rect) -> Vec<String> {
        fit::wrap(&self.text, usize::from(area.width.saturating_sub(4)))
    }
}

/// Draws the page.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let area = state.area(shared.area());
    let inner = pane::popup(theme, frame, area, &sanitise::plain(&state.title));
    let lines = state.lines(area);
    let offset = state.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, lines.len());
    let shown: Vec<Line<'static>> = lines.into_iter().skip(offset).map(Line::from).collect();
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    frame.render_widget(Paragraph::new(shown).style(theme.style(Role::Text)), inner);
}
