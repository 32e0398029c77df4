//! `reset EXERCISE`: the start files again, with a backup of the work so far.

use super::Global;
use crate::failure::{Failure, Kind};
use crate::store::workspace::Workspace;
use crate::text::sanitise;
use std::io::Write;

/// What `reset` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The exercise, as in `exercise-1`
    exercise: String,
}

pub(super) fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let course = global.load_course()?;
    let exercise = super::check::exercise(&course, &args.exercise)?;
    let told = Workspace::open(&global.work()?, &exercise.id, exercise.start_files())
        .and_then(|work| {
            let backup = work.reset(exercise.start_files())?;
            work.lay_down_zeros(exercise.zero_files())?;
            Ok((backup, work))
        })
        .map(|(backup, work)| {
            format!("{} is as at the start; your work is in {}", work.dir().display(), backup.display())
        })
        .map_err(|error| {
            Failure::new(Kind::Environment, error).hint("name a folder you may write to with --workspace")
        })?;
    writeln!(out, "{}", sanitise::plain(&told)).map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(0)
}
