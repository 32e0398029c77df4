//! The board: what the lines of a record come to. Pure: moments come with the lines, or are asked with `now`.
//!
//! | piece | owns |
//! | --- | --- |
//! | `learner` | one learner: events in the order of their numbers, whatever order they come in |
//! | `stuck` | who needs somebody, and why; how many fail which check |
//!
//! Lines may come twice, in any order of learners and parcels, and cut into parcels anyhow: what comes of them is
//! the same, and hangs on no learner's clock.

mod learner;
mod stuck;
#[cfg(test)]
mod tests;

pub use learner::{Cell, Help, Learner, MAX_WAITING, State};
pub use stuck::{Distribution, Limits, Reason, Stuck};

use super::event;
use super::record::{Exercise, Head, Line, Told};
use super::room::{Change, Room};
use std::collections::HashMap;

/// Most learners of a board: what more say is passed over, and counted.
pub const MAX_LEARNERS: usize = 50_000;
/// Most bytes of files that are kept with calls for help, of all learners together.
pub const MAX_FILES: usize = 32 * 1024 * 1024;

/// A workshop as its record has it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// The workshop's id.
    pub workshop: String,
    /// When it was made, in milliseconds since 1970 by the host's clock.
    pub at: i64,
    /// The room as it stands.
    pub room: Room,
    /// The exercises that are followed, in the plan's order.
    pub exercises: Vec<Exercise>,
    learners: Vec<Learner>,
    by_key: HashMap<String, usize>,
    /// Where an exercise is among `exercises`, and where its checks are among its own.
    places: HashMap<String, (usize, HashMap<String, u16>)>,
    /// Bytes of files that are kept.
    files: usize,
    /// The highest number in the stream, of what was taken.
    taken: u64,
    /// One more with each line that changed something.
    revision: u64,
    refused: u64,
}

/// What a line changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Nothing: it was known, or waits for what comes before it.
    Nothing,
    /// The learner at this index, who may be new.
    Learner(usize),
    /// The room.
    Room,
}

impl Board {
    /// A board with nobody on it.
    pub fn new(head: &Head) -> Self {
        let checks = |exercise: &Exercise| -> HashMap<String, u16> {
            exercise.checks.iter().map(|(id, _)| id.clone()).zip(0..u16::MAX).collect()
        };
        let places = head.exercises.iter().enumerate();
        Self {
            workshop: head.workshop.clone(),
            at: head.at,
            room: head.room.clone(),
            exercises: head.exercises.clone(),
            learners: Vec::new(),
            by_key: HashMap::new(),
            places: places.map(|(at, exercise)| (exercise.id.clone(), (at, checks(exercise)))).collect(),
            files: 0,
            taken: 0,
            revision: 0,
            refused: 0,
        }
    }

    /// Takes the next line. A head is passed over: a board is of the one it was made from.
    pub fn take(&mut self, line: &Line) -> Taken {
        let taken = match line {
            Line::Head(_) => Taken::Nothing,
            Line::Told(told) => self.hear(told),
            Line::Did { at, change } => {
                self.room.apply(change, *at);
                if let Change::Helped { learner, .. } = change
                    && let Some(at) = self.by_key.get(learner)
                    && let Some(learner) = self.learners.get_mut(*at)
                {
                    self.files -= learner.drop_help(&self.room);
                }
                Taken::Room
            }
        };
        self.revision += u64::from(taken != Taken::Nothing);
        taken
    }

    fn hear(&mut self, told: &Told) -> Taken {
        self.taken = self.taken.max(told.n);
        let at = match self.by_key.get(&told.from) {
            Some(at) => *at,
            None if self.learners.len() >= MAX_LEARNERS => {
                self.refused += 1;
                return Taken::Nothing;
            }
            None => {
                self.learners.push(Learner::new(&told.from, self.exercises.len()));
                self.by_key.insert(told.from.clone(), self.learners.len() - 1);
                self.learners.len() - 1
            }
        };
        let Some(learner) = self.learners.get_mut(at) else { return Taken::Nothing };
        let before = learner.kept();
        let context = learner::Context {
            places: &self.places,
            room: &self.room,
            // What the others keep is not to be had.
            bytes: MAX_FILES.saturating_sub(self.files - before),
        };
        let changed = learner.hear(told, &context);
        self.files = self.files - before + learner.kept();
        if changed { Taken::Learner(at) } else { Taken::Nothing }
    }

    /// Everybody, in the order in which they were first heard of.
    pub fn learners(&self) -> &[Learner] {
        &self.learners
    }

    /// The learner with this key.
    pub fn learner(&self, key: &str) -> Option<&Learner> {
        self.learners.get(*self.by_key.get(key)?)
    }

    /// The number of a learner's last event before which none is missing; 0 for nobody.
    pub fn up_to(&self, key: &str) -> u64 {
        self.learner(key).map_or(0, Learner::up_to)
    }

    /// The highest number in the stream of what was taken; 0 when nothing was.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Changes with the board: what was worked out for one number holds as long as it is the same.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// How many parcels were passed over because there were [`MAX_LEARNERS`] already.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The index of an exercise among [`Board::exercises`].
    pub fn exercise(&self, id: &str) -> Option<usize> {
        self.places.get(id).map(|(at, _)| *at)
    }

    /// Id and title of a check of an exercise. One that the record's head does not name is "another check".
    pub fn check(&self, exercise: usize, check: u16) -> (&str, &str) {
        let found = self.exercises.get(exercise).and_then(|e| e.checks.get(usize::from(check)));
        found.map_or(("other", "another check"), |(id, title)| (id, title))
    }
}

/// A name that is none: for a learner of whom only later numbers came.
fn nameless() -> String {
    event::name("")
}
