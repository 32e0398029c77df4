//! The colours of a Dockerfile, line by line, tolerant of what is half typed.

use super::{LONGEST, LineStart, Tokens, floor, shell};
use crate::tui::theme::Role;
use std::sync::Arc;

/// The instructions there are; the completion offers them too.
pub const INSTRUCTIONS: &[&str] = &[
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// What kind of arguments an instruction has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Image and stage.
    From,
    /// Shell, or a JSON array.
    Shell,
    /// `HEALTHCHECK`: flags and then `CMD`.
    Healthcheck,
    /// `NAME=value`.
    Pairs,
    /// Words, paths, JSON.
    Words,
    /// Not an instruction.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Inside {
    /// Between instructions.
    Nothing,
    /// In an instruction that goes on.
    Instruction { kind: Kind, shell: shell::State, copy: bool },
    /// In a heredoc; the first delimiter is the one that ends it.
    Heredoc { delimiters: Arc<[(String, bool)]>, at: usize, shell: Option<shell::State> },
}

/// What must be known at the beginning of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    inside: Inside,
    escape: u8,
    /// Parser directives may still come.
    directives: bool,
}

impl Default for State {
    fn default() -> Self {
        Self { inside: Inside::Nothing, escape: b'\\', directives: true }
    }
}

impl State {
    /// How the line begins.
    pub(super) fn line_start(&self) -> LineStart {
        match self.inside {
            Inside::Nothing => LineStart::Fresh,
            Inside::Instruction { .. } => LineStart::Continued,
            Inside::Heredoc { .. } => LineStart::Heredoc,
        }
    }

    /// Colour `line` and answer the state behind it.
    pub(super) fn line(&self, line: &str, tokens: &mut Tokens) -> Self {
        let mut next = self.clone();
        let head = &line[..floor(line, LONGEST)];
        let trimmed = head.trim_start();
        let indent = head.len() - trimmed.len();
        next.inside = match &self.inside {
            Inside::Heredoc { delimiters, at, shell } => {
                next.directives = false;
                self.heredoc(head, delimiters, *at, *shell, tokens)
            }
            inside if trimmed.starts_with('#') => {
                next.comment(head, indent, tokens);
                inside.clone()
            }
            Inside::Nothing if trimmed.is_empty() => {
                next.directives = false;
                Inside::Nothing
            }
            inside @ Inside::Instruction { .. } if trimmed.is_empty() => inside.clone(),
            Inside::Nothing => {
                next.directives = false;
                self.instruction(line, head, indent, tokens)
            }
            Inside::Instruction { kind, shell, copy } => {
                self.arguments(line, head, indent, *kind, *shell, *copy, tokens)
            }
        };
        next
    }

