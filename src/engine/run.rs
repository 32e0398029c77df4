//! Running an image under limits. A [`Container`] is gone from the engine when its handle is gone:
//! by [`Container::remove`], by drop (panics included), by the engine itself when the process in it
//! ends, even if this program or the engine was killed meanwhile (`AutoRemove`).

mod inside;
mod shell;
mod state;

pub use inside::{ExecOutput, Process};
pub use shell::Shell;
pub use state::{Exit, Health};

use super::{Engine, EngineError, LABEL};
use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, MountType, PortBinding,
};
use bollard::query_parameters as query;
use state::{Logs, State};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Label of containers this program started: [`LABEL`] alone may come from the image.
pub const CONTAINER_LABEL: &str = "org.docker-ecr-tutor.run";

/// How long output may come after the end of the process.
const LATE_OUTPUT: Duration = Duration::from_secs(2);
/// How often removal is tried while the engine does not answer, and the pause between two tries.
const REMOVAL_TRIES: u32 = 4;
const REMOVAL_PAUSE: Duration = Duration::from_millis(500);

/// What to run, and within which limits. The default is strict: no network, no capabilities, no new
/// privileges, 512 MiB, 256 processes, 1 processor, one minute.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRequest {
    /// Image name or id.
    pub image: String,
    /// Instead of the image's `CMD`, when not empty.
    pub cmd: Vec<String>,
    /// Instead of the image's `ENTRYPOINT`; an empty list takes it away.
    pub entrypoint: Option<Vec<String>>,
    /// More environment, as `NAME=value`.
    pub env: Vec<String>,
    /// Instead of the image's `USER`, when not empty.
    pub user: String,
    /// Whom it can talk to.
    pub network: Network,
    /// Whether its root file system is read-only.
    pub read_only: bool,
    /// Folders kept in memory, writable: `/tmp`, or with options, as `/tmp:exec`.
    pub tmpfs: Vec<String>,
    /// What it sees of the engine's machine: nothing, unless whoever asks has a reason.
    pub mounts: Vec<Mount>,
    /// Instead of the image's `WORKDIR`, when not empty.
    pub folder: String,
    /// Capabilities it keeps, of which there are none otherwise: `CHOWN`.
    pub keep_capabilities: Vec<String>,
    /// Memory in bytes, swap included.
    pub memory: u64,
    /// Processes and threads.
    pub pids: u32,
    /// Processors.
    pub cpus: f64,
    /// Ask the image's `HEALTHCHECK` this often, wait 5 s for it, and believe its first word: for whoever
    /// waits for the verdict. `None` leaves it as the image has it.
    pub health_every: Option<Duration>,
    /// It is killed after this time.
    pub lifetime: Duration,
    /// Whether its main process has a terminal, by which it is spoken to; then there is no output to
    /// hear of otherwise.
    pub terminal: bool,
    /// Labels beside our own.
    pub labels: BTreeMap<String, String>,
}

/// A file or folder of the engine's machine, which must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where it is on that machine.
    pub from: PathBuf,
    /// Where the container sees it.
    pub to: String,
    /// Whether the container may change it.
    pub writable: bool,
}

/// Whom a container can talk to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Network {
    /// Nobody.
    #[default]
    None,
    /// These ports are published on loopback, at ports the engine chooses.
    Publish(Vec<u16>),
    /// This port is published as itself, where others may reach it: for a server that is meant for them.
    PublishAt {
        /// Address of the engine's machine.
        ip: std::net::IpAddr,
        /// The port.
        port: u16,
    },
}

impl RunRequest {
    /// `image` within the default limits.
    pub fn new(image: impl Into<String>) -> Self {
        Self {
            image: image.into(),
            cmd: Vec::new(),
            entrypoint: None,
            env: Vec::new(),
            user: String::new(),
            network: Network::None,
            read_only: false,
            tmpfs: Vec::new(),
            mounts: Vec::new(),
            folder: String::new(),
            keep_capabilities: Vec::new(),
            memory: 512 * 1024 * 1024,
            pids: 256,
            cpus: 1.0,
            health_every: None,
            lifetime: Duration::from_secs(60),
            terminal: false,
            labels: BTreeMap::new(),
        }
    }

