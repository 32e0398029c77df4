//! A build as it is told on the screen: its steps with their output, folded or not, what was searched
//! for in it, the row that is selected, and how it ended. Pure; `log_view` draws it.

use crate::engine::{BuildEvent, Diagnosis};
use crate::store::builds::BuildRecord;
use crate::text::{ansi, sanitise};
use crate::tui::keymap::Action;
use crate::tui::widgets::fit;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::scroll;
use std::collections::{BTreeMap, VecDeque};

/// Builds that worked, of which each has a row; the line above them shows more.
const PAST: usize = 8;
/// Lines of one step's output that are kept.
const STEP_LINES: usize = 500;

/// How far a step of a build is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// It works.
    Works,
    /// It came from the cache.
    Cached,
    /// It ended, after so many milliseconds.
    Done(u64),
    /// It failed, for this reason.
    Failed(String),
}

/// A step of a build with its output.
#[derive(Debug, Default)]
pub struct Step {
    /// As the builder names it.
    pub name: String,
    /// How far it is; `None` while it waits for others.
    pub state: Option<StepState>,
    /// Bytes moved and to be moved, by what they are: layers of a base image.
    pub moved: BTreeMap<String, (u64, u64)>,
    /// Its last lines of output.
    pub lines: VecDeque<ansi::Line>,
    parser: ansi::Log,
}

/// Why the last build failed, and where.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What is known.
    pub why: Diagnosis,
    /// The instruction as it stood in the Dockerfile; empty when none is at fault.
    pub instruction: String,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// The head of a step.
    Step(usize),
    /// A line of a step's output.
    Output(usize, usize),
    /// A piece of why a step failed.
    Reason(usize, String),
    /// A remark of the builder.
    Remark(String),
    /// A piece of how it all ended; the first begins a sentence.
    End(bool, String),
    /// All builds that worked, in a line.
    Past,
    /// One of them.
    PastBuild(usize),
}

/// What is searched for.
#[derive(Debug, Default)]
pub struct Search {
    /// The line to type in.
    pub input: Input,
    /// Whether it has the keys.
    pub typing: bool,
}

/// A build as it is told on the screen.
#[derive(Debug, Default)]
pub struct BuildLog {
    /// Its steps by the builder's key.
    pub steps: BTreeMap<usize, Step>,
    /// Bytes of context sent.
    pub context: u64,
    /// Remarks of the builder.
    pub remarks: VecDeque<String>,
    /// How it ended: success or not, and what to say about it.
    pub end: Option<(bool, Vec<String>)>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// The row that is selected; `None` follows what comes.
    pub selected: Option<usize>,
    /// What is searched for.
    pub search: Search,
    /// Builds that worked, oldest first.
    pub history: Vec<BuildRecord>,
    /// Steps that were opened (`true`) or closed by hand.
    pub folds: BTreeMap<usize, bool>,
}

impl Step {
    /// Its name in a line.
    pub fn title(&self) -> String {
        sanitise::plain(self.name.lines().next().unwrap_or_default()).into_owned()
    }
}

/// The text of a line of output.
fn plain(line: &ansi::Line) -> String {
    line.iter().map(|run| run.text.as_str()).collect()
}

impl BuildLog {
    /// Forgets all but the builds that worked.
    pub fn begin(&mut self) {
        *self = Self { history: std::mem::take(&mut self.history), ..Self::default() };
    }

