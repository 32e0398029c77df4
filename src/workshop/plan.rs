//! `workshop.yaml`: the parts of a workshop in order, each with its minutes and what it covers. `file` reads it
//! and tells faults at their place; `draft` makes plans to start from.

mod draft;
mod file;

use crate::course::document::Document;
use crate::course::model::{Course, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest plan that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Most parts of a plan.
pub const MAX_PARTS: usize = 100;
/// Longest part, in minutes: a day.
pub const MAX_MINUTES: u32 = 24 * 60;
/// Longest title of a plan or a part, in characters.
pub const MAX_TITLE: usize = 100;
/// Most messages of a part.
pub const MAX_MESSAGES: usize = 50;
/// Most lessons, and most exercises, of a part.
pub const MAX_NAMES: usize = 100;

/// A workshop's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format: 1.
    pub format: u32,
    /// What learners read at the top.
    pub title: String,
    /// Parts in order.
    pub parts: Vec<Part>,
}

/// One part of a workshop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name on the clock.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// Slugs of the lessons it covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lessons: Vec<String>,
    /// Ids of the exercises it covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exercises: Vec<String>,
    /// Minutes into the part after which hints open; from the beginning when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hints_after: Option<u32>,
    /// Minutes into the part after which solutions open; never when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solutions_after: Option<u32>,
    /// What is said to all while it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
}

/// Something that the clock says to all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Minutes into the part.
    pub after: u32,
    /// What: one line.
    pub text: String,
}

/// A plan that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Over [`MAX_BYTES`].
    #[error("a workshop plan has at most {MAX_BYTES} bytes; this one has {0}")]
    TooLarge(usize),
    /// Not of this format, or it does not hold together: each fault at its place, with what to do.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Broken(Vec<Problem>),
}

impl Plan {
    /// Reads a plan and holds it against the course it leads through; `path` is how faults name the file.
    ///
    /// # Errors
    /// When it is too large, not of this format, or does not hold together.
    pub fn read(path: &str, text: &str, course: &Course) -> Result<Self, PlanError> {
        if text.len() > MAX_BYTES {
            return Err(PlanError::TooLarge(text.len()));
        }
        let document = Document { path, text, schema: "workshop" };
        match file::read(&document, course) {
            (Some(plan), faults) if faults.is_empty() => Ok(plan),
            (_, faults) => Err(PlanError::Broken(faults)),
        }
    }

    /// How long all of it takes, in minutes.
    pub fn minutes(&self) -> u32 {
        self.parts.iter().map(|part| part.minutes).sum()
    }

    /// What is allowed and may surprise: one sentence each.
    pub fn remarks(&self, course: &Course) -> Vec<String> {
        let mut remarks = Vec::new();
        let mut first = BTreeMap::<&str, usize>::new();
        for (index, part) in self.parts.iter().enumerate() {
            for id in &part.exercises {
                match first.get(id.as_str()) {
                    Some(before) => remarks.push(format!(
                        "{id} is in part {} and again in part {}: its hints and its solution open by the first",
                        before + 1,
                        index + 1
                    )),
                    None => drop(first.insert(id, index)),
                }
            }
            let lessons = part.lessons.iter().filter_map(|slug| course.lesson(slug)).map(|l| l.minutes);
            let exercises = part.exercises.iter().filter_map(|id| course.exercise(id)).map(|e| e.minutes);
            let wanted: u32 = lessons.chain(exercises).sum();
            if wanted > part.minutes {
                remarks.push(format!(
                    "part {} ({}) has {} minutes; what it covers takes about {wanted} by the course",
                    index + 1,
                    part.title,
                    part.minutes
                ));
            }
        }
        remarks
    }
}

/// The JSON Schema of `workshop.yaml`, indented.
pub fn json_schema() -> Option<String> {
    serde_json::to_string_pretty(&schemars::schema_for!(file::PlanFile)).ok()
}

#[cfg(test)]
mod tests;
