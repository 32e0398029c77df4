//! The board of a workshop: learners and exercises, who is stuck, how many fail which check; and what the
//! instructor does. Of a workshop that goes on, or of a recorded one, which nothing changes.
//!
//! | piece | owns |
//! | --- | --- |
//! | `update` | keys, mouse, lines that are typed, what the host says |
//! | `steer` | what the instructor does: lists to choose from, changes, a recording's clock |
//! | `order` | who is in the table, in which order |
//! | `words` | moments, places and reasons in words |
//! | `view`, `table`, `detail`, `projector` | drawing |
//!
//! ```text
//! Part 2 of 5 · Image size · 12:34 left of 25 min          28 here · 3 stuck
//! docker-ecr-tutor join nats://…
//! ╭ Learners ─────────────────────╮╭ Stuck ────────────────╮
//! │ ! Ada    exercise 4  ✓ ✓ ✗ ·  ││ ! Ada  wants help     │
//! │   Bob    lesson 4    ✓ ○ · ·  │╰───────────────────────╯
//! │                               │╭ Exercise 3 ───────────╮
//! │                               ││ 14 of 30 fail non-root│
//! ╰───────────────────────────────╯╰───────────────────────╯
//! ```

mod detail;
mod order;
mod projector;
mod steer;
mod table;
mod update;
mod view;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use steer::act_lead;
pub use update::{act, on_clock, on_heard, on_key, on_mouse, on_paste, on_tick};
pub use view::view;

use crate::tui::keymap::Context;
use crate::tui::widgets::input::Input;
use crate::workshop::board::{Board, Distribution, Learner, Limits, Stuck};
use crate::workshop::lead::JoinLine;
use crate::workshop::playback::Playback;
use crate::workshop::record::Head;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::HashMap;

/// What the board is of.
#[derive(Debug)]
enum Source {
    /// A workshop that goes on; `join` is the line that learners type.
    Live { board: Box<Board>, join: JoinLine },
    /// A recorded one.
    Replay(Box<Playback>),
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mode {
    #[default]
    Table,
    /// The selected learner, from this line on.
    Detail(usize),
    /// For a projector.
    Projector,
}

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Focus {
    #[default]
    Learners,
    Stuck,
}

/// How the learners are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Sort {
    #[default]
    Name,
    /// Who is stuck first.
    Stuck,
    /// Who is furthest first.
    Progress,
    /// Who was not heard of longest first.
    Heard,
}

/// A line that is being typed.
#[derive(Debug, Clone)]
enum Typing {
    /// What is shown of the learners.
    Filter,
    /// What is said to all.
    Announce(Input),
}

/// What the screen remembers.
#[derive(Debug)]
pub struct State {
    source: Source,
    limits: Limits,
    /// What is wrong with the workshop, for a person.
    trouble: Option<String>,
    /// Messages that the host could not take, and why the last one.
    skipped: Option<(u64, String)>,
    mode: Mode,
    focus: Focus,
    sort: Sort,
    filter: Input,
    typing: Option<Typing>,
    /// The host's clock, in milliseconds since 1970; a recording has its own.
    clock: i64,
    /// Key of the selected learner.
    selected: Option<String>,
    /// The selected column: an index among the board's exercises.
    exercise: usize,
    /// The selected row of the stuck list.
    stuck_row: usize,
    /// Indices of learners as the table has them.
    rows: Vec<usize>,
    /// Where the selected learner is in `rows`.
    row: usize,
    /// Whether somebody moved there: else the first row is the selected one, whoever comes.
    moved: bool,
    stuck: Vec<Stuck>,
    /// Where in `stuck` a learner is.
    stuck_of: HashMap<usize, usize>,
    /// Of the selected exercise.
    distribution: Distribution,
    /// How many take part.
    here: usize,
    /// Whether something changed since all that was worked out.
    stale: bool,
    /// When it was worked out, in the program's milliseconds.
    worked_out: u64,
    /// When time passed last, in the program's milliseconds.
    ticked: u64,
}

