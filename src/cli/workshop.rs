//! `workshop`: plans for instructors (`new`, `check`), a workshop that is led (`host`, `list`), one in a file
//! (`bundle`, `load`), recorded ones (`replay`, `export`).

mod bundle;
mod export;
mod host;
pub(super) mod plan;
mod replay;

use super::{Global, Led};
use crate::failure::{Failure, Kind};
use crate::text::sanitise;
use crate::workshop::lead::Leads;
use std::io::Write;
use std::path::PathBuf;

/// What `workshop` does.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Lead a workshop: start its server, print the line that learners type, keep the record
    Host(Box<host::Args>),
    /// The workshops that were hosted here
    List,
    /// Write a plan that leads through the course, to start from; a comment says what each field is
    New {
        /// File to write; it must not be there yet
        #[arg(default_value = "workshop.yaml")]
        file: PathBuf,
        /// At most so many hours: the lessons from the first, each with as many of its exercises as there is time
        /// for, and breaks between
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200))]
        hours: Option<u32>,
    },
    /// Hold a plan against the course: every fault at its line and column, and what to do
    Check {
        /// The plan
        #[arg(default_value = "workshop.yaml")]
        file: PathBuf,
    },
    /// Put the base images that a plan needs, the course and the plan into one file, for rooms with poor networks
    #[command(after_help = BUNDLE)]
    Bundle {
        /// The plan
        #[arg(default_value = "workshop.yaml")]
        file: PathBuf,
        /// File to write; it must not be there yet. A name that ends in .tar is not compressed
        #[arg(long, short, value_name = "FILE", default_value = "workshop.tar.zst")]
        output: PathBuf,
    },
    /// Take in what `bundle` made: load the images that are not there, unpack plan and course
    #[command(after_help = LOAD)]
    Load {
        /// The bundle
        #[arg(default_value = "workshop.tar.zst")]
        file: PathBuf,
        /// Folder to make for plan and course [default: the bundle's name without its ending]
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Show a recorded workshop on the board, as it went
    Replay(replay::Args),
    /// Print how a recorded workshop ended, for other programs
    Export(export::Args),
}

/// What a command shows on the board, if it does.
///
/// # Errors
/// When it cannot be read.
pub fn leads(command: &Command, global: &Global) -> Result<Option<Led>, Failure> {
    match command {
        Command::Replay(args) if args.shows() => {
            let leads = Leads::Replay(Box::new(args.playback(global)?), args.limits());
            Ok(Some(Led { leads, after: None }))
        }
        Command::Host(args) if args.shows()? => host::lead_on_board(args, global).map(Some),
        _ => Ok(None),
    }
}

const BUNDLE: &str = "\
The images must be in the engine: `docker-ecr-tutor setup --workshop FILE --pull` fetches them. Each is saved
as the engine has it, for its platform alone. Two bundles of the same things list them in the same order.

Exit codes: 0 it is written; 2 wrong usage, or a plan that does not hold; 3 an image or room is missing.";

const LOAD: &str = "\
Every file in the bundle is compared with the digest in its manifest before anything gets its place. An image
whose name is there already is left as it is, and no image can take another's name.

Exit codes: 0 it is taken in; 2 it is refused; 3 no engine, or no room.";

/// Does it, and answers with the exit code.
///
/// # Errors
/// When a file cannot be read or written, or a plan or bundle does not hold.
pub fn run(command: &Command, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let (told, code) = match command {
        Command::Replay(args) => return replay::plain(args, global, out).map(|()| 0),
        Command::Export(args) => return export::run(args, global, out).map(|()| 0),
        Command::Host(args) => return host::run(args, global, out).map(|()| 0),
        Command::List => return host::list(global, out).map(|()| 0),
        Command::New { file, hours } => (plan::new(file, *hours, &global.load_course()?)?, 0),
        Command::Check { file } => (plan::check(file, &global.load_course()?)?, 0),
        Command::Bundle { file, output } => bundle::bundle(file, output, global)?,
        Command::Load { file, into } => bundle::take(file, into.as_deref(), global)?,
    };
    let told = sanitise::lines(&told);
    out.write_all(told.as_bytes()).map(|()| code).map_err(|error| Failure::new(Kind::Environment, error))
}
