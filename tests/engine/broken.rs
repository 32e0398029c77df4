//! Engines that break while they work: killed, restarted, full. Each test has one of its own for it.

use super::common::*;
use super::private::Private;
use super::support;
use docker_ecr_tutor::engine::{
    BuildRequest, Diagnosis, Engine, EngineError, Environment, LABEL, RunRequest,
};
use docker_ecr_tutor::jobs::{Job, JobEvent, JobId, Jobs, Outcome, Progress};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

fn jobs(engine: &Private) -> (Jobs, UnboundedReceiver<JobEvent>) {
    let (sender, receiver) = unbounded_channel();
    let tell = move |event| drop(sender.send(event));
    (Jobs::with_environment(tokio::runtime::Handle::current(), engine.environment(), tell), receiver)
}

/// The end of a job, or the container that it runs, whichever comes first.
async fn next(events: &mut UnboundedReceiver<JobEvent>, id: JobId, wanted_container: bool) -> Outcome {
    loop {
        let event = tokio::time::timeout(PATIENCE, events.recv()).await.expect("in time").expect("an event");
        match event {
            JobEvent::Finished(of, outcome) if of == id => return outcome,
            JobEvent::Progress(of, Progress::Runs(_)) if of == id && wanted_container => {
                return Outcome::Ran(-1);
            }
            _ => {}
        }
    }
}

/// What an engine has, seen past the program: containers, and images with the intermediate ones.
fn holds(engine: &Private) -> (usize, usize) {
    let count = |path: &str| engine.asked().get(path).as_array().map_or(0, Vec::len);
    (count("/containers/json?all=1"), count("/images/json?all=1"))
}

