//! The command line: one file per command. This file owns the arguments and picks the command.
//!
//! A command answers with its exit code, or with a [`Failure`] that says what to do next. Nothing
//! is loaded before the command that needs it: `lint` reads no course, opens no store and starts no
//! runtime.

mod build;
mod check;
mod clean;
pub mod course;
pub mod example;
mod image;
mod join;
pub mod lint;
mod out;
mod plain;
pub mod practice_ecr;
mod prose;
mod reset;
mod scan;
mod setup;
mod shell;
mod source;
pub mod workshop;

use crate::course::{Source, load, model::Course};
use crate::engine::{Engine, EngineError, Environment};
use crate::failure::{Failure, Kind};
use crate::store;
use crate::workshop::lead::Leads;
use clap::{Args, CommandFactory, Parser, Subcommand};
pub use source::settle;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

const EXIT_CODES: &str = "\
Exit codes of --check:
  0    every check that is needed passed
  1    the work falls short
  2    wrong usage, or a broken course file or overlay; or a report that cannot be written to its file
  3    something could not be run (no engine, no network) and nothing that ran failed
  129  hung up; 130  interrupted; 143  terminated: what was begun has been removed

The course itself ends with 0, or with 129, 130 or 143 when a hang-up, an interrupt or a
termination ended it. All that was typed is saved, and the terminal restored, in each case.

With --only static, what needs an engine is left out and does not count.
With --require-all, what could not be run counts as falling short (1).";

/// From a first Dockerfile to hardened images in Amazon ECR, in the terminal.
///
/// Without a command or --check it opens the course.
#[derive(Debug, Parser)]
#[command(name = "docker-ecr-tutor", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// Where things are and how they look.
    #[command(flatten)]
    pub global: Global,
    /// The course in plain lines of text, for screen readers and pipes
    ///
    /// Numbered lists and typed words in place of a drawn screen: read lessons, answer questions, list
    /// exercises, open files in $EDITOR, lint, check, take hints.
    #[arg(long)]
    plain: bool,
    /// Show what is saved in the folder of --course at once: for its author
    #[arg(long, requires = "course")]
    pub watch: bool,
    #[command(flatten)]
    grading: check::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Options that every command knows.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// Take the course from here instead of the one inside the program: a folder, a .tar, .tar.gz or .tar.zst, or
    /// a git address (https, ssh, file; a branch or tag behind #)
    #[arg(long, value_name = "DIR|FILE|URL", global = true)]
    pub course: Option<PathBuf>,
    /// Keep exercise files in this folder [default: work/ in the data folder]
    #[arg(long, value_name = "DIR", global = true)]
    pub workspace: Option<PathBuf>,
    /// Keep progress and exercise files here [default: $XDG_DATA_HOME/docker-ecr-tutor]
    #[arg(long, value_name = "DIR", global = true, env = "DOCKER_ECR_TUTOR_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// Engine to use, as DOCKER_HOST has it
    #[arg(long, short = 'H', value_name = "ENDPOINT", global = true)]
    pub host: Option<String>,
    /// Colours
    #[arg(long, value_name = "NAME", global = true, value_parser = ["dark", "light", "high-contrast", "colour-blind"])]
    pub theme: Option<String>,
    /// Draw with ASCII only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Vim keys in the editor, for this run; switched on in the command palette they are remembered
    #[arg(long, global = true)]
    pub vim: bool,
    /// Write a log of what the program does to this file
    #[arg(long, value_name = "FILE", global = true, env = "DOCKER_ECR_TUTOR_LOG", hide_env_values = true)]
    pub log: Option<PathBuf>,
}

impl Global {
    /// Where the course comes from.
    pub fn source(&self) -> Source {
        self.course.clone().map_or(Source::Embedded, Source::Folder)
    }

    /// The folder of progress and work.
    pub fn data(&self) -> Result<PathBuf, Failure> {
        store::data_dir(self.data.as_deref()).map_err(|error| Failure::new(Kind::Environment, error))
    }

