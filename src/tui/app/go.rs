//! Going from screen to screen, and coming back where one was.

use super::view::Frame;
use super::{Model, Screen, away, board};
use crate::course::model::Exercise;
use crate::store::progress::Place;
use crate::text::sanitise;
use crate::tui::message::{Destination, Effect, Stored, Tone, Workspace};
use crate::tui::screens::{ecr, home, image, lesson, setup, workbench};

impl Model {
    /// Where the learner is, in the words that are kept.
    pub fn place(&self) -> Place {
        match &self.screen {
            Screen::Home(state) => {
                Place { room: "home".into(), id: String::new(), position: state.selected as u64 }
            }
            Screen::Setup(_) | Screen::Image(_) | Screen::Ecr(_) | Screen::Board(_) => {
                Place { room: "home".into(), ..Place::default() }
            }
            Screen::Lesson(state) => {
                Place { room: "lesson".into(), id: state.lesson.slug.clone(), position: state.position() }
            }
            Screen::Workbench(state) => state.place(),
        }
    }

    /// Shows `screen`, keeping the one that was shown below it.
    fn push(&mut self, screen: Screen) {
        self.below.push(std::mem::replace(&mut self.screen, screen));
    }
}

/// Progress and settings came from the disk.
pub fn on_stored(model: &mut Model, stored: Stored) -> Vec<Effect> {
    if let Some(settings) = stored.settings {
        model.shared.settings = settings;
        settings.apply(&mut model.shared.theme);
    }
    model.pending = stored.progress.place.clone();
    model.shared.progress = stored.progress;
    if let Some(notice) = stored.notice {
        model.shared.say(Tone::Bad, notice);
    }
    resume(model)
}

/// Goes back to where the learner was, once both the course and the progress are known.
pub fn resume(model: &mut Model) -> Vec<Effect> {
    if !model.course_read {
        return Vec::new();
    }
    // Whoever leads a workshop stays on its board.
    if board::is_there(model) {
        model.pending = None;
        return Vec::new();
    }
    if let Screen::Home(state) = &mut model.screen {
        state.suggest(&model.shared);
        if state.takes_eager()
            && model.open_first.is_none()
            && let Some((to, _)) = home::continues(&model.shared)
        {
            model.pending = None;
            return go(model, to);
        }
    }
    if let Some(id) = model.open_first.take() {
        model.pending = None;
        return go(model, Destination::Exercise(id));
    }
    match model.pending.take() {
        Some(place) if place.room == "exercise" => go(model, Destination::Exercise(place.id)),
        Some(place) if place.room == "example" => go(model, Destination::Example(place.id)),
        Some(place) if place.room == "lesson" => go(model, Destination::Lesson(place.id)),
        _ => Vec::new(),
    }
}

/// Goes to `destination`.
pub fn go(model: &mut Model, destination: Destination) -> Vec<Effect> {
    match destination {
        Destination::Home => {
            let mut effects = Vec::new();
            while !model.below.is_empty() {
                effects.extend(back(model));
            }
            effects
        }
        Destination::Setup => {
            if matches!(model.screen, Screen::Setup(_)) {
                return Vec::new();
            }
            let (state, effects) = setup::open(&mut model.shared);
            model.push(Screen::Setup(state));
            effects
        }
        Destination::Image { image, peer } => {
            let (state, effects) = image::open(&mut model.shared, image, peer);
            model.push(Screen::Image(Box::new(state)));
            effects
        }
        Destination::Ecr(built) => {
            let is_it = |screen: &Screen| matches!(screen, Screen::Ecr(_));
            if is_it(&model.screen) {
                return Vec::new();
            }
            // One registry at a time: one that lies below, or was left at work, comes up.
            let mut effects = Vec::new();
            let mut left = model.registry.take();
            if let Some(at) = model.below.iter().position(is_it)
                && let Screen::Ecr(mut below) = model.below.remove(at)
            {
                effects.extend(below.leave());
                left = Some(below);
            }
            let state = match left {
                Some(mut state) => {
                    effects.extend(ecr::resume(&mut state, &mut model.shared, built));
                    state
                }
                None => {
                    let (state, opened) = ecr::open(&mut model.shared, built);
                    effects.extend(opened);
                    Box::new(state)
                }
            };
            model.push(Screen::Ecr(state));
            effects
        }
        Destination::Lesson(slug) => open_lesson(model, &slug),
        Destination::Exercise(id) => {
            let found = model.shared.course.exercises.iter().find(|e| e.id == id).cloned();
            match found {
                Some(exercise) => open_exercise(model, exercise),
                None => {
                    model.shared.say(Tone::Bad, format!("This course has no exercise {id}"));
                    Vec::new()
                }
            }
        }
        Destination::Example(name) => {
            let found = model.shared.course.examples.iter().find(|e| e.name == name);
            match found.map(workbench::scratch::of_example) {
                Some(exercise) => open_exercise(model, exercise),
                None => Vec::new(),
            }
        }
        Destination::Scratch(exercise) => open_exercise(model, *exercise),
    }
}

