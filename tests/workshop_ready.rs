//! Before the day of a workshop: plans, `setup --workshop`, bundles. With the real engine, and images of the tests'
//! own making under names that nobody else uses.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{Engine, Home};

fn run(home: &Home, args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = home.command(args).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_plan_is_written_checked_and_its_faults_are_told_at_their_places() {
    let home = Home::new();
    let (code, out, err) = run(&home, &["workshop", "new", "--hours", "3"]);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("docker-ecr-tutor workshop check workshop.yaml"), "{out}");
    let (code, out, _) = run(&home, &["workshop", "check"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("workshop.yaml holds: ") && out.contains(" min"), "{out}");
    let (code, _, err) = run(&home, &["workshop", "new"]);
    assert_eq!(code, Some(2), "it is there already");
    assert!(err.contains("not there yet"), "{err}");

    let file = home.path().join("workshop.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("lessons: [containers-and-images]", "lessons: [containers-and-image]", 1))
        .unwrap();
    let (code, out, err) = run(&home, &["workshop", "check"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    let line = text.lines().position(|line| line.contains("lessons: [containers-and-images]")).unwrap() + 1;
    assert!(err.contains(&format!("workshop.yaml:{line}:15: The course has no lesson")), "{err}");
    assert!(err.contains("^^^^") && err.contains("Did you mean `containers-and-images`?"), "{err}");

    let (code, out, _) = run(&home, &["course", "schema", "workshop"]);
    assert_eq!(code, Some(0));
    let schema: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert!(schema["properties"]["parts"].is_object(), "{out}");
}

/// A small course of one exercise that starts from `base`, and a plan for it. Answers with its arguments.
fn course(home: &Home, base: &str) {
    let yaml = "\
format: 1
id: exercise-1
title: One
lesson: one
level: beginner
minutes: 5
task: Build it.
files: [{ path: Dockerfile, edit: true }]
hints: [Look at the base.]
reveal: { after: pass }
checks:
  - { id: builds, title: It builds, points: 1, why: So., build: { within: 2m } }
  - { id: labelled, title: It has a label, points: 1, why: So., dockerfile: { require: [LABEL] } }
start_fails: [labelled]
";
    home.write("c/exercises/exercise-1/exercise.yaml", yaml);
    home.write("c/exercises/exercise-1/start/Dockerfile", format!("FROM {base}\n"));
    home.write("c/solutions/exercise-1/Dockerfile", format!("FROM {base}\nLABEL a=b\n"));
    let lesson = "---\ntitle: One\nsummary: One.\nminutes: 5\nobjectives: [Read it]\nexercises: [exercise-1]\n---\n\n# One\n\nText.\n";
    home.write("c/lessons/01-one.md", lesson);
    let plan = "format: 1\ntitle: T\nparts:\n  - { title: A, minutes: 10, lessons: [one], exercises: [exercise-1] }\n";
    home.write("workshop.yaml", plan);
}

/// An image with one file in it, under a name of this process's own; removed with this, whatever else happens.
struct Own<'a> {
    engine: &'a Engine,
    names: Vec<String>,
}

impl Own<'_> {
    fn made<'a>(engine: &'a Engine, name: &str, text: &str) -> (Own<'a>, String) {
        let name = format!("tutor-ready-{name}-{}:1", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("hello"), text).unwrap();
        fs::write(folder.path().join("Dockerfile"), "FROM scratch\nCOPY hello /hello\n").unwrap();
        let host = engine.host();
        let built = Home::new()
            .command(&["-H", &host, "build", "-t", &name, &folder.path().to_string_lossy()])
            .output()
            .expect("the program runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        assert!(engine.has_image(&name));
        (Own { engine, names: vec![name.clone()] }, name)
    }

    /// Another name that is removed with it.
    fn and(&mut self, name: String) {
        self.names.push(name);
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        for name in &self.names {
            self.engine.remove_image(name);
        }
    }
}

/// The id of an image, which is another when somebody replaced it.
fn id(engine: &Engine, name: &str) -> String {
    engine.get(&format!("/images/{name}/json"))["Id"].as_str().expect("an id").to_owned()
}

#[test]
fn without_an_engine_setup_says_what_was_not_tried_and_ends_with_3() {
    let home = Home::new();
    course(&home, "tutor-ready-nowhere:1");
    let nowhere = "unix:///nowhere/docker.sock";
    let (code, out, err) = run(
        &home,
        &[
            "--course",
            "c",
            "-H",
            nowhere,
            "--ascii",
            "setup",
            "--workshop",
            "workshop.yaml",
            "--server",
            "nats://127.0.0.1:1",
        ],
    );
    assert_eq!((code, err.as_str()), (Some(3), ""), "{out}");
    let line =
        |what: &str| out.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {out}"));
    assert!(line("container engine").starts_with("x "), "{out}");
    assert!(
        line("image tutor-ready-nowhere:1").starts_with("- ") && out.contains("not tried: no engine"),
        "{out}"
    );
    assert!(line("terminal").contains("not tried"), "{out}");
    assert!(line("workshop server").starts_with("x ") && out.contains("127.0.0.1:1: "), "{out}");
    assert!(out.contains("things are missing"), "{out}");
}

#[test]
fn setup_pulls_from_a_mirror_what_is_missing_and_gives_it_its_name() {
    let Some(engine) = support::engine() else { return };
    let Some(registry) = Registry::start() else { return };
    let (mut own, name) = Own::made(&engine, "mirror", "from the mirror");
    let wanted = id(&engine, &name);
    let there = format!("{}/hub/library/{name}", registry.address);
    own.and(there.clone());
    push(&engine, &name, &there);
    engine.remove_image(&there);
    engine.remove_image(&name);
    assert!(!engine.has_image(&name));

    let home = Home::new();
    course(&home, &name);
    let setup = ["--course", "c", "--ascii", "setup", "--workshop", "workshop.yaml"];
    let (code, out, _) = run(&home, &setup);
    assert_eq!(code, Some(3), "{out}");
    assert!(out.contains("missing; for exercise-1"), "{out}");
    assert!(out.contains("docker-ecr-tutor --course c setup --workshop workshop.yaml --pull"), "{out}");
    assert!(!engine.has_image(&name), "nothing is pulled unasked");

    let mirror = format!("{}/hub", registry.address);
    let (code, out, err) = run(&home, &[&setup[..], &["--pull", "--mirror", &mirror]].concat());
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("pulled now") && out.contains("Everything this workshop needs is here."), "{out}");
    assert!(err.contains(&format!("pulling {name} from {there}")), "{err}");
    assert_eq!(id(&engine, &name), wanted);
    assert!(!engine.has_image(&there), "the mirror's own name stays behind");

    // One that is there is never replaced, whatever the mirror has.
    let (_other, other) = Own::made(&engine, "other", "another one");
    push(&engine, &other, &there);
    engine.remove_image(&there);
    let (code, out, err) = run(&home, &[&setup[..], &["--pull", "--mirror", &mirror]].concat());
    assert_eq!(code, Some(0), "{out}{err}");
    assert_eq!(id(&engine, &name), wanted);
    assert!(!err.contains("pulling"), "{err}");
}

#[test]
fn a_mirror_that_has_nothing_is_told_and_nothing_is_left() {
    let Some(engine) = support::engine() else { return };
    let Some(registry) = Registry::start() else { return };
    let home = Home::new();
    let name = format!("tutor-ready-absent-{}:1", std::process::id());
    course(&home, &name);
    let (code, out, _) = run(
        &home,
        &[
            "--course",
            "c",
            "setup",
            "--workshop",
            "workshop.yaml",
            "--pull",
            "--mirror",
            &registry.address.to_string(),
        ],
    );
    assert_eq!(code, Some(3), "{out}");
    assert!(out.contains("missing, and could not be pulled") && out.contains("workshop load"), "{out}");
    assert!(!engine.has_image(&name));
    let (code, _, err) =
        run(&home, &["setup", "--workshop", "workshop.yaml", "--pull", "--mirror", "nonsense"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("HOST[:PORT][/PREFIX]"), "{err}");
}

#[test]
fn a_pull_that_hangs_ends_when_it_is_interrupted() {
    use std::io::{BufRead, BufReader};
    let Some(engine) = support::engine() else { return };
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mirror = silent.local_addr().unwrap().to_string();
    let home = Home::new();
    let name = format!("tutor-ready-silent-{}:1", std::process::id());
    course(&home, &name);
    let args =
        ["--course", "c", "setup", "--workshop", "workshop.yaml", "--pull", "--mirror", mirror.as_str()];
    let mut setup = home.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(setup.stderr.take().unwrap()).lines().next().expect("a line").unwrap();
    assert!(told.starts_with(&format!("pulling {name} from ")), "{told}");
    let id = rustix::process::Pid::from_raw(i32::try_from(setup.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(setup.wait().unwrap().code(), Some(130));
    assert!(!engine.has_image(&name));
    drop(silent);
}

#[test]
fn a_bundle_brings_images_course_and_plan_to_a_machine_without_a_network() {
    let Some(engine) = support::engine() else { return };
    let (_own, name) = Own::made(&engine, "bundle", "in the bundle");
    let wanted = id(&engine, &name);
    let home = Home::new();
    course(&home, &name);
    let bundle = ["--course", "c", "workshop", "bundle", "--output"];
    let (code, out, err) = run(&home, &[&bundle[..], &["room.tar.zst"]].concat());
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains(&name) && out.contains("docker-ecr-tutor workshop load room.tar.zst"), "{out}");
    let (code, out, err) = run(&home, &[&bundle[..], &["room.tar.zst"]].concat());
    assert_eq!(code, Some(2), "{out}");
    assert!(err.contains("is there already"), "{err}");

    engine.remove_image(&name);
    assert!(!engine.has_image(&name));
    let there = Home::new();
    fs::copy(home.path().join("room.tar.zst"), there.path().join("room.tar.zst")).unwrap();
    let (code, out, err) = run(&there, &["workshop", "load", "room.tar.zst"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains(&format!("loaded {name}")), "{out}");
    assert_eq!(id(&engine, &name), wanted);

    // What it says to type next works, and finds all that is needed.
    let next =
        out.lines().find_map(|line| line.strip_prefix("Next: docker-ecr-tutor ")).expect("what to type next");
    let words: Vec<&str> = next.split(' ').collect();
    let (code, out, err) = run(&there, &words);
    assert_eq!(code, Some(0), "{out}{err}");
    let same = fs::read(home.path().join("c/lessons/01-one.md")).unwrap();
    assert_eq!(fs::read(there.path().join("room/course/lessons/01-one.md")).unwrap(), same);

    // Again, elsewhere: the image is there, and stays.
    let (code, out, err) = run(&there, &["workshop", "load", "room.tar.zst", "--into", "again"]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("is there already, and stays as it is"), "{out}");
    let names: Vec<_> = fs::read_dir(there.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let hidden = names.iter().filter(|name| name.to_string_lossy().contains("partial")).count();
    assert_eq!(hidden, 0, "{names:?}");
}

#[test]
fn a_bundle_whose_image_would_take_the_name_of_another_is_refused() {
    let Some(engine) = support::engine() else { return };
    let (_victim, victim) = Own::made(&engine, "victim", "the right one");
    let (mut evil, name) = Own::made(&engine, "evil", "the wrong one");
    let home = Home::new();
    course(&home, &name);
    let (code, out, err) = run(&home, &["--course", "c", "workshop", "bundle", "--output", "b.tar"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let wanted = id(&engine, &victim);
    engine.remove_image(&name);
    evil.and(victim.clone());

    // A name of the same length takes the place of the image's own, in the archive and nowhere else; the
    // digest is made right again, so that only what the archive says is wrong.
    let forged = format!("{}:1", "x".repeat(name.len() - 2));
    evil.and(forged.clone());
    forge(&home.path().join("b.tar"), &home.path().join("f.tar"), &name, &forged);
    let (code, out, err) = run(&home, &["workshop", "load", "f.tar"]);
    assert_eq!(code, Some(2), "{out}{err}");
    assert!(err.contains("would take the name"), "{err}");
    assert!(!engine.has_image(&forged) && !engine.has_image(&name));
    assert_eq!(id(&engine, &victim), wanted);
    assert!(!home.path().join("f").exists());
}

/// Copies a bundle with `name` replaced by `forged` in its image's archive, and the manifest's digest made right.
fn forge(from: &Path, to: &Path, name: &str, forged: &str) {
    use sha2::{Digest, Sha256};
    use std::io::Read;
    let mut entries = Vec::new();
    for entry in tar::Archive::new(fs::File::open(from).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        entries.push((path, bytes));
    }
    let image = entries.iter_mut().find(|(path, _)| path.starts_with("images/")).expect("an image");
    let (repository, other) =
        (name.trim_end_matches(":1").as_bytes(), forged.trim_end_matches(":1").as_bytes());
    let mut at = 0;
    while let Some(found) = image.1[at..].windows(repository.len()).position(|window| window == repository) {
        image.1[at + found..at + found + other.len()].copy_from_slice(other);
        at += found + other.len();
    }
    assert!(at > 0, "the archive says its name");
    let digest = format!("{:x}", Sha256::digest(&image.1));
    let mut manifest: serde_json::Value = serde_json::from_slice(&entries[0].1).unwrap();
    manifest["images"][0]["file"]["sha256"] = digest.into();
    entries[0].1 = serde_json::to_vec(&manifest).unwrap();
    let mut archive = tar::Builder::new(fs::File::create(to).unwrap());
    for (path, bytes) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, &bytes[..]).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn a_bundle_without_its_images_is_not_made() {
    let Some(_engine) = support::engine() else { return };
    let home = Home::new();
    let name = format!("tutor-ready-missing-{}:1", std::process::id());
    course(&home, &name);
    let (code, _, err) = run(&home, &["--course", "c", "workshop", "bundle"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains(&name) && err.contains("setup --workshop"), "{err}");
    assert!(!home.path().join("workshop.tar.zst").exists());
}

#[test]
fn in_a_terminal_setup_tells_its_size() {
    let home = Home::new();
    home.write("w.yaml", "format: 1\ntitle: T\nparts:\n  - { title: A, minutes: 5 }\n");
    let small = home.start(&["setup", "--workshop", "w.yaml"], (70, 20), &[]);
    small.wait_for("70 by 20");
    small.wait_for("make it 80 by 24");
    assert_eq!(small.wait_exit(), support::Exit::Code(3));
    let large = home.start(&["setup", "--workshop", "w.yaml"], (100, 30), &[]);
    for told in ["100 by 30", "16 million", "Everything this workshop needs is here."] {
        large.wait_for(told);
    }
    assert_eq!(large.wait_exit(), support::Exit::Code(0));
}

/// A registry of Debian's on loopback, ended with this.
struct Registry {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Registry {
    /// `None` after saying so, where there is none.
    fn start() -> Option<Self> {
        let program = support::peer("docker-registry")?;
        let folder = tempfile::tempdir().unwrap();
        // Somebody else may take the port between the two: then another one is tried.
        for _ in 0..5 {
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let configuration = format!(
                "version: 0.1\nlog: {{ level: error, accesslog: {{ disabled: true }} }}\nstorage: {{ filesystem: {{ rootdirectory: {} }} }}\nhttp: {{ addr: \"{address}\" }}\n",
                folder.path().join("data").display()
            );
            let file = folder.path().join("config.yml");
            fs::write(&file, configuration).unwrap();
            let mut child = Command::new(&program)
                .arg("serve")
                .arg(&file)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the registry starts");
            let end = Instant::now() + Duration::from_secs(60);
            while child.try_wait().expect("its state").is_none() {
                if TcpStream::connect(address).is_ok() {
                    return Some(Self { child, address, _folder: folder });
                }
                assert!(Instant::now() < end, "the registry does not answer");
                std::thread::yield_now();
            }
        }
        panic!("the registry found no port");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tags an image and pushes it, behind the program's back.
fn push(engine: &Engine, name: &str, to: &str) {
    let (repository, tag) = to.rsplit_once(':').expect("a tag");
    let tagged = engine.request("POST", &format!("/images/{name}/tag?repo={repository}&tag={tag}"), None);
    assert_eq!(tagged.expect("an answer").0, 201);
    let pushed = engine.push(repository, tag);
    assert!(!pushed.contains("\"error\""), "{pushed}");
}
