//! A Dockerfile as the builder's cache sees it: steps, and for each a key of everything that its result
//! hangs on. BuildKit keeps a result under what made it: the same command on the same files with the same
//! variables is the same step, wherever it stands in the file.

mod stage;

use super::key::Key;
use super::tree::{Entry, Tree};
use crate::dockerfile::{Dockerfile, Kind, expand, parse};
use serde::{Deserialize, Serialize};
use stage::{Maker, State};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Who builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Builder {
    /// BuildKit: a graph of RUN, COPY, ADD and WORKDIR; the rest is written into the image at no cost.
    #[default]
    BuildKit,
    /// The classic builder: every instruction is a step, and all stages up to the target are built.
    Classic,
}

/// An image that a stage starts from, or copies from, as the engine has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Base {
    /// Image id.
    pub id: String,
    /// Diff ids of its layers.
    pub layers: Vec<String>,
    /// `NAME=value`.
    pub env: Vec<String>,
    /// User that commands run as.
    pub user: String,
    /// Where they run.
    pub working_dir: String,
    /// The shell of RUN; empty for the usual one.
    pub shell: Vec<String>,
    /// Instructions that run in every build on it.
    pub onbuild: Vec<String>,
}

/// All that a build hangs on beside the Dockerfile.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// The files that reach the builder.
    pub tree: &'a Tree,
    /// `--build-arg`.
    pub build_args: &'a BTreeMap<String, String>,
    /// `--target`; empty for the last stage.
    pub target: &'a str,
    /// `os/architecture` that is built for; empty when unknown.
    pub platform: &'a str,
    /// Images outside the Dockerfile by their names in it; those not known count by their names.
    pub bases: &'a BTreeMap<String, Base>,
    /// Who builds.
    pub builder: Builder,
}

/// A value of a variable, told only where it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Value {
    pub(super) name: String,
    /// Whether ARG set it.
    pub(super) arg: bool,
    pub(super) key: Key,
    /// What may be shown of it; `None` for what may be a secret, or is long.
    pub(super) shown: Option<String>,
}

/// One step of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The instruction, as an index into the file's.
    pub instruction: usize,
    /// Whether the base image brought it (`ONBUILD`); the instruction is its FROM then.
    pub trigger: bool,
    /// The stage, from 0.
    pub stage: usize,
    /// Its number in the stage as BuildKit counts; 0 for what it does not count.
    pub number: u32,
    /// The instruction on one line: `RUN make`.
    pub words: String,
    /// Whether the target needs it.
    pub needed: bool,
    /// What the cache knows its result by.
    pub key: Key,
    /// The same without what commands of other stages wrote: when nothing but that differs, their
    /// output decides, which nobody knows before they ran.
    pub loose: Key,
    /// The step it stands on.
    pub(super) base: Option<usize>,
    /// Steps of other stages whose files it takes.
    pub(super) from: Vec<usize>,
    /// What it takes from the context: sources and keys.
    pub(super) sources: Vec<(String, Key)>,
    /// Sources that are not there.
    pub(super) missing: Vec<String>,
    /// The variables it sees.
    pub(super) seen: Vec<Value>,
    /// Whether it starts from an image that the engine has already: nothing has to run for it.
    pub(super) there: bool,
    /// Whether it is linked in.
    pub(super) linked: bool,
    /// The image it starts from, or takes files from, and what that is now.
    pub(super) image: Option<(String, Key)>,
    /// Where, as whom and with which shell it runs.
    pub(super) place: Vec<(String, String)>,
    /// What the instruction says once variables are replaced.
    pub(super) own: Key,
    /// What is asked for anew at every build, and may answer something else: a URL.
    pub(super) remote: Option<String>,
}

/// A stage of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// As BuildKit shows it; empty when it is the only one and has no name.
    pub name: String,
    /// Whether the target needs it.
    pub needed: bool,
}

/// All steps of a Dockerfile under given circumstances.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// Steps in the order of the file.
    pub steps: Vec<Step>,
    /// Its stages.
    pub stages: Vec<Stage>,
    /// Who builds.
    pub builder: Builder,
    /// The stage that is built, as asked for.
    pub target: String,
    /// What it is built for.
    pub platform: String,
    /// The files, to say later which of them changed.
    #[serde(with = "entries")]
    pub(super) tree: Tree,
}

mod entries {
    use super::{Entry, Tree};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(tree: &Tree, to: S) -> Result<S::Ok, S::Error> {
        tree.entries().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Tree, D::Error> {
        Ok(Tree::new(Vec::<Entry>::deserialize(from)?))
    }
}

impl Recipe {
    /// The steps of `file`.
    pub fn new(file: &Dockerfile, given: &Given<'_>) -> Self {
        let stages = file.stages();
        let single = stages.len() == 1;
        let mut recipe = Self {
            builder: given.builder,
            target: given.target.to_owned(),
            platform: given.platform.to_owned(),
            tree: given.tree.clone(),
            ..Self::default()
        };
        for stage in &stages {
            let name = if single && stage.name().is_none() { String::new() } else { stage.display_name() };
            recipe.stages.push(Stage { name, needed: false });
        }
        let globals = globals(file, given);
        let mut maker = Maker { file, given, globals, stages: &stages, recipe, done: Vec::new() };
        if given.builder == Builder::Classic {
            maker.global_steps();
        }
        for stage in &stages {
            let state = maker.stage(stage);
            maker.done.push(state);
        }
        let Maker { mut recipe, done, .. } = maker;
        recipe.mark_needed(&done, given.target);
        recipe
    }

