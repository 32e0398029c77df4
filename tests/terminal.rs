//! The program as a guest of the terminal, the shell, the editor and the disk: it gives back what it
//! was lent, and loses nothing to whoever else writes. Nothing waits on time.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod support;

use base64::Engine as _;
use rustix::process::Signal;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use support::{Exit, Home, PROGRAM, Session, Size, leave, path_with, wait_dead, wait_file};

const WIDE: Size = (120, 36);
const MAP: &str = "Lessons and exercises";

/// Opens something by the command palette.
fn open(tutor: &mut Session, what: &str) {
    tutor.send("Ctrl-p").wait_for("Commands");
    tutor.type_text(what).wait_match(&format!("(?i){what}"));
    tutor.send("Enter").wait_gone("Commands");
}

/// The workbench of exercise 1.
fn exercise(home: &Home, env: &[(&str, &str)]) -> Session {
    let mut tutor = home.start(&[], WIDE, env);
    tutor.wait_for(MAP);
    open(&mut tutor, "Exercise 1");
    tutor.wait_for("ADD . /app");
    tutor
}

fn dockerfile(home: &Home) -> PathBuf {
    home.workspace("exercise-1").join("Dockerfile")
}

/// A shell with job control, and the program started from it.
fn from_shell(home: &Home, env: &[(&str, &str)]) -> Session {
    // The shell's own bracketed paste would be taken for ours.
    let inputrc = home.write("inputrc", "set enable-bracketed-paste off\n").to_string_lossy().into_owned();
    let all = [&[("PS1", "ready> "), ("INPUTRC", &*inputrc)], env].concat();
    let mut shell = home.start_program("bash", &["--norc", "--noprofile", "-i"], WIDE, &all);
    shell.wait_for("ready>");
    shell.type_text(&format!("{PROGRAM}\n")).wait_for(MAP);
    shell
}

fn end_shell(mut shell: Session) {
    shell.send("Ctrl-q").wait_until("the shell again", |screen| !screen.alternate_screen());
    shell.type_text("exit 0\n");
    assert_eq!(shell.wait_exit(), Exit::Code(0));
}

/// An executable script.
fn script(home: &Home, name: &str, text: &str) -> String {
    let path = home.write(name, format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("an executable script");
    path.to_string_lossy().into_owned()
}

#[test]
fn suspending_gives_the_terminal_back_and_draws_all_anew() {
    let home = Home::new();
    let mut shell = from_shell(&home, &[]);
    shell.send("Ctrl-z").wait_for("Stopped");
    shell.assert_restored();
    for sequence in ["\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l", "\x1b[?1006l"] {
        assert!(shell.sent(sequence.as_bytes()), "{sequence:?} was sent");
    }
    let before = shell.raw().len();
    shell.type_text("fg\n").wait_for(MAP);
    let after = String::from_utf8_lossy(&shell.raw()[before..]).into_owned();
    assert!(after.contains("\x1b[?1049h") && after.contains(MAP), "all is drawn anew: {after:?}");

    open(&mut shell, "Exercise 1");
    shell.wait_for("ADD . /app");
    open(&mut shell, "Suspend to the shell");
    shell.wait_for("Stopped");
    shell.assert_restored();
    shell.resize(100, 30).type_text("fg\n").wait_for("ADD . /app");
    shell.send("Ctrl-Home").type_text("# goes on\n").wait_for("# goes on");
    end_shell(shell);
    wait_file(&dockerfile(&home), |text| text.contains("# goes on"));
}

#[test]
fn being_stopped_from_outside_ends_with_a_full_screen() {
    let home = Home::new();
    let tutor = home.start(&[], WIDE, &[]);
    tutor.wait_for(MAP);
    tutor.signal(Signal::STOP);
    let before = tutor.raw().len();
    tutor.signal(Signal::CONT);
    tutor.wait_until("the terminal to be taken again", |_| true);
    let start = Instant::now();
    loop {
        let raw = tutor.raw();
        let after = String::from_utf8_lossy(&raw[before..]).into_owned();
        if after.contains("\x1b[?1049h") && after.contains(MAP) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "nothing was drawn: {after:?}");
        std::thread::yield_now();
    }
    leave(tutor);
}

