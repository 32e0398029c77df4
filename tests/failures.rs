//! The most common ways a build or a run fails, made to fail in a real engine, and what the program
//! says about each: the cause, the thing, the line. Without an engine nothing is run, except in CI.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use docker_ecr_tutor::engine::{
    BuildError, BuildRequest, Diagnosis, Engine, EngineError, Environment, RunRequest, explain,
};
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

const BASE: &str = "alpine:3.19";

/// A build that fails.
struct Case {
    /// The row of the tables.
    cause: &'static str,
    /// What is named.
    thing: &'static str,
    /// The line it is about, 0 where there is none.
    line: usize,
    /// The Dockerfile; `BASE` stands for a tiny image.
    dockerfile: &'static str,
    /// Other files.
    files: &'static [(&'static str, &'static str)],
    /// `--target`.
    target: &'static str,
    /// `--platform`.
    platform: &'static str,
}

const fn case(cause: &'static str, thing: &'static str, line: usize, dockerfile: &'static str) -> Case {
    Case { cause, thing, line, dockerfile, files: &[], target: "", platform: "" }
}

const fn with(mut case: Case, files: &'static [(&'static str, &'static str)]) -> Case {
    case.files = files;
    case
}

/// Every way to fail that a tiny image shows without a network.
fn cases() -> Vec<Case> {
    let mut all = vec![
        case("command-not-found", "curll", 2, "FROM BASE\nRUN curll http://x\n"),
        case("other-package-manager", "apt-get", 2, "FROM BASE\nRUN apt-get update\n"),
        case("permission-denied", "/x", 3, "FROM BASE\nRUN echo true >/x\nRUN /x\n"),
        case(
            "permission-denied",
            "/etc/x",
            3,
            "FROM BASE\nUSER 1000\nRUN touch /ok/x 2>/dev/null; echo a >/etc/x\n",
        ),
        case("permission-denied", "/s.sh", 3, "FROM BASE\nCOPY s.sh /\nRUN /s.sh\n"),
        case("file-missing", "/nowhere/a", 2, "FROM BASE\nRUN cat /nowhere/a\n"),
        case("killed", "killed", 2, "FROM BASE\nRUN sh -c 'kill -9 $$'; exit $?\n"),
        case(
            "checksum-mismatch",
            "/bin/busybox",
            2,
            "FROM BASE\nRUN echo '0000000000000000000000000000000000000000000000000000000000000000  /bin/busybox' | sha256sum -c\n",
        ),
        case(
            "secret-missing",
            "token",
            2,
            "FROM BASE\nRUN --mount=type=secret,id=token,required=true true\n",
        ),
        case("no-such-user", "nobody-here", 3, "FROM BASE\nUSER nobody-here\nRUN true\n"),
        case("missing-file", "nothere.txt", 2, "FROM BASE\nCOPY nothere.txt /\n"),
        case("unknown-instruction", "RUNN", 2, "FROM BASE\nRUNN true\n"),
        case("unknown-flag", "--nosuch", 2, "FROM BASE\nCOPY --nosuch=1 s.sh /\n"),
        case("no-from", "FROM", 1, "RUN true\n"),
        case("empty-base", "${WHAT}", 2, "ARG WHAT\nFROM ${WHAT}\n"),
        case("invalid-reference", "UPPER", 1, "FROM UPPER/Case\n"),
        case(
            "unknown-stage",
            "buildr",
            3,
            "FROM BASE AS builder\nFROM BASE\nCOPY --from=buildr /bin/sh /x\n",
        ),
        case("no-network", "127.0.0.1:9", 1, "FROM 127.0.0.1:9/no/such:9\n"),
        case("unterminated", "double-quote", 2, "FROM BASE\nENV A=\"b\n"),
        case("exec-format", "/x", 3, "FROM BASE\nCOPY --chmod=755 junk /x\nRUN [\"/x\"]\n"),
    ];
    all.iter_mut()
        .for_each(|case| case.files = &[("s.sh", "#!/bin/sh\n"), ("junk", "\u{7f}ELF not for here")]);
    all.push(with(
        case("ignored-file", ".dockerignore", 2, "FROM BASE\nCOPY secret.env /\n"),
        &[("secret.env", ""), (".dockerignore", "*.env\n")],
    ));
    all.push(with(
        case("windows-line-ends", "", 3, "FROM BASE\nCOPY s.sh /\nRUN sh /s.sh\n"),
        &[("s.sh", "nosuchthing\r\nexit 3\r\n")],
    ));
    all.push(Case { target: "tests", ..case("unknown-target", "tests", 0, "FROM BASE AS test\n") });
    all
}

async fn engine(classic: bool) -> Option<Engine> {
    match Engine::connect(&Environment { classic_builder: classic, ..Environment::read() }).await {
        Ok(engine) => Some(engine),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "no engine answers, and CI is set: {error}");
            println!("not run: no engine ({error})");
            None
        }
    }
}

fn label() -> String {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    format!("failures-test-{}-{count}", std::process::id())
}

