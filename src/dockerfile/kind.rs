//! What the arguments of each instruction say.

use super::flags::{self, nearest};
use super::instruction::{Instruction, KEYWORDS};
use super::text::MappedText;
use super::word::{self, Word};
use super::{SyntaxError, expand, json};
use crate::text::Span;

/// An instruction's arguments, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `FROM image AS name`
    From(Box<From>),
    /// `RUN`; a heredoc stands in the instruction's `heredocs`.
    Run(CommandLine),
    /// `CMD`
    Cmd(CommandLine),
    /// `ENTRYPOINT`
    Entrypoint(CommandLine),
    /// `SHELL`
    Shell(CommandLine),
    /// `COPY`
    Copy(Transfer),
    /// `ADD`
    Add(Transfer),
    /// `ENV`
    Env(Vec<Pair>),
    /// `LABEL`
    Label(Vec<Pair>),
    /// `ARG`
    Arg(Vec<Pair>),
    /// `EXPOSE`
    Expose(Vec<Word>),
    /// `VOLUME`
    Volume(Vec<Word>),
    /// `USER`; the word is empty when nothing was typed yet, as in the next three.
    User(Word),
    /// `WORKDIR`
    Workdir(Word),
    /// `STOPSIGNAL`
    Stopsignal(Word),
    /// `MAINTAINER`
    Maintainer(Word),
    /// `HEALTHCHECK`
    Healthcheck(Healthcheck),
    /// `ONBUILD` and the instruction behind it.
    Onbuild(Box<Instruction>),
    /// No instruction that BuildKit knows.
    Unknown,
}

/// A command in one of its two forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// Text for a shell.
    Shell(MappedText),
    /// A JSON array of words.
    Exec(Vec<Word>),
}

/// The arguments of FROM.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct From {
    /// The image or stage.
    pub image: Image,
    /// The word behind AS.
    pub name: Option<Word>,
    /// The word `AS` itself.
    pub as_span: Option<Span>,
}

/// An image reference and its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Image {
    /// The whole reference.
    pub word: Word,
    /// Registry and repository: everything before tag and digest.
    pub repository: String,
    /// What stands behind the `:`, and where.
    pub tag: Option<(String, Span)>,
    /// What stands behind the `@`, and where.
    pub digest: Option<(String, Span)>,
}

impl Image {
    /// The registry's host, when the reference names one.
    pub fn registry(&self) -> Option<&str> {
        super::reference::Reference::of(&self.repository).host
    }

    /// Whether a variable stands in it.
    pub fn is_variable(&self) -> bool {
        self.word.raw.contains('$')
    }

    /// The parts of a reference that stands alone; spans are of `text`.
    pub fn parse(text: &str) -> Self {
        let mapped = MappedText::straight(text.into(), 0);
        Self::new(&mapped, Span::new(0, text.len()), '\\')
    }

    /// The parts of the word at `local`. Colons and slashes inside `${…}` are not separators.
    fn new(args: &MappedText, local: Span, escape: char) -> Self {
        let word = Word::new(args, local, escape);
        let raw = word.value().to_owned();
        // Quotes stand around the value; with escapes in it, a part has no place of its own.
        let base = word.raw.find(raw.as_str()).map(|offset| local.start + offset);
        let (mut depth, mut at, mut colon) = (0_usize, None, None);
        for (offset, byte) in raw.bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                b'@' if at.is_none() => at = Some(offset),
                b'/' if at.is_none() => colon = None,
                b':' if at.is_none() => colon = Some(offset),
                _ => {}
            }
        }
        let part = |from: usize, to: usize| {
            let span = base.map_or(word.span, |base| args.span(Span::new(base + from, base + to)));
            (raw.get(from..to).unwrap_or("").to_owned(), span)
        };
        let end = at.unwrap_or(raw.len());
        let tag = colon.map(|colon| part(colon + 1, end));
        let digest = at.map(|at| part(at + 1, raw.len()));
        let repository = raw.get(..colon.unwrap_or(end)).unwrap_or("").to_owned();
        Self { word, repository, tag, digest }
    }
}

/// The arguments of COPY and ADD.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transfer {
    /// What is copied; heredoc words are not among them.
    pub sources: Vec<Word>,
    /// Where to; empty when nothing was typed yet.
    pub target: Word,
    /// Whether the arguments are a JSON array.
    pub json: bool,
}

