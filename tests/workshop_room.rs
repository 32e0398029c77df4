//! A room: an instructor at the board and three learners, each in a terminal of their own, with the real server and
//! the real engine. They do exercise 1 (that of a course which is graded in seconds): one passes, one fails first and
//! passes then, one asks for help, is killed and comes back. The board shows what happened, and the export agrees.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod support;

use std::path::Path;
use std::time::Duration;
use support::{Exit, Home, Session, leave, wait_file};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/courses/tiny");
const PLAN: &str = "\
format: 1
title: A small room
parts:
  - title: Make it small
    minutes: 40
    lessons: [tiny]
    exercises: [exercise-1]
";
/// What a learner sees of the clock.
const RUNS: &str = r"part 1 of 1.*\d+ min left";
/// A grading builds and runs; on a machine that does much else it takes its time.
const PATIENCE: Duration = Duration::from_secs(120);

struct Learner {
    home: Home,
    terminal: Session,
}

impl Learner {
    /// Types the line that the instructor shows, and begins exercise 1.
    fn joins(address: &str, name: &str) -> Self {
        let home = Home::new();
        let mut terminal = home.start(&["--course", COURSE, "join", address, "--name", name], (120, 36), &[]);
        terminal.patience(PATIENCE);
        terminal.wait_for("Lessons and exercises");
        let mut learner = Self { home, terminal };
        learner.opens_the_exercise();
        learner
    }

    fn opens_the_exercise(&mut self) {
        self.terminal.send("Ctrl-p").wait_for("Commands");
        self.terminal.type_text("Exercise 1: A tiny").wait_match("(?i)exercise 1: a tiny");
        self.terminal.send("Enter").wait_for("echo installing");
    }

    /// Writes the solution, which differs between learners in a comment, so that each builds their own.
    fn solves(&mut self, name: &str) {
        let solution = Path::new(COURSE).join("solutions/exercise-1");
        for file in ["Dockerfile", ".dockerignore"] {
            let text = std::fs::read_to_string(solution.join(file)).expect("the solution's file");
            let last = format!("# by {name}");
            self.terminal.send("Ctrl-a").paste(&format!("{text}{last}\n")).wait_for(&last);
            wait_file(&self.home.workspace("exercise-1").join(file), |text| text.contains(&last));
            self.terminal.send("Alt-.");
        }
    }

    fn passes(&mut self, name: &str) {
        self.solves(name);
        self.terminal.send("F3").wait_match("Passed: .* points");
    }
}

#[test]
fn an_instructor_and_three_learners_do_exercise_1() {
    let (Some(_engine), Some(server)) = (support::engine(), support::peer("nats-server")) else { return };
    let room = Home::new();
    room.write("room.yaml", PLAN);
    let path = support::path_with(&server);
    let host = ["--course", COURSE, "workshop", "host", "room.yaml", "--listen", "127.0.0.1"];
    // Wide, so that the line to type stands there whole.
    let mut board = room.start(&host, (200, 50), &[("PATH", &path)]);
    board.patience(PATIENCE);
    board.wait_for("A small room");
    board.wait_match(r"nats://[^']+'");
    let shown = board.text();
    let address =
        shown.split('\'').find(|part| part.starts_with("nats://")).expect("the line to type").to_owned();

    let mut ada = Learner::joins(&address, "Ada");
    let mut bob = Learner::joins(&address, "Bob");
    let mut cyd = Learner::joins(&address, "Cyd");
    for name in ["Ada", "Bob", "Cyd"] {
        board.wait_for(name);
    }
    board.wait_for("3 here");

    // The instructor begins, and all see the clock.
    board.send("n").wait_for("Part 1 of 1: Make it small");
    board.send("Enter").wait_for("left of 40 min");
    for learner in [&ada, &bob, &cyd] {
        learner.terminal.wait_match(RUNS);
    }

    // Ada passes, Bob fails first.
    ada.passes("Ada");
    board.wait_match(r"Ada .*✓");
    bob.terminal.send("F3").wait_match(r"Not passed|falls short|\d+ of \d+ points");
    board.wait_match(r"Bob .*✗");
    board.wait_for("1 of 2 fail");
    bob.passes("Bob");
    board.wait_match(r"Bob .*✓");

    // Cyd asks, and shows a file.
    cyd.terminal.send("Alt-j").wait_for("Call for help");
    cyd.terminal.type_text("Where do I begin?").wait_for("Where do I begin?");
    cyd.terminal.send("Tab").send("Space").wait_for("[x] Dockerfile");
    cyd.terminal.send("Enter").wait_for("This is sent");
    cyd.terminal.send("Enter").wait_gone("This is sent");
    board.wait_for("1 wants help");
    // The only one who is stuck.
    board.send("Tab").send("Enter").wait_for("Wants help");
    board.wait_for("Where do I begin?");
    board.wait_for("ADD . /srv");
    board.send("d").wait_gone("Wants help");
    board.send("Esc").wait_for("3 here");
    board.wait_gone("wants help");

    // Cyd's machine is switched off, and on again: the seat is still Cyd's, and nothing comes twice.
    cyd.terminal.kill9();
    let mut back = cyd.home.start(&["--course", COURSE], (120, 36), &[]);
    back.patience(PATIENCE);
    back.wait_match(RUNS);
    // It comes back to the exercise, which is there a moment after the bar.
    back.wait_for("ADD . /srv");
    let mut cyd = Learner { home: cyd.home, terminal: back };
    cyd.passes("Cyd");
    board.wait_match(r"Cyd .*✓");
    board.wait_for("of 3: 3 passed");

    // Said to all, heard by all.
    board.send("a").wait_for("Say to all");
    board.type_text("Well done").wait_for("Well done");
    board.send("Enter").wait_gone("Say to all");
    for learner in [&ada, &bob, &cyd] {
        learner.terminal.wait_for("Well done");
    }
    for learner in [ada, bob, cyd] {
        leave(learner.terminal);
    }
    board.send("Ctrl-q").wait_for("Leave the board?");
    board.send("Right").send("Enter");
    assert_eq!(board.wait_exit(), Exit::Code(0));
    board.assert_clean();
    board.assert_restored();

    exported(&room);
}

/// What the record says afterwards.
fn exported(room: &Home) {
    let workshops = std::fs::read_dir(room.data().join("workshops")).unwrap();
    let record = workshops.map(|entry| entry.unwrap().path().join("record.jsonl")).find(|path| path.exists());
    let record = record.expect("a record").to_string_lossy().into_owned();
    let told = room.command(&["workshop", "export", &record, "--format", "json"]).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let report: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let learners = report["learners"].as_array().expect("learners");
    let of = |name: &str| {
        let found: Vec<_> = learners.iter().filter(|learner| learner["name"] == name).collect();
        assert_eq!(found.len(), 1, "{name} is there once: {report}");
        &found[0]["exercises"][0]
    };
    for (name, attempts) in [("Ada", 1), ("Bob", 2), ("Cyd", 1)] {
        assert_eq!(
            (&of(name)["state"], &of(name)["attempts"]),
            (&"passed".into(), &attempts.into()),
            "{name}"
        );
    }
    // What was shown with a call stays in the record.
    assert!(!String::from_utf8_lossy(&told.stdout).contains("ADD . /srv"));
}
