//! The build context against the docker command line's own: the same folder must become the same
//! image, whatever its `.dockerignore` says.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use docker_ecr_tutor::engine::{BuildError, BuildRequest, Engine, Environment, RunRequest};
use std::collections::BTreeMap;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Files of the folder; a name with `->` is a link.
const FILES: &[&str] = &[
    "a.txt",
    "b.md",
    "README.md",
    "README-secret.md",
    ".hidden",
    ".env",
    "dir/a.txt",
    "dir/b.md",
    "dir/sub/deep.txt",
    "dir/sub/keep.txt",
    "dir/.hidden",
    "node_modules/x/y.js",
    "src/node_modules/z/z.js",
    "src/main.py",
    "src/app/util.py",
    "build/out.bin",
    "temp1",
    "temp12",
    "tempa/x",
    "sp ace.txt",
    "we[ird].txt",
    "star*.txt",
    "ünïcode.txt",
    "paren(1)+{2}^$.txt",
    "secrets/key",
    "secrets/public/cert",
    "#hash",
    "!bang",
    "link->a.txt",
    "dirlink->dir",
    "dangling->nowhere",
];

/// All of these were tried one by one once; these are the ones that tell implementations apart.
const IGNORES: &[&str] = &[
    "",
    "a.txt\r\n/dir/\r\n",
    "./a.txt\ndir//sub\n//b.md",
    "dir/*",
    "dir/**",
    "*.md\n!README*.md\nREADME-secret.md",
    "!README.md\n*.md",
    "**/*.txt",
    "**/node_modules\n**/.*",
    "temp?\n*/*/*.txt",
    "*\n!src/main.py",
    "*\n!dir/sub/keep.txt",
    "secrets/**\n!secrets/public/**",
    "[^a]*.txt",
    "we\\[ird\\].txt\nstar\\*.txt",
    "  sp ace.txt  \n\t dir \t",
    "\u{feff}a.txt\n #hash\nünï*",
    "dir/../a.txt\n../b.md\n/\n.",
    "link\ndirlink",
    "Dockerfile\n.dockerignore",
    "**\n! a.txt",
    "src\n!src/app\nsrc/app/util.py",
];

/// What the classic builder is asked, which is slower: the same code decides.
const CLASSIC_IGNORES: &[&str] = &[
    "",
    "*.md\n!README*.md\nREADME-secret.md",
    "*\n!src/main.py",
    "Dockerfile\n.dockerignore",
    "link\ndirlink",
];

fn lay_out(root: &Path) {
    for (number, name) in FILES.iter().enumerate() {
        if let Some((link, target)) = name.split_once("->") {
            std::os::unix::fs::symlink(target, root.join(link)).expect("link");
            continue;
        }
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(&path, format!("{name}{number}")).expect("file");
        use std::os::unix::fs::PermissionsExt;
        let mode = if number % 3 == 0 { 0o755 } else { 0o640 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("mode");
    }
    std::fs::create_dir_all(root.join("empty/inner")).expect("folder");
}

/// What tells two images apart. BuildKit finds the same layers again when the same files come; the
/// classic builder writes new times, so there the image itself is asked.
async fn fingerprint(engine: &Engine, tag: &str) -> Vec<String> {
    if engine.info().buildkit {
        return engine.image(tag).await.expect("image").layers;
    }
    let script = "cd /x && find . | sort | while read -r f; do stat -c '%n %a %u %g %F %N' \"$f\"; done; \
                  find . -type f | sort | while read -r f; do md5sum \"$f\"; done";
    let request = RunRequest { cmd: vec!["sh".into(), "-c".into(), script.into()], ..RunRequest::new(tag) };
    let container = engine.run(request, |_| {}, CancellationToken::new()).await.expect("run");
    let exit = container.wait().await.expect("exit");
    let text = String::from_utf8_lossy(&container.output()).into_owned();
    assert_eq!(exit.code, 0, "{text}");
    text.lines().map(str::to_owned).collect()
}

async fn ours(engine: &Engine, folder: &Path, label: &str) -> Vec<String> {
    let request = BuildRequest {
        context: folder.into(),
        tags: vec![format!("{label}-ours")],
        labels: BTreeMap::from([(label.to_string(), "1".to_string())]),
        ..BuildRequest::default()
    };
    let built = engine.build(request, |_| {}, CancellationToken::new()).await;
    built.unwrap_or_else(|error| panic!("{error:?}"));
    fingerprint(engine, &format!("{label}-ours")).await
}

async fn dockers(engine: &Engine, folder: &Path, label: &str) -> Vec<String> {
    let mut docker = support::docker_cli().expect("a docker command line");
    docker.env("DOCKER_BUILDKIT", if engine.info().buildkit { "1" } else { "0" });
    let tag = format!("{label}-docker");
    let output = docker.args(["build", "-q", "--label", label, "-t", &tag, "."]).current_dir(folder).output();
    let output = output.expect("docker");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fingerprint(engine, &tag).await
}

async fn agrees(classic: bool) {
    if support::engine().is_none() || support::docker_cli().is_none() {
        return;
    }
    let environment = Environment { classic_builder: classic, ..Environment::read() };
    let engine = Engine::connect(&environment).await.expect("engine");
    let label = format!("context-test-{}-{classic}", std::process::id());
    let folder = tempfile::tempdir().expect("folder");
    lay_out(folder.path());
    std::fs::write(folder.path().join("Dockerfile"), "FROM alpine:3.19\nCOPY . /x\n").expect("Dockerfile");
    let mut apart = Vec::new();
    let ignores = if classic { CLASSIC_IGNORES } else { IGNORES };
    for ignore in ignores {
        std::fs::write(folder.path().join(".dockerignore"), ignore).expect("ignore");
        let theirs = dockers(&engine, folder.path(), &label).await;
        let ours = ours(&engine, folder.path(), &label).await;
        if ours != theirs {
            apart.push(*ignore);
        }
    }
    engine.settle(std::time::Duration::from_secs(30)).await;
    engine.clean_label(&label).await.expect("clean");
    assert!(apart.is_empty(), "{} of {} differ: {apart:#?}", apart.len(), ignores.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_files_reach_the_builders_as_from_docker_build() {
    agrees(false).await;
    agrees(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_named() {
    if support::engine().is_none() {
        return;
    }
    let engine = Engine::connect(&Environment::read()).await.expect("engine");
    let folder = tempfile::tempdir().expect("folder");
    std::fs::write(folder.path().join("Dockerfile"), "FROM scratch\nCOPY . /\n").expect("Dockerfile");
    std::fs::write(folder.path().join(".dockerignore"), "ok\n[a\n").expect("ignore");
    let request = BuildRequest { context: folder.path().into(), ..BuildRequest::default() };
    let error = engine.build(request.clone(), |_| {}, CancellationToken::new()).await.expect_err("malformed");
    assert_eq!(error.to_string(), ".dockerignore:2: the pattern \"[a\" is malformed");

    let outside = BuildRequest { dockerfile: "../Dockerfile".into(), ..request.clone() };
    let error = engine.build(outside, |_| {}, CancellationToken::new()).await.expect_err("outside");
    assert!(matches!(error, BuildError::Context(_)), "{error:?}");
    assert!(error.to_string().contains("leads out of"), "{error}");
    engine.settle(std::time::Duration::from_secs(30)).await;
}