    /// Whether there is anything to show of a build.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.end.is_none() && self.remarks.is_empty()
    }

    /// Takes what the builder says.
    pub fn note(&mut self, event: BuildEvent) {
        match event {
            BuildEvent::ContextSent { bytes } => self.context = bytes,
            BuildEvent::StepStarted { step, name } => {
                self.steps.entry(step).or_default().name = name;
            }
            BuildEvent::StepRuns { step } => {
                self.steps.entry(step).or_default().state.get_or_insert(StepState::Works);
            }
            BuildEvent::StepLog { step, text } => {
                let step = self.steps.entry(step).or_default();
                let lines = step.parser.feed(&text);
                push_bounded(&mut step.lines, lines, STEP_LINES);
            }
            BuildEvent::StepProgress { step, what, current, total } => {
                self.steps.entry(step).or_default().moved.insert(what, (current, total));
            }
            BuildEvent::StepDone { step, cached, millis, error } => {
                let step = self.steps.entry(step).or_default();
                let rest = step.parser.finish();
                push_bounded(&mut step.lines, rest, STEP_LINES);
                step.state = Some(match (error, cached) {
                    (Some(reason), _) => StepState::Failed(reason),
                    (None, true) => StepState::Cached,
                    (None, false) => StepState::Done(millis),
                });
            }
            BuildEvent::Message(text) | BuildEvent::Note(text) => self.remark(text),
        }
    }

    /// Takes a remark.
    pub fn remark(&mut self, text: String) {
        push_bounded(&mut self.remarks, [text], STEP_LINES);
    }

    /// Whether a step's output is shown: as it was left by hand, else until it has worked.
    pub fn is_open(&self, key: usize) -> bool {
        let by_itself = |step: &Step| !matches!(step.state, Some(StepState::Cached | StepState::Done(_)));
        let opened = self.folds.get(&key).copied();
        opened.unwrap_or_else(|| self.steps.get(&key).is_some_and(by_itself))
    }

    /// The rows that are shown, `columns` wide.
    pub fn rows(&self, columns: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for (&key, step) in &self.steps {
            rows.push(Row::Step(key));
            if !self.is_open(key) {
                continue;
            }
            rows.extend((0..step.lines.len()).map(|line| Row::Output(key, line)));
            if let Some(StepState::Failed(reason)) = &step.state {
                let pieces = fit::wrap(&sanitise::lines(reason), columns.saturating_sub(4));
                rows.extend(pieces.into_iter().map(|piece| Row::Reason(key, piece)));
            }
        }
        rows.extend(self.remarks.iter().map(|remark| Row::Remark(sanitise::plain(remark).into_owned())));
        for text in self.end.iter().flat_map(|(_, told)| told) {
            let pieces = fit::wrap(&sanitise::lines(text), columns.saturating_sub(2));
            rows.extend(pieces.into_iter().enumerate().map(|(at, piece)| Row::End(at == 0, piece)));
        }
        let is_over = self.end.is_some() || self.is_empty();
        if is_over && !self.history.is_empty() {
            rows.push(Row::Past);
            let count = self.history.len();
            rows.extend((count.saturating_sub(PAST)..count).rev().map(Row::PastBuild));
        }
        rows
    }

    /// The step a row belongs to.
    fn step_of(row: &Row) -> Option<usize> {
        match row {
            Row::Step(key) | Row::Output(key, _) | Row::Reason(key, _) => Some(*key),
            Row::Remark(_) | Row::End(..) | Row::Past | Row::PastBuild(_) => None,
        }
    }

    /// What a row says.
    fn text_of(&self, row: &Row) -> String {
        match row {
            Row::Step(key) => self.steps.get(key).map(Step::title).unwrap_or_default(),
            Row::Output(key, line) => {
                self.steps.get(key).and_then(|step| step.lines.get(*line)).map(plain).unwrap_or_default()
            }
            Row::Reason(_, text) | Row::Remark(text) | Row::End(_, text) => text.clone(),
            Row::Past | Row::PastBuild(_) => String::new(),
        }
    }

    /// The selected row; the last one when none is.
    fn current(&self, rows: &[Row]) -> usize {
        let last = rows.len().saturating_sub(1);
        self.selected.map_or(last, |at| at.min(last))
    }

    /// Moves the selection; answers whether `action` was a movement.
    pub fn select(&mut self, action: Action, page: usize, columns: usize) -> bool {
        let rows = self.rows(columns);
        let last = rows.len().saturating_sub(1);
        let Some(to) = scroll::moved(self.current(&rows), action, page, last) else { return false };
        // At the end it follows what comes, as before anything was selected.
        self.selected = Some(to).filter(|to| *to < last || self.end.is_some());
        true
    }

    /// Opens or closes the step of the selected row.
    pub fn toggle(&mut self, columns: usize) {
        let rows = self.rows(columns);
        let Some(key) = rows.get(self.current(&rows)).and_then(Self::step_of) else { return };
        self.folds.insert(key, !self.is_open(key));
        // The head stays under the selection, wherever in the output it was.
        self.selected = self.rows(columns).iter().position(|row| *row == Row::Step(key));
    }

    /// Closes every step, or opens all when none is open.
    pub fn toggle_all(&mut self, columns: usize) {
        let rows = self.rows(columns);
        let key = rows.get(self.current(&rows)).and_then(Self::step_of);
        let open = !self.steps.keys().any(|key| self.is_open(*key));
        self.folds = self.steps.keys().map(|key| (*key, open)).collect();
        let head = |key| self.rows(columns).iter().position(|row| *row == Row::Step(key));
        self.selected = key.and_then(head);
    }

    /// What is copied of the selected row: its step with all its output, or how it ended.
    pub fn step_text(&self, columns: usize) -> String {
        let rows = self.rows(columns);
        match rows.get(self.current(&rows)).and_then(Self::step_of) {
            Some(key) => self.text_of_step(key),
            None => self.end_text(),
        }
    }

    /// All of it, folded or not.
    pub fn all_text(&self) -> String {
        let mut text: String = self.steps.keys().map(|key| self.text_of_step(*key)).collect();
        for remark in &self.remarks {
            text.push_str(&sanitise::plain(remark));
            text.push('\n');
        }
        text + &self.end_text()
    }

    fn text_of_step(&self, key: usize) -> String {
        let Some(step) = self.steps.get(&key) else { return String::new() };
        let mut text = step.title() + "\n";
        for line in &step.lines {
            text.push_str(&plain(line));
            text.push('\n');
        }
        if let Some(StepState::Failed(reason)) = &step.state {
            text.push_str(&sanitise::lines(reason));
            text.push('\n');
        }
        text
    }

    fn end_text(&self) -> String {
        let told = self.end.iter().flat_map(|(_, told)| told);
        told.map(|text| sanitise::lines(text).into_owned() + "\n").collect()
    }

    /// The name of the step that the selected row is about; nothing for remarks and the end.
    pub fn selected_step(&self, columns: usize) -> Option<&str> {
        let rows = self.rows(columns);
        let key = rows.get(self.current(&rows)).and_then(Self::step_of)?;
        self.steps.get(&key).map(|step| step.name.as_str())
    }

    /// Every place with what is searched for, folded steps too: the step and the row in it.
    fn found(&self, columns: usize) -> Vec<Row> {
        let needle = self.search.input.text().to_lowercase();
        if needle.is_empty() {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (&key, step) in &self.steps {
            all.push(Row::Step(key));
            all.extend((0..step.lines.len()).map(|line| Row::Output(key, line)));
        }
        let rest =
            self.rows(columns).into_iter().filter(|row| !matches!(row, Row::Step(_) | Row::Output(..)));
        all.extend(rest);
        all.retain(|row| self.text_of(row).to_lowercase().contains(&needle));
        all
    }

    /// Whether a row has what is searched for.
    pub fn matches(&self, row: &Row) -> bool {
        let needle = self.search.input.text().to_lowercase();
        !needle.is_empty() && self.text_of(row).to_lowercase().contains(&needle)
    }

    /// Selects the next place with what is searched for, or the one before, and opens its step; with
    /// `stay`, the selected row will do.
    pub fn find(&mut self, forward: bool, stay: bool, columns: usize) {
        let found = self.found(columns);
        let rows = self.rows(columns);
        let here = rows.get(self.current(&rows)).cloned();
        // Order of the places, folded ones included.
        let order = |row: &Row| match row {
            Row::Step(key) => (0, *key, 0),
            Row::Output(key, line) => (0, *key, line + 1),
            Row::Reason(key, _) => (0, *key, usize::MAX),
            other => (1, rows.iter().position(|row| row == other).unwrap_or(0), 0),
        };
        let now = here.as_ref().map(order);
        let after = |row: &&Row| Some(order(row)) > now || (stay && Some(order(row)) == now);
        let before = |row: &&Row| Some(order(row)) < now;
        let next = if forward {
            found.iter().find(after).or(found.first())
        } else {
            found.iter().rev().find(before).or(found.last())
        };
        let Some(next) = next.cloned() else { return };
        if let Some(key) = Self::step_of(&next)
            && !matches!(next, Row::Step(_))
        {
            self.folds.insert(key, true);
        }
        self.selected = self.rows(columns).iter().position(|row| *row == next);
    }

    /// What is said about the search: `/needle  3 places`.
    pub fn search_words(&self, columns: usize) -> Option<String> {
        let needle = self.search.input.text();
        if needle.is_empty() && !self.search.typing {
            return None;
        }
        let found = self.found(columns);
        let words = match found.len() {
            0 if needle.is_empty() => String::new(),
            0 => "  nowhere".to_owned(),
            1 => "  1 place".to_owned(),
            many => format!("  {many} places"),
        };
        let cursor = if self.search.typing { "_" } else { "" };
        Some(format!("/{needle}{cursor}{words}"))
    }
}

