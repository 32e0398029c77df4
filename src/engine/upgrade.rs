//! A connection to the engine that stops being HTTP: one that is turned around so that the builder asks
//! us (`h2c`), or one that carries a terminal (`tcp`). Our own, because bollard's cut a terminal's bytes
//! into frames that are not there.

use super::{Engine, EngineError, error::Cause};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::upgrade::Upgraded;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

fn lost(error: impl Into<Cause>) -> EngineError {
    EngineError::Lost(error.into())
}

/// Whether the engine's endpoint is one we can speak to ourselves.
pub(super) fn possible(engine: &Engine) -> bool {
    let plain = ["unix://", "tcp://", "http://"];
    !engine.tls && plain.iter().any(|scheme| engine.info.endpoint.starts_with(scheme))
}

/// A connection to the engine.
pub(super) async fn dial(endpoint: &str) -> io::Result<Box<dyn Stream>> {
    let (scheme, address) = endpoint.split_once("://").unwrap_or(("tcp", endpoint));
    if scheme != "unix" {
        return Ok(Box::new(tokio::net::TcpStream::connect(address.trim_end_matches('/')).await?));
    }
    #[cfg(unix)]
    return Ok(Box::new(tokio::net::UnixStream::connect(address).await?));
    #[cfg(not(unix))]
    return Err(io::ErrorKind::Unsupported.into());
}

/// Posts `body` to `path` and takes over the connection as `protocol`, with more `headers`.
pub(super) async fn post(
    engine: &Engine,
    path: &str,
    protocol: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<TokioIo<Upgraded>, EngineError> {
    let stream = dial(&engine.info.endpoint).await.map_err(lost)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(lost)?;
    tokio::spawn(async move {
        // What goes wrong here is told to whoever waits for the answer.
        let _ = connection.with_upgrades().await;
    });
    let mut request = Request::post(path)
        .header("host", "docker")
        .header("connection", "Upgrade")
        .header("upgrade", protocol)
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body)).map_err(lost)?;
    let answer = sender.send_request(request).await.map_err(lost)?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        let message = format!("the engine does not hand over the connection: {}", answer.status());
        return Err(EngineError::Refused { status: answer.status().as_u16(), message });
    }
    Ok(TokioIo::new(hyper::upgrade::on(answer).await.map_err(lost)?))
}
