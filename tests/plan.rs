//! The cache plan against real builds: over many kinds of edit, the steps it says will run again are
//! those that the engine runs again. Without an engine the tests say so and pass, except in CI.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use docker_ecr_tutor::course::model::{BuildCheck, Check, CheckKind, Exercise, Level, Reveal};
use docker_ecr_tutor::dockerfile;
use docker_ecr_tutor::engine::record::{Record, Survey};
use docker_ecr_tutor::engine::{BuildRequest, Engine, Environment};
use docker_ecr_tutor::image::plan::{Ledger, Plan, Recipe, Verdict};
use docker_ecr_tutor::jobs::{Job, JobEvent, Jobs, Outcome, Progress};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const PATIENCE: Duration = Duration::from_secs(90);

/// One folder, one engine, and what was built there so far.
struct Bench {
    runtime: tokio::runtime::Runtime,
    jobs: Jobs,
    events: Receiver<JobEvent>,
    engine: Engine,
    folder: tempfile::TempDir,
    ledger: Ledger,
    request: BuildRequest,
    /// Something no other run has.
    fresh: String,
    /// What was not as predicted.
    wrong: Vec<String>,
    /// Steps predicted, how many of them to run, and how many nobody could know.
    counts: (usize, usize, usize),
}

impl Bench {
    fn new(classic_builder: bool) -> Option<Self> {
        let runtime = tokio::runtime::Runtime::new().expect("runtime");
        let environment = Environment { classic_builder, ..Environment::read() };
        let engine = match runtime.block_on(Engine::connect(&environment)) {
            Ok(engine) => engine,
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "no engine answers, and CI is set: {error}");
                println!("not run: no engine ({error})");
                return None;
            }
        };
        let (sender, events) = mpsc::channel();
        let told = move |event| drop(sender.send(event));
        let jobs = Jobs::with_environment(runtime.handle().clone(), environment, told);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("clock").as_nanos();
        let fresh = format!("plan-test-{}-{since}", std::process::id());
        let folder = tempfile::tempdir().expect("folder");
        let request = BuildRequest {
            context: folder.path().into(),
            tags: vec![format!("{fresh}:work")],
            labels: BTreeMap::from([(fresh.clone(), "1".to_owned())]),
            timeout: Some(PATIENCE),
            ..BuildRequest::default()
        };
        let (ledger, wrong, counts) = (Ledger::default(), Vec::new(), (0, 0, 0));
        let bench = Self { runtime, jobs, events, engine, folder, ledger, request, fresh, wrong, counts };
        assert!(matches!(bench.run(Job::Connect).1, Outcome::Connected(_)));
        Some(bench)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folder");
        std::fs::write(path, text.replace("FRESH", &self.fresh)).expect("file");
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(name)).expect("file");
        let from = from.replace("FRESH", &self.fresh);
        assert!(text.contains(&from), "no {from:?} in {text}");
        self.write(name, &text.replacen(&from, to, 1));
    }

    fn mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).expect("mode");
    }

    fn run(&self, job: Job) -> (Option<Box<Record>>, Outcome) {
        let id = self.jobs.start(job);
        let mut record = None;
        loop {
            match self.events.recv_timeout(PATIENCE).expect("an event") {
                JobEvent::Progress(_, Progress::Recorded(found)) => record = Some(found),
                JobEvent::Finished(from, outcome) if from == id => return (record, outcome),
                JobEvent::Progress(..) => {}
                other => panic!("of another job: {other:?}"),
            }
        }
    }

    fn survey(&self) -> Arc<Survey> {
        match self.run(Job::Survey(self.request.clone())).1 {
            Outcome::Surveyed(survey) => survey,
            other => panic!("{other:?}"),
        }
    }

    /// Builds, and takes what came of it into the ledger.
    fn build(&mut self) -> (Box<Record>, Outcome) {
        let (record, outcome) = self.run(Job::Build(self.request.clone()));
        let record = record.unwrap_or_else(|| panic!("no record: {outcome:?}"));
        // As it is after a restart.
        self.ledger = Ledger::from_text(&record.add_to(&self.ledger).to_text());
        (record, outcome)
    }

    fn predict(&self) -> (Recipe, Plan) {
        let survey = self.survey();
        let text = std::fs::read_to_string(self.path("Dockerfile")).expect("Dockerfile");
        let recipe = survey.recipe(&dockerfile::parse(&text).0, &self.request);
        let plan = Plan::new(&self.ledger, &recipe);
        (recipe, plan)
    }

    /// Predicts the next build, builds, and compares. Answers the instructions that ran.
    fn compare(&mut self, what: &str) -> Vec<String> {
        // Of what nobody built here yet, another program may have.
        let known = !self.ledger.is_empty();
        let (recipe, plan) = self.predict();
        let (record, outcome) = self.build();
        assert!(matches!(outcome, Outcome::Built(_)), "{what}: {outcome:?}");
        assert!(record.recipe == recipe, "{what}: the record is not of what was predicted");
        let mut told = Vec::new();
        let outcomes = record.outcomes();
        for (at, done) in &outcomes {
            let (step, planned) = (&recipe.steps[*at], &plan.steps[*at]);
            assert!(done.ended, "{what}: {} never ended", step.words);
            // An image that is there costs nothing, whatever the builder calls that; and of builds at the
            // same time, BuildKit tells what they share by the names that it has in one of them.
            if step.words.starts_with("FROM ") {
                continue;
            }
            let ran = !done.cached;
            if ran {
                told.push(step.words.replace(&self.fresh, "FRESH"));
            }
            let right = match planned.verdict {
                Verdict::Cached => !ran,
                Verdict::Again => ran,
                Verdict::Perhaps => true,
                Verdict::NotNeeded => false,
            };
            if !known {
                continue;
            }
            self.counts.0 += 1;
            self.counts.2 += usize::from(planned.verdict == Verdict::Perhaps);
            self.counts.1 += usize::from(ran);
            let words = format!(
                "{what}: {:?} {} ({}), and it {}",
                planned.verdict,
                step.words,
                planned.why,
                if ran { "ran" } else { "was cached" }
            );
            println!("{}{words}", if right { "" } else { "WRONG " });
            assert!(planned.verdict != Verdict::Again || !planned.why.is_empty(), "no reason: {words}");
            if !right {
                self.wrong.push(words);
            }
        }
        let twins =
            |at: usize| recipe.steps.iter().filter(|other| other.key == recipe.steps[at].key).count() > 1;
        for (at, step) in recipe.steps.iter().enumerate() {
            let told = outcomes.contains_key(&at) || step.words.starts_with("FROM ");
            let unseen = step.needed && step.number > 0 && !told && !twins(at);
            if unseen {
                self.wrong.push(format!("{what}: {} was not heard of", step.words));
            }
        }
        told
    }

    fn end(self, least: usize) {
        let (predicted, ran, unknown) = self.counts;
        println!("{predicted} steps predicted, {ran} of them ran, {unknown} hung on what commands write");
        self.runtime.block_on(async {
            self.jobs.shutdown(PATIENCE).await;
            self.engine.settle(PATIENCE).await;
            self.engine.clean_label(&format!("{}=1", self.fresh)).await.expect("clean");
        });
        assert!(self.wrong.is_empty(), "\n{}", self.wrong.join("\n"));
        assert!(predicted >= least && ran >= least / 5, "too few to prove anything: {predicted}, {ran}");
    }
}

