//! What keys and clicks do in the build's log, and the way from a failed build to its instruction.
//! Pure.

use super::fixes::literal;
use super::log::{BuildLog, Failure};
use super::state::{Focus, State, Tab};
use super::update::show_file;
use super::{layout, panel};
use crate::dockerfile;
use crate::engine::explain;
use crate::lint::{Diagnostic, Severity};
use crate::text::{LineIndex, Span, sanitise};
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, Tone};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

/// The code under which the last build's failure stands among the findings.
pub const FAILED: &str = "BUILD";

/// Rows and columns of the log.
fn room(state: &State, shared: &Shared, body: Rect) -> (usize, usize) {
    let pane = layout::panes(state, shared, body).bottom;
    (usize::from(pane.height.saturating_sub(2)), usize::from(pane.width.saturating_sub(4)))
}

/// Whether `action` is about the log.
pub fn knows(state: &State, action: Action) -> bool {
    match action {
        Action::GoToInstruction => true,
        Action::Accept
        | Action::FoldAll
        | Action::FindInLog
        | Action::NextMatch
        | Action::PreviousMatch
        | Action::CopyBlock
        | Action::CopyLog => state.focus == Focus::Bottom && state.tab == Tab::Build,
        _ => false,
    }
}

/// Does it.
pub fn act(state: &mut State, shared: &mut Shared, body: Rect, action: Action) -> Vec<Effect> {
    let (_, columns) = room(state, shared, body);
    keep_place(state, shared, body);
    match action {
        Action::GoToInstruction => return go_to_instruction(state, shared, columns),
        Action::Accept => state.build.toggle(columns),
        Action::FoldAll => state.build.toggle_all(columns),
        Action::FindInLog => {
            state.build.search = Default::default();
            state.build.search.typing = true;
        }
        Action::NextMatch | Action::PreviousMatch => {
            state.build.find(action == Action::NextMatch, false, columns);
        }
        Action::CopyBlock | Action::CopyLog => {
            let text = if action == Action::CopyLog {
                state.build.all_text()
            } else {
                state.build.step_text(columns)
            };
            if text.is_empty() {
                shared.say(Tone::Plain, "There is nothing to copy");
                return Vec::new();
            }
            shared.say(Tone::Plain, format!("Copied: {} lines", text.lines().count()));
            return vec![Effect::Copy(text)];
        }
        _ => {}
    }
    Vec::new()
}

/// What is shown stays where it is as far as that can be.
fn keep_place(state: &mut State, shared: &Shared, body: Rect) {
    let pane = layout::panes(state, shared, body).bottom;
    let (_, columns) = room(state, shared, body);
    let at = panel::first_row(state, state.build.rows(columns).len(), pane);
    state.scrolls.insert(Tab::Build.title(), super::state::Scroll { at, follow: true });
}

/// A key while the search is typed.
pub fn type_search(state: &mut State, shared: &mut Shared, body: Rect, key: &KeyEvent) {
    let (_, columns) = room(state, shared, body);
    let log = &mut state.build;
    let ctrl_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Enter => log.search.typing = false,
        KeyCode::Esc => log.search = Default::default(),
        _ if ctrl_c => log.search = Default::default(),
        _ => {
            if log.search.input.on_key(key) {
                log.find(true, true, columns);
            }
        }
    }
}

/// A click at row `y` of the screen: selects, and opens or closes the head of a step.
pub fn click(state: &mut State, shared: &Shared, body: Rect, y: u16) {
    let (_, columns) = room(state, shared, body);
    let pane = layout::panes(state, shared, body).bottom;
    let rows = state.build.rows(columns);
    let first = panel::first_row(state, rows.len(), pane);
    let row = first + usize::from(y.saturating_sub(pane.y + 1));
    if row >= rows.len() {
        return;
    }
    keep_place(state, shared, body);
    state.build.selected = Some(row);
    if matches!(rows[row], super::log::Row::Step(_)) {
        state.build.toggle(columns);
    }
}

