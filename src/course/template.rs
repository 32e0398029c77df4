//! New lessons and exercises for authors: files that load, pass `course check`, and say what to fill
//! in.

use super::format::values::{Id, Line, Prose};
use super::format::{self, ExerciseFile, LessonFile, LevelFile};
use super::model::Course;
use serde_saphyr::{Location, Spanned};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The name is no id.
    #[error("{0}")]
    Name(String),
    /// The course already has it.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// An exercise needs a lesson, and the course has none.
    #[error("the course has no lesson that an exercise could belong to")]
    NoLesson,
    /// A file could not be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The template could not be put into YAML.
    #[error("cannot write the template")]
    Yaml(#[from] serde_yaml::Error),
}

/// Writes a lesson behind the last one of `course`, which lies in `root`; answers with its path.
///
/// # Errors
/// When the slug is no id, the lesson is there already, or a file cannot be written.
pub fn lesson(root: &Path, course: &Course, slug: &str) -> Result<Vec<PathBuf>, TemplateError> {
    let slug = id(slug)?;
    if let Some(lesson) = course.lesson(slug.as_str()) {
        return Err(TemplateError::Exists(root.join(&lesson.path)));
    }
    let number = course.lessons.last().map_or(1, |lesson| lesson.number + 1);
    let front = LessonFile {
        format: None,
        title: line(&title(slug.as_str()))?,
        summary: line("One sentence for the course map.")?,
        minutes: 10,
        objectives: vec![line("Begin with a verb and say what the reader can do afterwards")?],
        exercises: Vec::new(),
    };
    let quiz = format::QuizFile {
        id: id("first")?,
        question: prose("What does the reader usually get wrong here?")?,
        options: Some(vec![
            option("The usual misunderstanding", false, "Say why it is tempting, and wrong.")?,
            option("The right answer", true, "Say why it is right.")?,
        ]),
        answers: None,
        explain: prose("What to remember.")?,
    };
    let text = format!(
        "---\n{}---\n\n# {}\n\nBegin with the reader's problem, then one idea at a time.\n\n\
         ```dockerfile try\nFROM alpine:3.19\nCMD [\"echo\", \"something to do on each page\"]\n```\n\n\
         ```quiz\n{}```\n\n## What to do next\n\nSay where to go from here.\n",
        serde_yaml::to_string(&front)?,
        front.title.as_str(),
        serde_yaml::to_string(&quiz)?,
    );
    write_new(root, &[(format!("lessons/{number:02}-{}.md", slug.as_str()), text)])
}

/// Writes an exercise for the last lesson of `course`, which lies in `root`; answers with its files.
///
/// # Errors
/// When the name is no id, the exercise is there already, the course has no lesson, or a file cannot
/// be written.
pub fn exercise(root: &Path, course: &Course, name: &str) -> Result<Vec<PathBuf>, TemplateError> {
    let name = id(name)?;
    let lesson = course.lessons.last().ok_or(TemplateError::NoLesson)?;
    let file = ExerciseFile {
        format: spanned(1),
        id: spanned(name.clone()),
        title: line(&title(name.as_str()))?,
        lesson: id(&lesson.slug)?,
        level: LevelFile::Beginner,
        minutes: 15,
        task: prose("Say what is wrong, what shall hold afterwards, and which files may change.")?,
        files: vec![spanned(format::WorkFile { path: path("Dockerfile")?, edit: true, zeros: None })],
        secrets: Vec::new(),
        script: None,
        hints: vec![
            prose("A first hint: where to look.")?,
            prose("A second hint: what to look for.")?,
            prose("A third hint: what to write.")?,
        ],
        reveal: Some(format::RevealFile { after: format::RevealAfter::Pass, or_attempts: Some(5) }),
        start_fails: vec![id("pinned")?],
        checks: vec![spanned(check()?)],
    };
    let folder = name.as_str();
    let files = [
        (
            format!("exercises/{folder}/exercise.yaml"),
            format!(
                "# The format: `docker-ecr-tutor course schema`. Add the exercise to the front matter of its\n\
                 # lesson, then prove it with `docker-ecr-tutor course check`.\n{}",
                serde_yaml::to_string(&file)?
            ),
        ),
        (
            format!("exercises/{folder}/start/Dockerfile"),
            "FROM alpine:latest\nCMD [\"echo\", \"hello\"]\n".to_owned(),
        ),
        (
            format!("solutions/{folder}/Dockerfile"),
            "FROM alpine:3.19\nCMD [\"echo\", \"hello\"]\n".to_owned(),
        ),
    ];
    write_new(root, &files)
}

fn check() -> Result<format::CheckFile, TemplateError> {
    Ok(format::CheckFile {
        id: id("pinned")?,
        title: line("The base image is pinned")?,
        points: 1,
        why: prose("Say why it matters; the learner reads it beside what was found.")?,
        bonus: false,
        partial: false,
        shown: None,
        lint: Some(format::LintFile { at_most: None, forbid: vec![line("DL3007")?] }),
        dockerfile: None,
        files: None,
        build: None,
        image_size: None,
        layers: None,
        cache: None,
        rebuild: None,
        run: None,
        script: None,
        ecr: None,
    })
}

/// `Image size` of `image-size`.
fn title(slug: &str) -> String {
    let mut title = slug.replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// Writes files that must not be there yet, with the folders they need.
fn write_new(root: &Path, files: &[(String, String)]) -> Result<Vec<PathBuf>, TemplateError> {
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| root.join(name)).collect();
    if let Some(path) = paths.iter().find(|path| path.exists()) {
        return Err(TemplateError::Exists(path.clone()));
    }
    for (path, (_, text)) in paths.iter().zip(files) {
        let write = || {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            // `create_new`: a file that appeared meanwhile is somebody's work.
            std::fs::File::create_new(path)?.write_all(text.as_bytes())
        };
        write().map_err(|source| TemplateError::Write { path: path.clone(), source })?;
    }
    Ok(paths)
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Location::UNKNOWN, Location::UNKNOWN)
}

fn option(text: &str, right: bool, why: &str) -> Result<format::OptionFile, TemplateError> {
    Ok(format::OptionFile { text: line(text)?, right, why: Some(prose(why)?) })
}

fn id(text: &str) -> Result<Id, TemplateError> {
    Id::try_from(text.to_owned()).map_err(TemplateError::Name)
}

fn line(text: &str) -> Result<Line, TemplateError> {
    Line::try_from(text.to_owned()).map_err(TemplateError::Name)
}

fn prose(text: &str) -> Result<Prose, TemplateError> {
    Prose::try_from(text.to_owned()).map_err(TemplateError::Name)
}

fn path(text: &str) -> Result<format::values::RelPath, TemplateError> {
    format::values::RelPath::try_from(text.to_owned()).map_err(TemplateError::Name)
}
