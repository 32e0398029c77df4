//! An exercise for tests.

use crate::course::model::{BuildCheck, Check, CheckKind, Exercise, ExerciseFile, Level, Reveal};
use crate::dockerfile;
use crate::engine::record::{Record, Seen, Survey};
use crate::engine::{BuildOutcome, BuildRequest, StepSummary};
use crate::image::plan::{Base, Tree};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Its Dockerfile at the start.
pub const START: &str = "FROM python:3.12
RUN apt-get update && apt-get install -y curl
COPY . /app
CMD python main.py
";

/// A small exercise: one check that needs an engine, one that does not.
pub fn exercise() -> Exercise {
    let file = |path: &str, text: &str, edit| ExerciseFile {
        path: path.into(),
        edit,
        start: Some(text.as_bytes().to_vec()),
        zeros: None,
    };
    let check = |id: &str, title: &str, points, kind| Check {
        id: id.into(),
        title: title.into(),
        points,
        why: "A large image is slow to push, to pull and to start.".into(),
        terms: Default::default(),
        kind,
    };
    Exercise {
        id: "exercise-1".into(),
        title: "Optimize an inefficient Dockerfile".into(),
        lesson: "image-size".into(),
        level: Level::Beginner,
        minutes: 20,
        task: "The image is **1.02 GB**. Make it at least 80 % smaller; it must still answer on port 8000."
            .into(),
        files: vec![file("Dockerfile", START, true), file("main.py", "print('hi')\n", false)],
        secrets: BTreeMap::new(),
        script: None,
        hints: vec!["Look at the base image.".into(), "Look at what apt leaves behind.".into()],
        start_fails: Vec::new(),
        reveal: Reveal { or_attempts: Some(2) },
        checks: vec![
            check(
                "builds",
                "It builds",
                1,
                CheckKind::Build(BuildCheck::within(std::time::Duration::from_secs(60))),
            ),
            check(
                "lint",
                "The linter is content",
                2,
                CheckKind::Lint { at_most: None, forbid: vec!["DL3015".into()] },
            ),
        ],
        solution: BTreeMap::from([("Dockerfile".into(), b"FROM scratch\n".to_vec())]),
    }
}

/// What the job leaves of a build of these files.
pub fn record(texts: &BTreeMap<String, String>, outcome: &BuildOutcome) -> Record {
    let tree = texts.iter().fold(Tree::default(), |tree, (path, text)| tree.with_text(path, text));
    let layers = vec!["base".to_owned()];
    let base = Base { id: "sha256:1".into(), layers, ..Base::default() };
    let bases = BTreeMap::from([("python:3.12".to_owned(), base)]);
    let engine = "unix:///var/run/docker.sock BuildKit".to_owned();
    let survey = Survey { tree, bases, engine, ..Survey::default() };
    let recipe = survey.recipe(&dockerfile::parse(&texts["Dockerfile"]).0, &BuildRequest::default());
    let seen = |step: &StepSummary| Seen {
        stage: step.stage.clone(),
        number: step.index,
        ended: Some((step.cached, step.millis)),
        failed: false,
        bytes: step.size_bytes,
    };
    let steps = outcome.steps.iter().map(seen).collect();
    Record { recipe, survey: Arc::new(survey), steps, succeeded: true }
}
