//! The quiet bar: one row above the keys, only for who sits in a workshop. What matters most stays when the
//! terminal is narrow: the clock, whether the host is heard, the key for help.

use super::{Seated, minutes};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::{self, Action};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::fit;
use crate::workshop::room::{Clock, Now};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Columns that an announcement is worth, with its key.
const SAID: usize = 40;

/// Draws the bar.
pub fn view(seat: &Seated, shared: &Shared, buffer: &mut Buffer, area: Rect) {
    let theme = &shared.theme;
    buffer.set_style(area, theme.style(Role::Text));
    let line = line(seat, shared, usize::from(area.width));
    buffer.set_line(area.x, area.y, &line, area.width);
}

fn line(seat: &Seated, shared: &Shared, width: usize) -> Line<'static> {
    let theme = &shared.theme;
    let right = right(seat, theme, width < 100);
    let right_width: usize = right.iter().map(Span::width).sum();
    let room = width.saturating_sub(right_width + 3);
    let unseen = seat.unseen(shared.now);
    let wanted = if unseen.is_some() { SAID } else { 0 };
    let mut candidates = (0..5).map(|detail| left(seat, shared, detail));
    let fits = |text: &String| fit::width(text) + wanted <= room;
    let text = candidates.find(fits).unwrap_or_else(|| left(seat, shared, 4));
    let text = fit::cut(&text, room).into_owned();
    let mut used = 1 + fit::width(&text);
    let mut spans = vec![Span::raw(" "), Span::styled(text, theme.style(Role::Muted))];
    if let Some((said, count)) = unseen {
        let key = keymap::key_of(Action::Announcements).unwrap_or_default();
        let more =
            if count > 1 && width >= 80 { format!(" ({key}: {count} new)") } else { format!(" ({key})") };
        let sign = theme.sign("  » ", "  > ");
        let left = (room + 1).saturating_sub(used + fit::width(sign) + fit::width(&more));
        let said = fit::cut(&sanitise::plain(&said), left).into_owned();
        used += fit::width(sign) + fit::width(&said) + fit::width(&more);
        spans.push(Span::styled(format!("{sign}{said}"), theme.style(Role::Info)));
        spans.push(Span::styled(more, theme.style(Role::Muted)));
    }
    spans.push(Span::raw(" ".repeat((width).saturating_sub(used + right_width + 1))));
    spans.extend(right);
    Line::from(spans)
}

/// What stands on the right whatever happens: whether the host is heard, and help.
fn right(seat: &Seated, theme: &Theme, short: bool) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let unsent = seat.unsent;
    let state = match (&seat.refused, seat.online) {
        (Some(_), _) => Some("not let in".to_owned()),
        (None, false) if unsent > 0 => Some(format!("offline, {unsent} unsent")),
        (None, false) => Some("offline".to_owned()),
        (None, true) => None,
    };
    if let Some(state) = state {
        spans.push(Span::styled(state, theme.style(Role::Warning)));
        spans.push(Span::raw("  "));
    }
    if seat.shown().is_some() && !seat.follow {
        let key = keymap::key_of(Action::Follow).unwrap_or_default();
        spans.push(Span::styled(key, theme.style(Role::Key)));
        let words = if short { " follow  " } else { " follow the host  " };
        spans.push(Span::styled(words, theme.style(Role::Info)));
    }
    let key = keymap::key_of(Action::CallForHelp).unwrap_or_default();
    if seat.help.is_some() {
        let words = if short { " called" } else { " you called for help" };
        spans.push(Span::styled(key, theme.style(Role::Key)));
        spans.push(Span::styled(words, theme.style(Role::Warning)));
    } else {
        spans.push(Span::styled(key, theme.style(Role::Key)));
        spans.push(Span::styled(if short { " help" } else { " call for help" }, theme.style(Role::Muted)));
    }
    spans
}

/// What stands on the left; with each `detail` from 0 there is less of it.
fn left(seat: &Seated, shared: &Shared, detail: usize) -> String {
    let dot = shared.theme.sign(" · ", " - ");
    let Some(room) = &seat.room else {
        return if detail < 2 {
            "Workshop: nothing heard from its host yet".into()
        } else {
            "Workshop".into()
        };
    };
    let title = sanitise::plain(&room.plan.title).into_owned();
    let mut pieces = Vec::new();
    if detail == 0 || (detail < 3 && !matches!(room.clock, Clock::Running { .. } | Clock::Paused { .. })) {
        pieces.push(title);
    }
    match seat.part(shared.now) {
        Some(on) => {
            let count = room.plan.parts.len();
            let part = format!("part {} of {count}", on.index + 1);
            pieces.push(match detail {
                0 | 1 => format!("{part}: {}", sanitise::plain(&on.part.title)),
                2 | 3 => part,
                _ => format!("{}/{count}", on.index + 1),
            });
            pieces.push(clock(&on, detail > 2));
            let (passed, of) = standing(&on, shared);
            if of > 0 && detail < 4 {
                pieces.push(format!("{passed}/{of} passed"));
            }
        }
        None if matches!(room.clock, Clock::Over) => pieces.push("the workshop is over".into()),
        None => pieces.push("the workshop has not begun".into()),
    }
    if seat.follow && detail < 3 {
        pieces.push("you follow the host".into());
    }
    pieces.join(dot)
}

/// `12 min left`, `paused, 12 min left`, `3 min over`.
fn clock(on: &Now<'_>, short: bool) -> String {
    let left = on.left.div_euclid(60_000) + i64::from(on.left.rem_euclid(60_000) > 0);
    let words = match left {
        left if left > 0 && short => format!("{left} min"),
        left if left > 0 => format!("{left} min left"),
        0 => "time is up".to_owned(),
        over if short => format!("{} min over", -over),
        over => format!("{} over", minutes(-over)),
    };
    if on.paused { format!("paused, {words}") } else { words }
}

/// How many of a part's exercises are passed, and how many there are.
fn standing(on: &Now<'_>, shared: &Shared) -> (usize, usize) {
    let passed = |id: &&String| shared.progress.exercises.get(*id).is_some_and(|exercise| exercise.passed);
    (on.part.exercises.iter().filter(passed).count(), on.part.exercises.len())
}
