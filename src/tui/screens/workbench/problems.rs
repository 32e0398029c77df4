//! From problem to problem.

use super::state::{Focus, State, Tab};
use super::update::show_file;
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, Tone};

/// Puts the cursor on the selected problem.
pub fn jump(state: &mut State) -> Vec<Effect> {
    let at = state.listed().get(state.problem).map(|problem| problem.span.start);
    if let Some(at) = at {
        state.file_mut().editor.go_to(at);
        state.focus = Focus::Editor;
    }
    Vec::new()
}

/// Goes to the next or the previous problem, in another file when this one has none.
pub fn go_to_problem(state: &mut State, shared: &mut Shared, action: Action) -> Vec<Effect> {
    if state.problems().is_empty() {
        let elsewhere = state.files.iter().position(|file| !file.editor.diagnostics().is_empty());
        match elsewhere {
            Some(index) => drop(show_file(state, index)),
            None => {
                shared.say(Tone::Good, "No problems");
                return Vec::new();
            }
        }
    }
    let editor = &mut state.file_mut().editor;
    if action == Action::NextProblem {
        editor.next_problem();
    } else {
        editor.prev_problem();
    }
    let cursor = editor.cursor();
    state.problem = state.listed().iter().position(|p| p.span.start == cursor).unwrap_or(state.problem);
    state.focus = Focus::Editor;
    if !matches!(state.tab, Tab::Task | Tab::Checks) {
        state.tab = Tab::Problems;
    }
    Vec::new()
}
