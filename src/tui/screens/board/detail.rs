//! A learner: where, how far with each exercise and what fails, and the call for help with the files shown.

use super::{State, table, view, words};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::{Context, Lead};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, pane};
use crate::workshop::board::{Help, Learner, State as Progress};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Most lines of one file that are shown.
const LINES: usize = 2_000;

/// Rows that are seen, and rows there are.
pub(super) fn extent(state: &State, shared: &Shared, body: Rect) -> (usize, usize) {
    let rows = usize::from(body.height.saturating_sub(4));
    let total = state.learner().map_or(0, |learner| {
        lines(state, learner, &shared.theme, usize::from(body.width.saturating_sub(4))).len()
    });
    (rows, total)
}

/// Draws the selected learner from line `from` on.
pub(super) fn draw(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect, from: usize) {
    let theme = &shared.theme;
    let Some(learner) = state.learner() else {
        let title = " Not on the board at this moment ";
        frame.render_widget(pane::titled(theme, true, title), area);
        return;
    };
    let title = format!(" {} ", sanitise::plain(&learner.name));
    let block =
        pane::titled(theme, true, fit::cut(&title, usize::from(area.width.saturating_sub(4))).into_owned());
    let inner = pane::inside(area);
    frame.render_widget(block, area);
    let lines = lines(state, learner, theme, usize::from(inner.width));
    let offset = from.min(lines.len().saturating_sub(usize::from(inner.height)));
    pane::rows(frame.buffer_mut(), inner, lines.get(offset..).unwrap_or_default());
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, lines.len());
}

fn lines(state: &State, learner: &Learner, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
    let now = state.now();
    let mut out = Vec::new();
    let ago = |at: i64| format!("{} ago", words::about(now.saturating_sub(at)));
    let place = match (learner.here, words::place(learner.place.as_ref(), false)) {
        (false, _) => "has left".to_owned(),
        (true, place) if place.is_empty() => "takes part".to_owned(),
        (true, place) => format!("at {place}"),
    };
    let mut facts = vec![place, format!("last heard {}", ago(learner.heard))];
    facts.extend(learner.idle.map(|since| format!("idle for {}", words::about(now.saturating_sub(since)))));
    let (points, of) = learner.points();
    facts.push(format!("{} of {} passed", learner.passed(), learner.cells.len()));
    if of > 0 {
        facts.push(format!("{points} of {of} points"));
    }
    if learner.calls > 0 {
        facts.push(format!("called for help {}", times(learner.calls)));
    }
    let mut wrap = |out: &mut Vec<Line<'static>>, text: &str, role: Role| {
        let lines = fit::wrap(&sanitise::lines(text), columns).into_iter();
        out.extend(lines.map(|line| Line::styled(line, theme.style(role))));
    };
    wrap(&mut out, &facts.join(" · "), Role::Text);
    wrap(&mut out, &format!("key {}", learner.key), Role::Muted);
    let at = state.board().learners().iter().position(|other| other.key == learner.key);
    if let Some((at, stuck)) = at.and_then(|at| Some((at, state.stuck_at(at)?))) {
        for (reason, since) in &stuck.reasons {
            let (sign, role) = view::sign(*reason, theme);
            let text = words::reason(state, at, *reason, *since);
            wrap(&mut out, &format!("{sign} {text}"), role);
        }
    }
    if let Some(help) = &learner.help {
        call(help, &ago(help.at), theme, columns, &mut out, &mut wrap);
    }
    out.push(Line::default());
    out.push(Line::styled("Exercises", theme.style(Role::Heading)));
    for (at, cell) in learner.cells.iter().enumerate() {
        let Some(exercise) = state.board().exercises.get(at) else { continue };
        let (sign, role) = table::progress(cell.state, theme);
        let mut facts = vec![cell.state.words().to_owned()];
        if cell.attempts > 0 {
            facts.push(format!("tried {}", times(cell.attempts)));
        }
        if cell.of > 0 {
            facts.push(format!("{} of {} points", cell.points, cell.of));
        }
        if cell.hints > 0 {
            facts.push(format!("hint {} opened", cell.hints));
        }
        if cell.not_run > 0 {
            facts.push(format!("{} not run", cell.not_run));
        }
        let name = format!("{}  {}", words::id(&exercise.id), sanitise::plain(&exercise.title));
        let names = (columns / 2).clamp(20, 52);
        out.push(Line::from(vec![
            Span::styled(format!("{sign} "), theme.style(role)),
            Span::styled(fit::pad(&name, names), theme.style(Role::Text)),
            Span::styled(
                format!(" {}", fit::cut(&facts.join(", "), columns.saturating_sub(names + 3))),
                theme.style(if cell.state == Progress::NotBegun { Role::Muted } else { Role::Text }),
            ),
        ]));
        for (check, since) in &cell.failing {
            let (id, title) = state.board().check(at, *check);
            let long = words::about(now.saturating_sub(*since));
            let text = format!("    fails {id}, {}, for {long}", sanitise::plain(title));
            out.push(Line::styled(
                fit::cut(&sanitise::plain(&text), columns).into_owned(),
                theme.style(Role::Error),
            ));
        }
    }
    out
}

/// The call, and the files shown with it.
fn call(
    help: &Help,
    ago: &str,
    theme: &Theme,
    columns: usize,
    out: &mut Vec<Line<'static>>,
    wrap: &mut impl FnMut(&mut Vec<Line<'static>>, &str, Role),
) {
    out.push(Line::default());
    let about = help.exercise.as_deref().map(|id| format!(", about {}", words::id(id))).unwrap_or_default();
    let key = view::key(Context::LearnerDetail, Lead::Helped);
    out.push(Line::from(vec![
        Span::styled(format!("Wants help, {ago}{about}"), theme.style(Role::Heading)),
        Span::styled(format!("  ({key} when it is dealt with)"), theme.style(Role::Muted)),
    ]));
    let says = if help.says.trim().is_empty() { "(nothing was written)" } else { &help.says };
    wrap(out, says, Role::Text);
    if help.not_kept > 0 {
        let text = format!(
            "{} files came with it, and are not kept: there are too many on the board",
            help.not_kept
        );
        wrap(out, &text, Role::Warning);
    }
    for file in &help.files {
        out.push(Line::default());
        let path = sanitise::plain(&file.path);
        out.push(Line::styled(fit::cut(&path, columns).into_owned(), theme.style(Role::Strong)));
        let text = sanitise::lines(&file.text);
        for (number, line) in text.lines().take(LINES).enumerate() {
            out.push(Line::from(vec![
                Span::styled(format!("{:>4} ", number + 1), theme.style(Role::LineNumber)),
                Span::styled(fit::cut(line, columns.saturating_sub(5)).into_owned(), theme.style(Role::Code)),
            ]));
        }
        let more = text.lines().count().saturating_sub(LINES);
        if more > 0 {
            wrap(out, &format!("and {more} lines more"), Role::Muted);
        }
    }
}

fn times(count: u32) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}
