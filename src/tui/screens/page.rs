//! A page of prose over the screen: a hint, the explanation of a rule, the details of a failure.

use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::widgets::markdown::{self, Cached, Marks};
use crate::tui::widgets::{pane, scroll};
use ratatui::Frame;
use ratatui::layout::Rect;

/// Widest page: longer lines are hard to read.
const WIDEST: u16 = 84;

/// A title, text, and how far one has read.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    title: String,
    text: Cached,
    scroll: usize,
}

impl State {
    /// A page of markdown. The text may come from anywhere: it is made safe when it is parsed.
    pub fn new(title: impl Into<String>, markdown: &str) -> Self {
        Self { title: title.into(), text: Cached::new(markdown), scroll: 0 }
    }

    /// Its title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Scrolls; answers whether the page closes.
    pub fn act(&mut self, action: Action, shared: &Shared) -> bool {
        let place = self.area(shared);
        let rows = usize::from(place.height.saturating_sub(2));
        let total = self.text.layout(columns(place), shared.theme.ascii).lines.len();
        match scroll::moved(self.scroll, action, rows, total.saturating_sub(rows)) {
            Some(to) => {
                self.scroll = to;
                false
            }
            None => matches!(action, Action::Back | Action::Accept),
        }
    }

    /// Where it is drawn: as high as its text, within the screen.
    pub fn area(&self, shared: &Shared) -> Rect {
        let screen = shared.area();
        let width = screen.width.saturating_sub(8).min(WIDEST);
        let layout = self.text.layout(columns(Rect { width, ..screen }), shared.theme.ascii);
        let rows = u16::try_from(layout.lines.len()).unwrap_or(u16::MAX);
        pane::centred(screen, width, rows.saturating_add(2).min(screen.height.saturating_sub(4)))
    }
}

/// Columns of text in a page of this size: a blank on either side.
fn columns(area: Rect) -> u16 {
    area.width.saturating_sub(4)
}

/// Draws the page.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let area = state.area(shared);
    let inner = pane::popup(theme, frame, area, &sanitise::plain(&state.title));
    let layout = state.text.layout(columns(area), theme.ascii);
    let offset = state.scroll.min(layout.lines.len().saturating_sub(usize::from(inner.height)));
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, layout.lines.len());
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let links = state.text.document().links();
    markdown::draw(links, &layout, offset, Marks::default(), inner, frame.buffer_mut(), theme);
}