/// Opens a lesson. From lesson to lesson one does not go deeper: back leads out of reading.
fn open_lesson(model: &mut Model, slug: &str) -> Vec<Effect> {
    if matches!(&model.screen, Screen::Lesson(state) if state.lesson.slug == slug) {
        return Vec::new();
    }
    let Some(found) = model.shared.course.page(slug) else {
        model.shared.say(Tone::Bad, format!("This course has no lesson {}", sanitise::plain(slug)));
        return Vec::new();
    };
    let mut state = lesson::State::new(found, &model.shared.course, &model.shared.progress);
    let body = Frame::of(&model.shared).body;
    let mut effects = lesson::open(&mut state, &mut model.shared, body);
    let screen = Screen::Lesson(Box::new(state));
    if let Screen::Lesson(left) = &model.screen {
        effects.extend(left.close());
        model.screen = screen;
    } else {
        model.push(screen);
    }
    effects.push(Effect::Remember(model.place()));
    effects
}

/// Asks for the files of an exercise; the workbench opens when they are there. One that is open
/// already is shown as it was left.
fn open_exercise(model: &mut Model, exercise: Exercise) -> Vec<Effect> {
    let is_it = |screen: &Screen| matches!(screen, Screen::Workbench(s) if s.exercise.id == exercise.id);
    if is_it(&model.screen) {
        return Vec::new();
    }
    if model.below.iter().any(is_it) {
        let mut effects = Vec::new();
        while !is_it(&model.screen) {
            effects.extend(back(model));
        }
        return effects;
    }
    vec![Effect::OpenWorkspace(Box::new(exercise))]
}

/// The files of an exercise are there.
pub fn on_workspace(model: &mut Model, workspace: Workspace) -> Vec<Effect> {
    let id = workspace.exercise.id.trim_start_matches(workbench::scratch::EXAMPLE);
    let kept = model.shared.progress.place.clone();
    let place = kept.filter(|place| place.id == id || place.id == workspace.exercise.id);
    // One workbench at a time: another one is left as Back would leave it.
    let mut effects = Vec::new();
    let is_workbench = |screen: &Screen| matches!(screen, Screen::Workbench(_));
    if is_workbench(&model.screen) || model.below.iter().any(is_workbench) {
        effects.extend(go(model, Destination::Home));
    }
    model.popups.clear();
    let left = away::take(model, &workspace.exercise.id);
    let (mut state, opened) = workbench::open(&mut model.shared, workspace, place);
    effects.extend(opened);
    if let Some(left) = left {
        effects.extend(workbench::take_over(&mut state, &mut model.shared, *left));
    }
    model.push(Screen::Workbench(Box::new(state)));
    effects.push(Effect::Remember(model.place()));
    effects
}

/// Leaves the screen for the one below it.
pub fn back(model: &mut Model) -> Vec<Effect> {
    let Some(below) = model.below.pop() else { return Vec::new() };
    let mut effects = Vec::new();
    let place = model.place();
    match std::mem::replace(&mut model.screen, below) {
        Screen::Workbench(state) => {
            // The exercise's own place, for when it is opened again in this run.
            model.shared.progress.place = Some(place);
            effects.extend(away::leave(model, state));
        }
        Screen::Lesson(state) => {
            model.shared.progress.place = Some(place);
            effects.extend(state.close());
        }
        Screen::Image(state) => effects.extend(state.close()),
        Screen::Ecr(state) => effects.extend(away::leave_registry(model, state)),
        Screen::Home(_) | Screen::Setup(_) | Screen::Board(_) => {}
    }
    match &mut model.screen {
        Screen::Home(state) => home::refresh(state, &model.shared),
        Screen::Lesson(state) => state.refresh(&model.shared),
        Screen::Setup(_) | Screen::Workbench(_) | Screen::Image(_) | Screen::Ecr(_) | Screen::Board(_) => {}
    }
    effects.push(Effect::Remember(model.place()));
    effects
}
