//! The text of an expression → the expression: a lexer, and precedence climbing over its tokens.

use super::{Comparison, Expression};
use serde_json::Value;

/// Deepest nesting.
const DEEPEST: usize = 64;
/// Longest text.
const LONGEST: usize = 16 * 1024;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Quoted(String),
    Literal(Value),
    Number(i64),
    Compare(Comparison),
    /// One of `. * @ [ ] ( ) { } , : & ! |`, `||` as `O`, `&&` as `A`, `[]` as `F`, `[?` as `?`.
    Sign(char),
    End,
}

/// Reads an expression.
///
/// # Errors
/// When the text is none.
pub(in super::super) fn parse(text: &str) -> Result<Expression, String> {
    if text.len() > LONGEST {
        return Err("Bad jmespath expression: it is too long".into());
    }
    let mut parser = Parser { tokens: lex(text)?, at: 0, depth: 0 };
    let whole = parser.expression(0)?;
    if parser.peek() == &Token::End { Ok(whole) } else { Err(parser.unexpected()) }
}

fn lex(text: &str) -> Result<Vec<Token>, String> {
    let bad = |what: &str| Err(format!("Bad jmespath expression: {what}:\n{text}"));
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let two = rest.get(..2).unwrap_or_default();
        let pair = match two {
            "||" => Some(Token::Sign('O')),
            "&&" => Some(Token::Sign('A')),
            "[]" => Some(Token::Sign('F')),
            "[?" => Some(Token::Sign('?')),
            "==" => Some(Token::Compare(Comparison::Equal)),
            "!=" => Some(Token::Compare(Comparison::Unequal)),
            "<=" => Some(Token::Compare(Comparison::AtMost)),
            ">=" => Some(Token::Compare(Comparison::AtLeast)),
            _ => None,
        };
        let length = match first {
            _ if pair.is_some() => {
                tokens.extend(pair);
                2
            }
            ' ' | '\t' | '\n' | '\r' => 1,
            '<' | '>' => {
                let how = if first == '<' { Comparison::Less } else { Comparison::Greater };
                tokens.push(Token::Compare(how));
                1
            }
            '.' | '*' | '@' | '[' | ']' | '(' | ')' | '{' | '}' | ',' | ':' | '&' | '!' | '|' => {
                tokens.push(Token::Sign(first));
                1
            }
            'A'..='Z' | 'a'..='z' | '_' => {
                let length =
                    rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                tokens.push(Token::Name(rest[..length].to_owned()));
                length
            }
            '-' | '0'..='9' => {
                let digits = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| at + 1);
                match rest[..digits].parse() {
                    Ok(number) => tokens.push(Token::Number(number)),
                    Err(_) => return bad("Unknown token -"),
                }
                digits
            }
            '"' | '\'' | '`' => {
                let Some(end) = closing(rest, first) else { return bad("Unclosed delimiter") };
                let inner = &rest[1..end];
                tokens.push(match first {
                    '\'' => Token::Literal(inner.replace("\\'", "'").replace("\\\\", "\\").into()),
                    '"' => match serde_json::from_str(&rest[..=end]) {
                        Ok(name) => Token::Quoted(name),
                        Err(_) => return bad("Invalid quoted identifier"),
                    },
                    _ => {
                        let inner = inner.replace("\\`", "`");
                        let trimmed = inner.trim_start();
                        // The old form: a bare word is a text.
                        let value = serde_json::from_str(trimmed)
                            .or_else(|_| serde_json::from_str(&format!("\"{trimmed}\"")));
                        match value {
                            Ok(value)
                                if !(trimmed.is_empty()
                                    || trimmed.starts_with(['[', '{'])
                                        && matches!(value, Value::String(_))) =>
                            {
                                Token::Literal(value)
                            }
                            _ => return bad("Bad token"),
                        }
                    }
                });
                end + 1
            }
            other => return bad(&format!("Unknown token {other}")),
        };
        rest = &rest[length..];
    }
    tokens.push(Token::End);
    Ok(tokens)
}

/// Where the quote that opens `text` is closed.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// How tightly a token binds to what stands before it. Below 10, a projection ends.
fn power(token: &Token) -> u8 {
    match token {
        Token::Sign('|') => 1,
        Token::Sign('O') => 2,
        Token::Sign('A') => 3,
        Token::Compare(_) => 5,
        Token::Sign('F') => 9,
        Token::Sign('*') => 20,
        Token::Sign('?') => 21,
        Token::Sign('.') => 40,
        Token::Sign('!') => 45,
        Token::Sign('{') => 50,
        Token::Sign('[') => 55,
        Token::Sign('(') => 60,
        _ => 0,
    }
}

fn boxed(a: Expression) -> Box<Expression> {
    Box::new(a)
}

