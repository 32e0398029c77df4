//! Finding an engine as the docker command line does: an option, `DOCKER_HOST`, a context, then the
//! sockets where engines usually listen.
//!
//! [`Environment`] is everything the search depends on, read once; [`candidates`] is pure.

use super::{Engine, EngineInfo, Tried};
use bollard::{API_DEFAULT_VERSION, Docker};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// How long one place may take to answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// Bollard's limit for response headers, in seconds. A build may take long to say its first word;
/// our own timeouts and cancellation bound every call.
const HEADER_SECONDS: u64 = 24 * 3600;

/// Everything the search for an engine depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `--host` of this program.
    pub host_option: Option<String>,
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`, or else the current context of `config.json`, and what named it.
    pub context: Option<(String, &'static str)>,
    /// What is stored about that context.
    pub context_endpoint: Option<ContextEndpoint>,
    /// Folder with `ca.pem`, `cert.pem`, `key.pem` when `DOCKER_TLS_VERIFY` or `DOCKER_TLS` is set.
    pub tls: Option<PathBuf>,
    /// `DOCKER_BUILDKIT=0` asks for the classic builder.
    pub classic_builder: bool,
    /// Home directory.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
}

/// Where a docker context points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextEndpoint {
    /// `unix:///…`, `tcp://…`, `ssh://…`.
    pub host: String,
    /// Folder with its TLS files, when it has any.
    pub tls: Option<PathBuf>,
}

/// A place where an engine may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// `unix:///var/run/docker.sock`.
    pub endpoint: String,
    /// What named it.
    pub origin: String,
    /// Folder with `ca.pem`, `cert.pem`, `key.pem` when the connection is by TLS.
    pub tls: Option<PathBuf>,
}

/// No engine answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no container engine answers ({})", summary(.tried))]
pub struct ConnectError {
    /// Every place tried, in order, with the reason it failed.
    pub tried: Vec<Tried>,
}

impl ConnectError {
    /// What to do next.
    pub fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        if self.tried.iter().any(|tried| tried.reason.contains("permission denied")) {
            hints.push(
                "add yourself to the group docker (`sudo usermod -aG docker $USER`), then log in again"
                    .into(),
            );
        }
        match self.tried.as_slice() {
            [one] if !one.origin.contains("socket") => hints.push(format!(
                "{} names this engine and so no other was tried; correct it, or unset it to use the default",
                one.origin
            )),
            _ => hints.push(
                "install an engine: Docker Engine (https://docs.docker.com/engine/install/), Docker Desktop, \
                 Colima, OrbStack, Rancher Desktop or Podman; or start the one you have"
                    .into(),
            ),
        }
        hints
    }
}

fn summary(tried: &[Tried]) -> String {
    match tried {
        [] => "nowhere to look".into(),
        [one] => format!("{}: {}", one.endpoint, one.reason),
        many => format!("{} places tried", many.len()),
    }
}

impl Environment {
    /// Reads the process environment and docker's configuration files.
    pub fn read() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let home = variable("HOME").map(PathBuf::from);
        let config = variable("DOCKER_CONFIG")
            .map(PathBuf::from)
            .or_else(|| home.as_ref().map(|home| home.join(".docker")));
        let context = variable("DOCKER_CONTEXT").map(|name| (name, "DOCKER_CONTEXT")).or_else(|| {
            #[derive(Deserialize)]
            struct Config {
                #[serde(rename = "currentContext")]
                current: Option<String>,
            }
            let text = std::fs::read(config.as_ref()?.join("config.json")).ok()?;
            let current = serde_json::from_slice::<Config>(&text).ok()?.current?;
            Some((current, "the current docker context"))
        });
        let context = context.filter(|(name, _)| !name.is_empty() && name != "default");
        let context_endpoint =
            context.as_ref().zip(config.as_ref()).and_then(|((name, _), config)| read_context(config, name));
        let wants_tls = variable("DOCKER_TLS_VERIFY").or_else(|| variable("DOCKER_TLS")).is_some();
        let tls = wants_tls
            .then(|| variable("DOCKER_CERT_PATH").map(PathBuf::from).or_else(|| config.clone()))
            .flatten();
        Self {
            host_option: None,
            docker_host: variable("DOCKER_HOST"),
            context,
            context_endpoint,
            tls,
            classic_builder: variable("DOCKER_BUILDKIT")
                .is_some_and(|value| value == "0" || value == "false"),
            home,
            runtime_dir: variable("XDG_RUNTIME_DIR").map(PathBuf::from).or_else(usual_runtime_dir),
        }
    }
}

