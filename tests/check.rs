//! `--check` as people and pipelines run it: the real program, the real engine, a course of its own
//! whose exercise is graded in seconds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

mod support;

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use support::{Engine, Home, PROGRAM, engine};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/courses/tiny");

fn course(path: &str) -> PathBuf {
    Path::new(COURSE).join(path)
}

fn run(home: &Home, args: &[&str]) -> Output {
    grading(home, args).output().unwrap()
}

fn grading(home: &Home, args: &[&str]) -> Command {
    let mut command = home.command(&["--course", COURSE, "--check", "exercise-1"]);
    // Its copies are made in a folder of their own, so that leftovers show.
    command.args(args).env("TMPDIR", home.path().join("runtime"));
    command
}

/// The JSON verdict over one folder.
fn verdict(home: &Home, dir: &Path, args: &[&str]) -> (i32, Value) {
    let mut all = vec!["--format", "json", "--dir", dir.to_str().unwrap()];
    all.extend(args);
    let output = run(home, &all);
    let text = String::from_utf8(output.stdout).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    });
    assert_eq!(fs::read_dir(home.path().join("runtime")).unwrap().count(), 0, "a copy was left");
    (output.status.code().unwrap(), json["reports"][0].clone())
}

/// One line per check that did not pass: `id status found | look_at`.
fn short(report: &Value) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter();
    let bad = checks.filter(|check| check["status"] != "pass");
    bad.map(|check| {
        let text = |field: &str| check[field].as_str().unwrap().to_owned();
        format!("{} {}: {} | {}", text("id"), text("status"), text("found"), text("look_at"))
    })
    .collect()
}

fn statuses(report: &Value) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap().iter();
    checks
        .map(|check| format!("{} {}", check["id"].as_str().unwrap(), check["status"].as_str().unwrap()))
        .collect()
}

/// The solution's folder, with another Dockerfile.
fn solution_with(home: &Home, name: &str, dockerfile: &str) -> PathBuf {
    let dir = home.path().join(name);
    fs::create_dir(&dir).unwrap();
    fs::copy(course("solutions/exercise-1/.dockerignore"), dir.join(".dockerignore")).unwrap();
    fs::write(dir.join("Dockerfile"), dockerfile).unwrap();
    dir
}

fn solution() -> String {
    fs::read_to_string(course("solutions/exercise-1/Dockerfile")).unwrap()
}

#[test]
fn the_solution_passes() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let (code, report) = verdict(&home, &course("solutions/exercise-1"), &["--require-all"]);
    assert_eq!((code, short(&report)), (0, vec![]));
    assert_eq!((report["score"].as_u64(), report["status"].as_str()), (Some(12), Some("passed")));
}

#[test]
fn each_failing_check_of_the_start_is_explained_by_what_was_measured() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let (code, report) = verdict(&home, &course("exercises/exercise-1/start"), &[]);
    assert_eq!(code, 1);
    let found = short(&report);
    let ids: Vec<&str> = found.iter().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(ids, ["clean", "context", "shape", "small", "answers", "cache"]);
    for (line, parts) in found.iter().zip([
        ["line 1: DL3007", "| Dockerfile:1"],
        [".env goes into the build context", "| .dockerignore"],
        ["no USER, no WORKDIR, ADD on line 2", "| Dockerfile:2"],
        ["14.2 MB, as large as the start", "| 12.0 MB of it: RUN echo installing"],
        ["its main process runs as root (uid 0)", "| USER"],
        ["ran again, because `ADD . /srv`", "| Dockerfile:3"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{line}\nlacks {parts:?}");
    }
}

#[test]
fn an_empty_dockerfile_fails_everything_that_it_stands_for() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let (code, report) = verdict(&home, &solution_with(&home, "empty", ""), &[]);
    assert_eq!(code, 1);
    let found = statuses(&report);
    assert_eq!(
        found,
        [
            "clean fail",
            "context pass",
            "shape fail",
            "builds fail",
            "small not_run",
            "layers not_run",
            "answers not_run",
            "stops not_run",
            "cache not_run"
        ]
    );
}

