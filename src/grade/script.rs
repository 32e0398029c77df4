//! Runs of an exercise's script against a practice ECR of its own, and what came of them. Each scenario
//! (an environment, perhaps a command that fails) is run once, however many checks look at it.
//!
//! | file | owns |
//! | --- | --- |
//! | `sandbox` | a script without network, with the shim as `aws` and `docker`; which walls it has |
//! | `bubblewrap` | such walls made by bubblewrap, within a control group |
//! | `cgroup` | that group: so many processes, so much memory |
//! | `container` | such walls made by the engine, where there is no bubblewrap |
//! | `here` | a script with this machine's own `aws` and `docker` |
//! | `process` | one process: its output, its limit, its end |
//! | `registry` | what is in the registry, before and after |

mod bubblewrap;
mod cgroup;
mod container;
mod here;
mod process;
mod registry;
mod sandbox;

use super::bench::Halt;
use super::staging::{Staging, StagingError};
use super::{Event, Events, Options};
use crate::course::model::script::Scene;
use crate::course::model::{CheckKind, Exercise};
use crate::practice::{self, Server, Settings};
use crate::shim::{Call, Machine, Remote, Words};
use here::Here;
pub(super) use process::Ended;
pub(super) use registry::{Registry, Repository};
use sandbox::Sandbox;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Limit for what prepares a run.
const PREPARED_WITHIN: Duration = Duration::from_secs(30);
/// Most bytes of the script's files that are searched for a token.
const MOST_SEARCHED: u64 = 64 * 1024 * 1024;

/// Where scripts are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ground {
    /// In a sandbox without network: made by bubblewrap, or else by the engine.
    #[default]
    Sandbox,
    /// In one made by bubblewrap, and in no other.
    Bubblewrap,
    /// In one made by the engine, and in no other.
    Container,
    /// On this machine, with its own `aws` and `docker`: for scripts that one trusts.
    Here,
}

/// One way to run the script.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Scenario {
    pub(super) environment: BTreeMap<String, String>,
    pub(super) without: Vec<String>,
    pub(super) failing: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub(super) struct Performed {
    /// The variables of the script, and `commit`.
    pub(super) names: BTreeMap<String, String>,
    /// The registry before.
    pub(super) before: Registry,
    /// The run.
    pub(super) first: Ended,
    /// What it called, in the order in which it ended.
    pub(super) calls: Vec<Call>,
    /// The registry after.
    pub(super) after: Registry,
    /// A second run on the same registry, when a check asks for it, and the registry after that.
    pub(super) again: Option<(Ended, Registry)>,
    /// Where a token was found.
    pub(super) leaks: Vec<String>,
}

