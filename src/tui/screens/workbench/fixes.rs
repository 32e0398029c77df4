//! What can be done about the findings of a place: fixes, the same fix all over the file, every safe
//! fix, and silencing the rule. Pure; the list that is made of it is [`crate::tui::screens::fixes`].

use super::analysis;
use super::build_tab::{self, FAILED};
use super::diff;
use super::state::{Focus, State, Tab};
use super::update::changed;
use crate::dockerfile;
use crate::lint::{self, Applicability, Config, Diagnostic, Fix, fix, ignore};
use crate::text::{Edit, apply_edits};
use crate::tui::app::{Popup, Shared};
use crate::tui::message::{Effect, Tone};
use crate::tui::screens::fixes::{Choice, Kind, Preview, Taken};
use crate::tui::screens::{fixes, page};

/// Above this many bytes the linter is not run while a list opens: what is known already serves.
const LINTED: usize = 128 * 1024;

/// The findings that a key is about: the selected one of the list of problems, else those under the
/// cursor, the worst first.
pub fn targets(state: &State) -> Vec<&Diagnostic> {
    if state.focus == Focus::Bottom && state.tab == Tab::Problems {
        return state.listed().into_iter().skip(state.problem).take(1).collect();
    }
    state.file().editor.diagnostics_at_cursor()
}

/// The only fix of the place, when it is a safe one: it needs no second look.
pub fn only_safe(found: &[&Diagnostic]) -> Option<Fix> {
    let mut fixes = found.iter().filter_map(|found| found.fix.as_ref());
    let only = fixes.next().filter(|fix| fix.applicability == Applicability::Safe)?;
    fixes.next().is_none().then(|| only.clone())
}

/// Applies the only safe fix of the place; lists what there is when there is more to choose from.
pub fn fix(state: &mut State, shared: &mut Shared) -> (Vec<Effect>, Option<Popup>) {
    let Some(fix) = only_safe(&targets(state)) else { return list(state, shared, false) };
    (apply(state, shared, &fix.edits, fix.title), None)
}

/// The list of what can be done; with `all`, every safe fix is selected.
pub fn list(state: &State, shared: &mut Shared, all: bool) -> (Vec<Effect>, Option<Popup>) {
    let choices = choices(state);
    let is_all = |choice: &Choice| choice.code.is_empty();
    if choices.is_empty() || (all && !choices.iter().any(is_all)) {
        let text = if all {
            "There is nothing that can safely be fixed by itself"
        } else {
            "Nothing under the cursor can be fixed by itself; F8 goes to the next problem"
        };
        shared.say(Tone::Plain, text);
        return (Vec::new(), None);
    }
    let selected = if all { choices.iter().position(is_all).unwrap_or(0) } else { 0 };
    let file = state.file();
    let list = fixes::State::new(&file.path, file.editor.revision(), choices, selected);
    (Vec::new(), Some(Popup::Fixes(list)))
}

/// Silences the rule of the first finding of the place.
pub fn ignore(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let file = state.file();
    let text = file.editor.text();
    let found = targets(state).into_iter().find(|found| found.code != FAILED);
    let found = found.map(|found| (found.span.start, found.code));
    let edit = found.and_then(|(at, code)| ignore::here(&dockerfile::parse(&text).0, at, code));
    match (edit, found) {
        (Some(edit), Some((_, code))) => apply(state, shared, &[edit], format!("{code} is ignored here")),
        (None, Some((_, code))) => {
            shared.say(Tone::Plain, format!("{code} cannot be ignored"));
            Vec::new()
        }
        _ => {
            shared.say(Tone::Plain, "Nothing is found here; F8 goes to the next problem");
            Vec::new()
        }
    }
}

/// Does what was taken from the list, unless the text is another one by now.
pub fn take(state: &mut State, shared: &mut Shared, taken: Taken) -> Vec<Effect> {
    let file = state.file();
    if file.path != taken.path || file.editor.revision() != taken.revision {
        shared.say(Tone::Plain, "The text has changed meanwhile; nothing was done");
        return Vec::new();
    }
    apply(state, shared, &taken.edits, taken.said)
}

fn apply(state: &mut State, shared: &mut Shared, edits: &[Edit], said: String) -> Vec<Effect> {
    if state.file_mut().editor.apply_edits(edits) {
        shared.say(Tone::Good, format!("{said}; undo takes it back"));
        changed(state)
    } else {
        shared.say(Tone::Plain, "This file cannot be changed");
        Vec::new()
    }
}

