//! The host of a workshop: keeps its server, takes what learners tell, writes it down, says what the room is.
//!
//! Whoever shows a workshop (a board, plain lines) holds a [`Handle`]: it hears [`Event`]s, all lines of the record
//! first and then the live ones, and asks for [`Change`]s, which come back as lines. A board is a fold over these
//! lines and keeps nothing else.

use super::record::Line;
use super::room::Change;
use super::seat::Address;
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

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

/// A workshop that is being hosted. Dropped, it ends like a process that is killed: nothing is lost.
#[derive(Debug)]
pub struct Handle {
    /// What learners join by; it holds the token.
    pub address: Address,
    /// The workshop's id.
    pub workshop: String,
    /// The workshop's folder: keys, record, plan.
    pub folder: PathBuf,
    /// What happens. Take it out (`handle.events`) into whatever loop you have.
    pub events: mpsc::Receiver<Event>,
    changes: mpsc::Sender<Change>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Handle {
    /// The line that learners type, with `NAME` for their own.
    pub fn join_line(&self) -> String {
        format!("docker-ecr-tutor join '{}' --name NAME", self.address.reveal())
    }

    /// A way to ask for changes, that can be kept beside the handle: `changes().try_send(change)`. A change that
    /// was taken comes back as [`Line::Did`].
    pub fn changes(&self) -> mpsc::Sender<Change> {
        self.changes.clone()
    }

    /// Ends hosting in good order: what was taken is on the disk, and a server of ours is stopped.
    pub async fn stop(self) {
        self.stop.cancel();
        drop(self.events);
        // A task that panicked has nothing left to end.
        let _ = self.task.await;
    }
}