const DOCKERFILE: &str = "FROM alpine:3.19 AS build
WORKDIR /src
COPY deps.txt .
RUN : FRESH deps
ARG V=1
ENV E=1
ENV F=1
RUN echo FRESH > /out; : $V
COPY . .
RUN : FRESH tail

FROM alpine:3.19 AS other
RUN : FRESH other

FROM scratch
COPY --from=build /out /out
COPY deps.txt /deps
LABEL a=b
";

fn lay_down(bench: &Bench) {
    bench.write("Dockerfile", DOCKERFILE);
    bench.write(".dockerignore", "Dockerfile\n.dockerignore\n*.md\n");
    bench.write("deps.txt", "FRESH\n");
    bench.write("main.py", "FRESH\n");
    bench.write("note.md", "1\n");
    bench.write("lib/a.py", "1\n");
    bench.write("lib/b.py", "1\n");
}

#[test]
fn buildkit_runs_again_what_the_plan_says() {
    let Some(mut bench) = Bench::new(false) else { return };
    lay_down(&bench);
    let first = bench.compare("first");
    assert!(
        first.iter().any(|step| step == "RUN : FRESH tail")
            && !first.iter().any(|step| step.contains("other"))
    );
    assert_eq!(bench.compare("the same"), [""; 0]);

    // What builders do not look at.
    bench.edit("Dockerfile", "WORKDIR", "# a comment\n\nWORKDIR");
    bench.edit("Dockerfile", "COPY . .", "copy   ./   ./");
    bench.edit("Dockerfile", "LABEL a=b", "LABEL a=c\nEXPOSE 80\nCMD [\"x\"]");
    let later = SystemTime::now() - Duration::from_secs(5_000);
    std::fs::File::options()
        .write(true)
        .open(bench.path("main.py"))
        .expect("file")
        .set_modified(later)
        .expect("time");
    bench.write("note.md", "2\n");
    assert_eq!(bench.compare("comment, blanks, labels, time, an ignored file"), [""; 0]);

    // Files.
    bench.write("main.py", "FRESH 2\n");
    assert_eq!(bench.compare("content").first().map(String::as_str), Some("COPY ./ ./"));
    bench.mode("main.py", 0o755);
    bench.compare("mode");
    bench.mode("lib", 0o700);
    assert_eq!(bench.compare("mode of a folder"), [""; 0]);
    bench.write("new.py", "FRESH\n");
    bench.compare("a file more");
    std::fs::remove_file(bench.path("new.py")).expect("remove");
    assert_eq!(bench.compare("a file less, as it was before"), [""; 0]);
    bench.edit(".dockerignore", "*.md", "*.rst");
    bench.compare("ignored no longer");
    bench.write("deps.txt", "FRESH 2\n");
    bench.compare("what an early step takes");

    // Texts.
    bench.edit("Dockerfile", "FRESH tail", "FRESH  tail");
    assert_eq!(bench.compare("blanks in a RUN"), ["RUN : FRESH tail"]);
    bench.edit("Dockerfile", "FRESH  tail", "FRESH \\\n  # why\n  tail");
    bench.compare("a RUN on two lines");
    bench.edit("Dockerfile", "ENV E=1\nENV F=1", "ENV E=2\nENV F=1");
    bench.compare("ENV");
    bench.edit("Dockerfile", "ENV E=2\nENV F=1", "ENV F=1\nENV E=2");
    bench.compare("order of ENV");
    bench.edit("Dockerfile", "ARG V=1", "ARG V=2");
    bench.compare("ARG");
    bench.request.build_args = BTreeMap::from([("V".to_owned(), "2".to_owned())]);
    assert_eq!(bench.compare("a build argument that says the same"), [""; 0]);
    bench.request.build_args = BTreeMap::from([("V".to_owned(), "3".to_owned())]);
    bench.compare("a build argument");
    bench.request.build_args.clear();
    assert_eq!(bench.compare("back again"), [""; 0]);
    bench.edit("Dockerfile", "RUN : FRESH deps\nARG V=2\n", "ARG V=2\nRUN : FRESH deps\n");
    bench.compare("order of ARG and RUN");
    bench.edit("Dockerfile", "RUN : FRESH deps\n", "USER nobody\nRUN : FRESH deps\nUSER root\n");
    bench.compare("USER");
    bench.edit("Dockerfile", "USER nobody\n", "SHELL [\"/bin/sh\", \"-e\", \"-c\"]\n");
    bench.compare("SHELL");

    // Stages.
    bench.request.target = "other".to_owned();
    assert_eq!(bench.compare("another target"), ["RUN : FRESH other"]);
    bench.request.target.clear();
    assert_eq!(bench.compare("the last stage again"), [""; 0]);
    bench.edit("Dockerfile", "echo FRESH > /out; : $V", "echo FRESH > /out; : again");
    let ran = bench.compare("a stage that writes the same");
    assert!(!ran.iter().any(|step| step.starts_with("COPY --from")), "{ran:?}");
    bench.edit("Dockerfile", "echo FRESH > /out", "echo FRESH else > /out");
    let ran = bench.compare("a stage that writes something else");
    assert!(ran.iter().any(|step| step.starts_with("COPY --from")), "{ran:?}");
    bench.edit("Dockerfile", "COPY deps.txt /deps", "COPY main.py /deps");
    bench.compare("another file to the same place");
    assert!(bench.counts.2 >= 4, "some hung on what commands write: {:?}", bench.counts);

    // A build that fails leaves what it got done.
    bench.edit("Dockerfile", "RUN : FRESH deps", "RUN : FRESH done\nRUN false");
    assert!(matches!(bench.build().1, Outcome::NotBuilt(_)));
    bench.edit("Dockerfile", "RUN false", "RUN true FRESH");
    let ran = bench.compare("after a failure");
    assert!(
        !ran.iter().any(|step| step == "RUN : FRESH done") && ran.iter().any(|step| step == "RUN true FRESH")
    );
    bench.request.no_cache = true;
    assert!(matches!(bench.build().1, Outcome::Built(_)));
    bench.request.no_cache = false;
    bench.compare("after a build without cache");
    bench.end(150);
}

