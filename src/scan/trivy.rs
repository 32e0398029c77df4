//! Trivy, run as a program on this machine. How it is asked, what its answers mean, and the state of its
//! database are the same when it runs in a container.

mod report;

pub use report::parse;

use super::Findings;
use super::origin::Recipe;
use serde::Deserialize;
use std::ffi::OsStr;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

/// Where to get it.
pub const HOW_TO_GET: &str = "install Trivy: https://trivy.dev/latest/getting-started/installation/";
/// Largest report that is read, in bytes.
const LARGEST_REPORT: u64 = 256 * 1024 * 1024;
/// Longest line of its log, and how many of the last are kept for an error.
const LONGEST_LINE: u64 = 8 * 1024;
const LAST_LINES: usize = 8;

/// Why there are no findings.
#[derive(Debug, thiserror::Error)]
pub enum TrivyError {
    /// It is not on PATH.
    #[error("trivy is not installed")]
    Missing,
    /// It could not be started, or not be listened to.
    #[error("trivy cannot be run")]
    Io(#[from] std::io::Error),
    /// It ended with an error, in its own words.
    #[error("trivy failed: {0}")]
    Failed(String),
    /// It said something else than a report.
    #[error("trivy's report is not understood")]
    Report(#[from] serde_json::Error),
    /// It said too much.
    #[error("trivy's report is larger than 256 MiB")]
    TooLarge,
}

impl TrivyError {
    /// What to do next.
    pub fn hints(&self) -> Vec<String> {
        let words = match self {
            Self::Missing => return vec![HOW_TO_GET.into()],
            Self::Failed(words) => words.to_ascii_lowercase(),
            _ => return Vec::new(),
        };
        let about = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
        let hint = if about(&["cannot be specified on the first run", "first run"]) {
            "there is no database yet: run once without --offline, with a network"
        } else if about(&["too many requests", "toomanyrequests", "429"]) {
            "the place the database comes from has had too many requests from here: try again later, or \
             with --offline use the database that is there"
        } else if about(&["download", "no such host", "dial tcp", "timeout", "i/o timeout"]) {
            "its database could not be fetched: check the network, or with --offline use the one that is there"
        } else if about(&["unable to find the specified image", "no such image"]) {
            "check the name: `docker images` lists what is there"
        } else {
            return Vec::new();
        };
        vec![hint.into()]
    }
}

/// What Trivy is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// Name or id of an image, or the path of an archive.
    pub image: &'a str,
    /// Whether `image` is an archive.
    pub archive: bool,
    /// Use the database that is there, and no network.
    pub offline: bool,
}

impl Ask<'_> {
    /// The command line. Nothing is filtered by Trivy: what is left out is counted here.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<&str> =
            vec!["image", "--no-progress", "--format", "json", "--scanners", "vuln"];
        if cfg!(unix) {
            arguments.extend(["--ignorefile", "/dev/null"]);
        }
        if self.offline {
            arguments.extend(["--skip-db-update", "--skip-java-db-update", "--offline-scan"]);
        }
        arguments.push(if self.archive { "--input" } else { "--" });
        arguments.push(self.image);
        arguments.into_iter().map(str::to_owned).collect()
    }
}

/// How to ask for the version and the state of the database.
pub const VERSION: [&str; 3] = ["--version", "--format", "json"];

/// The version, and the state of the database, as `trivy --version --format json` tells them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Version {
    /// `0.57.1`.
    pub version: String,
    /// The database that is there, if one is.
    #[serde(rename = "VulnerabilityDB")]
    pub database: Option<Database>,
}

/// A vulnerability database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Database {
    /// When it was made, as RFC 3339.
    pub updated_at: String,
    /// When the next one is due.
    pub next_update: String,
}

impl Version {
    /// Reads it; what is not understood is left empty.
    pub fn parse(text: &[u8]) -> Self {
        serde_json::from_slice(text).unwrap_or_default()
    }

    /// `trivy 0.57.1`.
    pub fn scanner(&self) -> String {
        format!("trivy {}", self.version).trim_end().to_owned()
    }

    /// `database of 2026-11-20`, and a remark when a newer one is due at `now` (RFC 3339).
    pub fn database(&self, now: &str) -> (String, Option<String>) {
        let Some(database) = &self.database else { return (String::new(), None) };
        let day = database.updated_at.get(..10).unwrap_or_default();
        // Times written so are in order as texts are.
        let overdue = !database.next_update.is_empty() && database.next_update.as_str() < now;
        let remark = overdue.then(|| {
            format!("the database is of {day}; newer ones are there, and may know of more vulnerabilities")
        });
        (format!("database of {day}"), remark)
    }
}

