//! The keys, made from the same table as the key bar.

use crate::tui::app::Shared;
use crate::tui::keymap::{self, Action, Context};
use crate::tui::theme::Role;
use crate::tui::widgets::{fit, pane, scroll};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Which keys come first, and how far one has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    first: Vec<Context>,
    scroll: usize,
}

/// The order of the rest.
const ORDER: [Context; 12] = [
    Context::Global,
    Context::Home,
    Context::Lesson,
    Context::Workbench,
    Context::Problems,
    Context::Panel,
    Context::Setup,
    Context::Palette,
    Context::Page,
    Context::Dialog,
    Context::Fixes,
    Context::WhatIf,
];

impl State {
    /// The help, with the keys of `contexts` first.
    pub fn new(contexts: Vec<Context>) -> Self {
        Self { first: contexts, scroll: 0 }
    }

    /// Scrolls; answers whether the help closes.
    pub fn act(&mut self, action: Action, size: (u16, u16)) -> bool {
        let place = area(Rect::new(0, 0, size.0, size.1));
        let rows = usize::from(place.height.saturating_sub(2));
        let total = self.sections().iter().map(|(_, keys)| keys.len() + 2).sum::<usize>();
        match scroll::moved(self.scroll, action, rows, total.saturating_sub(rows)) {
            Some(to) => {
                self.scroll = to;
                false
            }
            None => matches!(action, Action::Back | Action::Accept),
        }
    }

    fn sections(&self) -> Vec<(&'static str, Vec<(String, String)>)> {
        let mut order = self.first.clone();
        order.extend(ORDER);
        let mut seen: Vec<Context> = Vec::new();
        let mut sections = Vec::new();
        for context in order {
            if seen.contains(&context) {
                continue;
            }
            seen.push(context);
            sections.push((context.title(), keys_of(context)));
            if context == Context::Workbench {
                sections.push(("Editor", super::workbench::editor_keys()));
            }
        }
        sections.retain(|(_, keys)| !keys.is_empty());
        sections
    }
}

/// Keys and what they do; several keys of one action share a line.
fn keys_of(context: Context) -> Vec<(String, String)> {
    let mut lines: Vec<(Action, String)> = Vec::new();
    for binding in keymap::bindings().filter(|b| b.context == context) {
        let key = binding.chord.label();
        match lines.iter_mut().find(|(action, _)| *action == binding.action) {
            Some((_, keys)) => {
                keys.push_str(", ");
                keys.push_str(&key);
            }
            None => lines.push((binding.action, key)),
        }
    }
    lines.into_iter().map(|(action, keys)| (keys, action.title().to_owned())).collect()
}

/// Where it is drawn.
pub fn area(screen: Rect) -> Rect {
    pane::centred(screen, screen.width.saturating_sub(6).min(84), screen.height.saturating_sub(2))
}

/// Draws the help.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let area = area(shared.area());
    let inner = pane::popup(theme, frame, area, "Help");
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (title, keys) in state.sections() {
        lines.push(Line::styled(format!(" {title}"), theme.style(Role::Heading)));
        for (key, what) in keys {
            lines.push(Line::from(vec![
                Span::styled(format!("   {}", fit::pad(&key, 22)), theme.style(Role::Key)),
                Span::styled(what, theme.style(Role::Text)),
            ]));
        }
        lines.push(Line::default());
    }
    let offset = state.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, lines.len());
    frame.render_widget(Paragraph::new(lines.into_iter().skip(offset).collect::<Vec<_>>()), inner);
}
