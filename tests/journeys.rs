//! Whole journeys of a learner at a keyboard, in a real pseudo-terminal, with the real engine where
//! one is needed. Nothing waits on time: each step waits for what the learner would see.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod support;

use rustix::process::Signal;
use std::path::Path;
use std::time::{Duration, Instant};
use support::{Home, Session, Size, leave, wait_file};

const WIDE: Size = (120, 36);
const USUAL: Size = (80, 24);

/// The course map.
fn map(home: &Home, size: Size) -> Session {
    let tutor = home.start(&[], size, &[]);
    tutor.wait_for("Lessons and exercises");
    tutor
}

/// Opens something by the command palette.
fn open(tutor: &mut Session, what: &str) {
    tutor.send("Ctrl-p").wait_for("Commands");
    tutor.type_text(what).wait_match(&format!("(?i){what}"));
    tutor.send("Enter");
}

/// The workbench of exercise 1.
fn exercise(home: &Home, size: Size) -> Session {
    let mut tutor = map(home, size);
    open(&mut tutor, "Exercise 1");
    tutor.wait_for("ADD . /app");
    tutor
}

#[test]
fn a_lesson_is_read_answered_and_found_again() {
    let home = Home::new();
    let mut tutor = map(&home, WIDE);
    open(&mut tutor, "Lesson 1");
    tutor.wait_for("An image is files and a note");
    tutor.wait_for("questions 0/");
    tutor.send("/").type_text("data.json").send("Enter").wait_for("1 of ");
    tutor.send("Esc").wait_gone("1 of ");
    tutor.send("1").wait_match("(Wrong|Right)\\.");
    tutor.send("2").send("3").send("4").wait_for("questions 1/");
    tutor.send("End").wait_for("100 %");
    let place = tutor.text();
    leave(tutor);

    let tutor = home.start(&[], WIDE, &[]);
    tutor.wait_for("100 %");
    tutor.wait_for("questions 1/");
    let line = |text: &str| text.lines().nth(5).map(str::to_owned);
    assert_eq!(line(&tutor.text()), line(&place), "the same lines are on the screen");
    leave(tutor);
}

#[test]
fn a_diagnostic_comes_and_goes_while_typing() {
    let home = Home::new();
    let mut tutor = exercise(&home, WIDE);
    tutor.wait_for("DL3009");
    tutor.send("Ctrl-Home").type_text("FROM alpine:latest\n").wait_for("DL3007");
    tutor.send("Ctrl-Home").send("Shift-Down").send("Delete").wait_gone("FROM alpine:latest");
    tutor.wait_gone("DL3007");
    tutor.send("Ctrl-z").wait_for("DL3007");
    tutor.send("Delete").wait_gone("DL3007");
    tutor.send("F4").wait_for("is the same as");
    tutor.type_text("# mine\n").wait_match(r"\+ # mine");
    wait_file(&home.workspace("exercise-1").join("Dockerfile"), |text| text.contains("# mine"));
    leave(tutor);

    let tutor = home.start(&[], WIDE, &[]);
    tutor.wait_for("# mine");
    leave(tutor);
}

