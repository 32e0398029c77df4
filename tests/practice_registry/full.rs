//! A registry whose disk is full: what its clients are told, what stays, and what works again once there is
//! room. The disk is a small one of its own, in a mount namespace that ends with the registry.

use super::server::{Client, Repo, sha256};
use super::support::{Home, PROGRAM, docker_cli, engine};
use serde_json::json;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const START: &str = r#"mount -t tmpfs -o "size=$3m" none "$1" && exec "$2" practice-ecr --folder "$1/ecr""#;

/// A registry on a disk of so many megabytes.
struct Small {
    _home: Home,
    folder: tempfile::TempDir,
    child: Child,
    address: SocketAddr,
}

impl Small {
    /// `None` after saying why not.
    fn start(megabytes: u32) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("not run: a disk of its own needs root on Linux");
            return None;
        }
        let (home, folder) = (Home::new(), tempfile::tempdir().unwrap());
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-euc", START, "sh"]).arg(folder.path()).arg(PROGRAM);
        command.arg(megabytes.to_string()).env_clear().envs(home.env());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("unshare");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().expect("a first line").expect("text");
        let address = first.split("http://").nth(1).unwrap_or_else(|| panic!("no address in {first}"));
        let address = address.split_whitespace().next().unwrap().trim_end_matches('.').parse().unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { _home: home, folder, child, address })
    }

    /// A path on its disk.
    fn disk(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.child.id(), self.folder.path().join(name).display()))
    }

    /// Fills the disk but for so many bytes, and not more.
    fn fill(&self, but: u64) {
        let mut ballast = std::fs::File::create(self.disk("ballast")).unwrap();
        let zeros = vec![0; 4096];
        let mut bytes = 0u64;
        while ballast.write_all(&zeros).is_ok() {
            bytes += 4096;
        }
        ballast.set_len(bytes.saturating_sub(but)).unwrap();
    }

    fn make_room(&self) {
        std::fs::remove_file(self.disk("ballast")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Where the disk has `room` bytes left, every way in is refused in plain words.
fn all_are_refused(repo: &Repo<'_>) {
    let layer = noise(2_000_000);
    let path = format!("/blobs/uploads/?digest={}", sha256(&layer));
    let refused = repo.send("POST", &path, &[], &layer);
    assert_eq!((refused.status, refused.code().as_str()), (413, "DENIED"), "{}", refused.text());
    assert!(refused.message().contains("disk of the practice registry is full"), "{}", refused.text());
}

#[test]
fn a_push_onto_a_full_disk_is_refused_and_the_next_one_works_when_there_is_room() {
    let Some(small) = Small::start(16) else { return };
    let client = Client::login(small.address);
    client.create("app", json!({}));
    let repo = client.repo("app");
    let before = repo.image("v1", "before");
    small.fill(600_000);
    let layer = noise(2_000_000);
    // In one request, in a chunk, and by a manifest.
    all_are_refused(&repo);
    let location = repo.begin();
    let chunk = repo.patch(&location, "", &layer);
    assert_eq!((chunk.status, chunk.code().as_str()), (413, "DENIED"));
    assert_eq!(repo.get(&location).status, 404, "what came of it only takes room away");
    // What was acknowledged is there, can be pulled, and small things still fit.
    assert_eq!(repo.get("/manifests/v1").status, 200);
    assert_eq!(repo.get(&format!("/blobs/{}", sha256(b"before"))).text(), "before");
    repo.image("v2", "small");
    // Not one byte more.
    small.fill(0);
    let manifest = repo.manifest_of(&[b"before", b"small"], json!({}));
    let refused = repo.put("v3", &manifest);
    assert_eq!((refused.status, refused.code().as_str()), (413, "DENIED"), "{}", refused.text());
    assert_eq!(repo.get("/manifests/v1").status, 200, "a pull asks for no room");
    assert_eq!(repo.tags(), ["v1", "v2"]);
    small.make_room();
    assert_eq!(repo.put("v3", &manifest).status, 201);
    let big = repo.manifest(&[&layer], json!({}));
    assert_eq!(repo.put("big", &big).status, 201);
    assert_eq!(repo.get(&format!("/blobs/{}", sha256(&layer))).body, layer);
    assert_eq!(repo.tags(), ["big", "v1", "v2", "v3"]);
    assert_eq!(repo.get(&format!("/manifests/{before}")).status, 200);
}

#[test]
fn docker_says_it_in_plain_words_and_pushes_when_there_is_room() {
    let (Some(engine), true) = (engine(), docker_cli().is_some()) else { return };
    let Some(small) = Small::start(24) else { return };
    let client = Client::login(small.address);
    client.create("full/app", json!({}));
    let config = tempfile::tempdir().unwrap();
    let docker = |arguments: &[&str], stdin: &[u8]| {
        let mut command = docker_cli().unwrap();
        command.args(arguments).env("DOCKER_CONFIG", config.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || drop(input.write_all(stdin)));
            let output = child.wait_with_output().unwrap();
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
        })
    };
    let image = format!("{}/full/app:v1", small.address);
    let mut tar = tar::Builder::new(Vec::new());
    let content = noise(12_000_000);
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "noise", &content[..]).unwrap();
    docker(&["import", "-", &image], &tar.into_inner().unwrap());
    let login = docker(
        &["login", "--username", "AWS", "--password-stdin", &small.address.to_string()],
        client.password().as_bytes(),
    );
    assert!(login.contains("Login Succeeded"), "{login}");
    small.fill(4_000_000);
    let began = std::time::Instant::now();
    let refused = docker(&["push", &image], b"");
    assert!(refused.contains("denied: The disk of the practice registry is full."), "{refused}");
    assert!(began.elapsed().as_secs() < 30, "docker tried again and again: {:?}", began.elapsed());
    assert_eq!(client.repo("full/app").tags(), Vec::<String>::new());
    small.make_room();
    let pushed = docker(&["push", &image], b"");
    engine.remove_image(&image);
    assert!(pushed.contains("v1: digest: sha256:"), "{pushed}");
}
