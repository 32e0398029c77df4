//! A shell in a container by the real program in a real terminal: it is opened, spoken to and left; the
//! terminal comes back as it was, and nothing stays in the engine, also when the program is ended
//! meanwhile.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod support;

use docker_ecr_tutor::engine::CONTAINER_LABEL;
use rustix::process::Signal;
use std::time::{Duration, Instant};
use support::{Engine, Exit, Home, Session, Size, engine, leave};

const WIDE: Size = (120, 36);

/// The workbench of exercise 1 with this Dockerfile.
fn workbench(home: &Home, dockerfile: &str) -> Session {
    let mut tutor = home.start(&[], WIDE, &[]);
    tutor.wait_for("Lessons and exercises");
    tutor.send("Ctrl-p").wait_for("Commands");
    tutor.type_text("Exercise 1").wait_match("(?i)exercise 1");
    tutor.send("Enter").wait_gone("Commands");
    tutor.wait_for("ADD . /app");
    std::fs::write(home.workspace("exercise-1").join("Dockerfile"), dockerfile).expect("Dockerfile");
    tutor.wait_for("changed outside and was read again");
    tutor
}

/// Containers of this run of the program.
fn ours(engine: &Engine, tutor: &Session) -> Vec<String> {
    engine.containers_with(&format!("{CONTAINER_LABEL}={}", tutor.pid()))
}

fn wait_none(engine: &Engine, label: &str) {
    let start = Instant::now();
    while !engine.containers_with(label).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "a container stayed: {label}");
        std::thread::yield_now();
    }
}

#[test]
fn what_the_last_good_step_left_is_looked_at_in_a_shell() {
    let Some(engine) = engine() else { return };
    let home = Home::new();
    let mark = format!("mark-{}", std::process::id());
    let dockerfile = format!(
        "FROM alpine:3.19 AS base\nRUN echo {mark} >/good\nFROM base AS last\nWORKDIR /srv\nRUN no-such-program --x\nRUN echo never\n"
    );
    let mut tutor = workbench(&home, &dockerfile);
    tutor.send("F2").wait_for("there is no such command in the image: no-such-program");
    tutor.wait_for("Line 5:");
    // The failure is marked in the editor, and a key leads there.
    tutor.send("Alt-g").wait_for("5:1");
    tutor.wait_for("The build ended here with exit code 127");

    tutor.send("Alt-t").wait_for("what is there before line 5");
    tutor.send("Enter").wait_for("Leave it with");
    tutor.wait_match(r"/srv (#|\$)");
    assert!(!tutor.screen().alternate_screen());
    tutor.type_text("cat /good; echo sum$((40+2))\n").wait_for("sum42");
    tutor.wait_for(&mark);
    // Its interrupt is its own, and so is what it does to the screen. What is to be interrupted speaks
    // itself: between two commands the shell would take the interrupt, and go on with the second.
    tutor.type_text("sh -c 'echo slow$((1+1)); exec sleep 600'\n").wait_for("slow2");
    tutor.send("Ctrl-c").wait_for("^C");
    tutor.type_text("echo after$((1+1))\n").wait_for("after2");
    tutor.type_text("printf '\\033[?1049h\\033[?1003h\\033[?25l'; echo left$((1+1))\n").wait_for("left2");
    assert_eq!(ours(&engine, &tutor).len(), 1);
    tutor.type_text("exit\n").wait_for("FROM alpine:3.19 AS base");
    let label = format!("{CONTAINER_LABEL}={}", tutor.pid());
    wait_none(&engine, &label);
    // The keys are the program's again, every one of them.
    tutor.send("Ctrl-Home").type_text("# typed after\n").wait_for("# typed after");
    leave(tutor);
}

#[test]
fn a_container_that_runs_is_looked_into_and_goes_on() {
    let Some(engine) = engine() else { return };
    let home = Home::new();
    let dockerfile =
        "FROM alpine:3.19\nCMD trap 'exit 0' TERM; echo serving; while true; do sleep 0.1; done\n";
    let mut tutor = workbench(&home, dockerfile);
    tutor.send("F2").wait_for("Built in");
    tutor.send("F5").wait_for("serving");
    tutor.wait_for("runs as container");
    tutor.send("Alt-t").wait_for("Leave it with");
    tutor.wait_match(r"(#|\$) ");
    tutor
        .type_text("echo pid$((0+1)) $(cat /proc/1/cmdline | tr '\\0' ' ')\n")
        .wait_for("pid1 /bin/sh -c trap");
    let wait = "until [ \"$(stty size)\" = '30 100' ]; do :; done; echo resized$((1+1))\n";
    tutor.resize(100, 30).type_text(wait).wait_for("resized2");
    tutor.resize(WIDE.0, WIDE.1);
    tutor.type_text("exit\n").wait_for("Running");
    assert_eq!(ours(&engine, &tutor).len(), 1, "the container goes on");
    let label = format!("{CONTAINER_LABEL}={}", tutor.pid());
    tutor.send("Alt-k").wait_for("Running was stopped");
    wait_none(&engine, &label);
    leave(tutor);
}

#[test]
fn being_ended_in_a_shell_restores_the_terminal_and_leaves_nothing() {
    let Some(engine) = engine() else { return };
    let home = Home::new();
    let mut tutor = workbench(&home, "FROM alpine:3.19 AS only\n");
    tutor.send("Alt-t").wait_for("the end of stage only");
    tutor.send("Enter").wait_for("Leave it with");
    tutor.wait_match(r"(#|\$) ");
    tutor.type_text("echo here$((1+1))\n").wait_for("here2");
    let label = format!("{CONTAINER_LABEL}={}", tutor.pid());
    tutor.signal(Signal::TERM);
    assert_eq!(tutor.wait_exit(), Exit::Code(143));
    tutor.assert_restored();
    wait_none(&engine, &label);
}

#[test]
fn an_image_without_a_shell_says_so() {
    let Some(_) = engine() else { return };
    let home = Home::new();
    let mut tutor = workbench(&home, "FROM scratch AS bare\nCOPY main.py /\nCMD [\"/main.py\"]\n");
    tutor.send("Alt-t").wait_for("the end of stage bare");
    tutor.send("Enter").wait_for("There is no shell in this image");
    tutor.wait_for("FROM scratch AS bare");
    leave(tutor);
}
