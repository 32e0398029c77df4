//! The rows of the map and what comes next. Pure functions of course and progress.

use crate::course::model::{Course, Exercise};
use crate::store::progress::{LessonState, Progress};
use crate::tui::app::Shared;
use crate::tui::message::Destination;

/// One row; the numbers are places in the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A heading.
    Heading(&'static str),
    /// A lesson.
    Lesson(usize),
    /// An exercise.
    Exercise(usize),
    /// A worked example.
    Example(usize),
    /// A reference page.
    Reference(usize),
    /// A file of the course that could not be read.
    Problem(usize),
}

impl Row {
    /// Whether it can be opened.
    pub fn opens(&self) -> bool {
        !matches!(self, Self::Heading(_) | Self::Problem(_))
    }

    /// What it opens.
    pub fn destination(&self, course: &Course) -> Option<Destination> {
        match self {
            Self::Heading(_) | Self::Problem(_) => None,
            Self::Lesson(at) => course.lessons.get(*at).map(|l| Destination::Lesson(l.slug.clone())),
            Self::Exercise(at) => course.exercises.get(*at).map(|e| Destination::Exercise(e.id.clone())),
            Self::Reference(at) => course.reference.get(*at).map(|l| Destination::Lesson(l.slug.clone())),
            Self::Example(at) => course.examples.get(*at).map(|e| Destination::Example(e.name.clone())),
        }
    }
}

/// All rows: each lesson followed by its exercises, exercises of no lesson, examples, reference
/// pages, problems.
pub fn rows(course: &Course) -> Vec<Row> {
    let mut rows = Vec::new();
    let homes: Vec<Option<usize>> =
        course.exercises.iter().map(|exercise| home_of(exercise, course)).collect();
    let exercises_of = |lesson| {
        let homes = &homes;
        (0..homes.len()).filter(move |at| homes[*at] == lesson).map(Row::Exercise)
    };
    if !course.lessons.is_empty() {
        rows.push(Row::Heading("Lessons and exercises"));
    }
    for at in 0..course.lessons.len() {
        rows.push(Row::Lesson(at));
        rows.extend(exercises_of(Some(at)));
    }
    let homeless: Vec<Row> = exercises_of(None).collect();
    if !homeless.is_empty() {
        rows.push(Row::Heading("Exercises"));
        rows.extend(homeless);
    }
    if !course.examples.is_empty() {
        rows.push(Row::Heading("Worked examples"));
        rows.extend((0..course.examples.len()).map(Row::Example));
    }
    if !course.reference.is_empty() {
        rows.push(Row::Heading("Reference"));
        rows.extend((0..course.reference.len()).map(Row::Reference));
    }
    if !course.problems.is_empty() {
        rows.push(Row::Heading("Course files that could not be read"));
        rows.extend((0..course.problems.len()).map(Row::Problem));
    }
    rows
}

/// The lesson that an exercise stands below: the one it names, else the first that names it.
fn home_of(exercise: &Exercise, course: &Course) -> Option<usize> {
    let named = course.lessons.iter().position(|lesson| lesson.slug == exercise.lesson);
    named.or_else(|| course.lessons.iter().position(|lesson| lesson.exercises.contains(&exercise.id)))
}

/// How far one is with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Not opened.
    New,
    /// Begun.
    Begun,
    /// Read to the end, or passed.
    Done,
}

/// How far one is with a row.
pub fn done(row: &Row, course: &Course, progress: &Progress) -> Stand {
    match row {
        Row::Lesson(at) => {
            let slug = course.lessons.get(*at).map_or("", |l| &l.slug);
            match progress.lessons.get(slug).map(|l| l.state).unwrap_or_default() {
                LessonState::New => Stand::New,
                LessonState::Begun => Stand::Begun,
                LessonState::Read => Stand::Done,
            }
        }
        Row::Exercise(at) => {
            let id = course.exercises.get(*at).map_or("", |e| &e.id);
            match progress.exercises.get(id) {
                Some(e) if e.passed => Stand::Done,
                Some(e) if e.attempts > 0 || e.hints_opened > 0 => Stand::Begun,
                _ => Stand::New,
            }
        }
        _ => Stand::New,
    }
}

/// How many of the lessons and exercises are done, and how many there are.
pub fn tally(course: &Course, progress: &Progress) -> (usize, usize) {
    let counted: Vec<Row> =
        rows(course).into_iter().filter(|row| matches!(row, Row::Lesson(_) | Row::Exercise(_))).collect();
    let finished = counted.iter().filter(|row| done(row, course, progress) == Stand::Done).count();
    (finished, counted.len())
}

/// The first lesson or exercise that is not done.
pub fn next(course: &Course, progress: &Progress) -> Option<Row> {
    rows(course).into_iter().find(|row| {
        matches!(row, Row::Lesson(_) | Row::Exercise(_)) && done(row, course, progress) != Stand::Done
    })
}

/// Where "continue" leads: where one was, unless that is done by now, else what comes next.
pub fn continue_at(shared: &Shared) -> Option<Destination> {
    let (course, progress) = (&*shared.course, &shared.progress);
    let was = progress.place.as_ref().and_then(|place| {
        let row = match place.room.as_str() {
            "lesson" => course.lessons.iter().position(|l| l.slug == place.id).map(Row::Lesson),
            "exercise" => course.exercises.iter().position(|e| e.id == place.id).map(Row::Exercise),
            _ => None,
        }?;
        (done(&row, course, progress) != Stand::Done).then_some(row)
    });
    was.or_else(|| next(course, progress)).and_then(|row| row.destination(course))
}

/// A destination in words.
pub fn words_of(to: &Destination, course: &Course) -> String {
    match to {
        Destination::Lesson(slug) => course
            .lessons
            .iter()
            .find(|l| l.slug == *slug)
            .map_or(String::new(), |l| format!("Lesson {} · {}", l.number, l.title)),
        Destination::Exercise(id) => course
            .exercises
            .iter()
            .find(|e| e.id == *id)
            .map_or(String::new(), |e| format!("{} · {}", exercise_name(&e.id), e.title)),
        Destination::Example(name) => course
            .examples
            .iter()
            .find(|e| e.name == *name)
            .map_or(String::new(), |e| format!("Example · {}", e.title)),
        Destination::Home
        | Destination::Setup
        | Destination::Image { .. }
        | Destination::Ecr(_)
        | Destination::Scratch(_) => String::new(),
    }
}

/// `Exercise 1` for `exercise-1`; other ids as they are.
pub fn exercise_name(id: &str) -> String {
    match id.strip_prefix("exercise-") {
        Some(number) => format!("Exercise {number}"),
        None => id.to_owned(),
    }
}
