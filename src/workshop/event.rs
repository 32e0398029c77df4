//! What a learner's program tells: small events, numbered from 1 without a gap, several in a parcel.
//! Everything here comes from outside: [`Parcel::read`] bounds it and takes out what could steer a terminal.

use crate::text::sanitise;
use serde::{Deserialize, Serialize};

/// Version of this format. A host refuses a later one.
pub const FORMAT: u32 = 1;
/// Largest parcel, in bytes: under what a server takes by default (1 MiB), with files that are shared.
pub const MAX_PARCEL: usize = 256 * 1024;
/// Most events of one parcel.
pub const MAX_EVENTS: usize = 200;
/// Longest name of a learner, in characters.
pub const MAX_NAME: usize = 40;
/// Longest text of a call for help, in characters.
pub const MAX_TEXT: usize = 2_000;
/// Largest file that is shown to the instructor, in bytes.
pub const MAX_FILE: usize = 64 * 1024;
/// Longest id, slug, path or version, in characters.
const MAX_ID: usize = 120;
/// Most ids of one list.
const MAX_IDS: usize = 100;

/// What travels from a learner in one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// [`FORMAT`].
    pub format: u32,
    /// What the learner wants to be called. Two learners may have one name: who it is, the key says.
    pub name: String,
    /// Version of the learner's program.
    pub version: String,
    /// In order of their numbers.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number: 1 for the learner's first in this workshop, and no gap after it. The same number is the same event.
    pub seq: u64,
    /// When, in milliseconds since 1970 by the learner's clock: the order is that of `seq`, never of this.
    pub at: i64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum What {
    /// The program joined, or came back after it had been closed.
    Joined,
    /// The learner looks at something else.
    At {
        /// What.
        place: Where,
    },
    /// An exercise was opened for the first time in this workshop.
    Started {
        /// Its id.
        exercise: String,
    },
    /// An exercise was graded.
    Checked {
        /// Its id.
        exercise: String,
        /// Whether all that is needed passed.
        passed: bool,
        /// Points reached.
        points: u32,
        /// Points there are.
        of: u32,
        /// Ids of the checks that failed.
        failed: Vec<String>,
        /// Ids of the checks that could not be run here.
        not_run: Vec<String>,
    },
    /// An exercise was passed for the first time.
    Passed {
        /// Its id.
        exercise: String,
    },
    /// A hint was opened.
    HintOpened {
        /// The exercise's id.
        exercise: String,
        /// Which, from 1.
        hint: u32,
    },
    /// Nothing has been done for a while.
    Idle,
    /// Something is done again.
    Active,
    /// Help is wanted.
    Help {
        /// The exercise it is about.
        exercise: Option<String>,
        /// What the learner says.
        says: String,
        /// Files that the learner chose to show.
        files: Vec<SharedFile>,
    },
    /// Help is wanted no more.
    HelpOver,
    /// The learner left the workshop.
    Left,
}

/// Where a learner is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// The course's map, or a screen that is none of the others.
    Map,
    /// A lesson, by slug.
    Lesson(String),
    /// An exercise, by id.
    Exercise(String),
}

/// A file that a learner shows with a call for help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFile {
    /// Its path in the exercise.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A parcel that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParcelError {
    /// Over [`MAX_PARCEL`].
    #[error("a parcel of {0} bytes; {MAX_PARCEL} are the most")]
    TooLarge(usize),
    /// Of a later format.
    #[error("a parcel of format {0}; this program reads format {FORMAT}: the learner's program is newer")]
    Newer(u32),
    /// Not of this shape.
    #[error("not a parcel: {0}")]
    Shape(String),
}

impl Parcel {
    /// The parcel as it travels.
    ///
    /// # Errors
    /// When it would be over [`MAX_PARCEL`].
    pub fn write(&self) -> Result<Vec<u8>, ParcelError> {
        let bytes = serde_json::to_vec(self).map_err(|error| ParcelError::Shape(error.to_string()))?;
        if bytes.len() > MAX_PARCEL { Err(ParcelError::TooLarge(bytes.len())) } else { Ok(bytes) }
    }

    /// Reads what came over the wire. What is too long in it is cut, what could steer a terminal is replaced.
    ///
    /// # Errors
    /// When it is too large, of a later format, has no or too many events, or numbers out of order.
    pub fn read(bytes: &[u8]) -> Result<Self, ParcelError> {
        /// The format is looked at first: what else a later one has is not known here.
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        if bytes.len() > MAX_PARCEL {
            return Err(ParcelError::TooLarge(bytes.len()));
        }
        let shape =
            |error: serde_json::Error| ParcelError::Shape(sanitise::plain(&error.to_string()).into_owned());
        let head: Head = serde_json::from_slice(bytes).map_err(shape)?;
        if head.format != FORMAT {
            return Err(ParcelError::Newer(head.format));
        }
        let mut parcel: Self = serde_json::from_slice(bytes).map_err(shape)?;
        if parcel.events.is_empty() || parcel.events.len() > MAX_EVENTS {
            return Err(ParcelError::Shape(format!("{} events", parcel.events.len())));
        }
        let first = parcel.events.first().map_or(0, |event| event.seq);
        // The last numbers there are would be counted over the end.
        let in_order =
            parcel.events.iter().zip(0..).all(|(event, n)| first.checked_add(n) == Some(event.seq))
                && parcel.events.iter().all(|event| i64::try_from(event.seq).is_ok());
        if first == 0 || !in_order {
            return Err(ParcelError::Shape("events are not numbered one after the other".into()));
        }
        parcel.tidy();
        Ok(parcel)
    }

