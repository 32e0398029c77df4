//! What lies over the screen. The topmost has the keys; closing it gives them back.

use super::{Model, Shared, act, seated};
use crate::tui::keymap::{self, Action, Context};
use crate::tui::message::{Effect, Msg};
use crate::tui::screens::{build_options, call, dialog, fixes, help, page, palette, whatif};
use crossterm::event::{KeyEvent, MouseEvent, MouseEventKind};

/// One of the things that can lie over the screen.
#[derive(Debug)]
pub enum Popup {
    /// The command palette.
    Palette(palette::State),
    /// The keys.
    Help(help::State),
    /// A page of text: a hint, an explanation.
    Page(page::State),
    /// A question.
    Dialog(dialog::State),
    /// The fixes that there are for a place.
    Fixes(fixes::State),
    /// How to build.
    BuildOptions(build_options::State),
    /// What if a file changes?
    WhatIf(whatif::State),
    /// The call for help in a workshop.
    Call(call::State),
}

impl Popup {
    /// Whose keys it has.
    pub fn context(&self) -> Context {
        match self {
            Self::Palette(_) => Context::Palette,
            Self::Help(_) | Self::Page(_) => Context::Page,
            Self::Dialog(_) => Context::Dialog,
            Self::Fixes(_) => Context::Fixes,
            Self::BuildOptions(_) => Context::BuildOptions,
            Self::WhatIf(_) => Context::WhatIf,
            Self::Call(_) => Context::Call,
        }
    }

    /// Whether both are the same question.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Dialog(one), Self::Dialog(other)) if one.asks_the_same(other))
    }

    /// Takes pasted text, where there is a line to type in.
    pub fn paste(&mut self, text: &str, shared: &Shared) {
        match self {
            Self::Palette(state) => state.paste(text, shared),
            Self::WhatIf(state) => state.paste(text),
            Self::Call(state) => state.paste(text),
            Self::BuildOptions(state) => state.paste(text),
            Self::Help(_) | Self::Page(_) | Self::Dialog(_) | Self::Fixes(_) => {}
        }
    }
}

/// A key while something lies over the screen.
pub fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let Some(popup) = model.popups.last_mut() else { return Vec::new() };
    match keymap::lookup(&[popup.context()], &key) {
        Some(action) => on_action(model, action),
        None => {
            match popup {
                Popup::Palette(state) => state.on_key(&key, &model.shared),
                Popup::BuildOptions(state) => state.on_key(&key),
                Popup::WhatIf(state) => state.on_key(&key),
                Popup::Call(state) => state.on_key(&key),
                Popup::Dialog(state) => {
                    if let Some(answer) = state.on_key(&key) {
                        return take(model, answer);
                    }
                }
                Popup::Help(_) | Popup::Page(_) | Popup::Fixes(_) => {
                    // The way out of the program works everywhere.
                    if keymap::lookup(&[Context::Global], &key) == Some(Action::Quit) {
                        return act(model, Action::Quit);
                    }
                }
            }
            Vec::new()
        }
    }
}

fn on_action(model: &mut Model, action: Action) -> Vec<Effect> {
    let size = model.shared.size;
    let Some(popup) = model.popups.last_mut() else { return Vec::new() };
    let closes = match popup {
        Popup::Palette(state) => match action {
            Action::Accept => {
                let chosen = state.chosen();
                if !state.stays() {
                    model.popups.pop();
                }
                if let Some(msg) = chosen {
                    model.shared.post(msg);
                }
                return Vec::new();
            }
            Action::Back => true,
            other => {
                state.scroll(other);
                false
            }
        },
        Popup::BuildOptions(state) => match action {
            Action::Accept if state.choices().problem().is_some() => false,
            Action::Accept => {
                let choices = state.choices();
                model.shared.post(Msg::BuildWith(Box::new(choices)));
                true
            }
            Action::Back => true,
            other => {
                state.act(other);
                false
            }
        },
        Popup::Help(state) => state.act(action, size),
        Popup::Page(state) => state.act(action, &model.shared),
        Popup::WhatIf(state) => state.act(action, &model.shared),
        Popup::Call(state) => match state.act(action) {
            call::Then::Stay => false,
            call::Then::Close => true,
            call::Then::Tell(what) => {
                model.popups.pop();
                return seated::called(model, *what);
            }
        },
        Popup::Fixes(state) => match state.act(action, &model.shared) {
            fixes::Then::Stay => false,
            fixes::Then::Close => true,
            fixes::Then::Take(msg) => {
                model.shared.post(msg);
                true
            }
            fixes::Then::Post(msg) => {
                model.shared.post(msg);
                false
            }
        },
        Popup::Dialog(state) => match action {
            Action::Accept => {
                let answer = state.selected();
                return take(model, answer);
            }
            Action::Back => true,
            other => {
                state.act(other);
                false
            }
        },
    };
    if closes {
        model.popups.pop();
    }
    Vec::new()
}

/// Closes the question and does what its answer says.
fn take(model: &mut Model, answer: usize) -> Vec<Effect> {
    if let Some(Popup::Dialog(state)) = model.popups.pop()
        && let Some(msg) = state.take(answer)
    {
        model.shared.post(msg);
    }
    Vec::new()
}

/// The mouse while something lies over the screen: the wheel scrolls, a click chooses or, outside,
/// closes.
pub fn on_mouse(model: &mut Model, mouse: MouseEvent) -> Vec<Effect> {
    let area = model.shared.area();
    let Some(popup) = model.popups.last_mut() else { return Vec::new() };
    match mouse.kind {
        MouseEventKind::ScrollUp => return on_action(model, Action::Up),
        MouseEventKind::ScrollDown => return on_action(model, Action::Down),
        MouseEventKind::Down(_) => {}
        _ => return Vec::new(),
    }
    let at = (mouse.column, mouse.row).into();
    match popup {
        Popup::Palette(state) if state.area(area).contains(at) => {
            if state.click(area, mouse.row) {
                return on_action(model, Action::Accept);
            }
        }
        Popup::Dialog(state) if state.area(area).contains(at) => {
            if let Some(answer) = state.click(area, mouse.column, mouse.row) {
                return take(model, answer);
            }
        }
        Popup::BuildOptions(state) if state.area(area).contains(at) => state.click(area, mouse.row),
        Popup::Call(state) if state.area(area).contains(at) => {}
        Popup::Help(_) if help::area(area).contains(at) => {}
        Popup::Page(state) if state.area(&model.shared).contains(at) => {}
        Popup::WhatIf(state) if state.area(&model.shared).contains(at) => {
            state.click(&model.shared, mouse.row);
        }
        Popup::Fixes(state) if state.area(&model.shared).contains(at) => {
            if state.click(&model.shared, mouse.row) {
                return on_action(model, Action::Accept);
            }
        }
        _ => {
            model.popups.pop();
        }
    }
    Vec::new()
}
