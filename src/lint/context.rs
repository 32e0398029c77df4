//! What every rule looks at: the tree, its stages, and the commands of its RUNs, made once.

use super::{Compat, Config, Diagnostic};
use crate::dockerfile::shell::{self, Arg, Command, Script};
use crate::dockerfile::{Dockerfile, From, Image, Instruction, Kind, Stage, expand};
use crate::text::Span;
use std::ops::Deref;

/// A Dockerfile, ready for the rules.
pub(super) struct Context<'a> {
    pub(super) file: &'a Dockerfile,
    pub(super) config: &'a Config,
    pub(super) stages: Vec<Stage<'a>>,
    /// Every RUN, those behind ONBUILD too, in order of place.
    pub(super) runs: Vec<Run<'a>>,
    /// ARGs before the first FROM and their defaults.
    pub(super) globals: Vec<(&'a str, Option<String>)>,
}

/// A RUN and the commands in it.
pub(super) struct Run<'a> {
    /// The RUN itself.
    pub(super) instruction: &'a Instruction,
    /// The index of the instruction it stands in: itself, or its ONBUILD.
    pub(super) index: usize,
    /// The stage it belongs to.
    pub(super) stage: Option<usize>,
    /// Whether it stands behind ONBUILD.
    pub(super) onbuild: bool,
    pub(super) scripts: Vec<Script<'a>>,
}

/// A command of a RUN.
#[derive(Clone, Copy)]
pub(super) struct Cmd<'a> {
    pub(super) run: &'a Run<'a>,
    pub(super) script: &'a Script<'a>,
    command: &'a Command,
}

impl Deref for Cmd<'_> {
    type Target = Command;

    fn deref(&self) -> &Command {
        self.command
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(file: &'a Dockerfile, config: &'a Config) -> Self {
        let stages = file.stages();
        let mut runs = Vec::new();
        let mut globals: Vec<(&str, Option<String>)> = Vec::new();
        let mut stage = None;
        for (index, outer) in file.instructions.iter().enumerate() {
            let instruction = outer.inner();
            match &instruction.kind {
                Kind::From(_) => stage = Some(stage.map_or(0, |n: usize| n + 1)),
                Kind::Arg(pairs) if stage.is_none() => {
                    for pair in pairs {
                        let known = |name: &str| lookup(&globals, name);
                        let value = pair.value.as_ref();
                        let value = value.and_then(|value| expand(value.value(), file.escape, &known));
                        globals.push((pair.key.value(), value));
                    }
                }
                Kind::Run(_) => runs.push(Run {
                    instruction,
                    index,
                    stage,
                    onbuild: !std::ptr::eq(instruction, outer),
                    scripts: shell::scripts(instruction),
                }),
                _ => {}
            }
        }
        Self { file, config, stages, runs, globals }
    }

    /// Whether hadolint's behaviour is asked for where ours differs.
    pub(super) fn compat(&self) -> bool {
        self.config.compat == Compat::Hadolint
    }

    /// Every command of every RUN.
    pub(super) fn commands(&self) -> impl Iterator<Item = Cmd<'_>> {
        self.runs.iter().flat_map(Run::commands)
    }

    /// Every instruction, the one behind ONBUILD in the place of its ONBUILD.
    pub(super) fn instructions(&self) -> impl Iterator<Item = &'a Instruction> {
        self.file.instructions.iter().map(Instruction::inner)
    }

    /// The RUNs of a stage, without those behind ONBUILD.
    pub(super) fn runs_of(&self, stage: usize) -> impl Iterator<Item = &Run<'a>> {
        self.runs.iter().filter(move |run| run.stage == Some(stage) && !run.onbuild)
    }

    /// The stage that `name` means in FROM or COPY --from before stage `before`.
    pub(super) fn stage_named(&self, name: &str, before: usize) -> Option<usize> {
        let found = self.stages.iter().take(before).rev();
        let same = |alias: &str| match self.compat() {
            true => alias == name,
            false => alias.eq_ignore_ascii_case(name),
        };
        found.filter(|stage| stage.name().is_some_and(same)).map(|stage| stage.index).next()
    }

    /// The image of `from` with the defaults of global ARGs in place of variables; `None` when it
    /// hangs on a value that nobody gave.
    pub(super) fn image(&self, from: &From) -> Option<Image> {
        if !from.image.is_variable() {
            return Some(from.image.clone());
        }
        let known = |name: &str| lookup(&self.globals, name).filter(|value| !value.is_empty());
        let text = expand(from.image.word.value(), self.file.escape, &known)?;
        Some(Image::parse(&text))
    }

    /// The stage and the earlier stages it builds on, itself first.
    pub(super) fn chain(&self, stage: usize) -> Vec<&Stage<'a>> {
        let mut chain = Vec::new();
        let mut next = Some(stage);
        while let Some(found) = next.and_then(|at| self.stages.get(at)) {
            chain.push(found);
            next = found.parent;
        }
        chain
    }

    /// The index of the instruction that holds byte `at`, or of the last one before it.
    pub(super) fn instruction_at(&self, at: usize) -> Option<usize> {
        self.file.instructions.partition_point(|i| i.span.start <= at).checked_sub(1)
    }

    /// Findings as hadolint has them: at the first line of the instruction, once for a rule.
    pub(super) fn as_hadolint(&self, all: &mut Vec<Diagnostic>) {
        for found in all.iter_mut() {
            let holder = self.instruction_at(found.span.start).and_then(|at| self.file.instructions.get(at));
            if let Some(holder) = holder.filter(|holder| found.span.start < holder.span.end) {
                found.span = Span::new(holder.span.start, holder.span.start);
            }
        }
        let mut seen = std::collections::HashSet::new();
        all.retain(|found| seen.insert((found.span, found.code, found.message.clone())));
        let broken = all.iter().any(|found| found.code == super::rules::SYNTAX);
        all.retain(|found| !broken || found.code == super::rules::SYNTAX);
    }
}

