//! What is between a workshop and the screen that leads it: lines out of the workshop, changes into it.

use super::board::Limits;
use super::playback::Playback;
use super::record::{Head, Line};
use super::room::Change;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// What a board shows.
#[derive(Debug)]
pub enum Leads {
    /// A workshop that goes on.
    Live(Live),
    /// A recorded one.
    Replay(Box<Playback>),
}

/// A workshop that goes on, as a screen sees it.
#[derive(Debug)]
pub struct Live {
    /// Which workshop.
    pub head: Box<Head>,
    /// The line that learners type to join.
    pub join: String,
    /// From when on somebody counts as stuck.
    pub limits: Limits,
    /// What was recorded so far, then whatever is recorded, each line once and in its order.
    pub heard: UnboundedReceiver<Heard>,
    /// What the instructor does. It is on the board when its line comes back.
    pub changes: UnboundedSender<Change>,
}

/// What a host tells the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Lines that are in the record now.
    Lines(Vec<Line>),
    /// Something is wrong, in a sentence, as with a server that does not answer; `None` when all is well again.
    Trouble(Option<String>),
}
