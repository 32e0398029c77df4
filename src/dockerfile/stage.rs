//! Stages, the final stage's settings, and how BuildKit numbers its steps.

use super::instruction::Instruction;
use super::kind::{CommandLine, From, Kind};
use super::{Dockerfile, Word};
use std::ops::Range;

/// One build stage: a FROM and what follows it.
#[derive(Debug, Clone)]
pub struct Stage<'a> {
    /// Its number, from 0.
    pub index: usize,
    /// Its FROM.
    pub from: &'a From,
    /// The FROM instruction.
    pub instruction: &'a Instruction,
    /// Its instructions as indices into the file's, FROM included.
    pub range: Range<usize>,
    /// The instructions behind FROM.
    pub body: &'a [Instruction],
    /// The earlier stage it builds on, when its base is one.
    pub parent: Option<usize>,
}

impl<'a> Stage<'a> {
    /// The name behind AS.
    pub fn name(&self) -> Option<&'a str> {
        self.from.name.as_ref().map(Word::value)
    }

    /// As BuildKit shows it: its name, or `stage-N`.
    pub fn display_name(&self) -> String {
        self.name().map_or_else(|| format!("stage-{}", self.index), str::to_owned)
    }

    /// The last instruction of the stage that `pick` takes.
    pub fn last<T>(&self, pick: impl Fn(&'a Kind) -> Option<T>) -> Option<(&'a Instruction, T)> {
        self.body.iter().rev().find_map(|i| pick(&i.kind).map(|picked| (i, picked)))
    }

    /// Its last USER.
    pub fn user(&self) -> Option<(&'a Instruction, &'a Word)> {
        self.last(|kind| if let Kind::User(word) = kind { Some(word) } else { None })
    }

    /// Its last WORKDIR.
    pub fn workdir(&self) -> Option<(&'a Instruction, &'a Word)> {
        self.last(|kind| if let Kind::Workdir(word) = kind { Some(word) } else { None })
    }

    /// Its last CMD.
    pub fn cmd(&self) -> Option<(&'a Instruction, &'a CommandLine)> {
        self.last(|kind| if let Kind::Cmd(command) = kind { Some(command) } else { None })
    }

    /// Its last ENTRYPOINT.
    pub fn entrypoint(&self) -> Option<(&'a Instruction, &'a CommandLine)> {
        self.last(|kind| if let Kind::Entrypoint(command) = kind { Some(command) } else { None })
    }

    /// Every port word of its EXPOSEs.
    pub fn exposed(&self) -> Vec<&'a Word> {
        let words = self.body.iter().filter_map(|i| match &i.kind {
            Kind::Expose(words) => Some(words),
            _ => None,
        });
        words.flatten().collect()
    }
}

/// A step as BuildKit counts them: `[name number/total]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The stage, from 0.
    pub stage: usize,
    /// The step's number in its stage, from 1; FROM is 1, unless it names another stage or `scratch`.
    pub number: usize,
    /// How many steps BuildKit says the stage has.
    pub total: usize,
    /// The instruction, as an index into the file's.
    pub instruction: usize,
}

impl Dockerfile {
    /// The stages in order.
    pub fn stages(&self) -> Vec<Stage<'_>> {
        let mut stages: Vec<Stage<'_>> = Vec::new();
        let mut named = std::collections::HashMap::new();
        for (at, instruction) in self.instructions.iter().enumerate() {
            let Kind::From(from) = &instruction.kind else { continue };
            if let Some(last) = stages.last_mut() {
                last.range.end = at;
                last.body = self.instructions.get(last.range.start + 1..at).unwrap_or(&[]);
            }
            let index = stages.len();
            let base = from.image.word.value().to_ascii_lowercase();
            let parent = named.get(&base).copied();
            if let Some(name) = &from.name {
                named.insert(name.value().to_ascii_lowercase(), index);
            }
            let range = at..self.instructions.len();
            let body = self.instructions.get(at + 1..).unwrap_or(&[]);
            stages.push(Stage { index, from, instruction, range, body, parent });
        }
        stages
    }

    /// The stage that ends up in the image: the last.
    pub fn final_stage(&self) -> Option<Stage<'_>> {
        self.stages().pop()
    }

    /// The steps that BuildKit numbers: FROM, RUN, COPY, ADD and WORKDIR. A FROM that brings nothing of
    /// its own has no number, nor has `WORKDIR /`, though that is counted among all. What ONBUILD of a base
    /// image adds is not known here.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for stage in self.stages() {
            let brings_files = stage.parent.is_none() && stage.from.image.word.value() != "scratch";
            let kind = |at: &usize| self.instructions.get(*at).map(|i| &i.kind);
            let counted = |at: &usize| match kind(at) {
                Some(Kind::From(_)) => brings_files,
                Some(Kind::Run(_) | Kind::Copy(_) | Kind::Add(_) | Kind::Workdir(_)) => true,
                _ => false,
            };
            let numbered = |at: &usize| !matches!(kind(at), Some(Kind::Workdir(word)) if word.value() == "/");
            let of_stage: Vec<usize> = stage.range.clone().filter(counted).collect();
            let total = of_stage.len();
            let of_stage = of_stage.into_iter().filter(numbered).enumerate();
            steps.extend(of_stage.map(|(n, instruction)| Step {
                stage: stage.index,
                number: n + 1,
                total,
                instruction,
            }));
        }
        steps
    }

    /// The instruction (an index) that a BuildKit step name is about: `[builder 2/5] RUN …`,
    /// `[2/5] RUN …`, `[stage-1 2/5] …`, with a platform before the name or not.
    pub fn instruction_of_step(&self, name: &str) -> Option<usize> {
        let (label, _) = name.trim_start().strip_prefix('[')?.split_once(']')?;
        let mut words = label.split_whitespace().rev();
        let (number, total) = words.next()?.split_once('/')?;
        let (number, total): (usize, usize) = (number.parse().ok()?, total.parse().ok()?);
        let stages = self.stages();
        let stage = match words.next() {
            Some(word) => {
                stages.iter().find(|s| s.display_name().eq_ignore_ascii_case(word)).map(|s| s.index)
            }
            None => None,
        };
        let stage = stage.or_else(|| (stages.len() == 1).then_some(0))?;
        let step = self.steps().into_iter().find(|s| s.stage == stage && s.number == number)?;
        (step.total == total).then_some(step.instruction)
    }
}
