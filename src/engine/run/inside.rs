//! Looking into a running container: its processes, and commands run in it.

use super::{Container, EngineError};
use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::query_parameters as query;
use futures_util::StreamExt;
use std::time::Duration;

/// Bytes of a command's output that are kept.
const KEPT: usize = 256 * 1024;

/// A process in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number, as the engine's machine counts.
    pub pid: i64,
    /// User id it runs as.
    pub uid: u32,
}

/// What a command in a container did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutput {
    /// Its exit code, when it ended.
    pub code: Option<i64>,
    /// Both its streams, cut at 256 KiB: untrusted.
    pub output: Vec<u8>,
}

impl Container {
    /// Its processes.
    pub async fn processes(&self) -> Result<Vec<Process>, EngineError> {
        let options = query::TopOptionsBuilder::new().ps_args("-eo pid,uid").build();
        let table = self.engine.docker.top_processes(&self.id, Some(options)).await?;
        let titles = table.titles.unwrap_or_default();
        let column = |name: &str| titles.iter().position(|title| title.eq_ignore_ascii_case(name));
        let (Some(pid), Some(uid)) = (column("PID"), column("UID")) else { return Ok(Vec::new()) };
        let number = |row: &[String], at: usize| row.get(at)?.trim().parse::<i64>().ok();
        let rows = table.processes.unwrap_or_default();
        let process = |row: &Vec<String>| {
            Some(Process { pid: number(row, pid)?, uid: u32::try_from(number(row, uid)?).ok()? })
        };
        Ok(rows.iter().filter_map(process).collect())
    }

    /// The user id its main process runs as, inside the container; nothing when it ended already or
    /// the engine cannot tell. An image without any tools can be asked too.
    pub async fn main_uid(&self) -> Result<Option<u32>, EngineError> {
        if !self.engine.info().podman && !self.engine.details().await?.remapped {
            let processes = self.processes().await.unwrap_or_default();
            let main = processes.iter().find(|process| process.pid == self.main_pid).or(processes.first());
            if let Some(main) = main {
                return Ok(Some(main.uid));
            }
        }
        // The engine's own numbers may be others than the container's: ask inside.
        let status = self.exec(&["cat", "/proc/1/status"], Duration::from_secs(5)).await?;
        let text = String::from_utf8_lossy(&status.output).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("Uid:"));
        Ok(line.and_then(|line| line.split_whitespace().next()?.parse().ok()))
    }

    /// Runs a command in it.
    pub async fn exec(&self, command: &[&str], within: Duration) -> Result<ExecOutput, EngineError> {
        let docker = &self.engine.docker;
        let options = CreateExecOptions {
            cmd: Some(command.to_vec()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..CreateExecOptions::default()
        };
        let exec = docker.create_exec(&self.id, options).await?.id;
        let StartExecResults::Attached { mut output, .. } = docker.start_exec(&exec, None).await? else {
            return Ok(ExecOutput { code: None, output: Vec::new() });
        };
        let mut kept = Vec::new();
        let read = async {
            while let Some(chunk) = output.next().await {
                let chunk = chunk?.into_bytes();
                let room = KEPT.saturating_sub(kept.len());
                kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Ok::<(), bollard::errors::Error>(())
        };
        match tokio::time::timeout(within, read).await {
            Ok(result) => result?,
            Err(_) => return Err(EngineError::Timeout(within)),
        }
        Ok(ExecOutput { code: docker.inspect_exec(&exec).await?.exit_code, output: kept })
    }
}
