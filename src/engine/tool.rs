//! A tool that comes as an image and asks the engine about other images: it is given the engine's socket,
//! which is all that the engine can do. Only what the person asked for by name is run so.

use super::{CONTAINER_LABEL, Engine, EngineError, LABEL};
use bollard::container::LogOutput;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters as query;
use futures_util::StreamExt;
use std::collections::HashMap;

/// Memory it may use, in bytes.
const MEMORY: i64 = 4 * 1024 * 1024 * 1024;
/// Where the engine's socket is in the container, and on the engine's machine when nothing else is known.
const SOCKET: &str = "/var/run/docker.sock";
/// Most bytes of output that are kept.
const MOST_OUTPUT: usize = 256 * 1024 * 1024;

/// What to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tool {
    /// The image; it is not pulled.
    pub image: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Volume for what it keeps from run to run, and where it is mounted.
    pub cache: Option<(String, String)>,
    /// Whether it may use the network.
    pub network: bool,
}

/// How it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolOutput {
    /// Exit code.
    pub code: i64,
    /// Standard output: untrusted.
    pub stdout: Vec<u8>,
}

impl Engine {
    /// Runs a tool to its end; `say` hears its standard error, raw. Dropping the future removes its
    /// container.
    ///
    /// # Errors
    /// When the image is not there or cannot be run, the engine is lost, or the output is larger than
    /// 256 MiB.
    pub async fn tool(&self, tool: &Tool, mut say: impl FnMut(&[u8])) -> Result<ToolOutput, EngineError> {
        if let Some((volume, _)) = &tool.cache {
            self.keep_volume(volume).await?;
        }
        let (id, _guard) = self.create(super::unique_name(), self.body(tool)).await?;
        let attach =
            query::AttachContainerOptionsBuilder::new().stream(true).stdout(true).stderr(true).build();
        let mut output = self.docker.attach_container(&id, Some(attach)).await?.output;
        let mut ended = self.docker.wait_container(&id, None::<query::WaitContainerOptions>);
        self.docker.start_container(&id, None::<query::StartContainerOptions>).await?;
        let mut stdout = Vec::new();
        while let Some(chunk) = output.next().await {
            match chunk? {
                LogOutput::StdErr { message } => say(&message),
                other => stdout.extend_from_slice(&other.into_bytes()),
            }
            if stdout.len() > MOST_OUTPUT {
                return Err(EngineError::Lost("the tool said more than 256 MiB".into()));
            }
        }
        let code = match ended.next().await {
            Some(Ok(ended)) => ended.status_code,
            // bollard makes an error of every code but 0.
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => code,
            Some(Err(error)) => return Err(error.into()),
            None => return Err(EngineError::Lost("the engine no longer tells about the container".into())),
        };
        Ok(ToolOutput { code, stdout })
    }

    /// A volume of ours, made when it is not there.
    async fn keep_volume(&self, name: &str) -> Result<(), EngineError> {
        let options = bollard::models::VolumeCreateRequest {
            name: Some(name.to_owned()),
            labels: Some(HashMap::from([(LABEL.to_owned(), "1".to_owned())])),
            ..Default::default()
        };
        self.docker.create_volume(options).await?;
        Ok(())
    }

    fn body(&self, tool: &Tool) -> ContainerCreateBody {
        let socket = self.info.endpoint.strip_prefix("unix://").unwrap_or(SOCKET);
        let mut binds = vec![format!("{socket}:{SOCKET}")];
        binds.extend(tool.cache.as_ref().map(|(volume, path)| format!("{volume}:{path}")));
        let labels = [(LABEL, "1".to_owned()), (CONTAINER_LABEL, std::process::id().to_string())];
        ContainerCreateBody {
            image: Some(tool.image.clone()),
            cmd: Some(tool.arguments.clone()),
            labels: Some(labels.map(|(name, value)| (name.to_owned(), value)).into()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            host_config: Some(HostConfig {
                binds: Some(binds),
                network_mode: (!tool.network).then(|| "none".into()),
                security_opt: Some(vec!["no-new-privileges".into()]),
                memory: Some(MEMORY),
                memory_swap: Some(MEMORY),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        }
    }
}
