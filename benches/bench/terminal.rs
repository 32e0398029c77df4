//! What happens in a terminal: the first screen, the answer to a key, and what it costs to be left alone.
//! Every program is watched by the same camera, in turn, on the same file.

use super::lint::dockerfile;
use super::support::{Home, PROGRAM, Session, Size};
use super::table::{Row, Samples, show};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const WIDE: Size = (200, 50);
/// An answer is complete when nothing has followed it for this long.
const PAUSE: Duration = Duration::from_millis(30);

/// A program to watch, and how.
struct Watched {
    name: &'static str,
    program: &'static str,
    args: Vec<String>,
    /// What its first screen shows when it is whole.
    first: &'static str,
    /// Leads to where text can be typed.
    enter: fn(&mut Session),
}

/// Ours and the editors that are there, on `file`.
fn watched(file: &Path) -> Vec<Watched> {
    let file = file.to_string_lossy().into_owned();
    let editor = |name, args: &[&str], enter| Watched {
        name,
        program: name,
        args: args.iter().map(|word| (*word).to_owned()).chain([file.clone()]).collect(),
        first: "FROM",
        enter,
    };
    let ours = Watched {
        name: "docker-ecr-tutor",
        program: PROGRAM,
        args: Vec::new(),
        first: EXERCISE,
        enter: |session| {
            session.wait_for(EXERCISE);
            session.send("Ctrl-p").type_text(EXERCISE).wait_match(&format!("{EXERCISE}(?s:.*){EXERCISE}"));
            session.send("Enter");
        },
    };
    let vim = editor("vim", &["-n", "-i", "NONE"], |session| {
        session.send("i");
    });
    let mut all = vec![ours, vim, editor("nano", &[], |_| ())];
    all.retain(|one| one.program == PROGRAM || Command::new(one.program).arg("--version").output().is_ok());
    all
}

/// Part of the title of exercise 1.
const EXERCISE: &str = "Optimize an inefficient";

impl Watched {
    fn start(&self, home: &Home, size: Size) -> Session {
        let args: Vec<_> = self.args.iter().map(String::as_str).collect();
        home.start_program(self.program, &args, size, &[])
    }
}

/// The time to the first screen that is filled from top to bottom.
fn full_screen(session: &Session, shows: &str) -> Duration {
    session.wait_until("a screen filled from the first row to the last", |screen| {
        let mut rows = screen.rows(0, screen.size().1);
        let first = rows.next().is_some_and(|row| !row.trim().is_empty());
        first && rows.last().is_some_and(|row| !row.trim().is_empty()) && screen.contents().contains(shows)
    })
}

/// A home whose exercise 1 holds a Dockerfile of 200 lines, and that file.
fn home_with_work() -> (Home, std::path::PathBuf) {
    home_with(200)
}

fn home_with(lines: usize) -> (Home, std::path::PathBuf) {
    let home = Home::new();
    let file = home.workspace("exercise-1").join("Dockerfile");
    home.write(&file, dockerfile(lines));
    (home, file)
}

pub fn start() -> Vec<Row> {
    let (home, file) = home_with_work();
    let programs = watched(&file);
    let mut times: Vec<Vec<Duration>> = programs.iter().map(|_| Vec::new()).collect();
    for round in 0..=20 {
        for (program, times) in programs.iter().zip(&mut times) {
            let time = full_screen(&program.start(&home, WIDE), program.first);
            if round > 0 {
                times.push(time); // the first one warms the file cache
            }
        }
    }
    let samples: Vec<_> = times.into_iter().map(Samples::new).collect();
    let vim = programs.iter().position(|one| one.name == "vim").map(|at| samples[at].p50());
    let found = samples[0].p50();
    vec![Row {
        what: "start to first full screen, 200x50".into(),
        budget: "30 ms, and no later than vim".into(),
        found: samples[0].both(),
        holds: Some(found <= Duration::from_millis(30) && vim.is_none_or(|vim| found <= vim)),
        peers: beside(&programs, &samples),
    }]
}

const KEYS: [&str; 3] = ["a", "b", "c"];

