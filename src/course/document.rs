//! A YAML file that is read as strictly as a course's own, for rooms above: bounded, no control characters, of
//! no later format, and every fault at its line and column.

use super::load::{Place, no_controls, not_later};
use super::model::Problem;
use super::{problem, yaml};
use serde::de::DeserializeOwned;
use serde_saphyr::Spanned;

/// A file by the name that problems give it.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Its path, as the reader knows it.
    pub path: &'a str,
    /// What is in it.
    pub text: &'a str,
    /// The kind that `course schema` describes it by.
    pub schema: &'a str,
}

impl Document<'_> {
    /// What the file says.
    ///
    /// # Errors
    /// The first thing that is wrong with it, at its place.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Box<Problem>> {
        let read = || {
            not_later(self.path, self.text, self.text)?;
            no_controls(self.path, self.text)?;
            yaml::read(self.path, self.text, self.text, 1)
        };
        read().map_err(|mut problem: Box<Problem>| {
            let named = format!("`docker-ecr-tutor course schema {}`", self.schema);
            problem.remedy = problem.remedy.replace("`docker-ecr-tutor course schema`", &named);
            problem
        })
    }

    /// A problem with a value of the file, at its place.
    pub fn problem<T>(&self, at: &Spanned<T>, message: impl Into<String>, remedy: &str) -> Problem {
        Place { path: self.path, text: self.text }.problem(at, message, remedy)
    }

    /// A problem with the whole file.
    pub fn fault(&self, message: impl Into<String>, remedy: &str) -> Problem {
        problem::file(self.path, message, remedy)
    }
}