/// The script of one submission.
pub(super) struct Stage<'a> {
    pub(super) exercise: &'a Exercise,
    pub(super) cancel: CancellationToken,
    dir: PathBuf,
    options: &'a Options,
    events: Events,
    done: BTreeMap<Scenario, Result<Arc<Performed>, Halt>>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        exercise: &'a Exercise,
        dir: &Path,
        options: &'a Options,
        events: Events,
        cancel: CancellationToken,
    ) -> Self {
        Self { exercise, cancel, dir: dir.to_owned(), options, events, done: BTreeMap::new() }
    }

    /// A program of this machine.
    pub(super) fn tool(&self, name: &str) -> Option<PathBuf> {
        find(&self.options.path(), name)
    }

    /// The text of one of the submission's files.
    pub(super) fn text(&self, path: &str) -> Result<String, String> {
        super::submission::read(&self.dir, path)
    }

    /// What comes of the script in this scenario.
    pub(super) async fn perform(&mut self, scenario: &Scenario) -> Result<Arc<Performed>, Halt> {
        if let Some(done) = self.done.get(scenario) {
            return done.clone();
        }
        let cancel = self.cancel.clone();
        let performed = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Halt::Cancelled),
            performed = self.once(scenario) => performed.map(Arc::new),
        };
        self.done.insert(scenario.clone(), performed.clone());
        performed
    }

    async fn once(&self, scenario: &Scenario) -> Result<Performed, Halt> {
        let scene = self.exercise.script.as_ref();
        let scene = scene.ok_or_else(|| Halt::Machine("the exercise has no script".into()))?;
        let staging = self.staged().await?;
        let work = staging.context();
        if !work.join(&scene.file).is_file() {
            let found = format!("there is no {}", scene.file);
            return Err(Halt::Submission { found, look_at: scene.file.clone() });
        }
        let machine = |error: std::io::Error| Halt::Machine(error.to_string());
        let [home, bin, socket] = ["home", "bin", "run"].map(|name| staging.folder(name).map_err(machine));
        let place = Place { work: work.clone(), home: home?, bin: bin?, run: socket? };
        let age = Arc::new(AtomicU64::new(0));
        let (clock, younger) = (practice::system_clock(), age.clone());
        let clock: practice::Clock = Arc::new(move || clock().earlier(younger.load(Ordering::Relaxed)));
        let folder = staging.folder("practice").map_err(machine)?;
        let server = Server::start(Settings::new(folder), clock).await;
        let server = server.map_err(|error| Halt::Machine(error.to_string()))?;
        let remote = Remote { address: server.address() };
        let repositories = scene.repositories.clone();
        let seeded = blocking(move || registry::seed(remote, &repositories, &age)).await?;
        seeded.map_err(|refused| Halt::Machine(format!("the registry: {}", refused.message)))?;
        let before = registry_of(remote).await?;
        let failing = scenario.failing.as_deref().and_then(Words::parse);
        let environment = environment(scene, scenario, &server);
        let file = &scene.file;
        (self.events)(Event::Message(match &scenario.failing {
            Some(command) => format!("running {file}, with `{command}` failing"),
            None => format!("running {file}"),
        }));
        let within = scene.within;
        let mut ground = if self.options.scripts == Ground::Here {
            Played::Here(Here::new(self, place, remote, &server, failing).await?)
        } else {
            let machine = Machine::new(remote, &server.serving().region, failing);
            Played::Sandbox(Sandbox::new(self, place, machine).await?)
        };
        let performed = self.played(&mut ground, scene, &environment, within, &server, &work, before).await;
        ground.close().await;
        server.stop().await;
        let (mut performed, commit) = performed?;
        performed.names = environment.into_iter().collect();
        performed.names.insert("commit".into(), commit);
        Ok(performed)
    }

    #[expect(clippy::too_many_arguments, reason = "one performance, cut out of the preparation around it")]
    async fn played(
        &self,
        ground: &mut Played,
        scene: &Scene,
        environment: &[(String, String)],
        within: Duration,
        server: &Server,
        work: &Path,
        before: Registry,
    ) -> Result<(Performed, String), Halt> {
        let remote = Remote { address: server.address() };
        let prelude = ["-c".to_owned(), PRELUDE.to_owned()];
        let prepared = ground.run(&prelude, &prelude_environment(), PREPARED_WITHIN).await?;
        if prepared.code != Some(0) {
            let said = prepared.tail(3);
            return Err(Halt::Machine(format!("nothing can be run where the script is to run: {said}")));
        }
        let commit = prepared.output.lines().last().unwrap_or_default().trim().to_owned();
        let mut arguments = vec![scene.file.clone()];
        arguments.extend(scene.arguments.iter().cloned());
        let first = ground.run(&arguments, environment, within).await?;
        let after = registry_of(remote).await?;
        let calls = ground.calls();
        let wants_again = self.exercise.checks.iter().any(|check| match &check.kind {
            CheckKind::Script(wanted) => wanted.again,
            _ => false,
        });
        let again = if wants_again && first.code == Some(0) {
            let again = ground.run(&arguments, environment, within).await?;
            Some((again, registry_of(remote).await?))
        } else {
            None
        };
        let mut leaks = Vec::new();
        for (what, ended) in [("", Some(&first)), (" of the second run", again.as_ref().map(|(e, _)| e))] {
            if ended.is_some_and(|ended| server.gives_away(ended.output.as_bytes())) {
                leaks.push(format!("in the output{what}"));
            }
        }
        if let Some(call) = calls.iter().find(|call| server.gives_away(call.line().as_bytes())) {
            let program = &call.program;
            leaks.push(format!(
                "in the arguments of `{program}`, which every process of the machine can read"
            ));
        }
        let mut left = MOST_SEARCHED;
        leaks.extend(kept(work, work, server, &mut left, 0).map(|path| format!("in the file {path}")));
        let names = BTreeMap::new();
        Ok((Performed { names, before, first, calls, after, again, leaks }, commit))
    }

    async fn staged(&self) -> Result<Staging, Halt> {
        let (dir, exercise) = (self.dir.clone(), self.exercise.clone());
        match blocking(move || Staging::copy(&dir, &exercise)).await? {
            Ok(staging) => Ok(staging),
            Err(StagingError::Refused(found)) => Err(Halt::Submission { found, look_at: String::new() }),
            Err(error) => Err(Halt::Machine(error.to_string())),
        }
    }
}

