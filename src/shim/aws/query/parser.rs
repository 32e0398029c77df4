//! Tokens → an expression, by the strength with which each binds to what stands before it; also what the
//! library lets pass, as a list of arguments without commas.

use super::lexer::{Kind, Token, lex};
use super::{Comparison, Expression};

/// Deepest nesting, and the longest text.
const DEEPEST: usize = 64;
const LONGEST: usize = 16 * 1024;
/// What binds less ends a projection.
const STOP: u8 = 10;

/// Reads an expression.
///
/// # Errors
/// When the text is none.
pub(in super::super) fn parse(text: &str) -> Result<Expression, String> {
    if text.len() > LONGEST {
        return Err("Bad jmespath expression: it is too long".into());
    }
    let mut parser = Parser { text, tokens: lex(text)?, at: 0, depth: 0 };
    let whole = parser.expression(0)?;
    let token = parser.ahead(0);
    if token.kind == Kind::End {
        return Ok(whole);
    }
    Err(parser.fault(&token, &format!("Unexpected token: {}", token.text())))
}

/// How strongly a token binds.
fn power(kind: Kind) -> u8 {
    match kind {
        Kind::Pipe => 1,
        Kind::Or => 2,
        Kind::And => 3,
        Kind::Compare(_) => 5,
        Kind::Flatten => 9,
        Kind::Star => 20,
        Kind::Filter => 21,
        Kind::Dot => 40,
        Kind::Not => 45,
        Kind::LeftBrace => 50,
        Kind::LeftBracket => 55,
        Kind::LeftParen => 60,
        _ => 0,
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

fn boxed(expression: Expression) -> Box<Expression> {
    Box::new(expression)
}

impl Parser<'_> {
    fn ahead(&self, by: isize) -> Token {
        let at = self.at.saturating_add_signed(by).min(self.tokens.len() - 1);
        self.tokens[at].clone()
    }

    fn kind(&self) -> Kind {
        self.tokens.get(self.at).map_or(Kind::End, |token| token.kind)
    }

    fn take(&mut self, kind: Kind) -> bool {
        let there = self.kind() == kind;
        self.at += usize::from(there);
        there
    }

    fn fault(&self, token: &Token, what: &str) -> String {
        format!(
            "{what}: Parse error at column {}, token \"{}\" ({}), for expression:\n\"{}\"\n{}^",
            token.start,
            token.text(),
            token.kind.name().to_uppercase(),
            self.text,
            " ".repeat(token.start + 1)
        )
    }

    fn incomplete(&self) -> String {
        let under = " ".repeat(self.text.chars().count() + 1);
        format!("Invalid jmespath expression: Incomplete expression:\n\"{}\"\n{under}^", self.text)
    }

    /// The current token stands where none of its kind may.
    fn invalid(&self, what: &str) -> String {
        self.fault(&self.ahead(0), what)
    }

    fn expect(&mut self, kind: Kind) -> Result<(), String> {
        if self.take(kind) { Ok(()) } else { Err(self.wanting(kind.name())) }
    }

    fn wanting(&self, what: &str) -> String {
        let token = self.ahead(0);
        if token.kind == Kind::End {
            return self.incomplete();
        }
        self.fault(&token, &format!("Expecting: {what}, got: {}", token.kind.name()))
    }

    fn expression(&mut self, least: u8) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("Bad jmespath expression: it is nested too deeply".into());
        }
        let token = self.ahead(0);
        self.at += 1;
        let mut left = self.prefix(token)?;
        while least < power(self.kind()) {
            left = self.infix(left)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefix(&mut self, token: Token) -> Result<Expression, String> {
        match token.kind {
            Kind::Literal => Ok(Expression::Literal(token.value)),
            Kind::Name => Ok(Expression::Field(token.text())),
            Kind::Quoted if self.kind() == Kind::LeftParen => {
                let told = Token { start: 0, ..self.ahead(0) };
                Err(self.fault(&told, "Quoted identifier not allowed for function names."))
            }
            Kind::Quoted => Ok(Expression::Field(token.text())),
            Kind::Star => {
                let each = if self.kind() == Kind::RightBracket {
                    Expression::Current
                } else {
                    self.each(power(Kind::Star))?
                };
                Ok(Expression::ProjectValues(boxed(Expression::Current), boxed(each)))
            }
            Kind::Filter => self.filter(Expression::Current),
            Kind::LeftBrace => self.object(),
            Kind::LeftParen => {
                let inner = self.expression(0)?;
                self.expect(Kind::RightParen)?;
                Ok(inner)
            }
            Kind::Flatten => self.flatten(Expression::Current),
            Kind::Not => Ok(Expression::Not(boxed(self.expression(power(Kind::Not))?))),
            Kind::LeftBracket => match self.kind() {
                Kind::Number | Kind::Colon => {
                    let index = self.index()?;
                    self.projected_if_slice(Expression::Current, index)
                }
                Kind::Star if self.ahead(1).kind == Kind::RightBracket => {
                    self.at += 2;
                    let each = self.each(power(Kind::Star))?;
                    Ok(Expression::Project(boxed(Expression::Current), boxed(each)))
                }
                _ => self.list(),
            },
            Kind::Current => Ok(Expression::Current),
            Kind::Reference => Ok(Expression::Reference(boxed(self.expression(0)?))),
            Kind::End => Err(self.incomplete()),
            _ => Err(self.fault(&token, "invalid token")),
        }
    }

    fn infix(&mut self, left: Expression) -> Result<Expression, String> {
        let kind = self.kind();
        if matches!(kind, Kind::Star | Kind::Not | Kind::LeftBrace) {
            return Err(self.invalid("invalid token"));
        }
        self.at += 1;
        match kind {
            Kind::Dot if self.take(Kind::Star) => {
                let each = self.each(power(Kind::Dot))?;
                Ok(Expression::ProjectValues(boxed(left), boxed(each)))
            }
            Kind::Dot => Ok(Expression::Then(boxed(left), boxed(self.member(power(Kind::Dot))?))),
            Kind::Pipe => Ok(Expression::Then(boxed(left), boxed(self.expression(power(Kind::Pipe))?))),
            Kind::Or => Ok(Expression::Or(boxed(left), boxed(self.expression(power(Kind::Or))?))),
            Kind::And => Ok(Expression::And(boxed(left), boxed(self.expression(power(Kind::And))?))),
            Kind::Compare(how) => self.comparison(how, left),
            Kind::LeftParen => self.call(left),
            Kind::Filter => self.filter(left),
            Kind::Flatten => self.flatten(left),
            _ => match self.kind() {
                Kind::Number | Kind::Colon => {
                    let index = self.index()?;
                    match left {
                        // A slice behind an index does not project.
                        Expression::Indexed(mut parts) => {
                            parts.push(index);
                            Ok(Expression::Indexed(parts))
                        }
                        left => self.projected_if_slice(left, index),
                    }
                }
                _ => {
                    self.expect(Kind::Star)?;
                    self.expect(Kind::RightBracket)?;
                    let each = self.each(power(Kind::Star))?;
                    Ok(Expression::Project(boxed(left), boxed(each)))
                }
            },
        }
    }

    fn comparison(&mut self, how: Comparison, left: Expression) -> Result<Expression, String> {
        let right = self.expression(power(Kind::Compare(how)))?;
        Ok(Expression::Compare(how, boxed(left), boxed(right)))
    }

    fn call(&mut self, left: Expression) -> Result<Expression, String> {
        let Expression::Field(name) = left else {
            let token = self.ahead(-2);
            return Err(self.fault(&token, &format!("Invalid function name '{}'", token.text())));
        };
        let mut arguments = Vec::new();
        while self.kind() != Kind::RightParen {
            arguments.push(self.expression(0)?);
            self.take(Kind::Comma);
        }
        self.expect(Kind::RightParen)?;
        Ok(Expression::Call(name, arguments))
    }

    fn filter(&mut self, left: Expression) -> Result<Expression, String> {
        let condition = self.expression(0)?;
        self.expect(Kind::RightBracket)?;
        // A flatten behind it takes the whole, not each.
        let each =
            if self.kind() == Kind::Flatten { Expression::Current } else { self.each(power(Kind::Filter))? };
        Ok(Expression::Filter(boxed(left), boxed(condition), boxed(each)))
    }

    fn flatten(&mut self, left: Expression) -> Result<Expression, String> {
        let each = self.each(power(Kind::Flatten))?;
        Ok(Expression::Project(boxed(Expression::Flatten(boxed(left))), boxed(each)))
    }

    fn projected_if_slice(&mut self, left: Expression, index: Expression) -> Result<Expression, String> {
        let slice = matches!(index, Expression::Slice(_));
        let indexed = Expression::Indexed(vec![left, index]);
        if !slice {
            return Ok(indexed);
        }
        Ok(Expression::Project(boxed(indexed), boxed(self.each(power(Kind::Star))?)))
    }

    /// Behind `[`: an index or a slice, up to `]`.
    fn index(&mut self) -> Result<Expression, String> {
        if self.kind() != Kind::Colon && self.ahead(1).kind != Kind::Colon {
            let at = self.ahead(0).value.as_i64().unwrap_or_default();
            self.at += 1;
            self.expect(Kind::RightBracket)?;
            return Ok(Expression::Index(at));
        }
        let (mut bounds, mut part) = ([None; 3], 0);
        while self.kind() != Kind::RightBracket {
            match self.kind() {
                Kind::Colon if part < 2 => part += 1,
                Kind::Number => bounds[part] = self.ahead(0).value.as_i64(),
                _ => return Err(self.invalid("syntax error")),
            }
            self.at += 1;
        }
        self.at += 1;
        Ok(Expression::Slice(bounds))
    }

    /// What may stand behind a `.`.
    fn member(&mut self, least: u8) -> Result<Expression, String> {
        match self.kind() {
            Kind::Name | Kind::Quoted | Kind::Star => self.expression(least),
            Kind::LeftBracket => {
                self.at += 1;
                self.list()
            }
            Kind::LeftBrace => {
                self.at += 1;
                self.object()
            }
            other => Err(self.invalid(&format!(
                "Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: {}",
                other.name()
            ))),
        }
    }

    /// What a projection does with each element.
    fn each(&mut self, least: u8) -> Result<Expression, String> {
        match self.kind() {
            kind if power(kind) < STOP => Ok(Expression::Current),
            Kind::LeftBracket | Kind::Filter => self.expression(least),
            Kind::Dot => {
                self.at += 1;
                self.member(least)
            }
            _ => Err(self.invalid("syntax error")),
        }
    }

    fn list(&mut self) -> Result<Expression, String> {
        let mut parts = Vec::new();
        loop {
            parts.push(self.expression(0)?);
            if self.take(Kind::RightBracket) {
                return Ok(Expression::List(parts));
            }
            self.expect(Kind::Comma)?;
        }
    }

    fn object(&mut self) -> Result<Expression, String> {
        let mut parts = Vec::new();
        loop {
            let key = self.ahead(0);
            if !matches!(key.kind, Kind::Name | Kind::Quoted) {
                return Err(self.wanting("['quoted_identifier', 'unquoted_identifier']"));
            }
            self.at += 1;
            self.expect(Kind::Colon)?;
            parts.push((key.text(), self.expression(0)?));
            if !self.take(Kind::Comma) && self.take(Kind::RightBrace) {
                return Ok(Expression::Object(parts));
            }
        }
    }
}