#[test]
fn what_an_editor_of_ones_own_wrote_is_in_the_workbench() {
    let home = Home::new();
    let editor = script(&home, "edit", "sed -i '1i # by my editor' \"$1\"");
    let mut tutor = exercise(&home, &[("EDITOR", &editor)]);
    tutor.send("Ctrl-End").type_text("# typed before\n").wait_for("# typed before");
    tutor.send("Alt-e").wait_for("read again");
    tutor.send("Ctrl-Home").wait_for("# by my editor");
    wait_file(&dockerfile(&home), |text| {
        text.starts_with("# by my editor") && text.contains("# typed before")
    });
    leave(tutor);

    let tutor = &mut exercise_again(&home, &[("EDITOR", "/nowhere/to-be-found")]);
    tutor.send("Alt-e").wait_for("could not be started");
}

#[test]
fn what_an_editor_left_unread_is_heard_afterwards() {
    let home = Home::new();
    let (opened, close) = (home.path().join("opened"), home.path().join("close"));
    let text =
        format!("echo > '{}'\nuntil [ -e '{}' ]; do sleep 0.02; done", opened.display(), close.display());
    let editor = script(&home, "edit", &text);
    let mut tutor = exercise(&home, &[("EDITOR", &editor)]);
    tutor.send("Alt-e");
    wait_file(&opened, |text| !text.is_empty());
    // Waiting in the terminal when it is taken back: no key follows that would bring it along.
    tutor.send("F1");
    std::fs::write(&close, "").expect("a file");
    tutor.wait_for("Previous problem");
    tutor.send("Esc").wait_gone("Previous problem");
    leave(tutor);
}

/// The same exercise again, where the learner left it.
fn exercise_again(home: &Home, env: &[(&str, &str)]) -> Session {
    let tutor = home.start(&[], WIDE, env);
    tutor.wait_for("Problems");
    tutor.wait_for("Dockerfile");
    tutor
}

#[test]
fn an_editor_may_be_interrupted_and_suspended() {
    let home = Home::new();
    // As vim does it: Ctrl-C and Ctrl-Z reach the whole foreground job.
    let text = "trap '' INT; kill -INT 0; kill -TSTP 0; sed -i '1i # after the stop' \"$1\"";
    let editor = script(&home, "edit", text);
    let mut shell = from_shell(&home, &[("EDITOR", &editor)]);
    open(&mut shell, "Exercise 1");
    shell.wait_for("ADD . /app");
    shell.send("Alt-e").wait_for("Stopped");
    shell.assert_restored();
    shell.type_text("fg\n").wait_for("# after the stop");
    shell.send("Ctrl-Home").type_text("# goes on\n").wait_for("# goes on");
    end_shell(shell);
}

#[test]
fn a_change_outside_alone_is_read_again() {
    let home = Home::new();
    let tutor = exercise(&home, &[]);
    std::fs::write(dockerfile(&home), "FROM outside:1\n").expect("the learner's file");
    tutor.wait_for("FROM outside:1");
    tutor.wait_for("read again");
    assert!(!tutor.text().contains("Changed in two places"));
    leave(tutor);
}

/// Types, and writes the file outside before the typing is saved, until the program asks.
fn conflict(tutor: &mut Session, home: &Home) {
    for turn in 0..20 {
        let mine = format!("# mine {turn}");
        tutor.send("Ctrl-Home").type_text(&format!("{mine}\n")).wait_for(&mine);
        std::fs::write(dockerfile(home), format!("FROM outside:{turn}\n")).expect("the learner's file");
        // Saved already when the machine was slow: then it is only read again.
        tutor.wait_match(&format!("Changed in two places|FROM outside:{turn}"));
        if tutor.text().contains("Changed in two places") {
            return;
        }
    }
    panic!("never asked:\n{}", tutor.text());
}

#[test]
fn a_change_in_both_places_asks_and_keeps_mine() {
    let home = Home::new();
    let mut tutor = exercise(&home, &[]);
    conflict(&mut tutor, &home);
    // Nothing is decided by Esc: the next edit brings the question back.
    tutor.send("Esc").wait_gone("Changed in two places");
    tutor.type_text("# more\n").wait_for("Changed in two places");
    assert!(std::fs::read_to_string(dockerfile(&home)).expect("the file").starts_with("FROM outside"));
    tutor.send("Enter").wait_gone("Changed in two places");
    wait_file(&dockerfile(&home), |text| text.contains("# mine") && text.contains("# more"));
    tutor.send("Ctrl-z").wait_for("FROM outside");
    wait_file(&dockerfile(&home), |text| text.starts_with("FROM outside"));
    leave(tutor);
}