/// Makes the copy a git repository of one commit, always the same for the same files.
/// That shows as well whether anything can be run there.
const PRELUDE: &str = "set -e; docker --version; rm -rf .git; git init -q .; git symbolic-ref HEAD refs/heads/main; git add -A; \
     git commit -q -m 'The files of the exercise'; git rev-parse HEAD";

fn prelude_environment() -> Vec<(String, String)> {
    [
        ("GIT_AUTHOR_NAME", "learner"),
        ("GIT_AUTHOR_EMAIL", "learner@example.com"),
        ("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z"),
        ("GIT_COMMITTER_NAME", "learner"),
        ("GIT_COMMITTER_EMAIL", "learner@example.com"),
        ("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The variables of the script, in this scenario.
fn environment(scene: &Scene, scenario: &Scenario, server: &Server) -> Vec<(String, String)> {
    let practised = server.environment().into_iter().map(|(name, value)| (name.to_owned(), value));
    let mut all: BTreeMap<String, String> = practised.collect();
    all.extend(scene.environment.clone());
    all.extend(scenario.environment.clone());
    all.retain(|name, _| !scenario.without.contains(name));
    all.into_iter().collect()
}

/// The folders of one performance.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The script's files, where it runs.
    work: PathBuf,
    /// Its home.
    home: PathBuf,
    /// Programs put before all others.
    bin: PathBuf,
    /// Sockets and records, out of its reach.
    run: PathBuf,
}

/// The ground, prepared.
enum Played {
    Sandbox(Sandbox),
    Here(Here),
}

impl Played {
    /// Runs bash with these arguments.
    async fn run(
        &mut self,
        arguments: &[String],
        environment: &[(String, String)],
        within: Duration,
    ) -> Result<Ended, Halt> {
        match self {
            Self::Sandbox(sandbox) => sandbox.run(arguments, environment, within).await,
            Self::Here(here) => process::run(here.command(arguments, environment), within).await,
        }
    }

    fn calls(&self) -> Vec<Call> {
        match self {
            Self::Sandbox(sandbox) => sandbox.calls(),
            Self::Here(here) => here.calls(),
        }
    }

    async fn close(self) {
        if let Self::Here(here) = self {
            here.close().await;
        }
    }
}

/// What is in the registry, once it has come to rest.
async fn registry_of(remote: Remote) -> Result<Registry, Halt> {
    let read = blocking(move || Registry::read(remote)).await?;
    read.map_err(|refused| Halt::Machine(format!("the registry: {}", refused.message)))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Halt> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Halt::Machine(error.to_string()))
}

/// The file of that name in one of the folders of `path`.
fn find(path: &std::ffi::OsStr, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// The first file below `folder` that holds a token, as a path from `root`.
fn kept(root: &Path, folder: &Path, server: &Server, left: &mut u64, depth: usize) -> Option<String> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if kind.is_dir() && depth < 32 {
            if let Some(found) = kept(root, &path, server, left, depth + 1) {
                return Some(found);
            }
        } else if kind.is_file() {
            let length = entry.metadata().map_or(u64::MAX, |meta| meta.len());
            if length > *left {
                continue;
            }
            *left -= length;
            if std::fs::read(&path).is_ok_and(|content| server.gives_away(&content)) {
                return Some(path.strip_prefix(root).unwrap_or(&path).display().to_string());
            }
        }
    }
    None
}
