//! One instruction: its keyword, flags, arguments and heredocs.

use super::kind::{self, Kind};
use super::text::{MappedText, Shared};
use super::word::{self, Word};
use super::{SyntaxError, expand, json};
use crate::text::{LineIndex, Span};
use std::ops::RangeInclusive;

/// The instructions there are, in the order people meet them.
pub const KEYWORDS: [&str; 18] = [
    "FROM",
    "RUN",
    "COPY",
    "WORKDIR",
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "ARG",
    "EXPOSE",
    "USER",
    "ADD",
    "LABEL",
    "VOLUME",
    "HEALTHCHECK",
    "SHELL",
    "STOPSIGNAL",
    "ONBUILD",
    "MAINTAINER",
];

/// A `# name=value` line at the top that steers the parser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// `syntax`, `escape` or `check`.
    pub name: String,
    /// What it is set to.
    pub value: String,
    /// The whole comment.
    pub span: Span,
    /// The value.
    pub value_span: Span,
}

/// A comment line, from its `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From the `#` to the end of the line.
    pub span: Span,
    /// Whether it stands between the lines of a continued instruction.
    pub inside: bool,
}

/// `--name=value` before the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The whole flag.
    pub span: Span,
    /// Its name without the dashes.
    pub name: Shared,
    /// What stands behind `=`; empty when nothing does.
    pub value: Word,
    /// Whether there is a `=`.
    pub has_value: bool,
}

/// What a `--mount` of RUN says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount<'a> {
    /// The flag it stands in.
    pub flag: &'a Flag,
    /// `bind` (the default), `cache`, `tmpfs`, `secret` or `ssh`.
    pub kind: &'a str,
    /// Where it appears; empty when not said.
    pub target: &'a str,
    /// The stage or image it comes from.
    pub from: Option<&'a str>,
}

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The `<<EOF` word.
    pub span: Span,
    /// The word that ends it, without quotes.
    pub name: String,
    /// Whether leading tabs are dropped (`<<-`).
    pub chomp: bool,
    /// Whether variables in the body are expanded (the word is not quoted).
    pub expand: bool,
    /// The lines of the body, their ends included.
    pub body: Span,
    /// Their text.
    pub text: Shared,
    /// The line that ends it.
    pub end_span: Span,
    /// Where the word stands in the instruction's joined text.
    pub(super) local: Span,
}

/// One instruction, from its keyword to its last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// The keyword in capitals: `FROM`, `RUN`, … or what was typed when it is none of them.
    pub keyword: Shared,
    /// Where the whole instruction stands, without its final newline, heredocs included.
    pub span: Span,
    /// Where the keyword stands.
    pub keyword_span: Span,
    /// The flags between keyword and arguments.
    pub flags: Vec<Flag>,
    /// Everything behind keyword and flags, heredoc bodies not included.
    pub args: MappedText,
    /// Where that stands; empty, at the end of the instruction, when there is nothing.
    pub args_span: Span,
    /// What the arguments say.
    pub kind: Kind,
    /// Its here-documents.
    pub heredocs: Vec<Heredoc>,
    /// Empty lines between its continued lines.
    pub empty_lines: Vec<Span>,
    /// The instruction as one line, keyword and flags included.
    pub text: MappedText,
}

impl Instruction {
    /// The flag of that name.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// Its first and last line, from 1.
    pub fn lines(&self, index: &LineIndex) -> RangeInclusive<usize> {
        index.line(self.span.start)..=index.line(self.span.end)
    }

    /// The span of the first line alone, keyword and what follows it there.
    pub fn header_span(&self) -> Span {
        match self.args_span.is_empty() {
            true => self.keyword_span,
            false => self.keyword_span.cover(self.args_span),
        }
    }

    /// The instruction as BuildKit names its step: one line, the keyword in capitals.
    pub fn step_text(&self) -> String {
        let text = self.text.as_str().trim_end();
        format!("{}{}", self.keyword, text.get(self.keyword.len()..).unwrap_or(""))
    }

    /// The instruction behind ONBUILD, or this one.
    pub fn inner(&self) -> &Self {
        match &self.kind {
            Kind::Onbuild(inner) => inner,
            _ => self,
        }
    }

    /// The mounts of a RUN.
    pub fn mounts(&self) -> impl Iterator<Item = Mount<'_>> {
        self.flags.iter().filter(|flag| flag.name == "mount").map(|flag| {
            let mut mount = Mount { flag, kind: "bind", target: "", from: None };
            for option in flag.value.value().split(',') {
                let (key, value) = option.split_once('=').unwrap_or((option, ""));
                match key.trim() {
                    "type" => mount.kind = value,
                    "target" | "dst" | "destination" => mount.target = value,
                    "from" => mount.from = Some(value),
                    _ => {}
                }
            }
            mount
        })
    }
}

/// What the lexer hands over: the joined text of one instruction and what belongs to it.
pub(super) struct Header {
    pub(super) text: MappedText,
    pub(super) span: Span,
    pub(super) empty_lines: Vec<Span>,
    pub(super) heredocs: Vec<Heredoc>,
}

/// The keyword at `at`: where it stands in the text.
fn keyword_at(text: &str, at: usize) -> Span {
    let rest = text.get(at..).unwrap_or("");
    let start = at + (rest.len() - rest.trim_start().len());
    let length = text.get(start..).and_then(|rest| rest.find(word::is_blank));
    Span::new(start, length.map_or(text.len(), |length| start + length))
}

