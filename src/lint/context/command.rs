//! The RUNs of a file and the commands in them, as rules ask about them.

use crate::dockerfile::shell::{Arg, Command, Script};
use crate::dockerfile::{Instruction, Mount};
use crate::text::Span;
use std::ops::Deref;

/// A RUN and the commands in it.
pub(in super::super) struct Run<'a> {
    /// The RUN itself.
    pub(in super::super) instruction: &'a Instruction,
    /// The index of the instruction it stands in: itself, or its ONBUILD.
    pub(in super::super) index: usize,
    /// The stage it belongs to.
    pub(in super::super) stage: Option<usize>,
    /// Whether it stands behind ONBUILD.
    pub(in super::super) onbuild: bool,
    /// What its shell reads.
    pub(in super::super) scripts: Vec<Script<'a>>,
    /// What its `--mount` flags say, the first [`MOUNTS`] of them.
    pub(in super::super) mounts: Vec<Mount<'a>>,
}

/// More mounts in one RUN are not looked at; no person wrote them.
pub(super) const MOUNTS: usize = 256;

/// A command of a RUN.
#[derive(Clone, Copy)]
pub(in super::super) struct Cmd<'a> {
    pub(in super::super) run: &'a Run<'a>,
    pub(in super::super) script: &'a Script<'a>,
    command: &'a Command,
}

impl Deref for Cmd<'_> {
    type Target = Command;

    fn deref(&self) -> &Command {
        self.command
    }
}

impl<'a> Run<'a> {
    /// Its commands in order of place.
    pub(in super::super) fn commands(&self) -> impl Iterator<Item = Cmd<'_>> {
        self.scripts.iter().flat_map(move |script| {
            script.parsed.commands.iter().map(move |command| Cmd { run: self, script, command })
        })
    }

    /// Whether a cache or tmpfs mount covers `path`.
    pub(in super::super) fn caches(&self, path: &str) -> bool {
        self.mounts.iter().any(|mount| {
            let target = mount.target.trim_end_matches('/');
            matches!(mount.kind, "cache" | "tmpfs")
                && !target.is_empty()
                && (path == target || path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/')))
        })
    }

    /// Whether a cache or tmpfs mount has `part` in its target.
    pub(in super::super) fn mounts_over(&self, part: &str) -> bool {
        let covers = |kind: &str, target: &str| matches!(kind, "cache" | "tmpfs") && target.contains(part);
        self.mounts.iter().any(|mount| covers(mount.kind, mount.target))
    }
}

impl<'a> Cmd<'a> {
    /// Its words, for as long as the RUN lives.
    pub(in super::super) fn args(&self) -> &'a [Arg] {
        &self.command.args
    }

    /// Whether its name is one of `names`.
    pub(in super::super) fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    /// Whether one of its words is `word`.
    pub(in super::super) fn has(&self, word: &str) -> bool {
        self.args.iter().any(|arg| arg.text == word)
    }

    /// Whether it has the flag: a long one by name, or a letter among short ones.
    pub(in super::super) fn flag(&self, name: &str) -> bool {
        self.args.iter().any(|arg| is_flag(&arg.text, name))
    }

    /// How often the letter stands among its short flags.
    pub(in super::super) fn count(&self, letter: char) -> usize {
        let short = |arg: &&Arg| arg.text.starts_with('-') && !arg.text.starts_with("--");
        let letters = |arg: &Arg| arg.text.split('=').next().map_or(0, |flag| flag.matches(letter).count());
        self.args.iter().filter(short).map(letters).sum()
    }

    /// Its words that are no flags; those behind a flag of `valued` are that flag's value.
    pub(in super::super) fn operands(&self, valued: &[&str]) -> Vec<&'a Arg> {
        operands_of(&self.command.args, valued)
    }

    /// How often it has the flag by its long name.
    pub(in super::super) fn count_long(&self, name: &str) -> usize {
        self.args.iter().filter(|arg| arg.text.starts_with("--") && is_flag(&arg.text, name)).count()
    }

    /// Its first word that is no flag.
    pub(in super::super) fn verb(&self) -> Option<&'a Arg> {
        self.command.args.iter().find(|arg| !arg.text.starts_with('-'))
    }

    /// The place of the whole command in the file.
    pub(in super::super) fn span(&self) -> Span {
        self.script.span(self.command.span)
    }

    /// The place of its name.
    pub(in super::super) fn name_span(&self) -> Span {
        self.script.span(self.command.name_span)
    }

    /// The place of one of its words.
    pub(in super::super) fn arg_span(&self, arg: &Arg) -> Span {
        self.script.span(arg.span)
    }

    /// From the name through `arg`: `apt-get install`.
    pub(in super::super) fn head_span(&self, arg: &Arg) -> Span {
        self.script.span(Span::new(self.command.name_span.start, arg.span.end))
    }

    /// From the name through the first of its words that is `word`, or the name alone.
    pub(in super::super) fn span_to(&self, word: &str) -> Span {
        let found = self.command.args.iter().find(|arg| arg.text == word);
        found.map_or_else(|| self.name_span(), |arg| self.head_span(arg))
    }
}

/// The words of `args` that are no flags, nor the value of one in `valued`. A letter among several
/// counts: `-qt stable`.
pub(in super::super) fn operands_of<'a>(args: &'a [Arg], valued: &[&str]) -> Vec<&'a Arg> {
    let mut out = Vec::new();
    let mut value = false;
    for arg in args {
        if std::mem::take(&mut value) {
            continue;
        }
        let Some(flag) = arg.text.strip_prefix('-') else {
            out.push(arg);
            continue;
        };
        value = !flag.contains('=')
            && match flag.strip_prefix('-') {
                Some(long) => valued.contains(&long),
                None => valued.iter().any(|name| name.len() == 1 && flag.contains(name)),
            };
    }
    out
}

fn is_flag(arg: &str, name: &str) -> bool {
    if let Some(long) = arg.strip_prefix("--") {
        return long.split('=').next() == Some(name);
    }
    match arg.strip_prefix('-') {
        Some(short) if name.len() == 1 => short.split('=').next().is_some_and(|flags| flags.contains(name)),
        _ => false,
    }
}
