//! What jobs say, and what follows from it.

use super::{State, Tab, actions, choice};
use crate::ecr::Change;
use crate::jobs::ecr::{Answer, Task};
use crate::jobs::{JobEvent, JobId, Outcome, Progress};
use crate::tui::app::{Engine, Popup, Shared};
use crate::tui::message::{Effect, Msg, Tone};
use crate::tui::screens::palette;

/// What a job of this screen says.
pub fn on_job(state: &mut State, shared: &mut Shared, event: JobEvent) -> Vec<Effect> {
    match event {
        JobEvent::Progress(_, Progress::Transfer(said)) => {
            if let Some(moving) = &mut state.moving {
                moving.hear(said);
            }
            Vec::new()
        }
        JobEvent::Progress(..) => Vec::new(),
        JobEvent::Finished(id, outcome) => finished(state, shared, id, outcome),
    }
}

/// What a job says after the screen was left: how it ends is said, and nothing follows from it before somebody
/// comes back.
pub fn on_job_away(state: &mut State, shared: &mut Shared, event: JobEvent) {
    let JobEvent::Finished(id, outcome) = event else {
        on_job(state, shared, event);
        return;
    };
    let Some(at) = state.running.iter().position(|(job, _)| *job == id) else { return };
    let (_, task) = state.running.remove(at);
    state.moving = None;
    match outcome {
        Outcome::Ecr(answer) => match (*answer, task) {
            (Answer::Changed, Task::Change(change, _)) => {
                shared.say(Tone::Good, change.done());
                settle(state, &change);
            }
            (Answer::Pushed(_), _) => shared.say(Tone::Good, "Pushed"),
            _ => shared.say(Tone::Good, "Pulled: the image is in the engine"),
        },
        Outcome::Failed { message, hints } => {
            shared.say(Tone::Bad, message.clone());
            state.trouble = Some((message, hints));
        }
        Outcome::NoEngine(tried) => {
            shared.engine = Engine::Missing(tried);
            shared.say(Tone::Bad, "No engine answers any more");
        }
        _ => shared.say(Tone::Plain, "Stopped"),
    }
}

