//! Asking a container over HTTP on loopback, again and again until it answers: the first tries of a
//! server that is still starting fail.

use super::{Container, EngineError};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Bytes of an answer's body that are read.
const MOST: usize = 256 * 1024;
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(50);
/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body, cut at 256 KiB: untrusted.
    pub body: Vec<u8>,
    /// Milliseconds from the first try to the answer.
    pub millis: u64,
    /// How many tries it took.
    pub tries: u32,
    /// What was asked: `http://127.0.0.1:49153/health`.
    pub url: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nobody answered in time.
    #[error("no answer from {url} within {} s: {last}", .within.as_secs_f32())]
    Silent {
        /// What was asked.
        url: String,
        /// How long.
        within: Duration,
        /// Why the last try failed.
        last: String,
    },
    /// The container ended before it answered.
    #[error("the container ended with exit code {code} before it answered")]
    Ended {
        /// Its exit code.
        code: i64,
    },
    /// The port was not published.
    #[error("port {0} is not published")]
    NotPublished(u16),
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Asks `container` for `path` on its `port` until an answer comes that is not a server error, `within`
/// is over, or the container ends. A server error is answered with when nothing better comes in time.
pub async fn get(
    container: &Container,
    port: u16,
    path: &str,
    within: Duration,
    cancel: &CancellationToken,
) -> Result<Answer, ProbeError> {
    let host_port = container.host_port(port).ok_or(ProbeError::NotPublished(port))?;
    let ended = async {
        match container.wait().await {
            Ok(exit) => ProbeError::Ended { code: exit.code },
            Err(error) => ProbeError::Engine(error),
        }
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ProbeError::Cancelled),
        answer = get_at(SocketAddr::from(([127, 0, 0, 1], host_port)), path, within) => answer,
        error = ended => Err(error),
    }
}

/// [`get`] at an address, whoever listens there.
pub async fn get_at(address: SocketAddr, path: &str, within: Duration) -> Result<Answer, ProbeError> {
    let path = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
    let url = format!("http://{address}{path}");
    let started = Instant::now();
    let mut tries = 0;
    let mut failing: Option<(u16, Vec<u8>)> = None;
    let mut last = String::from("it was never asked");
    while let Some(left) = within.checked_sub(started.elapsed()).filter(|left| !left.is_zero()) {
        tries += 1;
        match tokio::time::timeout(left.min(PATIENCE), ask(address, &path)).await {
            Ok(Ok((status, body))) if status < 500 => {
                return Ok(Answer { status, body, millis: millis(started), tries, url });
            }
            Ok(Ok(answer)) => failing = Some(answer),
            Ok(Err(error)) => last = error,
            Err(_) => last = "it accepts connections but does not answer".into(),
        }
        tokio::time::sleep(PAUSE).await;
    }
    match failing {
        Some((status, body)) => Ok(Answer { status, body, millis: millis(started), tries, url }),
        None => Err(ProbeError::Silent { url, within, last }),
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

async fn ask(address: SocketAddr, path: &str) -> Result<(u16, Vec<u8>), String> {
    let stream = tokio::net::TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(io).await.map_err(|error| error.to_string())?;
    let request = hyper::Request::get(path)
        .header("host", address.to_string())
        .header("connection", "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let exchange = async {
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let body = match Limited::new(answer.into_body(), MOST).collect().await {
            Ok(body) => body.to_bytes().to_vec(),
            Err(_) => Vec::new(),
        };
        Ok((status, body))
    };
    // The connection does the work; it ends when the answer is complete or the peer is gone.
    let mut connection = std::pin::pin!(connection);
    let mut exchange = std::pin::pin!(exchange);
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            answer = &mut exchange => return answer,
            ended = &mut connection, if open => {
                open = false;
                if let Err(error) = ended { return Err(error.to_string()); }
            }
        }
    }
}
