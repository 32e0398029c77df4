//! Languages with a grammar of syntect's. Loading them takes tens of milliseconds, so the runtime
//! does it in the background.

use super::{Language, Tokens};
use crate::tui::theme::Role;
use std::sync::OnceLock;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

static SYNTAXES: OnceLock<SyntaxSet> = OnceLock::new();

/// Load the grammars, and compile what their first lines need. Call it once, off the main thread.
pub fn warm() {
    SYNTAXES.get_or_init(|| {
        let set = two_face::syntax::extra_newlines();
        for (extension, sample) in SAMPLES {
            if let Some(syntax) = set.find_syntax_by_extension(extension) {
                let mut parse = ParseState::new(syntax);
                for line in sample.split_inclusive('\n') {
                    if parse.parse_line(line, &set).is_err() {
                        break;
                    }
                }
            }
        }
        set
    });
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

/// Whether the grammars are loaded.
pub fn ready() -> bool {
    SYNTAXES.get().is_some()
}

/// The parser's state at the beginning of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    parse: ParseState,
    scopes: ScopeStack,
}

impl State {
    /// The state at the beginning of a file, when the grammars are loaded and have this language.
    pub(super) fn first(language: Language) -> Option<Self> {
        let extension = match language {
            Language::Python => "py",
            Language::JavaScript => "js",
            Language::Go => "go",
            Language::Json => "json",
            Language::Yaml => "yaml",
            Language::Toml => "toml",
            Language::Markdown => "md",
            Language::Dockerfile | Language::Ignore | Language::Shell | Language::Plain => return None,
        };
        let syntax = SYNTAXES.get()?.find_syntax_by_extension(extension)?;
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