/// Where rootless engines listen, when nobody says it: in a session without a log-in, as under `su`.
fn usual_runtime_dir() -> Option<PathBuf> {
    #[cfg(unix)]
    let folder = Some(PathBuf::from(format!("/run/user/{}", rustix::process::geteuid().as_raw())));
    #[cfg(not(unix))]
    let folder: Option<PathBuf> = None;
    folder.filter(|folder| folder.is_dir())
}

/// What docker stores of a context: `contexts/meta/<sha256 of the name>/meta.json` and the TLS files
/// beside it.
fn read_context(config: &Path, name: &str) -> Option<ContextEndpoint> {
    #[derive(Deserialize)]
    struct Meta {
        #[serde(rename = "Endpoints")]
        endpoints: Endpoints,
    }
    #[derive(Deserialize)]
    struct Endpoints {
        docker: Endpoint,
    }
    #[derive(Deserialize)]
    struct Endpoint {
        #[serde(rename = "Host")]
        host: String,
    }
    let id: String = Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let meta = std::fs::read(config.join("contexts/meta").join(&id).join("meta.json")).ok()?;
    let host = serde_json::from_slice::<Meta>(&meta).ok()?.endpoints.docker.host;
    let tls = config.join("contexts/tls").join(&id).join("docker");
    Some(ContextEndpoint { host, tls: tls.join("ca.pem").exists().then_some(tls) })
}

/// The places to try, in order. What is named explicitly is the only one, as with docker itself.
pub fn candidates(environment: &Environment) -> Result<Vec<Candidate>, ConnectError> {
    let only = |endpoint: &str, origin: &str, tls: Option<PathBuf>| {
        vec![Candidate { endpoint: with_scheme(endpoint), origin: origin.into(), tls }]
    };
    if let Some(host) = &environment.host_option {
        return Ok(only(host, "--host", environment.tls.clone()));
    }
    if let Some(host) = &environment.docker_host {
        return Ok(only(host, "DOCKER_HOST", environment.tls.clone()));
    }
    if let Some((name, origin)) = &environment.context {
        let origin = format!("{origin} {name}");
        return match &environment.context_endpoint {
            Some(endpoint) => Ok(only(&endpoint.host, &origin, endpoint.tls.clone())),
            None => Err(ConnectError {
                tried: vec![Tried {
                    endpoint: format!("context {name}"),
                    origin,
                    reason: "docker knows no context of that name (`docker context ls` lists them)".into(),
                }],
            }),
        };
    }
    Ok(default_sockets(environment)
        .into_iter()
        .map(|(path, origin)| Candidate {
            endpoint: format!("unix://{}", path.display()),
            origin: origin.into(),
            tls: None,
        })
        .collect())
}

fn default_sockets(environment: &Environment) -> Vec<(PathBuf, &'static str)> {
    let mut sockets = vec![(PathBuf::from("/var/run/docker.sock"), "the default socket")];
    if let Some(runtime) = &environment.runtime_dir {
        sockets.push((runtime.join("docker.sock"), "the rootless socket"));
    }
    if let Some(home) = &environment.home {
        let usual = [
            (".docker/run/docker.sock", "Docker Desktop's socket"),
            (".docker/desktop/docker.sock", "Docker Desktop's socket"),
            (".colima/default/docker.sock", "Colima's socket"),
            (".orbstack/run/docker.sock", "OrbStack's socket"),
            (".rd/docker.sock", "Rancher Desktop's socket"),
        ];
        sockets.extend(usual.map(|(path, origin)| (home.join(path), origin)));
    }
    if let Some(runtime) = &environment.runtime_dir {
        sockets.push((runtime.join("podman/podman.sock"), "Podman's socket"));
    }
    sockets.push((PathBuf::from("/run/podman/podman.sock"), "Podman's system socket"));
    sockets
}