#[test]
fn buildkit_and_the_plan_agree_on_rarer_instructions() {
    let Some(mut bench) = Bench::new(false) else { return };
    bench.write(".dockerignore", "Dockerfile*\n.dockerignore\n");
    for name in ["a.txt", "b.txt", "c.py", "sub/a.txt"] {
        bench.write(name, "FRESH\n");
    }
    std::os::unix::fs::symlink("b.txt", bench.path("link.txt")).expect("link");
    bench.write(
        "Dockerfile",
        "FROM scratch AS one\nCOPY *.txt /all/\nFROM scratch AS two\nCOPY link.txt /b\nCOPY a.txt /a\nADD c.py /\nFROM alpine:3.19\n\
         RUN --mount=type=bind,source=sub,target=/m cat /m/a.txt; : FRESH\n\
         RUN --mount=type=cache,target=/c : FRESH\nRUN --mount=from=one,source=/all,target=/m : FRESH\nCOPY --from=two / /two/\nWORKDIR /\nWORKDIR x\nRUN [\"true\", \"FRESH\"]\n",
    );
    bench.compare("first");
    assert_eq!(bench.compare("the same"), [""; 0]);
    bench.write("c.py", "FRESH 2\n");
    bench.compare("a file that no pattern matches, and ADD takes");
    bench.write("new.txt", "FRESH\n");
    bench.compare("a file that a pattern matches");
    bench.write("b.txt", "FRESH 2\n");
    bench.compare("what a link leads to");
    bench.write("sub/a.txt", "FRESH 2\n");
    bench.compare("what a mount shows");
    bench.edit("Dockerfile", "COPY a.txt /a", "COPY sub/a.txt /a");
    bench.compare("a namesake with another content");
    bench.write("sub/a.txt", "FRESH\n");
    bench.compare("a namesake with the same content");
    bench.edit("Dockerfile", "ADD c.py", "COPY c.py");
    bench.compare("COPY instead of ADD");
    bench.edit("Dockerfile", "target=/c", "target=/d");
    bench.compare("another place of a cache");
    bench.edit("Dockerfile", "WORKDIR x", "WORKDIR /x");
    assert_eq!(bench.compare("the same folder in other words"), [""; 0]);

    // Base images: ours, built anew.
    let base = |bench: &Bench, text: &str| {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("Dockerfile"), text.replace("FRESH", &bench.fresh)).expect("file");
        let request = BuildRequest {
            context: folder.path().into(),
            tags: vec![format!("{}:base", bench.fresh)],
            ..bench.request.clone()
        };
        let (_, outcome) = bench.run(Job::Build(request));
        assert!(matches!(outcome, Outcome::Built(_)), "{outcome:?}");
    };
    base(&bench, "FROM alpine:3.19\nRUN : FRESH base\n");
    bench.write("Dockerfile", "FROM FRESH:base\nCOPY a.txt /\nRUN : FRESH on\nFROM FRESH:base\nRUN : FRESH two\nCOPY --from=0 /a.txt /\n");
    bench.compare("another base");
    base(&bench, "FROM alpine:3.19\nRUN : FRESH base\nENV SAID=1\nLABEL a=b\n");
    bench.compare("a base that says something else");
    base(&bench, "FROM alpine:3.19\nRUN echo FRESH > /other\n");
    bench.compare("a base with other files");
    base(&bench, "FROM alpine:3.19\nONBUILD COPY b.txt /onbuild\nONBUILD RUN : FRESH onbuild\nENV FRESH=1\n");
    bench.compare("a base that brings steps");
    assert_eq!(bench.compare("the same"), [""; 0]);
    bench.write("b.txt", "FRESH 3\n");
    bench.compare("what such a step takes");
    bench.write(
        "Dockerfile",
        "ARG BASE=FRESH:base\nFROM $BASE AS a\nRUN : FRESH two\nFROM a\nRUN : FRESH same\nRUN : FRESH same\n",
    );
    bench.compare("a variable in FROM");
    bench.request.build_args = BTreeMap::from([("BASE".to_owned(), "alpine:3.19".to_owned())]);
    bench.compare("another image by a variable");

    if newer(&bench) {
        bench.write(
            "Dockerfile",
            "FROM alpine:3.19\nRUN <<EOF\necho FRESH\nEOF\nCOPY <<EOF /f\nFRESH\nEOF\nCOPY --link a.txt /l\n",
        );
        bench.compare("heredocs");
        bench.edit("Dockerfile", "echo FRESH", "echo FRESH again");
        bench.compare("another script");
        bench.edit("Dockerfile", "EOF /f\n", "EOF /f\nmore\n");
        bench.compare("another file");
    } else {
        println!("not run: heredocs, --link (engine {})", bench.engine.info().version);
    }
    bench.end(60);
}

