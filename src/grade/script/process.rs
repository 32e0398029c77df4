//! One process: its output, bounded; its limit; its end, and that of whatever it started.

use super::super::bench::Halt;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Most output that is kept: its end.
pub(super) const MOST_OUTPUT: usize = 256 * 1024;
/// Exit code of what was killed.
const KILLED: i32 = 137;
/// How long output may come after the end.
const LATE: Duration = Duration::from_secs(1);

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::grade) struct Ended {
    /// Its exit code, 128 and the signal's number when one ended it; `None` when it took too long.
    pub(in crate::grade) code: Option<i32>,
    /// What it said, standard output and standard error as they came.
    pub(in crate::grade) output: String,
    /// The limit of its sandbox that it came to, in words.
    pub(in crate::grade) limit: Option<&'static str>,
}

impl Ended {
    /// Its last lines.
    pub(in crate::grade) fn tail(&self, lines: usize) -> String {
        let said: Vec<&str> = self.output.lines().filter(|line| !line.trim().is_empty()).collect();
        said[said.len().saturating_sub(lines)..].join("\n")
    }
}

/// Runs `command` to its end, and for no longer than `within`. Dropped, it ends the process too.
pub(super) async fn run(command: Command, within: Duration) -> Result<Ended, Halt> {
    run_until(command, within, std::future::pending()).await
}

/// Likewise, and kills it when `stop` comes first.
pub(super) async fn run_until(
    mut command: Command,
    within: Duration,
    stop: impl Future<Output = ()>,
) -> Result<Ended, Halt> {
    let machine = |error: std::io::Error| Halt::Machine(format!("the script could not be run: {error}"));
    let (mut reader, writer) = std::io::pipe().map_err(machine)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(machine)?).stderr(writer);
    command.kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn().map_err(machine)?;
    let mut group = Group { leader: child.id(), child };
    // It holds the other end of the pipe.
    drop(command);
    let reading = tokio::task::spawn_blocking(move || {
        let (mut kept, mut buffer) = (Vec::new(), [0; 8192]);
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            kept.extend_from_slice(&buffer[..count]);
            if kept.len() > 2 * MOST_OUTPUT {
                kept.drain(..kept.len() - MOST_OUTPUT);
            }
        }
        kept
    });
    let code = tokio::select! {
        status = group.child.wait() => Some(code(status.map_err(machine)?)),
        () = stop => Some(KILLED),
        () = tokio::time::sleep(within) => None,
    };
    group.kill();
    let output = tokio::time::timeout(LATE, reading).await.ok().and_then(Result::ok).unwrap_or_default();
    Ok(Ended { code, output: String::from_utf8_lossy(&output).into_owned(), limit: None })
}

fn code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(255)
}

/// A process with whatever it started. All of it ends when this is dropped.
struct Group {
    child: Child,
    leader: Option<u32>,
}

impl Group {
    fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.leader.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.start_kill();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
