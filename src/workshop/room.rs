//! What the host says to everybody: the whole room, each time, so that whoever missed a word has it with the
//! next one. Moments are milliseconds since 1970 by the host's clock; there is no clock in here.

use super::plan::{Part, Plan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Version of this format. A learner's program refuses a later one.
pub const FORMAT: u32 = 1;
/// Most announcements that are kept; the oldest go first.
pub const MAX_ANNOUNCEMENTS: usize = 50;
/// Longest announcement, in characters.
pub const MAX_ANNOUNCEMENT: usize = 500;

const MINUTE: i64 = 60_000;

/// A workshop as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// [`FORMAT`].
    pub format: u32,
    /// One more with each change: of two rooms the one with the higher number is the later.
    pub revision: u64,
    /// The plan that it follows.
    pub plan: Plan,
    /// Where on the clock it is.
    pub clock: Clock,
    /// Minutes added to the current part (or taken from it).
    pub extended: i64,
    /// What was announced by hand, oldest first.
    pub announcements: Vec<Announcement>,
    /// Exercises whose hints were opened to all by hand.
    pub hints: BTreeSet<String>,
    /// Exercises whose solutions were opened to all by hand.
    pub solutions: BTreeSet<String>,
    /// The page that is shown to those who follow.
    pub follow: Option<Page>,
    /// Keys of learners whose last call for help was dealt with, each with the number of that event.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub helped: std::collections::BTreeMap<String, u64>,
}

/// Where on the clock a workshop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Clock {
    /// It has not begun.
    Waiting,
    /// A part runs.
    Running {
        /// Which, from 0.
        part: usize,
        /// When it would have begun, had it never been paused.
        since: i64,
    },
    /// The clock stands.
    Paused {
        /// Which part, from 0.
        part: usize,
        /// How much of it has passed, in milliseconds.
        passed: i64,
    },
    /// It is over.
    Over,
}

/// Something said to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// When.
    pub at: i64,
    /// What.
    pub text: String,
}

/// A page of the course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Slug of the lesson.
    pub lesson: String,
    /// The heading that stands at the top, when it is not the lesson's beginning.
    pub heading: Option<String>,
}

/// What an instructor does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Change {
    /// Go to a part, from 0, and let its clock run. One behind the last ends the workshop.
    Part {
        /// Which.
        part: usize,
    },
    /// Stop the clock.
    Pause,
    /// Let it run again.
    Resume,
    /// Give the current part more minutes, or fewer.
    Extend {
        /// How many.
        minutes: i64,
    },
    /// Say something to all.
    Announce {
        /// What.
        text: String,
    },
    /// Open an exercise's hints to all.
    OpenHints {
        /// Which exercise.
        exercise: String,
    },
    /// Open an exercise's solution to all.
    OpenSolution {
        /// Which exercise.
        exercise: String,
    },
    /// Show a page to those who follow; `None` ends it.
    Follow {
        /// Which.
        page: Option<Page>,
    },
    /// A learner's call for help has been dealt with.
    Helped {
        /// The learner's key.
        learner: String,
        /// The number of the event that called.
        seq: u64,
    },
    /// The workshop is over.
    End,
}

/// The part that is on, as of some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now<'a> {
    /// Which, from 0.
    pub index: usize,
    /// The part.
    pub part: &'a Part,
    /// How much of it has passed, in milliseconds.
    pub passed: i64,
    /// How much is left, in milliseconds; negative when it is over time.
    pub left: i64,
    /// Whether the clock stands.
    pub paused: bool,
}

impl Room {
    /// A room that waits to begin.
    pub fn new(plan: Plan) -> Self {
        Self {
            format: FORMAT,
            revision: 0,
            plan,
            clock: Clock::Waiting,
            extended: 0,
            announcements: Vec::new(),
            hints: BTreeSet::new(),
            solutions: BTreeSet::new(),
            follow: None,
            helped: std::collections::BTreeMap::new(),
        }
    }

    /// The room after `change`, done at `now`. What makes no sense (to pause what stands) changes nothing but
    /// the revision.
    pub fn apply(&mut self, change: &Change, now: i64) {
        self.revision += 1;
        match change {
            Change::Part { part } => {
                self.extended = 0;
                self.clock = match *part < self.plan.parts.len() {
                    true => Clock::Running { part: *part, since: now },
                    false => Clock::Over,
                };
            }
            Change::Pause => {
                if let Clock::Running { part, since } = self.clock {
                    self.clock = Clock::Paused { part, passed: (now - since).max(0) };
                }
            }
            Change::Resume => {
                if let Clock::Paused { part, passed } = self.clock {
                    self.clock = Clock::Running { part, since: now - passed };
                }
            }
            Change::Extend { minutes } => {
                let most = 24 * 60;
                self.extended = self.extended.saturating_add(*minutes).clamp(-most, most);
            }
            Change::Announce { text } => {
                let text = crate::text::sanitise::plain(text);
                let text = crate::text::sanitise::bounded(&text, MAX_ANNOUNCEMENT).into_owned();
                self.announcements.push(Announcement { at: now, text });
                let over = self.announcements.len().saturating_sub(MAX_ANNOUNCEMENTS);
                self.announcements.drain(..over);
            }
            Change::OpenHints { exercise } => {
                self.hints.insert(exercise.clone());
            }
            Change::OpenSolution { exercise } => {
                self.solutions.insert(exercise.clone());
            }
            Change::Follow { page } => self.follow.clone_from(page),
            Change::Helped { learner, seq } => {
                self.helped.insert(learner.clone(), *seq);
            }
            Change::End => self.clock = Clock::Over,
        }
    }