#[test]
fn a_grading_is_in_the_plan_of_the_next_build() {
    let Some(mut bench) = Bench::new(false) else { return };
    bench.write("Dockerfile", "FROM alpine:3.19\nCOPY main.py /\nRUN : FRESH one\nRUN : FRESH two\n");
    bench.write("main.py", "FRESH\n");
    let exercise = Exercise {
        id: "exercise-1".into(),
        title: String::new(),
        lesson: String::new(),
        level: Level::Beginner,
        minutes: 1,
        task: String::new(),
        files: Vec::new(),
        secrets: BTreeMap::new(),
        script: None,
        hints: Vec::new(),
        reveal: Reveal::default(),
        start_fails: Vec::new(),
        checks: vec![Check {
            id: "builds".into(),
            title: String::new(),
            points: 1,
            why: String::new(),
            terms: Default::default(),
            kind: CheckKind::Build(BuildCheck::within(PATIENCE)),
        }],
        solution: BTreeMap::new(),
    };
    let check = |bench: &Bench| Job::Check {
        exercise: Box::new(exercise.clone()),
        dir: bench.folder.path().into(),
        static_only: false,
    };
    let (record, outcome) = bench.run(check(&bench));
    assert!(matches!(&outcome, Outcome::Checked(report) if report.passed()), "{outcome:?}");
    bench.ledger = record.expect("a record").add_to(&bench.ledger);
    let millis: Vec<_> = bench.predict().1.steps.iter().map(|step| step.millis.is_some()).collect();
    assert_eq!(millis[1..], [true; 3], "what it cost is known");
    assert_eq!(bench.compare("graded before"), [""; 0]);
    bench.write("main.py", "FRESH 2\n");
    let (record, _) = bench.run(check(&bench));
    bench.ledger = record.expect("a record").add_to(&bench.ledger);
    bench.edit("Dockerfile", "FRESH two", "FRESH three");
    assert_eq!(bench.compare("graded and changed"), ["RUN : FRESH three"]);
    bench.end(5);
}

