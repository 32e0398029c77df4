//! Scripts against the practice ECR: the same scripts in both kinds of sandbox and with this machine's own
//! `aws` and `docker`, and the verdicts about them; what a sandbox keeps in and out, and what it ends.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails the test")]

mod support;

use docker_ecr_tutor::course;
use docker_ecr_tutor::course::model::script::{EcrCheck, Scene, ScriptCheck};
use docker_ecr_tutor::course::model::{Check, CheckKind, Exercise};
use docker_ecr_tutor::engine::{Engine, Environment};
use docker_ecr_tutor::grade::{self, Access, Ground, Options, Report, Status};
use futures_util::StreamExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::{PROGRAM, engine, path_with, peer};
use tokio_util::sync::CancellationToken;

const REPOSITORY: &str = "harbour/app";

/// The checks of every script: what its head says of it, and what a good one leaves behind.
fn exercise(script: &str) -> Exercise {
    let head = |key: &str| script.lines().find_map(|line| line.strip_prefix(key));
    let of = |wanted: ScriptCheck| CheckKind::Script(wanted);
    let ecr = |wanted: EcrCheck| CheckKind::Ecr(EcrCheck { repository: REPOSITORY.into(), ..wanted });
    let ends = ScriptCheck {
        fails: head("# fails").is_some(),
        output: head("# says: ").map(str::to_owned),
        ..ScriptCheck::default()
    };
    let mut kinds = vec![
        ("ends", of(ends)),
        ("settings", ecr(EcrCheck { immutable: true, scan_on_push: true, ..EcrCheck::default() })),
        ("version", ecr(EcrCheck { tags: vec!["{VERSION}".into()], ..EcrCheck::default() })),
        (
            "commit",
            ecr(EcrCheck { tags: vec!["{VERSION}".into(), "{commit}".into()], ..EcrCheck::default() }),
        ),
        ("latest", ecr(EcrCheck { no_tags: vec!["latest".into()], ..EcrCheck::default() })),
        (
            "pushes",
            of(ScriptCheck {
                fails: head("# fails").is_some(),
                pushes_nothing: true,
                ..ScriptCheck::default()
            }),
        ),
        (
            "token",
            of(ScriptCheck { fails: head("# fails").is_some(), keeps_token: true, ..ScriptCheck::default() }),
        ),
    ];
    if head("# again").is_some() {
        kinds.push(("again", of(ScriptCheck { again: true, ..ScriptCheck::default() })));
    }
    let check = |(id, kind): (&str, CheckKind)| Check {
        id: id.into(),
        title: id.into(),
        points: 1,
        why: "because".into(),
        terms: Default::default(),
        kind,
    };
    let mut exercise = course::embedded().exercise("exercise-3").unwrap().clone();
    exercise.files.retain(|file| file.path != "deploy.sh");
    exercise.script = Some(Scene {
        file: "script.sh".into(),
        environment: [("VERSION".to_owned(), "1.4.0".to_owned())].into(),
        within: Duration::from_secs(120),
        ..Scene::default()
    });
    exercise.checks = kinds.into_iter().map(check).collect();
    exercise
}

fn options(ground: Ground) -> Options {
    with_access(ground, Access::Missing("no engine is asked".into()))
}

/// With the engine that is here, for the ground that needs one.
async fn with_engine(ground: Ground) -> Options {
    match ground {
        Ground::Container => {
            let engine = Engine::connect(&Environment::read()).await.expect("an engine");
            with_access(ground, Access::Ready(engine))
        }
        _ => options(ground),
    }
}

/// The two kinds of walls, as far as they are here.
async fn walls() -> Vec<Options> {
    let mut walls = Vec::new();
    if peer("bwrap").is_some() {
        walls.push(options(Ground::Bubblewrap));
    }
    if engine().is_some() {
        walls.push(with_engine(Ground::Container).await);
    }
    walls
}

fn with_access(ground: Ground, access: Access) -> Options {
    let mut options = Options::new(access);
    options.scripts = ground;
    options.program = Some(PROGRAM.into());
    if let Some(aws) = peer("aws") {
        options.path = Some(path_with(&aws).into());
    }
    options
}

async fn graded(exercise: &Exercise, script: &str, options: &Options) -> Report {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("script.sh"), script).unwrap();
    grade::grade(exercise, dir.path(), options, Arc::new(|_| {}), CancellationToken::new()).await
}

fn shown(report: &Report) -> String {
    let line = |r: &grade::CheckResult| format!("  {} {:?}: {} | {}\n", r.id, r.status, r.found, r.look_at);
    report.results.iter().map(line).collect()
}

