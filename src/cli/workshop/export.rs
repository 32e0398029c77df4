//! `workshop export`: a recorded workshop for other programs.

use super::replay;
use crate::cli::Global;
use crate::failure::{Failure, Kind};
use crate::workshop::export::{Format, render};
use anyhow::Context as _;
use std::io::Write;
use std::path::PathBuf;

const LONG: &str = "\
Print how a recorded workshop ended, for other programs.

csv has a row for each learner and exercise; what a spreadsheet would take for a formula is made
text. json is one document: workshop, parts, announcements, exercises with how many fail which check,
learners with each exercise's state. html is one page for a browser, with nothing beside it.

What learners wrote with a call for help, and the files they showed, are not exported.";

/// What `workshop export` takes.
#[derive(Debug, clap::Args)]
#[command(long_about = LONG)]
pub struct Args {
    /// The record, or the id of a workshop that was held with this data folder
    #[arg(value_name = "FILE|ID")]
    record: PathBuf,
    /// As what
    #[arg(long, value_enum)]
    format: Format,
    /// Write to this file, in place of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    stuck: replay::StuckArgs,
}

/// Does it.
///
/// # Errors
/// When the record cannot be read, or the output not be written.
pub fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<(), Failure> {
    let mut playback = replay::open(&args.record, global)?;
    playback.finish();
    let text = render(playback.board(), args.format, playback.now(), args.stuck.limits());
    match &args.output {
        None => out.write_all(text.as_bytes()).map_err(|error| Failure::new(Kind::Environment, error)),
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("cannot write {}", path.display()))
            .map_err(|error| Failure::new(Kind::User, error).hint("name a file in a folder that is there")),
    }
}
