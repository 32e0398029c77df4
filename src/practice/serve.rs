//! The listener: HTTP/1.1 on loopback, with limits that keep one client from starving the others, and an
//! end that lets requests under way finish.

use super::Shared;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Connections at once; further ones wait to be accepted.
const MOST_CONNECTIONS: usize = 512;

/// Bytes that are read of a connection before somebody takes them.
const READ_BUFFER_BYTES: usize = 128 * 1024;

/// How many times the patience a connection may wait for its next request: with 30 s, longer than the 90 s
/// after which Go's clients hang up themselves.
const IDLE_PATIENCES: u32 = 4;

/// Answers on `listener` until `stop`, then waits for requests under way. Dropped, it ends them.
pub(super) async fn serve(listener: TcpListener, app: Router, patience: Duration, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let next = async {
            let slot = slots.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, slot))
        };
        let (accepted, slot) = tokio::select! {
            () = stop.cancelled() => break,
            next = next => match next {
                Some(next) => next,
                None => break,
            },
        };
        match accepted {
            Ok((stream, _)) => {
                let (app, stop) = (app.clone(), stop.clone());
                connections.spawn(async move {
                    connection(stream, app, patience, stop).await;
                    drop(slot);
                });
            }
            // Out of file descriptors, or a client that hung up at once.
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(stream: TcpStream, app: Router, patience: Duration, stop: CancellationToken) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small answers may come late");
    }
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_PATIENCES * patience)
        .max_buf_size(READ_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Refuses requests that were meant for another host: a web page that had its name resolved to loopback.
pub(super) async fn only_here(
    axum::extract::State(shared): axum::extract::State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/1.0 has none, and no web page speaks it.
    if host.is_none_or(is_here) {
        return next.run(request).await;
    }
    let told = format!("This is the practice ECR at {}; it answers to no other name.\n", shared.registry());
    (StatusCode::MISDIRECTED_REQUEST, told).into_response()
}

/// Whether `host`, with or without a port, is loopback, or a name of AWS's that a script was led here by.
fn is_here(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        _ if host.parse::<std::net::IpAddr>().is_ok() => host,
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.to_ascii_lowercase();
    let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    ip.is_ok_and(|ip| ip.is_loopback())
        || name == "localhost"
        || name.ends_with(".localhost")
        || name.ends_with(".amazonaws.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in [
            "127.0.0.1:5000",
            "127.9.9.9",
            "localhost:1",
            "[::1]:80",
            "::1",
            "r.localhost",
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        ] {
            assert!(is_here(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:80",
            "10.0.0.1:5000",
            "localhost.evil.example",
            "",
            "x:y",
            "notamazonaws.com",
        ] {
            assert!(!is_here(host), "{host}");
        }
    }
}
