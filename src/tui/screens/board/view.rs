//! Where the panes are, and drawing what stands around the table: the clock, the stuck list, the distribution.

use super::{Focus, Mode, Source, State, Typing, detail, projector, table, words};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::{self, Context, Lead};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, pane, scroll};
use crate::workshop::board::{Distribution, Reason};
use crate::workshop::playback::Playback;
use crate::workshop::room::Room;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// From this width on, the stuck list and the distribution stand beside the table.
const WIDE: u16 = 110;

/// Where the panes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panes {
    /// Part and clock; how to join, or how far a recording is.
    pub head: Rect,
    pub table: Rect,
    pub stuck: Rect,
    pub exercise: Rect,
}

/// The panes in `body`.
pub(super) fn panes(body: Rect) -> Panes {
    let head = Rect { height: body.height.min(2), ..body };
    let rest = Rect { y: head.bottom(), height: body.height - head.height, ..body };
    if body.width >= WIDE {
        let side = (body.width * 3 / 8).clamp(40, 76);
        let table = Rect { width: body.width - side, ..rest };
        let stuck = Rect { x: table.right(), width: side, height: rest.height / 2, ..rest };
        let exercise = Rect { y: stuck.bottom(), height: rest.height - stuck.height, ..stuck };
        return Panes { head, table, stuck, exercise };
    }
    let below = (rest.height * 2 / 5).clamp(4, 10).min(rest.height);
    let table = Rect { height: rest.height - below, ..rest };
    let stuck = Rect { y: table.bottom(), height: below, width: body.width / 2, ..rest };
    let exercise = Rect { x: stuck.right(), width: body.width - stuck.width, ..stuck };
    Panes { head, table, stuck, exercise }
}

/// The first row of the stuck list that is shown.
pub(super) fn stuck_offset(state: &State, area: Rect) -> usize {
    let rows = usize::from(area.height.saturating_sub(2));
    scroll::follow(state.stuck_row.saturating_sub(rows / 2), state.stuck_row, rows, state.stuck.len())
}

/// Draws the screen.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>, body: Rect) {
    if state.mode == Mode::Projector {
        projector::draw(state, shared, frame, body);
        return;
    }
    let panes = panes(body);
    head(state, shared, frame, panes.head);
    if let Mode::Detail(from) = state.mode {
        let area = Rect { y: panes.head.bottom(), height: body.height - panes.head.height, ..body };
        detail::draw(state, shared, frame, area, from);
        return;
    }
    table::draw(state, shared, frame, panes.table);
    stuck(state, shared, frame, panes.stuck);
    exercise(state, shared, frame, panes.exercise);
    if let Some(Typing::Announce(input)) = &state.typing {
        let width = body.width.saturating_sub(4).min(100);
        let area =
            Rect { width, x: body.x + (body.width - width) / 2, y: body.y + 2, height: 4.min(body.height) };
        let inner = pane::popup(&shared.theme, frame, area, "Say to all");
        let room = usize::from(inner.width.saturating_sub(2));
        typed(input.text(), input.before(), &shared.theme, frame, Rect { x: inner.x + 1, ..inner }, room);
        let hint = "Enter says it, Esc leaves it";
        let style = shared.theme.style(Role::Muted);
        frame.buffer_mut().set_stringn(inner.x + 1, inner.y + 1, hint, room, style);
    }
}

/// A line that is typed, its end in sight, and the cursor.
pub(super) fn typed(text: &str, before: &str, theme: &Theme, frame: &mut Frame<'_>, area: Rect, room: usize) {
    let mut shown = before;
    while fit::width(shown) + 1 > room {
        let first = shown.chars().next().map_or(1, char::len_utf8);
        shown = shown.get(first..).unwrap_or_default();
    }
    let behind = text.get(before.len()..).unwrap_or_default();
    let line = sanitise::plain(&format!("{shown}{behind} ")).into_owned();
    frame.buffer_mut().set_stringn(area.x, area.y, line, room, theme.style(Role::Text));
    let column = u16::try_from(fit::width(shown)).unwrap_or(0);
    frame.set_cursor_position((area.x + column, area.y));
}

