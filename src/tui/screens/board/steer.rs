//! What the instructor does: lists and questions before what all will see, changes to the room, a recording's clock.

use super::{Focus, Mode, Source, State, Typing, update, words};
use crate::text::sanitise;
use crate::tui::app::{Popup, Shared};
use crate::tui::keymap::{self, Context, Lead};
use crate::tui::message::{Effect, Msg, Tone};
use crate::tui::screens::{dialog, palette};
use crate::tui::widgets::input::Input;
use crate::workshop::playback::Playback;
use crate::workshop::room::{Change, Clock, Page};

const MINUTE: i64 = 60_000;
/// Minutes that a key adds to a part or takes from it.
const STEP: i64 = 5;

/// Does what was asked for.
pub fn act_lead(state: &mut State, shared: &mut Shared, lead: Lead) -> Vec<Effect> {
    if let Source::Replay(playback) = &mut state.source
        && wind(playback, lead)
    {
        state.work_out(shared.now);
        return Vec::new();
    }
    match lead {
        Lead::Sort => {
            state.sort = state.sort.next();
            state.moved = false;
            state.focus = Focus::Learners;
            state.work_out(shared.now);
            return Vec::new();
        }
        Lead::Filter => {
            (state.typing, state.focus) = (Some(Typing::Filter), Focus::Learners);
            return Vec::new();
        }
        Lead::Projector => {
            state.mode = if state.mode == Mode::Projector { Mode::Table } else { Mode::Projector };
            return Vec::new();
        }
        _ if update::only_looks(lead) => return Vec::new(),
        _ => {}
    }
    if !state.is_live() {
        shared.say(Tone::Plain, "This is a recording: nothing in it can be changed");
        return Vec::new();
    }
    change(state, shared, lead)
}

/// What moves a recording; answers whether it did.
fn wind(playback: &mut Playback, lead: Lead) -> bool {
    match lead {
        Lead::Play if playback.is_over() => {
            playback.seek(i64::MIN);
            playback.paused = false;
        }
        Lead::Play => playback.paused = !playback.paused,
        Lead::Back => playback.seek(-MINUTE),
        Lead::On => playback.seek(MINUTE),
        Lead::BackTen => playback.seek(-10 * MINUTE),
        Lead::OnTen => playback.seek(10 * MINUTE),
        Lead::Faster => playback.change_speed(true),
        Lead::Slower => playback.change_speed(false),
        _ => return false,
    }
    true
}

fn change(state: &mut State, shared: &mut Shared, lead: Lead) -> Vec<Effect> {
    let room = &state.board().room;
    let exercise = state.board().exercises.get(state.exercise);
    match lead {
        Lead::Announce => state.typing = Some(Typing::Announce(Input::default())),
        Lead::Part => shared.post(Msg::Over(Box::new(Popup::Palette(parts(state))))),
        Lead::Pause => match room.clock {
            Clock::Running { .. } => return does(Change::Pause),
            Clock::Paused { .. } => return does(Change::Resume),
            Clock::Waiting | Clock::Over => {
                let key = keymap::key_in(Context::Lead, keymap::Action::Lead(Lead::Part)).unwrap_or_default();
                shared.say(Tone::Plain, format!("No part is on: {key} goes to one"));
            }
        },
        Lead::Longer | Lead::Shorter => match room.clock {
            Clock::Running { .. } | Clock::Paused { .. } => {
                let minutes = if lead == Lead::Longer { STEP } else { -STEP };
                return does(Change::Extend { minutes });
            }
            Clock::Waiting | Clock::Over => shared.say(Tone::Plain, "No part is on"),
        },
        Lead::Hints | Lead::Solution => {
            let Some(exercise) = exercise else {
                shared.say(Tone::Plain, "The plan has no exercise");
                return Vec::new();
            };
            let what = if lead == Lead::Hints { "hints" } else { "solution" };
            let open = if lead == Lead::Hints { &room.hints } else { &room.solutions };
            let name = words::id(&exercise.id);
            if open.contains(&exercise.id) {
                shared.say(Tone::Plain, format!("The {what} of {name} were opened to all already"));
                return Vec::new();
            }
            let id = exercise.id.clone();
            let text = format!("Open the {what} of {name}, {}, to everybody? It stays open.", exercise.title);
            let change = match lead {
                Lead::Hints => Change::OpenHints { exercise: id },
                _ => Change::OpenSolution { exercise: id },
            };
            let question = dialog::State::new(format!("Open the {what}"), &text)
                .answer("Leave it", None)
                .answer("Open it to all", Some(Msg::Lead(Box::new(change))));
            shared.post(Msg::Over(Box::new(Popup::Dialog(question))));
        }
        Lead::Follow | Lead::FollowMe => {
            let list = lessons(state, shared, lead == Lead::FollowMe);
            shared.post(Msg::Over(Box::new(Popup::Palette(list))));
        }
        Lead::Join => {
            if let Source::Live { join, .. } = &state.source {
                shared.say(Tone::Good, "The line to join is on the clipboard");
                return vec![Effect::Copy(join.0.clone())];
            }
        }
        Lead::Helped => {
            let helped = state.learner().and_then(|l| Some((l.key.clone(), l.help.as_ref()?.seq)));
            let Some((learner, seq)) = helped else {
                shared.say(Tone::Plain, "The selected learner does not call for help");
                return Vec::new();
            };
            return does(Change::Helped { learner, seq });
        }
        _ => {}
    }
    Vec::new()
}

