//! Lint: in process, as the editor does at every key, and as a command, as CI does.

use super::support::{Home, hostile};
use super::table::{Row, Samples, show};
use docker_ecr_tutor::{dockerfile::parse, lint as linter};
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A Dockerfile of so many lines, in the manner of real ones, with something to find in every stage.
pub fn dockerfile(lines: usize) -> String {
    const STAGE: &str = "\
FROM python:3.12 AS stage
LABEL org.opencontainers.image.title=\"service\"
ENV PYTHONUNBUFFERED=1 \\
    PIP_NO_CACHE_DIR=1
ARG VERSION=1.2.3
WORKDIR /srv/app
RUN apt-get update && apt-get install -y --no-install-recommends \\
        build-essential \\
        curl=7.88.* \\
        libpq-dev \\
    && rm -rf /var/lib/apt/lists/*
# Dependencies first, so that they stay cached.
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt
ADD . /srv/app
RUN if [ -n \"$VERSION\" ]; then echo \"$VERSION\" > version; fi
RUN cd /srv/app && python -m compileall -q . | tee build.log
EXPOSE 8000
HEALTHCHECK --interval=10s CMD [\"python\", \"-c\", \"import urllib.request as u; u.urlopen('http://127.0.0.1:8000')\"]
CMD python -m service --port 8000
";
    STAGE.lines().cycle().take(lines).map(|line| line.to_owned() + "\n").collect()
}

pub fn lint() -> Vec<Row> {
    let text = dockerfile(100);
    let config = linter::Config::default();
    let once = || {
        let (time, found) = timed(|| linter::lint(&parse(black_box(&text)).0, &config));
        assert!(found.len() >= 5, "a linter that finds nothing is not measured: {found:?}");
        time
    };
    let warm = Samples::new((0..2_200).map(|_| once()).skip(200).collect());

    let home = Home::new();
    let file = home.write("Dockerfile", &text);
    let time = |mut command: Command| {
        command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let status = command.status().expect("a linter that runs");
        (started.elapsed(), status)
    };
    let hadolint = || {
        let mut command = Command::new("hadolint");
        command.env_clear().envs(home.env());
        command
    };
    let peer = hadolint().arg("--version").output().is_ok();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=40 {
        let (took, status) = time(home.command(&["lint", "--no-shellcheck"]));
        assert_eq!(status.code(), Some(1), "`lint` finds the problems");
        let other = peer.then(|| time(hadolint()).0);
        if round > 0 {
            ours.push(took);
            theirs.extend(other);
        }
    }
    let command = Samples::new(ours);
    let theirs = (!theirs.is_empty()).then(|| Samples::new(theirs));
    let mut rows = vec![
        Row {
            what: "lint of 100 lines, warm, in process".into(),
            budget: "150 µs".into(),
            found: warm.both(),
            holds: Some(warm.p50() <= Duration::from_micros(150)),
            peers: Vec::new(),
        },
        Row {
            what: "`lint FILE`, 100 lines, whole process, own rules".into(),
            budget: "5 ms".into(),
            found: command.both(),
            holds: Some(command.p50() <= Duration::from_millis(5)),
            peers: theirs.map(|times| format!("hadolint {}", show(times.p50()))).into_iter().collect(),
        },
    ];
    rows.push(long_file());
    rows.push(worst_hostile());
    rows.extend(corpus(peer));
    rows
}

/// The time that `work` takes, and what it makes.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let made = black_box(work());
    (started.elapsed(), made)
}

/// The time of one parse and lint.
fn linted(text: &str) -> Duration {
    timed(|| linter::lint(&parse(black_box(text)).0, &linter::Config::default())).0
}

fn long_file() -> Row {
    let text = dockerfile(20_000);
    let samples = Samples::new((0..12).map(|_| linted(&text)).skip(2).collect());
    Row {
        what: "lint of 20,000 lines, warm, in process".into(),
        budget: "-, no key waits for it".into(),
        found: show(samples.p50()),
        holds: None,
        peers: Vec::new(),
    }
}

/// The slowest of the texts that were made to be slow, in the parser and in all.
fn worst_hostile() -> Row {
    let texts = hostile::texts(1_000_000);
    let parsed = |text: &str| timed(|| parse(black_box(text))).0;
    let worst = |work: &dyn Fn(&str) -> Duration| {
        let timed = texts.iter().map(|(what, text)| (work(text).min(work(text)), *what));
        timed.max().expect("a text")
    };
    let ((parse, what), (all, slowest)) = (worst(&parsed), worst(&linted));
    Row {
        what: format!("parse of 1 MB of hostile text, the slowest of {}", texts.len()),
        budget: "200 ms".into(),
        found: format!("{} ({what}); with lint {} ({slowest})", show(parse), show(all)),
        holds: Some(parse <= Duration::from_millis(200)),
        peers: Vec::new(),
    }
}

/// Files of a corpus.
const FILES: usize = 1_000;

/// A thousand Dockerfiles of 10 to 80 lines, none like another, by us and by hadolint: one process each.
/// hadolint has ShellCheck inside and cannot leave it out; ours is a program of its own, so both are told.
fn corpus(peer: bool) -> Vec<Row> {
    let home = Home::new();
    let lines: Vec<String> = dockerfile(20).split_inclusive('\n').map(str::to_owned).collect();
    let pieces = instructions(&lines);
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap_or(0)
    };
    let files: Vec<_> = (0..FILES)
        .map(|number| {
            let mut text = format!("FROM debian:{number}\n");
            for _ in 0..5 + next(35) {
                let piece = &pieces[1 + next(pieces.len() - 1)];
                text += &piece.replace("/srv/app", &format!("/srv/app-{}", next(1_000)));
            }
            home.write(format!("Dockerfile.{number}"), &text)
        })
        .collect();
    let time = |mut command: Command| {
        command.args(&files).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        command.status().expect("a linter that runs");
        started.elapsed()
    };
    let theirs = peer.then(|| {
        let mut command = Command::new("hadolint");
        command.env_clear().envs(home.env());
        time(command)
    });
    let row = |what: &str, args: &[&str], least: Option<f64>| {
        let ours = Samples::new((0..4).map(|_| time(home.command(args))).skip(1).collect());
        let ratio = theirs.map(|theirs| theirs.as_secs_f64() / ours.p50().as_secs_f64());
        let times = ratio.map_or(String::new(), |ratio| format!(" ({ratio:.0} times as fast)"));
        Row {
            what: format!("lint of {FILES} Dockerfiles, one process, {what}"),
            budget: least.map_or("-".into(), |least| format!("hadolint / {least}")),
            found: show(ours.p50()) + &times,
            holds: least.zip(ratio).map(|(least, ratio)| ratio >= least),
            peers: theirs.map(|time| format!("hadolint {}", show(time))).into_iter().collect(),
        }
    };
    vec![row("own rules", &["lint", "--no-shellcheck"], Some(50.0)), row("ShellCheck too", &["lint"], None)]
}

/// Lines put together where one continues the other.
fn instructions(lines: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        match all.last_mut().filter(|last| last.ends_with("\\\n")) {
            Some(last) => last.push_str(line),
            None => all.push(line.clone()),
        }
    }
    all
}
