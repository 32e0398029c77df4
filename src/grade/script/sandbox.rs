//! A script in a sandbox: a read-only system, its own files, no network, no processes but its own; `aws` and
//! `docker` are the shim.

use super::super::bench::Halt;
use super::{Place, Stage, process};
use crate::shim::{self, Call, Machine, Shim};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// The script's home and folder, as it sees them.
const HOME: &str = "/home/learner";
const WORK: &str = "/home/learner/work";
/// Where the shim and its socket are, as it sees them.
const PROGRAMS: &str = "/opt/tutor/bin";
const RUN: &str = "/run/tutor";
const PATH: &str = "/opt/tutor/bin:/usr/local/bin:/usr/bin:/bin";

/// Within a sandbox: processes, bytes of a file in units of 1024, bytes of memory likewise.
const LIMITS: &str = "ulimit -u 512 -f 262144 -v 8388608 2>/dev/null; exec bash \"$@\"";
/// Limit for the question whether bubblewrap works here.
const ASKED_WITHIN: Duration = Duration::from_secs(10);

/// A sandbox, ready for a script.
pub(super) struct Sandbox {
    bubblewrap: PathBuf,
    place: Place,
    program: PathBuf,
    shim: Shim,
}

impl Sandbox {
    pub(super) async fn new(stage: &Stage<'_>, place: Place, machine: Machine) -> Result<Self, Halt> {
        let missing = "there is no bubblewrap on this machine, which runs scripts without harm \
                       (`apt install bubblewrap`); with --scripts-here yours runs as it is";
        let bubblewrap = stage.tool("bwrap").ok_or_else(|| Halt::Machine(missing.to_owned()))?;
        let own = || std::env::current_exe().ok();
        let program = stage.options.program.clone().or_else(own);
        let program =
            program.ok_or_else(|| Halt::Machine("this program does not know where it is".to_owned()))?;
        let socket = place.run.join("shim");
        let shim = Shim::start(&socket, machine);
        let shim = shim.map_err(|error| Halt::Machine(format!("no socket for the sandbox: {error}")))?;
        let sandbox = Self { bubblewrap, place, program, shim };
        let asked = sandbox.command(&["-c".into(), "docker --version && git --version".into()], &[]);
        let asked = process::run(asked, ASKED_WITHIN).await?;
        if asked.code == Some(0) {
            return Ok(sandbox);
        }
        Err(Halt::Machine(format!("bubblewrap makes no sandbox here: {}", asked.tail(2))))
    }

    /// Bash with these arguments, in the sandbox.
    pub(super) fn command(&self, arguments: &[String], environment: &[(String, String)]) -> Command {
        let mut command = Command::new(&self.bubblewrap);
        command.env_clear();
        command.args(["--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]);
        command.args(["--ro-bind", "/usr", "/usr"]);
        for name in ["/bin", "/sbin", "/lib", "/lib64", "/lib32"] {
            match std::fs::read_link(name) {
                Ok(target) => command.arg("--symlink").arg(target).arg(name),
                Err(_) => command.args(["--ro-bind-try", name, name]),
            };
        }
        // Where Debian's `awk` leads, and no more of what the machine knows.
        command.args(["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"]);
        command.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", HOME]);
        let mut bind = |how: &str, from: &Path, to: &str| {
            command.arg(how).arg(from).arg(to);
        };
        bind("--bind", &self.place.work, WORK);
        bind("--ro-bind", &self.place.run, RUN);
        for name in shim::NAMES {
            bind("--ro-bind", &self.program, &format!("{PROGRAMS}/{name}"));
        }
        let socket = format!("{RUN}/shim");
        let fixed = [("PATH", PATH), ("HOME", HOME), ("LANG", "C.UTF-8"), (shim::SOCKET, &socket)];
        for (name, value) in environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).chain(fixed) {
            command.args(["--setenv", name, value]);
        }
        command.args(["--chdir", WORK, "bash", "-c", LIMITS, "bash"]).args(arguments);
        command
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.shim.calls()
    }
}
