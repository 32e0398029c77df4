//! Lint: in process, as the editor does at every key, and as a command, as CI does.

use super::support::Home;
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
        let started = Instant::now();
        let (tree, _) = parse(black_box(&text));
        let found = linter::lint(&tree, &config);
        let time = started.elapsed();
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
        let (took, status) = time(home.command(&["lint"]));
        assert_eq!(status.code(), Some(1), "`lint` finds the problems");
        let other = peer.then(|| time(hadolint()).0);
        if round > 0 {
            ours.push(took);
            theirs.extend(other);
        }
    }
    let command = Samples::new(ours);
    let theirs = (!theirs.is_empty()).then(|| Samples::new(theirs));
    vec![
        Row {
            what: "lint of 100 lines, warm, in process".into(),
            budget: "150 µs".into(),
            found: warm.both(),
            holds: Some(warm.p50() <= Duration::from_micros(150)),
            peers: Vec::new(),
        },
        Row {
            what: "`lint FILE`, 100 lines, whole process".into(),
            budget: "5 ms".into(),
            found: command.both(),
            holds: Some(command.p50() <= Duration::from_millis(5)),
            peers: theirs.map(|times| format!("hadolint {}", show(times.p50()))).into_iter().collect(),
        },
    ]
}