/// `host:2375` means `tcp://host:2375`, and a bare path a unix socket.
fn with_scheme(endpoint: &str) -> String {
    if endpoint.contains("://") {
        endpoint.into()
    } else if endpoint.starts_with('/') {
        format!("unix://{endpoint}")
    } else {
        format!("tcp://{endpoint}")
    }
}

/// Tries the places `environment` leads to and answers with the first engine.
pub async fn connect(environment: &Environment) -> Result<Engine, ConnectError> {
    let mut tried = Vec::new();
    for candidate in candidates(environment)? {
        let answer = tokio::time::timeout(PATIENCE, ask(&candidate, environment)).await;
        let reason = match answer {
            Ok(Ok(engine)) => return Ok(engine),
            Ok(Err(reason)) => reason,
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        tried.push(Tried { endpoint: candidate.endpoint, origin: candidate.origin, reason });
    }
    Err(ConnectError { tried })
}

async fn ask(candidate: &Candidate, environment: &Environment) -> Result<Engine, String> {
    let docker = open(candidate)?;
    // `/info` would tell more, and takes as long as the whole of a cached build's own requests.
    let version = docker.version().await.map_err(|error| explain(&error))?;
    let podman = version
        .components
        .iter()
        .flatten()
        .any(|component| component.name.to_ascii_lowercase().contains("podman"));
    let os = version.os.unwrap_or_default();
    let api_version = version.api_version.unwrap_or_default();
    let engine = EngineInfo {
        endpoint: candidate.endpoint.clone(),
        origin: candidate.origin.clone(),
        version: version.version.unwrap_or_default(),
        // BuildKit came with API 1.39 and never to Windows containers; Podman builds with buildah.
        buildkit: !environment.classic_builder && !podman && os == "linux" && at_least(&api_version, (1, 39)),
        api_version,
        platform: format!("{os}/{}", version.arch.unwrap_or_default()),
        podman,
    };
    Ok(Engine {
        docker,
        info: Arc::new(engine),
        tls: candidate.tls.is_some(),
        details: Arc::default(),
        cleanups: TaskTracker::new(),
    })
}

fn at_least(version: &str, least: (u32, u32)) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= least
}

/// Makes the client; nothing is sent yet.
fn open(candidate: &Candidate) -> Result<Docker, String> {
    let endpoint = candidate.endpoint.as_str();
    let scheme = endpoint.split("://").next().unwrap_or_default();
    match scheme {
        "unix" => {
            let path = endpoint.trim_start_matches("unix://");
            match std::fs::metadata(path) {
                Ok(_) => Docker::connect_with_unix(endpoint, HEADER_SECONDS, API_DEFAULT_VERSION)
                    .map_err(|error| explain(&error)),
                Err(error) => Err(explain(&error)),
            }
        }
        #[cfg(windows)]
        "npipe" => Docker::connect_with_named_pipe(endpoint, HEADER_SECONDS, API_DEFAULT_VERSION)
            .map_err(|error| explain(&error)),
        "tcp" | "http" | "https" => match &candidate.tls {
            Some(folder) => {
                // A second installation is refused, which is fine: there is one then.
                let _ = rustls::crypto::ring::default_provider().install_default();
                Docker::connect_with_ssl(
                    endpoint,
                    &folder.join("key.pem"),
                    &folder.join("cert.pem"),
                    &folder.join("ca.pem"),
                    HEADER_SECONDS,
                    API_DEFAULT_VERSION,
                )
                .map_err(|error| explain(&error))
            }
            None if scheme == "https" => {
                Err("https needs DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH (ca.pem, cert.pem, key.pem)".into())
            }
            None => Docker::connect_with_http(endpoint, HEADER_SECONDS, API_DEFAULT_VERSION)
                .map_err(|error| explain(&error)),
        },
        "ssh" => Err(format!(
            "ssh:// is not supported; forward the socket and use that: \
             `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock {}`, DOCKER_HOST=unix:///tmp/docker.sock",
            endpoint.trim_start_matches("ssh://")
        )),
        other => Err(format!("{other}:// is not a scheme this program speaks")),
    }
}

