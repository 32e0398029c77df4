//! A workshop that is hosted for a test, and what its record says.

use crate::support::peer;
use docker_ecr_tutor::course;
use docker_ecr_tutor::engine::Environment;
use docker_ecr_tutor::workshop::event::What;
use docker_ecr_tutor::workshop::host::{Event, Handle, Options, Setup, Which};
use docker_ecr_tutor::workshop::plan::{Part, Plan};
use docker_ecr_tutor::workshop::record::{Line, Told};
use docker_ecr_tutor::workshop::room::Change;
use docker_ecr_tutor::workshop::server::process;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(90);

/// Whether there is a `nats-server` where the host looks for one; says what is left out without.
pub fn is_there() -> bool {
    let here = process::find().is_some();
    if !here && peer("nats-server").is_some() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "nats-server is not on PATH");
        eprintln!("not run: nats-server is not on PATH; `make test` puts it there");
    }
    here
}

/// The host, and all lines of its record so far.
pub struct Hosted {
    data: TempDir,
    runtime: Runtime,
    handle: Handle,
    lines: Vec<Line>,
}

/// A host that has stopped; its folder is there.
pub struct Away {
    data: TempDir,
    workshop: String,
}

impl Hosted {
    /// A new workshop of two parts.
    pub fn new() -> Self {
        Self::at(own_address(), None, None)
    }

    /// The same, with a certificate and its key, and who signed it.
    pub fn at(ip: IpAddr, tls: Option<(PathBuf, PathBuf)>, ca: Option<PathBuf>) -> Self {
        let part = |title: &str, exercise: &str| Part {
            title: title.into(),
            minutes: 20,
            lessons: Vec::new(),
            exercises: vec![exercise.into()],
            hints_after: Some(10),
            solutions_after: None,
            messages: Vec::new(),
        };
        let parts = vec![part("One", "exercise-1"), part("Two", "exercise-2")];
        let plan = Plan { format: 1, title: "A room".into(), parts };
        let setup = Setup::Own { ip, port: None, reached_as: None, tls, ca };
        let data = tempfile::tempdir().unwrap();
        Self::start(data, Which::New { plan, exercises: Vec::new(), setup })
    }

    fn start(data: TempDir, which: Which) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.unwrap();
        // Nothing here may fall back to a container unseen.
        let engine = Environment { host_option: Some("unix:///nowhere".into()), ..Environment::default() };
        let options = Options { data: data.path().to_owned(), which, engine };
        let handle = within(&runtime, "a host", Handle::start(options)).unwrap();
        Self { data, runtime, handle, lines: Vec::new() }
    }

    /// What learners join by, token included.
    pub fn line(&self) -> String {
        self.handle.address.reveal()
    }

    /// Stops hosting, server and all.
    pub fn stop(self) -> Away {
        let workshop = self.handle.workshop.clone();
        within(&self.runtime, "the end of hosting", self.handle.stop());
        Away { data: self.data, workshop }
    }

    /// Does something that an instructor does.
    pub fn change(&self, change: Change) {
        within(&self.runtime, "a change", self.handle.changes().send(change)).unwrap();
    }

    /// Waits until something was told; by whom, and its number.
    pub fn told(&mut self, what: &str, met: impl Fn(&Told, &What) -> bool) -> (String, u64) {
        let found = |told: &Told| {
            let event = told.parcel.events.iter().find(|event| met(told, &event.what))?;
            Some((told.from.clone(), event.seq))
        };
        loop {
            let told = self
                .lines
                .iter()
                .filter_map(|line| if let Line::Told(told) = line { Some(told) } else { None });
            if let Some(found) = told.filter_map(found).next() {
                return found;
            }
            match within(&self.runtime, what, self.handle.events.recv()) {
                Some(Event::Lines(lines)) => self.lines.extend(lines),
                Some(_) => {}
                None => panic!("the host ended while {what} was waited for"),
            }
        }
    }

    /// The numbers that each learner told.
    pub fn learners(&self) -> BTreeMap<String, Vec<u64>> {
        let mut learners: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for line in &self.lines {
            if let Line::Told(told) = line {
                let numbers = told.parcel.events.iter().map(|event| event.seq);
                learners.entry(told.from.clone()).or_default().extend(numbers);
            }
        }
        for numbers in learners.values_mut() {
            numbers.sort_unstable();
            numbers.dedup();
        }
        learners
    }

    /// Fails when a number is missing; answers with the highest.
    pub fn assert_no_gap(&self) -> u64 {
        let learners = self.learners();
        for numbers in learners.values() {
            let whole: Vec<u64> = (1..=*numbers.last().unwrap()).collect();
            assert_eq!(*numbers, whole);
        }
        learners.values().filter_map(|numbers| numbers.last()).copied().max().unwrap_or(0)
    }

    /// A lesson of the course: its slug, and what the program calls it.
    pub fn lesson(&self) -> (String, String) {
        let course = course::load(&course::Source::Embedded);
        let lesson = &course.lessons[2];
        (lesson.slug.clone(), format!("Lesson {}", lesson.number))
    }
}

impl Away {
    /// Hosts it again.
    pub fn again(self) -> Hosted {
        Hosted::start(self.data, Which::Again { workshop: self.workshop, setup: None })
    }
}

/// Waits for it, and says what was waited for when it does not come.
fn within<T>(runtime: &Runtime, what: &str, wait: impl Future<Output = T>) -> T {
    let limited = async { tokio::time::timeout(PATIENCE, wait).await };
    runtime.block_on(limited).unwrap_or_else(|_| panic!("waited in vain: {what}"))
}

/// An address of loopback that nobody else has, so that its ports are free and stay ours.
pub fn own_address() -> IpAddr {
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let [.., high, low] = std::process::id().to_be_bytes();
    match cfg!(target_os = "linux") {
        true => IpAddr::from([127, 1 + high % 250, low, COUNT.fetch_add(1, Ordering::Relaxed)]),
        false => IpAddr::from([127, 0, 0, 1]),
    }
}
