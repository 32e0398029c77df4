//! Scripts against the practice ECR: the same scripts in the sandbox and with this machine's own `aws` and
//! `docker`, and the verdicts about them; what the sandbox keeps in and out; its `--query` beside the
//! library of the real `aws`.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod support;

use docker_ecr_tutor::course;
use docker_ecr_tutor::course::model::script::{EcrCheck, Scene, ScriptCheck};
use docker_ecr_tutor::course::model::{Check, CheckKind, Exercise};
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
    let mut options = Options::new(Access::Missing("no engine is asked".into()));
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

/// Both ways give the same verdict on every check of every script.
#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_and_the_real_clients_give_the_same_verdicts() {
    let (Some(_), Some(_), Some(_)) = (peer("bwrap"), peer("aws"), engine()) else { return };
    let (sandbox, here) = (options(Ground::Sandbox), options(Ground::Here));
    let began = Instant::now();
    let reports: Vec<_> = futures_util::stream::iter(scripts())
        .map(|(name, script)| {
            let (sandbox, here) = (&sandbox, &here);
            async move {
                let exercise = exercise(&script);
                let sandboxed = graded(&exercise, &script, sandbox).await;
                let real = graded(&exercise, &script, here).await;
                (name, sandboxed, real)
            }
        })
        .buffer_unordered(4)
        .collect()
        .await;
    println!("{} scripts, both ways, in {:.1} s", reports.len(), began.elapsed().as_secs_f32());
    assert!(reports.len() >= 30);
    let mut wrong = String::new();
    for (name, sandboxed, real) in &reports {
        let ends = sandboxed.results[0].status == Status::Pass && real.results[0].status == Status::Pass;
        if !ends || statuses(sandboxed) != statuses(real) || real.count(Status::NotRun) > 0 {
            wrong.push_str(&format!("{name}\n in the sandbox\n{} here\n{}", shown(sandboxed), shown(real)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let good = reports.iter().find(|(name, ..)| name == "good").unwrap();
    let passes = |id: &str| good.1.results.iter().any(|r| r.id == id && r.status == Status::Pass);
    for id in ["ends", "settings", "version", "commit", "latest", "token", "again"] {
        assert!(passes(id), "{id}: {}", shown(&good.1));
    }
}

/// What a script tries from inside, and what it must not get.
#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_keeps_in_what_is_run_in_it() {
    let Some(_) = peer("bwrap") else { return };
    let outside = tempfile::tempdir().unwrap();
    let canary = outside.path().join("canary");
    std::fs::write(&canary, "secret").unwrap();
    let script = format!(
        "test -e {0} && echo SAW the canary\n\
         echo x >/usr/x 2>/dev/null && echo WROTE to usr\n\
         ls /root /home/*/.ssh /var/run/docker.sock /run/docker.sock /etc/shadow 2>/dev/null && echo SAW the machine\n\
         (exec 3<>/dev/tcp/127.0.0.1/${{AWS_ENDPOINT_URL##*:}}) 2>/dev/null && echo REACHED the registry past the shim\n\
         rm -f /run/tutor/shim 2>/dev/null && echo REMOVED the socket\n\
         [ $(ps ax 2>/dev/null | wc -l) -lt 20 ] || echo SAW processes\n\
         docker --version && aws sts get-caller-identity --query Account --output text\n\
         sleep 600 &\n",
        canary.display()
    );
    let report = graded(&exercise("# says: 123456789012"), &script, &options(Ground::Sandbox)).await;
    assert_eq!(report.results[0].status, Status::Pass, "{}", shown(&report));
    let mut loud = exercise("# says: SAW");
    for word in ["SAW", "WROTE", "REACHED", "REMOVED"] {
        let CheckKind::Script(wanted) = &mut loud.checks[0].kind else { unreachable!() };
        wanted.output = Some(word.into());
        let report = graded(&loud, &script, &options(Ground::Sandbox)).await;
        assert_eq!(report.results[0].status, Status::Fail, "{word}: {}", shown(&report));
    }
}

/// A script that does not end is ended, with all it has started.
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_end_is_ended() {
    let Some(_) = peer("bwrap") else { return };
    for script in ["sleep 600", "sleep 600 | sleep 600 & wait", "while :; do :; done"] {
        let mut exercise = exercise("");
        exercise.checks.truncate(1);
        exercise.script.as_mut().unwrap().within = Duration::from_secs(2);
        let began = Instant::now();
        let report = graded(&exercise, script, &options(Ground::Sandbox)).await;
        assert!(report.results[0].found.contains("still running"), "{script}: {}", shown(&report));
        assert!(began.elapsed() < Duration::from_secs(60), "{script}: {:?}", began.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_nothing_is_graded() {
    let mut options = options(Ground::Sandbox);
    options.path = Some("/nowhere".into());
    let exercise = exercise("");
    let report = graded(&exercise, "true", &options).await;
    assert!(report.results.iter().all(|result| result.status == Status::NotRun), "{}", shown(&report));
    assert!(report.results[0].found.contains("bubblewrap"), "{}", shown(&report));
}
