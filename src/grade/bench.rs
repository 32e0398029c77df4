//! What the checks that need an engine share: the copy of the submission, its image (built once,
//! however many checks look at it), the image of the start, and the removal of both.

use super::guard::{self, Guard, Limits, Over, bomb};
use super::staging::{Staging, StagingError};
use super::submission::Submission;
use super::{Event, Events, Options, Verdict};
use crate::course::model::{CheckKind, Exercise};
use crate::engine::context::ContextError;
use crate::engine::record::{Memory, Recorder};
use crate::engine::{BuildError, BuildEvent, BuildOutcome, BuildRequest, Engine, EngineError};
use crate::store::files;
use crate::text::LineIndex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// Limit of a build when neither the exercise nor the command line sets one.
const BUILD_LIMIT: Duration = Duration::from_secs(600);
/// How long removal may take before it is left to `clean`.
const REMOVAL: Duration = Duration::from_secs(10);
/// Pause before an image that is still in use is tried again.
const RETRY: Duration = Duration::from_millis(50);

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Why a check cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Halt {
    /// The submission is at fault.
    Submission { found: String, look_at: String },
    /// The machine is: nothing has been proved about the submission.
    Machine(String),
    /// It was cancelled.
    Cancelled,
}

impl Halt {
    /// As the verdict of a check of its own, in which nothing else has been built.
    pub(super) fn verdict(self, expected: impl Into<String>) -> Verdict {
        match self {
            Self::Submission { found, look_at } => Verdict::fail(expected, found).at(look_at),
            Self::Machine(reason) => Verdict::not_run(expected, reason),
            Self::Cancelled => Verdict::not_run(expected, "cancelled"),
        }
    }
}

impl From<EngineError> for Halt {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Cancelled => Self::Cancelled,
            error if error.is_environment() => Self::Machine(with_cause(&error)),
            error => Self::Submission { found: with_cause(&error), look_at: String::new() },
        }
    }
}

fn with_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !told.contains(&more) {
            told = format!("{told}: {more}");
        }
        cause = error.source();
    }
    told
}

/// Sizes of the starts of exercises, measured once for all submissions graded together.
pub(super) type Starts = Arc<Mutex<HashMap<String, Size>>>;

/// How large an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// All of it.
    pub(super) whole: u64,
    /// What is above the base image, when that is known.
    pub(super) added: Option<u64>,
}

impl Size {
    pub(super) fn of(outcome: &BuildOutcome) -> Self {
        let whole = outcome.image.size_bytes;
        let from = outcome.steps.iter().find(|step| {
            step.size_bytes.is_some()
                && step.instruction.get(..5).is_some_and(|k| k.eq_ignore_ascii_case("FROM "))
        });
        Self { whole, added: from.and_then(|step| step.size_bytes).map(|base| whole.saturating_sub(base)) }
    }
}