/// Part and clock; below it how to join, what is wrong, or how far a recording is.
fn head(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let room = &state.board().room;
    let now = state.now();
    let on = room.part(now);
    let role = match &on {
        Some(on) if on.paused || on.left < 0 => Role::Warning,
        Some(_) => Role::Strong,
        None => Role::Muted,
    };
    let calls =
        state.stuck.iter().filter(|stuck| matches!(stuck.reasons.first(), Some((Reason::Help, _)))).count();
    let mut right = vec![Span::styled(format!("{} here", state.here), theme.style(Role::Text))];
    if !state.stuck.is_empty() {
        right.push(Span::styled(format!(" · {} stuck", state.stuck.len()), theme.style(Role::Error)));
    }
    if calls > 0 {
        let word = if calls == 1 { "wants" } else { "want" };
        right.push(Span::styled(format!(" · {calls} {word} help"), theme.style(Role::Warning)));
    }
    let skipped = state.skipped.as_ref().map_or(0, |(count, _)| *count) + state.board().refused();
    if skipped > 0 {
        right.push(Span::styled(format!(" · {skipped} refused"), theme.style(Role::Error)));
    }
    let right = Line::from(right);
    let wide = u16::try_from(right.width()).unwrap_or(u16::MAX).saturating_add(1).min(area.width);
    let left = format!(" {}", words::clock(room, now));
    let left = fit::cut(&left, usize::from(area.width.saturating_sub(wide + 1))).into_owned();
    let buffer = frame.buffer_mut();
    buffer.set_string(area.x, area.y, left, theme.style(role));
    buffer.set_line(area.right() - wide, area.y, &right, wide);
    if area.height < 2 {
        return;
    }
    let second = match (&state.source, &state.trouble) {
        (_, Some(trouble)) => {
            Line::styled(format!(" {}", sanitise::plain(trouble)), theme.style(Role::Error))
        }
        (Source::Live { join, .. }, None) => Line::from(vec![
            Span::styled(" join: ", theme.style(Role::Muted)),
            Span::styled(
                fit::cut(&sanitise::plain(&join.0), usize::from(area.width).saturating_sub(8)).into_owned(),
                theme.style(Role::Info),
            ),
        ]),
        (Source::Replay(playback), None) => recording(playback, theme, usize::from(area.width)),
    };
    buffer.set_line(area.x, area.y + 1, &second, area.width);
    if let Some(followed) = followed(room, shared) {
        let wide = u16::try_from(fit::width(&followed)).unwrap_or(u16::MAX);
        if usize::from(wide) + second.width() + 3 <= usize::from(area.width) {
            buffer.set_string(area.right() - wide - 1, area.y + 1, followed, theme.style(Role::Muted));
        }
    }
}

/// The page that those see who follow.
fn followed(room: &Room, shared: &Shared) -> Option<String> {
    let page = room.follow.as_ref()?;
    let lesson = shared.course.lessons.iter().find(|lesson| lesson.slug == page.lesson);
    let title = lesson.map_or(page.lesson.as_str(), |lesson| lesson.title.as_str());
    let title = sanitise::bounded(title, 40).into_owned();
    Some(format!("shown to followers: {}", sanitise::plain(&title)))
}

/// How far a recording is, and how it goes on.
fn recording(playback: &Playback, theme: &Theme, columns: usize) -> Line<'static> {
    let (at, of) = playback.position();
    let state = match () {
        () if playback.is_over() => "at its end".to_owned(),
        () if playback.paused => "paused".to_owned(),
        () => format!("playing {}x", playback.speed),
    };
    let torn = if playback.torn { ", its last line is torn" } else { "" };
    let text = format!(" recording, {state}  {} of {}{torn}  ", words::span(at), words::span(of));
    let room = columns.saturating_sub(fit::width(&text) + 1).min(60);
    let full = usize::try_from(at.max(0)).unwrap_or(0).saturating_mul(room)
        / usize::try_from(of.max(1)).unwrap_or(1);
    let full = full.min(room);
    Line::from(vec![
        Span::styled(text, theme.style(if playback.paused { Role::Warning } else { Role::Info })),
        Span::styled(theme.sign("━", "=").repeat(full), theme.style(Role::Info)),
        Span::styled(theme.sign("─", "-").repeat(room - full), theme.style(Role::Border)),
    ])
}

fn stuck(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let focused = state.focus == Focus::Stuck;
    let title = match state.stuck.len() {
        0 => " Stuck ".to_owned(),
        count => format!(" Stuck: {count} "),
    };
    let block = pane::titled(theme, focused, title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width);
    if state.stuck.is_empty() {
        let limits = state.limits;
        let text = format!(
            "Nobody: no call for help, nobody fails one check for {} min or idles for {} min.",
            limits.failing, limits.idle
        );
        let lines: Vec<Line<'_>> = fit::wrap(&text, columns.saturating_sub(2))
            .into_iter()
            .map(|line| Line::styled(format!(" {line}"), theme.style(Role::Muted)))
            .collect();
        pane::rows(frame.buffer_mut(), inner, &lines);
        return;
    }
    let offset = stuck_offset(state, area);
    let names = (columns / 3).clamp(10, 24);
    for (y, (at, stuck)) in (inner.y..inner.bottom()).zip(state.stuck.iter().enumerate().skip(offset)) {
        let Some((reason, since)) = stuck.reasons.first().copied() else { continue };
        let Some(learner) = state.board().learners().get(stuck.learner) else { continue };
        let selected = focused && at == state.stuck_row;
        let ground = theme.style(if selected { Role::Selected } else { Role::Text });
        let (sign, role) = sign(reason, theme);
        let style = if selected { ground } else { theme.style(role) };
        let more = match stuck.reasons.len() {
            0 | 1 => String::new(),
            more => format!(" (and {} more)", more - 1),
        };
        let text = format!("{}{more}", words::reason(state, stuck.learner, reason, since));
        let line = Line::from(vec![
            Span::styled(format!(" {sign} "), style),
            Span::styled(fit::pad(&sanitise::plain(&learner.name), names), ground),
            Span::styled(format!(" {}", fit::cut(&text, columns.saturating_sub(names + 5))), style),
        ]);
        frame.buffer_mut().set_style(Rect { y, height: 1, ..inner }, ground);
        frame.buffer_mut().set_line(inner.x, y, &line, inner.width);
    }
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, state.stuck.len());
}

