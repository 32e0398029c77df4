//! The practice ECR as its clients see it: the AWS SDK, the docker client and the engine.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use docker_ecr_tutor::ecr::{Ecr, Options};
use docker_ecr_tutor::practice::{Moment, REGION, Server, Settings, TOKEN_LIFETIME_SECONDS, system_clock};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

async fn start(folder: &Path) -> Server {
    let settings = Settings::new(folder);
    Server::start(settings, system_clock()).await.expect("the practice ECR starts")
}

fn options(server: &Server) -> Options {
    Options {
        region: Some(REGION.into()),
        endpoint: Some(format!("http://{}", server.address())),
        keys: Some(("PRACTICE".into(), "practice".into())),
        profile: None,
    }
}

async fn sdk(server: &Server) -> aws_sdk_ecr::Client {
    let keys = aws_sdk_ecr::config::Credentials::new("PRACTICE", "practice", None, None, "test");
    let config = aws_sdk_ecr::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_ecr::config::Region::new(REGION))
        .endpoint_url(format!("http://{}", server.address()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(keys)
        .build();
    aws_sdk_ecr::Client::from_conf(config)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_learns_the_account_and_manages_repositories() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let ecr = Ecr::connect(&options(&server)).await;
    let identity = ecr.identity().await.unwrap();
    assert_eq!((identity.account.as_str(), identity.region.as_str()), ("123456789012", REGION));

    let client = sdk(&server).await;
    client.create_repository().repository_name("team/app").send().await.unwrap();
    let found = ecr.repositories().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].uri, format!("{}/team/app", server.address()));

    let again = client.create_repository().repository_name("team/app").send().await.unwrap_err();
    let again = again.into_service_error();
    assert!(again.is_repository_already_exists_exception(), "{again:?}");
    let missing = client.describe_repositories().repository_names("none").send().await.unwrap_err();
    assert!(missing.into_service_error().is_repository_not_found_exception());
    let bad = client.create_repository().repository_name("../Etc").send().await.unwrap_err();
    assert!(bad.into_service_error().is_invalid_parameter_exception());
    let unknown = client.get_signing_configuration().send().await.unwrap_err();
    assert!(format!("{unknown:?}").contains("not practised here"), "{unknown:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_sees_images_their_findings_and_what_a_policy_would_do() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let ecr = Ecr::connect(&options(&server)).await;
    let client = sdk(&server).await;
    let scanning = aws_sdk_ecr::types::ImageScanningConfiguration::builder().scan_on_push(true).build();
    let create = client.create_repository().repository_name("app").image_scanning_configuration(scanning);
    create.send().await.unwrap();
    let packed = |path: &str, text: &str| {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, text.as_bytes()).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&builder.into_inner().unwrap()).unwrap();
        gzip.finish().unwrap()
    };
    let layer = packed("app/node_modules/minimist/package.json", r#"{"name":"minimist","version":"1.2.5"}"#);
    for (number, tag) in ["v1", "v2"].into_iter().enumerate() {
        let config = format!(r#"{{"number":{number}}}"#).into_bytes();
        let mut blobs = Vec::new();
        for (bytes, kind) in [(&config, "config.v1+json"), (&layer, "layer.v1.tar+gzip")] {
            use sha2::Digest as _;
            let digest = format!("sha256:{:x}", sha2::Sha256::digest(bytes));
            let begun = client.initiate_layer_upload().repository_name("app").send().await.unwrap();
            let id = begun.upload_id().unwrap();
            let part = client.upload_layer_part().repository_name("app").upload_id(id).part_first_byte(0);
            let part = part.part_last_byte(bytes.len() as i64 - 1).layer_part_blob(bytes.clone().into());
            part.send().await.unwrap();
            let complete = client.complete_layer_upload().repository_name("app").upload_id(id);
            // The second image brings the layer that is there.
            let completed = complete.layer_digests(&digest).send().await;
            assert_eq!(completed.is_err(), number == 1 && kind.starts_with("layer"), "{completed:?}");
            let size = bytes.len();
            blobs.push(format!(
                r#"{{"mediaType":"application/vnd.oci.image.{kind}","size":{size},"digest":"{digest}"}}"#
            ));
        }
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{},"layers":[{}]}}"#,
            blobs[0], blobs[1]
        );
        client
            .put_image()
            .repository_name("app")
            .image_manifest(manifest)
            .image_tag(tag)
            .send()
            .await
            .unwrap();
    }
    let images = ecr.images("app").await.unwrap();
    assert_eq!(images.len(), 2);
    assert!(images.iter().all(|image| image.bytes > 100 && image.pulled_at.is_none()));
    let scan = ecr.scan("app", &images[0].digest).await.unwrap();
    assert_eq!(scan.status, "COMPLETE", "{scan:?}");
    let found: Vec<_> =
        scan.findings.iter().map(|f| (f.id.as_str(), f.severity.as_str(), f.package.clone())).collect();
    assert_eq!(found, [("CVE-2021-44906", "CRITICAL", Some(("minimist".into(), "1.2.5".into())))]);
    // The command asks as everybody does, by the environment.
    let command = Command::new(env!("CARGO_BIN_EXE_docker-ecr-tutor"))
        .args(["scan", "--scanner", "ecr", "app:v1", "--format", "json"])
        .envs(server.environment())
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&command.stdout).unwrap();
    assert_eq!(
        (&told["findings"][0]["id"], &told["findings"][0]["package"]),
        (&"CVE-2021-44906".into(), &"minimist".into())
    );
    let policy = r#"{"rules":[{"rulePriority":3,"description":"one image is enough","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#;
    let previewed = ecr.preview("app", policy).await.unwrap();
    assert_eq!(previewed.len(), 1);
    assert_eq!((previewed[0].action.as_str(), previewed[0].rule), ("EXPIRE", 3));
    let refused = ecr.preview("app", &policy.replace("expire", "delete")).await.unwrap_err();
    assert!(refused.message.contains("not found in enum"), "{refused:?}");
    server.stop().await;
}

