//! The course format from outside: what loads, what is refused and with which words, and what the
//! shipped course promises.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]
use docker_ecr_tutor::course::model::{Course, Problem};
use docker_ecr_tutor::course::page::{self, Block};
use docker_ecr_tutor::course::{self, Source, schema, template, validate};
use std::fs;
use std::path::Path;

const LESSON: &str =
    "---\ntitle: Good\nsummary: A page.\nminutes: 1\nobjectives: [Read]\n---\n# Good\n\nText.\n";

const EXERCISE: &str = "\
format: 1
id: exercise-1
title: Shrink it
lesson: good
level: beginner
minutes: 5
task: Make it small.
files:
  - { path: Dockerfile, edit: true }
checks:
  - { id: builds, title: It builds, points: 1, why: Because., build: {} }
";

fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A course with one good lesson and one exercise whose description is `yaml`.
fn with_exercise(yaml: impl AsRef<[u8]>) -> Course {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "lessons/01-good.md", LESSON);
    write(dir.path(), "exercises/exercise-1/exercise.yaml", yaml);
    write(dir.path(), "exercises/exercise-1/start/Dockerfile", "FROM scratch\n");
    course::load(&Source::Folder(dir.path().to_owned()))
}

/// The one problem with an exercise described by `yaml`; the lesson beside it still loads.
fn refusal(yaml: impl AsRef<[u8]>) -> Problem {
    let mut course = with_exercise(yaml);
    assert_eq!(course.lessons.len(), 1, "a broken file never stops the others");
    assert_eq!(course.exercises.len(), 0);
    assert_eq!(course.problems.len(), 1, "{:?}", course.problems);
    course.problems.remove(0)
}

fn place(problem: &Problem) -> (usize, usize) {
    (problem.line.unwrap(), problem.column.unwrap())
}

#[test]
fn a_small_course_loads() {
    let course = with_exercise(EXERCISE);
    assert_eq!(course.problems, []);
    assert_eq!(course.exercises[0].checks[0].id, "builds");
    assert_eq!(course.lessons[0].body_line, 7);
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let cases = [
        ("level: beginner", "level: beginer"),
        ("minutes: 5", "minuts: 5"),
        ("minutes: 5", "minutes: 5\nminutes: 6"),
        ("minutes: 5\n", ""),
        ("title: Shrink it", "title: \"Shrink\\e[2J it\""),
        ("edit: true", "edit: yes"),
        ("path: Dockerfile", "path: ../../etc/passwd"),
        ("path: Dockerfile", "path: /etc/passwd"),
        ("edit: true", "edit: true, zeros: 1MB"),
        ("edit: true", "zeros: 1MB"),
        ("build: {}", "build: {}, lint: {}"),
        (", build: {}", ""),
        ("build: {}", "build: { within: 30 }"),
        ("build: {}", "image_size: { smaller_than_start_by: 800% }"),
        ("build: {}", "image_size: {}"),
        ("  - { id: builds", "  - { id: builds, title: A, points: 1, why: B, build: {} }\n  - { id: builds"),
        ("format: 1", "format: 9"),
        ("id: exercise-1", "id: exercise-2"),
        ("id: exercise-1", "id: ["),
        ("title: Shrink it", "title: &a Shrink it\nlesson: *a"),
    ];
    let mut out = String::new();
    for (good, bad) in cases {
        assert!(EXERCISE.contains(good), "{good}");
        let problem = refusal(EXERCISE.replacen(good, bad, 1));
        out.push_str(&format!("── {bad:?}\n{problem}\n\n"));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn deep_nesting_and_alias_bombs_are_refused() {
    for bomb in ["[".repeat(100_000), "a: {".repeat(60_000), format!("{}x", "- ".repeat(100_000))] {
        let problem = refusal(bomb);
        assert!(problem.snippet.len() < 4_000, "no screenful of brackets");
    }
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let parts = vec![format!("*a{}", n - 1); 9].join(", ");
        aliases.push_str(&format!("a{n}: &a{n} [{parts}]\n"));
    }
    refusal(aliases);
}

#[test]
fn bytes_that_are_no_text_are_shown_where_they_are() {
    let mut bytes = EXERCISE.as_bytes().to_vec();
    bytes[12] = 0xff;
    assert_eq!(place(&refusal(bytes)), (2, 3));
}

#[test]
fn control_characters_in_a_lesson_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "lessons/01-good.md", LESSON);
    write(dir.path(), "lessons/02-bad.md", LESSON.replace("Text.", "Te\u{1b}]0;x\u{7}xt."));
    write(dir.path(), "lessons/03-bidi.md", LESSON.replace("Text.", "Te\u{202e}xt."));
    let course = course::load(&Source::Folder(dir.path().to_owned()));
    assert_eq!(course.lessons.len(), 1);
    let shown: Vec<String> = course.problems.iter().map(ToString::to_string).collect();
    assert!(shown[0].contains("U+001B") && shown[0].starts_with("lessons/02-bad.md:9:3"), "{}", shown[0]);
    assert!(shown[1].contains("U+202E"));
    assert!(!shown.concat().contains(['\u{1b}', '\u{7}', '\u{202e}']));
}

