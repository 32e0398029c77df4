//! What these tests share: an engine to ask, folders to build, waiting for what is seen elsewhere.

use super::support::in_turn;
use docker_ecr_tutor::engine::{
    BuildError, BuildOutcome, BuildRequest, Container, Engine, Environment, RunRequest,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

pub const BASE: &str = "alpine:3.19";

/// Gives up on what should have happened long ago.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub async fn engine_with(environment: Environment) -> Option<Engine> {
    let mut tries = 1;
    let connected = loop {
        match Engine::connect(&environment).await {
            // One that answered when its turn began is only busy.
            Err(_) if in_turn() && tries < 10 => tries += 1,
            result => break result,
        }
    };
    match connected {
        Ok(engine) => Some(engine),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "no engine answers, and CI is set: {error}");
            println!("not run: no engine ({error})");
            None
        }
    }
}

pub async fn engine() -> Option<Engine> {
    engine_with(Environment { classic_builder: false, ..Environment::read() }).await
}

pub async fn classic_engine() -> Option<Engine> {
    engine_with(Environment { classic_builder: true, ..Environment::read() }).await
}

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("parent")).expect("folder");
        std::fs::write(path, text).expect("file");
    }
    folder
}

/// Something no other test or earlier run has.
pub fn fresh() -> String {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("clock");
    format!("engine-test-{}-{count}-{}", std::process::id(), now.as_nanos())
}

pub fn request(context: &Path, label: &str) -> BuildRequest {
    BuildRequest {
        context: context.into(),
        tags: vec![format!("{label}:latest")],
        labels: BTreeMap::from([(label.to_string(), "1".to_string())]),
        ..BuildRequest::default()
    }
}

pub async fn build(engine: &Engine, request: BuildRequest) -> Result<BuildOutcome, BuildError> {
    engine.build(request, |_| {}, CancellationToken::new()).await
}

/// Waits until `holds`, and tells how long it took; polling is all a foreign process leaves.
pub fn until(what: &str, within: Duration, holds: impl Fn() -> bool) -> Duration {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < within, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    started.elapsed()
}

/// The same where other tasks go on meanwhile.
pub async fn soon(what: &str, within: Duration, holds: impl Fn() -> bool) -> Duration {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < within, "{what}: not within {within:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    started.elapsed()
}

/// Whether a process with `marker` in its command line runs on this machine.
pub fn runs(marker: &str) -> bool {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).contains(marker))
}

/// Removes what a test built, and makes sure that nothing else of it is left.
pub async fn clean(engine: &Engine, label: &str) {
    engine.settle(PATIENCE).await;
    let report = engine.clean_label(&format!("{label}=1")).await.expect("clean");
    assert_eq!(report.kept, Vec::<String>::new());
    assert_eq!(engine.images_with_label(label).await.expect("list"), Vec::<String>::new());
}

pub async fn shell(engine: &Engine, script: &str) -> Container {
    let cmd = vec!["sh".into(), "-c".into(), script.into()];
    let request = RunRequest { cmd, ..RunRequest::new(BASE) };
    engine.run(request, |_| {}, CancellationToken::new()).await.expect("run")
}

/// The engine itself says that there is no such container.
pub async fn is_gone(engine: &Engine, id: &str) {
    engine.settle(PATIENCE).await;
    assert!(!engine.has_container(id).await.expect("ask"), "{id} is still there");
}
