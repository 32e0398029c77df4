//! What a seat in a workshop adds to the whole: what is heard changes the room, what is done is told, and a page
//! that the host shows opens for who follows. Without a seat none of it happens.

use super::view::Frame;
use super::{Model, Popup, Screen, board, go};
use crate::text::sanitise;
use crate::tui::keymap::{self, Action};
use crate::tui::message::{Destination, Effect, Msg, Tone};
use crate::tui::screens::{call, lesson, page};
use crate::tui::workshop::{STILL, Seated, minutes};
use crate::workshop::event::{What, Where};
use crate::workshop::link::{self, Heard, Taken};

/// There is a seat: the host is told that somebody sits there.
pub fn on_taken(model: &mut Model, taken: Taken) -> Vec<Effect> {
    // Whoever leads a workshop sits in none with this program.
    if board::is_there(model) {
        return Vec::new();
    }
    model.shared.seat = Some(Box::new(Seated::new(taken, model.shared.now)));
    vec![tell(What::Joined)]
}

/// Something was heard of the workshop.
pub fn on_heard(model: &mut Model, heard: Heard) -> Vec<Effect> {
    let Some(seat) = &mut model.shared.seat else { return Vec::new() };
    if heard == Heard::Gone {
        model.shared.seat = None;
        model.popups.retain(|popup| !matches!(popup, Popup::Call(_)));
        model.shared.say(Tone::Plain, "You have left the workshop; nothing is told any more");
        return Vec::new();
    }
    let refused = match &heard {
        Heard::Refused(reason) if seat.refused.as_ref() != Some(reason) => Some(reason.clone()),
        _ => None,
    };
    let said = seat.hear(heard, model.shared.now);
    if let Some(said) = said {
        model.shared.say(Tone::Good, said);
    }
    if let Some(reason) = refused {
        let reason = sanitise::plain(&reason).into_owned();
        model.shared.say(Tone::Bad, format!("The workshop lets you not in: {reason}"));
    }
    Vec::new()
}

/// What is told and opened after a message was handled; `touched` when the learner did something.
pub fn after(model: &mut Model, touched: bool, effects: &mut Vec<Effect>) {
    if model.shared.seat.is_none() {
        return;
    }
    let reports: Vec<What> = effects.iter().flat_map(told_by).collect();
    effects.extend(reports.into_iter().map(tell));
    let busy = model.is_busy();
    let now = model.shared.now;
    let noticed = model.shared.seat.as_mut().and_then(|seat| seat.noticed(now, touched, busy));
    effects.extend(noticed.map(tell));
    effects.extend(follow(model, false));
    let place = place(model);
    let Some(seat) = &mut model.shared.seat else { return };
    if seat.place.as_ref() != Some(&place) {
        if let Where::Exercise(exercise) = &place {
            effects.push(tell(What::Started { exercise: exercise.clone() }));
        }
        seat.place = Some(place.clone());
        effects.push(tell(What::At { place }));
    }
}

fn tell(what: What) -> Effect {
    Effect::Tell(Box::new(what))
}

/// What of the things that are kept is told too.
fn told_by(effect: &Effect) -> Vec<What> {
    match effect {
        Effect::RememberReport(report) => link::told(report),
        Effect::RememberHint(exercise, hint) => {
            vec![What::HintOpened { exercise: exercise.clone(), hint: *hint }]
        }
        _ => Vec::new(),
    }
}

/// Where the learner is, as far as the host may know.
fn place(model: &Model) -> Where {
    let graded = |id: &String| model.shared.course.exercises.iter().any(|exercise| exercise.id == *id);
    match &model.screen {
        Screen::Lesson(state) => Where::Lesson(state.lesson.slug.clone()),
        Screen::Workbench(state) if graded(&state.exercise.id) => Where::Exercise(state.exercise.id.clone()),
        _ => Where::Map,
    }
}

