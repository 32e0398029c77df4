//! `practice-ecr [-- COMMAND…]`: serves the practice ECR; with a command, runs it with the
//! environment set so that `aws`, `docker` and the SDKs talk to it, and answers with its exit code.

use crate::failure::{Failure, Kind};
use crate::practice::{REGION, Server, Settings, system_clock};
use anyhow::Context as _;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What `practice-ecr` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Folder that keeps repositories and images [default: the program's data folder]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Region it says it is in
    #[arg(long, default_value = REGION)]
    pub region: String,
    /// Forget every repository and image first
    #[arg(long)]
    pub reset: bool,
    /// Command to run against it
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Serves until the command ends, or until Ctrl-C or SIGTERM when there is none. `data` is the
/// program's data folder. Answers with the exit code: the command's own (128 + signal when one
/// ended it), or 0.
///
/// # Errors
/// When the folder or the port cannot be used, or the command cannot be started.
pub async fn run(args: Args, data: &Path, out: &mut (dyn Write + Send)) -> Result<u8, Failure> {
    let folder = args.folder.unwrap_or_else(|| data.join("practice-ecr"));
    if args.reset {
        reset(&folder)?;
    }
    let settings = Settings { folder: folder.clone(), port: args.port, region: args.region };
    let server = Server::start(settings, system_clock()).await.map_err(|error| {
        Failure::new(Kind::Environment, error)
            .hint("name another folder with --folder, or another port with --port")
    })?;
    let code = match args.command.split_first() {
        Some((program, arguments)) => command(&server, &folder, program, arguments).await,
        None => wait(&server, out).await.map(|()| 0),
    };
    server.stop().await;
    code
}

/// Removes what the practice ECR keeps in `folder`, and only that.
fn reset(folder: &Path) -> Result<(), Failure> {
    for part in ["repositories", "uploads"] {
        match std::fs::remove_dir_all(folder.join(part)) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let told = format!("cannot empty {}", folder.join(part).display());
                return Err(Failure::new(Kind::Environment, anyhow::Error::new(error).context(told)));
            }
        }
    }
    Ok(())
}

async fn wait(server: &Server, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let mut told =
        format!("The practice ECR answers on http://{}. In another terminal:\n\n", server.address());
    for (name, value) in server.environment() {
        told.push_str(&format!("  export {name}={value}\n"));
    }
    told.push_str(&format!(
        "\n  aws ecr get-login-password | docker login --username AWS --password-stdin {}\n\nCtrl-C ends it.\n",
        server.address()
    ));
    let ended = async {
        out.write_all(told.as_bytes())?;
        out.flush()?;
        stop_signal().await
    };
    ended.await.context("cannot wait for Ctrl-C").map_err(|error| Failure::new(Kind::Environment, error))
}

#[cfg(unix)]
async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

async fn command(server: &Server, folder: &Path, program: &str, arguments: &[String]) -> Result<u8, Failure> {
    let private = DockerConfig::new(folder)
        .context("cannot make a private docker configuration")
        .map_err(|error| Failure::new(Kind::Environment, error))?;
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).envs(server.environment()).env("DOCKER_CONFIG", &private.folder);
    // A profile would win over the keys, and the real account would be spoken to.
    for real in [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_ECR",
        "AWS_ENDPOINT_URL_STS",
    ] {
        command.env_remove(real);
    }
    let mut child = command.spawn().with_context(|| format!("cannot run {program}")).map_err(|error| {
        Failure::new(Kind::User, error).hint("put the command behind `--`, and check that it is on your PATH")
    })?;
    // Ctrl-C reaches the command too, being of the same terminal: its end is ours.
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            signalled = stop_signal() => signalled.map_err(|error| Failure::new(Kind::Environment, error))?,
        }
    };
    let status =
        status.context("cannot wait for the command").map_err(|e| Failure::new(Kind::Environment, e))?;
    Ok(exit_code(status))
}

fn exit_code(status: std::process::ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(255);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(255)
}

/// A docker configuration of the command's own: logins made in it end with it, while the learner's
/// contexts and plugins go on working.
struct DockerConfig {
    folder: PathBuf,
}

impl DockerConfig {
    fn new(beside: &Path) -> std::io::Result<Self> {
        let folder = beside.join(format!("docker-config-{}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder)?;
        let made = Self { folder };
        let home = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from).or_else(|| {
            let home = etcetera::home_dir().ok()?;
            Some(home.join(".docker"))
        });
        let mut kept = serde_json::Map::new();
        if let Some(home) = home {
            let own: serde_json::Value = std::fs::read(home.join("config.json"))
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok())
                .unwrap_or_default();
            if let Some(context) = own.get("currentContext") {
                kept.insert("currentContext".into(), context.clone());
            }
            #[cfg(unix)]
            for shared in ["contexts", "cli-plugins"].iter().filter(|name| home.join(name).exists()) {
                std::os::unix::fs::symlink(home.join(shared), made.folder.join(shared))?;
            }
        }
        std::fs::write(made.folder.join("config.json"), serde_json::Value::Object(kept).to_string())?;
        Ok(made)
    }
}

impl Drop for DockerConfig {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, folder = %self.folder.display(), "left behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(folder: &Path, script: &str) -> Args {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        Args { port: 0, folder: Some(folder.to_owned()), region: REGION.into(), reset: false, command }
    }

    #[tokio::test]
    async fn the_command_sees_the_practice_ecr_and_its_exit_code_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let script =
            r#"[ -n "$AWS_ENDPOINT_URL" ] && [ -z "$AWS_PROFILE" ] && [ -d "$DOCKER_CONFIG" ] && exit 7"#;
        let code = run(args(folder.path(), script), folder.path(), &mut Vec::new()).await.unwrap();
        assert_eq!(code, 7);
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("docker-config")), "{left:?}");
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_the_callers_mistake() {
        let folder = tempfile::tempdir().unwrap();
        let mut args = args(folder.path(), "");
        args.command = vec!["no-such-program-here".into()];
        let failure = run(args, folder.path(), &mut Vec::new()).await.unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        assert!(failure.to_string().contains("no-such-program-here"));
    }
}
