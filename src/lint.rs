//! The Dockerfile linter: a syntax tree in, diagnostics out. Pure.

mod context;
mod dockerignore;
mod findings;
pub mod fix;
pub mod ignore;
mod page;
mod pragma;
pub mod report;
pub mod rules;
mod secrecy;
pub mod shellcheck;

pub use page::{DIFFERENCES, Fixes, Page, page};
pub use secrecy::{hidden, hide};

use crate::dockerfile::{Checks, Dockerfile};
use crate::text::{Edit, Span};
use context::Context;
use findings::Findings;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// How much a finding matters, hadolint's four levels; `Error` is the worst and sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It will not build, or will not do what it says.
    Error,
    /// It works and will hurt.
    Warning,
    /// Better practice exists.
    Info,
    /// A matter of form.
    Style,
}

/// Whether a fix may be applied without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applicability {
    /// The image stays the same in everything that a program in it can notice.
    Safe,
    /// It may change what the image does.
    Unsafe,
}

/// Text edits that mend what a diagnostic found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the edits do, as an imperative: "Use the exec form".
    pub title: String,
    /// Whether it may be applied without asking.
    pub applicability: Applicability,
    /// Edits of the linted source; they never overlap.
    pub edits: Vec<Edit>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code: `DL3007`, `SC2086`, or one of ours.
    pub code: &'static str,
    /// The rule's kebab-case name.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What to underline, in bytes of the linted source.
    pub span: Span,
    /// Names the thing found and says what to do, in one sentence.
    pub message: String,
    /// How to mend it, when an edit can.
    pub fix: Option<Fix>,
}

/// What a rule is, for `--explain`, the editor's hover and the documentation.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo {
    /// Stable code.
    pub code: &'static str,
    /// Kebab-case name.
    pub name: &'static str,
    /// Default severity.
    pub severity: Severity,
    /// One line.
    pub summary: &'static str,
    /// The rule's markdown page: reason, bad and good example, source.
    pub documentation: &'static str,
    /// Whether it is reported when nobody asks for it; an override of its severity asks.
    pub enabled: bool,
    /// The name of the same check in BuildKit; its `# check=skip=` quiets this rule too.
    pub buildkit: Option<&'static str>,
}

impl RuleInfo {
    /// Whether `word` names this rule: by code, name, or BuildKit's name for it.
    pub fn answers_to(&self, word: &str) -> bool {
        self.code.eq_ignore_ascii_case(word)
            || self.name.eq_ignore_ascii_case(word)
            || self.buildkit.is_some_and(|name| name.eq_ignore_ascii_case(word))
    }
}

/// Whose idea of right the linter follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compat {
    /// Ours: exact places, and right where hadolint is known to be wrong.
    #[default]
    None,
    /// hadolint's: only its rules, its exemptions, one finding for an instruction's first line.
    Hadolint,
}

/// What the value of a label must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LabelType {
    /// Anything.
    Text,
    /// A URL.
    Url,
    /// A semantic version.
    Semver,
    /// A git commit, short or long.
    Hash,
    /// A date and time after RFC 3339.
    Rfc3339,
    /// An SPDX licence expression.
    Spdx,
    /// A mail address.
    Email,
}

impl LabelType {
    /// The type of that name, as a configuration writes it.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "text" | "rawtext" | "" => Self::Text,
            "url" => Self::Url,
            "semver" => Self::Semver,
            "hash" => Self::Hash,
            "rfc3339" => Self::Rfc3339,
            "spdx" => Self::Spdx,
            "email" => Self::Email,
            _ => return None,
        })
    }
}

/// What the linter is told beside the text.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Codes or names that are not reported.
    pub ignored: Vec<String>,
    /// The text of `.dockerignore` beside the Dockerfile: `None` when not known, `Some(None)` when
    /// there is none.
    pub dockerignore: Option<Option<String>>,
    /// Severities other than the default, by code or name; they switch on what is off.
    pub severities: BTreeMap<String, Severity>,
    /// Registries that images may come from; empty allows all.
    pub trusted_registries: Vec<String>,
    /// Labels that an image must have, and what they look like.
    pub labels: BTreeMap<String, LabelType>,
    /// Whether labels outside `labels` are reported.
    pub strict_labels: bool,
    /// The options of BuildKit's checks, in place of those of the `# check=` directive.
    pub checks: Option<String>,
    /// Whether comments that silence rules are not listened to.
    pub disable_pragmas: bool,
    /// Whose behaviour to follow.
    pub compat: Compat,
}