/// Opens the page that the host shows, when the learner follows and nothing is being typed; at once when they
/// just asked for it.
fn follow(model: &mut Model, asked: bool) -> Vec<Effect> {
    let Some(seat) = &mut model.shared.seat else { return Vec::new() };
    let Some(page) = seat.to_follow().cloned() else { return Vec::new() };
    let still = asked || model.shared.now.saturating_sub(seat.touched) >= STILL;
    let writes = match &model.screen {
        Screen::Workbench(state) => !still || state.files.iter().any(|file| file.unsaved.is_some()),
        Screen::Lesson(state) => state.is_typing(),
        Screen::Ecr(_) | Screen::Image(_) => !still,
        Screen::Home(_) | Screen::Setup(_) | Screen::Board(_) => false,
    };
    if writes || !model.popups.is_empty() {
        return Vec::new();
    }
    seat.followed = Some(page.clone());
    let mut effects = go::go(model, Destination::Lesson(page.lesson.clone()));
    let body = Frame::of(&model.shared).body;
    if let (Screen::Lesson(state), Some(heading)) = (&mut model.screen, &page.heading)
        && state.lesson.slug == page.lesson
    {
        effects.extend(lesson::show_heading(state, &mut model.shared, body, heading));
    }
    effects
}

/// The keys of a learner in a workshop.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let now = model.shared.now;
    let Some(seat) = &mut model.shared.seat else {
        model.shared.say(Tone::Plain, "You sit in no workshop: `docker-ecr-tutor join` takes a seat");
        return Vec::new();
    };
    match action {
        Action::Announcements => {
            let text = announcements(seat, now);
            seat.see(now);
            model.popups.push(Popup::Page(page::State::new("Said to all", &text)));
        }
        Action::Follow => {
            seat.follow = !seat.follow;
            seat.followed = None;
            let key = keymap::key_of(Action::Follow).unwrap_or_default();
            let words = match (seat.follow, seat.shown()) {
                (false, _) => "You go your own way again".to_owned(),
                (true, Some(_)) => format!("You follow the host's pages; {key} ends it"),
                (true, None) => format!("The next page that the host shows opens by itself; {key} ends it"),
            };
            model.shared.say(Tone::Plain, words);
            return follow(model, true);
        }
        _ => {
            let title = seat.room.as_ref().map(|room| room.plan.title.clone()).unwrap_or_default();
            let to = (title, seat.taken.host.clone(), seat.taken.name.clone());
            let waits = seat.help.is_some();
            let (exercise, files) = match &model.screen {
                Screen::Workbench(state) if !state.exercise.checks.is_empty() => {
                    let id = state.exercise.id.clone();
                    // In the order of the tabs: what one works on comes before a file that holds a secret.
                    let there = state.files.iter().filter(|file| file.exists);
                    let files = there.map(|file| (file.path.clone(), file.editor.text())).collect();
                    (Some((id, state.title())), files)
                }
                _ => (None, Vec::new()),
            };
            model.popups.push(Popup::Call(call::State::new(exercise, files, to, waits)));
        }
    }
    Vec::new()
}

/// What the call's form says is told.
pub fn called(model: &mut Model, what: What) -> Vec<Effect> {
    let over = what == What::HelpOver;
    if let Some(seat) = &mut model.shared.seat {
        // Its number comes back from the disk; until then any later word is an answer to another call.
        seat.help = (!over).then_some(u64::MAX);
        let words = match (over, seat.online) {
            (true, _) => "Your call for help is taken back",
            (false, true) => "You called for help; you can go on meanwhile",
            (false, false) => "You called for help; it is sent when the host is heard again",
        };
        model.shared.say(Tone::Good, words);
    }
    vec![tell(what)]
}

/// Everything that was said, newest first, as a page. What people wrote is text there and nothing else.
fn announcements(seat: &Seated, now: u64) -> String {
    let said = seat.said(now);
    if said.is_empty() {
        return "Nothing has been said to all yet.".to_owned();
    }
    let ago = |ago| if ago == 0 { "just now".to_owned() } else { format!("{} ago", minutes(ago)) };
    said.into_iter().map(|(minutes, text)| format!("**{}**: {}\n\n", ago(minutes), literal(&text))).collect()
}

/// Text as markdown that shows just that.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in sanitise::plain(text).chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The terminal was lent and is back.
pub fn back(model: &mut Model) {
    if let Some(seat) = &mut model.shared.seat {
        seat.back = true;
    }
}

/// A message that means that the learner did something.
pub fn is_touch(msg: &Msg) -> bool {
    matches!(msg, Msg::Key(_) | Msg::Paste(_) | Msg::Mouse(_) | Msg::Focus(true))
}