#[test]
fn a_change_in_both_places_asks_and_takes_theirs() {
    let home = Home::new();
    let mut tutor = exercise(&home, &[]);
    conflict(&mut tutor, &home);
    tutor.send("t").wait_gone("Changed in two places");
    tutor.wait_for("FROM outside");
    tutor.wait_gone("# mine");
    assert!(std::fs::read_to_string(dockerfile(&home)).expect("the file").starts_with("FROM outside"));
    tutor.send("Ctrl-z").wait_for("# mine");
    wait_file(&dockerfile(&home), |text| text.contains("# mine"));
    leave(tutor);
}

#[test]
fn two_terminals_share_files_and_progress() {
    let home = Home::new();
    let mut one = exercise(&home, &[]);
    let mut two = exercise_again(&home, &[]);
    two.wait_for("ADD . /app");
    one.send("Ctrl-Home").type_text("# from one\n").wait_for("# from one");
    two.wait_for("# from one");
    two.send("Ctrl-Home").type_text("# from two\n").wait_for("# from two");
    one.wait_for("# from two");

    one.send("F6").wait_for("Hint 1");
    one.send("Esc");
    open(&mut two, "Lesson 1");
    two.wait_for("questions 0/");
    two.send("/").type_text("data.json").send("Enter").wait_for("1 of ");
    two.send("Esc").wait_gone("1 of ");
    two.send("1").wait_match("(Wrong|Right)\\.");
    two.send("2").send("3").send("4").wait_for("questions 1/");
    leave(two);
    leave(one);

    let mut again = home.start(&[], WIDE, &[]);
    again.wait_for("hints 1/");
    open(&mut again, "Lesson 1");
    again.wait_for("questions 1/");
    leave(again);
}

#[test]
fn a_signal_saves_restores_and_tells_by_the_exit_code() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let home = Home::new();
        let mut tutor = exercise(&home, &[]);
        tutor.send("Ctrl-Home").type_text("# just typed\n").wait_for("# just typed");
        tutor.send("Ctrl-p").wait_for("Commands");
        tutor.signal(signal);
        assert_eq!(tutor.wait_exit(), Exit::Code(code));
        tutor.assert_restored();
        wait_file(&dockerfile(&home), |text| text.starts_with("# just typed"));
    }
}

#[test]
fn a_workspace_that_cannot_be_written_leaves_the_lessons() {
    let home = Home::new();
    // Below a file, because root may write to a read-only folder.
    let file = home.write("file", "");
    let work = file.join("work").to_string_lossy().into_owned();
    for option in ["--workspace", "--data"] {
        let mut tutor = home.start(&[option, &work], WIDE, &[]);
        tutor.wait_for(MAP);
        open(&mut tutor, "Exercise 1");
        tutor.wait_match(r"cannot be written(?s:.)*--workspace");
        open(&mut tutor, "Lesson 1");
        tutor.wait_for("An image is files and a note");
        leave(tutor);
    }
}

/// What colours a `CSI … m` sets; the reset to the terminal's own is none.
fn colours(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw).into_owned();
    let sgr = regex::Regex::new("\x1b\\[([0-9;:]*)m").expect("a regular expression");
    let is_colour = |parameter: &str| {
        let number = parameter.parse::<u32>().unwrap_or_default();
        matches!(number, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107)
    };
    sgr.captures_iter(&text)
        .map(|found| found[1].to_owned())
        .filter(|parameters| parameters.split([';', ':']).any(is_colour))
        .collect()
}

/// Every screen and popup once.
fn tour(tutor: &mut Session) {
    tutor.wait_for(MAP);
    open(tutor, "Exercise 1");
    tutor.wait_for("ADD . /app");
    tutor.wait_for("DL3009");
    tutor.send("F4").wait_for("is the same as");
    tutor.send("F8").send("F1").wait_for("Previous problem");
    tutor.send("Esc").wait_gone("Previous problem");
    tutor.send("F10").wait_gone("ADD . /app");
    tutor.send("Esc").wait_for("ADD . /app");
}