async fn diagnose(engine: &Engine, case: &Case) -> (BuildError, Diagnosis) {
    let folder = tempfile::tempdir().expect("folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("file");
    write("Dockerfile", &case.dockerfile.replace("BASE", BASE));
    case.files.iter().for_each(|(name, text)| write(name, text));
    let request = BuildRequest {
        context: folder.path().into(),
        labels: BTreeMap::from([(label(), "1".to_owned())]),
        target: case.target.into(),
        platform: case.platform.into(),
        ..BuildRequest::default()
    };
    let error = engine.build(request.clone(), |_| {}, CancellationToken::new()).await;
    let error = error.map(|_| panic!("this can be built:\n{}", case.dockerfile)).expect_err("no image");
    let why = Diagnosis::of(&error, &request);
    (error, why)
}

async fn explains(engine: &Engine, cases: &[Case]) {
    let all = cases.iter().map(|case| async move { (case, diagnose(engine, case).await) });
    let mut wrong = Vec::new();
    for (case, (error, why)) in futures_util::future::join_all(all).await {
        let known = why.explanation.clone();
        let right = known.as_ref().is_some_and(|known| {
            known.cause == case.cause && known.what.contains(case.thing) && !known.tries.is_empty()
        });
        if !right || why.line.unwrap_or(0) != case.line {
            wrong.push(format!(
                "{} about {:?} in line {}:\n{}gave {why:#?}\nof {error:?}",
                case.cause, case.thing, case.line, case.dockerfile
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
    engine.settle(std::time::Duration::from_secs(30)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_a_build_are_explained_and_placed() {
    let Some(engine) = engine(false).await else { return };
    explains(&engine, &cases()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_the_classic_builder_are_too() {
    let Some(engine) = engine(true).await else { return };
    // What only BuildKit knows, and what it notices elsewhere or not at all.
    let others = [
        "secret-missing",
        "exec-format",
        "unknown-target",
        "no-such-user",
        "empty-base",
        "unterminated",
        "unknown-stage",
    ];
    let cases: Vec<Case> = cases().into_iter().filter(|case| !others.contains(&case.cause)).collect();
    explains(&engine, &cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_package_managers_are_explained() {
    let Some(engine) = engine(false).await else { return };
    let cases = [
        case(
            "apt-unknown-package",
            "no-such-package-x",
            2,
            "FROM debian:bookworm-slim\nRUN apt-get install -y no-such-package-x\n",
        ),
        case(
            "apt-needs-root",
            "not root",
            3,
            "FROM debian:bookworm-slim\nUSER 1000\nRUN apt-get install -y curl\n",
        ),
        case("bash-in-sh", "[[", 2, "FROM debian:bookworm-slim\nRUN [[ a == a ]]\n"),
        case(
            "no-network",
            "nowhere.invalid",
            2,
            "FROM debian:bookworm-slim\nRUN echo 'deb http://nowhere.invalid/debian bookworm main' >/etc/apt/sources.list && rm -rf /etc/apt/sources.list.d && apt-get update -o Acquire::Retries=0 && apt-get install -y nosuchthing\n",
        ),
        case(
            "pip-unknown-package",
            "no-such-package-x==1",
            2,
            "FROM python:3.12-slim\nRUN pip install no-such-package-x==1\n",
        ),
        case(
            "pip-requirements-missing",
            "requirements.txt",
            2,
            "FROM python:3.12-slim\nRUN pip install -r requirements.txt\n",
        ),
        case(
            "npm-lock-missing",
            "package-lock.json",
            4,
            "FROM node:20-slim\nWORKDIR /a\nRUN echo '{}' >package.json\nRUN npm ci\n",
        ),
        case("npm-no-package-json", "package.json", 3, "FROM node:20-slim\nWORKDIR /a\nRUN npm test\n"),
        case("go-no-mod", "go.mod", 3, "FROM golang:1.22-alpine\nWORKDIR /a\nRUN go build\n"),
    ];
    explains(&engine, &cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_a_run_are_explained() {
    let Some(engine) = engine(false).await else { return };
    let run = |cmd: &[&str], user: &str| {
        let request = RunRequest {
            cmd: cmd.iter().map(ToString::to_string).collect(),
            user: user.into(),
            ..RunRequest::new(BASE)
        };
        engine.run(request, |_| {}, CancellationToken::new())
    };
    let refused = |result: Result<_, EngineError>| {
        let error = result.map(|_: docker_ecr_tutor::engine::Container| ()).expect_err("it does not start");
        explain::not_started(&error.to_string()).unwrap_or_else(|| panic!("nothing is made of {error}"))
    };
    let known = refused(run(&["no-such-program"], "").await);
    assert_eq!(known.cause, "command-not-found");
    assert!(known.what.contains("no-such-program"), "{known:?}");
    assert_eq!(refused(run(&["/etc/passwd"], "").await).cause, "not-executable");
    assert_eq!(refused(run(&["true"], "nobody-here").await).cause, "no-such-user");

    let ended = |script: &'static str| {
        let run = run(&["sh", "-c", script], "1000");
        async move {
            let container = run.await.expect("it runs");
            let exit = container.wait().await.expect("it ends");
            let known = explain::ended(exit.code, exit.out_of_memory, &container.output());
            known.unwrap_or_else(|| panic!("{exit:?}: {}", String::from_utf8_lossy(&container.output())))
        }
    };
    let read_only =
        RunRequest { cmd: vec!["touch".into(), "/x".into()], read_only: true, ..RunRequest::new(BASE) };
    let container = engine.run(read_only, |_| {}, CancellationToken::new()).await.expect("it runs");
    let exit = container.wait().await.expect("it ends");
    let known = explain::ended(exit.code, exit.out_of_memory, &container.output()).expect("known");
    assert_eq!((known.cause, known.what.contains("/x")), ("read-only", true), "{known:?}");
    let (missing, denied, memory) = tokio::join!(
        ended("no-such-program"),
        ended("echo a >/etc/x"),
        ended("x=a; while true; do x=$x$x; done"),
    );
    assert_eq!(
        (missing.cause, denied.cause, memory.cause),
        ("command-not-found", "permission-denied", "out-of-memory")
    );
    engine.settle(std::time::Duration::from_secs(30)).await;
}
