//! Building: the context goes out as a stream, the builder's progress comes back as [`BuildEvent`]s.
//!
//! Whatever ends a build early (an error, a cancellation, a timeout, the caller dropping the future)
//! closes the connection, on which the engine ends the work; images it left half-made are removed.

mod classic;
mod error;
mod kit;
mod steps;

pub use error::BuildError;

use super::context::{Context, ContextError};
use super::session::Session;
use super::silence::Silence;
use super::{BuildEvent, BuildOutcome, BuildRequest, Engine, EngineError, LABEL, upgrade};
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters as query;
use bollard::{BollardRequest, Docker};
use futures_util::{Stream, StreamExt, stream};
use hyper::body::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use steps::Steps;
use tokio_util::sync::CancellationToken;

/// Stage, number and instruction of a step by its name: `[builder 2/5] RUN make`. Steps of the builder's
/// own have none.
pub fn place_of(name: &str) -> Option<(String, u32, String)> {
    kit::parse_name(name)
}

/// How often the bytes of the context sent so far are reported.
const REPORT_EVERY: u64 = 256 * 1024;

pub(super) type Events = Arc<dyn Fn(BuildEvent) + Send + Sync>;
/// Where the thread that reads the context leaves its error: the connection carries only that there
/// was one.
pub(super) type ContextFault = Arc<Mutex<Option<ContextError>>>;

impl Engine {
    /// Builds an image. `events` hears of every step while it happens. Cancelling ends the work in
    /// the engine too, as does dropping the future.
    pub async fn build(
        &self,
        request: BuildRequest,
        events: impl Fn(BuildEvent) + Send + Sync + 'static,
        cancel: CancellationToken,
    ) -> Result<BuildOutcome, BuildError> {
        let started = Instant::now();
        let events: Events = Arc::new(events);
        let mut attempt = Attempt {
            engine: self,
            steps: Steps::new(events.clone(), self.info.buildkit),
            image: None,
            fault: ContextFault::default(),
            replaced: Vec::new(),
        };
        let limit = request.timeout.unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(BuildError::Cancelled),
            () = tokio::time::sleep(limit) => Err(BuildError::Timeout {
                limit,
                step: attempt.steps.running().unwrap_or_default(),
            }),
            ended = attempt.run(&request, events) => ended,
        };
        let result = match ended {
            Ok(id) => self.finish(&request, &id, &attempt.steps, started).await,
            // An engine that is asked to stop ends the step first, and says that the step has failed.
            Err(error) if error.may_be_the_engines() && !self.answers().await => {
                tracing::debug!(%error, "the engine no longer answers");
                Err(EngineError::Lost("it no longer answers".into()).into())
            }
            Err(error) => Err(error),
        };
        match &result {
            Ok(outcome) => self.drop_replaced(attempt.replaced, &outcome.image.id),
            Err(_) => self.drop_half_made(attempt.image, attempt.steps.intermediate_images()),
        }
        result
    }

    async fn finish(
        &self,
        request: &BuildRequest,
        id: &str,
        steps: &Steps,
        started: Instant,
    ) -> Result<BuildOutcome, BuildError> {
        for tag in request.tags.iter().skip(1) {
            self.tag(id, tag).await?;
        }
        let image = self.image(id).await?;
        let steps = steps.finish(&image.history);
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(BuildOutcome { image, steps, millis })
    }

    async fn ids_of(&self, tags: &[String]) -> Vec<String> {
        let mut ids = Vec::new();
        for tag in tags {
            if let Ok(image) = self.docker.inspect_image(tag).await {
                ids.extend(image.id);
            }
        }
        ids
    }

    /// Removes what lost its name to the new image, so that builds do not pile up. The classic
    /// builder's cache *is* its images: there they stay, for `clean`.
    fn drop_replaced(&self, replaced: Vec<String>, new: &str) {
        if !self.info.buildkit {
            return;
        }
        let old: Vec<String> = replaced.into_iter().filter(|id| id != new).collect();
        if old.is_empty() {
            return;
        }
        let engine = self.clone();
        self.cleanups.spawn(async move {
            for id in old {
                engine.remove_if_ours_and_unnamed(&id).await;
            }
        });
    }

    /// Removes what a build that failed has made. Only what it named itself: others may build at the same
    /// time, and what they made looks the same.
    fn drop_half_made(&self, image: Option<String>, intermediate: Vec<String>) {
        if image.is_none() && intermediate.is_empty() {
            return;
        }
        let engine = self.clone();
        self.cleanups.spawn(async move {
            if let Some(id) = image {
                engine.remove_if_ours_and_unnamed(&id).await;
            }
            // Newest first: an image with children cannot be removed.
            for id in intermediate.into_iter().rev() {
                let options = query::RemoveImageOptionsBuilder::new().noprune(true).build();
                // Some other build may stand on it by now; then the engine refuses, rightly.
                let _ = engine.docker.remove_image(&id, Some(options), None).await;
            }
        });
    }

    /// Removes an image that was built for a moment: one of ours without a name.
    pub async fn drop_unnamed(&self, id: &str) {
        self.remove_if_ours_and_unnamed(id).await;
    }

    async fn remove_if_ours_and_unnamed(&self, id: &str) {
        let Ok(image) = self.image(id).await else { return };
        if image.tags.is_empty() && image.config.labels.contains_key(LABEL) {
            // In use by a container: then whoever removes that container also runs `clean`.
            let _ = self.docker.remove_image(id, None::<query::RemoveImageOptions>, None).await;
        }
    }
}