/// What is known about a file after a look at all of it.
#[derive(Debug, Clone, Default)]
pub struct Linted {
    /// All findings to report, syntax errors included, in order of place. None of them repeats a secret.
    pub findings: Vec<Diagnostic>,
    /// Findings that comments silence, in order of place: one pass serves a reader who listens to
    /// comments and one who does not.
    pub silenced: Vec<Diagnostic>,
    /// Where secrets stand, in order and apart: also those whose finding is switched off or ignored,
    /// because whoever prints the lines of other findings must not print them.
    pub secrets: Vec<Span>,
}

/// All findings of `dockerfile`, as [`Linted::findings`] has them. Text that is only half typed still
/// gets every finding that the rest of the file deserves.
pub fn lint(dockerfile: &Dockerfile, config: &Config) -> Vec<Diagnostic> {
    inspect(dockerfile, config).findings
}

/// All findings of `dockerfile`, silenced ones beside them, and where its secrets stand.
pub fn inspect(dockerfile: &Dockerfile, config: &Config) -> Linted {
    let context = Context::new(dockerfile, config);
    let mut all = Linted::default();
    for rule in rules::TABLE {
        match effective_severity(&rule.info, config, &context.checks) {
            Some(severity) => {
                let mut findings = Findings::new(&rule.info, severity, all);
                (rule.check)(&context, &mut findings);
                all = findings.into_all();
            }
            None if config.compat == Compat::None && rules::knows_secrets(rule) => {
                let mut unwanted = Findings::new(&rule.info, rule.info.severity, Linted::default());
                (rule.check)(&context, &mut unwanted);
                all.secrets.extend(unwanted.into_all().secrets);
            }
            None => {}
        }
    }
    secrecy::order(&mut all.secrets);
    hide(&dockerfile.source, &all.secrets, &mut all.findings);
    if !config.disable_pragmas {
        all.silenced = pragma::take(&context, &mut all.findings);
    }
    if config.compat == Compat::Hadolint {
        context.as_hadolint(&mut all.findings);
    }
    for list in [&mut all.findings, &mut all.silenced] {
        list.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    }
    all
}

/// How much a finding of this rule matters here; `None` when it is not wanted.
fn effective_severity(info: &RuleInfo, config: &Config, checks: &Checks<'_>) -> Option<Severity> {
    if config.compat == Compat::Hadolint && !info.code.starts_with("DL") {
        return None;
    }
    if info.code != rules::SYNTAX && config.ignored.iter().any(|word| info.answers_to(word)) {
        return None;
    }
    let wanted = config.severities.iter().find(|(word, _)| info.answers_to(word));
    let on_trial = || !info.enabled && info.buildkit.is_some_and(|name| listed(&checks.experimental, name));
    let severity = wanted.map(|(_, severity)| *severity);
    let severity = severity.or_else(|| (info.enabled || on_trial()).then_some(info.severity))?;
    // `error=true` makes the build fail for it.
    Some(if checks.error && info.buildkit.is_some() { Severity::Error } else { severity })
}

/// Whether a list of checks names this one, or all.
fn listed(names: &[&str], name: &str) -> bool {
    names.iter().any(|listed| *listed == "all" || listed.eq_ignore_ascii_case(name))
}

/// The rule with this code or name.
pub fn rule(code_or_name: &str) -> Option<&'static RuleInfo> {
    rules_named(code_or_name).first().copied()
}

/// The rules that answer to `word`: BuildKit has one name for what are several rules here.
pub fn rules_named(word: &str) -> &'static [&'static RuleInfo] {
    static BY_WORD: LazyLock<HashMap<String, Vec<&'static RuleInfo>>> = LazyLock::new(|| {
        let mut by_word: HashMap<String, Vec<&'static RuleInfo>> = HashMap::new();
        for info in all_rules() {
            for word in [Some(info.code), Some(info.name), info.buildkit].into_iter().flatten() {
                let named = by_word.entry(word.to_ascii_lowercase()).or_default();
                if !named.iter().any(|known| std::ptr::eq(*known, info)) {
                    named.push(info);
                }
            }
        }
        by_word
    });
    BY_WORD.get(&word.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
}

/// Every rule, in order of code.
pub fn all_rules() -> impl Iterator<Item = &'static RuleInfo> {
    rules::TABLE.iter().map(|rule| &rule.info)
}

#[cfg(test)]
mod tests;
