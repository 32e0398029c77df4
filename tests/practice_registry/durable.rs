//! Many pushes at once, kills in mid-push, and memory that does not grow with what is pushed.

use super::server::{Client, Practice, Repo, sha256};
use super::support::Home;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Bytes that look random and are the same every time.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut out = Vec::with_capacity(length + 8);
    while out.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out.truncate(length);
    out
}

#[test]
fn thirty_two_pushes_at_once_of_overlapping_layers_are_all_whole() {
    let practice = Practice::start();
    practice.repository("app");
    let layers: Vec<Vec<u8>> = (0..8).map(|n| noise(n, 100_000 + n as usize * 10_000)).collect();
    let manifests: BTreeMap<String, String> = std::thread::scope(|scope| {
        let pushes: Vec<_> = (0..32)
            .map(|n: usize| {
                let (practice, layers) = (&practice, &layers);
                scope.spawn(move || {
                    let repo = practice.client.repo("app");
                    let chosen = [&layers[n % 8][..], &layers[(n / 4) % 8][..], &layers[7][..]];
                    let manifest = repo.manifest(&chosen, json!({ "annotations": { "n": n.to_string() } }));
                    let answer = repo.put(&format!("v{n}"), &manifest);
                    assert_eq!(answer.status, 201, "{}", answer.text());
                    assert_eq!(repo.put("latest", &manifest).status, 201);
                    (format!("v{n}"), manifest)
                })
            })
            .collect();
        pushes.into_iter().map(|push| push.join().unwrap()).collect()
    });
    let repo = practice.client.repo("app");
    assert_eq!(repo.tags().len(), 33);
    for (tag, manifest) in &manifests {
        assert_eq!(repo.get(&format!("/manifests/{tag}")).text(), *manifest);
        whole(&repo, manifest);
    }
    assert!(manifests.values().any(|manifest| repo.get("/manifests/latest").text() == *manifest));
}

/// Every blob that a manifest names is there and is what it says.
fn whole(repo: &Repo<'_>, manifest: &str) {
    let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
    let layers = manifest["layers"].as_array().unwrap().iter();
    for blob in layers.chain(std::iter::once(&manifest["config"])) {
        let digest = blob["digest"].as_str().unwrap();
        let got = repo.get(&format!("/blobs/{digest}"));
        assert_eq!(got.status, 200, "{digest} is gone");
        assert_eq!(sha256(&got.body), digest);
    }
}

