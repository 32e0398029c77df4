//! Grading: the checks of an exercise over a folder, and reports about them.
//!
//! | file | owns |
//! | --- | --- |
//! | `submission` | what static checks look at: bounded, never followed out of its folder |
//! | `staging` | the copy that is built from |
//! | `bench` | what checks with an engine share: the copy, its image, the start's image |
//! | `script` | what checks of scripts share: each run and the registry it left |
//! | `checks` | one file per kind of check |
//! | `report` | one file per report format |
//!
//! What a check says it measured, it measured: without an engine a check that needs one is *not
//! run*, never passed.

mod bench;
pub mod checks;
pub mod report;
mod script;
mod staging;
mod submission;

pub use bench::start_image;
pub use script::Ground;

use crate::course::model::{Check, Exercise};
use crate::engine::record::Record;
use crate::engine::{BuildEvent, Engine};
use crate::store::attempts::Attempt;
use crate::text::sanitise;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
pub use submission::Known;
use submission::Submission;
use tokio_util::sync::CancellationToken;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be tried: no engine, or what it stands on failed.
    NotRun,
}

impl Status {
    /// Its name in reports: `pass`, `fail`, `not_run`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotRun => "not_run",
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// Check id.
    pub id: String,
    /// Check title.
    pub title: String,
    /// How it ended.
    pub status: Status,
    /// What it is worth.
    pub points: u32,
    /// What was expected: "at most 97.3 MB (80 % less than the start's 486 MB)".
    pub expected: String,
    /// What was found, measured: "186 MB".
    pub found: String,
    /// What to look at: a file:line, a layer, a log line. Empty when there is nothing.
    pub look_at: String,
    /// The author's reason, shown when it fails.
    pub why: String,
    /// Milliseconds it took.
    pub millis: u64,
}

/// The verdict over one submission of one exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Exercise id.
    pub exercise: String,
    /// Exercise title.
    pub title: String,
    /// The folder graded, as it was named.
    pub dir: String,
    /// Results in the exercise's order.
    pub results: Vec<CheckResult>,
    /// Whether what needs an engine was left out because that was asked for.
    pub only_static: bool,
}

impl Report {
    /// Points earned.
    pub fn score(&self) -> u32 {
        self.results.iter().filter(|r| r.status == Status::Pass).map(|r| r.points).sum()
    }

    /// Points there are.
    pub fn max_score(&self) -> u32 {
        self.results.iter().map(|r| r.points).sum()
    }

    /// Whether every check passed.
    pub fn passed(&self) -> bool {
        self.results.iter().all(|r| r.status == Status::Pass)
    }

    /// How many checks ended so.
    pub fn count(&self, status: Status) -> usize {
        self.results.iter().filter(|r| r.status == status).count()
    }

    /// 0 when all passed, 1 when the work falls short, 3 when something could not be run and
    /// nothing that ran failed; what was left out on purpose does not count.
    pub fn exit_code(&self) -> u8 {
        if self.count(Status::Fail) > 0 {
            1
        } else if self.count(Status::NotRun) > 0 && !self.only_static {
            3
        } else {
            0
        }
    }

