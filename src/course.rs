//! A course: lessons, exercises and examples as plain files, embedded or from a folder.
//!
//! `files` reads them (bounded), `load` makes a [`model::Course`] of them, [`page`] splits a lesson
//! into prose, quizzes and `try` blocks, [`validate`] proves what needs no engine, [`schema`] and
//! [`template`] serve authors, [`overlay`] instructors, [`fetch`] brings a course from a repository or an
//! archive. A broken file becomes a [`model::Problem`] and never stops the rest.

pub mod document;
mod embed;
pub mod fetch;
mod files;
pub mod format;
mod load;
pub mod model;
pub mod overlay;
pub mod page;
mod problem;
pub mod schema;
pub mod template;
pub mod validate;
mod yaml;

use model::{Course, Problem};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Where a course comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The course inside this program.
    Embedded,
    /// A folder with `lessons/`, `exercises/`, `solutions/` and `assets/examples/`.
    Folder(PathBuf),
}

/// The course of `source`, with a problem for each file that could not be used.
pub fn load(source: &Source) -> Course {
    match source {
        Source::Embedded => embedded().clone(),
        Source::Folder(root) => load::assemble(&files::read_folder(root)),
    }
}

/// The files of `source` by their paths, as they are, and what of them could not be read.
pub fn raw(source: &Source) -> (BTreeMap<String, Cow<'static, [u8]>>, Vec<Problem>) {
    let files = match source {
        Source::Embedded => embed::files(),
        Source::Folder(root) => files::read_folder(root),
    };
    (files.content, files.problems)
}

/// The slug of a lesson by the path of its file: `image-size` of `lessons/04-image-size.md`.
pub fn slug(path: &str) -> Option<&str> {
    load::numbered(path.strip_prefix("lessons/")?.strip_suffix(".md")?).map(|(_, slug)| slug)
}

/// The course inside this program, read once.
pub fn embedded() -> &'static Course {
    static COURSE: OnceLock<Course> = OnceLock::new();
    COURSE.get_or_init(|| load::assemble(&embed::files()))
}
