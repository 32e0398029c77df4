//! The first line that a NATS server says: `INFO {…}`. It is read here and nowhere else, before a client
//! connects: by the host, to know that its server is up, and by a learner's program, to know the account.

use crate::text::sanitise;
use crate::workshop::seat::keys::{Kind, is_public};
use serde::Deserialize;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// Longest greeting that is read, in bytes: one of a cluster names its servers.
const MAX: usize = 64 * 1024;
/// Longest name or version that is kept, in characters.
const MAX_TEXT: usize = 120;

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// Its name: on a server that a workshop started, the account's public key.
    pub name: String,
    /// Its version, as `2.9.10`.
    pub version: String,
    /// Whether it has JetStream.
    pub jetstream: bool,
    /// Whether it speaks TLS: a client that connects then does.
    pub tls: bool,
    /// Largest message that it takes, in bytes.
    pub max_payload: usize,
}

/// Why there was no greeting.
#[derive(Debug, thiserror::Error)]
pub enum GreetingError {
    /// Nobody there.
    #[error("nobody answers at {host}:{port}: {source}")]
    Away {
        /// Who was asked.
        host: String,
        /// Where.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody is there and says nothing in time.
    #[error("{host}:{port} takes the connection and says nothing")]
    Silent {
        /// Who was asked.
        host: String,
        /// Where.
        port: u16,
    },
    /// Somebody is there who is no NATS server.
    #[error("what answers at {host}:{port} is no NATS server")]
    Other {
        /// Who was asked.
        host: String,
        /// Where.
        port: u16,
    },
}

impl Greeting {
    /// Reads what the server at this place says first, and goes.
    ///
    /// # Errors
    /// When nobody answers `within` this time, or who answers is no NATS server.
    pub async fn read(host: &str, port: u16, within: Duration) -> Result<Self, GreetingError> {
        let place = || (host.to_owned(), port);
        match tokio::time::timeout(within, line(host, port)).await {
            Err(_) => {
                let (host, port) = place();
                Err(GreetingError::Silent { host, port })
            }
            Ok(Err(source)) => {
                let (host, port) = place();
                Err(GreetingError::Away { host: sanitise::plain(&host).into_owned(), port, source })
            }
            Ok(Ok(line)) => Self::of(&line).ok_or_else(|| {
                let (host, port) = place();
                GreetingError::Other { host, port }
            }),
        }
    }

    /// The public key of the account, when the server is one that a workshop started.
    pub fn account(&self) -> Option<&str> {
        is_public(Kind::Account, &self.name).then_some(self.name.as_str())
    }

    fn of(line: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Info {
            #[serde(default)]
            server_name: String,
            version: String,
            #[serde(default)]
            jetstream: bool,
            #[serde(default)]
            tls_required: bool,
            #[serde(default)]
            tls_available: bool,
            max_payload: usize,
        }
        let info: Info = serde_json::from_slice(line.strip_prefix(b"INFO ")?).ok()?;
        let text = |text: &str| sanitise::bounded(&sanitise::plain(text), MAX_TEXT).into_owned();
        Some(Self {
            name: text(&info.server_name),
            version: text(&info.version),
            jetstream: info.jetstream,
            tls: info.tls_required || info.tls_available,
            max_payload: info.max_payload,
        })
    }
}

/// The first line, or as much of it as is read at most.
async fn line(host: &str, port: u16) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((host, port)).await?;
    let mut said = Vec::new();
    let mut buffer = [0; 4096];
    while said.len() < MAX && !said.contains(&b'\n') {
        match stream.read(&mut buffer).await? {
            0 => break,
            count => said.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
    }
    let end = said.iter().position(|byte| *byte == b'\n').unwrap_or(said.len());
    said.truncate(end);
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workshop::seat::Key;

    async fn says(text: &str) -> Result<Greeting, GreetingError> {
        use tokio::io::AsyncWriteExt as _;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let text = text.to_owned();
        let answers = async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
        };
        let (greeting, ()) =
            tokio::join!(Greeting::read("127.0.0.1", port, Duration::from_secs(30)), answers);
        greeting
    }

    #[tokio::test]
    async fn a_greeting_names_the_account_when_the_server_is_of_a_workshop() {
        let account = Key::from_secret(Kind::Account, [1; 32]).public();
        let info = format!(
            "INFO {{\"server_name\":\"{account}\",\"version\":\"2.9.10\",\"jetstream\":true,\"max_payload\":1048576}} \r\n"
        );
        let greeting = says(&info).await.unwrap();
        assert_eq!(greeting.account(), Some(account.as_str()));
        assert!(greeting.jetstream && !greeting.tls);
        let other = info.replace(&account, "a\\u001b[2J").replace("jetstream", "tls_required");
        let other = says(&other).await.unwrap();
        assert_eq!((other.account(), other.tls), (None, true));
        assert!(!other.name.contains('\u{1b}'));
    }

    #[tokio::test]
    async fn who_is_no_nats_server_is_told_from_nobody() {
        assert!(matches!(says("SSH-2.0-x\r\n").await, Err(GreetingError::Other { .. })));
        assert!(matches!(says("").await, Err(GreetingError::Other { .. })));
        assert!(matches!(
            says(&"x".repeat(MAX + 10)).await,
            Err(GreetingError::Other { .. } | GreetingError::Away { .. })
        ));
        let nobody = Greeting::read("127.0.0.1", 1, Duration::from_secs(30)).await;
        assert!(matches!(nobody, Err(GreetingError::Away { .. })), "{nobody:?}");
    }
}
