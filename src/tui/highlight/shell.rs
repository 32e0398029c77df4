//! The colours of shell: words in command position, strings, variables, operators, comments. It
//! knows enough to colour a line, not to run it.

use super::Tokens;
use crate::tui::theme::Role;
use std::ops::Range;

/// What goes on at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct State {
    /// The quote that is open.
    quote: Option<u8>,
    /// The next word is an argument, not a command.
    argument: bool,
}

const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "in", "do", "done", "while", "until", "case", "esac",
    "function", "return", "exit", "export", "local", "set", "exec", "{", "}", "!", "[", "]", "[[", "]]",
];

/// Keywords behind which a command stands.
const LEADS_COMMAND: &[&str] = &["if", "then", "else", "elif", "do", "while", "until", "exec", "{", "!"];

impl State {
    /// A new command begins.
    pub(super) fn command() -> Self {
        Self::default()
    }

    /// Colour the bytes `range` of `line` and go on to the state behind it. A backslash at the end
    /// continues the command; else a new one begins.
    pub(super) fn line(&mut self, line: &str, range: Range<usize>, tokens: &mut Tokens) {
        let bytes = line.as_bytes();
        let end = range.end.min(bytes.len());
        let mut at = range.start;
        let mut continues = false;
        while at < end {
            let byte = bytes[at];
            if let Some(quote) = self.quote {
                at = self.quoted(line, at, end, quote, tokens);
                continue;
            }
            match byte {
                b'\\' if at + 1 >= end => {
                    tokens.push(at..at + 1, Role::Operator);
                    continues = true;
                    at += 1;
                }
                b'\\' => at += 1 + width(bytes, at + 1),
                b'\'' | b'"' => {
                    tokens.push(at..at + 1, Role::String);
                    self.quote = Some(byte);
                    self.argument = true;
                    at += 1;
                }
                b'$' => {
                    at = variable(line, at, end, tokens);
                    self.argument = true;
                }
                b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                    tokens.push(at..end, Role::Comment);
                    at = end;
                }
                b'|' | b'&' | b';' | b'(' | b')' | b'`' => {
                    tokens.push(at..at + 1, Role::Operator);
                    // `2>&1` is no new command.
                    self.argument = byte == b'&' && at > 0 && matches!(bytes[at - 1], b'>' | b'<');
                    at += 1;
                }
                b'>' | b'<' => {
                    tokens.push(at..at + 1, Role::Operator);
                    self.argument = true;
                    at += 1;
                }
                _ if byte.is_ascii_whitespace() => at += 1,
                _ => at = self.word(line, at, end, tokens),
            }
        }
        if !continues && self.quote.is_none() {
            self.argument = false;
        }
    }

    /// The inside of a string, up to its quote or the end.
    fn quoted(&mut self, line: &str, from: usize, end: usize, quote: u8, tokens: &mut Tokens) -> usize {
        let bytes = line.as_bytes();
        let mut at = from;
        while at < end {
            match bytes[at] {
                byte if byte == quote => {
                    tokens.push(from..at + 1, Role::String);
                    self.quote = None;
                    return at + 1;
                }
                b'\\' if quote == b'"' => at += 2,
                b'$' if quote == b'"' => {
                    tokens.push(from..at, Role::String);
                    return variable(line, at, end, tokens);
                }
                _ => at += 1,
            }
        }
        tokens.push(from..end, Role::String);
        end
    }

    fn word(&mut self, line: &str, from: usize, end: usize, tokens: &mut Tokens) -> usize {
        let stop = |byte: &u8| byte.is_ascii_whitespace() || b"|&;()<>'\"`$\\".contains(byte);
        let bytes = line.as_bytes();
        let to = bytes[from..end].iter().position(stop).map_or(end, |n| from + n);
        let word = line.get(from..to).unwrap_or("");
        if word.starts_with('-') && word.len() > 1 && self.argument {
            tokens.push(from..to, Role::Flag);
        } else if KEYWORDS.contains(&word) && (!self.argument || matches!(word, "in" | "]" | "]]")) {
            tokens.push(from..to, Role::Keyword);
            self.argument = !LEADS_COMMAND.contains(&word);
        } else if word.bytes().all(|b| b.is_ascii_digit()) {
            tokens.push(from..to, Role::Number);
            self.argument = true;
        } else if !self.argument {
            match word.split_once('=') {
                Some((name, _)) if !name.is_empty() && name.bytes().all(is_name) => {
                    tokens.push(from..from + name.len(), Role::Variable);
                    tokens.push(from + name.len()..from + name.len() + 1, Role::Operator);
                    // Its value may go on in quotes; what follows the blank is the command.
                    return self.assigned(line, to, end, tokens);
                }
                _ => {
                    tokens.push(from..to, Role::Function);
                    self.argument = true;
                }
            }
        }
        to
    }

    /// Behind `NAME=value`: a quoted rest of the value, after which a command may still come.
    fn assigned(&mut self, line: &str, from: usize, end: usize, tokens: &mut Tokens) -> usize {
        let bytes = line.as_bytes();
        let mut at = from;
        while at < end && !bytes[at].is_ascii_whitespace() {
            match bytes[at] {
                quote @ (b'"' | b'\'') => {
                    tokens.push(at..at + 1, Role::String);
                    self.quote = Some(quote);
                    at += 1;
                    while at < end && self.quote.is_some() {
                        at = self.quoted(line, at, end, quote, tokens);
                    }
                }
                b'$' => at = variable(line, at, end, tokens),
                b'|' | b'&' | b';' | b'(' | b')' | b'\\' => break,
                _ => at += 1,
            }
        }
        at
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How many bytes the character that begins at `at` has.
fn width(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    }
}

/// Colour the variable whose `$` stands at `at`, and answer the place behind it.
pub(super) fn variable(line: &str, at: usize, end: usize, tokens: &mut Tokens) -> usize {
    let bytes = line.as_bytes();
    let to = match bytes.get(at + 1).filter(|_| at + 1 < end) {
        Some(b'{') => bytes[at..end].iter().position(|b| *b == b'}').map_or(end, |n| at + n + 1),
        Some(b'(') => {
            tokens.push(at..at + 2, Role::Operator);
            return at + 2;
        }
        Some(byte) if is_name(*byte) => {
            bytes[at + 1..end].iter().position(|b| !is_name(*b)).map_or(end, |n| at + 1 + n)
        }
        Some(b'?' | b'@' | b'*' | b'#' | b'!' | b'$' | b'-') => at + 2,
        _ => return at + 1,
    };
    tokens.push(at..to, Role::Variable);
    to
}
