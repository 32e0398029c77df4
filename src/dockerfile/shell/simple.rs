//! Commands joined by `&&`, `||`, `;`, `|` and line ends: what nearly every RUN is, read in one pass.
//!
//! It answers only where it surely reads what the grammar reads; a test holds it to that. Everything
//! else (groups, substitutions, escapes, keywords, tests, globs in brackets) is the grammar's.

use super::super::is_name;
use super::{Arg, Command, Parsed};
use crate::text::Span;

/// What `script` runs, when it is that simple.
pub(super) fn parse(script: &str) -> Option<Parsed> {
    let mut reader = Reader { script, bytes: script.as_bytes(), at: 0 };
    let mut parsed = Parsed::default();
    reader.skip(b" \t\n");
    loop {
        parsed.commands.extend(reader.command()?);
        // A command was read, so an operator or the end is next.
        reader.skip(b" \t");
        match (reader.peek(), reader.ahead()) {
            (None, _) => return Some(parsed),
            (Some(b'&'), Some(b'&')) => reader.at += 2,
            (Some(b'|'), Some(b'|')) => reader.at += 2,
            (Some(b'|'), next) if next != Some(b'&') => {
                parsed.pipes.push(Span::new(reader.at, reader.at + 1));
                reader.at += 1;
            }
            (Some(b';'), next) if !matches!(next, Some(b';' | b'&')) => {
                reader.at += 1;
                reader.skip(b" \t");
                if reader.peek().is_none_or(|byte| byte == b'\n') {
                    return None;
                }
                continue;
            }
            (Some(b'\n'), _) => {
                reader.skip(b" \t\n");
                if reader.peek().is_none() {
                    return Some(parsed);
                }
                continue;
            }
            _ => return None,
        }
        reader.skip(b" \t");
    }
}

struct Reader<'a> {
    script: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn ahead(&self) -> Option<u8> {
        self.bytes.get(self.at + 1).copied()
    }

    fn skip(&mut self, these: &[u8]) {
        while self.peek().is_some_and(|byte| these.contains(&byte)) {
            self.at += 1;
        }
    }

    /// One command; the inner `None` is a command whose name is not known, or assignments alone.
    fn command(&mut self) -> Option<Option<Command>> {
        let mut words: Vec<Arg> = Vec::new();
        let mut assignments = Vec::new();
        loop {
            self.skip(b" \t");
            match self.peek() {
                None | Some(b'&' | b'|' | b';' | b'\n') => break,
                Some(b'<' | b'>') => {
                    return self.redirections().and_then(|()| finish(words, assignments, self.script));
                }
                Some(byte) if byte.is_ascii_digit() && matches!(self.ahead(), Some(b'<' | b'>')) => {
                    return self.redirections().and_then(|()| finish(words, assignments, self.script));
                }
                _ => {}
            }
            let word = self.word()?;
            let raw = word.span.of(self.script);
            if words.is_empty() && is_assignment(raw) {
                if raw.ends_with('=') {
                    return None;
                }
                assignments.push(raw.to_owned());
            } else if is_reserved(raw) || (words.is_empty() && raw.starts_with('-')) {
                return None;
            } else {
                words.push(word);
            }
        }
        finish(words, assignments, self.script)
    }

    /// Redirections to the end of a command; words behind one are the grammar's.
    fn redirections(&mut self) -> Option<()> {
        loop {
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                self.at += 1;
            }
            match (self.peek()?, self.ahead()) {
                (b'>', Some(b'>')) => self.at += 2,
                (b'>', Some(b'&')) => {
                    self.at += 2;
                    self.peek().filter(u8::is_ascii_digit)?;
                }
                (b'>', next) if next != Some(b'|') => self.at += 1,
                (b'<', next) if !matches!(next, Some(b'<' | b'>' | b'&' | b'(')) => self.at += 1,
                _ => return None,
            }
            self.skip(b" \t");
            self.word()?;
            self.skip(b" \t");
            match (self.peek(), self.ahead()) {
                (None | Some(b'&' | b'|' | b';' | b'\n'), _) => return Some(()),
                (Some(b'<' | b'>'), _) => {}
                (Some(byte), Some(b'<' | b'>')) if byte.is_ascii_digit() => {}
                _ => return None,
            }
        }
    }

    /// A word of plain characters, simple quotes and simple variables.
    fn word(&mut self) -> Option<Arg> {
        let from = self.at;
        let mut text = String::new();
        // These begin something else, or could.
        if matches!(self.peek()?, b'=' | b'#' | b'~' | b'+' | b'?' | b'*' | b'^' | b'%' | b'@' | b',' | b':')
        {
            return None;
        }
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or(&[]);
            let length = rest.iter().position(|byte| !PLAIN[usize::from(*byte)]).unwrap_or(rest.len());
            let plain = self.script.get(self.at..self.at + length)?;
            // Most words are this piece alone, and take no more room than it.
            if text.is_empty() {
                text = plain.to_owned()
            } else {
                text.push_str(plain)
            }
            self.at += length;
            match self.peek() {
                None | Some(b' ' | b'\t' | b'\n' | b'&' | b'|' | b';' | b'<' | b'>') => break,
                Some(quote @ (b'\'' | b'"' | b'$')) => self.quoted(quote, &mut text)?,
                Some(_) => return None,
            }
        }
        let span = Span::new(from, self.at);
        // `2>x` is a redirection even where it touches a word; what touches one is the grammar's.
        let touches = matches!(self.peek(), Some(b'<' | b'>'));
        (!span.is_empty() && !touches).then_some(Arg { text, span })
    }

    /// A quoted piece or a variable.
    fn quoted(&mut self, quote: u8, text: &mut String) -> Option<()> {
        if quote == b'$' {
            return self.variable(text);
        }
        self.at += 1;
        let from = self.at;
        loop {
            let rest = self.bytes.get(self.at..)?;
            let inside = |byte: u8| {
                byte != quote
                    && (b' '..=b'~').contains(&byte)
                    && (quote == b'\'' || !matches!(byte, b'$' | b'\\' | b'`' | b'!'))
            };
            let length = rest.iter().position(|byte| !inside(*byte))?;
            text.push_str(self.script.get(self.at..self.at + length)?);
            self.at += length;
            match self.peek()? {
                byte if byte == quote => break,
                b'$' if quote == b'"' => self.variable(text)?,
                _ => return None,
            }
        }
        let empty = self.at == from;
        self.at += 1;
        // Empty quotes, and quotes that touch others, are the grammar's.
        (!empty && !matches!(self.peek(), Some(b'\'' | b'"'))).then_some(())
    }

    /// `$name` or `${name}`.
    fn variable(&mut self, text: &mut String) -> Option<()> {
        let braced = self.ahead() == Some(b'{');
        let from = self.at + 1 + usize::from(braced);
        let rest = self.bytes.get(from..)?;
        let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        let length = length.unwrap_or(rest.len());
        rest.first().filter(|byte| !byte.is_ascii_digit() && length > 0)?;
        self.at = from + length;
        if braced {
            (self.peek() == Some(b'}')).then_some(())?;
            self.at += 1;
        }
        text.push_str("${");
        text.push_str(self.script.get(from..from + length)?);
        text.push('}');
        Some(())
    }
}

