//! What the workbench remembers.

use super::choices::Choices;
use super::cost::Built;
use super::diff::{Against, DiffLine};
use super::listing::Listing;
use super::log::BuildLog;
use super::outlook::Outlook;
use super::task;
use super::work::{Running, Scan};
use crate::course::model::Exercise;
use crate::engine::record::Survey;
use crate::grade::{CheckResult, Status};
use crate::image::plan::Ledger;
use crate::jobs::JobId;
use crate::lint::Diagnostic;
use crate::store::progress::Place;
use crate::text::ansi;
use crate::tui::app::Shared;
use crate::tui::editor::Editor;
use crate::tui::keymap::Context;
use crate::tui::widgets::markdown;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// The editor.
    Editor,
    /// The task beside it.
    Task,
    /// The checks below the task.
    Checks,
    /// The tabs below it.
    Bottom,
}

/// The tabs below the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// The task, on terminals too narrow for a pane of its own.
    Task,
    /// The checks, on such terminals.
    Checks,
    /// What the linter found.
    Problems,
    /// What was changed.
    Diff,
    /// What the next build runs again, and why.
    Plan,
    /// The build's steps and their output.
    Build,
    /// The image that was built.
    Image,
    /// What a container of it says.
    Run,
    /// Its vulnerabilities.
    Scan,
}

impl Tab {
    /// The tabs, in order; task and checks are among them only on narrow terminals.
    pub fn all(narrow: bool) -> &'static [Self] {
        const ALL: [Tab; 9] = [
            Tab::Task,
            Tab::Checks,
            Tab::Problems,
            Tab::Diff,
            Tab::Plan,
            Tab::Build,
            Tab::Image,
            Tab::Run,
            Tab::Scan,
        ];
        if narrow { &ALL } else { &ALL[2..] }
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::Checks => "Checks",
            Self::Problems => "Problems",
            Self::Diff => "Diff",
            Self::Plan => "Plan",
            Self::Build => "Build",
            Self::Image => "Image",
            Self::Run => "Run",
            Self::Scan => "Scan",
        }
    }
}

/// One file.
#[derive(Debug)]
pub struct File {
    /// Path inside the exercise.
    pub path: String,
    /// Its editor.
    pub editor: Editor,
    /// Whether the learner is meant to change it.
    pub edit: bool,
    /// Text at the start, when it had one.
    pub start: Option<String>,
    /// Whether it is on disk, or something was typed into it.
    pub exists: bool,
    /// Somebody else wrote it and the learner has not chosen yet: the text on disk.
    pub conflict: Option<String>,
    /// Why the last version is not on disk.
    pub unsaved: Option<String>,
}

/// Where a pane's text is scrolled to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// First row shown.
    pub at: usize,
    /// Stay at the end while more comes.
    pub follow: bool,
}

