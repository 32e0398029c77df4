//! The practice ECR beside docker-registry 2.8 (Debian's package): an image of three layers, 300 MB in all,
//! pushed and pulled over plain HTTP, its layers at once as docker does it, and the most memory that each
//! server takes.

use super::support;
use super::table::{Row, Samples, show};
use sha2::Digest as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const LAYERS: usize = 3;
const LAYER_BYTES: usize = 100_000_000;
const ROUNDS: u64 = 5;

pub fn registry() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a folder");
    let ours = Server::ours(&folder.path().join("ours"));
    let theirs =
        support::peer("docker-registry").map(|peer| Server::theirs(&peer, &folder.path().join("theirs")));
    let servers: Vec<&Server> = std::iter::once(&ours).chain(theirs.as_ref()).collect();
    let mut pushes = vec![Vec::new(); servers.len()];
    let mut pulls = vec![Vec::new(); servers.len()];
    // In turn, so that both see the same machine, and the other one first every second time.
    for round in 0..=ROUNDS {
        let layers: Vec<Vec<u8>> = (0..LAYERS as u64).map(|n| noise(round * 10 + n)).collect();
        let digests: Vec<String> = layers.iter().map(|layer| sha256(layer)).collect();
        let mut order: Vec<usize> = (0..servers.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for server in order {
            let push = timed(|at| servers[server].push(&layers[at], &digests[at]));
            let pull = timed(|at| servers[server].pull(&digests[at]));
            // The first round warms both.
            if round > 0 {
                pushes[server].push(push);
                pulls[server].push(pull);
            }
        }
    }
    let peaks: Vec<u64> = servers.iter().map(|server| server.peak()).collect();
    let row = |what: &str, samples: Vec<Vec<Duration>>| {
        let mut samples = samples.into_iter().map(Samples::new);
        let ours = samples.next().expect("ours was measured").p50();
        let theirs = samples.next().map(|theirs| theirs.p50());
        Row {
            what: what.into(),
            budget: "docker-registry's".into(),
            found: show(ours),
            holds: theirs.map(|theirs| ours <= theirs),
            peers: theirs.map(|theirs| format!("docker-registry 2.8 {}", show(theirs))).into_iter().collect(),
        }
    };
    let megabytes = |kilobytes: u64| format!("{:.1} MB", kilobytes as f64 / 1e3);
    vec![
        row("practice ECR, push of 300 MB", pushes),
        row("practice ECR, pull of 300 MB", pulls),
        Row {
            what: "practice ECR, most memory".into(),
            budget: "docker-registry's, 64 MB".into(),
            found: megabytes(peaks[0]),
            holds: Some(peaks[0] < 64_000 && peaks.get(1).is_none_or(|theirs| peaks[0] <= *theirs)),
            peers: peaks
                .get(1)
                .map(|peak| format!("docker-registry 2.8 {}", megabytes(*peak)))
                .into_iter()
                .collect(),
        },
    ]
}

/// How long all layers take, at once.
fn timed(work: impl Fn(usize) + Sync) -> Duration {
    let began = Instant::now();
    std::thread::scope(|scope| {
        for at in 0..LAYERS {
            let work = &work;
            scope.spawn(move || work(at));
        }
    });
    began.elapsed()
}

/// A registry in a process of its own, ended with this.
struct Server {
    child: Child,
    address: SocketAddr,
    authorization: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    fn ours(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_docker-ecr-tutor"))
            .args(["practice-ecr", "--folder"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the practice ECR starts");
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().expect("its output")).read_line(&mut first).expect("a line");
        let address = first.split("http://").nth(1).and_then(|rest| rest.split(". ").next());
        let address =
            address.and_then(|address| address.trim().parse().ok()).expect("an address in its first line");
        let mut server = Self { child, address, authorization: String::new() };
        let token = server.api("GetAuthorizationToken", "{}");
        let token = token["authorizationData"][0]["authorizationToken"].as_str().expect("a token").to_owned();
        server.api("CreateRepository", r#"{"repositoryName":"bench"}"#);
        server.authorization = format!("Authorization: Basic {token}\r\n");
        server
    }

    fn theirs(program: &Path, folder: &Path) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        let free =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let configuration = format!(
            "version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    \
             rootdirectory: {}\nhttp:\n  addr: {free}\n",
            folder.join("data").display()
        );
        let file = folder.join("config.yml");
        std::fs::write(&file, configuration).expect("a file");
        let child = Command::new(program)
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker-registry starts");
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(free).is_err() {
            assert!(Instant::now() < end, "docker-registry does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, address: free, authorization: String::new() }
    }

    fn api(&self, operation: &str, body: &str) -> serde_json::Value {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let authorization = docker_ecr_tutor::practice::authorization(&target, body.as_bytes());
        let more = format!("X-Amz-Target: {target}\r\nAuthorization: {authorization}\r\n");
        let (status, answer) = self.send("POST", "/", &more, body.as_bytes());
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(body).expect("JSON")
    }

    /// As docker pushes a layer: begun, streamed, closed.
    fn push(&self, layer: &[u8], digest: &str) {
        let location = self.accepted("POST", "/v2/bench/blobs/uploads/", b"");
        let location = self.accepted("PATCH", &location, layer);
        let and = if location.contains('?') { '&' } else { '?' };
        let (status, answer) = self.send("PUT", &format!("{location}{and}digest={digest}"), "", b"");
        assert_eq!(status, 201, "{answer}");
    }

    fn accepted(&self, method: &str, path: &str, body: &[u8]) -> String {
        let (status, answer) = self.send(method, path, "Content-Type: application/octet-stream\r\n", body);
        assert_eq!(status, 202, "{answer}");
        let location = answer
            .lines()
            .find_map(|line| line.strip_prefix("Location: ").or(line.strip_prefix("location: ")));
        let location = location.expect("where to go on").trim();
        let host = format!("http://{}", self.address);
        location.strip_prefix(&host).unwrap_or(location).to_owned()
    }

    fn pull(&self, digest: &str) {
        let mut stream = self.request("GET", &format!("/v2/bench/blobs/{digest}"), "", b"");
        let mut buffer = vec![0; 256 * 1024];
        let mut bytes = 0;
        loop {
            match stream.read(&mut buffer).expect("the layer") {
                0 => break,
                read => bytes += read,
            }
        }
        assert!(bytes > LAYER_BYTES, "only {bytes} bytes came");
    }

    fn send(&self, method: &str, path: &str, more: &str, body: &[u8]) -> (u16, String) {
        let mut answer = String::new();
        self.request(method, path, more, body).read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, answer)
    }

    fn request(&self, method: &str, path: &str, more: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).expect("the registry listens");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{}{more}\r\n",
            self.address,
            body.len(),
            self.authorization
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("a request");
        stream
    }

    /// The most memory it has had, in kB.
    fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
    }
}

/// Bytes that do not repeat.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(LAYER_BYTES).collect()
}

fn sha256(bytes: &[u8]) -> String {
    let digest = sha2::Sha256::digest(bytes);
    format!("sha256:{}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
