//! Servers: what one greets with, and the one that a workshop starts for itself.
//!
//! | file | owns |
//! | --- | --- |
//! | `greeting` | the first line that a server says, read once, bounded |
//! | `config` | what we write for a server of ours |
//! | `process` | `nats-server` from `PATH`, and the one that a killed host left behind |
//! | `container` | the same in a container, where there is no `nats-server` |

pub mod config;
pub mod container;
pub mod greeting;
pub mod process;

use crate::engine::{Container, Environment};
pub use greeting::{Greeting, GreetingError};
use process::Process;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long a server may take to greet after it was started: a store of many messages is read first.
const GREETS_WITHIN: Duration = Duration::from_secs(60);

/// A server of ours that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No `nats-server`, and no engine to run one in.
    #[error("there is no nats-server on PATH, and no container engine to run one: {0}")]
    Nowhere(String),
    /// An engine, but no image.
    #[error("there is no nats-server on PATH, and the image {image} cannot be had: {reason}")]
    Image {
        /// Which.
        image: &'static str,
        /// Why.
        reason: String,
    },
    /// The port is somebody else's.
    #[error("port {port} of {ip} is taken: {source}")]
    Port {
        /// Whose port.
        ip: IpAddr,
        /// Which.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// It cannot be started.
    #[error("cannot start {program}: {source}")]
    Start {
        /// What.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// It ended at once, or never greeted.
    #[error("nats-server does not come up: {0}")]
    Down(String),
    /// Its files cannot be written.
    #[error(transparent)]
    Folder(#[from] super::host::folder::FolderError),
}

/// Where and how a server of ours listens, and for whom.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its folder: configuration, store, whose process it is.
    pub folder: PathBuf,
    /// Where it listens.
    pub ip: IpAddr,
    /// At which port.
    pub port: u16,
    /// Files with its certificate and the key to that.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Public key of the account, which is also its name.
    pub account: String,
    /// Passes: operator, account, system account with its public key.
    pub passes: config::Passes,
    /// Where to look for an engine.
    pub engine: Environment,
}

/// A server of ours that runs.
#[derive(Debug)]
pub enum Running {
    /// As a process.
    Process(Box<Process>),
    /// In a container.
    Container(Box<Container>),
}

impl Settings {
    /// Starts it and waits until it greets. One that a killed host left behind in this folder is ended first.
    ///
    /// # Errors
    /// When there is none to be had, or it does not come up.
    pub async fn start(&self) -> Result<Running, ServerError> {
        process::end_left(&self.folder).await;
        let mut running = match process::find() {
            Some(program) => {
                self.port_is_free()?;
                Running::Process(Box::new(Process::start(&program, self)?))
            }
            None => Running::Container(Box::new(container::start(self).await?)),
        };
        let greeted = tokio::select! {
            why = running.ended() => Err(why),
            greeted = self.greets() => greeted,
        };
        match greeted {
            Ok(()) => Ok(running),
            Err(why) => {
                running.stop().await;
                Err(ServerError::Down(why))
            }
        }
    }

    /// Where it is reached from this machine.
    pub fn near(&self) -> IpAddr {
        match self.ip {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        }
    }

    /// # Errors
    /// When somebody else has it.
    pub fn port_is_free(&self) -> Result<(), ServerError> {
        let (ip, port) = (self.ip, self.port);
        let bound = std::net::TcpListener::bind((ip, port)).map(drop);
        bound.map_err(|source| ServerError::Port { ip, port, source })
    }

    async fn greets(&self) -> Result<(), String> {
        let near = self.near().to_string();
        let greets = async {
            loop {
                match Greeting::read(&near, self.port, Duration::from_secs(5)).await {
                    Ok(greeting) if greeting.name == self.account && greeting.jetstream => return Ok(()),
                    Ok(greeting) if greeting.name == self.account => {}
                    Ok(_) => return Err(format!("another server answers at port {}", self.port)),
                    Err(_) => {}
                }
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        };
        let late = || Err(format!("no greeting within {} s", GREETS_WITHIN.as_secs()));
        tokio::time::timeout(GREETS_WITHIN, greets).await.unwrap_or_else(|_| late())
    }
}

impl Running {
    /// Waits until it ends by itself, and says why as far as that is known. The text is from outside.
    pub async fn ended(&mut self) -> String {
        match self {
            Self::Process(process) => process.ended().await,
            Self::Container(container) => {
                let _ = container.wait().await;
                "the container ended".to_owned()
            }
        }
    }

    /// Ends it in good order.
    pub async fn stop(self) {
        match self {
            Self::Process(process) => process.stop().await,
            Self::Container(container) => {
                // What cannot be removed now carries our label, and `clean` finds it.
                let _ = container.remove().await;
            }
        }
    }
}
