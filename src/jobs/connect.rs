//! Finding an engine, anew each time it is asked for.

use super::{Context, Outcome};

pub(super) async fn perform(context: Context) -> Outcome {
    context.forget_engine().await;
    tokio::select! {
        biased;
        () = context.cancel.cancelled() => Outcome::Cancelled,
        engine = context.engine() => match engine {
            Ok(engine) => Outcome::Connected(engine.info().clone()),
            Err(error) => error.into(),
        },
    }
}
