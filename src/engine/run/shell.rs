//! A shell in a container, over a terminal that its caller lends: in one that runs already, or in one
//! that is made of an image for the purpose and gone when the [`Shell`] is gone.

use super::{Container, Engine, EngineError, Network, RunRequest};
use crate::engine::upgrade;
use bollard::exec::{CreateExecOptions, ResizeExecOptions};
use bollard::query_parameters as query;
use hyper::body::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The best shell an image has, with its prompt where it is one that reads it.
const SCRIPT: &str = "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi";
/// An idle shell ends itself after so many seconds, where it knows how: nobody may be left to do it.
const IDLE: &str = "TMOUT=14400";
/// How long a container that is made for a shell may stay.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// What a build's steps may do, and so the shell of who looks for what is wrong with one.
const CAPABILITIES: [&str; 11] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "SETFCAP",
];
/// Memory of such a container in bytes.
const MEMORY: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes of output taken at a time.
const PIECE: usize = 16 * 1024;
/// Pieces of input that wait for a shell that does not read.
const WAITING: usize = 256;

/// A terminal's bytes, both ways, on a connection of their own.
pub(super) type Wire = TokioIo<Upgraded>;

/// Where a shell runs.
enum Place {
    /// A command in a container of somebody else's.
    Exec(String),
    /// The main process of a container of ours.
    Own(Box<Container>),
}

/// A shell on the other side of a terminal.
pub struct Shell {
    engine: Engine,
    place: Place,
    output: ReadHalf<Wire>,
    input: mpsc::Sender<Bytes>,
}

impl std::fmt::Debug for Shell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shell")
    }
}

impl Engine {
    /// A shell in the running container of that id, for a terminal of `size` (columns, rows).
    ///
    /// # Errors
    /// When the container is not running. An image without a shell is told by what comes out and by
    /// [`Shell::end`].
    pub async fn shell_in(&self, container: &str, size: (u16, u16)) -> Result<Shell, EngineError> {
        self.has_terminals()?;
        let options = CreateExecOptions {
            cmd: Some(vec!["/bin/sh", "-c", SCRIPT]),
            env: Some(vec!["TERM=xterm-256color", IDLE]),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(true),
            ..CreateExecOptions::default()
        };
        let id = self.docker.create_exec(container, options).await?.id;
        let start = Bytes::from_static(br#"{"Detach":false,"Tty":true}"#);
        let wire = upgrade::post(self, &format!("/exec/{id}/start"), "tcp", &[], start).await?;
        Ok(Shell::over(self, wire, Place::Exec(id), size).await)
    }

    /// A shell in a container made of `image`, with the rights and the network of a build's steps.
    ///
    /// # Errors
    /// When it does not start: most often because the image has no shell.
    pub async fn shell_of(
        &self,
        image: &str,
        size: (u16, u16),
        cancel: CancellationToken,
    ) -> Result<Shell, EngineError> {
        let request = RunRequest {
            entrypoint: Some(vec!["/bin/sh".into(), "-c".into(), SCRIPT.into()]),
            env: vec!["TERM=xterm-256color".into(), IDLE.into()],
            network: Network::Publish(Vec::new()),
            keep_capabilities: CAPABILITIES.iter().map(ToString::to_string).collect(),
            memory: MEMORY,
            pids: 4096,
            cpus: 0.0,
            lifetime: LIFETIME,
            terminal: true,
            ..RunRequest::new(image)
        };
        let container = self.run(request, |_| {}, cancel).await?;
        let taken = container.terminal.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(wire) = taken else {
            return Err(EngineError::Lost("the engine did not attach the shell".into()));
        };
        Ok(Shell::over(self, wire, Place::Own(Box::new(container)), size).await)
    }

    /// Whether a terminal can be had from this engine.
    fn has_terminals(&self) -> Result<(), EngineError> {
        if upgrade::possible(self) {
            return Ok(());
        }
        let message = "a shell needs an engine at a plain socket; over TLS use `docker exec -it`".into();
        Err(EngineError::Refused { status: 0, message })
    }

    /// The terminal of a container that has not been started yet.
    pub(super) async fn attach_terminal(&self, id: &str) -> Result<Wire, EngineError> {
        self.has_terminals()?;
        let path = format!("/containers/{id}/attach?stream=1&stdin=1&stdout=1&stderr=1");
        upgrade::post(self, &path, "tcp", &[], Bytes::new()).await
    }
}

/// Writes what is sent into `input`, so that a shell that does not read keeps nobody waiting.
fn feed(mut input: WriteHalf<Wire>) -> mpsc::Sender<Bytes> {
    let (sender, mut typed) = mpsc::channel::<Bytes>(WAITING);
    tokio::spawn(async move {
        while let Some(bytes) = typed.recv().await {
            if input.write_all(&bytes).await.is_err() || input.flush().await.is_err() {
                return;
            }
        }
    });
    sender
}

impl Shell {
    async fn over(engine: &Engine, wire: Wire, place: Place, size: (u16, u16)) -> Self {
        let (output, input) = tokio::io::split(wire);
        let shell = Self { engine: engine.clone(), place, output, input: feed(input) };
        shell.resize(size).await;
        shell
    }

    /// Types; what a shell that does not read has no room for any more is dropped.
    pub fn write(&self, bytes: &[u8]) {
        let _ = self.input.try_send(Bytes::copy_from_slice(bytes));
    }

    /// What comes out next, raw and untrusted; nothing when the shell has ended.
    pub async fn read(&mut self) -> Option<Bytes> {
        let mut piece = vec![0; PIECE];
        // A broken connection is an end like another: `end` tells which.
        let count = self.output.read(&mut piece).await.ok().filter(|count| *count > 0)?;
        piece.truncate(count);
        Some(piece.into())
    }

    /// The terminal has another size now, in columns and rows.
    pub async fn resize(&self, (columns, rows): (u16, u16)) {
        // A shell that has ended has no size; it is no failure of the terminal's.
        let _ = match &self.place {
            Place::Exec(id) => {
                self.engine.docker.resize_exec(id, ResizeExecOptions { height: rows, width: columns }).await
            }
            Place::Own(container) => {
                let options =
                    query::ResizeContainerTTYOptionsBuilder::new().h(rows.into()).w(columns.into()).build();
                self.engine.docker.resize_container_tty(&container.id, options).await
            }
        };
    }

    /// Its exit code, once it has ended; a container made for it is removed.
    ///
    /// # Errors
    /// When the engine is lost.
    pub async fn end(self) -> Result<i64, EngineError> {
        match self.place {
            Place::Exec(id) => Ok(self.engine.docker.inspect_exec(&id).await?.exit_code.unwrap_or(-1)),
            Place::Own(container) => {
                let exit = container.wait().await?;
                container.remove().await?;
                Ok(exit.code)
            }
        }
    }
}
