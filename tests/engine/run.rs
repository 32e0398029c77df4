//! Containers: their limits, their ends, shells in them, and being asked over HTTP.

use super::common::*;
use super::support::in_podman;
use docker_ecr_tutor::engine::{EngineError, Network, RunRequest, probe};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

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
    // Podman does not say why it was killed.
    assert_eq!((exit.code, exit.out_of_memory), (137, !in_podman()));
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
