//! How keys, the mouse, actions and messages change the workbench. Pure.

use super::analysis::AnalysisRequest;
use super::diff::Against;
use super::layout::{self, Panes};
use super::listing::Listing;
use super::log::BuildLog;
use super::state::{File, Focus, Scroll, State, Tab};
use super::work::{self, Scan};
use super::{build_tab, fixes, panel, planning, problems, shell, task};
use crate::course::model::Exercise;
use crate::store::progress::Place;
use crate::text::ansi;
use crate::tui::app::{Popup, Shared};
use crate::tui::editor::{CompletionWords, Editor, EditorEffect, EditorOutcome};
use crate::tui::highlight::Language;
use crate::tui::keymap::Action;
use crate::tui::message::{Destination, Effect, Msg, Tone, Workspace, WorkspaceFile};
use crate::tui::screens::{dialog, page};
use crate::tui::widgets::{markdown, scroll};
use crossterm::event::{KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What comes of an action.
#[derive(Debug)]
pub enum Then {
    /// Effects.
    Do(Vec<Effect>),
    /// A popup to open, and effects.
    Ask(Box<Popup>, Vec<Effect>),
    /// The learner leaves.
    Leave,
}

/// The workbench of a workspace that has been read, at the place where the learner was.
pub fn open(shared: &mut Shared, workspace: Workspace, place: Option<Place>) -> (State, Vec<Effect>) {
    let progress = shared.progress.exercises.get(&workspace.exercise.id).copied().unwrap_or_default();
    for notice in &workspace.notices {
        shared.say(Tone::Plain, notice.clone());
    }
    let mut files: Vec<File> = workspace.files.into_iter().map(file_of).collect();
    if files.is_empty() {
        // A course may name no files at all; there is still something to type into.
        let empty =
            WorkspaceFile { path: "Dockerfile".into(), edit: true, text: None, start: None, recovered: None };
        files.push(file_of(empty));
    }
    let (at, cursor) = place.map_or((0, 0), |p| ((p.position >> 32) as usize, p.position as u32 as usize));
    let checks = workspace.exercise.checks.len();
    let task = markdown::Cached::new(&workspace.exercise.task);
    let mut state = State {
        exercise: workspace.exercise,
        dir: workspace.dir,
        current: at.min(files.len() - 1),
        files,
        focus: Focus::Editor,
        tab: if shared.size.0 < layout::WIDE { Tab::Task } else { Tab::Problems },
        zoom: false,
        bottom_rows: None,
        side_columns: None,
        task,
        task_scroll: 0,
        checks_scroll: 0,
        checks_kept: task::Kept::default(),
        scrolls: BTreeMap::new(),
        problem: 0,
        listing: Listing::default(),
        results: vec![None; checks],
        stale: true,
        checking: None,
        hints_opened: progress.hints_opened,
        running: None,
        build: BuildLog { history: workspace.history, ..BuildLog::default() },
        choices: workspace.choices,
        built: None,
        ledger: Arc::new(workspace.ledger),
        survey: None,
        surveying: None,
        survey_again: false,
        outlook: None,
        start_size: workspace.start_size,
        previous_size: None,
        run_log: Default::default(),
        run_parser: ansi::Log::new(),
        scan: Scan::None,
        against: Against::Start,
        diff: Vec::new(),
        asked: 0,
        celebrated: progress.passed,
        ascii: shared.theme.ascii,
        dragging: false,
    };
    state.file_mut().editor.go_to(cursor);
    state.set_vim(shared.settings.vim);
    let paths = state.files.iter().map(|file| file.path.clone()).filter(|path| path != "Dockerfile");
    let words = CompletionWords { paths: paths.collect(), ..CompletionWords::default() };
    for file in &mut state.files {
        file.editor.set_completion_words(words.clone());
    }
    let mut effects: Vec<Effect> = (0..state.files.len())
        .filter(|at| state.files[*at].editor.is_modified())
        .map(|at| save(&state, at))
        .collect();
    effects.extend(analyse(&mut state));
    effects.extend(planning::survey(&mut state, shared));
    (state, effects)
}

fn file_of(file: WorkspaceFile) -> File {
    let text = file.text.as_deref().unwrap_or_default();
    let mut editor = Editor::new(text, Language::of_path(&file.path));
    editor.set_read_only(false);
    if let Some(typed) = &file.recovered {
        editor.set_text_keeping_cursor(typed);
    }
    editor.set_read_only(!file.edit);
    File {
        exists: file.text.is_some() || file.recovered.is_some(),
        path: file.path,
        editor,
        edit: file.edit,
        start: file.start,
        conflict: None,
        unsaved: None,
    }
}

/// What has to be done when the workbench is left.
pub fn close(state: &State) -> Vec<Effect> {
    let stop = state.running.as_ref().filter(|_| !state.goes_on()).map(|running| Effect::Cancel(running.id));
    stop.into_iter().chain([Effect::CloseWorkspace]).collect()
}

/// Goes on with what a workbench of the same exercise had at work when it was left.
pub fn take_over(state: &mut State, shared: &mut Shared, left: State) -> Vec<Effect> {
    let same = left.texts() == state.texts();
    state.stale = left.stale || !same;
    (state.tab, state.scrolls) = (left.tab, left.scrolls);
    (state.running, state.checking, state.results) = (left.running, left.checking, left.results);
    (state.build, state.built, state.previous_size) = (left.build, left.built, left.previous_size);
    (state.run_log, state.run_parser, state.scan) = (left.run_log, left.run_parser, left.scan);
    (state.start_size, state.celebrated) = (left.start_size, left.celebrated);
    (state.ledger, state.survey) = (left.ledger, left.survey);
    let mut effects = analyse(state);
    effects.extend(planning::survey(state, shared));
    effects
}

/// The effect that writes a file.
pub fn save(state: &State, at: usize) -> Effect {
    let file = &state.files[at];
    Effect::Save {
        exercise: state.exercise.id.clone(),
        path: file.path.clone(),
        text: file.editor.text(),
        revision: file.editor.revision(),
        force: false,
    }
}

/// Asks what is known about the files as they are now.
pub fn analyse(state: &mut State) -> Vec<Effect> {
    state.asked += 1;
    let compare = (state.tab == Tab::Diff).then(|| (old_text(state), state.file().editor.text()));
    vec![Effect::Analyse(Box::new(AnalysisRequest {
        number: state.asked,
        exercise: Arc::new(state.exercise.clone()),
        texts: state.texts(),
        revisions: state.files.iter().map(|f| (f.path.clone(), f.editor.revision())).collect(),
        question: planning::question(state),
        compare,
        ascii: state.ascii,
    }))]
}

/// Takes the exercise as its author has it now. The learner's files stay, and so does what is being graded.
pub fn renew(state: &mut State, exercise: &Exercise) -> Vec<Effect> {
    if *exercise == state.exercise {
        return Vec::new();
    }
    if exercise.task != state.exercise.task {
        state.task = markdown::Cached::new(&exercise.task);
    }
    let old = std::mem::replace(&mut state.exercise, exercise.clone());
    state.exercise.files = old.files;
    if state.running.is_some() {
        state.exercise.checks = old.checks;
    } else if old.checks != exercise.checks {
        state.results = vec![None; exercise.checks.len()];
        state.checks_scroll = 0;
    }
    state.hints_opened = state.hints_opened.min(u32::try_from(exercise.hints.len()).unwrap_or(u32::MAX));
    analyse(state)
}

/// What the shown file is compared with.
fn old_text(state: &State) -> String {
    let file = state.file();
    match state.against {
        Against::Start => file.start.clone().unwrap_or_default(),
        Against::LastBuild => {
            state.built.as_ref().and_then(|b| b.texts.get(&file.path)).cloned().unwrap_or_default()
        }
        Against::Solution => state
            .exercise
            .solution
            .get(&file.path)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default(),
    }
}

/// What follows a change of the shown file's text.
pub fn changed(state: &mut State) -> Vec<Effect> {
    let at = state.current.min(state.files.len() - 1);
    state.files[at].exists = true;
    state.stale = true;
    let mut effects = vec![save(state, at)];
    effects.extend(analyse(state));
    effects
}

fn outcome_of(state: &mut State, shared: &mut Shared, outcome: EditorOutcome) -> Vec<Effect> {
    let mut effects = Vec::new();
    for effect in outcome.effects {
        match effect {
            EditorEffect::Copy(text) => effects.push(Effect::Copy(text)),
            EditorEffect::Say(text) => shared.say(Tone::Plain, text),
        }
    }
    if outcome.changed {
        effects.extend(changed(state));
    }
    effects
}

/// A key that the table of keys does not know.
pub fn on_key(state: &mut State, shared: &mut Shared, body: Rect, key: KeyEvent) -> Vec<Effect> {
    if state.searches_log() {
        build_tab::type_search(state, shared, body, &key);
        return Vec::new();
    }
    if state.focus != Focus::Editor {
        return Vec::new();
    }
    let takes_first = state.takes_first(&key);
    let outcome = state.file_mut().editor.handle_key(key);
    // Vim's fingers press Escape once more than needed; that must not lead out of the exercise.
    if takes_first && !outcome.consumed && !shared.settings.vim {
        shared.post(Msg::Act(Action::Back));
        return Vec::new();
    }
    outcome_of(state, shared, outcome)
}

/// Pasted text goes into the editor, whichever pane has the keys.
pub fn on_paste(state: &mut State, shared: &mut Shared, text: &str) -> Vec<Effect> {
    state.focus = Focus::Editor;
    let outcome = state.file_mut().editor.paste(text);
    outcome_of(state, shared, outcome)
}

/// The mouse.
pub fn on_mouse(state: &mut State, shared: &mut Shared, body: Rect, mouse: MouseEvent) -> Vec<Effect> {
    let at = Position { x: mouse.column, y: mouse.row };
    let Panes { editor, bottom, side, checks } = layout::panes(state, shared, body);
    let pressed = mouse.kind == MouseEventKind::Down(MouseButton::Left);
    let moves = matches!(mouse.kind, MouseEventKind::Drag(_) | MouseEventKind::Up(_));
    if (moves && state.dragging) || (!moves && editor.contains(at)) {
        if pressed && at.y == editor.y {
            if let Some(index) = super::view::file_at(state, &shared.theme, editor, at.x) {
                return show_file(state, index);
            }
            return Vec::new();
        }
        if pressed {
            state.focus = Focus::Editor;
        }
        // The sign of a line, or the right button over what is underlined, asks what is wrong there.
        let right = mouse.kind == MouseEventKind::Down(MouseButton::Right);
        if (pressed || right) && state.file_mut().editor.go_to_finding_at(at.x, at.y, right) {
            state.focus = Focus::Editor;
            shared.post(Msg::Act(Action::Explain));
            return Vec::new();
        }
        state.dragging = !matches!(mouse.kind, MouseEventKind::Up(_)) && (pressed || state.dragging);
        let outcome = state.file_mut().editor.handle_mouse(mouse, Duration::from_millis(shared.now));
        return outcome_of(state, shared, outcome);
    }
    let wheel = match mouse.kind {
        MouseEventKind::ScrollUp => Some(Action::Up),
        MouseEventKind::ScrollDown => Some(Action::Down),
        _ => None,
    };
    if side.contains(at) {
        if pressed {
            state.focus = Focus::Task;
        }
        if let Some(action) = wheel {
            task::scroll(state, shared, body, Focus::Task, action);
        }
    } else if checks.contains(at) {
        if pressed {
            state.focus = Focus::Checks;
        }
        if let Some(action) = wheel {
            task::scroll(state, shared, body, Focus::Checks, action);
        }
    } else if bottom.contains(at) {
        if let Some(action) = wheel {
            panel::scroll(state, shared, body, action);
        } else if pressed {
            state.focus = Focus::Bottom;
            if at.y == bottom.y {
                if let Some(tab) = super::view::tab_at(state, layout::is_narrow(body), bottom, at.x) {
                    return show_tab(state, tab);
                }
            } else if state.tab == Tab::Problems {
                let row = usize::from(at.y - bottom.y - 1) + panel::offset(state, bottom);
                if row < state.listed().len() {
                    state.problem = row;
                    return problems::jump(state);
                }
            } else if state.tab == Tab::Build {
                build_tab::click(state, shared, body, at.y);
            }
        }
    }
    Vec::new()
}

/// Shows a tab below the editor, without giving it the keys.
pub fn go_to_tab(state: &mut State, tab: Tab) {
    state.tab = tab;
    if matches!(tab, Tab::Build | Tab::Run) {
        state.scrolls.insert(tab.title(), Scroll { at: 0, follow: true });
    }
}

fn show_tab(state: &mut State, tab: Tab) -> Vec<Effect> {
    state.tab = tab;
    if tab == Tab::Diff { analyse(state) } else { Vec::new() }
}

/// Shows a file and gives the editor the keys.
pub fn show_file(state: &mut State, index: usize) -> Vec<Effect> {
    state.current = index.min(state.files.len() - 1);
    state.focus = Focus::Editor;
    state.problem = 0;
    if state.tab == Tab::Diff { analyse(state) } else { Vec::new() }
}

/// Does what a key or the palette asked for.
pub fn act(state: &mut State, shared: &mut Shared, body: Rect, action: Action) -> Then {
    let narrow = layout::is_narrow(body);
    let effects = match action {
        Action::Build => work::build(state, shared),
        Action::Check => {
            if narrow {
                state.tab = Tab::Checks;
            }
            work::check(state, shared)
        }
        Action::Run => work::run(state, shared),
        Action::Scan => work::scan(state, shared),
        Action::Shell => return then(shell::ask(state, shared)),
        Action::BuildOptions => return Then::Ask(Box::new(work::options(state)), Vec::new()),
        Action::CancelJob => work::stop(state, shared),
        Action::Back if state.running.as_ref().is_some_and(|running| !running.stopping) => {
            work::stop(state, shared)
        }
        Action::Back => return Then::Leave,
        Action::Diff => next_diff(state, shared),
        Action::Plan => show_tab(state, Tab::Plan),
        Action::WhatIf => return then((Vec::new(), planning::what_if(state, shared))),
        Action::Solution => show_solution(state, shared),
        Action::Hint => return hint(state, shared),
        Action::NextPane => {
            state.focus = match state.focus {
                Focus::Editor => Focus::Bottom,
                Focus::Bottom if !narrow => Focus::Task,
                Focus::Task if !narrow && !state.exercise.checks.is_empty() => Focus::Checks,
                Focus::Bottom | Focus::Task | Focus::Checks => Focus::Editor,
            };
            Vec::new()
        }
        Action::FocusEditor => {
            state.focus = Focus::Editor;
            Vec::new()
        }
        Action::NextProblem | Action::PreviousProblem => problems::go_to_problem(state, shared, action),
        Action::Fix => return then(fixes::fix(state, shared)),
        Action::Fixes => return then(fixes::list(state, shared, false)),
        Action::FixAll => return then(fixes::list(state, shared, true)),
        Action::Ignore => fixes::ignore(state, shared),
        Action::Explain => return then((Vec::new(), fixes::explain(state, shared))),
        Action::SortProblems => {
            state.listing.next_sort();
            Vec::new()
        }
        Action::FilterProblems => {
            state.listing.next_least();
            state.problem = state.problem.min(state.listed().len().saturating_sub(1));
            Vec::new()
        }
        Action::NextFile => show_file(state, (state.current + 1) % state.files.len()),
        Action::PreviousFile => show_file(state, (state.current + state.files.len() - 1) % state.files.len()),
        Action::NextTab | Action::PreviousTab => {
            let tabs = Tab::all(narrow);
            let at = tabs.iter().position(|tab| *tab == state.tab).unwrap_or(0);
            let step = if action == Action::NextTab { 1 } else { tabs.len() - 1 };
            show_tab(state, tabs[(at + step) % tabs.len()])
        }
        Action::Zoom => {
            state.zoom = !state.zoom;
            Vec::new()
        }
        Action::Grow | Action::Shrink | Action::Widen | Action::Narrow => {
            resize(state, shared, body, action);
            Vec::new()
        }
        Action::ExternalEditor => {
            let line = state.file().editor.position().line;
            let path = state.dir.join(&state.file().path);
            vec![Effect::EditExternally { path, line }]
        }
        Action::Reset => return reset(state),
        Action::OpenLesson => {
            if state.exercise.lesson.is_empty() {
                shared.say(Tone::Plain, "No lesson belongs to this");
            } else {
                shared.post(Msg::Go(Destination::Lesson(state.exercise.lesson.clone())));
            }
            Vec::new()
        }
        Action::Accept if state.focus == Focus::Bottom && state.tab == Tab::Problems => problems::jump(state),
        action if build_tab::knows(state, action) => build_tab::act(state, shared, body, action),
        Action::Accept if state.focus == Focus::Bottom && state.tab == Tab::Image => {
            shared.post(Msg::Act(Action::ExploreImage));
            Vec::new()
        }
        movement => {
            match state.focus {
                focus @ (Focus::Task | Focus::Checks) => task::scroll(state, shared, body, focus, movement),
                Focus::Bottom if state.tab == Tab::Problems => {
                    let last = state.listed().len().saturating_sub(1);
                    if let Some(to) = scroll::moved(state.problem, movement, 5, last) {
                        state.problem = to;
                    }
                }
                Focus::Bottom => panel::scroll(state, shared, body, movement),
                Focus::Editor => {}
            }
            Vec::new()
        }
    };
    Then::Do(effects)
}

/// Effects, and a popup if there is one.
fn then((effects, popup): (Vec<Effect>, Option<Popup>)) -> Then {
    match popup {
        Some(popup) => Then::Ask(Box::new(popup), effects),
        None => Then::Do(effects),
    }
}

fn resize(state: &mut State, shared: &Shared, body: Rect, action: Action) {
    let panes = layout::panes(state, shared, body);
    match action {
        Action::Grow => state.bottom_rows = Some(panes.bottom.height.saturating_add(2)),
        Action::Shrink => state.bottom_rows = Some(panes.bottom.height.saturating_sub(2).max(3)),
        Action::Widen => state.side_columns = Some(panes.side.width.saturating_add(4)),
        _ => state.side_columns = Some(panes.side.width.saturating_sub(4).max(24)),
    }
    // What does not fit is not remembered either.
    let panes = layout::panes(state, shared, body);
    state.bottom_rows = state.bottom_rows.map(|_| panes.bottom.height);
    state.side_columns = state.side_columns.filter(|_| panes.side.width > 0).map(|_| panes.side.width);
}

/// Shows the difference; asked again, goes round what it compares with.
fn next_diff(state: &mut State, shared: &Shared) -> Vec<Effect> {
    if state.tab == Tab::Diff {
        state.against = match state.against {
            Against::Start if state.built.is_some() => Against::LastBuild,
            Against::Start | Against::LastBuild if state.may_see_solution(shared) => Against::Solution,
            _ => Against::Start,
        };
    }
    show_tab(state, Tab::Diff)
}

fn show_solution(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let progress = shared.progress.exercises.get(&state.exercise.id).copied();
    if !state.may_see_solution(shared) {
        let seat = shared.seat.as_ref();
        let room = seat.and_then(|seat| seat.solution(&state.exercise.id, false, shared.now));
        let text = match state.exercise.reveal.or_attempts {
            _ if state.exercise.solution.is_empty() => "There is no solution to compare with".to_owned(),
            _ if matches!(room, Some(Err(_))) => room.and_then(Result::err).unwrap_or_default(),
            Some(needed) => {
                let failed = progress.map_or(0, |p| p.failed_attempts);
                format!(
                    "The solution opens when the exercise is passed, or after {needed} checks that fell short ({failed} so far)"
                )
            }
            None => "The solution opens when the exercise is passed".to_owned(),
        };
        shared.say(Tone::Plain, text);
        return Vec::new();
    }
    state.against = Against::Solution;
    show_tab(state, Tab::Diff)
}

/// Why the next hint may not be opened, where a workshop says so.
pub fn hints_closed(state: &State, shared: &Shared) -> Option<String> {
    let passed = shared.progress.exercises.get(&state.exercise.id).is_some_and(|progress| progress.passed);
    shared.seat.as_ref()?.hints_closed(&state.exercise, passed, shared.now)
}

/// Opens the next hint, and keeps that it was opened.
fn hint(state: &mut State, shared: &mut Shared) -> Then {
    let total = state.exercise.hints.len();
    if total == 0 {
        shared.say(Tone::Plain, "There are no hints here");
        return Then::Do(Vec::new());
    }
    let opened = usize::try_from(state.hints_opened).unwrap_or(total);
    let next = opened.min(total - 1);
    let mut effects = Vec::new();
    if opened < total
        && let Some(closed) = hints_closed(state, shared)
    {
        shared.say(Tone::Plain, closed);
        if opened == 0 {
            return Then::Do(effects);
        }
    } else if opened < total {
        state.hints_opened += 1;
        let entry = shared.progress.exercises.entry(state.exercise.id.clone()).or_default();
        entry.hints_opened = entry.hints_opened.max(state.hints_opened);
        effects.push(Effect::RememberHint(state.exercise.id.clone(), state.hints_opened));
    }
    let title = format!("Hint {} of {total}", next + 1);
    let page = page::State::new(title, &state.exercise.hints[next]);
    Then::Ask(Box::new(Popup::Page(page)), effects)
}

fn reset(state: &State) -> Then {
    let text = "Put every file back to the start? What you have now is kept in a folder beside it.";
    let question = dialog::State::new("Reset the exercise", text)
        .answer("Keep my work", None)
        .answer("Reset", Some(Msg::ResetConfirmed));
    let _ = state;
    Then::Ask(Box::new(Popup::Dialog(question)), Vec::new())
}
