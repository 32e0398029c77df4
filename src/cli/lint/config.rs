//! What the linter is told: environment, then `.hadolint.yaml`, then the command line; single
//! values of the later win, lists are joined.

use super::{LintArgs, Usage, color, compat, threshold};
use crate::lint::report::{Format, Style};
use crate::lint::{Compat, Config, LabelType, Severity};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Everything a run needs to know.
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) formats: Vec<Format>,
    /// Least severity that fails; `None` is any.
    pub(super) threshold: Option<Severity>,
    pub(super) no_fail: bool,
    /// Whether more is told than findings.
    pub(super) verbose: bool,
    /// Whether ShellCheck is asked when it is there.
    pub(super) shellcheck: bool,
    color: bool,
}

/// What is wrong with a configuration file.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    #[error("{path}: {source}")]
    Read { path: String, source: std::io::Error },
    #[error("{path}: {message}")]
    Parse { path: String, message: String },
    #[error("{path} is larger than 1 MiB; that is no configuration of a linter")]
    TooLarge { path: String },
}

/// `.hadolint.yaml`. Keys that are not known are passed over, as hadolint does.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct File {
    ignored: Vec<String>,
    #[serde(rename = "override")]
    overrides: Overrides,
    #[serde(rename = "trustedRegistries")]
    trusted_registries: OneOrMany,
    label_schema: BTreeMap<String, String>,
    strict_labels: Option<bool>,
    disable_ignore_pragma: Option<bool>,
    failure_threshold: Option<String>,
    format: Option<String>,
    formats: Vec<String>,
    no_fail: Option<bool>,
    no_color: Option<bool>,
    verbose: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Overrides {
    error: Vec<String>,
    warning: Vec<String>,
    info: Vec<String>,
    style: Vec<String>,
}

/// hadolint's README allows one registry as a plain string.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Settings {
    /// All of it. What is wrong in the configuration is an error, in compat mode a line on `err`.
    pub(super) fn gather(args: &LintArgs, err: &mut dyn Write) -> Result<Self, Usage> {
        let compat = compat(args.compat.as_deref())?;
        let path = args.config.clone().or_else(find);
        let file = match path.as_deref().map(read).transpose() {
            Ok(file) => file.unwrap_or_default(),
            Err(error @ ConfigError::Parse { .. }) if compat == Compat::Hadolint => {
                let _ = writeln!(err, "Error parsing your config file: {error}");
                File::default()
            }
            Err(error) => return Err(error.into()),
        };
        let verbose = args.verbose || file.verbose.or(switch("VERBOSE")).unwrap_or(false);
        if verbose {
            let shown = path.as_deref().map_or_else(|| "none".into(), Path::to_string_lossy);
            let _ = writeln!(err, "configuration file: {shown}");
        }
        let mut config = Config { compat, ..Config::default() };
        config.ignored = joined(&[&list("IGNORE"), &file.ignored, &args.ignore]);
        // The strongest override of a rule counts, wherever it stands.
        let levels: [(Severity, &str, &[String], &[String]); 4] = [
            (Severity::Style, "OVERRIDE_STYLE", &file.overrides.style, &args.style),
            (Severity::Info, "OVERRIDE_INFO", &file.overrides.info, &args.info),
            (Severity::Warning, "OVERRIDE_WARNING", &file.overrides.warning, &args.warning),
            (Severity::Error, "OVERRIDE_ERROR", &file.overrides.error, &args.error),
        ];
        for (severity, variable, in_file, in_args) in levels {
            for word in joined(&[&list(variable), in_file, in_args]) {
                config.severities.insert(word, severity);
            }
        }
        let trusted = match file.trusted_registries {
            OneOrMany::Many(list) => list,
            OneOrMany::One(_) if compat == Compat::Hadolint => return Self::without_file(args, err),
            OneOrMany::One(one) => vec![one],
        };
        config.trusted_registries = joined(&[&list("TRUSTED_REGISTRIES"), &trusted, &args.trusted_registry]);
        let in_file = file.label_schema.into_iter().map(|(name, kind)| format!("{name}:{kind}"));
        let labels = joined(&[&args.require_label, &in_file.collect::<Vec<_>>(), &list("REQUIRE_LABELS")]);
        for word in labels {
            let (name, kind) = word.rsplit_once(':').unwrap_or((&word, "text"));
            let kind = LabelType::parse(kind).ok_or_else(|| Usage::Unknown {
                what: "label type",
                value: kind.to_owned(),
                known: "text, url, semver, hash, rfc3339, spdx, email".to_owned(),
            })?;
            config.labels.insert(name.to_owned(), kind);
        }
        config.checks = std::env::var("BUILDKIT_DOCKERFILE_CHECK").ok();
        let on = |arg: bool, file: Option<bool>, name: &str| arg || file.or(switch(name)).unwrap_or(false);
        config.strict_labels = on(args.strict_labels, file.strict_labels, "STRICT_LABELS");
        config.disable_pragmas =
            on(args.disable_ignore_pragma, file.disable_ignore_pragma, "DISABLE_IGNORE_PRAGMA");
        let word = args
            .failure_threshold
            .clone()
            .or(file.failure_threshold)
            .or_else(|| variable("FAILURE_THRESHOLD"));
        let mut words = joined(&[&args.format]);
        if words.is_empty() {
            words = file.format.into_iter().chain(file.formats).collect();
        }
        if words.is_empty() {
            words = variable("FORMAT").into_iter().collect();
        }
        let formats: Result<Vec<Format>, Usage> = words.iter().map(|word| format(word)).collect();
        let mut formats = formats?;
        if formats.is_empty() {
            formats.push(Format::Tty);
        }
        Ok(Self {
            config,
            formats,
            threshold: word.as_deref().map_or(Ok(Some(Severity::Info)), threshold)?,
            no_fail: on(args.no_fail, file.no_fail, "NOFAIL"),
            verbose,
            shellcheck: !args.no_shellcheck,
            color: color(on(args.no_color, file.no_color, "NO_COLOR")),
        })
    }

    /// hadolint drops a file with a plain string for `trustedRegistries` whole.
    fn without_file(args: &LintArgs, err: &mut dyn Write) -> Result<Self, Usage> {
        let _ = writeln!(err, "Error parsing your config file: trustedRegistries: expected a list");
        let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
        Self::gather(&LintArgs { config: Some(PathBuf::from(nowhere)), ..args.clone() }, err)
    }

    pub(super) fn style(&self) -> Style {
        Style { color: self.color, hadolint: self.config.compat == Compat::Hadolint }
    }
}

