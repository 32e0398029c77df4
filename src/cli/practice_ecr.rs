//! `practice-ecr [-- COMMAND…]`: serves the practice ECR; with a command, runs it with the
//! environment set so that `aws`, `docker` and the SDKs talk to it, under ECR's own host name too, and
//! answers with its exit code. A registry that is served already, in another terminal, is used as it is.

use crate::failure::{Failure, Kind};
use crate::practice::{
    self, DockerConfig, OpenError, REGION, Server, Serving, Settings, StartError, system_clock,
};
use crate::shim::mapped;
use anyhow::Context as _;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What `practice-ecr` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Port on 127.0.0.1; 0 takes the registry's last one again, else a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// One of several registries, each with its own repositories: one for each course or learner
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = registry_name)]
    pub registry: String,
    /// Folder that keeps repositories and images [default: the registry's, in the program's data folder]
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Region it says it is in
    #[arg(long, default_value = REGION)]
    pub region: String,
    /// Forget every repository, image and setting first
    #[arg(long)]
    pub reset: bool,
    /// Advance the registry's clock, running or not: 12h lets a login expire, 30d makes images old.
    /// Without a command, that is all that is done
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub advance: Option<u64>,
    /// Command to run against it
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// The name of a registry, which is also that of its folder.
fn registry_name(text: &str) -> Result<String, String> {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !text.is_empty() && text.len() <= 64 && !text.starts_with('-') && text.bytes().all(letter) {
        Ok(text.to_owned())
    } else {
        Err("a name has up to 64 lower-case letters, digits and hyphens".into())
    }
}

/// `90s`, `15m`, `12h`, `30d` in seconds.
fn seconds(text: &str) -> Result<u64, String> {
    let units = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];
    let found = units.iter().find_map(|(unit, size)| {
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*size)
    });
    found.ok_or_else(|| "a time is a number and its unit: 90s, 15m, 12h or 30d".into())
}

/// Serves until the command ends, or until Ctrl-C or SIGTERM when there is none. `data` is the
/// program's data folder. Answers with the exit code: the command's own (128 + signal when one
/// ended it), or 0.
///
/// # Errors
/// When the folder or the port cannot be used, or the command cannot be started.
pub async fn run(args: Args, data: &Path, out: &mut (dyn Write + Send)) -> Result<u8, Failure> {
    let folder = args.folder.unwrap_or_else(|| data.join("practice-ecr").join(&args.registry));
    // A command that goes elsewhere still finds its login there.
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    if args.reset {
        practice::reset(&folder).await.map_err(|error| match error {
            OpenError::InUse { .. } => {
                Failure::new(Kind::User, error).hint("end that one first: Ctrl-C in its terminal")
            }
            error => Failure::new(Kind::Environment, error),
        })?;
    }
    if let Some(by) = args.advance {
        advance(&folder, by, out)?;
        if args.command.is_empty() {
            return Ok(0);
        }
    }
    let settings = Settings { port: args.port, region: args.region, ..Settings::new(folder.clone()) };
    let started = Server::start(settings, system_clock()).await;
    let code = match (&started, args.command.split_first()) {
        (Ok(server), Some((program, arguments))) => {
            command(server.serving(), &folder, program, arguments).await
        }
        (Ok(server), None) => wait(server, out).await.map(|()| 0),
        (
            Err(StartError::Open(OpenError::InUse { serving: Some(running), .. })),
            Some((program, arguments)),
        ) => command(running, &folder, program, arguments).await,
        (Err(StartError::Open(OpenError::InUse { serving: Some(running), .. })), None) => {
            let told = format!(
                "This registry is served already, on http://{}.\n\n{}",
                running.address,
                told(running)
            );
            tell(out, &told).map(|()| 0)
        }
        (Err(_), _) => Ok(0),
    };
    match started {
        Ok(server) => server.stop().await,
        Err(StartError::Open(OpenError::InUse { serving: Some(_), .. })) => {}
        Err(error) => {
            let hint = "name another folder with --folder, or another port with --port";
            return Err(Failure::new(Kind::Environment, error).hint(hint));
        }
    }
    code
}