fn then(a: Expression, b: Expression) -> Expression {
    Expression::Then(boxed(a), boxed(b))
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn take(&mut self, sign: char) -> bool {
        let there = *self.peek() == Token::Sign(sign);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, sign: char) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> String {
        let what = match self.peek() {
            Token::End => "it ends too soon".to_owned(),
            token => format!("token {token:?} stands where none of its kind may"),
        };
        format!("Bad jmespath expression: {what}")
    }

    fn expression(&mut self, least: u8) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("Bad jmespath expression: it is nested too deeply".into());
        }
        let mut left = self.prefix()?;
        while least < power(self.peek()) {
            left = self.infix(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Expression, String> {
        match self.next() {
            Token::Name(name) if *self.peek() == Token::Sign('(') => {
                self.at += 1;
                let mut arguments = Vec::new();
                while !self.take(')') {
                    arguments.push(self.expression(0)?);
                    if !self.take(',') && *self.peek() != Token::Sign(')') {
                        return Err(self.unexpected());
                    }
                }
                Ok(Expression::Call(name, arguments))
            }
            Token::Name(name) | Token::Quoted(name) => Ok(Expression::Field(name)),
            Token::Literal(value) => Ok(Expression::Literal(value)),
            Token::Sign('@') => Ok(Expression::Current),
            Token::Sign('&') => Ok(Expression::Reference(boxed(self.expression(0)?))),
            Token::Sign('!') => Ok(Expression::Not(boxed(self.expression(45)?))),
            Token::Sign('(') => {
                let inner = self.expression(0)?;
                self.expect(')')?;
                // What follows applies to the whole, a projection in it included.
                Ok(then(inner, Expression::Current))
            }
            Token::Sign('*') => self.values(Expression::Current),
            Token::Sign('F') => self.flatten(Expression::Current),
            Token::Sign('?') => self.filter(Expression::Current),
            Token::Sign('{') => self.object(),
            Token::Sign('[') => match self.peek() {
                Token::Number(_) | Token::Sign(':') => self.bracket(Expression::Current),
                Token::Sign('*') if self.tokens.get(self.at + 1) == Some(&Token::Sign(']')) => {
                    self.bracket(Expression::Current)
                }
                _ => self.list(),
            },
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    fn infix(&mut self, left: Expression) -> Result<Expression, String> {
        match self.next() {
            Token::Sign('.') if self.take('*') => self.values(left),
            Token::Sign('.') => Ok(then(left, self.member(40)?)),
            Token::Sign('[') => self.bracket(left),
            Token::Sign('F') => self.flatten(left),
            Token::Sign('?') => self.filter(left),
            Token::Sign('|') => {
                // A pipe ends the projections before it.
                Ok(then(left, self.expression(1)?))
            }
            Token::Sign('O') => Ok(Expression::Or(boxed(left), boxed(self.expression(2)?))),
            Token::Sign('A') => Ok(Expression::And(boxed(left), boxed(self.expression(3)?))),
            Token::Compare(how) => Ok(Expression::Compare(how, boxed(left), boxed(self.expression(5)?))),
            _ => {
                self.at -= 1;
                Err(self.unexpected())
            }
        }
    }

    /// What may stand behind a `.`.
    fn member(&mut self, least: u8) -> Result<Expression, String> {
        match self.peek() {
            Token::Name(_) | Token::Quoted(_) | Token::Sign('*') => self.expression(least),
            Token::Sign('[') => {
                self.at += 1;
                self.list()
            }
            Token::Sign('{') => {
                self.at += 1;
                self.object()
            }
            _ => Err(self.unexpected()),
        }
    }

    /// What a projection does with each element.
    fn each(&mut self, least: u8) -> Result<Expression, String> {
        match self.peek() {
            token if power(token) < 10 => Ok(Expression::Current),
            Token::Sign('.') => {
                self.at += 1;
                self.member(least)
            }
            Token::Sign('[' | '?') => self.expression(least),
            _ => Err(self.unexpected()),
        }
    }

    fn values(&mut self, left: Expression) -> Result<Expression, String> {
        Ok(Expression::ProjectValues(boxed(left), boxed(self.each(20)?)))
    }

    fn flatten(&mut self, left: Expression) -> Result<Expression, String> {
        let flat = Expression::Flatten(boxed(left));
        Ok(Expression::Project(boxed(flat), boxed(self.each(9)?)))
    }

    fn filter(&mut self, left: Expression) -> Result<Expression, String> {
        let condition = self.expression(0)?;
        self.expect(']')?;
        let kept = Expression::Filter(boxed(left), boxed(condition));
        // A flatten behind it takes the whole, not each.
        let each = if *self.peek() == Token::Sign('F') { Expression::Current } else { self.each(21)? };
        Ok(Expression::Project(boxed(kept), boxed(each)))
    }

    /// Behind `[`: an index, a slice, or `*`.
    fn bracket(&mut self, left: Expression) -> Result<Expression, String> {
        if self.take('*') {
            self.expect(']')?;
            return Ok(Expression::Project(boxed(left), boxed(self.each(20)?)));
        }
        let (mut bounds, mut part, mut sliced) = ([None; 3], 0, false);
        loop {
            match self.next() {
                Token::Number(number) if bounds[part].is_none() => bounds[part] = Some(number),
                Token::Sign(':') if part < 2 => {
                    part += 1;
                    sliced = true;
                }
                Token::Sign(']') => break,
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected());
                }
            }
        }
        match (sliced, bounds[0]) {
            (true, _) => {
                let taken = then(left, Expression::Slice(bounds));
                Ok(Expression::Project(boxed(taken), boxed(self.each(20)?)))
            }
            (false, Some(at)) => Ok(then(left, Expression::Index(at))),
            (false, None) => Err(self.unexpected()),
        }
    }

    fn list(&mut self) -> Result<Expression, String> {
        let mut parts = Vec::new();
        loop {
            parts.push(self.expression(0)?);
            if self.take(']') {
                return Ok(Expression::List(parts));
            }
            self.expect(',')?;
        }
    }

    fn object(&mut self) -> Result<Expression, String> {
        let mut parts = Vec::new();
        loop {
            let (Token::Name(key) | Token::Quoted(key)) = self.next() else {
                self.at -= 1;
                return Err(self.unexpected());
            };
            self.expect(':')?;
            parts.push((key, self.expression(0)?));
            if self.take('}') {
                return Ok(Expression::Object(parts));
            }
            self.expect(',')?;
        }
    }
}
