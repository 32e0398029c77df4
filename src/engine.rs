//! The container engine: the only user of bollard. Connects as the docker command line does, builds,
//! runs, inspects, removes. Every call can be cancelled, and cancelling ends the work in the engine.

pub mod archive;
pub mod build;
pub mod connect;
pub mod context;
pub mod disk;
mod error;
pub mod explain;
pub mod export;
pub mod images;
pub mod probe;
pub mod record;
pub mod run;
mod session;
mod silence;
mod tool;
pub mod transfer;
mod upgrade;

pub use build::BuildError;
pub use connect::{ConnectError, Environment};
pub use error::EngineError;
pub use explain::{Diagnosis, Explanation};
pub use images::CleanReport;
pub use run::{CONTAINER_LABEL, Container, Mount, Network, RunRequest, Shell};
pub use tool::{Tool, ToolOutput};

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

/// Label that everything made by this program carries; `clean` removes what has it, and only that.
pub const LABEL: &str = "org.docker-ecr-tutor";

/// An engine that answers. Cheap to clone; clones share the connection.
#[derive(Debug, Clone)]
pub struct Engine {
    docker: bollard::Docker,
    info: Arc<EngineInfo>,
    /// Whether it is spoken to by TLS.
    tls: bool,
    details: Arc<OnceCell<Details>>,
    /// Removals under way, which outlive the call that started them.
    cleanups: TaskTracker,
}

impl Engine {
    /// Finds an engine as the docker command line does.
    pub async fn connect(environment: &Environment) -> Result<Self, ConnectError> {
        connect::connect(environment).await
    }

    /// What answered.
    pub fn info(&self) -> &EngineInfo {
        &self.info
    }

    /// What few ask, and the engine takes its time to answer: asked once, when it is wanted.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn details(&self) -> Result<&Details, EngineError> {
        let ask = || async {
            let info = self.docker.info().await?;
            let security = info.security_options.unwrap_or_default();
            let has = |name: &str| security.iter().any(|option| option.contains(name));
            Ok(Details {
                rootless: has("name=rootless"),
                remapped: has("name=userns"),
                storage: info.docker_root_dir.unwrap_or_default().into(),
            })
        };
        self.details.get_or_try_init(ask).await
    }

    /// Whether it is reached by a socket of this machine, though it may live in a virtual one.
    pub fn is_local(&self) -> bool {
        ["unix://", "npipe://"].iter().any(|scheme| self.info.endpoint.starts_with(scheme))
    }

    /// Whether the engine still answers, within 3 s.
    pub async fn answers(&self) -> bool {
        matches!(tokio::time::timeout(Duration::from_secs(3), self.docker.ping()).await, Ok(Ok(_)))
    }

    /// Waits until everything this program has to remove from the engine is removed, at most `limit`.
    /// Call it before the process ends: removals are tasks, and end with it.
    pub async fn settle(&self, limit: Duration) {
        self.cleanups.close();
        // What is not removed in time carries our label, and `clean` finds it.
        let _ = tokio::time::timeout(limit, self.cleanups.wait()).await;
        self.cleanups.reopen();
    }
}

/// A name nothing else has: `docker-ecr-tutor-<process>-<counter>-<nanoseconds>`.
fn unique_name() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("docker-ecr-tutor-{:x}-{counter:x}-{:x}", std::process::id(), since.as_nanos())
}

/// What [`Engine::details`] tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Details {
    /// Whether the engine runs without root.
    pub rootless: bool,
    /// Whether user ids in containers are others outside (`userns-remap`).
    pub remapped: bool,
    /// Where the engine keeps its images, on its own machine.
    pub storage: PathBuf,
}

/// What answers, once connected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EngineInfo {
    /// Where it answered: `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// What named that place: `DOCKER_HOST`, `context colima`, `default socket`, ….
    pub origin: String,
    /// Engine version: `28.5.1`.
    pub version: String,
    /// API version spoken: `1.51`.
    pub api_version: String,
    /// `linux/amd64`.
    pub platform: String,
    /// Whether BuildKit builds here.
    pub buildkit: bool,
    /// Whether it is Podman's service.
    pub podman: bool,
}

