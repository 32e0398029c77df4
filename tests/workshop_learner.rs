//! A learner's side of a workshop: the real program in a pseudo-terminal, a real `nats-server`, and the host as
//! the instructor's program runs it. Everything waits on what is seen or recorded, nothing on the clock.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

#[path = "workshop_learner/hosted.rs"]
mod hosted;
mod support;

use docker_ecr_tutor::store::Store;
use docker_ecr_tutor::workshop::event::{What, Where};
use docker_ecr_tutor::workshop::link;
use docker_ecr_tutor::workshop::room::{Change, Page};
use docker_ecr_tutor::workshop::seat::Address;
use hosted::{Hosted, is_there, own_address};
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use support::{Exit, Home, Session, Size, leave};

const WIDE: Size = (120, 36);

/// Runs a command without a terminal; what it said, and how it ended.
fn run(home: &Home, args: &[&str]) -> (String, i32) {
    let output = home.command(args).stdin(std::process::Stdio::null()).output().expect("the program runs");
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8_lossy(&said).into_owned(), output.status.code().unwrap_or(-1))
}

/// Joins without opening the course, and is heard.
fn join(home: &Home, hosted: &Hosted, name: &str) {
    let (said, code) = run(home, &["join", &hosted.line(), "--name", name, "--no-open"]);
    assert!(code == 0 && said.contains("has heard you"), "{code}: {said}");
}

fn open_exercise(tutor: &mut Session) {
    tutor.send("Ctrl-p").wait_for("Commands");
    tutor.type_text("Exercise 1").wait_match("(?i)exercise 1");
    tutor.send("Enter");
    tutor.wait_for("ADD . /app");
}

fn map(home: &Home) -> Session {
    let tutor = home.start(&[], WIDE, &[]);
    tutor.wait_for("Lessons and exercises");
    tutor
}

fn exercise() -> Where {
    Where::Exercise("exercise-1".into())
}

/// Files below `folder` in which one of these texts stands.
fn with_text(folder: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(with_text(&entry.path(), texts));
        } else {
            let bytes = std::fs::read(entry.path()).unwrap_or_default();
            let has = |text: &&str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            found.extend(texts.iter().any(has).then(|| entry.file_name().to_string_lossy().into_owned()));
        }
    }
    found
}