/// All that can be done here, the nearest first.
fn choices(state: &State) -> Vec<Choice> {
    let file = state.file();
    if file.editor.is_read_only() {
        return Vec::new();
    }
    let text = file.editor.text();
    let config = analysis::config(&state.texts());
    let found = targets(state);
    let mut choices: Vec<Choice> = Vec::new();
    let mut add = |title: String, code: &'static str, kind: Kind, preview: Option<Preview>| {
        let known = |preview: &Preview| choices.iter().any(|choice| choice.preview.edits == preview.edits);
        if let Some(preview) = preview.filter(|preview| !preview.edits.is_empty() && !known(preview)) {
            choices.push(Choice { title, code, kind, preview });
        }
    };
    for diagnostic in &found {
        if let Some(fix) = &diagnostic.fix {
            let preview = preview(&text, fix.edits.clone(), 1);
            add(fix.title.clone(), diagnostic.code, Kind::Fix(fix.applicability), preview);
        }
    }
    let all = state.problems();
    for diagnostic in &found {
        let Some(fix) = &diagnostic.fix else { continue };
        let wanted = |other: &Diagnostic, theirs: &Fix| {
            other.code == diagnostic.code && theirs.applicability == fix.applicability
        };
        let preview = several(&text, &config, all, &wanted).filter(|preview| preview.count > 1);
        let title = format!("{}, all over the file", fix.title);
        add(title, diagnostic.code, Kind::Fix(fix.applicability), preview);
    }
    let safe = |_: &Diagnostic, fix: &Fix| fix.applicability == Applicability::Safe;
    let preview = several(&text, &config, all, &safe);
    add("Every safe fix of this file".to_owned(), "", Kind::Fix(Applicability::Safe), preview);
    if found.is_empty() {
        return choices;
    }
    let (tree, _) = dockerfile::parse(&text);
    for diagnostic in found.iter().filter(|found| found.code != FAILED) {
        let edit = ignore::here(&tree, diagnostic.span.start, diagnostic.code);
        let preview = edit.and_then(|edit| self::preview(&text, vec![edit], 0));
        add(format!("Ignore {} here", diagnostic.code), diagnostic.code, Kind::Ignore, preview);
    }
    choices
}

/// What `edits` of `text` change.
fn preview(text: &str, edits: Vec<Edit>, count: usize) -> Option<Preview> {
    let new = apply_edits(text, &edits)?;
    Some(Preview { count, diff: diff::lines(text, &new), edits })
}

/// What all fixes that are `wanted` change: made again and again until nothing is left to do, as
/// `lint --fix` makes them. In a very large file, once, from what is known.
fn several(
    text: &str,
    config: &Config,
    known: &[Diagnostic],
    wanted: &dyn Fn(&Diagnostic, &Fix) -> bool,
) -> Option<Preview> {
    if text.len() > LINTED {
        let mut edits: Vec<Edit> = Vec::new();
        let mut count = 0;
        let mut end = 0;
        // In order of place, so that one look behind is enough.
        for fix in known.iter().filter_map(|d| d.fix.as_ref().filter(|fix| wanted(d, fix))) {
            if fix.edits.iter().all(|edit| edit.span.start > end || edits.is_empty()) {
                end = fix.edits.iter().map(|edit| edit.span.end).max().unwrap_or(end).max(end);
                edits.extend(fix.edits.iter().cloned());
                count += 1;
            }
        }
        return preview(text, edits, count);
    }
    let fixed = fix::apply(text, config, wanted);
    let diff = diff::lines(text, &fixed.source);
    Some(Preview { count: fixed.applied.len(), edits: diff::edits(text, &fixed.source), diff })
}

/// The page about the findings of the place: what was found, and what the rules say about it.
pub fn explain(state: &State, shared: &mut Shared) -> Option<Popup> {
    let found = targets(state);
    let Some(first) = found.first() else {
        shared.say(Tone::Plain, "Nothing is found here; F8 goes to the next problem");
        return None;
    };
    let index = crate::text::LineIndex::new(&state.file().editor.text());
    let mut text = String::new();
    let mut pages: Vec<&str> = Vec::new();
    for diagnostic in &found {
        let line = index.line(diagnostic.span.start);
        text.push_str(&format!("**Line {line}**: {}\n\n", literal(&diagnostic.message)));
        if let Some(fix) = &diagnostic.fix {
            let kind = if fix.applicability == Applicability::Safe { "safe" } else { "unsafe" };
            text.push_str(&format!("The fix: {} ({kind})\n\n", literal(&fix.title)));
        }
        if !pages.contains(&diagnostic.code) {
            pages.push(diagnostic.code);
        }
    }
    for code in pages {
        if code == FAILED {
            text.push_str(&build_tab::page(&state.build));
        }
        if let Some(page) = lint::page(code) {
            text.push_str(&format!("{}\n\n", page.markdown));
        }
    }
    Some(Popup::Page(page::State::new(first.code, &text)))
}

/// A message as markdown that says just that: it may quote the learner's text. Code stays code.
pub(super) fn literal(message: &str) -> String {
    let code = message.matches('`').count().is_multiple_of(2);
    let mut out = String::new();
    let mut inside = false;
    for c in message.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '`' if code => {
                inside = !inside;
                out.push(c);
            }
            c if c.is_ascii_punctuation() && !inside => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
