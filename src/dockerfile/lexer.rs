//! Lines to instructions: directives, comments, continuations, heredoc bodies.

use super::instruction::{self, Comment, Directive, Header, Heredoc};
use super::text::{Joiner, MappedText, Shared};
use super::{Checks, Dockerfile, SyntaxError};
use crate::text::Span;

/// Longest line that BuildKit reads, in bytes.
const LINE_LIMIT: usize = 65_536;

/// Most instructions that are read, so that a file of a megabyte costs no gigabyte. No person wrote more.
const INSTRUCTIONS: usize = 1 << 16;

/// Reads a file line by line, as BuildKit does.
pub(super) struct Lexer<'a> {
    source: &'a str,
    at: usize,
    escape: char,
    errors: Vec<SyntaxError>,
    file: Dockerfile,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let file = Dockerfile {
            source: source.into(),
            instructions: Vec::new(),
            directives: Vec::new(),
            comments: Vec::new(),
            escape: '\\',
            errors: Vec::new(),
        };
        let at = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { source, at, escape: '\\', errors: Vec::new(), file }
    }

    pub(super) fn run(mut self) -> (Dockerfile, Vec<SyntaxError>) {
        self.directives();
        while let Some(line) = self.line() {
            let text = line.of(self.source);
            let trimmed = text.trim_start();
            if trimmed.is_empty() {
                continue;
            }
            if trimmed.starts_with('#') {
                self.comment(line, false);
                continue;
            }
            if self.file.instructions.len() == INSTRUCTIONS {
                let message = format!("nothing is read behind {INSTRUCTIONS} instructions");
                self.errors.push(SyntaxError::new(Span::new(line.start, self.source.len()), message));
                break;
            }
            self.instruction(line);
        }
        self.file.escape = self.escape;
        self.errors.sort_by_key(|error| (error.span.start, error.span.end));
        self.errors.dedup();
        self.file.errors.clone_from(&self.errors);
        (self.file, self.errors)
    }

    /// The next line without its end (`\n`, or `\r\n`), and the cursor behind it.
    fn line(&mut self) -> Option<Span> {
        let rest = self.source.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let content = rest.get(..length).unwrap_or("").trim_end_matches('\r').len();
        let line = Span::new(self.at, self.at + content);
        if length >= LINE_LIMIT {
            let message = format!("a line ends after at most {LINE_LIMIT} bytes, and this one has {length}");
            self.errors.push(SyntaxError::refused(line, message));
        }
        self.at += (length + 1).min(rest.len());
        Some(line)
    }

    fn comment(&mut self, line: Span, inside: bool) {
        let text = line.of(self.source);
        let start = line.start + (text.len() - text.trim_start().len());
        self.file.comments.push(Comment { span: Span::new(start, line.end), inside });
    }

    /// The directives: comment lines `# name=value` at the very top, up to the first other line.
    fn directives(&mut self) {
        loop {
            let before = self.at;
            let directive = self.line().and_then(|line| self.directive(line));
            let Some(directive) = directive else {
                self.at = before;
                return;
            };
            self.file.comments.push(Comment { span: directive.span, inside: false });
            if self.file.directives.iter().any(|d| d.name == directive.name) {
                let message =
                    format!("directive `{}` stands here twice; only one is allowed", directive.name);
                self.errors.push(SyntaxError::new(directive.span, message));
                continue;
            }
            if directive.name == "escape" {
                match directive.value.as_str() {
                    "\\" => self.escape = '\\',
                    "`" => self.escape = '`',
                    _ => {
                        let message = "the escape character is either `\\` or a backtick";
                        self.errors.push(SyntaxError::new(directive.value_span, message));
                    }
                }
            } else if directive.name == "check"
                && let Err(message) = Checks::parse(&directive.value)
            {
                self.errors.push(SyntaxError::refused(directive.value_span, message));
            }
            self.file.directives.push(directive);
        }
    }

    fn directive(&self, line: Span) -> Option<Directive> {
        let text = line.of(self.source);
        let body = text.trim_start().strip_prefix('#')?;
        let (name, value) = body.split_once('=')?;
        let (name, value) = (name.trim(), value.trim());
        let known = ["syntax", "escape", "check"].iter().find(|known| name.eq_ignore_ascii_case(known))?;
        if value.is_empty() {
            return None;
        }
        let end = line.start + text.trim_end().len();
        let start = line.end - text.trim_start().len();
        Some(Directive {
            name: (*known).to_owned(),
            value: value.to_owned(),
            span: Span::new(start, end),
            value_span: Span::new(end - value.len(), end),
        })
    }

    /// `text` without the mark that continues it on the next line, when it has one.
    fn continued<'t>(&self, text: &'t str) -> Option<&'t str> {
        let before = text.trim_end_matches([' ', '\t']).strip_suffix(self.escape)?;
        (!before.ends_with(self.escape)).then_some(before)
    }

    fn instruction(&mut self, first: Span) {
        let mut empty_lines = Vec::new();
        let indent = first.len() - first.of(self.source).trim_start().len();
        let mut line = Span::new(first.start + indent, first.end);
        let start = line.start;
        let mut end = line.end;
        // What stands on one line is shared with the file; lines are joined only where there are more.
        let mut joiner = Joiner::default();
        let text = loop {
            let content = line.of(self.source);
            let Some(kept) = self.continued(content) else {
                end = line.end;
                if joiner.is_empty() {
                    break self.straight(line);
                }
                joiner.push(content, line.start);
                break joiner.finish();
            };
            joiner.push(kept, line.start);
            end = end.max(line.start + content.trim_end().len());
            let Some(next) = self.next_continued(&mut empty_lines) else { break joiner.finish() };
            line = next;
        };
        if text.as_str().trim().is_empty() {
            let message = "nothing stands before or behind this mark; the builder refuses it";
            self.errors.push(SyntaxError::refused(Span::new(start, end), message));
            return;
        }
        let mut header = Header { text, span: Span::new(start, end), empty_lines, heredocs: Vec::new() };
        for wanted in instruction::heredoc_words(&header.text, self.escape) {
            let mut found = self.heredoc(wanted);
            found.text = Shared::new(&self.file.source, found.body);
            header.span.end = header.span.end.max(found.end_span.end).max(found.body.end);
            header.heredocs.push(found);
        }
        let built = instruction::build(header, self.escape, &mut self.errors);
        self.file.instructions.push(built);
    }

    /// Text that stands in the file as it is.
    fn straight(&self, at: Span) -> MappedText {
        MappedText::straight(Shared::new(&self.file.source, at), at.start)
    }

    /// The next line that goes on with a continued instruction; comments and empty lines between
    /// belong to it and say nothing.
    fn next_continued(&mut self, empty_lines: &mut Vec<Span>) -> Option<Span> {
        loop {
            let line = self.line()?;
            let trimmed = line.of(self.source).trim();
            if trimmed.is_empty() {
                empty_lines.push(line);
            } else if trimmed.starts_with('#') {
                self.comment(line, true);
            } else {
                return Some(line);
            }
        }
    }

    /// The body of a heredoc, up to its terminator.
    fn heredoc(&mut self, mut heredoc: Heredoc) -> Heredoc {
        heredoc.body = Span::new(self.at, self.at);
        loop {
            let Some(line) = self.line() else {
                let message =
                    format!("the heredoc `{0}` never ends; a line with only `{0}` ends it", heredoc.name);
                self.errors.push(SyntaxError::new(heredoc.span, message));
                heredoc.body.end = self.source.len();
                heredoc.end_span = Span::new(self.source.len(), self.source.len());
                return heredoc;
            };
            let text = line.of(self.source);
            let text = if heredoc.chomp { text.trim_start_matches('\t') } else { text };
            if text == heredoc.name {
                heredoc.body.end = line.start;
                heredoc.end_span = line;
                return heredoc;
            }
        }
    }
}
