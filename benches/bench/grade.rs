//! Grading a class: a thousand submissions, all different, with their static checks.

use super::lint::dockerfile;
use super::support::Home;
use super::table::{Row, Samples, show};
use std::process::Stdio;
use std::time::{Duration, Instant};

const SUBMISSIONS: usize = 1_000;

pub fn grade() -> Vec<Row> {
    let home = Home::new();
    for number in 0..SUBMISSIONS {
        let text = format!("{}EXPOSE {}\n", dockerfile(60), 1_000 + number);
        home.write(format!("in/s{number}/Dockerfile"), text);
        home.write(format!("in/s{number}/.dockerignore"), ".git\n");
    }
    let run = |more: &[&str]| {
        let args =
            ["--check", "exercise-1", "--only", "static", "--submissions", "in", "--format", "csv=out"];
        let mut command = home.command(&[&args[..], more].concat());
        let started = Instant::now();
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program");
        let time = started.elapsed();
        assert_eq!(status.code(), Some(1), "submissions that fall short");
        time
    };
    let fresh = Samples::new((0..5).map(|_| run(&[])).collect());
    run(&["--resume", "record"]);
    let known = Samples::new((0..5).map(|_| run(&["--resume", "record"])).collect());
    let row = |what: &str, samples: &Samples| Row {
        what: format!("--check static, {SUBMISSIONS} different submissions of 60 lines, {what}"),
        budget: "2 s".into(),
        found: show(samples.p50()),
        holds: Some(samples.p50() <= Duration::from_secs(2)),
        peers: Vec::new(),
    };
    vec![row("whole process", &fresh), row("all known from --resume", &known)]
}