/// Answers every request with what is in it, until the test ends.
fn serve(answer: Arc<Mutex<String>>) -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let body = answer.lock().expect("the answer").clone();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

#[test]
fn what_a_url_answers_is_not_predicted() {
    let Some(mut bench) = Bench::new(false) else { return };
    let answer = Arc::new(Mutex::new(bench.fresh.clone()));
    let url = format!("http://{}/file", serve(answer.clone()));
    bench.write(
        "Dockerfile",
        &format!("FROM alpine:3.19\nRUN : FRESH before\nADD {url} /file\nRUN : FRESH after\n"),
    );
    if let Outcome::NotBuilt(why) = bench.build().1 {
        println!("not run: the engine does not reach this machine's loopback ({})", why.message);
        return;
    }
    assert_eq!(bench.compare("the same answer"), [""; 0]);
    *answer.lock().expect("the answer") = format!("{} 2", bench.fresh);
    let ran = bench.compare("another answer");
    assert!(ran.iter().any(|step| step == "RUN : FRESH after"), "{ran:?}");
    assert!(bench.counts.2 >= 4, "cannot be told: {:?}", bench.counts);
    let words: Vec<_> = bench.predict().1.steps.iter().map(|step| step.why.clone()).collect();
    assert!(words[2].ends_with("is asked again; from the cache if it answers the same"), "{words:?}");
    bench.end(5);
}