/// A build as the engine is asked for it.
struct Asked {
    docker: Docker,
    options: query::BuildImageOptions,
    /// What goes along with the question; nothing when the files are asked for in a session.
    context: Option<Context>,
    /// Open for as long as the build lasts.
    _session: Option<Session>,
}

/// The same request for BuildKit.
fn as_buildkit(mut request: BollardRequest) -> BollardRequest {
    let asked = request.uri().to_string().replacen("version=1", "version=2", 1);
    if let Ok(uri) = asked.parse() {
        *request.uri_mut() = uri;
    }
    request
}

/// One try at a build.
struct Attempt<'a> {
    engine: &'a Engine,
    steps: Steps,
    image: Option<String>,
    fault: ContextFault,
    /// Images that had the names it gives.
    replaced: Vec<String>,
}

impl Attempt<'_> {
    /// Sends the context and follows the builder to the image's id.
    async fn run(&mut self, request: &BuildRequest, events: Events) -> Result<String, BuildError> {
        let (folder, name) = (request.context.clone(), request.dockerfile.clone());
        let text = request.dockerfile_text.clone();
        let context = tokio::task::spawn_blocking(move || Context::open(&folder, &name)?.with_text(text))
            .await
            .map_err(|error| EngineError::Lost(Box::new(error)))??;
        self.replaced = self.engine.ids_of(&request.tags).await;
        let asked = self.ask(context, request, events.clone()).await?;
        let Asked { docker, options, context, _session } = asked;
        let body = match context {
            Some(context) => bollard::body_try_stream(body(context, self.fault.clone(), events)),
            None => bollard::body_full(Bytes::new()),
        };
        let mut answers = docker.build_image(options, None, Some(body));
        let mut silence = Silence::new();
        loop {
            let answer = tokio::select! {
                biased;
                answer = answers.next() => answer,
                waited = silence.grows() => {
                    self.steps.tell_waiting(waited);
                    continue;
                }
            };
            silence.broken();
            match answer {
                Some(Ok(info)) => self.hear(info),
                Some(Err(error)) => return Err(self.explain(error.into())),
                None => break,
            }
        }
        match self.image.clone() {
            Some(id) => Ok(id),
            None => Err(self.explain(EngineError::Lost("the build ended without a result".into()))),
        }
    }

    /// What to ask the engine for, and how it gets at the files.
    async fn ask(
        &self,
        context: Context,
        request: &BuildRequest,
        events: Events,
    ) -> Result<Asked, EngineError> {
        let mut options = options(context.dockerfile(), request);
        if self.engine.info.buildkit && upgrade::possible(self.engine) {
            let session =
                Session::open(self.engine, &context, &request.secrets, self.fault.clone(), events).await?;
            // In a session the Dockerfile's folder is a source of its own.
            options.dockerfile = context.dockerfile().rsplit('/').next().unwrap_or_default().into();
            options.session = Some(session.id.clone());
            options.remote = Some("client-session".into());
            // Asked for as BuildKit's, bollard would open a session of its own, which has no files.
            let docker = self.engine.docker.clone().with_request_modifier(as_buildkit);
            return Ok(Asked { docker, options, context: None, _session: Some(session) });
        }
        // The whole context in one go: the classic builder knows nothing else, and a connection over
        // TLS is not ours to turn around.
        if self.engine.info.buildkit {
            options.version = query::BuilderVersion::BuilderBuildKit;
            options.session = Some(super::unique_name());
        }
        let context = if self.engine.info.buildkit { context } else { context.for_classic_builder() };
        let docker = self.engine.docker.clone();
        Ok(Asked { docker, options, context: Some(context), _session: None })
    }

    fn hear(&mut self, info: BuildInfo) {
        match info.aux {
            Some(BuildInfoAux::BuildKit(status)) => kit::hear(&mut self.steps, status),
            Some(BuildInfoAux::Default(image)) => self.image = image.id.or(self.image.take()),
            None => classic::hear(&mut self.steps, &info),
        }
    }

    /// The error that is told: what went wrong here explains what the connection says about it.
    fn explain(&self, error: EngineError) -> BuildError {
        match self.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(ContextError::Abandoned) | None => error::classify(error, &self.steps),
            Some(fault) => BuildError::Context(fault),
        }
    }
}

