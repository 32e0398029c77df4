//! A rule's page: what people read of it, and the examples that are run as its specification.
//!
//! A block of a page is ```` ```dockerfile KIND SETTING… «MARK» ````: `bad` with what is underlined,
//! `good`, or `fixed`, which is what the fix makes of the `bad` one before it. Settings are what the
//! linter is told beside the text.

use super::report::level;
use super::{Applicability, Config, LabelType, RuleInfo, lint, rule, shellcheck};
use crate::dockerfile;

/// A page as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The code that it is about.
    pub code: String,
    /// The text, in markdown.
    pub markdown: String,
}

/// Where hadolint is wrong: a page whose examples the tests run through both linters.
pub const DIFFERENCES: &str = include_str!("differences.md");

/// The page of the rule, or the finding of ShellCheck, with this code or name.
pub fn page(word: &str) -> Option<Page> {
    if word == "differences" {
        return Some(Page { code: word.to_owned(), markdown: differences() });
    }
    if let Some(info) = rule(word) {
        return Some(Page { code: info.code.to_owned(), markdown: info.page() });
    }
    let code = shellcheck::code_named(word)?;
    Some(Page { code: code.to_owned(), markdown: shellcheck::page(code) })
}

/// Which fixes a rule has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fixes {
    /// Some that may be applied without asking.
    pub safe: bool,
    /// Some that may change what the image does.
    pub risky: bool,
}

impl Fixes {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match (self.safe, self.risky) {
            (true, true) => "safe or unsafe",
            (true, false) => "safe",
            (false, true) => "unsafe",
            (false, false) => "none",
        }
    }
}

impl RuleInfo {
    /// Which fixes it has: those that its own examples are offered.
    pub fn fixes(&self) -> Fixes {
        let mut fixes = Fixes::default();
        for example in examples(self.documentation).iter().filter(|example| example.kind == "bad") {
            for found in example.findings(self) {
                match found.fix.map(|fix| fix.applicability) {
                    Some(Applicability::Safe) => fixes.safe = true,
                    Some(Applicability::Unsafe) => fixes.risky = true,
                    None => {}
                }
            }
        }
        fixes
    }

    /// What its unsafe fix may change: the first paragraph of the section "Fix" of its page.
    pub fn risk(&self) -> Option<String> {
        let (_, section) = self.documentation.split_once("\n## Fix\n")?;
        let paragraph = section.trim_start().split("\n\n").next()?;
        Some(paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Its page in markdown: the facts below the title, and the examples without the words that
    /// only tests read.
    fn page(&self) -> String {
        let mut out = String::new();
        let mut example: Option<Example> = None;
        for line in self.documentation.lines() {
            if let Some(words) = line.strip_prefix("```dockerfile") {
                let begun = Example::new(words);
                for caption in begun.captions() {
                    out.push_str(&format!("{caption}:\n\n"));
                }
                out.push_str("```dockerfile\n");
                example = Some(begun);
                continue;
            }
            if line == "## Why" {
                out.push_str(&format!("{}\n\n", self.facts()));
            }
            out.push_str(line);
            out.push('\n');
            if line == "```"
                && let Some(found) = example.take().and_then(|example| example.found())
            {
                out.push_str(&format!("\n{found}\n"));
            }
        }
        out
    }

    fn facts(&self) -> String {
        let mut facts = vec![format!("Severity: {}", level(self.severity))];
        facts.push(match self.fixes() {
            Fixes { safe: false, risky: false } => "no fix".to_owned(),
            fixes => format!("fix: {}", fixes.words()),
        });
        if let Some(name) = self.buildkit {
            facts.push(format!("BuildKit's name: `{name}`"));
        }
        if !self.enabled {
            facts.push("off until asked for".to_owned());
        }
        facts.join(" · ")
    }
}

/// The table of differences from hadolint, each example with what both say of it.
fn differences() -> String {
    let mut out = String::new();
    let mut said = None;
    for line in DIFFERENCES.lines() {
        if let Some(info) = line.strip_prefix("```dockerfile ") {
            let value = |name: &str| {
                let found = info.split_whitespace().find_map(|word| word.strip_prefix(name));
                found.map_or("nothing".to_owned(), |list| match list {
                    "-" => "nothing".to_owned(),
                    list => list.replace('@', " in line ").replace(',', ", "),
                })
            };
            said = Some(format!("\nhadolint: {}. Here: {}.\n", value("hadolint="), value("ours=")));
            out.push_str("```dockerfile\n");
            continue;
        }
        out.push_str(line);
        out.push('\n');
        if line == "```" {
            out.push_str(&said.take().unwrap_or_default());
        }
    }
    out
}

/// A block of a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Example {
    /// `bad`, `good` or `fixed`.
    pub(super) kind: String,
    /// The settings, as written: `dockerignore=none`.
    pub(super) settings: Vec<String>,
    /// What is underlined, in order.
    pub(super) marks: Vec<String>,
    /// The Dockerfile.
    pub(super) text: String,
}

/// The blocks of a page, in order.
pub(super) fn examples(page: &str) -> Vec<Example> {
    let mut out = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(words) = line.strip_prefix("```dockerfile") else { continue };
        let text = lines.by_ref().take_while(|l| *l != "```").map(|l| format!("{l}\n")).collect();
        out.push(Example { text, ..Example::new(words) });
    }
    out
}

