//! The `image` command as people and CI use it: the real program on images of the real engine, on
//! archives that `docker save` wrote, and beside dive where dive is installed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

#[path = "image/memory.rs"]
mod memory;
#[path = "image/oci.rs"]
mod oci;
#[path = "image/stores.rs"]
mod stores;
mod support;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::Home;

/// Builds an image with waste, a secret that is deleted, wide rights; removed when it is dropped.
struct Built {
    engine: support::Engine,
    name: String,
}

impl Drop for Built {
    fn drop(&mut self) {
        self.engine.remove_image(&self.name);
    }
}

const DOCKERFILE: &str = "FROM alpine:3.19\n\
    RUN mkdir -p /srv/data && head -c 300000 /dev/zero > /srv/data/a && head -c 200000 /dev/zero > /srv/data/b\n\
    RUN printf 'SECRET=1' > /srv/.env && chmod 777 /srv/data && cp /bin/busybox /srv/su && chmod 4755 /srv/su\n\
    RUN rm /srv/.env /srv/data/a && chmod 600 /srv/data/b && ln /srv/su /srv/su2\n\
    ENV API_TOKEN=very-secret\n\
    EXPOSE 8000\n\
    LABEL org.docker-ecr-tutor=1 purpose=image-test-NAME\n\
    USER 1000\n\
    CMD [\"/bin/sh\"]\n";

fn build(engine: &support::Engine, name: &str) -> Built {
    let context = tempfile::tempdir().unwrap();
    // An image of its own for each test: names of one image come and go with the others' tests.
    std::fs::write(context.path().join("Dockerfile"), DOCKERFILE.replace("NAME", name)).unwrap();
    let name = format!("docker-ecr-tutor-test/{name}-{}:1", std::process::id());
    let mut docker = support::docker_cli().expect("a docker command line");
    let built = docker.args(["build", "-q", "-t", &name]).arg(context.path()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Built { engine: engine.clone(), name }
}

fn image(home: &Home, arguments: &[&str]) -> Output {
    let mut all = vec!["image"];
    all.extend(arguments);
    home.command(&all).env_remove("CI").output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(home: &Home, arguments: &[&str]) -> Value {
    let output = image(home, &[arguments, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn save(name: &str, folder: &Path) -> PathBuf {
    let path = folder.join("saved.tar");
    let saved = support::docker_cli().unwrap().arg("save").arg(name).arg("-o").arg(&path).status().unwrap();
    assert!(saved.success());
    path
}

#[test]
fn an_image_of_the_engine_and_its_archive_tell_the_same() {
    let Some(engine) = support::engine() else { return };
    let built = build(&engine, "same");
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let here = json(&home, &[&built.name, "--files"]);
    let archive = save(&built.name, folder.path());
    let saved = json(&home, &[archive.to_str().unwrap(), "--files"]);
    for part in ["layers", "waste", "findings", "dive", "config", "merged_bytes"] {
        assert_eq!(here[part], saved[part], "{part}");
    }
    // Containerd's store calls an image by its manifest, an archive has its configuration's digest.
    assert!(support::in_second() || here["id"] == saved["id"], "{} {}", here["id"], saved["id"]);
    // Nothing of it is read again, and it says the same.
    assert_eq!(json(&home, &[&built.name, "--files"]), here);
    assert_eq!(json(&home, &[&built.name, "--files", "--no-cache"]), here);
    let wasted = here["size_bytes"].as_u64().unwrap() - here["merged_bytes"].as_u64().unwrap();
    assert_eq!(here["wasted_bytes"].as_u64(), Some(wasted));
    let sum: u64 = here["waste"].as_array().unwrap().iter().map(|w| w["bytes"].as_u64().unwrap()).sum();
    assert_eq!(sum, wasted);
    let told: BTreeSet<(&str, &str)> = here["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["concern"].as_str().unwrap(), f["place"].as_str().unwrap()))
        .collect();
    for wanted in [
        ("secret", "/srv/.env"),
        ("secret", "ENV API_TOKEN"),
        ("set-uid", "/srv/su"),
        ("world-writable", "/srv/data"),
    ] {
        assert!(told.contains(&wanted), "{wanted:?} is not among {told:?}");
    }
    assert!(!here.to_string().contains("very-secret"), "values of variables stay where they are");
    let overview = text(&image(&home, &[&built.name]));
    assert!(overview.contains("/srv/.env: environment file, layer 3; layer 4 hides it"), "{overview}");
}

#[test]
fn a_deleted_file_is_taken_out_of_the_layer_that_holds_it() {
    let Some(engine) = support::engine() else { return };
    let built = build(&engine, "extract");
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("env");
    let to = to.to_str().unwrap();
    let gone = image(&home, &[&built.name, "--extract", "/srv/.env", "-o", to]);
    assert_eq!(gone.status.code(), Some(2));
    let why = String::from_utf8_lossy(&gone.stderr).into_owned();
    assert!(why.contains("/srv/.env is not there after layer 4; --layer 3 has it"), "{why}");
    let taken = image(&home, &[&built.name, "--extract", "/srv/.env", "--layer", "3", "-o", to]);
    assert_eq!(taken.status.code(), Some(0), "{}", String::from_utf8_lossy(&taken.stderr));
    assert_eq!(std::fs::read_to_string(to).unwrap(), "SECRET=1");
    let archive = save(&built.name, folder.path());
    let again = image(&home, &[archive.to_str().unwrap(), "--extract", "srv/.env", "--layer", "3", "-o", to]);
    assert_eq!(again.status.code(), Some(2), "a file that is there is not written over");
}

#[test]
fn ci_mode_is_dives() {
    let Some(engine) = support::engine() else { return };
    let built = build(&engine, "ci");
    let home = Home::new();
    let run = |arguments: &[&str], ci: Option<&str>, folder: &Path| {
        let mut all = vec!["image", built.name.as_str()];
        all.extend(arguments);
        let mut command = home.command(&all);
        command.current_dir(folder).env_remove("CI");
        if let Some(ci) = ci {
            command.env("CI", ci);
        }
        let output = command.output().unwrap();
        (output.status.code(), text(&output))
    };
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&[], None, folder.path()).0, Some(0));
    let (code, told) = run(&["--ci"], None, folder.path());
    assert_eq!(code, Some(1), "{told}");
    // Containerd's store keeps no second copy of a file that only got another name, so less is wasted.
    let fails =
        if support::in_second() { "FAIL  highestUserWastedPercent" } else { "FAIL  lowestEfficiency" };
    assert!(told.contains(fails) && told.contains("SKIP  highestWastedBytes: off"), "{told}");
    assert_eq!(run(&[], Some("true"), folder.path()).0, Some(1));
    assert_eq!(run(&[], Some("false"), folder.path()).0, Some(0));
    let easy = [
        "--ci",
        "--lowestEfficiency",
        "0.1",
        "--highestUserWastedPercent",
        "off",
        "--highestWastedBytes",
        "1GB",
    ];
    let (code, told) = run(&easy, None, folder.path());
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("PASS  2 passed, 0 failed, 1 skipped"), "{told}");
    // A rule file takes the options' place, as with dive.
    std::fs::write(
        folder.path().join(".dive-ci"),
        "rules:\n  highestWastedBytes: 1kB\n  lowestEfficiency: disabled\n",
    )
    .unwrap();
    let (code, told) = run(&easy, None, folder.path());
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("FAIL  highestWastedBytes"), "{told}");
    std::fs::write(folder.path().join(".dive-ci"), "rules:\n  lowestEfficiency: 95\n").unwrap();
    assert_eq!(run(&["--ci"], None, folder.path()).0, Some(2), "a threshold that means nothing");
    assert_eq!(run(&["--ci", "--ci-config", "missing"], None, folder.path()).0, Some(2));
}

#[test]
fn what_is_not_there_is_told_with_what_to_do() {
    if support::in_turn() {
        return; // It needs no engine.
    }
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.tar");
    std::fs::write(&empty, [0; 1024]).unwrap();
    let output = image(&home, &[empty.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("neither a manifest.json nor an index.json") && told.contains("try: "), "{told}");
    let missing = image(&home, &["./nowhere.tar"]);
    assert_eq!(missing.status.code(), Some(2), "{}", String::from_utf8_lossy(&missing.stderr));
}

fn dive() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/setup/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).chain([installed]).map(|folder| folder.join("dive"));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        eprintln!("left out: dive is not installed (tests/setup/setup.sh installs it)");
    }
    found
}

