//! `workshop new|check`: plans for instructors.

use crate::course::model::Course;
use crate::failure::{Failure, Kind};
use crate::text::sanitise;
use crate::workshop::plan::Plan;
use anyhow::Context as _;
use std::io::Write;
use std::path::PathBuf;

/// What `workshop` does.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write a plan that leads through the whole course, to start from
    New {
        /// File to write; it must not be there yet
        #[arg(default_value = "workshop.yaml")]
        file: PathBuf,
    },
    /// Hold a plan against the course
    Check {
        /// The plan
        #[arg(default_value = "workshop.yaml")]
        file: PathBuf,
    },
}

/// Does it.
///
/// # Errors
/// When the file cannot be read or written, or the plan does not hold.
pub fn run(command: &Command, course: &Course, out: &mut dyn Write) -> Result<(), Failure> {
    let told = match command {
        Command::New { file } => {
            let text =
                serde_yaml::to_string(&Plan::of(course)).map_err(|e| Failure::new(Kind::Internal, e))?;
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            let written = options.open(file).and_then(|mut made| made.write_all(text.as_bytes()));
            written
                .with_context(|| format!("cannot write {}", file.display()))
                .map_err(|error| Failure::new(Kind::User, error).hint("name a file that is not there yet"))?;
            format!("{} is yours to change; then: docker-ecr-tutor workshop check {0}", file.display())
        }
        Command::Check { file } => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))
                .map_err(|error| {
                    Failure::new(Kind::User, error).hint("workshop new writes one to start from")
                })?;
            let plan = Plan::read(&text, course).map_err(|error| {
                let message = sanitise::lines(&error.to_string()).into_owned();
                Failure::new(Kind::Course, anyhow::anyhow!("{}: {message}", file.display()))
            })?;
            let (parts, minutes) = (plan.parts.len(), plan.minutes());
            format!("{} holds: {parts} parts, {} h {:02} min", file.display(), minutes / 60, minutes % 60)
        }
    };
    writeln!(out, "{}", sanitise::plain(&told)).map_err(|error| Failure::new(Kind::Environment, error))
}
