//! A registry that says it is one, and then says nothing, or a byte now and then: whoever waits sees what
//! for, and can leave.

use super::common::*;
use super::support::{in_podman, in_second};
use docker_ecr_tutor::engine::{BuildError, BuildEvent, Engine, EngineError};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long leaving may take, here and in the engine.
const LEAVING: Duration = Duration::from_secs(2);

/// A registry that cannot be hurried; gone when it is dropped.
struct Slow {
    host: String,
    /// Requests that wait for an answer, and how many there ever were.
    waiting: Arc<AtomicUsize>,
    ever: Arc<AtomicUsize>,
    _open: DropGuard,
}

impl Slow {
    async fn start(drips: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = listener.local_addr().expect("its address").to_string();
        let (waiting, ever) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, all, open) = (waiting.clone(), ever.clone(), CancellationToken::new());
        let token = open.clone();
        tokio::spawn(token.clone().run_until_cancelled_owned(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = Self::answer(stream, drips, counted.clone(), all.clone());
                tokio::spawn(token.clone().run_until_cancelled_owned(answer));
            }
        }));
        Self { host, waiting, ever, _open: open.drop_guard() }
    }

    async fn answer(mut stream: TcpStream, drips: bool, waiting: Arc<AtomicUsize>, ever: Arc<AtomicUsize>) {
        let mut first = [0; 4096];
        // TLS is refused, as a registry without it does; the engine then asks in plain HTTP.
        let Ok(length @ 1..) = stream.read(&mut first).await else { return };
        if first[0] == 0x16 {
            let _ = stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nthis is plain HTTP").await;
            return;
        }
        // Whether it is a registry at all Docker asks without listening to anybody, for at most 15 s.
        if first[..length].starts_with(b"GET /v2/ ") {
            let yes = b"HTTP/1.1 200 OK\r\nDocker-Distribution-Api-Version: registry/2.0\r\n\
                        Content-Length: 0\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(yes).await;
            return;
        }
        ever.fetch_add(1, SeqCst);
        waiting.fetch_add(1, SeqCst);
        let (mut reader, mut writer) = stream.split();
        let drip = async {
            let _ = writer.write_all(b"HTTP/1.1 200 OK\r\nX-Slow: ").await;
            while writer.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            () = drip, if drips => {}
            // Until the engine leaves.
            _ = async { while matches!(reader.read(&mut first).await, Ok(1..)) {} } => {}
        }
        waiting.fetch_sub(1, SeqCst);
    }

    fn image(&self) -> String {
        format!("{}/slow:1", self.host)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Asks {
    Pull,
    Push,
    Build,
}

/// Waits for `registry` and leaves, with `patient` only after it was told what is waited for.
async fn waits_and_leaves(engine: Engine, asks: Asks, drips: bool, patient: bool) {
    let registry = Slow::start(drips).await;
    let (label, image, cancel) = (fresh(), registry.image(), CancellationToken::new());
    if asks == Asks::Push {
        engine.tag(BASE, &image).await.expect("a name");
    }
    let notes = Arc::new(Mutex::new(Vec::new()));
    let (heard, token, name, worker, by) =
        (notes.clone(), cancel.clone(), image.clone(), engine.clone(), label.clone());
    let working = tokio::spawn(async move {
        let told = heard.clone();
        let hear = move |text: String| told.lock().expect("notes").push(text);
        match asks {
            Asks::Pull => worker.pull(&name, None, |event| hear(event.status), token).await,
            Asks::Push => worker.push(&name, None, |event| hear(event.status), token).await.map(drop),
            Asks::Build => {
                let folder = folder(&[("Dockerfile", &format!("FROM {name}\n"))]);
                let note = move |event| {
                    if let BuildEvent::Note(text) = event {
                        hear(text);
                    }
                };
                match worker.build(request(folder.path(), &by), note, token).await {
                    Err(BuildError::Cancelled) => Err(EngineError::Cancelled),
                    Err(error) => panic!("{error:?}"),
                    Ok(_) => Ok(()),
                }
            }
        }
    });
    let what = format!("{asks:?}, drips {drips}, buildkit {}", engine.info().buildkit);
    soon(&format!("{what}: the registry is asked"), PATIENCE, || registry.ever.load(SeqCst) > 0).await;
    if patient {
        let told =
            || notes.lock().expect("notes").iter().any(|text| text.contains("has said nothing for 5 s"));
        soon(&format!("{what}: the wait is told"), PATIENCE, told).await;
    }
    let asked = Instant::now();
    cancel.cancel();
    let result = working.await.expect("task");
    assert!(matches!(result, Err(EngineError::Cancelled)), "{what}: {result:?}");
    assert!(asked.elapsed() < LEAVING, "{what}: {:?}", asked.elapsed());
    // Docker 20.10 asks for manifests without listening to anybody, until the registry goes.
    if in_second() || (asks == Asks::Build && engine.info().buildkit) {
        let gone = || registry.waiting.load(SeqCst) == 0;
        let left = soon(&format!("{what}: the engine leaves too"), LEAVING, gone).await;
        println!("{what}: left {left:?} after the cancellation");
    }
    drop(registry);
    if asks == Asks::Push {
        engine.remove_image(&image).await.expect("removed");
    }
    clean(&engine, &label).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_says_nothing_is_waited_for_visibly_and_can_be_left() {
    if in_podman() {
        return; // It asks loopback registries by TLS alone.
    }
    let (Some(engine), Some(classic)) = (engine().await, classic_engine().await) else { return };
    tokio::join!(
        waits_and_leaves(engine.clone(), Asks::Pull, false, true),
        waits_and_leaves(engine.clone(), Asks::Push, false, true),
        waits_and_leaves(engine, Asks::Build, false, true),
        waits_and_leaves(classic, Asks::Build, false, true),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_drips_can_be_left() {
    if in_podman() {
        return; // As above.
    }
    let (Some(engine), Some(classic)) = (engine().await, classic_engine().await) else { return };
    for (engine, asks) in [
        (engine.clone(), Asks::Pull),
        (engine.clone(), Asks::Push),
        (engine, Asks::Build),
        (classic, Asks::Build),
    ] {
        waits_and_leaves(engine, asks, true, false).await;
    }
}
