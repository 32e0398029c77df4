//! Keys of a learner in a workshop. They mean nothing to who sits in none.

use super::table::bind;
use super::{Action, Binding, Chord, Context};
use crossterm::event::KeyCode;

/// The rows. The quiet bar names the keys itself, so they take no room in the key bar.
pub const ROOM: &[Binding] = &[
    bind(Context::Room, Chord::alt(KeyCode::Char('j')), Action::CallForHelp, ""),
    bind(Context::Room, Chord::alt(KeyCode::Char('n')), Action::Announcements, ""),
    bind(Context::Room, Chord::alt(KeyCode::Char('o')), Action::Follow, ""),
    // The call for help. Letters are typed.
    bind(Context::Call, Chord::key(KeyCode::Enter), Action::Accept, "go on"),
    bind(Context::Call, Chord::key(KeyCode::Esc), Action::Back, "back"),
    bind(Context::Call, Chord::key(KeyCode::Up), Action::Up, ""),
    bind(Context::Call, Chord::key(KeyCode::Down), Action::Down, ""),
    bind(Context::Call, Chord::key(KeyCode::Tab), Action::Down, "next"),
    bind(Context::Call, Chord::key(KeyCode::BackTab), Action::Up, ""),
];