/// Keeps the last `limit` of them.
pub fn push_bounded<T>(lines: &mut VecDeque<T>, more: impl IntoIterator<Item = T>, limit: usize) {
    for line in more {
        if lines.len() == limit {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two steps, the first done, the second failed.
    fn log() -> BuildLog {
        let mut log = BuildLog::default();
        for (step, name, text) in
            [(0, "[1/2] RUN one", "alpha\nbeta\n"), (1, "[2/2] RUN two", "gamma\nALPHA\n")]
        {
            log.note(BuildEvent::StepStarted { step, name: name.into() });
            log.note(BuildEvent::StepRuns { step });
            log.note(BuildEvent::StepLog { step, text: text.into() });
        }
        log.note(BuildEvent::StepDone { step: 0, cached: false, millis: 1, error: None });
        log.note(BuildEvent::StepDone {
            step: 1,
            cached: false,
            millis: 1,
            error: Some("exit code: 1".into()),
        });
        log.end = Some((false, vec!["it failed".into()]));
        log
    }

    fn shown(log: &BuildLog) -> Vec<String> {
        log.rows(40).iter().map(|row| log.text_of(row)).collect()
    }

    #[test]
    fn what_is_done_is_folded_and_what_failed_is_open() {
        let mut log = log();
        assert_eq!(
            shown(&log),
            ["[1/2] RUN one", "[2/2] RUN two", "gamma", "ALPHA", "exit code: 1", "it failed"]
        );
        log.selected = Some(0);
        log.toggle(40);
        assert_eq!(shown(&log)[..3], ["[1/2] RUN one", "alpha", "beta"]);
        // From inside the output the whole step folds, and its head is selected.
        log.selected = Some(2);
        log.toggle(40);
        assert_eq!((log.selected, shown(&log).len()), (Some(0), 6));
        log.toggle_all(40);
        assert_eq!(shown(&log), ["[1/2] RUN one", "[2/2] RUN two", "it failed"]);
        log.toggle_all(40);
        assert_eq!(shown(&log).len(), 8);
    }

    #[test]
    fn searching_opens_what_was_folded_and_goes_round() {
        let mut log = log();
        log.search.input.insert("alpha");
        log.selected = Some(0);
        log.find(true, true, 40);
        assert_eq!(log.selected_step(40), Some("[1/2] RUN one"));
        assert_eq!(shown(&log)[log.selected.unwrap_or(99)], "alpha");
        log.find(true, false, 40);
        assert_eq!(shown(&log)[log.selected.unwrap_or(99)], "ALPHA");
        log.find(true, false, 40);
        assert_eq!(shown(&log)[log.selected.unwrap_or(99)], "alpha");
        log.find(false, false, 40);
        assert_eq!(shown(&log)[log.selected.unwrap_or(99)], "ALPHA");
        assert_eq!(log.search_words(40).as_deref(), Some("/alpha  2 places"));
        log.search.input = Input::default();
        log.search.input.insert("nothing of it");
        log.find(true, true, 40);
        assert_eq!(log.search_words(40).as_deref(), Some("/nothing of it  nowhere"));
    }

    #[test]
    fn copies_hold_what_is_folded_too() {
        let mut log = log();
        log.selected = Some(0);
        assert_eq!(log.step_text(40), "[1/2] RUN one\nalpha\nbeta\n");
        assert!(log.all_text().ends_with("gamma\nALPHA\nexit code: 1\nit failed\n"), "{}", log.all_text());
        log.selected = None;
        assert_eq!(log.step_text(40), "it failed\n");
    }

    #[test]
    fn the_end_is_followed_until_something_is_selected() {
        let mut log = log();
        log.end = None;
        assert!(log.select(Action::Up, 5, 40));
        assert_eq!(log.selected, Some(3));
        assert!(log.select(Action::Last, 5, 40));
        assert_eq!(log.selected, None);
        assert!(!log.select(Action::Build, 5, 40));
    }
}
