//! The real engine, asked behind the program's back: whether one answers, and what it holds. Plain HTTP
//! over its socket, so that a mistake in the program's own client cannot hide here.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// An engine that answers.
#[derive(Debug, Clone)]
pub struct Engine {
    socket: PathBuf,
}

/// The engine, or `None` after saying on standard error that this test is left out. With `CI=true` a
/// missing engine fails the test: there nothing may be skipped.
pub fn engine() -> Option<Engine> {
    let found = socket().map(|socket| Engine { socket });
    if found.is_none() {
        let why = "no container engine answers (tests/setup/setup.sh installs one on Debian and Ubuntu)";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}, and CI=true allows no skipping");
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        eprintln!("left out: {test}: {why}");
    }
    found
}

/// Where an engine answers, looked for once.
pub(super) fn socket() -> Option<PathBuf> {
    static SOCKET: OnceLock<Option<PathBuf>> = OnceLock::new();
    SOCKET.get_or_init(|| candidates().into_iter().find(|path| answers(path))).clone()
}

fn candidates() -> Vec<PathBuf> {
    if let Ok(host) = std::env::var("DOCKER_HOST") {
        return host.strip_prefix("unix://").map(PathBuf::from).into_iter().collect();
    }
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let mut all = vec![
        PathBuf::from("/var/run/docker.sock"),
        home.join(".docker/run/docker.sock"),
        home.join(".colima/default/docker.sock"),
    ];
    if let Some(runtime) = std::env::var_os("XDG_RUNTIME_DIR") {
        all.push(PathBuf::from(runtime).join("docker.sock"));
    }
    all
}

fn answers(socket: &Path) -> bool {
    let engine = Engine { socket: socket.to_path_buf() };
    engine.request("GET", "/_ping", None).is_ok_and(|(status, _)| status == 200)
}

impl Engine {
    /// The engine at this socket.
    pub fn at(socket: &Path) -> Self {
        Self { socket: socket.to_path_buf() }
    }

    /// As `DOCKER_HOST` has it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// The engine's JSON answer to a GET; panics on any other status than 200.
    pub fn get(&self, path: &str) -> serde_json::Value {
        let (status, body) = self.request("GET", path, None).expect("the engine's answer");
        assert_eq!(status, 200, "GET {path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).expect("JSON from the engine")
    }

    /// Whether this image is there.
    pub fn has_image(&self, name: &str) -> bool {
        let asked = self.request("GET", &format!("/images/{}/json", encode(name)), None);
        asked.expect("the engine's answer").0 == 200
    }

    /// Ids of images with this label, `name` or `name=value`, dangling ones included.
    pub fn images_with(&self, label: &str) -> Vec<String> {
        self.ids(&format!("/images/json?filters={}", label_filter(label)))
    }

    /// Ids of containers with this label, running or not.
    pub fn containers_with(&self, label: &str) -> Vec<String> {
        self.ids(&format!("/containers/json?all=1&filters={}", label_filter(label)))
    }

    /// Removes an image, if it is there.
    pub fn remove_image(&self, name: &str) {
        let _ = self.request("DELETE", &format!("/images/{}?force=1", encode(name)), None);
    }

    /// Removes a container, running or not, if it is there.
    pub fn remove_container(&self, id: &str) {
        let _ = self.request("DELETE", &format!("/containers/{}?force=1&v=1", encode(id)), None);
    }

    /// An image as `docker save` writes it.
    pub fn save(&self, name: &str) -> Vec<u8> {
        let (status, body) =
            self.request("GET", &format!("/images/{}/get", encode(name)), None).expect("an answer");
        assert_eq!(status, 200, "{name} cannot be saved: {}", String::from_utf8_lossy(&body));
        body
    }

    /// Takes in what `docker save` wrote.
    pub fn load(&self, archive: &[u8]) {
        let (status, told) =
            self.send("POST", "/images/load", "application/x-tar", archive).expect("an answer");
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(status == 200 && !told.contains("error"), "it was not taken: {status} {told}");
    }

    /// Pushes an image to the registry its name says; what the engine tells of it.
    pub fn push(&self, repository: &str, tag: &str) -> String {
        // The engine wants to know who asks, even where nobody has to say.
        let kind = "application/json\r\nX-Registry-Auth: e30=";
        let path = format!("/images/{}/push?tag={}", encode(repository), encode(tag));
        let (status, told) = self.send("POST", &path, kind, b"").expect("an answer");
        let told = String::from_utf8_lossy(&told).into_owned();
        assert_eq!(status, 200, "{told}");
        told
    }

    fn ids(&self, path: &str) -> Vec<String> {
        let list = self.get(path);
        let ids = list.as_array().into_iter().flatten().filter_map(|item| item["Id"].as_str());
        ids.map(str::to_owned).collect()
    }

    /// One request; HTTP/1.0, so that the answer ends with the connection and is never chunked.
    pub fn request(&self, method: &str, path: &str, body: Option<&str>) -> std::io::Result<(u16, Vec<u8>)> {
        self.send(method, path, "application/json", body.unwrap_or_default().as_bytes())
    }

    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let head = format!("{method} {path} HTTP/1.0\r\nHost: engine\r\nContent-Type: {kind}\r\n");
        write!(stream, "{head}Content-Length: {}\r\n\r\n", body.len())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let broken = || std::io::Error::other("no HTTP answer");
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(broken)?;
        let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1).and_then(|s| s.parse().ok());
        Ok((status.ok_or_else(broken)?, answer.split_off(end + 4)))
    }
}

/// A docker command line whose `build` uses BuildKit here: newer ones without buildx do not. `None`
/// when there is none.
pub fn docker_cli() -> Option<Command> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join("docker")).find(|program| {
        let ask =
            |args: &[&str]| Command::new(program).args(args).output().ok().filter(|o| o.status.success());
        let version = ask(&["--version"]).map(|o| String::from_utf8_lossy(&o.stdout).into_owned());
        let major = version
            .as_deref()
            .and_then(|text| text.split(|c: char| !c.is_ascii_digit()).find(|s| !s.is_empty()));
        match major.and_then(|text| text.parse::<u32>().ok()) {
            Some(major) if major < 23 => true,
            Some(_) => ask(&["buildx", "version"]).is_some(),
            None => false,
        }
    })?;
    let mut command = Command::new(found);
    command.env("DOCKER_BUILDKIT", "1");
    Some(command)
}

fn label_filter(label: &str) -> String {
    encode(&serde_json::json!({ "label": [label] }).to_string())
}

/// Percent-encoding of everything but letters, digits and what image names need.
fn encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/@".contains(&byte);
    text.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
