//! Words as the builder expands them: quotes and escapes taken away, `$name` and `${name}` with every
//! modifier replaced.
//!
//! The builder's own rules, its odd corners too: a `$` of nothing stays, a variable that is not set is
//! empty, the word behind `:-` is read whether it is needed or not, `<<` takes the blanks behind it along.
//! One pass over the text; what grows without end is cut, what nests without end is refused.

use super::pattern;
use crate::text::Span;
use std::borrow::Cow;

/// Longest value that is kept, in bytes; nobody looks further.
const VALUE_LIMIT: usize = 4096;

/// How deep `${a:-${b:-…}}` may nest.
const DEPTH: usize = 32;

/// Why a word cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where in the text, from what opened it to where it went wrong.
    pub span: Span,
    /// What is wrong.
    pub message: String,
}

/// Answers the value of a variable, told its name and where that stands in the text; `None` when it is
/// not set.
pub type Lookup<'e, 'v> = &'e mut dyn FnMut(&str, Span) -> Option<Cow<'v, str>>;

/// Which of its marks the text keeps.
#[derive(Debug, Clone, Copy, Default)]
struct Keep {
    /// Quotes are letters like others.
    quotes_plain: bool,
    /// Quotes stay in what comes out.
    quotes: bool,
    /// Escapes stay in what comes out.
    escapes: bool,
    /// Variables that are not set stay as they are typed.
    unset: bool,
}

/// `text` expanded.
///
/// # Errors
/// A quote or brace left open, a modifier that there is not, or `${name:?word}` of what is not set.
pub fn word<'v>(text: &'v str, escape: char, lookup: Lookup<'_, 'v>) -> Result<String, Unreadable> {
    if !text.contains(['$', '\'', '"', escape]) {
        return Ok(text.to_owned());
    }
    Scanner::new(text, escape, Keep::default(), lookup).whole()
}

/// `text` expanded with quotes left as they are: the body of a heredoc.
///
/// # Errors
/// As [`word`].
pub fn body<'v>(text: &'v str, lookup: Lookup<'_, 'v>) -> Result<String, Unreadable> {
    if !text.contains('$') {
        return Ok(String::new());
    }
    let keep = Keep { quotes_plain: true, ..Keep::default() };
    Scanner::new(text, '\\', keep, lookup).whole()
}

/// `text` expanded, then split at the blanks that are neither quoted nor escaped.
///
/// # Errors
/// As [`word`].
pub fn words<'v>(text: &'v str, escape: char, lookup: Lookup<'_, 'v>) -> Result<Vec<String>, Unreadable> {
    let found = Scanner::new(text, escape, Keep::default(), lookup).words()?;
    Ok(found.into_iter().map(|(_, word)| word).collect())
}

/// Where the words of a whole instruction stand, as the search for heredocs sees them; `None` when a
/// quote or brace in it is left open, and then it has no heredocs.
pub(super) fn typed(text: &str) -> Option<Vec<Span>> {
    let keep = Keep { quotes: true, escapes: true, unset: true, ..Keep::default() };
    let found = Scanner::new(text, '\\', keep, &mut |_, _| None).words().ok()?;
    Some(found.into_iter().map(|(span, _)| span).collect())
}

/// The name that a heredoc's word gives: quotes gone, one word, or nothing.
pub(super) fn heredoc_name(text: &str) -> Option<String> {
    let keep = Keep { unset: true, ..Keep::default() };
    let mut found = Scanner::new(text, '\\', keep, &mut |_, _| None).words().ok()?;
    let (_, name) = found.pop()?;
    found.is_empty().then_some(name)
}

struct Scanner<'e, 'v> {
    text: &'v str,
    at: usize,
    escape: char,
    keep: Keep,
    depth: usize,
    lookup: Lookup<'e, 'v>,
    /// Where somebody asks for words and not for one value.
    words: Option<Words>,
}

/// The words that come out, and where each began and ended in what went in.
#[derive(Default)]
struct Words {
    done: Vec<(Span, String)>,
    open: Option<(Span, String)>,
}

impl Words {
    /// More of a word, whatever it is.
    fn raw(&mut self, span: Span, text: &str) {
        let (place, word) = self.open.get_or_insert_with(|| (span, String::new()));
        place.end = span.end;
        push(word, text);
    }

