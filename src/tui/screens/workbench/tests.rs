//! The workbench driven by messages, without any disk, engine or terminal.

mod building;
mod fixing;
mod planning;

use super::fixture::{START, exercise};
use super::*;
use crate::grade::{CheckResult, Report, Status};
use crate::jobs::{JobEvent, Outcome};
use crate::tui::app::{Engine, Model, Popup, Screen, update};
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, FileMsg, Msg, Workspace, WorkspaceFile};
use crate::tui::settings::Settings;
use crate::tui::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

fn model() -> Model {
    let mut model = Model::new(Theme::default(), Settings::default(), (120, 36));
    let exercise = exercise();
    let file = WorkspaceFile {
        path: "Dockerfile".into(),
        edit: true,
        text: Some(START.into()),
        start: Some(START.into()),
        recovered: None,
    };
    let workspace = Workspace {
        exercise,
        dir: "/w".into(),
        files: vec![file],
        start_size: None,
        history: Vec::new(),
        choices: Default::default(),
        ledger: Default::default(),
        notices: Vec::new(),
    };
    update(&mut model, Msg::Workspace(Box::new(workspace)));
    model.shared.engine = Engine::Here(Default::default());
    model
}

fn state(model: &Model) -> &State {
    match &model.screen {
        Screen::Workbench(state) => state,
        other => panic!("{other:?}"),
    }
}

fn press(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

#[test]
fn every_edit_is_saved_and_analysed() {
    let mut model = model();
    let effects = press(&mut model, KeyCode::Char('x'));
    let saved = effects.iter().find_map(|e| match e {
        Effect::Save { text, force: false, .. } => Some(text.clone()),
        _ => None,
    });
    assert_eq!(saved.unwrap(), format!("x{START}"));
    assert!(
        effects.iter().any(|e| matches!(e, Effect::Analyse(r) if r.texts["Dockerfile"].starts_with('x')))
    );
}

#[test]
fn an_analysis_of_an_older_version_is_dropped() {
    let mut model = model();
    let effects = press(&mut model, KeyCode::Char('x'));
    let Some(Effect::Analyse(old)) = effects.into_iter().find(|e| matches!(e, Effect::Analyse(_))) else {
        panic!("nothing was asked")
    };
    let mut analysis = analysis::analyse(&old, &mut Default::default());
    analysis.gutters.insert("Dockerfile".into(), Vec::new());
    analysis.diff = Some(vec![DiffLine::Skipped(9)]);
    press(&mut model, KeyCode::Char('y'));
    update(&mut model, Msg::Analysed(Box::new(analysis.clone())));
    assert_eq!(state(&model).diff, []);
    analysis.number = state(&model).asked;
    update(&mut model, Msg::Analysed(Box::new(analysis)));
    assert_eq!(state(&model).diff, [DiffLine::Skipped(9)]);
}

#[test]
fn a_build_starts_when_all_is_saved_and_can_be_stopped_before_that() {
    let mut model = model();
    let effects = press(&mut model, KeyCode::F(2));
    let [Effect::StartWhenSaved(id, job)] = &effects[..] else { panic!("{effects:?}") };
    let again = press(&mut model, KeyCode::F(2));
    assert!(again.is_empty(), "one job at a time: {again:?}");
    let started = update(&mut model, Msg::Saved(*id, job.clone()));
    assert!(matches!(&started[..], [Effect::Start(started, _)] if started == id));

    let stopped = press(&mut model, KeyCode::Esc);
    assert!(matches!(&stopped[..], [Effect::Cancel(stopped)] if stopped == id));
    assert!(update(&mut model, Msg::Saved(*id, job.clone())).is_empty());
    assert!(!state(&model).is_busy());
}

#[test]
fn events_of_a_job_no_longer_current_are_dropped() {
    let mut model = model();
    let id = crate::jobs::JobId(77);
    let failed = Outcome::Failed { message: "old".into(), hints: Vec::new() };
    assert!(update(&mut model, Msg::Job(JobEvent::Finished(id, failed))).is_empty());
    assert!(state(&model).build.end.is_none() && model.shared.toasts.is_empty());
}

#[test]
fn grading_keeps_the_report_and_opens_the_solution_after_enough_attempts() {
    let mut model = model();
    for attempt in 1..=2 {
        let effects = press(&mut model, KeyCode::F(3));
        let Some(Effect::StartWhenSaved(id, _)) = effects.first() else { panic!("{effects:?}") };
        let result = CheckResult {
            id: "builds".into(),
            title: "It builds".into(),
            status: Status::Fail,
            points: 2,
            score: 0,
            bonus: false,
            shown: Default::default(),
            needs: String::new(),
            expected: "an image".into(),
            found: "exit code 1".into(),
            look_at: "Dockerfile:2".into(),
            why: String::new(),
            millis: 1,
        };
        let report = Report {
            exercise: "exercise-1".into(),
            title: String::new(),
            dir: "/w".into(),
            results: vec![result],
            unseen: Vec::new(),
            only_static: false,
            standing: None,
        };
        let ended = update(&mut model, Msg::Job(JobEvent::Finished(*id, Outcome::Checked(Box::new(report)))));
        assert!(matches!(&ended[..], [Effect::RememberReport(_)]));
        assert_eq!(state(&model).may_see_solution(&model.shared), attempt == 2);
    }
    assert_eq!(state(&model).results[0].as_ref().map(|r| r.status), Some(Status::Fail));
    update(&mut model, Msg::Act(Action::Solution));
    assert_eq!(state(&model).against, diff::Against::Solution);
}

#[test]
fn hints_open_one_at_a_time_and_are_kept() {
    let mut model = model();
    let effects = press(&mut model, KeyCode::F(6));
    assert!(matches!(&effects[..], [Effect::RememberHint(id, 1)] if id == "exercise-1"));
    assert!(matches!(model.popups.last(), Some(Popup::Page(_))));
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::F(6));
    press(&mut model, KeyCode::Esc);
    assert!(press(&mut model, KeyCode::F(6)).is_empty(), "there are only two");
    assert_eq!(state(&model).hints_opened, 2);
}

