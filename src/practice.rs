//! The practice ECR: a control API (ECR and STS) and an OCI registry on one loopback port, which
//! the `aws` and `docker` clients and the AWS SDK take for the real thing.
//!
//! ```text
//! POST /            X-Amz-Target: …  → api::ecr      (AWS JSON 1.1)
//! POST /            Action=…         → api::sts      (AWS query, XML)
//! *    /v2/…                         → registry      (OCI Distribution), asking hooks what the API decides
//!                        all three   → store         (files below one folder)
//! ```
//!
//! Nothing is created by a push unless a creation template says so; tokens are asked for, expire by a clock
//! that an exercise may advance, and live in memory only.

mod api;
mod docker_config;
mod error;
mod hooks;
pub mod lifecycle;
mod moment;
mod registry;
pub mod scan;
mod serve;
mod skew;
mod store;
mod tokens;

pub(crate) use api::{KEY_ID, SECRET};
pub use api::{Parameter, Takes, authorization, operations};
pub use docker_config::DockerConfig;
pub use moment::{Clock, Moment, system_clock};
pub use skew::{advance, ahead};
pub use store::{OpenError, Serving, Store, is_tag, matches_wildcard as matches};
pub use tokens::{TOKEN_LIFETIME_SECONDS, Tokens};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, post};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Account id of every practice registry: it looks like one and belongs to nobody's habits.
pub const ACCOUNT: &str = "123456789012";

/// Region a practice registry says it is in when none is named.
pub const REGION: &str = "eu-central-1";

/// What of an environment must not reach a client of a practice ECR: a profile would win over the keys, and
/// the real account would be spoken to.
pub const REAL_ACCOUNT: [&str; 5] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_ECR",
    "AWS_ENDPOINT_URL_STS",
];

/// How a practice ECR is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder that keeps repositories and images between runs.
    pub folder: PathBuf,
    /// Port on 127.0.0.1; 0 takes the last one again, so that image names stay good, or else a free one.
    pub port: u16,
    /// AWS region it says it is in.
    pub region: String,
    /// How long a client may send nothing in the middle of a request.
    pub patience: Duration,
}

impl Settings {
    /// A registry in `folder`, on a free port.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), port: 0, region: REGION.into(), patience: PATIENCE }
    }
}

/// How long a client may send nothing, when nobody says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long the last one to serve a folder may take to let go of it.
const HANDOVER: Duration = Duration::from_secs(2);

/// What the request handlers share.
#[derive(Clone)]
struct Shared {
    store: Arc<Store>,
    tokens: Arc<Tokens>,
    clock: Clock,
    address: SocketAddr,
    region: Arc<str>,
    patience: Duration,
    limits: Arc<registry::Limits>,
    control: Arc<api::Control>,
}

impl Shared {
    /// What time it is.
    fn moment(&self) -> Moment {
        (self.clock)()
    }

    /// What time it is, in seconds since 1970.
    fn now(&self) -> u64 {
        self.moment().seconds()
    }

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
    serving: Serving,
    folder: PathBuf,
    store: Arc<Store>,
    tokens: Arc<Tokens>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts one on loopback. `clock` is the machine's, or a test's; what the folder's own clock is ahead
    /// comes on top ([`advance`]).
    ///
    /// # Errors
    /// When its folder cannot be used, or is served already, or the port is taken.
    pub async fn start(settings: Settings, clock: Clock) -> Result<Self, StartError> {
        let skew = skew::Skew::new(&settings.folder);
        let clock: Clock = Arc::new(move || clock().later(skew.seconds()));
        let store = Arc::new(open(&settings.folder).await?.with_clock(clock.clone()));
        let tidied = store.clone();
        drop(tokio::task::spawn_blocking(move || tidied.tidy()));
        let listen = |source| StartError::Listen { port: settings.port, source };
        let bind = |port| tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let last = store.served_last().filter(|_| settings.port == 0).map(|last| last.address.port());
        let listener = match last {
            Some(last) => bind(last).await.or(bind(0).await),
            None => bind(settings.port).await,
        };
        let listener = listener.map_err(listen)?;
        let serving = Serving { address: listener.local_addr().map_err(listen)?, region: settings.region };
        if let Err(error) = store.serving(&serving) {
            tracing::warn!(%error, "another practice ECR will not learn where this one is");
        }
        let tokens = Arc::new(Tokens::default());
        let shared = Shared {
            store: store.clone(),
            tokens: tokens.clone(),
            clock,
            address: serving.address,
            region: serving.region.as_str().into(),
            patience: settings.patience,
            limits: Arc::default(),
            control: Arc::default(),
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve::serve(listener, router(shared), settings.patience, stop.clone()));
        Ok(Self { serving, folder: settings.folder, store, tokens, stop, task })
    }

