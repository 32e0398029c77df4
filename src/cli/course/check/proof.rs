//! What the static checks of an exercise show: the solution passes them, the start fails those it was written to
//! fail, and what is no solution passes nowhere as one.

use crate::course::model::{Exercise, Problem};
use crate::course::validate::Verdict;
use crate::grade::{self, CheckResult, Status};
use crate::text::sanitise;
use std::collections::BTreeMap;

/// Files of a submission by path.
pub(super) type Answer = BTreeMap<String, Vec<u8>>;

/// What files alone show.
pub(super) struct Proof {
    pub problems: Vec<Problem>,
    /// Answers that must not pass and that no static check refuses: what they are, and their files. Only an engine
    /// can tell.
    pub open: Vec<(String, Answer)>,
}

/// What the static checks say about an exercise.
pub(super) fn of(verdict: &Verdict, exercise: &Exercise) -> Proof {
    let start = start(exercise);
    let mut problems = Vec::new();
    for result in failing(exercise, &solved(exercise)) {
        problems.push(failing_solution(verdict, exercise, &result));
    }
    let failed: Vec<String> = failing(exercise, &start).into_iter().map(|result| result.id).collect();
    for id in &exercise.start_fails {
        let check = exercise.checks.iter().find(|check| check.id == *id);
        if check.is_some_and(|check| check.kind.is_static()) && !failed.contains(id) {
            problems.push(passing_start(verdict, exercise, id));
        }
    }
    let all_static = exercise.checks.iter().all(|check| check.terms.bonus || check.kind.is_static());
    let mut open = Vec::new();
    for (what, answer) in trivial(verdict, exercise, &start) {
        // A bonus is never needed: failing it refuses nothing.
        if failing(exercise, &answer).iter().any(|result| !result.bonus) {
            continue;
        }
        if all_static {
            problems.push(passes(verdict, exercise, &what));
        } else {
            open.push((what, answer));
        }
    }
    Proof { problems, open }
}

/// The files a learner begins with.
pub(super) fn start(exercise: &Exercise) -> Answer {
    exercise.start_files().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect()
}

/// The exercise solved.
pub(super) fn solved(exercise: &Exercise) -> Answer {
    let mut files = start(exercise);
    files.extend(exercise.solution.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
    files
}

/// Answers that take no understanding, the start among them.
fn trivial(verdict: &Verdict, exercise: &Exercise, start: &Answer) -> Vec<(String, Answer)> {
    let mut answers = vec![("The start as it is".to_owned(), start.clone())];
    let edited: Vec<&String> =
        exercise.files.iter().filter(|file| file.edit).map(|file| &file.path).collect();
    let mut commented = start.clone();
    let mut empty = start.clone();
    for path in &edited {
        if let Some(text) = commented.get_mut(*path) {
            text.splice(..0, *b"# done\n");
        }
        empty.insert((*path).clone(), Vec::new());
    }
    answers.push(("The start with a comment".to_owned(), commented));
    answers.push(("A set of empty files".to_owned(), empty));
    let own = solved(exercise);
    for other in verdict.course.exercises.iter().filter(|other| other.id != exercise.id) {
        let mut files = start.clone();
        let fitting = edited.iter().filter_map(|path| other.solution.get_key_value(*path));
        files.extend(fitting.map(|(path, bytes)| (path.clone(), bytes.clone())));
        // Two exercises may have one solution: it is no foreign one then.
        if files != *start && files != own {
            answers.push((format!("The solution of `{}`", other.id), files));
        }
    }
    answers
}

/// The static checks that these files do not pass.
fn failing(exercise: &Exercise, files: &Answer) -> Vec<CheckResult> {
    let texts = files
        .iter()
        .map(|(path, bytes)| (path.clone(), String::from_utf8_lossy(bytes).into_owned()))
        .collect();
    let results = grade::preview(exercise, &texts);
    results.into_iter().flatten().filter(|result| result.status != Status::Pass).collect()
}

pub(super) fn failing_solution(verdict: &Verdict, exercise: &Exercise, result: &CheckResult) -> Problem {
    // Output of a script has many lines; a problem is one sentence.
    let one = |text: &str| sanitise::bounded(&text.replace('\n', " / "), 600).into_owned();
    let place = if result.look_at.is_empty() { String::new() } else { format!(" ({})", result.look_at) };
    let message = format!(
        "The solution fails the check `{}`: expected {}, found {}{place}.",
        result.id,
        one(&result.expected),
        one(&result.found)
    );
    verdict.at_id(&exercise.id, &result.id, message, "Correct the solution or the check.")
}

pub(super) fn passing_start(verdict: &Verdict, exercise: &Exercise, id: &str) -> Problem {
    let message = format!("The start passes the check `{id}`, which `start_fails` says that it fails.");
    verdict.at_id(
        &exercise.id,
        id,
        message,
        "Break the start in that way, or take the id out of `start_fails`.",
    )
}

pub(super) fn passes(verdict: &Verdict, exercise: &Exercise, what: &str) -> Problem {
    let path = format!("exercises/{}/exercise.yaml", exercise.id);
    verdict.near(&path, "checks:", format!("{what} passes the exercise."), "Add a check that it fails.")
}
