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
use super::{BuildEvent, BuildOutcome, BuildRequest, Engine, EngineError, LABEL};
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters as query;
use futures_util::{Stream, StreamExt, stream};
use hyper::body::Bytes;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use steps::Steps;
use tokio_util::sync::CancellationToken;

/// How often the bytes of the context sent so far are reported.
const REPORT_EVERY: u64 = 256 * 1024;

type Events = Arc<dyn Fn(BuildEvent) + Send + Sync>;
/// Where the thread that reads the context leaves its error: the connection carries only that there
/// was one.
type ContextFault = Arc<Mutex<Option<ContextError>>>;

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
        let folder = request.context.clone();
        let name = request.dockerfile.clone();
        let context = tokio::task::spawn_blocking(move || Context::open(&folder, &name))
            .await
            .map_err(|error| EngineError::Lost(Box::new(error)))??;
        let before = self.unnamed_images().await?;
        let replaced = self.ids_of(&request.tags).await;
        let events: Events = Arc::new(events);
        let mut attempt = Attempt {
            engine: self,
            steps: Steps::new(events.clone(), self.info.buildkit),
            image: None,
            fault: ContextFault::default(),
        };
        let limit = request.timeout.unwrap_or(Duration::from_secs(u64::from(u32::MAX)));
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(BuildError::Cancelled),
            () = tokio::time::sleep(limit) => Err(BuildError::Timeout {
                limit,
                step: attempt_step(&attempt.steps),
            }),
            ended = attempt.run(context, &request, events) => ended,
        };
        let result = match ended {
            Ok(id) => self.finish(&request, &id, &attempt.steps, started).await,
            Err(error) => Err(error),
        };
        match &result {
            Ok(outcome) => self.drop_replaced(replaced, &outcome.image.id),
            Err(_) => self.drop_half_made(before, attempt.steps.intermediate_images()),
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

    /// Images of ours without a name.
    async fn unnamed_images(&self) -> Result<HashSet<String>, EngineError> {
        let filters = HashMap::from([
            ("dangling".to_string(), vec!["true".to_string()]),
            ("label".to_string(), vec![format!("{LABEL}=1")]),
        ]);
        let options = query::ListImagesOptionsBuilder::new().filters(&filters).build();
        Ok(self.docker.list_images(Some(options)).await?.into_iter().map(|image| image.id).collect())
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

    fn drop_half_made(&self, before: HashSet<String>, intermediate: Vec<String>) {
        let engine = self.clone();
        self.cleanups.spawn(async move {
            if let Ok(now) = engine.unnamed_images().await {
                for id in now.difference(&before) {
                    engine.remove_if_ours_and_unnamed(id).await;
                }
            }
            // Newest first: an image with children cannot be removed.
            for id in intermediate.into_iter().rev() {
                let options = query::RemoveImageOptionsBuilder::new().noprune(true).build();
                // Some other build may stand on it by now; then the engine refuses, rightly.
                let _ = engine.docker.remove_image(&id, Some(options), None).await;
            }
        });
    }

    async fn remove_if_ours_and_unnamed(&self, id: &str) {
        let Ok(image) = self.image(id).await else { return };
        if image.tags.is_empty() && image.config.labels.contains_key(LABEL) {
            // In use by a container: then whoever removes that container also runs `clean`.
            let _ = self.docker.remove_image(id, None::<query::RemoveImageOptions>, None).await;
        }
    }
}

fn attempt_step(steps: &Steps) -> String {
    steps.running().unwrap_or_default()
}

/// One try at a build.
struct Attempt<'a> {
    engine: &'a Engine,
    steps: Steps,
    image: Option<String>,
    fault: ContextFault,
}

impl Attempt<'_> {
    /// Sends the context and follows the builder to the image's id.
    async fn run(
        &mut self,
        context: Context,
        request: &BuildRequest,
        events: Events,
    ) -> Result<String, BuildError> {
        let mut options = options(context.dockerfile(), request);
        if self.engine.info.buildkit {
            options.version = query::BuilderVersion::BuilderBuildKit;
            options.session = Some(super::unique_name());
        }
        let body = body(context, self.fault.clone(), events);
        let mut answers = self.engine.docker.build_image(options, None, Some(bollard::body_try_stream(body)));
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(info) => self.hear(info),
                Err(error) => return Err(self.explain(error.into())),
            }
        }
        match self.image.take() {
            Some(id) => Ok(id),
            None => Err(self.explain(EngineError::Lost("the build ended without a result".into()))),
        }
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
    query::BuildImageOptions {
        dockerfile: dockerfile.into(),
        t: request.tags.first().cloned(),
        nocache: request.no_cache,
        rm: true,
        forcerm: true,
        buildargs: Some(request.build_args.clone().into_iter().collect()),
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
    let chunks = context.stream();
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
