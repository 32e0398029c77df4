//! A script on this machine, with its own `aws` and `docker`. Before them stand two small wrappers, which
//! record what is called, let a command fail on purpose, and give ECR's host name its practised meaning.

use super::super::bench::Halt;
use super::{Place, Stage, process};
use crate::engine::LABEL;
use crate::practice::{ACCOUNT, DockerConfig, Server};
use crate::shim::{self, Call, Remote, Words};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// Limit for the questions to docker around the run.
const ASKED_WITHIN: Duration = Duration::from_secs(30);

/// This machine, ready for a script.
pub(super) struct Here {
    place: Place,
    docker: PathBuf,
    config: DockerConfig,
    path: std::ffi::OsString,
    registry: String,
    label: String,
}

impl Here {
    pub(super) async fn new(
        stage: &Stage<'_>,
        place: Place,
        remote: Remote,
        server: &Server,
        failing: Option<Words>,
    ) -> Result<Self, Halt> {
        let machine = |error: io::Error| Halt::Machine(format!("the run cannot be prepared: {error}"));
        let config = DockerConfig::new(&place.home).map_err(machine)?;
        let region = &server.serving().region;
        std::fs::write(place.home.join("aws-config"), format!("[default]\nregion = {region}\n"))
            .map_err(machine)?;
        let registry = remote.address.to_string();
        let label = format!("{LABEL}.script={registry}");
        let practised = format!("{ACCOUNT}.dkr.ecr.{region}.amazonaws.com");
        let mut docker = PathBuf::new();
        for name in shim::NAMES {
            let real = stage.tool(name);
            let real = real.ok_or_else(|| Halt::Machine(format!("there is no `{name}` on this machine")))?;
            let failing = failing.as_ref().filter(|words| words.program == name);
            let wrapper = Wrapper {
                name,
                real: &real,
                failing,
                label: &label,
                practised: &practised,
                registry: &registry,
                record: &place.run.join("calls"),
            };
            let path = place.bin.join(name);
            std::fs::write(&path, wrapper.text()).map_err(machine)?;
            #[cfg(unix)]
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700))
                .map_err(machine)?;
            docker = real;
        }
        let mut path = place.bin.clone().into_os_string();
        path.push(":");
        path.push(stage.options.path());
        let here = Self { place, docker, config, path, registry, label };
        let asked = process::run(here.docker(&["version"]), ASKED_WITHIN).await?;
        if asked.code == Some(0) {
            return Ok(here);
        }
        Err(Halt::Machine(format!("`docker` reaches no engine: {}", asked.tail(1))))
    }

    /// Bash with these arguments, in this machine's environment but for what is AWS's.
    pub(super) fn command(&self, arguments: &[String], environment: &[(String, String)]) -> Command {
        let mut command = Command::new("bash");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(&self.place.work)
            .env("PATH", &self.path)
            .env("DOCKER_CONFIG", self.config.folder())
            .env("AWS_CONFIG_FILE", self.place.home.join("aws-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.place.home.join("aws-credentials"))
            .envs(environment.iter().cloned());
        command
    }

    fn docker(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.docker);
        command.args(arguments).env("DOCKER_CONFIG", self.config.folder());
        command
    }

    /// What the wrappers wrote down: words, each ended by 0x1F, and an exit code ended by 0x1E.
    pub(super) fn calls(&self) -> Vec<Call> {
        let record = std::fs::read(self.place.run.join("calls")).unwrap_or_default();
        let record = String::from_utf8_lossy(&record).into_owned();
        let call = |text: &str| {
            let mut words: Vec<String> = text.split('\u{1f}').map(str::to_owned).collect();
            let code = words.pop()?.parse().ok()?;
            let program = if words.is_empty() { return None } else { words.remove(0) };
            Some(Call { program, arguments: words, code })
        };
        record.split_terminator('\u{1e}').filter_map(call).collect()
    }

    /// Removes the images that the script made.
    pub(super) async fn close(self) {
        let label = format!("label={}", self.label);
        let reference = format!("reference={}/*", self.registry);
        let deeper = format!("reference={}/*/*", self.registry);
        let mut images = Vec::new();
        for filter in [&label, &reference, &deeper] {
            let list = ["images", "--quiet", "--no-trunc", "--filter", filter];
            if let Ok(listed) = process::run(self.docker(&list), ASKED_WITHIN).await {
                images
                    .extend(listed.output.lines().filter(|id| id.starts_with("sha256:")).map(str::to_owned));
            }
        }
        images.sort();
        images.dedup();
        if !images.is_empty() {
            let mut command = self.docker(&["rmi", "--force"]);
            command.args(&images);
            if let Err(halt) = process::run(command, ASKED_WITHIN).await {
                tracing::warn!(?halt, "images of a script are left behind");
            }
        }
    }
}

/// What stands before a real program.
struct Wrapper<'a> {
    name: &'a str,
    real: &'a Path,
    failing: Option<&'a Words>,
    label: &'a str,
    practised: &'a str,
    registry: &'a str,
    record: &'a Path,
}

impl Wrapper<'_> {
    fn text(&self) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let path = |path: &Path| quoted(&path.display().to_string());
        let (name, real, record) = (quoted(self.name), path(self.real), path(self.record));
        let (practised, registry) = (quoted(self.practised), quoted(self.registry));
        let run = match self.failing {
            None => format!("{real} \"${{args[@]}}\"; code=$?"),
            Some(words) => {
                let (code, told) = words.failure();
                let (words, told) = (quoted(&format!(" {} ", words.words.join(" "))), quoted(&told));
                format!(
                    "if [[ $words == *{words}* ]]; then printf '%s' {told} >&2; code={code}\n\
                     else {real} \"${{args[@]}}\"; code=$?; fi"
                )
            }
        };
        let label = if self.name == "docker" {
            format!(
                "case $words in ' build '* | ' image build '* | ' buildx build '* | ' builder build '*)\n\
                 for at in \"${{!args[@]}}\"; do if [[ ${{args[at]}} == build ]]; then\n\
                 args=(\"${{args[@]:0:at+1}}\" --label {} --label {} \"${{args[@]:at+1}}\"); break\n\
                 fi; done;; esac",
                quoted(&format!("{LABEL}=1")),
                quoted(self.label)
            )
        } else {
            String::new()
        };
        format!(
            "#!/usr/bin/env bash\n# Written by docker-ecr-tutor for one run of a script.\n\
             practised={practised} registry={registry}\nwords=' '\n\
             for word in \"$@\"; do [[ $word == -* ]] || words+=\"$word \"; done\n\
             args=(\"${{@//$practised/$registry}}\")\n{label}\n{run}\n\
             record=$(printf '%s\\037' {name} \"$@\"; printf '%s\\036' \"$code\")\n\
             printf '%s' \"$record\" >>{record}\nexit \"$code\"\n"
        )
    }
}
