//! What is kept on disk, under kill -9 and with two processes at once.
//!
//! The processes are this test program itself, started again for one of the `child_…` tests; these
//! do nothing unless the parent names a folder.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

use docker_ecr_tutor::store::Store;
use docker_ecr_tutor::store::attempts::Attempt;
use docker_ecr_tutor::store::workspace::Workspace;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const FOLDER: &str = "STORE_TEST_FOLDER";
const START: [(&str, &[u8]); 1] = [("Dockerfile", b"line 0\n")];

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn child(test: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Says a line to the parent, at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

/// The text after `n` steps of typing: every line that was ever typed, so that it shows its age.
fn typed(n: usize) -> String {
    (0..=n).map(|line| format!("line {line}\n")).collect()
}

/// Types and notes as fast as it can, saves every seventh step, records every eleventh.
#[test]
fn child_types() {
    let Some(folder) = folder() else { return };
    let work = Workspace::open(&folder.join("work"), "exercise-1", START).unwrap();
    let store = Store::open(&folder).unwrap();
    let mut journal = work.journal("Dockerfile");
    let mut passed = 0;
    for n in 1..100_000 {
        say(&format!("typing {n}"));
        journal.note(&typed(n)).unwrap();
        say(&format!("noted {n}"));
        if n % 7 == 0 {
            work.save("Dockerfile", typed(n).as_bytes()).unwrap();
            journal.clear();
        }
        if n % 11 == 0 {
            store.record_attempt(&Attempt { exercise: "exercise-1".into(), ..Attempt::default() }).unwrap();
            passed += 1;
            say(&format!("passed {passed}"));
        }
    }
}

#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_noted() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..25_usize {
        let folder = dir.path().join(round.to_string());
        let mut child = child("child_types", &folder);
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        // A different moment each round, from the child's own progress: no clock.
        let until = format!("typing {}", 1 + round * 3);
        let mut heard = Vec::new();
        for line in said.by_ref() {
            let line = line.unwrap();
            let reached = line.ends_with(&until);
            heard.push(line);
            if reached {
                break;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        heard.extend(said.map_while(Result::ok));
        let last = |word: &str| {
            heard.iter().filter_map(|l| l.strip_prefix(word)?.trim().parse::<usize>().ok()).max().unwrap_or(0)
        };
        let (noted, passed) = (last("noted"), last("passed"));
        let typing = last("typing").max(noted);

        let work = Workspace::open(&folder.join("work"), "exercise-1", START).unwrap();
        let saved = String::from_utf8(work.load("Dockerfile").unwrap().0).unwrap();
        let lines = |text: &str| text.lines().count().saturating_sub(1);
        assert_eq!(saved, typed(lines(&saved)), "a torn file");
        let recovered = work.recover();
        for one in &recovered {
            assert_eq!(one.text, typed(lines(&one.text)), "a torn journal");
        }
        let best = recovered.iter().map(|r| lines(&r.text)).chain([lines(&saved)]).max().unwrap();
        assert!((noted..=typing.max(noted) + 1).contains(&best), "noted {noted}, came back with {best}");

        let store = Store::open(&folder).unwrap();
        assert_eq!(store.notice(), None);
        let kept = store.progress().unwrap().exercises.get("exercise-1").map_or(0, |e| e.attempts as usize);
        assert!((passed..=passed + 1).contains(&kept), "{passed} passed, {kept} kept");
        assert_eq!(std::fs::read_dir(work.dir()).unwrap().count(), 1, "temporary files were left");
    }
}

/// Adds attempts and settings until there are two hundred of its own.
#[test]
fn child_records() {
    let Some(folder) = folder() else { return };
    let store = Store::open(&folder).unwrap();
    let exercise = format!("exercise-{}", std::process::id());
    for n in 0..100 {
        store.record_attempt(&Attempt { exercise: exercise.clone(), ..Attempt::default() }).unwrap();
        store.set_setting("theme", &n.to_string()).unwrap();
        store.open_hint(&exercise, n).unwrap();
    }
}

#[test]
fn four_processes_write_at_once_from_the_first_start_on() {
    let dir = tempfile::tempdir().unwrap();
    let children: Vec<Child> = (0..4).map(|_| child("child_records", dir.path())).collect();
    for mut child in children {
        let id = child.id();
        assert!(child.wait().unwrap().success());
        let store = Store::open(dir.path()).unwrap();
        let progress = store.progress().unwrap();
        let mine = progress.exercises[&format!("exercise-{id}")];
        assert_eq!((mine.attempts, mine.hints_opened), (100, 99));
    }
}

#[test]
fn opening_is_cheap() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for n in 0..50 {
        let attempt = Attempt {
            exercise: format!("exercise-{n}"),
            checks: "small=pass\n".repeat(8),
            ..Attempt::default()
        };
        store.record_attempt(&attempt).unwrap();
    }
    drop(store);
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let start = Instant::now();
            let store = Store::open(dir.path()).unwrap();
            store.progress().unwrap();
            start.elapsed()
        })
        .collect();
    times.sort();
    println!("open and read progress: median {:?}", times[10]);
    // The budget is 3 ms in a release build; this bound catches a change of kind, not of degree.
    assert!(times[10] < Duration::from_millis(30), "{times:?}");
}