#[test]
fn two_lessons_cannot_share_a_slug_or_a_number() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["01-good.md", "02-good.md", "01-other.md"] {
        write(dir.path(), &format!("lessons/{name}"), LESSON);
    }
    let course = course::load(&Source::Folder(dir.path().to_owned()));
    assert_eq!(course.lessons.len(), 1);
    assert_eq!(course.problems.len(), 2);
}

#[test]
fn files_of_the_start_must_be_listed() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "exercises/exercise-1/exercise.yaml", EXERCISE);
    write(dir.path(), "exercises/exercise-1/start/Dockerfile", "FROM scratch\n");
    write(dir.path(), "exercises/exercise-1/start/extra.txt", "");
    let course = course::load(&Source::Folder(dir.path().to_owned()));
    assert_eq!(course.problems[0].path, "exercises/exercise-1/start/extra.txt");
}

#[test]
fn the_shipped_course_is_whole() {
    let course = course::embedded();
    assert_eq!(course.problems, [], "no file of the shipped course is broken");
    let slugs: Vec<&str> = course.lessons.iter().map(|lesson| lesson.slug.as_str()).collect();
    assert_eq!(
        slugs[..4],
        ["containers-and-images", "a-first-good-dockerfile", "layers-and-cache", "image-size"]
    );
    assert_eq!(course.exercises[0].id, "exercise-1");
    let names: Vec<&str> = course.examples.iter().map(|example| example.name.as_str()).collect();
    assert_eq!(names, ["01-python-basic", "02-go-multistage", "03-node-secure"]);
    assert_eq!(course.example("2").unwrap().http, Some((8080, "/health".to_owned())));
    assert_eq!(course.example("02").unwrap().name, "02-go-multistage");
    assert_eq!(course.example("4"), None);
}

#[test]
fn every_lesson_has_a_quiz_something_to_try_and_a_way_on() {
    for lesson in &course::embedded().lessons {
        let page = page::split(lesson);
        assert_eq!(page.problems, [], "{}", lesson.path);
        let quizzes = page.blocks.iter().filter(|block| matches!(block, Block::Quiz(_))).count();
        let tries = page.blocks.iter().filter(|block| matches!(block, Block::Try(_))).count();
        assert!(quizzes >= 1 && tries >= 1, "{}: {quizzes} quizzes, {tries} tries", lesson.path);
        assert!(lesson.minutes <= 12 && !lesson.objectives.is_empty(), "{}", lesson.path);
        assert!(lesson.body.contains("\n## What to do next\n"), "{}", lesson.path);
    }
}

/// Every YAML text that is shipped: exercise files, front matter, quizzes.
fn shipped_yaml() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join("exercises")).unwrap() {
        let path = entry.unwrap().path().join("exercise.yaml");
        found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
    }
    for lesson in &course::embedded().lessons {
        let text = fs::read_to_string(root.join(&lesson.path)).unwrap();
        let front = text.trim_start_matches("---\n").split("\n---\n").next().unwrap();
        found.push((lesson.path.clone(), front.to_owned()));
        let quizzes = text.split("\n```quiz\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
        found.extend(quizzes.map(|quiz| (lesson.path.clone(), format!("{quiz}\n"))));
    }
    found
}

#[test]
fn two_yaml_readers_agree_on_every_shipped_file() {
    let files = shipped_yaml();
    assert!(files.len() > 12, "{}", files.len());
    for (path, text) in files {
        let ours: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        let other: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(ours, other, "{path}");
    }
}

#[test]
fn the_schema_knows_every_field_of_the_shipped_exercises() {
    let schema: serde_json::Value = serde_json::from_str(&schema::json_schema("exercise").unwrap()).unwrap();
    let known = |definition: &serde_json::Value, value: &serde_json::Value| {
        for field in value.as_object().unwrap().keys() {
            assert!(definition["properties"].get(field).is_some(), "the schema lacks {field}");
        }
        for field in definition["required"].as_array().unwrap() {
            assert!(value.get(field.as_str().unwrap()).is_some(), "{field} is required and absent");
        }
    };
    for (path, text) in shipped_yaml().iter().filter(|(path, _)| path.ends_with("exercise.yaml")) {
        let value: serde_json::Value = serde_yaml::from_str(text).unwrap();
        known(&schema, &value);
        let checks = value["checks"].as_array().unwrap();
        assert!(!checks.is_empty(), "{path}");
        for check in checks {
            known(&schema["$defs"]["CheckFile"], check);
        }
    }
}

#[test]
fn the_shipped_course_keeps_its_promises() {
    let verdict = validate::check(&Source::Embedded);
    let shown: Vec<String> = verdict.problems.iter().map(ToString::to_string).collect();
    assert_eq!(shown, Vec::<String>::new());
}

