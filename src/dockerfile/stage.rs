//! Stages, and the final stage's settings.

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
}
