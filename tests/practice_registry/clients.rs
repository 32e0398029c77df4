//! The clients that people use: `skopeo` copies whole images in and out, and `docker` shows the texts that
//! it shows on real ECR.

use super::server::{Client, INDEX, MANIFEST, Practice, sha256};
use super::support::{docker_cli, engine, peer};
use docker_ecr_tutor::practice::TOKEN_LIFETIME_SECONDS;
use serde_json::json;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// An OCI layout of an index with two images, as tools write it. Answers with the index's digest.
fn layout(folder: &Path) -> String {
    let blobs = folder.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let keep = |content: &[u8]| {
        let digest = sha256(content);
        std::fs::write(blobs.join(&digest[7..]), content).unwrap();
        (digest, content.len())
    };
    let images: Vec<_> = ["amd64", "arm64"]
        .iter()
        .map(|architecture| {
            let mut tar = tar::Builder::new(Vec::new());
            let mut header = tar::Header::new_gnu();
            header.set_size(architecture.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, "architecture", architecture.as_bytes()).unwrap();
            let tar = tar.into_inner().unwrap();
            // Compressed, or skopeo does it on the way.
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(&tar).unwrap();
            let (layer, layer_size) = keep(&gzip.finish().unwrap());
            let config = json!({ "architecture": architecture, "os": "linux", "config": {},
                "rootfs": { "type": "layers", "diff_ids": [sha256(&tar)] } });
            let (config, config_size) = keep(config.to_string().as_bytes());
            let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST,
                "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": config,
                    "size": config_size },
                "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": layer,
                    "size": layer_size }] });
            let (digest, size) = keep(manifest.to_string().as_bytes());
            json!({ "mediaType": MANIFEST, "digest": digest, "size": size,
                "platform": { "architecture": architecture, "os": "linux" } })
        })
        .collect();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": images });
    let (digest, size) = keep(index.to_string().as_bytes());
    let top = json!({ "schemaVersion": 2, "manifests": [{ "mediaType": INDEX, "digest": digest, "size": size,
        "annotations": { "org.opencontainers.image.ref.name": "all" } }] });
    std::fs::write(folder.join("index.json"), top.to_string()).unwrap();
    std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    digest
}

#[test]
fn skopeo_copies_an_index_in_and_out_lists_inspects_and_deletes() {
    let Some(skopeo) = peer("skopeo") else { return };
    let practice = Practice::start();
    practice.repository("team/app");
    practice.repository("team/copy");
    let folder = tempfile::tempdir().unwrap();
    let digest = layout(&folder.path().join("in"));
    let registry = format!("docker://{}", practice.server.address());
    let credentials = format!("AWS:{}", practice.client.password());
    let run = |arguments: &[&str]| {
        let output = Command::new(&skopeo)
            .arg("--insecure-policy")
            .args(arguments)
            .env("REGISTRY_AUTH_FILE", folder.path().join("auth.json"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "skopeo {arguments:?}: {}", text(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let there = format!("{registry}/team/app:all");
    let from = format!("oci:{}:all", folder.path().join("in").display());
    let to = format!("oci:{}:all", folder.path().join("out").display());
    let push = ["copy", "--all", "--dest-tls-verify=false", "--dest-creds", &credentials, &from, &there];
    run(&push);
    run(&push);
    let described = run(&["inspect", "--raw", "--tls-verify=false", "--creds", &credentials, &there]);
    // It ends what it shows with a line break of its own.
    assert_eq!(sha256(described.trim_end().as_bytes()), digest, "{described}");
    run(&["copy", "--all", "--src-tls-verify=false", "--src-creds", &credentials, &there, &to]);
    for blob in std::fs::read_dir(folder.path().join("in/blobs/sha256")).unwrap() {
        let name = blob.unwrap().file_name();
        let [before, after] = ["in", "out"]
            .map(|side| std::fs::read(folder.path().join(side).join("blobs/sha256").join(&name)));
        assert_eq!(before.unwrap(), after.unwrap(), "{name:?}");
    }
    // From one repository to another on the same registry, which shares the blobs.
    let copy = format!("{registry}/team/copy:v1");
    run(&[
        "copy",
        "--all",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        "--src-creds",
        &credentials,
        "--dest-creds",
        &credentials,
        &there,
        &copy,
    ]);
    let listed =
        run(&["list-tags", "--tls-verify=false", "--creds", &credentials, &format!("{registry}/team/copy")]);
    assert!(listed.contains("\"v1\""), "{listed}");
    run(&["delete", "--tls-verify=false", "--creds", &credentials, &copy]);
    assert!(practice.client.repo("team/copy").tags().is_empty());
    assert_eq!(practice.client.repo("team/app").tags(), ["all"]);
}

#[test]
fn docker_shows_what_it_shows_on_ecr() {
    let (Some(engine), true) = (engine(), docker_cli().is_some()) else { return };
    let practice = Practice::start();
    let repo = practice.repository("texts/app");
    let registry = practice.server.address().to_string();
    let config = tempfile::tempdir().unwrap();
    let image = format!("{registry}/texts/app:v1");
    let docker = |arguments: &[&str], stdin: &str| {
        let mut child = docker_cli()
            .unwrap()
            .args(arguments)
            .env("DOCKER_CONFIG", config.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        text(&child.wait_with_output().unwrap())
    };
    let login =
        |password: &str| docker(&["login", "--username", "AWS", "--password-stdin", &registry], password);
    // What is pushed must be an image that the engine has.
    repo.image("none", "x");
    let layers = tempfile::NamedTempFile::new().unwrap();
    let mut tar = tar::Builder::new(layers.reopen().unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(5);
    header.set_mode(0o644);
    tar.append_data(&mut header, "hello", &b"hello"[..]).unwrap();
    drop(tar.into_inner().unwrap());
    docker(&["import", &layers.path().display().to_string(), &image], "");

    assert!(docker(&["push", &image], "").contains("no basic auth credentials"));
    let wrong = login("guess");
    assert!(wrong.contains("401 Unauthorized"), "{wrong}");
    let good = login(&practice.client.password());
    assert!(good.contains("Login Succeeded"), "{good}");
    let nowhere = image.replace("texts/app", "texts/none");
    docker(&["tag", &image, &nowhere], "");
    let refused = docker(&["push", &nowhere], "");
    assert!(
        refused.contains(
            "name unknown: The repository with name 'texts/none' does not exist in the registry with id '123456789012'"
        ),
        "{refused}"
    );
    let pushed = docker(&["push", &image], "");
    assert!(pushed.contains("v1: digest: sha256:"), "{pushed}");
    let pulled = docker(&["pull", &image.replace(":v1", ":v2")], "");
    assert!(pulled.contains("manifest unknown: Requested image not found"), "{pulled}");
    practice.server.advance(Duration::from_secs(TOKEN_LIFETIME_SECONDS)).unwrap();
    let expired = docker(&["push", &image], "");
    assert!(
        expired.contains("denied: Your authorization token has expired. Reauthenticate and try again."),
        "{expired}"
    );
    let again = Client::login(practice.server.address());
    assert!(login(&again.password()).contains("Login Succeeded"));
    assert!(docker(&["push", &image], "").contains("v1: digest: sha256:"));
    engine.remove_image(&image);
    engine.remove_image(&nowhere);
}
