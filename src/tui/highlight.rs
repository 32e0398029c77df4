//! Syntax colours. A line and the state at its beginning give its tokens and the state behind it,
//! so that an edit costs the lines it touches and no more.
//!
//! Dockerfiles and shell have lexers of their own (microseconds a line, right on half-typed text);
//! other languages use syntect's grammars, which the thread in [`serve`] prepares. Until then their
//! text is plain.

mod dockerfile;
mod grammar;
mod lines;
mod shell;

pub use dockerfile::INSTRUCTIONS;
pub use grammar::{prepare, serve};
pub use lines::{LineColours, LineStart};

use super::theme::Role;
use std::ops::Range;
use std::sync::Arc;

/// Longer lines are coloured up to here.
const LONGEST: usize = 4096;

/// What a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// A Dockerfile.
    Dockerfile,
    /// A `.dockerignore`, and its like.
    Ignore,
    /// POSIX shell or bash.
    Shell,
    /// Python.
    Python,
    /// JavaScript.
    JavaScript,
    /// Go.
    Go,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// TOML.
    Toml,
    /// Markdown.
    Markdown,
    /// No colours.
    #[default]
    Plain,
}

impl Language {
    /// The language of a file, by its name.
    pub fn of_path(path: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        let stem = name.split('.').next().unwrap_or(&name);
        if name.ends_with(".dockerignore") || name == ".gitignore" {
            return Self::Ignore;
        }
        if matches!(stem, "dockerfile" | "containerfile") || name.ends_with(".dockerfile") {
            return Self::Dockerfile;
        }
        if name == "go.mod" {
            return Self::Go;
        }
        Self::named(name.rsplit_once('.').map_or("", |(_, extension)| extension))
    }

    /// The language that a code fence or a file extension names.
    pub fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "dockerfile" | "docker" | "containerfile" => Self::Dockerfile,
            "dockerignore" | "gitignore" => Self::Ignore,
            "sh" | "bash" | "shell" | "console" | "zsh" => Self::Shell,
            "py" | "python" => Self::Python,
            "js" | "mjs" | "cjs" | "javascript" => Self::JavaScript,
            "go" => Self::Go,
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            "md" | "markdown" => Self::Markdown,
            _ => Self::Plain,
        }
    }

    /// What begins a line comment, where the language has one.
    pub fn comment(self) -> Option<&'static str> {
        match self {
            Self::Dockerfile | Self::Ignore | Self::Shell | Self::Python | Self::Yaml | Self::Toml => {
                Some("#")
            }
            Self::JavaScript | Self::Go => Some("//"),
            Self::Json | Self::Markdown | Self::Plain => None,
        }
    }

    /// What one level of indentation is.
    pub fn indent(self) -> &'static str {
        match self {
            Self::Go => "\t",
            Self::JavaScript | Self::Json | Self::Yaml => "  ",
            _ => "    ",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dockerfile => "Dockerfile",
            Self::Ignore => "ignore file",
            Self::Shell => "shell",
            Self::Python => "Python",
            Self::JavaScript => "JavaScript",
            Self::Go => "Go",
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
            Self::Markdown => "Markdown",
            Self::Plain => "text",
        }
    }
}

/// A piece of a line and what it is. Tokens of a line are in order and never overlap; what none
/// covers is ordinary text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Bytes of the line.
    pub range: Range<usize>,
    /// What it is.
    pub role: Role,
}

/// What must be known at the beginning of a line to colour it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Plain,
    Dockerfile(dockerfile::State),
    Shell(shell::State),
    Grammar(Box<grammar::State>),
}

impl State {
    fn first(language: Language) -> Self {
        match language {
            Language::Dockerfile => Self::Dockerfile(dockerfile::State::default()),
            Language::Shell => Self::Shell(shell::State::default()),
            Language::Plain | Language::Ignore => Self::Plain,
            other => grammar::State::first(other).map_or(Self::Plain, |state| Self::Grammar(Box::new(state))),
        }
    }

    /// The tokens of `line`, which has no line end, and the state behind it.
    fn line(&self, language: Language, line: &str) -> (Vec<Token>, Self) {
        let mut tokens = Tokens::default();
        let next = match self {
            Self::Plain => {
                if language == Language::Ignore {
                    ignore(line, &mut tokens);
                }
                Self::Plain
            }
            Self::Dockerfile(state) => Self::Dockerfile(state.line(line, &mut tokens)),
            Self::Shell(state) => {
                let mut state = *state;
                state.line(line, 0..line.len().min(floor(line, LONGEST)), &mut tokens);
                Self::Shell(state)
            }
            Self::Grammar(state) if line.len() > LONGEST => Self::Grammar(state.clone()),
            Self::Grammar(state) => Self::Grammar(Box::new(state.line(line, &mut tokens))),
        };
        (tokens.0, next)
    }
}

