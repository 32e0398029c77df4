//! What nobody should hand in, graded for real beside ordinary work: a fork bomb, a build that fills memory
//! or disk or never ends, a sparse terabyte, an archive that bursts, a link out of the folder, names and
//! output that would play tricks on a terminal. Each fails with a reason, within its limit; the others pass;
//! nothing of it stays.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use support::{Home, engine};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile");
const GOOD: &str = "FROM alpine:3.19\nRUN echo made > /made\nCMD [\"cat\", \"/made\"]\n";

/// A submission: its name, its Dockerfile after FROM, what else is in it, and what the failure must say.
type Case = (&'static str, &'static str, fn(&Path), &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "fork-bomb",
        // Were it not held, it would not stop before the machine does.
        "RUN bomb() { sleep 5 & bomb | bomb & }; bomb; sleep 60",
        nothing,
        &["the build was ended: a step started more than 256 processes|not built within 25 s"],
    ),
    ("memory", "RUN tail /dev/zero", nothing, &["memory"]),
    (
        "hidden-memory",
        "SHELL [\"/usr/bin/env\", \"-i\", \"/bin/sh\", \"-c\"]\nRUN tail /dev/zero",
        nothing,
        &["tail /dev/zero|a step wanted more memory than the 537 MB"],
    ),
    (
        "one-large-file",
        "RUN head -c 4000000000 /dev/zero > /large",
        nothing,
        &["head -c 4000000000 /dev/zero|a step wrote more than 268 MB"],
    ),
    (
        "many-files",
        "RUN for n in $(seq 60); do head -c 33554432 /dev/zero > /part-$n; done; sleep 60",
        nothing,
        &["the build was ended: a step wrote more than 268 MB|not built within 25 s"],
    ),
    ("sparse-step", "RUN truncate -s 1024G /hole", nothing, &["File size limit exceeded|File too large"]),
    ("endless", "RUN while :; do sleep 1; done", nothing, &["25 s"]),
    (
        "sparse-terabyte",
        "COPY . /all",
        |dir| fs::File::create(dir.join("hole")).unwrap().set_len(1 << 40).unwrap(),
        &["the files are larger than 1024 MiB together (hole is 1099511627776 bytes)"],
    ),
    (
        "archive",
        "ADD burst.tar.gz /",
        |dir| {
            let mut gzip = flate2::write::GzEncoder::new(
                fs::File::create(dir.join("burst.tar.gz")).unwrap(),
                flate2::Compression::best(),
            );
            let zeros = vec![0; 1 << 20];
            (0..300).for_each(|_| gzip.write_all(&zeros).unwrap());
            gzip.finish().unwrap();
        },
        &["burst.tar.gz is an archive of ", " that unpacks to more than 256 MiB"],
    ),
    (
        "link-out",
        "COPY . /all",
        |dir| std::os::unix::fs::symlink("/etc", dir.join("inside")).unwrap(),
        &["inside is a link out of the folder"],
    ),
    (
        "escapes",
        "RUN printf '\\033[2J\\033]0;owned\\007\\033[31mred\\n'; exit 3",
        |dir| fs::write(dir.join("\u{1b}]0;name\u{7}\n\u{202e}"), "x").unwrap(),
        &["ended with exit code 3", "red"],
    ),
];

fn nothing(_: &Path) {}

#[test]
fn steps_have_no_network_where_that_is_asked_for() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let alone = "FROM alpine:3.19\nRUN test ! -e /sys/class/net/eth0 && echo made > /made\nCMD [\"cat\", \"/made\"]\n";
    let dir = submission(&home, "alone", alone, nothing);
    for (flag, code) in [("--no-network", 0), ("--require-all", 1)] {
        let mut command = home.command(&["--course", COURSE, "--check", "exercise-1", "--dir", &dir, flag]);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{flag}: {said}");
    }
}

fn submission(home: &Home, name: &str, dockerfile: &str, prepare: fn(&Path)) -> String {
    let dir = home.path().join(name);
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("Dockerfile"), dockerfile).unwrap();
    prepare(&dir);
    dir.display().to_string()
}

#[test]
fn each_fails_with_a_reason_and_its_neighbours_pass() {
    let Some(engine) = engine() else { return };
    if !rustix::process::geteuid().is_root() {
        eprintln!("not run: the limits of builds need root beside the engine");
        return;
    }
    let home = Home::new();
    // Copies are made in a folder of their own, so that leftovers show.
    let temporary = home.path().join("runtime");
    let mut command = home.command(&["--course", COURSE, "--check", "exercise-1", "--format", "json"]);
    command.env("TMPDIR", &temporary).args(["--jobs", "4", "--build-memory", "512"]);
    command.args(["--build-disk", "256", "--build-processes", "256"]);
    for (number, (name, rest, prepare, _)) in CASES.iter().enumerate() {
        if number % 3 == 0 {
            let name = format!("good-{number}");
            command.args(["--dir", &submission(&home, &name, &format!("# {name}\n{GOOD}"), nothing)]);
        }
        let dockerfile = format!("FROM alpine:3.19\n{rest}\n");
        command.args(["--dir", &submission(&home, name, &dockerfile, *prepare)]);
    }
    let (before, began) = (processes(), Instant::now());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let image = format!("docker-ecr-tutor/graded:{}-", child.id());
    let output = child.wait_with_output().unwrap();
    let took = began.elapsed();
    let text = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}\n{told}"));
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        !(text + &told).contains(['\u{1b}', '\u{7}', '\u{202e}']),
        "a terminal would be played tricks on"
    );
    let mut found: BTreeMap<String, (String, String)> = BTreeMap::new();
    for report in json["reports"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let dir = text(&report["dir"]);
        let build = &report["checks"][0];
        let name = dir.rsplit('/').next().unwrap().to_owned();
        found.insert(name, (text(&build["status"]), text(&build["found"])));
    }
    for (name, _, _, reasons) in CASES {
        let (status, reason) = &found[*name];
        eprintln!("{name}: {status}: {}", reason.lines().next().unwrap_or_default());
        assert_eq!(status, "fail", "{name}: {reason}");
        let said = |part: &str| part.split('|').any(|words| reason.contains(words));
        assert!(reasons.iter().all(|part| said(part)), "{name}: {reason}");
    }
    for (name, (status, reason)) in found.iter().filter(|(name, _)| name.starts_with("good-")) {
        assert_eq!(status, "pass", "{name}: {reason}");
    }
    assert_eq!(found.len(), CASES.len() + 4);
    eprintln!("all of it took {took:.1?}");
    assert!(took < Duration::from_secs(240), "{took:?}");
    // Nothing stays: no copy, no image, no process of a step, no group of one.
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "a copy was left");
    let images = engine.request("GET", "/images/json?all=1", None).unwrap().1;
    assert!(!String::from_utf8_lossy(&images).contains(&image), "an image was left");
    let ended = Instant::now();
    while processes() > before && ended.elapsed() < Duration::from_secs(20) {
        std::thread::yield_now();
    }
    assert!(processes() <= before, "a process of a step was left");
}

/// Processes that a step of a build started: they carry the mark.
fn processes() -> usize {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let marked = all.filter(|entry| {
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains("docker-ecr-tutor-step-")
    });
    marked.count()
}