/// A place that was tried without success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Endpoint.
    pub endpoint: String,
    /// What named it.
    pub origin: String,
    /// Why it did not answer: "no such file", "permission denied (add yourself to group docker)".
    pub reason: String,
}

/// What to build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildRequest {
    /// Build context on disk.
    pub context: PathBuf,
    /// Dockerfile, relative to the context; empty for `Dockerfile`.
    pub dockerfile: String,
    /// Text to build in its place; the file on disk stays part of the context as it is.
    pub dockerfile_text: Option<String>,
    /// `repository:tag` names to give it.
    pub tags: Vec<String>,
    /// `--build-arg`.
    pub build_args: BTreeMap<String, String>,
    /// `--target`, empty for the last stage.
    pub target: String,
    /// `--platform`, empty for the engine's.
    pub platform: String,
    /// `--no-cache`.
    pub no_cache: bool,
    /// Labels beside [`LABEL`], which every build gets.
    pub labels: BTreeMap<String, String>,
    /// `--secret id=…,src=…`: files that `RUN --mount=type=secret` may read, by id. They are read when
    /// the builder asks for them. BuildKit alone knows secrets, and an engine behind TLS gets none.
    pub secrets: BTreeMap<String, PathBuf>,
    /// Give up after this time; `None` waits for ever.
    pub timeout: Option<Duration>,
    /// A word in the environment of every step, by which whoever is beside the engine knows whose it is; when
    /// not empty. Steps see it as `NO_PROXY`, which is part of no cache key.
    pub mark: String,
    /// Whether its steps have no network.
    pub no_network: bool,
}

/// Progress of a build.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildEvent {
    /// The context is being sent: so many bytes so far.
    ContextSent {
        /// Bytes so far.
        bytes: u64,
    },
    /// A step is known; it may run now, later or never (when another fails first).
    StepStarted {
        /// Key of the step in this build.
        step: usize,
        /// As the builder names it: `[2/5] RUN pip install …`.
        name: String,
    },
    /// A step runs now.
    StepRuns {
        /// Key of the step.
        step: usize,
    },
    /// Output of a step, raw from the container: untrusted.
    StepLog {
        /// Key of the step.
        step: usize,
        /// Bytes as they came.
        text: Vec<u8>,
    },
    /// Bytes a step has moved: layers of a base image, for example.
    StepProgress {
        /// Key of the step.
        step: usize,
        /// What is moved: a layer's digest, in the builder's words.
        what: String,
        /// Bytes so far.
        current: u64,
        /// Bytes in all, 0 when unknown.
        total: u64,
    },
    /// A step ended.
    StepDone {
        /// Key of the step.
        step: usize,
        /// Whether it came from the cache.
        cached: bool,
        /// Milliseconds it took.
        millis: u64,
        /// What went wrong, when it failed.
        error: Option<String>,
    },
    /// Anything else the builder says.
    Message(String),
    /// What this program has to say of the build and nobody should miss: that its folder is very large,
    /// that a registry does not answer. Safe to show.
    Note(String),
}

/// One step of a finished build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepSummary {
    /// As the builder named it.
    pub name: String,
    /// Stage name or index as the builder gave it, empty for a single stage.
    pub stage: String,
    /// Number within the stage, as BuildKit counts: `FROM` is 1 (unless the stage starts from another
    /// stage), then every RUN, COPY, ADD and WORKDIR; 0 for internal steps and for the classic
    /// builder's other instructions.
    pub index: u32,
    /// The instruction's text in the builder's words: `RUN pip install …`; empty for internal steps.
    pub instruction: String,
    /// Whether it came from the cache.
    pub cached: bool,
    /// Milliseconds it took.
    pub millis: u64,
    /// Bytes it added to the image, when that is known.
    pub size_bytes: Option<u64>,
}

/// A build that succeeded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BuildOutcome {
    /// The image.
    pub image: crate::image::ImageInfo,
    /// Steps in order of start.
    pub steps: Vec<StepSummary>,
    /// Milliseconds for all of it.
    pub millis: u64,
}
