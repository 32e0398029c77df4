//! A script in a sandbox: a read-only system, its own files, no network, no processes but its own; `aws` and
//! `docker` are the shim. What is the same whoever makes the walls, and who makes them.

use super::super::bench::Halt;
use super::bubblewrap::Bubblewrap;
use super::container::Container;
use super::{Ended, Ground, Place, Stage};
use crate::shim::{self, Call, Machine, Shim};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The script's home and folder, as it sees them.
pub(super) const HOME: &str = "/home/learner";
pub(super) const WORK: &str = "/home/learner/work";
/// Where the shim and its socket are, as it sees them.
const PROGRAMS: &str = "/opt/tutor/bin";
const RUN: &str = "/run/tutor";
const PATH: &str = "/opt/tutor/bin:/usr/local/bin:/usr/bin:/bin";

/// Processes and bytes of memory.
pub(super) const PROCESSES: u32 = 512;
pub(super) const MEMORY: u64 = 2 * 1024 * 1024 * 1024;
/// What a script did that came to such a limit.
pub(super) const TOO_MANY: &str = "started more than 512 processes at once";
pub(super) const TOO_MUCH: &str = "took more than 2 GiB of memory";
/// Where programs of this machine are, all of it read-only inside.
pub(super) const SYSTEM: [&str; 5] = ["/bin", "/sbin", "/lib", "/lib64", "/lib32"];
/// Where Debian's `awk` leads, and no more of what the machine knows.
pub(super) const ALTERNATIVES: &str = "/etc/alternatives";

/// A sandbox, ready for a script.
pub(super) struct Sandbox {
    room: Room,
    walls: Walls,
}

enum Walls {
    Bubblewrap(Bubblewrap),
    Container(Container),
}

impl Sandbox {
    pub(super) async fn new(stage: &Stage<'_>, place: Place, machine: Machine) -> Result<Self, Halt> {
        let own = || std::env::current_exe().ok();
        let program = stage.options.program.clone().or_else(own);
        let program =
            program.ok_or_else(|| Halt::Machine("this program does not know where it is".to_owned()))?;
        let shim = Shim::start(&place.run.join("shim"), machine);
        let shim = shim.map_err(|error| Halt::Machine(format!("no socket for the sandbox: {error}")))?;
        let room = Room { place, program, shim };
        let mut reasons = Vec::new();
        if stage.options.scripts != Ground::Container {
            match Bubblewrap::new(stage, &room).await? {
                Ok(walls) => return Ok(Self { room, walls: Walls::Bubblewrap(walls) }),
                Err(reason) => reasons.push(reason),
            }
        }
        if stage.options.scripts != Ground::Bubblewrap {
            match Container::new(stage).await {
                Ok(walls) => return Ok(Self { room, walls: Walls::Container(walls) }),
                Err(reason) => reasons.push(reason),
            }
        }
        Err(Halt::Machine(format!(
            "there is no sandbox for scripts here: {}; with --scripts-here yours runs as it is",
            reasons.join(", and ")
        )))
    }

    /// Runs bash with these arguments.
    pub(super) async fn run(
        &self,
        arguments: &[String],
        environment: &[(String, String)],
        within: Duration,
    ) -> Result<Ended, Halt> {
        match &self.walls {
            Walls::Bubblewrap(walls) => walls.run(&self.room, arguments, environment, within).await,
            Walls::Container(walls) => walls.run(&self.room, arguments, environment, within).await,
        }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.room.shim.calls()
    }
}

/// What is within the walls.
pub(super) struct Room {
    place: Place,
    program: PathBuf,
    shim: Shim,
}

impl Room {
    /// What is seen there beside the system: where it is, where it is seen, and whether it may be changed.
    pub(super) fn lent(&self) -> Vec<(&Path, String, bool)> {
        let mut lent = vec![
            (self.place.work.as_path(), WORK.to_owned(), true),
            (self.place.run.as_path(), RUN.to_owned(), false),
        ];
        for name in shim::NAMES {
            lent.push((&self.program, format!("{PROGRAMS}/{name}"), false));
        }
        lent
    }

    /// The variables that are set there.
    pub(super) fn variables(&self, environment: &[(String, String)]) -> Vec<(String, String)> {
        let fixed =
            [("PATH", PATH), ("HOME", HOME), ("LANG", "C.UTF-8"), (shim::SOCKET, &format!("{RUN}/shim"))]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
        environment.iter().cloned().chain(fixed).collect()
    }
}
