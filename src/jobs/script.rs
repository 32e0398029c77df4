//! Running the commands of a lesson with `sh`, in a folder of their own that is gone afterwards.
//! Started only by a learner who was asked first: these are ordinary commands of the machine.

use super::{Context, Outcome, Progress};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// How long commands may run.
const LIFETIME: Duration = Duration::from_secs(600);
/// How long they may take to end when they are asked to.
const STOP: Duration = Duration::from_secs(3);
/// The script's name: in no worked example.
const SCRIPT: &str = ".tutor-commands.sh";

pub(super) async fn perform(text: String, files: Vec<(String, Vec<u8>)>, context: Context) -> Outcome {
    let folder = match Folder::new(context.reporter.id.0, &text, &files) {
        Ok(folder) => folder,
        Err(error) => {
            let hints = vec!["look whether the folder for temporary files is full or read-only".to_owned()];
            return Outcome::failed(format!("the folder for the commands could not be made: {error}"), hints);
        }
    };
    let (mut child, mut output) = match start(&folder.0) {
        Ok(started) => started,
        Err(error) => {
            let hints = vec!["copy the commands and run them in a terminal".to_owned()];
            return Outcome::failed(format!("sh could not be started: {error}"), hints);
        }
    };
    let reporter = context.reporter.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = output.read(&mut buffer) {
            reporter.say(Progress::Log(buffer[..count].to_vec()));
        }
    });
    let ended = tokio::select! {
        biased;
        status = child.wait() => Some(status),
        () = context.cancel.cancelled() => None,
        () = tokio::time::sleep(LIFETIME) => {
            context.reporter.message(format!("stopped after {} minutes", LIFETIME.as_secs() / 60));
            None
        }
    };
    let outcome = match ended {
        Some(Ok(status)) => Outcome::Ran(status.code().map_or(-1, i64::from)),
        Some(Err(error)) => Outcome::failed(format!("sh could not be waited for: {error}"), Vec::new()),
        None => {
            stop(&mut child).await;
            Outcome::Cancelled
        }
    };
    // Something left in the background may still hold the output: it is not waited for.
    let _ = tokio::time::timeout(STOP, reading).await;
    outcome
}

fn start(folder: &Path) -> std::io::Result<(Child, std::io::PipeReader)> {
    let (reader, writer) = std::io::pipe()?;
    let mut command = Command::new("sh");
    // `-v` shows each command before what it prints, as in a terminal.
    command.arg("-v").arg(SCRIPT).current_dir(folder).stdin(Stdio::null());
    command.envs(own_path());
    command.stdout(writer.try_clone()?).stderr(writer).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    Ok((command.spawn()?, reader))
}

/// PATH with this program's own folder in front: lessons call it by its name, installed or not.
fn own_path() -> Option<(&'static str, OsString)> {
    let program = std::env::current_exe().ok()?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(program.parent()?.to_owned()).chain(std::env::split_paths(&path));
    Some(("PATH", std::env::join_paths(folders).ok()?))
}

/// Ends the commands and what they started.
async fn stop(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};
        let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        for signal in [Signal::TERM, Signal::KILL] {
            if let Some(group) = group {
                // They may have ended by themselves meanwhile.
                let _ = kill_process_group(group, signal);
            }
            if tokio::time::timeout(STOP, child.wait()).await.is_ok() {
                return;
            }
        }
    }
    let _ = child.kill().await;
}

/// A folder for one run; removed with its content when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(id: u64, text: &str, files: &[(String, Vec<u8>)]) -> std::io::Result<Self> {
        let name = format!("docker-ecr-tutor-{}-{id}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // Fails when it is there, so that nobody can have prepared it.
        std::fs::create_dir(&path)?;
        let folder = Self(path);
        for (path, content) in files {
            let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
            if !inside {
                return Err(std::io::Error::other(format!("{path:?} leads out of the folder")));
            }
            let path = folder.0.join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, content)?;
        }
        std::fs::File::create_new(folder.0.join(SCRIPT))?.write_all(text.as_bytes())?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
