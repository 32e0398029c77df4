//! `scan` as people and CI use it: the real program on images of the real engine and on archives, with the
//! training set, with a stand-in of Trivy on PATH and in a container, and with the practice ECR's findings.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]
#![cfg(unix)]

mod support;

use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};
use support::Home;

/// Brings one package that the training set knows, in its third line.
const DOCKERFILE: &str = "FROM alpine:3.19\n\
    WORKDIR /app\n\
    RUN mkdir -p node_modules/minimist && \\\n    \
    printf '{\"name\":\"minimist\",\"version\":\"1.2.5\"}' > node_modules/minimist/package.json\n\
    RUN true\n\
    LABEL org.docker-ecr-tutor=1 purpose=scan-test\n";

struct Built {
    engine: support::Engine,
    name: String,
}

impl Drop for Built {
    fn drop(&mut self) {
        self.engine.remove_image(&self.name);
    }
}

fn build(engine: &support::Engine, name: &str, dockerfile: &str) -> Built {
    let context = tempfile::tempdir().unwrap();
    std::fs::write(context.path().join("Dockerfile"), dockerfile).unwrap();
    let mut docker = support::docker_cli().expect("a docker command line");
    let built = docker.args(["build", "-q", "-t", name]).arg(context.path()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Built { engine: engine.clone(), name: name.into() }
}

fn scan(home: &Home, arguments: &[&str]) -> Output {
    home.command(&[&["scan"], arguments].concat()).output().unwrap()
}

fn out(output: &Output) -> String {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Puts a program of that name first on the PATH that `command` has.
fn on_path(home: &Home, command: &mut Command, script: &str) {
    let program = home.write("bin/trivy", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", home.path().join("bin").display()));
}

#[test]
fn the_training_set_finds_what_a_line_of_the_dockerfile_brought() {
    let Some(engine) = support::engine() else { return };
    let home = Home::new();
    let image = build(&engine, "docker-ecr-tutor-test/scan:1", DOCKERFILE);
    home.write("Dockerfile", DOCKERFILE);
    let training = |more: &[&str]| scan(&home, &[&["--scanner", "training", &image.name], more].concat());

    let table = out(&training(&[]));
    assert!(table.contains("1 critical"), "{table}");
    assert!(table.contains("no vulnerability") || table.contains("may still"), "it says what it is: {table}");
    let row = table.lines().find(|line| line.starts_with("CRITICAL")).expect("a finding");
    for part in ["CVE-2021-44906", "minimist", "1.2.5", "-> 1.2.6", "line 3: RUN mkdir"] {
        assert!(row.contains(part), "{part} in {row}");
    }
    assert_eq!(training(&["--exit-code", "7"]).status.code(), Some(7));
    assert_eq!(training(&["--exit-code", "7", "--severity", "low,medium"]).status.code(), Some(0));

    let json: Value = serde_json::from_str(&out(&training(&["--format", "json"]))).unwrap();
    assert_eq!(json["findings"][0]["id"], "CVE-2021-44906");
    assert_eq!(json["findings"][0]["line"], 3);
    let sarif: Value = serde_json::from_str(&out(&training(&["--format", "sarif"]))).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(
        (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
        (&"Dockerfile".into(), &3.into())
    );

    home.write(".trivyignore", "# looked at\nCVE-2021-44906 exp:2999-01-01\n");
    let ignored = training(&["--exit-code", "7"]);
    assert_eq!(ignored.status.code(), Some(0));
    assert!(out(&ignored).contains("1 ignored"));
    home.write(".trivyignore", "CVE-2021-44906 exp:2001-01-01\n");
    assert_eq!(training(&["--exit-code", "7"]).status.code(), Some(7), "its day has passed");
    home.write(".trivyignore", "CVE-1 until tomorrow\n");
    let broken = training(&[]);
    assert_eq!(broken.status.code(), Some(2));
    let told = String::from_utf8_lossy(&broken.stderr).into_owned();
    assert!(told.contains(".trivyignore:1: ") && told.contains("exp:2026-12-31"), "{told}");

    // The same image as an archive needs no engine, and lines are told only of the Dockerfile it is of.
    std::fs::remove_file(home.path().join(".trivyignore")).unwrap();
    home.write("Dockerfile", "FROM alpine:3.19\nRUN something-else\n");
    let archive = home.path().join("image.tar");
    let mut docker = support::docker_cli().unwrap();
    assert!(docker.args(["save", "-o"]).arg(&archive).arg(&image.name).status().unwrap().success());
    let mut command = home.command(&["scan", "--scanner", "training", "image.tar", "--format", "json"]);
    let json: Value =
        serde_json::from_str(&out(&command.env("DOCKER_HOST", "unix:///nowhere").output().unwrap())).unwrap();
    assert_eq!(
        (&json["findings"][0]["package"], &json["findings"][0]["line"]),
        (&"minimist".into(), &Value::Null)
    );
}

/// Held by tests that care whether the engine has an image of Trivy.
static TRIVY_IMAGE: Mutex<()> = Mutex::new(());

#[test]
fn without_a_scanner_nothing_is_passed() {
    let Some(engine) = support::engine() else { return };
    let _alone = TRIVY_IMAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let home = Home::new();
    let image = build(&engine, "docker-ecr-tutor-test/scan:2", DOCKERFILE);
    if has_trivy(&engine) {
        return;
    }
    let mut command = home.command(&["scan", &image.name]);
    let ended = command.env("PATH", "/nowhere").output().unwrap();
    assert_eq!(ended.status.code(), Some(3));
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    for part in ["trivy is not installed", "--scanner training", "docker pull aquasec/trivy"] {
        assert!(told.contains(part), "{told}");
    }
    let missing = scan(&home, &["--scanner", "training", "docker-ecr-tutor-test/none:1"]);
    assert_eq!(missing.status.code(), Some(2), "{}", String::from_utf8_lossy(&missing.stderr));
}

const VERSION: &str = r#"{"Version":"0.57.1","VulnerabilityDB":{"Version":2,"NextUpdate":"2999-01-01T00:00:00Z","UpdatedAt":"2026-11-20T06:00:00Z"}}"#;
const REPORT: &str = r#"{"SchemaVersion":2,"Results":[{"Target":"x","Vulnerabilities":[{"VulnerabilityID":"CVE-2","PkgName":"openssl","InstalledVersion":"3.0","FixedVersion":"3.1","Severity":"HIGH","Title":"t"}]}]}"#;

/// Says what Trivy says, and on standard error how it was asked.
fn stand_in() -> String {
    format!(
        "if [ \"$1\" = --version ]; then printf '%s' '{VERSION}'; exit; fi\n\
         case \"$*\" in *--offline-scan*broken*) printf 'x\\tFATAL\\tinit error: --skip-db-update cannot be specified on the first run\\n' >&2; exit 1;; esac\n\
         test -S /var/run/docker.sock || exit 9\n\
         printf '%s' '{REPORT}'"
    )
}

#[test]
fn trivy_on_the_path_is_asked_and_understood() {
    if support::engine().is_none() {
        return;
    }
    let home = Home::new();
    let run = |arguments: &[&str]| {
        let mut command = home.command(&[&["scan"], arguments].concat());
        on_path(&home, &mut command, &stand_in().replace("/var/run/docker.sock", "${DOCKER_HOST#unix://}"));
        command.output().unwrap()
    };
    let table = out(&run(&["app:1"]));
    assert!(table.starts_with("app:1 (trivy 0.57.1, database of 2026-11-20): 1 high\n"), "{table}");
    let failed = run(&["--offline", "broken:1"]);
    assert_eq!(failed.status.code(), Some(3));
    let told = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(told.contains("first run") && told.contains("there is no database yet"), "{told}");
}

fn has_trivy(engine: &support::Engine) -> bool {
    ["aquasec/trivy:latest", "ghcr.io/aquasecurity/trivy:latest"].iter().any(|name| engine.has_image(name))
}

#[test]
fn trivy_in_a_container_has_the_engines_socket_and_leaves_nothing_behind() {
    let Some(engine) = support::engine() else { return };
    let _alone = TRIVY_IMAGE.lock().unwrap_or_else(PoisonError::into_inner);
    // A real one is never replaced.
    if has_trivy(&engine) {
        return;
    }
    let home = Home::new();
    let script = stand_in().lines().map(|line| format!("{line}\n")).collect::<String>();
    let context = tempfile::tempdir().unwrap();
    std::fs::write(context.path().join("trivy"), format!("#!/bin/sh\n{script}")).unwrap();
    let dockerfile = "FROM alpine:3.19\nCOPY --chmod=755 trivy /usr/bin/trivy\n\
        LABEL org.docker-ecr-tutor.test=scan\nENTRYPOINT [\"trivy\"]\n";
    std::fs::write(context.path().join("Dockerfile"), dockerfile).unwrap();
    let mut docker = support::docker_cli().unwrap();
    let built =
        docker.args(["build", "-q", "-t", "aquasec/trivy:latest"]).arg(context.path()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let _image = Built { engine: engine.clone(), name: "aquasec/trivy:latest".into() };

    let table = out(&scan(&home, &["--scanner", "container", "app:1"]));
    assert!(
        table.starts_with("app:1 (trivy 0.57.1 in a container, database of 2026-11-20): 1 high\n"),
        "{table}"
    );
    let failed = scan(&home, &["--scanner", "container", "--offline", "broken:1"]);
    assert_eq!(failed.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("there is no database yet"));
    let containers = engine.get("/containers/json?all=1");
    let ours = containers.as_array().unwrap().iter().filter(|c| c["Image"] == "aquasec/trivy:latest");
    assert_eq!(ours.count(), 0, "{containers}");
    let (status, _) = engine.request("GET", "/volumes/docker-ecr-tutor-trivy", None).unwrap();
    assert_eq!(status, 200, "the database is kept from scan to scan");
    engine.request("DELETE", "/volumes/docker-ecr-tutor-trivy", None).unwrap();
}
