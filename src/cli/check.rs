//! `--check ID…`: grades folders, reports, and answers with the verdict as exit code.

mod reports;

use super::Global;
use super::out::Out;
use crate::course::model::{Course, Exercise};
use crate::engine::{self, Engine};
use crate::failure::{Failure, Kind};
use crate::grade::{self, Access, Event, Ground, Options, Report, Status};
use crate::store::Store;
use crate::store::workspace::Workspace;
use crate::text::sanitise;
use futures_util::{StreamExt, stream};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What grading takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Grading")]
pub(super) struct Args {
    /// Grade these exercises (`exercise-1`, …, or `all`) and end
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    check: Vec<String>,
    /// Grade this folder instead of your own workspace; may be repeated
    #[arg(long, value_name = "DIR", requires = "check")]
    dir: Vec<PathBuf>,
    /// Report as text or json, to standard output or a file: FORMAT or FORMAT=FILE; may be repeated
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
    /// Folders graded at once
    #[arg(long, value_name = "N", requires = "check", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Seconds that one build may take, whatever the exercise says
    #[arg(long, value_name = "SECONDS", requires = "check", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: Option<u64>,
    /// Run scripts on this machine, with its own aws and docker, instead of in a sandbox: only your own
    #[arg(long, requires = "check")]
    scripts_here: bool,
    /// Put the time each check took into the json report
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
}

/// One folder to grade as one exercise.
struct Target<'a> {
    exercise: &'a Exercise,
    dir: PathBuf,
}

pub(super) fn run(args: &Args, global: &Global) -> Result<u8, Failure> {
    let outputs = reports::Target::all(&args.format, args.output.as_deref())?;
    let course = global.load_course()?;
    let targets = targets(args, global, &course)?;
    let stopped = AtomicU8::new(0);
    let reports = match args.only {
        Only::Static => in_threads(&targets, jobs(args, 8)),
        Only::All => super::runtime()?.block_on(with_engine(args, global, &targets, &stopped)),
    };
    if args.dir.is_empty() {
        remember(global, &reports);
    }
    reports::write(&outputs, &reports, args.times, global.ascii, &mut Out::default())?;
    Ok(match stopped.into_inner() {
        0 => exit_code(&reports, args.require_all),
        signal => 128 + signal,
    })
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

fn targets<'a>(args: &Args, global: &Global, course: &'a Course) -> Result<Vec<Target<'a>>, Failure> {
    let exercises: Vec<&Exercise> = if args.check.iter().any(|id| id == "all") {
        course.exercises.iter().collect()
    } else {
        args.check.iter().map(|id| exercise(course, id)).collect::<Result<_, _>>()?
    };
    if exercises.is_empty() {
        return Err(Failure::new(Kind::Course, anyhow::anyhow!("the course has no exercises")));
    }
    let mut targets = Vec::new();
    if args.dir.is_empty() {
        let root = global.work()?;
        for exercise in exercises {
            let open = Workspace::open(&root, &exercise.id, exercise.start_files())
                .and_then(|work| work.lay_down_zeros(exercise.zero_files()).map(|()| work));
            let work = open.map_err(|error| {
                Failure::new(Kind::Environment, error).hint(
                    "name the folder with your files with --dir, or one you may write to with --workspace",
                )
            })?;
            targets.push(Target { exercise, dir: work.dir().to_owned() });
        }
        return Ok(targets);
    }
    for dir in &args.dir {
        if !dir.is_dir() {
            let error = anyhow::anyhow!("{} is not a folder", dir.display());
            return Err(Failure::new(Kind::User, error)
                .hint("--dir names the folder with the exercise's files, its Dockerfile among them"));
        }
        for exercise in &exercises {
            // With several exercises a folder may hold one folder for each.
            let own = dir.join(&exercise.id);
            let dir = if exercises.len() > 1 && own.is_dir() { own } else { dir.clone() };
            targets.push(Target { exercise, dir });
        }
    }
    Ok(targets)
}

