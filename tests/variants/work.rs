//! An exercise's files as texts, and ways to spoil them.

use docker_ecr_tutor::course;
use docker_ecr_tutor::course::model::Exercise;
use std::collections::BTreeMap;

pub type Files = BTreeMap<String, String>;

/// A submission that falls short, and the checks that have to say so.
pub struct Variant {
    pub name: &'static str,
    pub files: Files,
    pub fails: &'static [&'static str],
}

pub fn variant(name: &'static str, files: Files, fails: &'static [&'static str]) -> Variant {
    Variant { name, files, fails }
}

/// An exercise as it is begun and as it is solved.
pub struct Work {
    pub exercise: &'static Exercise,
    pub start: Files,
    pub solution: Files,
}

impl Work {
    pub fn of(id: &str) -> Self {
        let exercise = course::embedded().exercise(id).unwrap();
        let start: Files =
            exercise.start_files().map(|(path, content)| (path.to_owned(), text(content))).collect();
        let mut solution = start.clone();
        solution.extend(exercise.solution.iter().map(|(path, content)| (path.clone(), text(content))));
        Self { exercise, start, solution }
    }

    /// The solution with `old` replaced in one of its files.
    pub fn solved(&self, path: &str, old: &str, new: &str) -> Files {
        edit(self.solution.clone(), path, old, new)
    }

    /// The solution with `old` replaced in its Dockerfile.
    pub fn dockerfile(&self, old: &str, new: &str) -> Files {
        self.solved("Dockerfile", old, new)
    }

    /// The solution with a file as it was at the start.
    pub fn unsolved(&self, path: &str) -> Files {
        let mut files = without(self.solution.clone(), path);
        files.extend(self.start.get(path).map(|text| (path.to_owned(), text.clone())));
        files
    }

    /// The start with this Dockerfile.
    pub fn only(&self, dockerfile: &str) -> Files {
        let mut files = self.start.clone();
        files.insert("Dockerfile".into(), dockerfile.into());
        files
    }

    /// What another exercise's solution makes of this one.
    pub fn answered_with(&self, other: &str) -> Files {
        let mut files = self.start.clone();
        files.extend(Self::of(other).solution);
        files
    }

    /// The start, with a word of what was done.
    pub fn commented(&self) -> Files {
        edit(self.start.clone(), "Dockerfile", "FROM", "# better now\nFROM")
    }
}

/// `files` with `old` replaced in the file at `path`, which must hold it.
pub fn edit(mut files: Files, path: &str, old: &str, new: &str) -> Files {
    let text = files.get_mut(path).unwrap();
    assert!(text.contains(old), "{path} no longer holds {old:?}");
    *text = text.replacen(old, new, 1);
    files
}

pub fn without(mut files: Files, path: &str) -> Files {
    files.remove(path).unwrap();
    files
}

pub fn text(content: &[u8]) -> String {
    String::from_utf8(content.to_vec()).unwrap()
}
