//! ShellCheck, run as a program of this machine over the scripts of RUN: many scripts a process, a
//! process for each processor, bounded time and output, results kept by the script's text. A dropped
//! future ends its processes and removes its files.

use crate::lint::shellcheck::{Remark, Script, read};
use crate::text::sanitise;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::Instant;

/// Where to get it.
pub const HOW_TO_GET: &str = "install ShellCheck: https://www.shellcheck.net";

/// Scripts of one process.
const BATCH: usize = 48;
/// What one script takes, with room to spare on a busy machine; most take 10 ms.
const EACH: Duration = Duration::from_millis(250);
/// What a process may take beside its scripts.
const START: Duration = Duration::from_secs(5);
/// The most it may write: many times what it says about the worst batch.
const LARGEST: u64 = 16 * 1024 * 1024;
/// Bytes of scripts whose results are kept.
const KEPT: usize = 4 * 1024 * 1024;

/// Why there are no findings about some scripts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be started, or its files not be written.
    #[error("it cannot be run")]
    Io(#[from] io::Error),
    /// It did not end in time.
    #[error("it took longer than {} seconds", .0.as_secs())]
    Slow(Duration),
    /// It wrote more than anyone would read.
    #[error("it wrote more than 16 MiB")]
    Large,
    /// It said something else than a report; its own words.
    #[error("it answered: {0}")]
    Report(String),
}

/// What is known about a script.
type Known = Arc<[Remark]>;

/// ShellCheck on this machine, with what it has said so far.
#[derive(Debug)]
pub struct ShellCheck {
    program: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    remarks: HashMap<String, Known>,
    bytes: usize,
}

impl ShellCheck {
    /// The one on PATH.
    pub fn find() -> Option<Self> {
        let name = if cfg!(windows) { "shellcheck.exe" } else { "shellcheck" };
        let path = std::env::var_os("PATH")?;
        // A relative entry of PATH would run whatever lies beside an untrusted Dockerfile.
        let mut found =
            std::env::split_paths(&path).filter(|dir| dir.is_absolute()).map(|dir| dir.join(name));
        found.find(|program| is_program(program)).map(Self::at)
    }

    /// The one at `program`.
    pub fn at(program: PathBuf) -> Self {
        Self { program, kept: Mutex::default() }
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What it said about a script, when it was asked.
    pub fn known(&self, script: &Script) -> Option<Known> {
        self.kept().remarks.get(script.text()).cloned()
    }

    /// Ask about those of `scripts` that are not known yet, then [`ShellCheck::known`] has the answers.
    /// A script that it cannot judge in time, or fails on, counts as known without remarks, so that it
    /// is not tried at every key; why is in the answer, once for each.
    pub async fn check(&self, scripts: impl IntoIterator<Item = &Script>) -> Vec<Error> {
        let mut unknown: Vec<&str> = scripts.into_iter().map(Script::text).collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown.retain(|text| !self.kept().remarks.contains_key(*text));
        let processes = std::thread::available_parallelism().map_or(1, usize::from);
        let share = unknown.len().div_ceil(processes).clamp(1, BATCH);
        let mut batches: Vec<BoxFuture<'_, Vec<Error>>> = Vec::new();
        for batch in unknown.chunks(share) {
            batches.push(Box::pin(self.judge(batch)));
        }
        let errors: Vec<Vec<Error>> = futures_util::stream::iter(batches).buffered(processes).collect().await;
        errors.into_iter().flatten().collect()
    }

    /// Ask about a batch; when that fails, about each half of it, until the culprit is alone.
    async fn judge(&self, batch: &[&str]) -> Vec<Error> {
        let mut errors = Vec::new();
        let mut waiting = vec![batch];
        while let Some(batch) = waiting.pop() {
            match self.run(batch).await {
                Ok(remarks) => batch.iter().zip(remarks).for_each(|(text, said)| self.keep(text, said)),
                Err(Error::Io(error)) => {
                    errors.push(Error::Io(error));
                    return errors;
                }
                Err(error) if batch.len() == 1 => {
                    batch.iter().for_each(|text| self.keep(text, Vec::new()));
                    errors.push(error);
                }
                Err(_) => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    waiting.extend([second, first]);
                }
            }
        }
        errors
    }

    /// One process over `texts`.
    async fn run(&self, texts: &[&str]) -> Result<Vec<Vec<Remark>>, Error> {
        let folder = Folder::new()?;
        for (at, text) in texts.iter().enumerate() {
            std::fs::write(folder.0.join(at.to_string()), text)?;
        }
        let mut child = tokio::process::Command::new(&self.program)
            .args(["--norc", "--format=json1", "--"])
            .args((0..texts.len()).map(|at| at.to_string()))
            .current_dir(&folder.0)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("SHELLCHECK_OPTS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("its output cannot be read").into());
        };
        let limit = START + EACH * u32::try_from(texts.len()).unwrap_or(u32::MAX);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let (mut stdout, mut stderr) = (stdout.take(LARGEST + 1), stderr.take(4096));
        let report = async {
            let read = stdout.read_to_end(&mut out).await?;
            if read as u64 > LARGEST { Err(Error::Large) } else { Ok(()) }
        };
        let words = async { Ok(stderr.read_to_end(&mut err).await.map(drop)?) };
        let ended =
            tokio::time::timeout_at(Instant::now() + limit, async { tokio::try_join!(report, words) });
        let ended = ended.await.map_err(|_| Error::Slow(limit)).and_then(|read| read);
        if let Err(error) = ended {
            child.kill().await?;
            return Err(error);
        }
        child.wait().await?;
        read(&out, texts).map_err(|error| {
            let words = String::from_utf8_lossy(&err);
            let last = words.lines().last().map_or_else(|| error.to_string(), str::to_owned);
            Error::Report(sanitise::bounded(&sanitise::plain(&last), 200).into_owned())
        })
    }

    fn keep(&self, text: &str, remarks: Vec<Remark>) {
        let mut kept = self.kept();
        if kept.bytes > KEPT {
            *kept = Kept::default();
        }
        kept.bytes += text.len();
        kept.remarks.insert(text.to_owned(), remarks.into());
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// A folder for the scripts of one process, for nobody else's eyes; removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("docker-ecr-tutor-shellcheck-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            // Fails when it is there, so that nobody can have prepared it.
            match builder.create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