    /// The folder with one folder of work per exercise.
    pub fn work(&self) -> Result<PathBuf, Failure> {
        match &self.workspace {
            Some(dir) => Ok(dir.clone()),
            None => Ok(self.data()?.join("work")),
        }
    }

    /// The name under which the store keeps progress in this course: empty for the embedded one.
    pub fn course_key(&self) -> String {
        let real = |dir: &PathBuf| dir.canonicalize().unwrap_or_else(|_| dir.clone()).display().to_string();
        self.course.as_ref().map(real).unwrap_or_default()
    }

    /// The course; its broken files are told on standard error, and the rest goes on.
    fn load_course(&self) -> Result<Course, Failure> {
        if let Some(dir) = &self.course
            && !dir.is_dir()
        {
            let error = anyhow::anyhow!("there is no course folder {}", dir.display());
            return Err(Failure::new(Kind::User, error).hint("name a folder with lessons/ and exercises/"));
        }
        Ok(load(&self.source()))
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find and mend mistakes in Dockerfiles, compatible with hadolint
    Lint(Box<lint::LintArgs>),
    /// Build folders, several at once; what fails is explained: which line, why, what to try
    Build(Box<build::Args>),
    /// What is here, what is missing, and how to get it; by the plan of a workshop, with --workshop
    Setup(setup::Args),
    /// Show what an image is made of
    Image(Box<image::Args>),
    /// Look for known vulnerabilities in an image, with Trivy
    Scan(scan::Args),
    /// Remove what this program made in the engine, and only that; with --aws, in Amazon ECR
    Clean(clean::Args),
    /// Begin an exercise again; the work so far is kept as a backup
    Reset(reset::Args),
    /// Serve the practice ECR; with a command, run it with the environment set
    PracticeEcr(practice_ecr::Args),
    /// Build, run and ask one of the worked examples
    Example(example::Args),
    /// Build, run and ask all worked examples
    Examples,
    /// Tools for authors of a course
    Course(course::Args),
    /// Workshops, for instructors: plans, a workshop in one file, a board, what came of it
    #[command(subcommand)]
    Workshop(workshop::Command),
    /// Take a seat in a workshop, and open the course
    Join(join::JoinArgs),
    /// Give the seat in the workshop up
    Leave(join::LeaveArgs),
    /// Print a completion script for a shell
    Completions(shell::Args),
    /// Print the manual page
    Man,
}

/// The arguments; on `--help`, `--version` and wrong usage the exit code, with everything said.
///
/// # Errors
/// The exit code to end with.
pub fn parse() -> Result<Cli, u8> {
    let parsed = Cli::try_parse().and_then(|cli| match &cli.command {
        Some(_) if cli.watch => Err(Cli::command().error(
            clap::error::ErrorKind::ArgumentConflict,
            "--watch shows the course: it goes with no command",
        )),
        Some(_) if cli.plain => Err(Cli::command().error(
            clap::error::ErrorKind::ArgumentConflict,
            "--plain shows the course: it goes with no command",
        )),
        Some(_) if cli.grading.asked() => Err(Cli::command().error(
            clap::error::ErrorKind::ArgumentConflict,
            "--check is a command of its own: it goes with no other",
        )),
        _ => Ok(cli),
    });
    parsed.map_err(|error| {
        // A closed pipe is no reason to complain about help text.
        let _ = error.print();
        u8::try_from(error.exit_code()).unwrap_or(2)
    })
}

impl Cli {
    /// Whether the course opens when the command has done its work, on a terminal.
    pub fn opens_afterwards(&self) -> bool {
        use std::io::IsTerminal as _;
        let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        terminal && matches!(&self.command, Some(Command::Join(args)) if !args.no_open)
    }