#[test]
fn a_file_changed_outside_is_read_again_unless_both_changed() {
    let mut model = model();
    let changed = |text: &str| {
        Msg::File(FileMsg::Changed {
            exercise: "exercise-1".into(),
            path: "Dockerfile".into(),
            text: Some(text.into()),
        })
    };
    update(&mut model, changed("FROM a\n"));
    assert_eq!(state(&model).file().editor.text(), "FROM a\n");
    press(&mut model, KeyCode::Char('x'));
    update(&mut model, changed("FROM b\n"));
    assert!(matches!(model.popups.last(), Some(Popup::Dialog(_))));
    let effects = press(&mut model, KeyCode::Enter);
    assert!(
        effects.iter().any(|e| matches!(e, Effect::Save { text, force: true, .. } if text == "xFROM a\n")),
        "the careful answer keeps what was typed: {effects:?}"
    );
    press(&mut model, KeyCode::Char('y'));
    update(&mut model, changed("FROM c\n"));
    press(&mut model, KeyCode::Char('t'));
    assert_eq!(state(&model).file().editor.text(), "FROM c\n");
}

#[test]
fn leaving_stops_the_job_saves_and_remembers_the_place() {
    let mut model = model();
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::F(2));
    press(&mut model, KeyCode::Esc);
    let effects = press(&mut model, KeyCode::Esc);
    assert!(matches!(model.screen, Screen::Home(_)));
    assert!(effects.iter().any(|e| matches!(e, Effect::Cancel(_))));
    assert!(effects.iter().any(|e| matches!(e, Effect::CloseWorkspace)));
    assert_eq!(model.shared.progress.place.as_ref().map(|p| p.position), Some(17));
}

#[test]
fn reset_asks_first() {
    let mut model = model();
    update(&mut model, Msg::Act(Action::Reset));
    assert!(press(&mut model, KeyCode::Enter).is_empty(), "the first answer keeps the work");
    update(&mut model, Msg::Act(Action::Reset));
    let effects = press(&mut model, KeyCode::Char('r'));
    assert!(effects.iter().any(|e| matches!(e, Effect::Reset(_))));
}