fn jobs(args: &Args, most: usize) -> usize {
    let here = std::thread::available_parallelism().map_or(1, usize::from).min(most);
    args.jobs.map_or(here, usize::from)
}

/// Static grading: threads over a common counter, results in the order asked for.
fn in_threads(targets: &[Target<'_>], jobs: usize) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(targets.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(targets.len()) {
            scope.spawn(|| {
                while let at = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(target) = targets.get(at)
                {
                    let report = grade::grade_static(target.exercise, &target.dir);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((at, report));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, report)| report).collect()
}

async fn with_engine(
    args: &Args,
    global: &Global,
    targets: &[Target<'_>],
    stopped: &AtomicU8,
) -> Vec<Report> {
    let (access, engine) = match Engine::connect(&super::environment(global)).await {
        Ok(engine) => (Access::Ready(engine.clone()), Some(engine)),
        Err(error) => (Access::Missing(error.to_string()), None),
    };
    let mut options = Options::new(access);
    options.build_limit = args.timeout.map(Duration::from_secs);
    if args.scripts_here {
        options.scripts = Ground::Here;
    }
    let cancel = CancellationToken::new();
    let progress = Progress::new(targets.len());
    let grading = stream::iter(targets)
        .map(|target| {
            let events = progress.of(target);
            grade::grade(target.exercise, &target.dir, &options, events, cancel.clone())
        })
        .buffered(jobs(args, 2))
        .collect::<Vec<Report>>();
    let mut grading = std::pin::pin!(grading);
    let reports = tokio::select! {
        reports = &mut grading => reports,
        signal = stop_signal() => {
            stopped.store(signal, Ordering::Relaxed);
            cancel.cancel();
            tokio::select! {
                reports = grading => reports,
                // A second signal: whoever sends it does not want to wait for the engine.
                _ = stop_signal() => Vec::new(),
            }
        }
    };
    if let Some(engine) = engine {
        engine.settle(Duration::from_secs(10)).await;
    }
    progress.clear();
    reports
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

/// One line on a terminal that says what is going on; nothing elsewhere.
struct Progress {
    shown: bool,
    several: bool,
}

impl Progress {
    fn new(targets: usize) -> Self {
        Self { shown: std::io::stderr().is_terminal(), several: targets > 1 }
    }

    fn of(&self, target: &Target<'_>) -> grade::Events {
        if !self.shown {
            return Arc::new(|_| {});
        }
        let ids: Vec<String> = target.exercise.checks.iter().map(|check| check.id.clone()).collect();
        let name = if self.several { target.dir.display().to_string() } else { target.exercise.id.clone() };
        Arc::new(move |event| {
            let line = match event {
                Event::CheckStarted(at) => {
                    format!("{name}: {} ({}/{})", ids.get(at).map_or("", String::as_str), at + 1, ids.len())
                }
                Event::Build(engine::BuildEvent::StepStarted { name: step, .. }) => format!("{name}: {step}"),
                Event::Message(text) => format!("{name}: {text}"),
                _ => return,
            };
            let line = sanitise::plain(&line).into_owned();
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[2K{}", sanitise::bounded(&line, 76));
        })
    }

    fn clear(&self) {
        if self.shown {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[2K");
        }
    }
}

/// Keeps attempts at the learner's own workspace. That this cannot be done is worth a line, not the
/// verdict.
fn remember(global: &Global, reports: &[Report]) {
    let keep = || -> Result<(), Failure> {
        let fail = |error| Failure::new(Kind::Environment, error);
        let store = Store::open(&global.data()?).map_err(fail)?.for_course(global.course_key());
        // What was only looked at in part is no attempt.
        reports
            .iter()
            .filter(|report| !report.only_static)
            .try_for_each(|report| store.record_attempt(&report.attempt()).map_err(fail))
    };
    if let Err(failure) = keep() {
        let told = sanitise::lines(&format!("note: this attempt is not remembered: {failure}")).into_owned();
        let _ = writeln!(std::io::stderr().lock(), "{told}");
    }
}
