//! A question with a few answers. The first answer is the careful one.

use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::message::Msg;
use crate::tui::theme::Role;
use crate::tui::widgets::{fit, pane};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// A question.
#[derive(Debug)]
pub struct State {
    title: String,
    text: String,
    answers: Vec<Answer>,
    selected: usize,
}

/// One answer: its words and what it does, if anything.
#[derive(Debug)]
struct Answer {
    words: &'static str,
    msg: Option<Msg>,
}

impl State {
    /// A question; `text` may come from anywhere.
    pub fn new(title: impl Into<String>, text: &str) -> Self {
        let text = sanitise::lines(text).into_owned();
        Self { title: title.into(), text, answers: Vec::new(), selected: 0 }
    }

    /// One more answer. Its first letter chooses it.
    #[must_use]
    pub fn answer(mut self, words: &'static str, msg: Option<Msg>) -> Self {
        self.answers.push(Answer { words, msg });
        self
    }

    /// Whether both ask the same; what the answers do may differ.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        self.title == other.title && self.text == other.text
    }

    /// The answer that Enter takes.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// What an answer does.
    pub fn take(mut self, answer: usize) -> Option<Msg> {
        (answer < self.answers.len()).then(|| self.answers.swap_remove(answer).msg).flatten()
    }

    /// Moves between the answers.
    pub fn act(&mut self, action: Action) {
        let count = self.answers.len().max(1);
        match action {
            Action::Left | Action::Up => self.selected = (self.selected + count - 1) % count,
            Action::Right | Action::Down => self.selected = (self.selected + 1) % count,
            _ => {}
        }
    }

    /// The answer whose first letter `key` is.
    pub fn on_key(&self, key: &KeyEvent) -> Option<usize> {
        let KeyCode::Char(c) = key.code else { return None };
        let typed = c.to_ascii_lowercase();
        self.answers
            .iter()
            .position(|a| a.words.chars().next().map(|c| c.to_ascii_lowercase()) == Some(typed))
    }

    /// Where it is drawn.
    pub fn area(&self, screen: Rect) -> Rect {
        let width = screen.width.saturating_sub(8).min(68);
        let rows = u16::try_from(self.lines(width).len()).unwrap_or(u16::MAX);
        pane::centred(screen, width, rows.saturating_add(5))
    }

    fn lines(&self, width: u16) -> Vec<String> {
        fit::wrap(&self.text, usize::from(width.saturating_sub(4)))
    }

    /// Columns of each answer on the last row inside, as `(x, width)`.
    fn places(&self, area: Rect) -> Vec<(u16, u16)> {
        let mut x = area.x + 2;
        self.answers
            .iter()
            .map(|answer| {
                let wide = u16::try_from(fit::width(answer.words) + 4).unwrap_or(u16::MAX);
                let place = (x, wide);
                x = x.saturating_add(wide + 1);
                place
            })
            .collect()
    }

    /// The answer under a click.
    pub fn click(&self, screen: Rect, x: u16, y: u16) -> Option<usize> {
        let area = self.area(screen);
        if y != area.bottom().saturating_sub(2) {
            return None;
        }
        self.places(area).iter().position(|(start, wide)| (*start..start + wide).contains(&x))
    }
}

/// Draws the question.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let area = state.area(shared.area());
    let inner = pane::popup(theme, frame, area, &sanitise::plain(&state.title));
    let text = Rect { x: inner.x + 1, y: inner.y + 1, width: inner.width.saturating_sub(2), ..inner };
    let lines: Vec<Line<'static>> = state.lines(area.width).into_iter().map(Line::from).collect();
    let height = inner.height.saturating_sub(2);
    frame.render_widget(Paragraph::new(lines).style(theme.style(Role::Text)), Rect { height, ..text });
    let y = area.bottom().saturating_sub(2);
    for (at, ((x, wide), answer)) in state.places(area).into_iter().zip(&state.answers).enumerate() {
        let selected = at == state.selected;
        let role = if selected { Role::Selected } else { Role::KeyBar };
        let words = if selected { format!("[ {} ]", answer.words) } else { format!("  {}  ", answer.words) };
        frame.buffer_mut().set_stringn(x, y, words, usize::from(wide), theme.style(role));
    }
}
