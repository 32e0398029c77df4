//! No exercise can be gamed: without any single improvement its solution fails a check made for it,
//! and what is no solution does not pass.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod support;

#[path = "variants/exercise_1.rs"]
mod exercise_1;
#[path = "variants/exercise_10.rs"]
mod exercise_10;
#[path = "variants/exercise_11.rs"]
mod exercise_11;
#[path = "variants/exercise_12.rs"]
mod exercise_12;
#[path = "variants/exercise_13.rs"]
mod exercise_13;
#[path = "variants/exercise_2.rs"]
mod exercise_2;
#[path = "variants/exercise_3.rs"]
mod exercise_3;
#[path = "variants/exercise_4.rs"]
mod exercise_4;
#[path = "variants/exercise_5.rs"]
mod exercise_5;
#[path = "variants/exercise_6.rs"]
mod exercise_6;
#[path = "variants/exercise_7.rs"]
mod exercise_7;
#[path = "variants/exercise_8.rs"]
mod exercise_8;
#[path = "variants/exercise_9.rs"]
mod exercise_9;
#[path = "variants/work.rs"]
mod work;

use docker_ecr_tutor::course;
use docker_ecr_tutor::engine::{Engine, Environment};
use docker_ecr_tutor::grade::{self, Access, CheckResult, Options, Report, Status};
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use work::{Files, Variant, Work};

/// Makes the submissions to an exercise that fall short.
type Variants = fn(&Work) -> Vec<Variant>;

/// Those of each exercise of the course.
const EXERCISES: &[(&str, Variants)] = &[
    ("exercise-1", exercise_1::variants),
    ("exercise-2", exercise_2::variants),
    ("exercise-3", exercise_3::variants),
    ("exercise-4", exercise_4::variants),
    ("exercise-5", exercise_5::variants),
    ("exercise-6", exercise_6::variants),
    ("exercise-7", exercise_7::variants),
    ("exercise-8", exercise_8::variants),
    ("exercise-9", exercise_9::variants),
    ("exercise-10", exercise_10::variants),
    ("exercise-11", exercise_11::variants),
    ("exercise-12", exercise_12::variants),
    ("exercise-13", exercise_13::variants),
];

fn all() -> impl Iterator<Item = (Work, Vec<Variant>)> {
    EXERCISES.iter().map(|(id, variants)| {
        let work = Work::of(id);
        let variants = variants(&work);
        (work, variants)
    })
}

#[test]
fn every_exercise_has_its_variants() {
    let known: Vec<&str> = EXERCISES.iter().map(|(id, _)| *id).collect();
    let there: Vec<&str> = course::embedded().exercises.iter().map(|exercise| exercise.id.as_str()).collect();
    assert_eq!(known, there);
    for (work, variants) in all() {
        let start = variants.iter().find(|variant| variant.name == "the start").unwrap();
        assert_eq!(start.files, work.start, "{}", work.exercise.id);
        for id in variants.iter().flat_map(|variant| variant.fails) {
            assert!(work.exercise.checks.iter().any(|check| check.id == *id), "no check {id}");
        }
    }
}

fn of<'a>(results: impl IntoIterator<Item = &'a CheckResult>, id: &str) -> Option<&'a CheckResult> {
    results.into_iter().find(|result| result.id == id)
}

#[test]
fn files_alone_show_what_they_can() {
    for (work, variants) in all() {
        let results = grade::preview(work.exercise, &work.solution);
        assert!(results.iter().flatten().all(|result| result.status == Status::Pass), "{results:#?}");
        for variant in variants {
            let results = grade::preview(work.exercise, &variant.files);
            for id in variant.fails {
                let Some(result) = of(results.iter().flatten(), id) else { continue };
                assert_eq!(result.status, Status::Fail, "{}: {result:#?}", variant.name);
            }
        }
    }
}