    /// Whether these arguments open the course rather than run a command.
    pub fn opens_course(&self) -> bool {
        self.command.is_none() && !self.grading.asked() && !self.plain
    }
}

/// What is shown on the board of a workshop, and what there is to do when the board was left.
pub struct Led {
    /// What is shown.
    pub leads: Leads,
    /// Ends what was begun for it.
    pub after: Option<Box<dyn FnOnce()>>,
}

/// What these arguments show on the board of a workshop, if they do.
///
/// # Errors
/// When it cannot be read.
pub fn leads(cli: &Cli) -> Result<Option<Led>, Failure> {
    match &cli.command {
        Some(Command::Workshop(command)) => workshop::leads(command, &cli.global),
        _ => Ok(None),
    }
}

/// Runs the command and answers with the exit code; failures are told on standard error.
pub fn run(cli: Cli) -> u8 {
    if let Err(failure) = start_log(&cli.global) {
        return tell(&failure);
    }
    dispatch(cli).unwrap_or_else(|failure| tell(&failure))
}

fn dispatch(cli: Cli) -> Result<u8, Failure> {
    let global = &cli.global;
    let mut out = out::Out::default();
    match cli.command {
        None if cli.plain => plain::run(global, &mut out),
        None => check::run(&cli.grading, global),
        Some(Command::Lint(mut args)) => {
            args.ascii = global.ascii;
            let mut out = std::io::BufWriter::new(out);
            Ok(lint::run(&args, &mut out, &mut std::io::stderr()))
        }
        Some(Command::Build(args)) => build::run(&args, global, &mut out),
        Some(Command::Setup(args)) => setup::run(&args, global, &mut out),
        Some(Command::Image(args)) => image::run(&args, global, &mut out),
        Some(Command::Scan(args)) => scan::run(&args, global, &mut out),
        Some(Command::Clean(args)) => clean::run(&args, global, &mut out),
        Some(Command::Reset(args)) => reset::run(&args, global, &mut out),
        Some(Command::Example(args)) => example::command(Some(&args), global, &mut out),
        Some(Command::Examples) => example::command(None, global, &mut out),
        Some(Command::Course(args)) => course::run(&args, global, &mut out),
        Some(Command::PracticeEcr(args)) => {
            let data = global.data()?;
            runtime()?.block_on(practice_ecr::run(args, &data, &mut out))
        }
        Some(Command::Workshop(command)) => workshop::run(&command, global, &mut out),
        Some(Command::Join(args)) => join::join(&args, global, &mut out),
        Some(Command::Leave(args)) => join::leave(&args, global, &mut out),
        Some(Command::Completions(args)) => shell::completions(&args, &mut out),
        Some(Command::Man) => shell::man(&mut out),
    }
}

/// Tells a failure on standard error and answers with its exit code.
pub fn tell(failure: &Failure) -> u8 {
    let text = crate::text::sanitise::lines(&format!("error: {failure}")).into_owned();
    let _ = writeln!(std::io::stderr().lock(), "{text}");
    failure.exit_code()
}

/// Limit for removing from the engine what a command made in it.
const CLEAN_WITHIN: Duration = Duration::from_secs(15);

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Kind::Environment, error))
}

/// Where to look for an engine: as the docker command line does, unless `--host` names one.
fn environment(global: &Global) -> Environment {
    let mut environment = Environment::read();
    if global.host.is_some() {
        environment.host_option.clone_from(&global.host);
    }
    environment
}

async fn connect(global: &Global) -> Result<Engine, Failure> {
    Engine::connect(&environment(global)).await.map_err(|error| {
        let hints = error.hints();
        hints.into_iter().fold(Failure::new(Kind::Environment, error), Failure::hint)
    })
}

fn engine_failure(error: EngineError) -> Failure {
    let kind = if matches!(error, EngineError::NotFound(_)) { Kind::User } else { Kind::Environment };
    let hints = error.hints();
    hints.into_iter().fold(Failure::new(kind, error), Failure::hint)
}

/// Opens the log, when one was asked for. Only our own modules are logged: what a client library
/// logs may hold credentials.
pub fn start_log(global: &Global) -> Result<(), Failure> {
    let Some(path) = &global.log else { return Ok(()) };
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
        let told = anyhow::Error::new(error).context(format!("cannot write the log {}", path.display()));
        Failure::new(Kind::User, told)
    })?;
    let _ = tracing_subscriber::fmt()
        .with_env_filter("off,docker_ecr_tutor=debug")
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(file))
        .try_init();
    Ok(())
}