    /// More of it, blanks ending the word.
    fn split(&mut self, span: Span, text: &str) {
        let same = text.len() == span.len();
        let mut at = span.start;
        for piece in text.split_inclusive(char::is_whitespace) {
            let word = piece.trim_end_matches(char::is_whitespace);
            if !word.is_empty() {
                self.raw(if same { Span::new(at, at + word.len()) } else { span }, word);
            }
            if word.len() < piece.len() {
                self.done.extend(self.open.take().filter(|(_, word)| !word.is_empty()));
            }
            at += piece.len();
        }
    }
}

/// Adds to a value, up to the limit.
fn push(out: &mut String, text: &str) {
    if out.len() + text.len() <= VALUE_LIMIT {
        out.push_str(text);
    } else {
        let fits = text.floor_char_boundary(VALUE_LIMIT.saturating_sub(out.len()));
        out.push_str(text.get(..fits).unwrap_or(""));
    }
}

type Read<T> = Result<T, Unreadable>;

impl<'e, 'v> Scanner<'e, 'v> {
    fn new(text: &'v str, escape: char, keep: Keep, lookup: Lookup<'e, 'v>) -> Self {
        Self { text, at: 0, escape, keep, depth: 0, lookup, words: None }
    }

    /// All of the text as one value.
    fn whole(mut self) -> Read<String> {
        self.until(None, self.keep.escapes, 0)
    }

    /// The words that come out, each with where it stands.
    fn words(mut self) -> Read<Vec<(Span, String)>> {
        self.words = Some(Words::default());
        self.until(None, self.keep.escapes, 0)?;
        let Words { mut done, open } = self.words.unwrap_or_default();
        done.extend(open.filter(|(_, word)| !word.is_empty()));
        Ok(done)
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn fail<T>(&self, from: usize, message: impl Into<String>) -> Read<T> {
        Err(Unreadable { span: Span::new(from, self.at), message: message.into() })
    }

    /// Everything up to `stop`, which is taken too, or to the end of the text. Words are kept of the
    /// outermost text alone.
    fn until(&mut self, stop: Option<char>, escapes: bool, opened: usize) -> Read<String> {
        let mut out = String::new();
        let outermost = stop.is_none();
        while let Some(c) = self.peek() {
            let from = self.at;
            if Some(c) == stop {
                self.at += c.len_utf8();
                return Ok(out);
            }
            let (piece, splits): (Cow<'v, str>, _) = match c {
                '$' => (self.dollar()?, true),
                '<' => (self.heredoc_mark().into(), false),
                '\'' if !self.keep.quotes_plain => (self.single_quoted()?.into(), false),
                '"' if !self.keep.quotes_plain => (self.double_quoted(escapes)?.into(), false),
                _ if c == self.escape => {
                    self.at += c.len_utf8();
                    let mut piece = String::new();
                    if escapes {
                        piece.push(c);
                    }
                    piece.extend(self.next());
                    (piece.into(), false)
                }
                _ => (self.plain(stop).into(), true),
            };
            push(&mut out, &piece);
            if let Some(words) = self.words.as_mut().filter(|_| outermost) {
                let span = Span::new(from, self.at);
                if splits { words.split(span, &piece) } else { words.raw(span, &piece) }
            }
        }
        match stop {
            None => Ok(out),
            Some('/') => self.fail(opened, "this `${` lacks the second `/`"),
            Some(_) => self.fail(opened, "this `${` is never closed"),
        }
    }

    /// At least one letter, and those behind it that mean nothing more.
    fn plain(&mut self, stop: Option<char>) -> &'v str {
        let rest = self.text.get(self.at..).unwrap_or("");
        let special = |c: char| matches!(c, '$' | '<' | '\'' | '"') || c == self.escape || Some(c) == stop;
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let behind = rest.get(first..).unwrap_or("");
        let length = first + behind.find(special).unwrap_or(behind.len());
        self.at += length;
        rest.get(..length).unwrap_or(rest)
    }