#[test]
fn a_broken_dockerfile_fails_with_the_place() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let broken = solution().replace("COPY serve.sh", "COPPY serve.sh");
    let (code, report) = verdict(&home, &solution_with(&home, "broken", &broken), &[]);
    assert_eq!(code, 1);
    let builds = short(&report).into_iter().find(|line| line.starts_with("builds")).unwrap();
    assert!(builds.contains("COPPY") && builds.ends_with("| Dockerfile:4"), "{builds}");

    let failing = solution().replace("RUN echo", "RUN echo the-last-words; exit 7; echo");
    let (_, report) = verdict(&home, &solution_with(&home, "failing", &failing), &[]);
    let builds = short(&report).into_iter().find(|line| line.starts_with("builds")).unwrap();
    assert!(builds.contains("exit code 7") && builds.contains("the-last-words"), "{builds}");
    assert!(builds.ends_with("| Dockerfile:2"), "{builds}");
}

#[test]
fn a_folder_without_a_dockerfile_says_so() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let dir = solution_with(&home, "none", "");
    fs::remove_file(dir.join("Dockerfile")).unwrap();
    let (code, report) = verdict(&home, &dir, &[]);
    assert_eq!(code, 1);
    assert!(short(&report)[0].starts_with("clean fail: there is no Dockerfile"), "{:?}", short(&report));
    assert!(short(&report)[2].starts_with("builds fail: there is no Dockerfile"), "{:?}", short(&report));
}

#[test]
fn a_build_that_never_ends_is_ended() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let endless = solution().replace("RUN echo", "RUN sleep 86399 && echo");
    let (code, report) = verdict(&home, &solution_with(&home, "endless", &endless), &["--timeout", "3"]);
    assert_eq!(code, 1);
    let builds = &short(&report)[0];
    assert!(builds.starts_with("builds fail: not built within 3 s"), "{builds}");
    assert!(builds.ends_with("| Dockerfile:2"), "{builds}");
}

#[test]
fn a_container_that_ignores_sigterm_is_measured() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let deaf = solution().replace(
        r#"CMD ["sh", "serve.sh"]"#,
        r#"CMD ["sh", "-c", "trap '' TERM; sh serve.sh & while true; do wait; done"]"#,
    );
    let (code, report) = verdict(&home, &solution_with(&home, "deaf", &deaf), &[]);
    assert_eq!(code, 1);
    let found = short(&report);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("stops fail: still running 2 s after SIGTERM"), "{found:?}");
}

#[test]
fn a_container_that_ends_at_once_shows_its_last_words() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let ends = solution()
        .replace(r#"CMD ["sh", "serve.sh"]"#, r#"CMD ["sh", "-c", "printf 'no \\033[2Jconfig\\n'; exit 9"]"#);
    let (code, report) = verdict(&home, &solution_with(&home, "ends", &ends), &[]);
    assert_eq!(code, 1);
    let answers = short(&report).into_iter().find(|line| line.starts_with("answers")).unwrap();
    assert!(answers.contains("ended with exit code 9"), "{answers}");
    assert!(answers.contains("no \u{fffd}[2Jconfig"), "{answers}");
}

#[test]
fn a_secret_in_any_layer_is_found() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let leaky = solution().replace("USER 10001", "RUN echo k > .env\nRUN rm .env\nUSER 10001");
    let (_, report) = verdict(&home, &solution_with(&home, "leaky", &leaky), &[]);
    let layers = short(&report).into_iter().find(|line| line.starts_with("layers")).unwrap();
    assert!(layers.starts_with("layers fail: 5 layers"), "{layers}");
    let leaky =
        solution().replace("RUN echo", "RUN echo k > /.env; rm /.env; mkdir /x; echo k > /x/.env; echo");
    let (_, report) = verdict(&home, &solution_with(&home, "leaky2", &leaky), &[]);
    let layers = short(&report).into_iter().find(|line| line.starts_with("layers")).unwrap();
    assert!(layers.starts_with("layers fail: a layer holds /x/.env"), "{layers}");
}