/// One submission on the bench.
pub(super) struct Bench<'a> {
    pub(super) engine: &'a Engine,
    pub(super) exercise: &'a Exercise,
    pub(super) cancel: CancellationToken,
    submission: &'a Submission<'a>,
    dir: PathBuf,
    events: Events,
    limit: Option<Duration>,
    limits: Limits,
    /// What a build was ended for.
    over: OnceLock<Over>,
    records: bool,
    starts: Starts,
    staging: Option<Staging>,
    built: Option<Result<Arc<BuildOutcome>, Halt>>,
    /// Bytes of the context that the builder fetched for `built`.
    fetched: Arc<AtomicU64>,
    images: Vec<String>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        exercise: &'a Exercise,
        dir: &Path,
        submission: &'a Submission<'a>,
        options: &Options,
        events: Events,
        cancel: CancellationToken,
    ) -> Self {
        Self {
            engine,
            exercise,
            cancel,
            submission,
            dir: dir.to_owned(),
            events,
            limit: options.build_limit,
            limits: options.limits,
            over: OnceLock::new(),
            records: options.records,
            starts: options.starts.clone(),
            staging: None,
            built: None,
            fetched: Arc::default(),
            images: Vec::new(),
        }
    }

    pub(super) fn say(&self, text: impl Into<String>) {
        (self.events)(Event::Message(text.into()));
    }

    /// The submission's image; built at the first call.
    pub(super) async fn image(&mut self) -> Result<Arc<BuildOutcome>, Halt> {
        if self.built.is_none() {
            let built = self.first_build().await.map(Arc::new);
            self.built = Some(built);
        }
        self.built.clone().unwrap_or(Err(Halt::Cancelled))
    }

    /// The submission's image for a check that is not about the build itself: where another check
    /// is, that one fails, and this is not run.
    pub(super) async fn image_for(&mut self, expected: &str) -> Result<Arc<BuildOutcome>, Verdict> {
        self.image().await.map_err(|halt| self.without_image(halt, expected))
    }

    /// The verdict of a check that is not about the build, when there is no image.
    pub(super) fn without_image(&self, halt: Halt, expected: &str) -> Verdict {
        let whole = |kind: &CheckKind| matches!(kind, CheckKind::Build(wanted) if wanted.target.is_none());
        let judged = self.exercise.checks.iter().find(|check| whole(&check.kind));
        match (halt, judged) {
            (Halt::Submission { .. }, Some(check)) => Verdict::stands_on(expected, &check.id),
            (halt, _) => halt.verdict(expected),
        }
    }

    /// One stage of the submission.
    pub(super) async fn stage(&mut self, target: &str, within: Duration) -> Result<Arc<BuildOutcome>, Halt> {
        let context = self.staged().await?;
        let limit = self.limit.unwrap_or(within);
        let request = BuildRequest { context, target: target.to_owned(), ..self.request(limit) };
        self.build(request, |_| {}, self.cancel.clone()).await.map(Arc::new)
    }

    /// Builds all of it anew, without the exercise's secrets.
    pub(super) async fn without_secrets(&mut self) -> Result<(), Halt> {
        let context = self.staged().await?;
        // What a step read as a secret is no part of its cache key.
        let request = BuildRequest { context, no_cache: true, ..self.request(self.build_limit()) };
        self.build_as_asked(request, |_| {}, self.cancel.clone()).await.map(drop)
    }

    /// Bytes of the context that the builder fetched for the submission's image.
    pub(super) fn context_bytes(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    async fn first_build(&mut self) -> Result<BuildOutcome, Halt> {
        let context = self.staged().await?;
        let request = BuildRequest { context, ..self.request(self.build_limit()) };
        // The classic builder's cache is the images themselves, and these are removed again.
        let records = self.records && self.engine.info().buildkit;
        let recorder = records.then(|| Recorder::start(&request, self.engine, Memory::default()));
        let ear = recorder.as_ref().map(Recorder::ear);
        let fetched = self.fetched.clone();
        let hear = move |event: &BuildEvent| {
            if let Some(ear) = &ear {
                ear.hear(event);
            }
            if let BuildEvent::ContextSent { bytes } = event {
                fetched.fetch_max(*bytes, Ordering::Relaxed);
            }
        };
        let built = self.engine_builds(self.with_secrets(request), hear, self.cancel.clone()).await;
        if let Some(recorder) = recorder
            && let Some(record) = recorder.finish(&built).await
        {
            (self.events)(Event::Recorded(Box::new(record)));
        }
        built.map_err(|error| self.explain(&error))
    }

    /// The copy that is built from; made at the first call.
    pub(super) async fn staged(&mut self) -> Result<PathBuf, Halt> {
        if self.staging.is_some() {
            return self.context();
        }
        let (dir, exercise) = (self.dir.clone(), self.exercise.clone());
        let copied = tokio::task::spawn_blocking(move || Staging::copy(&dir, &exercise)).await;
        let staging = match copied {
            Ok(Ok(staging)) => staging,
            Ok(Err(StagingError::Refused(found))) => {
                return Err(Halt::Submission { found, look_at: String::new() });
            }
            Ok(Err(error)) => return Err(Halt::Machine(error.to_string())),
            Err(error) => return Err(Halt::Machine(error.to_string())),
        };
        let context = staging.context();
        let (folder, most) = (context.clone(), self.limits.disk);
        match tokio::task::spawn_blocking(move || bomb(&folder, most)).await {
            Ok(None) => {}
            Ok(Some(found)) => return Err(Halt::Submission { found, look_at: String::new() }),
            Err(error) => return Err(Halt::Machine(error.to_string())),
        }
        self.staging = Some(staging);
        Ok(context)
    }

    /// Builds the copy again, as it is now; `hear` hears what happens, and `stop` ends it early.
    pub(super) async fn rebuild(
        &mut self,
        hear: impl Fn(&BuildEvent) + Send + Sync + 'static,
        stop: CancellationToken,
    ) -> Result<BuildOutcome, Halt> {
        let request = BuildRequest { context: self.context()?, ..self.request(self.build_limit()) };
        self.build(request, hear, stop).await
    }

    /// Builds the copy as it is now, with the cache mounts of this namespace, which are empty when nobody
    /// has used it; `cold` leaves the layers of earlier builds aside as well.
    pub(super) async fn build_in(&mut self, namespace: &str, cold: bool) -> Result<BuildOutcome, Halt> {
        let mut request = BuildRequest { context: self.context()?, ..self.request(self.build_limit()) };
        request.build_args.insert("BUILDKIT_CACHE_MOUNT_NS".into(), namespace.to_owned());
        request.no_cache = cold;
        self.build(request, |_| {}, self.cancel.clone()).await
    }

    /// The copy that is built from.
    pub(super) fn context(&self) -> Result<PathBuf, Halt> {
        let missing = || Halt::Machine("the submission has not been copied".to_owned());
        self.staging.as_ref().map(Staging::context).ok_or_else(missing)
    }

    /// Limit for a build of all of it.
    fn build_limit(&self) -> Duration {
        let by_exercise = self.exercise.checks.iter().find_map(|check| match &check.kind {
            CheckKind::Build(wanted) if wanted.target.is_none() => Some(wanted.within),
            _ => None,
        });
        self.limit.or(by_exercise).unwrap_or(BUILD_LIMIT)
    }

    /// A build of nothing yet, under a name of its own.
    fn request(&mut self, limit: Duration) -> BuildRequest {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let tag = format!("docker-ecr-tutor/graded:{}-{number}", std::process::id());
        // Noted before it exists, so that whatever happens it is removed.
        self.images.push(tag.clone());
        BuildRequest { tags: vec![tag], timeout: Some(limit), ..BuildRequest::default() }
    }

    async fn build(
        &mut self,
        request: BuildRequest,
        hear: impl Fn(&BuildEvent) + Send + Sync + 'static,
        stop: CancellationToken,
    ) -> Result<BuildOutcome, Halt> {
        self.build_as_asked(self.with_secrets(request), hear, stop).await
    }

    fn with_secrets(&self, request: BuildRequest) -> BuildRequest {
        BuildRequest { secrets: secrets(self.exercise, &request.context), ..request }
    }

    async fn build_as_asked(
        &mut self,
        request: BuildRequest,
        hear: impl Fn(&BuildEvent) + Send + Sync + 'static,
        stop: CancellationToken,
    ) -> Result<BuildOutcome, Halt> {
        self.engine_builds(request, hear, stop).await.map_err(|error| self.explain(&error))
    }

    async fn engine_builds(
        &self,
        request: BuildRequest,
        hear: impl Fn(&BuildEvent) + Send + Sync + 'static,
        stop: CancellationToken,
    ) -> Result<BuildOutcome, BuildError> {
        let events = self.events.clone();
        let hear = move |event| {
            hear(&event);
            events(Event::Build(event));
        };
        // An engine on another machine, or in a virtual one, keeps its images in no folder of this one; other
        // builders than BuildKit would take the mark into their cache's keys.
        let storage = match guard::possible() && self.engine.is_local() && self.engine.info().buildkit {
            true => self.engine.details().await.ok().map(|details| details.storage.clone()),
            false => None,
        };
        let mut guard = Guard::new(self.limits, storage.as_deref());
        let stop = stop.child_token();
        let request =
            BuildRequest { mark: guard.mark.clone(), no_network: self.limits.no_network, ..request };
        let building = self.engine.build(request, hear, stop.clone());
        tokio::pin!(building);
        tokio::select! {
            biased;
            built = &mut building => built,
            over = guard.over() => {
                stop.cancel();
                let ended = building.await;
                if ended.is_err() {
                    let _ = self.over.set(over);
                }
                ended
            }
        }
    }

    /// How large the image of the start files is on this machine.
    pub(super) async fn start(&mut self, with_base: bool) -> Result<Size, Halt> {
        let key = start_key(self.exercise);
        let starts = self.starts.clone();
        // Held while building: submissions graded beside this one wait for the same figure.
        let mut starts = starts.lock().await;
        if let Some(size) = starts.get(&key)
            && (size.added.is_some() || !with_base)
        {
            return Ok(*size);
        }
        let tag = start_image(self.exercise);
        if !with_base && self.engine.has_image(&tag).await? {
            let size = Size { whole: self.engine.image(&tag).await?.size_bytes, added: None };
            starts.insert(key, size);
            return Ok(size);
        }
        self.say("building the start, to compare with");
        let exercise = self.exercise.clone();
        let staging = tokio::task::spawn_blocking(move || Staging::start(&exercise))
            .await
            .map_err(|error| Halt::Machine(error.to_string()))?
            .map_err(|error| Halt::Machine(error.to_string()))?;
        let timeout = Some(self.limit.unwrap_or(BUILD_LIMIT).max(BUILD_LIMIT));
        let context = staging.context();
        let secrets = secrets(self.exercise, &context);
        let request = BuildRequest { context, tags: vec![tag], timeout, secrets, ..BuildRequest::default() };
        let events = self.events.clone();
        let hear = move |event| events(Event::Build(event));
        let outcome =
            self.engine.build(request, hear, self.cancel.clone()).await.map_err(|error| match error {
                BuildError::Cancelled => Halt::Cancelled,
                error => Halt::Machine(format!(
                    "the start files, with which this compares, could not be built here: {}",
                    with_cause(&error)
                )),
            })?;
        let size = Size::of(&outcome);
        starts.insert(key, size);
        Ok(size)
    }

    /// Removes what the grading made. The start's image stays for the next time.
    pub(super) async fn close(self) {
        let remove = async {
            for image in &self.images {
                loop {
                    match self.engine.remove_image(image).await {
                        Ok(()) | Err(EngineError::NotFound(_)) => break,
                        // A container of it is being removed at this moment: after a cancellation
                        // that goes on beside this.
                        Err(EngineError::Refused { status: 409, .. }) => tokio::time::sleep(RETRY).await,
                        Err(error) => {
                            tracing::warn!(image, %error, "an image could not be removed");
                            break;
                        }
                    }
                }
            }
        };
        // What is left then carries our label, and `clean` finds it.
        let _ = tokio::time::timeout(REMOVAL, remove).await;
    }

    fn explain(&self, error: &BuildError) -> Halt {
        if matches!(error, BuildError::Cancelled) {
            return match self.over.get() {
                Some(Over::Limit(found)) => Halt::Submission {
                    found: format!("the build was ended: {found}"),
                    look_at: "Dockerfile".into(),
                },
                Some(Over::Disk(reason)) => Halt::Machine(reason.clone()),
                None => Halt::Cancelled,
            };
        }
        if error.is_environment() {
            return Halt::Machine(with_cause(error));
        }
        let mut found = with_cause(error);
        let mut look_at = String::from("Dockerfile");
        match error {
            BuildError::Syntax { line: Some(line), .. } => look_at = format!("Dockerfile:{line}"),
            BuildError::StepFailed { instruction, log, .. } => {
                look_at = self.place(instruction);
                let tail = log.len().saturating_sub(8);
                found.push_str("\nlast lines of its output:\n");
                found.push_str(&log[tail..].join("\n"));
            }
            BuildError::ContextMissing { instruction, .. } | BuildError::Refused { instruction, .. } => {
                look_at = self.place(instruction);
            }
            BuildError::BaseImageMissing { image, .. } => look_at = self.base_place(image),
            BuildError::Timeout { step, .. } => look_at = self.place(step),
            BuildError::Context(ContextError::BadPattern { file, line, .. }) => {
                look_at = format!("{file}:{line}");
            }
            _ => {}
        }
        if let Some(known) = error.explanation() {
            found.push_str(&format!("\n{}", known.what));
        }
        for hint in error.hints().into_iter().take(1) {
            found.push_str(&format!("\n{hint}"));
        }
        Halt::Submission { found, look_at }
    }

    /// The line of the Dockerfile with the instruction that a builder names so.
    pub(super) fn place(&self, instruction: &str) -> String {
        let wanted = instruction_of(instruction);
        self.line_of(|text| !wanted.is_empty() && squeeze(text) == squeeze(wanted))
    }

    fn base_place(&self, image: &str) -> String {
        let name =
            |image: &str| image.trim_start_matches("docker.io/").trim_start_matches("library/").to_owned();
        let wanted = name(image);
        self.line_of(|text| text.split_whitespace().any(|word| name(word).starts_with(&wanted)))
    }

    fn line_of(&self, fits: impl Fn(&str) -> bool) -> String {
        let Ok(file) = &self.submission.dockerfile else { return "Dockerfile".to_owned() };
        let source = &file.tree.source;
        let found = file.tree.instructions.iter().find(|found| fits(found.span.of(source)));
        let line = |at: usize| LineIndex::new(source).line(at);
        found.map_or("Dockerfile".to_owned(), |found| format!("Dockerfile:{}", line(found.span.start)))
    }
}

