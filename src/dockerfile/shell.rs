//! The shell inside RUN: which commands it runs, with what words, and where they stand.
//!
//! What comes out is a flat list of commands from anywhere in the script. Commands joined by `&&` and
//! the like are read in one pass (`simple`), all else by tree-sitter's grammar. Scripts that the
//! grammar read are kept by their text in a bounded cache of the thread, so an editor pays for one RUN
//! at a key, not for all of them.

mod simple;

use super::text::{Joiner, MappedText};
use super::{CommandLine, Instruction, Kind};
use crate::text::Span;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::rc::Rc;
use tree_sitter::{Node, ParseOptions, Parser};

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Its name as written, quotes removed.
    pub name: String,
    /// Where the name stands in the script.
    pub name_span: Span,
    /// The words behind the name.
    pub args: Vec<Arg>,
    /// The `NAME=value` words before the name.
    pub assignments: Vec<String>,
    /// The whole command in the script, from its name to its last word.
    pub span: Span,
    /// Whether a subshell or substitution holds it, so that what it does to the shell is undone.
    pub subshell: bool,
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    /// Quotes removed, variables as `${name}`, substitutions as `${...}`.
    pub text: String,
    /// Where it stands in the script.
    pub span: Span,
}

/// A script, parsed. Spans are of the script's own text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// Every simple command whose name is literal, in order of place.
    pub commands: Vec<Command>,
    /// The `|` and `|&` between commands.
    pub pipes: Vec<Span>,
    /// Whether some of it is no shell that we can read.
    pub broken: bool,
    /// Where the first thing stands that is no shell and that a parser without recovery would stop at;
    /// 0 when it stands inside a group, loop or the like, which then is not read either.
    pub stop: Option<usize>,
    /// How much work the grammar had with it, in [`Budget`]'s units; none when it was not asked.
    cost: usize,
}

/// How much work the scripts of one file may make for the grammar, so that hostile text costs no more
/// than its length allows. What a script cost is kept with it: the same file gets the same answer,
/// whether its scripts were known before or not.
#[derive(Debug)]
pub struct Budget(usize);

impl Budget {
    /// For a file of so many bytes. People's files take a tenth of it.
    pub fn of_file(bytes: usize) -> Self {
        Self(2_000 + bytes / 80)
    }
}

/// A script of an instruction with the places of its text in the file.
#[derive(Debug, Clone)]
pub struct Script<'a> {
    /// The text the shell reads.
    pub text: Cow<'a, MappedText>,
    /// What it runs.
    pub parsed: Rc<Parsed>,
}

impl Script<'_> {
    /// The place in the file of `local`, a span of the script.
    pub fn span(&self, local: Span) -> Span {
        self.text.span(local)
    }
}

/// Scripts longer than this the grammar does not read; no person wrote them into a RUN.
const LONGEST: usize = 128 * 1024;
/// How many levels above an error are looked at; deeper ones count as top level.
const NESTED: usize = 64;
/// Scripts with more heredocs than this it does not read either: it writes down all that are open at
/// every word.
const HEREDOCS: usize = 16;
/// How much text the cache of a thread holds before it is emptied.
const CACHED: usize = 1024 * 1024;

/// The scripts that `instruction` runs in a shell: those of a RUN, one for its line and one for
/// each heredoc that a shell reads. Words of the exec form count as one line. Empty for others.
pub fn scripts(instruction: &Instruction) -> Vec<Script<'_>> {
    scripts_within(instruction, &mut Budget(usize::MAX))
}

/// As [`scripts`]; when the budget is used up, what only the grammar could read counts as broken.
pub fn scripts_within<'a>(instruction: &'a Instruction, budget: &mut Budget) -> Vec<Script<'a>> {
    let Kind::Run(command) = &instruction.kind else { return Vec::new() };
    let mut script = |text: Cow<'a, MappedText>| Script { parsed: parse_within(text.as_str(), budget), text };
    texts(instruction, command).into_iter().map(&mut script).collect()
}

fn parse_within(script: &str, budget: &mut Budget) -> Rc<Parsed> {
    let parsed = match budget.0 {
        0 => simple::parse(script).map_or_else(unread, Rc::new),
        _ => parse(script),
    };
    budget.0 = budget.0.saturating_sub(parsed.cost);
    parsed
}

fn unread() -> Rc<Parsed> {
    Rc::new(Parsed { broken: true, ..Parsed::default() })
}

