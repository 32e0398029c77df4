//! Who needs somebody, and why; and how many fail which check, so that the instructor knows what to explain.

use super::{Board, Learner, State};
use crate::workshop::room::Clock;

const MINUTE: i64 = 60_000;

/// From when on somebody counts as stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Minutes that one check may fail.
    pub failing: u32,
    /// Minutes that nothing may be done.
    pub idle: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { failing: 8, idle: 10 }
    }
}

/// Why somebody is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Help is wanted.
    Help,
    /// The same check fails all the time, in the exercise that is worked on.
    Failing {
        /// Index of the exercise.
        exercise: usize,
        /// The check that fails longest; see [`Board::check`].
        check: u16,
    },
    /// Nothing is done, though exercises of the part are open.
    Idle,
}

/// Somebody who needs somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// Index among [`Board::learners`].
    pub learner: usize,
    /// Why, and since when by the host's clock; the most pressing first, at least one.
    pub reasons: Vec<(Reason, i64)>,
}

/// How a cohort fares with an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distribution {
    /// Learners on the board.
    pub learners: usize,
    /// Who opened it.
    pub begun: usize,
    /// Who was graded at least once.
    pub tried: usize,
    /// Who passed.
    pub passed: usize,
    /// Who fails as of the last grading.
    pub failing: usize,
    /// Checks and how many fail them, most first.
    pub checks: Vec<(u16, usize)>,
}

impl Board {
    /// Who is stuck at `now` (the host's clock, in milliseconds since 1970): calls for help first, then who is
    /// stuck longest.
    pub fn stuck(&self, now: i64, limits: Limits) -> Vec<Stuck> {
        // Exercises of the part that runs: only there does idling mean anything. While the clock stands, or
        // somebody explains, nobody has to type.
        let part = match self.room.clock {
            Clock::Running { .. } => self.room.part(now),
            _ => None,
        };
        let open: Vec<usize> = part.map_or_else(Vec::new, |on| {
            on.part.exercises.iter().filter_map(|id| self.exercise(id)).collect()
        });
        let over = self.room.clock == Clock::Over;
        let mut stuck: Vec<Stuck> = self
            .learners
            .iter()
            .enumerate()
            .filter(|(_, learner)| learner.here)
            .filter_map(|(at, learner)| {
                let mut reasons = Vec::new();
                if let Some(help) = &learner.help {
                    reasons.push((Reason::Help, help.at));
                }
                if !over {
                    reasons.extend(failing(learner, now, limits));
                    reasons.extend(idle(learner, &open, now, limits));
                }
                (!reasons.is_empty()).then_some(Stuck { learner: at, reasons })
            })
            .collect();
        stuck.sort_by_key(|stuck| {
            let first = stuck.reasons.first().copied();
            let calls = first.is_some_and(|(reason, _)| reason == Reason::Help);
            (!calls, first.map(|(_, since)| since), self.learners.get(stuck.learner).map(|l| &l.key))
        });
        stuck
    }

    /// How the cohort fares with the exercise at this index.
    pub fn distribution(&self, exercise: usize) -> Distribution {
        let known = self.exercises.get(exercise).map_or(0, |exercise| exercise.checks.len());
        // The last one stands for checks that the record's head does not name.
        let mut counts = vec![0; known + 1];
        let mut out = Distribution { learners: self.learners.len(), ..Distribution::default() };
        for cell in self.learners.iter().filter_map(|learner| learner.cells.get(exercise)) {
            out.begun += usize::from(cell.state != State::NotBegun);
            out.tried += usize::from(cell.attempts > 0);
            out.passed += usize::from(cell.state == State::Passed);
            out.failing += usize::from(cell.state == State::Failing);
            for (check, _) in &cell.failing {
                if let Some(count) = counts.get_mut(usize::from(*check).min(known)) {
                    *count += 1;
                }
            }
        }
        let checks = counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        out.checks = checks
            .map(|(at, count)| {
                (if at == known { u16::MAX } else { u16::try_from(at).unwrap_or(u16::MAX) }, count)
            })
            .collect();
        out.checks.sort_by_key(|(check, count)| (std::cmp::Reverse(*count), *check));
        out
    }
}

fn failing(learner: &Learner, now: i64, limits: Limits) -> Option<(Reason, i64)> {
    let exercise = learner.current?;
    let (check, since) = *learner.cells.get(exercise)?.failing.iter().min_by_key(|(_, since)| *since)?;
    let long = now.saturating_sub(since) >= i64::from(limits.failing) * MINUTE;
    long.then_some((Reason::Failing { exercise, check }, since))
}

fn idle(learner: &Learner, open: &[usize], now: i64, limits: Limits) -> Option<(Reason, i64)> {
    let since = learner.idle?;
    let unfinished = |at: &usize| learner.cells.get(*at).is_some_and(|cell| cell.state != State::Passed);
    let long = now.saturating_sub(since) >= i64::from(limits.idle) * MINUTE;
    (long && open.iter().any(unfinished)).then_some((Reason::Idle, since))
}
