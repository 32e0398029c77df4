//! `--plain`: the course in lines of text, one after the other: for screen readers, braille lines,
//! pipes, and terminals that know nothing. Nothing moves the cursor, nothing is drawn over, nothing
//! means something only by its colour or place. Numbers and words are typed and end with Enter.
//!
//! | file | owns |
//! | --- | --- |
//! | `lesson.rs` | reading a lesson and answering its questions |
//! | `exercise.rs` | the files, findings, checks and hints of an exercise |

mod exercise;
mod lesson;

use super::Global;
use crate::course::model::Course;
use crate::failure::{Failure, Kind};
use crate::prose::{Document, spoken, unpainted};
use crate::store::progress::{LessonState, Progress};
use crate::store::{Store, StoreError};
use crate::text::sanitise;
use std::io::{self, BufRead, Write};

/// Longest line that is read: what is typed here are words.
const LONGEST: u64 = 64 * 1024;

/// The person at the other end: what is said to them, and what they answer.
struct Talk<'a> {
    input: &'a mut dyn BufRead,
    out: &'a mut dyn Write,
}

impl Talk<'_> {
    /// Says lines of text, whatever they come from.
    fn say(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", sanitise::lines(text))
    }

    /// Says markdown as text.
    fn read_out(&mut self, markdown: &str) -> io::Result<()> {
        let text = spoken(&Document::parse(markdown, unpainted));
        self.say(text.trim_end())
    }

    /// Asks, and answers with the trimmed line; `None` when nobody answers any more.
    fn ask(&mut self, prompt: &str) -> io::Result<Option<String>> {
        write!(self.out, "{prompt} > ")?;
        self.out.flush()?;
        let mut line = Vec::new();
        let read = io::Read::take(&mut *self.input, LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 {
            writeln!(self.out)?;
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&line).trim().to_owned()))
    }
}

/// What every part of the course is told.
struct Room<'a> {
    global: &'a Global,
    course: &'a Course,
    store: Store,
    progress: Progress,
}

impl Room<'_> {
    /// Keeps something; that it cannot be kept is worth a line.
    fn keep(
        &mut self,
        talk: &mut Talk<'_>,
        write: impl FnOnce(&Store) -> Result<(), StoreError>,
    ) -> io::Result<()> {
        if let Err(error) = write(&self.store) {
            talk.say(&format!("Note: this is not remembered: {error}"))?;
        }
        if let Ok(progress) = self.store.progress() {
            self.progress = progress;
        }
        Ok(())
    }
}

/// What one leaves with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    /// To the list of the course.
    Back,
    /// The program.
    Quit,
}

pub(super) fn run(global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    let course = global.load_course()?;
    let fail = |error: StoreError| Failure::new(Kind::Environment, error);
    let store = Store::open_or_forget(&global.data()?).map_err(fail)?.for_course(global.course_key());
    let progress = store.progress().map_err(fail)?;
    let notice = store.notice().map(str::to_owned);
    let mut room = Room { global, course: &course, store, progress };
    let mut input = io::stdin().lock();
    let mut talk = Talk { input: &mut input, out };
    let told = |error: io::Error| {
        Failure::new(Kind::Environment, anyhow::Error::new(error).context("standard input or output is gone"))
    };
    talk.say("docker-ecr-tutor, in plain lines. Type a number or a word, then Enter.").map_err(told)?;
    if let Some(notice) = notice {
        talk.say(&format!("Note: {notice}")).map_err(told)?;
    }
    home(&mut room, &mut talk).map_err(told)?;
    Ok(0)
}

const WORDS: &str = "Words: a number opens that line, list says the list again, rule CODE explains a rule of the \
                     linter, word WORD says what a word means, quit ends.";