/// The script of a RUN as hadolint puts it together: what stands behind a heredoc at the very beginning,
/// and its body. It reads no script with a heredoc anywhere else, and none that is broken.
pub fn as_hadolint<'a>(instruction: &'a Instruction, budget: &mut Budget) -> Vec<Script<'a>> {
    let Kind::Run(command) = &instruction.kind else { return Vec::new() };
    let text = match (command, instruction.heredocs.first()) {
        (CommandLine::Shell(line), Some(heredoc)) => {
            let (before, behind) = line.as_str().split_at(heredoc.local.end.min(line.as_str().len()));
            if before.get(..heredoc.local.start).is_none_or(|before| !before.trim().is_empty()) {
                return Vec::new();
            }
            let mut text = Joiner::default();
            text.push(behind, heredoc.span.end);
            text.push("\n", heredoc.body.start.saturating_sub(1));
            text.push(heredoc.text.as_str(), heredoc.body.start);
            Cow::Owned(text.finish())
        }
        (CommandLine::Shell(line), None) => Cow::Borrowed(line),
        (CommandLine::Exec(words), _) => Cow::Owned(joined(words)),
    };
    let mut parsed = parse_within(text.as_str(), budget);
    if let Some(stop) = parsed.stop {
        let mut read = Parsed::clone(&parsed);
        read.commands.retain(|command| command.span.start < stop);
        read.pipes.retain(|pipe| pipe.start < stop);
        parsed = Rc::new(read);
    }
    vec![Script { text, parsed }]
}

fn texts<'a>(instruction: &'a Instruction, command: &'a CommandLine) -> Vec<Cow<'a, MappedText>> {
    let header = match command {
        CommandLine::Exec(words) => return vec![Cow::Owned(joined(words))],
        CommandLine::Shell(text) if instruction.heredocs.is_empty() => return vec![Cow::Borrowed(text)],
        CommandLine::Shell(text) => text,
    };
    let line = header.blanked(instruction.heredocs.iter().map(|heredoc| heredoc.local));
    let reader = line.as_str().split_whitespace().next().unwrap_or("");
    if !reader.is_empty() && !is_shell(reader) {
        return vec![Cow::Owned(line)];
    }
    let bodies =
        instruction.heredocs.iter().map(|doc| MappedText::straight(doc.text.clone(), doc.body.start));
    bodies.filter(|body| shebang_is_shell(body.as_str())).map(Cow::Owned).collect()
}