/// The bytes that are only themselves in a word.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        plain[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'_' | b'-' | b'.' | b'/' | b':' | b'=' | b'@' | b'%' | b'+' | b',' | b'~' | b'*'
            );
        byte += 1;
    }
    plain
};

/// The command of these words of `script`. Without any there is an empty place between operators, unless
/// something was assigned.
fn finish(mut words: Vec<Arg>, assignments: Vec<String>, script: &str) -> Option<Option<Command>> {
    let mut wrappers = 0;
    loop {
        let word = |at: usize| words.get(wrappers + at).map(|word| word.span.of(script));
        match super::wrapper(word) {
            0 => break,
            skipped => wrappers += skipped,
        }
    }
    words.drain(..wrappers);
    if words.is_empty() {
        return if assignments.is_empty() { None } else { Some(None) };
    }
    let first = words.remove(0);
    if first.text.contains("${") || first.text.is_empty() {
        return Some(None);
    }
    let end = words.last().map_or(first.span.end, |arg| arg.span.end);
    Some(Some(Command {
        name: first.text,
        name_span: first.span,
        args: words,
        assignments,
        span: Span::new(first.span.start, end),
        subshell: false,
    }))
}

/// Whether `raw` sets a variable.
fn is_assignment(raw: &str) -> bool {
    raw.split_once('=').is_some_and(|(name, _)| is_name(name))
}

/// Whether `raw` is, or begins as, a word that means more: the grammar takes `export"x"` for `export "x"`.
fn is_reserved(raw: &str) -> bool {
    let plain = raw.find(['\'', '"', '$']).and_then(|end| raw.get(..end)).unwrap_or(raw);
    matches!(
        plain,
        "if" | "then"
            | "elif"
            | "else"
            | "fi"
            | "for"
            | "while"
            | "until"
            | "do"
            | "done"
            | "case"
            | "esac"
            | "in"
            | "function"
            | "select"
            | "time"
            | "coproc"
            | "let"
            | "test"
            | "declare"
            | "typeset"
            | "export"
            | "readonly"
            | "local"
            | "unset"
            | "unsetenv"
            | "eval"
            | "trap"
            | "true"
            | "false"
            | "return"
            | "break"
            | "continue"
    )
}