    /// The part that is on at `now`; none before the beginning and after the end.
    pub fn part(&self, now: i64) -> Option<Now<'_>> {
        let (index, passed, paused) = match self.clock {
            Clock::Running { part, since } => (part, (now - since).max(0), false),
            Clock::Paused { part, passed } => (part, passed, true),
            Clock::Waiting | Clock::Over => return None,
        };
        let part = self.plan.parts.get(index)?;
        let left = (i64::from(part.minutes) + self.extended) * MINUTE - passed;
        Some(Now { index, part, passed, left, paused })
    }

    /// Whether the hints of an exercise may be opened at `now`: it is of no part, they were opened by hand, its
    /// part lies behind, or it is on and its minutes have come.
    pub fn hints_open(&self, exercise: &str, now: i64) -> bool {
        self.hints.contains(exercise)
            || self.opened(exercise, now, |part| Some(part.hints_after.unwrap_or(0)))
    }

    /// Whether the room opens the solution of an exercise at `now`. What the exercise itself says of its
    /// solution stands beside this.
    pub fn solution_open(&self, exercise: &str, now: i64) -> bool {
        self.solutions.contains(exercise)
            || (self.is_planned(exercise) && self.opened(exercise, now, |part| part.solutions_after))
    }

    /// Whether a part of the plan covers the exercise.
    pub fn is_planned(&self, exercise: &str) -> bool {
        self.plan.parts.iter().any(|part| part.exercises.iter().any(|id| id == exercise))
    }

    /// Whether the minute that `after` names has come in the first part that covers the exercise.
    fn opened(&self, exercise: &str, now: i64, after: impl Fn(&Part) -> Option<u32>) -> bool {
        let covers = |part: &Part| part.exercises.iter().any(|id| id == exercise);
        let Some(index) = self.plan.parts.iter().position(covers) else { return true };
        let minute = self.plan.parts.get(index).and_then(after);
        match (self.clock, self.part(now), minute) {
            (_, _, None) | (Clock::Waiting, ..) => false,
            (Clock::Over, ..) => true,
            (_, Some(on), Some(minute)) => {
                on.index > index || (on.index == index && on.passed >= i64::from(minute) * MINUTE)
            }
            (_, None, _) => false,
        }
    }

    /// All that has been said to all up to `now`, by the plan and by hand, oldest first.
    pub fn said(&self, now: i64) -> Vec<Announcement> {
        let mut said = self.announcements.clone();
        if let Some(on) = self.part(now) {
            let planned = on.part.messages.iter().filter_map(|message| {
                let after = i64::from(message.after) * MINUTE;
                (after <= on.passed)
                    .then(|| Announcement { at: now - (on.passed - after), text: message.text.clone() })
            });
            said.extend(planned);
        }
        said.sort_by_key(|announcement| announcement.at);
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workshop::plan::Message;

    fn room() -> Room {
        let part = |title: &str, minutes, exercise: &str| Part {
            title: title.into(),
            minutes,
            lessons: Vec::new(),
            exercises: vec![exercise.into()],
            hints_after: Some(5),
            solutions_after: Some(10),
            messages: vec![Message { after: 3, text: format!("in {title}") }],
        };
        Room::new(Plan {
            format: 1,
            title: "T".into(),
            parts: vec![part("a", 20, "one"), part("b", 15, "two")],
        })
    }

    #[test]
    fn the_clock_runs_stands_and_runs_on() {
        let mut room = room();
        assert_eq!(room.part(0), None);
        room.apply(&Change::Part { part: 0 }, 1_000);
        room.apply(&Change::Pause, 61_000);
        let on = room.part(999_000).unwrap();
        assert_eq!((on.passed, on.left, on.paused), (60_000, 19 * MINUTE, true));
        room.apply(&Change::Resume, 200_000);
        room.apply(&Change::Extend { minutes: 5 }, 200_000);
        let on = room.part(260_000).unwrap();
        assert_eq!((on.passed, on.left, on.paused), (120_000, 23 * MINUTE, false));
        room.apply(&Change::Part { part: 2 }, 300_000);
        assert_eq!(room.clock, Clock::Over);
        assert_eq!(room.revision, 5);
    }

    #[test]
    fn hints_and_solutions_open_with_the_clock_or_by_hand() {
        let mut room = room();
        assert!(!room.hints_open("one", 0), "before the beginning");
        assert!(room.hints_open("elsewhere", 0) && !room.solution_open("elsewhere", 0), "not of the plan");
        room.apply(&Change::Part { part: 0 }, 0);
        assert!(!room.hints_open("one", 5 * MINUTE - 1) && room.hints_open("one", 5 * MINUTE));
        assert!(!room.solution_open("one", 9 * MINUTE) && room.solution_open("one", 10 * MINUTE));
        assert!(!room.hints_open("two", 19 * MINUTE));
        room.apply(&Change::OpenHints { exercise: "two".into() }, 0);
        room.apply(&Change::OpenSolution { exercise: "two".into() }, 0);
        assert!(room.hints_open("two", 0) && room.solution_open("two", 0));
        room.apply(&Change::Part { part: 1 }, 0);
        assert!(room.hints_open("one", 0) && room.solution_open("one", 0), "its part lies behind");
    }

    #[test]
    fn what_the_plan_says_comes_in_its_minute_among_what_is_said_by_hand() {
        let mut room = room();
        room.apply(&Change::Part { part: 0 }, 0);
        room.apply(&Change::Announce { text: "by\u{1b} hand".into() }, 4 * MINUTE);
        let texts = |now| room.said(now).into_iter().map(|said| said.text).collect::<Vec<_>>();
        assert_eq!(texts(2 * MINUTE), ["by\u{fffd} hand"]);
        assert_eq!(texts(4 * MINUTE), ["in a", "by\u{fffd} hand"]);
    }
}
