//! Explanations, fixes with a preview, and the list of problems.

use super::*;
use crate::lint::{Applicability, fix};
use crate::tui::screens::workbench::analysis;

fn key(model: &mut Model, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
    let effects = update(model, Msg::Key(KeyEvent::new(code, modifiers)));
    answer(model, &effects);
    effects
}

/// Answers the linter's questions, as the runtime would.
fn answer(model: &mut Model, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Analyse(request) = effect {
            update(model, Msg::Analysed(Box::new(analysis::analyse(request, &mut Default::default()))));
        }
    }
}

fn alt(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    key(model, code, KeyModifiers::ALT)
}

fn undo(model: &mut Model) {
    key(model, KeyCode::Char('z'), KeyModifiers::CONTROL);
}

fn text(model: &Model) -> String {
    state(model).file().editor.text()
}

/// The workbench over this text, the cursor where `place` stands in it.
fn over(source: &str, place: &str) -> Model {
    let mut model = model();
    key(&mut model, KeyCode::Char('a'), KeyModifiers::CONTROL);
    let pasted = update(&mut model, Msg::Paste(source.to_owned()));
    answer(&mut model, &pasted);
    let Screen::Workbench(state) = &mut model.screen else { panic!("no workbench") };
    state.file_mut().editor.go_to(source.find(place).unwrap());
    model
}

const ADDS: &str = "FROM debian:12\nADD a /a\nADD b /b\nUSER me\nCMD run it\n";

#[test]
fn the_only_safe_fix_is_applied_at_once_and_undone_at_once() {
    let mut model = over(ADDS, "ADD a");
    alt(&mut model, KeyCode::Enter);
    assert!(model.popups.is_empty());
    assert_eq!(text(&model), ADDS.replace("ADD a", "COPY a"));
    undo(&mut model);
    assert_eq!(text(&model), ADDS);
}

#[test]
fn an_unsafe_fix_is_shown_before_it_is_made() {
    let mut model = over(ADDS, "run it");
    alt(&mut model, KeyCode::Enter);
    assert!(matches!(model.popups.last(), Some(Popup::Fixes(_))));
    key(&mut model, KeyCode::Esc, KeyModifiers::NONE);
    assert_eq!((text(&model).as_str(), model.popups.len()), (ADDS, 0), "Esc leaves all as it was");
    alt(&mut model, KeyCode::Enter);
    alt(&mut model, KeyCode::Enter);
    assert_eq!(
        text(&model),
        ADDS.replace("run it", "[\"run\", \"it\"]"),
        "the same key twice takes the first"
    );
    undo(&mut model);
    assert_eq!(text(&model), ADDS);
}

