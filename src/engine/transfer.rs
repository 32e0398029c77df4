//! Pushing, layer by layer. The engine says which layer it speaks of; bollard drops that, so the answer is
//! read here where the endpoint is one we can speak to ourselves.

use super::images::{Credentials, Heard, Transfer, bytes, follow, split_name};
use super::{Engine, EngineError, LABEL, upgrade};
use base64::Engine as _;
use bollard::query_parameters as query;
use futures_util::TryStreamExt as _;
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Longest line of an answer; none of the engine's is.
const LONGEST_LINE: usize = 64 * 1024;

/// An image that this program built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnImage {
    /// A name, or the id where there is none.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Bytes, uncompressed.
    pub bytes: u64,
    /// When it was built, in seconds since 1970.
    pub created: i64,
}

/// A line of the answer.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Said {
    id: String,
    status: String,
    progress_detail: Detail,
    error: String,
    aux: Aux,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Detail {
    current: u64,
    total: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Aux {
    digest: String,
}

impl Engine {
    /// Images that carry our label, the newest first; those with a name once for each.
    pub async fn own_images(&self) -> Result<Vec<OwnImage>, EngineError> {
        let mut found = Vec::new();
        for image in self.list_by_label(&format!("{LABEL}=1")).await? {
            let named = image.repo_tags.iter().filter(|name| *name != "<none>:<none>");
            let mut names: Vec<String> = named.cloned().collect();
            if names.is_empty() {
                names.push(image.id.clone());
            }
            found.extend(names.into_iter().map(|name| OwnImage {
                name,
                id: image.id.clone(),
                bytes: bytes(Some(image.size)),
                created: image.created,
            }));
        }
        found.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.name.cmp(&b.name)));
        Ok(found)
    }

    /// Pushes an image to the registry its name says. Answers with its digest there, when the engine says it.
    pub async fn push(
        &self,
        name: &str,
        credentials: Option<Credentials>,
        events: impl Fn(Transfer) + Send,
        cancel: CancellationToken,
    ) -> Result<Option<String>, EngineError> {
        if upgrade::possible(self) {
            let (tell, mut told) = mpsc::unbounded_channel();
            let pushing = self.push_by_layer(name, credentials, move |transfer| drop(tell.send(transfer)));
            let mut pushing = std::pin::pin!(pushing);
            let mut heard = Heard::new();
            loop {
                tokio::select! {
                    biased;
                    // Dropping the connection ends the push in the engine too.
                    () = cancel.cancelled() => return Err(EngineError::Cancelled),
                    Some(transfer) = told.recv() => events(heard.take(transfer)),
                    done = &mut pushing => {
                        while let Ok(transfer) = told.try_recv() {
                            events(transfer);
                        }
                        return done;
                    }
                    waiting = heard.nothing() => events(waiting),
                }
            }
        }
        let (repository, tag) = split_name(name);
        let options = query::PushImageOptionsBuilder::new().tag(tag).build();
        let answers = self.docker.push_image(repository, Some(options), credentials.map(Into::into));
        let answers = answers.map_ok(|info| Transfer {
            layer: String::new(),
            status: info.status.unwrap_or_default(),
            current: bytes(info.progress_detail.as_ref().and_then(|detail| detail.current)),
            total: bytes(info.progress_detail.as_ref().and_then(|detail| detail.total)),
        });
        follow(answers, events, cancel).await.map(|()| None)
    }

    async fn push_by_layer(
        &self,
        name: &str,
        credentials: Option<Credentials>,
        events: impl Fn(Transfer) + Send,
    ) -> Result<Option<String>, EngineError> {
        let lost = |error: Box<dyn std::error::Error + Send + Sync>| EngineError::Lost(error);
        let (repository, tag) = split_name(name);
        let stream = upgrade::dial(&self.info.endpoint).await.map_err(|error| lost(error.into()))?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|error| lost(error.into()))?;
        let connection = tokio::spawn(connection);
        // Whatever becomes of us, the connection ends with us.
        let _ended = Abort(connection);
        let who = credentials.unwrap_or_default();
        let who = serde_json::json!({
            "username": who.user, "password": who.password, "serveraddress": who.registry,
        });
        let who = base64::engine::general_purpose::URL_SAFE.encode(who.to_string());
        let request = Request::post(format!("/images/{repository}/push?tag={tag}"))
            .header("host", "docker")
            .header("x-registry-auth", who)
            .body(Empty::<Bytes>::new())
            .map_err(|error| lost(error.into()))?;
        let answer = sender.send_request(request).await.map_err(|error| lost(error.into()))?;
        let status = answer.status();
        let mut body = answer.into_body();
        let mut lines = Lines::default();
        let mut digest = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| lost(error.into()))?;
            let Some(data) = frame.data_ref() else { continue };
            for line in lines.take(data) {
                let refusal: serde_json::Value = serde_json::from_slice(&line).unwrap_or_default();
                if !status.is_success() {
                    let message = refusal["message"].as_str().unwrap_or_default().to_owned();
                    return Err(EngineError::from_words(status.as_u16(), message));
                }
                let said: Said = serde_json::from_value(refusal).unwrap_or_default();
                if !said.error.is_empty() {
                    return Err(EngineError::from_words(0, said.error));
                }
                if !said.aux.digest.is_empty() {
                    digest = Some(said.aux.digest);
                } else {
                    let Detail { current, total } = said.progress_detail;
                    events(Transfer { layer: said.id, status: said.status, current, total });
                }
            }
        }
        if status.is_success() {
            return Ok(digest);
        }
        let refusal: serde_json::Value = serde_json::from_slice(&lines.begun).unwrap_or_default();
        let message = refusal["message"].as_str().map(str::to_owned);
        let message = message.unwrap_or_else(|| format!("the engine answered {status}"));
        Err(EngineError::from_words(status.as_u16(), message))
    }
}

/// Ends a task when it is dropped.
struct Abort<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for Abort<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Bytes that come in pieces, as lines.
#[derive(Debug, Default)]
struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// The lines that `data` completes; one that is too long is dropped.
    fn take(&mut self, data: &[u8]) -> Vec<Vec<u8>> {
        let mut whole = Vec::new();
        for piece in data.split_inclusive(|byte| *byte == b'\n') {
            if self.begun.len() + piece.len() <= LONGEST_LINE {
                self.begun.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                whole.push(std::mem::take(&mut self.begun));
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let mut lines = Lines::default();
        assert!(lines.take(b"{\"status\":").is_empty());
        let got =
            lines.take(b"\"Pushing\",\"id\":\"a1\",\"progressDetail\":{\"current\":1,\"total\":4}}\r\n{\"x");
        let said: Said = serde_json::from_slice(&got[0]).unwrap();
        assert_eq!((said.id.as_str(), said.progress_detail.total), ("a1", 4));
        let rest = lines.take(b"\":1}\n{\"aux\":{\"Tag\":\"v\",\"Digest\":\"sha256:1\",\"Size\":1}}\n");
        let said: Said = serde_json::from_slice(&rest[1]).unwrap();
        assert_eq!(said.aux.digest, "sha256:1");
        lines.take(&vec![b'x'; LONGEST_LINE + 1]);
        assert_eq!(lines.take(b"\n")[0].len(), 1, "what is too long is not kept");
    }
}
