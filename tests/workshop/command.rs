//! `workshop host --plain` and `workshop list` as an instructor types them, and a host that is killed.

use crate::hosted::{Learner, PATIENCE, is_there, own_address};
use docker_ecr_tutor::workshop::event::What;
use docker_ecr_tutor::workshop::seat::{Address, Key, Kind, Seat};
use docker_ecr_tutor::workshop::server::Greeting;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;

const PLAN: &str = "\
format: 1
title: A short day
parts:
- { title: Small images, minutes: 30, exercises: [exercise-1] }
- { title: The end, minutes: 10 }
";

fn command(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docker-ecr-tutor"));
    command.args(["--data", "data", "--host", "unix:///nowhere", "workshop"]).args(args);
    command.current_dir(home).env("HOME", home).env("XDG_DATA_HOME", home.join("share"));
    command
}

/// A host as an instructor has it in a terminal.
struct Host {
    child: Child,
    input: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
}

impl Host {
    fn start(home: &Path, args: &[&str]) -> Self {
        let mut command = command(home, &["host", "--plain"]);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (to, lines) = mpsc::channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| to.send(line)));
        Self { input: child.stdin.take(), child, lines }
    }

    /// Waits for a line with all these words in it.
    fn wait_for(&self, words: &[&str]) -> String {
        let mut seen = Vec::new();
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("waited in vain for {words:?}; there was\n{}", seen.join("\n"))
            };
            if words.iter().all(|word| line.contains(word)) {
                return line;
            }
            seen.push(line);
        }
    }

    fn address(&self) -> Address {
        let line = self.wait_for(&["docker-ecr-tutor join"]);
        Address::read(line.split('\'').nth(1).unwrap()).unwrap()
    }

    fn type_line(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    fn ends_well(mut self) {
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn learner(address: &Address) -> Learner {
    let greeting = Greeting::read(&address.host, address.port, PATIENCE).await.unwrap();
    let account = greeting.account().unwrap().to_owned();
    let seat = Seat { key: Key::make(Kind::Learner).unwrap(), token: address.token.clone(), account };
    Learner::connect(&address.server(), seat, |options| options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_prints_what_happens_and_does_what_is_typed() {
    if !is_there() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("workshop.yaml"), PLAN).unwrap();
    let mut host = Host::start(home.path(), &["--listen", &own_address().to_string()]);
    let address = host.address();
    let ada = learner(&address).await;
    let steering =
        What::Help { exercise: Some("exercise-1".into()), says: "\u{1b}[2Jwhy?".into(), files: vec![] };
    ada.send_raw(ada.parcel("Ada\u{1b}]0;x\u{7}", vec![(1, What::Joined), (2, steering)])).await;
    let line = host.wait_for(&["Ada", "asks for help with exercise-1", "why?", &ada.key]);
    assert!(!line.contains('\u{1b}') && !line.contains('\u{7}'), "{line:?}");
    for (typed, printed) in [
        ("next", "part 1: Small images"),
        ("pause", "the clock stands"),
        ("say Lunch at noon", "said: Lunch at noon"),
        ("what?", "Commands:"),
        (&format!("helped {}", ada.key), "helped U"),
    ] {
        host.type_line(typed);
        host.wait_for(&[printed]);
    }
    let listed = command(home.path(), &["list"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("A short day") && listed.contains("hosted now"), "{listed}");
    assert!(!listed.contains(&address.token.reveal()), "a list is no place for a token");
    host.type_line("quit");
    host.wait_for(&["Ended", "--again", &address.token.workshop()]);
    host.ends_well();
    let listed = command(home.path(), &["list"]).output().unwrap();
    assert!(!String::from_utf8(listed.stdout).unwrap().contains("hosted now"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_was_killed_is_started_again_with_its_server_its_port_and_its_record() {
    if !is_there() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("workshop.yaml"), PLAN).unwrap();
    let mut host = Host::start(home.path(), &["--listen", &own_address().to_string()]);
    let address = host.address();
    let mut ada = learner(&address).await;
    ada.tell(1, 2).await;
    host.wait_for(&["Ada", "is here"]);
    let workshop = address.token.workshop();
    let pid = home.path().join("data/workshops").join(&workshop).join("server/pid");
    let left = std::fs::read_to_string(&pid).unwrap();
    host.child.kill().unwrap();
    host.child.wait().unwrap();

    let mut host = Host::start(home.path(), &["--again", &workshop]);
    assert_eq!(host.address(), address);
    assert_ne!(std::fs::read_to_string(&pid).unwrap(), left, "the server that was left is not ours any more");
    host.wait_for(&["Learners in the record: 1"]);
    ada.send_raw(ada.parcel("Ada", vec![(3, What::Passed { exercise: "exercise-1".into() })])).await;
    // What was sent into the gap between two servers is sent again, as a learner's program does.
    ada.tell(3, 3).await;
    host.type_line("next");
    host.wait_for(&["part 1: Small images"]);
    host.type_line("quit");
    host.wait_for(&["Ended"]);
    host.ends_well();
    let record = home.path().join("data/workshops").join(&workshop).join("record.jsonl");
    let record = std::fs::read_to_string(record).unwrap();
    assert_eq!(record.matches("\"seq\":1,").count(), 1, "{record}");
    assert_eq!(record.matches("\"seq\":3,").count(), 1, "{record}");
}

#[test]
fn a_machine_without_a_server_is_told_how_to_get_one_and_keeps_nothing() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("workshop.yaml"), PLAN).unwrap();
    let mut host = command(home.path(), &["host", "--plain", "--listen", "127.0.0.1"]);
    let done = host.env("PATH", home.path()).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(3), "{said}");
    for part in ["no nats-server on PATH", "apt install nats-server", "--url"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let listed = command(home.path(), &["list"]).output().unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().contains("No workshop was hosted here"));
}
