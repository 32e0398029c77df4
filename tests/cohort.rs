//! `--check` over many submissions: each gets the verdict that is its own, in the order asked for, with
//! each different one graded once, and none of it lost when the program is killed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

mod support;

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use support::{Home, engine};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/courses/tiny");

fn check(home: &Home, args: &[&str]) -> Command {
    let mut command = home.command(&["--check", "exercise-1"]);
    if !args.contains(&"--course") {
        command.args(["--course", COURSE]);
    }
    command.args(args).env("TMPDIR", home.path().join("runtime"));
    command
}

fn run(home: &Home, args: &[&str]) -> (i32, Vec<Value>, String) {
    let mut all = vec!["--format", "json=report.json"];
    all.extend(args);
    let output = check(home, &all).output().unwrap();
    let errors = text(&output);
    let json =
        fs::read_to_string(home.path().join("report.json")).unwrap_or_else(|e| panic!("{e}: {errors}"));
    let report: Value = serde_json::from_str(&json).unwrap();
    (output.status.code().unwrap(), report["reports"].as_array().unwrap().clone(), errors)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn solution() -> String {
    fs::read_to_string(Path::new(COURSE).join("solutions/exercise-1/Dockerfile")).unwrap()
}

fn submission(home: &Home, name: &str, dockerfile: &str, ignore: bool) -> PathBuf {
    let file = home.write(format!("{name}/Dockerfile"), dockerfile);
    if ignore {
        home.write(format!("{name}/.dockerignore"), "*\n!serve.sh\n!page.txt\n");
    }
    file.parent().unwrap().to_owned()
}

/// Ids of the checks that did not pass.
fn short(report: &Value) -> Vec<&str> {
    let checks = report["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["status"] == "fail").map(|check| check["id"].as_str().unwrap()).collect()
}

fn dirs(reports: &[Value]) -> Vec<String> {
    reports.iter().map(|report| report["dir"].as_str().unwrap().to_owned()).collect()
}

/// Each folder in its place, with these checks failing.
fn assert_verdicts(reports: &[Value], expected: &[(String, Vec<&str>)]) {
    assert_eq!(reports.len(), expected.len());
    for (report, (dir, wrong)) in reports.iter().zip(expected) {
        assert_eq!((report["dir"].as_str().unwrap(), &short(report)), (dir.as_str(), wrong));
    }
}

/// The record's lines but for its head.
fn kept(home: &Home) -> usize {
    fs::read_to_string(home.path().join("record")).map_or(0, |text| text.lines().count().saturating_sub(1))
}

#[test]
fn a_thousand_submissions_a_hundred_of_them_different_each_get_their_own_verdict() {
    let home = Home::new();
    let mut expected = Vec::new();
    for number in 0..1_000 {
        let kind = number % 100;
        let mut dockerfile = format!("{}EXPOSE {}\n", solution(), 9_000 + kind);
        let mut wrong = Vec::new();
        if kind % 2 == 1 {
            dockerfile = dockerfile.replace("alpine:3.19", "alpine:latest");
            wrong.push("clean");
        }
        let ignore = kind % 3 != 1;
        if !ignore {
            wrong.push("context");
        }
        if kind % 5 == 2 {
            dockerfile = dockerfile.replace("USER 10001:10001\n", "");
            wrong.push("shape");
        }
        let dir = submission(&home, &format!("all/s{number:04}"), &dockerfile, ignore);
        expected.push((dir.display().to_string(), wrong));
    }
    let all = home.path().join("all");
    let parent = all.to_str().unwrap();
    let (code, reports, errors) =
        run(&home, &["--only", "static", "--submissions", parent, "--jobs", "4", "--resume", "record"]);
    assert_eq!(code, 1, "{errors}");
    assert_verdicts(&reports, &expected);
    assert_eq!(kept(&home), 100, "what is equal is graded once");
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 1_000);
    for (line, (dir, wrong)) in lines.iter().zip(&expected) {
        assert!(line.contains(dir.as_str()) && line.contains(&wrong.join(", ")), "{line}: {dir} {wrong:?}");
    }
}

#[test]
fn folders_are_named_by_patterns_by_their_parent_and_by_lists() {
    let home = Home::new();
    for name in ["in/b", "in/a", "in/.c", "d"] {
        submission(&home, name, &solution(), true);
    }
    home.write("in/notes.txt", "no submission");
    home.write("list", "# the class\nin/b\n\nd\r\n");
    let only = ["--only", "static"];
    let with = |more: &[&str]| {
        let (code, reports, errors) = run(&home, &[&only, more].concat());
        assert_eq!(code, 0, "{errors}");
        dirs(&reports)
    };
    assert_eq!(with(&["--submissions", "in"]), ["in/a", "in/b"]);
    assert_eq!(with(&["--dir", "i*/?"]), ["in/a", "in/b"]);
    assert_eq!(with(&["--dirs-from", "list"]), ["in/b", "d"]);
    assert_eq!(with(&["--dirs-from", "list", "--dir", "in/a"]), ["in/a", "in/b", "d"]);

    let mut command = check(&home, &["--only", "static", "--format", "csv", "--dirs-from", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"d\nin/a\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let rows = String::from_utf8(output.stdout).unwrap();
    assert_eq!(rows.lines().filter(|row| row.starts_with("\"d\"")).count(), 9, "{rows}");

    for wrong in
        [["--submissions", "d"], ["--dirs-from", "none"], ["--dir", "x*"], ["--dirs-from", "in/notes.txt"]]
    {
        let output = check(&home, &[&only[..], &wrong].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {}", text(&output));
    }
}

#[test]
fn what_did_not_change_is_not_graded_again() {
    let home = Home::new();
    let bad = solution().replace("USER 10001:10001\n", "");
    for (name, dockerfile) in [("in/a", solution()), ("in/b", bad), ("in/c", solution() + "EXPOSE 9\n")] {
        submission(&home, name, &dockerfile, true);
    }
    let args = ["--only", "static", "--submissions", "in", "--resume", "record"];
    let first = run(&home, &args);
    assert_eq!((first.0, kept(&home)), (1, 3));
    assert_eq!(run(&home, &args).1, first.1);
    assert_eq!(kept(&home), 3, "nothing changed, nothing was graded");

    // The second is mended into the first, which is known.
    submission(&home, "in/b", &solution(), true);
    let (code, reports, _) = run(&home, &args);
    assert_eq!((code, short(&reports[1]), kept(&home)), (0, vec![], 3));
    home.write("in/c/more", "a new file");
    assert_eq!((run(&home, &args).0, kept(&home)), (0, 4));
    // With another limit the verdict might be another.
    run(&home, &[&args[..], &["--timeout", "9"]].concat());
    assert_eq!(kept(&home), 6);

    let output =
        check(&home, &["--only", "static", "--dir", "in/a", "--resume", "in/a/Dockerfile"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert_eq!(fs::read_to_string(home.path().join("in/a/Dockerfile")).unwrap(), solution());
}

/// Grading a good submission and one whose build never ends, with the verdict over the first kept.
fn first_of_two(home: &Home) -> (Child, [&'static str; 6]) {
    let argument = format!("{}", 60_000 + std::process::id());
    submission(home, "in/a", &solution(), true);
    let endless = solution().replace("RUN echo", &format!("RUN sleep {argument} && echo"));
    submission(home, "in/b", &endless, true);
    let args = ["--submissions", "in", "--resume", "record", "--jobs", "1"];
    let mut command = check(home, &args);
    command.args(["--format", "json=ended.json"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while kept(home) < 1 {
        assert!(std::time::Instant::now() < patience, "the first verdict was not kept");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    (child, args)
}

#[test]
fn a_hang_up_ends_it_with_129_and_a_report_of_what_was_done() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let (mut child, _) = first_of_two(&home);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(129));
    let text = fs::read_to_string(home.path().join("ended.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    let statuses: Vec<&str> =
        report["reports"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
    assert_eq!((statuses, kept(&home)), (vec!["passed", "incomplete"], 1));
    assert_eq!(fs::read_dir(home.path().join("runtime")).unwrap().count(), 0, "a copy was left");
}

#[test]
fn after_a_kill_it_goes_on_where_it_was() {
    let Some(_engine) = engine() else { return };
    let home = Home::new();
    let (mut child, args) = first_of_two(&home);
    child.kill().unwrap();
    child.wait().unwrap();

    // Without an engine only what is known can pass, and what is not known is not written down.
    let nowhere = format!("unix://{}/none.sock", home.path().display());
    let (code, reports, errors) = run(&home, &[&args[..], &["--host", &nowhere]].concat());
    assert_eq!(code, 3, "{errors}");
    let statuses: Vec<&str> = reports.iter().map(|report| report["status"].as_str().unwrap()).collect();
    assert_eq!((statuses, kept(&home)), (vec!["passed", "incomplete"], 1));

    submission(&home, "in/b", &(solution() + "EXPOSE 9000\n"), true);
    let (code, reports, errors) = run(&home, &args);
    assert_eq!((code, kept(&home)), (0, 2), "{errors}");
    assert!(reports.iter().all(|report| report["status"] == "passed"), "{reports:?}");
}

/// The course of the other tests without the checks that take long: they are not what is at stake.
fn quick_course(home: &Home) -> String {
    let course = home.path().join("quick");
    let copied = Command::new("cp").arg("-r").arg(COURSE).arg(&course).status().unwrap();
    assert!(copied.success());
    let yaml = course.join("exercises/exercise-1/exercise.yaml");
    let text = fs::read_to_string(&yaml).unwrap();
    let (head, checks) = text.split_once("checks:\n").unwrap();
    let kept = checks.split("  - id: ").filter(|check| {
        ["clean\n", "context\n", "shape\n", "builds\n", "answers\n"].iter().any(|id| check.starts_with(id))
    });
    let kept: String = kept.map(|check| format!("  - id: {check}")).collect();
    fs::write(&yaml, format!("{head}checks:\n{kept}")).unwrap();
    course.display().to_string()
}

#[test]
fn fifty_submissions_with_real_builds_four_at_a_time_and_none_wrong() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let mut expected = Vec::new();
    for number in 0..50 {
        let good = format!("{}EXPOSE {}\n", solution(), 9_000 + number);
        let (dockerfile, wrong): (String, &[&str]) = match number % 5 {
            0 | 3 => (good, &[]),
            1 => (good.replace("RUN echo", "RUN exit 7; echo"), &["builds"]),
            2 => (good.replace("USER 10001:10001\n", ""), &["shape", "answers"]),
            _ => (good.replace("serve.sh\"]", "none.sh\"]"), &["answers"]),
        };
        let dir = submission(&home, &format!("in/s{number:02}"), &dockerfile, true);
        let name = dir.strip_prefix(home.path()).unwrap().display().to_string();
        expected.push((name, wrong.to_vec()));
    }
    let begun = std::time::Instant::now();
    let course = quick_course(&home);
    let (code, reports, errors) = run(&home, &["--course", &course, "--submissions", "in", "--jobs", "4"]);
    println!("50 submissions in {:.1} s", begun.elapsed().as_secs_f64());
    assert_eq!(code, 1, "{errors}");
    assert_verdicts(&reports, &expected);
    for report in reports.iter().filter(|report| report["status"] != "failed" && report["status"] != "passed")
    {
        println!("not graded to its end: {report:#}");
    }
    let statuses: BTreeSet<&str> = reports.iter().map(|report| report["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["failed", "passed"].into());
    assert_eq!(fs::read_dir(home.path().join("runtime")).unwrap().count(), 0, "a copy was left");
}
