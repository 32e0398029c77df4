//! `course check`: proves every promise of a course. What files alone can show is shown without an engine; with
//! `--engine` starts, solutions and what is no solution are built, run and graded as a learner's work is.
//!
//! | piece | owns |
//! | --- | --- |
//! | `proof` | what the static checks of an exercise show |
//! | `built` | what only real builds and runs show |
//! | `report` | text, JSON, annotations of GitHub |

mod built;
mod proof;
mod report;

use crate::cli::{self, Global};
use crate::course::model::{Exercise, Problem};
use crate::course::validate::{self, Verdict};
use crate::course::{self, Source};
use crate::failure::{Failure, Kind};
use std::io::Write;
use std::path::PathBuf;

/// What `course check` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes:
  0    every promise is kept
  2    wrong usage, or the course does not keep what it promises
  3    something could not be run (no engine), and nothing that ran was wrong")]
pub struct Args {
    /// Folder, archive or git address of the course [default: that of --course, else the one in the program]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Build, run and grade every start and every solution too
    #[arg(long)]
    engine: bool,
    /// Only these exercises and lessons, by id and slug; may be repeated
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// How to report
    #[arg(long, value_enum, default_value_t = report::Format::Text)]
    format: report::Format,
    /// Gradings at once
    #[arg(long, value_name = "N", requires = "engine", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
}

/// What was found out about a course.
#[derive(Debug, Default)]
struct Findings {
    /// What is wrong, in order of the files.
    problems: Vec<Problem>,
    /// What could not be tried, and why.
    not_run: Vec<String>,
    /// Gradings that were done with the engine.
    graded: usize,
}

/// Checks the course and answers with the exit code.
pub(super) fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let source = match &args.dir {
        Some(named) => Source::Folder(cli::source::folder(named, false)?.unwrap_or_else(|| named.clone())),
        None => global.source(),
    };
    let verdict = validate::check(&source);
    let wanted = wanted(args, &verdict)?;
    let mut findings = Findings { problems: verdict.problems.clone(), ..Findings::default() };
    let mut open = Vec::new();
    for exercise in &wanted {
        let proof = proof::of(&verdict, exercise);
        findings.problems.extend(proof.problems);
        open.push((*exercise, proof.open));
    }
    if args.engine {
        let jobs = args.jobs.map_or(2, usize::from);
        built::prove(&verdict, &open, global, jobs, &mut findings)?;
    }
    if !args.only.is_empty() {
        findings.problems.retain(|problem| args.only.iter().any(|id| belongs(&verdict, problem, id)));
    }
    findings.problems.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    findings.problems.dedup();
    let folder = match &source {
        Source::Folder(root) => Some(root.as_path()),
        Source::Embedded => None,
    };
    report::write(args.format, &verdict.course, folder, &findings, out).map_err(|error| {
        Failure::new(Kind::Environment, anyhow::Error::new(error).context("cannot report"))
    })?;
    Ok(match (findings.problems.is_empty(), findings.not_run.is_empty()) {
        (false, _) => 2,
        (true, false) => 3,
        (true, true) => 0,
    })
}

/// The exercises that were asked for: all, unless some are named.
fn wanted<'a>(args: &Args, verdict: &'a Verdict) -> Result<Vec<&'a Exercise>, Failure> {
    let course = &verdict.course;
    for id in &args.only {
        // What did not load has problems all the same.
        let broken = verdict.problems.iter().any(|problem| belongs(verdict, problem, id));
        if course.exercise(id).is_none() && course.lesson(id).is_none() && !broken {
            let known = course.exercises.iter().map(|exercise| exercise.id.as_str());
            let known: Vec<&str> = known.chain(course.lessons.iter().map(|l| l.slug.as_str())).collect();
            let failure = anyhow::anyhow!("the course has neither an exercise nor a lesson `{id}`");
            let failure = Failure::new(Kind::User, failure);
            return Err(match crate::dockerfile::nearest(id, &known) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint(format!("there are {}", known.join(", "))),
            });
        }
    }
    let named = |exercise: &&Exercise| args.only.is_empty() || args.only.contains(&exercise.id);
    Ok(course.exercises.iter().filter(named).collect())
}

/// Whether a problem is one of the exercise or lesson called `id`.
fn belongs(verdict: &Verdict, problem: &Problem, id: &str) -> bool {
    let in_folder = |folder: &str| {
        problem.path.strip_prefix(folder).and_then(|rest| rest.strip_prefix(id)).is_some_and(|rest| {
            // `exercise-1` is not the beginning of `exercise-10`.
            rest.is_empty() || rest.starts_with('/')
        })
    };
    let of_lesson = || course::slug(&problem.path).is_some_and(|slug| slug == id);
    let loaded = verdict.course.lesson(id).is_some_and(|lesson| lesson.path == problem.path);
    in_folder("exercises/") || in_folder("solutions/") || loaded || of_lesson()
}
