//! Jobs against a real engine: they go on in the background, end once, and leave nothing behind.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use docker_ecr_tutor::engine::{BuildEvent, BuildRequest, CONTAINER_LABEL};
use docker_ecr_tutor::jobs::{Job, JobEvent, JobId, Jobs, Outcome, Progress};
use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(90);

fn jobs() -> (tokio::runtime::Runtime, Jobs, Receiver<JobEvent>) {
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let (sender, events) = mpsc::channel();
    let jobs = Jobs::new(runtime.handle().clone(), move |event| {
        // The test may be over.
        let _ = sender.send(event);
    });
    (runtime, jobs, events)
}

/// What a job says until it ends, and how it ends; `heard` hears it meanwhile.
fn follow(
    events: &Receiver<JobEvent>,
    id: JobId,
    mut heard: impl FnMut(&Progress),
) -> (Vec<Progress>, Outcome) {
    let mut said = Vec::new();
    loop {
        match events.recv_timeout(PATIENCE).expect("an event") {
            JobEvent::Progress(from, progress) if from == id => {
                heard(&progress);
                said.push(progress);
            }
            JobEvent::Finished(from, outcome) if from == id => return (said, outcome),
            other => panic!("of another job: {other:?}"),
        }
    }
}

#[test]
fn a_build_goes_on_in_the_background_and_can_be_cancelled() {
    let Some(engine) = support::engine() else { return };
    let (runtime, jobs, events) = jobs();
    let label = format!("jobs-test-{}", std::process::id());
    let folder = tempfile::tempdir().expect("folder");
    let write = |text: &str| std::fs::write(folder.path().join("Dockerfile"), text).expect("Dockerfile");
    let request = BuildRequest {
        context: folder.path().into(),
        tags: vec![label.clone()],
        labels: BTreeMap::from([(label.clone(), "1".to_string())]),
        no_cache: true,
        ..BuildRequest::default()
    };

    write("FROM alpine:3.19\nRUN echo said so\n");
    let id = jobs.start(Job::Build(request.clone()));
    let (said, outcome) = follow(&events, id, |_| {});
    let Outcome::Built(built) = outcome else { panic!("{outcome:?}") };
    assert!(built.steps.iter().any(|step| step.instruction == "RUN echo said so" && !step.cached));
    let logged = |progress: &Progress| matches!(progress, Progress::Build(BuildEvent::StepLog { text, .. }) if text.starts_with(b"said so"));
    assert!(said.iter().any(logged), "{said:?}");

    write("FROM alpine:3.19\nRUN echo begun; tail -f /dev/null\n");
    let id = jobs.start(Job::Build(request.clone()));
    let begun = |progress: &Progress| {
        if matches!(progress, Progress::Build(BuildEvent::StepLog { .. })) {
            jobs.cancel(id);
        }
    };
    let (_, outcome) = follow(&events, id, begun);
    assert_eq!(outcome, Outcome::Cancelled);

    write("FROM alpine:3.19\nRUN no-such-command\n");
    let id = jobs.start(Job::Build(request));
    let (_, outcome) = follow(&events, id, |_| {});
    let Outcome::NotBuilt(why) = outcome else { panic!("{outcome:?}") };
    assert_eq!(why.message, "`RUN no-such-command` ended with exit code 127");
    assert_eq!((why.line, why.exit_code), (Some(2), Some(127)));
    let known = why.explanation.expect("an explanation");
    assert_eq!(known.cause, "command-not-found");
    assert!(known.what.ends_with("no-such-command"), "{known:?}");

    runtime.block_on(jobs.shutdown(PATIENCE));
    engine.remove_image(&label);
    assert_eq!(engine.images_with(&label), Vec::<String>::new());
}

#[test]
fn a_run_tells_its_output_and_ends_when_cancelled() {
    let Some(engine) = support::engine() else { return };
    let (runtime, jobs, events) = jobs();
    let label = format!("jobs-run-test-{}", std::process::id());
    let folder = tempfile::tempdir().expect("folder");
    let dockerfile =
        "FROM alpine:3.19\nCMD trap 'exit 0' TERM; echo serving; while true; do sleep 0.1; done\n";
    std::fs::write(folder.path().join("Dockerfile"), dockerfile).expect("Dockerfile");
    let id = jobs.start(Job::Build(BuildRequest {
        context: folder.path().into(),
        tags: vec![label.clone()],
        ..BuildRequest::default()
    }));
    let (_, outcome) = follow(&events, id, |_| {});
    assert!(matches!(outcome, Outcome::Built(_)), "{outcome:?}");

    let id = jobs.start(Job::Run { image: label.clone(), http: None });
    let (mut serves, mut runs) = (false, false);
    let (said, outcome) = follow(&events, id, |progress| {
        serves |= matches!(progress, Progress::Log(_));
        runs |= matches!(progress, Progress::Message(text) if text.starts_with("runs as container"));
        if serves && runs {
            jobs.cancel(id);
        }
    });
    assert_eq!(outcome, Outcome::Cancelled);
    assert!(said.contains(&Progress::Log(b"serving\n".to_vec())), "{said:?}");
    let stopped =
        |progress: &Progress| matches!(progress, Progress::Message(text) if text.contains("after SIGTERM"));
    assert!(said.iter().any(stopped), "{said:?}");

    let id = jobs.start(Job::Run { image: "no-such-image:never".into(), http: None });
    let (_, outcome) = follow(&events, id, |_| {});
    assert!(
        matches!(&outcome, Outcome::Failed { message, .. } if message.contains("no-such-image")),
        "{outcome:?}"
    );

    runtime.block_on(jobs.shutdown(PATIENCE));
    engine.remove_image(&label);
    let ours = format!("{CONTAINER_LABEL}={}", std::process::id());
    assert_eq!(engine.containers_with(&ours), Vec::<String>::new());
}

#[test]
fn the_command_line_builds_several_and_explains_what_fails() {
    let Some(engine) = support::engine() else { return };
    let home = support::Home::new();
    let tag = format!("build-command-test-{}", std::process::id());
    home.write(
        "good/Dockerfile",
        "FROM alpine:3.19 AS base\nARG WHO=nobody\nRUN echo hello $WHO\nFROM base AS test\nRUN exit 4\n",
    );
    home.write("bad/Dockerfile", "FROM alpine:3.19\n\nRUN no-such-command\n");
    let run = |args: &[&str]| {
        let output = home.command(args).output().expect("the program");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = run(&["build", "good", "--target", "base", "--build-arg", "WHO=you", "-t", &tag]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("built in") && engine.has_image(&tag), "{said}");
    let (code, said) = run(&["build", "good", "bad", "--jobs", "2"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("bad: error: line 3: "), "{said}");
    assert!(said.contains("there is no such command in the image: no-such-command"), "{said}");
    assert!(said.contains("good: error: line 5: ") && said.contains("exit code 4"), "{said}");
    engine.remove_image(&tag);
}
