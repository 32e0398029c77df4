//! Moments, places and reasons in words.

use super::State;
use crate::text::sanitise;
use crate::workshop::board::Reason;
use crate::workshop::event::Where;
use crate::workshop::room::{Clock, Now, Room};

/// `12:34`, or `1:02:03`; the sign is the caller's.
pub(super) fn span(millis: i64) -> String {
    let seconds = millis.unsigned_abs() / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// How long something is, roughly: `40 s`, `12 min`, `3 h`, `2 d`.
pub(super) fn about(millis: i64) -> String {
    match millis.max(0) / 1_000 {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// `exercise 4` for `exercise-4`; other ids stay as they are.
pub(super) fn id(id: &str) -> String {
    let plain = sanitise::plain(id);
    let number = plain.strip_prefix("exercise-").filter(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
    number.map_or_else(|| plain.clone().into_owned(), |number| format!("exercise {number}"))
}

/// `ex 4` for `exercise-4`; other ids stay as they are.
pub(super) fn short(exercise: &str) -> String {
    let id = id(exercise);
    id.strip_prefix("exercise ").map_or_else(|| id.clone(), |number| format!("ex {number}"))
}

/// A learner's place, or what fits few columns.
pub(super) fn place(place: Option<&Where>, few: bool) -> String {
    match place {
        None => String::new(),
        Some(Where::Map) => "map".to_owned(),
        Some(Where::Lesson(slug)) => sanitise::plain(slug).into_owned(),
        Some(Where::Exercise(exercise)) if few => short(exercise),
        Some(Where::Exercise(exercise)) => id(exercise),
    }
}

/// What stands above a column of the table: the number of an exercise, or its place in the plan.
pub(super) fn column(id: &str, index: usize) -> String {
    let digits = id.rsplit('-').next().filter(|n| (1..=3).contains(&n.len()));
    let digits = digits.filter(|n| n.bytes().all(|byte| byte.is_ascii_digit()));
    digits.map_or_else(|| (index + 1).to_string(), str::to_owned)
}

/// Where the clock is, in a line: `Part 2 of 5 · 12:34 left of 25 min · Image size`.
pub(super) fn clock(room: &Room, now: i64) -> String {
    let parts = room.plan.parts.len();
    let Some(on) = room.part(now) else {
        return match room.clock {
            Clock::Over => "The workshop is over".to_owned(),
            _ => format!("Not begun · {parts} parts, {} min", room.plan.minutes()),
        };
    };
    let paused = if on.paused { " · the clock stands" } else { "" };
    let title = sanitise::bounded(&on.part.title, 60).into_owned();
    let title = sanitise::plain(&title);
    format!("Part {} of {parts} · {}{paused} · {title}", on.index + 1, left(&on, room))
}

/// What is left of a part.
pub(super) fn left(on: &Now<'_>, room: &Room) -> String {
    let minutes = i64::from(on.part.minutes) + room.extended;
    if on.left >= 0 {
        format!("{} left of {minutes} min", span(on.left))
    } else {
        format!("{} over {minutes} min", span(on.left))
    }
}

/// Why somebody is stuck; what matters most comes first, as the end may be cut.
pub(super) fn reason(state: &State, learner: usize, reason: Reason, since: i64) -> String {
    let board = state.board();
    let long = about(state.now().saturating_sub(since));
    match reason {
        Reason::Help => {
            let says = board.learners().get(learner).and_then(|l| l.help.as_ref()).map_or("", |h| &h.says);
            let says = sanitise::bounded(says, 200).replace('\n', " ");
            let colon = if says.trim().is_empty() { "" } else { ": " };
            format!("help, {long}{colon}{}", sanitise::plain(says.trim()))
        }
        Reason::Failing { exercise, check } => {
            let name = board.exercises.get(exercise).map(|exercise| short(&exercise.id)).unwrap_or_default();
            let (id, title) = board.check(exercise, check);
            let text = format!("{id}, {name}, {long}: {title}");
            sanitise::plain(&text).into_owned()
        }
        Reason::Idle => format!("idle, {long}"),
    }
}