fn statuses(report: &Report) -> Vec<(String, Status)> {
    report.results.iter().map(|result| (result.id.clone(), result.status)).collect()
}

/// The scripts, by name.
fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut scripts: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    scripts.sort();
    scripts
}

/// Every way gives the same verdict on every check of every script.
#[tokio::test(flavor = "multi_thread")]
async fn sandboxes_and_the_real_clients_give_the_same_verdicts() {
    let (Some(_), Some(_), Some(_)) = (peer("bwrap"), peer("aws"), engine()) else { return };
    let ways = [options(Ground::Bubblewrap), with_engine(Ground::Container).await, options(Ground::Here)];
    let began = Instant::now();
    let scripts = scripts();
    assert!(scripts.len() >= 30);
    // All ways of one script after each other would leave the last one waiting alone.
    let gradings = scripts.iter().flat_map(|script| ways.iter().map(move |way| (script, way)));
    // The classic builder answers from steps that another build left, and loses them when that build's image is
    // removed meanwhile ("unknown parent image ID"): the real clients take turns.
    let turn = tokio::sync::Mutex::new(());
    let turn = &turn;
    let reports: Vec<_> = futures_util::stream::iter(gradings)
        .map(|((_, script), way)| async move {
            let _turn = if matches!(way.scripts, Ground::Here) { Some(turn.lock().await) } else { None };
            graded(&exercise(script), script, way).await
        })
        .buffered(6)
        .collect()
        .await;
    println!("{} scripts, each way, in {:.1} s", scripts.len(), began.elapsed().as_secs_f32());
    let mut wrong = String::new();
    for ((name, _), reports) in scripts.iter().zip(reports.chunks(ways.len())) {
        let alike = reports.iter().all(|report| {
            report.results[0].status == Status::Pass && statuses(report) == statuses(&reports[0])
        });
        if !alike || reports[0].count(Status::NotRun) > 0 {
            wrong.push_str(&format!("{name}\n"));
            for (way, report) in ways.iter().zip(reports) {
                wrong.push_str(&format!(" {:?}\n{}", way.scripts, shown(report)));
            }
        }
        if name == "good" {
            let passes = |id: &str| reports[0].results.iter().any(|r| r.id == id && r.status == Status::Pass);
            for id in ["ends", "settings", "version", "commit", "latest", "token", "again"] {
                assert!(passes(id), "{id}: {}", shown(&reports[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What a script tries from inside, and what it must not get.
#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_keeps_in_what_is_run_in_it() {
    let outside = tempfile::tempdir().unwrap();
    let canary = outside.path().join("canary");
    std::fs::write(&canary, "secret").unwrap();
    let script = format!(
        "test -e {0} && echo SAW the canary\n\
         echo x >/usr/x 2>/dev/null && echo WROTE to usr\n\
         echo x >/run/tutor/x 2>/dev/null && echo WROTE beside the socket\n\
         mount -t tmpfs none /usr 2>/dev/null && echo MOUNTED over usr\n\
         mount -o remount,rw,bind /usr 2>/dev/null && echo MOUNTED usr anew\n\
         grep -q 'CapEff:.*[1-9a-f]' /proc/self/status && echo CAPABLE\n\
         ls /root /home/*/.ssh /var/run/docker.sock /run/docker.sock /etc/shadow 2>/dev/null && echo SAW the machine\n\
         (exec 3<>/dev/tcp/127.0.0.1/${{AWS_ENDPOINT_URL##*:}}) 2>/dev/null && echo REACHED the registry past the shim\n\
         rm -f /run/tutor/shim 2>/dev/null && echo REMOVED the socket\n\
         [ $(ps ax 2>/dev/null | wc -l) -lt 20 ] || echo SAW processes\n\
         docker --version && aws sts get-caller-identity --query Account --output text\n\
         sleep 600 &\n",
        canary.display()
    );
    let mut exercise = exercise("# says: 123456789012");
    exercise.checks.truncate(1);
    for word in ["SAW", "WROTE", "MOUNTED", "CAPABLE", "REACHED", "REMOVED"] {
        let wanted = ScriptCheck { output: Some(word.into()), ..ScriptCheck::default() };
        let kind = CheckKind::Script(wanted);
        exercise.checks.push(Check { id: word.into(), kind, ..exercise.checks[0].clone() });
    }
    for options in walls().await {
        let report = graded(&exercise, &script, &options).await;
        let (first, loud) = report.results.split_first().unwrap();
        assert_eq!(first.status, Status::Pass, "{}", shown(&report));
        assert!(loud.iter().all(|r| r.status == Status::Fail), "{:?}: {}", options.scripts, shown(&report));
    }
}

/// Whether a process with this word on its command line is left on this machine.
fn is_alive(word: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.into_iter().any(|line| String::from_utf8_lossy(&line).split('\0').any(|known| known == word))
}

/// A script that does not end, or takes too much, is ended, with all it has started; that is a failure, and
/// has a reason.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_is_ended() {
    // Nothing else sleeps for so long.
    let long = format!("86{}", std::process::id());
    let root =
        std::fs::metadata("/proc/self").is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    for options in walls().await {
        for (script, reason) in [
            ("sleep LONG", "still running"),
            ("sleep LONG | sleep LONG & wait", "still running"),
            ("while :; do :; done", "still running"),
            ("bomb() { bomb | bomb & }; bomb; sleep LONG", "512 processes"),
            ("for i in {1..2000}; do sleep LONG & done; exit 0", "512 processes"),
            ("dd if=/dev/zero of=/dev/null bs=3G count=1 iflag=fullblock", "2 GiB of memory"),
        ] {
            let mut exercise = exercise("");
            exercise.checks.truncate(1);
            // Two gibibytes take their time on a busy machine, and so do so many processes.
            let within = if reason == "still running" { 3 } else { 50 };
            exercise.script.as_mut().unwrap().within = Duration::from_secs(within);
            let began = Instant::now();
            let report = graded(&exercise, &script.replace("LONG", &long), &options).await;
            let (result, took) = (&report.results[0], began.elapsed());
            println!("{:?}, {script}: {} in {took:?}", options.scripts, result.found);
            assert_eq!(result.status, Status::Fail, "{:?}, {script}: {}", options.scripts, shown(&report));
            // Only root can be sure to have a control group.
            if root || options.scripts == Ground::Container || reason == "still running" {
                assert!(result.found.contains(reason), "{:?}, {script}: {}", options.scripts, shown(&report));
            }
            assert!(took < Duration::from_secs(90), "{script}: {took:?}");
            while is_alive(&long) {
                assert!(began.elapsed() < Duration::from_secs(90), "{script}: something is left");
                tokio::task::yield_now().await;
            }
        }
    }
    let ours = format!("docker-ecr-tutor-{}-", std::process::id());
    let began = Instant::now();
    let groups = |folder: &str| {
        let groups = std::fs::read_dir(folder).into_iter().flatten().flatten();
        groups.filter(|group| group.file_name().to_string_lossy().starts_with(&ours)).count()
    };
    // Those of the tests beside this one come and go.
    while ["/sys/fs/cgroup", "/sys/fs/cgroup/pids"].iter().any(|folder| groups(folder) > 8) {
        assert!(began.elapsed() < Duration::from_secs(60), "control groups are left");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_nothing_is_graded() {
    let mut options = options(Ground::Sandbox);
    options.path = Some("/nowhere".into());
    let exercise = exercise("");
    let report = graded(&exercise, "true", &options).await;
    assert!(report.results.iter().all(|result| result.status == Status::NotRun), "{}", shown(&report));
    for reason in ["apt install bubblewrap", "no engine is asked", "--scripts-here"] {
        assert!(report.results[0].found.contains(reason), "{}", shown(&report));
    }
}

/// Without bubblewrap the engine of this machine does; one that is elsewhere does not have its programs.
#[tokio::test(flavor = "multi_thread")]
async fn without_bubblewrap_an_engine_of_this_machine_does() {
    if engine().is_none() {
        return;
    }
    let mut near = with_engine(Ground::Container).await;
    near.scripts = Ground::Sandbox;
    near.path = Some("/nowhere".into());
    let exercise = exercise("# says: one");
    let report = graded(&exercise, "echo one", &near).await;
    assert_eq!(report.results[0].status, Status::Pass, "{}", shown(&report));

    let Access::Ready(engine) = &near.access else { unreachable!() };
    let socket = engine.info().endpoint.trim_start_matches("unix://").to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let far = Environment {
        docker_host: Some(format!("tcp://{}", listener.local_addr().unwrap())),
        ..Environment::default()
    };
    let forwarding = tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = tokio::net::UnixStream::connect(&socket).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    near.access = Access::Ready(Engine::connect(&far).await.expect("it answers over TCP"));
    let report = graded(&exercise, "echo one", &near).await;
    assert!(report.results.iter().all(|result| result.status == Status::NotRun), "{}", shown(&report));
    assert!(report.results[0].found.contains("not on this machine"), "{}", shown(&report));
    forwarding.abort();
}
