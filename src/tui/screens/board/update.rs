//! Keys, mouse, lines that are typed, time that passes, and what the host says.

use super::{Focus, Mode, Source, State, Typing, order, steer, table, view};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::{Action, Lead};
use crate::tui::message::{Effect, Tone};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::scroll;
use crate::workshop::board::Board;
use crate::workshop::host::Event;
use crate::workshop::record::Line;
use crate::workshop::room::{self, Change};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

/// The program's clock says `now`, in milliseconds since its start.
pub fn on_tick(state: &mut State, now: u64) {
    let passed = now.saturating_sub(std::mem::replace(&mut state.ticked, now));
    if let Source::Replay(playback) = &mut state.source {
        state.stale |= playback.pass(passed);
    }
    // With time alone somebody gets stuck.
    let old = now.saturating_sub(state.worked_out);
    if (state.stale && old >= order::AT_MOST_EVERY) || (state.is_live() && old >= 1_000) {
        state.work_out(now);
    }
}

/// The host's clock, in milliseconds since 1970.
pub fn on_clock(state: &mut State, now: i64) {
    state.clock = now;
}

/// What the host says.
pub fn on_heard(state: &mut State, now: u64, heard: Event) {
    let Source::Live { board, .. } = &mut state.source else { return };
    match heard {
        Event::Lines(lines) => {
            for line in &lines {
                match line {
                    Line::Head(head) => **board = Board::new(head),
                    line => {
                        board.take(line);
                    }
                }
            }
            state.stale = true;
        }
        Event::Live => state.stale = true,
        Event::ServerAway { why } => {
            let why = sanitise::bounded(&why, 200).into_owned();
            state.trouble =
                Some(format!("The server is away ({why}). Learners keep what they have to tell."));
        }
        Event::ServerHere => state.trouble = None,
        Event::Skipped { count, why } => {
            state.skipped = Some((count, sanitise::bounded(&why, 200).into_owned()));
        }
        Event::Failed { why } => {
            let why = sanitise::bounded(&why, 200).into_owned();
            state.trouble =
                Some(format!("Nothing is recorded any more: {why}. Learners keep what they have to tell."));
        }
    }
    // The first lines are shown at once, a stream of them now and then.
    if state.stale && (now.saturating_sub(state.worked_out) >= order::AT_MOST_EVERY || state.rows.is_empty())
    {
        state.work_out(now);
    }
}

/// An action on the screen. `None` leaves it.
pub fn act(state: &mut State, shared: &mut Shared, body: Rect, action: Action) -> Option<Vec<Effect>> {
    if let Action::Lead(lead) = action {
        return Some(steer::act_lead(state, shared, lead));
    }
    match (state.mode, action) {
        (Mode::Projector | Mode::Detail(_), Action::Back) => state.mode = Mode::Table,
        (_, Action::Back) if !state.filter.text().is_empty() => {
            state.filter = Input::default();
            state.work_out(shared.now);
        }
        (_, Action::Back) if state.focus == Focus::Stuck => state.focus = Focus::Learners,
        (_, Action::Back) => return None,
        (Mode::Detail(from), action) => {
            let (rows, total) = super::detail::extent(state, shared, body);
            if let Some(to) = scroll::moved(from, action, rows, total.saturating_sub(rows)) {
                state.mode = Mode::Detail(to);
            }
        }
        (_, Action::Left | Action::Right) => {
            let last = state.board().exercises.len().saturating_sub(1);
            let step = if action == Action::Left { Action::Up } else { Action::Down };
            state.exercise = scroll::moved(state.exercise, step, 1, last).unwrap_or(state.exercise);
            state.work_out(shared.now);
        }
        (Mode::Projector, _) => {}
        (Mode::Table, Action::Accept) => {
            if state.learner().is_some() {
                state.mode = Mode::Detail(0);
            }
        }
        (Mode::Table, Action::NextPane) => {
            state.focus = if state.focus == Focus::Stuck { Focus::Learners } else { Focus::Stuck };
            if state.focus == Focus::Stuck {
                state.select_stuck(state.stuck_row);
            }
        }
        (Mode::Table, action) => step(state, body, action),
    }
    Some(Vec::new())
}

