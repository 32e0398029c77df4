//! Keys, mouse, and lines that are typed.

use super::{Asks, Focus, State, Tab, actions, choice, tabs, view};
use crate::ecr::command;
use crate::jobs::ecr::{Registry, Task};
use crate::tui::app::Shared;
use crate::tui::editor::{EditorEffect, EditorOutcome};
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, Tone};
use crate::tui::widgets::scroll;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use std::time::Duration;

/// The screen, with the registry being opened that was chosen last. `built` is the image of the last build.
pub fn open(shared: &mut Shared, built: Option<String>) -> (State, Vec<Effect>) {
    let mut state = State { built, registry: shared.registry.clone(), ..State::default() };
    let effect = actions::start(&mut state, shared, Task::Open);
    (state, vec![effect])
}

/// The screen as it was left, read again. What went on in it meanwhile still does, or says how it ended.
pub fn resume(state: &mut State, shared: &mut Shared, built: Option<String>) -> Vec<Effect> {
    state.built = built.or(state.built.take());
    let task = if state.opened.is_some() { Task::List } else { Task::Open };
    vec![actions::start(state, shared, task)]
}

/// Opens the registry anew; what was read of it is forgotten.
pub(super) fn reopen(state: &mut State, shared: &mut Shared, registry: Registry) -> Vec<Effect> {
    let mut effects = state.stop_all();
    let built = state.built.take();
    let wanted = state.repository().map(|repository| repository.name.clone());
    let wanted = wanted.filter(|_| registry == state.registry);
    *state = State { registry, built, wanted, ..State::default() };
    effects.push(actions::start(state, shared, Task::Open));
    effects
}

/// An action on the screen. `None` leaves it.
pub fn act(state: &mut State, shared: &mut Shared, body: Rect, action: Action) -> Option<Vec<Effect>> {
    if state.editing {
        return Some(act_on_policy(state, shared, action));
    }
    Some(match action {
        Action::Back if state.focus == Focus::Tab => {
            state.focus = Focus::Repositories;
            Vec::new()
        }
        Action::Back => return None,
        Action::Refresh => {
            let (registry, trouble) = (state.registry.clone(), state.opened.is_none());
            // An open registry is only read again; what is typed stays.
            if trouble { reopen(state, shared, registry) } else { refresh(state, shared) }
        }
        Action::EcrRegistry => choice::ask(state, shared),
        Action::CancelJob => {
            let effects = state.stop_all();
            if effects.is_empty() {
                shared.say(Tone::Plain, "Nothing is running");
            }
            effects
        }
        Action::NextPane => {
            state.focus = if state.focus == Focus::Tab { Focus::Repositories } else { Focus::Tab };
            Vec::new()
        }
        Action::NextTab | Action::PreviousTab => {
            let at = state.tab.index();
            let count = Tab::ALL.len();
            let next = if action == Action::NextTab { at + 1 } else { at + count - 1 };
            show(state, shared, Tab::ALL[next % count])
        }
        Action::Left => {
            state.focus = Focus::Repositories;
            Vec::new()
        }
        Action::Right => {
            state.focus = Focus::Tab;
            Vec::new()
        }
        Action::Accept => accept(state, shared),
        Action::EcrPolicy => {
            let effects = show(state, shared, Tab::Lifecycle);
            edit(state);
            effects
        }
        Action::EcrPreview if state.tab == Tab::Lifecycle => actions::preview(state, shared),
        Action::EcrCopyCommand => {
            let command = shown_command(state);
            shared.say(Tone::Good, "The command is on the clipboard");
            vec![Effect::Copy(command)]
        }
        Action::EcrCreate
        | Action::EcrPush
        | Action::EcrPull
        | Action::EcrTag
        | Action::EcrUntag
        | Action::EcrDelete
        | Action::EcrScan
        | Action::EcrMutability
        | Action::EcrScanOnPush => actions::act(state, shared, action),
        other => step(state, shared, body, other),
    })
}

fn refresh(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    state.trouble = None;
    state.scan = None;
    actions::replace(state, shared, Task::List, |task| matches!(task, Task::List))
}