fn is_shell(word: &str) -> bool {
    let base = word.rsplit('/').next().unwrap_or(word);
    matches!(base, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

fn shebang_is_shell(body: &str) -> bool {
    let Some(line) = body.strip_prefix("#!").and_then(|rest| rest.lines().next()) else { return true };
    line.split_whitespace().filter(|word| !word.ends_with("/env")).any(is_shell)
}

/// The words of the exec form as one line.
fn joined(words: &[super::Word]) -> MappedText {
    let mut text = Joiner::default();
    for word in words {
        if !text.is_empty() {
            text.push(" ", word.span.start);
        }
        let mut at = word.span.start + 1;
        let inner = word.raw.get(1..word.raw.len().saturating_sub(1)).unwrap_or("");
        let mut rest = inner;
        while let Some(slash) = rest.find('\\') {
            text.push(rest.get(..slash).unwrap_or(""), at);
            let escaped = rest.get(slash + 1..).and_then(|tail| tail.chars().next()).unwrap_or('\\');
            at += slash + 1;
            let mut buffer = [0; 4];
            let meant = if matches!(escaped, 'n' | 't' | 'r') { ' ' } else { escaped };
            text.push(meant.encode_utf8(&mut buffer), at);
            at += escaped.len_utf8();
            rest = rest.get(slash + 1 + escaped.len_utf8()..).unwrap_or("");
        }
        text.push(rest, at);
    }
    text.finish()
}

thread_local! {
    static READER: RefCell<Reader> = RefCell::new(Reader::default());
}

/// What `script` runs.
pub fn parse(script: &str) -> Rc<Parsed> {
    if let Some(parsed) = simple::parse(script) {
        return Rc::new(parsed);
    }
    READER.with(|reader| match reader.try_borrow_mut() {
        Ok(mut reader) => reader.read(script),
        Err(_) => unread(),
    })
}

#[derive(Default)]
struct Reader {
    parser: Option<Parser>,
    cache: HashMap<String, Rc<Parsed>>,
    cached: usize,
}

impl Reader {
    fn read(&mut self, script: &str) -> Rc<Parsed> {
        if let Some(known) = self.cache.get(script) {
            return Rc::clone(known);
        }
        let parsed = Rc::new(self.parse(script));
        if self.cached > CACHED {
            self.cache.clear();
            self.cached = 0;
        }
        self.cached += script.len();
        self.cache.insert(script.to_owned(), Rc::clone(&parsed));
        parsed
    }

    fn parse(&mut self, script: &str) -> Parsed {
        let (parsed, cost) = self.ask(script);
        let unread = || Parsed { broken: true, ..Parsed::default() };
        Parsed { cost, ..parsed.unwrap_or_else(unread) }
    }

    /// What the grammar says, and the work it had.
    fn ask(&mut self, script: &str) -> (Option<Parsed>, usize) {
        if script.len() > LONGEST || script.matches("<<").count() > HEREDOCS {
            return (None, 0);
        }
        if self.parser.is_none() {
            let mut parser = Parser::new();
            if parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_err() {
                return (None, 0);
            }
            self.parser = Some(parser);
        }
        let Some(parser) = self.parser.as_mut() else { return (None, 0) };
        // The callback comes once in a hundred steps: hostile text gets work in proportion to its
        // length, then is given up. What people write takes one to three steps a byte.
        let (mut spent, most) = (0_usize, 200 + script.len() / 10);
        let mut watch = |_: &tree_sitter::ParseState| {
            spent += 1;
            if spent > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut watch);
        let bytes = script.as_bytes();
        let mut text = |at: usize, _| bytes.get(at..).unwrap_or(&[]);
        let tree = parser.parse_with_options(&mut text, None, Some(options));
        if tree.is_none() {
            parser.reset();
        }
        (tree.map(|tree| collect(tree.root_node(), script)), spent)
    }
}

/// Every command below `root`. Walks with a cursor, so nesting costs no stack.
fn collect(root: Node<'_>, script: &str) -> Parsed {
    let mut parsed = Parsed { broken: root.has_error(), ..Parsed::default() };
    let mut cursor = root.walk();
    let mut enclosing = 0_usize;
    loop {
        let node = cursor.node();
        match node.kind() {
            "command" => parsed.commands.extend(command(node, script, enclosing > 0)),
            "declaration_command" | "unset_command" => {
                parsed.commands.extend(declaration(node, script, enclosing > 0));
            }
            "subshell" if node.parent().is_some_and(|up| up.kind() == "command") => parsed.stop_at(node),
            _ if node.is_error() || (node.is_missing() && node.kind() != ";") => parsed.stop_at(node),
            "|" | "|&" if node.parent().is_some_and(|up| up.kind() == "pipeline") => {
                parsed.pipes.push(node.byte_range().into());
            }
            _ => {}
        }
        if cursor.goto_first_child() {
            enclosing += usize::from(undoes(node));
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                parsed.commands.sort_by_key(|command| command.span.start);
                return parsed;
            }
            enclosing -= usize::from(undoes(cursor.node()));
        }
    }
}

impl Parsed {
    /// Note that a strict parser stops at `node`.
    fn stop_at(&mut self, node: Node<'_>) {
        let top = |kind: &str| {
            matches!(
                kind,
                "program" | "list" | "pipeline" | "command" | "redirected_statement" | "negated_command"
            )
        };
        let mut outside = std::iter::successors(node.parent(), Node::parent).take(NESTED);
        let place = if outside.all(|up| top(up.kind())) { node.start_byte() } else { 0 };
        self.stop = Some(self.stop.map_or(place, |stop| stop.min(place)));
    }
}

/// Whether what happens inside `node` happens in a shell of its own.
fn undoes(node: Node<'_>) -> bool {
    matches!(node.kind(), "subshell" | "command_substitution" | "process_substitution")
}

fn command(node: Node<'_>, script: &str, subshell: bool) -> Option<Command> {
    let mut cursor = node.walk();
    let mut words: Vec<(Node<'_>, Span)> = Vec::new();
    let mut assignments = Vec::new();
    let mut named = false;
    for child in node.children(&mut cursor) {
        match child.kind() {
            "command_name" => {
                named = true;
                words.push((child.child(0).unwrap_or(child), child.byte_range().into()));
            }
            "variable_assignment" if !named => {
                assignments.push(Span::from(child.byte_range()).of(script).to_owned())
            }
            "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {}
            _ if named => words.push((child, child.byte_range().into())),
            _ => {}
        }
    }
    let mut words = words.as_slice();
    loop {
        let skipped = wrapper(|at| words.get(at).map(|(_, span)| span.of(script)));
        if skipped == 0 {
            break;
        }
        words = words.get(skipped..).unwrap_or(&[]);
    }
    build(words, assignments, script, subshell)
}

/// How many words at the front only say how the command behind them is to run.
fn wrapper<'s>(word: impl Fn(usize) -> Option<&'s str>) -> usize {
    let is_flag = |at: usize| word(at).is_some_and(|word| word.starts_with('-'));
    let mut skipped = 1;
    match word(0) {
        Some("exec") => {
            while is_flag(skipped) {
                skipped += if word(skipped) == Some("-a") { 2 } else { 1 };
            }
        }
        Some("time") => skipped += usize::from(word(1) == Some("-p")),
        Some("command" | "builtin" | "busybox" | "coproc") if !is_flag(1) => {}
        _ => return 0,
    }
    if word(skipped).is_some() { skipped } else { 0 }
}

fn declaration(node: Node<'_>, script: &str, subshell: bool) -> Option<Command> {
    let mut cursor = node.walk();
    let words: Vec<_> = node.children(&mut cursor).map(|child| (child, child.byte_range().into())).collect();
    build(&words, Vec::new(), script, subshell)
}

fn build(
    words: &[(Node<'_>, Span)],
    assignments: Vec<String>,
    script: &str,
    subshell: bool,
) -> Option<Command> {
    let ((name_node, name_span), args) = words.split_first()?;
    let name = literal(*name_node, script)?;
    let args: Vec<Arg> = args
        .iter()
        .map(|(node, span)| {
            let mut text = String::new();
            render(*node, script, &mut text);
            Arg { text, span: *span }
        })
        .collect();
    let end = args.last().map_or(name_span.end, |arg| arg.span.end);
    let span = Span::new(name_span.start, end);
    Some(Command { name, name_span: *name_span, args, assignments, span, subshell })
}

/// The text of a name in which nothing is expanded.
fn literal(node: Node<'_>, script: &str) -> Option<String> {
    let mut text = String::new();
    render(node, script, &mut text);
    (!text.contains("${") && !text.is_empty()).then_some(text)
}

/// `node` as a rule reads it: quotes gone, variables as `${name}`, substitutions as `${...}`.
fn render(node: Node<'_>, script: &str, out: &mut String) {
    let raw = Span::from(node.byte_range()).of(script);
    match node.kind() {
        "word" => unescape(raw, |_| true, out),
        "raw_string" => out.push_str(raw.trim_start_matches('\'').trim_end_matches('\'')),
        "ansi_c_string" => out.push_str(raw.trim_start_matches("$'").trim_end_matches('\'')),
        "string" => {
            let inside = Span::new(node.start_byte() + 1, node.end_byte() - usize::from(raw.len() > 1));
            render_parts(node, inside, script, out);
        }
        "translated_string" | "concatenation" | "variable_assignment" => {
            render_parts(node, node.byte_range().into(), script, out);
        }
        "simple_expansion" | "expansion" => {
            // The grammar lets blanks before an expansion in a string be part of it.
            let bare = raw.trim_start();
            out.push_str(raw.get(..raw.len() - bare.len()).unwrap_or(""));
            let name = bare.trim_start_matches(['$', '{', '#', '!']);
            let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
            let name = if end == 0 { name.trim_end_matches('}') } else { name.get(..end).unwrap_or("") };
            out.push_str("${");
            out.push_str(name);
            out.push('}');
        }
        "command_substitution" | "arithmetic_expansion" | "process_substitution" => out.push_str("${...}"),
        _ => out.push_str(raw),
    }
}

/// The named children of `node` rendered, the text between them unescaped.
fn render_parts(node: Node<'_>, inside: Span, script: &str, out: &mut String) {
    let mut at = inside.start;
    let mut cursor = node.walk();
    let quoted = node.kind() == "string";
    for child in node.named_children(&mut cursor) {
        if child.kind() == "string_content" || child.start_byte() < at {
            continue;
        }
        let between = Span::new(at, child.start_byte()).of(script);
        unescape(between, |c| !quoted || matches!(c, '"' | '\\' | '$' | '`'), out);
        render(child, script, out);
        at = child.end_byte();
    }
    unescape(Span::new(at, inside.end).of(script), |c| !quoted || matches!(c, '"' | '\\' | '$' | '`'), out);
}

fn unescape(text: &str, escapes: impl Fn(char) -> bool, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && escapes(*next) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests;
