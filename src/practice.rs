//! The practice ECR: a control API (ECR and STS) and an OCI registry on one loopback port, which
//! the `aws` and `docker` clients and the AWS SDK take for the real thing.
//!
//! ```text
//! POST /            X-Amz-Target: …  → api::ecr      (AWS JSON 1.1)
//! POST /            Action=…         → api::sts      (AWS query, XML)
//! *    /v2/…                         → registry      (OCI Distribution)
//!                        all three   → store         (files below one folder)
//! ```
//!
//! Nothing is created by a push; tokens are asked for, expire, and live in memory only.

mod api;
mod error;
pub mod lifecycle;
mod registry;
pub mod scan;
mod store;
mod tokens;

pub use store::{OpenError, Store};
pub use tokens::{TOKEN_LIFETIME_SECONDS, Tokens};

use axum::Router;
use axum::routing::{any, post};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Account id of every practice registry: it looks like one and belongs to nobody's habits.
pub const ACCOUNT: &str = "123456789012";

/// Region a practice registry says it is in when none is named.
pub const REGION: &str = "eu-central-1";

/// How a practice ECR is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder that keeps repositories and images between runs.
    pub folder: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// AWS region it says it is in.
    pub region: String,
}

/// Seconds since 1970. A function, so that an exercise or a test may move it.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The machine's own clock.
pub fn system_clock() -> Clock {
    Arc::new(|| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs()))
}

/// What the request handlers share.
#[derive(Clone)]
struct Shared {
    store: Arc<Store>,
    tokens: Arc<Tokens>,
    clock: Clock,
    address: SocketAddr,
    region: Arc<str>,
}

impl Shared {
    /// `127.0.0.1:PORT`, the registry's name in image references.
    fn registry(&self) -> String {
        self.address.to_string()
    }
}

/// Why a practice ECR did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its folder is of no use.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The port is taken, or loopback is closed.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// Port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A running practice ECR. Dropping it ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    region: String,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts one on loopback.
    ///
    /// # Errors
    /// When its folder cannot be used, or the port is taken.
    pub async fn start(settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let store = Arc::new(Store::open(&settings.folder)?);
        let listen = |source| StartError::Listen { port: settings.port, source };
        let listener =
            tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let shared = Shared {
            store,
            tokens: Arc::new(Tokens::default()),
            clock,
            address,
            region: settings.region.as_str().into(),
        };
        let stop = CancellationToken::new();
        let app = router(shared);
        let stopped = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            let served = axum::serve(listener, app).with_graceful_shutdown(stopped).await;
            if let Err(error) = served {
                tracing::error!(%error, "the practice ECR ended");
            }
        });
        Ok(Self { address, region: settings.region, stop, task })
    }

    /// `127.0.0.1:PORT`: both the registry in image references and the host of the API.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Environment under which `aws`, the SDKs and scripts talk to this server and to no other.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let endpoint = format!("http://{}", self.address);
        vec![
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", "PRACTICE".into()),
            ("AWS_SECRET_ACCESS_KEY", "practice".into()),
            // CLI v1 reads the one, CLI v2 and the SDKs the other.
            ("AWS_REGION", self.region.clone()),
            ("AWS_DEFAULT_REGION", self.region.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_PAGER", String::new()),
        ]
    }

    /// Ends it: requests under way may finish for a moment, new ones are refused.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let grace = std::time::Duration::from_secs(2);
        if tokio::time::timeout(grace, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", post(api::handle))
        .route("/v2", any(registry::handle))
        .route("/v2/", any(registry::handle))
        .route("/v2/{*path}", any(registry::handle))
        .with_state(shared)
}