fn finished(state: &mut State, shared: &mut Shared, id: JobId, outcome: Outcome) -> Vec<Effect> {
    let Some(at) = state.running.iter().position(|(job, _)| *job == id) else { return Vec::new() };
    let (_, task) = state.running.remove(at);
    if matches!(task, Task::Push { .. } | Task::Pull { .. }) {
        state.moving = None;
    }
    match outcome {
        Outcome::Ecr(answer) => answered(state, shared, task, *answer),
        Outcome::Cancelled => {
            shared.say(Tone::Plain, "Stopped");
            // What was under way may have happened all the same.
            if matches!(task, Task::Change(..) | Task::Push { .. }) {
                return vec![actions::start(state, shared, Task::List)];
            }
            Vec::new()
        }
        Outcome::NoEngine(tried) => {
            shared.engine = Engine::Missing(tried);
            let next = vec!["F10 shows where an engine was looked for".to_owned()];
            state.trouble = Some(("No engine answers, so there are no images to push or pull".into(), next));
            Vec::new()
        }
        Outcome::Failed { message, hints } => {
            if matches!(task, Task::Open) {
                state.opened = None;
                state.contents = None;
            }
            state.trouble = Some((message, hints));
            // What was believed of the registry was wrong.
            if matches!(task, Task::Change(..)) {
                return vec![actions::start(state, shared, Task::List)];
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn answered(state: &mut State, shared: &mut Shared, task: Task, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Opened(opened) => {
            state.trouble = None;
            let selected = state.repository().map(|repository| repository.name.clone());
            state.opened = Some(opened);
            reselect(state, selected);
            actions::look(state, shared)
        }
        Answer::Listed(repositories) => {
            let selected = state.repository().map(|repository| repository.name.clone());
            if let Some(opened) = &mut state.opened {
                opened.repositories = repositories;
            }
            reselect(state, selected);
            actions::look(state, shared)
        }
        Answer::Contents(contents, now) => {
            // Of a repository that is no longer selected nobody wants to know.
            if state.repository().is_none_or(|repository| repository.name != contents.repository.name) {
                return Vec::new();
            }
            state.now = now;
            let images = contents.images.len();
            state.lifecycle.take(&contents, now, shared.settings.vim);
            state.contents = Some(*contents);
            let row = &mut state.selected[Tab::Images.index()];
            *row = (*row).min(images.saturating_sub(1));
            if state.tab == Tab::Findings { actions::findings(state, shared) } else { Vec::new() }
        }
        Answer::Findings(scan) => {
            if let Task::Findings { digest, .. } = task {
                state.scan = Some((digest, scan));
            }
            Vec::new()
        }
        Answer::Previewed(previewed) => {
            if let Task::Preview { policy, .. } = task {
                state.lifecycle.told = Some((policy, previewed));
            }
            Vec::new()
        }
        Answer::Changed => {
            let Task::Change(change, _) = task else { return Vec::new() };
            changed(state, shared, &change)
        }
        Answer::Pushed(digest) => {
            let short = digest.as_deref().and_then(|digest| digest.get(..19)).unwrap_or_default();
            shared.say(Tone::Good, format!("Pushed {short}"));
            state.selected[Tab::Images.index()] = 0;
            vec![actions::start(state, shared, Task::List)]
        }
        Answer::Pulled => {
            shared.say(Tone::Good, "Pulled: the image is in the engine");
            // The registry knows the time of the pull now.
            actions::look(state, shared)
        }
        Answer::Profiles(found) => {
            choice::registries(state, shared, found);
            Vec::new()
        }
        Answer::OwnImages(images) => {
            let built = state.built.clone();
            let mut entries: Vec<(String, String)> =
                images.into_iter().map(|image| (image.name, crate::image::human_size(image.bytes))).collect();
            // The last build stands first.
            if let Some(at) = entries.iter().position(|(name, _)| built.as_ref() == Some(name)) {
                let mut last = entries.remove(at);
                last.1.push_str(", the last build");
                entries.insert(0, last);
            }
            if entries.is_empty() {
                let next = vec!["build one: any exercise or example in its workbench, by F2".to_owned()];
                state.trouble = Some(("The engine holds no image that was built here".into(), next));
                return Vec::new();
            }
            shared.post(Msg::Over(Box::new(Popup::Palette(palette::State::images(entries)))));
            Vec::new()
        }
    }
}

/// Keeps the selection on the repository that was selected, or takes the one that is wanted.
fn reselect(state: &mut State, selected: Option<String>) {
    let wanted = state.wanted.take().or(selected);
    let place = |name: &String| state.repositories().iter().position(|repository| repository.name == *name);
    let last = state.repositories().len().saturating_sub(1);
    state.repository = wanted.as_ref().and_then(place).unwrap_or(state.repository.min(last));
}

fn changed(state: &mut State, shared: &mut Shared, change: &Change) -> Vec<Effect> {
    shared.say(Tone::Good, change.done());
    settle(state, change);
    let mut effects = Vec::new();
    if let Change::StartScan { repository, digest } = change {
        let (repository, digest) = (repository.clone(), digest.clone());
        effects.push(actions::start(state, shared, Task::Findings { repository, digest }));
    }
    effects.push(actions::start(state, shared, Task::List));
    effects
}

/// What a change that is done means for what is shown.
fn settle(state: &mut State, change: &Change) {
    match change {
        Change::Create { repository, .. } => state.wanted = Some(repository.clone()),
        Change::PutPolicy { .. } => {
            if let Some(editor) = &mut state.lifecycle.editor {
                editor.mark_saved();
            }
        }
        Change::DeletePolicy { .. } => state.lifecycle.forget(),
        _ => {}
    }
}
