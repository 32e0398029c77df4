//! A course that changed under the eyes of its author: what is shown is shown anew, in its place. A file that is
//! broken shows its problem, and its last good version stays.

use super::away::workbenches;
use super::view::Frame;
use super::{Model, Popup, Screen};
use crate::course::model::{Course, Problem};
use crate::tui::message::{Effect, Tone};
use crate::tui::screens::{home, lesson, page, workbench};
use std::sync::Arc;

/// Title of the page with the problems.
const PROBLEMS: &str = "The course has problems";

/// Takes the course as it is on disk now.
pub fn on_reloaded(model: &mut Model, course: Arc<Course>) -> Vec<Effect> {
    let course = Arc::new(keep_good(&model.shared.course, &course));
    if *course == *model.shared.course {
        return Vec::new();
    }
    let known = std::mem::replace(&mut model.shared.course, Arc::clone(&course));
    let mut effects = Vec::new();
    let body = Frame::of(&model.shared).body;
    for screen in std::iter::once(&mut model.screen).chain(model.below.iter_mut()) {
        match screen {
            Screen::Home(state) => home::refresh(state, &model.shared),
            Screen::Lesson(state) => {
                let Some(found) = course.lesson(&state.lesson.slug) else { continue };
                if *found != state.lesson {
                    effects.extend(state.close());
                    **state = state.renewed(found, &course, &model.shared.progress);
                    effects.extend(lesson::open(state, &mut model.shared, body));
                } else {
                    state.refresh(&model.shared);
                }
            }
            _ => {}
        }
    }
    for state in workbenches(model) {
        if let Some(found) = course.exercise(&state.exercise.id) {
            effects.extend(workbench::renew(state, found));
        }
    }
    tell(model, &known.problems, &course.problems);
    effects
}

/// The new course, with the last good version of what is broken in it.
fn keep_good(old: &Course, new: &Course) -> Course {
    let mut kept = new.clone();
    let broken = |path: &str| new.problems.iter().any(|problem| problem.path.starts_with(path));
    for lesson in &old.lessons {
        if new.lesson(&lesson.slug).is_none() && broken(&lesson.path) {
            kept.lessons.push(lesson.clone());
        }
    }
    kept.lessons.sort_by(|a, b| (a.number, &a.slug).cmp(&(b.number, &b.slug)));
    for (at, exercise) in old.exercises.iter().enumerate() {
        if new.exercise(&exercise.id).is_none() && broken(&format!("exercises/{}/", exercise.id)) {
            kept.exercises.insert(at.min(kept.exercises.len()), exercise.clone());
        }
    }
    for (at, example) in old.examples.iter().enumerate() {
        let is_there = new.examples.iter().any(|other| other.name == example.name);
        if !is_there && broken(&format!("assets/examples/{}/", example.name)) {
            kept.examples.insert(at.min(kept.examples.len()), example.clone());
        }
    }
    kept
}

/// Shows what is wrong, and takes it away when it is mended.
fn tell(model: &mut Model, known: &[Problem], now: &[Problem]) {
    let is_it = |popup: &Popup| matches!(popup, Popup::Page(page) if page.title() == PROBLEMS);
    if known == now {
        model.shared.say(Tone::Good, "The course was read anew");
        return;
    }
    model.popups.retain(|popup| !is_it(popup));
    if now.is_empty() {
        model.shared.say(Tone::Good, "The course was read anew: all is well again");
        return;
    }
    let shown: Vec<String> = now.iter().map(|problem| format!("```text\n{problem}\n```\n")).collect();
    let text = format!("{}\nThe last good version stays until they are mended.\n", shown.join("\n"));
    model.popups.push(Popup::Page(page::State::new(PROBLEMS, &text)));
}
