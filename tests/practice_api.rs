//! The control API as its clients see it: the `aws` program and botocore, run through a scenario in which
//! every raw answer is held against botocore's model of ECR (`practice_api/`).

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use docker_ecr_tutor::practice::{Server, Settings, system_clock};
use std::path::Path;
use std::process::{Command, Stdio};

#[path = "support/peers.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod peers;

#[tokio::test(flavor = "multi_thread")]
async fn aws_and_botocore_find_every_answer_as_the_model_says() {
    let Some(aws) = peers::peer("aws") else { return };
    // The one that `aws` itself runs on: the set-up links it from there.
    let python = aws.canonicalize().unwrap().with_file_name("python");
    let known = Command::new(&python).args(["-c", "import awscli, botocore"]).stderr(Stdio::null()).status();
    if !known.is_ok_and(|status| status.success()) {
        let why = "the aws program here is not the one of tests/setup/peers.txt";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}, and CI=true allows no skipping");
        eprintln!("not run: {why}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Settings::new(folder.path()), system_clock()).await.unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = tempfile::tempdir().unwrap();
    let mut scenario = tokio::process::Command::new(python);
    scenario
        .arg(root.join("tests/practice_api/scenario.py"))
        .arg(folder.path())
        .arg(root.join("src/practice/api/model.txt"))
        .envs(server.environment())
        // No configuration of whoever runs the tests, and no patience with errors that will not go away.
        .env("HOME", home.path())
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
    let done = scenario.output().await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}{err}");
    println!("{out}");
    server.stop().await;
}
