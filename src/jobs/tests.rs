//! One finishing event for every job, whatever becomes of it.

use super::*;
use std::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

fn jobs() -> (Jobs, mpsc::Receiver<JobEvent>, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let (sender, receiver) = mpsc::channel();
    let nowhere =
        Environment { docker_host: Some("unix:///nonexistent/docker.sock".into()), ..Environment::default() };
    let jobs = Jobs::with_environment(runtime.handle().clone(), nowhere, move |event| {
        // The test may be over.
        let _ = sender.send(event);
    });
    (jobs, receiver, runtime)
}

/// The only event, which must be the finishing one.
fn outcome(jobs: &Jobs, events: &mpsc::Receiver<JobEvent>, id: JobId) -> Outcome {
    let outcome = match events.recv_timeout(PATIENCE).expect("an event") {
        JobEvent::Finished(finished, outcome) if finished == id => outcome,
        other => panic!("{other:?}"),
    };
    jobs.shared.handle.block_on(jobs.shutdown(PATIENCE));
    assert!(events.try_recv().is_err(), "a second event");
    assert!(jobs.running().is_empty());
    outcome
}

#[test]
fn a_panic_is_an_outcome() {
    let (jobs, events, _runtime) = jobs();
    let id = jobs.spawn(|_| async { panic!("a defect") });
    let Outcome::Failed { message, .. } = outcome(&jobs, &events, id) else { panic!("no failure") };
    assert!(message.contains("a defect"), "{message}");
}

#[test]
fn a_cancelled_job_ends_as_cancelled_and_says_nothing_more() {
    let (jobs, events, _runtime) = jobs();
    let id = jobs.spawn(|context| async move {
        context.cancel.cancelled().await;
        let late = context.reporter.clone();
        context.jobs.shared.handle.spawn(async move {
            tokio::task::yield_now().await;
            while !*late.finished.lock().expect("lock") {
                tokio::task::yield_now().await;
            }
            late.message("too late");
        });
        Outcome::Cancelled
    });
    jobs.cancel(id);
    assert_eq!(outcome(&jobs, &events, id), Outcome::Cancelled);
}

#[test]
fn so_many_builds_run_at_once_and_who_waits_can_be_cancelled() {
    let (jobs, events, _runtime) = jobs();
    let (end, ends) = tokio::sync::watch::channel(false);
    let build = |jobs: &Jobs| {
        let mut ends = ends.clone();
        jobs.spawn(move |context| async move {
            let Some(_turn) = context.turn().await else { return Outcome::Cancelled };
            context.reporter.message("builds");
            let _ = ends.wait_for(|end| *end).await;
            Outcome::Ran(0)
        })
    };
    let next = || events.recv_timeout(PATIENCE).expect("an event");
    let builds = |id| JobEvent::Progress(id, Progress::Message("builds".to_owned()));
    for _ in 0..BUILDS_AT_ONCE {
        let id = build(&jobs);
        assert_eq!(next(), builds(id));
    }
    let (third, fourth) = (build(&jobs), build(&jobs));
    let mut waiting = [next(), next()];
    waiting.sort_by_key(|event| matches!(event, JobEvent::Progress(id, _) if *id == fourth));
    assert_eq!(waiting, [third, fourth].map(|id| JobEvent::Progress(id, Progress::Waits(true))));
    jobs.cancel(third);
    assert_eq!(next(), JobEvent::Finished(third, Outcome::Cancelled));
    let _ = end.send(true);
    let rest: Vec<JobEvent> = (0..BUILDS_AT_ONCE + 3).map(|_| next()).collect();
    assert!(rest.contains(&JobEvent::Progress(fourth, Progress::Waits(false))), "{rest:?}");
    assert!(rest.contains(&JobEvent::Finished(fourth, Outcome::Ran(0))), "{rest:?}");
}

#[test]
fn without_an_engine_the_places_tried_are_the_outcome() {
    let (jobs, events, _runtime) = jobs();
    let id = jobs.start(Job::Connect);
    let Outcome::NoEngine(tried) = outcome(&jobs, &events, id) else { panic!("an engine?") };
    assert_eq!(tried[0].origin, "DOCKER_HOST");
    let id = jobs.start(Job::Build(BuildRequest::default()));
    assert!(
        matches!(events.recv_timeout(PATIENCE), Ok(JobEvent::Finished(ended, Outcome::NoEngine(_))) if ended == id)
    );
}

#[test]
fn the_doctor_looks_at_everything_even_without_an_engine() {
    let (jobs, events, _runtime) = jobs();
    let id = jobs.start(Job::Doctor);
    let Outcome::Doctored(lines) = outcome(&jobs, &events, id) else { panic!("no report") };
    let engine = &lines[0];
    assert_eq!((engine.what.as_str(), engine.ok), ("container engine", Some(false)));
    assert!(engine.found.contains("no such file") && !engine.remedy.is_empty(), "{engine:?}");
    for what in ["free disk", "docker command line", "AWS command line", "AWS credentials", "trivy"] {
        assert!(lines.iter().any(|line| line.what == what), "{what} is not in {lines:#?}");
    }
}

/// What a script printed, and how it ended.
fn script(events: &mpsc::Receiver<JobEvent>) -> (String, Outcome) {
    let mut output = Vec::new();
    loop {
        match events.recv_timeout(PATIENCE).expect("an event") {
            JobEvent::Progress(_, Progress::Log(bytes)) => output.extend(bytes),
            JobEvent::Progress(..) => {}
            JobEvent::Finished(_, outcome) => {
                return (String::from_utf8_lossy(&output).into_owned(), outcome);
            }
        }
    }
}

#[test]
fn a_script_shows_its_commands_runs_beside_its_files_and_leaves_nothing() {
    let (jobs, events, _runtime) = jobs();
    let files = vec![("app/main.py".to_owned(), b"print()".to_vec())];
    let text = "pwd\nls app\nls nowhere\nexit 7\n".to_owned();
    jobs.start(Job::Script { text, files });
    let (output, outcome) = script(&events);
    assert_eq!(outcome, Outcome::Ran(7));
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(
        (lines[0], lines[2], lines[3], lines[4]),
        ("pwd", "ls app", "main.py", "ls nowhere"),
        "{output}"
    );
    assert!(!std::path::Path::new(lines[1]).exists(), "{} is left behind", lines[1]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_cancelled_script_takes_along_what_it_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("held");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let (jobs, events, _runtime) = jobs();
    let text = format!("sleep 600 >{} &\nwait\n", pipe.display());
    let id = jobs.start(Job::Script { text, files: Vec::new() });
    let (say, heard) = mpsc::channel();
    std::thread::spawn(move || {
        // Opens once `sleep` has the other end, and ends with the last process that holds it.
        let mut held = std::fs::File::open(&pipe).expect("the pipe");
        say.send("open").expect("the test");
        std::io::copy(&mut held, &mut std::io::sink()).expect("read");
        say.send("closed").expect("the test");
    });
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("open"));
    jobs.cancel(id);
    assert_eq!(script(&events).1, Outcome::Cancelled);
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("closed"), "sleep is still running");
}

#[test]
fn a_script_cannot_write_outside_its_folder() {
    let (jobs, events, _runtime) = jobs();
    for path in ["../x", "/tmp/x", "a/../../x"] {
        jobs.start(Job::Script { text: String::new(), files: vec![(path.to_owned(), Vec::new())] });
        assert!(
            matches!(script(&events).1, Outcome::Failed { message, .. } if message.contains("leads out"))
        );
    }
}
