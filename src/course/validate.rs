//! Proves every promise of a course that needs neither an engine nor a grader: ids and links hold,
//! code blocks parse, quizzes have answers, starts and solutions differ, checks name what exists.

mod blocks;
mod exercise;
mod links;

pub(super) use exercise::faults;

use super::files::{self, Files};
use super::model::{Course, Lesson, Problem};
use super::page::{self, Block, TryKind};
use super::{Source, embed, load, problem};
use crate::dockerfile;
use crate::text::LineIndex;

/// Longest reading time of a lesson, in minutes: what people read without a break.
const MAX_MINUTES: u32 = 12;

/// What a look at a course found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The course as it loaded.
    pub course: Course,
    /// Everything wrong with it, loading included, in order of the files.
    pub problems: Vec<Problem>,
    files: Files,
}

impl Verdict {
    /// A problem at the first occurrence of `needle` in a file of the course, or of the whole file.
    pub fn near(&self, path: &str, needle: &str, message: impl Into<String>, remedy: &str) -> Problem {
        near(&self.files, path, needle, message, remedy)
    }

    /// A problem of the check called `id` in an exercise.
    pub fn at_id(&self, exercise: &str, id: &str, message: impl Into<String>, remedy: &str) -> Problem {
        let path = format!("exercises/{exercise}/exercise.yaml");
        let content = self.files.content.get(&path).map_or(&[][..], |content| content.as_ref());
        let text = String::from_utf8_lossy(content);
        let needle = format!("id: {id}");
        let whole = |at: &usize| {
            let next = text[at + needle.len()..].chars().next();
            // The exercise's own id stands at the beginning of a line.
            let own = text[..*at].chars().next_back().is_none_or(|c| c == '\n');
            !own && next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '-')
        };
        match text.match_indices(&needle).map(|(at, _)| at).find(whole) {
            Some(at) => problem_at(&path, &text, at + "id: ".len(), message, remedy),
            None => problem::file(&path, message, remedy),
        }
    }
}

fn near(files: &Files, path: &str, needle: &str, message: impl Into<String>, remedy: &str) -> Problem {
    let content = files.content.get(path).map_or(&[][..], |content| content.as_ref());
    let text = String::from_utf8_lossy(content);
    match text.find(needle) {
        Some(at) => problem_at(path, &text, at, message, remedy),
        None => problem::file(path, message, remedy),
    }
}

fn problem_at(path: &str, text: &str, at: usize, message: impl Into<String>, remedy: &str) -> Problem {
    let place = LineIndex::new(text).position(text, at);
    problem::at(path, text, (place.line, place.column), message, remedy)
}

/// Looks at the course of `source`.
pub fn check(source: &Source) -> Verdict {
    let files = match source {
        Source::Embedded => embed::files(),
        Source::Folder(root) => files::read_folder(root),
    };
    let course = load::assemble(&files);
    let look = Look { files: &files, course: &course };
    let mut problems = course.problems.clone();
    for lesson in &course.lessons {
        look.lesson(lesson, &mut problems);
    }
    for page in &course.reference {
        look.blocks(page, &mut problems);
    }
    for exercise in &course.exercises {
        look.exercise(exercise, &mut problems);
    }
    for example in &course.examples {
        let path = format!("assets/examples/{}/Dockerfile", example.name);
        look.dockerfile(&path, &mut problems);
    }
    look.stray_solutions(&mut problems);
    problems.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
    Verdict { course, problems, files }
}

/// The files and the course made of them.
struct Look<'a> {
    files: &'a Files,
    course: &'a Course,
}

impl Look<'_> {
    /// A problem at the first occurrence of `needle` in a file, or of the whole file.
    fn near(&self, path: &str, needle: &str, message: impl Into<String>, remedy: &str) -> Problem {
        near(self.files, path, needle, message, remedy)
    }

    fn lesson(&self, lesson: &Lesson, problems: &mut Vec<Problem>) {
        let path = &lesson.path;
        if lesson.minutes == 0 || lesson.minutes > MAX_MINUTES {
            let message = format!("A lesson takes 1 to {MAX_MINUTES} minutes.");
            problems.push(self.near(path, "minutes:", message, "Split it, or say how long it really takes."));
        }
        if lesson.objectives.is_empty() {
            let message = "The lesson has no objectives.";
            problems.push(self.near(path, "objectives:", message, "Say what the reader can do afterwards."));
        }
        for id in &lesson.exercises {
            if self.course.exercise(id).is_none() {
                let message = format!("There is no exercise `{id}`.");
                problems.push(self.near(path, id, message, "Name an exercise of this course, or write it."));
            }
        }
        self.blocks(lesson, problems);
    }

    /// The parts of a page: links, code, what it offers to try.
    fn blocks(&self, lesson: &Lesson, problems: &mut Vec<Problem>) {
        let page = page::split(lesson);
        problems.extend(page.problems);
        for block in page.blocks {
            match block {
                Block::Markdown { text, line } => {
                    links::check(self, lesson, &text, line, problems);
                    blocks::check(self, lesson, &text, line, problems);
                }
                Block::Quiz(_) => {}
                Block::Try(block) => {
                    if let Some(name) =
                        block.with.as_deref().filter(|name| self.course.example(name).is_none())
                    {
                        let message = format!("There is no example `{name}`.");
                        let place = (block.line, 1);
                        problems.push(self.at(lesson, place, message, "Name a folder of assets/examples."));
                    }
                    if block.kind == TryKind::Dockerfile {
                        let shown = if block.bad { blocks::Shown::Bad } else { blocks::Shown::Whole };
                        blocks::one(self, lesson, &block.text, block.line + 1, shown, problems);
                    }
                }
            }
        }
    }

    /// A problem in a lesson's file.
    fn at(&self, lesson: &Lesson, place: (usize, usize), message: String, remedy: &str) -> Problem {
        let text = self.files.content.get(&lesson.path).map(|bytes| String::from_utf8_lossy(bytes));
        problem::at(&lesson.path, text.as_deref().unwrap_or_default(), place, message, remedy)
    }

    /// Parses a Dockerfile of the course.
    fn dockerfile(&self, path: &str, problems: &mut Vec<Problem>) {
        let Some(content) = self.files.content.get(path) else {
            problems.push(problem::file(path, "There is no Dockerfile.", "Write it."));
            return;
        };
        let text = String::from_utf8_lossy(content);
        let (_, errors) = dockerfile::parse(&text);
        let index = LineIndex::new(&text);
        problems.extend(errors.into_iter().map(|error| {
            let place = index.position(&text, error.span.start);
            problem::at(path, &text, (place.line, place.column), error.message, "Correct it at the marker.")
        }));
    }

    fn stray_solutions(&self, problems: &mut Vec<Problem>) {
        for folder in self.files.folders("solutions") {
            let known = self.files.content.contains_key(&format!("exercises/{folder}/exercise.yaml"));
            if !known {
                let path = format!("solutions/{folder}");
                let message = "There is no exercise of this name.";
                problems.push(problem::file(&path, message, "Rename the folder like its exercise."));
            }
        }
    }
}
