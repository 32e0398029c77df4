//! The board of a workshop among the screens: it lies below all others, hears the host wherever one is, and is not left
//! without a question while learners are at work.

use super::view::Frame;
use super::{Model, Popup, Screen, go};
use crate::tui::message::{Destination, Effect, Msg};
use crate::tui::screens::{board, dialog, lesson};
use crate::workshop::host::Event;
use crate::workshop::room::Change;

/// The board, if this program shows one.
fn of(model: &mut Model) -> Option<&mut board::State> {
    std::iter::once(&mut model.screen).chain(model.below.iter_mut()).find_map(|screen| match screen {
        Screen::Board(state) => Some(&mut **state),
        _ => None,
    })
}

/// Whether this program shows a board.
pub fn is_there(model: &Model) -> bool {
    std::iter::once(&model.screen).chain(&model.below).any(|screen| matches!(screen, Screen::Board(_)))
}

/// Time passes, also while another screen lies over the board.
pub fn on_tick(model: &mut Model, now: u64) {
    if let Some(state) = of(model) {
        board::on_tick(state, now);
    }
}

/// The host's clock.
pub fn on_clock(model: &mut Model, now: i64) -> Vec<Effect> {
    if let Some(state) = of(model) {
        board::on_clock(state, now);
    }
    Vec::new()
}

/// What the host says.
pub fn on_heard(model: &mut Model, heard: Event) -> Vec<Effect> {
    let now = model.shared.now;
    if let Some(state) = of(model) {
        board::on_heard(state, now, heard);
    }
    Vec::new()
}

/// Leaves the program, with a question while a workshop goes on.
pub fn quit(model: &mut Model) -> Vec<Effect> {
    if !of(model).is_some_and(|state| state.is_live()) {
        model.quitting = true;
        return vec![Effect::Quit];
    }
    let text = "Learners keep what they have done, and their programs wait for you to come back: `workshop list` \
                names this workshop, and `workshop host --again` opens it. To end it for all, go behind its last part \
                first.";
    let question =
        dialog::State::new("Leave the board?", text).answer("Stay", None).answer("Leave", Some(Msg::Leave));
    let question = Popup::Dialog(question);
    if !model.popups.iter().any(|open| open.asks_the_same(&question)) {
        model.popups.push(question);
    }
    Vec::new()
}

/// Opens a lesson whose pages those turn too who follow.
pub fn follow_me(model: &mut Model, slug: String) -> Vec<Effect> {
    let effects = go::go(model, Destination::Lesson(slug));
    if matches!(model.screen, Screen::Lesson(_)) {
        model.shared.follow_me = Some(None);
    }
    effects
}

/// Tells those who follow when another page, or heading, is read here.
pub fn turn_page(model: &mut Model) -> Option<Effect> {
    let shown = model.shared.follow_me.as_ref()?;
    let Screen::Lesson(state) = &mut model.screen else {
        // Back on the board: what was shown last stays until another page is.
        if matches!(model.screen, Screen::Board(_)) {
            model.shared.follow_me = None;
        }
        return None;
    };
    let page = lesson::page_shown(state, &model.shared, Frame::of(&model.shared).body);
    if shown.as_ref() == Some(&page) {
        return None;
    }
    model.shared.follow_me = Some(Some(page.clone()));
    Some(Effect::Lead(Box::new(Change::Follow { page: Some(page) })))
}
