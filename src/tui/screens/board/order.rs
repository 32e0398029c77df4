//! Who is in the table and in which order. Worked out when something changed, at most a few times a second; drawing
//! only looks up.

use super::{Sort, State, words};
use crate::workshop::board::{Board, Learner, State as Progress};
use std::cmp::Reverse;

/// What streams in is shown at most this often, in milliseconds.
pub(super) const AT_MOST_EVERY: u64 = 200;

impl Sort {
    /// Its words behind "by".
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Stuck => "who is stuck",
            Self::Progress => "progress",
            Self::Heard => "silence",
        }
    }

    pub(super) fn next(self) -> Self {
        match self {
            Self::Name => Self::Stuck,
            Self::Stuck => Self::Progress,
            Self::Progress => Self::Heard,
            Self::Heard => Self::Name,
        }
    }
}

impl State {
    /// Works out the table, the stuck list and the distribution.
    pub(super) fn work_out(&mut self, now: u64) {
        (self.stale, self.worked_out) = (false, now);
        let last = self.board().exercises.len().saturating_sub(1);
        self.exercise = self.exercise.min(last);
        self.stuck = self.board().stuck(self.now(), self.limits);
        self.stuck_of = self.stuck.iter().enumerate().map(|(at, stuck)| (stuck.learner, at)).collect();
        self.stuck_row = self.stuck_row.min(self.stuck.len().saturating_sub(1));
        self.distribution = self.board().distribution(self.exercise);
        self.here = self.board().learners().iter().filter(|learner| learner.here).count();
        self.rows = self.ordered();
        self.find_selected();
    }

    fn ordered(&self) -> Vec<usize> {
        let board = self.board();
        let learners = board.learners();
        let wanted = self.filter.text().trim().to_lowercase();
        let fits = |at: &usize| {
            wanted.is_empty()
                || learners.get(*at).is_some_and(|learner| {
                    let stuck = self.stuck_of.contains_key(at);
                    described(board, learner, self.exercise, stuck).contains(&wanted)
                })
        };
        let mut rows: Vec<usize> = (0..learners.len()).filter(fits).collect();
        // Names are made comparable once each. Two of one name keep an order by their keys.
        let name =
            |at: usize| learners.get(at).map(|learner| (learner.name.to_lowercase(), learner.key.as_str()));
        match self.sort {
            Sort::Name => rows.sort_by_cached_key(|at| name(*at)),
            Sort::Stuck => {
                let rank = |at: &usize| self.stuck_of.get(at).copied().unwrap_or(usize::MAX);
                rows.sort_by_cached_key(|at| (rank(at), name(*at)));
            }
            Sort::Progress => rows.sort_by_cached_key(|at| {
                let far = learners.get(*at).map(|learner| (learner.passed(), learner.points().0));
                (Reverse(far), name(*at))
            }),
            Sort::Heard => {
                rows.sort_by_cached_key(|at| (learners.get(*at).map(|learner| learner.heard), name(*at)));
            }
        }
        rows
    }

    /// Keeps the selection on its learner, wherever the order put it.
    fn find_selected(&mut self) {
        let board = self.board();
        let is_it =
            |at: &usize| board.learners().get(*at).map(|l| l.key.as_str()) == self.selected.as_deref();
        let found = self.selected.as_ref().and_then(|_| self.rows.iter().position(is_it));
        let row = if self.moved { found.unwrap_or(self.row) } else { 0 };
        let row = row.min(self.rows.len().saturating_sub(1));
        self.select_row(row);
    }

    pub(super) fn select_row(&mut self, row: usize) {
        self.row = row;
        let key = self.rows.get(row).and_then(|at| self.board().learners().get(*at)).map(|l| l.key.clone());
        self.selected = key;
    }

    /// The learner in this row of the stuck list becomes the selected one, also when the filter hides it.
    pub(super) fn select_stuck(&mut self, row: usize) {
        self.stuck_row = row.min(self.stuck.len().saturating_sub(1));
        let learner = self.stuck.get(self.stuck_row).map(|stuck| stuck.learner);
        let Some(learner) = learner else { return };
        if let Some(row) = self.rows.iter().position(|at| *at == learner) {
            self.row = row;
        }
        self.selected = self.board().learners().get(learner).map(|learner| learner.key.clone());
    }
}

/// What a filter finds a learner by: name, place, how the exercise stands and what fails in it, in lower case.
fn described(board: &Board, learner: &Learner, exercise: usize, stuck: bool) -> String {
    let mut text = learner.name.to_lowercase();
    let mut add = |word: &str| {
        text.push('\n');
        text.push_str(&word.to_lowercase());
    };
    add(&words::place(learner.place.as_ref(), false));
    let cell = learner.cells.get(exercise);
    add(cell.map_or(Progress::NotBegun, |cell| cell.state).words());
    for (check, _) in cell.iter().flat_map(|cell| &cell.failing) {
        let (id, title) = board.check(exercise, *check);
        add(id);
        add(title);
    }
    let flags = [
        (stuck, "stuck"),
        (learner.help.is_some(), "help"),
        (learner.idle.is_some(), "idle"),
        (!learner.here, "gone"),
    ];
    flags.into_iter().filter(|(is, _)| *is).for_each(|(_, word)| add(word));
    text
}