/// Puts the editor's cursor on the instruction of the selected step, else where the build failed.
fn go_to_instruction(state: &mut State, shared: &mut Shared, columns: usize) -> Vec<Effect> {
    let Some(at) = state.files.iter().position(|file| file.path == "Dockerfile") else { return Vec::new() };
    let text = state.files[at].editor.text();
    let has_keys = state.focus == Focus::Bottom && state.tab == Tab::Build;
    let selected = state.build.selected.and_then(|_| state.build.selected_step(columns)).filter(|_| has_keys);
    let of_step = selected.and_then(|name| place_of_step(&text, name));
    let of_failure = || Some(place_of_failure(state.build.failure.as_ref()?, &text)?.start);
    let Some(place) = of_step.or_else(of_failure) else {
        let said = if selected.is_some() {
            "No instruction is behind this step, or it is another one by now"
        } else if state.build.failure.is_some() {
            "The instruction that failed is another one by now"
        } else {
            "The last build did not fail"
        };
        shared.say(Tone::Plain, said);
        return Vec::new();
    };
    let effects = show_file(state, at);
    state.file_mut().editor.go_to(place);
    effects
}

/// Where the instruction of a step stands: `[builder 2/5] RUN make`.
fn place_of_step(text: &str, name: &str) -> Option<usize> {
    let (label, words) = name.strip_prefix('[')?.split_once("] ")?;
    let mut label = label.split_whitespace().rev();
    let number = label.next()?.split_once('/')?.0.parse().ok()?;
    let stage = label.next().filter(|word| !word.contains('/')).unwrap_or_default();
    let (tree, _) = dockerfile::parse(text);
    let at = explain::instruction_of(&tree, stage, number, words)?;
    Some(tree.instructions.get(at)?.span.start)
}

/// Where the instruction that failed stands now: at its line, or wherever its very text went.
fn place_of_failure(failure: &Failure, text: &str) -> Option<Span> {
    let line = failure.why.line?;
    if failure.instruction.is_empty() {
        return None;
    }
    // The very instruction and not one that begins like it.
    let stands = |at: usize| {
        let rest = text.get(at..).and_then(|rest| rest.strip_prefix(failure.instruction.as_str()));
        rest.is_some_and(|rest| rest.lines().next().unwrap_or_default().trim().is_empty())
    };
    let index = LineIndex::new(text);
    let there = (line <= index.lines()).then(|| {
        let start = index.start(line);
        let rest = text.get(start..).unwrap_or_default();
        start + rest.len() - rest.trim_start_matches([' ', '\t']).len()
    });
    let elsewhere = || text.match_indices(&failure.instruction).map(|(at, _)| at).find(|at| stands(*at));
    let start = there.filter(|at| stands(*at)).or_else(elsewhere)?;
    Some(Span::new(start, start + failure.instruction.len()))
}

/// Where the instruction that failed stands now, as long as it stands as it was built.
pub fn failed_at(log: &BuildLog, text: &str) -> Option<usize> {
    place_of_failure(log.failure.as_ref()?, text).map(|span| span.start)
}

/// The failure of the last build as a finding, as long as the instruction stands as it was built.
pub fn finding(log: &BuildLog, text: &str) -> Option<Diagnostic> {
    let failure = log.failure.as_ref()?;
    let span = place_of_failure(failure, text)?;
    let why = &failure.why;
    let because = why.explanation.as_ref().map(|known| format!(": {}", known.what)).unwrap_or_default();
    let message = match why.exit_code {
        Some(code) => format!("The build ended here with exit code {code}{because}"),
        None if because.is_empty() => format!("The build ended here: {}", why.message),
        None => format!("The build ended here{because}"),
    };
    Some(Diagnostic {
        code: FAILED,
        name: "failed-build",
        severity: Severity::Error,
        span,
        message: sanitise::plain(&message).into_owned(),
        fix: None,
    })
}

/// The page about it: what to try, and the last lines of the output.
pub fn page(log: &BuildLog) -> String {
    let Some(failure) = &log.failure else { return String::new() };
    let mut text = String::from("## What to try\n\n");
    for tried in &failure.why.tries {
        text.push_str(&format!("- {}\n", literal(&sanitise::plain(tried))));
    }
    let output = &failure.why.output;
    if !output.is_empty() {
        text.push_str("\n## The last lines of its output\n\n");
        let last = output[output.len().saturating_sub(12)..].iter();
        last.for_each(|line| text.push_str(&format!("    {}\n", sanitise::plain(line))));
    }
    text + "\n"
}