/// The lines of `text` with their tokens, for code blocks and diffs.
pub fn lines(language: Language, text: &str) -> Vec<Vec<Token>> {
    let mut state = State::first(language);
    text.split('\n')
        .map(|line| {
            let (tokens, next) = state.line(language, line.strip_suffix('\r').unwrap_or(line));
            state = next;
            tokens
        })
        .collect()
}

/// Tokens in the making.
#[derive(Debug, Default)]
struct Tokens(Vec<Token>);

impl Tokens {
    /// Add `range` as `role`, unless it is empty or begins before the last one ends.
    fn push(&mut self, range: Range<usize>, role: Role) {
        let end = self.0.last().map_or(0, |last| last.range.end);
        let range = range.start.max(end)..range.end;
        if range.is_empty() || role == Role::Text {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.role == role && last.range.end == range.start => last.range.end = range.end,
            _ => self.0.push(Token { range, role }),
        }
    }
}

/// `at`, or the beginning of the character of `text` that it cuts.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ignore(line: &str, tokens: &mut Tokens) {
    if line.trim_start().starts_with('#') {
        tokens.push(0..line.len(), Role::Comment);
        return;
    }
    for (at, c) in line.char_indices().take(LONGEST) {
        if c == '!' && at == 0 {
            tokens.push(0..1, Role::Keyword);
        } else if matches!(c, '*' | '?' | '[' | ']') {
            tokens.push(at..at + 1, Role::Operator);
        }
    }
}

/// A state that many lines share.
type Shared = Arc<State>;

#[cfg(test)]
mod tests {
    use super::*;

    /// The line with its tokens marked, one letter each.
    fn marked(language: Language, text: &str) -> String {
        let letter = |role| match role {
            Role::Keyword => 'k',
            Role::String => 's',
            Role::Number => 'n',
            Role::Comment => 'c',
            Role::Variable => 'v',
            Role::Function => 'f',
            Role::Type => 't',
            Role::Flag => 'g',
            Role::Operator => 'o',
            _ => '?',
        };
        let mut out = String::new();
        for (line, tokens) in text.split('\n').zip(lines(language, text)) {
            let mut marks = vec![' '; line.len()];
            for token in tokens {
                marks[token.range].fill(letter(token.role));
            }
            let marks: String = marks.into_iter().collect();
            out.push_str(&format!("{line}\n{}\n", marks.trim_end()));
        }
        out
    }

    #[test]
    fn a_dockerfile() {
        insta::assert_snapshot!(marked(
            Language::Dockerfile,
            concat!(
                "# syntax=docker/dockerfile:1\n",
                "FROM --platform=$BUILDPLATFORM golang:1.22-alpine AS builder # no comment\n",
                "ARG VERSION=1.0\n",
                "ENV PATH=\"/app:${PATH}\" A='b c'\n",
                "COPY --from=builder --chown=app:app /src /dst\n",
                "RUN --mount=type=cache,target=/x apt-get update \\\n",
                "    # a comment inside\n",
                "    && apt-get install -y \"$PKG\" | tee log; \\\n",
                "    echo 'two\\\n",
                "    lines' 2>&1\n",
                "CMD [\"python\", \"main.py\"]\n",
                "CMD python $X\n",
                "HEALTHCHECK --interval=30s CMD curl -f http://localhost/ || exit 1\n",
                "ONBUILD RUN make\n",
                "EXPOSE 8000/tcp\n",
                "RUN <<EOF\n",
                "set -e # strict\n",
                "EOF\n",
                "COPY <<-\"A\" /x\n",
                "text $X\n",
                "\tA\n",
                "rum x\n",
                "USER app",
            )
        ));
    }

    #[test]
    fn a_shell_script() {
        insta::assert_snapshot!(marked(
            Language::Shell,
            concat!(
                "#!/bin/sh\n",
                "set -eu\n",
                "for f in *.txt; do\n",
                "  NAME=\"a $f ${x:-y} $(date +%s)\" cat \"$f\" > /dev/null # c\n",
                "done\n",
                "if [ -z \"$A\" ]; then echo no; fi",
            )
        ));
    }

    #[test]
    fn other_languages_through_grammars() {
        prepare(Language::Python);
        prepare(Language::Yaml);
        insta::assert_snapshot!(marked(
            Language::Python,
            "import os\ndef f(x):\n    return \"s\" + 1 # c\n\"\"\"a\nb\"\"\""
        ));
        insta::assert_snapshot!(marked(Language::Yaml, "a: 1\nb: \"x\" # c\n"));
    }

    #[test]
    fn names_of_files() {
        assert_eq!(Language::of_path("a/Dockerfile"), Language::Dockerfile);
        assert_eq!(Language::of_path("Dockerfile.prod"), Language::Dockerfile);
        assert_eq!(Language::of_path("api.dockerfile"), Language::Dockerfile);
        assert_eq!(Language::of_path("Dockerfile.dockerignore"), Language::Ignore);
        assert_eq!(Language::of_path(".dockerignore"), Language::Ignore);
        assert_eq!(Language::of_path("main.py"), Language::Python);
        assert_eq!(Language::of_path("README"), Language::Plain);
    }
}
