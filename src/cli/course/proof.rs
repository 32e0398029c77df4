//! Grades an exercise's own files with its static checks: the solution has to pass them, and what is
//! no solution must not pass the exercise.

use crate::course::model::{Exercise, Problem};
use crate::grade::{self, CheckResult, Status};
use std::collections::BTreeMap;

/// What the static checks show to be wrong with an exercise.
pub(super) fn of(exercise: &Exercise) -> Vec<Problem> {
    let start: BTreeMap<String, String> = exercise
        .files
        .iter()
        .filter_map(|file| Some((file.path.clone(), text(file.start.as_ref()?))))
        .collect();
    let mut solved = start.clone();
    solved.extend(exercise.solution.iter().map(|(path, content)| (path.clone(), text(content))));
    let mut problems: Vec<Problem> = grade::preview(exercise, &solved)
        .into_iter()
        .flatten()
        .filter(|result| result.status != Status::Pass)
        .map(|result| failing_solution(exercise, &result))
        .collect();
    // With a check that needs an engine in it, files alone cannot show that the exercise is passed.
    if exercise.checks.iter().all(|check| check.kind.is_static()) {
        let edited = |change: &dyn Fn(&str) -> String| {
            let mut texts = start.clone();
            for file in exercise.files.iter().filter(|file| file.edit) {
                if let Some(text) = texts.get_mut(&file.path) {
                    *text = change(text);
                }
            }
            texts
        };
        let trivial = [
            ("The start passes the exercise as it is.", start.clone()),
            ("The start with a comment passes the exercise.", edited(&|text| format!("# done\n{text}"))),
            ("Empty files pass the exercise.", edited(&|_| String::new())),
        ];
        for (message, texts) in trivial {
            let results = grade::preview(exercise, &texts);
            if results.iter().flatten().all(|result| result.bonus || result.status == Status::Pass) {
                problems.push(problem(exercise, message.to_owned(), "Add a check that it fails."));
            }
        }
    }
    problems
}

fn failing_solution(exercise: &Exercise, result: &CheckResult) -> Problem {
    let place = if result.look_at.is_empty() { String::new() } else { format!(" ({})", result.look_at) };
    let message = format!(
        "The solution fails the check `{}`: expected {}, found {}{place}.",
        result.id, result.expected, result.found
    );
    problem(exercise, message, "Correct the solution or the check.")
}

fn problem(exercise: &Exercise, message: String, remedy: &str) -> Problem {
    Problem {
        path: format!("exercises/{}/exercise.yaml", exercise.id),
        line: None,
        column: None,
        message,
        snippet: String::new(),
        remedy: remedy.to_owned(),
    }
}

fn text(content: &[u8]) -> String {
    String::from_utf8_lossy(content).into_owned()
}