fn advance(folder: &Path, by: u64, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        let told = format!("cannot advance the clock in {}", folder.display());
        Failure::new(Kind::Environment, anyhow::Error::new(error).context(told))
    };
    let ahead = practice::advance(folder, by).map_err(cannot)?;
    let (days, hours, minutes, rest) = (ahead / 86_400, ahead / 3600 % 24, ahead / 60 % 60, ahead % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")];
    let parts =
        parts.iter().filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number} {unit}"));
    let parts: Vec<String> = parts.collect();
    tell(out, &format!("The registry's clock is {} ahead now; --reset puts it back.\n", parts.join(" ")))
}

fn tell(out: &mut (dyn Write + Send), text: &str) -> Result<(), Failure> {
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    done.context("cannot write").map_err(|error| Failure::new(Kind::Environment, error))
}

/// What to type in another terminal.
fn told(serving: &Serving) -> String {
    let mut told = String::from("In another terminal:\n\n");
    for (name, value) in serving.environment() {
        told.push_str(&format!("  export {name}={value}\n"));
    }
    told.push_str(&format!(
        "\n  aws ecr get-login-password | docker login --username AWS --password-stdin {}\n",
        serving.address
    ));
    told
}

async fn wait(server: &Server, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    let told = told(server.serving());
    tell(
        out,
        &format!("The practice ECR answers on http://{}. {told}\nCtrl-C ends it.\n", server.address()),
    )?;
    let ended = stop_signal().await.context("cannot wait for Ctrl-C");
    ended.map_err(|error| Failure::new(Kind::Environment, error))
}

#[cfg(unix)]
pub(super) async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
pub(super) async fn stop_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

async fn command(
    serving: &Serving,
    folder: &Path,
    program: &str,
    arguments: &[String],
) -> Result<u8, Failure> {
    let private = DockerConfig::new(folder)
        .context("cannot make a private docker configuration")
        .map_err(|error| Failure::new(Kind::Environment, error))?;
    let docker = mapped::install(&private.folder().join("bin"), &serving.address.to_string())
        .context("cannot put a docker before the command's own")
        .map_err(|error| Failure::new(Kind::Environment, error))?;
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).envs(serving.environment()).envs(docker);
    command.env("DOCKER_CONFIG", private.folder());
    for name in practice::REAL_ACCOUNT {
        command.env_remove(name);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn args(folder: &Path, script: &str) -> Args {
        let command = ["sh", "-c", script].map(str::to_owned).to_vec();
        Args {
            port: 0,
            registry: "default".into(),
            folder: Some(folder.to_owned()),
            region: REGION.into(),
            reset: false,
            advance: None,
            command,
        }
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
    async fn a_registry_that_is_served_already_is_used_and_its_clock_can_be_advanced() {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(Settings::new(folder.path()), system_clock()).await.unwrap();
        let script = format!(r#"[ "$AWS_ENDPOINT_URL" = http://{} ]"#, server.address());
        assert_eq!(run(args(folder.path(), &script), folder.path(), &mut Vec::new()).await.unwrap(), 0);
        let mut told = Vec::new();
        let only_tell = Args { command: Vec::new(), ..args(folder.path(), "") };
        assert_eq!(run(only_tell, folder.path(), &mut told).await.unwrap(), 0);
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("served already") && told.contains("export AWS_ENDPOINT_URL="), "{told}");
        let mut told = Vec::new();
        let advance = Args { command: Vec::new(), advance: Some(90_061), ..args(folder.path(), "") };
        assert_eq!(run(advance, folder.path(), &mut told).await.unwrap(), 0);
        assert!(String::from_utf8(told).unwrap().contains("1 d 1 h 1 min 1 s ahead"));
        let reset = Args { reset: true, ..args(folder.path(), "true") };
        let refused = run(reset, folder.path(), &mut Vec::new()).await.unwrap_err();
        assert!(refused.to_string().contains("runs already"), "{refused}");
        server.stop().await;
    }

    #[test]
    fn times_and_names() {
        assert_eq!(seconds("12h"), Ok(43_200));
        assert_eq!(seconds("30d"), Ok(2_592_000));
        for bad in ["", "12", "h", "-1h", "1.5h", "99999999999999999999d", "999999999999999999d"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
        assert!(registry_name("course-2").is_ok());
        for bad in ["", "..", "a/b", "-a", "A"] {
            assert!(registry_name(bad).is_err(), "{bad}");
        }
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
