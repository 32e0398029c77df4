//! What a build hangs on beside the text that is typed: the files of the context, and the base images as
//! the engine has them; and the record that a build leaves of the same, for the plan of the next one.

use super::build::place_of;
use super::context::{self, ContextError, snapshot};
use super::{BuildError, BuildEvent, BuildOutcome, BuildRequest, Engine};
use crate::dockerfile::{self, Dockerfile};
use crate::image::plan::{Base, Builder, Done, Given, Ledger, Recipe, Tree, images};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinHandle;

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    /// The files that reach the builder.
    pub tree: Tree,
    /// Name and text of the file that says which do not.
    pub ignore: Option<(String, String)>,
    /// Images outside the Dockerfile, those that the engine has.
    pub bases: BTreeMap<String, Base>,
    /// The engine that was asked; empty when none was.
    pub engine: String,
    /// What it builds for.
    pub platform: String,
    /// How it builds.
    pub builder: Builder,
}

impl Survey {
    /// What a build of `request` is given, beside its Dockerfile.
    pub fn given<'a>(&'a self, request: &'a BuildRequest) -> Given<'a> {
        Given {
            tree: &self.tree,
            build_args: &request.build_args,
            target: &request.target,
            platform: &self.platform,
            bases: &self.bases,
            builder: self.builder,
        }
    }

    /// The steps that a build of `request` takes through `file`.
    pub fn recipe(&self, file: &Dockerfile, request: &BuildRequest) -> Recipe {
        Recipe::new(file, &self.given(request))
    }
}

/// A build and what it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// What there was.
    pub survey: Arc<Survey>,
    /// The steps of its Dockerfile.
    pub recipe: Recipe,
    /// What the builder told of its steps, in its order: stage, number, and how they ended.
    pub steps: Vec<Seen>,
    /// Whether it made an image.
    pub succeeded: bool,
}

impl Record {
    /// What is known once this build is added to `ledger`.
    pub fn add_to(&self, ledger: &Ledger) -> Ledger {
        let Survey { engine, bases, .. } = &*self.survey;
        ledger.with(engine, self.recipe.clone(), bases.clone(), &self.told(), self.succeeded)
    }

    /// What became of the recipe's steps, by their places in it; nothing for those not told of.
    pub fn outcomes(&self) -> BTreeMap<usize, Done<'_>> {
        self.recipe.outcomes(&self.told())
    }

    fn told(&self) -> Vec<Done<'_>> {
        let done = |seen: &'_ Seen| {
            let ended = seen.ended.filter(|_| !seen.failed);
            (ended.is_some(), ended.is_some_and(|(cached, _)| cached), ended.map_or(0, |(_, millis)| millis))
        };
        let told = self.steps.iter().map(|seen| {
            let (ended, cached, millis) = done(seen);
            Done { stage: &seen.stage, number: seen.number, ended, cached, millis, bytes: seen.bytes }
        });
        told.collect()
    }
}

/// A step as the builder told of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// Its stage.
    pub stage: String,
    /// Its number there, 0 when it has none.
    pub number: u32,
    /// Whether it came from the cache, and the milliseconds it took; `None` when it never ended.
    pub ended: Option<(bool, u64)>,
    /// Whether it failed.
    pub failed: bool,
    /// Bytes it added to the image, when known.
    pub bytes: Option<u64>,
}

/// Contents of files that were read already, for whoever looks at the same folder again.
pub type Memory = Arc<Mutex<snapshot::Memory>>;
/// With the text of the Dockerfile.
type Found = Result<(Survey, String), ContextError>;

/// Looks at what a build of `request` hangs on: the files, and what of the rest `engine` knows. Answers
/// also with the text of the Dockerfile.
///
/// # Errors
/// When the folder cannot be read.
pub async fn survey(request: &BuildRequest, engine: Option<Engine>, memory: Memory) -> Found {
    let (folder, name) = (request.context.clone(), request.dockerfile.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let context = context::Context::open(&folder, &name)?;
        let tree = context.snapshot(&mut memory.lock().unwrap_or_else(PoisonError::into_inner))?;
        // Not there, or no text: then it names no images.
        let text = std::fs::read_to_string(folder.join(context.dockerfile())).unwrap_or_default();
        Ok((tree, context.ignore_file().cloned(), text))
    });
    // It ends early only when it panicked.
    let (tree, ignore, text) = looked.await.unwrap_or(Err(ContextError::Abandoned))?;
    let mut survey = Survey { tree, ignore, ..Survey::default() };
    if let Some(engine) = engine {
        let info = engine.info();
        survey.platform =
            if request.platform.is_empty() { info.platform.clone() } else { request.platform.clone() };
        survey.builder = if info.buildkit { Builder::BuildKit } else { Builder::Classic };
        survey.engine = format!("{} {:?}", info.endpoint, survey.builder);
        for name in images(&dockerfile::parse(&text).0, &request.build_args, &survey.platform) {
            if let Ok(base) = engine.base(&name).await {
                survey.bases.insert(name, base);
            }
        }
    }
    Ok((survey, text))
}

/// Keeps a record of a build while it runs.
pub struct Recorder {
    request: BuildRequest,
    survey: JoinHandle<Found>,
    steps: Arc<Mutex<Vec<Seen>>>,
}

/// The ear of a recorder.
pub struct Ear(Arc<Mutex<Vec<Seen>>>);

impl Ear {
    /// Hears what the builder tells.
    pub fn hear(&self, event: &BuildEvent) {
        let mut steps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            BuildEvent::StepStarted { name, .. } => {
                let (stage, number, _) = place_of(name).unwrap_or_default();
                steps.push(Seen { stage, number, ..Seen::default() });
            }
            BuildEvent::StepDone { step, cached, millis, error } => {
                if let Some(seen) = steps.get_mut(*step) {
                    seen.ended = Some((*cached, *millis));
                    seen.failed = error.is_some();
                }
            }
            _ => {}
        }
    }
}

impl Recorder {
    /// Begins: the files are looked at beside the build.
    pub fn start(request: &BuildRequest, engine: &Engine, memory: Memory) -> Self {
        let (asked, engine) = (request.clone(), engine.clone());
        let survey = tokio::spawn(async move { survey(&asked, Some(engine), memory).await });
        Self { request: request.clone(), survey, steps: Arc::default() }
    }

    /// An ear for the builder's events; it must hear all of them.
    pub fn ear(&self) -> Ear {
        Ear(self.steps.clone())
    }

    /// What was recorded, unless nothing came of it that a later build could use.
    pub async fn finish(self, result: &Result<BuildOutcome, BuildError>) -> Option<Record> {
        let (survey, text) = self.survey.await.ok()?.ok()?;
        let mut steps = std::mem::take(&mut *self.steps.lock().unwrap_or_else(PoisonError::into_inner));
        if let Ok(outcome) = result {
            for (seen, told) in steps.iter_mut().zip(&outcome.steps) {
                seen.bytes = told.size_bytes;
            }
        }
        let recipe = survey.recipe(&dockerfile::parse(&text).0, &self.request);
        Some(Record { recipe, survey: Arc::new(survey), steps, succeeded: result.is_ok() })
    }
}
