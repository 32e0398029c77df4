//! Exercise 1 cannot be gamed: without any single improvement its solution fails a check made for
//! it, and what is no solution does not pass.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod support;

use docker_ecr_tutor::course;
use docker_ecr_tutor::course::model::Exercise;
use docker_ecr_tutor::engine::{Engine, Environment};
use docker_ecr_tutor::grade::{self, Access, CheckResult, Options, Status};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

type Files = BTreeMap<String, String>;

/// A submission that falls short, and the checks that have to say so.
struct Variant {
    name: &'static str,
    files: Files,
    fails: &'static [&'static str],
}

fn exercise() -> &'static Exercise {
    course::embedded().exercise("exercise-1").unwrap()
}

fn start() -> Files {
    let text = |content: &Vec<u8>| String::from_utf8(content.clone()).unwrap();
    exercise().files.iter().filter_map(|file| Some((file.path.clone(), text(file.start.as_ref()?)))).collect()
}

fn solution() -> Files {
    let mut files = start();
    let text = |content: &Vec<u8>| String::from_utf8(content.clone()).unwrap();
    files.extend(exercise().solution.iter().map(|(path, content)| (path.clone(), text(content))));
    files
}

/// `files` with `old` replaced in the file at `path`, which must hold it.
fn edit(mut files: Files, path: &str, old: &str, new: &str) -> Files {
    let text = files.get_mut(path).unwrap();
    assert!(text.contains(old), "{path} no longer holds {old:?}");
    *text = text.replacen(old, new, 1);
    files
}

fn without(mut files: Files, path: &str) -> Files {
    files.remove(path).unwrap();
    files
}

const COMMAND: &str = r#"CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]"#;
const SHELL: &str = "CMD uvicorn main:app --host 0.0.0.0 --port 8000";

fn variants() -> Vec<Variant> {
    let solved = |path: &str, old: &str, new: &str| edit(solution(), path, old, new);
    let dockerfile = |old: &str, new: &str| solved("Dockerfile", old, new);
    let variant = |name, files, fails| Variant { name, files, fails };
    let code_first = edit(
        dockerfile("COPY main.py .\n", ""),
        "Dockerfile",
        "COPY requirements.txt .\n",
        "COPY requirements.txt main.py ./\n",
    );
    let old_requirements = {
        let mut files = solution();
        files.extend(start().into_iter().filter(|(path, _)| path == "requirements.txt"));
        files
    };
    let tools =
        "RUN apt-get update \\\n    && apt-get install -y build-essential gfortran cmake\nWORKDIR /app";
    vec![
        // The solution without one of its improvements.
        variant("the full base image", dockerfile("3.12-slim-bookworm", "3.12"), &["small"]),
        variant("an unpinned base image", dockerfile("3.12-slim-bookworm", "latest"), &["clean"]),
        variant("the packages of the notebook", old_requirements, &["small"]),
        variant("the tools", dockerfile("WORKDIR /app", tools), &["clean"]),
        variant("pip's downloads", dockerfile(" --no-cache-dir", ""), &["clean"]),
        variant("the code before the packages", code_first, &["cache"]),
        variant("root", dockerfile("USER 10001\n", ""), &["clean", "answers"]),
        variant("a shell as process 1", dockerfile(COMMAND, &format!("{SHELL} | cat")), &["clean", "stops"]),
        variant("the shell form", dockerfile(COMMAND, SHELL), &["clean"]),
        variant("ADD", dockerfile("COPY main.py", "ADD main.py"), &["clean"]),
        variant("no .dockerignore", without(solution(), ".dockerignore"), &["context"]),
        variant("no data", dockerfile("COPY data/ data/\n", ""), &["answers"]),
        // No solution at all.
        variant("the start", start(), &["clean", "context", "small", "answers", "stops", "cache"]),
        variant("a comment", edit(start(), "Dockerfile", "FROM", "# smaller\nFROM"), &["clean", "small"]),
        variant(
            "another base image",
            edit(start(), "Dockerfile", "3.12", "3.12-slim-bookworm"),
            &["clean", "small"],
        ),
        variant(
            "nothing",
            BTreeMap::from([("Dockerfile".into(), String::new())]),
            &["builds", "context", "small"],
        ),
        variant(
            "an empty image",
            BTreeMap::from([("Dockerfile".into(), "FROM scratch\nCOPY main.py /\n".into())]),
            &["answers", "context", "cache"],
        ),
        variant(
            "the example of the lessons",
            course::embedded()
                .example("1")
                .unwrap()
                .files
                .iter()
                .map(|(path, content)| (path.clone(), String::from_utf8(content.clone()).unwrap()))
                .collect(),
            &["context", "answers"],
        ),
    ]
}

fn of<'a>(results: impl IntoIterator<Item = &'a CheckResult>, id: &str) -> Option<&'a CheckResult> {
    results.into_iter().find(|result| result.id == id)
}

#[test]
fn files_alone_show_what_they_can() {
    let results = grade::preview(exercise(), &solution());
    assert!(results.iter().flatten().all(|result| result.status == Status::Pass), "{results:#?}");
    for variant in variants() {
        let results = grade::preview(exercise(), &variant.files);
        for id in variant.fails {
            let Some(result) = of(results.iter().flatten(), id) else { continue };
            assert_eq!(result.status, Status::Fail, "{}: {result:#?}", variant.name);
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

#[tokio::test(flavor = "multi_thread")]
async fn builds_and_containers_show_the_rest() {
    if support::engine().is_none() {
        return;
    }
    let engine = Engine::connect(&Environment::read()).await.unwrap();
    let options = Options::new(Access::Ready(engine.clone()));
    for variant in variants() {
        // Only the checks that are to fail and need an engine: each of them may cost a build.
        let mut exercise = exercise().clone();
        exercise.checks.retain(|check| variant.fails.contains(&check.id.as_str()) && !check.kind.is_static());
        if exercise.checks.is_empty() {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &variant.files);
        let cancel = CancellationToken::new();
        let report = grade::grade(&exercise, dir.path(), &options, Arc::new(|_| {}), cancel).await;
        for result in &report.results {
            // What stands on a build that failed is not run: that is no pass either.
            assert_ne!(result.status, Status::Pass, "{}: {result:#?}", variant.name);
        }
        let failed = report.results.iter().filter(|result| result.status == Status::Fail).count();
        assert!(failed > 0, "{}: nothing failed: {:#?}", variant.name, report.results);
        println!("{}: {}", variant.name, shown(&report.results));
    }
    engine.settle(std::time::Duration::from_secs(30)).await;
}

fn shown(results: &[CheckResult]) -> String {
    results.iter().map(|result| format!("{} {:?} ({}); ", result.id, result.status, result.found)).collect()
}