fn home(room: &mut Room<'_>, talk: &mut Talk<'_>) -> io::Result<()> {
    list(room, talk)?;
    loop {
        let Some(said) = talk.ask("Course")? else { return Ok(()) };
        let (word, rest) = split(&said);
        let lessons = room.course.lessons.len();
        let pages = lessons + room.course.exercises.len();
        let left = match (word, said.parse::<usize>()) {
            (_, Ok(number)) if (1..=lessons).contains(&number) => {
                Some(lesson::read(room, talk, &room.course.lessons[number - 1])?)
            }
            (_, Ok(number)) if (lessons + 1..=lessons + room.course.exercises.len()).contains(&number) => {
                Some(exercise::work(room, talk, &room.course.exercises[number - lessons - 1])?)
            }
            (_, Ok(number)) if number > pages && number <= pages + room.course.reference.len() => {
                Some(lesson::read(room, talk, &room.course.reference[number - pages - 1])?)
            }
            (_, Ok(number)) => {
                talk.say(&format!("There is no line {number}. {WORDS}"))?;
                None
            }
            ("list" | "again" | "l", _) => Some(Leave::Back),
            ("rule" | "explain", _) => {
                explain(talk, rest)?;
                None
            }
            ("word", _) => {
                look_up(room, talk, rest)?;
                None
            }
            ("quit" | "q" | "exit", _) => Some(Leave::Quit),
            _ => {
                talk.say(WORDS)?;
                None
            }
        };
        match left {
            Some(Leave::Quit) => return talk.say("Goodbye. Everything is kept."),
            Some(Leave::Back) => list(room, talk)?,
            None => {}
        }
    }
}

/// The lessons and exercises, numbered on.
fn list(room: &Room<'_>, talk: &mut Talk<'_>) -> io::Result<()> {
    let mut lines = vec![String::new(), "Lessons:".to_owned()];
    for (at, lesson) in room.course.lessons.iter().enumerate() {
        let state = match room.progress.lessons.get(&lesson.slug).map(|kept| kept.state) {
            Some(LessonState::Read) => ", read",
            Some(LessonState::Begun) => ", begun",
            _ => "",
        };
        lines.push(format!("{}. {}, {} minutes{state}", at + 1, lesson.title, lesson.minutes));
    }
    lines.push("Exercises:".to_owned());
    for (at, exercise) in room.course.exercises.iter().enumerate() {
        let state = match room.progress.exercises.get(&exercise.id) {
            Some(kept) if kept.passed => ", passed".to_owned(),
            Some(kept) if kept.attempts > 0 => {
                format!(", best {} of {} points", kept.best_score, kept.best_max)
            }
            _ => String::new(),
        };
        let number = room.course.lessons.len() + at + 1;
        lines.push(format!(
            "{number}. {}: {}, {} minutes{state}",
            exercise.id, exercise.title, exercise.minutes
        ));
    }
    if !room.course.reference.is_empty() {
        lines.push("Reference pages:".to_owned());
    }
    for (at, page) in room.course.reference.iter().enumerate() {
        let number = room.course.lessons.len() + room.course.exercises.len() + at + 1;
        lines.push(format!("{number}. {}", page.title));
    }
    if !room.course.problems.is_empty() {
        lines.push(format!("{} files of the course could not be read.", room.course.problems.len()));
    }
    lines.push(WORDS.to_owned());
    talk.say(&lines.join("\n"))
}

/// Explains a rule.
fn explain(talk: &mut Talk<'_>, word: &str) -> io::Result<()> {
    match crate::lint::page(word) {
        Some(page) => talk.read_out(&page.markdown),
        None => talk.say(&format!("There is no rule {word:?}. Codes look like DL3008.")),
    }
}

/// Says what a word of the glossary means.
fn look_up(room: &Room<'_>, talk: &mut Talk<'_>, word: &str) -> io::Result<()> {
    match room.course.word(word) {
        Some(word) => talk.read_out(&format!("{}: {}", word.name, word.text)),
        None => talk.say(&format!("The glossary has no word {word:?}. Its page lists all there are.")),
    }
}

/// The first word in small letters, and the rest.
fn split(said: &str) -> (&str, &str) {
    said.split_once(char::is_whitespace).map_or((said, ""), |(word, rest)| (word, rest.trim()))
}
