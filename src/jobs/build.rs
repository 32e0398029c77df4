//! Building an image.

use super::{Context, Outcome, Progress};
use crate::engine::record::Recorder;
use crate::engine::{BuildError, BuildRequest, Diagnosis, EngineError};

pub(super) async fn perform(request: BuildRequest, context: Context) -> Outcome {
    let engine = match context.engine().await {
        Ok(engine) => engine,
        Err(error) => return error.into(),
    };
    let Some(_turn) = context.turn().await else { return Outcome::Cancelled };
    let reporter = context.reporter.clone();
    // A build of another text than the file's says nothing about the file's next build.
    let recorder = request
        .dockerfile_text
        .is_none()
        .then(|| Recorder::start(&request, &engine, context.jobs.shared.memory.clone()));
    let ear = recorder.as_ref().map(Recorder::ear);
    let hear = move |event| {
        if let Some(ear) = &ear {
            ear.hear(&event);
        }
        reporter.say(Progress::Build(event));
    };
    let result = engine.build(request.clone(), hear, context.cancel.clone()).await;
    if let Some(recorder) = recorder
        && let Some(record) = recorder.finish(&result).await
    {
        context.reporter.say(Progress::Recorded(Box::new(record)));
    }
    match result {
        Ok(outcome) => Outcome::Built(Box::new(outcome)),
        Err(BuildError::Cancelled) => Outcome::Cancelled,
        Err(error) => {
            if matches!(error, BuildError::Engine(EngineError::Lost(_))) {
                context.forget_engine().await;
            }
            Outcome::NotBuilt(Box::new(Diagnosis::of(&error, &request)))
        }
    }
}
