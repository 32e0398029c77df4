//! The engine room against a real engine. Without one the tests say so and pass, except in CI, where
//! a missing engine is a failure.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use docker_ecr_tutor::engine::{
    BuildError, BuildEvent, BuildOutcome, BuildRequest, Container, Engine, EngineError, Environment, LABEL,
    Network, RunRequest, probe,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const BASE: &str = "alpine:3.19";

/// Gives up on what should have happened long ago.
const PATIENCE: Duration = Duration::from_secs(60);

async fn engine_with(environment: Environment) -> Option<Engine> {
    match Engine::connect(&environment).await {
        Ok(engine) => Some(engine),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "no engine answers, and CI is set: {error}");
            println!("not run: no engine ({error})");
            None
        }
    }
}

async fn engine() -> Option<Engine> {
    engine_with(Environment { classic_builder: false, ..Environment::read() }).await
}

async fn classic_engine() -> Option<Engine> {
    engine_with(Environment { classic_builder: true, ..Environment::read() }).await
}

/// Set in the second engine's turn.
const SECOND: &str = "TUTOR_SECOND_ENGINE";

fn in_second() -> bool {
    std::env::var_os(SECOND).is_some()
}

/// The second engine's socket and network namespace, when the set-up made one ready and it answers.
fn second() -> Option<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cache = std::env::var_os("TUTOR_SETUP_CACHE").map_or_else(|| root.join(".cache/setup"), Into::into);
    let text = std::fs::read_to_string(cache.join("second-engine.txt")).ok()?;
    let (socket, namespace) = text.trim().split_once(' ')?;
    std::os::unix::net::UnixStream::connect(socket).ok()?;
    Some((socket.to_owned(), namespace.to_owned()))
}

/// All of these tests once more, on a newer engine with the other kind of image store. It publishes its
/// ports in a network namespace of its own, so the tests run there as well.
#[test]
fn the_second_engine_does_the_same() {
    if in_second() {
        return;
    }
    let Some((socket, namespace)) = second() else {
        println!(
            "not run: no second engine (tests/setup/second-engine.sh makes one ready as root on Debian)"
        );
        return;
    };
    let output = std::process::Command::new("nsenter")
        .arg(format!("--net=/run/netns/{namespace}"))
        .arg(std::env::current_exe().expect("this program"))
        .env("DOCKER_HOST", format!("unix://{socket}"))
        .env(SECOND, "1")
        .output()
        .expect("nsenter");
    let told =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(!told.contains("not run"), "{told}");
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, text).expect("file");
    }
    folder
}

/// Something no other test or earlier run has.
fn fresh() -> String {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("clock");
    format!("engine-test-{}-{count}-{}", std::process::id(), now.as_nanos())
}

fn request(context: &Path, label: &str) -> BuildRequest {
    BuildRequest {
        context: context.into(),
        tags: vec![format!("{label}:latest")],
        labels: BTreeMap::from([(label.to_string(), "1".to_string())]),
        ..BuildRequest::default()
    }
}

async fn build(engine: &Engine, request: BuildRequest) -> Result<BuildOutcome, BuildError> {
    engine.build(request, |_| {}, CancellationToken::new()).await
}

/// Waits until `holds`, and tells how long it took; polling is all a foreign process leaves.
fn until(what: &str, within: Duration, holds: impl Fn() -> bool) -> Duration {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < within, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    started.elapsed()
}

/// Whether a process with `marker` in its command line runs on this machine.
fn runs(marker: &str) -> bool {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).contains(marker))
}

