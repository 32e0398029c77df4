//! Workbenches that were left while they build, check or scan, and a registry that was left while it is changed or
//! images move. The work goes on; how it ends is said
//! wherever the learner is, and what came of it is there when they come back.

use super::{Model, Screen};
use crate::jobs::{JobEvent, JobId};
use crate::tui::message::{Effect, Tone};
use crate::tui::screens::workbench::{self, State};
use crate::tui::screens::{ecr, home, palette};

/// Workbenches that are kept; the one whose work has long ended goes first.
const MOST: usize = 8;

/// Every workbench there is, the shown one first.
pub fn workbenches(model: &mut Model) -> impl Iterator<Item = &mut State> {
    let open = std::iter::once(&mut model.screen).chain(model.below.iter_mut().rev());
    let open = open.filter_map(|screen| match screen {
        Screen::Workbench(state) => Some(&mut **state),
        _ => None,
    });
    open.chain(model.away.iter_mut().map(|state| &mut **state))
}

/// Leaves a workbench: what may go on does, the rest is stopped.
pub fn leave(model: &mut Model, state: Box<State>) -> Vec<Effect> {
    let mut effects = workbench::close(&state);
    if !state.goes_on() {
        return effects;
    }
    if model.away.len() >= MOST {
        let ended = model.away.iter().position(|state| !state.is_busy());
        let gone = model.away.remove(ended.unwrap_or(0));
        effects.extend(gone.running.as_ref().map(|running| Effect::Cancel(running.id)));
    }
    model.away.push(state);
    effects
}

/// What the workbench of this exercise left, when it was left at work.
pub fn take(model: &mut Model, exercise: &str) -> Option<Box<State>> {
    let at = model.away.iter().position(|state| state.exercise.id == exercise)?;
    Some(model.away.remove(at))
}

/// Leaves the registry; what somebody wanted done goes on.
pub fn leave_registry(model: &mut Model, mut state: Box<ecr::State>) -> Vec<Effect> {
    let effects = state.leave();
    if state.is_busy() {
        model.registry = Some(state);
    }
    effects
}

/// The registry's screen, wherever it is.
fn registry(model: &mut Model) -> Option<&mut ecr::State> {
    let open = std::iter::once(&mut model.screen).chain(model.below.iter_mut().rev());
    let open = open.filter_map(|screen| match screen {
        Screen::Ecr(state) => Some(&mut **state),
        _ => None,
    });
    open.chain(model.registry.as_deref_mut()).next()
}

/// What a job of such a screen says; only what is to be kept comes of it.
pub fn on_job(model: &mut Model, id: JobId, event: JobEvent) -> Vec<Effect> {
    if let Some(state) = model.registry.as_deref_mut().filter(|state| state.owns(id)) {
        model.shared.speaker = Some(state.title());
        ecr::on_job_away(state, &mut model.shared, event);
        model.shared.speaker = None;
        return Vec::new();
    }
    let Some(state) = model.away.iter_mut().find(|state| state.owns(id)) else { return Vec::new() };
    model.shared.speaker = Some(home::name_of(&state.exercise.id));
    let mut effects = workbench::on_job(state, &mut model.shared, event);
    model.shared.speaker = None;
    effects.retain(Effect::keeps);
    effects
}

/// How many of them are at work.
pub fn busy(model: &Model) -> usize {
    let registry = model.registry.iter().filter(|state| state.is_busy()).count();
    model.away.iter().filter(|state| state.is_busy()).count() + registry
}

/// The list of what is going on; taking a line stops it.
pub fn list(model: &mut Model) -> Option<palette::State> {
    let now = model.shared.now;
    let mut rows: Vec<_> = workbenches(model).filter_map(|state| state.work_words(now)).collect();
    rows.extend(registry(model).into_iter().flat_map(|state| state.work_words()));
    if rows.is_empty() {
        model.shared.say(Tone::Plain, "Nothing is running");
        return None;
    }
    Some(palette::State::jobs(rows))
}

/// Stops a job, wherever it is.
pub fn stop(model: &mut Model, id: JobId) -> Vec<Effect> {
    let of_registry = registry(model).is_some_and(|state| state.owns(id));
    let stopped = of_registry || workbenches(model).find(|state| state.owns(id)).is_some_and(State::stops);
    if !stopped {
        model.shared.say(Tone::Plain, "It has ended already");
    }
    if stopped { vec![Effect::Cancel(id)] } else { Vec::new() }
}
