//! Builds through the program's engine room and through `docker build`, of the same context, in turn.

use super::support;
use super::table::{Row, Samples, show};
use docker_ecr_tutor::engine::{BuildRequest, Engine, Environment};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

const BASE: &str = "alpine:3.19";
const OURS: &str = "tutor-bench:ours";
const DOCKERS: &str = "tutor-bench:docker";

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
        compare("build, small context, nothing cached", small.path(), 9, 1.0),
        compare("build, 1,500 files / 30 MB, nothing cached", large.path(), 5, 1.3),
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

fn compare(what: &str, context: &Path, rounds: usize, most: f64) -> Row {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        let mine = runtime.block_on(by_program(context));
        let other = by_docker(context);
        if round > 0 {
            ours.push(mine); // the first round warms the file cache
            theirs.extend(other);
        }
    }
    let ours = Samples::new(ours);
    let theirs = (!theirs.is_empty()).then(|| Samples::new(theirs));
    let ratio = theirs.as_ref().map(|theirs| ours.p50().as_secs_f64() / theirs.p50().as_secs_f64());
    Row {
        what: what.to_owned(),
        budget: format!("{most:.1} times docker build"),
        found: match ratio {
            Some(ratio) => format!("{} ({ratio:.2} times)", show(ours.p50())),
            None => show(ours.p50()),
        },
        holds: ratio.map(|ratio| ratio <= most),
        peers: theirs.map(|theirs| format!("docker build {}", show(theirs.p50()))).into_iter().collect(),
    }
}

/// As the workbench does it: connected already, events heard, the image inspected at the end.
async fn by_program(context: &Path) -> Duration {
    let engine = Engine::connect(&Environment::read()).await.expect("an engine");
    let request = BuildRequest {
        context: context.to_owned(),
        tags: vec![OURS.to_owned()],
        no_cache: true,
        ..BuildRequest::default()
    };
    let started = Instant::now();
    engine.build(request, |_| (), CancellationToken::new()).await.expect("a build");
    started.elapsed()
}

fn by_docker(context: &Path) -> Option<Duration> {
    let mut command = support::docker_cli()?;
    command.args(["build", "--no-cache", "--quiet", "-t", DOCKERS]).arg(context);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().ok()?;
    assert!(status.success(), "docker build failed");
    Some(started.elapsed())
}
