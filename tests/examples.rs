//! The worked examples, built and run for real, and their walk-throughs held against their files.

mod support;

use docker_ecr_tutor::cli::example;
use docker_ecr_tutor::course;
use docker_ecr_tutor::engine::Environment;
use tokio_util::sync::CancellationToken;

/// The code of every fenced `dockerfile` block of a walk-through, without blank lines.
fn shown(readme: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line {
            "```dockerfile" => inside = true,
            "```" => inside = false,
            line if inside && !line.is_empty() => lines.push(line),
            _ => {}
        }
    }
    lines
}

#[test]
fn each_walk_through_explains_every_line_of_its_dockerfile() {
    for example in &course::embedded().examples {
        let dockerfile = std::str::from_utf8(&example.files["Dockerfile"]).unwrap();
        let lines: Vec<&str> = dockerfile.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(shown(&example.readme), lines, "{}", example.name);
    }
}

#[test]
fn no_example_names_a_registry_it_was_locked_against() {
    for example in &course::embedded().examples {
        for (path, content) in &example.files {
            let text = String::from_utf8_lossy(content);
            assert!(!text.contains("\"resolved\""), "{}/{path}", example.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_examples_build_run_and_answer() {
    if support::engine().is_none() {
        return;
    }
    let mut out = Vec::new();
    let code =
        example::run(None, course::embedded(), &Environment::read(), CancellationToken::new(), &mut out)
            .await
            .unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(code, 0, "{text}");
    for name in ["01-python-basic", "02-go-multistage", "03-node-secure"] {
        assert!(text.contains(name), "{text}");
    }
    assert_eq!(text.matches("  answered  200 from http://127.0.0.1:").count(), 3, "{text}");
    assert_eq!(text.matches("  stop      stopped ").count(), 3, "{text}");
    assert_eq!(text.matches("running   as root").count(), 0, "{text}");
}
