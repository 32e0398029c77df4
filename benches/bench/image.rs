//! `image` on an image of some 300 MB: the first time and again from the cache, beside dive and beside
//! `docker save`, which is the floor of both; and the most memory that each takes.

use super::support;
use super::table::{Row, Samples, show};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BASE: &str = "python:3.12-slim";
const IMAGE: &str = "tutor-bench:image";
const ROUNDS: usize = 5;
const DOCKERFILE: &str = "FROM python:3.12-slim\n\
    RUN cp -r /usr/local/lib /opt/one && cp -r /usr/share /opt/share\n\
    RUN mkdir /srv/data && for i in 1 2 3 4 5 6 7 8; do head -c 9000000 /dev/urandom > /srv/data/$i; done\n\
    RUN rm -rf /opt/one/python3.12 /srv/data/1\n\
    RUN chmod -R g+w /srv/data\n";

pub fn image() -> Vec<Row> {
    let Some(engine) = support::engine() else { return Vec::new() };
    let (Some(mut docker), true) = (support::docker_cli(), engine.has_image(BASE)) else {
        eprintln!("left out: {BASE} or a docker command line is not there");
        return Vec::new();
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("Dockerfile"), DOCKERFILE).expect("a file");
    let built = docker.args(["build", "--quiet", "-t", IMAGE]).arg(folder.path()).stdout(Stdio::null());
    assert!(built.status().expect("docker runs").success(), "the image could not be built");
    let rows = measure(folder.path());
    engine.remove_image(IMAGE);
    rows
}

fn measure(folder: &Path) -> Vec<Row> {
    let ours = |extra: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docker-ecr-tutor"));
        command.env("DOCKER_ECR_TUTOR_DATA", folder.join("data")).args(["image", IMAGE]).args(extra);
        command
    };
    let dive = || {
        dive().map(|path| {
            let mut command = Command::new(path);
            command.arg("--json").arg(folder.join("dive.json")).arg(IMAGE);
            command
        })
    };
    let save = || {
        let mut command = support::docker_cli().expect("a docker command line");
        command.args(["save", IMAGE]);
        command
    };
    let (mut first, mut theirs, mut floor, mut again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut our_peak, mut their_peak) = (Memory::default(), Memory::default());
    // In turn, so that all see the same machine; the first round warms the file cache.
    for round in 0..=ROUNDS {
        let (time, peak) = run(ours(&["--no-cache"]));
        let other = dive().map(run);
        let (saved, _) = run(save());
        if round > 0 {
            first.push(time);
            floor.push(saved);
            our_peak = our_peak.most(peak);
            if let Some((time, peak)) = other {
                theirs.push(time);
                their_peak = their_peak.most(peak);
            }
        }
    }
    for round in 0..=2 * ROUNDS {
        let (time, _) = run(ours(&[]));
        if round > 0 {
            again.push(time);
        }
    }
    let (first, again, floor) = (Samples::new(first), Samples::new(again), Samples::new(floor));
    let theirs = (!theirs.is_empty()).then(|| Samples::new(theirs));
    let has_peer = theirs.is_some();
    let megabytes = |kilobytes: u64| format!("{:.1} MB", kilobytes as f64 / 1e3);
    let memory = |what: &str, ours: u64, theirs: u64| Row {
        what: what.into(),
        budget: "half of dive's".into(),
        found: megabytes(ours),
        holds: has_peer.then_some(ours * 2 <= theirs),
        peers: has_peer.then(|| format!("dive {}", megabytes(theirs))).into_iter().collect(),
    };
    let mut peers = vec![format!("docker save {}", show(floor.p50()))];
    peers.extend(theirs.as_ref().map(|theirs| format!("dive {}", show(theirs.p50()))));
    vec![
        Row {
            what: "image of some 300 MB, first time".into(),
            budget: "dive's".into(),
            found: show(first.p50()),
            holds: theirs.as_ref().map(|theirs| first.p50() <= theirs.p50()),
            peers,
        },
        memory("the same, most memory, its own code in it", our_peak.resident, their_peak.resident),
        memory("the same, most memory that it allocates", our_peak.allocated, their_peak.allocated),
        Row {
            what: "the same, again from the cache".into(),
            budget: "50 ms".into(),
            found: show(again.p50()),
            holds: Some(again.p50() <= Duration::from_millis(50)),
            peers: Vec::new(),
        },
    ]
}

fn dive() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/setup/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).chain([installed]).map(|folder| folder.join("dive"));
    found.into_iter().find(|path| path.is_file())
}

/// Memory of a process, in kilobytes.
#[derive(Debug, Clone, Copy, Default)]
struct Memory {
    /// All pages that are there, those of the program's file too, though they are the page cache's.
    resident: u64,
    /// Those that it made itself.
    allocated: u64,
}

impl Memory {
    fn most(self, other: Self) -> Self {
        Self { resident: self.resident.max(other.resident), allocated: self.allocated.max(other.allocated) }
    }
}

/// Runs it to its end: how long, and the most memory it had, looked at every 2 ms.
fn run(mut command: Command) -> (Duration, Memory) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).env_remove("CI");
    let started = Instant::now();
    let mut child = command.spawn().expect("it starts");
    let mut peak = Memory::default();
    loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            assert!(status.success(), "{command:?} failed: {status}");
            return (started.elapsed(), peak);
        }
        peak = peak.most(memory_of(child.id()));
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn memory_of(process: u32) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
    };
    Memory { resident: field("VmHWM:"), allocated: field("RssAnon:") }
}
