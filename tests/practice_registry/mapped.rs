//! A script that was written for real ECR, under `practice-ecr`: the host name in it is AWS's, and the
//! registry that it reaches is this one.

use super::server::Practice;
use super::support::{Home, docker_cli, engine};
use serde_json::json;
use std::process::Stdio;

const SCRIPT: &str = r#"
set -eu
registry=111122223333.dkr.ecr.us-east-1.amazonaws.com
image=$registry/team/mapped:v1
printf %s "$PASSWORD" | docker login --username AWS --password-stdin "https://$registry"
printf hello > hello; tar -cf layer.tar hello
docker import layer.tar "$image" > /dev/null
docker push "$image" || { echo "push: $?"; exit 9; }
docker rmi "$image" > /dev/null
docker pull --quiet "$image"
docker image inspect --format '{{.Size}} bytes' "$image"
docker rmi "$image" > /dev/null
docker logout "$registry"
docker pull "$registry/team/none:v1" 2>&1 || echo "ended with $?"
exit 7
"#;

#[test]
fn a_script_written_for_real_ecr_runs_unchanged() {
    let (Some(_), true) = (engine(), docker_cli().is_some()) else { return };
    let practice = Practice::start();
    practice.client.create("team/mapped", json!({}));
    let home = Home::new();
    let mut command = home.command(&["practice-ecr", "--folder"]);
    command.arg(practice.folder.path()).args(["--", "sh", "-c", SCRIPT]);
    command.env("PASSWORD", practice.client.password()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert_eq!(output.status.code(), Some(7), "{said}");
    for expected in
        ["Login Succeeded", "v1: digest: sha256:", " bytes", "no basic auth credentials", "ended with 1"]
    {
        assert!(said.contains(expected), "{expected} is not in: {said}");
    }
    assert_eq!(practice.client.repo("team/mapped").tags(), ["v1"]);
    // Nothing of it stays: neither the login nor the `docker` before the real one.
    let left: Vec<_> =
        std::fs::read_dir(practice.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("docker-config")), "{left:?}");
}
