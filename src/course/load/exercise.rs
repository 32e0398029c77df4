//! `exercises/ID/exercise.yaml`, its `start/` and its solution.

mod script;

use super::super::files::Files;
use super::super::format::values::Size;
use super::super::format::{self, AtMost, CheckFile, RunFile};
use super::super::model::{
    BuildCheck, CacheCheck, Check, CheckKind, DockerfileCheck, Exercise, ExerciseFile, HttpProbe, Level,
    Problem, RebuildCheck, Reveal, RunCheck, SecretSource, Shown, SizeLimit, Terms,
};
use super::super::{problem, yaml};
use super::text;
use crate::lint::Severity;
use serde_saphyr::Spanned;
use std::collections::BTreeSet;
use std::time::Duration;

/// Most points of one check: whatever is added up stays a number.
pub(in crate::course) const MOST_POINTS: u32 = 10_000;
/// Limit for a build when the course names none.
const BUILD_WITHIN: Duration = Duration::from_secs(600);
/// Limit for a container to answer when the course names none.
const RUN_WITHIN: Duration = Duration::from_secs(30);

/// Where a value stands, for problems about it.
pub(in crate::course) struct Place<'a> {
    pub(in crate::course) path: &'a str,
    pub(in crate::course) text: &'a str,
}

impl Place<'_> {
    pub(in crate::course) fn problem<T>(
        &self,
        at: &Spanned<T>,
        message: impl Into<String>,
        remedy: &str,
    ) -> Problem {
        let place = (at.referenced.line() as usize, at.referenced.column() as usize);
        problem::at(self.path, self.text, place, message, remedy)
    }
}

/// The exercise in `exercises/FOLDER`, or `None` with the reason in `problems`.
pub(super) fn read(files: &Files, folder: &str, problems: &mut Vec<Problem>) -> Option<Exercise> {
    let path = format!("exercises/{folder}/exercise.yaml");
    let Some(content) = files.content.get(&path) else {
        problems.push(problem::file(
            &path,
            "The exercise has no exercise.yaml.",
            "Write one with `docker-ecr-tutor course new exercise`.",
        ));
        return None;
    };
    let text = super::keep(text::decode(&path, content), problems)?;
    super::keep(text::not_later(&path, &text, &text), problems)?;
    let file: format::ExerciseFile = super::keep(yaml::read(&path, &text, &text, 1), problems)?;
    let place = Place { path: &path, text: &text };
    let before = problems.len();
    if file.format.value != text::FORMAT {
        let message =
            format!("Format {} is not known; this program reads format {}.", file.format.value, text::FORMAT);
        problems.push(place.problem(&file.format, message, "Update the program, or write `format: 1`."));
    }
    if file.id.value.as_str() != folder {
        let message = format!("The id is not the name of its folder, `{folder}`.");
        problems.push(place.problem(&file.id, message, "Give both the same name."));
    }
    let work = work_files(&file, files, folder, &place, problems);
    let checks = checks(file.checks, Shown::All, &place, problems);
    (problems.len() == before).then(|| Exercise {
        id: folder.to_owned(),
        title: file.title.into(),
        lesson: file.lesson.into(),
        level: match file.level {
            format::LevelFile::Beginner => Level::Beginner,
            format::LevelFile::Intermediate => Level::Intermediate,
            format::LevelFile::Advanced => Level::Advanced,
        },
        minutes: file.minutes,
        task: file.task.into(),
        files: work,
        secrets: file.secrets.into_iter().map(secret).collect(),
        script: file.script.map(script::scene),
        hints: file.hints.into_iter().map(String::from).collect(),
        reveal: Reveal { or_attempts: file.reveal.and_then(|reveal| reveal.or_attempts) },
        checks,
        start_fails: strings(&file.start_fails),
        solution: files
            .under(&format!("solutions/{folder}"))
            .map(|(path, content)| (path.to_owned(), content.to_vec()))
            .collect(),
    })
}

fn secret(secret: format::SecretFile) -> (String, SecretSource) {
    (secret.id.into(), SecretSource { file: secret.file.into(), fresh: secret.fresh })
}

