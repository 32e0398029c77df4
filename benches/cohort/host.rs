//! The host's process, its server, and what both cost.

use crate::peers::{path_with, peer};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long the host and its server may take to begin and to end.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whether there is a `nats-server`; says what is left out without.
pub fn is_there() -> bool {
    peer("nats-server").is_some() && Path::new("/proc/self/status").exists()
}

/// A workshop that is hosted by a process of its own.
pub struct Host {
    child: Child,
    /// Kept open: the end of what is typed may end a host.
    _typed: ChildStdin,
    /// What learners join by.
    pub address: String,
    record: PathBuf,
}

/// What a process took of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Most memory it ever had, in bytes.
    pub peak: u64,
    /// Time on a processor.
    pub processor: Duration,
}

impl Host {
    /// Hosts a workshop whose files lie in `folder`.
    pub fn start(folder: &Path) -> Self {
        let server = peer("nats-server").expect("looked for before");
        let plan = "format: 1\ntitle: A cohort\nparts:\n  - title: All of it\n    minutes: 60\n    \
                    lessons: [image-size]\n    exercises: [exercise-1, exercise-2, exercise-3, exercise-4]\n";
        std::fs::write(folder.join("workshop.yaml"), plan).expect("a plan");
        let data = folder.join("data");
        let mut child = Command::new(env!("CARGO_BIN_EXE_docker-ecr-tutor"))
            .args(["workshop", "host", "workshop.yaml", "--plain", "--listen", "127.0.0.1", "--data"])
            .arg(&data)
            .current_dir(folder)
            .env("PATH", path_with(&server))
            // Nothing here may fall back to a container unseen.
            .env("DOCKER_HOST", "unix:///nowhere")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the host starts");
        let typed = child.stdin.take().expect("its input");
        let output = child.stdout.take().expect("its output");
        let (say, said) = mpsc::channel();
        // To its end, so that it never waits for us.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(address) =
                    line.split('\'').nth(1).filter(|address| address.starts_with("nats://"))
                {
                    let _ = say.send(address.to_owned());
                }
            }
        });
        let address = said.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let _ = child.kill();
            panic!("the host says no line to type")
        });
        let workshops = std::fs::read_dir(data.join("workshops")).expect("its folder");
        let own = workshops.map(|entry| entry.expect("an entry").path()).find(|path| path.is_dir());
        let record = own.expect("the workshop's folder").join("record.jsonl");
        Self { child, _typed: typed, address, record }
    }

    /// The file of the record.
    pub fn record(&self) -> &Path {
        &self.record
    }

    /// Kills the server as nobody ends one; answers with the moment.
    pub fn kill_server(&self) -> Instant {
        let server = self.server().expect("the host's server");
        let id = rustix::process::Pid::from_raw(server).expect("an id");
        rustix::process::kill_process(id, rustix::process::Signal::KILL).expect("it is ours");
        Instant::now()
    }

    /// The process of the server: a child of the host's.
    fn server(&self) -> Option<i32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let children =
            tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        let children: Vec<i32> = children
            .flat_map(|ids| ids.split(' ').filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
            .collect();
        let is_server = |id: &i32| {
            std::fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "nats-server")
        };
        children.into_iter().find(is_server)
    }

    /// What the host took so far.
    pub fn cost(&self) -> Cost {
        cost(self.child.id())
    }

    /// What the server took that is there now.
    pub fn server_cost(&self) -> Cost {
        self.server().and_then(|id| u32::try_from(id).ok()).map(cost).unwrap_or_default()
    }

    /// Ends it in good order.
    pub fn stop(mut self) {
        let id = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw).expect("an id");
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let end = Instant::now() + PATIENCE;
        while self.child.try_wait().expect("its state").is_none() {
            assert!(Instant::now() < end, "the host does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // A host that is killed leaves its server behind, so that goes first.
        if let Some(id) = self.server().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cost(id: u32) -> Cost {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // Behind the name in brackets the fields are numbered from 3; 14 and 15 are user and system.
    let fields =
        stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ').collect::<Vec<_>>()).unwrap_or_default();
    let ticks = |field: usize| fields.get(field - 3).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    // A tick is a hundredth of a second wherever Linux tells a program.
    let millis = (ticks(14) + ticks(15)) * 10;
    Cost { peak: peak.unwrap_or(0u64) * 1024, processor: Duration::from_millis(millis) }
}