/// Removes what a test built, and makes sure that nothing else of it is left.
async fn clean(engine: &Engine, label: &str) {
    engine.settle(PATIENCE).await;
    let report = engine.clean_label(&format!("{label}=1")).await.expect("clean");
    assert_eq!(report.kept, Vec::<String>::new());
    assert_eq!(engine.images_with_label(label).await.expect("list"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_read_by_its_step_and_stays_out_of_the_image() {
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
    // The containerd store of newer engines tells the bytes of the layer's tar, not of its files.
    let is = |told: Option<u64>, wanted: u64| {
        let most = if in_second() { wanted + 20_000 } else { wanted };
        assert!(told.is_some_and(|told| (wanted..=most).contains(&told)), "{told:?} for {wanted}");
    };
    is(size("COPY --from"), 3_000_000);
    is(size("RUN dd"), 2_000_000);
    let base = engine.image(BASE).await.expect("base").size_bytes;
    let from = outcome.steps.iter().filter(|step| step.instruction.starts_with("FROM"));
    let from: Vec<u64> = from.filter_map(|step| step.size_bytes).collect();
    let apart = if in_second() { 100_000 } else { 0 };
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
    assert!(engine.info().buildkit);
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
        assert!(matches!(error, BuildError::Syntax { line: Some(2), .. }), "{error:?}");
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

/// What a shell says until `holds`.
async fn heard(shell: &mut docker_ecr_tutor::engine::Shell, holds: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    while !holds(&text) {
        let piece = tokio::time::timeout(PATIENCE, shell.read()).await.expect("in time");
        let Some(piece) = piece else { panic!("it ended: {text}") };
        text.push_str(&String::from_utf8_lossy(&piece));
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_is_spoken_to_over_a_terminal_and_ends() {
    let Some(engine) = engine().await else { return };
    let mut own = engine.shell_of(BASE, (91, 33), CancellationToken::new()).await.expect("a shell");
    own.write(b"stty size; printf '\\000\\001\\002'; echo raw$((1+1))\n");
    let said = heard(&mut own, |text| text.contains("raw2")).await;
    assert!(said.contains("33 91") && said.contains("\0\u{1}\u{2}raw2"), "{said:?}");
    own.write(b"exit 5\n");
    while own.read().await.is_some() {}
    assert_eq!(own.end().await.expect("its end"), 5);

    let container = shell(&engine, "tail -f /dev/null").await;
    let mut guest = engine.shell_in(container.id(), (80, 24)).await.expect("a shell");
    guest.write(b"echo in$((1+1)); exit 6\n");
    heard(&mut guest, |text| text.contains("in2")).await;
    while guest.read().await.is_some() {}
    assert_eq!(guest.end().await.expect("its end"), 6);
    assert!(container.exited().is_none());
    container.remove().await.expect("remove");
}

async fn shell(engine: &Engine, script: &str) -> Container {
    let cmd = vec!["sh".into(), "-c".into(), script.into()];
    let request = RunRequest { cmd, ..RunRequest::new(BASE) };
    engine.run(request, |_| {}, CancellationToken::new()).await.expect("run")
}

/// The engine itself says that there is no such container.
async fn is_gone(engine: &Engine, id: &str) {
    engine.settle(PATIENCE).await;
    assert!(!engine.has_container(id).await.expect("ask"), "{id} is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_tells_its_output_and_its_end_and_is_gone() {
    let Some(engine) = engine().await else { return };
    let container = shell(&engine, "echo out; echo err >&2; exit 7").await;
    let exit = container.wait().await.expect("exit");
    assert_eq!((exit.code, exit.out_of_memory, exit.timed_out), (7, false, false));
    assert_eq!(container.stdout(), b"out\n");
    assert_eq!(container.output().len(), 8);
    let id = container.id().to_string();
    drop(container);
    is_gone(&engine, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_is_dropped_takes_its_container_with_it() {
    let Some(engine) = engine().await else { return };
    let container = shell(&engine, "tail -f /dev/null").await;
    let id = container.id().to_string();
    assert!(engine.has_container(&id).await.expect("ask"));
    let task = tokio::spawn(async move {
        let _held = container;
        panic!("a check that panics");
    });
    assert!(task.await.is_err());
    is_gone(&engine, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold() {
    let Some(engine) = engine().await else { return };
    let script = "id -u; grep CapEff /proc/self/status; touch /x; ls /sys/class/net; \
                  cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null; \
                  echo w > /tmp/w && cat /tmp/w";
    let request = RunRequest {
        cmd: vec!["sh".into(), "-c".into(), script.into()],
        user: "1234".into(),
        read_only: true,
        tmpfs: vec!["/tmp".into()],
        ..RunRequest::new(BASE)
    };
    let container = engine.run(request, |_| {}, CancellationToken::new()).await.expect("run");
    container.wait().await.expect("exit");
    let said = String::from_utf8_lossy(&container.output()).into_owned();
    for expected in ["1234\n", "0000000000000000\n", "Read-only file system", "lo\n", "256\n", "w\n"] {
        assert!(said.contains(expected), "{expected:?} not in {said}");
    }
    assert!(!said.contains("eth0"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_much_memory_or_time_is_ended_and_said() {
    let Some(engine) = engine().await else { return };
    let hungry = RunRequest {
        cmd: vec!["sh".into(), "-c".into(), "x=a; while true; do x=$x$x; done".into()],
        memory: 16 * 1024 * 1024,
        ..RunRequest::new(BASE)
    };
    let container = engine.run(hungry, |_| {}, CancellationToken::new()).await.expect("run");
    let exit = container.wait().await.expect("exit");
    assert_eq!((exit.code, exit.out_of_memory), (137, true));
    let slow = RunRequest {
        cmd: vec!["tail".into(), "-f".into(), "/dev/null".into()],
        lifetime: Duration::from_secs(1),
        ..RunRequest::new(BASE)
    };
    let container = engine.run(slow, |_| {}, CancellationToken::new()).await.expect("run");
    let exit = container.wait().await.expect("exit");
    assert_eq!((exit.code, exit.timed_out), (137, true));
    engine.settle(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_tells_who_listens_to_sigterm() {
    let Some(engine) = engine().await else { return };
    let polite = shell(&engine, "trap 'exit 0' TERM; echo ready; while true; do sleep 0.1; done").await;
    until("it is ready", PATIENCE, || !polite.output().is_empty());
    let report = polite.stop(Duration::from_secs(10)).await.expect("stop");
    assert_eq!((report.killed, report.exit.code, report.signal.as_str()), (false, 0, "SIGTERM"));
    assert!(report.millis < 5000, "{report:?}");
    let deaf = shell(&engine, "trap '' TERM; echo ready; while true; do sleep 0.1; done").await;
    until("it is ready", PATIENCE, || !deaf.output().is_empty());
    let report = deaf.stop(Duration::from_secs(1)).await.expect("stop");
    assert!(report.killed && report.exit.code == 137 && report.millis >= 1000, "{report:?}");
    deaf.remove().await.expect("remove");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_asked_over_loopback_and_looked_into() {
    let Some(engine) = engine().await else { return };
    let script = "echo ready; while true; do printf 'HTTP/1.0 200 OK\\r\\n\\r\\nhello' | nc -l -p 8000; done";
    let request = RunRequest {
        cmd: vec!["sh".into(), "-c".into(), script.into()],
        user: "1000".into(),
        network: Network::Publish(vec![8000]),
        ..RunRequest::new(BASE)
    };
    let cancel = CancellationToken::new();
    let container = engine.run(request, |_| {}, cancel.clone()).await.expect("run");
    match probe::get(&container, 8000, "/health", PATIENCE, &cancel).await {
        Ok(answer) => assert_eq!((answer.status, answer.body.as_slice()), (200, b"hello".as_slice())),
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&container.output())),
    }
    assert_eq!(container.main_uid().await.expect("uid"), Some(1000));
    let inside = container.exec(&["id", "-u"], PATIENCE).await.expect("exec");
    assert_eq!((inside.code, inside.output.as_slice()), (Some(0), b"1000\n".as_slice()));
    container.remove().await.expect("remove");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_ends_is_not_waited_for() {
    let Some(engine) = engine().await else { return };
    let request = RunRequest {
        cmd: vec!["sh".into(), "-c".into(), "sleep 0.2; exit 4".into()],
        network: Network::Publish(vec![8000]),
        ..RunRequest::new(BASE)
    };
    let cancel = CancellationToken::new();
    let container = engine.run(request, |_| {}, cancel.clone()).await.expect("run");
    let error = probe::get(&container, 8000, "/", PATIENCE, &cancel).await.expect_err("nobody serves");
    assert!(matches!(error, probe::ProbeError::Ended { code: 4 }), "{error:?}");
    engine.settle(PATIENCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_not_there_is_a_refusal() {
    let Some(engine) = engine().await else { return };
    let request = RunRequest { cmd: vec!["/no/such".into()], ..RunRequest::new(BASE) };
    let error = engine.run(request, |_| {}, CancellationToken::new()).await.expect_err("no such command");
    assert!(error.to_string().contains("/no/such"), "{error}");
    let request = RunRequest::new("no-such-image:never");
    let error = engine.run(request, |_| {}, CancellationToken::new()).await.expect_err("no such image");
    assert!(matches!(error, EngineError::NotFound(_)), "{error:?}");
    engine.settle(PATIENCE).await;
}

#[tokio::test]
async fn without_an_engine_every_place_tried_is_told() {
    let at = |host: &str| Environment { docker_host: Some(host.into()), ..Environment::default() };
    let error = Engine::connect(&at("unix:///nonexistent/docker.sock")).await.expect_err("nobody is there");
    assert_eq!(error.tried.len(), 1);
    let tried = &error.tried[0];
    assert_eq!((tried.origin.as_str(), tried.reason.as_str()), ("DOCKER_HOST", "no such file"));
    assert!(error.hints()[0].contains("DOCKER_HOST"), "{:?}", error.hints());
    let error = Engine::connect(&at("ssh://me@host")).await.expect_err("ssh");
    assert!(error.tried[0].reason.contains("ssh:// is not supported"), "{error:?}");
    let error = Engine::connect(&at("tcp://127.0.0.1:1")).await.expect_err("nobody listens");
    assert!(error.tried[0].reason.contains("connection refused"), "{error:?}");
}

/// A socket that leads to the engine until it is cut.
struct Wire {
    _folder: tempfile::TempDir,
    environment: Environment,
    cut: CancellationToken,
}

fn wire(engine: &Engine) -> Option<Wire> {
    let real = engine.info().endpoint.strip_prefix("unix://")?.to_string();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("engine.sock");
    let listener = tokio::net::UnixListener::bind(&path).expect("socket");
    let cut = CancellationToken::new();
    let environment =
        Environment { docker_host: Some(format!("unix://{}", path.display())), ..Environment::default() };
    let token = cut.clone();
    tokio::spawn(token.clone().run_until_cancelled_owned(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (real, token) = (real.clone(), token.clone());
            tokio::spawn(token.run_until_cancelled_owned(async move {
                let mut far = tokio::net::UnixStream::connect(real).await.expect("the engine");
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }));
        }
    }));
    Some(Wire { _folder: folder, environment, cut })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_lost_in_a_build_is_the_machines_fault_and_leaves_nothing() {
    let Some(real) = engine().await else { return };
    let Some(wire) = wire(&real) else { return };
    let engine = Engine::connect(&wire.environment).await.expect("by wire");
    let label = fresh();
    let dockerfile = format!("FROM {BASE}\nRUN sh -c 'while true; do sleep 1; done' {label}\n");
    let folder = folder(&[("Dockerfile", &dockerfile)]);
    let (worker, request) = (engine.clone(), request(folder.path(), &label));
    let building = tokio::spawn(async move { build(&worker, request).await });
    until("the step runs", PATIENCE, || runs(&label));
    wire.cut.cancel();
    let error = building.await.expect("task").expect_err("the engine is gone");
    assert!(matches!(error, BuildError::Engine(EngineError::Lost(_))), "{error:?}");
    assert!(error.is_environment());
    until("the step is gone", Duration::from_secs(2), || !runs(&label));
    engine.settle(PATIENCE).await;
    clean(&real, &label).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_lost_while_a_container_runs_is_said() {
    let Some(real) = engine().await else { return };
    let Some(wire) = wire(&real) else { return };
    let engine = Engine::connect(&wire.environment).await.expect("by wire");
    let label = fresh();
    let request = RunRequest {
        cmd: vec!["tail".into(), "-f".into(), "/dev/null".into()],
        labels: BTreeMap::from([(label.clone(), "1".to_string())]),
        ..RunRequest::new(BASE)
    };
    let container = engine.run(request, |_| {}, CancellationToken::new()).await.expect("run");
    let id = container.id().to_string();
    wire.cut.cancel();
    let error = container.wait().await.expect_err("the engine is gone");
    assert!(error.is_environment(), "{error:?}");
    // The engine itself still runs here, and what was lost is found by its label.
    drop(container);
    engine.settle(PATIENCE).await;
    let report = real.clean_label(&label).await.expect("clean");
    assert_eq!(report.containers.len(), 1);
    is_gone(&real, &id).await;
}