    fn body(&self) -> ContainerCreateBody {
        let mut labels: HashMap<String, String> = self.labels.clone().into_iter().collect();
        labels.insert(LABEL.into(), "1".into());
        labels.insert(CONTAINER_LABEL.into(), std::process::id().to_string());
        let ports: &[u16] = match &self.network {
            Network::None => &[],
            Network::Publish(ports) => ports,
            Network::PublishAt { port, .. } => std::slice::from_ref(port),
        };
        let binding = || match self.network {
            Network::PublishAt { ip, port } => {
                PortBinding { host_ip: Some(ip.to_string()), host_port: Some(port.to_string()) }
            }
            _ => PortBinding { host_ip: Some("127.0.0.1".into()), host_port: Some(String::new()) },
        };
        let memory = i64::try_from(self.memory).ok();
        let nanos = |time: Duration| i64::try_from(time.as_nanos()).ok();
        // Without a test of its own it changes the pace of the image's.
        let healthcheck = self.health_every.map(|every| HealthConfig {
            interval: nanos(every),
            timeout: nanos(Duration::from_secs(5)),
            retries: Some(1),
            ..HealthConfig::default()
        });
        let mut security = vec!["no-new-privileges".to_owned()];
        // What is lent keeps its owners, and its SELinux labels, which no container could read.
        let lent = !self.mounts.is_empty();
        security.extend(lent.then(|| "label=disable".to_owned()));
        let tmpfs = |path: &String| match path.split_once(':') {
            Some((path, options)) => (path.to_owned(), options.to_owned()),
            None => (path.clone(), String::new()),
        };
        let mount = |mount: &Mount| bollard::models::Mount {
            typ: Some(MountType::BIND),
            source: Some(mount.from.display().to_string()),
            target: Some(mount.to.clone()),
            read_only: Some(!mount.writable),
            ..bollard::models::Mount::default()
        };
        ContainerCreateBody {
            healthcheck,
            working_dir: Some(self.folder.clone()).filter(|folder| !folder.is_empty()),
            image: Some(self.image.clone()),
            cmd: Some(self.cmd.clone()).filter(|cmd| !cmd.is_empty()),
            entrypoint: self.entrypoint.clone(),
            env: Some(self.env.clone()),
            user: Some(self.user.clone()).filter(|user| !user.is_empty()),
            labels: Some(labels),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            attach_stdin: Some(self.terminal),
            open_stdin: Some(self.terminal),
            stdin_once: Some(self.terminal),
            tty: Some(self.terminal),
            exposed_ports: Some(ports.iter().map(|port| format!("{port}/tcp")).collect()),
            host_config: Some(HostConfig {
                auto_remove: Some(true),
                network_mode: (self.network == Network::None).then(|| "none".into()),
                port_bindings: Some(
                    ports.iter().map(|port| (format!("{port}/tcp"), Some(vec![binding()]))).collect(),
                ),
                readonly_rootfs: Some(self.read_only),
                tmpfs: Some(self.tmpfs.iter().map(tmpfs).collect()),
                mounts: Some(self.mounts.iter().map(mount).collect()),
                userns_mode: lent.then(|| "host".into()),
                cap_drop: Some(vec!["ALL".into()]),
                cap_add: Some(self.keep_capabilities.clone()),
                security_opt: Some(security),
                memory,
                memory_swap: memory,
                pids_limit: Some(i64::from(self.pids)),
                nano_cpus: Some((self.cpus * 1e9) as i64),
                // Output is read while it comes; a flood of it must not fill the engine's disk.
                log_config: Some(HostConfigLogConfig { typ: Some("none".into()), config: None }),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        }
    }
}

/// How a container took being asked to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopReport {
    /// Milliseconds from the signal to the end.
    pub millis: u64,
    /// Whether it had to be killed, because it did not end by itself.
    pub killed: bool,
    /// The signal it was asked with: `SIGTERM`.
    pub signal: String,
    /// How it ended.
    pub exit: Exit,
}

/// A container that was started.
pub struct Container {
    engine: Engine,
    id: String,
    state: watch::Receiver<State>,
    logs: Arc<Logs>,
    ports: BTreeMap<u16, u16>,
    stop_signal: String,
    main_pid: i64,
    /// Its terminal, until somebody takes it. The lock is for the compiler: connections are not shared.
    terminal: Mutex<Option<shell::Wire>>,
    _guard: Guard,
}

impl std::fmt::Debug for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Container").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Engine {
    /// Creates and starts a container. `on_log` hears its output, raw and untrusted.
    pub async fn run(
        &self,
        request: RunRequest,
        on_log: impl Fn(&[u8]) + Send + Sync + 'static,
        cancel: CancellationToken,
    ) -> Result<Container, EngineError> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(EngineError::Cancelled),
            container = self.start(request, on_log) => container,
        }
    }

    async fn start(
        &self,
        request: RunRequest,
        on_log: impl Fn(&[u8]) + Send + Sync + 'static,
    ) -> Result<Container, EngineError> {
        let (id, guard) = self.create(super::unique_name(), request.body()).await?;
        let (state, logs) = (watch::Sender::new(State::default()), Arc::new(Logs::default()));
        let receiver = state.subscribe();
        let terminal = if request.terminal {
            logs.complete.cancel();
            Some(self.attach_terminal(&id).await?)
        } else {
            let attach =
                query::AttachContainerOptionsBuilder::new().stream(true).stdout(true).stderr(true).build();
            let output = self.docker.attach_container(&id, Some(attach)).await?.output;
            tokio::spawn(state::hear_output(output, logs.clone(), on_log));
            None
        };
        tokio::spawn(state::follow(self.docker.clone(), id.clone(), state, request.lifetime));
        self.docker.start_container(&id, None::<query::StartContainerOptions>).await.map_err(|error| {
            match EngineError::from(error) {
                // Not the container is missing but its command.
                EngineError::NotFound(message) => EngineError::Refused { status: 404, message },
                error => error,
            }
        })?;
        let mut container = Container {
            engine: self.clone(),
            id,
            state: receiver,
            logs,
            ports: BTreeMap::new(),
            stop_signal: "SIGTERM".into(),
            main_pid: 0,
            terminal: Mutex::new(terminal),
            _guard: guard,
        };
        container.look().await?;
        Ok(container)
    }

    /// Creates a container of this name. It is gone from the engine when the guard is gone.
    pub(super) async fn create(
        &self,
        name: String,
        body: ContainerCreateBody,
    ) -> Result<(String, Guard), EngineError> {
        let options = query::CreateContainerOptionsBuilder::new().name(&name).build();
        let (docker, created) = (self.docker.clone(), CancellationToken::new());
        // Armed before anything is asked for, and creation runs to its end whatever happens here:
        // nothing can come into being that nobody removes.
        let guard = Guard::new(self, name, created.clone());
        let answer = self.cleanups.spawn(async move {
            let _created = created.drop_guard();
            docker.create_container(Some(options), body).await
        });
        let id = answer.await.map_err(|error| EngineError::Lost(Box::new(error)))??.id;
        Ok((id, guard))
    }

    /// Whether the engine has a container of that name or id, running or not.
    pub async fn has_container(&self, name: &str) -> Result<bool, EngineError> {
        let found = self.docker.inspect_container(name, None::<query::InspectContainerOptions>).await;
        match found.map_err(EngineError::from) {
            Ok(_) => Ok(true),
            Err(EngineError::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes a container, running or not, and waits until it is gone.
    pub(super) async fn remove_container(&self, name: &str) -> Result<(), EngineError> {
        let options = query::RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match self.docker.remove_container(name, Some(options)).await.map_err(EngineError::from) {
            Ok(()) | Err(EngineError::NotFound(_)) => return Ok(()),
            // Somebody, most often the engine itself, is removing it already.
            Err(EngineError::Refused { status: 409, .. }) => {}
            Err(error) => return Err(error),
        }
        let give_up = Instant::now() + Duration::from_secs(10);
        while Instant::now() < give_up {
            if !self.has_container(name).await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(EngineError::Timeout(Duration::from_secs(10)))
    }
}

impl Container {
    /// Reads what is known only once it runs. It may have ended already, which is no error.
    async fn look(&mut self) -> Result<(), EngineError> {
        let found =
            self.engine.docker.inspect_container(&self.id, None::<query::InspectContainerOptions>).await;
        let found = match found {
            Ok(found) => found,
            // Podman has states that Docker does not know, of containers that have just ended.
            Err(bollard::errors::Error::JsonDataError { .. }) if self.engine.info.podman => return Ok(()),
            Err(error) => match EngineError::from(error) {
                EngineError::NotFound(_) => return Ok(()),
                error => return Err(error),
            },
        };
        let signal = found.config.and_then(|config| config.stop_signal).unwrap_or_default();
        if !signal.is_empty() {
            self.stop_signal = signal_name(signal);
        }
        self.main_pid = found.state.and_then(|state| state.pid).unwrap_or(0);
        for (inside, outside) in found.network_settings.and_then(|network| network.ports).unwrap_or_default()
        {
            let inside = inside.split('/').next().and_then(|port| port.parse().ok());
            let bindings = outside.unwrap_or_default();
            let outside = bindings.iter().find_map(|binding| binding.host_port.as_ref()?.parse().ok());
            if let (Some(inside), Some(outside)) = (inside, outside) {
                self.ports.insert(inside, outside);
            }
        }
        Ok(())
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The port on 127.0.0.1 where `port` is published.
    pub fn host_port(&self, port: u16) -> Option<u16> {
        self.ports.get(&port).copied()
    }

    /// What it has said so far, both streams, the last MiB of it: untrusted.
    pub fn output(&self) -> Vec<u8> {
        self.logs.all()
    }

    /// What it has said on standard output, likewise.
    pub fn stdout(&self) -> Vec<u8> {
        self.logs.stdout()
    }

    /// How it ended, when it has.
    pub fn exited(&self) -> Option<Exit> {
        self.state.borrow().exit.clone()
    }

    /// Waits for its end; its output is complete then. The time limit of the request ends it too.
    pub async fn wait(&self) -> Result<Exit, EngineError> {
        let mut state = self.state.clone();
        let exit = match state.wait_for(|state| state.exit.is_some() || state.lost).await {
            Ok(state) => state.exit.clone(),
            Err(_) => None,
        };
        let Some(exit) = exit else {
            return Err(EngineError::Lost("the engine no longer tells about the container".into()));
        };
        let _ = tokio::time::timeout(LATE_OUTPUT, self.logs.complete.cancelled()).await;
        Ok(exit)
    }

    /// What its `HEALTHCHECK` says, waiting at most `within` for a verdict.
    pub async fn health(&self, within: Duration) -> Result<Health, EngineError> {
        let mut state = self.state.clone();
        let told = |state: &State| state.health.is_verdict() || state.exit.is_some() || state.lost;
        let verdict = tokio::time::timeout(within, state.wait_for(told)).await;
        self.health_of(verdict)
    }

    /// Likewise, waiting at most `within` until it says `wanted`.
    pub async fn health_until(&self, wanted: Health, within: Duration) -> Result<Health, EngineError> {
        let mut state = self.state.clone();
        let told = |state: &State| state.health == wanted || state.exit.is_some() || state.lost;
        let verdict = tokio::time::timeout(within, state.wait_for(told)).await;
        self.health_of(verdict)
    }

    fn health_of<E, R>(
        &self,
        verdict: Result<Result<watch::Ref<'_, State>, R>, E>,
    ) -> Result<Health, EngineError> {
        match verdict {
            Ok(Ok(state)) if state.lost => {
                Err(EngineError::Lost("the engine no longer tells about the container".into()))
            }
            Ok(Ok(state)) => Ok(state.health),
            Ok(Err(_)) | Err(_) => Ok(self.state.borrow().health),
        }
    }

    /// Asks it to stop with the image's signal, kills it after `grace`, and says how it went.
    pub async fn stop(&self, grace: Duration) -> Result<StopReport, EngineError> {
        let asked = Instant::now();
        self.signal(&self.stop_signal).await?;
        let ended = tokio::time::timeout(grace, self.ended()).await;
        let killed = ended.is_err();
        let exit = match ended {
            Ok(exit) => exit?,
            Err(_) => {
                self.signal("SIGKILL").await?;
                self.ended().await?
            }
        };
        let millis = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(StopReport { millis, killed, signal: self.stop_signal.clone(), exit })
    }

    /// Like [`Container::wait`], without waiting for late output.
    async fn ended(&self) -> Result<Exit, EngineError> {
        let mut state = self.state.clone();
        match state.wait_for(|state| state.exit.is_some() || state.lost).await {
            Ok(state) if state.exit.is_some() => Ok(state.exit.clone().unwrap_or_default()),
            _ => Err(EngineError::Lost("the engine no longer tells about the container".into())),
        }
    }

    /// Sends a signal; to a container that has ended it does nothing.
    pub async fn signal(&self, signal: &str) -> Result<(), EngineError> {
        let options = query::KillContainerOptionsBuilder::new().signal(signal).build();
        match self.engine.docker.kill_container(&self.id, Some(options)).await.map_err(EngineError::from) {
            Err(EngineError::NotFound(_) | EngineError::Refused { status: 409, .. }) => Ok(()),
            result => result,
        }
    }

    /// Kills and removes it, and waits until it is gone.
    pub async fn remove(self) -> Result<(), EngineError> {
        self.engine.remove_container(&self.id).await
    }
}

/// `15` is SIGTERM: Podman tells numbers, and an image may have one.
fn signal_name(signal: String) -> String {
    let name = match signal.as_str() {
        "1" => "SIGHUP",
        "2" => "SIGINT",
        "3" => "SIGQUIT",
        "9" => "SIGKILL",
        "10" => "SIGUSR1",
        "12" => "SIGUSR2",
        "15" => "SIGTERM",
        "28" => "SIGWINCH",
        _ => return signal,
    };
    name.to_owned()
}

/// Removes the container of this name when it goes.
#[derive(Debug)]
pub(super) struct Guard {
    engine: Engine,
    name: String,
    created: CancellationToken,
    handle: tokio::runtime::Handle,
}

impl Guard {
    fn new(engine: &Engine, name: String, created: CancellationToken) -> Self {
        Self { engine: engine.clone(), name, created, handle: tokio::runtime::Handle::current() }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let (engine, name, created) = (self.engine.clone(), self.name.clone(), self.created.clone());
        let remove = async move {
            created.cancelled().await;
            for _ in 0..REMOVAL_TRIES {
                match engine.remove_container(&name).await {
                    Ok(()) => return,
                    // A hiccup of the connection; an engine that has stopped removes it by itself when
                    // it starts again.
                    Err(EngineError::Lost(_)) => tokio::time::sleep(REMOVAL_PAUSE).await,
                    Err(error) => {
                        tracing::warn!(name, %error, "a container could not be removed");
                        return;
                    }
                }
            }
        };
        self.engine.cleanups.spawn_on(remove, &self.handle);
    }
}
