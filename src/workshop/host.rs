//! The host of a workshop: keeps its server, takes what learners tell, writes it down, says what the room is.
//!
//! Whoever shows a workshop (a board, plain lines) holds a [`Handle`]: it hears [`Event`]s, all lines of the record
//! first and then the live ones, and asks for [`Change`]s, which come back as lines. A board is a fold over these
//! lines and keeps nothing else.
//!
//! | file | owns |
//! | --- | --- |
//! | `folder` | the workshop's folder: keys, which server, whose it is now |
//! | `book` | the file of the record |
//! | `ledger` · | which events of whom are recorded; what one learner may add |
//! | `take` | the stream, and taking out of it |
//! | `serve` | the loop: take, write, tell, say |
//! | `open` | from options to a workshop that is hosted |
//! | `rights` | what learners may do on somebody else's server |

pub mod book;
pub mod folder;
pub mod ledger;
mod open;
pub mod rights;
mod serve;
mod take;

use super::plan::Plan;
use super::record::{Exercise, Head, Line};
use super::room::Change;
use super::seat::Address;
use crate::engine::Environment;
pub use folder::Setup;
pub use open::{HostError, outside};
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::DropGuard;

/// What is to be hosted.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program's data folder; the workshop's own is `workshops/ID` in it.
    pub data: PathBuf,
    /// Which workshop.
    pub which: Which,
    /// Where to look for an engine, when there is no `nats-server`.
    pub engine: Environment,
}

/// Which workshop is hosted.
#[derive(Debug, Clone)]
pub enum Which {
    /// A new one.
    New {
        /// Its plan.
        plan: Plan,
        /// The exercises of the plan, in its order ([`exercises`]).
        exercises: Vec<Exercise>,
        /// Its server.
        setup: Setup,
    },
    /// One that was hosted before, by its id; with another server when one is named.
    Again {
        /// The id.
        workshop: String,
        /// The server from now on; `None` is the one it had, at the same port.
        setup: Option<Setup>,
    },
}

/// What a record says of the exercises of a plan, in its order.
pub fn exercises(plan: &Plan, course: &crate::course::model::Course) -> Vec<Exercise> {
    let mut exercises: Vec<Exercise> = Vec::new();
    for id in plan.parts.iter().flat_map(|part| &part.exercises) {
        let found = course.exercises.iter().find(|exercise| exercise.id == *id);
        let Some(exercise) = found.filter(|_| !exercises.iter().any(|known| known.id == *id)) else {
            continue;
        };
        let checks = exercise.checks.iter().map(|check| (check.id.clone(), check.title.clone())).collect();
        exercises.push(Exercise { id: id.clone(), title: exercise.title.clone(), checks });
    }
    exercises
}

/// What the host tells whoever shows the workshop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Lines of the record, in its order: what was in it when the host began, and then what happens. Each is on
    /// the disk when it is told here.
    Lines(Vec<Line>),
    /// The lines told so far are all that was in the record when the host began; what follows is live.
    Live,
    /// The server went away; learners keep what they have to tell. It is started again, or waited for.
    ServerAway {
        /// Why, as far as that is known; from outside.
        why: String,
    },
    /// The server is here (again).
    ServerHere,
    /// So many messages were not taken since the beginning: not parcels, or too many of one learner.
    Skipped {
        /// How many, and why the last one.
        count: u64,
        /// Why the last of them.
        why: String,
    },
    /// The host cannot go on: what it takes can no longer be written down. Nothing is acknowledged any more.
    Failed {
        /// Why.
        why: String,
    },
}

/// A workshop that is being hosted. Dropped, hosting ends too, and nobody waits for it: [`Handle::stop`] does.
#[derive(Debug)]
pub struct Handle {
    /// What learners join by; it holds the token.
    pub address: Address,
    /// The first line of its record.
    pub head: Box<Head>,
    /// The workshop's id.
    pub workshop: String,
    /// The workshop's folder: keys, record.
    pub folder: PathBuf,
    /// What happens. Hear it here, or take it out with [`Handle::take_events`].
    pub events: mpsc::Receiver<Event>,
    /// Process id of a server of ours that runs as a process of this machine, when hosting began.
    pub server: Option<u32>,
    changes: mpsc::Sender<Change>,
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Handle {
    /// Begins to host. When this returns, the server is up and learners may join.
    ///
    /// # Errors
    /// When the folder cannot be used, there is no server to be had, or it does not let us.
    pub async fn start(options: Options) -> Result<Self, HostError> {
        open::start(options).await
    }

    /// The line that learners type, with `NAME` for their own.
    pub fn join_line(&self) -> String {
        format!("docker-ecr-tutor join '{}' --name NAME", self.address.reveal())
    }

    /// A way to ask for changes, that can be kept beside the handle: `changes().try_send(change)`. A change that
    /// was taken comes back as [`Line::Did`].
    pub fn changes(&self) -> mpsc::Sender<Change> {
        self.changes.clone()
    }

    /// Takes the events out, for a loop of their own; here nothing is heard any more.
    pub fn take_events(&mut self) -> mpsc::Receiver<Event> {
        std::mem::replace(&mut self.events, mpsc::channel(1).1)
    }

    /// Ends hosting in good order: what was taken is on the disk, and a server of ours is stopped.
    pub async fn stop(self) {
        drop(self.stop);
        drop(self.events);
        // A task that panicked has nothing left to end.
        let _ = self.task.await;
    }
}