/// The files listed, with their start content; every file of `start/` must be listed.
fn work_files(
    file: &format::ExerciseFile,
    files: &Files,
    folder: &str,
    place: &Place<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<ExerciseFile> {
    let mut seen = BTreeSet::new();
    let start = format!("exercises/{folder}/start");
    let mut work = Vec::new();
    for listed in &file.files {
        let path = listed.value.path.as_str();
        let content = files.content.get(&format!("{start}/{path}"));
        if !seen.insert(path) {
            problems.push(place.problem(
                listed,
                format!("`{path}` is listed twice."),
                "Keep one of the two.",
            ));
        } else if let Some(zeros) = listed.value.zeros {
            zeros_fit(zeros.bytes(), content.is_some() || listed.value.edit)
                .map_err(|message| {
                    problems.push(place.problem(
                        listed,
                        format!("`{path}`: {message}"),
                        "Give either a file in start/ or a size, up to 512 MiB.",
                    ));
                })
                .ok();
        } else if content.is_none() && !listed.value.edit {
            let message = format!("`{path}` is not in start/, and the learner is not to write it.");
            problems.push(place.problem(listed, message, "Add the file to start/, or say `edit: true`."));
        }
        work.push(ExerciseFile {
            path: path.to_owned(),
            edit: listed.value.edit,
            start: content.map(|content| content.to_vec()),
            zeros: listed.value.zeros.map(Size::bytes),
        });
    }
    for (path, _) in files.under(&start).filter(|(path, _)| !seen.contains(path)) {
        problems.push(problem::file(
            &format!("{start}/{path}"),
            "The file is not listed under `files` of exercise.yaml.",
            "List it there, or remove it.",
        ));
    }
    work
}

/// Most zero bytes of one file: a submission may hold 1 GiB in all.
const MOST_ZEROS: u64 = 512 << 20;

/// Whether a file may consist of so many zeros.
fn zeros_fit(size: u64, has_content: bool) -> Result<(), &'static str> {
    match size {
        _ if has_content => Err("a file of zeros has no content of its own and is not edited."),
        size if size > MOST_ZEROS => Err("it is larger than 512 MiB."),
        _ => Ok(()),
    }
}

/// The checks listed; of each that does not say it, a learner sees as much as `shown`.
pub(in crate::course) fn checks(
    listed: Vec<Spanned<CheckFile>>,
    shown: Shown,
    place: &Place<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Check> {
    let mut seen = BTreeSet::new();
    let mut checks = Vec::new();
    for spanned in listed {
        if !seen.insert(spanned.value.id.clone()) {
            let message = format!("Another check has the id `{}`.", spanned.value.id.as_str());
            problems.push(place.problem(&spanned, message, "Give each check its own id."));
            continue;
        }
        if spanned.value.points > MOST_POINTS {
            let message = format!("The check `{}` gives too many points.", spanned.value.id.as_str());
            problems.push(place.problem(&spanned, message, "Give at most 10000."));
            continue;
        }
        match kind(&spanned.value) {
            Ok(kind) => {
                let check = spanned.value;
                checks.push(Check {
                    id: check.id.into(),
                    title: check.title.into(),
                    points: check.points,
                    why: check.why.into(),
                    terms: Terms {
                        bonus: check.bonus,
                        partial: check.partial,
                        shown: check.shown.unwrap_or(shown),
                    },
                    kind,
                });
            }
            Err(message) => {
                let remedy = "`docker-ecr-tutor course schema` describes each kind of check.";
                problems.push(place.problem(&spanned, message, remedy));
            }
        }
    }
    checks
}

/// The one kind that a check names.
fn kind(check: &CheckFile) -> Result<CheckKind, String> {
    let mut kinds = Vec::new();
    if let Some(lint) = &check.lint {
        kinds.push(CheckKind::Lint { at_most: lint.at_most.map(severity), forbid: strings(&lint.forbid) });
    }
    if let Some(dockerfile) = &check.dockerfile {
        kinds.push(CheckKind::Dockerfile(DockerfileCheck {
            min_stages: dockerfile.min_stages,
            require: strings(&dockerfile.require),
            forbid: strings(&dockerfile.forbid),
        }));
    }
    if let Some(files) = &check.files {
        kinds.push(CheckKind::Files {
            exist: strings(&files.exist),
            ignored: strings(&files.ignored),
            kept: strings(&files.kept),
        });
    }
    if let Some(build) = &check.build {
        let within = build.within.map_or(BUILD_WITHIN, |period| period.duration());
        kinds.push(CheckKind::Build(BuildCheck {
            within,
            target: build.target.clone().map(String::from),
            context_at_most: build.context_at_most.map(Size::bytes),
            only_with_secrets: build.only_with_secrets,
        }));
    }
    if let Some(size) = &check.image_size {
        kinds.push(CheckKind::ImageSize(size_limit(size)?));
    }
    if let Some(layers) = &check.layers {
        kinds.push(CheckKind::Layers {
            at_most: layers.at_most,
            forbid_paths: strings(&layers.forbid_paths),
            forbid_text: strings(&layers.forbid_text),
        });
    }
    if let Some(cache) = &check.cache {
        kinds.push(CheckKind::Cache(CacheCheck {
            change: cache.change.clone().into(),
            cached: cache.cached.clone().map(String::from),
            again: cache.again.clone().map(String::from),
        }));
    }
    if let Some(rebuild) = &check.rebuild {
        kinds.push(CheckKind::Rebuild(rebuild_check(rebuild)?));
    }
    if let Some(run) = &check.run {
        kinds.push(CheckKind::Run(run_check(run)?));
    }
    if let Some(script) = &check.script {
        kinds.push(CheckKind::Script(script::check(script)));
    }
    if let Some(ecr) = &check.ecr {
        kinds.push(CheckKind::Ecr(script::registry(ecr)));
    }
    let mut kinds = kinds.into_iter();
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => Ok(kind),
        (None, _) => Err(format!("The check `{}` does not say what is checked.", check.id.as_str())),
        (Some(a), Some(b)) => {
            Err(format!("The check `{}` is both `{}` and `{}`.", check.id.as_str(), a.name(), b.name()))
        }
    }
}

