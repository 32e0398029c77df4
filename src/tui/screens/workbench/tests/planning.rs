//! When the plan is made anew, and what it says then.

use super::*;
use crate::engine::record::Survey;
use crate::engine::{BuildOutcome, StepSummary};
use crate::jobs::{Job, Progress};
use std::sync::Arc;

fn analysed(model: &mut Model, effects: Vec<Effect>) {
    for effect in effects {
        if let Effect::Analyse(request) = effect {
            let analysis = analysis::analyse(&request, &mut Default::default());
            update(model, Msg::Analysed(Box::new(analysis)));
        }
    }
}

fn surveys(effects: &[Effect]) -> Vec<crate::jobs::JobId> {
    let id = |effect: &Effect| match effect {
        Effect::Start(id, job) if matches!(**job, Job::Survey(_)) => Some(*id),
        _ => None,
    };
    effects.iter().filter_map(id).collect()
}

/// Built once: three steps of 1, 31 and 2 seconds.
fn built() -> (Model, Arc<Survey>) {
    let mut model = model();
    let effects = press(&mut model, KeyCode::F(2));
    let Some(Effect::StartWhenSaved(id, _)) = effects.first() else { panic!("{effects:?}") };
    let id = *id;
    let step = |index, millis| StepSummary { index, millis, ..StepSummary::default() };
    let steps = vec![step(1, 1_000), step(2, 31_000), step(3, 2_000)];
    let outcome = BuildOutcome { steps, ..BuildOutcome::default() };
    let mut texts = state(&model).texts();
    texts.insert("data.bin".into(), "on disk only".into());
    let record = fixture::record(&texts, &outcome);
    let survey = record.survey.clone();
    let effects = update(&mut model, Msg::Job(JobEvent::Progress(id, Progress::Recorded(Box::new(record)))));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::RememberBuilds(id, _) if id == "exercise-1"))
    );
    analysed(&mut model, effects);
    let ended = update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::Built(Box::new(outcome)))));
    analysed(&mut model, ended);
    (model, survey)
}

fn words(model: &Model) -> String {
    state(model).outlook.as_ref().map(|outlook| outlook.plan.words()).unwrap_or_default()
}

#[test]
fn a_key_changes_the_plan() {
    let (mut model, _) = built();
    assert_eq!(words(&model), "the next build takes every step from the cache");
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::End);
    let effects = press(&mut model, KeyCode::Char('x'));
    analysed(&mut model, effects);
    assert_eq!(words(&model), "the next build runs 2 of 3 steps again, about 33 s");
    let effects = press(&mut model, KeyCode::Backspace);
    analysed(&mut model, effects);
    assert_eq!(words(&model), "the next build takes every step from the cache");
}

#[test]
fn a_file_changed_on_disk_counts_and_one_look_at_a_time_is_enough() {
    let (mut model, survey) = built();
    let first = surveys(&update(&mut model, Msg::Touched));
    let [id] = first[..] else { panic!("{first:?}") };
    assert_eq!(surveys(&update(&mut model, Msg::Touched)), []);
    assert_eq!(surveys(&update(&mut model, Msg::Focus(true))), []);
    let mut changed = Survey::clone(&survey);
    changed.tree = changed.tree.with_text("data.bin", "other");
    let ended =
        update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::Surveyed(Arc::new(changed.clone())))));
    let second = surveys(&ended);
    assert_eq!(second.len(), 1, "what changed meanwhile is looked at too");
    analysed(&mut model, ended);
    assert_eq!(words(&model), "the next build runs 1 of 3 steps again, about 2.0 s");
    let why = &state(&model).outlook.as_ref().unwrap().plan.steps[2].why;
    assert_eq!(why, "takes data.bin, which changed");
    // Nothing new: nothing is worked out again.
    let same = Outcome::Surveyed(Arc::new(changed));
    assert!(update(&mut model, Msg::Job(JobEvent::Finished(second[0], same))).is_empty());
}

#[test]
fn before_a_build_nothing_is_looked_at() {
    let mut model = model();
    assert_eq!(surveys(&update(&mut model, Msg::Touched)), []);
    update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::ALT)));
    assert!(model.popups.is_empty() && !model.shared.toasts.is_empty());
}
