//! Builds that fail, their log, and shells: what is asked of the runtime.

use super::*;
use crate::engine::{BuildEvent, BuildOutcome, Diagnosis, Explanation};
use crate::image::ImageInfo;
use crate::jobs::{Job, Progress};
use crate::tui::message::{ShellPlace, ShellWish};

fn alt(model: &mut Model, c: char) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT)))
}

/// The last effect but the analysis that was asked for, answered.
fn answered(model: &mut Model, effects: Vec<Effect>) -> Vec<Effect> {
    let mut rest = Vec::new();
    for effect in effects {
        match effect {
            Effect::Analyse(request) => {
                update(model, Msg::Analysed(Box::new(analysis::analyse(&request, &mut Default::default()))));
            }
            other => rest.push(other),
        }
    }
    rest
}

fn end(model: &mut Model, outcome: Outcome) -> Vec<Effect> {
    let id = state(model).running.as_ref().expect("a job").id;
    let effects = update(model, Msg::Job(JobEvent::Finished(id, outcome)));
    answered(model, effects)
}

/// A build of the start that failed at its second line.
fn failed() -> Model {
    let mut model = model();
    let effects = press(&mut model, KeyCode::F(2));
    let Some(Effect::StartWhenSaved(id, _)) = effects.first() else { panic!("{effects:?}") };
    let name = "[2/3] RUN apt-get update && apt-get install -y curl";
    for event in [
        BuildEvent::StepStarted { step: 0, name: "[1/3] FROM python:3.12".into() },
        BuildEvent::StepDone { step: 0, cached: true, millis: 0, error: None },
        BuildEvent::StepStarted { step: 1, name: name.into() },
        BuildEvent::StepLog { step: 1, text: b"E: Unable to locate package curl\n".to_vec() },
        BuildEvent::StepDone { step: 1, cached: false, millis: 9, error: Some("exit code: 100".into()) },
    ] {
        update(&mut model, Msg::Job(JobEvent::Progress(*id, Progress::Build(event))));
    }
    let why = Diagnosis {
        message: "`RUN apt-get update && apt-get install -y curl` ended with exit code 100".into(),
        explanation: Some(Explanation {
            cause: "apt-unknown-package",
            what: "apt-get knows no package curl".into(),
            tries: vec!["check its spelling".into()],
        }),
        tries: vec!["check its spelling".into()],
        line: Some(2),
        exit_code: Some(100),
        output: vec!["E: Unable to locate package curl".into()],
    };
    end(&mut model, Outcome::NotBuilt(Box::new(why)));
    model
}

fn failures(model: &Model) -> Vec<String> {
    let all = state(model).problems().iter().filter(|found| found.code == "BUILD");
    all.map(|found| found.message.clone()).collect()
}

#[test]
fn a_failed_build_is_marked_until_its_instruction_is_another() {
    let mut model = failed();
    let said = "The build ended here with exit code 100: apt-get knows no package curl";
    assert_eq!(failures(&model), [said]);
    alt(&mut model, 'g');
    assert_eq!(state(&model).file().editor.position().line, 2);
    update(&mut model, Msg::Act(Action::Explain));
    assert!(matches!(model.popups.last(), Some(Popup::Page(_))));
    press(&mut model, KeyCode::Esc);

    // Above it lines come and go; it is still the same instruction.
    let ctrl_home = KeyEvent::new(KeyCode::Home, KeyModifiers::CONTROL);
    update(&mut model, Msg::Key(ctrl_home));
    for code in [KeyCode::Char('#'), KeyCode::Enter] {
        let effects = press(&mut model, code);
        answered(&mut model, effects);
    }
    assert_eq!(failures(&model).len(), 1);
    alt(&mut model, 'g');
    assert_eq!(state(&model).file().editor.position().line, 3);
    press(&mut model, KeyCode::End);
    let effects = press(&mut model, KeyCode::Char('x'));
    answered(&mut model, effects);
    assert_eq!(failures(&model), Vec::<String>::new());
}

#[test]
fn the_log_folds_is_searched_and_copied_by_keys() {
    let mut model = failed();
    press(&mut model, KeyCode::F(7));
    assert_eq!(model.contexts()[0], crate::tui::keymap::Context::BuildLog);
    press(&mut model, KeyCode::Home);
    for code in [KeyCode::Char('/'), KeyCode::Char('q'), KeyCode::Backspace] {
        press(&mut model, code);
    }
    for c in "locate".chars() {
        press(&mut model, KeyCode::Char(c));
    }
    press(&mut model, KeyCode::Enter);
    assert_eq!(state(&model).build.search_words(80).as_deref(), Some("/locate  1 place"));
    let copied = press(&mut model, KeyCode::Char('y'));
    assert!(matches!(&copied[..], [Effect::Copy(text)] if text.contains("Unable to locate")), "{copied:?}");
    press(&mut model, KeyCode::Enter);
    assert!(!state(&model).build.is_open(1));
    press(&mut model, KeyCode::Char('o'));
    assert_eq!(state(&model).focus, state::Focus::Editor);
    assert_eq!(state(&model).file().editor.position().line, 2);
}

#[test]
fn a_shell_before_the_failure_builds_the_text_above_it_and_takes_the_terminal() {
    let mut model = failed();
    alt(&mut model, 't');
    assert!(matches!(model.popups.last(), Some(Popup::Palette(_))));
    let effects = press(&mut model, KeyCode::Enter);
    let [Effect::StartWhenSaved(_, job)] = &effects[..] else { panic!("{effects:?}") };
    let Job::Build(request) = &**job else { panic!("{job:?}") };
    assert_eq!(request.dockerfile_text.as_deref(), Some("FROM python:3.12\n"));
    assert!(request.tags.is_empty());
    let image = ImageInfo { id: "sha256:1".into(), ..ImageInfo::default() };
    let built = BuildOutcome { image, ..BuildOutcome::default() };
    let effects = end(&mut model, Outcome::Built(Box::new(built)));
    let [Effect::OpenShell(ShellPlace::Image { id, what })] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((id.as_str(), what.contains("before line 2")), ("sha256:1", true), "{what}");
    assert!(state(&model).built.is_none(), "it is no build of the learner's");
    assert_eq!(failures(&model).len(), 1, "what failed stays marked");

    let effects = update(&mut model, Msg::Shell(ShellWish::Stage(0)));
    let [Effect::StartWhenSaved(_, job)] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(&**job, Job::Build(request) if request.dockerfile_text.as_deref() == Some(START)));
}

#[test]
fn a_shell_goes_straight_into_the_container_that_runs() {
    let mut model = model();
    press(&mut model, KeyCode::F(2));
    end(&mut model, Outcome::Built(Box::default()));
    press(&mut model, KeyCode::F(5));
    let id = state(&model).running.as_ref().expect("a run").id;
    update(&mut model, Msg::Job(JobEvent::Progress(id, Progress::Runs("abc".into()))));
    let effects = alt(&mut model, 't');
    let [Effect::OpenShell(ShellPlace::Container(container))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(container, "abc");
}
