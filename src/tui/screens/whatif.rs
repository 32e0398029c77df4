//! What if a file changes? A list of the files that reach the builder, found by a few letters, and below
//! it what the next build would run again if the chosen one had another content.
//!
//! ```text
//! ╭ What if a file changes? ───────────────────╮
//! │ main                                       │
//! │ > main.py                                  │
//! │ ────────────────────────────────────────── │
//! │ The next build runs 1 of 5 steps again     │
//! │ ↻   0.4 s   5  COPY . .  takes main.py     │
//! ╰────────────────────────────────────────────╯
//! ```

use super::workbench::{Outlook, plan_row};
use crate::image::plan::{Plan, Recipe, Verdict};
use crate::text::{LineIndex, sanitise};
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::theme::Role;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::{fit, pane, scroll};
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::sync::Arc;

/// Files that are shown at once.
const ROWS: usize = 6;

/// The list, what was typed, and what would follow.
#[derive(Debug)]
pub struct State {
    outlook: Arc<Outlook>,
    files: Vec<String>,
    input: Input,
    /// Indices into `files` of those that have what was typed in them.
    found: Vec<usize>,
    selected: usize,
    scroll: usize,
    /// What the selected file would bring about.
    then: Option<(Recipe, Plan)>,
}

impl State {
    /// All `files`, `first` selected when it is one of them.
    pub fn new(outlook: Arc<Outlook>, files: Vec<String>, first: &str) -> Self {
        let found: Vec<usize> = (0..files.len()).collect();
        let selected = files.iter().position(|file| file == first).unwrap_or(0);
        let mut state =
            Self { outlook, files, input: Input::default(), found, selected, scroll: 0, then: None };
        state.think();
        state
    }

    fn think(&mut self) {
        self.scroll = 0;
        let path = self.found.get(self.selected).and_then(|at| self.files.get(*at));
        self.then = path.map(|path| self.outlook.with_changed(path));
    }

    /// Takes a key that moves nothing.
    pub fn on_key(&mut self, key: &KeyEvent) {
        if self.input.on_key(key) {
            self.search();
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.input.insert(text);
        self.search();
    }

    fn search(&mut self) {
        let wanted = self.input.text().to_lowercase();
        let fits = |at: &usize| self.files.get(*at).is_some_and(|file| file.to_lowercase().contains(&wanted));
        self.found = (0..self.files.len()).filter(fits).collect();
        self.selected = 0;
        self.think();
    }

    /// Does what a key asks for; answers whether the list closes.
    pub fn act(&mut self, action: Action, shared: &Shared) -> bool {
        match action {
            Action::Back | Action::Accept => return true,
            Action::PageUp | Action::PageDown => {
                let rows = usize::from(self.parts(shared).steps.height);
                let last = self.rows().saturating_sub(rows);
                self.scroll = scroll::moved(self.scroll, action, rows, last).unwrap_or(self.scroll);
            }
            other => {
                let last = self.found.len().saturating_sub(1);
                if let Some(to) = scroll::moved(self.selected, other, ROWS, last) {
                    self.selected = to;
                    self.think();
                }
            }
        }
        false
    }

    /// A click on row `y`.
    pub fn click(&mut self, shared: &Shared, y: u16) {
        let list = self.parts(shared).list;
        let at = self.offset(list) + usize::from(y.saturating_sub(list.y));
        if (list.y..list.bottom()).contains(&y) && at < self.found.len() {
            self.selected = at;
            self.think();
        }
    }

    fn rows(&self) -> usize {
        self.then.as_ref().map_or(0, |(_, plan)| plan.steps.iter().filter(|step| shows(step.verdict)).count())
    }

    /// Where it is drawn.
    pub fn area(&self, shared: &Shared) -> Rect {
        let screen = shared.area();
        let width = screen.width.saturating_sub(6).min(110);
        let steps = self.outlook.recipe.steps.len().clamp(3, 12);
        let rows = 1 + self.files.len().min(ROWS) + 2 + steps + 2;
        let height = u16::try_from(rows).unwrap_or(u16::MAX).min(screen.height.saturating_sub(2));
        pane::centred(screen, width, height)
    }

    fn parts(&self, shared: &Shared) -> Parts {
        let area = self.area(shared);
        let inner = pane::inside(area);
        let line = |y: u16| Rect { y, height: 1, ..inner };
        let rows = u16::try_from(self.files.len().min(ROWS)).unwrap_or(0).min(inner.height / 2);
        let list = Rect { y: inner.y + 1, height: rows, ..inner };
        let rule = line(list.bottom());
        let words = line(rule.bottom());
        let steps =
            Rect { y: words.bottom(), height: inner.bottom().saturating_sub(words.bottom()), ..inner };
        Parts { area, input: line(inner.y), list, rule, words, steps }
    }

    fn offset(&self, list: Rect) -> usize {
        scroll::follow(0, self.selected, usize::from(list.height), self.found.len())
    }
}

/// Only what does not come from the cache is told.
fn shows(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Again | Verdict::Perhaps)
}