#[test]
fn a_mistake_is_explained_fixed_with_a_preview_and_taken_back() {
    let home = Home::new();
    let mut tutor = exercise(&home, WIDE);
    let file = home.workspace("exercise-1").join("Dockerfile");
    // A safe fix is applied at once; what it would do is listed by another key.
    tutor
        .send("Ctrl-a")
        .paste("FROM alpine:3.19\nADD a.txt /a.txt\nUSER 10001\nCMD run it\n")
        .wait_for("DL3020");
    tutor.send("Ctrl-Home").send("Down").wait_for("Alt-Enter");
    tutor.send("F12").wait_for("copy-instead-of-add");
    tutor.wait_for("Line 2");
    tutor.send("Esc").wait_gone("copy-instead-of-add");
    tutor.send("Alt-f").wait_for("Fixes");
    tutor.wait_match(r"2 - ADD a.txt /a.txt(?s:.)*2 \+ COPY a.txt /a.txt");
    tutor.send("Esc").wait_gone("Fixes");
    tutor.send("Alt-Enter").wait_for("COPY a.txt");
    tutor.wait_gone("DL3020");
    wait_file(&file, |text| text.contains("COPY a.txt /a.txt"));
    tutor.send("Ctrl-z").wait_for("DL3020");
    // An unsafe one is shown before it is made, and says what may change.
    tutor.send("Ctrl-End").send("Up").wait_for("DL3025");
    tutor.send("Alt-Enter").wait_for("Unsafe:");
    tutor.wait_match(r#"\+ CMD \["run", "it"\]"#);
    tutor.send("Enter").wait_gone("Fixes");
    wait_file(&file, |text| text.contains("CMD [\"run\", \"it\"]"));
    tutor.send("Ctrl-z").wait_for("CMD run it");
    wait_file(&file, |text| text.contains("CMD run it"));
    leave(tutor);
}

#[test]
fn shellcheck_answers_after_our_own_rules_and_its_fix_is_taken() {
    let Some(shellcheck) = support::peer("shellcheck") else { return };
    let home = Home::new();
    let mut tutor = home.start(&[], WIDE, &[("PATH", &support::path_with(&shellcheck))]);
    tutor.wait_for("Lessons and exercises");
    open(&mut tutor, "Exercise 1");
    tutor.wait_for("ADD . /app");
    let file = home.workspace("exercise-1").join("Dockerfile");
    tutor.send("Ctrl-a").paste("FROM alpine:3.19\nUSER 10001\nRUN touch /tmp/").type_text("$1");
    tutor.wait_for("SC2086");
    tutor.send("Alt-f").wait_for("Fixes");
    tutor.wait_match(r#"3 \+ RUN touch .*""#);
    tutor.send("Enter").wait_gone("Fixes");
    tutor.wait_gone("SC2086");
    wait_file(&file, |text| text.lines().nth(2).is_some_and(|line| line.matches('"').count() == 2));
    tutor.send("Ctrl-z").wait_for("SC2086");
    leave(tutor);
}

#[test]
fn a_rule_is_ignored_from_the_list_of_problems() {
    let home = Home::new();
    let mut tutor = exercise(&home, WIDE);
    let file = home.workspace("exercise-1").join("Dockerfile");
    tutor
        .send("Ctrl-a")
        .paste("FROM alpine:3.19\nADD a.txt /a.txt\nADD b.txt /b.txt\nUSER 10001\n")
        .wait_for("DL3020");
    tutor.send("F7").wait_for("severity");
    tutor.send("e").wait_for("errors only");
    tutor.send("w").wait_for("copy-instead-of-add");
    tutor.send("Esc").wait_gone("copy-instead-of-add");
    tutor.send("i").wait_for("# hadolint ignore=DL3020");
    tutor.wait_for("is ignored here");
    wait_file(&file, |text| text.contains("# hadolint ignore=DL3020\nADD a.txt"));
    tutor.send("e").send("e").send("e").wait_for("; all, by place");
    leave(tutor);
}

#[test]
fn rules_are_read_from_lessons_and_the_palette() {
    let home = Home::new();
    let mut tutor = map(&home, USUAL);
    tutor.send("r").wait_for("Rules");
    tutor.type_text("exec-form").wait_for("DL3025");
    tutor.send("Enter").wait_for("Severity:");
    tutor.send("Esc").wait_gone("Severity:");
    tutor.send("Esc").wait_gone("Rules");
    open(&mut tutor, "DL3020");
    tutor.wait_for("copy-instead-of-add");
    tutor.send("Esc").wait_gone("copy-instead-of-add");
    open(&mut tutor, "Lesson 2");
    tutor.wait_for("questions 0/");
    tutor.send("Tab").wait_for("opens the word tag");
    tutor.send("Tab").wait_for("opens rule DL3006");
    tutor.send("Enter").wait_for("tagged-base");
    leave(tutor);
}

#[test]
fn the_solution_is_built_graded_and_remembered() {
    let Some(_engine) = support::engine() else { return };
    let home = Home::new();
    let mut tutor = exercise(&home, WIDE);
    // The start is built too, to compare with: minutes, when nothing of it is cached.
    tutor.patience(Duration::from_secs(900));
    let solution = Path::new(env!("CARGO_MANIFEST_DIR")).join("solutions/exercise-1");
    for file in ["Dockerfile", ".dockerignore", "requirements.txt"] {
        let text = std::fs::read_to_string(solution.join(file)).expect("the solution's file");
        let last = text.lines().rfind(|line| !line.is_empty()).expect("a last line").to_owned();
        let shown: String = last.chars().take(30).collect();
        tutor.send("Ctrl-a").paste(&text).wait_for(&shown);
        wait_file(&home.workspace("exercise-1").join(file), |text| text.contains(&last));
        tutor.send("Alt-.");
    }
    tutor.send("F2").wait_match(r"Built in \d");
    tutor.send("F3").wait_for("Passed: 14 of 14 points");
    leave(tutor);

    let mut tutor = home.start(&[], WIDE, &[]);
    // It comes back to the file that was shown last.
    tutor.wait_for("READINGS");
    open(&mut tutor, "Course map");
    tutor.wait_match(r"✓ Exercise 1|14/14");
    leave(tutor);
}

#[test]
fn what_the_next_build_runs_again_is_told_and_remembered() {
    let Some(_engine) = support::engine() else { return };
    let home = Home::new();
    let course = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/courses/tiny");
    let mut tutor = home.start(&["--course", course], WIDE, &[]);
    tutor.patience(Duration::from_secs(90));
    tutor.wait_for("Lessons and exercises");
    open(&mut tutor, "Exercise 1: A tiny");
    tutor.wait_for("ADD . /srv");
    tutor.send("F2").wait_match(r"Built in \d");
    tutor.send("Alt-p").wait_for("takes every step from the cache");
    tutor.send("Alt-c").wait_for("What if a file changes?");
    tutor.type_text("page").wait_for("page.txt, which changed");
    tutor.send("Esc");
    // A file that nobody opened counts too, at once.
    let file = home.workspace("exercise-1").join("more.bin");
    std::fs::write(&file, [0, 255]).expect("a file in the workspace");
    tutor.wait_for("takes more.bin, which is new");
    leave(tutor);

    let mut tutor = home.start(&["--course", course], WIDE, &[]);
    tutor.wait_for("2 of 3 again");
    tutor.send("Alt-p").wait_for("takes more.bin, which is new");
    std::fs::remove_file(&file).expect("the file");
    tutor.wait_for("takes every step from the cache");
    leave(tutor);
}

#[test]
fn a_kill_loses_nothing_older_than_a_second() {
    let home = Home::new();
    let mut tutor = exercise(&home, USUAL);
    tutor.send("Ctrl-Home").type_text("# kept through the kill\n").wait_for("# kept through the kill");
    // Saved or journalled: whichever comes first within the second that may be lost.
    let typed = Instant::now();
    while typed.elapsed() < Duration::from_secs(1) {
        tutor.type_text("#").wait_for("#");
    }
    tutor.kill9();
    let mut tutor = home.start(&[], USUAL, &[]);
    tutor.wait_for("# kept through the kill");
    tutor.send("Ctrl-End");
    leave(tutor);
}

#[test]
fn signals_restore_the_terminal_and_save_the_work() {
    for signal in [Signal::TERM, Signal::HUP] {
        let home = Home::new();
        let mut tutor = exercise(&home, USUAL);
        tutor.send("Ctrl-Home").type_text("# just typed\n").wait_for("# just typed");
        tutor.signal(signal);
        tutor.wait_exit();
        tutor.assert_restored();
        tutor.assert_clean();
        wait_file(&home.workspace("exercise-1").join("Dockerfile"), |text| text.contains("# just typed"));
    }
}

#[test]
fn a_terminal_may_change_its_size_at_any_time() {
    let home = Home::new();
    let mut tutor = exercise(&home, WIDE);
    for (columns, rows) in [(200, 50), (80, 24)] {
        tutor.resize(columns, rows).wait_for("ADD . /app");
    }
    // One column: the tabs below the editor fill the screen and are cut by its edge.
    tutor.resize(60, 16).wait_for("│ Image╮");
    tutor.resize(40, 10).wait_for("please make it larger");
    tutor.wait_gone("ADD . /app");
    tutor.resize(120, 36).wait_for("ADD . /app");
    leave(tutor);
}

/// Every kind of byte that must not reach a terminal.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{8}\u{7f}\u{202e}evil\u{2066}\u{1b}P1\u{1b}\\";

#[test]
fn hostile_bytes_in_a_workspace_never_reach_the_terminal() {
    let home = Home::new();
    leave(exercise(&home, USUAL));
    let file = home.workspace("exercise-1").join("Dockerfile");
    std::fs::write(&file, format!("FROM alpine:3.19\nRUN echo {HOSTILE}\n# {HOSTILE}\n# the end\n"))
        .expect("the learner's file");
    let mut tutor = home.start(&[], WIDE, &[]);
    tutor.wait_for("# the end");
    tutor.send("F4").wait_for("against the start");
    tutor.send("F8");
    leave(tutor);
}

#[test]
fn hostile_bytes_in_a_course_never_reach_the_terminal() {
    let home = Home::new();
    let lesson = |body: &str| {
        format!("---\ntitle: Harmless\nsummary: A lesson\nminutes: 1\nobjectives: [See]\n---\n\n{body}\n")
    };
    home.write("course/lessons/01-good.md", lesson("# Harmless\n\nPlain words. [x](https://a.b/%1b]0;y)\n"));
    home.write("course/lessons/02-bad.md", lesson(&format!("# Bad {HOSTILE}\n\n```sh\n{HOSTILE}\n```")));
    home.write("course/lessons/03-\u{202e}name.md", lesson("# Name"));
    home.write("course/exercises/exercise-1/exercise.yaml", format!("format: 1\nid: \"{HOSTILE}\"\n"));
    let course = home.path().join("course");
    let mut tutor = home.start(&["--course", &course.to_string_lossy()], WIDE, &[]);
    tutor.wait_for("could not be read");
    open(&mut tutor, "Harmless");
    tutor.wait_for("Plain words.");
    leave(tutor);
}

#[test]
fn a_block_of_a_lesson_opens_in_a_workbench_of_its_own() {
    let home = Home::new();
    let mut tutor = map(&home, WIDE);
    open(&mut tutor, "Lesson 1");
    tutor.wait_for("An image is files and a note");
    tutor.send("/").type_text("FROM alpine").send("Enter").wait_for("1 of ");
    tutor.send("Esc").wait_gone("1 of ");
    tutor.send("Tab").wait_for("opens it in a workbench");
    tutor.send("Enter").wait_for("Problems");
    tutor.wait_for("FROM alpine:3.19");
    tutor.send("Esc").wait_for("Your first image");
    leave(tutor);
}

/// Reads to the end of a lesson by the key that the key bar shows for it.
fn read_to_the_end(tutor: &mut Session) {
    // The row below may still be that of the page before.
    tutor.wait_for(" 0 %  ");
    for _ in 0..100 {
        let text = tutor.text();
        let read =
            text.split(" %  ").next().and_then(|before| before.split_whitespace().last()).unwrap_or("0");
        if read == "100" {
            return;
        }
        let was = format!(" {read} %  ");
        tutor.send(" ").wait_gone(&was);
    }
    panic!("the lesson has no end");
}

#[test]
fn a_newcomer_gets_from_the_first_key_to_a_passed_exercise() {
    if support::engine().is_none() {
        return;
    }
    let home = Home::new();
    let mut tutor = map(&home, USUAL);
    for key in ["Enter open", "? help", "q quit", "Ctrl-P commands"] {
        tutor.wait_for(key);
    }
    tutor.send("Enter").wait_for("An image packs the program");
    for key in ["Space read on", "Tab next", "w word", "] next lesson", "Esc back"] {
        tutor.wait_for(key);
    }
    tutor.send("w").wait_for("Glossary");
    tutor.type_text("cache m").wait_for("Cache mount");
    tutor.send("Enter").wait_for("A folder that the builder keeps");
    tutor.send("Esc").wait_gone("A folder that the builder keeps");
    tutor.send("Esc").wait_gone("Glossary");
    read_to_the_end(&mut tutor);
    tutor.send("]").wait_for("Lesson 2");
    read_to_the_end(&mut tutor);
    for what in ["Enter opens it in a workbench", "Enter copies it", "Enter opens the exercise"] {
        tutor.send("Tab").wait_for(what);
        tutor.wait_for("Esc leaves it");
    }
    tutor.send("Enter").wait_for("ADD . /app");
    for key in ["F2 build", "F3 check", "next file"] {
        tutor.wait_for(key);
    }
    let solved = |file: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("solutions/exercise-1");
        std::fs::read_to_string(root.join(file)).expect("a file of the solution")
    };
    let work = home.workspace("exercise-1");
    for (at, file) in ["Dockerfile", ".dockerignore", "requirements.txt"].into_iter().enumerate() {
        if at > 0 {
            tutor.send("Alt-.");
        }
        tutor.send("Ctrl-a").paste(&solved(file));
        let marker = solved(file).trim_end().lines().next_back().expect("a line").to_owned();
        wait_file(&work.join(file), |text| text.contains(&marker));
    }
    // The start is built too, to compare with: minutes, when nothing of it is cached.
    tutor.patience(Duration::from_secs(900));
    tutor.send("F3").wait_for("Passed: 14 of 14 points");
    leave(tutor);
}