/// A file so long that its findings come after the text: no key waits for them.
fn key_in_a_long_file() -> Row {
    /// The first frame ends here; what follows is the findings.
    const FIRST: Duration = Duration::from_millis(3);
    let (home, file) = home_with(20_000);
    let programs = watched(&file);
    let mut session = programs[0].start(&home, WIDE);
    (programs[0].enter)(&mut session);
    session.wait_for("WORKDIR");
    session.settle(Duration::from_millis(1_500));
    let mut times = Vec::new();
    for round in 0..60 {
        session.settle(Duration::from_millis(150));
        let time = session.answer_time(KEYS[round % KEYS.len()], FIRST);
        if round >= 10 {
            times.extend(time);
        }
    }
    let samples = Samples::new(times);
    Row {
        what: "key to screen, 20,000 lines, 200x50".into(),
        budget: "p50 5 ms, lint needs more".into(),
        found: samples.both(),
        holds: Some(samples.p50() <= Duration::from_millis(5)),
        peers: Vec::new(),
    }
}

pub fn key() -> Vec<Row> {
    let (home, file) = home_with_work();
    let programs = watched(&file);
    let mut samples = Vec::new();
    for program in &programs {
        let mut session = program.start(&home, WIDE);
        (program.enter)(&mut session);
        session.wait_for("WORKDIR");
        session.settle(Duration::from_millis(500));
        let mut times = Vec::new();
        for round in 0..220 {
            session.settle(Duration::from_millis(50));
            let time = session.answer_time(KEYS[round % KEYS.len()], PAUSE);
            if round >= 20 {
                times.extend(time); // the first ones warm caches, as a person's first word does
            }
        }
        assert!(
            times.len() > 190,
            "{} answered {} of 200 keys\n{}",
            program.name,
            times.len(),
            session.text()
        );
        assert!(session.text().contains("abcabc"), "{} did not type:\n{}", program.name, session.text());
        samples.push(Samples::new(times));
    }
    let row = Row {
        what: "key to screen, 200 lines with live lint, 200x50".into(),
        budget: "p50 1.5 ms, p99 5 ms".into(),
        found: samples[0].both(),
        holds: Some(
            samples[0].p50() <= Duration::from_micros(1500) && samples[0].p99() <= Duration::from_millis(5),
        ),
        peers: beside(&programs, &samples),
    };
    vec![row, key_in_a_long_file()]
}

pub fn idle() -> Vec<Row> {
    const WATCH: Duration = Duration::from_secs(3);
    let (home, file) = home_with_work();
    let (mut memory, mut ticks) = (Vec::new(), Vec::new());
    for program in watched(&file) {
        let mut session = program.start(&home, WIDE);
        (program.enter)(&mut session);
        session.wait_for("WORKDIR");
        session.settle(Duration::from_secs(2)); // whatever is warmed after the first screen is warm
        let Some(resident) = resident(session.pid()) else { return Vec::new() };
        memory.push((program.name, resident));
        let before = spent(session.pid());
        std::thread::sleep(WATCH);
        ticks.push((program.name, spent(session.pid()) - before));
    }
    let row = |what: &str, budget: &str, all: &[(&str, u64)], most: u64, unit: &str| Row {
        what: what.to_owned(),
        budget: budget.to_owned(),
        found: format!("{} {unit}", all[0].1),
        holds: Some(all[0].1 <= most),
        peers: all[1..].iter().map(|(name, value)| format!("{name} {value} {unit}")).collect(),
    };
    vec![
        row("resident memory, workbench, idle", "60 MB", &memory, 60, "MB"),
        row("processor ticks in 3 s, workbench, idle", "0", &ticks, 0, "ticks"),
    ]
}

/// Resident megabytes of a process; only Linux tells.
fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()?.div_ceil(1024))
}

/// Clock ticks that a process has spent, in itself and in the system.
fn spent(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
    // The name in brackets may hold anything; fields are counted after it.
    let after = stat.rsplit_once(')').expect("a name in brackets").1;
    after.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("ticks")).sum()
}

fn beside(programs: &[Watched], samples: &[Samples]) -> Vec<String> {
    let others = programs.iter().zip(samples).skip(1);
    others.map(|(one, times)| format!("{} {} / {}", one.name, show(times.p50()), show(times.p99()))).collect()
}
