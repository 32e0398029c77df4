//! What is between a workshop and the screen that leads it: what the host tells, and changes that it is asked for.

use super::board::Limits;
use super::host::{Event, Handle};
use super::playback::Playback;
use super::record::Head;
use super::room::Change;
use tokio::sync::mpsc::{Receiver, Sender};

/// What a board shows.
pub enum Leads {
    /// A workshop that goes on.
    Live(Live),
    /// A recorded one, and from when on somebody counts as stuck in it.
    Replay(Box<Playback>, Limits),
}

/// A workshop that goes on, as a screen sees it.
pub struct Live {
    /// Which workshop.
    pub head: Box<Head>,
    /// The line that learners type to join.
    pub join: JoinLine,
    /// From when on somebody counts as stuck.
    pub limits: Limits,
    /// What was recorded so far, its head first, then whatever is recorded, each line once and in its order.
    pub events: Receiver<Event>,
    /// What the instructor does. It is on the board when its line comes back.
    pub changes: Sender<Change>,
}

/// The line that learners type to join. It holds the token: it is shown to whoever leads, and is in nothing that is
/// printed for debugging.
#[derive(Clone)]
pub struct JoinLine(pub String);

impl std::fmt::Debug for JoinLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JoinLine(..)")
    }
}

impl Live {
    /// The screen's side of a workshop that is hosted here. What the host tells goes there from now on.
    pub fn of(handle: &mut Handle, limits: Limits) -> Self {
        Self {
            head: handle.head.clone(),
            join: JoinLine(handle.join_line()),
            limits,
            events: handle.take_events(),
            changes: handle.changes(),
        }
    }
}