fn lookup(globals: &[(&str, Option<String>)], name: &str) -> Option<String> {
    globals.iter().rev().find(|(known, _)| *known == name).and_then(|(_, value)| value.clone())
}

impl<'a> Run<'a> {
    /// Its commands in order of place.
    pub(super) fn commands(&self) -> impl Iterator<Item = Cmd<'_>> {
        self.scripts.iter().flat_map(move |script| {
            script.parsed.commands.iter().map(move |command| Cmd { run: self, script, command })
        })
    }

    /// Whether a cache or tmpfs mount covers `path`.
    pub(super) fn caches(&self, path: &str) -> bool {
        self.instruction.mounts().any(|mount| {
            let target = mount.target.trim_end_matches('/');
            matches!(mount.kind, "cache" | "tmpfs")
                && !target.is_empty()
                && (path == target || path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/')))
        })
    }

    /// Whether a cache or tmpfs mount has `part` in its target.
    pub(super) fn mounts_over(&self, part: &str) -> bool {
        let covers = |kind: &str, target: &str| matches!(kind, "cache" | "tmpfs") && target.contains(part);
        self.instruction.mounts().any(|mount| covers(mount.kind, mount.target))
    }
}

impl<'a> Cmd<'a> {
    /// Whether its name is one of `names`.
    pub(super) fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    /// Whether one of its words is `word`.
    pub(super) fn has(&self, word: &str) -> bool {
        self.args.iter().any(|arg| arg.text == word)
    }

    /// Whether it has the flag: a long one by name, or a letter among short ones.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.args.iter().any(|arg| is_flag(&arg.text, name))
    }

    /// How often the letter stands among its short flags.
    pub(super) fn count(&self, letter: char) -> usize {
        let short = |arg: &&Arg| arg.text.starts_with('-') && !arg.text.starts_with("--");
        self.args.iter().filter(short).map(|arg| arg.text.matches(letter).count()).sum()
    }

    /// Its words that are no flags; those behind a flag of `valued` are that flag's value.
    pub(super) fn operands(&self, valued: &[&str]) -> Vec<&'a Arg> {
        let mut out = Vec::new();
        let mut value = false;
        for arg in &self.command.args {
            if value {
                value = false;
            } else if arg.text.starts_with('-') {
                let bare = arg.text.trim_start_matches('-');
                value = valued.contains(&bare);
            } else {
                out.push(arg);
            }
        }
        out
    }

    /// Its first word that is no flag.
    pub(super) fn verb(&self) -> Option<&'a Arg> {
        self.command.args.iter().find(|arg| !arg.text.starts_with('-'))
    }

    /// The place of the whole command in the file.
    pub(super) fn span(&self) -> Span {
        self.script.span(self.command.span)
    }

    /// The place of its name.
    pub(super) fn name_span(&self) -> Span {
        self.script.span(self.command.name_span)
    }

    /// The place of one of its words.
    pub(super) fn arg_span(&self, arg: &Arg) -> Span {
        self.script.span(arg.span)
    }

    /// From the name through `arg`: `apt-get install`.
    pub(super) fn head_span(&self, arg: &Arg) -> Span {
        self.script.span(Span::new(self.command.name_span.start, arg.span.end))
    }

    /// From the name through the first of its words that is `word`, or the name alone.
    pub(super) fn span_to(&self, word: &str) -> Span {
        let found = self.command.args.iter().find(|arg| arg.text == word);
        found.map_or_else(|| self.name_span(), |arg| self.head_span(arg))
    }
}

fn is_flag(arg: &str, name: &str) -> bool {
    if let Some(long) = arg.strip_prefix("--") {
        return long.split('=').next() == Some(name);
    }
    match arg.strip_prefix('-') {
        Some(short) if name.len() == 1 => short.contains(name),
        _ => false,
    }
}
