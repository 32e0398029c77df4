//! Builds by both builders: what they tell, how they fail, how they are ended.

use super::common::*;
use super::support::{in_podman, in_second};
use docker_ecr_tutor::engine::{BuildError, BuildEvent, BuildRequest, Engine, LABEL, RunRequest};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_read_by_its_step_and_stays_out_of_the_image() {
    if in_podman() {
        return; // It knows secrets only from its own command line.
    }
    let Some(engine) = engine().await else { return };
    let label = fresh();
    let dockerfile = format!(
        "FROM {BASE}\nRUN --mount=type=secret,id=token,required=true wc -c </run/secrets/token >/length\n\
         CMD [\"cat\", \"/length\"]\n"
    );
    let folder = folder(&[("Dockerfile", &dockerfile), ("elsewhere/token", &label), (".dockerignore", "*")]);
    let secrets = BTreeMap::from([("token".to_string(), folder.path().join("elsewhere/token"))]);
    // A secret is no part of what the cache looks at.
    let asked = BuildRequest { secrets, no_cache: true, ..request(folder.path(), &label) };
    let outcome = build(&engine, asked).await.expect("build");
    let told = format!("{:?}", (&outcome.steps, &outcome.image.history, &outcome.image.config.env));
    assert!(!told.contains(&label), "{told}");
    let container = engine.run(RunRequest::new(&outcome.image.id), |_| {}, CancellationToken::new()).await;
    let container = container.expect("run");
    container.wait().await.expect("end");
    assert_eq!(String::from_utf8_lossy(&container.stdout()).trim(), label.len().to_string());
    container.remove().await.expect("remove");

    // Nobody hands it over, so the step that requires it fails and says which.
    let other = dockerfile.replace("/length", "/other");
    std::fs::write(folder.path().join("Dockerfile"), other).expect("Dockerfile");
    let error = build(&engine, request(folder.path(), &label)).await.expect_err("no secret").to_string();
    assert!(error.contains("token"), "{error}");
    clean(&engine, &label).await;
}

