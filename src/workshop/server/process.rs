//! `nats-server` as a process of ours. It is in a group of its own, so that Ctrl-C is for the host alone, and is
//! ended when the host ends; one that a killed host left behind is known by its number and its command line.

use super::{ServerError, Settings, config};
use crate::text::sanitise;
use crate::workshop::host::folder::{private_folder, write_private};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How many of its last lines are kept, and how much of one.
const LINES: usize = 12;
const LINE: u64 = 4 * 1024;
/// How long it may take to end when it is asked to.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// A server that runs as a process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    said: Arc<Mutex<VecDeque<String>>>,
    pid_file: PathBuf,
}

/// `nats-server` on `PATH`, if it is there.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("nats-server{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
}

impl Process {
    /// Writes its configuration and starts it.
    ///
    /// # Errors
    /// When the files cannot be written, or the program cannot be run.
    pub fn start(program: &Path, settings: &Settings) -> Result<Self, ServerError> {
        private_folder(&settings.folder)?;
        let store = settings.folder.join("store");
        private_folder(&store)?;
        let file = config_file(&settings.folder);
        let tls = settings.tls.as_ref().map(|(cert, key)| (cert.as_path(), key.as_path()));
        write_private(&file, config::write(settings, &settings.ip.to_string(), &store, tls).as_bytes())?;
        let mut command = Command::new(program);
        command.arg("--config").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        #[cfg(unix)]
        command.process_group(0);
        let start = |source| ServerError::Start { program: program.display().to_string(), source };
        let mut child = command.kill_on_drop(true).spawn().map_err(start)?;
        let pid_file = pid_file(&settings.folder);
        write_private(&pid_file, child.id().unwrap_or_default().to_string().as_bytes())?;
        let said = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(listen(stderr, said.clone()));
        }
        Ok(Self { child, said, pid_file })
    }

    /// Its process id; none when it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it ends by itself, and says why as far as it said so.
    pub async fn ended(&mut self) -> String {
        let status = self.child.wait().await;
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let fatal = said.iter().rev().find(|line| line.contains("[FTL]") || line.contains("[ERR]"));
        let why = fatal.or(said.back()).cloned().unwrap_or_default();
        match (status, why.as_str()) {
            (Ok(status), "") => format!("it ended ({status})"),
            (Ok(status), why) => format!("it ended ({status}): {why}"),
            (Err(error), _) => error.to_string(),
        }
    }

    /// Ends it, first in good order.
    pub async fn stop(mut self) {
        #[cfg(unix)]
        if let Some(pid) =
            self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = tokio::time::timeout(ENDS_WITHIN, self.child.wait()).await;
        }
        let _ = self.child.kill().await;
        let _ = std::fs::remove_file(&self.pid_file);
    }
}

/// Keeps the last lines that it said.
async fn listen(stderr: tokio::process::ChildStderr, said: Arc<Mutex<VecDeque<String>>>) {
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while matches!((&mut reader).take(LINE).read_until(b'\n', &mut line).await, Ok(count) if count > 0) {
        let text = sanitise::plain(String::from_utf8_lossy(&line).trim_end()).into_owned();
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push_back(text);
        while said.len() > LINES {
            said.pop_front();
        }
        line.clear();
    }
}

fn config_file(folder: &Path) -> PathBuf {
    folder.join("nats.conf")
}

fn pid_file(folder: &Path) -> PathBuf {
    folder.join("pid")
}

/// Ends the server of this folder that a killed host left behind, if there is one. Whoever calls this holds the
/// workshop's lock, so no living host has it.
pub async fn end_left(folder: &Path) {
    #[cfg(unix)]
    {
        let file = pid_file(folder);
        let number = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse::<i32>().ok());
        let Some(pid) = number.and_then(rustix::process::Pid::from_raw) else { return };
        let is_ours =
            || async { command_line(pid).await.contains(&config_file(folder).display().to_string()) };
        for signal in [rustix::process::Signal::TERM, rustix::process::Signal::KILL] {
            // The number may be another process's by now: only the one with our configuration is ended.
            if !is_ours().await {
                break;
            }
            let _ = rustix::process::kill_process(pid, signal);
            let gone = async {
                while is_ours().await {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            let _ = tokio::time::timeout(ENDS_WITHIN, gone).await;
        }
        let _ = std::fs::remove_file(&file);
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// The command line of a process; empty when there is none.
#[cfg(unix)]
async fn command_line(pid: rustix::process::Pid) -> String {
    let number = pid.as_raw_nonzero().get();
    if Path::new("/proc/self/cmdline").exists() {
        let line = std::fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        return String::from_utf8_lossy(&line).replace('\0', " ");
    }
    let asked = Command::new("ps").args(["-o", "args=", "-p", &number.to_string()]).output().await;
    asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