    /// `<`, or `<<` with the blanks behind it.
    fn heredoc_mark(&mut self) -> &'v str {
        let from = self.at;
        self.at += 1;
        if self.peek() == Some('<') {
            self.at += 1;
            while matches!(self.peek(), Some(' ' | '\t' | '\r')) {
                self.at += 1;
            }
        }
        Span::new(from, self.at).of(self.text)
    }

    fn single_quoted(&mut self) -> Read<&'v str> {
        let from = self.at;
        let rest = self.text.get(from + 1..).unwrap_or("");
        let Some(length) = rest.find('\'') else {
            self.at = self.text.len();
            return self.fail(from, "this quote is never closed");
        };
        self.at = from + 1 + length + 1;
        let inside = if self.keep.quotes { from..self.at } else { from + 1..self.at - 1 };
        Ok(self.text.get(inside).unwrap_or(""))
    }

    fn double_quoted(&mut self, escapes: bool) -> Read<String> {
        let from = self.at;
        let mut out = String::new();
        self.at += 1;
        if self.keep.quotes {
            out.push('"');
        }
        loop {
            match self.peek() {
                None => return self.fail(from, "this quote is never closed"),
                Some('"') => {
                    self.at += 1;
                    if self.keep.quotes {
                        out.push('"');
                    }
                    return Ok(out);
                }
                Some('$') => {
                    let piece = self.dollar()?;
                    push(&mut out, &piece);
                }
                Some(c) => {
                    self.at += c.len_utf8();
                    let mut kept = c;
                    if c == self.escape {
                        if escapes {
                            out.push(c);
                        }
                        match self.peek() {
                            None => continue,
                            Some(next) if matches!(next, '"' | '$') || next == self.escape => {
                                self.at += next.len_utf8();
                                kept = next;
                            }
                            Some(_) => {}
                        }
                    }
                    push(&mut out, kept.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }

    /// A name, all the digits of a number, or one of the shell's special parameters.
    fn name(&mut self) -> Span {
        let from = self.at;
        let rest = self.text.get(from..).unwrap_or("");
        let length = match rest.chars().next() {
            Some(c) if c.is_numeric() => rest.find(|c: char| !c.is_numeric()).unwrap_or(rest.len()),
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => 1,
            _ => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()),
        };
        self.at += length;
        Span::new(from, self.at)
    }

    fn value(&mut self, name: Span) -> Option<Cow<'v, str>> {
        (self.lookup)(name.of(self.text), name)
    }

    fn dollar(&mut self) -> Read<Cow<'v, str>> {
        let from = self.at;
        self.at += 1;
        let typed = |this: &Self| Ok(Span::new(from, this.at).of(this.text).into());
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return typed(self);
            }
            return match self.value(name) {
                None if self.keep.unset => typed(self),
                value => Ok(value.unwrap_or_default()),
            };
        }
        self.at += 1;
        match self.peek() {
            None => return self.fail(from, "this `${` is never closed"),
            Some('{' | '}' | ':') => return self.fail(from, "a name is missing behind `${`"),
            Some(_) => {}
        }
        let name = self.name();
        if self.depth >= DEPTH {
            return self.fail(from, "`${` nests too deep here");
        }
        self.depth += 1;
        let value = self.modified(from, name);
        self.depth -= 1;
        value.map(|value| value.unwrap_or_else(|| Span::new(from, self.at).of(self.text).into()))
    }

    /// What follows the name inside braces, and the value that comes of it; `None` to leave it as typed.
    fn modified(&mut self, from: usize, name: Span) -> Read<Option<Cow<'v, str>>> {
        let mut modifier = match self.next() {
            Some('}') => {
                let value = self.value(name);
                return Ok(if self.keep.unset { value } else { Some(value.unwrap_or_default()) });
            }
            Some('/') => return self.replaced(from, name),
            None => return self.fail(from, "this `${` is never closed"),
            Some(other) => other,
        };
        let colon = modifier == ':';
        if colon {
            modifier = self.next().unwrap_or(':');
        }
        let trims = matches!(modifier, '#' | '%');
        if (colon && trims) || (!colon && !matches!(modifier, '+' | '-' | '?' | '#' | '%')) {
            return self.fail(from, format!("`${{` has no modifier `{modifier}`"));
        }
        let mut word = self.until(Some('}'), trims, from)?;
        let value = self.value(name);
        if self.keep.unset && value.is_none() {
            return Ok(None);
        }
        let set = value.as_ref().is_some_and(|value| !colon || !value.is_empty());
        Ok(Some(match modifier {
            '-' => {
                if set {
                    value.unwrap_or_default()
                } else {
                    word.into()
                }
            }
            '+' => {
                if set {
                    word.into()
                } else {
                    Cow::default()
                }
            }
            '?' if set => value.unwrap_or_default(),
            '?' => {
                let name = name.of(self.text);
                let why = if word.is_empty() { "it has to be set".to_owned() } else { word };
                return self.fail(
                    from,
                    format!("`{name}` is {}: {why}", if value.is_some() { "empty" } else { "not set" }),
                );
            }
            '#' | '%' => {
                let longest = word.starts_with(modifier);
                if longest {
                    word.remove(0);
                }
                let end = if modifier == '#' { pattern::End::Front } else { pattern::End::Back };
                pattern::trim(&value.unwrap_or_default(), &word, end, longest).into()
            }
            _ => return self.fail(from, format!("`${{` has no modifier `{modifier}`")),
        }))
    }

    /// `${name/pattern/replacement}`, with two slashes in front for all.
    fn replaced(&mut self, from: usize, name: Span) -> Read<Option<Cow<'v, str>>> {
        let all = self.peek() == Some('/');
        if all {
            self.at += 1;
        }
        let wanted = self.until(Some('/'), true, from)?;
        let with = self.until(Some('}'), true, from)?;
        let value = self.value(name);
        if self.keep.unset && value.is_none() {
            return Ok(None);
        }
        Ok(Some(pattern::replace(&value.unwrap_or_default(), &wanted, &with, all).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known<'v>(name: &str, _: Span) -> Option<Cow<'v, str>> {
        match name {
            "a" => Some("one".into()),
            "path" => Some("/usr/lib/x.tar.gz".into()),
            "empty" => Some(Cow::default()),
            _ => None,
        }
    }

    fn value(text: &str) -> Result<String, String> {
        word(text, '\\', &mut known).map_err(|e| format!("{}: {}", e.span.of(text), e.message))
    }

    #[test]
    fn quotes_escapes_and_names() {
        for (text, expected) in [
            ("plain", "plain"),
            ("$a-${a}_$a_", "one-one_"),
            (r#""$a 'x'"'$a'"#, "one 'x'$a"),
            (r#"\$a \"b\" "\$ \x \\""#, r#"$a "b" $ \x \"#),
            ("$", "$"),
            ("$$a", "a"),
            ("$1x $@", "x "),
            ("100%$.", "100%$."),
            ("a\\", "a"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn every_modifier() {
        for (text, expected) in [
            ("${a:-x} ${no:-x} ${empty:-x} ${empty-x}|", "one x x |"),
            ("${a:+x} ${no:+x} ${empty:+x}${empty+x}|", "x  x|"),
            ("${a:?x}${empty?x}", "one"),
            ("${no:-${a}-${no:-\"q r\"}}", "one-q r"),
            ("${path#*/} ${path##*/}", "usr/lib/x.tar.gz x.tar.gz"),
            ("${path%.*} ${path%%.*}", "/usr/lib/x.tar /usr/lib/x"),
            (
                "${path/usr/opt} ${path//\\//_} ${path/?.tar*/y}",
                "/opt/lib/x.tar.gz _usr_lib_x.tar.gz /usr/lib/y",
            ),
            ("${a#z}${a%z}${a/z/y}", "oneoneone"),
        ] {
            assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        for (text, expected) in [
            ("x'y", "'y: this quote is never closed"),
            ("x\"y", "\"y: this quote is never closed"),
            ("${a", "${a: this `${` is never closed"),
            ("${a:-b", "${a:-b: this `${` is never closed"),
            ("${}", "${: a name is missing behind `${`"),
            ("${a^^}", "${a^: `${` has no modifier `^`"),
            ("${a:#b}", "${a:#: `${` has no modifier `#`"),
            ("${no:?why}", "${no:?why}: `no` is not set: why"),
        ] {
            assert_eq!(value(text), Err(expected.to_owned()), "{text}");
        }
        assert!(value(&"${a:-".repeat(10_000)).is_err());
    }

    #[test]
    fn values_that_double_are_cut() {
        let mut last = "x".repeat(100);
        for _ in 0..60 {
            last = word("$v$v", '\\', &mut |_, _| Some(last.as_str().into())).unwrap();
        }
        assert!(last.len() <= VALUE_LIMIT);
    }

    #[test]
    fn words_of_an_instruction() {
        let shown = |text: &str| {
            typed(text).map(|spans| spans.iter().map(|s| s.of(text).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(shown("RUN cat <<A << B '<<C d'").unwrap(), ["RUN", "cat", "<<A", "<< B", "'<<C d'"]);
        assert_eq!(shown("RUN it's <<A"), None);
        assert_eq!(heredoc_name("'a b'").as_deref(), Some("a b"));
        assert_eq!(heredoc_name("a b"), None);
        assert_eq!(words("80$a \"x y\" ", '\\', &mut known).unwrap(), ["80one", "x y"]);
    }
}