#[test]
fn a_base_image_that_does_not_exist_is_the_submissions_fault_and_a_dead_registry_is_not() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let registry = registry_without_images();
    let with = |image: &str| solution().replace("alpine:3.19", image);
    let missing = with(&format!("{registry}/nothing:1"));
    let (code, report) = verdict(&home, &solution_with(&home, "missing", &missing), &[]);
    let found = short(&report);
    assert_eq!(code, 1, "{found:?}");
    assert!(found[0].starts_with("builds fail") && found[0].contains("nothing:1"), "{found:?}");
    assert!(found[0].ends_with("| Dockerfile:1"), "{found:?}");

    let (code, report) = verdict(&home, &solution_with(&home, "dead", &with("127.0.0.1:9/nothing:1")), &[]);
    let found = short(&report);
    assert_eq!(code, 3, "{found:?}");
    assert!(found[0].starts_with("builds not_run") && found[0].contains("nothing:1"), "{found:?}");
    let (code, _) = verdict(&home, &home.path().join("dead"), &["--require-all"]);
    assert_eq!(code, 1);
}

/// A registry that answers 404 to everything, for as long as the test runs.
fn registry_without_images() -> String {
    use std::io::Write;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let ping = String::from_utf8_lossy(&request[..length]).contains(" /v2/ ");
            let (status, body) = if ping {
                ("200 OK", "{}")
            } else {
                ("404 Not Found", r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#)
            };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    address
}

#[test]
fn without_an_engine_static_checks_are_graded_and_the_rest_is_not_run() {
    let home = Home::new();
    let host = format!("unix://{}/no.sock", home.path().display());
    let (code, report) = verdict(&home, &course("solutions/exercise-1"), &["--host", &host]);
    assert_eq!(code, 3);
    assert_eq!(statuses(&report)[..4], ["clean pass", "context pass", "shape pass", "builds not_run"]);
    assert!(short(&report)[0].contains("no container engine answers"), "{:?}", short(&report));
    let start = course("exercises/exercise-1/start");
    assert_eq!(verdict(&home, &start, &["--host", &host]).0, 1);
    let only = ["--host", &host, "--only", "static"];
    let (code, report) = verdict(&home, &course("solutions/exercise-1"), &only);
    assert_eq!((code, report["score"].as_u64(), report["status"].as_str()), (0, Some(3), Some("incomplete")));
    let (code, _) = verdict(&home, &course("solutions/exercise-1"), &["--only", "static", "--require-all"]);
    assert_eq!(code, 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_graded_all_the_same() {
    if engine().is_none() {
        return;
    }
    let home = Home::new();
    let dir = solution_with(&home, "read-only", &solution());
    fs::write(dir.join("serve.sh"), "not the exercise's").unwrap();
    let args = ["--format", "json", "--dir", dir.to_str().unwrap()];
    let mut command = grading(&home, &args);
    if rustix::process::geteuid().is_root() {
        // Root writes wherever it likes, but for a mount that is read-only.
        let script = r#"mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && ! touch "$0/x" 2>/dev/null && exec "$@""#;
        let mut mounted = Command::new("unshare");
        mounted
            .args(["-m", "sh", "-c", script])
            .arg(&dir)
            .arg(command.get_program())
            .args(command.get_args());
        mounted.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command = mounted;
    } else {
        let set = |path: &Path| {
            let mut mode = fs::metadata(path).unwrap().permissions();
            mode.set_readonly(true);
            fs::set_permissions(path, mode).unwrap();
        };
        fs::read_dir(&dir).unwrap().for_each(|entry| set(&entry.unwrap().path()));
        set(&dir);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_own_workspace_is_graded_and_remembered() {
    let home = Home::new();
    let host = format!("unix://{}/no.sock", home.path().display());
    let output = run(&home, &["--host", &host, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let report = &report["reports"][0];
    assert_eq!((report["attempts"].as_u64(), report["hints_opened"].as_u64()), (Some(1), Some(0)));
    assert!(home.workspace("exercise-1").join("Dockerfile").is_file());
    let store = docker_ecr_tutor::store::Store::open(&home.data()).unwrap();
    let key = Path::new(COURSE).canonicalize().unwrap().display().to_string();
    let progress = store.for_course(key).progress().unwrap().exercises["exercise-1"];
    assert_eq!((progress.attempts, progress.failed_attempts, progress.passed), (1, 1, false));

    fs::write(home.workspace("exercise-1").join("Dockerfile"), "FROM mine\n").unwrap();
    let output = home.command(&["--course", COURSE, "reset", "exercise-1"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let backup = home.data().join("work/exercise-1.backup-1/Dockerfile");
    assert_eq!(fs::read_to_string(backup).unwrap(), "FROM mine\n");
}

#[test]
fn several_folders_keep_their_order_and_formats_go_where_they_are_sent() {
    let home = Home::new();
    let dirs: Vec<PathBuf> = (0..40)
        .map(|n| solution_with(&home, &format!("s{n}"), if n % 2 == 0 { "FROM alpine:3.19\n" } else { "" }))
        .collect();
    let mut args =
        vec!["--only", "static", "--format", "text", "--format", "json=report.json", "--jobs", "4"];
    args.extend(dirs.iter().flat_map(|dir| ["--dir", dir.to_str().unwrap()]));
    let first = run(&home, &args);
    assert_eq!(first.status.code(), Some(1));
    let json = fs::read_to_string(home.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&json).unwrap();
    let order: Vec<&str> =
        report["reports"].as_array().unwrap().iter().map(|one| one["dir"].as_str().unwrap()).collect();
    assert_eq!(order, dirs.iter().map(|dir| dir.to_str().unwrap()).collect::<Vec<_>>());
    let again = run(&home, &args);
    assert_eq!(first.stdout, again.stdout, "the same input, the same report");
    assert_eq!(json, fs::read_to_string(home.path().join("report.json")).unwrap());
}

#[test]
fn wrong_usage_and_broken_courses_exit_with_2_and_say_what_to_do() {
    let home = Home::new();
    let told = |output: Output| {
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    };
    let unknown = told(home.command(&["--course", COURSE, "--check", "exercise-9"]).output().unwrap());
    assert!(
        unknown.contains("no exercise `exercise-9`") && unknown.contains("--check exercise-1"),
        "{unknown}"
    );
    let folder = told(run(&home, &["--dir", "nowhere"]));
    assert!(folder.contains("nowhere is not a folder"), "{folder}");
    assert!(told(run(&home, &["setup"])).contains("there is no exercise `setup`"));
    let both = home.command(&["--check", "exercise-1", "--only", "static", "setup"]).output().unwrap();
    assert!(told(both).contains("goes with no other"));
    assert!(told(run(&home, &["--only", "some"])).contains("possible values"));
    assert!(told(run(&home, &["--format", "xml"])).contains("there is no format `xml`"));
    assert!(
        told(home.command(&["--course", "nowhere", "--check", "all"]).output().unwrap()).contains("nowhere")
    );

    let broken = "format: 1\nid: exercise-1\ntitle: [\n";
    home.write("course/exercises/exercise-1/exercise.yaml", broken);
    let broken = told(home.command(&["--course", "course", "--check", "exercise-1"]).output().unwrap());
    assert!(broken.contains("exercises/exercise-1/exercise.yaml:"), "{broken}");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let home = Home::new();
    let program = PROGRAM;
    let script = format!(
        "'{program}' --course '{COURSE}' --check exercise-1 --only static --dir '{COURSE}/solutions/exercise-1'; echo $? >&2"
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("({script}) | true")]).env_clear().envs(home.env());
    let output = shell.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(told.trim(), "0");
}

// ---- ended half-way ------------------------------------------------------------------------------

/// Whether a process with this argument runs on this machine; builds run here too.
fn runs(argument: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        fs::read(entry.path().join("cmdline"))
            .is_ok_and(|line| line.split(|byte| *byte == 0).any(|part| part == argument.as_bytes()))
    })
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !holds() {
        assert!(std::time::Instant::now() < patience, "waited in vain until {what}");
        std::thread::yield_now();
    }
}

fn spawn(home: &Home, dir: &Path, args: &[&str]) -> Child {
    let mut command = grading(home, &["--format", "json", "--dir", dir.to_str().unwrap()]);
    command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, signal).unwrap();
}

/// Names of images that gradings of processes no longer alive have left.
fn left_by_dead_processes(engine: &Engine) -> Vec<String> {
    let images = engine.get("/images/json");
    let tags = images.as_array().unwrap().iter().flat_map(|image| image["RepoTags"].as_array().cloned());
    tags.flatten()
        .filter_map(|tag| tag.as_str().map(str::to_owned))
        .filter(|tag| {
            let pid = tag.strip_prefix("docker-ecr-tutor/graded:").and_then(|rest| rest.split('-').next());
            pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists())
        })
        .collect()
}

fn assert_nothing_left(engine: &Engine, home: &Home, pid: u32) {
    let label = format!("org.docker-ecr-tutor.run={pid}");
    wait_until("its containers are gone", || engine.containers_with(&label).is_empty());
    let images = left_by_dead_processes(engine);
    assert!(!images.iter().any(|tag| tag.contains(&format!(":{pid}-"))), "{images:?}");
    assert_eq!(fs::read_dir(home.path().join("runtime")).unwrap().count(), 0, "a copy was left");
}

#[test]
fn sigterm_during_a_build_ends_it_and_leaves_nothing() {
    let Some(engine) = engine() else { return };
    let home = Home::new();
    let argument = format!("{}", 80_000 + std::process::id());
    let endless = solution().replace("RUN echo", &format!("RUN sleep {argument} && echo"));
    let child = spawn(&home, &solution_with(&home, "endless", &endless), &[]);
    wait_until("the build runs", || runs(&argument));
    signal(&child, rustix::process::Signal::TERM);
    let pid = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    wait_until("the build has ended in the engine too", || !runs(&argument));
    assert_nothing_left(&engine, &home, pid);
}

#[test]
fn ctrl_c_while_a_container_runs_removes_it() {
    let Some(engine) = engine() else { return };
    let home = Home::new();
    let mute = solution().replace(r#"CMD ["sh", "serve.sh"]"#, r#"CMD ["sleep", "600"]"#);
    let child = spawn(&home, &solution_with(&home, "mute", &mute), &[]);
    let pid = child.id();
    let label = format!("org.docker-ecr-tutor.run={pid}");
    wait_until("the container runs", || !engine.containers_with(&label).is_empty());
    signal(&child, rustix::process::Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stdout).contains("cancelled"));
    assert_nothing_left(&engine, &home, pid);
}

#[test]
fn an_engine_that_goes_away_half_way_gives_3_and_leaves_no_image() {
    let Some(engine) = engine() else { return };
    let home = Home::new();
    let proxy = Proxy::start(&home.path().join("proxy.sock"), &engine);
    let argument = format!("{}", 70_000 + std::process::id());
    let endless = solution().replace("RUN echo", &format!("RUN sleep {argument} && echo"));
    let host = format!("unix://{}", proxy.path.display());
    let child = spawn(&home, &solution_with(&home, "lost", &endless), &["--host", &host]);
    let pid = child.id();
    wait_until("the build runs", || runs(&argument));
    proxy.cut();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("the connection to the engine was lost"), "{text}");
    wait_until("the build has ended in the engine too", || !runs(&argument));
    assert_nothing_left(&engine, &home, pid);
}

/// Stands between the program and its engine, to be cut.
struct Proxy {
    path: PathBuf,
    streams: std::sync::Arc<std::sync::Mutex<Vec<std::os::unix::net::UnixStream>>>,
}

impl Proxy {
    fn start(path: &Path, engine: &Engine) -> Self {
        use std::os::unix::net::{UnixListener, UnixStream};
        let listener = UnixListener::bind(path).unwrap();
        let proxy = Self { path: path.to_owned(), streams: Default::default() };
        let (target, streams) = (engine.host().replace("unix://", ""), proxy.streams.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = UnixStream::connect(&target).unwrap();
                streams.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                for (mut from, mut to) in
                    [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)]
                {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Write);
                    });
                }
            }
        });
        proxy
    }

    /// As when the engine stops: no connection lives, and no new one is made.
    fn cut(&self) {
        fs::remove_file(&self.path).unwrap();
        for stream in self.streams.lock().unwrap().iter() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}