/// Whether the engine's own builder knows heredocs.
fn newer(bench: &Bench) -> bool {
    let version = &bench.engine.info().version;
    version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 23)
}

#[test]
fn the_classic_builder_runs_again_what_the_plan_says() {
    let Some(mut bench) = Bench::new(true) else { return };
    bench.write(".dockerignore", "Dockerfile\n.dockerignore\n*.md\n");
    bench.write("main.py", "FRESH\n");
    bench.write("lib/a.py", "FRESH\n");
    bench.write("note.md", "FRESH\n");
    bench.write(
        "Dockerfile",
        "FROM alpine:3.19 AS build\nARG V=FRESH\nENV E=FRESH\nRUN echo $E > /out\nCOPY . /src/\nFROM alpine:3.19\nWORKDIR /app\nCOPY --from=build /out .\nCOPY main.py /\nCMD [\"x\"]\n",
    );
    bench.compare("first");
    assert_eq!(bench.compare("the same"), [""; 0]);
    bench.edit("Dockerfile", "WORKDIR", "# a comment\n\nWORKDIR");
    bench.write("note.md", "2\n");
    assert_eq!(bench.compare("a comment, an ignored file"), [""; 0]);
    bench.write("lib/a.py", "FRESH 2\n");
    bench.compare("content");
    bench.mode("lib/a.py", 0o755);
    bench.compare("mode");
    bench.mode("lib", 0o700);
    bench.compare("mode of a folder");
    bench.edit("Dockerfile", "CMD [\"x\"]", "LABEL a=b\nCMD [\"x\"]");
    bench.compare("a label");
    bench.edit("Dockerfile", "CMD [\"x\"]", "CMD [\"y\"]");
    bench.compare("CMD");
    bench.request.build_args = BTreeMap::from([("V".to_owned(), "2".to_owned())]);
    bench.compare("a build argument");
    bench.edit("Dockerfile", "ARG V=FRESH", "ARG V=FRESH2");
    bench.compare("its default");
    bench.edit("Dockerfile", "echo $E", "echo  $E else");
    bench.compare("RUN");
    bench.end(40);
}