/// Moves in the pane that has the keys.
fn step(state: &mut State, body: Rect, action: Action) {
    let panes = view::panes(body);
    if state.focus == Focus::Stuck {
        let page = usize::from(panes.stuck.height.saturating_sub(2));
        let last = state.stuck.len().saturating_sub(1);
        if let Some(to) = scroll::moved(state.stuck_row, action, page, last) {
            state.select_stuck(to);
        }
        return;
    }
    let page = usize::from(table::list(panes.table).height);
    if let Some(to) = scroll::moved(state.row, action, page, state.rows.len().saturating_sub(1)) {
        state.moved = true;
        state.select_row(to);
    }
}

/// A key of a line that is typed.
pub fn on_key(state: &mut State, shared: &mut Shared, key: &KeyEvent) -> Vec<Effect> {
    let stops = key.code == KeyCode::Esc
        || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL));
    match &mut state.typing {
        Some(Typing::Filter) => {
            match key.code {
                _ if stops => {
                    state.filter = Input::default();
                    state.typing = None;
                }
                KeyCode::Enter | KeyCode::Down => state.typing = None,
                _ => {
                    if !state.filter.on_key(key) {
                        return Vec::new();
                    }
                }
            }
            state.work_out(shared.now);
        }
        Some(Typing::Announce(input)) => match key.code {
            _ if stops => state.typing = None,
            KeyCode::Enter => {
                let text = input.text().trim().to_owned();
                state.typing = None;
                if !text.is_empty() {
                    shared.say(Tone::Good, "Announced");
                    return vec![Effect::Lead(Box::new(Change::Announce { text }))];
                }
            }
            _ => {
                input.on_key(key);
                bound(input);
            }
        },
        None => {}
    }
    Vec::new()
}

/// An announcement has an end; what is typed behind it is not taken.
fn bound(input: &mut Input) {
    while input.text().chars().count() > room::MAX_ANNOUNCEMENT {
        input.on_key(&KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE));
    }
}

/// Pasted text.
pub fn on_paste(state: &mut State, shared: &Shared, text: &str) {
    match &mut state.typing {
        Some(Typing::Filter) => {
            state.filter.insert(text);
            state.work_out(shared.now);
        }
        Some(Typing::Announce(input)) => {
            input.insert(text);
            bound(input);
        }
        None => {}
    }
}

/// The mouse: the wheel moves, a click selects, a second opens; a click above a column selects its exercise.
pub fn on_mouse(state: &mut State, shared: &mut Shared, body: Rect, mouse: MouseEvent) -> Vec<Effect> {
    let wheel = match mouse.kind {
        MouseEventKind::ScrollUp => Some(Action::Up),
        MouseEventKind::ScrollDown => Some(Action::Down),
        MouseEventKind::Down(MouseButton::Left) => None,
        _ => return Vec::new(),
    };
    if state.mode != Mode::Table {
        return wheel.and_then(|action| act(state, shared, body, action)).unwrap_or_default();
    }
    let panes = view::panes(body);
    let at = (mouse.column, mouse.row).into();
    state.focus = match () {
        () if panes.stuck.contains(at) => Focus::Stuck,
        () if panes.table.contains(at) => Focus::Learners,
        () => return Vec::new(),
    };
    if let Some(action) = wheel {
        step(state, body, action);
        return Vec::new();
    }
    if state.focus == Focus::Stuck {
        let line = usize::from(mouse.row.saturating_sub(panes.stuck.y + 1));
        let row = view::stuck_offset(state, panes.stuck) + line;
        if mouse.row > panes.stuck.y && row < state.stuck.len() {
            let again = std::mem::replace(&mut state.stuck_row, row) == row;
            state.select_stuck(row);
            if again {
                state.mode = Mode::Detail(0);
            }
        }
        return Vec::new();
    }
    let list = table::list(panes.table);
    if mouse.row + 1 == list.y {
        if let Some(exercise) = table::exercise_at(state, list, mouse.column) {
            state.exercise = exercise;
            state.work_out(shared.now);
        }
        return Vec::new();
    }
    let row = table::offset(state, list) + usize::from(mouse.row.saturating_sub(list.y));
    if list.contains(at) && row < state.rows.len() {
        let again = state.row == row && state.moved;
        state.moved = true;
        state.select_row(row);
        if again {
            state.mode = Mode::Detail(0);
        }
    }
    Vec::new()
}

/// Whether an action changes nothing, so that it may be done in the projector's view too.
pub(super) fn only_looks(lead: Lead) -> bool {
    use Lead::{Back, BackTen, Faster, Filter, On, OnTen, Play, Projector, Slower, Sort};
    matches!(lead, Sort | Filter | Projector | Play | Back | On | BackTen | OnTen | Faster | Slower)
}
