//! Looking at all that the next build hangs on beside the text that is typed.

use super::{Context, Outcome};
use crate::engine::BuildRequest;
use crate::engine::record::survey;
use std::sync::Arc;

/// Looks at what a build of `request` hangs on.
pub(super) async fn perform(request: BuildRequest, context: Context) -> Outcome {
    // Only an engine that is there already: nobody waits for one to say what changed on disk.
    let engine = context.jobs.shared.engine.lock().await.clone();
    let memory = context.jobs.shared.memory.clone();
    match survey(&request, engine, memory).await {
        Ok((survey, _)) => Outcome::Surveyed(Arc::new(survey)),
        Err(error) => Outcome::failed(error.to_string(), Vec::new()),
    }
}
