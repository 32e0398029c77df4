//! Background work: a job has an id and a cancellation token, and exactly one finishing event,
//! panics included. Nobody who starts a job ever waits for it.

mod build;
mod check;
mod connect;
mod doctor;
pub mod ecr;
mod ecr_transfer;
pub mod image;
pub mod preflight;
mod run;
pub mod scan;
mod script;
pub mod shellcheck;
mod survey;

use crate::course::model::Exercise;
use crate::engine::images::Transfer;
use crate::engine::record::{Memory, Record, Survey};
use crate::engine::{
    BuildEvent, BuildOutcome, BuildRequest, ConnectError, Diagnosis, Engine, EngineInfo, Environment, Tried,
};
use crate::grade::{CheckResult, Report};
use crate::image::explore::Explored;
use crate::image::manifest::Choice;
use crate::text::sanitise;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a cancelled job may take to clear up before it is cut off.
const GRACE: Duration = Duration::from_secs(15);

/// Builds and gradings that run at once; further ones wait. More only take the engine from each other.
pub const BUILDS_AT_ONCE: usize = 2;

/// Names a job for as long as the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What can be done in the background.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Find an engine.
    Connect,
    /// Look at everything `setup` reports on.
    Doctor,
    /// Look whether this machine is ready for a workshop, and fetch what is missing.
    Preflight(Box<preflight::Request>),
    /// Build an image.
    Build(BuildRequest),
    /// Look at all that a build hangs on, without building.
    Survey(BuildRequest),
    /// Grade a folder.
    Check {
        /// The exercise.
        exercise: Box<Exercise>,
        /// The folder with its files.
        dir: PathBuf,
        /// Leave out what needs an engine.
        static_only: bool,
    },
    /// Run an image under limits until it ends or is cancelled.
    Run {
        /// Image id or name.
        image: String,
        /// Container port to publish on loopback and probe, with the path to ask.
        http: Option<(u16, String)>,
    },
    /// Scan an image for vulnerabilities.
    Scan(Box<scan::Request>),
    /// Read an image and understand it.
    Explore {
        /// Name or id, or the path of an archive.
        image: String,
    },
    /// Take a file out of an image that was read.
    Extract {
        /// The image.
        from: Arc<Explored>,
        /// What it was read from.
        image: String,
        /// Path in the image.
        path: String,
        /// As it is after this layer, from 0.
        layer: usize,
        /// The file to write, which must not be there.
        out: PathBuf,
    },
    /// Run the commands of a lesson with `sh`; the learner was asked first.
    Script {
        /// The commands.
        text: String,
        /// Files that lie beside them: path and content.
        files: Vec<(String, Vec<u8>)>,
    },
    /// Do something with a registry.
    Ecr(ecr::Registry, Box<ecr::Task>),
}

/// Something a job says while it works.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Of a build.
    Build(BuildEvent),
    /// What a build was made of and what became of its steps; comes before its end.
    Recorded(Box<Record>),
    /// A check is being tried; its index in the exercise.
    CheckStarted(usize),
    /// A check ended; its index in the exercise.
    CheckDone(usize, CheckResult),
    /// Output, raw: untrusted.
    Log(Vec<u8>),
    /// Whether it waits for other builds to end.
    Waits(bool),
    /// A container runs; its id.
    Runs(String),
    /// Bytes of an image that were read so far.
    Read(u64),
    /// Of a push or a pull.
    Transfer(Transfer),
    /// A plain remark: "answered 200 on http://127.0.0.1:49153/health after 0.4 s".
    Message(String),
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// An engine answers.
    Connected(EngineInfo),
    /// None does; what was tried.
    NoEngine(Vec<Tried>),
    /// What `setup` found.
    Doctored(Vec<DoctorLine>),
    /// A build succeeded.
    Built(Box<BuildOutcome>),
    /// What a build hangs on now.
    Surveyed(Arc<Survey>),
    /// A build failed, and why.
    NotBuilt(Box<Diagnosis>),
    /// Grading ended.
    Checked(Box<Report>),
    /// A container ended with this exit code.
    Ran(i64),
    /// An image was read.
    Explored(Arc<Explored>),
    /// A file was taken out of an image.
    Extracted {
        /// The file that was written.
        path: PathBuf,
        /// Its bytes.
        bytes: u64,
    },
    /// A registry did what it was asked.
    Ecr(Box<ecr::Answer>),
    /// A scan ended.
    Scanned(Box<crate::scan::Findings>),
    /// It was cancelled, here and in the engine.
    Cancelled,
    /// It failed: what happened and what to do next.
    Failed {
        /// What happened.
        message: String,
        /// What to do next.
        hints: Vec<String>,
    },
}

