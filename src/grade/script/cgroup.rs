//! A control group for one sandbox, where this program may make one: version 2 in one place, version 1 in one
//! for processes and one for memory. Where it may not, limits of the single process have to do.

use super::sandbox::{MEMORY, PROCESSES, TOO_MANY, TOO_MUCH};
use crate::grade::cgroup::{self as files, ROOT};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::process::Command;

/// How a group of ours is called, before the number of the process that made it.
const PREFIX: &str = "docker-ecr-tutor-";
/// Goes into the groups and becomes the program.
const JOIN: &str = "n=$1; shift; while [ \"$n\" -gt 0 ]; do echo $$ >\"$1/cgroup.procs\" || exit 125; shift; \
     n=$((n-1)); done; exec \"$@\"";
/// How often an emptied group is tried to be removed, and the pause between.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(10);

/// How often it is asked whether it has come to a limit.
const LOOK: Duration = Duration::from_millis(50);

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A group. It is gone when this is dropped, with whatever is in it.
#[derive(Debug)]
pub(super) struct ControlGroup {
    folders: Vec<PathBuf>,
}

impl ControlGroup {
    /// `None` where none can be made, or entered.
    pub(super) fn new() -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let path = |controller: &str| {
            own.lines().find_map(|line| {
                let mut parts = line.splitn(3, ':').skip(1);
                let (controllers, path) = (parts.next()?, parts.next()?);
                controllers.split(',').any(|known| known == controller).then(|| path.to_owned())
            })
        };
        let mut group = Self { folders: Vec::new() };
        match (path("pids"), path("memory")) {
            (Some(pids), Some(memory)) => {
                let places = [("pids", pids, "pids.max"), ("memory", memory, "memory.limit_in_bytes")];
                for (controller, own, limit) in places {
                    group.folders.push(made(&Path::new(ROOT).join(controller), &own, &name, &[limit])?);
                }
            }
            _ => {
                let limits = ["pids.max", "memory.max"];
                group.folders.push(made(Path::new(ROOT), &path("")?, &name, &limits)?);
            }
        }
        for folder in &group.folders {
            for (name, limit) in files::limits(u64::from(PROCESSES), MEMORY) {
                let file = folder.join(name);
                let refused = file.exists() && fs::write(&file, limit.to_string()).is_err();
                if refused && !files::is_optional(name) {
                    return None;
                }
            }
        }
        let mut tried = std::process::Command::new("/bin/sh");
        tried.args(group.joining()).arg("true").env_clear().env("PATH", "/usr/bin:/bin");
        tried.stdin(std::process::Stdio::null());
        let tried = tried.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status();
        tried.is_ok_and(|status| status.success()).then_some(group)
    }

    fn joining(&self) -> Vec<std::ffi::OsString> {
        let head = ["-c", JOIN, "sh", &self.folders.len().to_string()].map(Into::into);
        head.into_iter().chain(self.folders.iter().map(Into::into)).collect()
    }

    /// `program`, within the group.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(self.joining()).arg(program);
        command
    }

    /// Waits until it comes to a limit.
    pub(super) async fn over(&self) {
        while self.exceeded().is_none() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The limit that it came to, in words.
    pub(super) fn exceeded(&self) -> Option<&'static str> {
        let counts = [
            ("memory.events", "oom_kill", TOO_MUCH),
            ("memory.oom_control", "oom_kill", TOO_MUCH),
            ("pids.events", "max", TOO_MANY),
        ];
        let told = |(file, name, words): (&str, &str, &'static str)| {
            let came = self.folders.iter().any(|folder| {
                let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
                let count = text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
                count.is_some_and(|count| count > 0)
            });
            came.then_some(words)
        };
        counts.into_iter().find_map(told)
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        let folders = std::mem::take(&mut self.folders);
        let folders: Vec<_> = folders.into_iter().filter(|folder| fs::remove_dir(folder).is_err()).collect();
        if folders.is_empty() {
            return;
        }
        // What was killed takes a moment to be gone.
        std::thread::spawn(move || {
            for _ in 0..TRIES {
                if folders.iter().filter(|folder| folder.exists()).all(|folder| removed(folder)) {
                    return;
                }
                std::thread::sleep(PAUSE);
            }
            tracing::warn!(?folders, "a control group could not be removed");
        });
    }
}

/// Ends what is in the group, and removes it if nothing is left.
fn removed(folder: &Path) -> bool {
    #[cfg(unix)]
    if fs::write(folder.join("cgroup.kill"), "1").is_err() {
        for id in fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default().lines() {
            if let Some(id) = id.parse().ok().and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
            }
        }
    }
    fs::remove_dir(folder).is_ok()
}

/// A new group below `own`, or the next one above it where these `limits` can be set.
fn made(root: &Path, own: &str, name: &str, limits: &[&str]) -> Option<PathBuf> {
    for above in Path::new(own).ancestors() {
        let above = root.join(above.strip_prefix("/").unwrap_or(above));
        swept(&above);
        let folder = above.join(name);
        if fs::create_dir(&folder).is_err() {
            continue;
        }
        if limits.iter().all(|limit| folder.join(limit).exists()) {
            return Some(folder);
        }
        let _ = fs::remove_dir(&folder);
    }
    None
}

/// Removes groups whose makers are gone: a program that is killed cleans up nothing.
fn swept(above: &Path) {
    for entry in fs::read_dir(above).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if maker.is_some_and(|maker| !Path::new("/proc").join(maker).exists()) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}
