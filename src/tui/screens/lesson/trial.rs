//! Blocks to try: a Dockerfile opens as a scratch exercise, commands run as a job and show their
//! output in place. Nothing runs before the learner has confirmed it.

use super::page::{Builder, Spot};
use crate::course::model::{BuildCheck, Check, CheckKind, Course, Exercise, ExerciseFile, Level, Reveal};
use crate::course::page::{Try, TryKind};
use crate::jobs::{Job, JobId, Outcome, Progress};
use crate::lint::Severity;
use crate::text::{ansi, sanitise};
use crate::tui::theme::Role;
use crate::tui::widgets::markdown::{self, Cached, Look, Run};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Lines of output that are kept and shown: the last ones.
const LINES: usize = 200;

/// A block to try and what has come of it.
pub struct Trial {
    /// The block.
    pub block: Try,
    code: Cached,
    state: State,
    log: ansi::Log,
    output: VecDeque<String>,
}

/// How far running the commands has come.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Idle,
    Asked,
    Running(JobId),
    Done { words: String, role: Role },
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").field("id", &self.block.id).field("state", &self.state).finish()
    }
}

impl Trial {
    /// A block nobody has tried yet.
    pub fn new(block: Try) -> Self {
        let code = Cached::of(markdown::code(&block.language, &block.text));
        Self { block, code, state: State::Idle, log: ansi::Log::new(), output: VecDeque::new() }
    }

    /// Whether its commands run.
    pub fn running(&self) -> Option<JobId> {
        if let State::Running(id) = self.state { Some(id) } else { None }
    }

    /// Whether the learner was asked and has not answered.
    pub fn asks(&self) -> bool {
        self.state == State::Asked
    }

    /// Asks whether the commands shall run.
    pub fn ask(&mut self) {
        if self.running().is_none() {
            self.state = State::Asked;
        }
    }

    /// They shall not run.
    pub fn decline(&mut self) {
        if self.asks() {
            self.state = State::Idle;
        }
    }

    /// The job that runs the commands.
    pub fn job(&self, course: &Course) -> Job {
        let files = beside(&self.block, course);
        Job::Script { text: self.block.text.clone(), files }
    }

    /// It runs under this id.
    pub fn begin(&mut self, id: JobId) {
        self.state = State::Running(id);
        self.log = ansi::Log::new();
        self.output.clear();
    }

    /// What the job says.
    pub fn note(&mut self, progress: Progress) {
        match progress {
            Progress::Log(bytes) => {
                let lines = self.log.feed(&bytes);
                self.keep(lines);
            }
            Progress::Message(text) => self.output.push_back(sanitise::plain(&text).into_owned()),
            _ => {}
        }
    }

    /// How the job ended.
    pub fn end(&mut self, outcome: Outcome) {
        let rest = self.log.finish();
        self.keep(rest);
        let (words, role) = match outcome {
            Outcome::Ran(0) => ("It ended well (exit code 0).".to_owned(), Role::Success),
            Outcome::Ran(code) => (format!("It ended with exit code {code}."), Role::Warning),
            Outcome::Cancelled => ("Stopped.".to_owned(), Role::Muted),
            Outcome::Failed { message, hints } => {
                let mut words = sanitise::plain(&message).into_owned();
                for hint in hints {
                    words.push_str(&format!("; {}", sanitise::plain(&hint)));
                }
                (words, Role::Error)
            }
            other => (format!("It ended unexpectedly: {other:?}"), Role::Error),
        };
        self.state = State::Done { words, role };
    }

    fn keep(&mut self, lines: impl IntoIterator<Item = ansi::Line>) {
        for line in lines {
            if self.output.len() == LINES {
                self.output.pop_front();
            }
            self.output.push_back(line.into_iter().map(|run| run.text).collect());
        }
    }

    /// Adds the block, its buttons and its output to a page.
    pub fn lay_out(&self, part: usize, page: &mut Builder) {
        page.gap();
        page.document(&self.code);
        let copy = ("Copy", Spot::Copy(part));
        match (self.block.kind, &self.state) {
            (TryKind::Dockerfile, _) => {
                page.buttons(&[("Open in a workbench", Spot::Try(part)), copy]);
            }
            (TryKind::Command, State::Asked) => {
                let words = "These commands run on this machine, in a folder of their own.";
                page.text(&[Run::new(words, Look::of(Role::Warning))]);
                page.buttons(&[("Yes, run them", Spot::Try(part)), ("No", Spot::Stop(part))]);
            }
            (TryKind::Command, State::Running(_)) => page.buttons(&[("Stop", Spot::Stop(part)), copy]),
            (TryKind::Command, State::Done { .. }) => {
                page.buttons(&[("Run it again", Spot::Try(part)), copy]);
            }
            (TryKind::Command, State::Idle) => page.buttons(&[("Run it here", Spot::Try(part)), copy]),
        }
        let (words, role) = match &self.state {
            State::Running(_) => ("Running", Role::Info),
            State::Done { words, role } => (words.as_str(), *role),
            State::Idle | State::Asked => return,
        };
        page.open_box("Output", Role::Heading);
        for line in &self.output {
            page.verbatim(line);
        }
        page.text(&[Run::new(words, Look::of(role))]);
        page.close_box();
    }
}

/// Files of the worked example that a block names, without those that the block stands for.
fn beside(block: &Try, course: &Course) -> Vec<(String, Vec<u8>)> {
    let example = course.examples.iter().find(|example| Some(&example.name) == block.with.as_ref());
    let files = example.into_iter().flat_map(|example| &example.files);
    files
        .filter(|(path, _)| *path != "README.md")
        .filter(|(path, _)| *path != "Dockerfile" || block.kind == TryKind::Command)
        .map(|(path, content)| (path.clone(), content.clone()))
        .collect()
}

/// A scratch exercise whose Dockerfile is the block's text, beside the files of the worked example
/// it names.
pub(super) fn scratch(block: &Try, course: &Course) -> Exercise {
    let dockerfile = ("Dockerfile".to_owned(), block.text.clone().into_bytes());
    let files = std::iter::once(dockerfile)
        .chain(beside(block, course))
        .map(|(path, content)| ExerciseFile { path, edit: true, start: Some(content), zeros: None })
        .collect();
    let (lesson, number) = block.id.split_once("/try-").unwrap_or((block.id.as_str(), "1"));
    let check = |id: &str, title: &str, kind| Check {
        id: id.to_owned(),
        title: title.to_owned(),
        points: 1,
        why: String::new(),
        terms: Default::default(),
        kind,
    };
    let lint = CheckKind::Lint { at_most: Some(Severity::Warning), forbid: Vec::new() };
    Exercise {
        id: format!("scratch-{lesson}-{number}"),
        title: "Try it".to_owned(),
        lesson: lesson.to_owned(),
        level: Level::Beginner,
        minutes: 5,
        task: "This is the Dockerfile of the lesson, in a folder of its own. Change it, watch what the \
               linter says, build it, look at its layers. Nothing here counts for your progress."
            .to_owned(),
        files,
        secrets: BTreeMap::new(),
        script: None,
        hints: Vec::new(),
        start_fails: Vec::new(),
        reveal: Reveal::default(),
        checks: vec![
            check("clean", "No errors", lint),
            check("builds", "It builds", CheckKind::Build(BuildCheck::within(Duration::from_secs(600)))),
        ],
        solution: BTreeMap::new(),
    }
}