/// One line of the set-up report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorLine {
    /// What was looked for: "Docker engine".
    pub what: String,
    /// Whether it is there; `None` when the course does without it.
    pub ok: Option<bool>,
    /// What was found: "28.5.1 at unix:///var/run/docker.sock".
    pub found: String,
    /// How to get it; empty when it is there.
    pub remedy: String,
}

/// What jobs tell whoever started them.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEvent {
    /// While it works.
    Progress(JobId, Progress),
    /// Once, at the end.
    Finished(JobId, Outcome),
}

impl Outcome {
    /// A failure, with what came from outside made safe to show.
    fn failed(message: impl AsRef<str>, hints: Vec<String>) -> Self {
        let hints = hints.iter().map(|hint| sanitise::lines(hint).into_owned()).collect();
        Self::Failed { message: sanitise::lines(message.as_ref()).into_owned(), hints }
    }
}

/// The jobs of a running program. Clones share them.
#[derive(Clone)]
pub struct Jobs {
    shared: Arc<Shared>,
}

struct Shared {
    handle: Handle,
    sink: Box<dyn Fn(JobEvent) + Send + Sync>,
    environment: Environment,
    /// The data folder, once it is known: images that were read are kept there.
    data: OnceLock<PathBuf>,
    engine: tokio::sync::Mutex<Option<Engine>>,
    /// Files of build contexts that were read already.
    memory: Memory,
    registries: ecr::Registries,
    running: Mutex<HashMap<JobId, CancellationToken>>,
    builds: Arc<Semaphore>,
    tracker: TaskTracker,
    next: AtomicU64,
}

impl Jobs {
    /// Jobs that run on `handle` and tell `sink` what happens, from any thread. The engine is looked
    /// for as the process environment says.
    pub fn new(handle: Handle, sink: impl Fn(JobEvent) + Send + Sync + 'static) -> Self {
        Self::with_environment(handle, Environment::read(), sink)
    }

