//! The text of an expression → its tokens, and the errors of the library that `aws` uses.

use super::super::python;
use super::Comparison;
use serde_json::Value;

/// Kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Quoted,
    Literal,
    Number,
    Dot,
    Star,
    LeftBracket,
    RightBracket,
    Flatten,
    Filter,
    Comma,
    Colon,
    Current,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    Or,
    Pipe,
    And,
    Reference,
    Not,
    Compare(Comparison),
    End,
}

impl Kind {
    /// The library's name of it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Name => "unquoted_identifier",
            Self::Quoted => "quoted_identifier",
            Self::Literal => "literal",
            Self::Number => "number",
            Self::Dot => "dot",
            Self::Star => "star",
            Self::LeftBracket => "lbracket",
            Self::RightBracket => "rbracket",
            Self::Flatten => "flatten",
            Self::Filter => "filter",
            Self::Comma => "comma",
            Self::Colon => "colon",
            Self::Current => "current",
            Self::LeftParen => "lparen",
            Self::RightParen => "rparen",
            Self::LeftBrace => "lbrace",
            Self::RightBrace => "rbrace",
            Self::Or => "or",
            Self::Pipe => "pipe",
            Self::And => "and",
            Self::Reference => "expref",
            Self::Not => "not",
            Self::Compare(how) => match how {
                Comparison::Equal => "eq",
                Comparison::Unequal => "ne",
                Comparison::Less => "lt",
                Comparison::AtMost => "lte",
                Comparison::Greater => "gt",
                Comparison::AtLeast => "gte",
            },
            Self::End => "eof",
        }
    }
}

/// One of them, where it begins, and what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) value: Value,
    pub(super) start: usize,
}

impl Token {
    /// As it is shown in an error.
    pub(super) fn text(&self) -> String {
        python::str(&self.value)
    }
}

struct Lexer<'a> {
    text: &'a str,
    letters: Vec<char>,
    at: usize,
}

/// All tokens, the end included.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, String> {
    if text.is_empty() {
        return Err("Invalid JMESPath expression: cannot be empty.".into());
    }
    let mut lexer = Lexer { text, letters: text.chars().collect(), at: 0 };
    let mut tokens = Vec::new();
    while let Some(letter) = lexer.current() {
        if [' ', '\t', '\n', '\r'].contains(&letter) {
            lexer.at += 1;
        } else {
            tokens.push(lexer.token(letter)?);
        }
    }
    tokens.push(Token { kind: Kind::End, value: "".into(), start: lexer.letters.len() });
    Ok(tokens)
}

impl Lexer<'_> {
    fn current(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn bad(&self, at: usize, what: impl std::fmt::Display) -> String {
        format!("Bad jmespath expression: {what}:\n{}\n{}^", self.text, " ".repeat(at))
    }

    fn since(&self, start: usize) -> String {
        self.letters.iter().skip(start).take(self.at.saturating_sub(start)).collect()
    }

    fn token(&mut self, letter: char) -> Result<Token, String> {
        let start = self.at;
        let next = self.letters.get(start + 1).copied();
        let (kind, length) = match (letter, next) {
            ('.', _) => (Kind::Dot, 1),
            ('*', _) => (Kind::Star, 1),
            (']', _) => (Kind::RightBracket, 1),
            (',', _) => (Kind::Comma, 1),
            (':', _) => (Kind::Colon, 1),
            ('@', _) => (Kind::Current, 1),
            ('(', _) => (Kind::LeftParen, 1),
            (')', _) => (Kind::RightParen, 1),
            ('{', _) => (Kind::LeftBrace, 1),
            ('}', _) => (Kind::RightBrace, 1),
            ('[', Some(']')) => (Kind::Flatten, 2),
            ('[', Some('?')) => (Kind::Filter, 2),
            ('[', _) => (Kind::LeftBracket, 1),
            ('|', Some('|')) => (Kind::Or, 2),
            ('|', _) => (Kind::Pipe, 1),
            ('&', Some('&')) => (Kind::And, 2),
            ('&', _) => (Kind::Reference, 1),
            ('<', Some('=')) => (Kind::Compare(Comparison::AtMost), 2),
            ('<', _) => (Kind::Compare(Comparison::Less), 1),
            ('>', Some('=')) => (Kind::Compare(Comparison::AtLeast), 2),
            ('>', _) => (Kind::Compare(Comparison::Greater), 1),
            ('!', Some('=')) => (Kind::Compare(Comparison::Unequal), 2),
            ('!', _) => (Kind::Not, 1),
            ('=', Some('=')) => (Kind::Compare(Comparison::Equal), 2),
            ('=', _) => return Err(self.bad(start, "Unknown token '='")),
            ('\'', _) => {
                let text = self.until('\'')?.replace("\\'", "'");
                return Ok(Token { kind: Kind::Literal, value: text.into(), start });
            }
            ('"', _) => {
                let text = format!("\"{}\"", self.until('"')?);
                let name: Result<Value, _> = serde_json::from_str(&text);
                // Python reads control characters in no text either.
                let value = name.map_err(|_| self.bad(start, "Invalid \\escape"))?;
                return Ok(Token { kind: Kind::Quoted, value, start });
            }
            ('`', _) => return self.literal(start),
            (letter, _) if letter.is_ascii_digit() || letter == '-' => {
                self.at += 1;
                while self.current().is_some_and(|letter| letter.is_ascii_digit()) {
                    self.at += 1;
                }
                let digits = self.since(start);
                if digits == "-" {
                    return Err(self.bad(start, "Unknown token '-'"));
                }
                let most = if letter == '-' { i64::MIN } else { i64::MAX };
                let number: i64 = digits.parse().unwrap_or(most);
                return Ok(Token { kind: Kind::Number, value: number.into(), start });
            }
            (letter, _) if letter.is_ascii_alphabetic() || letter == '_' => {
                while self.current().is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
                    self.at += 1;
                }
                return Ok(Token { kind: Kind::Name, value: self.since(start).into(), start });
            }
            (other, _) => return Err(self.bad(start, format!("Unknown token {other}"))),
        };
        self.at += length;
        Ok(Token { kind, value: self.since(start).into(), start })
    }

    /// What stands up to the next `quote`, which a backslash hides.
    fn until(&mut self, quote: char) -> Result<String, String> {
        let start = self.at;
        let mut inner = String::new();
        self.at += 1;
        loop {
            match self.current() {
                Some(letter) if letter == quote => break,
                Some('\\') => {
                    inner.push('\\');
                    self.at += 1;
                    inner.extend(self.current());
                }
                Some(letter) => inner.push(letter),
                None => {}
            }
            if self.at >= self.letters.len() {
                return Err(self.bad(start, format!("Unclosed {quote} delimiter")));
            }
            self.at += 1;
        }
        self.at += 1;
        Ok(inner)
    }

    fn literal(&mut self, start: usize) -> Result<Token, String> {
        let inner = self.until('`')?.replace("\\`", "`");
        // The old form: what is no JSON is a text.
        let value = serde_json::from_str(&inner)
            .or_else(|_| serde_json::from_str(&format!("\"{}\"", inner.trim_start())));
        match value {
            Ok(value) => Ok(Token { kind: Kind::Literal, value, start }),
            Err(_) => Err(self.bad(start, format!("Bad token {inner}"))),
        }
    }
}