/// The sign for a reason.
pub(super) fn sign(reason: Reason, theme: &Theme) -> (&'static str, Role) {
    match reason {
        Reason::Help => ("!", Role::Warning),
        Reason::Failing { .. } => (theme.sign("✗", "x"), Role::Error),
        Reason::Idle => (theme.sign("·", "-"), Role::Muted),
    }
}

fn exercise(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let Some(exercise) = state.board().exercises.get(state.exercise) else {
        frame.render_widget(pane::titled(theme, false, " No exercise in the plan "), area);
        return;
    };
    let title = format!(" {}: {} ", words::id(&exercise.id), sanitise::plain(&exercise.title));
    let title = fit::cut(&title, usize::from(area.width.saturating_sub(4))).into_owned();
    let block = pane::titled(theme, false, title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let columns = usize::from(inner.width).saturating_sub(2);
    let room = &state.board().room;
    let mut lines = vec![Line::styled(summary(&state.distribution), theme.style(Role::Text))];
    let open = |is: bool| if is { "open" } else { "closed" };
    let (hints, solution) =
        (room.hints_open(&exercise.id, state.now()), room.solution_open(&exercise.id, state.now()));
    let gates = format!("hints {}, solution {}", open(hints), open(solution));
    lines.extend(distribution(state, theme, columns));
    lines.truncate(usize::from(inner.height).saturating_sub(1).max(1));
    lines.resize(usize::from(inner.height).saturating_sub(1).max(lines.len()), Line::default());
    lines.push(Line::styled(gates, theme.style(Role::Muted)));
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    pane::rows(frame.buffer_mut(), inner, &lines);
}

/// How many are how far.
pub(super) fn summary(distribution: &Distribution) -> String {
    let Distribution { learners, begun, passed, failing, .. } = *distribution;
    let at_work = begun.saturating_sub(passed + failing);
    format!("of {learners}: {passed} passed, {failing} fail, {at_work} at work")
}

/// How many fail which check: `14 of 30 fail non-root`, with a bar where there is room.
pub(super) fn distribution(state: &State, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let spread = &state.distribution;
    if spread.tried == 0 {
        return vec![Line::styled("Nobody has checked it yet.", theme.style(Role::Muted))];
    }
    if spread.checks.is_empty() {
        return vec![Line::styled("Nobody fails a check now.", theme.style(Role::Muted))];
    }
    let widest = spread.checks.iter().map(|(_, count)| count.to_string().len()).max().unwrap_or(1);
    let row = |(check, count): &(u16, usize)| {
        let (id, title) = state.board().check(state.exercise, *check);
        let share = format!("{count:>widest$} of {} fail ", spread.tried);
        let bar = if columns >= 60 { 16 } else { 0 };
        let room = columns.saturating_sub(share.len() + bar + 1);
        let (id, title) = (sanitise::plain(id).into_owned(), sanitise::plain(title).into_owned());
        let name = if title.is_empty() || fit::width(&id) + fit::width(&title) + 3 > room {
            fit::pad(&id, room)
        } else {
            fit::pad(&format!("{id}  {title}"), room)
        };
        let full = (count * bar).div_ceil(spread.tried.max(1)).min(bar);
        Line::from(vec![
            Span::styled(share, theme.style(Role::Error)),
            Span::styled(name, theme.style(Role::Text)),
            Span::styled(theme.sign(" █", " #").chars().take(1).collect::<String>(), theme.style(Role::Text)),
            Span::styled(theme.sign("█", "#").repeat(full), theme.style(Role::Error)),
            Span::styled(theme.sign("░", ".").repeat(bar - full), theme.style(Role::Border)),
        ])
    };
    spread.checks.iter().map(row).collect()
}

/// The key of something on the board, for a text.
pub(super) fn key(context: Context, lead: Lead) -> String {
    keymap::key_in(context, keymap::Action::Lead(lead)).unwrap_or_default()
}