async fn builds_and_tells_sizes(engine: Engine) {
    let label = fresh();
    let dockerfile = format!(
        "FROM {BASE} AS builder\nRUN echo {label} && dd if=/dev/zero of=/big bs=1000 count=3000\n\
         FROM {BASE}\nWORKDIR /app\nCOPY note /note\nCOPY --from=builder /big /app/big\nENV A=1\n\
         RUN dd if=/dev/zero of=/two bs=1000 count=2000\nCMD [\"true\"]\n"
    );
    let folder = folder(&[("Dockerfile", &dockerfile), ("note", &label)]);
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = events.clone();
    let hear = move |event| sink.lock().expect("events").push(event);
    let outcome = engine.build(request(folder.path(), &label), hear, CancellationToken::new()).await;
    let outcome = outcome.expect("build");
    let size = |text: &str| {
        let step = outcome.steps.iter().find(|step| step.instruction.starts_with(text));
        step.unwrap_or_else(|| panic!("no step {text} in {:#?}", outcome.steps)).size_bytes
    };
    // The containerd store of newer engines and Podman tell the bytes of the layer's tar, not of its files.
    let other = in_second() || in_podman();
    let is = |told: Option<u64>, wanted: u64| {
        let most = if other { wanted + 20_000 } else { wanted };
        assert!(told.is_some_and(|told| (wanted..=most).contains(&told)), "{told:?} for {wanted}");
    };
    is(size("COPY --from"), 3_000_000);
    is(size("RUN dd"), 2_000_000);
    let base = engine.image(BASE).await.expect("base").size_bytes;
    let from = outcome.steps.iter().filter(|step| step.instruction.starts_with("FROM"));
    let from: Vec<u64> = from.filter_map(|step| step.size_bytes).collect();
    let apart = if other { 100_000 } else { 0 };
    assert!(from.len() == 1 && from[0].abs_diff(base) <= apart, "{from:?} for {base}");
    // That store counts what is stored, and zeros store well.
    let more = if in_second() { 1 } else { 5_000_000 };
    assert!(outcome.image.size_bytes >= base + more, "{} over {base}", outcome.image.size_bytes);
    assert_eq!(outcome.image.config.labels.get(LABEL).map(String::as_str), Some("1"));
    assert_eq!(outcome.image.tags, [format!("{label}:latest")]);
    assert!(outcome.steps.iter().all(|step| !step.instruction.contains(LABEL)), "{:#?}", outcome.steps);

    let events = std::mem::take(&mut *events.lock().expect("events"));
    let started = events.iter().filter(|event| matches!(event, BuildEvent::StepStarted { .. })).count();
    let done = events.iter().filter(|event| matches!(event, BuildEvent::StepDone { .. })).count();
    assert!(started >= 6 && started == done, "{started} started, {done} done");
    let ran: Vec<usize> = events
        .iter()
        .filter_map(|e| if let BuildEvent::StepRuns { step } = e { Some(*step) } else { None })
        .collect();
    let once: std::collections::BTreeSet<usize> = ran.iter().copied().collect();
    assert!(!ran.is_empty() && once.len() == ran.len() && ran.len() <= started, "{ran:?}");
    assert!(events.iter().any(|event| matches!(event, BuildEvent::ContextSent { bytes } if *bytes > 0)));
    let says = |event: &BuildEvent| matches!(event, BuildEvent::StepLog { text, .. } if String::from_utf8_lossy(text).contains(&label));
    assert!(events.iter().any(says));

    let again = build(&engine, request(folder.path(), &label)).await.expect("again");
    let mut ran = again.steps.iter().filter(|step| step.instruction.starts_with("RUN dd"));
    assert!(ran.next().is_some_and(|step| step.cached), "{:#?}", again.steps);
    clean(&engine, &label).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buildkit_builds_and_tells_what_each_step_costs() {
    let Some(engine) = engine().await else { return };
    assert_ne!(engine.info().buildkit, in_podman());
    if in_podman() {
        return; // It builds with buildah, as in the next test.
    }
    builds_and_tells_sizes(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_classic_builder_builds_and_tells_what_each_step_costs() {
    let Some(engine) = classic_engine().await else { return };
    assert!(!engine.info().buildkit);
    builds_and_tells_sizes(engine).await;
}

async fn fails_with(engine: &Engine, files: &[(&str, &str)]) -> BuildError {
    let label = fresh();
    let folder = folder(files);
    let error = build(engine, request(folder.path(), &label)).await.expect_err("it cannot be built");
    clean(engine, &label).await;
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_say_what_and_where() {
    for engine in [engine().await, classic_engine().await] {
        let Some(engine) = engine else { return };
        let dockerfile = |text: &str| format!("FROM {BASE}\n{text}\n");

        let error = fails_with(&engine, &[("Dockerfile", &dockerfile("FOO bar"))]).await;
        let line = (!in_podman()).then_some(2); // It does not say which.
        assert!(matches!(error, BuildError::Syntax { line: told, .. } if told == line), "{error:?}");
        let error = fails_with(&engine, &[("Dockerfile", "")]).await;
        assert!(matches!(error, BuildError::Syntax { .. }), "{error:?}");

        let error = fails_with(&engine, &[("Dockerfile", &dockerfile("RUN echo last words; exit 3"))]).await;
        let BuildError::StepFailed { instruction, exit_code, log, index, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!((instruction.as_str(), *exit_code, *index), ("RUN echo last words; exit 3", 3, 2));
        assert!(log.iter().any(|line| line.contains("last words")), "{log:?}");

        let error = fails_with(&engine, &[("Dockerfile", &dockerfile("COPY nothere /x"))]).await;
        let BuildError::ContextMissing { path, instruction } = &error else { panic!("{error:?}") };
        assert_eq!((path.as_str(), instruction.as_str()), ("nothere", "COPY nothere /x"));

        let error = fails_with(&engine, &[("Dockerfile", "FROM 127.0.0.1:9/no/such:9\n")]).await;
        let BuildError::BaseImageMissing { image, .. } = &error else { panic!("{error:?}") };
        assert!(image.ends_with("no/such:9"), "{image}");

        let error = fails_with(&engine, &[("README", "")]).await;
        assert!(error.to_string().contains("no Dockerfile"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_the_work_in_the_engine() {
    if in_podman() {
        return; // It runs a step to its end, whoever leaves.
    }
    for engine in [engine().await, classic_engine().await] {
        let Some(engine) = engine else { return };
        let label = fresh();
        let dockerfile = format!("FROM {BASE}\nRUN sh -c 'while true; do sleep 1; done' {label}\n");
        let folder = folder(&[("Dockerfile", &dockerfile)]);
        let cancel = CancellationToken::new();
        let (worker, request, token) = (engine.clone(), request(folder.path(), &label), cancel.clone());
        let building = tokio::spawn(async move { worker.build(request, |_| {}, token).await });
        until("the step runs", PATIENCE, || runs(&label));
        cancel.cancel();
        let result = building.await.expect("task");
        assert!(matches!(result, Err(BuildError::Cancelled)), "{result:?}");
        let gone = until("the step is gone", PATIENCE, || !runs(&label));
        println!("gone {gone:?} after the cancellation");
        assert!(gone < Duration::from_secs(2), "{gone:?}");
        clean(&engine, &label).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_never_ends_is_given_up() {
    if in_podman() {
        return; // As above.
    }
    let Some(engine) = engine().await else { return };
    let label = fresh();
    let dockerfile = format!("FROM {BASE}\nRUN sh -c 'while true; do sleep 1; done' {label}\n");
    let folder = folder(&[("Dockerfile", &dockerfile)]);
    let request = BuildRequest { timeout: Some(Duration::from_secs(4)), ..request(folder.path(), &label) };
    let error = build(&engine, request).await.expect_err("it never ends");
    assert!(matches!(&error, BuildError::Timeout { step, .. } if step.contains("while true")), "{error:?}");
    until("the step is gone", Duration::from_secs(2), || !runs(&label));
    clean(&engine, &label).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_text_is_built_in_place_of_the_dockerfile() {
    for engine in [engine().await, classic_engine().await] {
        let Some(engine) = engine else { return };
        let label = fresh();
        let whole = format!("FROM {BASE}\nRUN echo {label}\nCOPY . /all\nRUN exit 9\n");
        let folder = folder(&[("Dockerfile", &whole), ("a", "")]);
        let text = whole.strip_suffix("RUN exit 9\n").map(str::to_owned);
        let asked =
            BuildRequest { dockerfile_text: text, tags: Vec::new(), ..request(folder.path(), &label) };
        let outcome = build(&engine, asked).await.expect("build");
        assert!(outcome.image.tags.is_empty());
        // The file itself stays part of the context as it is, so that what it is copied by stays cached;
        // the classic builder knows only one of them.
        if engine.info().buildkit {
            let error = build(&engine, request(folder.path(), &label)).await.expect_err("it ends with 9");
            assert!(matches!(error, BuildError::StepFailed { exit_code: 9, .. }), "{error:?}");
            let cmd = vec!["cat".into(), "/all/Dockerfile".into()];
            let request = RunRequest { cmd, ..RunRequest::new(&outcome.image.id) };
            let container = engine.run(request, |_| {}, CancellationToken::new()).await.expect("run");
            container.wait().await.expect("end");
            assert_eq!(String::from_utf8_lossy(&container.stdout()), whole);
            container.remove().await.expect("remove");
        }
        engine.drop_unnamed(&outcome.image.id).await;
        assert!(!engine.has_image(&outcome.image.id).await.expect("ask"));
        clean(&engine, &label).await;
    }
}
