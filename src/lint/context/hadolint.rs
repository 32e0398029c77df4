//! How hadolint reads a file where BuildKit reads it otherwise: what an image is called, what a stage
//! builds on, what is kept, and where a finding stands. Only `--compat hadolint` asks.

use super::{Context, Run};
use crate::dockerfile::{Image, Instruction, Kind, Stage, Word};
use crate::lint::{Diagnostic, rules};
use crate::text::Span;
use std::collections::{HashMap, HashSet};

/// The registry of an image as hadolint sees it: what stands before the first slash, with a dot in it.
pub(in super::super) fn registry(image: &str) -> Option<&str> {
    image.split_once('/').map(|(host, _)| host).filter(|host| host.contains('.'))
}

/// The name that hadolint compares with those of stages: no registry, no tag, no digest.
pub(in super::super) fn image_name(image: &str) -> &str {
    let rest = registry(image).map_or(image, |host| image.get(host.len() + 1..).unwrap_or(""));
    rest.split([':', '@']).next().unwrap_or(rest)
}

/// Whether hadolint sees a tag or a digest; it takes the port of a registry without a dot for one.
pub(in super::super) fn is_tagged(image: &Image) -> bool {
    let image = image.word.value();
    let rest = registry(image).map_or(image, |host| image.get(host.len() + 1..).unwrap_or(""));
    rest.contains([':', '@'])
}

/// What a later stage calls this one by: its name, else that of its image.
fn key<'a>(stage: &Stage<'a>) -> &'a str {
    stage.name().unwrap_or_else(|| image_name(stage.from.image.word.value()))
}

/// Let every stage build on the last one before it of that name, whatever registry and tag it asks for.
pub(super) fn adopt(stages: &mut [Stage<'_>]) {
    let mut last = HashMap::new();
    for stage in stages {
        stage.parent = last.get(image_name(stage.from.image.word.value())).copied();
        last.insert(key(stage), stage.index);
    }
}

/// The stages whose layers are kept: those with the very FROM of the last, and those whose name is the
/// base of any.
pub(super) fn kept(stages: &[Stage<'_>]) -> HashSet<usize> {
    let bases: HashSet<&str> = stages.iter().map(|s| image_name(s.from.image.word.value())).collect();
    let platform = |stage: &Stage<'_>| stage.instruction.flag("platform").map(|flag| flag.value.raw.clone());
    let kept = |stage: &&Stage<'_>| {
        let like = |last: &Stage<'_>| {
            stage.from.image.word.value() == last.from.image.word.value()
                && stage.name() == last.name()
                && platform(stage) == platform(last)
        };
        stages.last().is_some_and(like) || stage.name().is_some_and(|name| bases.contains(name))
    };
    stages.iter().filter(kept).map(|stage| stage.index).collect()
}

impl<'a> Context<'a> {
    /// The instructions that a rule sees which does not look behind ONBUILD: hadolint has some that do
    /// not, ours all do.
    pub(in super::super) fn visible(&self) -> impl Iterator<Item = &'a Instruction> {
        let compat = self.compat();
        self.file.instructions.iter().map(move |i| if compat { i } else { i.inner() })
    }

    /// What a word says; for hadolint what was typed, without the quotes around it.
    pub(in super::super) fn written<'w>(&self, word: &'w Word) -> &'w str {
        if self.compat() { word.raw.trim_matches(['"', '\'']) } else { word.value() }
    }

    /// Whether the layer of a RUN ends up in the image, or in a stage that is built on.
    pub(in super::super) fn keeps(&self, run: &Run<'_>) -> bool {
        match run.stage {
            Some(stage) => self.kept(stage) || (run.onbuild && self.compat()),
            None => self.stages.is_empty() || (run.onbuild && self.compat()),
        }
    }

    /// Whether an ENV that the instruction of this index sees, in its stage or one it builds on, has a
    /// pair of that name whose value `accepts` takes.
    pub(in super::super) fn env_as_hadolint(
        &self,
        name: &str,
        index: usize,
        accepts: fn(&str) -> bool,
    ) -> bool {
        let all = &self.file.instructions;
        let sets = |instruction: &Instruction| {
            let Kind::Env(pairs) = &instruction.kind else { return false };
            let pair = pairs.iter().find(|pair| pair.key.value() == name);
            pair.and_then(|pair| pair.value.as_ref()).is_some_and(|value| accepts(value.value()))
        };
        let among = |from: usize, to: usize| all.get(from..to.min(index)).unwrap_or(&[]).iter().any(sets);
        match self.stage_of(index) {
            Some(stage) => self.chain(stage).any(|stage| among(stage.range.start, stage.range.end)),
            None => among(0, index),
        }
    }

    /// Whether `word` uses a variable that hadolint knows at this RUN: from an ARG above, or an ENV of
    /// its stage or one it builds on.
    pub(in super::super) fn variable_as_hadolint(&self, word: &str, run: &Run<'_>) -> bool {
        if run.onbuild || !word.contains("${") {
            return false;
        }
        let mut names =
            word.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
        let all = &self.file.instructions;
        names.any(|name| {
            let arg = all.get(..run.index).unwrap_or(&[]).iter().any(|instruction| {
                matches!(&instruction.kind, Kind::Arg(pairs) if pairs.iter().any(|pair| pair.key.value() == name))
            });
            arg || self.env_as_hadolint(name, run.index, |_| true)
        })
    }

    /// Findings as hadolint has them: at the first line of the instruction, once for a rule.
    pub(in super::super) fn as_hadolint(&self, all: &mut Vec<Diagnostic>) {
        for found in all.iter_mut() {
            let holder = self.instruction_at(found.span.start).and_then(|at| self.file.instructions.get(at));
            if let Some(holder) = holder.filter(|holder| found.span.start < holder.span.end) {
                found.span = Span::new(holder.span.start, holder.span.start);
            }
        }
        let mut seen = HashSet::new();
        // Rules about labels report each label, the others an instruction.
        let labels = |code: &str| code == "DL3049" || ("DL3051".."DL3059").contains(&code);
        all.retain(|found| {
            let label = labels(found.code).then(|| found.message.clone());
            seen.insert((found.span, found.code, label))
        });
        let broken = all.iter().any(|found| found.code == rules::SYNTAX);
        all.retain(|found| !broken || found.code == rules::SYNTAX);
    }
}
