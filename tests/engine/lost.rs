//! An engine whose connection breaks while it works.

use super::common::*;
use super::support::in_podman;
use docker_ecr_tutor::engine::{BuildError, Engine, EngineError, Environment, RunRequest};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A socket that leads to the engine until it is cut.
pub struct Wire {
    _folder: tempfile::TempDir,
    pub environment: Environment,
    pub cut: CancellationToken,
}

pub fn wire(engine: &Engine, name: &str) -> Option<Wire> {
    let real = engine.info().endpoint.strip_prefix("unix://")?.to_string();
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join(name);
    let listener = tokio::net::UnixListener::bind(&path).expect("socket");
    let cut = CancellationToken::new();
    let environment =
        Environment { docker_host: Some(format!("unix://{}", path.display())), ..Environment::default() };
    let token = cut.clone();
    tokio::spawn(token.clone().run_until_cancelled_owned(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (real, token) = (real.clone(), token.clone());
            tokio::spawn(token.run_until_cancelled_owned(async move {
                let mut far = tokio::net::UnixStream::connect(real).await.expect("the engine");
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            }));
        }
    }));
    Some(Wire { _folder: folder, environment, cut })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_lost_in_a_build_is_the_machines_fault_and_leaves_nothing() {
    if in_podman() {
        return; // It runs the step to its end.
    }
    let Some(real) = engine().await else { return };
    let Some(wire) = wire(&real, "engine.sock") else { return };
    let engine = Engine::connect(&wire.environment).await.expect("by wire");
    let label = fresh();
    let dockerfile = format!("FROM {BASE}\nRUN sh -c 'while true; do sleep 1; done' {label}\n");
    let folder = folder(&[("Dockerfile", &dockerfile)]);
    let (worker, request) = (engine.clone(), request(folder.path(), &label));
    let building = tokio::spawn(async move { build(&worker, request).await });
    until("the step runs", PATIENCE, || runs(&label));
    wire.cut.cancel();
    let error = building.await.expect("task").expect_err("the engine is gone");
    assert!(matches!(error, BuildError::Engine(EngineError::Lost(_))), "{error:?}");
    assert!(error.is_environment());
    until("the step is gone", Duration::from_secs(2), || !runs(&label));
    engine.settle(PATIENCE).await;
    clean(&real, &label).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_lost_while_a_container_runs_is_said() {
    let Some(real) = engine().await else { return };
    let Some(wire) = wire(&real, "engine.sock") else { return };
    let engine = Engine::connect(&wire.environment).await.expect("by wire");
    let label = fresh();
    let request = RunRequest {
        cmd: vec!["tail".into(), "-f".into(), "/dev/null".into()],
        labels: BTreeMap::from([(label.clone(), "1".to_string())]),
        ..RunRequest::new(BASE)
    };
    let container = engine.run(request, |_| {}, CancellationToken::new()).await.expect("run");
    let id = container.id().to_string();
    wire.cut.cancel();
    let error = container.wait().await.expect_err("the engine is gone");
    assert!(error.is_environment(), "{error:?}");
    // The engine itself still runs here, and what was lost is found by its label.
    drop(container);
    engine.settle(PATIENCE).await;
    let report = real.clean_label(&label).await.expect("clean");
    assert_eq!(report.containers.len(), 1);
    is_gone(&real, &id).await;
}
