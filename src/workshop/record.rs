//! The record of a workshop: one line of JSON for each thing that happened, in the order in which the host took
//! it. A board is a fold over these lines, live or long after; nothing else is kept of a workshop.

use super::event::Parcel;
use super::room::{Change, Clock, Room};
use crate::text::sanitise;
use serde::{Deserialize, Serialize};

/// Version of this format.
pub const FORMAT: u32 = 1;
/// Longest key of a learner, in characters; those of a server have 56.
const MAX_KEY: usize = 80;
/// The last moment there is: the end of the year 9999, in milliseconds since 1970.
const LAST: i64 = 253_402_300_799_999;

/// One line of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first line: which workshop it is.
    Head(Box<Head>),
    /// A learner told something.
    Told(Told),
    /// The instructor did something.
    Did {
        /// When, in milliseconds since 1970 by the host's clock.
        at: i64,
        /// What.
        change: Change,
    },
}

/// Which workshop it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: u32,
    /// The workshop's id, as in its subjects.
    pub workshop: String,
    /// When it was made, in milliseconds since 1970.
    pub at: i64,
    /// The room before anything was done in it, with the plan.
    pub room: Room,
    /// The exercises of the plan, in its order.
    pub exercises: Vec<Exercise>,
}

/// What a board must know of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exercise {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its checks: id and title.
    pub checks: Vec<(String, String)>,
}

/// What a learner told, and when the host took it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// When the host took it, in milliseconds since 1970 by the host's clock.
    pub at: i64,
    /// Its number in the stream it was taken from: the host goes on behind the last one that it recorded.
    pub n: u64,
    /// The learner's key, which the server vouches for.
    pub from: String,
    /// What.
    pub parcel: Parcel,
}

/// A record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// There is nothing in it, or no head.
    #[error("this is not the record of a workshop: its first line is not a head")]
    NoHead,
    /// Of a later version.
    #[error("this record is of format {0}; this program reads format {FORMAT}")]
    Newer(u32),
    /// A line that is none.
    #[error("line {line}: {reason}")]
    Broken {
        /// Which, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
}

impl Line {
    /// The line as it is written, its newline included.
    ///
    /// # Errors
    /// Never for what this program makes; JSON has no way for some floats and map keys, of which there are none.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self).map(|line| line + "\n")
    }

    /// Reads one line; `number` counts from 1 and is for the error.
    ///
    /// # Errors
    /// When it is none, or a head of a later format.
    pub fn read(line: &str, number: usize) -> Result<Self, RecordError> {
        let broken = |error: serde_json::Error| RecordError::Broken {
            line: number,
            reason: sanitise::plain(&error.to_string()).into_owned(),
        };
        let mut line: Self = serde_json::from_str(line).map_err(broken)?;
        match &mut line {
            Self::Head(head) if head.format != FORMAT => return Err(RecordError::Newer(head.format)),
            Self::Head(head) => {
                moment(&mut head.at);
                if let Clock::Running { since: at, .. } | Clock::Paused { passed: at, .. } =
                    &mut head.room.clock
                {
                    moment(at);
                }
            }
            Self::Told(told) => {
                moment(&mut told.at);
                told.parcel.tidy();
                told.from = sanitise::bounded(&sanitise::plain(&told.from), MAX_KEY).into_owned();
            }
            Self::Did { at, .. } => moment(at),
        }
        Ok(line)
    }
}

/// A record may come from anywhere: with moments within these bounds nothing overflows that is counted from them.
fn moment(at: &mut i64) {
    *at = (*at).clamp(0, LAST);
}
