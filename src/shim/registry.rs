//! The practice ECR as its clients see it: calls of the API, and images on their way in and out.

use super::http;
use crate::practice;
use crate::text::percent_encode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write as _;
use std::net::SocketAddr;

/// What the API model prefixes operations with.
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.";
/// The image manifest that docker pushes.
pub const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// A practice ECR somewhere on this machine.
#[derive(Debug, Clone, Copy)]
pub struct Remote {
    /// Where it answers.
    pub address: SocketAddr,
}

/// What a registry or the API refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// `RepositoryNotFoundException`, `NAME_UNKNOWN`; empty when no answer came.
    pub code: String,
    /// In its words.
    pub message: String,
    /// HTTP status.
    pub status: u16,
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self { code: String::new(), message: error.to_string(), status: 0 }
    }
}

/// An image: its configuration and its layers, compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The configuration's JSON.
    pub config: Vec<u8>,
    /// Compressed tar archives, base first.
    pub layers: Vec<Vec<u8>>,
}

impl Picture {
    /// An image of these layers, given as tar archives, with this `config` (`Cmd`, `Env`, …).
    ///
    /// # Errors
    /// Never, in memory.
    pub fn new(tars: &[Vec<u8>], config: &Value) -> std::io::Result<Self> {
        let mut layers = Vec::new();
        for tar in tars {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(tar)?;
            layers.push(gzip.finish()?);
        }
        let diffs: Vec<String> = tars.iter().map(|tar| digest(tar)).collect();
        let config = json!({
            "architecture": "amd64", "os": "linux", "created": "1970-01-01T00:00:00Z", "config": config,
            "rootfs": { "type": "layers", "diff_ids": diffs }, "history": [],
        });
        Ok(Self { config: config.to_string().into_bytes(), layers })
    }

    /// Its id: the digest of its configuration.
    pub fn id(&self) -> String {
        digest(&self.config)
    }

    /// Its manifest.
    pub fn manifest(&self) -> Vec<u8> {
        let part = |kind: &str, content: &[u8]| json!({ "mediaType": kind, "size": content.len(), "digest": digest(content) });
        let layers: Vec<Value> = self.layers.iter().map(|layer| part(LAYER, layer)).collect();
        let config = part(CONFIG, &self.config);
        json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers })
            .to_string()
            .into_bytes()
    }
}

/// `sha256:…`
pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

impl Remote {
    /// Calls an operation of the API.
    ///
    /// # Errors
    /// With the exception's name and words.
    pub fn call(&self, operation: &str, input: &Value) -> Result<Value, Refused> {
        let (target, body) = (format!("{TARGET}{operation}"), input.to_string());
        let signature = practice::authorization(&target, body.as_bytes());
        let headers = [
            ("X-Amz-Target", target.as_str()),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Authorization", &signature),
        ];
        let reply = http::send(self.address, "POST", "/", &headers, body.as_bytes())?;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        if reply.status == 200 {
            return Ok(answer);
        }
        let text = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        Err(Refused { code: text("__type"), message: text("message"), status: reply.status })
    }

    /// A password for the registry.
    ///
    /// # Errors
    /// As [`Remote::call`].
    pub fn password(&self) -> Result<String, Refused> {
        let answer = self.call("GetAuthorizationToken", &json!({}))?;
        let token = answer["authorizationData"][0]["authorizationToken"].as_str().unwrap_or_default();
        let decoded = STANDARD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let password = decoded.as_deref().and_then(|text| text.strip_prefix("AWS:")).map(str::to_owned);
        password.ok_or(Refused { code: String::new(), message: "no token came".into(), status: 0 })
    }

    /// A request to the registry as this user.
    fn ask(
        &self,
        user: &str,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> Result<http::Reply, Refused> {
        let basic = format!("Basic {}", STANDARD.encode(user));
        let headers = [("Authorization", basic.as_str()), ("Content-Type", kind), ("Accept", "*/*")];
        let reply = http::send(self.address, method, path, &headers, body)?;
        if reply.status < 400 {
            return Ok(reply);
        }
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let text = |key: &str| answer["errors"][0][key].as_str().unwrap_or_default().to_owned();
        Err(Refused { code: text("code"), message: text("message"), status: reply.status })
    }

    /// Whether `user` (`AWS:password`) may come in.
    ///
    /// # Errors
    /// When not.
    pub fn login(&self, user: &str) -> Result<(), Refused> {
        self.ask(user, "GET", "/v2/", "", b"").map(drop)
    }

    /// Pushes an image; answers with the digest and the size of its manifest.
    ///
    /// # Errors
    /// In the registry's words.
    pub fn push(
        &self,
        user: &str,
        repository: &str,
        tag: &str,
        image: &Picture,
    ) -> Result<(String, usize), Refused> {
        let name = encode(repository);
        for blob in image.layers.iter().chain([&image.config]) {
            let digest = digest(blob);
            match self.ask(user, "HEAD", &format!("/v2/{name}/blobs/{digest}"), "", b"") {
                Ok(_) => continue,
                // The answer to HEAD has no body to say which of the two is unknown; the upload says it.
                Err(refused) if refused.status == 404 => {}
                Err(refused) if refused.status == 0 => return Err(refused),
                Err(_) => {}
            }
            let begun = self.ask(user, "POST", &format!("/v2/{name}/blobs/uploads/"), "", b"")?;
            let place = begun.header("location").unwrap_or_default();
            let path = place.strip_prefix(&format!("http://{}", self.address)).unwrap_or(place);
            let joint = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{joint}digest={digest}");
            self.ask(user, "PUT", &path, "application/octet-stream", blob)?;
        }
        let manifest = image.manifest();
        let path = format!("/v2/{name}/manifests/{}", encode(tag));
        self.ask(user, "PUT", &path, MANIFEST, &manifest)?;
        Ok((digest(&manifest), manifest.len()))
    }

    /// A manifest by tag or digest.
    ///
    /// # Errors
    /// In the registry's words.
    pub fn manifest(&self, user: &str, repository: &str, reference: &str) -> Result<Vec<u8>, Refused> {
        let path = format!("/v2/{}/manifests/{}", encode(repository), encode(reference));
        Ok(self.ask(user, "GET", &path, "", b"")?.body)
    }

    /// Pulls an image.
    ///
    /// # Errors
    /// In the registry's words.
    pub fn pull(&self, user: &str, repository: &str, manifest: &[u8]) -> Result<Picture, Refused> {
        let manifest: Value = serde_json::from_slice(manifest).unwrap_or_default();
        let blob = |part: &Value| {
            let digest = part["digest"].as_str().unwrap_or_default();
            let path = format!("/v2/{}/blobs/{}", encode(repository), encode(digest));
            self.ask(user, "GET", &path, "", b"").map(|reply| reply.body)
        };
        let config = blob(&manifest["config"])?;
        let layers = manifest["layers"].as_array().into_iter().flatten().map(blob);
        Ok(Picture { config, layers: layers.collect::<Result<_, _>>()? })
    }
}

/// What a path may hold as it is; everything else percent-encoded.
fn encode(text: &str) -> String {
    percent_encode(text, |byte| byte.is_ascii_alphanumeric() || b"-._~:/@".contains(&byte))
}
