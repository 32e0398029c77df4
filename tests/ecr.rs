//! The registry, with a practice ECR in the place of AWS: what it refuses and how that is said, cleaning up,
//! and a whole journey at the screen after which no secret is to be found anywhere.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

#[path = "ecr/loopback.rs"]
mod loopback;
mod support;

use docker_ecr_tutor::ecr::{Change, Consent, Ecr, EcrError, Options, Problem, TAG};
use docker_ecr_tutor::practice::{Server, Settings, system_clock};
use loopback::{answer, identity, serve, stand_in};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};
use support::{Exit, Home, Session, leave};

/// A secret key that occurs nowhere else.
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYTUTORJOURNEY";
/// A session token that occurs nowhere else.
const SESSION: &str = "FwoGZXIvYXdzEBYaDTUTORJOURNEYSESSIONTOKEN";

fn options(address: SocketAddr) -> Options {
    Options {
        profile: None,
        region: Some("eu-central-1".into()),
        endpoint: Some(format!("http://{address}")),
        keys: Some(("PRACTICE".into(), "practice".into())),
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn practice(folder: &Path) -> Server {
    Server::start(Settings::new(folder), system_clock()).await.expect("the practice ECR starts")
}

/// What `ecr:DescribeRepositories` makes of an answer.
async fn refused(bytes: Vec<u8>) -> EcrError {
    let address = serve(move |_| bytes.clone());
    Ecr::connect(&options(address)).await.repositories().await.unwrap_err()
}

fn exception(code: &str, message: &str) -> Vec<u8> {
    let body = serde_json::json!({ "__type": code, "message": message }).to_string();
    answer(400, "application/x-amz-json-1.1", &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aws_refuses_is_said_in_plain_words() {
    let denied = "User: arn:aws:iam::1:user/ada is not authorized to perform: ecr:DescribeRepositories on resource: \
                  arn:aws:ecr:eu-central-1:1:repository/* because no identity-based policy allows the action";
    let cases = [
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            Problem::ExpiredToken,
            "have expired",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            Problem::BadKeys,
            "eu-central-1",
        ),
        (
            "AccessDeniedException",
            denied,
            Problem::Denied,
            "ada may not do ecr:DescribeRepositories on arn:aws:ecr",
        ),
        ("ThrottlingException", "Rate exceeded", Problem::Throttled, "no more requests"),
        (
            "InvalidSignatureException",
            "Signature expired: 20200101T000000Z is now earlier than 20261122T000000Z",
            Problem::ClockSkew,
            "clock",
        ),
        (
            "InvalidSignatureException",
            "Credential should be scoped to a valid region.",
            Problem::WrongRegion,
            "another region",
        ),
        (
            "RepositoryNotFoundException",
            "The repository with name 'x' does not exist",
            Problem::Missing,
            "in eu-central-1",
        ),
    ];
    let asked = cases.map(|(code, message, problem, words)| async move {
        let error = refused(exception(code, message)).await;
        assert_eq!(error.problem, problem, "{code}: {error:?}");
        assert!(error.said.contains(words), "{code}: {error}");
        assert!(!error.next.is_empty(), "{code}");
    });
    futures_util::future::join_all(asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_of_aws_is_told_from_what_is_none_at_all() {
    let (page, torn, gone) = tokio::join!(
        refused(answer(200, "text/html", "<html>Please log in to the hotel's network</html>")),
        refused(Vec::new()),
        async {
            // A port that was free a moment ago: nobody listens.
            let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let error = Ecr::connect(&options(address)).await.repositories().await.unwrap_err();
            assert!(error.said.contains(&format!("nothing answers at http://{address}")), "{error}");
            error
        }
    );
    assert_eq!(page.problem, Problem::NotAws, "{page:?}");
    assert_eq!(torn.problem, Problem::Unreachable, "{torn:?}");
    assert_eq!(gone.problem, Problem::Unreachable, "{gone:?}");
    assert!(gone.next[0].contains("AWS_ENDPOINT_URL"), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_an_answer_that_cannot_be_read_is_in_no_error() {
    let bytes = answer(
        200,
        "application/x-amz-json-1.1",
        "{\"authorizationData\":[{\"authorizationToken\":\"SECRETTOKEN\",}",
    );
    let address = serve(move |_| bytes.clone());
    let error = Ecr::connect(&options(address)).await.login().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("SECRETTOKEN"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_for_one_account_is_not_done_in_another() {
    let address = serve(|asked| match asked.target.is_empty() {
        true => identity("222222222222"),
        false => panic!("asked for {}", asked.target),
    });
    let ecr = Ecr::connect(&options(address)).await;
    let consent = Consent { account: "111111111111".into(), region: "eu-central-1".into() };
    let error = ecr.writer(&consent).await.unwrap_err();
    assert_eq!(error.problem, Problem::NotConfirmed);
    assert!(error.said.contains("111111111111") && error.said.contains("222222222222"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_made_read_again_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = practice(folder.path()).await;
    let ecr = Ecr::connect(&options(server.address())).await;
    let consent = Consent::from(&ecr.identity().await.unwrap());
    let writer = ecr.writer(&consent).await.unwrap();
    let app = || "team/app".to_owned();
    let create = Change::Create { repository: app(), immutable: true, scan_on_push: true };
    writer.change(&create).await.unwrap();
    let again = writer.change(&create).await.unwrap_err();
    assert_eq!(
        (again.problem, again.said.as_str()),
        (Problem::Refused, "a repository of that name is there already")
    );
    let contents = ecr.contents("team/app").await.unwrap();
    assert!(contents.is_ours() && contents.repository.immutable && contents.repository.scan_on_push);
    assert_eq!((contents.policy.as_deref(), contents.repository.encryption.as_str()), (None, "AES256"));
    for change in [
        Change::SetMutability { repository: app(), immutable: false, drops_exceptions: false },
        Change::SetScanOnPush { repository: app(), on: false },
        Change::PutPolicy { repository: app(), text: POLICY.into() },
    ] {
        writer.change(&change).await.unwrap();
    }
    let contents = ecr.contents("team/app").await.unwrap();
    assert!(!contents.repository.immutable && !contents.repository.scan_on_push);
    assert_eq!(contents.policy.as_deref(), Some(POLICY));
    writer.change(&Change::DeletePolicy { repository: app() }).await.unwrap();
    let gone =
        Change::DeleteImage { repository: app(), digest: format!("sha256:{}", "0".repeat(64)), tags: vec![] };
    assert_eq!(writer.change(&gone).await.unwrap_err().code, "ImageNotFound");
    writer.change(&Change::DeleteRepository { repository: app(), images: 0 }).await.unwrap();
    assert_eq!(ecr.contents("team/app").await.unwrap_err().problem, Problem::Missing);
    server.stop().await;
}

const POLICY: &str = r#"{"rules":[{"rulePriority":1,"description":"Keep the newest ten","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}"#;

// Cleaning up, at the command line.

/// The environment of a person with an account whose AWS is `address`.
fn account(address: SocketAddr) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", "AKIATUTORJOURNEY".into()),
        ("AWS_SECRET_ACCESS_KEY", SECRET.into()),
        ("AWS_SESSION_TOKEN", SESSION.into()),
        ("AWS_REGION", "eu-central-1".into()),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
    ]
}

fn run(home: &Home, args: &[&str], env: &[(&'static str, String)]) -> (i32, String, String) {
    let mut command = home.command(args);
    command.envs(env.iter().cloned()).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// Registers what is ours, and decoys around it, more than a page of them.
async fn fill(server: &Server) -> Vec<String> {
    let ecr = Ecr::connect(&options(server.address())).await;
    let consent = Consent::from(&ecr.identity().await.unwrap());
    let writer = ecr.writer(&consent).await.unwrap();
    for name in ["ours/one", "ours/two"] {
        let create = Change::Create { repository: name.into(), immutable: true, scan_on_push: false };
        writer.change(&create).await.unwrap();
    }
    let keys = aws_sdk_ecr::config::Credentials::new("PRACTICE", "practice", None, None, "test");
    let config = aws_sdk_ecr::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_ecr::config::Region::new("eu-central-1"))
        .endpoint_url(format!("http://{}", server.address()))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(keys)
        .build();
    let client = aws_sdk_ecr::Client::from_conf(config);
    let mut decoys: Vec<String> = (0..104).map(|n| format!("production/{n:03}")).collect();
    decoys.push("ours/three".into());
    for name in &decoys {
        // Tags that only look like ours, and our word in the place of a value.
        let tag = |key: &str, value: &str| {
            aws_sdk_ecr::types::Tag::builder().key(key).value(value).build().unwrap()
        };
        let mut create = client.create_repository().repository_name(name);
        create = create.tags(tag("made-by", TAG)).tags(tag(&format!("{TAG}.not"), "1"));
        create.send().await.unwrap();
    }
    decoys.sort();
    decoys
}

async fn left(server: &Server) -> Vec<String> {
    let ecr = Ecr::connect(&options(server.address())).await;
    ecr.repositories().await.unwrap().into_iter().map(|repository| repository.name).collect()
}

#[test]
fn clean_removes_what_carries_the_tag_and_only_that_after_a_yes() {
    let runtime = runtime();
    let (folder, home) = (tempfile::tempdir().unwrap(), Home::new());
    let server = runtime.block_on(practice(folder.path()));
    let decoys = runtime.block_on(fill(&server));
    let (aws, _) = stand_in(server.address());
    let env = account(aws);

    // Nobody to ask: nothing is done.
    let (code, told, error) = run(&home, &["clean", "--aws"], &env);
    assert_eq!(code, 2, "{told}{error}");
    assert!(error.contains("--yes"), "{error}");
    for said in [
        "Account   123456789012 (arn:aws:iam::123456789012:user/ada)",
        "Region    eu-central-1",
        "2 of its 107",
        "ours/one",
        "ours/two  0 images",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!told.contains("production") && !told.contains("three"), "{told}");
    let (code, dry, _) = run(&home, &["clean", "--aws", "--dry-run"], &env);
    assert_eq!((code, dry), (0, told));
    assert_eq!(runtime.block_on(left(&server)).len(), 107);

    // On a terminal it asks, and only `yes` is yes.
    let env_text: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut asked = home.start(&["clean", "--aws"], (100, 30), &env_text);
    asked.wait_for("Type yes:");
    asked.type_text("y\n");
    assert_eq!(asked.wait_exit(), Exit::Code(0));
    asked.wait_for("Nothing was removed.");
    assert_eq!(runtime.block_on(left(&server)).len(), 107);
    let mut asked = home.start(&["clean", "--aws"], (100, 30), &env_text);
    asked.wait_for("Type yes:");
    asked.type_text("yes\n");
    assert_eq!(asked.wait_exit(), Exit::Code(0));
    asked.wait_for("removed repository ours/two");
    asked.wait_for("2 repositories removed.");
    assert_eq!(runtime.block_on(left(&server)), decoys);

    // Again: there is nothing left to do; and with --yes nobody is asked.
    let (code, told, _) = run(&home, &["clean", "--aws", "--yes"], &env);
    assert_eq!(code, 0);
    assert!(told.contains("None of its 105 repositories carries the tag org.docker-ecr-tutor"), "{told}");
    runtime.block_on(server.stop());
}

#[test]
fn without_good_credentials_it_says_which_and_what_to_do() {
    let home = Home::new();
    let alone = |more: &[(&'static str, &str)]| {
        let mut env = vec![("AWS_EC2_METADATA_DISABLED", "true".to_owned())];
        env.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let (code, _, error) = run(&home, &["clean", "--aws", "--dry-run"], &env);
        assert_eq!(code, 3, "{error}");
        error
    };
    let error = alone(&[("AWS_REGION", "eu-central-1")]);
    assert!(error.contains("no credentials were found") && error.contains("aws configure"), "{error}");
    let error = alone(&[("AWS_ACCESS_KEY_ID", "AKIAX"), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
    assert!(error.contains("no region is set") && error.contains("AWS_REGION"), "{error}");
    assert!(!error.contains(SECRET));
    home.write(
        ".aws/config",
        "[profile work]\nregion = eu-central-1\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = dev\n\
         [sso-session s]\nsso_region = eu-central-1\nsso_start_url = https://example.awsapps.com/start\n\
         [profile tool]\nregion = eu-central-1\ncredential_process = /bin/false\n",
    );
    let error = alone(&[("AWS_PROFILE", "work")]);
    assert!(error.contains("(SSO) has expired, or never was") && error.contains("aws sso login"), "{error}");
    // The cache file is named after the session: SHA-1 of `s`.
    home.write(
        ".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json",
        format!("{{\"accessToken\":\"{SESSION}\",\"expiresAt\":\"2020-01-01T00:00:00Z\"}}"),
    );
    let error = alone(&[("AWS_PROFILE", "work")]);
    assert!(error.contains("(SSO) has expired") && !error.contains(SESSION), "{error}");
    let error = alone(&[("AWS_PROFILE", "tool")]);
    assert!(error.contains("program that the profile names for credentials failed"), "{error}");
    let error = alone(&[("AWS_PROFILE", "nobody"), ("AWS_REGION", "eu-central-1")]);
    assert!(error.contains("profile"), "{error}");
}

// The journey.

/// Files below `folder` that hold one of these, or output that does.
fn holders(folder: &Path, secrets: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            match path.is_dir() && !path.is_symlink() {
                true => folders.push(path),
                false => found.extend(holds(
                    &path.display().to_string(),
                    &std::fs::read(&path).unwrap_or_default(),
                    secrets,
                )),
            }
        }
    }
    found
}

fn holds(name: &str, bytes: &[u8], secrets: &[String]) -> Option<String> {
    let hit =
        secrets.iter().find(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    hit.map(|secret| format!("{name} holds {secret}"))
}

/// Answers the question with yes, having seen what a person must see.
fn confirm(tutor: &mut Session, what: &str) {
    tutor.wait_for("This is AWS");
    tutor.wait_for("Account   123456789012");
    tutor.wait_for("Region    eu-central-1");
    tutor.wait_for(what);
    tutor.send("y").wait_gone("This is AWS");
}

#[test]
fn a_push_that_is_stopped_is_stopped_in_the_engine_and_leaves_no_name_behind() {
    let Some(engine) = support::engine() else { return };
    let home = Home::new();
    home.write("big/Dockerfile", "FROM scratch\nCOPY noise /noise\n");
    // Noise does not compress, so that there is time to stop it.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .take(8 * 1024 * 1024)
    .flatten()
    .collect();
    home.write("big/noise", noise);
    let image = format!("tutor-big-{}:dev", std::process::id());
    let (code, _, error) = run(&home, &["build", "big", "--tag", &image], &[]);
    assert_eq!(code, 0, "{error}");
    let mut tutor = home.start(&[], (120, 36), &[]);
    tutor.wait_for("Lessons and exercises");
    tutor.send("e").wait_for("None yet. n creates one.");
    tutor.send("n").wait_for("Name of the new repository");
    tutor.type_text("big").send("Enter").wait_for("No images yet.");
    tutor.send("p").wait_for("Push which image?");
    tutor.type_text(&image).send("Enter").wait_for("Tag to push");
    tutor.send("Enter").wait_match("(?i)[0-9a-f]{12} +Push.* of 67.1 MB");
    let names = engine.get(&format!("/images/{image}/json"))["RepoTags"].to_string();
    assert!(names.contains("/big:v1"), "{names}");
    tutor.send("Ctrl-c").wait_for("Stopped");
    tutor.wait_gone("layers, Ctrl-C stops");
    tutor.wait_for("No images yet.");
    let names = engine.get(&format!("/images/{image}/json"))["RepoTags"].to_string();
    assert!(!names.contains("/big:v1"), "{names}");
    leave(tutor);
    engine.remove_image(&image);
}

#[test]
fn a_profile_is_chosen_by_name_and_its_keys_go_before_those_of_the_environment() {
    let runtime = runtime();
    let (folder, home) = (tempfile::tempdir().unwrap(), Home::new());
    let server = runtime.block_on(practice(folder.path()));
    let (aws, _) = stand_in(server.address());
    home.write(
        ".aws/config",
        "[default]\nregion = us-east-1\n[profile work]\nregion = eu-central-1\n[profile bare]\n",
    );
    home.write(
        ".aws/credentials",
        format!("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = {SECRET}\n[old]\naws_access_key_id = A\n"),
    );
    let url = format!("http://{aws}");
    let env = [("AWS_ENDPOINT_URL", url.as_str()), ("AWS_EC2_METADATA_DISABLED", "true")];
    let mut tutor = home.start(&[], (120, 36), &env);
    tutor.wait_for("Lessons and exercises");
    tutor.send("e").wait_for("None yet. n creates one.");
    tutor.send("a").wait_for("Which registry?");
    for name in ["AWS, profile bare", "AWS, profile default", "AWS, profile old", "AWS, profile work"] {
        tutor.wait_for(name);
    }
    // Without keys: said in plain words, with the profile at the top.
    tutor.type_text("bare").send("Enter").wait_for("Which region?");
    tutor.type_text("eu-north-9").send("Enter").wait_for("AWS, profile bare, eu-north-9");
    tutor.wait_for("What went wrong");
    tutor.send("a").wait_for("Which registry?");
    tutor.type_text("work").send("Enter").wait_for("the profile's own");
    tutor.send("Enter").wait_for("AWS, profile work");
    tutor.wait_for("account 123456789012");
    tutor.wait_for("None yet. n creates one.");
    // Left and opened again, it is the same one.
    tutor.send("Esc").wait_for("Lessons and exercises");
    tutor.send("e").wait_for("AWS, profile work");
    let shown = tutor.raw();
    leave(tutor);
    assert_eq!(holds("the screen", &shown, &[SECRET.to_owned()]), None);
    runtime.block_on(server.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_nobody_knows_is_no_network_or_no_region() {
    let options = Options {
        endpoint: Some("http://ecr.nowhere.invalid".into()),
        ..options(([127, 0, 0, 1], 1).into())
    };
    let error = Ecr::connect(&options).await.repositories().await.unwrap_err();
    assert_eq!(error.problem, Problem::NoNetwork, "{error:?}");
    assert!(error.said.contains("cannot be looked up"), "{error:?}");
    assert!(error.next.iter().any(|next| next.contains("network")), "{error:?}");
}

#[test]
fn a_whole_journey_leaves_no_secret_on_disk_in_the_log_or_on_the_screen() {
    let Some(engine) = support::engine() else { return };
    let runtime = runtime();
    let (folder, home) = (tempfile::tempdir().unwrap(), Home::new());
    let server = runtime.block_on(practice(folder.path()));
    let (aws, tokens) = stand_in(server.address());
    home.write("web/Dockerfile", "FROM scratch\nCOPY app /app\n");
    home.write("web/app/node_modules/minimist/package.json", r#"{"name":"minimist","version":"1.2.5"}"#);
    let image = format!("tutor-journey-{}:dev", std::process::id());
    let (code, _, error) = run(&home, &["build", "web", "--tag", &image], &[]);
    assert_eq!(code, 0, "{error}");
    let log = home.path().join("tutor.log");
    let mut env = account(aws);
    env.push(("DOCKER_ECR_TUTOR_LOG", log.display().to_string()));
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut tutor = home.start(&[], (120, 36), &env);
    tutor.wait_for("Lessons and exercises");

    // The practice ECR, started by looking at it; what costs nothing begins at once.
    tutor.send("e").wait_for("None yet. n creates one.");
    tutor.wait_for("practice ECR, on this machine");
    tutor.send("n").wait_for("Name of the new repository");
    tutor.type_text("App").send("Enter").wait_for("lower-case letters");
    tutor.send("Ctrl-u").type_text("local/app").send("Enter").wait_for("Repository local/app created");

    // AWS, by the environment.
    tutor.send("a").wait_for("Which registry?");
    tutor.type_text("env").send("Enter").wait_for("Which region?");
    tutor.send("Enter").wait_for(&format!("at http://{aws}"));
    tutor.wait_for("None yet. n creates one.");
    tutor.send("n").wait_for("Name of the new repository");
    tutor.type_text("shop/web").send("Ctrl-o").wait_for("[ ] scan on push");
    tutor.send("Enter");
    confirm(&mut tutor, "create-repository");
    tutor.wait_for("Repositories 1");
    tutor.wait_for("No images yet.");
    tutor.send("p").wait_for("Push which image?");
    tutor.type_text(&image).send("Enter").wait_for("Tag to push");
    tutor.send("Ctrl-u").type_text("1.0.0").send("Enter");
    confirm(&mut tutor, "docker push");
    tutor.wait_for("Pushed sha256:");
    tutor.wait_match("1\\.0\\.0 +[0-9a-f]{12}");
    tutor.send("s");
    confirm(&mut tutor, "start-image-scan");
    tutor.wait_for("minimist 1.2.5 → 1.2.6");
    tutor.wait_for("1 CRITICAL");
    let reference = format!("{}/shop/web:1.0.0", server.address());
    engine.remove_image(&reference);
    engine.remove_image(&image);
    assert!(!engine.has_image(&reference));
    tutor.send("g");
    confirm(&mut tutor, "docker pull");
    tutor.wait_for("Pulled: the image is in the engine");
    tutor.wait_gone("reading");
    assert!(engine.has_image(&reference));
    tutor.send("e").wait_for("No policy is in place. This one would expire 0 of 1 images.");
    tutor.send("F5").wait_for("The registry says the same.");
    tutor.send("Ctrl-s");
    confirm(&mut tutor, "lifecycle policy of repository shop/web");
    tutor.wait_for("The policy in place would expire 0 of 1 images.");
    tutor.send("Esc").wait_for("Repositories 1");
    tutor.send("y").wait_for("The command is on the clipboard");
    tutor.send("Left").send("d");
    confirm(&mut tutor, "Deletes it with its 1 image.");
    tutor.wait_for("None yet. n creates one.");
    let shown = tutor.raw();
    leave(tutor);
    engine.remove_image(&reference);

    let mut secrets = tokens.lock().unwrap().clone();
    assert!(secrets.len() >= 4, "a token to push, and one to pull");
    secrets.extend([SECRET.to_owned(), SESSION.to_owned()]);
    assert_eq!(holds("the screen", &shown, &secrets), None);
    assert_eq!(holders(home.path(), &secrets), Vec::<String>::new());
    assert!(log.exists(), "there is a log to look at");
    // What was made on the practice ECR is there the next time.
    let mut again = home.start(&[], (80, 24), &[]);
    again.wait_for("Lessons and exercises");
    again.send("Alt-r").wait_for("local/app");
    leave(again);
    runtime.block_on(server.stop());
}