fn options(dockerfile: &str, request: &BuildRequest) -> query::BuildImageOptions {
    let mut labels: HashMap<String, String> = request.labels.clone().into_iter().collect();
    labels.insert(LABEL.into(), "1".into());
    let mut arguments: HashMap<String, String> = request.build_args.clone().into_iter().collect();
    if !request.mark.is_empty() {
        arguments.entry("NO_PROXY".into()).or_insert_with(|| request.mark.clone());
    }
    query::BuildImageOptions {
        dockerfile: dockerfile.into(),
        t: request.tags.first().cloned(),
        nocache: request.no_cache,
        rm: true,
        forcerm: true,
        buildargs: Some(arguments),
        networkmode: request.no_network.then(|| "none".into()),
        labels: Some(labels),
        platform: request.platform.clone(),
        target: request.target.clone(),
        ..query::BuildImageOptions::default()
    }
}

/// The context as a request body, counted.
fn body(
    context: Context,
    fault: ContextFault,
    events: Events,
) -> impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let warned = events.clone();
    let chunks = context.stream(move |text| warned(BuildEvent::Note(text)));
    stream::unfold((chunks, 0, 0), move |(mut chunks, mut sent, mut told)| {
        let (fault, events) = (fault.clone(), events.clone());
        async move {
            match chunks.recv().await {
                Some(Ok(chunk)) => {
                    sent += chunk.len() as u64;
                    if told == 0 || sent - told >= REPORT_EVERY {
                        told = sent;
                        events(BuildEvent::ContextSent { bytes: sent });
                    }
                    Some((Ok(chunk), (chunks, sent, told)))
                }
                Some(Err(error)) => {
                    let told_as = std::io::Error::other(error.to_string());
                    *fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    Some((Err(told_as), (chunks, sent, told)))
                }
                None => {
                    if sent > told {
                        events(BuildEvent::ContextSent { bytes: sent });
                    }
                    None
                }
            }
        }
    })
}