/// The innermost cause in plain words: the outer layers say only that a request failed.
fn explain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    loop {
        if let Some(io) = innermost.downcast_ref::<std::io::Error>() {
            use std::io::ErrorKind;
            match io.kind() {
                ErrorKind::NotFound => return "no such file".into(),
                ErrorKind::PermissionDenied => {
                    return "permission denied (is your user in the group docker?)".into();
                }
                ErrorKind::ConnectionRefused => {
                    return "connection refused (the engine is not running)".into();
                }
                _ => {}
            }
        }
        match innermost.source() {
            Some(source) => innermost = source,
            None => return innermost.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(environment: &Environment) -> Vec<String> {
        candidates(environment).expect("candidates").into_iter().map(|c| c.endpoint).collect()
    }

    #[test]
    fn what_is_named_is_the_only_place() {
        let mut environment = Environment {
            context: Some(("colima".into(), "DOCKER_CONTEXT")),
            context_endpoint: Some(ContextEndpoint { host: "unix:///c.sock".into(), tls: None }),
            home: Some("/home/a".into()),
            ..Environment::default()
        };
        assert_eq!(endpoints(&environment), ["unix:///c.sock"]);
        environment.docker_host = Some("10.0.0.1:2375".into());
        assert_eq!(endpoints(&environment), ["tcp://10.0.0.1:2375"]);
        environment.host_option = Some("/o.sock".into());
        assert_eq!(endpoints(&environment), ["unix:///o.sock"]);
        assert_eq!(candidates(&environment).expect("one")[0].origin, "--host");
    }

    #[test]
    fn an_unknown_context_is_an_error_not_a_detour() {
        let environment =
            Environment { context: Some(("gone".into(), "DOCKER_CONTEXT")), ..Environment::default() };
        let error = candidates(&environment).expect_err("no such context");
        assert!(error.tried[0].reason.contains("no context of that name"));
    }

    #[test]
    fn otherwise_the_usual_sockets_in_order() {
        let environment = Environment {
            home: Some("/home/a".into()),
            runtime_dir: Some("/run/user/1000".into()),
            ..Environment::default()
        };
        let found = endpoints(&environment);
        assert_eq!(found[0], "unix:///var/run/docker.sock");
        assert_eq!(found[1], "unix:///run/user/1000/docker.sock");
        assert!(found.contains(&"unix:///home/a/.colima/default/docker.sock".to_string()));
        assert_eq!(found.last().map(String::as_str), Some("unix:///run/podman/podman.sock"));
        assert_eq!(endpoints(&Environment::default()).len(), 2);
    }

    #[test]
    fn a_stored_context_is_found_by_the_hash_of_its_name() {
        let folder = tempfile::tempdir().expect("folder");
        // sha256 of "remote".
        let id: String = Sha256::digest(b"remote").iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = folder.path().join("contexts/meta").join(&id);
        std::fs::create_dir_all(&meta).expect("folder");
        let text = r#"{"Name":"remote","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://h:2376","SkipTLSVerify":false}}}"#;
        std::fs::write(meta.join("meta.json"), text).expect("meta");
        let found = read_context(folder.path(), "remote").expect("context");
        assert_eq!(found, ContextEndpoint { host: "tcp://h:2376".into(), tls: None });
        assert_eq!(read_context(folder.path(), "other"), None);
    }
}
