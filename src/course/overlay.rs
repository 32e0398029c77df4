//! An instructor's overlay: more checks, other points and other limits, laid over a course that learners
//! have. It is a file of its own that never reaches them; what they see of its checks, it says itself.

use super::format::overlay::{Changes, OverlayFile};
use super::load::{self, Place};
use super::model::{CheckKind, Course, Exercise, Problem, Shown};
use super::{files, problem, validate, yaml};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The only version of the format there is.
const FORMAT: u32 = 1;

/// `course` with the overlay at `path` laid over it. Blocks for as long as it takes to read one file.
///
/// # Errors
/// Everything that is wrong with the overlay: then nothing of it is used.
pub fn lay(course: Course, path: &Path) -> Result<Course, Vec<Problem>> {
    let name = path.display().to_string();
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(files::MAX_FILE + 1).read_to_string(&mut text));
    match read {
        Err(error) => {
            let message = format!("The overlay cannot be read: {error}.");
            Err(vec![problem::file(&name, message, "Name a file that can be read.")])
        }
        Ok(length) if length as u64 > files::MAX_FILE => {
            let message = "The overlay is larger than 1 MiB.";
            Err(vec![problem::file(&name, message, "Split it: one file for each exercise.")])
        }
        Ok(_) => apply(course, &name, &text),
    }
}

/// `course` with an overlay's text laid over it.
pub(super) fn apply(mut course: Course, path: &str, text: &str) -> Result<Course, Vec<Problem>> {
    let file: OverlayFile = yaml::read(path, text, text, 1).map_err(|problem| vec![*problem])?;
    let place = Place { path, text };
    let mut problems = Vec::new();
    if file.format.value != FORMAT {
        let message =
            format!("Format {} is not known; this program reads format {FORMAT}.", file.format.value);
        problems.push(place.problem(&file.format, message, "Update the program, or write `format: 1`."));
    }
    for (id, changes) in file.exercises {
        match course.exercises.iter_mut().find(|exercise| exercise.id == id.as_str()) {
            Some(exercise) => change(exercise, changes, &place, &mut problems),
            None => {
                let message = format!("There is no exercise `{}` in this course.", id.as_str());
                problems.push(problem::file(path, message, "Name one that there is."));
            }
        }
    }
    if problems.is_empty() { Ok(course) } else { Err(problems) }
}

fn change(exercise: &mut Exercise, changes: Changes, place: &Place<'_>, problems: &mut Vec<Problem>) {
    for (id, points) in changes.points {
        match exercise.checks.iter_mut().find(|check| check.id == id.as_str()) {
            Some(check) if points <= load::MOST_POINTS => check.points = points,
            Some(_) => {
                let message = format!("`{}` is given too many points.", id.as_str());
                problems.push(problem::file(place.path, message, "Give at most 10000."));
            }
            None => {
                let message = format!("`{}` has no check `{}`.", exercise.id, id.as_str());
                problems.push(problem::file(place.path, message, "Name one that it has."));
            }
        }
    }
    for check in &mut exercise.checks {
        match (&mut check.kind, &changes.limits) {
            (CheckKind::Build(build), Some(limits)) => {
                build.within = limits.build.map_or(build.within, |limit| limit.duration());
            }
            (CheckKind::Run(run), Some(limits)) => {
                run.within = limits.run.map_or(run.within, |limit| limit.duration());
            }
            _ => {}
        }
    }
    let mut more = load::checks(changes.checks, Shown::Title, place, problems);
    for check in &more {
        if exercise.checks.iter().any(|known| known.id == check.id) {
            let message = format!("`{}` has a check `{}` already.", exercise.id, check.id);
            problems.push(problem::file(place.path, message, "Give it another id."));
        }
        for (_, message, remedy) in validate::faults(exercise, check) {
            problems.push(problem::file(place.path, message, remedy));
        }
    }
    exercise.checks.append(&mut more);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::embedded;
    use std::time::Duration;

    const TEXT: &str = "\
format: 1
exercises:
  exercise-1:
    points: { builds: 7 }
    limits: { build: 42s }
    checks:
      - { id: pinned, title: Pinned, points: 2, why: So., lint: { forbid: [DL3007] } }
      - { id: covert, title: C, points: 3, bonus: true, shown: nothing, why: So., dockerfile: { require: [USER] } }
";

    #[test]
    fn points_limits_and_checks_are_laid_over_one_exercise() {
        let plain = embedded();
        let course = apply(plain.clone(), "overlay.yaml", TEXT).unwrap();
        let (old, new) = (&plain.exercises[0], &course.exercises[0]);
        assert_eq!(new.checks.len(), old.checks.len() + 2);
        let of = |id: &str| new.checks.iter().find(|check| check.id == id).unwrap();
        assert_eq!(of("builds").points, 7);
        assert!(matches!(&of("builds").kind, CheckKind::Build(b) if b.within == Duration::from_secs(42)));
        assert_eq!((of("pinned").terms.shown, of("pinned").terms.bonus), (Shown::Title, false));
        assert_eq!((of("covert").terms.shown, of("covert").terms.bonus), (Shown::Nothing, true));
        assert_eq!(course.exercises[1..], plain.exercises[1..]);
    }

    #[test]
    fn what_does_not_fit_the_course_is_told_and_nothing_is_used() {
        let told = |text: &str| -> String {
            let problems = apply(embedded().clone(), "overlay.yaml", text).unwrap_err();
            problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join(" ")
        };
        assert!(told(&TEXT.replace("exercise-1", "exercise-99")).contains("no exercise `exercise-99`"));
        assert!(told(&TEXT.replace("builds: 7", "none: 7")).contains("has no check `none`"));
        assert!(told(&TEXT.replace("id: pinned", "id: builds")).contains("a check `builds` already"));
        assert!(told(&TEXT.replace("builds: 7", "builds: 4294967295")).contains("too many points"));
        assert!(told(&TEXT.replace("points: 2", "points: 4294967295")).contains("too many points"));
        assert!(told(&TEXT.replace("DL3007", "DL9999")).contains("no rule `DL9999`"));
        assert!(told(&TEXT.replace("format: 1", "format: 2")).contains("Format 2"));
        assert!(told(&TEXT.replace("points: 2", "point: 2")).contains("Unknown field"));
        assert!(told(&TEXT.replace("exercise-1", "\"../x\"")).len() > 1);
    }
}
