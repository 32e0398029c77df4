//! `make bench`: what a person waits for, measured on the release build in real terminals and against the
//! real engine, with peers beside it in the same run. It prints a table and judges each budget; it fails
//! nothing, because a busy machine is no mistake in the code.
//!
//! `cargo bench --bench bench -- start key` measures only what is named; `-- --list` names them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement reports by panicking"
)]

#[path = "bench/build.rs"]
mod build;
#[path = "bench/grade.rs"]
mod grade;
#[path = "bench/image.rs"]
mod image;
#[path = "bench/lint.rs"]
mod lint;
#[path = "bench/plan.rs"]
mod plan;
#[path = "bench/registry.rs"]
mod registry;
#[path = "../tests/support/mod.rs"]
mod support;
#[path = "bench/table.rs"]
mod table;
#[path = "bench/terminal.rs"]
mod terminal;

use std::process::Command;
use table::Row;

/// Name, what it measures, and how.
type Measure = (&'static str, &'static str, fn() -> Vec<Row>);

const MEASURES: &[Measure] = &[
    ("start", "start to first full screen", terminal::start),
    ("key", "key to screen in the workbench", terminal::key),
    ("idle", "memory and processor time in the workbench, left alone", terminal::idle),
    ("lint", "lint, in process and as a command", lint::lint),
    ("plan", "the cache plan at a key", plan::plan),
    ("grade", "a thousand submissions, static checks", grade::grade),
    ("build", "builds beside docker's", build::build),
    ("image", "an image read, beside dive", image::image),
    ("registry", "push to and pull from the practice ECR, beside docker-registry", registry::registry),
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if wanted.iter().any(|argument| argument == "--list") {
        MEASURES.iter().for_each(|(name, what, _)| println!("{name:8} {what}"));
        return;
    }
    let chosen =
        MEASURES.iter().filter(|(name, ..)| wanted.is_empty() || wanted.iter().any(|word| word == name));
    let mut rows = Vec::new();
    for (_, what, measure) in chosen {
        eprintln!("measuring: {what}");
        rows.extend(measure());
    }
    println!("{}", machine());
    println!("{}", table::render(&rows));
}

/// What the figures were measured on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let system = Command::new("uname")
        .arg("-sm")
        .output()
        .map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    format!("{}, {cores} cores, load {load}; release build; medians unless said", system.unwrap_or_default())
}
