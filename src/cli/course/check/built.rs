//! What only real builds and runs show: every solution passes, no start does, nor what the static checks could not
//! refuse. Graded as a learner's folder is, in a folder of its own below the temporary one.

use super::Findings;
use super::proof::{self, Answer};
use crate::cli::{self, Global};
use crate::course::model::Exercise;
use crate::course::validate::Verdict;
use crate::engine::Engine;
use crate::failure::{Failure, Kind};
use crate::grade::{self, Access, Options, Report, Status};
use crate::store::workspace::Workspace;
use crate::text::sanitise;
use futures_util::{StreamExt, stream};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What is graded, and what is expected of it.
enum Claim {
    /// It passes everything.
    Solution,
    /// It falls short, in these checks at least.
    Start,
    /// It falls short.
    NoAnswer(String),
}

struct Item<'a> {
    exercise: &'a Exercise,
    claim: Claim,
    files: Answer,
}

/// A folder that is removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> std::io::Result<Self> {
        let root = std::env::temp_dir().join(format!("docker-ecr-tutor-prove-{}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // Fails when somebody else made it first.
        builder.create(&root)?;
        Ok(Self(root))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Grades starts, solutions and the answers left open by `proof`.
pub(super) fn prove(
    verdict: &Verdict,
    open: &[(&Exercise, Vec<(String, Answer)>)],
    global: &Global,
    jobs: usize,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let mut items = Vec::new();
    for (exercise, answers) in open {
        if exercise.checks.iter().all(|check| check.kind.is_static()) {
            continue;
        }
        items.push(Item { exercise, claim: Claim::Solution, files: proof::solved(exercise) });
        items.push(Item { exercise, claim: Claim::Start, files: proof::start(exercise) });
        for (what, files) in answers.iter().skip_while(|(_, files)| *files == proof::start(exercise)) {
            items.push(Item { exercise, claim: Claim::NoAnswer(what.clone()), files: files.clone() });
        }
    }
    let scratch = Scratch::make().map_err(|error| {
        let told = anyhow::Error::new(error).context("cannot make a folder to build in");
        Failure::new(Kind::Environment, told).hint("set TMPDIR to a folder you may write to")
    })?;
    let reports = cli::runtime()?.block_on(graded(&items, &scratch.0, global, jobs))?;
    for (item, report) in items.iter().zip(&reports) {
        judge(verdict, item, report, findings);
    }
    findings.graded = reports.len();
    Ok(())
}

async fn graded(
    items: &[Item<'_>],
    root: &Path,
    global: &Global,
    jobs: usize,
) -> Result<Vec<Report>, Failure> {
    let (access, engine) = match Engine::connect(&cli::environment(global)).await {
        Ok(engine) => (Access::Ready(engine.clone()), Some(engine)),
        Err(error) => (Access::Missing(error.to_string()), None),
    };
    let options = Options::new(access);
    let cancel = CancellationToken::new();
    let told = std::io::stderr().is_terminal();
    let one = async |(number, item): (usize, &Item<'_>)| -> Result<Report, Failure> {
        let files = item.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        let name = format!("{number}-{}", item.exercise.id);
        let work =
            Workspace::open(root, &name, files).map_err(|error| Failure::new(Kind::Environment, error))?;
        if told {
            let line = format!("{} of {}: {}, {}", number + 1, items.len(), item.exercise.id, item.what());
            let line = sanitise::bounded(&sanitise::plain(&line), 76).into_owned();
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[2K{line}");
        }
        Ok(grade::grade(item.exercise, work.dir(), &options, Arc::new(|_| {}), cancel.clone()).await)
    };
    let grading = stream::iter(items.iter().enumerate()).map(one).buffered(jobs).collect::<Vec<_>>();
    let mut grading = std::pin::pin!(grading);
    let reports = tokio::select! {
        reports = &mut grading => reports,
        _ = cli::check::stop_signal() => {
            cancel.cancel();
            grading.await
        }
    };
    if let Some(engine) = engine {
        engine.settle(Duration::from_secs(10)).await;
    }
    if told {
        let _ = write!(std::io::stderr().lock(), "\r\u{1b}[2K");
    }
    reports.into_iter().collect()
}

impl Item<'_> {
    fn what(&self) -> &str {
        match &self.claim {
            Claim::Solution => "the solution",
            Claim::Start => "the start",
            Claim::NoAnswer(what) => what,
        }
    }
}

/// What a grading says about what was claimed.
fn judge(verdict: &Verdict, item: &Item<'_>, report: &Report, findings: &mut Findings) {
    let exercise = item.exercise;
    let failed = report.count(Status::Fail) > 0;
    let not_run = report.results.iter().find(|result| result.status == Status::NotRun);
    match &item.claim {
        Claim::Solution => {
            for result in report.results.iter().filter(|result| result.status == Status::Fail) {
                findings.problems.push(proof::failing_solution(verdict, exercise, result));
            }
        }
        Claim::Start | Claim::NoAnswer(_) if report.passed() => {
            let what = match &item.claim {
                Claim::NoAnswer(what) => what,
                _ => "The start as it is",
            };
            findings.problems.push(proof::passes(verdict, exercise, what));
        }
        Claim::Start => {
            let passed = report.results.iter().filter(|result| result.status == Status::Pass);
            for result in passed.filter(|result| exercise.start_fails.contains(&result.id)) {
                findings.problems.push(proof::passing_start(verdict, exercise, &result.id));
            }
        }
        Claim::NoAnswer(_) => {}
    }
    // What failed is explained by that; what was not run without a reason like it proves nothing.
    if let Some(result) = not_run.filter(|_| !failed) {
        let reason = &result.found;
        findings.not_run.push(format!("{}, {}: `{}`: {reason}", exercise.id, item.what(), result.id));
    }
}
