//! `example N`, `examples`: builds the worked examples, runs them as they should be run, asks them
//! over HTTP, and removes what it made.

use super::Global;
use crate::course::model::{Course, Example};
use crate::engine::{
    BuildError, BuildEvent, BuildOutcome, BuildRequest, Container, Engine, EngineError, Environment, Network,
    RunRequest, probe,
};
use crate::failure::{Failure, Kind};
use crate::text::sanitise;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Limit for one build; the first one pulls the base images.
const BUILD_WITHIN: Duration = Duration::from_secs(900);
/// Limit for the first answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Time to stop before the container is killed, as `docker stop` gives it.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// What `example` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Number or name of the example: 1, 02, 03-node-secure
    pub name: String,
    /// Keep the image
    #[arg(long)]
    pub keep: bool,
}

/// Runs [`run`] until it ends or a signal asks for an end; then what was begun is removed first.
pub(super) fn command(
    args: Option<&Args>,
    global: &Global,
    out: &mut (dyn Write + Send),
) -> Result<u8, Failure> {
    let course = global.load_course()?;
    let mut environment = Environment::read();
    if global.host.is_some() {
        environment.host_option.clone_from(&global.host);
    }
    let cancel = CancellationToken::new();
    super::runtime()?.block_on(async {
        let mut running = std::pin::pin!(run(args, &course, &environment, cancel.clone(), out));
        tokio::select! {
            ended = &mut running => ended,
            signal = super::check::stop_signal() => {
                cancel.cancel();
                // How it ended says nothing any more: it was told to.
                let _ = running.await;
                Ok(128 + signal)
            }
        }
    })
}

/// Builds, runs and asks the example named in `args`, or all of them without arguments. Answers with
/// the exit code: 1 when one of them does not hold what it promises.
///
/// # Errors
/// When there is no such example, no engine answers, or the engine fails half-way.
pub async fn run(
    args: Option<&Args>,
    course: &Course,
    environment: &Environment,
    cancel: CancellationToken,
    out: &mut (dyn Write + Send),
) -> Result<u8, Failure> {
    let examples: Vec<&Example> = match args {
        None => course.examples.iter().collect(),
        Some(args) => vec![find(course, &args.name)?],
    };
    let engine = Engine::connect(environment).await.map_err(|error| {
        let hints = error.hints();
        with_hints(Failure::new(Kind::Environment, error), hints)
    })?;
    let keep = args.is_some_and(|args| args.keep);
    let mut code = 0;
    for example in examples {
        let mut show = Show { engine: &engine, example, cancel: &cancel, out: &mut *out };
        let result = show.run(keep).await;
        engine.settle(super::CLEAN_WITHIN).await;
        if !result? {
            code = 1;
        }
    }
    Ok(code)
}

fn find<'a>(course: &'a Course, name: &str) -> Result<&'a Example, Failure> {
    course.example(name).ok_or_else(|| {
        let names: Vec<&str> = course.examples.iter().map(|example| example.name.as_str()).collect();
        let name = sanitise::plain(name).into_owned();
        Failure::new(Kind::User, anyhow::anyhow!("there is no example `{name}`"))
            .hint(format!("one of: {}", names.join(", ")))
    })
}

fn with_hints(failure: Failure, hints: Vec<String>) -> Failure {
    hints.into_iter().fold(failure, Failure::hint)
}

/// One example on its way through the engine.
struct Show<'a> {
    engine: &'a Engine,
    example: &'a Example,
    cancel: &'a CancellationToken,
    out: &'a mut (dyn Write + Send),
}

