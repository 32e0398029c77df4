//! An export read from the engine's own socket, without a client between: nothing is copied from thread to
//! thread, and nobody is woken for each of ten thousand chunks.

use super::{ExportReader, Source};
use crate::engine::{Engine, EngineError};
use crate::text::percent_encode;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Bytes asked of the socket at a time.
const AT_ONCE: usize = 256 * 1024;
/// Longest answer before the archive: a status line and headers, or what an error says.
const LONGEST_HEAD: u64 = 64 * 1024;
/// How often progress is told.
const TELL: Duration = Duration::from_millis(100);

/// The socket of an engine of this machine.
pub(super) fn socket(engine: &Engine) -> Option<PathBuf> {
    engine.info().endpoint.strip_prefix("unix://").map(PathBuf::from)
}

/// The archive as it comes from the socket.
pub(super) struct Direct {
    stream: BufReader<UnixStream>,
    bytes: Arc<AtomicU64>,
    chunks: Chunks,
}

/// How the end of the archive is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunks {
    /// So many bytes of a chunk are left; at 0 another begins.
    Left(u64),
    /// The last one came: all was sent.
    Done,
}

impl Direct {
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let left = match self.chunks {
            Chunks::Done => return Ok(0),
            Chunks::Left(0) => match self.next_chunk()? {
                0 => {
                    self.chunks = Chunks::Done;
                    return Ok(0);
                }
                left => left,
            },
            Chunks::Left(left) => left,
        };
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.stream.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(broken("the export was broken off"));
        }
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        let left = left - count as u64;
        self.chunks = Chunks::Left(left);
        if left == 0 {
            self.line()?;
        }
        Ok(count)
    }

    /// The length of the chunk that begins here.
    fn next_chunk(&mut self) -> io::Result<u64> {
        let line = self.line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        u64::from_str_radix(digits, 16).map_err(|_| broken("the export is not sent in chunks"))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        (&mut self.stream).take(LONGEST_HEAD).read_line(&mut line)?;
        if line.ends_with('\n') { Ok(line) } else { Err(broken("the export was broken off")) }
    }
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, what)
}

/// Ends the engine's work when it goes: closing one's own end is not enough while another thread reads.
struct Hang(UnixStream);

impl Drop for Hang {
    fn drop(&mut self) {
        // It may be closed already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// Hands the export to `read` on a thread of its own.
pub(super) async fn read<T: Send + 'static>(
    socket: PathBuf,
    image: &str,
    cancel: &CancellationToken,
    mut progress: impl FnMut(u64) + Send,
    read: impl FnOnce(ExportReader) -> T + Send + 'static,
) -> Result<T, EngineError> {
    let bytes = Arc::new(AtomicU64::new(0));
    let (counter, image) = (Arc::clone(&bytes), image.to_owned());
    let (opened, hang) = tokio::sync::oneshot::channel();
    let mut reading = tokio::task::spawn_blocking(move || {
        let stream = UnixStream::connect(&socket).map_err(lost)?;
        // When nobody waits for it any more, it is closed at once.
        let _ = opened.send(Hang(stream.try_clone().map_err(lost)?));
        let direct = Direct { stream: ask(stream, &image)?, bytes: counter, chunks: Chunks::Left(0) };
        Ok(read(ExportReader(Source::Direct(direct))))
    });
    // Kept for as long as this is waited for: cancelled or dropped, the connection is closed.
    let mut hang = std::pin::pin!(hang);
    let mut open = None;
    let mut tell = tokio::time::interval(TELL);
    loop {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(EngineError::Cancelled),
            ended = &mut reading => {
                progress(bytes.load(Ordering::Relaxed));
                return ended.map_err(|error| EngineError::Lost(Box::new(error)))?;
            }
            stream = &mut hang, if open.is_none() => open = Some(stream),
            _ = tell.tick() => progress(bytes.load(Ordering::Relaxed)),
        }
    }
}

fn lost(error: io::Error) -> EngineError {
    EngineError::Lost(Box::new(error))
}

/// Asks for the export; what is read next is the archive in chunks.
fn ask(mut stream: UnixStream, image: &str) -> Result<BufReader<UnixStream>, EngineError> {
    let path = percent_encode(image, |byte| byte.is_ascii_alphanumeric() || b"-._~:/@".contains(&byte));
    write!(stream, "GET /images/{path}/get HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")
        .map_err(lost)?;
    let mut stream = BufReader::with_capacity(AT_ONCE, stream);
    let mut head = Vec::new();
    let mut status = 0;
    loop {
        let start = head.len();
        (&mut stream).take(LONGEST_HEAD).read_until(b'\n', &mut head).map_err(lost)?;
        let line = String::from_utf8_lossy(&head[start..]).trim_end().to_ascii_lowercase();
        if start == 0 {
            status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        }
        if line.is_empty() || head.len() as u64 > LONGEST_HEAD {
            break;
        }
    }
    match status {
        200 => Ok(stream),
        _ => {
            let mut said = Vec::new();
            stream.take(LONGEST_HEAD).read_to_end(&mut said).map_err(lost)?;
            Err(refused(status, &said))
        }
    }
}

/// What the engine said instead of an archive.
fn refused(status: u16, said: &[u8]) -> EngineError {
    #[derive(serde::Deserialize)]
    struct Said {
        message: String,
    }
    let words = match serde_json::from_slice::<Said>(said) {
        Ok(said) => said.message,
        Err(_) => format!("the engine answers {status}"),
    };
    EngineError::from_words(status, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    /// Answers one request with `answer`, then hangs up.
    fn engine(answer: &'static [u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&path).expect("a socket");
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut asked = BufReader::new(stream.try_clone().expect("a clone"));
            let mut line = String::new();
            while asked.read_line(&mut line).is_ok_and(|count| count > 2) {
                line.clear();
            }
            stream.write_all(answer).expect("an answer");
        });
        (folder, path)
    }

    async fn all(answer: &'static [u8]) -> Result<io::Result<Vec<u8>>, EngineError> {
        let (_folder, path) = engine(answer);
        let whole = |mut reader: ExportReader| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map(|_| bytes)
        };
        read(path, "a b", &CancellationToken::new(), |_| {}, whole).await
    }

    #[tokio::test]
    async fn chunks_are_put_together_and_a_missing_end_is_seen() {
        let whole =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(all(whole).await.expect("an answer").expect("an archive"), b"abcde");
        let cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
        assert!(all(cut).await.expect("an answer").is_err());
        let within = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab";
        assert!(all(within).await.expect("an answer").is_err());
    }

    #[tokio::test]
    async fn a_refusal_is_told_in_the_engines_words() {
        let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 27\r\n\r\n{\"message\":\"no such image\"}";
        let refused = all(answer).await.expect_err("a refusal");
        assert!(matches!(&refused, EngineError::NotFound(words) if words == "no such image"), "{refused:?}");
    }

    #[tokio::test]
    async fn cancelled_it_lets_go_of_the_connection() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&path).expect("a socket");
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        let silent = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            token.cancel();
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest)
        });
        let ended = read(path, "x", &cancel, |_| {}, |_| ()).await;
        assert!(matches!(ended, Err(EngineError::Cancelled)), "{ended:?}");
        silent.join().expect("no panic").expect("the other end was closed");
    }
}
