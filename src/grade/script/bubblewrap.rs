//! Walls by bubblewrap: namespaces of its own, no capabilities, and a control group where one can be made.

use super::super::bench::Halt;
use super::cgroup::ControlGroup;
use super::sandbox::{ALTERNATIVES, HOME, Room, SYSTEM, WORK};
use super::{Ended, Stage, process};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Of each process within: processes, bytes of a file in units of 1024, bytes of memory likewise. Those
/// hold a script that no control group holds.
const LIMITS: &str = "ulimit -u 512 -f 262144 -v 2097152 2>/dev/null; exec bash \"$@\"";
const LIMITS_IN_GROUP: &str = "ulimit -f 262144 2>/dev/null; exec bash \"$@\"";
/// Limit for the question whether bubblewrap works here.
const ASKED_WITHIN: Duration = Duration::from_secs(10);

/// Bubblewrap, which works here.
pub(super) struct Bubblewrap {
    program: PathBuf,
}

impl Bubblewrap {
    /// Or the reason why it cannot be used here.
    pub(super) async fn new(stage: &Stage<'_>, room: &Room) -> Result<Result<Self, String>, Halt> {
        let Some(program) = stage.tool("bwrap") else {
            return Ok(Err("bubblewrap is not installed (`apt install bubblewrap`)".to_owned()));
        };
        let walls = Self { program };
        let asked = walls.run(room, &["-c".into(), "docker --version".into()], &[], ASKED_WITHIN).await?;
        if asked.code == Some(0) {
            return Ok(Ok(walls));
        }
        Ok(Err(format!("bubblewrap does not work: {}", asked.tail(2))))
    }

    /// Runs bash with these arguments.
    pub(super) async fn run(
        &self,
        room: &Room,
        arguments: &[String],
        environment: &[(String, String)],
        within: Duration,
    ) -> Result<Ended, Halt> {
        let group = ControlGroup::new();
        let limits = if group.is_some() { LIMITS_IN_GROUP } else { LIMITS };
        let words = words(room, limits, arguments, environment);
        let mut command = match &group {
            Some(group) => group.command(&self.program),
            None => tokio::process::Command::new(&self.program),
        };
        command.env_clear().args(words);
        let over = async {
            match &group {
                Some(group) => group.over().await,
                None => std::future::pending().await,
            }
        };
        let ended = process::run_until(command, within, over).await?;
        Ok(Ended { limit: group.and_then(|group| group.exceeded()), ..ended })
    }
}

/// What bubblewrap is told.
fn words(room: &Room, limits: &str, arguments: &[String], environment: &[(String, String)]) -> Vec<OsString> {
    let mut words: Vec<OsString> = Vec::new();
    let mut say = |more: &[&str]| words.extend(more.iter().map(OsString::from));
    say(&["--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]);
    say(&["--ro-bind", "/usr", "/usr"]);
    for name in SYSTEM {
        match std::fs::read_link(name) {
            Ok(target) => say(&["--symlink", &target.to_string_lossy(), name]),
            Err(_) => say(&["--ro-bind-try", name, name]),
        }
    }
    say(&["--ro-bind-try", ALTERNATIVES, ALTERNATIVES]);
    say(&["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", HOME]);
    let mut bind = |from: &Path, to: &str, writable: bool| {
        let how = if writable { "--bind" } else { "--ro-bind" };
        words.extend([how.into(), from.into(), to.into()]);
    };
    for (from, to, writable) in room.lent() {
        bind(from, &to, writable);
    }
    for (name, value) in room.variables(environment) {
        words.extend(["--setenv".into(), name.into(), value.into()]);
    }
    words.extend(["--chdir", WORK, "bash", "-c", limits, "bash"].map(OsString::from));
    words.extend(arguments.iter().map(OsString::from));
    words
}
