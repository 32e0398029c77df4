//! From problem to problem, and their fixes.

use super::state::{Focus, State, Tab};
use super::update::{changed, show_file};
use crate::lint::Applicability;
use crate::text::Edit;
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, Tone};

/// Puts the cursor on the selected problem.
pub fn jump(state: &mut State) -> Vec<Effect> {
    let at = state.problems().get(state.problem).map(|problem| problem.span.start);
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
    state.problem = state.problems().iter().position(|p| p.span.start == cursor).unwrap_or(state.problem);
    state.focus = Focus::Editor;
    if !matches!(state.tab, Tab::Task | Tab::Checks) {
        state.tab = Tab::Problems;
    }
    Vec::new()
}

/// Applies the fix of the problem under the cursor.
pub fn fix(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let found = state.file().editor.diagnostics_at_cursor().into_iter().find_map(|d| d.fix.clone());
    let Some(fix) = found else {
        shared
            .say(Tone::Plain, "Nothing under the cursor can be fixed by itself; F8 goes to the next problem");
        return Vec::new();
    };
    if state.file_mut().editor.apply_edits(&fix.edits) {
        shared.say(Tone::Good, fix.title);
        changed(state)
    } else {
        shared.say(Tone::Plain, "This file cannot be changed");
        Vec::new()
    }
}

/// Applies every safe fix of the shown file whose edits do not touch another's.
pub fn fix_all(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut count = 0;
    for problem in state.problems() {
        let Some(fix) = &problem.fix else { continue };
        let apart =
            |edit: &Edit| edits.iter().all(|e| edit.span.end < e.span.start || e.span.end < edit.span.start);
        if fix.applicability == Applicability::Safe && fix.edits.iter().all(apart) {
            edits.extend(fix.edits.iter().cloned());
            count += 1;
        }
    }
    if count == 0 || !state.file_mut().editor.apply_edits(&edits) {
        shared.say(Tone::Plain, "There is nothing that can safely be fixed by itself");
        return Vec::new();
    }
    shared.say(Tone::Good, format!("{count} fixed; undo takes it back"));
    changed(state)
}
