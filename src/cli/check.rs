//! `--check ID…`: grades folders, reports, and answers with the verdict as exit code.

mod cohort;
mod limits;
mod progress;
mod reports;
mod targets;

use super::Global;
use super::out::Out;
use crate::course::model::{Course, Exercise, Problem};
use crate::course::overlay;
use crate::engine::Engine;
use crate::failure::{Failure, Kind};
use crate::grade::{Access, Ground, Options, Report, Standing, Status};
use crate::store::Store;
use crate::text::sanitise;
use cohort::{Cohort, Terms};
use progress::Progress;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicU8;
use std::time::Duration;

/// What grading takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Grading")]
pub(super) struct Args {
    /// Grade these exercises (`exercise-1`, …, or `all`) and end
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    check: Vec<String>,
    /// Grade this folder instead of your own workspace; may be repeated, and hold * and ?
    #[arg(long, value_name = "DIR", requires = "check")]
    dir: Vec<PathBuf>,
    /// Grade each folder in this one, as one submission each
    #[arg(long, value_name = "DIR", requires = "check")]
    submissions: Vec<PathBuf>,
    /// Grade the folders that this file lists, one a line; - is standard input
    #[arg(long, value_name = "FILE", requires = "check")]
    dirs_from: Vec<PathBuf>,
    /// Keep each verdict in this file, and do not grade again what it knows and what has not changed
    #[arg(long, value_name = "FILE", requires = "check")]
    resume: Option<PathBuf>,
    /// Report in this format, to standard output or a file: FORMAT or FORMAT=FILE; may be repeated
    ///
    /// text, json, junit, tap, sarif, github, markdown, html, csv, check50, gradescope or classroom50.
    #[arg(long, value_name = "FORMAT", requires = "check", value_parser = reports::Target::parse)]
    format: Vec<reports::Target>,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "FILE", requires = "check")]
    output: Option<PathBuf>,
    /// Which checks: all, or only those that need no engine
    #[arg(long, value_enum, default_value_t = Only::All, requires = "check")]
    only: Only,
    /// Count what could not be run as falling short
    #[arg(long, requires = "check")]
    require_all: bool,
    /// How many folders are graded at once
    #[arg(long, value_name = "N", requires = "check", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Seconds that one build may take, whatever the exercise says
    #[arg(long, value_name = "SECONDS", requires = "check", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: Option<u64>,
    #[command(flatten)]
    limits: limits::Limits,
    /// Run scripts on this machine, with its own aws and docker, instead of in a sandbox: only your own
    #[arg(long, requires = "check")]
    scripts_here: bool,
    /// Lay an instructor's file over the course: more checks, other points, other limits
    #[arg(long, value_name = "FILE", requires = "check")]
    overlay: Option<PathBuf>,
    /// Show all of hidden checks, not only what a learner may see
    #[arg(long, requires = "check")]
    instructor: bool,
    /// Put the time each check took into the reports that have a place for it
    #[arg(long, requires = "check")]
    times: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Only {
    Static,
    All,
}

impl Args {
    pub(super) fn asked(&self) -> bool {
        !self.check.is_empty()
    }

    /// Whether the learner's own workspace is graded: no other folder was named.
    fn own_workspace(&self) -> bool {
        self.dir.is_empty() && self.submissions.is_empty() && self.dirs_from.is_empty()
    }

    /// The program and the options that a verdict hangs on.
    fn same(&self) -> Vec<String> {
        // Two builds of one version may judge differently.
        let built = std::env::current_exe().and_then(std::fs::metadata);
        let built =
            built.map(|meta| format!("{} {:?}", meta.len(), meta.modified().ok())).unwrap_or_default();
        vec![
            env!("CARGO_PKG_VERSION").to_owned(),
            built,
            format!("{:?} {:?} {} {:?}", self.only, self.timeout, self.scripts_here, self.limits),
        ]
    }
}

pub(super) fn run(args: &Args, global: &Global) -> Result<u8, Failure> {
    let outputs = reports::Target::all(&args.format, args.output.as_deref())?;
    let mut course = global.load_course()?;
    if let Some(path) = &args.overlay {
        course = overlay::lay(course, path).map_err(unfit)?;
    }
    let targets = targets::all(args, global, &course)?;
    reports::fit(&outputs, &targets)?;
    let look = reports::look(global.ascii, std::io::stderr().is_terminal());
    let progress = Progress::new(targets.len(), look);
    let terms = Terms { same: args.same(), instructor: args.instructor };
    let most = match args.only {
        Only::Static => 8,
        Only::All => 2,
    };
    let jobs = jobs(args, most);
    let cohort = Cohort::new(targets, args.resume.as_deref(), &terms, jobs, progress)?;
    let stopped = AtomicU8::new(0);
    match args.only {
        Only::Static => cohort.grade_static(jobs),
        Only::All => super::runtime()?.block_on(with_engine(args, global, &cohort, jobs, &stopped)),
    }
    let (mut reports, lost) = cohort.reports();
    if let Some(error) = lost {
        note(&format!("what was graded is not all kept for another run: {error}"));
    }
    // An attempt is one at what the learner was asked for.
    if args.own_workspace() && args.overlay.is_none() {
        remember(global, &mut reports);
    }
    reports::write(&outputs, &reports, args.times, global.ascii, &mut Out::default())?;
    Ok(match stopped.into_inner() {
        0 => exit_code(&reports, args.require_all),
        signal => 128 + signal,
    })
}

