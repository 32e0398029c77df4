//! Images as the engine saves them, read while they arrive by a thread that may block: straight from the
//! engine's socket where it is one of this machine's, else from a channel, a few chunks behind.

#[cfg(unix)]
mod direct;

use super::{Engine, EngineError};
use futures_util::StreamExt;
use hyper::body::Bytes;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Chunks that wait to be read.
const WAITING: usize = 4;

/// What the engine sends, as a stream for a thread that may block. It ends with an error when the engine
/// stops in the middle or the export is cancelled.
pub struct ExportReader(Source);

enum Source {
    #[cfg(unix)]
    Direct(direct::Direct),
    Channel(Channel),
}

impl Read for ExportReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            #[cfg(unix)]
            Source::Direct(direct) => direct.read(buffer),
            Source::Channel(channel) => channel.read(buffer),
        }
    }
}

struct Channel {
    receiver: mpsc::Receiver<Bytes>,
    rest: Bytes,
    complete: Arc<AtomicBool>,
}

impl Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.receiver.blocking_recv() {
                Some(chunk) => self.rest = chunk,
                None if self.complete.load(Ordering::Acquire) => return Ok(0),
                None => return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the export was broken off")),
            }
        }
        let taken = self.rest.split_to(self.rest.len().min(buffer.len()));
        buffer[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

impl Engine {
    /// Hands the image, as `docker save` writes it, to `read` on a thread of its own, and answers with
    /// what that answers. `progress` hears of the bytes that came so far. Cancelled, the engine's work
    /// ends too.
    ///
    /// # Errors
    /// When the engine does not have the image, or the connection breaks.
    pub async fn read_export<T: Send + 'static>(
        &self,
        image: &str,
        cancel: &CancellationToken,
        mut progress: impl FnMut(u64) + Send,
        read: impl FnOnce(ExportReader) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        #[cfg(unix)]
        if let Some(path) = direct::socket(self) {
            return direct::read(path, image, cancel, progress, read).await;
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        let complete = Arc::new(AtomicBool::new(false));
        let channel = Channel { receiver, rest: Bytes::new(), complete: Arc::clone(&complete) };
        let reader = ExportReader(Source::Channel(channel));
        let reading = tokio::task::spawn_blocking(move || read(reader));
        let mut export = std::pin::pin!(self.export(image));
        let mut bytes = 0;
        let mut failed = None;
        loop {
            let chunk = tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    failed = Some(EngineError::Cancelled);
                    break;
                }
                chunk = export.next() => chunk,
            };
            match chunk {
                None => {
                    complete.store(true, Ordering::Release);
                    break;
                }
                Some(Ok(chunk)) => {
                    bytes += chunk.len() as u64;
                    progress(bytes);
                    // Whoever reads has what it wanted.
                    if sender.send(chunk).await.is_err() {
                        break;
                    }
                }
                Some(Err(error)) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        drop(sender);
        let answer = reading.await;
        match failed {
            Some(error) => Err(error),
            None => answer.map_err(|error| EngineError::Lost(Box::new(error))),
        }
    }
}