#[test]
fn no_color_means_no_colour() {
    let home = Home::new();
    let mut tutor = home.start(&[], WIDE, &[("NO_COLOR", "1")]);
    tour(&mut tutor);
    open(&mut tutor, "Lesson 1");
    tutor.wait_for("An image is files and a note");
    assert_eq!(colours(&tutor.raw()), Vec::<String>::new());
    leave(tutor);

    let coloured = exercise(&Home::new(), &[]);
    assert!(!colours(&coloured.raw()).is_empty(), "the test knows colours when it sees them");
}

#[test]
fn ascii_means_ascii() {
    for (args, env) in [(&["--ascii"][..], &[][..]), (&[][..], &[("LANG", "C")][..])] {
        let home = Home::new();
        let mut tutor = home.start(args, WIDE, env);
        tour(&mut tutor);
        let raw = tutor.raw();
        let text = String::from_utf8_lossy(&raw);
        let mut other: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
        other.sort_unstable();
        other.dedup();
        assert!(other.is_empty(), "{other:?} reached an ASCII terminal\n{}", tutor.text());
        leave(tutor);
    }
}

#[test]
fn copying_reaches_the_terminals_clipboard() {
    let home = Home::new();
    let mut tutor = exercise(&home, &[]);
    tutor.send("Ctrl-Home").paste("# é 漢 🐳\n").wait_for("# é 漢");
    tutor.send("Ctrl-Home").send("Shift-Down").send("Ctrl-c").wait_clipboard("# é 漢 🐳");
    let encoded = base64::engine::general_purpose::STANDARD.encode("# é 漢 🐳\n");
    assert!(tutor.sent(format!("\x1b]52;c;{encoded}\x1b\\").as_bytes()), "the sequence itself");
    leave(tutor);
}

#[test]
fn a_paste_of_anything_is_text() {
    let home = Home::new();
    let mut tutor = exercise(&home, &[]);
    let pasted =
        "# 漢字かな 한글 👩‍👩‍👧 🇪🇺 e\u{301}\n# a\u{7}b\u{8}c\u{9b}31md\u{1b}[2Je\u{202e}f\u{7f}g\r\n# the end\n";
    tutor.send("Ctrl-Home").paste(pasted).wait_for("# the end");
    tutor.wait_for("漢字かな 한글");
    assert!(!tutor.text().contains("Commands"), "no byte of it was a key");
    wait_file(&dockerfile(&home), |text| {
        text.contains("# 漢字かな 한글 👩‍👩‍👧 🇪🇺 e\u{301}\n") && text.contains("g\n# the end\n")
    });
    // The cursor stands behind the paste: what is typed next comes there.
    tutor.type_text("# behind\n").wait_for("# behind");
    wait_file(&dockerfile(&home), |text| text.contains("# the end\n# behind\nFROM python"));
    // A step for each word typed, one for the whole paste; beyond the first step undo does nothing.
    for _ in 0..8 {
        tutor.send("Ctrl-z");
    }
    tutor.wait_gone("# the end");
    tutor.wait_gone("漢字");
    leave(tutor);
}

#[test]
fn an_interrupt_ends_shellcheck_with_us() {
    let home = Home::new();
    home.write("Dockerfile", "FROM alpine:3.19\nUSER 10001\nRUN echo $1\n");
    let (id, temporary) = (home.path().join("id"), home.path().join("temporary"));
    std::fs::create_dir(&temporary).expect("a folder");
    // Ctrl-C reaches it as well; it does not listen, so that only we can end it.
    let text = format!("trap '' INT\necho $$ >'{}'\nexec sleep 600", id.display());
    let slow = script(&home, "bin/shellcheck", &text);
    let path = path_with(slow.as_ref());
    let env = [("PATH", path.as_str()), ("TMPDIR", temporary.to_str().expect("a path"))];
    let mut lint = home.start(&["lint", "Dockerfile"], WIDE, &env);
    wait_file(&id, |text| text.ends_with('\n'));
    lint.send("Ctrl-c");
    assert_eq!(lint.wait_exit(), Exit::Code(130));
    let id = std::fs::read_to_string(&id).expect("its id");
    wait_dead(id.trim().parse().expect("a number"));
    let left: Vec<_> = std::fs::read_dir(&temporary).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
