//! What is between a workshop and the screen that leads it: what the host tells, and changes that it is asked for.

use super::board::Limits;
use super::host::{Event, Handle};
use super::playback::Playback;
use super::room::Change;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// What a board shows.
#[derive(Debug)]
pub enum Leads {
    /// A workshop that goes on.
    Live(Live),
    /// A recorded one, and from when on somebody counts as stuck in it.
    Replay(Box<Playback>, Limits),
}

/// A workshop that goes on, as a screen sees it.
#[derive(Debug)]
pub struct Live {
    /// The line that learners type to join. It holds the token: it is shown, and kept nowhere.
    pub join: String,
    /// From when on somebody counts as stuck.
    pub limits: Limits,
    /// What was recorded so far, its head first, then whatever is recorded, each line once and in its order.
    pub events: Receiver<Event>,
    /// What the instructor does. It is on the board when its line comes back.
    pub changes: Sender<Change>,
}

impl Live {
    /// The screen's side of a workshop that is hosted here. What the host tells goes there from now on.
    pub fn of(handle: &mut Handle, limits: Limits) -> Self {
        let events = std::mem::replace(&mut handle.events, channel(1).1);
        Self { join: handle.join_line(), limits, events, changes: handle.changes() }
    }
}
