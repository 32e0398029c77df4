//! A BuildKit session: for as long as a build lasts, the builder asks us for the files it wants, and
//! keeps what it got for the next build of the same folder. What changed is all that travels.
//!
//! The session is a gRPC server of ours on a connection to the engine that was turned around
//! (`POST /session`, `Upgrade: h2c`); it ends when [`Session`] is dropped.

mod files;
mod secrets;

use super::build::{ContextFault, Events};
use super::context::Context;
use super::{Engine, EngineError, upgrade};
use bollard::health::health_check_response::ServingStatus;
use bollard::health::health_server::{Health, HealthServer};
use bollard::health::{HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse};
use bollard::moby::buildkit::secrets::v1::secrets_server::SecretsServer;
use bollard::moby::filesync::v1::file_sync_server::FileSyncServer;
use futures_util::stream;
use hyper::body::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{self, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, DropGuard, WaitForCancellationFutureOwned};
use tonic::transport::server::Connected;
use tonic::{Request, Response, Status};

/// An open session.
pub(super) struct Session {
    /// What the build is told to ask.
    pub(super) id: String,
    _open: DropGuard,
}

impl Session {
    /// Opens a session that serves the files of `context`, and `secrets` by their ids.
    pub(super) async fn open(
        engine: &Engine,
        context: &Context,
        secrets: &BTreeMap<String, PathBuf>,
        fault: ContextFault,
        events: Events,
    ) -> Result<Self, EngineError> {
        let id = super::unique_name();
        let io = turn_around(engine, &id, context).await?;
        let open = CancellationToken::new();
        let io = SessionIo { io, closed: Box::pin(open.clone().cancelled_owned()) };
        let files = files::Files::new(context, fault, events);
        let server = tonic::transport::Server::builder()
            .add_service(HealthServer::new(Serving))
            .add_service(FileSyncServer::new(files))
            .add_service(SecretsServer::new(secrets::Files::new(secrets)));
        tokio::spawn(async move {
            let incoming = stream::once(async { Ok::<_, io::Error>(io) });
            if let Err(error) = server.serve_with_incoming(incoming).await {
                tracing::debug!(%error, "a build session ended");
            }
        });
        Ok(Self { id, _open: open.drop_guard() })
    }
}

/// Asks the engine to take the connection as one on which it asks us.
async fn turn_around(engine: &Engine, id: &str, context: &Context) -> Result<TokioIo<Upgraded>, EngineError> {
    // The builder keeps what it got under this key: the same folder is sent once.
    let folder = std::fs::canonicalize(context.folder()).unwrap_or_else(|_| context.folder().into());
    let key: String = Sha256::digest(folder.as_os_str().as_encoded_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let headers = [
        ("x-docker-expose-session-uuid", id),
        ("x-docker-expose-session-name", "docker-ecr-tutor"),
        ("x-docker-expose-session-sharedkey", &key),
        ("x-docker-expose-session-grpc-method", "/grpc.health.v1.Health/Check"),
        ("x-docker-expose-session-grpc-method", "/moby.filesync.v1.FileSync/DiffCopy"),
        ("x-docker-expose-session-grpc-method", "/moby.buildkit.secrets.v1.Secrets/GetSecret"),
    ];
    upgrade::post(engine, "/session", "h2c", &headers, Bytes::new()).await
}

/// The turned connection; it reads as ended once the session is closed.
struct SessionIo {
    io: TokioIo<Upgraded>,
    closed: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Connected for SessionIo {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for SessionIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.closed.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl AsyncWrite for SessionIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.closed.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// The builder asks now and then whether we are still there.
struct Serving;

#[tonic::async_trait]
impl Health for Serving {
    type WatchStream = stream::Pending<Result<HealthCheckResponse, Status>>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(HealthCheckResponse { status: ServingStatus::Serving as i32 }))
    }

    async fn list(&self, _: Request<HealthListRequest>) -> Result<Response<HealthListResponse>, Status> {
        Err(Status::unimplemented("list"))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Err(Status::unimplemented("watch"))
    }
}
