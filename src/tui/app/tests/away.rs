//! Workbenches that are left while something goes on in them.

use super::support::{build, key, outcome, screen, started, workbench, workspace};
use super::*;
use crate::tui::screens::workbench::fixture;

fn go(model: &mut Model, to: Destination) -> Vec<Effect> {
    update(model, Msg::Go(to))
}

fn work(model: &Model) -> &workbench::State {
    match &model.screen {
        Screen::Workbench(state) => state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_build_goes_on_elsewhere_and_is_there_afterwards() {
    let mut model = workbench((120, 36));
    let id = started(&key(&mut model, KeyCode::F(2)));
    let left = go(&mut model, Destination::Home);
    assert!(left.iter().any(|effect| matches!(effect, Effect::CloseWorkspace)));
    assert!(!left.iter().any(|effect| matches!(effect, Effect::Cancel(_))), "{left:?}");
    assert!(screen(&model).contains("1 at work elsewhere"), "{}", screen(&model));
    // What it waited for is on disk now.
    let job = Box::new(Job::Connect);
    assert!(matches!(update(&mut model, Msg::Saved(id, job)).as_slice(), [Effect::Start(..)]));

    let texts = [("Dockerfile".to_owned(), fixture::START.to_owned())].into();
    let record = JobProgress::Recorded(Box::new(fixture::record(&texts, &outcome())));
    let kept = update(&mut model, Msg::Job(JobEvent::Progress(id, record)));
    assert!(matches!(kept.as_slice(), [Effect::RememberBuilds(..)]), "{kept:?}");
    let built = Outcome::Built(Box::new(outcome()));
    let kept = update(&mut model, Msg::Job(JobEvent::Finished(id, built)));
    assert!(kept.iter().all(Effect::keeps), "{kept:?}");
    assert!(screen(&model).contains("Exercise 1: Built in 32.1 s"), "{}", screen(&model));
    assert!(!screen(&model).contains("elsewhere"));

    update(&mut model, Msg::Workspace(Box::new(workspace())));
    assert!(work(&model).built.is_some() && !work(&model).ledger.is_empty() && model.away.is_empty());
    assert_eq!(work(&model).build.history.len(), 1);
}

#[test]
fn who_comes_back_before_the_end_sees_it_go_on_and_can_stop_it() {
    let mut model = workbench((120, 36));
    let id = started(&key(&mut model, KeyCode::F(2)));
    go(&mut model, Destination::Home);
    update(&mut model, Msg::Act(Action::Jobs));
    assert!(screen(&model).contains("Building: Exercise 1 · Optimize an inefficient Dockerfile"));
    update(&mut model, Msg::Act(Action::Palette));
    model.popups.clear();

    update(&mut model, Msg::Workspace(Box::new(workspace())));
    assert!(work(&model).is_busy() && work(&model).owns(id));
    let stopped = key(&mut model, KeyCode::Esc);
    assert!(matches!(stopped.as_slice(), [Effect::Cancel(same)] if *same == id), "{stopped:?}");
    // Asked to stop already: leaving does not wait for it, and takes nothing along.
    go(&mut model, Destination::Home);
    assert!(model.away.is_empty());
}

#[test]
fn the_list_stops_what_runs_elsewhere() {
    let mut model = workbench((120, 36));
    let id = started(&key(&mut model, KeyCode::F(3)));
    update(&mut model, Msg::Job(JobEvent::Progress(id, JobProgress::Waits(true))));
    go(&mut model, Destination::Home);
    update(&mut model, Msg::Act(Action::Jobs));
    assert!(screen(&model).contains("Waiting for other builds"), "{}", screen(&model));
    let stopped = key(&mut model, KeyCode::Enter);
    assert!(matches!(stopped.as_slice(), [Effect::Cancel(same)] if *same == id), "{stopped:?}");
    update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::Cancelled)));
    update(&mut model, Msg::Act(Action::Jobs));
    assert!(model.popups.is_empty() && screen(&model).contains("Nothing is running"));
}

#[test]
fn a_container_is_stopped_when_nobody_sees_it() {
    let mut model = workbench((120, 36));
    build(&mut model);
    let id = started(&key(&mut model, KeyCode::F(5)));
    let left = go(&mut model, Destination::Home);
    assert!(left.iter().any(|effect| matches!(effect, Effect::Cancel(same) if *same == id)), "{left:?}");
    assert!(model.away.is_empty());
}