#[test]
fn a_learner_joins_is_seen_is_led_calls_for_help_and_leaves() {
    if !is_there() {
        return;
    }
    let mut hosted = Hosted::new();
    let home = Home::new();
    let line = hosted.line();
    let log = home.path().join("log.txt");
    let args = ["join", &line, "--name", "Ada", "--log", log.to_str().unwrap()];
    let mut tutor = home.start(&args, WIDE, &[]);
    tutor.wait_for("Lessons and exercises");
    tutor.wait_for("the workshop has not begun");
    tutor.wait_gone("offline");
    hosted.told("Ada on the map", |_, what| *what == What::At { place: Where::Map });

    hosted.change(Change::Part { part: 0 });
    tutor.wait_for("part 1 of 2");
    tutor.wait_for("0/1 passed");
    open_exercise(&mut tutor);
    hosted.told("the exercise", |_, what| *what == What::At { place: exercise() });
    hosted.told(
        "its beginning",
        |_, what| matches!(what, What::Started { exercise } if exercise == "exercise-1"),
    );
    // Its hints open when the room opens them.
    tutor.send("F6").wait_for("Hints open in");
    hosted.change(Change::OpenHints { exercise: "exercise-1".into() });
    tutor.wait_gone("Hints open in");
    tutor.send("F6").wait_for("Hint 1 of");
    tutor.send("Esc").wait_gone("Hint 1 of");
    hosted.told("the hint", |_, what| matches!(what, What::HintOpened { hint: 1, .. }));

    // What is said to all is text, whatever it holds.
    hosted.change(Change::Announce { text: "Coffee \u{1b}[2J\u{1b}]0;owned\u{7} now".into() });
    tutor.wait_for("Coffee");
    tutor.send("Alt-n").wait_for("Said to all");
    tutor.send("Esc").wait_gone("Said to all");
    tutor.wait_gone("Coffee");

    // Nothing of a file goes before it was chosen and confirmed.
    tutor.send("Alt-j").wait_for("Call for help");
    tutor.type_text("Why so large?").send("Down").send("Space").wait_for("[x]");
    tutor.send("Enter").wait_for("This is sent");
    tutor.send("Enter").wait_for("you called for help");
    let (from, seq) = hosted.told("the call", |_, what| match what {
        What::Help { says, files, .. } => says == "Why so large?" && files.len() == 1,
        _ => false,
    });
    hosted.change(Change::Helped { learner: from, seq });
    tutor.wait_gone("you called for help");

    // Who follows is led.
    tutor.send("Alt-o").wait_for("The next page that the host shows");
    let lesson = hosted.lesson();
    hosted.change(Change::Follow { page: Some(Page { lesson: lesson.0, heading: None }) });
    tutor.wait_for(&lesson.1);
    tutor.send("Ctrl-q");
    assert_eq!(tutor.wait_exit(), Exit::Code(0));
    tutor.assert_clean();

    // The token and the key are in no log, on no screen, in no file but the one, which nobody else reads.
    let token = Address::read(&line).unwrap().token.reveal();
    let store = Store::open(&home.data()).unwrap();
    let seed = store.seat().unwrap().expect("a seat").seed;
    drop(store);
    let bare = token.replace('-', "");
    for secret in [&token, &bare, &seed] {
        assert!(!tutor.sent(secret.as_bytes()), "{secret} reached the screen");
        let found = with_text(home.path(), &[secret.as_str()]);
        assert!(found.iter().all(|name| name.starts_with("progress.db")), "{secret} is in {found:?}");
    }
    assert!(!with_text(&home.data(), &[&seed]).is_empty(), "it is kept");
    let mode = std::fs::metadata(home.data().join("progress.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let (said, code) = run(&home, &["leave"]);
    assert!(code == 0 && said.contains("You have left"), "{code}: {said}");
    hosted.told("good-bye", |_, what| *what == What::Left);
    assert_eq!(run(&home, &["leave"]).1, 2, "there is no seat any more");
    hosted.assert_no_gap();
}

#[test]
fn an_hour_without_network_and_a_kill_lose_nothing() {
    if !is_there() {
        return;
    }
    let hosted = Hosted::new();
    let home = Home::new();
    let line = hosted.line();
    let away = hosted.stop();
    let (said, code) = run(&home, &["join", &line, "--name", "Ada", "--no-open"]);
    assert!(code == 0 && said.contains("has not heard it yet"), "{code}: {said}");

    let mut tutor = map(&home);
    tutor.wait_for("offline");
    open_exercise(&mut tutor);
    tutor.send("F6").wait_for("Hint 1 of");
    tutor.send("Esc").wait_gone("Hint 1 of");
    // An hour of somebody who is quick.
    let store = Store::open(&home.data()).unwrap();
    let workshop = store.seat().unwrap().expect("a seat").workshop;
    for round in 0..300 {
        let place = if round % 2 == 0 { Where::Map } else { exercise() };
        assert!(link::tell(&store, &workshop, &What::At { place }).unwrap().is_some());
    }
    let before = store.unsent(&workshop).unwrap();
    assert!(before > 300, "{before}");
    tutor.kill9();
    assert_eq!(store.unsent(&workshop).unwrap(), before, "what was told is on the disk");
    drop(store);
    let (said, code) = run(&home, &["-H", "unix:///nowhere", "--check", "exercise-1"]);
    assert!(code == 1 || code == 3, "{code}: {said}");

    let mut hosted = away.again();
    let tutor = map_or_exercise(&home);
    tutor.wait_gone("offline");
    hosted.told("the check", |_, what| matches!(what, What::Checked { passed: false, .. }));
    hosted.told("the hint", |_, what| matches!(what, What::HintOpened { .. }));
    let last = hosted.assert_no_gap();
    assert!(last > before, "{last} of more than {before}");
    leave(tutor);
}

/// The program where it was left.
fn map_or_exercise(home: &Home) -> Session {
    let tutor = home.start(&[], WIDE, &[]);
    tutor.wait_match("Lessons and exercises|ADD . /app");
    tutor
}

#[test]
fn two_terminals_are_one_learner() {
    if !is_there() {
        return;
    }
    let mut hosted = Hosted::new();
    let home = Home::new();
    join(&home, &hosted, "Ada");
    let mut one = map(&home);
    let mut two = map(&home);
    for tutor in [&one, &two] {
        tutor.wait_for("the workshop has not begun");
        tutor.wait_gone("offline");
    }
    open_exercise(&mut one);
    hosted.told("one", |_, what| *what == What::At { place: exercise() });
    two.send("Ctrl-p").wait_for("Commands");
    two.type_text("Lesson 1").wait_match("(?i)lesson 1");
    two.send("Enter");
    hosted.told("two", |_, what| matches!(what, What::At { place: Where::Lesson(_) }));
    // The first one sends; when it is gone the other does.
    one.kill9();
    two.send("Esc").wait_for("Lessons and exercises");
    open_exercise(&mut two);
    two.send("Alt-j").wait_for("Call for help");
    two.send("Enter").wait_for("This is sent");
    two.send("Enter").wait_for("you called for help");
    hosted.told("the call", |_, what| matches!(what, What::Help { files, .. } if files.is_empty()));
    hosted.assert_no_gap();
    assert_eq!(hosted.learners().len(), 1, "one key, one learner");
    // Leaving in a third one takes the bar away here.
    let (said, code) = run(&home, &["leave"]);
    assert_eq!(code, 0, "{said}");
    two.wait_gone("Alt-J");
    leave(two);
}

#[test]
fn who_sits_in_no_workshop_connects_to_nobody() {
    let home = Home::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let line = format!("nats://{}#0123-4567-89ab-cdef-ghjk-mnpq-rstv", listener.local_addr().unwrap());
    // A seat that was given up is known, and is none.
    let store = Store::open(&home.data()).unwrap();
    let seat = link::take(&store, &Address::read(&line).unwrap(), "Ada", None).unwrap();
    store.give_up_seat(&seat.workshop).unwrap();
    let mut tutor = map(&home);
    open_exercise(&mut tutor);
    tutor.send("F6").wait_for("Hint 1 of");
    tutor.send("Esc").wait_gone("Hint 1 of");
    assert!(!tutor.text().contains("Alt-J"), "{}", tutor.text());
    leave(tutor);
    let (said, code) = run(&home, &["-H", "unix:///nowhere", "--check", "exercise-1"]);
    assert!(code == 1 || code == 3, "{code}: {said}");
    assert_eq!(store.unsent(&seat.workshop).unwrap(), 0, "nothing was told");
    let nobody = listener.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(nobody, Err(std::io::ErrorKind::WouldBlock));
}

#[test]
fn a_line_that_is_none_is_refused_before_anything_else() {
    let home = Home::new();
    for (line, wanted) in [
        ("http://h#0123-4567-89ab-cdef-ghjk-mnpq-rstv", "begins with nats:// or tls://"),
        ("nats://h:4222", "ends with # and a token"),
        ("nats://h:4222#abc", "a token has 28 letters; this one has 3"),
    ] {
        let (said, code) = run(&home, &["join", line, "--name", "Ada"]);
        assert!(code == 2 && said.contains(wanted) && said.contains("try:"), "{code}: {said}");
    }
    assert!(!home.data().join("progress.db").exists(), "nothing was kept");
}

/// Somebody who signs, and a certificate of theirs for `ip`: who signs, certificate, key. `None` without openssl.
fn certificates(folder: &Path, ip: IpAddr) -> Option<[PathBuf; 3]> {
    let at = |name: &str| folder.join(name);
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    let [ca, ca_key, cert, key, ask, more] =
        ["ca.pem", "ca.key", "cert.pem", "cert.key", "ask.pem", "more"].map(at);
    std::fs::write(&more, format!("subjectAltName=IP:{ip}\nbasicConstraints=CA:FALSE\n")).unwrap();
    let openssl = |line: &str, files: &[(&str, &Path)]| {
        let mut command = std::process::Command::new("openssl");
        command.args(line.split_whitespace());
        command.args(files.iter().flat_map(|(option, path)| [(*option).to_owned(), name(path)]));
        command.output().ok().map(|output| {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        })
    };
    let new = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!("{new} -x509 -days 2 -subj /CN=a-test"), &[("-keyout", &ca_key), ("-out", &ca)])?;
    openssl(&format!("{new} -subj /CN=a-server"), &[("-keyout", &key), ("-out", &ask)])?;
    let signed = [("-in", &*ask), ("-CA", &ca), ("-CAkey", &ca_key), ("-extfile", &more), ("-out", &cert)];
    openssl("x509 -req -days 2 -CAcreateserial", &signed)?;
    Some([ca, cert, key])
}

#[test]
fn a_server_with_tls_is_spoken_to_in_tls_when_its_certificate_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let ip = own_address();
    let Some([ca, cert, key]) = certificates(folder.path(), ip).filter(|_| is_there()) else {
        eprintln!("not run: there is no openssl or no nats-server");
        return;
    };
    let mut hosted = Hosted::at(ip, Some((cert, key)), Some(ca.clone()));
    let home = Home::new();
    let line = hosted.line();
    let (said, code) = run(&home, &["join", &line, "--name", "Ada", "--no-open"]);
    assert!(code == 0 && said.contains("has not heard it yet"), "nobody trusts it: {code}: {said}");
    let ca = ca.to_str().unwrap();
    let (said, code) = run(&home, &["join", &line, "--name", "Ada", "--no-open", "--ca", ca]);
    assert!(code == 0 && said.contains("has heard you"), "{code}: {said}");
    hosted.told("Ada", |_, what| *what == What::Joined);
    let (said, code) = run(&home, &["join", &line, "--name", "Ada", "--ca", "/nowhere.pem"]);
    assert!(code == 2 && said.contains("there is no file"), "{code}: {said}");
}

#[test]
fn a_token_of_another_workshop_is_told_and_the_seat_stays_what_it_was() {
    if !is_there() {
        return;
    }
    let hosted = Hosted::new();
    let home = Home::new();
    join(&home, &hosted, "Ada");
    let line = hosted.line();
    let (place, token) = line.split_once('#').unwrap();
    let other: String = token.chars().rev().collect();
    let (said, code) = run(&home, &["join", &format!("{place}#{other}"), "--name", "Ada", "--no-open"]);
    assert!(
        code == 2 && said.contains("does not know this token") && !said.contains(&other),
        "{code}: {said}"
    );
    let seat = Store::open(&home.data()).unwrap().seat().unwrap().expect("the first one");
    assert_eq!(seat.token.replace('-', ""), token.replace('-', ""));
}
