//! Every `try` block of every lesson, done for real: what its page says has to happen happens.
//!
//! A block without a row in the tables below fails the test: whoever writes one says what it shows.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod support;

use docker_ecr_tutor::course;
use docker_ecr_tutor::course::page::{self, Block, Try, TryKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use support::Home;

/// Blocks of commands, and what their output holds, in this order.
const COMMANDS: &[(&str, &[&str])] = &[
    ("containers-and-images/try-2", &["/note", "/note: No such file", "scribe"]),
    ("image-size/try-1", &["MB"]),
    ("build-context/try-1", &[".env", "video.raw", "Dockerfile"]),
    (
        "least-privilege/try-1",
        &["CapEff", "changed", "CapEff:\t0000000000000000", "Read-only", "Read-only", "written to /tmp"],
    ),
    ("least-privilege/try-2", &["TOKEN=not-a-real-one"]),
    ("pinning-and-reproducible-builds/try-1", &["sha256:"]),
    ("debugging/try-1", &["/context"]),
    ("debugging/try-2", &["no config", "exit code 3", "out of memory: false", "no config", "user \"\""]),
    ("tags-and-digests/try-1", &["first", "second", "first"]),
    ("tags-and-digests/try-2", &["IMMUTABLE", "Login Succeeded", "tag is immutable", "1.4.0", "1.4.1"]),
    ("amazon-ecr/try-1", &["Login Succeeded", "imageDigest", "shop is open"]),
    ("amazon-ecr/try-2", &["no basic auth credentials", "Login Succeeded", "not found", "expired"]),
    (
        "ecr-in-production/try-1",
        &["Login Succeeded", "These would expire, by which rule:", "v1.0\t1", "None\t2"],
    ),
    ("scanning-and-signing/try-1", &["CVE-2023-43804", "line 3", "exit code 1", "exit code 0"]),
    ("scanning-and-signing/try-2", &["CVE-2023-43804", "too bad to be named 1.5.0", "ImageNotFound"]),
    ("from-laptop-to-pipeline/try-1", &["manifest", "\"amd64\"", "\"arm64\""]),
];

/// Dockerfiles, and what becomes of their images.
const DOCKERFILES: &[(&str, Then)] = &[
    ("containers-and-images/try-1", Then::Says("made once, when the image was built")),
    ("a-first-good-dockerfile/try-1", Then::Ends(137)),
    ("a-first-good-dockerfile/try-2", Then::Ends(0)),
    ("layers-and-cache/try-1", Then::HoldsMb(95, 400)),
    ("layers-and-cache/try-2", Then::Ends(0)),
    ("image-size/try-2", Then::HoldsMb(50, 400)),
    ("multi-stage-builds/try-1", Then::HoldsMb(100, 900)),
    ("buildkit/try-1", Then::HoldsMb(1, 20)),
];

/// What an image shows.
#[derive(Clone, Copy)]
enum Then {
    /// Its container says this.
    Says(&'static str),
    /// Asked to stop, its container ends with this exit code.
    Ends(i32),
    /// So many megabytes at least and at most.
    HoldsMb(u64, u64),
}

fn blocks() -> Vec<Try> {
    let pages = course::embedded().lessons.iter().chain(&course::embedded().reference);
    let blocks = pages.flat_map(|lesson| page::split(lesson).blocks);
    blocks.filter_map(|block| if let Block::Try(block) = block { Some(block) } else { None }).collect()
}

#[test]
fn each_block_has_an_expectation_and_each_expectation_a_block() {
    let there: BTreeSet<String> = blocks().into_iter().map(|block| block.id).collect();
    let commands = COMMANDS.iter().map(|(id, _)| (*id).to_owned());
    let known: BTreeSet<String> =
        commands.chain(DOCKERFILES.iter().map(|(id, _)| (*id).to_owned())).collect();
    assert_eq!(there, known);
}

/// One person with a `docker` that builds with BuildKit, and this program under its name.
struct Person {
    home: Home,
    path: String,
}

impl Person {
    fn new() -> Option<Self> {
        support::engine()?;
        support::peer("aws")?;
        let docker = support::docker_cli();
        assert!(docker.is_some() || std::env::var_os("CI").is_none(), "no docker that builds with BuildKit");
        let home = Home::new();
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        let link = |from: &Path, name: &str| std::os::unix::fs::symlink(from, bin.join(name)).unwrap();
        link(Path::new(docker?.get_program()), "docker");
        link(Path::new(support::PROGRAM), "docker-ecr-tutor");
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        Some(Self { home, path })
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.home.env()).env("PATH", &self.path).env("DOCKER_BUILDKIT", "1");
        command.current_dir(folder);
        command
    }

    fn docker(&self, args: &[&str]) -> Output {
        self.command(&self.home.path().join("bin/docker").to_string_lossy(), self.home.path())
            .args(args)
            .output()
            .unwrap()
    }

    /// A folder with the files that a block has beside it.
    fn folder(&self, block: &Try) -> tempfile::TempDir {
        let folder = tempfile::tempdir_in(self.home.path()).unwrap();
        let example = block.with.as_ref().and_then(|name| course::embedded().example(name));
        for (path, content) in example.into_iter().flat_map(|example| &example.files) {
            let at = folder.path().join(path);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            std::fs::write(at, content).unwrap();
        }
        folder
    }

    /// What a block of commands shows.
    fn runs(&self, block: &Try) -> Result<(), String> {
        let folder = self.folder(block);
        std::fs::write(folder.path().join("commands"), &block.text).unwrap();
        let script = "exec sh commands 2>&1";
        let output = self.command("sh", folder.path()).args(["-c", script]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let (_, expected) = COMMANDS.iter().find(|(id, _)| *id == block.id).ok_or("it has no row")?;
        in_order(&said, expected)?;
        judged(&block.id, &said)
    }

    /// What a Dockerfile makes.
    fn builds(&self, block: &Try) -> Result<(), String> {
        let (_, then) = DOCKERFILES.iter().find(|(id, _)| *id == block.id).ok_or("it has no row")?;
        let folder = self.folder(block);
        std::fs::write(folder.path().join("Dockerfile"), &block.text).unwrap();
        let name = format!("lesson-try-{}-{}", std::process::id(), block.id.replace('/', "-"));
        let context = folder.path().to_string_lossy().into_owned();
        let built = self.docker(&["build", "-q", "-t", &name, &context]);
        let shown = if built.status.success() { self.shows(&name, *then) } else { Err(all(&built)) };
        self.docker(&["rmi", "-f", &name]);
        shown
    }

    fn shows(&self, image: &str, then: Then) -> Result<(), String> {
        match then {
            Then::Says(text) => in_order(&all(&self.docker(&["run", "--rm", image])), &[text]),
            Then::HoldsMb(least, most) => {
                let size = self.docker(&["image", "inspect", "--format", "{{.Size}}", image]);
                let bytes: u64 = all(&size).trim().parse().map_err(|_| all(&size))?;
                let fits = (least..=most).contains(&(bytes / 1_000_000));
                if fits { Ok(()) } else { Err(format!("it holds {bytes} bytes")) }
            }
            Then::Ends(code) => {
                self.docker(&["run", "-d", "--name", image, "-p", "127.0.0.1::8000", image]);
                let answers = ["import urllib.request as r", "r.urlopen('http://127.0.0.1:8000/health')"];
                let ask =
                    format!("{}\nwhile 1:\n try: {}; break\n except OSError: pass", answers[0], answers[1]);
                let up = self.docker(&["exec", image, "timeout", "60", "python", "-c", &ask]);
                self.docker(&["stop", "-t", "3", image]);
                let ended = self.docker(&["inspect", "--format", "{{.State.ExitCode}}", image]);
                let log = all(&self.docker(&["logs", image]));
                self.docker(&["rm", "-f", image]);
                if !up.status.success() {
                    return Err(format!("it never answered: {}{log}", all(&up)));
                }
                let found = all(&ended).trim().to_owned();
                if found == code.to_string() { Ok(()) } else { Err(format!("exit code {found}: {log}")) }
            }
        }
    }
}

fn all(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether `said` holds the texts one after the other.
fn in_order(said: &str, texts: &[&str]) -> Result<(), String> {
    let mut rest = said;
    for text in texts {
        let at = rest.find(text).ok_or_else(|| format!("no {text:?} at its place in:\n{said}"))?;
        rest = &rest[at + text.len()..];
    }
    Ok(())
}

/// What the order of words alone does not show.
fn judged(id: &str, said: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{what}:\n{said}"));
    match id {
        "build-context/try-1" if said.matches("video.raw").count() != 1 => wrong("the film came along again"),
        "build-context/try-1" if said.matches(".env").count() != 1 => wrong("the key came along again"),
        // What a container says of errors comes by another way than the rest, sooner or later.
        "least-privilege/try-1" if !said.contains("not permitted") => wrong("root gave the folder away"),
        "debugging/try-1" if said.contains("stations.csv") => wrong("the file is in the context"),
        "pinning-and-reproducible-builds/try-1" => {
            let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("sha256:")).collect();
            // Built twice, two ids, two layers, built again, its layer.
            match lines[..] {
                [_, _, id_1, id_2, layer_1, layer_2, _, layer_3]
                    if id_1 != id_2 && layer_1 == layer_2 && layer_2 != layer_3 =>
                {
                    Ok(())
                }
                _ => wrong("equal and different are not as the lesson says"),
            }
        }
        "scanning-and-signing/try-2" if said.contains("\n0 too bad") => wrong("nothing was found"),
        _ => Ok(()),
    }
}

#[test]
fn every_block_does_what_its_page_says() {
    let Some(person) = Person::new() else { return };
    let queue = Mutex::new(blocks());
    let failed: Mutex<BTreeMap<String, String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some(block) = queue.lock().unwrap().pop() else { break };
                    let began = std::time::Instant::now();
                    let shown = match block.kind {
                        TryKind::Command => person.runs(&block),
                        TryKind::Dockerfile => person.builds(&block),
                    };
                    println!("{:6.1} s  {}", began.elapsed().as_secs_f32(), block.id);
                    if let Err(why) = shown {
                        failed.lock().unwrap().insert(block.id, why);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    let told: String = failed.iter().map(|(id, why)| format!("── {id}: {why}\n")).collect();
    assert!(failed.is_empty(), "{told}");
}