    /// As the store keeps it.
    pub fn attempt(&self) -> Attempt {
        let count = |status| u32::try_from(self.count(status)).unwrap_or(u32::MAX);
        let line = |result: &CheckResult| format!("{}={}", result.id, result.status.name());
        Attempt {
            exercise: self.exercise.clone(),
            score: self.score(),
            max_score: self.max_score(),
            failed: count(Status::Fail),
            not_run: count(Status::NotRun),
            checks: self.results.iter().map(line).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// Longest text that a report takes from a submission or an engine, in characters.
const LONGEST: usize = 2_000;

/// What a check found, before it is joined with what the exercise says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    pub(crate) expected: String,
    pub(crate) found: String,
    pub(crate) look_at: String,
}

impl Verdict {
    pub(crate) fn pass(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { status: Status::Pass, expected: expected.into(), found: found.into(), look_at: String::new() }
    }

    pub(crate) fn fail(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { status: Status::Fail, ..Self::pass(expected, found) }
    }

    pub(crate) fn not_run(expected: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { status: Status::NotRun, ..Self::pass(expected, reason) }
    }

    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.look_at = place.into();
        self
    }

    /// Like [`Verdict::at`], for what only a failure has to show.
    pub(crate) fn at_if_failed(self, place: impl Into<String>) -> Self {
        if self.status == Status::Fail { self.at(place) } else { self }
    }

    fn of(self, check: &Check, since: Instant) -> CheckResult {
        let safe = |text: &str| sanitise::bounded(&sanitise::lines(text.trim_end()), LONGEST).into_owned();
        CheckResult {
            id: check.id.clone(),
            title: check.title.clone(),
            status: self.status,
            points: check.points,
            expected: safe(&self.expected),
            found: safe(&self.found),
            look_at: safe(&self.look_at),
            why: check.why.clone(),
            millis: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Grades what needs no engine; the rest is left out, and the report says so. Blocks for as long as
/// it takes to read a few files.
pub fn grade_static(exercise: &Exercise, dir: &Path) -> Report {
    let submission = Submission::open(dir);
    let results = exercise.checks.iter().map(|check| {
        let since = Instant::now();
        checks::static_check(&check.kind, &submission)
            .unwrap_or_else(|| Verdict::not_run("", "left out: only static checks were asked for"))
            .of(check, since)
    });
    Report { only_static: true, results: results.collect(), ..Report::of(exercise, dir) }
}

/// Whether checks that need an engine can be run.
#[derive(Debug, Clone)]
pub enum Access {
    /// They are left out on purpose.
    StaticOnly,
    /// They cannot: no engine answers, for this reason.
    Missing(String),
    /// They can.
    Ready(Engine),
}

/// How to grade. Gradings that share it share what they measure of the exercise's start.
#[derive(Debug, Clone)]
pub struct Options {
    /// With which engine.
    pub access: Access,
    /// Limit of one build, in place of the exercise's.
    pub build_limit: Option<Duration>,
    /// Where scripts are run.
    pub scripts: Ground,
    /// This program, which is the shim in the sandbox; found by itself when absent.
    pub program: Option<PathBuf>,
    /// Where other programs are looked for, in place of `PATH`.
    pub path: Option<OsString>,
    /// Whether to tell what the submission's image was built of, for the plan of its next build.
    pub records: bool,
    starts: bench::Starts,
}

impl Options {
    /// With this access and the exercise's own limits.
    pub fn new(access: Access) -> Self {
        Self {
            access,
            build_limit: None,
            scripts: Ground::default(),
            program: None,
            path: None,
            records: false,
            starts: bench::Starts::default(),
        }
    }

    fn path(&self) -> OsString {
        self.path.clone().or_else(|| std::env::var_os("PATH")).unwrap_or_default()
    }
}

/// What a grading says while it works.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A check is being tried; its index in the exercise.
    CheckStarted(usize),
    /// A check ended; its index in the exercise.
    CheckDone(usize, CheckResult),
    /// A build goes on.
    Build(BuildEvent),
    /// What the submission's image was built of, when [`Options::records`] asks for it.
    Recorded(Box<Record>),
    /// A remark.
    Message(String),
}

/// Who hears it.
pub type Events = Arc<dyn Fn(Event) + Send + Sync>;

/// Grades the folder `dir`. Everything it makes in the engine is removed again before it answers,
/// but for the image of the exercise's start; cancelling ends it soon, with the rest not run.
pub async fn grade(
    exercise: &Exercise,
    dir: &Path,
    options: &Options,
    events: Events,
    cancel: CancellationToken,
) -> Report {
    let submission = Submission::open(dir);
    let mut bench = match &options.access {
        Access::Ready(engine) => {
            Ok(bench::Bench::new(engine, exercise, dir, &submission, options, events.clone(), cancel.clone()))
        }
        Access::Missing(reason) => Err(reason.clone()),
        Access::StaticOnly => Err("left out: only static checks were asked for".to_owned()),
    };
    let mut stage = script::Stage::new(exercise, dir, options, events.clone(), cancel.clone());
    let mut report = Report::of(exercise, dir);
    report.only_static = matches!(options.access, Access::StaticOnly);
    for (index, check) in exercise.checks.iter().enumerate() {
        events(Event::CheckStarted(index));
        let since = Instant::now();
        let mut verdict = checks::static_check(&check.kind, &submission);
        if verdict.is_none() && !report.only_static && !cancel.is_cancelled() {
            verdict = checks::script_check(&check.kind, &mut stage).await;
        }
        let verdict = match (verdict, &mut bench) {
            (Some(verdict), _) => verdict,
            (None, _) if cancel.is_cancelled() => Verdict::not_run("", "cancelled"),
            (None, Ok(bench)) => checks::engine_check(&check.kind, bench).await,
            (None, Err(reason)) => Verdict::not_run("", reason.as_str()),
        };
        let result = verdict.of(check, since);
        report.results.push(result.clone());
        events(Event::CheckDone(index, result));
    }
    if let Ok(bench) = bench {
        bench.close().await;
    }
    report
}

/// The verdicts of the static checks over texts that may not be on disk yet, in the exercise's
/// order; `None` for those that need an engine. Pure, and quick enough for every pause in typing.
pub fn preview(exercise: &Exercise, texts: &BTreeMap<String, String>) -> Vec<Option<CheckResult>> {
    verdicts(exercise, &Submission::of_texts(texts))
}

/// As [`preview`], when the Dockerfile among the texts was parsed and linted already.
pub fn preview_known(
    exercise: &Exercise,
    texts: &BTreeMap<String, String>,
    known: Known,
) -> Vec<Option<CheckResult>> {
    verdicts(exercise, &Submission::of_known(texts, known))
}

fn verdicts(exercise: &Exercise, submission: &Submission<'_>) -> Vec<Option<CheckResult>> {
    let since = Instant::now();
    let verdict = |check: &Check| checks::static_check(&check.kind, submission).map(|v| v.of(check, since));
    exercise.checks.iter().map(verdict).collect()
}

impl Report {
    fn of(exercise: &Exercise, dir: &Path) -> Self {
        Self {
            exercise: exercise.id.clone(),
            title: exercise.title.clone(),
            dir: dir.display().to_string(),
            results: Vec::new(),
            only_static: false,
        }
    }
}