    /// `127.0.0.1:PORT`: both the registry in image references and the host of the API.
    pub fn address(&self) -> SocketAddr {
        self.serving.address
    }

    /// Where it answers.
    pub fn serving(&self) -> &Serving {
        &self.serving
    }

    /// Environment under which `aws`, the SDKs and scripts talk to this server and to no other.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.serving.environment()
    }

    /// Advances its clock: tokens expire, images grow old.
    ///
    /// # Errors
    /// When its folder cannot be written.
    pub fn advance(&self, by: Duration) -> std::io::Result<()> {
        advance(&self.folder, by.as_secs()).map(|_| ())
    }

    /// Whether a password that it issued stands in `bytes`, plain or as docker writes it down.
    pub fn gives_away(&self, bytes: &[u8]) -> bool {
        self.tokens.stand_in(bytes)
    }

    /// Forgets every repository, image and setting, and puts its clock back. Blocks on the disk.
    ///
    /// # Errors
    /// When its folder cannot be written.
    pub fn reset(&self) -> std::io::Result<()> {
        self.store.reset().map_err(std::io::Error::other)?;
        skew::forget(&self.folder)
    }

    /// Ends it: requests under way may finish for a moment, new ones are refused. Afterwards its folder is
    /// free for another one.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let grace = Duration::from_secs(2);
        if tokio::time::timeout(grace, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Forgets what the practice ECR in `folder` keeps, and only that.
///
/// # Errors
/// When the folder cannot be used, or is served.
pub async fn reset(folder: &Path) -> Result<(), OpenError> {
    if !folder.exists() {
        return Ok(());
    }
    // A damaged one is worth resetting most of all.
    let io = |source| OpenError::Io { path: folder.to_owned(), source };
    let lock = Store::take(folder)?;
    for part in store::PARTS {
        let path = folder.join(part);
        if path.exists() {
            tokio::fs::remove_dir_all(path).await.map_err(io)?;
        }
    }
    skew::forget(folder).map_err(io)?;
    drop(lock);
    Ok(())
}

/// Opens the folder; one that is just being let go of is waited for.
async fn open(folder: &Path) -> Result<Store, OpenError> {
    let end = tokio::time::Instant::now() + HANDOVER;
    loop {
        let wanted = folder.to_owned();
        let opened = tokio::task::spawn_blocking(move || Store::open(&wanted)).await;
        match opened.map_err(std::io::Error::other) {
            Ok(Err(OpenError::InUse { folder, serving })) => {
                let answers = match &serving {
                    Some(serving) => tokio::net::TcpStream::connect(serving.address).await.is_ok(),
                    None => false,
                };
                if answers || tokio::time::Instant::now() > end {
                    return Err(OpenError::InUse { folder, serving });
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(done) => return done,
            Err(source) => return Err(OpenError::Io { path: folder.to_owned(), source }),
        }
    }
}

impl Serving {
    /// Id and secret of the key that it knows.
    pub fn keys(&self) -> (String, String) {
        (KEY_ID.into(), SECRET.into())
    }

    /// Environment under which `aws`, the SDKs and scripts talk to that registry and to no other.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
            ("AWS_ACCESS_KEY_ID", KEY_ID.into()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.into()),
            // CLI v1 reads the one, CLI v2 and the SDKs the other.
            ("AWS_REGION", self.region.clone()),
            ("AWS_DEFAULT_REGION", self.region.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_PAGER", String::new()),
        ]
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", post(api::handle).layer(DefaultBodyLimit::max(api::MOST_BYTES)))
        .route("/v2", any(registry::handle))
        .route("/v2/", any(registry::handle))
        .route("/v2/{*path}", any(registry::handle))
        .layer(axum::middleware::from_fn_with_state(shared.clone(), serve::only_here))
        .with_state(shared)
}