/// Scans an image. `host` is the engine's place, `say` hears what Trivy says while it works: untrusted.
/// Dropping the future ends it. `now` is the time as RFC 3339; with `recipe` findings get the lines of the
/// Dockerfile.
///
/// # Errors
/// When Trivy is not there, or fails.
pub async fn scan(
    ask: &Ask<'_>,
    host: Option<&str>,
    recipe: Option<&Recipe>,
    now: &str,
    say: impl FnMut(&str),
) -> Result<Findings, TrivyError> {
    let program = Program { path: OsStr::new("trivy"), host };
    program.scan(ask, recipe, now, say).await
}

/// Trivy, and the engine that it is to ask.
struct Program<'a> {
    path: &'a OsStr,
    host: Option<&'a str>,
}

/// The findings of a report, with what is to be known of the scanner.
///
/// # Errors
/// When it is no report.
pub fn finish(
    report: &[u8],
    version: &Version,
    image: &str,
    recipe: Option<&Recipe>,
    now: &str,
) -> Result<Findings, TrivyError> {
    let mut findings = parse(report, recipe)?;
    findings.image = image.into();
    findings.scanner = version.scanner();
    let (database, remark) = version.database(now);
    findings.database = database;
    findings.remarks.extend(remark);
    Ok(findings)
}

impl Program<'_> {
    async fn scan(
        &self,
        ask: &Ask<'_>,
        recipe: Option<&Recipe>,
        now: &str,
        say: impl FnMut(&str),
    ) -> Result<Findings, TrivyError> {
        let report = self.run(&ask.arguments(), say).await?;
        // Asked afterwards: by then it has fetched the database that it used.
        let version = self.run(&VERSION.map(str::to_owned), |_| {}).await.unwrap_or_default();
        finish(&report, &Version::parse(&version), ask.image, recipe, now)
    }

    /// Runs it to its end and answers with its standard output.
    async fn run(&self, arguments: &[String], mut say: impl FnMut(&str)) -> Result<Vec<u8>, TrivyError> {
        let mut command = tokio::process::Command::new(self.path);
        command.args(arguments).envs(self.host.map(|host| ("DOCKER_HOST", host)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => TrivyError::Missing,
            _ => TrivyError::Io(error),
        })?;
        let mut last: Vec<String> = Vec::new();
        let out = child.stdout.take();
        let log = child.stderr.take();
        let listen = async {
            let Some(mut log) = log.map(BufReader::new) else { return Ok(()) };
            loop {
                let mut line = Vec::new();
                if (&mut log).take(LONGEST_LINE).read_until(b'\n', &mut line).await? == 0 {
                    return Ok::<_, std::io::Error>(());
                }
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                say(remark(&line));
                if last.len() == LAST_LINES {
                    last.remove(0);
                }
                last.push(line);
            }
        };
        let collect = async {
            let mut bytes = Vec::new();
            if let Some(out) = out {
                out.take(LARGEST_REPORT + 1).read_to_end(&mut bytes).await?;
            }
            Ok::<_, std::io::Error>(bytes)
        };
        let (report, listened) = tokio::join!(collect, listen);
        listened?;
        let report = report?;
        if report.len() as u64 > LARGEST_REPORT {
            return Err(TrivyError::TooLarge);
        }
        if !child.wait().await?.success() {
            return Err(TrivyError::Failed(why(&last)));
        }
        Ok(report)
    }
}

/// What a line of its log says: `2026-11-22T10:00:00Z\tINFO\t[vulndb] Downloading…` without time and level.
pub fn remark(line: &str) -> &str {
    line.rsplit_once("INFO\t").or_else(|| line.rsplit_once("WARN\t")).map_or(line, |(_, said)| said)
}

/// Why it failed, from the last lines of its log: the one it calls fatal, else the last.
pub fn why(last: &[String]) -> String {
    let said: Vec<&str> = last.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    let fatal = said.iter().rev().find_map(|line| Some(line.split_once("FATAL")?.1.trim()));
    fatal.or(said.last().copied()).unwrap_or("it says nothing").replace('\t', " ")
}

#[cfg(test)]
mod tests;