struct Parts {
    area: Rect,
    input: Rect,
    list: Rect,
    rule: Rect,
    words: Rect,
    steps: Rect,
}

/// Draws the list.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let Parts { area, input, list, rule, words, steps } = state.parts(shared);
    pane::popup(theme, frame, area, "What if a file changes?");
    let typed = state.input.text();
    let line = if typed.is_empty() {
        Line::styled("type a few letters of its path", theme.style(Role::Muted))
    } else {
        Line::styled(sanitise::plain(typed).into_owned(), theme.style(Role::Text))
    };
    frame.buffer_mut().set_line(input.x, input.y, &line, input.width);
    let before = u16::try_from(fit::width(state.input.before())).unwrap_or(0);
    frame.set_cursor_position((input.x + before.min(input.width.saturating_sub(1)), input.y));
    let offset = state.offset(list);
    for (y, (at, file)) in (list.y..list.bottom()).zip(state.found.iter().enumerate().skip(offset)) {
        let selected = at == state.selected;
        let ground = theme.style(if selected { Role::Selected } else { Role::Text });
        let mark = if selected { theme.sign("▸ ", "> ") } else { "  " };
        let path = sanitise::plain(&state.files[*file]).into_owned();
        let room = usize::from(list.width).saturating_sub(2);
        let line = Line::from(vec![Span::styled(mark, ground), Span::styled(fit::pad(&path, room), ground)]);
        frame.buffer_mut().set_style(Rect { y, height: 1, ..list }, ground);
        frame.buffer_mut().set_line(list.x, y, &line, list.width);
    }
    let bar = theme.sign("─", "-").repeat(usize::from(rule.width));
    frame.buffer_mut().set_string(rule.x, rule.y, bar, theme.style(Role::Border));
    let Some((recipe, plan)) = &state.then else {
        let line =
            Line::styled("No file that reaches the builder has these letters", theme.style(Role::Muted));
        frame.buffer_mut().set_line(words.x, words.y, &line, words.width);
        return;
    };
    let said = Line::styled(format!("Then {}", plan.words()), theme.style(Role::Strong));
    frame.buffer_mut().set_line(words.x, words.y, &said, words.width);
    let index = LineIndex::new(&state.outlook.file().source);
    let instructions = &state.outlook.file().instructions;
    let rows: Vec<Line<'static>> = recipe
        .steps
        .iter()
        .zip(&plan.steps)
        .filter(|(_, planned)| shows(planned.verdict))
        .map(|(step, planned)| {
            let line = instructions.get(step.instruction).map(|i| index.line(i.span.start));
            plan_row(step, planned, line, theme, usize::from(steps.width))
        })
        .skip(state.scroll)
        .collect();
    frame.render_widget(Paragraph::new(rows), steps);
}