    fn comment(&mut self, line: &str, indent: usize, tokens: &mut Tokens) {
        let body = line[indent + 1..].trim_start();
        let directive = self.directives.then(|| body.split_once('=')).flatten().filter(|(name, _)| {
            matches!(name.trim().to_ascii_lowercase().as_str(), "syntax" | "escape" | "check")
        });
        match directive {
            Some((name, value)) => {
                let start = line.len() - body.len();
                tokens.push(0..start, Role::Comment);
                tokens.push(start..start + name.len(), Role::Keyword);
                tokens.push(start + name.len()..start + name.len() + 1, Role::Operator);
                tokens.push(start + name.len() + 1..line.len(), Role::String);
                if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
                    self.escape = b'`';
                }
            }
            None => {
                self.directives = false;
                tokens.push(0..line.len(), Role::Comment);
            }
        }
    }

    fn instruction(&self, line: &str, head: &str, indent: usize, tokens: &mut Tokens) -> Inside {
        let end = head[indent..].find(char::is_whitespace).map_or(head.len(), |n| indent + n);
        let word = head[indent..end].to_ascii_uppercase();
        let kind = match word.as_str() {
            "FROM" => Kind::From,
            "RUN" | "CMD" | "ENTRYPOINT" => Kind::Shell,
            "HEALTHCHECK" => Kind::Healthcheck,
            "ENV" | "ARG" | "LABEL" => Kind::Pairs,
            word if INSTRUCTIONS.contains(&word) => Kind::Words,
            _ => Kind::Unknown,
        };
        if kind != Kind::Unknown {
            tokens.push(indent..end, Role::Keyword);
        }
        if word == "ONBUILD" {
            let rest = head.len() - head[end..].trim_start().len();
            return if rest < head.len() {
                self.instruction(line, head, rest, tokens)
            } else {
                Inside::Nothing
            };
        }
        let copy = matches!(word.as_str(), "COPY" | "ADD");
        self.arguments(line, head, end, kind, shell::State::command(), copy, tokens)
    }

    #[expect(clippy::too_many_arguments, reason = "the pieces of one state, apart to be matched")]
    fn arguments(
        &self,
        line: &str,
        head: &str,
        from: usize,
        kind: Kind,
        mut shell: shell::State,
        copy: bool,
        tokens: &mut Tokens,
    ) -> Inside {
        let continues = line.trim_end().as_bytes().last() == Some(&self.escape);
        let end = if continues && line.len() == head.len() { head.trim_end().len() - 1 } else { head.len() };
        let body = &head[..end];
        let start = flags(body, from, tokens);
        let heredocs =
            if kind == Kind::Shell || copy { heredocs(&body[start.min(end)..]) } else { Vec::new() };
        let json = body[start.min(end)..].trim_start().starts_with('[');
        match kind {
            Kind::Unknown => {}
            Kind::From => from_words(body, start, tokens),
            Kind::Shell if !json => {
                // A continued line goes on with the same command: the shell sees the backslash.
                let to = if continues { end + 1 } else { end };
                shell.line(&head[..to.min(head.len())], start..to.min(head.len()), tokens);
            }
            Kind::Healthcheck => {
                let word = body.len() - body[start.min(end)..].trim_start().len();
                let stop = body[word..].find(char::is_whitespace).map_or(end, |n| word + n);
                if body[word..stop].eq_ignore_ascii_case("cmd")
                    || body[word..stop].eq_ignore_ascii_case("none")
                {
                    tokens.push(word..stop, Role::Keyword);
                    return self.arguments(line, head, stop, Kind::Shell, shell, false, tokens);
                }
                words(body, start, false, tokens);
            }
            Kind::Pairs => words(body, start, true, tokens),
            Kind::Shell | Kind::Words => words(body, start, false, tokens),
        }
        if continues {
            tokens.push(end..end + 1, Role::Operator);
            Inside::Instruction { kind, shell, copy }
        } else if heredocs.is_empty() {
            Inside::Nothing
        } else {
            let script = kind == Kind::Shell;
            Inside::Heredoc { delimiters: heredocs.into(), at: 0, shell: script.then(shell::State::command) }
        }
    }

    fn heredoc(
        &self,
        line: &str,
        delimiters: &Arc<[(String, bool)]>,
        at: usize,
        shell: Option<shell::State>,
        tokens: &mut Tokens,
    ) -> Inside {
        let ends = delimiters.get(at).is_none_or(|(word, tabs)| {
            let line = if *tabs { line.trim_start_matches('\t') } else { line };
            line == word
        });
        if ends {
            tokens.push(0..line.len(), Role::Operator);
            if at + 1 >= delimiters.len() {
                return Inside::Nothing;
            }
            return Inside::Heredoc { delimiters: Arc::clone(delimiters), at: at + 1, shell };
        }
        let shell = shell.map(|mut shell| {
            shell.line(line, 0..line.len(), tokens);
            shell
        });
        if shell.is_none() {
            tokens.push(0..line.len(), Role::String);
        }
        Inside::Heredoc { delimiters: Arc::clone(delimiters), at, shell }
    }
}

