//! Building an image.

use super::survey::Recorder;
use super::{Context, Outcome, Progress};
use crate::engine::{BuildError, BuildRequest, Diagnosis, EngineError};

pub(super) async fn perform(request: BuildRequest, context: Context) -> Outcome {
    let engine = match context.engine().await {
        Ok(engine) => engine,
        Err(error) => return error.into(),
    };
    let reporter = context.reporter.clone();
    // A build of another text than the file's says nothing about the file's next build.
    let recorder = request.dockerfile_text.is_none().then(|| Recorder::start(&request, &engine, &context));
    let ear = recorder.as_ref().map(Recorder::ear);
    let hear = move |event| {
        if let Some(ear) = &ear {
            ear.hear(&event);
        }
        reporter.say(Progress::Build(event));
    };
    let result = engine.build(request.clone(), hear, context.cancel.clone()).await;
    if let Some(recorder) = recorder {
        recorder.finish(&result, &context.reporter).await;
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
