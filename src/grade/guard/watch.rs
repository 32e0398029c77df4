//! The control groups of the builder's steps: found, limited, looked at.

use super::{Limits, MARK, Over};
use crate::engine::disk::free_space;
use crate::grade::cgroup::{self, ROOT};
use crate::image::human_size;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The pause between two looks. A step takes longer than that to start.
pub(super) const PAUSE: Duration = Duration::from_millis(10);
/// The pause between two looks at the disk.
const DISK_PAUSE: Duration = Duration::from_millis(200);
/// Looks at a new group until it counts as one that hides: its first process is the engine's own at first.
const MOST_LOOKS: u32 = 100;
/// Files that are counted of one step.
const MOST_FILES: usize = 50_000;
/// What the machine's disk must have left.
const RESERVE: u64 = 1 << 30;

/// A place where groups of containers appear, below a controller.
const PLACES: [(&str, &str, bool); 4] = [
    // Folder, what their names begin with, and whether all in it are steps of builds.
    ("docker/buildkit", "", true),
    ("docker", "", false),
    ("system.slice", "buildkit-", true),
    ("system.slice", "docker-", false),
];

/// Whose a group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Unknown(u32),
    Ours,
    Others,
    /// Nobody said yet; a slow machine may still tell.
    Nobodys,
}

#[derive(Debug)]
struct Step {
    whose: Whose,
    limited: bool,
    /// Where its file system keeps what it writes.
    writes: Option<PathBuf>,
}

#[derive(Debug)]
pub(super) struct Watch {
    mark: String,
    limits: Limits,
    /// The folders of the controllers, or of all of them.
    controllers: Vec<PathBuf>,
    /// Groups that were there before the build are nobody's business; `None`.
    steps: BTreeMap<PathBuf, Option<Step>>,
    storage: Option<PathBuf>,
    /// Bytes free when it began.
    free: u64,
    disk_next: Instant,
}

impl Watch {
    /// `None` where groups cannot be changed: no Linux, not root, a machine of the engine's own.
    pub(super) fn new(mark: &str, limits: Limits, storage: Option<&Path>) -> Option<Self> {
        #[cfg(not(target_os = "linux"))]
        return None;
        #[cfg(target_os = "linux")]
        {
            if !super::possible() {
                return None;
            }
            let storage = storage.filter(|folder| folder.is_dir())?.to_owned();
            let root = Path::new(ROOT);
            let controllers = if root.join("pids").is_dir() {
                vec![root.join("pids"), root.join("memory")]
            } else {
                vec![root.to_owned()]
            };
            let free = free_space(&storage)?;
            let mut watch = Self {
                mark: mark.to_owned(),
                limits,
                controllers,
                steps: BTreeMap::new(),
                storage: Some(storage),
                free,
                disk_next: Instant::now(),
            };
            let there = watch.groups().into_iter().map(|(group, _)| (group, None)).collect();
            watch.steps = there;
            Some(watch)
        }
    }

