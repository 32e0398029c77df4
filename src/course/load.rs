//! Makes a course of its files.

mod exercise;
mod reference;
mod text;

use super::files::Files;
use super::format::{ExampleFile, LessonFile};
use super::model::{Course, Example, Lesson, Problem};
use super::problem;
pub(super) use exercise::{MOST_POINTS, Place, checks};
pub(super) use text::{no_controls, not_later};

/// The course that `files` hold. Each file that cannot be used leaves a problem and nothing else.
pub(super) fn assemble(files: &Files) -> Course {
    let mut course = Course { problems: files.problems.clone(), ..Course::default() };
    for (name, content) in files.under("lessons") {
        if let Some(lesson) = keep(lesson(name, content), &mut course.problems).flatten() {
            course.lessons.push(lesson);
        }
    }
    course.lessons.sort_by(|a, b| (a.number, &a.slug).cmp(&(b.number, &b.slug)));
    unique_lessons(&mut course);
    reference::read(files, &mut course);
    for folder in files.folders("exercises") {
        if let Some(exercise) = exercise::read(files, folder, &mut course.problems) {
            course.exercises.push(exercise);
        }
    }
    course.exercises.sort_by_key(|exercise| natural(&exercise.id));
    for folder in files.folders("assets/examples") {
        if let Some(example) = keep(example(files, folder), &mut course.problems) {
            course.examples.push(example);
        }
    }
    course
}

/// The value, or `None` with its problem noted.
fn keep<T>(result: Result<T, Box<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(*problem)).ok()
}

/// `exercise-10` behind `exercise-9`.
fn natural(id: &str) -> (String, u64, String) {
    let digits = id.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (name, number) = id.split_at(digits);
    (name.to_owned(), number.parse().unwrap_or(0), id.to_owned())
}

/// The lesson in `lessons/NAME`; `None` for files that are no lessons.
fn lesson(name: &str, content: &[u8]) -> Result<Option<Lesson>, Box<Problem>> {
    let path = format!("lessons/{name}");
    let Some((number, slug)) = named(&path, name)? else { return Ok(None) };
    let text::Page { head, body, body_line } = text::page::<LessonFile>(&path, content)?;
    Ok(Some(Lesson {
        slug: slug.to_owned(),
        number,
        title: head.title.into(),
        summary: head.summary.into(),
        minutes: head.minutes,
        objectives: head.objectives.into_iter().map(String::from).collect(),
        exercises: head.exercises.into_iter().map(String::from).collect(),
        body,
        path,
        body_line,
    }))
}

/// Number and slug of `04-image-size`.
pub(super) fn numbered(stem: &str) -> Option<(u32, &str)> {
    let (number, slug) = stem.split_once('-')?;
    super::format::values::Id::try_from(slug.to_owned()).ok()?;
    Some((number.parse().ok()?, slug))
}

/// Number and slug that a page's file is named by; `None` for files that are no pages.
fn named<'a>(path: &str, name: &'a str) -> Result<Option<(u32, &'a str)>, Box<Problem>> {
    let Some(stem) = name.strip_suffix(".md").filter(|stem| *stem != "README") else {
        return Ok(None);
    };
    numbered(stem).map(Some).ok_or_else(|| {
        let message = "The file's name is not that of a lesson.";
        Box::new(problem::file(path, message, "Name it like `04-image-size.md`: number, hyphen, slug."))
    })
}

/// A slug or number names one lesson; the later file of two is left out.
fn unique_lessons(course: &mut Course) {
    let mut kept: Vec<Lesson> = Vec::with_capacity(course.lessons.len());
    for lesson in course.lessons.drain(..) {
        match kept.iter().find(|other| other.slug == lesson.slug || other.number == lesson.number) {
            Some(other) => course.problems.push(problem::file(
                &lesson.path,
                format!("It has the number or the slug of {}.", other.path),
                "Give each lesson its own number and slug.",
            )),
            None => kept.push(lesson),
        }
    }
    course.lessons = kept;
}

/// The worked example in `assets/examples/NAME`.
fn example(files: &Files, name: &str) -> Result<Example, Box<Problem>> {
    let folder = format!("assets/examples/{name}");
    let path = format!("{folder}/README.md");
    let content = files.content.get(&path).ok_or_else(|| {
        problem::file(&path, "The example has no README.md.", "Write its walk-through there.")
    })?;
    let page = text::page::<ExampleFile>(&path, content)?;
    let title = page.body.lines().find_map(|line| line.strip_prefix("# ")).ok_or_else(|| {
        problem::file(&path, "The walk-through has no title.", "Begin it with a line like `# Title`.")
    })?;
    Ok(Example {
        name: name.to_owned(),
        title: title.trim().to_owned(),
        http: Some((page.head.http.port, page.head.http.path.into())),
        readme: page.body,
        files: files.under(&folder).map(|(path, content)| (path.to_owned(), content.to_vec())).collect(),
    })
}
