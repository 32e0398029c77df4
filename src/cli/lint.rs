//! `lint`: findings in Dockerfiles, with hadolint's options and exit codes, and fixes.

mod config;
mod files;
mod rules;
mod shell;

use super::prose::Terminal;
use crate::dockerfile;
use crate::lint::report::{self, FileReport, Format, Style};
use crate::lint::{Applicability, Compat, Config, Linted, Severity, fix, inspect};
use crate::text::sanitise;
use config::Settings;
use files::{Input, Source};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// Find mistakes in Dockerfiles, explain them, and mend those that an edit can mend.
///
/// Options, configuration file, comments and exit codes are hadolint's; --compat hadolint also
/// reproduces its findings. Exit code: 0 nothing at or above the threshold, 1 something, 2 a
/// mistake in the options or the configuration. The variable BUILDKIT_DOCKERFILE_CHECK takes the place of
/// a `# check=` directive, as the build argument of that name does.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct LintArgs {
    /// Dockerfiles, folders to search for them, or `-` for standard input; `Dockerfile` when none
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Output format: tty, json, checkstyle, codeclimate, gitlab_codeclimate, gnu, codacy,
    /// sonarqube, sarif, junit, github; repeat it together with --output
    #[arg(short, long, value_name = "FORMAT")]
    pub format: Vec<String>,
    /// Write the report to a file; pairs up with --format by position
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Configuration file instead of the `.hadolint.yaml` that is found
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Do not report a rule, by code or name; repeatable
    #[arg(long, value_name = "RULE")]
    pub ignore: Vec<String>,
    /// Report a rule as an error
    #[arg(long, value_name = "RULE")]
    pub error: Vec<String>,
    /// Report a rule as a warning
    #[arg(long, value_name = "RULE")]
    pub warning: Vec<String>,
    /// Report a rule as info
    #[arg(long, value_name = "RULE")]
    pub info: Vec<String>,
    /// Report a rule as style
    #[arg(long, value_name = "RULE")]
    pub style: Vec<String>,
    /// Registry that images may come from; repeatable
    #[arg(long, value_name = "REGISTRY")]
    pub trusted_registry: Vec<String>,
    /// Label that images must have, with a type: text, url, semver, hash, rfc3339, spdx, email
    #[arg(long, value_name = "LABEL[:TYPE]")]
    pub require_label: Vec<String>,
    /// Report labels that are not required ones
    #[arg(long)]
    pub strict_labels: bool,
    /// Do not listen to comments that silence rules
    #[arg(long)]
    pub disable_ignore_pragma: bool,
    /// Least severity that makes the run fail: error, warning, info (default), style, none
    #[arg(short = 't', long, value_name = "LEVEL")]
    pub failure_threshold: Option<String>,
    /// Succeed whatever is found
    #[arg(long)]
    pub no_fail: bool,
    /// Leave ShellCheck out; without this, the shell in RUN is judged too when `shellcheck` is on PATH
    #[arg(long)]
    pub no_shellcheck: bool,
    /// No colours
    #[arg(long)]
    pub no_color: bool,
    /// Say which configuration and which ShellCheck are used
    #[arg(short = 'V', long)]
    pub verbose: bool,
    /// Name to write into reports in place of the file's
    #[arg(long, value_name = "PATH")]
    pub file_path_in_report: Option<String>,
    /// Apply the fixes that change nothing in the image
    #[arg(long)]
    pub fix: bool,
    /// With --fix or --diff, also those that may change it; alone it means --fix
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Show what --fix would change, and change nothing
    #[arg(long)]
    pub diff: bool,
    /// Explain a rule, or a finding of ShellCheck, by code or name; `differences` shows where
    /// hadolint is wrong
    #[arg(long, value_name = "RULE")]
    pub explain: Option<String>,
    /// List all rules; --format text (default), markdown or json
    #[arg(long)]
    pub list_rules: bool,
    /// Behave as another linter does: hadolint
    #[arg(long, value_name = "LINTER")]
    pub compat: Option<String>,
    /// Print the version
    #[arg(short = 'v', long = "version")]
    pub version: bool,
    /// Draw with ASCII only, as the program was told.
    #[arg(skip)]
    pub ascii: bool,
}

