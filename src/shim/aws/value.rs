//! Values of options → JSON: plain text, JSON, `file://`, and the shorthand `key=value,key=[a,b]`.

use crate::practice::{Parameter, Takes};
use crate::shim::Inside;
use serde_json::{Map, Value};

/// Why a value is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is none.
    Missing,
    /// There is one too many.
    Extra(String),
    /// It cannot be read.
    Parse(String),
    /// It is no number.
    Number(String),
}

/// `imageTagMutability` → `image-tag-mutability`.
pub(super) fn dashed(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// The value itself, or the content of the file that it names.
pub(super) fn content(value: &str, inside: &mut dyn Inside) -> Result<String, String> {
    let path = value.strip_prefix("file://").or_else(|| value.strip_prefix("fileb://"));
    let Some(path) = path else { return Ok(value.to_owned()) };
    let read = inside.read(path).map_err(|why| {
        // As Python tells of it.
        let why = match why.strip_suffix(')').and_then(|why| why.split_once(" (os error ")) {
            Some((why, number)) => format!("[Errno {number}] {why}: '{path}'"),
            None => why,
        };
        format!("Unable to load paramfile {value}: {why}")
    })?;
    String::from_utf8(read).map_err(|_| {
        format!("Unable to load paramfile ({value}), text contents could not be decoded.  If this is a binary file, please use the fileb:// prefix instead of the file:// prefix.")
    })
}

/// The values of one option as JSON.
pub(super) fn json(takes: &Takes, values: &[String]) -> Result<Value, Fault> {
    let first = values.first();
    match takes {
        Takes::Boolean => Ok(Value::Bool(first.is_none_or(|value| value != "false"))),
        Takes::List(of) => match first {
            None => Ok(Value::Array(Vec::new())),
            Some(value) if values.len() == 1 && value.trim_start().starts_with('[') => parse_json(value),
            Some(_) => {
                values.iter().map(|value| single(of, value)).collect::<Result<_, _>>().map(Value::Array)
            }
        },
        _ => match values {
            [] => Err(Fault::Missing),
            [value] => single(takes, value),
            // A shell that was not told to keep blanks together has split it.
            [_, unknown @ ..] => Err(Fault::Extra(unknown.join(", "))),
        },
    }
}

fn parse_json(text: &str) -> Result<Value, Fault> {
    serde_json::from_str(text)
        .map_err(|error| Fault::Parse(format!("Invalid JSON: {error}\nJSON received: {text}")))
}

fn single(takes: &Takes, value: &str) -> Result<Value, Fault> {
    match takes {
        Takes::Text => Ok(value.into()),
        Takes::Number => {
            let number: Result<i64, _> = value.trim().parse();
            number.map(Value::from).map_err(|_| Fault::Number(value.to_owned()))
        }
        Takes::Boolean => Ok(Value::Bool(value.eq_ignore_ascii_case("true"))),
        Takes::Structure(_) | Takes::List(_) if value.trim_start().starts_with(['{', '[']) => {
            parse_json(value)
        }
        Takes::Structure(members) => {
            let mut short = Shorthand { text: value, at: 0 };
            let read = short.members(members, None)?;
            if short.at < value.len() { Err(short.fault("','")) } else { Ok(read) }
        }
        Takes::List(of) => {
            value.split(',').map(|part| single(of, part)).collect::<Result<_, _>>().map(Value::Array)
        }
    }
}

/// A reader of the shorthand.
struct Shorthand<'a> {
    text: &'a str,
    at: usize,
}

impl Shorthand<'_> {
    fn fault(&self, expected: &str) -> Fault {
        let received = self.rest().chars().next().map_or("'EOF'".to_owned(), |c| format!("'{c}'"));
        Fault::Parse(format!(
            "Expected: {expected}, received: {received} for input:\n{}\n{}^",
            self.text,
            " ".repeat(self.text[..self.at].chars().count())
        ))
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, byte: char) -> bool {
        let there = self.rest().starts_with(byte);
        self.at += if there { byte.len_utf8() } else { 0 };
        there
    }

    /// `key=value,key=value`, up to the end or `closing`.
    fn members(&mut self, members: &[Parameter], closing: Option<char>) -> Result<Value, Fault> {
        let mut read = Map::new();
        loop {
            let start = self.at;
            let length = self.rest().find(['=', ',', '{', '}', '[', ']']).unwrap_or(self.rest().len());
            let key = self.rest()[..length].trim().to_owned();
            self.at += length;
            if !self.take('=') {
                return Err(self.fault("'='"));
            }
            // What the structure does not have is told when all has been read.
            let known = members.iter().find(|member| member.name == key);
            let value = self.value(known.map_or(&Takes::Text, |known| &known.takes), closing)?;
            if read.contains_key(&key) {
                return Err(Fault::Parse(format!(
                    "Second instance of key \"{key}\" encountered for input:\n{}\n{}^\nThis is often because \
                     there is a preceding \",\" instead of a space.",
                    self.text,
                    " ".repeat(self.text[..start].chars().count())
                )));
            }
            read.insert(key, value);
            if closing.is_some_and(|closing| self.rest().starts_with(closing)) || self.rest().is_empty() {
                return Ok(Value::Object(read));
            }
            if !self.take(',') {
                return Err(self.fault("','"));
            }
        }
    }

    fn value(&mut self, takes: &Takes, closing: Option<char>) -> Result<Value, Fault> {
        match takes {
            Takes::List(of) if self.take('[') => {
                let mut items = Vec::new();
                while !self.take(']') {
                    items.push(self.value(of, Some(']'))?);
                    if !self.take(',') && !self.rest().starts_with(']') {
                        return Err(self.fault("']'"));
                    }
                }
                Ok(Value::Array(items))
            }
            Takes::List(of) => {
                let mut items = vec![self.value(of, closing)?];
                // Further parts without a `=` belong to the list.
                while let Some(next) = self.rest().strip_prefix(',') {
                    let word = &next[..next.find(',').unwrap_or(next.len())];
                    if word.contains('=') {
                        break;
                    }
                    self.at += 1;
                    items.push(self.value(of, closing)?);
                }
                Ok(Value::Array(items))
            }
            Takes::Structure(members) if self.take('{') => {
                let read = self.members(members, Some('}'))?;
                if self.take('}') { Ok(read) } else { Err(self.fault("'}'")) }
            }
            Takes::Structure(_) => Err(self.fault("'{'")),
            takes => {
                let word = self.word(closing);
                let mut words = vec![word];
                // Words without a `=` make a list of it, wanted or not.
                while closing.is_none()
                    && let Some(next) = self.rest().strip_prefix(',')
                    && !next[..next.find(',').unwrap_or(next.len())].contains('=')
                {
                    self.at += 1;
                    words.push(self.word(closing));
                }
                match words.as_slice() {
                    [word] => single(takes, word),
                    words => Ok(words.to_vec().into()),
                }
            }
        }
    }

    fn word(&mut self, closing: Option<char>) -> String {
        for quote in ['"', '\''] {
            if let Some(inner) = self.rest().strip_prefix(quote)
                && let Some(end) = inner.find(quote)
            {
                let word = inner[..end].to_owned();
                self.at += end + 2;
                return word;
            }
        }
        let ends = |c: char| c == ',' || Some(c) == closing;
        let length = self.rest().find(ends).unwrap_or(self.rest().len());
        let word = self.rest()[..length].to_owned();
        self.at += length;
        word
    }
}