/// `key=value` of ENV, LABEL and ARG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The whole pair.
    pub span: Span,
    /// The key.
    pub key: Word,
    /// The value; `None` for an ARG without default.
    pub value: Option<Word>,
    /// Whether it is written in the old form, `ENV key value`.
    pub legacy: bool,
}

/// The arguments of HEALTHCHECK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Healthcheck {
    /// `NONE`
    None,
    /// `CMD …`
    Cmd(CommandLine),
    /// Neither, so far.
    Incomplete,
}

/// Understand the arguments of `instruction`.
pub(super) fn read(instruction: &Instruction, escape: char, errors: &mut Vec<SyntaxError>) -> Kind {
    flags::check(instruction, errors);
    let mut reader = Reader { instruction, escape, errors };
    reader.only_strings();
    match instruction.keyword.as_str() {
        "FROM" => reader.from(),
        "RUN" => Kind::Run(reader.command(true)),
        "CMD" => Kind::Cmd(reader.command(false)),
        "ENTRYPOINT" => Kind::Entrypoint(reader.command(false)),
        "SHELL" => reader.shell(),
        "COPY" => Kind::Copy(reader.transfer()),
        "ADD" => Kind::Add(reader.transfer()),
        "ENV" => Kind::Env(reader.pairs()),
        "LABEL" => Kind::Label(reader.pairs()),
        "ARG" => Kind::Arg(reader.arg()),
        "EXPOSE" => Kind::Expose(reader.words_needed()),
        "VOLUME" => Kind::Volume(reader.volume()),
        "USER" => Kind::User(reader.rest()),
        "WORKDIR" => Kind::Workdir(reader.rest()),
        "STOPSIGNAL" => Kind::Stopsignal(reader.rest()),
        "MAINTAINER" => Kind::Maintainer(reader.rest()),
        "HEALTHCHECK" => Kind::Healthcheck(reader.healthcheck()),
        "ONBUILD" => Kind::Unknown, // ONBUILD behind ONBUILD; a rule says so
        _ => reader.unknown(),
    }
}

struct Reader<'a> {
    instruction: &'a Instruction,
    escape: char,
    errors: &'a mut Vec<SyntaxError>,
}

