//! Grading: the checks of an exercise over a folder, and reports about them.
//!
//! | file | owns |
//! | --- | --- |
//! | `submission` | what static checks look at: bounded, never followed out of its folder |
//! | `staging` | the copy that is built from |
//! | `bench` | what checks with an engine share: the copy, its image, the start's image |
//! | `guard` | what a build may take of the machine |
//! | `cgroup` | the files by which a control group is limited |
//! | `script` | what checks of scripts share: each run and the registry it left |
//! | `checks` | one file per kind of check |
//! | `result` | how a check ended, and what a submission is worth |
//! | `fingerprint` | what is equal grades equal |
//! | `record` | what was graded already, for the next time |
//! | `report` | one file per report format |
//!
//! What a check says it measured, it measured: without an engine a check that needs one is *not
//! run*, never passed.

mod bench;
mod cgroup;
pub mod checks;
pub mod fingerprint;
mod guard;
pub mod record;
pub mod report;
mod result;
mod script;
mod staging;
mod submission;

pub use bench::start_image;
pub use guard::Limits;
pub use result::{CheckResult, Report, Standing, Status};
pub use script::Ground;

use crate::course::model::{Check, Exercise};
use crate::engine::record::Record;
use crate::engine::{BuildEvent, Engine};
use crate::text::sanitise;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
pub use submission::Known;
use submission::Submission;
use tokio_util::sync::CancellationToken;

/// Longest text that a report takes from a submission or an engine, in characters.
const LONGEST: usize = 2_000;

/// What a check found, before it is joined with what the exercise says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) status: Status,
    pub(crate) expected: String,
    pub(crate) found: String,
    pub(crate) look_at: String,
    /// The check that failed and that this one stands on.
    pub(crate) needs: String,
    /// Of how many things that it asks for how many held.
    pub(crate) parts: Option<(usize, usize)>,
}

impl Verdict {
    pub(crate) fn pass(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            status: Status::Pass,
            expected: expected.into(),
            found: found.into(),
            look_at: String::new(),
            needs: String::new(),
            parts: None,
        }
    }

    pub(crate) fn fail(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { status: Status::Fail, ..Self::pass(expected, found) }
    }

    pub(crate) fn not_run(expected: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { status: Status::NotRun, ..Self::pass(expected, reason) }
    }

    /// Not run, because the check `needs` failed.
    pub(crate) fn stands_on(expected: impl Into<String>, needs: &str) -> Self {
        let reason = format!("it needs the image, and `{needs}` failed");
        Self { needs: needs.to_owned(), ..Self::not_run(expected, reason) }
    }

    /// With so many of all the things that the check asks for.
    pub(crate) fn held(mut self, held: usize, of: usize) -> Self {
        self.parts = Some((held, of));
        self
    }

    /// What it earns of the points of `check`.
    fn score(&self, check: &Check) -> u32 {
        match (self.status, self.parts) {
            (Status::Pass, _) => check.points,
            // What fails never earns all of them.
            (Status::Fail, Some((held, of))) if check.terms.partial && held < of => {
                let share = u64::from(check.points) * held as u64 / of as u64;
                u32::try_from(share).unwrap_or(0)
            }
            _ => 0,
        }
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
            score: self.score(check),
            bonus: check.terms.bonus,
            shown: check.terms.shown,
            needs: self.needs,
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
    /// What a build may take of the machine beside that.
    pub limits: Limits,
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
            limits: Limits::default(),
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
            unseen: Vec::new(),
            only_static: false,
            standing: None,
        }
    }
}
