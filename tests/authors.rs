//! `course check` as an author meets it: what it says, how it ends, and that a course of somebody else's which uses
//! every feature keeps its promises, with an engine too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};
use support::Home;

const HARBOUR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/courses/harbour");

/// Exit code and output of `course` with these arguments.
fn course(args: &[&str]) -> (i32, String, String) {
    let home = Home::new();
    let mut command = home.command(&[&["course"], args].concat());
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        match source.is_dir() {
            true => copy(&source, &target),
            false => drop(fs::copy(&source, &target).unwrap()),
        }
    }
}

/// What `course check` says of the harbour when `old` stands as `new` in a file of it.
fn harbour_with(path: &str, old: &str, new: &str) -> (i32, String) {
    let dir = tempfile::tempdir().unwrap();
    copy(Path::new(HARBOUR), dir.path());
    let file = dir.path().join(path);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(old), "{path} holds {old}");
    fs::write(&file, text.replacen(old, new, 1)).unwrap();
    let (code, out, err) = course(&["check", &dir.path().display().to_string()]);
    assert_eq!(err, "");
    (code, out)
}

#[test]
fn the_shipped_course_keeps_what_it_promises_in_less_than_ten_seconds() {
    let since = Instant::now();
    let (code, out, err) = course(&["check"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.ends_with(" reference pages, 0 problems\n"), "{out}");
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
}

#[test]
fn a_course_that_uses_everything_keeps_what_it_promises() {
    let (code, out, _) = course(&["check", HARBOUR]);
    assert_eq!(
        (code, out.as_str()),
        (0, "2 lessons, 4 exercises, 1 example, 1 reference page, 0 problems\n")
    );
}

#[test]
fn starts_fail_and_solutions_pass_by_real_builds() {
    if support::engine().is_none() {
        return;
    }
    let (code, out, err) = course(&["check", HARBOUR, "--engine"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.ends_with(" with the engine, 0 problems\n"), "{out}");
    // What is wrong is found where only a container can tell.
    let dir = tempfile::tempdir().unwrap();
    copy(Path::new(HARBOUR), dir.path());
    let solution = dir.path().join("solutions/bell/Dockerfile");
    fs::write(solution, "FROM alpine:3.19\nCMD [\"sh\", \"-c\", \"echo dong; exit 3\"]\n").unwrap();
    let start = dir.path().join("exercises/bell/start/Dockerfile");
    fs::write(start, "FROM alpine:3.19\nCMD [\"sh\", \"-c\", \"echo ding; exit 3\"]\n").unwrap();
    let folder = dir.path().display().to_string();
    let (code, out, _) = course(&["check", &folder, "--engine", "--only", "bell"]);
    assert_eq!(code, 2, "{out}");
    for said in [
        "exercises/bell/exercise.yaml:18:9: The solution fails the check `rings`",
        "The start as it is passes the exercise.",
    ] {
        assert!(out.contains(said), "{said}: {out}");
    }
}

#[test]
fn without_an_engine_what_needs_one_is_not_run_and_nothing_is_called_proved() {
    let home = Home::new();
    let mut command = home.command(&["course", "check", HARBOUR, "--engine", "--only", "bell"]);
    let out = command.env("DOCKER_HOST", "unix:///nowhere/docker.sock").output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!(out.status.code(), Some(3), "{text}");
    assert!(text.contains("not run: bell, the solution: `rings`: "), "{text}");
}

#[test]
fn each_broken_promise_is_told_with_its_place_and_a_way_out() {
    let exercise = "exercises/tide/exercise.yaml";
    let lesson = "lessons/02-shipping.md";
    for (path, old, new, said) in [
        (
            exercise,
            "format: 1",
            "format: 2",
            "exercise.yaml:1:1: This file is of format 2; this program reads format 1.",
        ),
        (lesson, "minutes: 5", "minutes: 5\nformat: 9", "02-shipping.md:5:1: This file is of format 9"),
        (
            "assets/reference/01-glossary.md",
            "title:",
            "format: 3\ntitle:",
            "01-glossary.md:2:1: This file is of format 3",
        ),
        (
            "assets/examples/01-quay/README.md",
            "http:",
            "format: 4\nhttp:",
            "01-quay/README.md:2:1: This file is of format 4",
        ),
        (exercise, "minutes: 10", "minuets: 10", "Did you mean `minutes`?"),
        (
            exercise,
            "start_fails: [tide]",
            "start_fails: [ebb]",
            "`start_fails` names `ebb`, and no check has that id.",
        ),
        (
            "solutions/tide/policy.json",
            "\"untagged\"",
            "\"any\"",
            "exercise.yaml:16:9: The solution fails the check `tide`: expected",
        ),
        (
            exercise,
            "{ tags: [], days: 3, then: expires }",
            "{ tags: [], days: 3, then: stays }",
            "The start passes the check `tide`, which `start_fails` says that it fails.",
        ),
        (exercise, "hints:\n", "hints: []\nhintz:\n", "Did you mean `hints`?"),
        (lesson, "answers: [\"0\", zero]\n", "", "A quiz has either `options` or `answers`."),
        (lesson, "(#tidying-up)", "(#tidying)", "has no heading `#tidying`."),
        (
            "lessons/01-mooring.md",
            "```dockerfile bad",
            "```dockerfile",
            "01-mooring.md:45:5: The linter says DL3025: ",
        ),
        ("lessons/01-mooring.md", "```dockerfile broken", "```dockerfile", "write ```dockerfile broken"),
    ] {
        let (code, out) = harbour_with(path, old, new);
        assert_eq!(code, 2, "{new}: {out}");
        assert!(out.contains(said), "{new} should say: {said}\n{out}");
        assert!(out.contains("\n  try: "), "{out}");
    }
}

#[test]
fn an_answer_that_takes_no_understanding_is_found_out() {
    // The policy of the berth's solution would pass, were it not for the image with a version.
    let (code, out) = harbour_with(
        "exercises/tide/exercise.yaml",
        "- { tags: [], days: 3, then: expires }\n          - { tags: [], days: 0, then: stays }",
        "- { tags: [edge], days: 20, then: expires }",
    );
    assert_eq!(code, 2);
    assert!(out.contains("The solution of `berth` passes the exercise."), "{out}");
}

#[test]
fn findings_are_for_programs_and_for_github_too_and_for_the_named_alone() {
    let dir = tempfile::tempdir().unwrap();
    copy(Path::new(HARBOUR), dir.path());
    for (path, old, new) in [
        ("exercises/tide/exercise.yaml", "start_fails: [tide]", "start_fails: [ebb, 100%]"),
        ("lessons/02-shipping.md", "(#tidying-up)", "(#tidying)"),
    ] {
        let file = dir.path().join(path);
        let text = fs::read_to_string(&file).unwrap().replacen(old, new, 1);
        fs::write(file, text.replace("100%", "flow")).unwrap();
    }
    let folder = dir.path().display().to_string();
    let (code, out, _) = course(&["check", &folder, "--format", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap();
    let problems = report["problems"].as_array().unwrap();
    assert_eq!((code, problems.len(), &report["lessons"]), (2, 3, &Value::from(2)), "{out}");
    assert_eq!(problems[2]["path"], "lessons/02-shipping.md");
    assert!(problems[2]["line"].as_u64().unwrap() > 20 && problems[2]["remedy"].is_string());

    let (_, out, _) = course(&["check", &folder, "--format", "github"]);
    let line = out.lines().find(|line| line.contains("02-shipping")).unwrap();
    assert!(line.starts_with("::error file=lessons/02-shipping.md,line="), "{line}");
    assert!(line.contains(",title=course check::") && line.contains("%0Atry: "), "{line}");

    let (code, out, _) = course(&["check", &folder, "--only", "shipping"]);
    assert!(code == 2 && out.contains("02-shipping") && !out.contains("exercises/tide"), "{out}");
    let (code, out, _) = course(&["check", &folder, "--only", "bell,pier"]);
    assert!(code == 0, "{out}");
    let (code, _, err) = course(&["check", &folder, "--only", "peer"]);
    assert!(code == 2 && err.contains("did you mean `pier`?"), "{err}");
}

#[test]
#[cfg(unix)]
fn what_is_saved_is_shown_at_once_and_what_is_broken_leaves_the_last_good_version() {
    let (home, dir) = (Home::new(), tempfile::tempdir().unwrap());
    copy(Path::new(HARBOUR), dir.path());
    let lesson = dir.path().join("lessons/01-mooring.md");
    let good = fs::read_to_string(&lesson).unwrap();
    let folder = dir.path().display().to_string();
    let mut tutor = home.start(&["--course", &folder, "--watch"], (100, 30), &[]);
    tutor.wait_for("Mooring an image");
    tutor.send("Enter").wait_for("A ship that lies too deep");
    fs::write(&lesson, good.replace("lies too deep", "floats too low")).unwrap();
    tutor.wait_for("A ship that floats too low");
    // Broken: why, and the page as it was.
    fs::write(&lesson, good.replace("minutes: 6", "minutes: six")).unwrap();
    tutor.wait_for("The course has problems");
    tutor.wait_for("01-mooring.md:5:10");
    tutor.send("Esc").wait_gone("The course has problems");
    tutor.wait_for("A ship that floats too low");
    fs::write(&lesson, good.replace("minutes: 6", "minutes: 7")).unwrap();
    tutor.wait_for("all is well again");
    tutor.wait_for("A ship that lies too deep");
    // The place is kept.
    tutor.send("End").wait_for("Go on with the exercise");
    fs::write(&lesson, good.replace("Go on with", "Get on with")).unwrap();
    tutor.wait_for("Get on with the exercise");
    // What is new stands on the map; a task is renewed in its workbench.
    fs::write(dir.path().join("lessons/03-new.md"), good.replace("Mooring an image", "Weighing anchor"))
        .unwrap();
    tutor.send("Esc").wait_for("Weighing anchor");
    support::leave(tutor);
}
