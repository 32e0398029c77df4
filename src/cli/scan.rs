//! `scan IMAGE`: known vulnerabilities, as Trivy, ECR or the training set knows them.

use super::Global;
use crate::failure::{Failure, Kind};
use crate::jobs::image::Target;
use crate::jobs::scan::{self, Request, ScanError};
use crate::scan::ignore::Ignored;
use crate::scan::{Severity, report};
use crate::text::sanitise;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Where findings to live with are listed, when no other file is named.
const IGNORE_FILE: &str = ".trivyignore";
/// Largest file that is read beside the image, in bytes.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

const ABOUT: &str = "\
IMAGE is the name or id of an image in the engine, or an archive (`docker save`). With --scanner ecr it is
what was pushed: repository:tag or repository@digest, with the registry before it or not.

Scanners:
  trivy      Trivy on PATH, else in a container when the engine has an image of it (aquasec/trivy)
  container  Trivy in a container; it is given the engine's socket, as Trivy's own manual has it
  ecr        what ECR found when the image was pushed or a scan was started; AWS settings as usual
  training   a small dated set of real advisories, for exercises: needs nothing, proves nothing

Where the image tells which layer brought a package, the instruction that made the layer is named, and with
the Dockerfile it was built from, its line.

Exit codes:
  0    nothing was reported, or --exit-code was not given
  N    with --exit-code N: something was reported
  2    wrong usage, no such image, or never scanned
  3    no scanner, no engine, no answer from AWS: nothing was scanned";

/// What `scan` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT)]
pub(super) struct Args {
    /// Name or id of an image, or an archive
    image: String,
    /// Who looks
    #[arg(long, value_enum, default_value_t = Scanner::Trivy)]
    scanner: Scanner,
    /// Report only these
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true, value_name = "LEVEL")]
    severity: Vec<Level>,
    /// Report only what a newer version has fixed
    #[arg(long)]
    ignore_unfixed: bool,
    /// Ids to leave out, one in a line, as Trivy has them [default: .trivyignore, where there is one]
    #[arg(long, value_name = "FILE")]
    ignore_file: Option<PathBuf>,
    /// The Dockerfile that the image was built from [default: Dockerfile, where there is one]
    #[arg(long, value_name = "FILE")]
    dockerfile: Option<PathBuf>,
    /// No network: Trivy's database as it is
    #[arg(long)]
    offline: bool,
    /// Exit code when anything is reported
    #[arg(long, default_value_t = 0, value_name = "CODE")]
    exit_code: u8,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Scanner {
    Trivy,
    Container,
    Ecr,
    Training,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Level {
    Critical,
    High,
    Medium,
    Low,
    #[value(alias = "unknown")]
    Informational,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Sarif,
}

impl Level {
    fn severity(self) -> Severity {
        match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
            Self::Informational => Severity::Informational,
        }
    }
}

pub(super) fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    // What is wrong with the files beside the image is told before a database is fetched.
    let ignored = ignored(args)?;
    let dockerfile = args.dockerfile.clone().unwrap_or_else(|| "Dockerfile".into());
    let text = match read(&dockerfile)? {
        None if args.dockerfile.is_some() => return Err(missing(&dockerfile)),
        text => text,
    };
    let request = Request {
        image: args.image.clone(),
        scanner: match args.scanner {
            Scanner::Trivy => scan::Scanner::Trivy,
            Scanner::Container => scan::Scanner::Container,
            Scanner::Ecr => scan::Scanner::Ecr,
            Scanner::Training => scan::Scanner::Training,
        },
        offline: args.offline,
        dockerfile: text,
        ignored,
    };
    let mut findings = super::runtime()?.block_on(find(&request, global))?;
    findings.findings.retain(|found| {
        let wanted =
            args.severity.is_empty() || args.severity.iter().any(|level| level.severity() == found.severity);
        wanted && !(args.ignore_unfixed && found.fixed.is_empty())
    });
    let pretty = |value| serde_json::to_string_pretty(&value).map_err(|e| Failure::new(Kind::Internal, e));
    let text = match args.format {
        Format::Table => report::table(&findings),
        Format::Json => pretty(report::json(&findings))? + "\n",
        Format::Sarif => pretty(report::sarif(&findings, &dockerfile.to_string_lossy()))? + "\n",
    };
    out.write_all(text.as_bytes()).map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(if findings.findings.is_empty() { 0 } else { args.exit_code })
}

async fn find(request: &Request, global: &Global) -> Result<crate::scan::Findings, Failure> {
    let in_engine = request.scanner != scan::Scanner::Ecr && Target::of(&request.image).needs_engine();
    let engine = if in_engine { Some(super::connect(global).await?) } else { None };
    let cancel = CancellationToken::new();
    // What Trivy says while it fetches its database is for whoever waits, not for a report in a file.
    let watched = std::io::stderr().is_terminal();
    let say = |line: &str| {
        if watched {
            let _ = writeln!(std::io::stderr(), "{}", sanitise::plain(line));
        }
    };
    let work = scan::scan(request, engine.as_ref(), &cancel, say);
    let ended = tokio::select! {
        ended = work => ended,
        _ = super::check::stop_signal() => Err(ScanError::Cancelled),
    };
    if let Some(engine) = &engine {
        engine.settle(super::CLEAN_WITHIN).await;
    }
    ended.map_err(|error| {
        let kind = if error.is_environment() { Kind::Environment } else { Kind::User };
        let hints = error.hints();
        hints.into_iter().fold(Failure::new(kind, error), Failure::hint)
    })
}

fn ignored(args: &Args) -> Result<Ignored, Failure> {
    let path = args.ignore_file.clone().unwrap_or_else(|| IGNORE_FILE.into());
    let Some(text) = read(&path)? else {
        return if args.ignore_file.is_some() { Err(missing(&path)) } else { Ok(Ignored::default()) };
    };
    Ignored::parse(&text).map_err(|fault| {
        let shown = path.display().to_string();
        let what =
            anyhow::anyhow!("{}:{}: {}", sanitise::plain(&shown), fault.line, sanitise::plain(&fault.what));
        Failure::new(Kind::User, what)
    })
}

/// A small text file; nothing when it is not there.
fn read(path: &Path) -> Result<Option<String>, Failure> {
    use std::io::Read;
    let failed = |error: std::io::Error| {
        let shown = path.display().to_string();
        let told = anyhow::Error::new(error).context(format!("cannot read {}", sanitise::plain(&shown)));
        Failure::new(Kind::User, told)
    };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn missing(path: &Path) -> Failure {
    let shown = path.display().to_string();
    Failure::new(Kind::User, anyhow::anyhow!("there is no file {}", sanitise::plain(&shown)))
}