fn severity(at_most: AtMost) -> Severity {
    match at_most {
        AtMost::Error => Severity::Error,
        AtMost::Warning => Severity::Warning,
        AtMost::Info => Severity::Info,
        AtMost::Style => Severity::Style,
    }
}

fn size_limit(size: &format::SizeFile) -> Result<SizeLimit, String> {
    match (size.at_most, size.smaller_than_start_by, size.added_smaller_than_start_by) {
        (Some(size), None, None) => Ok(SizeLimit::Bytes(size.bytes())),
        (None, Some(share), None) => Ok(SizeLimit::SmallerThanStartBy(share.share())),
        (None, None, Some(share)) => Ok(SizeLimit::AddedSmallerThanStartBy(share.share())),
        _ => Err("`image_size` takes exactly one limit.".into()),
    }
}

fn rebuild_check(rebuild: &format::RebuildFile) -> Result<RebuildCheck, String> {
    if !(2..=1_000).contains(&rebuild.at_least_times_faster) {
        return Err("`at_least_times_faster` is a whole number from 2 to 1000.".into());
    }
    let change = &rebuild.change;
    if change.replace.as_str() == change.with.as_str() {
        return Err("`change` replaces a text by itself.".into());
    }
    Ok(RebuildCheck {
        file: change.file.clone().into(),
        replace: change.replace.clone().into(),
        with: change.with.clone().into(),
        step: rebuild.step.clone().map(String::from),
        times: rebuild.at_least_times_faster,
    })
}

fn run_check(run: &RunFile) -> Result<RunCheck, String> {
    let http = match &run.http {
        Some(http) if !http.path.as_str().starts_with('/') => {
            return Err("The path of `http` does not begin with `/`.".into());
        }
        Some(http) => Some(HttpProbe {
            port: http.port,
            path: http.path.clone().into(),
            status: http.status.unwrap_or(200),
            contains: http.contains.clone().map(String::from).unwrap_or_default(),
        }),
        None => None,
    };
    Ok(RunCheck {
        non_root: run.user.is_some(),
        http,
        output: run.output.clone().map(String::from),
        exit_code: run.exit_code,
        stops_within: run.stops_within.map(|period| period.duration()),
        read_only: run.read_only,
        healthy: run.healthy,
        within: run.within.map_or(RUN_WITHIN, |period| period.duration()),
    })
}

fn strings<T: Clone + Into<String>>(values: &[T]) -> Vec<String> {
    values.iter().cloned().map(Into::into).collect()
}