/// Colour the flags (`--from=x`) that stand first, and answer the place behind them.
fn flags(line: &str, from: usize, tokens: &mut Tokens) -> usize {
    let mut at = from.min(line.len());
    loop {
        let start = line.len() - line[at..].trim_start().len();
        if !line[start..].starts_with("--") {
            return at;
        }
        let end = line[start..].find(char::is_whitespace).map_or(line.len(), |n| start + n);
        match line[start..end].find('=') {
            Some(equals) => {
                tokens.push(start..start + equals, Role::Flag);
                tokens.push(start + equals..start + equals + 1, Role::Operator);
                value(line, start + equals + 1, end, Role::Text, tokens);
            }
            None => tokens.push(start..end, Role::Flag),
        }
        at = end;
    }
}

/// `image [AS stage]`.
fn from_words(line: &str, from: usize, tokens: &mut Tokens) {
    let mut at = from.min(line.len());
    loop {
        let start = line.len() - line[at..].trim_start().len();
        if start >= line.len() {
            return;
        }
        let end = line[start..].find(char::is_whitespace).map_or(line.len(), |n| start + n);
        if line[start..end].eq_ignore_ascii_case("as") {
            tokens.push(start..end, Role::Keyword);
        } else {
            value(line, start, end, Role::Type, tokens);
        }
        at = end;
    }
}

/// Words with strings and variables in them; with `names`, what stands before `=` is a name.
fn words(line: &str, from: usize, names: bool, tokens: &mut Tokens) {
    let bytes = line.as_bytes();
    let mut at = from.min(line.len());
    let mut word = true;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => {
                let mut end = at + 1;
                while end < bytes.len() && bytes[end] != quote {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                let end = floor(line, end.saturating_add(1));
                value(line, at, end, Role::String, tokens);
                at = end;
                word = false;
            }
            b'$' => {
                at = shell::variable(line, at, bytes.len(), tokens).max(at + 1);
                word = false;
            }
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                word = true;
            }
            byte if word && (byte.is_ascii_alphabetic() || byte == b'_') && names => {
                let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_.-/".contains(b);
                let end = bytes[at..].iter().position(|b| !is_name(b)).map_or(bytes.len(), |n| at + n);
                tokens.push(at..end, Role::Variable);
                if bytes.get(end) == Some(&b'=') {
                    tokens.push(end..end + 1, Role::Operator);
                }
                at = end.max(at + 1);
                word = false;
            }
            byte if word && byte.is_ascii_digit() => {
                let end =
                    bytes[at..].iter().position(|b| !b.is_ascii_digit()).map_or(bytes.len(), |n| at + n);
                if bytes.get(end).is_none_or(|b| b.is_ascii_whitespace() || *b == b'/') {
                    tokens.push(at..end, Role::Number);
                }
                at = end;
                word = false;
            }
            b'[' | b']' | b',' => {
                tokens.push(at..at + 1, Role::Operator);
                at += 1;
            }
            _ => {
                at += 1;
                word = false;
            }
        }
    }
}

/// `start..end` as `role`, its variables apart.
fn value(line: &str, start: usize, end: usize, role: Role, tokens: &mut Tokens) {
    let mut at = start;
    while let Some(dollar) = line.get(at..end).and_then(|rest| rest.find('$')) {
        tokens.push(at..at + dollar, role);
        at = shell::variable(line, at + dollar, end, tokens);
    }
    tokens.push(at..end, role);
}

/// The delimiters of the heredocs that a line opens: word, and whether tabs before it count.
fn heredocs(line: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("<<") {
        let preceded = rest[..at].ends_with('<');
        rest = &rest[at + 2..];
        if preceded || rest.starts_with('<') {
            rest = rest.trim_start_matches('<');
            continue;
        }
        let tabs = rest.starts_with('-');
        let word = rest.strip_prefix('-').unwrap_or(rest);
        let quote = word.chars().next().filter(|c| matches!(c, '"' | '\''));
        let word = word.trim_start_matches(['"', '\'']);
        let end = word
            .find(|c: char| quote.map_or(!(c.is_alphanumeric() || c == '_' || c == '.'), |q| c == q))
            .unwrap_or(word.len());
        if end > 0 {
            found.push((word[..end].to_owned(), tabs));
        }
        rest = &word[end..];
    }
    found
}
