//! Finding an engine, and saying where none was found.

use super::common::*;
use super::lost::wire;
use super::support::{self, Home, PROGRAM};
use docker_ecr_tutor::engine::{Engine, Environment};
use std::process::Command;

#[tokio::test]
async fn without_an_engine_every_place_tried_is_told() {
    let at = |host: &str| Environment { docker_host: Some(host.into()), ..Environment::default() };
    let error = Engine::connect(&at("unix:///nonexistent/docker.sock")).await.expect_err("nobody is there");
    assert_eq!(error.tried.len(), 1);
    let tried = &error.tried[0];
    assert_eq!((tried.origin.as_str(), tried.reason.as_str()), ("DOCKER_HOST", "no such file"));
    assert!(error.hints()[0].contains("DOCKER_HOST"), "{:?}", error.hints());
    let error = Engine::connect(&at("ssh://me@host")).await.expect_err("ssh");
    assert!(error.tried[0].reason.contains("ssh:// is not supported"), "{error:?}");
    let error = Engine::connect(&at("tcp://127.0.0.1:1")).await.expect_err("nobody listens");
    assert!(error.tried[0].reason.contains("connection refused"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rootless_engine_is_found_at_its_socket() {
    if support::in_turn() || !rustix::process::geteuid().is_root() {
        return; // Once is enough, and only root can hide the other engine's socket.
    }
    let Some(real) = engine().await else { return };
    let Some(wire) = wire(&real, "docker.sock") else { return };
    let socket = wire.environment.docker_host.expect("its socket");
    let runtime =
        socket.strip_prefix("unix://").and_then(|path| path.strip_suffix("/docker.sock")).expect("a folder");
    let home = Home::new();
    let told = tokio::task::block_in_place(|| {
        // Where the socket of an engine that runs as root is not there.
        let script = "mount -t tmpfs none /run && exec \"$0\" setup";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script, PROGRAM]).env_clear().envs(home.env());
        command.env_remove("DOCKER_HOST").env("XDG_RUNTIME_DIR", runtime).output().expect("unshare")
    });
    let told = String::from_utf8_lossy(&told.stdout).into_owned() + &String::from_utf8_lossy(&told.stderr);
    assert!(told.contains(&format!("at {socket} (the rootless socket)")), "{told}");
}