impl State {
    /// The board of a workshop that goes on.
    pub fn live(head: &Head, join: JoinLine, limits: Limits) -> Self {
        Self::of(Source::Live { board: Box::new(Board::new(head)), join }, limits)
    }

    /// The board of a recorded workshop.
    pub fn replay(playback: Playback, limits: Limits) -> Self {
        Self::of(Source::Replay(Box::new(playback)), limits)
    }

    fn of(source: Source, limits: Limits) -> Self {
        let mut state = Self {
            source,
            limits,
            trouble: None,
            skipped: None,
            mode: Mode::default(),
            focus: Focus::default(),
            sort: Sort::default(),
            filter: Input::default(),
            typing: None,
            clock: 0,
            selected: None,
            exercise: 0,
            stuck_row: 0,
            rows: Vec::new(),
            row: 0,
            moved: false,
            stuck: Vec::new(),
            stuck_of: HashMap::new(),
            distribution: Distribution::default(),
            here: 0,
            stale: true,
            worked_out: 0,
            ticked: 0,
        };
        state.work_out(0);
        state
    }

    /// Its title.
    pub fn title(&self) -> String {
        let title = crate::text::sanitise::plain(&self.board().room.plan.title).into_owned();
        match self.source {
            Source::Live { .. } => title,
            Source::Replay(_) => format!("{title}, recorded"),
        }
    }

    /// Whether what is done here changes a workshop.
    pub fn is_live(&self) -> bool {
        matches!(self.source, Source::Live { .. })
    }

    /// The contexts whose keys mean something now, innermost first.
    pub fn contexts(&self) -> Vec<Context> {
        match (self.mode, self.is_live()) {
            (Mode::Detail(_), _) => vec![Context::LearnerDetail, Context::Global],
            (Mode::Projector, true) => vec![Context::Projector, Context::Global],
            (Mode::Projector, false) => vec![Context::Projector, Context::Replay, Context::Global],
            (Mode::Table, true) => vec![Context::Lead, Context::Board, Context::Global],
            (Mode::Table, false) => vec![Context::Replay, Context::Board, Context::Global],
        }
    }

    /// Whether a line is being typed, which takes the keys first.
    pub fn takes_first(&self, key: &KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        // The palette and the way out work while one types.
        let out = control && matches!(key.code, KeyCode::Char('p' | 'q'));
        let other = matches!(key.code, KeyCode::F(_)) || key.modifiers.contains(KeyModifiers::ALT);
        self.typing.is_some() && !(out || other)
    }

    /// How long until something changes by itself, in milliseconds.
    pub fn next_tick(&self, now: u64) -> Option<u64> {
        let soon = self.stale.then(|| (self.worked_out + order::AT_MOST_EVERY).saturating_sub(now).max(1));
        let passes = match &self.source {
            Source::Live { .. } => Some(1_000),
            Source::Replay(playback) if playback.paused || playback.is_over() => None,
            Source::Replay(_) => Some(100),
        };
        soon.into_iter().chain(passes).min()
    }

    fn board(&self) -> &Board {
        match &self.source {
            Source::Live { board, .. } => board,
            Source::Replay(playback) => playback.board(),
        }
    }

    /// The moment that is shown, in milliseconds since 1970 by the host's clock.
    fn now(&self) -> i64 {
        match &self.source {
            Source::Live { .. } => self.clock,
            Source::Replay(playback) => playback.now(),
        }
    }

    /// The learner that the keys are about.
    fn learner(&self) -> Option<&Learner> {
        self.board().learner(self.selected.as_deref()?)
    }

    /// Why a learner, by index, is stuck; `None` when not.
    fn stuck_at(&self, learner: usize) -> Option<&Stuck> {
        self.stuck.get(*self.stuck_of.get(&learner)?)
    }
}
