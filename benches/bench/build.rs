//! `docker-ecr-tutor build` and `docker build` of the same context, process against process, in turn.

use super::support;
use super::table::{Row, Samples, show};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BASE: &str = "alpine:3.19";
const OURS: &str = "tutor-bench:ours";
const DOCKERS: &str = "tutor-bench:docker";

/// What is done to the context before each build of it.
#[derive(Clone, Copy)]
enum Before {
    /// Nothing, and no step may come from the cache.
    Uncached,
    /// Nothing: every step comes from the cache.
    Cached,
    /// One of its files gets other contents.
    Edited,
    /// It moves to a folder that no builder has seen: all of it travels.
    Moved,
}

pub fn build() -> Vec<Row> {
    let Some(engine) = support::engine() else { return Vec::new() };
    if !engine.has_image(BASE) {
        eprintln!("left out: {BASE} is not there");
        return Vec::new();
    }
    let small = tempfile::tempdir().expect("a folder");
    fill(small.path(), 3, 1_000);
    let large = tempfile::tempdir().expect("a folder");
    fill(large.path(), 1_500, 20_000);
    let rows = vec![
        compare("build, small context, nothing cached", small.path(), Before::Uncached, 15, 1.0),
        compare("build, small context, all cached", small.path(), Before::Cached, 15, 1.0),
        compare("build, 1,500 files / 30 MB, nothing cached", large.path(), Before::Uncached, 9, 1.05),
        compare("build, 1,500 files / 30 MB, all cached", large.path(), Before::Cached, 15, 1.05),
        compare("build, 1,500 files / 30 MB, one edited", large.path(), Before::Edited, 9, 1.05),
        compare("build, 1,500 files / 30 MB, never sent before", large.path(), Before::Moved, 9, 1.05),
    ];
    engine.remove_image(OURS);
    engine.remove_image(DOCKERS);
    rows
}

/// A Dockerfile and `count` files of `size` bytes that do not compress to nothing.
fn fill(folder: &Path, count: u32, size: usize) {
    std::fs::write(folder.join("Dockerfile"), format!("FROM {BASE}\nCOPY . /srv/app\nRUN true\n"))
        .expect("a file");
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for number in 0..count {
        let inside = folder.join(format!("part-{}", number % 40));
        std::fs::create_dir_all(&inside).expect("a folder");
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed.to_le_bytes()
        })
        .flatten()
        .take(size)
        .collect();
        std::fs::write(inside.join(format!("file-{number}")), bytes).expect("a file");
    }
}

fn compare(what: &str, context: &Path, before: Before, rounds: u32, most: f64) -> Row {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // In turn, so that both see the same machine, and the other one first every second time.
    for round in 0..=rounds {
        for turn in 0..2 {
            let ours_now = (round + turn) % 2 == 0;
            let (program, tag) =
                if ours_now { (Some(program()), OURS) } else { (support::docker_cli(), DOCKERS) };
            let Some(program) = program else { continue };
            let time = once(program, context, tag, before, round * 2 + turn);
            // The first round warms the file cache.
            if round > 0 {
                if ours_now { &mut ours } else { &mut theirs }.push(time);
            }
        }
    }
    let ours = Samples::new(ours);
    let theirs = (!theirs.is_empty()).then(|| Samples::new(theirs));
    let ratio = theirs.as_ref().map(|theirs| ours.p50().as_secs_f64() / theirs.p50().as_secs_f64());
    Row {
        what: what.to_owned(),
        budget: format!("{most} times docker build"),
        found: match ratio {
            Some(ratio) => format!("{} ({ratio:.2} times)", show(ours.p50())),
            None => show(ours.p50()),
        },
        holds: ratio.map(|ratio| ratio <= most),
        peers: theirs.map(|theirs| format!("docker build {}", show(theirs.p50()))).into_iter().collect(),
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_docker-ecr-tutor"))
}

/// One build as a process, from its start to its end.
fn once(mut program: Command, context: &Path, tag: &str, before: Before, number: u32) -> Duration {
    let mut folder = context.to_owned();
    let elsewhere = tempfile::tempdir().expect("a folder");
    match before {
        Before::Uncached | Before::Cached => {}
        Before::Edited => {
            std::fs::write(context.join("part-0/file-0"), number.to_le_bytes()).expect("a file")
        }
        Before::Moved => {
            folder = elsewhere.path().join("context");
            let copied = Command::new("cp").arg("-r").arg(context).arg(&folder).status().expect("cp runs");
            assert!(copied.success(), "the context could not be copied");
            std::fs::write(folder.join("part-0/file-0"), u64::from(number).to_le_bytes()).expect("a file");
        }
    }
    program.arg("build");
    if matches!(before, Before::Uncached) {
        program.arg("--no-cache");
    }
    program.args(["-t", tag]).arg(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = program.status().expect("it runs");
    let time = started.elapsed();
    assert!(status.success(), "{program:?} failed");
    time
}
