//! Walls by the engine, where there is no bubblewrap: a container of an image with nothing in it, into which
//! this machine's programs are mounted. Only an engine on this very machine can do that.

use super::super::Access;
use super::super::bench::Halt;
use super::Stage;
use super::process::{Ended, MOST_OUTPUT};
use super::sandbox::{ALTERNATIVES, HOME, MEMORY, PROCESSES, Room, SYSTEM, TOO_MANY, TOO_MUCH, WORK};
use crate::engine::{Engine, EngineError, Mount, RunRequest};
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Runs the script, as the container's first process, which nothing within can end, and looks whether
/// processes were refused, without one of its own: then it says so, and ends, and all with it. To forge that
/// is to fail.
const KEEPER: &str = r#"ulimit -f 262144 2>/dev/null
refused() {
    for file in /sys/fs/cgroup/pids/pids.events /sys/fs/cgroup/pids.events; do
        [[ -r $file ]] || continue
        while read -r name count; do [[ $name == max && $count -gt 0 ]] && return 0; done <"$file"
    done
    return 1
}
exec {pause}< <(exec sleep infinity)
bash "$@" {pause}<&- &
script=$!
while kill -0 "$script" 2>/dev/null && ! refused; do read -r -t 0.05 -u "$pause"; done
if refused; then printf '\n%s\n' "$REFUSED"; exit 1; fi
wait "$script"
"#;
/// What it says then.
const REFUSED: &str = "docker-ecr-tutor: processes were refused";
/// Limit for an answer of the engine before and after the run itself.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);

/// An engine of this machine.
pub(super) struct Container {
    engine: Engine,
    image: &'static str,
    user: String,
    cancel: CancellationToken,
}

impl Container {
    /// Or the reason why it cannot be used here.
    pub(super) async fn new(stage: &Stage<'_>) -> Result<Self, String> {
        let engine = match &stage.options.access {
            Access::Ready(engine) if engine.is_local() => engine.clone(),
            Access::Ready(engine) => {
                let place = &engine.info().endpoint;
                return Err(format!("the engine at {place} is not on this machine, whose programs it lacks"));
            }
            Access::Missing(why) => return Err(format!("no engine answers that could make one ({why})")),
            Access::StaticOnly => return Err("no engine is to be asked".to_owned()),
        };
        let lost = |error: EngineError| format!("the engine makes none: {error}");
        let image = engine.empty_image().await.map_err(lost)?;
        // Without root, an engine's root is whoever started it.
        let rootless = engine.details().await.map_err(lost)?.rootless;
        #[cfg(unix)]
        let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        #[cfg(not(unix))]
        let (user, group) = (0, 0);
        let user = if rootless { "0:0".to_owned() } else { format!("{user}:{group}") };
        Ok(Self { engine, image, user, cancel: stage.cancel.clone() })
    }

    /// Runs bash with these arguments.
    pub(super) async fn run(
        &self,
        room: &Room,
        arguments: &[String],
        environment: &[(String, String)],
        within: Duration,
    ) -> Result<Ended, Halt> {
        let machine = |error: EngineError| match error {
            EngineError::Cancelled => Halt::Cancelled,
            error => Halt::Machine(format!("the engine made no sandbox: {error}")),
        };
        let words = ["-c", KEEPER, "bash"].map(str::to_owned).into_iter().chain(arguments.iter().cloned());
        let mut variables = room.variables(environment);
        variables.push(("REFUSED".to_owned(), REFUSED.to_owned()));
        let request = RunRequest {
            entrypoint: Some(vec!["bash".to_owned()]),
            cmd: words.collect(),
            env: variables.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            user: self.user.clone(),
            read_only: true,
            tmpfs: ["/tmp:exec,mode=1777", &format!("{HOME}:exec,mode=1777")].map(str::to_owned).into(),
            mounts: mounts(room),
            folder: WORK.to_owned(),
            memory: MEMORY,
            pids: PROCESSES,
            // As many as there are, as without an engine.
            cpus: 0.0,
            lifetime: within,
            ..RunRequest::new(self.image)
        };
        let running = async {
            let container = self.engine.run(request, |_| {}, self.cancel.clone()).await?;
            let exit = container.wait().await?;
            let mut output = container.output();
            container.remove().await?;
            output.drain(..output.len().saturating_sub(MOST_OUTPUT));
            Ok((exit, String::from_utf8_lossy(&output).into_owned()))
        };
        let ended = tokio::time::timeout(within + ANSWERED_WITHIN, running).await;
        let ended = ended.map_err(|_| Halt::Machine("the engine did not end the script".to_owned()))?;
        let (exit, output) = ended.map_err(machine)?;
        let limit =
            if exit.out_of_memory { Some(TOO_MUCH) } else { output.contains(REFUSED).then_some(TOO_MANY) };
        let code = (!exit.timed_out).then(|| i32::try_from(exit.code).unwrap_or(255));
        Ok(Ended { code, output: output.replace(REFUSED, ""), limit })
    }
}

/// The system, read-only, and what is lent.
fn mounts(room: &Room) -> Vec<Mount> {
    let mount = |from: &Path, to: &str, writable| {
        let from = std::fs::canonicalize(from).ok()?;
        Some(Mount { from, to: to.to_owned(), writable })
    };
    let system = ["/usr"].into_iter().chain(SYSTEM).chain([ALTERNATIVES]);
    let system = system.filter_map(|name| mount(Path::new(name), name, false));
    system.chain(room.lent().into_iter().filter_map(|(from, to, w)| mount(from, &to, w))).collect()
}