/// An engine that ends in mid-build and in mid-run, and comes back.
async fn comes_back(end: fn(&mut Private)) {
    if support::in_turn() {
        return; // It has an engine of its own.
    }
    let Some(mut engine) = Private::start(0) else { return };
    let (jobs, mut events) = jobs(&engine);
    let label = fresh();
    let endless = format!("FROM {BASE}\nRUN sh -c 'while true; do sleep 1; done' {label}\n");
    let endless = folder(&[("Dockerfile", &endless)]);
    let building = Job::Build(request(endless.path(), &label));

    let id = jobs.start(building.clone());
    until("the step runs", PATIENCE, || runs(&label));
    end(&mut engine);
    let outcome = next(&mut events, id, false).await;
    let Outcome::NotBuilt(why) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(why.explanation.as_ref().map(|known| known.cause), Some("engine-lost"), "{why:?}");
    assert!(why.tries[0].contains("start the engine again"), "{why:?}");
    until("the step is gone", Duration::from_secs(2), || !runs(&label));

    // While it is away, that is what is told.
    let id = jobs.start(building);
    let outcome = next(&mut events, id, false).await;
    assert!(matches!(&outcome, Outcome::NoEngine(tried) if tried.len() == 1), "{outcome:?}");

    // Back again, the same program goes on as if nothing had been.
    engine.start_again();
    assert_eq!(holds(&engine), (0, 1), "of the build that was lost nothing is left");
    let good = format!("FROM {BASE}\nRUN echo {label}\nCMD [\"tail\", \"-f\", \"/dev/null\"]\n");
    let good = folder(&[("Dockerfile", &good)]);
    let id = jobs.start(Job::Build(request(good.path(), &label)));
    let outcome = next(&mut events, id, false).await;
    let Outcome::Built(built) = &outcome else { panic!("{outcome:?}") };

    let id = jobs.start(Job::Run { image: built.image.id.clone(), http: None });
    let outcome = next(&mut events, id, true).await;
    assert_eq!(outcome, Outcome::Ran(-1));
    end(&mut engine);
    let outcome = next(&mut events, id, false).await;
    match &outcome {
        // A crash is nobody's end.
        Outcome::Failed { message, hints } => {
            assert!(message.contains("engine") && hints[0].contains("start the engine again"), "{outcome:?}");
        }
        // Asked to end, an engine ends its containers first, and may say so.
        Outcome::Ran(code) => assert!([137, 143].contains(code), "{outcome:?}"),
        other => panic!("{other:?}"),
    }
    engine.start_again();
    until("the container is gone", PATIENCE, || engine.asked().containers_with(LABEL).is_empty());
    assert_eq!(holds(&engine), (0, 2));
    let connected = Engine::connect(&engine.environment()).await.expect("it answers");
    clean(&connected, &label).await;
    assert_eq!(holds(&engine), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_crashes_is_told_and_used_again_when_it_is_back() {
    comes_back(Private::crash).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_restarted_is_told_and_used_again_when_it_is_back() {
    comes_back(Private::stop).await;
}

fn free(disk: &Path) -> u64 {
    let found = rustix::fs::statvfs(disk).expect("its disk");
    found.f_bavail * found.f_frsize
}

/// What a person is told of a build that does not fit.
async fn does_not_fit(engine: &Engine, request: BuildRequest) -> Diagnosis {
    let error = build(engine, request.clone()).await.expect_err("there is no room for it");
    assert!(error.is_environment(), "{error:?}");
    let why = Diagnosis::of(&error, &request);
    assert_eq!(why.explanation.as_ref().map(|known| known.cause), Some("no-space"), "{error:?}");
    assert!(
        why.tries[0].contains("docker-ecr-tutor clean") && why.tries[0].contains("docker system df"),
        "{why:?}"
    );
    engine.settle(PATIENCE).await;
    why
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_what_was_begun_is_gone() {
    if support::in_turn() {
        return; // It has an engine of its own.
    }
    let Some(private) = Private::start(64) else { return };
    let label = fresh();
    let heavy = folder(&[("Dockerfile", &format!("FROM {BASE}\nCOPY big /big\n"))]);
    let big = std::fs::File::create(heavy.path().join("big")).expect("a file");
    big.set_len(100_000_000).expect("its length");
    for classic_builder in [false, true] {
        let environment = Environment { classic_builder, ..private.environment() };
        let engine = Engine::connect(&environment).await.expect("it answers");
        let room = free(&private.disk());
        let small = folder(&[("Dockerfile", &format!("FROM {BASE}\nRUN echo {label}{classic_builder}\n"))]);
        build(&engine, request(small.path(), &label)).await.expect("there is room for it");

        let greedy = format!("FROM {BASE}\nRUN dd if=/dev/zero of=/big bs=1M count=100\n");
        let greedy = folder(&[("Dockerfile", &greedy)]);
        let why = does_not_fit(&engine, request(greedy.path(), &label)).await;
        assert_eq!(why.line, Some(2));

        if classic_builder {
            does_not_fit(&engine, request(heavy.path(), &label)).await;
        }
        // What did not fit takes no room any more, so that the next thing fits.
        soon("there is room again", PATIENCE, || free(&private.disk()) > room - 4_000_000).await;
        build(&engine, request(small.path(), &label)).await.expect("it fits again");
        clean(&engine, &label).await;
        assert_eq!(holds(&private), (0, 1));
    }
    let engine = Engine::connect(&private.environment()).await.expect("it answers");
    let fill = private.disk().join("fill");
    // To the last byte, so that there is no room for a container either.
    let _ = std::io::copy(&mut std::io::repeat(1), &mut std::fs::File::create(&fill).expect("a file"));
    let asked = RunRequest { cmd: vec!["true".into()], ..RunRequest::new(BASE) };
    let error = engine.run(asked.clone(), |_| {}, CancellationToken::new()).await.expect_err("no room");
    assert!(matches!(error, EngineError::NoSpace(_)), "{error:?}");
    assert!(error.hints()[0].contains("docker-ecr-tutor clean"), "{:?}", error.hints());
    std::fs::remove_file(fill).expect("it is there");
    engine.settle(PATIENCE).await;
    let container = engine.run(asked, |_| {}, CancellationToken::new()).await.expect("there is room");
    assert_eq!(container.wait().await.expect("its end").code, 0);
    container.remove().await.expect("removed");
    assert_eq!(holds(&private), (0, 1));
    // Last, because BuildKit of Docker 20.10 keeps what it could not write open until it is started again.
    does_not_fit(&engine, request(heavy.path(), &label)).await;
    assert_eq!(holds(&private), (0, 1));
}
