//! `course check|new|guide|schema`: what authors of a course need.

mod check;
pub mod guide;

use super::Global;
use crate::course::{self, Source, schema, template};
use crate::failure::{Failure, Kind};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What `course` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with a course.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Prove what the course promises: the format, links, quizzes, code; that starts fail and solutions pass
    Check(check::Args),
    /// Write a new lesson or exercise to fill in
    New {
        /// `lesson` or `exercise`
        #[arg(value_enum)]
        what: What,
        /// Its name: small letters, digits and hyphens
        name: String,
    },
    /// How to write a course, in chapters
    Guide {
        /// Name or number of a chapter, or `all`; without one, what there is to read
        chapter: Option<String>,
    },
    /// Print the JSON Schema of a course file, of a workshop's plan, or of the report that `--format json` writes
    Schema {
        /// Which file
        #[arg(default_value = "exercise", value_parser = schemas())]
        kind: String,
    },
}

/// What can be new in a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// A page of `lessons/`
    Lesson,
    /// A folder of `exercises/` with its solution
    Exercise,
}

/// The report among the schemas.
const REPORT: &str = "report";
/// The plan of a workshop; all others are course files.
const WORKSHOP: &str = "workshop";

fn schemas() -> clap::builder::PossibleValuesParser {
    schema::KINDS.into_iter().chain([WORKSHOP, REPORT]).into()
}

/// Runs the command over the course that `global` names; `new` writes into its folder, or into the current
/// one when the course is the embedded one. Answers with the exit code.
///
/// # Errors
/// When a new file cannot be written, or `out` cannot.
pub fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    match &args.command {
        Command::Check(args) => check::run(args, global, out),
        Command::New { what, name } => new(*what, name, &global.source(), out).map(|()| 0),
        Command::Guide { chapter } => guide::run(chapter.as_deref(), global, out),
        Command::Schema { kind } => {
            let text = match kind.as_str() {
                REPORT => crate::grade::report::json::schema(),
                WORKSHOP => crate::workshop::plan::json_schema(),
                kind => schema::json_schema(kind),
            };
            let text = text.unwrap_or_default();
            writeln!(out, "{text}").map_err(unwritable).map(|()| 0)
        }
    }
}

fn new(what: What, name: &str, source: &Source, out: &mut dyn Write) -> Result<(), Failure> {
    let root = match source {
        Source::Folder(root) => root.clone(),
        Source::Embedded => PathBuf::from("."),
    };
    let course = course::load(&Source::Folder(root.clone()));
    let written = match what {
        What::Lesson => template::lesson(&root, &course, name),
        What::Exercise => template::exercise(&root, &course, name),
    };
    let written = written.map_err(|error| {
        let hint = match &error {
            template::TemplateError::Name(_) => "name it like `image-size`",
            template::TemplateError::Exists(_) => "choose another name",
            template::TemplateError::NoLesson => {
                "write one first: docker-ecr-tutor course new lesson first-steps"
            }
            template::TemplateError::Write { .. } | template::TemplateError::Yaml(_) => {
                "name another folder with --course DIR"
            }
        };
        Failure::new(Kind::User, error).hint(hint)
    })?;
    for path in written {
        writeln!(out, "wrote {}", shown(&path)).map_err(unwritable)?;
    }
    Ok(())
}

/// A path as the author would write it.
fn shown(path: &Path) -> String {
    let text = path.strip_prefix(".").unwrap_or(path).to_string_lossy();
    crate::text::sanitise::plain(&text).into_owned()
}

fn unwritable(error: std::io::Error) -> Failure {
    Failure::new(Kind::Environment, anyhow::Error::new(error).context("cannot write the answer"))
}
