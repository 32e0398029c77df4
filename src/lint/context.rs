//! What every rule looks at: the tree, its stages, the commands of its RUNs, and what follows from
//! them. Each fact is made once, most of them only when a rule asks, and asking again costs a look-up:
//! a rule may ask at every instruction of a file of any size.
//!
//! | question | answer |
//! | --- | --- |
//! | which stage is this instruction in, which RUN is it | [`Context::stage_of`], [`Context::run_at`], [`Context::runs_of`] |
//! | which stages does this one build on, is it kept | [`Context::chain`], [`Context::kept`] |
//! | which image is that | [`Context::base`] |
//! | what is a variable at this instruction | [`Context::setting`], [`Context::value`] |
//! | which shell runs this RUN | [`Context::shell_at`] |
//! | what does the builder make of FROMs, ports, WORKDIRs, and which variables does nobody set | [`Context::scopes`] |
//! | what does a command install or remove | [`Cmd::packages`] |
//! | what ends up in the image, and what does it run | [`Context::ships`], [`Context::packages`], [`Context::program`] |

mod command;
pub(super) mod hadolint;
mod image;
mod packages;
mod scopes;
mod settings;

pub(super) use command::{Cmd, Run, operands_of};
pub(super) use image::Package;
pub(super) use packages::Manager;
pub(super) use settings::Setting;

use super::{Compat, Config};
use crate::dockerfile::shell;
use crate::dockerfile::{
    Checks, CommandLine, Comment, Dockerfile, Image, Instruction, Kind, Stage, Word, expand,
};
use crate::text::LineIndex;
use scopes::Scopes;
use settings::Settings;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// A Dockerfile, ready for the rules.
pub(super) struct Context<'a> {
    pub(super) file: &'a Dockerfile,
    pub(super) config: &'a Config,
    pub(super) stages: Vec<Stage<'a>>,
    /// Every RUN, those behind ONBUILD too, in order of place.
    pub(super) runs: Vec<Run<'a>>,
    /// The options of BuildKit's checks: those of the configuration, else of the directive.
    pub(super) checks: Checks<'a>,
    scopes: OnceCell<Scopes>,
    lines: OnceCell<LineIndex>,
    named: OnceCell<HashMap<String, Vec<usize>>>,
    settings: OnceCell<Settings<'a>>,
    bases: OnceCell<Vec<Option<Image>>>,
    parents: OnceCell<HashSet<usize>>,
    shells: OnceCell<Vec<(usize, &'a [Word])>>,
    packages: OnceCell<Vec<Package>>,
}

/// How many stages that build on each other are followed; a longer chain was written by no person.
const LONGEST_CHAIN: usize = 64;

impl<'a> Context<'a> {
    pub(super) fn new(file: &'a Dockerfile, config: &'a Config) -> Self {
        let compat = config.compat == Compat::Hadolint;
        let mut stages = file.stages();
        if compat {
            hadolint::adopt(&mut stages);
        }
        let mut runs = Vec::new();
        let mut budget = shell::Budget::of_file(file.source.len());
        let mut stage = None;
        for (index, outer) in file.instructions.iter().enumerate() {
            let instruction = outer.inner();
            match &instruction.kind {
                // One behind ONBUILD begins no stage.
                Kind::From(_) if std::ptr::eq(instruction, outer) => {
                    stage = Some(stage.map_or(0, |n: usize| n + 1));
                }
                Kind::Run(_) => runs.push(Run {
                    instruction,
                    index,
                    stage,
                    onbuild: !std::ptr::eq(instruction, outer),
                    scripts: if compat {
                        shell::as_hadolint(instruction, &mut budget)
                    } else {
                        shell::scripts_within(instruction, &mut budget)
                    },
                    mounts: instruction.mounts().take(command::MOUNTS).collect(),
                }),
                _ => {}
            }
        }
        let directive = || file.directives.iter().find(|d| d.name == "check").map(|d| d.value.as_str());
        let checks = config.checks.as_deref().or_else(directive).filter(|_| config.compat == Compat::None);
        let checks = checks.map_or_else(Checks::default, |text| Checks::parse(text).unwrap_or_default());
        Self {
            file,
            config,
            stages,
            runs,
            checks,
            scopes: OnceCell::new(),
            lines: OnceCell::new(),
            named: OnceCell::new(),
            settings: OnceCell::new(),
            bases: OnceCell::new(),
            parents: OnceCell::new(),
            shells: OnceCell::new(),
            packages: OnceCell::new(),
        }
    }

