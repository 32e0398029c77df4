//! The table: a row for each learner, a column for each exercise. Only rows that are seen are drawn.

use super::{Focus, State, Typing, view, words};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, pane, scroll};
use crate::workshop::board::{Cell, Learner, State as Progress};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Where the columns of the table are.
struct Columns {
    name: usize,
    place: usize,
    /// Columns of one exercise.
    cell: usize,
    /// The first exercise that is shown, and how many are.
    first: usize,
    shown: usize,
    /// Where the exercises begin, from the left of the list.
    cells: usize,
    /// How many are passed, where there is room.
    passed: usize,
}

/// Columns of how long ago somebody was heard.
const HEARD: usize = 7;
/// Columns of a place in short.
const SHORT: usize = 7;

impl Columns {
    fn of(state: &State, width: u16) -> Self {
        let width = usize::from(width);
        let count = state.board().exercises.len();
        let cell = if width >= 100 { 4 } else { 3 };
        // Sign and blanks around names and places.
        let room = width.saturating_sub(4 + HEARD);
        let passed = if room >= count * cell + 40 { 7 } else { 0 };
        let room = room.saturating_sub(passed);
        let cells = (count * cell).min(room.saturating_sub(20) / cell * cell);
        let rest = room.saturating_sub(cells);
        let place = match rest {
            60.. => 24,
            34.. => 14,
            _ => SHORT,
        };
        let name = rest.saturating_sub(place).clamp(8, 42);
        let shown = (cells / cell).max(1).min(count);
        // The selected exercise is seen.
        let first = scroll::follow(0, state.exercise, shown, count);
        Self { name, place, cell, first, shown, cells: 2 + name + 1 + place + 1, passed }
    }
}

/// The rows of learners, below the row of exercises.
pub(super) fn list(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        y: area.y + 2,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(3),
    }
}

/// The first row that is shown.
pub(super) fn offset(state: &State, list: Rect) -> usize {
    // The middle, so that one sees where one comes from.
    let rows = usize::from(list.height);
    scroll::follow(state.row.saturating_sub(rows / 2), state.row, rows, state.rows.len())
}

/// The exercise whose column is there.
pub(super) fn exercise_at(state: &State, list: Rect, column: u16) -> Option<usize> {
    let columns = Columns::of(state, list.width);
    let from = usize::from(column.checked_sub(list.x)?).checked_sub(columns.cells)?;
    let at = from / columns.cell;
    (at < columns.shown).then_some(columns.first + at)
}

/// Draws the table.
pub(super) fn draw(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let (shown, all) = (state.rows.len(), state.board().learners().len());
    let count = if shown == all { all.to_string() } else { format!("{shown} of {all}") };
    let title = format!(" Learners: {count}, by {} ", state.sort.words());
    let block = pane::titled(theme, state.focus == Focus::Learners, title.clone());
    frame.render_widget(block, area);
    filter(state, theme, frame, area, fit::width(&title));
    let list = list(area);
    if list.is_empty() {
        return;
    }
    let columns = Columns::of(state, list.width);
    head(state, theme, frame, Rect { y: list.y - 1, height: 1, ..list }, &columns);
    if shown == 0 {
        let text = match (all, state.is_live()) {
            (0, true) => "Nobody yet. Learners type the line above.",
            (0, false) => "Nobody at this moment of the recording.",
            _ => "Nobody fits the filter; Esc shows all.",
        };
        let style = theme.style(Role::Muted);
        frame.buffer_mut().set_stringn(
            list.x + 2,
            list.y,
            text,
            usize::from(list.width.saturating_sub(2)),
            style,
        );
        return;
    }
    let offset = offset(state, list);
    for (y, (place, at)) in (list.y..list.bottom()).zip(state.rows.iter().enumerate().skip(offset)) {
        if let Some(learner) = state.board().learners().get(*at) {
            let line = Rect { y, height: 1, ..list };
            row(state, theme, frame, line, &columns, (learner, *at, place == state.row));
        }
    }
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, shown);
}

/// What is typed to filter, in the border behind the title.
fn filter(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect, title: usize) {
    let typing = matches!(state.typing, Some(Typing::Filter));
    let text = state.filter.text();
    if !typing && text.is_empty() {
        return;
    }
    let x = area.x + 1 + u16::try_from(title).unwrap_or(0);
    let room = usize::from(area.right().saturating_sub(x + 2)).saturating_sub(3);
    if room < 4 {
        return;
    }
    let style = theme.style(if typing { Role::Key } else { Role::Info });
    frame.buffer_mut().set_string(x, area.y, " / ", style);
    let place = Rect { x: x + 3, y: area.y, width: u16::try_from(room).unwrap_or(0), height: 1 };
    if typing {
        view::typed(text, state.filter.before(), theme, frame, place, room);
    } else {
        let shown = sanitise::plain(text);
        frame.buffer_mut().set_string(place.x, place.y, format!("{} ", fit::cut(&shown, room)), style);
    }
}

