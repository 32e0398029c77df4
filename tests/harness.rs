//! The test harness tested: what it promises the journeys holds, proved on programs whose behaviour is
//! known.
#![cfg(unix)]

mod support;

use rustix::process::Signal;
use support::{Exit, Home, foreign_controls};

const SIZE: (u16, u16) = (40, 10);

#[test]
fn a_session_types_waits_resizes_and_sees_the_end() {
    let home = Home::new();
    let script = "trap 'echo now $(stty size)' WINCH; echo ready; while read -r line; do echo \"got <$line>\"; \
                  [ \"$line\" = end ] && exit 7; done";
    let mut session = home.start_program("/bin/bash", &["-c", script], SIZE, &[]);
    session.wait_for("ready");
    session.type_text("hello\n").wait_match(r"got <h\w+>");
    session.resize(60, 12);
    session.type_text("again\n").wait_for("now 12 60");
    session.type_text("end\n");
    assert_eq!(session.wait_exit(), Exit::Code(7));
}

#[test]
fn a_home_is_private_and_survives_a_session() {
    let home = Home::new();
    let script = "echo mine > \"$XDG_DATA_HOME/kept\"; echo \"home=$HOME cargo=$CARGO_MANIFEST_DIR.\"";
    let session = home.start_program("/bin/sh", &["-c", script], (200, 5), &[]);
    session.wait_exit();
    session.wait_match(&format!("home={}/? cargo=\\.", regex::escape(&home.path().to_string_lossy())));
    let again = home.start_program("/bin/sh", &["-c", "cat \"$XDG_DATA_HOME/kept\""], SIZE, &[]);
    again.wait_for("mine");
}

#[test]
fn signals_and_kills_are_told_apart_from_codes() {
    let home = Home::new();
    // Not `read`: a signal just before it begins would wait for a line that never comes.
    let script = "trap 'echo term; exit 3' TERM; echo ready; while :; do sleep 0.01; done";
    let session = home.start_program("/bin/bash", &["-c", script], SIZE, &[]);
    session.wait_for("ready");
    session.signal(Signal::TERM);
    assert_eq!(session.wait_exit(), Exit::Code(3));
    let session = home.start_program("/bin/sh", &["-c", "kill -9 $$"], SIZE, &[]);
    assert!(matches!(session.wait_exit(), Exit::Signal(_)));
}

#[test]
fn the_terminal_answers_questions_and_keeps_the_clipboard() {
    let home = Home::new();
    let script = "stty raw -echo; printf 'ab\\033[6n'; dd bs=1 count=6 2>/dev/null | tr '\\033' E; \
                  printf '\\033]52;c;aGVsbG8=\\007'";
    let session = home.start_program("/bin/sh", &["-c", script], SIZE, &[]);
    session.wait_for("E[1;3R");
    session.wait_clipboard("hello");
}

#[test]
#[should_panic(expected = "waited for the screen to show \"never\"; the program ended: Code(0)")]
fn a_wait_fails_with_the_screen_when_the_program_ends_first() {
    Home::new().start_program("/bin/sh", &["-c", "echo something else"], SIZE, &[]).wait_for("never");
}

#[test]
fn our_own_sequences_are_not_foreign() {
    let own = b"\x1b[?1049h\x1b[?25l\x1b[2J\x1b[1;1H\x1b[38;2;1;2;3mtext\x1b[0m\x1b[4:3m\x1b[58:2::1:2:3m\
                \x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\\x1b[?2004h\x1b[?1006l\r\n\x1b7\x1b8";
    assert_eq!(foreign_controls(own), Vec::<String>::new());
}

#[test]
fn controls_out_of_untrusted_text_are_foreign() {
    for bad in [
        &b"a\x07b"[..],
        b"a\x08",
        b"\x7f",
        b"\xc2\x9b31m",
        b"\x9b31m",
        "\u{202e}".as_bytes(),
        b"\x1b]1337;File=:AAAA\x07",
        b"\x1bP$q\x1b\\",
        b"\x1b_G\x1b\\",
        b"\x1b[?9999h",
        b"\x1b[21t",
        b"\x1bc",
    ] {
        assert_ne!(foreign_controls(bad), Vec::<String>::new(), "{bad:?}");
    }
}

/// What `tests/run.sh` does when a stand-in `cargo` fails as `script` says (`$round` is 1 in the first run).
#[track_caller]
#[expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]
fn runner_with(script: &str) -> (Option<i32>, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    let text =
        format!("#!/bin/sh\ncd \"$(dirname \"$0\")\"; echo x >>rounds; round=$(wc -l <rounds)\n{script}\n");
    std::fs::write(&cargo, text).unwrap();
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let runner = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/run.sh");
    let output = std::process::Command::new(runner).env("PATH", path).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// What cargo and libtest print about one target with these failures.
fn failed_run(target: &str, names: &[&str]) -> String {
    let listed: String = names.iter().map(|name| format!("    {name}\n")).collect();
    format!(
        "cat <<'END'\nfailures:\n\n---- {0} stdout ----\n    indented noise\n\nfailures:\n{listed}\n\
         test result: FAILED. 3 passed; 1 failed\n\nerror: test failed, to rerun pass `{target}`\nEND\n",
        names.first().unwrap_or(&"none")
    )
}

const PASSED: &str = "echo \"asked $*\"; echo 'test result: ok. 1 passed; 0 failed'";

#[test]
fn a_test_that_failed_gets_one_more_run_alone_and_is_named() {
    let first = failed_run("--test engine", &["builds", "room::runs"]);
    let (code, output) = runner_with(&format!("if [ $round = 1 ]; then {first} exit 101; fi\n{PASSED}"));
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("asked test --quiet --test engine -- --exact room::runs"), "{output}");
    assert!(output.ends_with("failed once and passed alone:\n    builds\n    room::runs\n"), "{output}");
}

#[test]
fn a_test_that_fails_again_fails_the_run() {
    let first = failed_run("--lib", &["text::wraps"]);
    let (code, output) = runner_with(&format!("{first} exit 101"));
    assert_eq!(code, Some(101), "{output}");
    // Nor does a second run pass that ran nothing.
    let nothing = "echo 'test result: ok. 0 passed; 0 failed'";
    let (code, _) = runner_with(&format!("if [ $round = 1 ]; then {first} exit 101; fi\n{nothing}"));
    assert_eq!(code, Some(101));
}

#[test]
fn a_crash_a_build_error_and_many_failures_get_no_second_run() {
    let many: Vec<String> = (0..9).map(|number| format!("test_{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for first in [
        "echo 'error: could not compile'\n".to_owned(),
        "echo 'error: test failed, to rerun pass `--test engine`'\n".to_owned(),
        failed_run("--test engine", &many),
    ] {
        let (code, output) = runner_with(&format!("if [ $round = 1 ]; then {first} exit 101; fi\n{PASSED}"));
        assert_eq!(code, Some(101), "{output}");
        assert!(output.contains("no second run"), "{output}");
    }
}