/// A mistake in the options or the configuration: exit code 2.
#[derive(Debug, thiserror::Error)]
enum Usage {
    #[error("{what} `{value}` is not known; it is one of {known}")]
    Unknown { what: &'static str, value: String, known: String },
    #[error("no rule is called `{0}`; --list-rules shows them all")]
    Rule(String),
    #[error("{0}")]
    Config(#[from] config::ConfigError),
    #[error("Please provide a Dockerfile")]
    NoFile,
    #[error("stopped by signal {0}")]
    Interrupted(u8),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Run the command. Answers the exit code.
pub fn run(args: &LintArgs, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let hadolint = args.compat.as_deref() == Some("hadolint");
    match attempt(args, out, err) {
        Ok(code) => code,
        // The reader went away (`| head`): nothing is left to say.
        Err(Usage::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(Usage::Interrupted(signal)) => 128 + signal,
        Err(Usage::NoFile) if hadolint => {
            // Standard output, as hadolint does.
            let _ = writeln!(out, "{}", Usage::NoFile);
            1
        }
        Err(error) => {
            let _ = writeln!(err, "lint: {}", sanitise::lines(&error.to_string()));
            if hadolint { 1 } else { 2 }
        }
    }
}

fn attempt(args: &LintArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Usage> {
    if args.version {
        writeln!(out, "{} lint {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))?;
        return Ok(0);
    }
    if let Some(word) = &args.explain {
        rules::explain(word, Terminal::of_stdout(args.ascii, args.no_color), out)?;
        return Ok(0);
    }
    if args.list_rules {
        rules::list(args.format.first().map(String::as_str), out)?;
        return Ok(0);
    }
    let settings = Settings::gather(args, err)?;
    let (inputs, mut failed) = files::find(args, &settings, err)?;
    if args.fix || args.unsafe_fixes || args.diff {
        return mend(args, &settings, inputs, failed, out, err);
    }
    let mut reports = check(&settings, inputs, args.file_path_in_report.as_deref());
    shell::add(&settings, &mut reports, err)?;
    failed |= reports.iter().any(|file| fails(file, &settings));
    let mut never_fails = settings.no_fail;
    for (at, format) in settings.formats.iter().enumerate() {
        never_fails |= format.never_fails();
        match args.output.get(at) {
            Some(path) => {
                let mut text = Vec::new();
                report::write(*format, &reports, Style { color: false, ..settings.style() }, &mut text)?;
                std::fs::write(path, text)?;
            }
            None => report::write(*format, &reports, settings.style(), out)?,
        }
    }
    out.flush()?;
    Ok(u8::from(failed && !never_fails))
}

/// Lint every input, on as many threads as the machine has when there are many.
fn check(settings: &Settings, inputs: Vec<Input>, shown: Option<&str>) -> Vec<FileReport> {
    let one = |input: Input| {
        let mut config = settings.config.clone();
        config.dockerignore = input.dockerignore;
        let (file, _) = dockerfile::parse(&input.text);
        let Linted { findings, secrets, .. } = inspect(&file, &config);
        let shown = shown.map_or_else(|| input.name.clone(), str::to_owned);
        FileReport { shown, name: input.name, source: file.source, findings, secrets }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    if inputs.len() < 16 || threads == 1 {
        return inputs.into_iter().map(one).collect();
    }
    let mut rest = inputs;
    let share = rest.len().div_ceil(threads);
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let tail = rest.split_off(share.min(rest.len()));
        parts.push(std::mem::replace(&mut rest, tail));
    }
    std::thread::scope(|scope| {
        let spawn = |part: Vec<Input>| scope.spawn(move || part.into_iter().map(one).collect::<Vec<_>>());
        let workers: Vec<_> = parts.into_iter().map(spawn).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

fn fails(file: &FileReport, settings: &Settings) -> bool {
    file.findings.iter().any(|found| match settings.threshold {
        _ if found.code == "DL1000" => true,
        None => true,
        Some(threshold) => found.severity <= threshold,
    })
}

/// `--fix` and `--diff`.
fn mend(
    args: &LintArgs,
    settings: &Settings,
    inputs: Vec<Input>,
    mut failed: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<u8, Usage> {
    let how = if args.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe };
    let mut left = Vec::new();
    for mut input in inputs {
        let config = Config { dockerignore: input.dockerignore.clone(), ..settings.config.clone() };
        let mut fixed = fix::apply_all(&input.text, &config, how);
        if how == Applicability::Unsafe {
            shell::mend(settings, &mut fixed, err)?;
        }
        let changed = fixed.source != input.text;
        if args.diff {
            failed |= changed;
            let diff = similar::TextDiff::from_lines(&input.text, &fixed.source);
            let name = sanitise::plain(&input.name);
            let text = diff.unified_diff().header(&format!("a/{name}"), &format!("b/{name}")).to_string();
            write!(out, "{}", sanitise::lines(&text))?;
            continue;
        }
        match &input.source {
            Source::Stdin => write!(out, "{}", fixed.source)?,
            Source::Lossy => {
                failed = true;
                writeln!(err, "lint: {}: not UTF-8, so it is not changed", sanitise::plain(&input.name))?;
            }
            Source::File(path) if changed => {
                files::replace(path, &fixed.source)?;
                let count = fixed.applied.len();
                writeln!(err, "{}: {count} fixed", sanitise::plain(&input.name))?;
            }
            Source::File(_) => {}
        }
        input.text = fixed.source;
        left.push(input);
    }
    if args.diff {
        return Ok(u8::from(failed && !settings.no_fail));
    }
    let mut reports = check(settings, left, None);
    shell::add(settings, &mut reports, err)?;
    failed |= reports.iter().any(|file| fails(file, settings));
    let from_stdin = reports.iter().any(|file| file.name == "-");
    let target: &mut dyn Write = if from_stdin { err } else { out };
    report::write(
        settings.formats.first().copied().unwrap_or(Format::Tty),
        &reports,
        settings.style(),
        target,
    )?;
    Ok(u8::from(failed && !settings.no_fail))
}

/// Whether colours may be written to standard output.
fn color(no_color: bool) -> bool {
    !no_color && std::env::var_os("NO_COLOR").is_none() && io::stdout().is_terminal()
}

fn threshold(word: &str) -> Result<Option<Severity>, Usage> {
    Ok(Some(match word {
        "error" => Severity::Error,
        "warning" => Severity::Warning,
        "info" => Severity::Info,
        "style" => Severity::Style,
        "ignore" | "none" => return Ok(None),
        _ => {
            let known = "error, warning, info, style, none".to_owned();
            return Err(Usage::Unknown { what: "threshold", value: word.to_owned(), known });
        }
    }))
}

fn compat(word: Option<&str>) -> Result<Compat, Usage> {
    match word {
        None => Ok(Compat::None),
        Some("hadolint") => Ok(Compat::Hadolint),
        Some(other) => {
            Err(Usage::Unknown { what: "linter", value: other.to_owned(), known: "hadolint".to_owned() })
        }
    }
}

#[cfg(test)]
mod tests;
