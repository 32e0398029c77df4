//! The runner over programs that answer, fail, hang and flood.

use super::*;
use crate::dockerfile::parse;
use crate::lint::Config;
use crate::lint::shellcheck::scripts;

fn some(count: usize) -> Vec<Script> {
    let runs: String = (0..count).map(|at| format!("RUN echo {at} $X\n")).collect();
    scripts(&parse(&format!("FROM a:1\n{runs}")).0, &Config::default())
}

/// A program in the place of ShellCheck.
#[cfg(unix)]
fn fake(dir: &Path, script: &str) -> ShellCheck {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join("shellcheck");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a program");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    ShellCheck::at(path)
}

#[tokio::test]
async fn a_missing_program_is_an_error_and_nothing_is_known() {
    let program = ShellCheck::at("/nonexistent/shellcheck".into());
    let errors = program.check(&some(1)).await;
    assert!(matches!(errors.as_slice(), [Error::Io(_)]), "{errors:?}");
    assert_eq!(program.known(&some(1)[0]), None);
}

#[cfg(unix)]
#[tokio::test]
async fn each_script_is_asked_about_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let log = dir.path().join("log");
    let program = fake(dir.path(), &format!("echo \"$#\" >>{}; echo '{{\"comments\":[]}}'", log.display()));
    let scripts = some(3);
    assert_eq!(program.check(&scripts).await.len(), 0);
    assert_eq!(program.check(scripts.iter().chain(&some(3))).await.len(), 0);
    assert!(scripts.iter().all(|script| program.known(script).is_some_and(|said| said.is_empty())));
    let asked: usize = std::fs::read_to_string(log)
        .expect("a log")
        .lines()
        .map(|n| n.parse::<usize>().expect("a count") - 3)
        .sum();
    assert_eq!(asked, 3);
}

#[cfg(unix)]
#[tokio::test]
async fn one_script_that_it_fails_on_costs_the_others_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let program = fake(
        dir.path(),
        "if grep -q 'echo 4 ' [0-9]*; then echo 'bad \u{1b}[1mtimes' >&2; exit 3; fi; echo '{\"comments\":[]}'",
    );
    let errors = program.check(&some(9)).await;
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["it answered: bad \u{fffd}[1mtimes"]);
    assert!(some(9).iter().all(|script| program.known(script).is_some()));
}

#[cfg(unix)]
#[tokio::test]
async fn a_flood_is_cut_off() {
    let dir = tempfile::tempdir().expect("a folder");
    let program = fake(dir.path(), "exec yes");
    let errors = program.check(&some(1)).await;
    assert!(matches!(errors.as_slice(), [Error::Large]), "{errors:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn dropping_the_question_ends_the_program() {
    let dir = tempfile::tempdir().expect("a folder");
    let fifo = dir.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    // Holds the pipe open for as long as it lives: the end of the pipe is the end of the program.
    let program = fake(dir.path(), &format!("exec 9>{}; echo started >&9; exec sleep 600", fifo.display()));
    let scripts = some(1);
    let reader = tokio::fs::File::open(&fifo);
    let question = program.check(&scripts);
    let mut pipe = tokio::select! {
        pipe = reader => pipe.expect("the pipe"),
        errors = question => panic!("it ended: {errors:?}"),
    };
    // The question is dropped by now.
    let mut said = String::new();
    let read = tokio::time::timeout(Duration::from_secs(30), pipe.read_to_string(&mut said)).await;
    read.expect("the program ended").expect("readable");
}

/// With the real one, where it is on this machine.
#[tokio::test]
async fn the_real_one_is_understood() {
    let Some(program) = ShellCheck::find() else {
        println!("not run: shellcheck is not on PATH");
        return;
    };
    let source = "FROM alpine:3\nENV known=1\nRUN echo \u{e9} $known \\\n  # why\n  $X && echo -e hi\nRUN ((((\nRUN <<E\n\techo \0 $Y\nE\n";
    let (file, _) = parse(source);
    let config = Config::default();
    let scripts = scripts(&file, &config);
    let errors = program.check(&scripts).await;
    assert!(errors.is_empty(), "{errors:?}");
    let said: Vec<_> =
        scripts.iter().map(|script| (script, program.known(script).expect("an answer"))).collect();
    let found = crate::lint::shellcheck::diagnose(
        &file,
        &config,
        said.iter().map(|(script, said)| (*script, &**said)),
    );
    let quoted: Vec<&str> = found.iter().filter(|d| d.code == "SC2086").map(|d| d.span.of(source)).collect();
    assert_eq!(quoted, ["$X", "$Y"], "what ENV sets is known, and the others are at their places");
    assert!(found.iter().any(|d| d.code.starts_with("SC10")), "what cannot be read is said: {found:?}");
    assert!(found.iter().all(|d| d.code != "SC3037"), "busybox has echo -e: {found:?}");
}