impl Show<'_> {
    /// Answers with whether the example holds what it promises.
    async fn run(&mut self, keep: bool) -> Result<bool, Failure> {
        self.say(&format!("{}: {}", self.example.name, self.example.title))?;
        let folder = Folder::with(self.example).map_err(|error| {
            let told = anyhow::Error::new(error).context("cannot write the example's files");
            Failure::new(Kind::Environment, told).hint("free space in the folder for temporary files")
        })?;
        let tag = format!("docker-ecr-tutor/example:{}", self.example.name);
        let outcome = self.build(&folder.0, &tag).await?;
        let size = megabytes(outcome.image.size_bytes);
        self.say(&format!("  image     {size}, built in {:.1} s", outcome.millis as f64 / 1_000.0))?;
        let result = self.container(&outcome).await;
        if keep {
            self.say(&format!("  kept      {tag}"))?;
        } else {
            self.engine.remove_image(&tag).await.map_err(engine_failure)?;
            self.say("  removed   the container and the image; the build cache stays")?;
        }
        result
    }

    async fn build(&mut self, folder: &Path, tag: &str) -> Result<BuildOutcome, Failure> {
        let request = BuildRequest {
            context: folder.to_owned(),
            tags: vec![tag.to_owned()],
            timeout: Some(BUILD_WITHIN),
            ..BuildRequest::default()
        };
        let (events, mut heard) = mpsc::unbounded_channel();
        let build = self.engine.build(
            request,
            move |event| {
                // Nobody listens any more only when the build has ended.
                let _ = events.send(event);
            },
            self.cancel.clone(),
        );
        tokio::pin!(build);
        let mut names = HashMap::new();
        let result = loop {
            tokio::select! {
                biased;
                Some(event) = heard.recv() => {
                    if let Some(line) = line_of(event, &mut names) {
                        writeln!(self.out, "  {line}").map_err(unwritable)?;
                    }
                }
                result = &mut build => break result,
            }
        };
        while let Ok(event) = heard.try_recv() {
            if let Some(line) = line_of(event, &mut names) {
                self.say(&format!("  {line}"))?;
            }
        }
        result.map_err(build_failure)
    }

    /// Runs the image under the strict limits that a good image bears, asks it, and stops it.
    async fn container(&mut self, outcome: &BuildOutcome) -> Result<bool, Failure> {
        let Some((port, path)) = self.example.http.clone() else { return Ok(true) };
        let request = RunRequest {
            network: Network::Publish(vec![port]),
            read_only: true,
            tmpfs: vec!["/tmp".to_owned()],
            ..RunRequest::new(outcome.image.id.clone())
        };
        let container =
            self.engine.run(request, |_| {}, self.cancel.clone()).await.map_err(engine_failure)?;
        let held = self.ask(&container, port, &path, &outcome.image.config.user).await;
        container.remove().await.map_err(engine_failure)?;
        held
    }

    async fn ask(
        &mut self,
        container: &Container,
        port: u16,
        path: &str,
        user: &str,
    ) -> Result<bool, Failure> {
        let user = if user.is_empty() { "root" } else { user };
        self.say(&format!(
            "  running   as {user}, read-only, without privileges",
            user = sanitise::plain(user)
        ))?;
        let answer = match probe::get(container, port, path, ANSWER_WITHIN, self.cancel).await {
            Ok(answer) => answer,
            Err(probe::ProbeError::Cancelled) => return Err(engine_failure(EngineError::Cancelled)),
            Err(probe::ProbeError::Engine(error)) => return Err(engine_failure(error)),
            Err(error) => {
                self.say(&format!("  failed    {error}"))?;
                let output = container.output();
                let output = String::from_utf8_lossy(&output);
                let lines: Vec<&str> = output.lines().collect();
                for line in &lines[lines.len().saturating_sub(5)..] {
                    self.say(&format!("            {}", sanitise::bounded(&sanitise::plain(line), 100)))?;
                }
                return Ok(false);
            }
        };
        let body = String::from_utf8_lossy(&answer.body);
        let body = sanitise::bounded(&sanitise::plain(body.trim()), 100).into_owned();
        self.say(&format!(
            "  answered  {} from {} after {:.1} s: {body}",
            answer.status,
            answer.url,
            answer.millis as f64 / 1_000.0
        ))?;
        let stop = container.stop(STOP_WITHIN).await.map_err(engine_failure)?;
        let how = if stop.killed { "had to be killed" } else { "stopped" };
        self.say(&format!("  stop      {how} {:.1} s after {}", stop.millis as f64 / 1_000.0, stop.signal))?;
        Ok(answer.status == 200 && !stop.killed)
    }

    fn say(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.out, "{line}").and_then(|()| self.out.flush()).map_err(unwritable)
    }
}

/// What to print about an event of the build, if anything.
pub(super) fn line_of(event: BuildEvent, names: &mut HashMap<usize, String>) -> Option<String> {
    match event {
        BuildEvent::StepStarted { step, name } => {
            names.insert(step, name);
            None
        }
        BuildEvent::StepDone { step, cached, millis, error } => {
            let name =
                names.get(&step).filter(|name| name.starts_with('[') && !name.starts_with("[internal]"))?;
            let name = sanitise::bounded(&sanitise::plain(name), 64).into_owned();
            let took = match error {
                Some(_) => "failed".to_owned(),
                None if cached => "cached".to_owned(),
                None => format!("{:.1} s", millis as f64 / 1_000.0),
            };
            Some(format!("{name:<64} {took:>7}"))
        }
        BuildEvent::Note(text) => Some(format!("note: {text}")),
        _ => None,
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn build_failure(error: BuildError) -> Failure {
    let kind = if error.is_environment() { Kind::Environment } else { Kind::Course };
    let mut hints = error.hints();
    if let BuildError::StepFailed { log, .. } = &error {
        hints.extend(log.last().map(|line| format!("its last words: {}", sanitise::plain(line))));
    }
    with_hints(Failure::new(kind, error), hints)
}

fn engine_failure(error: EngineError) -> Failure {
    let hints = error.hints();
    with_hints(Failure::new(Kind::Environment, error), hints)
}

fn unwritable(error: io::Error) -> Failure {
    Failure::new(Kind::Environment, anyhow::Error::new(error).context("cannot write the answer"))
}

/// An example's files in a folder of their own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn with(example: &Example) -> io::Result<Self> {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let name = format!("docker-ecr-tutor-example-{}-{}", std::process::id(), since.as_nanos());
        let root = std::env::temp_dir().join(name);
        // Not `create_dir_all`: a folder that is there already is somebody else's.
        std::fs::create_dir(&root)?;
        let folder = Self(root);
        for (path, content) in &example.files {
            let path = folder.0.join(path);
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(path, content)?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that cannot be removed lies among the temporary files, which the system clears.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
