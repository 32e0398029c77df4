//! `nats-server` in a container, where the machine has an engine and no `nats-server`.

use super::{ServerError, Settings, config};
use crate::engine::{Container, Engine, Mount, Network, RunRequest};
use crate::workshop::host::folder::{private_folder, write_private};
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The image, as its makers publish it.
const IMAGE: &str = "nats:2";
/// Label of the container, beside the one of all that we make: whose folder it has.
const LABEL: &str = "org.docker-ecr-tutor.workshop";
/// Where it sees its folder.
const INSIDE: &str = "/workshop";
/// A workshop takes a day or a few; a container that nobody ends is gone after this.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Starts one, with the image pulled when it is not there.
///
/// # Errors
/// When there is no engine, no image, or the container cannot be started.
pub async fn start(settings: &Settings) -> Result<Container, ServerError> {
    let engine = Engine::connect(&settings.engine).await;
    let engine = engine.map_err(|error| ServerError::Nowhere(error.to_string()))?;
    clean(&engine, &settings.folder).await;
    if !engine.has_image(IMAGE).await.unwrap_or(false) {
        let pulled = engine.pull(IMAGE, None, |_| (), CancellationToken::new()).await;
        pulled.map_err(|error| ServerError::Image { image: IMAGE, reason: error.to_string() })?;
    }
    let store = settings.folder.join("store");
    private_folder(&settings.folder)?;
    private_folder(&store)?;
    let inside = Path::new(INSIDE);
    let mut tls = None;
    if let Some((cert, key)) = &settings.tls {
        for (from, name) in [(cert, "tls.crt"), (key, "tls.key")] {
            let bytes = std::fs::read(from).map_err(|source| {
                let path = from.clone();
                ServerError::Folder(crate::workshop::host::folder::FolderError::Disk { path, source })
            })?;
            write_private(&settings.folder.join(name), &bytes)?;
        }
        tls = Some((inside.join("tls.crt"), inside.join("tls.key")));
    }
    let tls = tls.as_ref().map(|(cert, key)| (cert.as_path(), key.as_path()));
    let text = config::write(settings, "0.0.0.0", &inside.join("store"), tls);
    write_private(&settings.folder.join("nats.conf"), text.as_bytes())?;
    let request = RunRequest {
        entrypoint: Some(vec!["nats-server".into()]),
        cmd: vec!["--config".into(), format!("{INSIDE}/nats.conf")],
        user: owner(),
        network: Network::PublishAt { ip: settings.ip, port: settings.port },
        read_only: true,
        mounts: vec![Mount { from: settings.folder.clone(), to: INSIDE.into(), writable: true }],
        memory: 1024 * 1024 * 1024,
        pids: 1024,
        lifetime: LIFETIME,
        labels: [(LABEL.to_owned(), label(&settings.folder))].into(),
        ..RunRequest::new(IMAGE)
    };
    let started = engine.run(request, |_| (), CancellationToken::new()).await;
    started.map_err(|error| ServerError::Start {
        program: format!("a container of {IMAGE}"),
        source: std::io::Error::other(error),
    })
}

/// Removes the container of this folder that a killed host left behind.
async fn clean(engine: &Engine, folder: &Path) {
    // One that stays holds the port, and the start says so.
    let _ = engine.clean_label(&format!("{LABEL}={}", label(folder))).await;
}

/// The folder is the workshop's alone, on this machine.
fn label(folder: &Path) -> String {
    folder.display().to_string()
}

/// Whoever owns the folder, so that its files stay readable to their owner alone.
fn owner() -> String {
    #[cfg(unix)]
    return format!("{}:{}", rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    #[cfg(not(unix))]
    String::new()
}
