//! What the learner has read, answered and opened, where to come back to, and settings.

use super::attempts::ExerciseProgress;
use super::{Store, StoreError};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeMap;

/// Everything the course map and the screens need to show progress; read once at the start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Lessons by slug.
    pub lessons: BTreeMap<String, LessonProgress>,
    /// Exercises by id.
    pub exercises: BTreeMap<String, ExerciseProgress>,
    /// Quizzes by id.
    pub quizzes: BTreeMap<String, QuizProgress>,
    /// Where the learner was.
    pub place: Option<Place>,
}

/// How far a lesson has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LessonProgress {
    /// New, begun or read.
    pub state: LessonState,
    /// Scroll position, in the reader's own measure.
    pub scroll: u64,
}

/// New, begun or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LessonState {
    /// Never opened.
    #[default]
    New,
    /// Opened.
    Begun,
    /// Read to its end.
    Read,
}

/// The last answer to a quiz.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuizProgress {
    /// The answer, in the reader's own notation.
    pub answer: String,
    /// Whether it was right.
    pub correct: bool,
    /// How many answers were given so far.
    pub tries: u32,
}

/// A place in the course to come back to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Which screen, in the interface's own words: `home`, `lesson`, `exercise`.
    pub room: String,
    /// Lesson slug or exercise id; empty on the map.
    pub id: String,
    /// Where in it.
    pub position: u64,
}

impl Store {
    /// All progress in this course.
    pub fn progress(&self) -> Result<Progress, StoreError> {
        self.read_progress().map_err(|source| self.wrap(source))
    }

    fn read_progress(&self) -> rusqlite::Result<Progress> {
        let mut progress = Progress { exercises: self.exercises()?, ..Progress::default() };
        let mut lessons = self.db.prepare("SELECT slug, state, scroll FROM lesson WHERE course = ?1")?;
        let mut rows = lessons.query([&self.course])?;
        while let Some(row) = rows.next()? {
            let state = match row.get::<_, i64>(1)? {
                0 => LessonState::New,
                1 => LessonState::Begun,
                _ => LessonState::Read,
            };
            let scroll = unsigned(row.get(2)?);
            progress.lessons.insert(row.get(0)?, LessonProgress { state, scroll });
        }
        let mut quizzes = self.db.prepare("SELECT id, answer, correct, tries FROM quiz WHERE course = ?1")?;
        let mut rows = quizzes.query([&self.course])?;
        while let Some(row) = rows.next()? {
            let quiz = QuizProgress { answer: row.get(1)?, correct: row.get(2)?, tries: row.get(3)? };
            progress.quizzes.insert(row.get(0)?, quiz);
        }
        progress.place = self
            .db
            .query_row("SELECT room, id, position FROM place WHERE course = ?1", [&self.course], |row| {
                Ok(Place { room: row.get(0)?, id: row.get(1)?, position: unsigned(row.get(2)?) })
            })
            .optional()?;
        Ok(progress)
    }

    /// Keeps how far a lesson has been read. A lesson once read stays read.
    pub fn set_lesson(&self, slug: &str, lesson: LessonProgress) -> Result<(), StoreError> {
        self.write(
            "INSERT INTO lesson VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
             SET state = max(state, excluded.state), scroll = excluded.scroll",
            params![self.course, slug, lesson.state as i64, signed(lesson.scroll)],
        )
    }

    /// Keeps an answer to a quiz.
    pub fn answer_quiz(&self, id: &str, answer: &str, correct: bool) -> Result<(), StoreError> {
        self.write(
            "INSERT INTO quiz VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT DO UPDATE
             SET answer = excluded.answer, correct = excluded.correct, tries = tries + 1",
            params![self.course, id, answer, correct],
        )
    }

    /// Keeps that the first `opened` hints of an exercise have been seen; a smaller number changes
    /// nothing.
    pub fn open_hint(&self, exercise: &str, opened: u32) -> Result<(), StoreError> {
        self.write(
            "INSERT INTO hints VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
             SET opened = max(opened, excluded.opened)",
            params![self.course, exercise, opened],
        )
    }

    /// Keeps where the learner is.
    pub fn set_place(&self, place: &Place) -> Result<(), StoreError> {
        self.write(
            "INSERT INTO place VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
             SET room = excluded.room, id = excluded.id, position = excluded.position",
            params![self.course, place.room, place.id, signed(place.position)],
        )
    }

    /// A setting, the same for all courses.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.db
            .query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(|source| self.wrap(source))
    }

    /// Keeps a setting.
    pub fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(
            "INSERT INTO setting VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            params![name, value],
        )
    }

    pub(super) fn write(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), StoreError> {
        let run = || self.db.prepare(sql)?.execute(values);
        run().map(drop).map_err(|source| self.wrap(source))
    }
}

/// SQLite's integers are signed; positions beyond 2^63 do not occur and are cut.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_at_the_next_start() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.set_lesson("layers", LessonProgress { state: LessonState::Read, scroll: 80 }).unwrap();
        store.set_lesson("layers", LessonProgress { state: LessonState::Begun, scroll: 12 }).unwrap();
        store.answer_quiz("layers/order", "2", false).unwrap();
        store.answer_quiz("layers/order", "1", true).unwrap();
        store.open_hint("exercise-1", 2).unwrap();
        store.open_hint("exercise-1", 1).unwrap();
        let place = Place { room: "lesson".into(), id: "layers".into(), position: 12 };
        store.set_place(&place).unwrap();
        store.set_setting("theme", "light").unwrap();
        drop(store);

        let store = Store::open(dir.path()).unwrap();
        let progress = store.progress().unwrap();
        assert_eq!(progress.lessons["layers"], LessonProgress { state: LessonState::Read, scroll: 12 });
        assert_eq!(
            progress.quizzes["layers/order"],
            QuizProgress { answer: "1".into(), correct: true, tries: 2 }
        );
        assert_eq!(progress.exercises["exercise-1"].hints_opened, 2);
        assert_eq!(progress.place, Some(place));
        assert_eq!(store.setting("theme").unwrap().as_deref(), Some("light"));
        assert_eq!(store.setting("vim").unwrap(), None);
    }

    #[test]
    fn courses_with_equal_ids_keep_apart() {
        let store = Store::in_memory().unwrap();
        store.open_hint("exercise-1", 3).unwrap();
        let store = store.for_course("another");
        assert_eq!(store.progress().unwrap(), Progress::default());
    }
}
