//! Worked examples and `try` blocks as exercises without checks, so that one workbench serves all.

use crate::course::model::{Example, Exercise, ExerciseFile, Level, Reveal};

/// Ids of examples begin with it.
pub const EXAMPLE: &str = "example-";

/// An example's files, to be read, changed, built and run.
pub fn of_example(example: &Example) -> Exercise {
    let mut paths: Vec<&String> = example.files.keys().collect();
    // The Dockerfile is what it is about.
    paths.sort_by_key(|path| (path.as_str() != "Dockerfile", path.as_str() == "README.md", (*path).clone()));
    let files = paths
        .into_iter()
        .filter(|path| path.as_str() != "README.md")
        .map(|path| ExerciseFile {
            path: path.clone(),
            edit: true,
            start: example.files.get(path).cloned(),
            zeros: None,
        })
        .collect();
    exercise(format!("{EXAMPLE}{}", example.name), example.title.clone(), example.readme.clone(), files)
}

/// A `try` block of a lesson: one file, opened in a workbench of its own.
pub fn of_block(lesson: &str, title: &str, path: &str, text: &str) -> Exercise {
    let file = ExerciseFile {
        path: path.to_owned(),
        edit: true,
        start: Some(text.as_bytes().to_vec()),
        zeros: None,
    };
    let task = "A scratch workbench: change anything, build it, run it. Nothing here is graded.".to_owned();
    exercise(format!("scratch-{lesson}"), title.to_owned(), task, vec![file])
}

fn exercise(id: String, title: String, task: String, files: Vec<ExerciseFile>) -> Exercise {
    Exercise {
        id,
        title,
        lesson: String::new(),
        level: Level::Beginner,
        minutes: 0,
        task,
        files,
        secrets: std::collections::BTreeMap::new(),
        script: None,
        hints: Vec::new(),
        start_fails: Vec::new(),
        reveal: Reveal::default(),
        checks: Vec::new(),
        solution: std::collections::BTreeMap::new(),
    }
}