/// Gives the keys to the policy's editor, when there is one.
fn edit(state: &mut State) {
    state.editing = state.lifecycle.editor.is_some() && state.contents().is_some();
    if state.editing {
        state.focus = Focus::Tab;
    }
}

fn show(state: &mut State, shared: &mut Shared, tab: Tab) -> Vec<Effect> {
    state.tab = tab;
    state.command = None;
    state.trouble = None;
    if tab == Tab::Findings { actions::findings(state, shared) } else { Vec::new() }
}

fn accept(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if state.focus == Focus::Repositories {
        state.focus = Focus::Tab;
        return Vec::new();
    }
    match state.tab {
        Tab::Images => show(state, shared, Tab::Findings),
        Tab::Lifecycle => {
            edit(state);
            Vec::new()
        }
        Tab::Settings => match tabs::setting(state.row()) {
            Some(action) => actions::act(state, shared, action),
            None => Vec::new(),
        },
        Tab::Findings => Vec::new(),
    }
}

/// Moves in the pane that has the keys.
fn step(state: &mut State, shared: &mut Shared, body: Rect, action: Action) -> Vec<Effect> {
    let panes = view::panes(state, body);
    if state.focus == Focus::Repositories {
        let last = state.repositories().len().saturating_sub(1);
        let page = usize::from(panes.repositories.height.saturating_sub(2));
        return match scroll::moved(state.repository, action, page, last) {
            Some(to) => select_repository(state, shared, to),
            None => Vec::new(),
        };
    }
    let page = usize::from(panes.tab.height.saturating_sub(3));
    let last = tabs::rows(state).saturating_sub(1);
    if let Some(to) = scroll::moved(state.row(), action, page, last) {
        state.select(to);
        state.command = None;
    }
    Vec::new()
}

fn select_repository(state: &mut State, shared: &mut Shared, to: usize) -> Vec<Effect> {
    if to == state.repository && state.contents().is_some() {
        return Vec::new();
    }
    state.repository = to;
    state.selected = Default::default();
    state.scan = None;
    state.command = None;
    state.trouble = None;
    actions::look(state, shared)
}

/// An action while the policy is edited.
fn act_on_policy(state: &mut State, shared: &mut Shared, action: Action) -> Vec<Effect> {
    match action {
        Action::EcrPutPolicy => actions::put_policy(state, shared),
        Action::EcrPreview => actions::preview(state, shared),
        Action::NextProblem => {
            if let Some(editor) = &mut state.lifecycle.editor {
                editor.next_problem();
            }
            Vec::new()
        }
        Action::Back => {
            // Esc first closes what is open inside the editor.
            let Some(editor) = &mut state.lifecycle.editor else { return Vec::new() };
            let outcome = editor.handle_key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
            if outcome.consumed {
                return edited(state, shared, outcome);
            }
            state.editing = false;
            if state.lifecycle.is_changed() {
                shared.say(Tone::Plain, "The policy is not put yet; what is typed stays until you leave");
            }
            Vec::new()
        }
        Action::CancelJob => state.stop_all(),
        _ => Vec::new(),
    }
}

/// A key of a line that is typed, or of the policy's editor.
pub fn on_key(state: &mut State, shared: &mut Shared, key: &KeyEvent) -> Vec<Effect> {
    if let Some(prompt) = &mut state.prompt {
        prompt.problem = None;
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match (key.code, &mut prompt.asks) {
            (KeyCode::Esc, _) => state.prompt = None,
            (KeyCode::Char('c'), _) if control => state.prompt = None,
            (KeyCode::Enter, _) => return actions::take_prompt(state, shared),
            (KeyCode::Char('t'), Asks::Create { immutable, .. }) if control => *immutable = !*immutable,
            (KeyCode::Char('o'), Asks::Create { scan_on_push, .. }) if control => {
                *scan_on_push = !*scan_on_push;
            }
            _ => {
                prompt.input.on_key(key);
            }
        }
        return Vec::new();
    }
    match &mut state.lifecycle.editor {
        Some(editor) if state.editing => {
            let outcome = editor.handle_key(*key);
            edited(state, shared, outcome)
        }
        _ => Vec::new(),
    }
}