impl Example {
    fn new(words: &str) -> Self {
        let marks = words.split('«').skip(1).filter_map(|m| m.split('»').next()).map(str::to_owned).collect();
        let mut words = words.split('«').next().unwrap_or("").split_whitespace().map(str::to_owned);
        Self { kind: words.next().unwrap_or_default(), settings: words.collect(), marks, text: String::new() }
    }

    fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().filter_map(|word| word.split_once('='))
    }

    /// What the linter is told, with the rule switched on.
    pub(super) fn config(&self, info: &RuleInfo) -> Config {
        let mut config = Config::default();
        config.severities.insert(info.code.to_owned(), info.severity);
        for (name, value) in self.settings() {
            match name {
                "dockerignore" if value == "none" => config.dockerignore = Some(None),
                "dockerignore" => config.dockerignore = Some(Some(value.replace(',', "\n"))),
                "trusted" => config.trusted_registries = value.split(',').map(str::to_owned).collect(),
                "strict" => config.strict_labels = true,
                "label" => {
                    let (label, kind) = value.split_once(':').unwrap_or((value, ""));
                    let kind = LabelType::parse(kind).unwrap_or(LabelType::Text);
                    config.labels.insert(label.to_owned(), kind);
                }
                _ => {}
            }
        }
        config
    }

    /// What the rule finds in it.
    pub(super) fn findings(&self, info: &RuleInfo) -> Vec<super::Diagnostic> {
        let (file, _) = dockerfile::parse(&self.text);
        let found = lint(&file, &self.config(info));
        found.into_iter().filter(|found| found.code == info.code).collect()
    }

    /// What is underlined in it, for a person.
    fn found(&self) -> Option<String> {
        let plain = |mark: &&String| !mark.contains(['`', '\n']);
        let marks: Vec<String> = self.marks.iter().filter(plain).map(|mark| format!("`{mark}`")).collect();
        (!marks.is_empty()).then(|| format!("Found at {}", marks.join(", ")))
    }

    /// The settings, for a person.
    fn captions(&self) -> Vec<String> {
        let quoted = |list: &str| list.split(',').map(|word| format!("`{word}`")).collect::<Vec<_>>();
        let caption = |(name, value): (&str, &str)| match name {
            "dockerignore" if value == "none" => Some("Without a `.dockerignore`".to_owned()),
            "dockerignore" => Some(format!("With {} in `.dockerignore`", quoted(value).join(" and "))),
            "trusted" => Some(format!("When only {} is trusted", quoted(value).join(" or "))),
            "strict" => Some("When only required labels are allowed".to_owned()),
            "label" => {
                let (label, kind) = value.split_once(':').unwrap_or((value, "text"));
                Some(format!("When the label `{label}` is required, of type {kind}"))
            }
            _ => None,
        };
        self.settings().filter_map(caption).collect()
    }
}