fn write(root: &Path, files: &Files) {
    for (path, text) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Grades `files` by those checks that `wanted` names.
async fn graded(work: &Work, files: &Files, options: &Options, wanted: impl Fn(&str) -> bool) -> Report {
    let mut exercise = work.exercise.clone();
    exercise.checks.retain(|check| wanted(&check.id));
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), files);
    grade::grade(&exercise, dir.path(), options, Arc::new(|_| {}), CancellationToken::new()).await
}

/// As below, for exercises whose checks run a script, or look at its registry.
async fn scripts_show_the_rest(id: &str) {
    let (Some(_), Some(shellcheck)) = (support::peer("bwrap"), support::peer("shellcheck")) else { return };
    let mut options = Options::new(Access::Missing("no engine is asked".into()));
    options.program = Some(support::PROGRAM.into());
    options.path = Some(support::path_with(&shellcheck).into());
    tried(id, &options).await;
}

async fn builds_and_containers_show_the_rest(id: &str) {
    if support::engine().is_none() {
        return;
    }
    let engine = Engine::connect(&Environment::read()).await.unwrap();
    tried(id, &Options::new(Access::Ready(engine.clone()))).await;
    engine.settle(std::time::Duration::from_secs(30)).await;
}

/// Tries the solution, which has to pass, and each variant, which must not.
async fn tried(id: &str, options: &Options) {
    let (work, variants) = all().find(|(work, _)| work.exercise.id == id).unwrap();
    let report = graded(&work, &work.solution, options, |_| true).await;
    assert!(report.passed(), "the solution: {:#?}", report.results);
    for variant in variants {
        // Only the checks that are to fail and need an engine: each of them may cost a build.
        let of_engine = |id: &str| !work.exercise.checks.iter().any(|c| c.id == id && c.kind.is_static());
        let report =
            graded(&work, &variant.files, options, |id| variant.fails.contains(&id) && of_engine(id)).await;
        if report.results.is_empty() {
            continue;
        }
        for result in &report.results {
            // What stands on a build that failed is not run: that is no pass either.
            assert_ne!(result.status, Status::Pass, "{}: {result:#?}", variant.name);
        }
        assert!(report.count(Status::Fail) > 0, "{}: nothing failed: {:#?}", variant.name, report.results);
        println!("{}: {}", variant.name, shown(&report.results));
    }
}

fn shown(results: &[CheckResult]) -> String {
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    results.iter().map(|r| format!("{} {:?} ({}); ", r.id, r.status, first(&r.found))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_1_optimize() {
    builds_and_containers_show_the_rest("exercise-1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_2_two_stages() {
    builds_and_containers_show_the_rest("exercise-2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_5_build_context() {
    builds_and_containers_show_the_rest("exercise-5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_4_cache_order() {
    builds_and_containers_show_the_rest("exercise-4").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_6_harden() {
    builds_and_containers_show_the_rest("exercise-6").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_7_secrets() {
    builds_and_containers_show_the_rest("exercise-7").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_8_debugging() {
    builds_and_containers_show_the_rest("exercise-8").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_3_deployment_script() {
    scripts_show_the_rest("exercise-3").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_9_tags() {
    scripts_show_the_rest("exercise-9").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_11_scan_and_fix() {
    scripts_show_the_rest("exercise-11").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_12_cache_mounts() {
    builds_and_containers_show_the_rest("exercise-12").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exercise_13_final_project() {
    if support::engine().is_none() {
        return;
    }
    let (Some(_), Some(shellcheck)) = (support::peer("bwrap"), support::peer("shellcheck")) else { return };
    let engine = Engine::connect(&Environment::read()).await.unwrap();
    let mut options = Options::new(Access::Ready(engine.clone()));
    options.program = Some(support::PROGRAM.into());
    options.path = Some(support::path_with(&shellcheck).into());
    tried("exercise-13", &options).await;
    engine.settle(std::time::Duration::from_secs(30)).await;
}
