//! Languages with a grammar of syntect's. Preparing one takes tens of milliseconds, so a thread of
//! the runtime does it, when a text in that language is first looked at.

use super::{Language, Tokens};
use crate::tui::theme::Role;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::Sender;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

static SYNTAXES: OnceLock<SyntaxSet> = OnceLock::new();
/// Languages whose patterns are compiled, and languages asked for, one bit each.
static PREPARED: AtomicU32 = AtomicU32::new(0);
static REQUESTED: AtomicU32 = AtomicU32::new(0);
/// The way to the thread that prepares languages.
static REQUESTS: OnceLock<Sender<Language>> = OnceLock::new();

const fn bit(language: Language) -> u32 {
    1 << language as u32
}

/// Prepare languages as views come to need them, and call `done` after each. It never returns:
/// give it a thread of its own. A grammar takes some ten milliseconds and megabytes, so none is
/// prepared before a text in its language is looked at.
pub fn serve(done: impl Fn()) {
    let (sender, requests) = std::sync::mpsc::channel();
    if REQUESTS.set(sender).is_ok() {
        for language in requests {
            prepare(language);
            done();
        }
    }
}

/// Load the grammar of `language` and compile what its usual lines need, here and now.
pub fn prepare(language: Language) {
    let Some(extension) = extension(language) else { return };
    let set = SYNTAXES.get_or_init(two_face::syntax::extra_newlines);
    let sample = SAMPLES.iter().find(|(of, _)| *of == extension).map_or("", |(_, sample)| sample);
    if let Some(syntax) = set.find_syntax_by_extension(extension) {
        let mut parse = ParseState::new(syntax);
        for line in sample.split_inclusive('\n') {
            if parse.parse_line(line, set).is_err() {
                break;
            }
        }
    }
    PREPARED.fetch_or(bit(language), Ordering::Release);
}

/// Whether `language` needs no grammar or has one that is prepared; if not, it is asked for.
pub(super) fn ready(language: Language) -> bool {
    if extension(language).is_none() || PREPARED.load(Ordering::Acquire) & bit(language) != 0 {
        return true;
    }
    if let Some(requests) = REQUESTS.get()
        && REQUESTED.fetch_or(bit(language), Ordering::Relaxed) & bit(language) == 0
    {
        // The thread serves as long as the program runs.
        let _ = requests.send(language);
    }
    false
}

fn extension(language: Language) -> Option<&'static str> {
    match language {
        Language::Python => Some("py"),
        Language::JavaScript => Some("js"),
        Language::Go => Some("go"),
        Language::Json => Some("json"),
        Language::Yaml => Some("yaml"),
        Language::Toml => Some("toml"),
        Language::Markdown => Some("md"),
        Language::Dockerfile | Language::Ignore | Language::Shell | Language::Plain => None,
    }
}

/// A grammar compiles each of its patterns at first use: these lines make it do so early.
const SAMPLES: &[(&str, &str)] = &[
    (
        "py",
        "# c\nimport a\n@b\nclass C(D):\n    def f(self, x: int = 1) -> str:\n        \"\"\"d\"\"\"\n        return f\"{x}\" + 'a'\n",
    ),
    (
        "js",
        "// c\nconst a = require('b');\nfunction f(x) { return `${x}` + \"a\" + 1; }\na.b((c) => { d(); });\n",
    ),
    ("go", "// c\npackage a\nimport \"b\"\nfunc f(x int) string {\n\treturn \"a\" + g.H(1)\n}\n"),
    ("json", "{ \"a\": [1, true, null, \"b\"] }\n"),
    ("yaml", "# c\na: 1\nb:\n  - \"c\"\n  - { d: e }\n"),
    ("toml", "# c\n[a]\nb = \"c\"\nd = 1\n"),
    ("md", "# a\n\nb *c* `d` [e](f)\n\n- g\n"),
];

/// The parser's state at the beginning of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    parse: ParseState,
    scopes: ScopeStack,
}

impl State {
    /// The state at the beginning of a file, when the grammar of its language is prepared.
    pub(super) fn first(language: Language) -> Option<Self> {
        if !ready(language) {
            return None;
        }
        let syntax = SYNTAXES.get()?.find_syntax_by_extension(extension(language)?)?;
        Some(Self { parse: ParseState::new(syntax), scopes: ScopeStack::new() })
    }

    /// Colour `line` and answer the state behind it. A line the grammar chokes on stays plain.
    pub(super) fn line(&self, line: &str, tokens: &mut Tokens) -> Self {
        let mut next = self.clone();
        let Some(set) = SYNTAXES.get() else { return next };
        let Ok(ops) = next.parse.parse_line(&format!("{line}\n"), set) else { return self.clone() };
        let mut at = 0;
        for (offset, op) in ops {
            let offset = offset.min(line.len());
            tokens.push(at..offset, role(&next.scopes));
            at = offset;
            if next.scopes.apply(&op).is_err() {
                return self.clone();
            }
        }
        tokens.push(at..line.len(), role(&next.scopes));
        next
    }
}

/// What a stack of scopes is: the innermost scope that says something.
fn role(scopes: &ScopeStack) -> Role {
    static TABLE: OnceLock<Vec<(Scope, Role)>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        [
            ("comment", Role::Comment),
            ("punctuation.definition.comment", Role::Comment),
            ("constant.numeric", Role::Number),
            ("constant.language", Role::Number),
            ("constant.character.escape", Role::Operator),
            ("keyword.operator", Role::Operator),
            ("keyword", Role::Keyword),
            ("storage", Role::Keyword),
            ("entity.name.function", Role::Function),
            ("support.function", Role::Function),
            ("variable.function", Role::Function),
            ("entity.name.tag", Role::Flag),
            ("meta.mapping.key", Role::Flag),
            ("entity.name", Role::Type),
            ("support.type", Role::Type),
            ("support.class", Role::Type),
            ("variable.parameter", Role::Variable),
            ("variable.language", Role::Variable),
            ("markup.heading", Role::Heading),
            ("markup.bold", Role::Strong),
            ("markup.raw", Role::Code),
            ("markup.underline.link", Role::Link),
            ("string", Role::String),
        ]
        .into_iter()
        .filter_map(|(name, role)| Some((Scope::new(name).ok()?, role)))
        .collect()
    });
    let of =
        |scope: &Scope| table.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, role)| *role);
    scopes.scopes.iter().rev().find_map(of).unwrap_or(Role::Text)
}
