//! `setup --workshop`: what is looked for, and what is told while images are pulled.

use super::Args;
use crate::cli::Global;
use crate::cli::workshop::plan;
use crate::engine::images::Transfer;
use crate::failure::Failure;
use crate::image::human_size;
use crate::jobs::Job;
use crate::jobs::preflight::{Colours, Request};
use crate::text::sanitise;
use crate::workshop::needs::Needs;
use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// The job that looks for what the plan in `file` needs.
pub(super) fn job(file: &Path, args: &Args, global: &Global) -> Result<Job, Failure> {
    let course = global.load_course()?;
    let plan = plan::read(file, &course)?;
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let needs = Needs::of(&plan, &course);
    let named =
        global.course.as_ref().map_or(String::new(), |course| format!(" --course {}", course.display()));
    Ok(Job::Preflight(Box::new(Request {
        needs,
        pull: args.pull,
        mirror: args.mirror.clone(),
        server: args.server.clone(),
        terminal: terminal(),
        colours: Colours {
            term: variable("TERM"),
            colorterm: variable("COLORTERM"),
            none: !variable("NO_COLOR").is_empty(),
        },
        how_to_pull: format!("docker-ecr-tutor{named} setup --workshop {} --pull", file.display()),
    })))
}

/// Columns and rows of the terminal, when there is one.
#[cfg(unix)]
fn terminal() -> Option<(u16, u16)> {
    let size = |stream: &dyn std::os::fd::AsFd| rustix::termios::tcgetwinsize(stream.as_fd()).ok();
    let size = size(&std::io::stdout()).or_else(|| size(&std::io::stderr()))?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

#[cfg(not(unix))]
fn terminal() -> Option<(u16, u16)> {
    None
}

/// How often the line of a pull is written anew.
const OFTEN: Duration = Duration::from_millis(200);

/// Tells on standard error what a pull does: each image by a line, and in a terminal how far it is.
pub(in crate::cli) struct Told {
    drawn: bool,
    watched: bool,
    layers: HashMap<String, (u64, u64)>,
    last: Option<Instant>,
}

impl Told {
    pub(in crate::cli) fn new() -> Self {
        Self { drawn: false, watched: std::io::stderr().is_terminal(), layers: HashMap::new(), last: None }
    }

    /// Something worth a line.
    pub(in crate::cli) fn message(&mut self, text: &str) {
        self.end();
        self.layers.clear();
        let _ = writeln!(std::io::stderr(), "{}", sanitise::plain(text));
    }

    /// How far a layer is.
    pub(in crate::cli) fn transfer(&mut self, transfer: Transfer) {
        if !self.watched {
            return;
        }
        if transfer.total > 0 && transfer.status == "Downloading" {
            self.layers.insert(transfer.layer.clone(), (transfer.current, transfer.total));
        }
        if self.last.is_some_and(|last| last.elapsed() < OFTEN) {
            return;
        }
        self.last = Some(Instant::now());
        let (done, all) = self.layers.values().fold((0, 0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
        let status = sanitise::bounded(&sanitise::plain(&transfer.status), 40).into_owned();
        self.far(&format!("{status}  {} of {}", human_size(done), human_size(all)));
    }

    /// How many bytes there are so far.
    pub(in crate::cli) fn bytes(&mut self, bytes: u64) {
        if self.last.is_none_or(|last| last.elapsed() >= OFTEN) {
            self.last = Some(Instant::now());
            self.far(&human_size(bytes));
        }
    }

    /// Writes the line of how far something is over the one before.
    fn far(&mut self, text: &str) {
        if self.watched {
            let _ = write!(std::io::stderr(), "\r\x1b[K  {text}");
            let _ = std::io::stderr().flush();
            self.drawn = true;
        }
    }

    /// Takes away the line of how far something is.
    pub(in crate::cli) fn end(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.end();
    }
}