    /// Which variables are set where, as the builder sees them without base images and build arguments.
    pub(super) fn scopes(&self) -> &Scopes {
        self.scopes.get_or_init(|| Scopes::new(self.file))
    }

    /// The line of byte `at`, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.lines.get_or_init(|| LineIndex::new(&self.file.source)).line(at)
    }

    /// The image that the stage of byte `at` builds on in the end, as the builder expands it.
    pub(super) fn base_image(&self, at: usize) -> Option<&str> {
        let bases = &self.scopes().bases;
        let mut base = bases.get(self.stage_of(self.instruction_at(at)?)?)?;
        for _ in 0..LONGEST_CHAIN {
            let Some(parent) = base.parent.and_then(|parent| bases.get(parent)) else { break };
            base = parent;
        }
        base.name.as_deref()
    }

    /// The comments between two bytes, without those inside instructions.
    pub(super) fn comments_between(&self, from: usize, to: usize) -> Vec<&'a Comment> {
        let all = &self.file.comments;
        let first = all.partition_point(|comment| comment.span.start < from);
        let between = all.iter().skip(first).take_while(|comment| comment.span.start < to);
        between.filter(|comment| !comment.inside).collect()
    }

    /// Whether hadolint's behaviour is asked for where ours differs.
    pub(super) fn compat(&self) -> bool {
        self.config.compat == Compat::Hadolint
    }

    /// Every command of every RUN.
    pub(super) fn commands(&self) -> impl Iterator<Item = Cmd<'_>> {
        self.runs.iter().flat_map(Run::commands)
    }

    /// The instructions above the first FROM and then those of each stage behind its FROM, with the
    /// stage and the index of the first of them.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Option<&Stage<'a>>, usize, &'a [Instruction])> {
        let above = self.stages.first().map_or(self.file.instructions.len(), |stage| stage.range.start);
        let above = self.file.instructions.get(..above).unwrap_or(&[]);
        let stages = self.stages.iter().map(|stage| (Some(stage), stage.range.start + 1, stage.body));
        std::iter::once((None, 0, above)).filter(|(.., body)| !body.is_empty()).chain(stages)
    }

    /// Every instruction, the one behind ONBUILD in the place of its ONBUILD.
    pub(super) fn instructions(&self) -> impl Iterator<Item = &'a Instruction> {
        self.file.instructions.iter().map(Instruction::inner)
    }

    /// The RUNs of a stage, without those behind ONBUILD.
    pub(super) fn runs_of(&self, stage: usize) -> impl Iterator<Item = &Run<'a>> {
        let from = self.runs.partition_point(|run| run.stage < Some(stage));
        let to = self.runs.partition_point(|run| run.stage <= Some(stage));
        self.runs.get(from..to).unwrap_or(&[]).iter().filter(|run| !run.onbuild)
    }

    /// The RUN that is, or stands behind ONBUILD in, the instruction of this index.
    pub(super) fn run_at(&self, index: usize) -> Option<&Run<'a>> {
        let at = self.runs.binary_search_by_key(&index, |run| run.index).ok()?;
        self.runs.get(at)
    }

    /// The stage that the instruction of this index is in, FROM included; `None` above the first.
    pub(super) fn stage_of(&self, index: usize) -> Option<usize> {
        self.stages.partition_point(|stage| stage.range.start <= index).checked_sub(1)
    }

    /// The stage that `name` means in FROM or COPY --from before stage `before`.
    pub(super) fn stage_named(&self, name: &str, before: usize) -> Option<usize> {
        let key = |name: &str| if self.compat() { name.to_owned() } else { name.to_ascii_lowercase() };
        let named = self.named.get_or_init(|| {
            let mut named: HashMap<String, Vec<usize>> = HashMap::new();
            for stage in &self.stages {
                if let Some(name) = stage.name() {
                    named.entry(key(name)).or_default().push(stage.index);
                }
            }
            named
        });
        if named.is_empty() {
            return None;
        }
        let all = named.get(&key(name))?;
        all.get(all.partition_point(|index| *index < before).checked_sub(1)?).copied()
    }

    /// The base of a stage as an image, with the defaults of global ARGs in place of variables; `None`
    /// when it hangs on a value that nobody gave.
    pub(super) fn base(&self, stage: usize) -> Option<&Image> {
        let bases = self.bases.get_or_init(|| self.stages.iter().map(|stage| self.resolved(stage)).collect());
        let written = &self.stages.get(stage)?.from.image;
        if written.is_variable() { bases.get(stage)?.as_ref() } else { Some(written) }
    }

    fn resolved(&self, stage: &Stage<'_>) -> Option<Image> {
        let image = &stage.from.image;
        let known = |name: &str| {
            let value = self.value(name, stage.range.start)?;
            (!value.is_empty()).then(|| value.into())
        };
        let text = image.is_variable().then(|| expand(image.word.value(), self.file.escape, &known));
        text.flatten().map(|text| Image::parse(&text))
    }

    /// What sets the variable `name` as the instruction of this index sees it: an ENV of the stage or
    /// of those it builds on, else an ARG of the stage. In FROM, and above the first, a global ARG.
    pub(super) fn setting(&self, name: &str, index: usize) -> Option<&Setting> {
        let settings = self.settings.get_or_init(|| Settings::new(self));
        settings.find(self, name, index)
    }

    /// The value that the file gives the variable `name` for the instruction of this index, with the
    /// variables in it replaced; `None` when it gives none, or only a build could know it.
    pub(super) fn value(&self, name: &str, index: usize) -> Option<&str> {
        self.setting(name, index)?.value.as_deref()
    }

    /// Whether an ARG or ENV anywhere in the file sets `name`.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.settings.get_or_init(|| Settings::new(self)).declares(name)
    }

    /// The words of the SHELL that the instruction of this index runs below, `None` for the default.
    /// `inherited` looks in the stages that its stage builds on too.
    pub(super) fn shell_at(&self, index: usize, inherited: bool) -> Option<&'a [Word]> {
        let shells = self.shells.get_or_init(|| {
            let words = |(at, instruction): (usize, &'a Instruction)| match &instruction.kind {
                Kind::Shell(CommandLine::Exec(words)) => Some((at, words.as_slice())),
                _ => None,
            };
            self.file.instructions.iter().enumerate().filter_map(words).collect()
        });
        let last = |from: usize, to: usize| {
            let (at, words) = shells.get(shells.partition_point(|(at, _)| *at < to).checked_sub(1)?)?;
            (*at >= from).then_some(*words)
        };
        let Some(stage) = self.stage_of(index) else { return last(0, index) };
        let reach = if inherited { LONGEST_CHAIN } else { 1 };
        self.chain(stage).take(reach).find_map(|stage| last(stage.range.start, stage.range.end.min(index)))
    }

    /// The stage and the earlier stages it builds on, itself first.
    pub(super) fn chain(&self, stage: usize) -> impl Iterator<Item = &Stage<'a>> {
        let parent = |stage: &&Stage<'a>| stage.parent.and_then(|at| self.stages.get(at));
        std::iter::successors(self.stages.get(stage), parent).take(LONGEST_CHAIN)
    }

    /// Whether what a stage holds ends up in the image, or in a stage that builds on it.
    pub(super) fn kept(&self, stage: usize) -> bool {
        let parents = self.parents.get_or_init(|| match self.compat() {
            true => hadolint::kept(&self.stages),
            false => self.stages.iter().filter_map(|s| s.parent).collect(),
        });
        stage + 1 == self.stages.len() || parents.contains(&stage)
    }

    /// The index of the instruction that holds byte `at`, or of the last one before it.
    pub(super) fn instruction_at(&self, at: usize) -> Option<usize> {
        self.file.instructions.partition_point(|i| i.span.start <= at).checked_sub(1)
    }
}

#[cfg(test)]
mod tests;
