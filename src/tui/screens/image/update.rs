//! Keys, mouse, lines that are typed, and what jobs say.

use super::tree::Tree;
use super::{Asks, Focus, Other, Prompt, Reading, State, Tab, view};
use crate::image::explore::{Explored, compare};
use crate::image::stack::NodeId;
use crate::jobs::{Job, JobEvent, JobId, Outcome, Progress};
use crate::text::sanitise;
use crate::tui::app::{Engine, Shared};
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, Tone};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::scroll;
use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;
use std::path::PathBuf;
use std::sync::Arc;

/// The explorer of `image`, being read; without a name it asks for one. `peer` is worth comparing with.
pub fn open(shared: &mut Shared, image: Option<String>, peer: Option<String>) -> (State, Vec<Effect>) {
    let mut state = State { peer, ..State::default() };
    let effects = match image {
        Some(image) => read(&mut state, shared, image),
        None => {
            ask(&mut state, Asks::Image, "");
            Vec::new()
        }
    };
    (state, effects)
}

fn ask(state: &mut State, asks: Asks, text: &str) {
    let mut input = Input::default();
    input.insert(text);
    state.prompt = Some(Prompt { asks, input });
}

fn start(shared: &mut Shared, name: &str) -> (Reading, Effect) {
    let (job, effect) = shared.start(Job::Explore { image: name.to_owned() });
    (Reading { job, name: name.to_owned(), bytes: 0 }, effect)
}

fn read(state: &mut State, shared: &mut Shared, image: String) -> Vec<Effect> {
    let mut effects = state.close();
    let (reading, effect) = start(shared, &image);
    let peer = state.peer.take();
    *state = State { asked: image, peer, reading: Some(reading), ..State::default() };
    effects.push(effect);
    effects
}

/// A key while a line is being typed.
pub fn on_key(state: &mut State, shared: &mut Shared, key: &KeyEvent) -> Vec<Effect> {
    let Some(prompt) = &mut state.prompt else { return Vec::new() };
    match key.code {
        KeyCode::Esc => {
            let asks = prompt.asks;
            state.prompt = None;
            if asks == Asks::Find {
                search(state, String::new());
            }
            Vec::new()
        }
        KeyCode::Enter => take(state, shared),
        _ => {
            if prompt.input.on_key(key) && prompt.asks == Asks::Find {
                let text = prompt.input.text().to_owned();
                search(state, text);
            }
            Vec::new()
        }
    }
}

/// Pasted text, where a line is being typed.
pub fn on_paste(state: &mut State, text: &str) {
    if let Some(prompt) = &mut state.prompt {
        prompt.input.insert(text);
        if prompt.asks == Asks::Find {
            let text = prompt.input.text().to_owned();
            search(state, text);
        }
    }
}

/// Does what the typed line says.
fn take(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let Some(Prompt { asks, input }) = state.prompt.take() else { return Vec::new() };
    let text = input.text().trim().to_owned();
    match asks {
        // The search stays; Esc, or an empty line, ends it.
        Asks::Find => Vec::new(),
        _ if text.is_empty() => Vec::new(),
        Asks::Image => read(state, shared, text),
        Asks::Other => {
            let (comparing, effect) = start(shared, &text);
            let old = state.comparing.replace(comparing);
            old.map(|reading| Effect::Cancel(reading.job)).into_iter().chain([effect]).collect()
        }
        Asks::Output => extract(state, shared, text),
    }
}

fn extract(state: &mut State, shared: &mut Shared, out: String) -> Vec<Effect> {
    let Some((image, (node, layer))) = state.image.clone().zip(target(state)) else { return Vec::new() };
    let path = image.stack.path(node);
    let job = Job::Extract { from: image, image: state.asked.clone(), path, layer, out: PathBuf::from(out) };
    let (id, effect) = shared.start(job);
    state.extracting = Some(id);
    vec![effect]
}

/// What would be extracted: the selected path as it is after the shown layer, or as it was before that
/// removed it.
fn target(state: &State) -> Option<(NodeId, usize)> {
    let image = state.image.as_ref()?;
    let node = state.node()?;
    let shown = state.shown_layer()?;
    let had = (0..=shown).rev().chain(shown..image.layers.len());
    let layer = had.into_iter().find(|layer| image.holder(node, *layer).is_some())?;
    Some((node, layer))
}

fn search(state: &mut State, text: String) {
    state.tree.find = text;
    state.select(0);
    arrange(state);
}

fn arrange(state: &mut State) {
    if let (Some(image), Some(layer)) = (state.image.clone(), state.shown_layer()) {
        state.tree.arrange(&image, layer);
        clamp(state);
    }
}

/// Shows what the selected layer did.
fn show_layer(state: &mut State) {
    if let (Some(image), Some(layer)) = (state.image.clone(), state.shown_layer()) {
        let marks = state.one_layer().is_some();
        state.tree.show(&image, layer, marks);
        clamp(state);
    }
}