    /// Like [`Jobs::new`], with the engine looked for as `environment` says.
    pub fn with_environment(
        handle: Handle,
        environment: Environment,
        sink: impl Fn(JobEvent) + Send + Sync + 'static,
    ) -> Self {
        let shared = Shared {
            handle,
            sink: Box::new(sink),
            environment,
            data: OnceLock::new(),
            engine: tokio::sync::Mutex::new(None),
            memory: Arc::default(),
            registries: ecr::Registries::default(),
            running: Mutex::default(),
            builds: Arc::new(Semaphore::new(BUILDS_AT_ONCE)),
            tracker: TaskTracker::new(),
            next: AtomicU64::new(1),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Keeps what can be read again faster in this data folder.
    pub fn keep_in(&self, data: PathBuf) {
        let _ = self.shared.data.set(data);
    }

    fn cache(&self) -> image::Cache {
        self.shared.data.get().map_or_else(image::Cache::none, |data| image::Cache::of(data))
    }

    /// Starts a job and returns at once.
    pub fn start(&self, job: Job) -> JobId {
        let jobs = self.clone();
        self.spawn(move |context| jobs.perform(job, context))
    }

    /// Asks a job to end. Its finishing event comes when it has cleared up, in the engine too.
    pub fn cancel(&self, id: JobId) {
        if let Some(token) = self.running().get(&id) {
            token.cancel();
        }
    }

    /// Asks all jobs to end.
    pub fn cancel_all(&self) {
        self.running().values().for_each(CancellationToken::cancel);
    }

    /// Ends all jobs and waits, at most `limit`, until they and what they left to remove in the
    /// engine are gone. Call it before the process ends.
    pub async fn shutdown(&self, limit: Duration) {
        self.cancel_all();
        let gone = async {
            self.shared.tracker.close();
            self.shared.tracker.wait().await;
            self.shared.registries.stop().await;
            let engine = self.shared.engine.lock().await.clone();
            if let Some(engine) = engine {
                engine.settle(limit).await;
            }
        };
        // What is not gone by then carries our label, and `clean` finds it.
        let _ = tokio::time::timeout(limit, gone).await;
    }

    /// The engine, connected when it is not yet.
    ///
    /// # Errors
    /// When none answers.
    pub async fn engine(&self) -> Result<Engine, ConnectError> {
        let mut known = self.shared.engine.lock().await;
        if let Some(engine) = known.as_ref() {
            return Ok(engine.clone());
        }
        let engine = Engine::connect(&self.shared.environment).await?;
        *known = Some(engine.clone());
        Ok(engine)
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, CancellationToken>> {
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` under supervision: whatever becomes of it, one finishing event follows.
    fn spawn<F>(&self, work: impl FnOnce(Context) -> F + Send + 'static) -> JobId
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let id = JobId(self.shared.next.fetch_add(1, Ordering::Relaxed));
        let cancel = CancellationToken::new();
        self.running().insert(id, cancel.clone());
        let reporter = Reporter { id, jobs: self.clone(), finished: Arc::default() };
        let context = Context { jobs: self.clone(), reporter: reporter.clone(), cancel: cancel.clone() };
        // The call itself is inside, so that a panic before the first await is caught too.
        let mut task = self.shared.handle.spawn(async move { work(context).await });
        let jobs = self.clone();
        let supervise = async move {
            let cut_off = async {
                cancel.cancelled().await;
                tokio::time::sleep(GRACE).await;
            };
            let outcome = tokio::select! {
                biased;
                ended = &mut task => ended.unwrap_or_else(|error| {
                    Outcome::failed(
                        format!("a background job failed unexpectedly: {error}"),
                        vec!["this is a defect of docker-ecr-tutor; please report it".into()],
                    )
                }),
                () = cut_off => {
                    task.abort();
                    Outcome::Cancelled
                }
            };
            jobs.running().remove(&id);
            reporter.finish(outcome);
        };
        self.shared.tracker.spawn_on(supervise, &self.shared.handle);
        id
    }

    async fn perform(self, job: Job, context: Context) -> Outcome {
        match job {
            Job::Connect => connect::perform(context).await,
            Job::Doctor => doctor::perform(context).await,
            Job::Preflight(request) => preflight::perform(*request, context).await,
            Job::Build(request) => build::perform(request, context).await,
            Job::Survey(request) => survey::perform(request, context).await,
            Job::Check { exercise, dir, static_only } => {
                check::perform(*exercise, dir, static_only, context).await
            }
            Job::Run { image, http } => run::perform(image, http, context).await,
            Job::Scan(request) => scan::perform(*request, context).await,
            Job::Explore { image } => image::explore(image, Choice::default(), context).await,
            Job::Extract { from, image, path, layer, out } => {
                image::extract(from, image, path, layer, out, context).await
            }
            Job::Script { text, files } => script::perform(text, files, context).await,
            Job::Ecr(registry, task) => ecr::perform(registry, *task, context).await,
        }
    }
}

/// What a job works with.
struct Context {
    jobs: Jobs,
    reporter: Reporter,
    cancel: CancellationToken,
}

impl Context {
    /// The engine, connected when it is not yet.
    async fn engine(&self) -> Result<Engine, ConnectError> {
        self.jobs.engine().await
    }

    /// A turn to build, held until it is dropped; waits while [`BUILDS_AT_ONCE`] others have one. `None`
    /// when the job is cancelled meanwhile.
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let builds = &self.jobs.shared.builds;
        if let Ok(turn) = builds.clone().try_acquire_owned() {
            return Some(turn);
        }
        self.reporter.say(Progress::Waits(true));
        let turn = self.cancel.run_until_cancelled(builds.clone().acquire_owned()).await?.ok();
        self.reporter.say(Progress::Waits(false));
        turn
    }

    /// Forgets the engine, so that the next job looks for one again.
    async fn forget_engine(&self) {
        *self.jobs.shared.engine.lock().await = None;
    }
}

impl From<ConnectError> for Outcome {
    fn from(error: ConnectError) -> Self {
        Self::NoEngine(error.tried)
    }
}

/// Tells what a job says, and nothing after its finishing event.
#[derive(Clone)]
struct Reporter {
    id: JobId,
    jobs: Jobs,
    finished: Arc<Mutex<bool>>,
}

impl Reporter {
    fn say(&self, progress: Progress) {
        let finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        if !*finished {
            (self.jobs.shared.sink)(JobEvent::Progress(self.id, progress));
        }
    }

    fn message(&self, text: impl AsRef<str>) {
        self.say(Progress::Message(sanitise::lines(text.as_ref()).into_owned()));
    }

    fn finish(&self, outcome: Outcome) {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *finished, true) {
            (self.jobs.shared.sink)(JobEvent::Finished(self.id, outcome));
        }
    }
}

/// An error with the causes behind it, in a line.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests;
