//! Grading a folder.

use super::{Context, Outcome, Progress};
use crate::course::model::Exercise;
use crate::grade::{self, Access, Event, Options};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) async fn perform(
    exercise: Exercise,
    dir: PathBuf,
    static_only: bool,
    context: Context,
) -> Outcome {
    let access = if static_only {
        Access::StaticOnly
    } else {
        match context.engine().await {
            Ok(engine) if engine.answers().await => Access::Ready(engine),
            Ok(_) => {
                // It did once; it may have been started again elsewhere.
                context.forget_engine().await;
                match context.engine().await {
                    Ok(engine) => Access::Ready(engine),
                    Err(error) => Access::Missing(error.to_string()),
                }
            }
            Err(error) => Access::Missing(error.to_string()),
        }
    };
    let _turn = match access {
        Access::Ready(_) => match context.turn().await {
            Some(turn) => Some(turn),
            None => return Outcome::Cancelled,
        },
        _ => None,
    };
    let reporter = context.reporter.clone();
    let hear = move |event| {
        reporter.say(match event {
            Event::CheckStarted(index) => Progress::CheckStarted(index),
            Event::CheckDone(index, result) => Progress::CheckDone(index, result),
            Event::Build(event) => Progress::Build(event),
            Event::Recorded(record) => Progress::Recorded(record),
            Event::Message(text) => Progress::Message(text),
        });
    };
    let cancel = context.cancel.clone();
    let mut options = Options::new(access);
    options.records = true;
    let report = grade::grade(&exercise, &dir, &options, Arc::new(hear), cancel).await;
    if context.cancel.is_cancelled() { Outcome::Cancelled } else { Outcome::Checked(Box::new(report)) }
}
