//! A practice ECR of a test's own, and the words in which tests speak to it.

use super::http::{self, Answer};
use base64::Engine as _;
use docker_ecr_tutor::practice::{Moment, Server, Settings, authorization};
use serde_json::{Value, json};
use sha2::Digest as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// A registry that runs in this process, with a clock that stands still unless it is moved.
pub struct Practice {
    pub folder: tempfile::TempDir,
    pub runtime: tokio::runtime::Runtime,
    pub server: Server,
    /// In milliseconds since 1970.
    pub clock: Arc<AtomicU64>,
    pub client: Client,
}

impl Practice {
    pub fn start() -> Self {
        Self::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let clock = Arc::new(AtomicU64::new(1_800_000_000_000));
        let mut settings = Settings::new(folder.path());
        change(&mut settings);
        let shown = clock.clone();
        let now = Arc::new(move || Moment::of_millis(shown.load(Ordering::SeqCst)));
        let server = runtime.block_on(Server::start(settings, now)).expect("the practice ECR starts");
        let client = Client::login(server.address());
        Self { folder, runtime, server, clock, client }
    }

    /// An empty repository.
    pub fn repository(&self, name: &str) -> Repo<'_> {
        self.client.create(name, json!({}));
        self.client.repo(name)
    }
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub authorization: String,
}

impl Client {
    pub fn login(address: SocketAddr) -> Self {
        let mut client = Self { address, authorization: String::new() };
        let answer = client.api("GetAuthorizationToken", json!({}));
        let token = answer.json()["authorizationData"][0]["authorizationToken"].as_str().unwrap().to_owned();
        client.authorization = format!("Basic {token}");
        client
    }

    /// The password that `docker login` takes.
    pub fn password(&self) -> String {
        let token = self.authorization.trim_start_matches("Basic ");
        let pair = base64::engine::general_purpose::STANDARD.decode(token).unwrap();
        String::from_utf8(pair).unwrap().split_once(':').unwrap().1.to_owned()
    }

    /// An operation of the control API.
    pub fn api(&self, operation: &str, body: Value) -> Answer {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let body = body.to_string();
        let authorization = authorization(&target, body.as_bytes());
        let headers = [
            ("X-Amz-Target", target.as_str()),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Authorization", authorization.as_str()),
        ];
        http::send(self.address, "POST", "/", &headers, body.as_bytes())
    }

    pub fn create(&self, name: &str, mut settings: Value) {
        settings["repositoryName"] = json!(name);
        let answer = self.api("CreateRepository", settings);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// A request to the registry.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut all = vec![("Authorization", self.authorization.as_str())];
        all.extend_from_slice(headers);
        http::send(self.address, method, path, &all, body)
    }

    pub fn repo(&self, name: &str) -> Repo<'_> {
        Repo { client: self, name: name.to_owned() }
    }
}

/// A repository and somebody who may use it.
#[derive(Debug, Clone)]
pub struct Repo<'a> {
    pub client: &'a Client,
    pub name: String,
}

impl Repo<'_> {
    /// A request below `/v2/<name>`; a path that begins with `/v2/` is taken as it is.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let path =
            if path.starts_with("/v2/") { path.to_owned() } else { format!("/v2/{}{path}", self.name) };
        self.client.send(method, &path, headers, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    /// Begins an upload. Answers with its location.
    pub fn begin(&self) -> String {
        let answer = self.send("POST", "/blobs/uploads/", &[], b"");
        assert_eq!(answer.status, 202, "{}", answer.text());
        answer.header("location").expect("where to send the blob")
    }

    pub fn patch(&self, location: &str, range: &str, body: &[u8]) -> Answer {
        let headers: &[(&str, &str)] = &[("Content-Range", range)];
        self.send("PATCH", location, if range.is_empty() { &[] } else { headers }, body)
    }

    pub fn close(&self, location: &str, digest: &str, body: &[u8]) -> Answer {
        self.send("PUT", &format!("{location}?digest={digest}"), &[], body)
    }

    /// Pushes a blob by one request. Answers with its digest.
    pub fn blob(&self, content: &[u8]) -> String {
        let digest = sha256(content);
        let answer = self.send("POST", &format!("/blobs/uploads/?digest={digest}"), &[], content);
        assert_eq!(answer.status, 201, "{}", answer.text());
        digest
    }

    /// An image manifest of blobs that this pushes, with `more` in it.
    pub fn manifest(&self, layers: &[&[u8]], more: Value) -> String {
        for content in layers.iter().chain([&&b"{}"[..]]) {
            self.blob(content);
        }
        self.manifest_of(layers, more)
    }

    /// The same of blobs that are there.
    pub fn manifest_of(&self, layers: &[&[u8]], more: Value) -> String {
        let descriptor = |kind: &str, content: &[u8]| json!({ "mediaType": kind, "digest": sha256(content), "size": content.len() });
        let layer = |content: &&[u8]| descriptor("application/vnd.oci.image.layer.v1.tar", content);
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(EMPTY, b"{}"),
            "layers": layers.iter().map(layer).collect::<Vec<_>>(),
        });
        manifest.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        manifest.to_string()
    }

    /// Pushes a manifest. The type is the one it says.
    pub fn put(&self, reference: &str, manifest: &str) -> Answer {
        let said: Value = serde_json::from_str(manifest).unwrap_or_default();
        let kind = said["mediaType"].as_str().unwrap_or(MANIFEST);
        self.send("PUT", &format!("/manifests/{reference}"), &[("Content-Type", kind)], manifest.as_bytes())
    }

    /// Pushes a small image that differs by `salt`. Answers with its digest.
    pub fn image(&self, tag: &str, salt: &str) -> String {
        let manifest = self.manifest(&[salt.as_bytes()], json!({}));
        let answer = self.put(tag, &manifest);
        assert_eq!(answer.status, 201, "{}", answer.text());
        sha256(manifest.as_bytes())
    }

    pub fn tags(&self) -> Vec<String> {
        names(&self.get("/tags/list").json()["tags"])
    }
}

/// A JSON list of texts.
pub fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

pub fn sha256(content: &[u8]) -> String {
    let digest = sha2::Sha256::digest(content);
    format!("sha256:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

pub fn sha512(content: &[u8]) -> String {
    let digest = sha2::Sha512::digest(content);
    format!("sha512:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
