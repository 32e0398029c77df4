//! A Docker engine of a test's own, to be broken: in namespaces of its own, so that it ends with all it
//! started, and with a disk as small as wanted. Root on Linux, with `dockerd` on PATH.

use super::common::{BASE, PATIENCE};
use super::support;
use docker_ecr_tutor::engine::Environment;
use rustix::process::{Pid, Signal, kill_process};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Starts `dockerd` where nothing of it can meet another one's: no network but loopback, and no containerd
/// of the machine's.
const START: &str = r#"
    ip link set lo up
    # Numbers of processes that are others' now.
    rm -rf "$1/exec" "$1/pid"
    mkdir -p "$1/data" /run/containerd && mount -t tmpfs none /run/containerd
    [ "$2" = 0 ] || mount -t tmpfs -o "size=$2m" none "$1/data"
    exec dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" -H "unix://$1/docker.sock"
"#;

/// An engine of one's own; gone when it is dropped.
pub struct Private {
    folder: tempfile::TempDir,
    megabytes: u32,
    running: Option<Child>,
}

impl Private {
    /// A new engine, with the base image in it, on a disk of so many megabytes (0 for no limit); `None` after
    /// saying why not.
    pub fn start(megabytes: u32) -> Option<Self> {
        let feeding = support::engine()?;
        let there = |program: &str| {
            std::env::var_os("PATH")
                .is_some_and(|path| std::env::split_paths(&path).any(|p| p.join(program).is_file()))
        };
        let root = rustix::process::geteuid().is_root();
        if !root || !["dockerd", "unshare", "ip", "mount"].iter().all(|program| there(program)) {
            eprintln!("not run: an engine of its own needs root on Linux with dockerd, unshare and ip");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("tutor-engine-").tempdir().expect("a folder");
        let mut engine = Self { folder, megabytes, running: None };
        engine.start_again();
        engine.asked().load(&feeding.save(BASE));
        Some(engine)
    }

    /// Starts it once more, on the same disk.
    pub fn start_again(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("a log");
        let mut command = Command::new("unshare");
        command.args([
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-euc",
            START,
            "sh",
        ]);
        command.arg(self.folder.path()).arg(self.megabytes.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.running = Some(command.spawn().expect("unshare"));
        let answers = || self.asked().request("GET", "/_ping", None).is_ok_and(|(status, _)| status == 200);
        let log = || std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let started = std::time::Instant::now();
        while !answers() {
            assert!(started.elapsed() < PATIENCE, "the engine does not answer: {}", log());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("docker.sock")
    }

    /// It, asked behind the program's back.
    pub fn asked(&self) -> support::Engine {
        support::Engine::at(&self.socket())
    }

    /// How the program finds it.
    pub fn environment(&self) -> Environment {
        Environment {
            docker_host: Some(format!("unix://{}", self.socket().display())),
            ..Environment::default()
        }
    }

    /// The number of `dockerd` itself.
    fn inside(&self) -> Option<i32> {
        let outer = self.running.as_ref()?.id();
        let children = std::fs::read_to_string(format!("/proc/{outer}/task/{outer}/children")).ok()?;
        children.split_whitespace().next()?.parse().ok()
    }

    /// A path of its disk, while it runs.
    pub fn disk(&self) -> PathBuf {
        let process = self.inside().expect("it runs");
        PathBuf::from(format!("/proc/{process}/root{}", self.folder.path().join("data").display()))
    }

    /// Asks it to end, as a service manager does, and waits until it has.
    pub fn stop(&mut self) {
        self.signal(Signal::TERM);
    }

    /// Ends it in an instant, as a crash does.
    pub fn crash(&mut self) {
        self.signal(Signal::KILL);
    }

    fn signal(&mut self, signal: Signal) {
        if let Some(process) = self.inside().and_then(Pid::from_raw) {
            let _ = kill_process(process, signal);
        }
        if let Some(mut outer) = self.running.take() {
            let _ = outer.wait();
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.crash();
    }
}
