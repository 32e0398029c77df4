//! The course map: lessons with the exercises that practise them, progress, and what comes next.

mod rows;
mod view;

pub use view::view;

use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::message::{Destination, Effect, Msg};
use crate::tui::widgets::scroll;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use rows::Row;

/// What the map remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Index of the selected row among the rows of the map.
    pub selected: usize,
    /// Whether Enter was pressed before the course was there.
    eager: bool,
}

impl State {
    /// Whether somebody waits for the course to open: true once.
    pub fn takes_eager(&mut self) -> bool {
        std::mem::take(&mut self.eager)
    }

    /// Selects what comes next.
    pub fn suggest(&mut self, shared: &Shared) {
        let rows = rows::rows(&shared.course);
        let next = rows::next(&shared.course, &shared.progress);
        if let Some(at) = rows.iter().position(|row| Some(row) == next.as_ref()) {
            self.selected = at;
        } else {
            self.selected = rows.iter().position(Row::opens).unwrap_or(0);
        }
    }

    /// Moves by `action`, passing over headings.
    fn step(&mut self, rows: &[Row], action: Action, page: usize) {
        let last = rows.len().saturating_sub(1);
        let Some(to) = scroll::moved(self.selected, action, page, last) else { return };
        let forward = to > self.selected || action == Action::First;
        let found = if forward {
            (to..rows.len()).find(|at| rows[*at].opens())
        } else {
            (0..=to).rev().find(|at| rows[*at].opens())
        };
        self.selected = found.unwrap_or(self.selected);
    }
}

/// Keeps the selection on a row after the course or progress changed.
pub fn refresh(state: &mut State, shared: &Shared) {
    let last = rows::rows(&shared.course).len().saturating_sub(1);
    state.selected = state.selected.min(last);
}

/// An action on the map.
pub fn act(state: &mut State, shared: &mut Shared, body: Rect, action: Action) -> Vec<Effect> {
    let course = shared.course.clone();
    let rows = rows::rows(&course);
    match action {
        Action::Accept | Action::Continue if rows.is_empty() => state.eager = true,
        Action::Accept => {
            if let Some(to) = rows.get(state.selected).and_then(|row| row.destination(&course)) {
                shared.post(Msg::Go(to));
            }
        }
        Action::Continue => {
            if let Some(to) = rows::continue_at(shared) {
                shared.post(Msg::Go(to));
            }
        }
        other => state.step(&rows, other, usize::from(view::list_area(body).height)),
    }
    Vec::new()
}

/// The mouse on the map: the wheel moves, a click selects, a click on what is selected opens it.
pub fn on_mouse(state: &mut State, shared: &mut Shared, body: Rect, mouse: MouseEvent) -> Vec<Effect> {
    match mouse.kind {
        MouseEventKind::ScrollUp => return act(state, shared, body, Action::Up),
        MouseEventKind::ScrollDown => return act(state, shared, body, Action::Down),
        MouseEventKind::Down(MouseButton::Left) => {}
        _ => return Vec::new(),
    }
    let rows = rows::rows(&shared.course);
    if view::continue_area(body).contains((mouse.column, mouse.row).into()) {
        return act(state, shared, body, Action::Continue);
    }
    let list = view::list_area(body);
    if !list.contains((mouse.column, mouse.row).into()) {
        return Vec::new();
    }
    let offset = scroll::follow(0, state.selected, usize::from(list.height), rows.len());
    let at = offset + usize::from(mouse.row - list.y);
    if !rows.get(at).is_some_and(Row::opens) {
        return Vec::new();
    }
    if std::mem::replace(&mut state.selected, at) == at {
        return act(state, shared, body, Action::Accept);
    }
    Vec::new()
}

/// Where "continue" leads, with its words; for the palette too.
pub fn continues(shared: &Shared) -> Option<(Destination, String)> {
    rows::continue_at(shared).map(|to| {
        let words = rows::words_of(&to, &shared.course);
        (to, words)
    })
}

/// `Exercise 1` for `exercise-1`.
pub fn name_of(exercise: &str) -> String {
    rows::exercise_name(exercise)
}
