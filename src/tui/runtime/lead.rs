//! A workshop on the board: what its host says becomes messages.

use crate::tui::app::{Model, Screen};
use crate::tui::message::Msg;
use crate::tui::screens::board;
use crate::workshop::host::Event;
use crate::workshop::lead::{Leads, Live};
use crate::workshop::room::Change;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, UnboundedSender};

/// Shows the board below all other screens; answers where changes go, when the workshop goes on.
pub fn show(
    leads: Leads,
    model: &mut Model,
    workers: &Handle,
    messages: &UnboundedSender<Msg>,
) -> Option<Sender<Change>> {
    let (state, changes) = match leads {
        Leads::Replay(playback, limits) => (board::State::replay(*playback, limits), None),
        Leads::Live(live) => {
            let Live { head, join, limits, mut events, changes } = live;
            let messages = messages.clone();
            workers.spawn(async move {
                while let Some(heard) = events.recv().await {
                    if messages.send(Msg::Heard(Box::new(heard))).is_err() {
                        return;
                    }
                }
                let why = "the host has ended".to_owned();
                // Nobody listens only when the program is about to end.
                let _ = messages.send(Msg::Heard(Box::new(Event::Failed { why })));
            });
            (board::State::live(&head, join, limits), Some(changes))
        }
    };
    model.screen = Screen::Board(Box::new(state));
    changes
}
