//! Other engines that the set-up made ready beside the first, and a test program once more on them.

use super::Engine;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the other engine in its turn.
const TURN: &str = "TUTOR_ENGINE_TURN";

/// An engine beside the first, in a network namespace of its own.
#[derive(Debug, Clone)]
pub struct Other {
    name: &'static str,
    socket: PathBuf,
    namespace: String,
}

/// A newer Docker that keeps its images in containerd's store; `None` after saying that it is not there.
pub fn second_engine() -> Option<Other> {
    find("second-engine")
}

/// Podman's service; `None` after saying that it is not there.
pub fn podman() -> Option<Other> {
    find("podman")
}

/// Whether this is the turn of the second engine.
pub fn in_second() -> bool {
    std::env::var(TURN).as_deref() == Ok("second-engine")
}

/// Whether this is Podman's turn.
pub fn in_podman() -> bool {
    std::env::var(TURN).as_deref() == Ok("podman")
}

/// Whether this is the turn of another engine than the first.
pub fn in_turn() -> bool {
    std::env::var_os(TURN).is_some()
}

fn find(name: &'static str) -> Option<Other> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cache = std::env::var_os("TUTOR_SETUP_CACHE").map_or_else(|| root.join(".cache/setup"), Into::into);
    let text = std::fs::read_to_string(cache.join(format!("{name}.txt"))).unwrap_or_default();
    let found = text.trim().split_once(' ').map(|(socket, namespace)| Other {
        name,
        socket: socket.into(),
        namespace: namespace.into(),
    });
    let found = found.filter(|other| UnixStream::connect(&other.socket).is_ok());
    if found.is_none() {
        eprintln!("not run: no {name} (tests/setup/{name}.sh makes one ready as root on Debian)");
    }
    found
}

impl Other {
    /// The engine, to be asked behind the program's back.
    pub fn engine(&self) -> Engine {
        Engine::at(&self.socket)
    }

    /// Runs this test program once more, on this engine and in its network namespace, because there it
    /// publishes its ports. With `only`, just the tests whose names hold one of them. No test may be left
    /// out there.
    pub fn once_more(&self, only: &[&str]) {
        let output = Command::new("nsenter")
            .arg(format!("--net=/run/netns/{}", self.namespace))
            .arg(std::env::current_exe().expect("this program"))
            .args(only)
            .arg("--show-output")
            .env("DOCKER_HOST", self.engine().host())
            .env(TURN, self.name)
            .output()
            .expect("nsenter");
        let told =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        assert!(!told.contains("not run:") && !told.contains("left out:"), "{told}");
    }
}