fn format(word: &str) -> Result<Format, Usage> {
    Format::parse(word).ok_or_else(|| {
        let known: Vec<&str> = Format::ALL.iter().map(|(name, _)| *name).collect();
        Usage::Unknown { what: "format", value: word.to_owned(), known: known.join(", ") }
    })
}

fn joined(lists: &[&[String]]) -> Vec<String> {
    lists.iter().flat_map(|list| list.iter().cloned()).collect()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(format!("HADOLINT_{name}")).ok().filter(|value| !value.is_empty())
}

fn list(name: &str) -> Vec<String> {
    let words = variable(name).unwrap_or_default();
    words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn switch(name: &str) -> Option<bool> {
    variable(name)
        .map(|value| matches!(value.to_ascii_lowercase().as_str(), "1" | "y" | "on" | "true" | "yes"))
}

/// The first configuration file there is: the working directory, then the user's.
fn find() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let user = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let user = user.or_else(|| home.as_ref().map(|home| home.join(".config")));
    let mut candidates = Vec::new();
    let mut pair = |folder: Option<PathBuf>, name: &str| {
        let folder = folder.unwrap_or_default();
        candidates.extend(["yaml", "yml"].map(|end| folder.join(format!("{name}.{end}"))));
    };
    pair(None, ".hadolint");
    if user.is_some() {
        pair(user, "hadolint");
    }
    if let Some(home) = home {
        pair(Some(home.join(".hadolint")), "hadolint");
        pair(Some(home.join(".hadolint")), "config");
        pair(Some(home), ".hadolint");
    }
    candidates.into_iter().find(|path| path.is_file())
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let shown = path.display().to_string();
    let wrap = |source| ConfigError::Read { path: shown.clone(), source };
    if std::fs::metadata(path).map_err(wrap)?.len() > 1024 * 1024 {
        return Err(ConfigError::TooLarge { path: shown });
    }
    let text = std::fs::read_to_string(path).map_err(wrap)?;
    if text.trim().is_empty() {
        return Ok(File::default());
    }
    serde_saphyr::from_str(&text)
        .map_err(|error| ConfigError::Parse { path: shown, message: error.to_string() })
}
