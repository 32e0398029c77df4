//! One file per kind of check. A new kind is a variant of [`CheckKind`], a file here, and an arm in
//! one of the three tables below.

mod build;
mod cache;
mod dockerfile;
mod ecr;
mod files;
mod image_size;
mod layers;
mod lint;
mod rebuild;
mod run;
mod script;

use super::Verdict;
use super::bench::Bench;
use super::script::Stage;
use super::submission::Submission;
use crate::course::model::CheckKind;
use std::time::Duration;

/// The verdict of a kind that needs no engine; `None` for the others.
pub(super) fn static_check(kind: &CheckKind, submission: &Submission) -> Option<Verdict> {
    match kind {
        CheckKind::Lint { at_most, forbid } => Some(lint::check(submission, *at_most, forbid)),
        CheckKind::Dockerfile(wanted) => Some(dockerfile::check(submission, wanted)),
        CheckKind::Files { exist, ignored, kept } => Some(files::check(submission, exist, ignored, kept)),
        CheckKind::Ecr(wanted) => ecr::check_file(submission, wanted),
        CheckKind::Script(_)
        | CheckKind::Build(_)
        | CheckKind::ImageSize(_)
        | CheckKind::Layers { .. }
        | CheckKind::Cache(_)
        | CheckKind::Rebuild(_)
        | CheckKind::Run(_) => None,
    }
}

/// The verdict of a kind that runs the exercise's script; `None` for the others.
pub(super) async fn script_check(kind: &CheckKind, stage: &mut Stage<'_>) -> Option<Verdict> {
    match kind {
        CheckKind::Script(wanted) => Some(script::check(stage, wanted).await),
        CheckKind::Ecr(wanted) => Some(ecr::check(stage, wanted).await),
        _ => None,
    }
}

/// The verdict of a kind that needs an engine.
pub(super) async fn engine_check(kind: &CheckKind, bench: &mut Bench<'_>) -> Verdict {
    match kind {
        CheckKind::Build(wanted) => build::check(bench, wanted).await,
        CheckKind::ImageSize(limit) => image_size::check(bench, *limit).await,
        CheckKind::Layers { at_most, forbid_paths, forbid_text } => {
            layers::check(bench, *at_most, forbid_paths, forbid_text).await
        }
        CheckKind::Cache(wanted) => cache::check(bench, wanted).await,
        CheckKind::Rebuild(wanted) => rebuild::check(bench, wanted).await,
        CheckKind::Run(wanted) => run::check(bench, wanted).await,
        CheckKind::Lint { .. }
        | CheckKind::Dockerfile(_)
        | CheckKind::Files { .. }
        | CheckKind::Script(_)
        | CheckKind::Ecr(_) => Verdict::not_run("", "this kind needs no engine"),
    }
}

/// `5 s`, `10 min`.
fn seconds(time: Duration) -> String {
    match time.as_secs() {
        secs if secs >= 120 && secs % 60 == 0 => format!("{} min", secs / 60),
        _ if time.subsec_millis() == 0 => format!("{} s", time.as_secs()),
        _ => format!("{} s", time.as_secs_f64()),
    }
}