    fn mark_needed(&mut self, done: &[State], target: &str) {
        let wanted = self.stages.iter().position(|stage| stage.name.eq_ignore_ascii_case(target));
        let wanted = wanted.or_else(|| target.parse().ok().filter(|at| *at < self.stages.len()));
        let Some(last) = wanted.filter(|_| !target.is_empty()).or_else(|| self.stages.len().checked_sub(1))
        else {
            return;
        };
        let mut waiting = if self.builder == Builder::Classic { (0..=last).collect() } else { vec![last] };
        let mut needed = BTreeSet::new();
        while let Some(stage) = waiting.pop() {
            if needed.insert(stage) {
                waiting.extend(done.get(stage).into_iter().flat_map(|state| &state.needs));
            }
        }
        for (at, stage) in self.stages.iter_mut().enumerate() {
            stage.needed = needed.contains(&at);
        }
        for step in &mut self.steps {
            step.needed = needed.contains(&step.stage);
        }
    }

    /// The step that a builder means: by stage and number for BuildKit, by its place among all steps
    /// for the classic builder, which knows no numbers within stages.
    pub fn find(&self, stage: &str, number: u32, place: usize) -> Option<usize> {
        if self.builder == Builder::Classic {
            let written = self.steps.iter().enumerate().filter(|(_, step)| !step.trigger);
            return written.map(|(at, _)| at).nth(place);
        }
        let numbered = |step: &&Step| {
            let name = self.stages.get(step.stage).map_or("", |stage| stage.name.as_str());
            // A stage that is alone is told without its name.
            number > 0
                && step.number == number
                && (self.stages.len() == 1 || name.eq_ignore_ascii_case(stage))
        };
        let found = self.steps.iter().find(numbered)?;
        self.steps.iter().position(|step| std::ptr::eq(step, found))
    }

    /// The files that reached the builder.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Which steps hang on what a URL answers, which nobody knows before: they take it, or stand on or take
    /// files of a step that does.
    pub(super) fn hangs_on_urls(&self) -> Vec<bool> {
        let mut hang: Vec<bool> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let mut below = step.base.iter().chain(&step.from);
            // Steps stand on earlier ones only.
            let follows = below.any(|at| hang.get(*at).copied().unwrap_or_default());
            hang.push(step.remote.is_some() || follows);
        }
        hang
    }

    /// Drops the list of files when there are more than `most`; what changed is then told without names.
    pub fn forget_files_beyond(&mut self, most: usize) {
        if self.tree.entries().len() > most {
            self.tree = Tree::default();
        }
    }
}

/// Names of all images from outside that `file` needs, variables replaced.
pub fn images(file: &Dockerfile, build_args: &BTreeMap<String, String>, platform: &str) -> BTreeSet<String> {
    let (tree, bases) = (Tree::default(), BTreeMap::new());
    let given =
        Given { tree: &tree, build_args, target: "", platform, bases: &bases, builder: Builder::default() };
    let recipe = Recipe::new(file, &given);
    recipe.steps.into_iter().filter_map(|step| step.image).map(|(name, _)| name).collect()
}

/// The variables in front of the first FROM, and those that the builder brings along.
fn globals(file: &Dockerfile, given: &Given<'_>) -> BTreeMap<String, String> {
    let mut globals = BTreeMap::new();
    let mut parts = given.platform.split('/');
    let (os, architecture) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let variant = parts.next().unwrap_or_default();
    for side in ["TARGET", "BUILD"] {
        for (name, value) in
            [("PLATFORM", given.platform), ("OS", os), ("ARCH", architecture), ("VARIANT", variant)]
        {
            globals.insert(format!("{side}{name}"), value.to_owned());
        }
    }
    for instruction in &file.instructions {
        match &instruction.kind {
            Kind::From(_) => break,
            Kind::Arg(pairs) => {
                for pair in pairs {
                    let name = pair.key.value().to_owned();
                    let default = pair.value.as_ref().map(|word| {
                        let lookup = &mut |name: &str, _| {
                            globals.get(name).map(|value: &String| Cow::Borrowed(value.as_str()))
                        };
                        expand::word(word.expandable(), file.escape, lookup).unwrap_or_default()
                    });
                    if let Some(value) = given.build_args.get(&name).cloned().or(default) {
                        globals.insert(name, value);
                    }
                }
            }
            _ => {}
        }
    }
    globals
}

/// The instruction that an image's ONBUILD left.
fn trigger(text: &str) -> Option<crate::dockerfile::Instruction> {
    parse(text).0.instructions.into_iter().next()
}