fn does(change: Change) -> Vec<Effect> {
    vec![Effect::Lead(Box::new(change))]
}

/// The parts to go to: the next first.
fn parts(state: &State) -> palette::State {
    let room = &state.board().room;
    let on = match room.clock {
        Clock::Running { part, .. } | Clock::Paused { part, .. } => Some(part),
        Clock::Waiting | Clock::Over => None,
    };
    let next = on.map_or(0, |on| on + 1);
    let count = room.plan.parts.len();
    let row = |at: usize| {
        let part = room.plan.parts.get(at)?;
        let note = match at {
            at if at == next => "next".to_owned(),
            at if Some(at) == on => "again, from its beginning".to_owned(),
            _ => format!("{} min", part.minutes),
        };
        let title = sanitise::bounded(&part.title, 60).into_owned();
        Some((format!("Part {} of {count}: {title}", at + 1), note, Change::Part { part: at }))
    };
    let end = ("End the workshop".to_owned(), String::new(), Change::End);
    let others = (0..count).filter(|at| *at != next).filter_map(row);
    let mut rows: Vec<_> = row(next).into_iter().collect();
    // Behind the last part comes the end.
    if rows.is_empty() {
        rows.push(end);
        rows.extend(others);
    } else {
        rows.extend(others);
        rows.push(end);
    }
    palette::State::changes("Go to which part?", rows)
}

/// The lessons that can be shown to those who follow: those of the part that is on come first.
fn lessons(state: &State, shared: &Shared, me: bool) -> palette::State {
    let room = &state.board().room;
    let now: &[String] = room.part(state.now()).map_or(&[], |on| &on.part.lessons);
    let mut lessons: Vec<_> = shared.course.lessons.iter().collect();
    lessons.sort_by_key(|lesson| (!now.contains(&lesson.slug), lesson.number));
    let rows = lessons.into_iter().map(|lesson| {
        let note = if now.contains(&lesson.slug) { "of this part" } else { "" };
        (format!("Lesson {}: {}", lesson.number, lesson.title), note.to_owned(), lesson.slug.clone())
    });
    if me {
        return palette::State::follow_me(rows.collect());
    }
    let page = |slug: String| Change::Follow { page: Some(Page { lesson: slug, heading: None }) };
    let mut rows: Vec<_> = rows.map(|(title, note, slug)| (title, note, page(slug))).collect();
    if room.follow.is_some() {
        rows.insert(0, ("Nothing any more".to_owned(), String::new(), Change::Follow { page: None }));
    }
    palette::State::changes("Show which lesson to those who follow?", rows)
}