/// Everything about one open exercise.
#[derive(Debug)]
pub struct State {
    /// The exercise.
    pub exercise: Exercise,
    /// The folder with its files.
    pub dir: PathBuf,
    /// Its files, in tab order; never empty.
    pub files: Vec<File>,
    /// The file that is shown.
    pub current: usize,
    /// Which pane has the keys.
    pub focus: Focus,
    /// The tab below the editor.
    pub tab: Tab,
    /// Whether the pane with the keys fills the screen.
    pub zoom: bool,
    /// Rows of the bottom pane, as the learner set them.
    pub bottom_rows: Option<u16>,
    /// Columns of the task pane, as the learner set them.
    pub side_columns: Option<u16>,
    /// The task, laid out.
    pub task: markdown::Cached,
    /// First row of the task pane.
    pub task_scroll: usize,
    /// First row of the checks.
    pub checks_scroll: usize,
    /// Their lines, as drawn last.
    pub checks_kept: task::Kept,
    /// Where the bottom tabs are scrolled to, by tab.
    pub scrolls: BTreeMap<&'static str, Scroll>,
    /// The selected row of the list of problems.
    pub problem: usize,
    /// Which problems are listed.
    pub listing: Listing,
    /// Results by check; `None` when not known.
    pub results: Vec<Option<CheckResult>>,
    /// Whether the results that needed an engine are about an older version.
    pub stale: bool,
    /// Checks that run now.
    pub checking: Option<usize>,
    /// Hints opened so far.
    pub hints_opened: u32,
    /// The job that runs, one at a time.
    pub running: Option<Running>,
    /// The last build, or the one that runs.
    pub build: BuildLog,
    /// How it is to be built.
    pub choices: Choices,
    /// The last build that succeeded.
    pub built: Option<Arc<Built>>,
    /// What is known of all builds so far.
    pub ledger: Arc<Ledger>,
    /// Files on disk and images in the engine, at the last look.
    pub survey: Option<Arc<Survey>>,
    /// The job that looks at them now.
    pub surveying: Option<JobId>,
    /// Something changed while it looked.
    pub survey_again: bool,
    /// What the next build will do, as of the last analysis.
    pub outlook: Option<Arc<Outlook>>,
    /// Image size of the start files, when they were built on this machine.
    pub start_size: Option<u64>,
    /// Image size of the build before the last one.
    pub previous_size: Option<u64>,
    /// What the last container said.
    pub run_log: VecDeque<ansi::Line>,
    /// Puts the container's bytes together.
    pub run_parser: ansi::Log,
    /// The last scan.
    pub scan: Scan,
    /// What the difference compares with.
    pub against: Against,
    /// The difference, as of the last analysis.
    pub diff: Vec<DiffLine>,
    /// Counts analyses asked for; an older answer is dropped.
    pub asked: u64,
    /// Whether passing has been celebrated already.
    pub celebrated: bool,
    /// Whether signs must be ASCII.
    pub ascii: bool,
    /// A drag with the mouse began in the editor.
    pub dragging: bool,
}

impl State {
    /// The file that is shown.
    pub fn file(&self) -> &File {
        // `files` is never empty and `current` always inside: `open` and the tab keys see to it.
        &self.files[self.current.min(self.files.len() - 1)]
    }

    /// The file that is shown.
    pub fn file_mut(&mut self) -> &mut File {
        let at = self.current.min(self.files.len() - 1);
        &mut self.files[at]
    }

    /// The texts of all files that exist, by path.
    pub fn texts(&self) -> BTreeMap<String, String> {
        self.files.iter().filter(|f| f.exists).map(|f| (f.path.clone(), f.editor.text())).collect()
    }

    /// Whether anything on the screen moves by itself.
    pub fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Whether what runs goes on when the learner leaves.
    pub fn goes_on(&self) -> bool {
        self.running.as_ref().is_some_and(|running| !running.stopping && running.kind.goes_on())
    }

    /// What runs, in words: what it does, for how long, and its id.
    pub fn work_words(&self, now: u64) -> Option<(String, String, JobId)> {
        let running = self.running.as_ref()?;
        let doing = running.doing();
        let seconds = now.saturating_sub(running.since) / 1_000;
        Some((format!("{doing}: {}", self.title()), format!("{seconds} s"), running.id))
    }

    /// Notes that what runs was asked to stop.
    pub fn stops(&mut self) -> bool {
        let running = self.running.as_mut();
        running.map(|running| running.stopping = true).is_some()
    }

    /// Whether the job is this workbench's.
    pub fn owns(&self, id: JobId) -> bool {
        self.running.as_ref().is_some_and(|running| running.id == id) || super::planning::owns(self, id)
    }

    /// Whether a job whose files are on disk now is still wanted; it may have been stopped while the
    /// disk was busy, and then it never begins.
    pub fn may_start(&mut self, id: JobId) -> bool {
        if self.owns(id) && self.running.as_ref().is_some_and(|running| running.stopping) {
            self.running = None;
        }
        self.owns(id)
    }

    /// The contexts whose keys mean something, innermost first.
    pub fn contexts(&self) -> Vec<Context> {
        match self.focus {
            Focus::Editor => vec![Context::Workbench, Context::Global],
            Focus::Bottom if self.tab == Tab::Problems => {
                vec![Context::Problems, Context::Panel, Context::Workbench, Context::Global]
            }
            Focus::Bottom if self.tab == Tab::Build => {
                vec![Context::BuildLog, Context::Panel, Context::Workbench, Context::Global]
            }
            Focus::Task | Focus::Checks | Focus::Bottom => {
                vec![Context::Panel, Context::Workbench, Context::Global]
            }
        }
    }