/// A registry in a process of its own.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn start(home: &Home, folder: &std::path::Path) -> Self {
        let mut command = home.command(&["practice-ecr", "--folder"]);
        let mut child = command.arg(folder).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().expect("a first line").expect("text");
        let address = first.split("http://").nth(1).unwrap_or_else(|| panic!("no address in {first}"));
        let address = address.trim_end_matches('.').split_whitespace().next().unwrap().trim_end_matches('.');
        let address = address.parse().unwrap_or_else(|_| panic!("no address in {first}"));
        // The rest is read so that nobody ever waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_signal_ends_it_cleanly_and_its_folder_is_free_again() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    for signal in ["-INT", "-TERM"] {
        let mut process = Process::start(&home, folder.path());
        let client = Client::login(process.address);
        // A connection that does nothing keeps nobody.
        let _idle = super::http::connect(process.address);
        assert_eq!(client.send("GET", "/v2/", &[], b"").status, 200);
        let id = process.child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(process.child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

/// What the registry acknowledged.
#[derive(Default)]
struct Acknowledged {
    /// Digest → content.
    blobs: BTreeMap<String, Vec<u8>>,
    /// Tag → manifest.
    tags: BTreeMap<String, String>,
    /// Location → content sent in acknowledged chunks.
    uploads: BTreeMap<String, Vec<u8>>,
}

/// `TUTOR_KILLS` says how many kills; few in everyday runs.
#[test]
fn whatever_was_acknowledged_survives_a_kill() {
    let kills: u64 = std::env::var("TUTOR_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let known = Arc::new(Mutex::new(Acknowledged::default()));
    for round in 0..kills {
        let process = Process::start(&home, folder.path());
        let client = Client::login(process.address);
        if round == 0 {
            client.create("app", json!({}));
        }
        let answers = Arc::new(AtomicUsize::new(0));
        let pushers: Vec<_> = (0..4)
            .map(|pusher| {
                let (client, known, answers) = (client.clone(), known.clone(), answers.clone());
                std::thread::spawn(move || push_until_killed(&client, round * 4 + pusher, &known, &answers))
            })
            .collect();
        // Some way into the pushes, another one each time; the answers after it race with the kill.
        let enough = 3 + noise(round + 1, 1)[0] as usize % 60;
        while answers.load(Ordering::SeqCst) < enough {
            std::thread::yield_now();
        }
        process.kill();
        // A push that the kill cut off ends its thread in one way or another.
        pushers.into_iter().for_each(|pusher| drop(pusher.join()));

        let process = Process::start(&home, folder.path());
        check(&Client::login(process.address), &mut known.lock().unwrap());
        process.kill();
    }
    let known = known.lock().unwrap();
    assert!(
        known.tags.len() as u64 >= kills && known.blobs.len() as u64 > kills,
        "hardly anything was pushed"
    );
}

/// Pushes images, and notes what was acknowledged the moment it was.
fn push_until_killed(client: &Client, seed: u64, known: &Mutex<Acknowledged>, answers: &AtomicUsize) {
    // The panic of a request that was cut off is what ends this; it says nothing.
    let repo = client.repo("app");
    let quiet = |work: &dyn Fn() -> super::http::Answer| {
        let stopped = std::net::TcpStream::connect(client.address).is_err();
        (!stopped).then(|| std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).ok()).flatten()
    };
    for n in 0.. {
        let content = noise(seed * 1000 + n, 20_000 + (n as usize % 7) * 9_000);
        let digest = sha256(&content);
        let Some(begun) = quiet(&|| repo.send("POST", "/blobs/uploads/", &[], b"")) else { return };
        let Some(location) = begun.header("location") else { return };
        for (number, chunk) in content.chunks(15_000).enumerate() {
            let first = number * 15_000;
            let range = format!("{first}-{}", first + chunk.len() - 1);
            let Some(answer) = quiet(&|| repo.patch(&location, &range, chunk)) else { return };
            assert_eq!(answer.status, 202, "{}", answer.text());
            known.lock().unwrap().uploads.entry(location.clone()).or_default().extend_from_slice(chunk);
            answers.fetch_add(1, Ordering::SeqCst);
        }
        // From here on the upload may be gone, having become a blob that nobody was told of.
        let sent = known.lock().unwrap().uploads.remove(&location);
        drop(sent);
        let Some(answer) = quiet(&|| repo.close(&location, &digest, b"")) else { return };
        assert_eq!(answer.status, 201, "{}", answer.text());
        known.lock().unwrap().blobs.insert(digest.clone(), content.clone());
        answers.fetch_add(1, Ordering::SeqCst);
        let layer = json!({ "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest,
            "size": content.len() });
        let manifest = json!({ "schemaVersion": 2, "mediaType": super::server::MANIFEST, "config": layer,
            "layers": [layer] })
        .to_string();
        let tag = format!("t{seed}-{n}");
        let Some(answer) = quiet(&|| repo.put(&tag, &manifest)) else { return };
        assert_eq!(answer.status, 201, "{}", answer.text());
        known.lock().unwrap().tags.insert(tag, manifest);
        answers.fetch_add(1, Ordering::SeqCst);
    }
}

fn check(client: &Client, known: &mut Acknowledged) {
    let repo = client.repo("app");
    for (tag, manifest) in &known.tags {
        let got = repo.get(&format!("/manifests/{tag}"));
        assert_eq!((got.status, got.text()), (200, manifest.clone()), "{tag}");
    }
    for (digest, content) in &known.blobs {
        let got = repo.get(&format!("/blobs/{digest}"));
        assert!(got.status == 200 && got.body == *content, "{digest}: {}", got.status);
    }
    // What a kill leaves in memory is in the file too: acknowledged chunks are there, and go on. The whole
    // is checked by its digest.
    for (location, mut content) in std::mem::take(&mut known.uploads) {
        let told = repo.get(&location);
        assert_eq!(told.status, 204, "{location} is gone");
        let have: usize = told.header("range").unwrap().split('-').nth(1).unwrap().parse().unwrap();
        assert!(have + 1 >= content.len(), "{location} has {have}, and {} were acknowledged", content.len());
        let cancelled = repo.send("DELETE", &location, &[], b"");
        assert_eq!(cancelled.status, 204);
        content.clear();
    }
    // Tags that were pushed without an answer are whole too.
    for tag in repo.tags().iter().filter(|tag| !known.tags.contains_key(*tag)) {
        let manifest = repo.get(&format!("/manifests/{tag}")).text();
        whole(&repo, &manifest);
    }
}

/// `TUTOR_PUSH_MEGABYTES=700` pushes as much as the budget speaks of.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_what_is_pushed() {
    let megabytes: usize =
        std::env::var("TUTOR_PUSH_MEGABYTES").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(&home, folder.path());
    let client = Client::login(process.address);
    client.create("app", json!({}));
    let repo = client.repo("app");
    let location = repo.begin();
    let piece = noise(1, 1_000_000);
    let mut stream = super::http::connect(process.address);
    let length = megabytes * piece.len();
    let head = format!(
        "PATCH {location} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: {}\r\n\
         Content-Length: {length}\r\n\r\n",
        client.authorization
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut hasher = <sha2::Sha256 as sha2::Digest>::new();
    for _ in 0..megabytes {
        stream.write_all(&piece).unwrap();
        sha2::Digest::update(&mut hasher, &piece);
    }
    assert_eq!(super::http::read(stream, false).unwrap().status, 202);
    let digest: String = sha2::Digest::finalize(hasher).iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = format!("sha256:{digest}");
    assert_eq!(repo.close(&location, &digest, b"").status, 201);
    let got = repo.get(&format!("/blobs/{digest}"));
    assert_eq!((got.status, got.body.len()), (200, length));
    assert!(got.body.chunks(piece.len()).all(|part| part == piece));
    drop(got);
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    process.kill();
    eprintln!("a push and a pull of {megabytes} MB took at most {} MB of memory", kilobytes / 1000);
    assert!(kilobytes < 64_000, "{kilobytes} kB");
}