/// An overlay that cannot be used.
fn unfit(problems: Vec<Problem>) -> Failure {
    let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
    Failure::new(Kind::Course, anyhow::anyhow!(told.join("\n\n")))
        .hint("`docker-ecr-tutor course schema overlay` describes the format")
}

/// The worst verdict: falling short before not run.
fn exit_code(reports: &[Report], require_all: bool) -> u8 {
    let code = |report: &Report| match report.exit_code() {
        0 if require_all && report.count(Status::NotRun) > 0 => 1,
        3 if require_all => 1,
        code => code,
    };
    let codes: Vec<u8> = reports.iter().map(code).collect();
    [1, 3].into_iter().find(|code| codes.contains(code)).unwrap_or(0)
}

/// The exercise called `id`, or a failure that says which ones there are, or why it did not load.
pub(super) fn exercise<'a>(course: &'a Course, id: &str) -> Result<&'a Exercise, Failure> {
    if let Some(found) = course.exercises.iter().find(|exercise| exercise.id == id) {
        return Ok(found);
    }
    let folder = format!("exercises/{id}/");
    if let Some(problem) = course.problems.iter().find(|p| p.path.starts_with(&folder)) {
        let place: String =
            [problem.line, problem.column].into_iter().flatten().map(|n| format!(":{n}")).collect();
        let mut told = format!("{}{place}: {}", problem.path, problem.message);
        if !problem.snippet.is_empty() {
            told.push_str(&format!("\n{}", problem.snippet));
        }
        let failure = Failure::new(Kind::Course, anyhow::anyhow!(told));
        return Err(if problem.remedy.is_empty() { failure } else { failure.hint(&problem.remedy) });
    }
    let known: Vec<&str> = course.exercises.iter().map(|exercise| exercise.id.as_str()).collect();
    let failure = Failure::new(Kind::User, anyhow::anyhow!("there is no exercise `{id}` in this course"));
    Err(if known.is_empty() {
        failure.hint("the course has no exercises: see --course")
    } else {
        failure.hint(format!("--check {}", known.join(" | ")))
    })
}

fn jobs(args: &Args, most: usize) -> usize {
    let here = std::thread::available_parallelism().map_or(1, usize::from).min(most);
    args.jobs.map_or(here, usize::from)
}

async fn with_engine(args: &Args, global: &Global, cohort: &Cohort<'_>, jobs: usize, stopped: &AtomicU8) {
    let (access, engine) = match Engine::connect(&super::environment(global)).await {
        Ok(engine) => (Access::Ready(engine.clone()), Some(engine)),
        Err(error) => (Access::Missing(error.to_string()), None),
    };
    let mut options = Options::new(access);
    options.build_limit = args.timeout.map(Duration::from_secs);
    options.limits = args.limits.of_builds();
    if args.scripts_here {
        options.scripts = Ground::Here;
    }
    cohort.grade(&options, engine.as_ref(), jobs, stopped).await;
}

/// Waits for Ctrl-C or SIGTERM and answers with the signal's number.
#[cfg(unix)]
pub(super) async fn stop_signal() -> u8 {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => 2,
        () = wait(SignalKind::terminate()) => 15,
        () = wait(SignalKind::hangup()) => 1,
    }
}

#[cfg(not(unix))]
pub(super) async fn stop_signal() -> u8 {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    2
}

/// Keeps attempts at the learner's own workspace, and says in the reports how many there were. That
/// this cannot be done is worth a line, not the verdict.
fn remember(global: &Global, reports: &mut [Report]) {
    let mut keep = || -> Result<(), Failure> {
        let fail = |error| Failure::new(Kind::Environment, error);
        let store = Store::open(&global.data()?).map_err(fail)?.for_course(global.course_key());
        // What was only looked at in part is no attempt.
        for report in reports.iter().filter(|report| !report.only_static) {
            store.record_attempt(&report.attempt()).map_err(fail)?;
        }
        let progress = store.progress().map_err(fail)?.exercises;
        for report in reports.iter_mut() {
            let stands = progress.get(&report.exercise).copied().unwrap_or_default();
            report.standing = Some(Standing { attempts: stands.attempts, hints_opened: stands.hints_opened });
        }
        super::join::checked(global, &store, reports)
    };
    if let Err(failure) = keep() {
        note(&format!("this attempt is not remembered: {failure}"));
    }
}

/// Something worth knowing that changes no verdict.
fn note(text: &str) {
    let told = sanitise::lines(&format!("note: {text}")).into_owned();
    let _ = writeln!(std::io::stderr().lock(), "{told}");
}