fn clamp(state: &mut State) {
    let last = view::rows(state).saturating_sub(1);
    state.select(state.row().min(last));
}

/// An action on the screen; `Back` is the caller's.
pub fn act(state: &mut State, shared: &mut Shared, body: Rect, action: Action) -> Vec<Effect> {
    match action {
        Action::OpenImage => ask(state, Asks::Image, ""),
        Action::Refresh if !state.asked.is_empty() => return read(state, shared, state.asked.clone()),
        Action::CompareImage => {
            state.tab = Tab::Compare;
            state.focus = Focus::Tab;
            let peer = state.peer.clone().unwrap_or_default();
            ask(state, Asks::Other, &peer);
        }
        Action::CancelJob => {
            let effects = state.close();
            if effects.is_empty() {
                shared.say(Tone::Plain, "Nothing is running");
            }
            return effects;
        }
        Action::NextPane => {
            state.focus = if state.focus == Focus::Layers { Focus::Tab } else { Focus::Layers };
        }
        Action::NextTab | Action::PreviousTab => turn(state, action == Action::NextTab),
        Action::FindFile => {
            state.tab = Tab::Files;
            state.focus = Focus::Tab;
            let text = state.tree.find.clone();
            ask(state, Asks::Find, &text);
        }
        Action::SortFiles => {
            state.tree.by_size = !state.tree.by_size;
            arrange(state);
            let order = if state.tree.by_size { "size" } else { "name" };
            shared.say(Tone::Plain, format!("Files by {order}"));
        }
        Action::OnlyChanges => {
            if state.one_layer().is_none() {
                shared.say(Tone::Plain, "Choose a layer first: all layers together have no changes");
                return Vec::new();
            }
            state.tree.only_changes = !state.tree.only_changes;
            arrange(state);
        }
        Action::ExtractFile => match (target(state), &state.image) {
            (Some((node, _)), Some(image)) => {
                let name = sanitise::plain(image.stack.name(node)).into_owned();
                ask(state, Asks::Output, &name);
            }
            _ => shared.say(Tone::Plain, "Choose a file first: folders and links hold no bytes"),
        },
        Action::Accept => accept(state),
        Action::Left | Action::Right => sideways(state, action == Action::Right),
        other => step(state, body, other),
    }
    Vec::new()
}

fn turn(state: &mut State, forward: bool) {
    let at = state.tab.index();
    let count = Tab::ALL.len();
    state.tab = Tab::ALL[if forward { (at + 1) % count } else { (at + count - 1) % count }];
    clamp(state);
}

fn step(state: &mut State, body: Rect, action: Action) {
    let panes = view::panes(body);
    if state.focus == Focus::Layers {
        let last = state.image.as_ref().map_or(0, |image| image.layers.len());
        let page = usize::from(panes.layers.height.saturating_sub(3));
        if let Some(to) = scroll::moved(state.layer, action, page, last) {
            state.layer = to;
            if to == 0 {
                state.tree.only_changes = false;
            }
            show_layer(state);
        }
        return;
    }
    let page = usize::from(panes.tab.height.saturating_sub(2));
    let last = view::rows(state).saturating_sub(1);
    if let Some(to) = scroll::moved(state.row(), action, page, last) {
        state.select(to);
    }
}

fn accept(state: &mut State) {
    if state.focus == Focus::Layers {
        state.focus = Focus::Tab;
        return;
    }
    match state.tab {
        Tab::Files => {
            if let Some(row) = state.tree.rows().get(state.row()).copied()
                && row.folder.is_some()
            {
                state.tree.toggle(row.node);
                arrange(state);
            }
        }
        Tab::Hidden => {
            let Some(image) = state.image.clone() else { return };
            let found =
                view::wasted(state, &image).get(state.row()).map(|wasted| (wasted.node, wasted.held_by));
            reveal(state, &image, found);
        }
        Tab::Findings => {
            let Some(image) = state.image.clone() else { return };
            let found = view::findings(state, &image).get(state.row()).and_then(|f| f.node.zip(f.layer));
            reveal(state, &image, found);
        }
        Tab::Compare => {
            let Some(image) = state.image.clone() else { return };
            let last = image.last_layer().unwrap_or(0);
            let found = state.node().map(|node| (node, last));
            reveal(state, &image, found);
        }
        Tab::About => {}
    }
}

/// Shows a path in the tree of the layer that holds it.
fn reveal(state: &mut State, image: &Arc<Explored>, found: Option<(NodeId, usize)>) {
    let Some((node, layer)) = found else { return };
    state.tab = Tab::Files;
    state.layer = layer + 1;
    state.tree.find = String::new();
    state.tree.only_changes = false;
    state.tree.reveal(image, node);
    show_layer(state);
    if let Some(row) = state.tree.rows().iter().position(|row| row.node == node) {
        state.select(row);
    }
}

