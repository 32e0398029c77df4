//! One document. Its fields, which only ever become more:
//!
//! ```json
//! {
//!   "format": 1,                       // of this document
//!   "workshop": "abcdefgh",            // the workshop's id
//!   "title": "…", "made": "2026-11-22T09:00:00Z",
//!   "parts": [{"title": "…", "minutes": 25, "exercises": ["exercise-1"]}],
//!   "announcements": [{"at": "…", "text": "…"}],
//!   "exercises": [{
//!     "id": "exercise-1", "title": "…",
//!     "learners": 30, "begun": 30, "tried": 28, "passed": 12, "failing": 14,
//!     "checks": [{"id": "non-root", "title": "…", "failing": 14}]      // as of each learner's last grading
//!   }],
//!   "learners": [{
//!     "name": "…", "key": "U…",        // two may have one name, never one key
//!     "here": true, "last_heard": "…", "calls_for_help": 1,
//!     "stuck": ["help", "failing", "idle"],                            // as of the end of the record
//!     "exercises": [{"id": "exercise-1", "state": "failing", "attempts": 3, "points": 4, "of": 9, "hints": 1,
//!                    "failing": ["non-root"]}]                         // states: not_begun started failing passed
//!   }]
//! }
//! ```
//!
//! Moments are UTC by the host's clock. What learners wrote with a call for help, and the files they showed, were
//! for the instructor's eyes: they are not exported.

use super::{moment, sorted};
use crate::text::sanitise;
use crate::workshop::board::{Board, Limits, Reason};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) fn render(board: &Board, now: i64, limits: Limits) -> String {
    let plain = |text: &str| sanitise::plain(text).into_owned();
    let stuck: HashMap<usize, Vec<&str>> = board
        .stuck(now, limits)
        .into_iter()
        .map(|stuck| (stuck.learner, stuck.reasons.iter().map(|(reason, _)| word(*reason)).collect()))
        .collect();
    let index: HashMap<&str, usize> =
        board.learners().iter().enumerate().map(|(at, learner)| (learner.key.as_str(), at)).collect();
    let exercises: Vec<Value> = board
        .exercises
        .iter()
        .enumerate()
        .map(|(at, exercise)| {
            let spread = board.distribution(at);
            let checks = spread.checks.iter().map(|(check, failing)| {
                let (id, title) = board.check(at, *check);
                json!({"id": plain(id), "title": plain(title), "failing": failing})
            });
            json!({
                "id": plain(&exercise.id),
                "title": plain(&exercise.title),
                "learners": spread.learners,
                "begun": spread.begun,
                "tried": spread.tried,
                "passed": spread.passed,
                "failing": spread.failing,
                "checks": checks.collect::<Vec<_>>(),
            })
        })
        .collect();
    let learners: Vec<Value> = sorted(board)
        .into_iter()
        .map(|learner| {
            let cells =
                board.exercises.iter().zip(&learner.cells).enumerate().map(|(at, (exercise, cell))| {
                    let failing: Vec<String> =
                        cell.failing.iter().map(|(check, _)| plain(board.check(at, *check).0)).collect();
                    json!({
                        "id": plain(&exercise.id),
                        "state": cell.state,
                        "attempts": cell.attempts,
                        "points": cell.points,
                        "of": cell.of,
                        "hints": cell.hints,
                        "failing": failing,
                    })
                });
            let stuck = index.get(learner.key.as_str()).and_then(|at| stuck.get(at));
            json!({
                "name": plain(&learner.name),
                "key": plain(&learner.key),
                "here": learner.here,
                "last_heard": moment(learner.heard),
                "calls_for_help": learner.calls,
                "stuck": stuck.cloned().unwrap_or_default(),
                "exercises": cells.collect::<Vec<_>>(),
            })
        })
        .collect();
    let room = &board.room;
    let parts = room.plan.parts.iter().map(|part| {
        let exercises: Vec<String> = part.exercises.iter().map(|id| plain(id)).collect();
        json!({"title": plain(&part.title), "minutes": part.minutes, "exercises": exercises})
    });
    let said =
        room.announcements.iter().map(|said| json!({"at": moment(said.at), "text": plain(&said.text)}));
    let document = json!({
        "format": 1,
        "workshop": plain(&board.workshop),
        "title": plain(&room.plan.title),
        "made": moment(board.at),
        "parts": parts.collect::<Vec<_>>(),
        "announcements": said.collect::<Vec<_>>(),
        "exercises": exercises,
        "learners": learners,
    });
    format!("{document:#}\n")
}

fn word(reason: Reason) -> &'static str {
    match reason {
        Reason::Help => "help",
        Reason::Failing { .. } => "failing",
        Reason::Idle => "idle",
    }
}