/// One raw request to the registry, as (status, headers and body).
async fn raw(server: &Server, request: String) -> (u16, String) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

fn get(path: &str, password: Option<&str>) -> String {
    use base64::Engine as _;
    let token = |p| base64::engine::general_purpose::STANDARD.encode(format!("AWS:{p}"));
    let authorization =
        password.map(|p| format!("Authorization: Basic {}\r\n", token(p))).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{authorization}\r\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_token_the_registry_gives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let now = Arc::new(AtomicU64::new(1_000_000_000));
    let clock = now.clone();
    let settings = Settings::new(folder.path());
    let server = Server::start(settings, Arc::new(move || Moment::of_seconds(clock.load(Ordering::SeqCst))))
        .await
        .unwrap();
    let login = Ecr::connect(&options(&server)).await.login().await.unwrap();

    let (status, text) = raw(&server, get("/v2/", None)).await;
    assert_eq!(status, 401);
    assert!(text.contains(r#"service="ecr.amazonaws.com""#), "{text}");
    assert_eq!(raw(&server, get("/v2/", Some("guess"))).await.0, 401);
    assert_eq!(raw(&server, get("/v2/", Some(&login.password))).await.0, 200);
    let (status, text) = raw(&server, get("/v2/none/tags/list", Some(&login.password))).await;
    assert_eq!(status, 404);
    assert!(
        text.contains(
            "The repository with name 'none' does not exist in the registry with id '123456789012'"
        )
    );

    now.fetch_add(TOKEN_LIFETIME_SECONDS, Ordering::SeqCst);
    let (status, text) = raw(&server, get("/v2/", Some(&login.password))).await;
    assert_eq!(status, 403);
    assert!(text.contains("Your authorization token has expired"), "{text}");
    server.stop().await;
}

/// A docker client whose logins stay in `config`.
fn docker(config: &Path, arguments: &[&str], stdin: &str) -> Output {
    use std::io::Write as _;
    let mut child = Command::new("docker")
        .args(arguments)
        .env("DOCKER_CONFIG", config)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the docker client is installed");
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_docker_client_logs_in_pushes_and_pulls() {
    let folder = tempfile::tempdir().unwrap();
    let config = tempfile::tempdir().unwrap();
    if !docker(config.path(), &["version"], "").status.success() {
        assert!(std::env::var_os("CI").is_none(), "CI has no Docker Engine");
        eprintln!("not run: no Docker Engine answers");
        return;
    }
    let server = start(folder.path()).await;
    let client = sdk(&server).await;
    let registry = server.address().to_string();
    let image = format!("{registry}/journeys/hello:v1");
    let run = |arguments: Vec<String>, stdin: String| {
        let config = config.path().to_owned();
        tokio::task::spawn_blocking(move || {
            docker(&config, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), &stdin)
        })
    };
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();

    let imported = tar_with_one_file();
    let made = Command::new("docker")
        .args(["import", "-", &image])
        .env("DOCKER_CONFIG", config.path())
        .stdin(Stdio::from(imported))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made));

    let refused = run(words(&format!("push {image}")), String::new()).await.unwrap();
    assert!(text(&refused).contains("no basic auth credentials"), "{}", text(&refused));
    let login = Ecr::connect(&options(&server)).await.login().await.unwrap();
    let opened = words(&format!("login --username AWS --password-stdin {registry}"));
    let opened = run(opened, login.password).await.unwrap();
    assert!(opened.status.success(), "{}", text(&opened));

    let refused = run(words(&format!("push {image}")), String::new()).await.unwrap();
    assert!(
        text(&refused).contains("name unknown: The repository with name 'journeys/hello'"),
        "{}",
        text(&refused)
    );
    let immutable = aws_sdk_ecr::types::ImageTagMutability::Immutable;
    let create = client.create_repository().repository_name("journeys/hello").image_tag_mutability(immutable);
    create.send().await.unwrap();
    let pushed = run(words(&format!("push {image}")), String::new()).await.unwrap();
    assert!(pushed.status.success(), "{}", text(&pushed));

    let described = client.describe_images().repository_name("journeys/hello").send().await.unwrap();
    let detail = &described.image_details()[0];
    assert_eq!(detail.image_tags(), ["v1"]);
    let digest = detail.image_digest().unwrap().to_owned();
    assert!(text(&pushed).contains(&digest));
    assert!(detail.image_size_in_bytes().unwrap() > 100);

    let again = run(words(&format!("push {image}")), String::new()).await.unwrap();
    assert!(text(&again).contains("tag invalid: The image tag 'v1' already exists"), "{}", text(&again));

    run(words(&format!("rmi {image}")), String::new()).await.unwrap();
    let pulled = run(words(&format!("pull {image}")), String::new()).await.unwrap();
    assert!(pulled.status.success(), "{}", text(&pulled));
    assert!(text(&pulled).contains(&digest));
    run(words(&format!("rmi {image}")), String::new()).await.unwrap();
    server.stop().await;
}

/// A file to read from that holds a tar with one entry.
fn tar_with_one_file() -> std::fs::File {
    use std::io::Seek as _;
    let mut builder = tar::Builder::new(tempfile::tempfile().unwrap());
    let mut header = tar::Header::new_gnu();
    header.set_size(5);
    header.set_mode(0o644);
    builder.append_data(&mut header, "hello", &b"hello"[..]).unwrap();
    let mut file = builder.into_inner().unwrap();
    file.rewind().unwrap();
    file
}