#[test]
fn files_sizes_and_numbers_are_dives() {
    let Some(engine) = support::engine() else { return };
    let Some(dive) = dive() else { return };
    let built = build(&engine, "dive");
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("dive.json");
    let docker = support::docker_cli().unwrap();
    let beside = Path::new(docker.get_program()).parent().unwrap().to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([beside].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let run = Command::new(dive)
        .arg("--json")
        .arg(&out)
        .arg(&built.name)
        .env_remove("CI")
        .env("PATH", path)
        .output();
    let run = run.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let theirs: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    let ours = json(&home, &[&built.name, "--files"]);
    let (our_layers, their_layers) =
        (ours["layers"].as_array().unwrap(), theirs["layer"].as_array().unwrap());
    assert_eq!(our_layers.len(), their_layers.len());
    for (our, their) in our_layers.iter().zip(their_layers) {
        assert_eq!(our["size_bytes"], their["sizeBytes"]);
        assert_eq!(our["diff_id"], their["digestId"]);
        let entry = |path: String, size: &Value| (path, size.as_u64().unwrap_or(0));
        let own: BTreeSet<_> = our["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| {
                let path = file["path"].as_str().unwrap().trim_start_matches('/');
                let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
                let mark = if file["change"] == "removed" { ".wh." } else { "" };
                entry(format!("{folder}/{mark}{name}").trim_start_matches('/').to_owned(), &file["size"])
            })
            .collect();
        let others: BTreeSet<_> = their["fileList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| entry(file["path"].as_str().unwrap().to_owned(), &file["size"]))
            .collect();
        assert_eq!(own, others, "layer {}", our["number"]);
    }
    let numbers = |value: &Value| {
        [value["sizeBytes"].clone(), value["inefficientBytes"].clone(), value["efficiencyScore"].clone()]
    };
    assert_eq!(numbers(&ours["dive"]), numbers(&theirs["image"]));
    let references = |value: &Value| -> BTreeSet<String> {
        value["fileReference"].as_array().unwrap().iter().map(ToString::to_string).collect()
    };
    assert_eq!(references(&ours["dive"]), references(&theirs["image"]));
}