/// Opens and closes folders; from a closed one to the folder around it, and on to the layers.
fn sideways(state: &mut State, right: bool) {
    if state.focus == Focus::Layers {
        if right {
            state.focus = Focus::Tab;
        }
        return;
    }
    let row = state.tree.rows().get(state.row()).copied().filter(|_| state.tab == Tab::Files);
    let Some(row) = row else {
        if !right {
            state.focus = Focus::Layers;
        }
        return;
    };
    if row.folder.is_some() && state.tree.set_open(row.node, right) {
        arrange(state);
        return;
    }
    if right {
        return;
    }
    let rows = state.tree.rows();
    let around = rows[..state.row().min(rows.len())].iter().rposition(|other| other.depth < row.depth);
    match around {
        Some(around) => state.select(around),
        None => state.focus = Focus::Layers,
    }
}

/// The mouse: the wheel moves, a click selects, a second opens, a click on a tab shows it.
pub fn on_mouse(state: &mut State, shared: &mut Shared, body: Rect, mouse: MouseEvent) -> Vec<Effect> {
    let panes = view::panes(body);
    let at = (mouse.column, mouse.row).into();
    let focus = if panes.layers.contains(at) {
        Focus::Layers
    } else if panes.tab.contains(at) {
        Focus::Tab
    } else {
        return Vec::new();
    };
    match mouse.kind {
        MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
            state.focus = focus;
            let action = if mouse.kind == MouseEventKind::ScrollUp { Action::Up } else { Action::Down };
            return act(state, shared, body, action);
        }
        MouseEventKind::Down(MouseButton::Left) => {}
        _ => return Vec::new(),
    }
    state.focus = focus;
    if focus == Focus::Tab && mouse.row == panes.tab.y {
        if let Some(tab) = view::tab_at(panes.tab, mouse.column) {
            state.tab = tab;
            clamp(state);
        }
        return Vec::new();
    }
    let area = if focus == Focus::Layers { panes.layers } else { panes.tab };
    let Some(row) = view::row_at(state, area, focus, mouse.row) else { return Vec::new() };
    if focus == Focus::Layers {
        state.layer = row;
        show_layer(state);
    } else if state.row() == row {
        accept(state);
    } else {
        state.select(row);
    }
    Vec::new()
}

/// What a job of this screen says.
pub fn on_job(state: &mut State, shared: &mut Shared, event: JobEvent) -> Vec<Effect> {
    let (id, outcome) = match event {
        JobEvent::Progress(id, Progress::Read(bytes)) => {
            for reading in [&mut state.reading, &mut state.comparing].into_iter().flatten() {
                if reading.job == id {
                    reading.bytes = bytes;
                }
            }
            return Vec::new();
        }
        JobEvent::Progress(..) => return Vec::new(),
        JobEvent::Finished(id, outcome) => (id, outcome),
    };
    let ours = |reading: &Option<Reading>, id: JobId| reading.as_ref().is_some_and(|r| r.job == id);
    if state.extracting == Some(id) {
        state.extracting = None;
        match outcome {
            Outcome::Extracted { path, bytes } => {
                let size = crate::image::human_size(bytes);
                let path = path.display().to_string();
                shared.say(Tone::Good, format!("{} written, {size}", sanitise::plain(&path)));
            }
            other => {
                let why = failure(shared, other).0;
                shared.say(Tone::Bad, why);
            }
        }
    } else if ours(&state.comparing, id) {
        state.comparing = None;
        match (outcome, &state.image) {
            (Outcome::Explored(other), Some(image)) => {
                let differences = compare(image, &other);
                state.other = Some(Other { image: other, differences });
                state.selected[Tab::Compare.index()] = 0;
            }
            (other, _) => {
                let why = failure(shared, other).0;
                shared.say(Tone::Bad, why);
            }
        }
    } else if ours(&state.reading, id) {
        state.reading = None;
        match outcome {
            Outcome::Explored(image) => {
                state.image = Some(image);
                state.tree = Tree::default();
                show_layer(state);
            }
            other => state.failure = Some(failure(shared, other)),
        }
    }
    Vec::new()
}

/// Why there is no image, and what to do.
fn failure(shared: &mut Shared, outcome: Outcome) -> (String, Vec<String>) {
    match outcome {
        Outcome::Failed { message, hints } => (message, hints),
        Outcome::NoEngine(tried) => {
            shared.engine = Engine::Missing(tried);
            (
                "No engine answers, so its images cannot be read".into(),
                vec!["give the path of an archive that `docker save` wrote".into()],
            )
        }
        Outcome::Cancelled => ("Stopped".into(), Vec::new()),
        _ => ("The image could not be read".into(), Vec::new()),
    }
}
