//! `--plain` as a person at a line-by-line terminal uses it, with the real binary: what is typed goes
//! in, lines come out, and no byte of them moves a cursor.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod support;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use support::Home;

/// What the program says to these lines, in order.
fn talk(home: &Home, lines: &[&str], env: &[(&str, &str)]) -> String {
    let mut program = home
        .command(&["--plain"])
        .envs(env.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut input = program.stdin.take().expect("its input");
    input.write_all(format!("{}\n", lines.join("\n")).as_bytes()).expect("what is typed");
    drop(input);
    let output = program.wait_with_output().expect("its output");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        output.status.success(),
        "{:?}\n{text}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    let controls: Vec<char> = text.chars().filter(|c| c.is_control() && *c != '\n').collect();
    assert!(controls.is_empty(), "{controls:?} in\n{text}");
    text
}

/// The number of the line that holds `what`.
fn number(list: &str, what: &str) -> String {
    let line =
        list.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what} in\n{list}"));
    line.split('.').next().expect("a number").to_owned()
}

#[test]
fn a_lesson_is_read_and_its_question_answered() {
    let home = Home::new();
    let list = talk(&home, &["quit"], &[]);
    assert!(list.contains("Lessons:") && list.contains("Exercises:"), "{list}");
    let lesson = number(&list, "minutes");
    let mut lines = vec![lesson.as_str()];
    // Past every section; a wrong number and no number at the first question, then every pair of answers.
    lines.extend(["", "", "99", "x", "1", "2", "3", "4", "", ""]);
    lines.extend(std::iter::repeat_n("", 40));
    lines.extend(["list", "quit"]);
    let text = talk(&home, &lines, &[]);
    assert!(text.contains("Heading 2:") && text.contains("Question:"), "{text}");
    assert!(text.contains("End of the lesson."), "{text}");
    let again = talk(&home, &["quit"], &[]);
    let read = again.lines().find(|line| line.starts_with(&format!("{lesson}.")));
    assert!(read.is_some_and(|line| line.ends_with(", read")), "it is remembered: {again}");
}

#[test]
fn a_question_is_judged_with_reasons_and_remembered() {
    let home = Home::new();
    let lesson = "---\ntitle: One\nsummary: S\nminutes: 1\nobjectives: [See]\n---\n\n# One\n\nWords, [why](rule:DL3020).\n\n\
                  ```quiz\nid: q\nquestion: Which?\noptions:\n  - text: no\n    why: Not this.\n  - text: yes\n    right: true\n    \
                  why: This.\nexplain: Because.\n```\n\n```quiz\nid: t\nquestion: Type it\nanswers: [Docker run]\nexplain: So.\n```\n";
    home.write("course/lessons/01-one.md", lesson);
    let course = home.path().join("course").to_string_lossy().into_owned();
    let say = |lines: &str| {
        let mut program = home
            .command(&["--plain", "--course", &course])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        program.stdin.take().expect("its input").write_all(lines.as_bytes()).expect("typed");
        String::from_utf8(program.wait_with_output().expect("its output").stdout).expect("text")
    };
    let text = say("1\n7\n1\n2\nnonsense\n docker   RUN \nquit\n");
    for said in [
        "Words, why (link: rule DL3020).",
        "Numbers from 1 to 2 are answers.",
        "1 is wrong: Not this.",
        "Wrong. Try again.",
        "2 is right: This.",
        "Because.",
        "So.",
        "End of the lesson.",
    ] {
        assert!(text.contains(said), "{said:?} is not in\n{text}");
    }
    assert!(say("quit\n").contains("1. One, 1 minutes, read"));
}

#[test]
fn an_exercise_is_edited_linted_fixed_checked_and_hinted() {
    let home = Home::new();
    let editor = home.write("edit", "#!/bin/sh\nsed -i '1i # by my editor' \"$1\"\n");
    std::fs::set_permissions(&editor, std::fs::Permissions::from_mode(0o755)).expect("a script");
    let exercise = number(&talk(&home, &["quit"], &[]), "exercise-1:");
    let lines = [
        exercise.as_str(),
        "edit",
        "show",
        "lint",
        "rule DL3020",
        "rule XX1",
        "fix",
        "lint",
        "check static",
        "hint",
        "hint",
        "show nothing",
        "what",
        "back",
        "quit",
    ];
    let text = talk(&home, &lines, &[("EDITOR", &editor.to_string_lossy())]);
    for said in [
        "1. Dockerfile, yours to change",
        "Dockerfile is back from",
        "1: # by my editor",
        "Line 7, error DL3020:",
        "Can be fixed safely.",
        "Heading 1: DL3020",
        "There is no rule \"XX1\"",
        "DL3020: ",
        "Check 1 of ",
        "points",
        "Hint 1 of ",
        "Hint 2 of ",
        "no file \"nothing\"",
        "Words: task, files",
        "Goodbye. Everything is kept.",
    ] {
        assert!(text.contains(said), "{said:?} is not in\n{text}");
    }
    let file = std::fs::read_to_string(home.workspace("exercise-1").join("Dockerfile")).expect("the file");
    assert!(file.starts_with("# by my editor\n") && file.contains("COPY . /app"), "{file}");
}

#[test]
fn checks_need_the_engine_and_say_so() {
    let home = Home::new();
    let exercise = number(&talk(&home, &["quit"], &[]), "exercise-1:");
    let nowhere = [("DOCKER_HOST", "unix:///nowhere/docker.sock")];
    let text = talk(&home, &[&exercise, "check", "back", "quit"], &nowhere);
    assert!(text.contains("not run. Because: "), "{text}");
    assert!(text.contains("checks not run."), "{text}");
}

#[test]
fn nobody_answering_ends_it_and_words_are_bounded() {
    let home = Home::new();
    assert!(talk(&home, &[], &[]).contains("Course >"));
    let long = "x".repeat(1 << 20);
    assert!(talk(&home, &[&long, "quit"], &[]).contains("Words: "));
    let evil = talk(&home, &["rule \u{1b}[2J\u{202e}", "quit"], &[]);
    assert!(evil.contains("There is no rule"), "{evil}");
    let both = home.command(&["--plain", "setup"]).output().expect("the program");
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn a_reference_page_is_read_and_a_word_looked_up() {
    let home = Home::new();
    let list = talk(&home, &["quit"], &[]);
    let page = number(&list, "Common mistakes");
    let text = talk(&home, &[&page, "", "", "", "", "word Cache-Mount", "word nonsense", "quit"], &[]);
    assert!(text.contains("Reference: Common mistakes.") && text.contains("End of the page."), "{text}");
    assert!(text.contains("Cache mount: A folder that the builder keeps between builds"), "{text}");
    assert!(text.contains("The glossary has no word \"nonsense\""), "{text}");
}
