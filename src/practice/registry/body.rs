//! A request's body, as it comes in: piece by piece, never all of it in memory, and only as slowly as is
//! borne; and a file on its way out.

use super::error::RegistryError;
use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::{StreamExt as _, stream};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::Duration;
use tokio::time::Instant;

/// Bytes a second that a body must bring on average, once the patience is over.
const LEAST_BYTES_PER_SECOND: u64 = 1000;

/// What is read and dropped so that a client which only listens after it has sent hears the error.
const MOST_DROPPED_BYTES: u64 = 64 * 1024 * 1024;

/// How long that may take.
const DROPPING: Duration = Duration::from_secs(5);

/// What is read of a file at once.
const PIECE_BYTES: u64 = 256 * 1024;

/// The body of a request.
pub struct Incoming {
    stream: BodyDataStream,
    patience: Duration,
    began: Instant,
    bytes: u64,
    ended: bool,
}

impl Incoming {
    /// `patience` is how long nothing may come.
    pub fn new(body: Body, patience: Duration) -> Self {
        Self { stream: body.into_data_stream(), patience, began: Instant::now(), bytes: 0, ended: false }
    }

    /// Starts the time anew: until now, nobody had asked for the body.
    pub fn begin(&mut self) {
        self.began = Instant::now();
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, RegistryError> {
        let earned = Duration::from_millis(self.bytes.saturating_mul(1000) / LEAST_BYTES_PER_SECOND);
        let latest = self.began + self.patience.saturating_add(earned);
        let deadline = latest.min(Instant::now() + self.patience);
        match tokio::time::timeout_at(deadline, self.stream.next()).await {
            Ok(Some(Ok(piece))) => {
                self.bytes += piece.len() as u64;
                Ok(Some(piece))
            }
            Ok(None) => {
                self.ended = true;
                Ok(None)
            }
            Ok(Some(Err(error))) => {
                tracing::debug!(%error, "a client went away");
                self.ended = true;
                Err(RegistryError::cut_off())
            }
            Err(_) => {
                self.ended = true;
                Err(RegistryError::too_slow())
            }
        }
    }

    /// All of it, when that is at most `limit` bytes; `None` when it is more.
    pub async fn collect(&mut self, limit: usize) -> Result<Option<Vec<u8>>, RegistryError> {
        let mut all = Vec::new();
        while let Some(piece) = self.next().await? {
            if all.len() + piece.len() > limit {
                return Ok(None);
            }
            all.extend_from_slice(&piece);
        }
        Ok(Some(all))
    }

    /// Reads on for a while, for nobody.
    pub async fn drop_rest(&mut self) {
        let end = Instant::now() + DROPPING;
        let mut dropped = 0;
        while !self.ended && dropped < MOST_DROPPED_BYTES {
            match tokio::time::timeout_at(end, self.stream.next()).await {
                Ok(Some(Ok(piece))) => dropped += piece.len() as u64,
                _ => return,
            }
        }
    }
}

/// `length` bytes of `file` from `first`, one piece read ahead. Less than that ends the connection, so
/// that nobody takes a part for the whole.
pub fn outgoing(file: File, first: u64, length: u64) -> Body {
    struct Reading {
        ahead: Option<tokio::task::JoinHandle<(File, std::io::Result<Vec<u8>>)>>,
        left: u64,
    }
    let read = |mut file: File, at: Option<u64>, left: u64| {
        tokio::task::spawn_blocking(move || {
            let piece = (|| {
                if let Some(at) = at {
                    file.seek(SeekFrom::Start(at))?;
                }
                let mut piece = vec![0; usize::try_from(left.min(PIECE_BYTES)).unwrap_or_default()];
                file.read_exact(&mut piece)?;
                Ok(piece)
            })();
            (file, piece)
        })
    };
    let ahead = (length > 0).then(|| read(file, Some(first), length));
    let pieces = stream::unfold(Reading { ahead, left: length }, move |mut reading| async move {
        let (file, piece) = match reading.ahead.take()?.await {
            Ok(done) => done,
            Err(error) => return Some((Err(std::io::Error::other(error)), reading)),
        };
        if let Ok(piece) = &piece {
            reading.left = reading.left.saturating_sub(piece.len() as u64);
            reading.ahead = (reading.left > 0).then(|| read(file, None, reading.left));
        }
        Some((piece, reading))
    });
    Body::from_stream(pieces)
}
