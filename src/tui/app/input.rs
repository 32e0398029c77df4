//! Whose a key, a paste or a click is: what lies on top has them first.

use super::{Model, Screen, act, popup, view};
use crate::tui::keymap;
use crate::tui::message::Effect;
use crate::tui::screens::{board, ecr, home, image, lesson, setup, workbench};
use crossterm::event::{KeyEvent, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

/// A key: a popup's, the screen's while something is typed there, else what the table of keys says.
pub fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    if !model.popups.is_empty() {
        return popup::on_key(model, key);
    }
    let body = view::Frame::of(&model.shared).body;
    if let Screen::Workbench(state) = &mut model.screen
        && state.takes_first(&key)
    {
        return workbench::on_key(state, &mut model.shared, body, key);
    }
    if let Screen::Lesson(state) = &mut model.screen
        && state.takes_first(&key)
    {
        return lesson::on_key(state, &mut model.shared, body, &key);
    }
    if let Screen::Image(state) = &mut model.screen
        && state.takes_first(&key)
    {
        return image::on_key(state, &mut model.shared, &key);
    }
    if let Screen::Ecr(state) = &mut model.screen
        && state.takes_first(&key)
    {
        return ecr::on_key(state, &mut model.shared, &key);
    }
    if let Screen::Board(state) = &mut model.screen
        && state.takes_first(&key)
    {
        return board::on_key(state, &mut model.shared, &key);
    }
    if let Some(action) = keymap::lookup(&model.contexts(), &key) {
        return act(model, action);
    }
    match &mut model.screen {
        Screen::Workbench(state) => workbench::on_key(state, &mut model.shared, body, key),
        Screen::Lesson(state) => lesson::on_key(state, &mut model.shared, body, &key),
        Screen::Ecr(state) => ecr::on_key(state, &mut model.shared, &key),
        Screen::Home(_) | Screen::Setup(_) | Screen::Image(_) | Screen::Board(_) => Vec::new(),
    }
}

/// Pasted text.
pub fn on_paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if let Some(popup) = model.popups.last_mut() {
        popup.paste(text, &model.shared);
        return Vec::new();
    }
    let body = view::Frame::of(&model.shared).body;
    match &mut model.screen {
        Screen::Workbench(state) => workbench::on_paste(state, &mut model.shared, text),
        Screen::Lesson(state) => lesson::on_paste(state, &mut model.shared, body, text),
        Screen::Image(state) => {
            image::on_paste(state, text);
            Vec::new()
        }
        Screen::Ecr(state) => ecr::on_paste(state, &mut model.shared, text),
        Screen::Board(state) => {
            board::on_paste(state, &model.shared, text);
            Vec::new()
        }
        Screen::Home(_) | Screen::Setup(_) => Vec::new(),
    }
}

/// The mouse.
pub fn on_mouse(model: &mut Model, mouse: MouseEvent) -> Vec<Effect> {
    if !model.popups.is_empty() {
        return popup::on_mouse(model, mouse);
    }
    let frame = view::Frame::of(&model.shared);
    if mouse.kind == MouseEventKind::Down(MouseButton::Left) && mouse.row == frame.keys.y {
        let shown = keymap::bar(&model.contexts());
        let hit = crate::tui::widgets::keybar::hit(&shown, frame.keys, mouse.column);
        return hit.map_or_else(Vec::new, |action| act(model, action));
    }
    match &mut model.screen {
        Screen::Home(state) => home::on_mouse(state, &mut model.shared, frame.body, mouse),
        Screen::Setup(state) => setup::on_mouse(state, mouse),
        Screen::Image(state) => image::on_mouse(state, &mut model.shared, frame.body, mouse),
        Screen::Ecr(state) => ecr::on_mouse(state, &mut model.shared, frame.body, mouse),
        Screen::Board(state) => board::on_mouse(state, &mut model.shared, frame.body, mouse),
        Screen::Lesson(state) => lesson::on_mouse(state, &mut model.shared, frame.body, mouse),
        Screen::Workbench(state) => workbench::on_mouse(state, &mut model.shared, frame.body, mouse),
    }
}
