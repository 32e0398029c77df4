//! What an exercise promises by its files alone.

use super::Look;
use crate::course::model::script::{EcrCheck, PolicyCheck, ScriptCheck};
use crate::course::model::{Check, CheckKind, Exercise, Problem, Shown};
use crate::course::problem;
use crate::{dockerfile, lint};
use std::collections::BTreeMap;

impl Look<'_> {
    pub(super) fn exercise(&self, exercise: &Exercise, problems: &mut Vec<Problem>) {
        let path = format!("exercises/{}/exercise.yaml", exercise.id);
        let mut say = |needle: &str, message: String, remedy: &str| {
            problems.push(self.near(&path, needle, message, remedy));
        };
        match self.course.lesson(&exercise.lesson) {
            None => say(
                &format!("lesson: {}", exercise.lesson),
                format!("There is no lesson `{}`.", exercise.lesson),
                "Name the slug of a lesson: `image-size` for 04-image-size.md.",
            ),
            Some(lesson) if !lesson.exercises.contains(&exercise.id) => say(
                &format!("lesson: {}", exercise.lesson),
                format!("{} does not name this exercise.", lesson.path),
                "Add it to `exercises` in the front matter of that lesson.",
            ),
            Some(_) => {}
        }
        if exercise.hints.is_empty() {
            say("hints:", "The exercise has no hints.".into(), "Write three, from gentle to plain.");
        }
        if exercise.points() == 0 {
            say(
                "checks:",
                "Nothing in this exercise gives a point.".into(),
                "Give at least one check points.",
            );
        }
        if !exercise.files.iter().any(|file| file.edit) {
            say("files:", "No file may be changed.".into(), "Say `edit: true` for one of them.");
        }
        for secret in exercise.secrets.values() {
            let (file, needle) = (&secret.file, format!("file: {}", secret.file));
            match exercise.files.iter().find(|known| known.path == *file) {
                None => {
                    let message = format!("`{file}` is not one of the exercise's files.");
                    say(&needle, message, "List it under `files`.");
                }
                Some(known) if secret.fresh && (known.edit || known.start.is_none()) => {
                    let message = format!("`{file}` is a fresh secret, and the learner writes it.");
                    say(&needle, message, "Put it into start/, without `edit`.");
                }
                Some(_) => {}
            }
        }
        if let Some(file) = exercise.script.as_ref().map(|scene| &scene.file)
            && !exercise.files.iter().any(|known| known.path == *file)
        {
            let message = format!("`{file}` is not one of the exercise's files.");
            say(&format!("file: {file}"), message, "List it under `files`.");
        }
        for id in &exercise.start_fails {
            if !exercise.checks.iter().any(|check| check.id == *id) {
                let message = format!("`start_fails` names `{id}`, and no check has that id.");
                say("start_fails:", message, "Name checks of this exercise.");
            }
        }
        for check in &exercise.checks {
            if check.terms.shown != Shown::All {
                let message = format!("The check `{}` is hidden, but every learner has this file.", check.id);
                say(&check.id, message, "Put it into an instructor's file, for `--overlay`.");
            }
            for (needle, message, remedy) in faults(exercise, check) {
                say(&needle, message, remedy);
            }
        }
        self.solution(exercise, problems);
        if exercise.files.iter().any(|file| file.path == "Dockerfile" && file.edit) {
            self.dockerfile(&format!("solutions/{}/Dockerfile", exercise.id), problems);
        }
    }

    /// The solution changes something, and only what the learner may change.
    fn solution(&self, exercise: &Exercise, problems: &mut Vec<Problem>) {
        let folder = format!("solutions/{}", exercise.id);
        if exercise.solution.is_empty() {
            problems.push(problem::file(
                &folder,
                "The exercise has no solution.",
                "Put the solved files there.",
            ));
            return;
        }
        let mut changes = false;
        for (path, content) in &exercise.solution {
            let file = exercise.files.iter().find(|file| file.path == *path);
            let same = file.and_then(|file| file.start.as_ref()) == Some(content);
            changes |= !same;
            let fault = match file {
                None => "The file is not one of the exercise's.",
                Some(file) if !file.edit && !same => {
                    "The learner may not change this file, but the solution does."
                }
                Some(_) => continue,
            };
            problems.push(problem::file(
                &format!("{folder}/{path}"),
                fault,
                "List it in exercise.yaml with `edit: true`, or remove it from the solution.",
            ));
        }
        for file in exercise.files.iter().filter(|file| file.start.is_none() && file.zeros.is_none()) {
            if !exercise.solution.contains_key(&file.path) {
                let path = format!("{folder}/{}", file.path);
                let message = "The learner has to write this file, and the solution lacks it.";
                problems.push(problem::file(&path, message, "Add it to the solution."));
            }
        }
        if !changes {
            let message = "The solution is the same as the start.";
            problems.push(problem::file(&folder, message, "Solve the exercise there."));
        }
    }
}