    /// Groups that are there, by their path below a controller, and whether each is surely a step.
    fn groups(&self) -> Vec<(PathBuf, bool)> {
        let Some(controller) = self.controllers.first() else { return Vec::new() };
        let mut found = Vec::new();
        for (place, prefix, step) in PLACES {
            for entry in fs::read_dir(controller.join(place)).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let fits = name.to_string_lossy().starts_with(prefix) && name != "buildkit";
                if fits && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    found.push((Path::new(place).join(name), step));
                }
            }
        }
        found
    }

    /// Looks once: new groups get their limits. Answers when this build came to one.
    pub(super) fn look(&mut self) -> Option<Over> {
        let groups = self.groups();
        self.steps.retain(|known, _| groups.iter().any(|(group, _)| group == known));
        for (group, step) in groups {
            let new = || Some(Step { whose: Whose::Unknown(0), limited: false, writes: None });
            let mut known = match self.steps.remove(&group) {
                Some(known) => known,
                None => new(),
            };
            if let Some(known) = &mut known {
                let looks = match known.whose {
                    Whose::Unknown(looks) => Some(looks),
                    Whose::Nobodys => Some(MOST_LOOKS),
                    Whose::Ours | Whose::Others => None,
                };
                if let Some(looks) = looks {
                    (known.whose, known.writes) = self.whose(&group, looks);
                }
                if !known.limited && (step || known.whose == Whose::Ours) {
                    // Before its first program: what that starts has the limits too.
                    known.limited = self.limit(&group) & self.limit_files(&group);
                }
                if known.whose == Whose::Ours
                    && let Some(reason) = self.exceeded(&group)
                {
                    return Some(Over::Limit(reason));
                }
            }
            self.steps.insert(group, known);
        }
        self.look_at_disk()
    }

    fn whose(&self, group: &Path, looks: u32) -> (Whose, Option<PathBuf>) {
        let mut first = None;
        for process in self.processes(group).take(4) {
            let process = Path::new("/proc").join(process);
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            let environment = String::from_utf8_lossy(&environment);
            if environment.contains(MARK) {
                let whose = if environment.contains(&self.mark) { Whose::Ours } else { Whose::Others };
                return (whose, writes(&process));
            }
            first.get_or_insert(process);
        }
        match first {
            // Its first program is running, and says nothing.
            Some(process) if looks >= MOST_LOOKS => (Whose::Nobodys, writes(&process)),
            _ => (Whose::Unknown(looks.saturating_add(1)), None),
        }
    }

    fn processes(&self, group: &Path) -> impl Iterator<Item = String> {
        let folder = self.controllers.first().map(|controller| controller.join(group));
        let text = folder.and_then(|folder| fs::read_to_string(folder.join("cgroup.procs")).ok());
        text.unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    /// Whether the limits hold now.
    fn limit(&self, group: &Path) -> bool {
        let mut set = false;
        for folder in self.controllers.iter().map(|controller| controller.join(group)) {
            for (file, limit) in cgroup::limits(u64::from(self.limits.processes), self.limits.memory) {
                let file = folder.join(file);
                set |= file.exists() && fs::write(file, limit.to_string()).is_ok();
            }
        }
        set
    }

    /// No file of a step is larger than all that it may write, however little of it is there: an engine
    /// reads the holes too. Whether that holds now.
    fn limit_files(&self, group: &Path) -> bool {
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{Pid, Resource, Rlimit, prlimit};
            let most = Some(self.limits.disk);
            let mut set = false;
            for process in self.processes(group).take(8) {
                let process = process.parse().ok().and_then(Pid::from_raw);
                let limit = Rlimit { current: most, maximum: most };
                set |= process.is_some_and(|process| prlimit(Some(process), Resource::Fsize, limit).is_ok());
            }
            set
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _ = group;
            true
        }
    }

    /// The limit that a step came to, in words.
    fn exceeded(&self, group: &Path) -> Option<String> {
        let count = |file: &str, name: &str| {
            let counts = self.controllers.iter().filter_map(|controller| {
                let text = fs::read_to_string(controller.join(group).join(file)).ok()?;
                text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok())
            });
            counts.sum::<u64>()
        };
        if count("pids.events", "max ") > 0 {
            return Some(format!("a step started more than {} processes", self.limits.processes));
        }
        let killed = count("memory.oom_control", "oom_kill ") + count("memory.events", "oom_kill ");
        let memory = human_size(self.limits.memory);
        (killed > 0).then(|| format!("a step wanted more memory than the {memory} that it may have"))
    }

    fn look_at_disk(&mut self) -> Option<Over> {
        let storage = self.storage.as_deref()?;
        if Instant::now() < self.disk_next {
            return None;
        }
        self.disk_next = Instant::now() + DISK_PAUSE;
        let free = free_space(storage)?;
        // Counting costs; it is done when enough has gone that somebody may be over.
        if self.free.saturating_sub(free) > self.limits.disk / 2 {
            for (group, step) in &self.steps {
                let Some(Step { whose, writes: Some(writes), .. }) = step else { continue };
                let counted = matches!(whose, Whose::Ours | Whose::Nobodys);
                if !counted || written(writes) <= self.limits.disk {
                    continue;
                }
                if *whose == Whose::Ours {
                    let most = human_size(self.limits.disk);
                    return Some(Over::Limit(format!("a step wrote more than {most}")));
                }
                // A container of somebody else's is not ours to end; a step that hides is.
                if group.starts_with("docker/buildkit") || group.to_string_lossy().contains("/buildkit-") {
                    self.kill(group);
                }
            }
        }
        (free < RESERVE).then(|| {
            Over::Disk(format!(
                "the disk of the engine has only {} left, so the build was ended",
                human_size(free)
            ))
        })
    }

    fn kill(&self, group: &Path) {
        #[cfg(unix)]
        for id in self.processes(group) {
            if let Some(id) = id.parse().ok().and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
            }
        }
    }
}

/// Where the root file system of a process keeps what is written to it.
fn writes(process: &Path) -> Option<PathBuf> {
    let mounts = fs::read_to_string(process.join("mountinfo")).ok()?;
    let root = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/"))?;
    let folder = root.split([',', ' ']).find_map(|option| option.strip_prefix("upperdir="))?;
    Some(folder.into())
}

/// Bytes on disk below `folder`.
fn written(folder: &Path) -> u64 {
    let (mut bytes, mut files) = (0u64, 0);
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            files += 1;
            if files > MOST_FILES {
                return bytes;
            }
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                waiting.push(entry.path());
            }
            #[cfg(unix)]
            {
                bytes += std::os::unix::fs::MetadataExt::blocks(&meta) * 512;
            }
        }
    }
    bytes
}