/// The row of exercises.
fn head(state: &State, theme: &Theme, frame: &mut Frame<'_>, area: Rect, columns: &Columns) {
    let muted = theme.style(Role::Muted);
    let buffer = frame.buffer_mut();
    let mut put = |from: usize, text: &str, wide: usize, style: Style| {
        let x = area.x.saturating_add(u16::try_from(from).unwrap_or(u16::MAX));
        if x < area.right() {
            let room = usize::from(area.right() - x).min(wide);
            buffer.set_stringn(x, area.y, text, room, style);
        }
    };
    put(2, "name", columns.name, muted);
    put(3 + columns.name, "where", columns.place, muted);
    let exercises = state.board().exercises.iter().enumerate().skip(columns.first).take(columns.shown);
    for (at, exercise) in exercises {
        let from = columns.cells + (at - columns.first) * columns.cell;
        let style = theme.style(if at == state.exercise { Role::Selected } else { Role::Strong });
        put(from, &format!(" {:<2}", words::column(&exercise.id, at)), 3, style);
    }
    let behind = columns.cells + columns.shown * columns.cell;
    if columns.passed > 0 {
        put(behind, " passed", columns.passed, muted);
    }
    put(usize::from(area.width).saturating_sub(HEARD), " heard", HEARD, muted);
}

fn row(
    state: &State,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
    columns: &Columns,
    (learner, at, selected): (&Learner, usize, bool),
) {
    let reason = state.stuck_at(at).and_then(|stuck| stuck.reasons.first()).map(|(reason, _)| *reason);
    let base = if learner.here { Role::Text } else { Role::Muted };
    let ground = theme.style(if selected { Role::Selected } else { base });
    let buffer = frame.buffer_mut();
    if selected {
        buffer.set_style(area, ground);
    }
    let over = |style: Style| if selected { ground.patch(Style { bg: None, ..style }) } else { style };
    let mut put = |from: usize, text: &str, style: Style| {
        let x = area.x.saturating_add(u16::try_from(from).unwrap_or(u16::MAX));
        if x < area.right() {
            buffer.set_stringn(x, area.y, text, usize::from(area.right() - x), style);
        }
    };
    if let Some(reason) = reason {
        let (sign, role) = view::sign(reason, theme);
        put(0, sign, over(theme.style(role)));
    }
    put(2, &fit::cut(&sanitise::plain(&learner.name), columns.name), ground);
    let place = match learner.here {
        true => words::place(learner.place.as_ref(), columns.place <= SHORT),
        false => "gone".to_owned(),
    };
    put(3 + columns.name, &fit::cut(&place, columns.place), over(theme.style(Role::Muted)));
    for (at, cell) in learner.cells.iter().enumerate().skip(columns.first).take(columns.shown) {
        let (text, role) = sign(cell, theme);
        put(columns.cells + (at - columns.first) * columns.cell, &text, over(theme.style(role)));
    }
    if columns.passed > 0 {
        let text = format!(" {:>2}/{}", learner.passed(), learner.cells.len());
        put(columns.cells + columns.shown * columns.cell, &text, over(theme.style(Role::Muted)));
    }
    let heard = words::about(state.now().saturating_sub(learner.heard));
    let heard = format!("{heard:>HEARD$}");
    put(usize::from(area.width).saturating_sub(HEARD), &heard, over(theme.style(Role::Muted)));
}

/// How far somebody is with an exercise: a sign, and how often it was tried where that is more than once.
fn sign(cell: &Cell, theme: &Theme) -> (String, Role) {
    let (sign, role) = progress(cell.state, theme);
    let tries = match (cell.state, cell.attempts) {
        (Progress::Failing, tries @ 2..=9) => tries.to_string(),
        (Progress::Failing, 10..) => "+".to_owned(),
        _ => String::new(),
    };
    (format!(" {sign}{tries}"), role)
}

/// The sign of a state.
pub(super) fn progress(state: Progress, theme: &Theme) -> (&'static str, Role) {
    match state {
        Progress::NotBegun => (theme.sign("·", "-"), Role::Muted),
        Progress::Started => (theme.sign("○", "o"), Role::Info),
        Progress::Failing => (theme.sign("✗", "x"), Role::Error),
        Progress::Passed => (theme.sign("✓", "+"), Role::Success),
    }
}