/// Most heredocs of one instruction that are read; no person wrote more.
const HEREDOCS: usize = 1 << 12;

/// The heredoc words of an instruction that may have some: RUN, COPY, ADD, bare or behind ONBUILD,
/// not in the JSON form.
pub(super) fn heredoc_words(text: &MappedText, escape: char) -> Vec<Heredoc> {
    let all = text.as_str();
    if !all.contains("<<") {
        return Vec::new();
    }
    let mut keyword = keyword_at(all, 0);
    if keyword.of(all).eq_ignore_ascii_case("ONBUILD") {
        keyword = keyword_at(all, keyword.end);
    }
    let may = ["RUN", "COPY", "ADD"].iter().any(|k| keyword.of(all).eq_ignore_ascii_case(k));
    let args = flag_spans(all, keyword.end, escape).1;
    if !may || json::array(text, args).is_some() {
        return Vec::new();
    }
    let words = expand::typed(all).unwrap_or_default();
    words.into_iter().filter_map(|local| heredoc(text, local)).take(HEREDOCS).collect()
}

/// The word at `local` as the opening of a heredoc: digits, `<<`, perhaps `-`, blanks, a name.
fn heredoc(text: &MappedText, local: Span) -> Option<Heredoc> {
    let word = local.of(text.as_str());
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (rest, chomp) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    let rest = rest.trim_start();
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let name = expand::heredoc_name(rest)?;
    let quotes = |text: &str| text.matches(['"', '\'']).count();
    let empty = Span::default();
    Some(Heredoc {
        span: text.span(local),
        expand: quotes(&name) == quotes(rest),
        name,
        chomp,
        body: empty,
        text: Shared::default(),
        end_span: empty,
        local,
    })
}

/// The words that begin with `--` from `at` on, and where the arguments behind them begin.
fn flag_spans(text: &str, at: usize, escape: char) -> (Vec<Span>, usize) {
    let mut flags = Vec::new();
    let mut from = skip_blanks(text, at);
    while text.get(from..).is_some_and(|rest| rest.starts_with("--"))
        && let Some(local) = word::next(text, from, escape)
    {
        from = skip_blanks(text, local.end);
        if local.of(text) == "--" {
            // It ends the flags and says nothing itself.
            break;
        }
        flags.push(local);
    }
    (flags, from)
}

fn skip_blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    at + (rest.len() - rest.trim_start().len())
}

/// The instruction that `header` is.
pub(super) fn build(header: Header, escape: char, errors: &mut Vec<SyntaxError>) -> Instruction {
    build_at(header, 0, escape, errors)
}

/// The instruction that begins at byte `at` of the joined text: 0, or behind ONBUILD.
pub(super) fn build_at(
    header: Header,
    at: usize,
    escape: char,
    errors: &mut Vec<SyntaxError>,
) -> Instruction {
    let Header { text, span, empty_lines, heredocs } = header;
    let all = text.as_str();
    let local_keyword = keyword_at(all, at);
    let mut keyword = text.part(local_keyword);
    if keyword.bytes().any(|byte| byte.is_ascii_lowercase()) {
        keyword = keyword.to_ascii_uppercase().into();
    }
    let keyword_span = text.span(local_keyword);
    let (flags, from) = flag_spans(all, local_keyword.end, escape);
    let flags = flags
        .into_iter()
        .map(|local| {
            let word = local.of(all);
            let equals = word.find('=').unwrap_or(word.len());
            let value = Span::new((local.start + equals + 1).min(local.end), local.end);
            Flag {
                span: text.span(local),
                name: text.part(Span::new(local.start + 2, local.start + equals.max(2))),
                value: Word::new(&text, value, escape),
                has_value: equals < word.len(),
            }
        })
        .collect();
    let local_args = Span::new(from, all.trim_end().len().max(from));
    let args = text.slice(local_args);
    let args_span = if local_args.is_empty() {
        let end = text.span(Span::new(at, all.trim_end().len().max(at))).end;
        Span::new(end, end)
    } else {
        text.span(local_args)
    };
    let mut instruction = Instruction {
        keyword,
        span: Span::new(keyword_span.start, span.end),
        keyword_span,
        flags,
        args,
        args_span,
        kind: Kind::Unknown,
        heredocs,
        empty_lines,
        text,
    };
    for heredoc in &mut instruction.heredocs {
        let shift = |offset: usize| offset.saturating_sub(from);
        heredoc.local = Span::new(shift(heredoc.local.start), shift(heredoc.local.end));
    }
    if instruction.keyword == "ONBUILD" && at == 0 {
        instruction.kind = onbuild(&instruction, from, escape, errors);
    } else {
        instruction.kind = kind::read(&instruction, escape, errors);
    }
    instruction
}

fn onbuild(outer: &Instruction, from: usize, escape: char, errors: &mut Vec<SyntaxError>) -> Kind {
    if outer.args_span.is_empty() {
        let message = "ONBUILD needs an instruction behind it";
        errors.push(SyntaxError::new(outer.keyword_span, message));
        return Kind::Unknown;
    }
    let mut heredocs = outer.heredocs.clone();
    for heredoc in &mut heredocs {
        heredoc.local = Span::new(heredoc.local.start + from, heredoc.local.end + from);
    }
    let header = Header { text: outer.text.clone(), span: outer.span, empty_lines: Vec::new(), heredocs };
    Kind::Onbuild(Box::new(build_at(header, from, escape, errors)))
}