    /// Whether the line that searches the build's log has the keys.
    pub fn searches_log(&self) -> bool {
        self.focus == Focus::Bottom && self.tab == Tab::Build && self.build.search.typing
    }

    /// Whether the editor, or a line to type in, has a use for `key` before the table of keys is asked.
    pub fn takes_first(&self, key: &crossterm::event::KeyEvent) -> bool {
        let controlled = crossterm::event::KeyModifiers::CONTROL | crossterm::event::KeyModifiers::ALT;
        let is_function = matches!(key.code, crossterm::event::KeyCode::F(_));
        if self.searches_log() {
            return !is_function
                && (!key.modifiers.intersects(controlled)
                    || key.code != crossterm::event::KeyCode::Char('q'));
        }
        self.focus == Focus::Editor && key.code == crossterm::event::KeyCode::Esc
    }

    /// Turns vim keys on or off.
    pub fn set_vim(&mut self, on: bool) {
        for file in &mut self.files {
            file.editor.set_vim(on);
        }
    }

    /// What the header calls it.
    pub fn title(&self) -> String {
        let name = crate::tui::screens::home::name_of(&self.exercise.id);
        if self.exercise.checks.is_empty() {
            self.exercise.title.clone()
        } else {
            format!("{name} · {}", self.exercise.title)
        }
    }

    /// The image to explore, when one was built, and the start's to compare it with.
    pub fn explorable(&self) -> (Option<String>, Option<String>) {
        let image = self.built.as_ref().map(|built| &built.outcome.image);
        let name = image.map(|image| image.tags.first().unwrap_or(&image.id).clone());
        let peer = self.start_size.map(|_| crate::grade::start_image(&self.exercise));
        (name, peer)
    }

    /// What the header counts.
    pub fn counts(&self) -> Vec<String> {
        let mut counts = Vec::new();
        if !self.exercise.checks.is_empty() {
            let passed = self
                .results
                .iter()
                .zip(&self.exercise.checks)
                .filter(|(result, check)| {
                    let passes = result.as_ref().is_some_and(|r| r.status == Status::Pass);
                    passes && (check.kind.is_static() || !self.stale)
                })
                .count();
            counts.push(format!("checks {passed}/{}", self.exercise.checks.len()));
        }
        if !self.exercise.hints.is_empty() {
            counts.push(format!("hints {}/{}", self.hints_opened, self.exercise.hints.len()));
        }
        counts
    }

    /// Where the learner is, to come back to: the file and the cursor in it.
    pub fn place(&self) -> Place {
        let cursor = self.file().editor.cursor() as u64 & u64::from(u32::MAX);
        let position = (self.current as u64) << 32 | cursor;
        let (room, id) = match self.exercise.id.strip_prefix(super::scratch::EXAMPLE) {
            Some(name) => ("example", name),
            None if self.exercise.checks.is_empty() => ("home", ""),
            None => ("exercise", self.exercise.id.as_str()),
        };
        Place { room: room.to_owned(), id: id.to_owned(), position }
    }

    /// Findings of the shown file, in order of place.
    pub fn problems(&self) -> &[Diagnostic] {
        self.file().editor.diagnostics()
    }

    /// Those of them that are listed, as they are sorted.
    pub fn listed(&self) -> Vec<&Diagnostic> {
        self.listing.of(self.problems())
    }

    /// How many findings there are in all files.
    pub fn problem_count(&self) -> usize {
        self.files.iter().map(|file| file.editor.diagnostics().len()).sum()
    }

    /// Whether the solution may be seen. In a workshop the room says so of what it plans, until it is passed.
    pub fn may_see_solution(&self, shared: &Shared) -> bool {
        if self.exercise.solution.is_empty() {
            return false;
        }
        let progress = shared.progress.exercises.get(&self.exercise.id);
        let (passed, failed) = progress.map_or((false, 0), |p| (p.passed, p.failed_attempts));
        let seat = shared.seat.as_ref();
        if let Some(room) = seat.and_then(|seat| seat.solution(&self.exercise.id, passed, shared.now)) {
            return room.is_ok();
        }
        passed || self.exercise.reveal.or_attempts.is_some_and(|needed| failed >= needed)
    }
}