impl Reader<'_> {
    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(SyntaxError::new(span, message));
    }

    fn need_arguments(&mut self) -> bool {
        let missing = self.instruction.args_span.is_empty();
        if missing {
            let keyword = &self.instruction.keyword;
            self.error(self.instruction.keyword_span, format!("{keyword} needs at least one argument"));
        }
        !missing
    }

    /// Says where the builder cannot read one of `words`: a quote or brace left open, a modifier of
    /// variables that there is not. Which values they have does not matter here.
    fn readable<'w>(&mut self, words: impl IntoIterator<Item = &'w Word>) {
        for word in words {
            let read = expand::word(word.expandable(), self.escape, &mut |_, _| Some("x".into()));
            let Err(expand::Unreadable { span, message }) = read else { continue };
            let open = word::unclosed(self.instruction.args.as_str(), self.escape);
            self.errors.push(SyntaxError { span: word.part(span), message, builder: !open });
            return;
        }
    }

    /// The words of the arguments, blanks between them.
    fn words(&mut self) -> Vec<Word> {
        let args = &self.instruction.args;
        let spans = word::blank_separated(args.as_str());
        spans.into_iter().map(|local| Word::new(args, local, self.escape)).collect()
    }

    fn words_needed(&mut self) -> Vec<Word> {
        self.need_arguments();
        let words = self.words();
        self.readable(&words);
        words
    }

    /// All arguments as one word.
    fn rest(&mut self) -> Word {
        self.need_arguments();
        let args = &self.instruction.args;
        let word = Word::new(args, Span::new(0, args.as_str().len()), self.escape);
        if self.instruction.keyword != "MAINTAINER" {
            self.readable([&word]);
        }
        word
    }

    /// A JSON array of something else than strings is neither of the two forms.
    fn only_strings(&mut self) {
        const FORMS: [&str; 8] =
            ["RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME", "HEALTHCHECK"];
        let args = self.instruction.args.as_str();
        let from = if self.instruction.keyword == "HEALTHCHECK" { args.find('[').unwrap_or(0) } else { 0 };
        if FORMS.contains(&self.instruction.keyword.as_str())
            && json::holds_other(args.get(from..).unwrap_or(""))
        {
            let message = "a JSON array of arguments holds strings only";
            self.errors.push(SyntaxError::refused(self.instruction.args_span, message));
        }
    }

    fn volume(&mut self) -> Vec<Word> {
        self.need_arguments();
        let words = json::array(&self.instruction.args, 0).unwrap_or_else(|| self.words());
        match words.iter().find(|word| word.value().trim().is_empty()) {
            Some(empty) => self.errors.push(SyntaxError::refused(empty.span, "a volume needs a path")),
            None if words.is_empty() && !self.instruction.args_span.is_empty() => {
                self.errors
                    .push(SyntaxError::refused(self.instruction.args_span, "VOLUME needs at least one path"));
            }
            None => self.readable(&words),
        }
        words
    }

    fn command(&mut self, needed: bool) -> CommandLine {
        if needed && self.instruction.heredocs.is_empty() {
            self.need_arguments();
        }
        let args = &self.instruction.args;
        json::array(args, 0).map_or_else(|| CommandLine::Shell(args.clone()), CommandLine::Exec)
    }

    fn shell(&mut self) -> Kind {
        let command = self.command(true);
        if !matches!(&command, CommandLine::Exec(words) if !words.is_empty()) {
            let span = self.instruction.header_span();
            self.error(span, "SHELL takes a JSON array: SHELL [\"/bin/bash\", \"-c\"]");
        }
        Kind::Shell(command)
    }

    fn from(&mut self) -> Kind {
        let words = self.words_needed();
        let mut from = From::default();
        let mut words = words.into_iter();
        words.next();
        let args = &self.instruction.args;
        let first = word::blank_separated(args.as_str()).first().copied().unwrap_or_default();
        from.image = Image::new(args, first, self.escape);
        if let Some(word) = words.next() {
            if word.raw.eq_ignore_ascii_case("AS") {
                from.as_span = Some(word.span);
                from.name = words.next();
                match &from.name {
                    None => self.error(word.span, "AS needs the name of the stage behind it"),
                    Some(name) if !is_stage_name(&name.raw) => {
                        let message = format!(
                            "`{}` is no stage name: it begins with a letter, then letters, digits, `-`, `_` and `.`",
                            name.raw
                        );
                        self.error(name.span, message);
                    }
                    Some(_) => {}
                }
            } else {
                let message = format!("expected `AS name` behind the image, found `{}`", word.raw);
                self.error(word.span, message);
            }
        }
        if let Some(extra) = words.next() {
            self.error(extra.span, format!("FROM ends behind the stage's name, found `{}`", extra.raw));
        }
        Kind::From(Box::new(from))
    }

    fn transfer(&mut self) -> Transfer {
        if !self.need_arguments() {
            return Transfer::default();
        }
        let array = json::array(&self.instruction.args, 0);
        let json = array.is_some();
        let mut words = array.unwrap_or_else(|| self.words());
        let heredocs = &self.instruction.heredocs;
        let count = words.len();
        let target = words.pop().unwrap_or_default();
        // Both are in order of place.
        let is_heredoc =
            |word: &Word| heredocs.binary_search_by_key(&word.span, |heredoc| heredoc.span).is_ok();
        words.retain(|word| !is_heredoc(word));
        if is_heredoc(&target) && count > 1 {
            let message = format!("{} needs a destination behind the heredoc", self.instruction.keyword);
            self.errors.push(SyntaxError::refused(target.span, message));
        }
        if count < 2 {
            let keyword = &self.instruction.keyword;
            let message = format!("{keyword} needs at least one source and a destination");
            self.error(self.instruction.header_span(), message);
            words.push(target);
            return Transfer { sources: words, target: Word::default(), json };
        }
        self.readable(words.iter().chain([&target]));
        Transfer { sources: words, target, json }
    }

    /// Where the words stand as quotes hold them together: ARG, ENV and LABEL.
    fn quoted_words(&mut self) -> Vec<Span> {
        self.need_arguments();
        word::spans(self.instruction.args.as_str(), 0, self.escape)
    }

    fn pairs(&mut self) -> Vec<Pair> {
        let words = self.quoted_words();
        let args = &self.instruction.args;
        let keyword = &self.instruction.keyword;
        let Some(first) = words.first() else { return Vec::new() };
        if !first.of(args.as_str()).contains('=') {
            return vec![self.legacy_pair()];
        }
        let mut pairs = Vec::with_capacity(words.len());
        for local in words {
            let typed = local.of(args.as_str());
            match self.pair(local) {
                Some(pair) if !pair.key.is_empty() => pairs.push(pair),
                Some(pair) => self.error(pair.span, format!("a name is missing before `{typed}`")),
                None => {
                    self.error(args.span(local), format!("{keyword} takes key=value, found only `{typed}`"))
                }
            }
        }
        self.readable(pairs.iter().flat_map(|pair| [Some(&pair.key), pair.value.as_ref()]).flatten());
        pairs
    }

    /// `ENV key value`: a name up to the first blank, and all the rest.
    fn legacy_pair(&mut self) -> Pair {
        let args = &self.instruction.args;
        let text = args.as_str();
        let key_end = text.find(word::is_blank).unwrap_or(text.len());
        let rest = text.get(key_end..).unwrap_or("");
        let value = Span::new(key_end + (rest.len() - rest.trim_start().len()), text.len());
        let key = Word::new(args, Span::new(0, key_end), self.escape);
        let value = (!value.is_empty()).then(|| Word::new(args, value, self.escape));
        match &value {
            Some(value) => self.readable([&key, value]),
            None => {
                let keyword = &self.instruction.keyword;
                self.error(key.span, format!("{keyword} takes key=value, found only `{}`", key.raw));
            }
        }
        let span = value.as_ref().map_or(key.span, |value| key.span.cover(value.span));
        Pair { span, key, value, legacy: true }
    }

    /// The word at `local` of the arguments, split at its first `=`.
    fn pair(&self, local: Span) -> Option<Pair> {
        let args = &self.instruction.args;
        let equals = local.start + local.of(args.as_str()).find('=')?;
        let key = Word::new(args, Span::new(local.start, equals), self.escape);
        let value = Word::new(args, Span::new(equals + 1, local.end), self.escape);
        Some(Pair { span: args.span(local), key, value: Some(value), legacy: false })
    }

    fn arg(&mut self) -> Vec<Pair> {
        let args = &self.instruction.args;
        let mut pairs = Vec::new();
        for local in self.quoted_words() {
            pairs.push(self.pair(local).unwrap_or_else(|| {
                let key = Word::new(args, local, self.escape);
                Pair { span: key.span, key, value: None, legacy: false }
            }));
        }
        if let Some(nameless) = pairs.iter().find(|pair| pair.key.is_empty()) {
            let message = "a name is missing before the `=`";
            self.errors.push(SyntaxError::refused(nameless.span, message));
        }
        self.readable(pairs.iter().filter_map(|pair| pair.value.as_ref()));
        pairs
    }

    fn healthcheck(&mut self) -> Healthcheck {
        if !self.need_arguments() {
            return Healthcheck::Incomplete;
        }
        let args = &self.instruction.args;
        let text = args.as_str();
        let first = Span::new(0, text.find(char::is_whitespace).unwrap_or(text.len()));
        if first.of(text).eq_ignore_ascii_case("NONE") {
            if first.end < text.len() {
                let message = "HEALTHCHECK NONE takes no arguments";
                self.errors.push(SyntaxError::refused(self.instruction.args_span, message));
            }
            return Healthcheck::None;
        }
        if !first.of(text).eq_ignore_ascii_case("CMD") {
            let message = format!("HEALTHCHECK takes CMD or NONE, found `{}`", first.of(text));
            self.error(args.span(first), message);
            return Healthcheck::Incomplete;
        }
        let rest = text.get(first.end..).unwrap_or("");
        if rest.trim().is_empty() {
            self.error(args.span(first), "HEALTHCHECK CMD needs the command to run");
            return Healthcheck::Incomplete;
        }
        let start = first.end + (rest.len() - rest.trim_start().len());
        let command = json::array(args, start);
        let shell = || CommandLine::Shell(args.slice(Span::new(start, text.len())));
        Healthcheck::Cmd(command.map_or_else(shell, CommandLine::Exec))
    }

    fn unknown(&mut self) -> Kind {
        let keyword = &self.instruction.keyword;
        let shown: String = keyword.chars().take(40).collect();
        let hint =
            nearest(keyword, &KEYWORDS).map_or(String::new(), |near| format!("; did you mean {near}?"));
        self.error(self.instruction.keyword_span, format!("unknown instruction `{shown}`{hint}"));
        Kind::Unknown
    }
}

/// Whether BuildKit takes `name` as a stage's name, letters of either case.
fn is_stage_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
