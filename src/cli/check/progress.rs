//! What is seen while many are graded: a line for each submission as its verdict falls, in the order
//! asked for, and on a terminal a bar below them. One submission alone shows what it is at.

use super::targets::Target;
use crate::course::model::Shown;
use crate::engine::BuildEvent;
use crate::grade::report::text::{self, Look};
use crate::grade::{Event, Events, Report, Status};
use crate::text::sanitise;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Columns of the bar itself.
const BAR: usize = 20;
/// Columns that may be written on without knowing how wide the terminal is.
const WIDTH: usize = 76;

/// Where progress is told.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<State>>);

struct State {
    terminal: bool,
    look: Look,
    total: usize,
    done: usize,
    failed: usize,
    /// The next whose line is due, and lines of those after it.
    next: usize,
    waiting: BTreeMap<usize, String>,
    /// What was said last.
    now: String,
}

impl Progress {
    pub(super) fn new(total: usize, look: Look) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self(Arc::new(Mutex::new(State {
            terminal,
            look,
            total,
            done: 0,
            failed: 0,
            next: 0,
            waiting: BTreeMap::new(),
            now: String::new(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears what the grading of `target` says.
    pub(super) fn of(&self, target: &Target<'_>) -> Events {
        let (terminal, several) = {
            let state = self.state();
            (state.terminal, state.total > 1)
        };
        if !terminal {
            return Arc::new(|_| {});
        }
        // Whoever watches may be a learner: hidden checks are named as they are in the report.
        let name = |check: &crate::course::model::Check| match check.terms.shown {
            Shown::All => check.id.clone(),
            Shown::Title => check.title.clone(),
            Shown::Nothing => "…".to_owned(),
        };
        let names: Vec<String> = target.exercise.checks.iter().map(name).collect();
        let place = if several { target.dir.display().to_string() } else { target.exercise.id.clone() };
        let progress = self.clone();
        Arc::new(move |event| {
            let line = match event {
                Event::CheckStarted(at) => {
                    let name = names.get(at).map_or("", String::as_str);
                    format!("{place}: {name} ({}/{})", at + 1, names.len())
                }
                Event::Build(BuildEvent::StepStarted { name: step, .. }) => format!("{place}: {step}"),
                Event::Message(text) => format!("{place}: {text}"),
                _ => return,
            };
            let mut state = progress.state();
            state.now = sanitise::plain(&line).into_owned();
            state.draw("");
        })
    }

    /// The verdict over the submission at this place, as its reader may see it.
    pub(super) fn done(&self, at: usize, report: &Report) {
        let mut state = self.state();
        state.done += 1;
        state.failed += usize::from(report.count(Status::Fail) > 0);
        if state.total < 2 {
            return;
        }
        let line = text::line(report, state.look);
        state.waiting.insert(at, line);
        let mut lines = String::new();
        while let next = state.next
            && let Some(line) = state.waiting.remove(&next)
        {
            lines.push_str(&line);
            state.next += 1;
        }
        state.draw(&lines);
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        let state = self.state();
        if state.terminal {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[2K");
        }
    }
}

impl State {
    /// Writes `lines` above the bar.
    fn draw(&self, lines: &str) {
        let mut err = std::io::stderr().lock();
        let _ = if self.terminal {
            write!(err, "\r\u{1b}[2K{lines}{}", sanitise::bounded(&self.bar(), WIDTH))
                .and_then(|()| err.flush())
        } else if lines.is_empty() {
            Ok(())
        } else {
            err.write_all(lines.as_bytes())
        };
    }

    fn bar(&self) -> String {
        if self.total < 2 {
            return self.now.clone();
        }
        let full = BAR * self.done / self.total;
        let (on, off) = if self.look.ascii { ("#", ".") } else { ("█", "░") };
        let failed = if self.failed == 0 { String::new() } else { format!(", {} short", self.failed) };
        let bar = format!("{}{}", on.repeat(full), off.repeat(BAR - full));
        format!("{bar} {} of {}{failed}  {}", self.done, self.total, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_full_as_what_is_done() {
        let mut state = State {
            terminal: true,
            look: Look { ascii: true, ..Look::default() },
            total: 4,
            done: 1,
            failed: 1,
            next: 0,
            waiting: BTreeMap::new(),
            now: "ada: RUN make".into(),
        };
        assert_eq!(state.bar(), "#####............... 1 of 4, 1 short  ada: RUN make");
        state.done = 4;
        assert!(state.bar().starts_with(&"#".repeat(20)));
        state.total = 1;
        assert_eq!(state.bar(), "ada: RUN make");
    }
}