/// The problems that `course check` names in a course of these files, beside one good lesson.
fn checked(files: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "lessons/01-good.md", LESSON.replace("[Read]", "[Read]\nexercises: [exercise-1]"));
    write(
        dir.path(),
        "exercises/exercise-1/exercise.yaml",
        EXERCISE.replace("checks:", "hints: [Look]\nchecks:"),
    );
    write(dir.path(), "exercises/exercise-1/start/Dockerfile", "FROM scratch\n");
    write(dir.path(), "solutions/exercise-1/Dockerfile", "FROM scratch\nLABEL a=b\n");
    for (path, content) in files {
        write(dir.path(), path, content);
    }
    let verdict = validate::check(&Source::Folder(dir.path().to_owned()));
    verdict.problems.iter().map(|problem| format!("{problem}\n\n")).collect()
}

#[test]
fn course_check_says_what_a_course_does_not_keep() {
    assert_eq!(checked(&[]), "");
    let exercise = EXERCISE.replace("checks:", "hints: [Look]\nchecks:");
    let mut out = String::new();
    let mut case = |name: &str, files: &[(&str, &str)]| {
        let problems = checked(files);
        assert!(!problems.is_empty(), "{name}");
        out.push_str(&format!("── {name}\n{problems}"));
    };
    let lesson =
        |text: &str| LESSON.replace("[Read]", "[Read]\nexercises: [exercise-1]").replace("Text.", text);
    case(
        "links",
        &[(
            "lessons/01-good.md",
            &lesson(
                "[a](02-none.md) [b](#none) [c](javascript:alert) [d](../../etc/passwd) [ok](#good) [ok](https://example.com)",
            ),
        )],
    );
    case(
        "code blocks",
        &[(
            "lessons/01-good.md",
            &lesson(
                "```dockerfile\nFORM alpine\n```\n\n```dockerfile broken\nFORM alpine\n```\n\n```dockerfile try with=none\nRUN\n```",
            ),
        )],
    );
    case(
        "front matter",
        &[(
            "lessons/01-good.md",
            &lesson("Text.")
                .replace("minutes: 1", "minutes: 90")
                .replace("[exercise-1]", "[exercise-1, exercise-7]"),
        )],
    );
    case(
        "a link to no rule",
        &[("lessons/01-good.md", &lesson("[a](rule:DL9999) [b](rule:) [ok](rule:DL3008) [ok](rule:SC2086)"))],
    );
    case("a solution that is the start", &[("solutions/exercise-1/Dockerfile", "FROM scratch\n")]);
    case("a solution that changes too much", &[("solutions/exercise-1/other.txt", "")]);
    case("a stray solution", &[("solutions/exercise-9/Dockerfile", "FROM scratch\n")]);
    let yaml = |good: &str, bad: &str| exercise.replacen(good, bad, 1);
    case("no hints", &[("exercises/exercise-1/exercise.yaml", EXERCISE)]);
    case(
        "an unknown lesson",
        &[("exercises/exercise-1/exercise.yaml", &yaml("lesson: good", "lesson: bad"))],
    );
    case(
        "an unknown rule",
        &[("exercises/exercise-1/exercise.yaml", &yaml("build: {}", "lint: { forbid: [DL0000] }"))],
    );
    case(
        "an unknown file",
        &[("exercises/exercise-1/exercise.yaml", &yaml("build: {}", "cache: { change: a.py, cached: pip }"))],
    );
    case(
        "an unknown secret",
        &[(
            "exercises/exercise-1/exercise.yaml",
            &yaml("hints:", "secrets: [{ id: token, file: token.txt }]\nhints:"),
        )],
    );
    case(
        "secrets that nobody hands over",
        &[("exercises/exercise-1/exercise.yaml", &yaml("build: {}", "build: { only_with_secrets: true }"))],
    );
    case(
        "a cache of nothing",
        &[("exercises/exercise-1/exercise.yaml", &yaml("build: {}", "cache: { change: Dockerfile }"))],
    );
    case("an empty check", &[("exercises/exercise-1/exercise.yaml", &yaml("build: {}", "run: {}"))]);
    insta::assert_snapshot!(out);
}

#[test]
fn new_lessons_and_exercises_load_and_keep_their_promises() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::Folder(dir.path().to_owned());
    let load = || course::load(&source);
    assert!(template::exercise(dir.path(), &load(), "exercise-1").is_err(), "no lesson to belong to");
    template::lesson(dir.path(), &load(), "first-steps").unwrap();
    template::lesson(dir.path(), &load(), "second-steps").unwrap();
    template::exercise(dir.path(), &load(), "exercise-1").unwrap();
    assert!(template::lesson(dir.path(), &load(), "first-steps").is_err(), "never overwrites");
    assert!(template::exercise(dir.path(), &load(), "exercise-1").is_err(), "never overwrites");
    assert!(template::lesson(dir.path(), &load(), "../escape").is_err());

    let verdict = validate::check(&source);
    assert_eq!(verdict.course.lessons[1].path, "lessons/02-second-steps.md");
    // What the template cannot do for its author is asked for.
    let messages: Vec<&str> = verdict.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["lessons/02-second-steps.md does not name this exercise."]);
}