#[test]
fn one_kind_is_fixed_all_over_the_file_as_one_step() {
    let mut model = over(ADDS, "ADD b");
    alt(&mut model, KeyCode::Char('f'));
    key(&mut model, KeyCode::Down, KeyModifiers::NONE);
    key(&mut model, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(text(&model), ADDS.replace("ADD", "COPY"));
    undo(&mut model);
    assert_eq!(text(&model), ADDS);
}

#[test]
fn every_safe_fix_is_what_the_command_line_makes() {
    let mut model = over(ADDS, "FROM");
    update(&mut model, Msg::Act(Action::FixAll));
    key(&mut model, KeyCode::Enter, KeyModifiers::NONE);
    let config = analysis::config(&state(&model).texts());
    assert_eq!(text(&model), fix::apply_all(ADDS, &config, Applicability::Safe).source);
    undo(&mut model);
    assert_eq!(text(&model), ADDS);
    update(&mut model, Msg::Act(Action::FixAll));
    key(&mut model, KeyCode::Enter, KeyModifiers::NONE);
    update(&mut model, Msg::Act(Action::FixAll));
    assert!(model.popups.is_empty(), "nothing is left to do");
}

#[test]
fn a_rule_is_ignored_here_and_joins_the_next() {
    let mut model = over(ADDS, "ADD a");
    alt(&mut model, KeyCode::Char('f'));
    key(&mut model, KeyCode::End, KeyModifiers::NONE);
    for _ in 0..9 {
        key(&mut model, KeyCode::Down, KeyModifiers::NONE);
    }
    key(&mut model, KeyCode::Enter, KeyModifiers::NONE);
    assert_eq!(text(&model), ADDS.replace("ADD a", "# hadolint ignore=DL3020\nADD a"));
    let left: Vec<_> = state(&model).problems().iter().filter(|d| d.code == "DL3020").collect();
    assert_eq!(left.len(), 1, "only here");
    update(&mut model, Msg::Act(Action::Ignore));
    assert_eq!(text(&model).matches("ignore").count(), 1, "nothing is found here any more");
}

#[test]
fn what_was_taken_from_a_list_that_is_old_is_not_done() {
    let mut model = over(ADDS, "run it");
    alt(&mut model, KeyCode::Char('f'));
    let changed = FileMsg::Changed {
        exercise: "exercise-1".into(),
        path: "Dockerfile".into(),
        text: Some(ADDS.replace("run it", "walk it")),
    };
    let Screen::Workbench(open) = &mut model.screen else { panic!("no workbench") };
    open.file_mut().editor.mark_saved();
    update(&mut model, Msg::File(changed));
    key(&mut model, KeyCode::Enter, KeyModifiers::NONE);
    assert!(text(&model).contains("CMD walk it"), "{}", text(&model));
}

#[test]
fn a_finding_is_explained_by_key_and_from_the_list() {
    let mut model = over(ADDS, "ADD a");
    key(&mut model, KeyCode::F(12), KeyModifiers::NONE);
    assert!(matches!(model.popups.last(), Some(Popup::Page(_))));
    key(&mut model, KeyCode::Esc, KeyModifiers::NONE);
    alt(&mut model, KeyCode::Char('f'));
    key(&mut model, KeyCode::F(12), KeyModifiers::NONE);
    assert!(matches!(&model.popups[..], [Popup::Fixes(_), Popup::Page(_)]), "over the list");
    key(&mut model, KeyCode::Esc, KeyModifiers::NONE);
    key(&mut model, KeyCode::Esc, KeyModifiers::NONE);
    assert!(model.popups.is_empty());
    let mut nothing = over("FROM debian:12\n# words\nUSER 10001\n", "words");
    key(&mut nothing, KeyCode::F(12), KeyModifiers::NONE);
    assert!(nothing.popups.is_empty() && !nothing.shared.toasts.is_empty());
}

#[test]
fn the_list_of_problems_is_sorted_hidden_and_acted_on() {
    let mut model = over(ADDS, "FROM");
    key(&mut model, KeyCode::F(7), KeyModifiers::NONE);
    assert_eq!(state(&model).contexts().first(), Some(&crate::tui::keymap::Context::Problems));
    let codes = |model: &Model| state(model).listed().iter().map(|d| d.code).collect::<Vec<_>>();
    let all = codes(&model);
    key(&mut model, KeyCode::Char('s'), KeyModifiers::NONE);
    let worst: Vec<_> = state(&model).listed().iter().map(|d| d.severity).collect();
    assert!(worst.is_sorted());
    key(&mut model, KeyCode::Char('e'), KeyModifiers::NONE);
    assert!(!codes(&model).is_empty() && codes(&model).len() < all.len(), "{all:?} {:?}", codes(&model));
    assert_eq!(codes(&model)[0], "DL3020");
    key(&mut model, KeyCode::Down, KeyModifiers::NONE);
    key(&mut model, KeyCode::Char('i'), KeyModifiers::NONE);
    assert_eq!(text(&model), ADDS.replace("ADD b", "# hadolint ignore=DL3020\nADD b"));
    key(&mut model, KeyCode::Char('f'), KeyModifiers::NONE);
    assert!(matches!(model.popups.last(), Some(Popup::Fixes(_))));
}
