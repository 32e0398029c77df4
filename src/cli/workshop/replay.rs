//! `workshop replay`: a recorded workshop on the board, or its end in lines of text.

use crate::cli::Global;
use crate::failure::{Failure, Kind};
use crate::text::sanitise;
use crate::workshop::board::{Board, Limits, Reason};
use crate::workshop::playback::{Playback, PlaybackError};
use std::io::Write;
use std::path::{Path, PathBuf};

const LONG: &str = "\
Show a recorded workshop on the board, as it went.

A record is what `workshop host` wrote: one line of JSON for each thing that happened. Nothing is
changed, and nothing is sent. A last line that was written only in part, by a host that was killed,
is left out.

Keys: Space stands still or goes on; , and . go a minute back or on, [ and ] ten; + and - change the
speed; all else is as on the board of a workshop that goes on.";

/// What `workshop replay` takes.
#[derive(Debug, clap::Args)]
#[command(long_about = LONG)]
pub struct Args {
    /// The record, or the id of a workshop that was held with this data folder
    #[arg(value_name = "FILE|ID")]
    record: PathBuf,
    /// How often faster than it was
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    speed: u32,
    #[command(flatten)]
    stuck: StuckArgs,
    /// Print how it ended, and open no screen
    #[arg(long)]
    plain: bool,
}

/// From when on somebody counts as stuck.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct StuckArgs {
    /// Who fails one check for so many minutes is stuck
    #[arg(long, value_name = "MINUTES", default_value_t = Limits::default().failing,
          value_parser = clap::value_parser!(u32).range(1..=1440))]
    stuck_after: u32,
    /// Who does nothing for so many minutes, while exercises of the part are open, is stuck
    #[arg(long, value_name = "MINUTES", default_value_t = Limits::default().idle,
          value_parser = clap::value_parser!(u32).range(1..=1440))]
    idle_after: u32,
}

impl StuckArgs {
    /// As the board takes them.
    pub fn limits(self) -> Limits {
        Limits { failing: self.stuck_after, idle: self.idle_after }
    }
}

impl Args {
    /// Whether a screen is opened.
    pub fn shows(&self) -> bool {
        !self.plain
    }

    /// From when on somebody counts as stuck.
    pub fn limits(&self) -> Limits {
        self.stuck.limits()
    }

    /// The record, ready to be shown.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn playback(&self, global: &Global) -> Result<Playback, Failure> {
        let mut playback = open(&self.record, global)?;
        playback.speed = self.speed;
        Ok(playback)
    }
}

/// Opens a record, by its path or by the id of its workshop.
pub(super) fn open(named: &Path, global: &Global) -> Result<Playback, Failure> {
    let path = find(named, global)?;
    let shown = path.display();
    let file = std::fs::File::open(&path).map_err(|error| {
        let told = anyhow::Error::new(error).context(format!("cannot read {shown}"));
        Failure::new(Kind::User, told)
            .hint("`docker-ecr-tutor workshop list` shows the workshops of this data folder")
    })?;
    Playback::read(std::io::BufReader::new(file)).map_err(|error| match error {
        PlaybackError::Io(error) => {
            Failure::new(Kind::Environment, anyhow::Error::new(error).context(format!("cannot read {shown}")))
        }
        PlaybackError::Record { line, source } => {
            let source = sanitise::plain(&source.to_string()).into_owned();
            // The place stands before the sentence, as compilers have it.
            let said = source.strip_prefix(&format!("line {line}: ")).unwrap_or(&source);
            Failure::new(Kind::User, anyhow::anyhow!("{shown}:{line}: {said}"))
                .hint("name a record.jsonl that `workshop host` wrote")
        }
    })
}

fn find(named: &Path, global: &Global) -> Result<PathBuf, Failure> {
    let id = named.to_str().filter(|id| id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_lowercase()));
    match id {
        Some(id) if !named.exists() => Ok(global.data()?.join("workshops").join(id).join("record.jsonl")),
        _ if named.is_dir() => Ok(named.join("record.jsonl")),
        _ => Ok(named.to_owned()),
    }
}

/// Prints how the workshop ended.
///
/// # Errors
/// When the record cannot be read, or the text not be written.
pub fn plain(args: &Args, global: &Global, out: &mut dyn Write) -> Result<(), Failure> {
    let mut playback = args.playback(global)?;
    playback.finish();
    let text = told(&playback, args.limits());
    out.write_all(text.as_bytes()).map_err(|error| Failure::new(Kind::Environment, error))
}

/// The end of a workshop in lines.
fn told(playback: &Playback, limits: Limits) -> String {
    let board = playback.board();
    let plain = |text: &str| sanitise::plain(text).into_owned();
    let mut lines = vec![format!("Workshop {}: {}", plain(&board.workshop), plain(&board.room.plan.title))];
    let minutes = playback.position().1 / 60_000;
    lines.push(format!(
        "{} lines over {minutes} minutes, {} learners",
        playback.lines(),
        board.learners().len()
    ));
    if playback.torn {
        lines.push("The last line was written only in part, and is left out.".to_owned());
    }
    for (at, exercise) in board.exercises.iter().enumerate() {
        let spread = board.distribution(at);
        lines.push(String::new());
        lines.push(format!("{}: {}", plain(&exercise.id), plain(&exercise.title)));
        lines.push(format!(
            "  {} begun, {} tried, {} passed, {} fail",
            spread.begun, spread.tried, spread.passed, spread.failing
        ));
        for (check, count) in &spread.checks {
            let (id, title) = board.check(at, *check);
            lines.push(format!("  {count} of {} fail {}: {}", spread.tried, plain(id), plain(title)));
        }
    }
    let mut learners: Vec<_> = board.learners().iter().collect();
    learners.sort_by_cached_key(|learner| (learner.name.to_lowercase(), learner.key.clone()));
    lines.push(String::new());
    lines.push("Learners".to_owned());
    for learner in learners {
        let (points, of) = learner.points();
        let gone = if learner.here { "" } else { ", gone" };
        lines.push(format!(
            "  {}: {} of {} passed, {points} of {of} points{gone}",
            plain(&learner.name),
            learner.passed(),
            learner.cells.len()
        ));
    }
    lines.extend(stuck(board, playback.now(), limits));
    lines.join("\n") + "\n"
}

fn stuck(board: &Board, now: i64, limits: Limits) -> Vec<String> {
    let stuck = board.stuck(now, limits);
    if stuck.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), "Stuck at the end".to_owned()];
    for stuck in stuck {
        let Some(learner) = board.learners().get(stuck.learner) else { continue };
        let reasons = stuck.reasons.iter().map(|(reason, since)| {
            let minutes = now.saturating_sub(*since) / 60_000;
            let what = match reason {
                Reason::Help => "wants help".to_owned(),
                Reason::Failing { exercise, check } => {
                    let id = board.exercises.get(*exercise).map_or("", |exercise| exercise.id.as_str());
                    format!("fails {} of {id}", board.check(*exercise, *check).0)
                }
                Reason::Idle => "idle".to_owned(),
            };
            format!("{what} for {minutes} min")
        });
        let reasons = reasons.collect::<Vec<_>>().join(", ");
        lines.push(sanitise::plain(&format!("  {}: {reasons}", learner.name)).into_owned());
    }
    lines
}