/// Pasted text.
pub fn on_paste(state: &mut State, shared: &mut Shared, text: &str) -> Vec<Effect> {
    if let Some(prompt) = &mut state.prompt {
        prompt.input.insert(text);
        return Vec::new();
    }
    match &mut state.lifecycle.editor {
        Some(editor) if state.editing => {
            let outcome = editor.paste(text);
            edited(state, shared, outcome)
        }
        _ => Vec::new(),
    }
}

/// What the editor did; a changed policy is weighed again.
fn edited(state: &mut State, shared: &mut Shared, outcome: EditorOutcome) -> Vec<Effect> {
    if outcome.changed {
        let now = state.now;
        if let Some(contents) = &state.contents {
            state.lifecycle.weigh(&contents.images, now);
        }
    }
    let mut effects = Vec::new();
    for effect in outcome.effects {
        match effect {
            EditorEffect::Copy(text) => effects.push(Effect::Copy(text)),
            EditorEffect::Say(text) => shared.say(Tone::Plain, text),
        }
    }
    effects
}

/// The mouse: the wheel moves, a click selects, a second opens, a click on a tab shows it.
pub fn on_mouse(state: &mut State, shared: &mut Shared, body: Rect, mouse: MouseEvent) -> Vec<Effect> {
    let panes = view::panes(state, body);
    let at = (mouse.column, mouse.row).into();
    let pressed = mouse.kind == MouseEventKind::Down(MouseButton::Left);
    if pressed && mouse.row == panes.tab.y && panes.tab.contains(at) {
        state.editing = false;
        return match view::tab_at(panes.tab, mouse.column) {
            Some(tab) => {
                state.focus = Focus::Tab;
                show(state, shared, tab)
            }
            None => Vec::new(),
        };
    }
    if state.tab == Tab::Lifecycle && state.lifecycle.editor.is_some() && state.contents().is_some() {
        let (editor_area, _) = tabs::lifecycle_areas(panes.tab);
        if editor_area.contains(at) {
            if pressed {
                edit(state);
            }
            let Some(editor) = &mut state.lifecycle.editor else { return Vec::new() };
            let outcome = editor.handle_mouse(mouse, Duration::from_millis(shared.now));
            return edited(state, shared, outcome);
        }
    }
    let focus = if panes.repositories.contains(at) {
        Focus::Repositories
    } else if panes.tab.contains(at) {
        Focus::Tab
    } else {
        return Vec::new();
    };
    match mouse.kind {
        MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
            (state.focus, state.editing) = (focus, false);
            let action = if mouse.kind == MouseEventKind::ScrollUp { Action::Up } else { Action::Down };
            return step(state, shared, body, action);
        }
        MouseEventKind::Down(MouseButton::Left) => {}
        _ => return Vec::new(),
    }
    (state.focus, state.editing) = (focus, false);
    let Some(row) = view::row_at(state, &panes, focus, mouse.row) else { return Vec::new() };
    if focus == Focus::Repositories {
        return select_repository(state, shared, row);
    }
    if state.row() == row {
        return accept(state, shared);
    }
    state.select(row);
    state.command = None;
    Vec::new()
}

/// The command that does what was done last, or shows what is shown.
pub(super) fn shown_command(state: &State) -> String {
    if let Some(command) = &state.command {
        return command.clone();
    }
    let region = state.region();
    let Some(repository) = state.repository().map(|repository| repository.name.as_str()) else {
        return command::repositories(region);
    };
    match (state.focus, state.tab) {
        (Focus::Repositories, _) | (_, Tab::Settings) => command::repositories(region),
        (_, Tab::Images) => command::images(region, repository),
        (_, Tab::Findings) => match state.image() {
            Some(image) => command::findings(region, repository, &image.digest),
            None => command::images(region, repository),
        },
        (_, Tab::Lifecycle) => command::policy(region, repository),
    }
}