/// What a check names and does not exist: where to point, what is wrong, what to do.
pub(in crate::course) fn faults(exercise: &Exercise, check: &Check) -> Vec<(String, String, &'static str)> {
    let mut faults = Vec::new();
    let has = |path: &str| exercise.files.iter().any(|file| file.path == path);
    if check.terms.partial && !check.kind.has_parts() {
        let message = format!("The check `{}` has no parts to give points for.", check.id);
        faults.push((
            check.id.clone(),
            message,
            "Leave `partial` out: `lint`, `dockerfile`, `files` and `run` have parts.",
        ));
    }
    match &check.kind {
        CheckKind::Lint { at_most, forbid } => {
            if at_most.is_none() && forbid.is_empty() {
                let message = format!("The check `{}` forbids nothing.", check.id);
                faults.push((check.id.clone(), message, "Give `at_most` or `forbid`."));
            }
            for rule in forbid.iter().filter(|rule| lint::rule(rule).is_none()) {
                let message = format!("There is no rule `{rule}`.");
                faults.push((rule.clone(), message, "`docker-ecr-tutor lint --rules` lists them."));
            }
        }
        CheckKind::Dockerfile(structure) => {
            let unknown = |word: &&String| !dockerfile::KEYWORDS.contains(&word.as_str());
            for word in structure.require.iter().chain(&structure.forbid).filter(unknown) {
                let message = format!("`{word}` is no instruction.");
                faults.push((word.clone(), message, "Write it in capitals: USER, HEALTHCHECK."));
            }
        }
        CheckKind::Files { exist, ignored, kept } => {
            if exist.is_empty() && ignored.is_empty() && kept.is_empty() {
                let message = format!("The check `{}` asks for nothing.", check.id);
                faults.push((check.id.clone(), message, "Give `exist`, `ignored` or `kept`."));
            }
            for path in exist.iter().chain(kept).filter(|path| !has(path)) {
                let message = format!("`{path}` is not one of the exercise's files.");
                faults.push((path.clone(), message, "List it under `files`."));
            }
        }
        CheckKind::Cache(cache) => {
            if !has(&cache.change) {
                let message = format!("`{}` is not one of the exercise's files.", cache.change);
                faults.push((format!("change: {}", cache.change), message, "List it under `files`."));
            }
            if cache.cached.is_none() && cache.again.is_none() {
                let message = format!("The check `{}` asks for nothing.", check.id);
                faults.push((check.id.clone(), message, "Give `cached` or `again`."));
            }
        }
        CheckKind::Rebuild(rebuild) => {
            let file = exercise.files.iter().find(|file| file.path == rebuild.file);
            let solved = exercise.solution.get(&rebuild.file).or(file.and_then(|file| file.start.as_ref()));
            let needle = format!("file: {}", rebuild.file);
            match solved.map(|bytes| String::from_utf8_lossy(bytes).contains(&rebuild.replace)) {
                _ if file.is_none() => {
                    let message = format!("`{}` is not one of the exercise's files.", rebuild.file);
                    faults.push((needle, message, "List it under `files`."));
                }
                Some(true) => {}
                _ => {
                    let message = format!("`{}` does not hold `{}`.", rebuild.file, rebuild.replace);
                    faults.push((needle, message, "Replace a text that stands in the solved file."));
                }
            }
        }
        CheckKind::Script(wanted) => faults.extend(script_faults(exercise, check, wanted)),
        CheckKind::Ecr(wanted) => {
            match &wanted.policy {
                Some(PolicyCheck { file: Some(file), .. }) if !has(file) => {
                    let message = format!("`{file}` is not one of the exercise's files.");
                    faults.push((format!("file: {file}"), message, "List it under `files`."));
                }
                Some(PolicyCheck { file: Some(_), .. }) => {}
                _ if exercise.script.is_none() => faults.push(no_script(check)),
                _ => {}
            }
            let asks = EcrCheck { repository: String::new(), environment: BTreeMap::new(), ..wanted.clone() };
            if asks == EcrCheck::default() {
                let message = format!("The check `{}` asks for nothing.", check.id);
                faults.push((check.id.clone(), message, "Give `tags`, `immutable`, `lifecycle`, …"));
            }
        }
        CheckKind::Run(run) => {
            let asks = run.non_root
                || run.http.is_some()
                || run.output.is_some()
                || run.exit_code.is_some()
                || run.healthy
                || run.stops_within.is_some();
            if !asks {
                let message = format!("The check `{}` asks nothing of the container.", check.id);
                faults.push((check.id.clone(), message, "Give `user`, `http`, `output` or `exit_code`."));
            }
        }
        CheckKind::Layers { at_most: None, forbid_paths, forbid_text }
            if forbid_paths.is_empty() && forbid_text.is_empty() =>
        {
            let message = format!("The check `{}` asks for nothing.", check.id);
            faults.push((check.id.clone(), message, "Give `at_most`, `forbid_paths` or `forbid_text`."));
        }
        CheckKind::Build(build) if build.only_with_secrets && exercise.secrets.is_empty() => {
            let message = format!("The check `{}` is about secrets, and there are none.", check.id);
            faults.push((check.id.clone(), message, "List them under `secrets`."));
        }
        CheckKind::Layers { .. } | CheckKind::Build(_) | CheckKind::ImageSize(_) => {}
    }
    faults
}

fn no_script(check: &Check) -> (String, String, &'static str) {
    let message = format!("The check `{}` needs a script, and the exercise has none.", check.id);
    (check.id.clone(), message, "Give the exercise a `script` with a `file`.")
}

/// The commands that a check names are those of the two programs.
fn script_faults(
    exercise: &Exercise,
    check: &Check,
    wanted: &ScriptCheck,
) -> Vec<(String, String, &'static str)> {
    let mut faults = Vec::new();
    if exercise.script.is_none() {
        faults.push(no_script(check));
    }
    for command in wanted.failing.iter().chain(&wanted.calls).chain(&wanted.never) {
        let mut words = command.split_whitespace();
        if !matches!(words.next(), Some("aws" | "docker")) || words.next().is_none() {
            let message = format!("`{command}` is no command of `aws` or `docker`.");
            faults.push((command.clone(), message, "Write it like `docker push`."));
        }
    }
    faults
}
