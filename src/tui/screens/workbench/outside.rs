//! What comes from outside the screen: analyses, files that were saved, or changed by somebody else.

use super::analysis::Analysis;
use super::build_tab;
use super::state::State;
use super::update::{analyse, save};
use super::work;
use crate::tui::app::{Popup, Shared};
use crate::tui::message::{Effect, FileMsg, Msg, Tone};
use crate::tui::screens::dialog;

/// A message about files or analyses.
pub fn on_msg(state: &mut State, shared: &mut Shared, msg: Msg) -> (Vec<Effect>, Option<Popup>) {
    match msg {
        Msg::Analysed(analysis) => {
            on_analysis(state, *analysis);
            (Vec::new(), None)
        }
        Msg::File(msg) => on_file(state, shared, msg),
        Msg::Touched | Msg::Focus(true) => (super::planning::survey(state, shared), None),
        Msg::ResetConfirmed => {
            let stop = state.running.as_ref().map(|running| Effect::Cancel(running.id));
            let reset = Effect::Reset(Box::new(state.exercise.clone()));
            (stop.into_iter().chain([reset]).collect(), None)
        }
        Msg::BuildWith(choices) => (work::build_with(state, shared, *choices), None),
        Msg::Shell(wish) => (super::shell::open(state, shared, wish), None),
        Msg::Take(taken) => (super::fixes::take(state, shared, *taken), None),
        Msg::Resolve { path, take_disk } => (resolve(state, &path, take_disk), None),
        _ => (Vec::new(), None),
    }
}

fn on_analysis(state: &mut State, analysis: Analysis) {
    if analysis.exercise != state.exercise.id || analysis.number != state.asked {
        // About an older version; the answer to the latest question is on its way.
        return;
    }
    for file in &mut state.files {
        if let Some(found) = analysis.diagnostics.get(&file.path) {
            let mut found = found.clone();
            if file.path == "Dockerfile" {
                found.extend(build_tab::finding(&state.build, &file.editor.text()));
                found.sort_by_key(|finding| finding.span.start);
            }
            file.editor.set_diagnostics(found);
        }
        file.editor.set_gutter(analysis.gutters.get(&file.path).cloned().unwrap_or_default());
    }
    state.problem = state.problem.min(state.listed().len().saturating_sub(1));
    for (place, result) in state.results.iter_mut().zip(analysis.checks) {
        if result.is_some() {
            *place = result;
        }
    }
    state.outlook = analysis.outlook;
    if let Some(diff) = analysis.diff {
        state.diff = diff;
    }
}

fn on_file(state: &mut State, shared: &mut Shared, msg: FileMsg) -> (Vec<Effect>, Option<Popup>) {
    let (exercise, path) = match &msg {
        FileMsg::Saved { exercise, path, .. }
        | FileMsg::SaveFailed { exercise, path, .. }
        | FileMsg::Changed { exercise, path, .. } => (exercise.clone(), path.clone()),
    };
    let at = state.files.iter().position(|file| file.path == path);
    let Some(at) = at.filter(|_| exercise == state.exercise.id) else { return (Vec::new(), None) };
    let file = &mut state.files[at];
    match msg {
        FileMsg::Saved { revision, .. } => {
            if file.editor.revision() == revision {
                file.editor.mark_saved();
            }
            file.unsaved = None;
        }
        FileMsg::SaveFailed { reason, .. } => {
            if file.unsaved.is_none() {
                shared.say(Tone::Bad, format!("Not saved: {reason}. It is kept in the journal"));
            }
            file.unsaved = Some(reason);
        }
        FileMsg::Changed { text: None, .. } => {
            shared.say(Tone::Plain, format!("{path} was deleted outside; the next edit writes it again"));
        }
        FileMsg::Changed { text: Some(text), .. } => {
            if text == file.editor.text() || !file.editor.is_modified() {
                let same = text == file.editor.text();
                let effects = take_disk(state, at, &text);
                if !same {
                    shared.say(Tone::Plain, format!("{path} changed outside and was read again"));
                }
                return (effects, None);
            }
            file.conflict = Some(text);
            let question = dialog::State::new(
                "Changed in two places",
                &format!("{path} was changed outside while it has edits here. Which version do you want? Undo brings the other one back."),
            )
            .answer("Keep mine", Some(Msg::Resolve { path: path.clone(), take_disk: false }))
            .answer("Take theirs", Some(Msg::Resolve { path, take_disk: true }));
            return (Vec::new(), Some(Popup::Dialog(question)));
        }
    }
    (Vec::new(), None)
}

/// Takes the version on disk; the disk thread hears that it was seen.
fn take_disk(state: &mut State, at: usize, text: &str) -> Vec<Effect> {
    let file = &mut state.files[at];
    file.editor.set_text_keeping_cursor(text);
    file.editor.mark_saved();
    file.exists = true;
    file.conflict = None;
    let mut effects = vec![forced(save(state, at))];
    state.stale = true;
    effects.extend(analyse(state));
    effects
}

fn resolve(state: &mut State, path: &str, take: bool) -> Vec<Effect> {
    let Some(at) = state.files.iter().position(|file| file.path == path) else { return Vec::new() };
    match state.files[at].conflict.take() {
        Some(theirs) if take => take_disk(state, at, &theirs),
        Some(theirs) => {
            // Through the history, so that undo brings theirs back.
            let editor = &mut state.files[at].editor;
            let ours = editor.text();
            editor.set_text_keeping_cursor(&theirs);
            editor.set_text_keeping_cursor(&ours);
            vec![forced(save(state, at))]
        }
        None => vec![forced(save(state, at))],
    }
}

fn forced(save: Effect) -> Effect {
    match save {
        Effect::Save { exercise, path, text, revision, .. } => {
            Effect::Save { exercise, path, text, revision, force: true }
        }
        other => other,
    }
}
