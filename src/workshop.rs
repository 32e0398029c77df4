//! Workshops: a room on one clock. A learner tells events, the host records them and says what the room is.
//!
//! | file | owns |
//! | --- | --- |
//! | `plan` · | `workshop.yaml`: parts, minutes, when hints and solutions open, messages |
//! | `bundle` | a workshop in one file, for rooms with poor networks |
//! | `needs` ·, `mirror` · | what a plan needs of a machine, and a registry that has it |
//! | `event` · | what a learner tells, in parcels, numbered from 1 without a gap |
//! | `room` · | what the host says to all: part, clock, announcements, what is open; and how it changes |
//! | `record` · | the lines of a recorded workshop, from which a board is made again |
//! | `seat` | what a join line holds, keys and passes, subjects |
//! | `host` | a workshop that is being led: its folder, its server, its record |
//! | `link` | a learner's seat, outbox and connection |
//! | `server` | what a NATS server greets with; the one that a workshop starts |
//! | `words` | what the host says, signed |
//! | `board` · | what the lines come to: learners, how far they are, who is stuck, how many fail what |
//! | `playback` | a recorded workshop and a moment in it |
//! | `export` | a workshop as CSV, JSON or HTML |
//! | `lead` | what is between a workshop and the screen that leads it |

pub mod board;
pub mod bundle;
pub mod event;
pub mod export;
pub mod host;
pub mod lead;
pub mod link;
pub mod mirror;
pub mod needs;
pub mod plan;
pub mod playback;
pub mod record;
pub mod room;
pub mod seat;
pub mod server;
pub mod words;
