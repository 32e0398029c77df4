//! What is known of a running container, kept current by the engine's events and its output.

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::EventMessage;
use bollard::query_parameters as query;
use futures_util::{Stream, StreamExt};
use hyper::body::Bytes;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Bytes of output that are kept.
const KEPT: usize = 1024 * 1024;

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exit {
    /// Exit code of its main process; 128 + signal when it was killed.
    pub code: i64,
    /// Whether it was killed for lack of memory.
    pub out_of_memory: bool,
    /// Whether the time limit of the request ended it.
    pub timed_out: bool,
}

/// What a `HEALTHCHECK` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Health {
    /// Nothing yet, or there is none.
    #[default]
    Unknown,
    /// It is well.
    Healthy,
    /// It is not.
    Unhealthy,
}

impl Health {
    pub(super) fn is_verdict(self) -> bool {
        self != Self::Unknown
    }
}

/// State of a container.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) exit: Option<Exit>,
    pub(super) health: Health,
    /// The engine no longer tells.
    pub(super) lost: bool,
    out_of_memory: bool,
    timed_out: bool,
}

/// Follows the engine's events about container `id` to its end, and ends it after `lifetime`.
pub(super) async fn follow(docker: Docker, id: String, state: watch::Sender<State>, lifetime: Duration) {
    let filters = HashMap::from([("container".to_string(), vec![id.clone()])]);
    // From the beginning of time: the engine keeps recent events, so none is missed between the
    // container's start and this subscription.
    let options = query::EventsOptionsBuilder::new().since("0").filters(&filters).build();
    let mut events = std::pin::pin!(docker.events(Some(options)));
    let mut limit = std::pin::pin!(tokio::time::sleep(lifetime));
    let mut in_time = true;
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(event)) => state.send_modify(|state| state.hear(&event)),
                Some(Err(Error::JsonDataError { .. })) => {}
                Some(Err(_)) | None => {
                    state.send_modify(|state| state.lost = true);
                    return;
                }
            },
            () = &mut limit, if in_time => {
                in_time = false;
                state.send_modify(|state| state.timed_out = true);
                let options = query::KillContainerOptionsBuilder::new().signal("SIGKILL").build();
                // It may have ended by itself just now; the events say so.
                let _ = docker.kill_container(&id, Some(options)).await;
            }
            () = state.closed() => return,
        }
        if state.borrow().exit.is_some() {
            return;
        }
    }
}

impl State {
    fn hear(&mut self, event: &EventMessage) {
        match event.action.as_deref().unwrap_or_default() {
            "oom" => self.out_of_memory = true,
            "die" => {
                let attributes = event.actor.as_ref().and_then(|actor| actor.attributes.as_ref());
                let code = attributes.and_then(|attributes| attributes.get("exitCode")?.parse().ok());
                self.exit = Some(Exit {
                    code: code.unwrap_or(-1),
                    out_of_memory: self.out_of_memory,
                    timed_out: self.timed_out,
                });
            }
            "health_status: healthy" => self.health = Health::Healthy,
            "health_status: unhealthy" => self.health = Health::Unhealthy,
            _ => {}
        }
    }
}

/// The last output of a container.
#[derive(Debug, Default)]
pub(super) struct Logs {
    chunks: Mutex<(VecDeque<(bool, Bytes)>, usize)>,
    /// Cancelled when no more output comes.
    pub(super) complete: CancellationToken,
}

impl Logs {
    fn push(&self, is_stdout: bool, chunk: Bytes) {
        let mut guard = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        let (chunks, size) = &mut *guard;
        *size += chunk.len();
        chunks.push_back((is_stdout, chunk));
        while *size > KEPT {
            let Some((_, oldest)) = chunks.pop_front() else { break };
            *size -= oldest.len();
        }
    }

    pub(super) fn all(&self) -> Vec<u8> {
        self.collect(|_| true)
    }

    pub(super) fn stdout(&self) -> Vec<u8> {
        self.collect(|is_stdout| is_stdout)
    }

    fn collect(&self, wanted: impl Fn(bool) -> bool) -> Vec<u8> {
        let guard = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        let chunks = guard.0.iter().filter(|(is_stdout, _)| wanted(*is_stdout));
        chunks.flat_map(|(_, chunk)| chunk.iter().copied()).collect()
    }
}

/// Takes in the output of a container until it ends.
pub(super) async fn hear_output(
    mut output: std::pin::Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    logs: std::sync::Arc<Logs>,
    on_log: impl Fn(&[u8]) + Send + Sync + 'static,
) {
    let _complete = logs.complete.clone().drop_guard();
    // An error means that the connection is gone, which the events tell as well.
    while let Some(Ok(chunk)) = output.next().await {
        let is_stdout = !matches!(chunk, LogOutput::StdErr { .. });
        let bytes = chunk.into_bytes();
        on_log(&bytes);
        logs.push(is_stdout, bytes);
    }
}
