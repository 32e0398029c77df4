//! `build [DIR]…`: builds folders, several at once, and explains what fails: which line, why, what to
//! try.

use super::Global;
use super::example::line_of;
use crate::engine::{BuildError, BuildOutcome, BuildRequest, Diagnosis, Engine};
use crate::failure::{Failure, Kind};
use crate::image::human_size;
use crate::text::sanitise;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Last lines of a failed command's output that are printed.
const TAIL: usize = 12;

/// What `build` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folders to build
    #[arg(value_name = "DIR", default_value = ".")]
    dirs: Vec<PathBuf>,
    /// Dockerfile, relative to the folder
    #[arg(long, short, value_name = "FILE", default_value = "Dockerfile")]
    file: String,
    /// Name of the image; for one folder only
    #[arg(long, short, value_name = "NAME:TAG")]
    tag: Vec<String>,
    /// Stage to build, instead of the last
    #[arg(long, value_name = "STAGE", default_value = "")]
    target: String,
    /// Platform to build for
    #[arg(long, value_name = "OS/ARCH", default_value = "")]
    platform: String,
    /// Value for an ARG; without `=` it is taken from the environment
    #[arg(long, value_name = "NAME=VALUE")]
    build_arg: Vec<String>,
    /// File that steps may mount as a secret
    #[arg(long, value_name = "id=ID,src=FILE")]
    secret: Vec<String>,
    /// Run every step again
    #[arg(long)]
    no_cache: bool,
    /// Builds at once
    #[arg(long, short, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
}

/// One folder's end.
type Ended = (usize, Result<BuildOutcome, (BuildError, Diagnosis)>);

pub(super) fn run(args: &Args, global: &Global, out: &mut (dyn Write + Send)) -> Result<u8, Failure> {
    let requests = requests(args)?;
    super::runtime()?.block_on(async {
        let engine = super::connect(global).await?;
        let cancel = CancellationToken::new();
        let mut building = std::pin::pin!(build_all(&engine, requests, args.jobs, &cancel, out));
        let result = tokio::select! {
            ended = &mut building => ended,
            signal = super::check::stop_signal() => {
                cancel.cancel();
                // How it ended says nothing any more: it was told to.
                let _ = building.await;
                Ok(128 + signal)
            }
        };
        engine.settle(super::CLEAN_WITHIN).await;
        result
    })
}

fn usage(text: String, hint: &str) -> Failure {
    Failure::new(Kind::User, anyhow::anyhow!(sanitise::plain(&text).into_owned())).hint(hint)
}

fn requests(args: &Args) -> Result<Vec<BuildRequest>, Failure> {
    if args.dirs.len() > 1 && !args.tag.is_empty() {
        return Err(usage(
            "one name cannot be given to several images".into(),
            "leave out --tag, or name one folder",
        ));
    }
    let mut build_args = BTreeMap::new();
    for text in &args.build_arg {
        match text.split_once('=') {
            Some((name, value)) => drop(build_args.insert(name.to_owned(), value.to_owned())),
            // As docker does it: what the environment does not have is not given.
            None => build_args.extend(std::env::var(text).ok().map(|value| (text.clone(), value))),
        }
    }
    let mut secrets = BTreeMap::new();
    for text in &args.secret {
        let field = |name: &str| text.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        let (Some(id), Some(file)) = (field("id"), field("src").or(field("source"))) else {
            let told = format!("{text:?} names no secret");
            return Err(usage(told, "write it as --secret id=token,src=token.txt"));
        };
        secrets.insert(id.to_owned(), PathBuf::from(file));
    }
    let request = |dir: &PathBuf| BuildRequest {
        context: dir.clone(),
        dockerfile: args.file.clone(),
        tags: args.tag.clone(),
        build_args: build_args.clone(),
        target: args.target.clone(),
        platform: args.platform.clone(),
        no_cache: args.no_cache,
        secrets: secrets.clone(),
        ..BuildRequest::default()
    };
    Ok(args.dirs.iter().map(request).collect())
}

/// Builds them, so many at once, and answers with the exit code.
async fn build_all(
    engine: &Engine,
    requests: Vec<BuildRequest>,
    at_once: u16,
    cancel: &CancellationToken,
    out: &mut (dyn Write + Send),
) -> Result<u8, Failure> {
    let several = requests.len() > 1;
    let names: Vec<String> = requests
        .iter()
        .map(|request| sanitise::plain(&request.context.display().to_string()).into_owned())
        .collect();
    let prefix = |at: usize| if several { format!("{}: ", names[at]) } else { String::new() };
    let places = Arc::new(Semaphore::new(usize::from(at_once)));
    let (events, mut heard) = mpsc::unbounded_channel();
    let mut builds = tokio::task::JoinSet::new();
    for (at, request) in requests.into_iter().enumerate() {
        let (engine, places, cancel, events) =
            (engine.clone(), places.clone(), cancel.clone(), events.clone());
        builds.spawn(async move {
            let _place = places.acquire_owned().await;
            let tell = move |event| {
                // Nobody listens any more only when all is over.
                let _ = events.send((at, event));
            };
            let ended = engine.build(request.clone(), tell, cancel).await;
            let ended: Ended = (
                at,
                ended.map_err(|error| {
                    let why = Diagnosis::of(&error, &request);
                    (error, why)
                }),
            );
            ended
        });
    }
    drop(events);
    let mut steps: Vec<HashMap<usize, String>> = names.iter().map(|_| HashMap::new()).collect();
    let mut code = 0;
    loop {
        tokio::select! {
            biased;
            Some((at, event)) = heard.recv() => {
                if let Some(line) = line_of(event, &mut steps[at]) {
                    say(out, &format!("{}{line}", prefix(at)))?;
                }
            }
            ended = builds.join_next() => match ended {
                Some(Ok((at, ended))) => code = worse(code, tell(out, &prefix(at), ended)?),
                Some(Err(error)) => return Err(Failure::new(Kind::Internal, error)),
                None => return Ok(code),
            },
        }
    }
}

/// 1, the Dockerfile's fault, is told before 3, the machine's.
fn worse(one: u8, other: u8) -> u8 {
    if one == 1 || other == 1 { 1 } else { one.max(other) }
}

fn tell(
    out: &mut (dyn Write + Send),
    prefix: &str,
    ended: Result<BuildOutcome, (BuildError, Diagnosis)>,
) -> Result<u8, Failure> {
    match ended {
        Ok(built) => {
            let size = human_size(built.image.size_bytes);
            let seconds = built.millis as f64 / 1e3;
            say(out, &format!("{prefix}built in {seconds:.1} s: {size}, {}", built.image.id))?;
            Ok(0)
        }
        Err((error, why)) => {
            let place = why.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            let place = if why.message.starts_with("line ") { String::new() } else { place };
            let output = &why.output[why.output.len().saturating_sub(TAIL)..];
            for line in output {
                say(out, &format!("{prefix}  {}", sanitise::plain(line)))?;
            }
            say(out, &format!("{prefix}error: {place}{}", sanitise::plain(&why.message)))?;
            if let Some(known) = &why.explanation {
                say(out, &format!("{prefix}  {}", known.what))?;
            }
            for text in &why.tries {
                say(out, &format!("{prefix}  try: {}", sanitise::plain(text)))?;
            }
            Ok(if error.is_environment() { 3 } else { 1 })
        }
    }
}

fn say(out: &mut (dyn Write + Send), line: &str) -> Result<(), Failure> {
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error: io::Error| {
        Failure::new(Kind::Environment, anyhow::Error::new(error).context("cannot write the answer"))
    })
}