/// The exercise's secrets, as files of `context`.
fn secrets(exercise: &Exercise, context: &Path) -> BTreeMap<String, PathBuf> {
    let secrets = exercise.secrets.iter();
    secrets.filter_map(|(id, from)| Some((id.clone(), files::join(context, &from.file)?))).collect()
}

/// The instruction behind a step's name: builders number their steps, `[2/5] RUN make`.
pub(super) fn instruction_of(step: &str) -> &str {
    step.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map_or(step, |(_, text)| text)
}

/// An instruction's text without what builders change: continuations, runs of blanks, letter case of
/// the keyword.
fn squeeze(text: &str) -> String {
    text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase()
}

/// The name that the image of the exercise's start files has in the engine, once it was built.
pub fn start_image(exercise: &Exercise) -> String {
    format!("docker-ecr-tutor/start:{}", start_key(exercise))
}

/// Names the start by its content, so that a newer course measures anew.
fn start_key(exercise: &Exercise) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in exercise.start_files() {
        hash.update(path.len().to_le_bytes());
        hash.update(path);
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
    for (path, size) in exercise.zero_files() {
        hash.update(path.len().to_le_bytes());
        hash.update(path);
        hash.update(size.to_le_bytes());
    }
    let hex: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let id: String =
        exercise.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    format!("{}-{hex}", id.to_ascii_lowercase().trim_start_matches('-'))
}