    /// Cuts what is too long, and takes out what could steer a terminal: for what comes from elsewhere than
    /// [`Parcel::read`].
    pub fn tidy(&mut self) {
        self.name = name(&self.name);
        line(&mut self.version);
        self.events.truncate(MAX_EVENTS);
        self.events.iter_mut().for_each(|event| event.what.bound());
    }
}

impl What {
    /// Cuts what is too long, and takes out what could steer a terminal.
    fn bound(&mut self) {
        match self {
            Self::Joined
            | Self::Idle
            | Self::Active
            | Self::HelpOver
            | Self::Left
            | Self::At { place: Where::Map } => {}
            Self::At { place: Where::Lesson(id) | Where::Exercise(id) }
            | Self::Started { exercise: id }
            | Self::Passed { exercise: id }
            | Self::HintOpened { exercise: id, .. } => line(id),
            Self::Checked { exercise, failed, not_run, .. } => {
                line(exercise);
                for list in [failed, not_run] {
                    list.truncate(MAX_IDS);
                    list.iter_mut().for_each(line);
                }
            }
            Self::Help { exercise, says, files } => {
                exercise.iter_mut().for_each(line);
                *says = text(says, MAX_TEXT);
                files.truncate(8);
                for file in files {
                    line(&mut file.path);
                    file.text = text(&file.text, MAX_FILE);
                }
            }
        }
    }
}

/// A learner's name as it may be shown: one line, at most [`MAX_NAME`] characters, never empty.
pub fn name(given: &str) -> String {
    let shown = sanitise::plain(given.trim()).replace('\u{fffd}', "");
    let shown = sanitise::bounded(shown.trim(), MAX_NAME - 1).into_owned();
    if shown.is_empty() { "(no name)".to_owned() } else { shown }
}

fn line(given: &mut String) {
    *given = sanitise::bounded(&sanitise::plain(given), MAX_ID).into_owned();
}

fn text(given: &str, limit: usize) -> String {
    sanitise::bounded(&sanitise::lines(given), limit).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(events: Vec<Event>) -> Parcel {
        Parcel { format: FORMAT, name: "Ada".into(), version: "0.1.0".into(), events }
    }

    fn event(seq: u64, what: What) -> Event {
        Event { seq, at: 1_000, what }
    }

    #[test]
    fn a_parcel_reads_back() {
        let place = Where::Exercise("exercise-1".into());
        let checked = What::Checked {
            exercise: "exercise-1".into(),
            passed: false,
            points: 3,
            of: 9,
            failed: vec!["non-root".into()],
            not_run: Vec::new(),
        };
        let sent = parcel(vec![event(4, What::Joined), event(5, What::At { place }), event(6, checked)]);
        assert_eq!(Parcel::read(&sent.write().unwrap()), Ok(sent));
    }

    #[test]
    fn what_could_steer_a_terminal_is_taken_out() {
        let files = vec![SharedFile { path: "a\u{1b}[2J".into(), text: "FROM x\n\u{9b}31m".into() }];
        let help = What::Help { exercise: Some("e\u{7}".into()), says: "a\nb\u{202e}".into(), files };
        let mut sent = parcel(vec![event(1, help)]);
        sent.name = "\u{1b}]0;x\u{7}Eve\n".into();
        let read = Parcel::read(&sent.write().unwrap()).unwrap();
        assert_eq!(read.name, "]0;xEve");
        let shown = format!("{read:?}");
        assert!(
            !shown.contains("\\u{1b}") && !shown.contains("\\u{9b}") && !shown.contains("202e"),
            "{shown}"
        );
        assert!(shown.contains("FROM x\\n"), "{shown}");
    }

    #[test]
    fn numbers_follow_each_other_from_one() {
        let last = vec![event(u64::MAX, What::Idle)];
        let over = vec![event(u64::MAX, What::Idle), event(0, What::Idle)];
        let gap = vec![event(2, What::Idle), event(4, What::Idle)];
        for wrong in [vec![], vec![event(0, What::Idle)], gap, last, over] {
            assert!(matches!(Parcel::read(&parcel(wrong).write().unwrap()), Err(ParcelError::Shape(_))));
        }
    }

    #[test]
    fn a_later_format_and_a_heap_of_bytes_are_refused() {
        let later = br#"{"format":2,"anything":[]}"#;
        assert_eq!(Parcel::read(later), Err(ParcelError::Newer(2)));
        assert_eq!(Parcel::read(&vec![b' '; MAX_PARCEL + 1]), Err(ParcelError::TooLarge(MAX_PARCEL + 1)));
    }
}
