//! The rules of the house, held by a test: who may import whom, which rooms stay pure, how long a file
//! may be, and that what the documents name is there. The rules are tested themselves, on small inputs
//! that break them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

#[path = "house/rules.rs"]
mod rules;
#[path = "house/source.rs"]
mod source;

use regex::Regex;
use rules::violations;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Files under `folder` with this extension, as paths from the crate's root.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path.strip_prefix(root()).expect("a path under the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_source_file_keeps_the_rules() {
    let sources = files("src", "rs");
    assert!(sources.len() > 20, "the sources are not where this test looks");
    let mut wrong = Vec::new();
    for path in &sources {
        let inside = path.strip_prefix("src").expect("a path under src").to_string_lossy().replace('\\', "/");
        wrong
            .extend(violations(&inside, &read(path)).iter().map(|what| format!("{} {what}", path.display())));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn every_other_rust_file_says_what_it_owns() {
    for path in ["tests", "benches"].iter().flat_map(|folder| files(folder, "rs")) {
        assert!(read(&path).starts_with("//!"), "{} does not open with `//!`", path.display());
    }
}

#[test]
fn the_code_map_has_the_rooms_in_the_order_of_the_table() {
    let map = read("src/lib.rs");
    let row = Regex::new(r"(?m)^//! \| \[`(\w+)`\]").unwrap();
    let mapped: Vec<_> = row.captures_iter(&map).map(|found| found[1].to_owned()).collect();
    let table: Vec<_> = rules::ROOMS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(mapped, table, "the code map in src/lib.rs, and the table here");
    let declared = Regex::new(r"(?m)^pub mod (\w+);").unwrap();
    let modules: BTreeSet<_> = declared.captures_iter(&map).map(|found| found[1].to_owned()).collect();
    assert_eq!(modules, table.into_iter().collect(), "the modules of src/lib.rs, and the table here");
}

#[test]
fn the_table_points_only_upwards_in_the_code_map() {
    let rank = |wanted: &str| rules::ROOMS.iter().position(|(name, _)| *name == wanted);
    for (room, may) in rules::ROOMS {
        for other in may.iter().filter(|other| *other != room) {
            assert!(rank(other).is_some() && rank(other) < rank(room), "{room} may use {other}");
        }
    }
}

#[test]
fn every_lint_rule_has_its_page_and_every_page_its_rule() {
    let stems = |extension: &str| -> BTreeSet<PathBuf> {
        let all = files("src/lint/rules", extension);
        all.iter().map(|path| path.with_extension("")).filter(|path| is_rule(path)).collect()
    };
    assert_eq!(stems("rs"), stems("md"));
}

/// `dl3007`, `sc2086`, `tu1001`: letters and digits; other files beside them are helpers.
fn is_rule(path: &Path) -> bool {
    let code = Regex::new(r"^[a-z]{2,4}\d{3,4}$").unwrap();
    path.file_name().is_some_and(|name| code.is_match(&name.to_string_lossy()))
}

#[test]
fn every_make_command_in_the_documents_is_a_target() {
    let targets = targets(&read("Makefile"));
    for document in ["README.md", "CLAUDE.md"].iter().filter(|document| root().join(document).exists()) {
        for name in make_commands(&read(document)) {
            assert!(targets.contains(&name), "{document} names `make {name}`, which the Makefile lacks");
        }
    }
}

fn targets(makefile: &str) -> BTreeSet<String> {
    let target = Regex::new(r"(?m)^([a-z][a-z0-9 -]*):(?:[^=]|$)").unwrap();
    let heads = target.captures_iter(makefile).map(|found| found[1].to_owned()).collect::<Vec<_>>();
    heads.iter().flat_map(|head| head.split_whitespace()).map(str::to_owned).collect()
}

/// What follows `make` where a document shows code.
fn make_commands(document: &str) -> BTreeSet<String> {
    let command = Regex::new(r"(?m)(?:`|^\s*(?:\$ )?)make ([a-z][a-z0-9-]*)").unwrap();
    command.captures_iter(document).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_base_image_of_the_course_is_made_ready_for_the_tests() {
    let ready = read("tests/setup/images.sh");
    let ready: BTreeSet<_> = ready.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    for folder in ["assets", "exercises", "solutions"] {
        let mut all = Vec::new();
        let mut folders = vec![root().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else if entry.file_name() == "Dockerfile" {
                    all.push(entry.path());
                }
            }
        }
        for path in all {
            for image in bases(&std::fs::read_to_string(&path).unwrap()) {
                assert!(ready.contains(image.as_str()), "{}: tests/setup lacks {image}", path.display());
            }
        }
    }
}

/// Images that a Dockerfile builds on: no stages, no `scratch`, nothing with a variable.
fn bases(dockerfile: &str) -> Vec<String> {
    let from = Regex::new(r"(?im)^FROM(?:\s+--\S+)*\s+(\S+)(?:\s+AS\s+(\S+))?").unwrap();
    let mut stages = BTreeSet::from(["scratch".to_owned()]);
    let mut found = Vec::new();
    for line in from.captures_iter(dockerfile) {
        let image = line[1].to_owned();
        if !stages.contains(&image.to_lowercase()) && !image.contains('$') {
            let tagged = image.contains(':') || image.contains('@');
            found.push(if tagged { image } else { format!("{image}:latest") });
        }
        stages.extend(line.get(2).map(|name| name.as_str().to_lowercase()));
    }
    found
}

// The rules themselves, on small inputs.

const HEAD: &str = "//! A file.\n";

fn wrong(path: &str, body: &str) -> Vec<String> {
    violations(path, &format!("{HEAD}{body}"))
}

#[test]
fn a_tidy_file_breaks_no_rule() {
    let body = "use crate::text::Span;\nuse crate::dockerfile::Dockerfile;\nfn f() -> &'static str { \"std::fs\" }\n";
    assert_eq!(wrong("lint/rules/dl3007.rs", body), Vec::<String>::new());
}

#[test]
fn an_import_upwards_is_found_however_it_is_written() {
    for body in [
        "use crate::lint::Diagnostic;",
        "use crate::{text::Span, lint};",
        "pub(crate) use crate::{\n    text::{self, Span},\n    lint::{rules as r},\n};",
        "fn f(_: &crate::lint::Fix) {}",
        "fn f(_: &crate ::lint::Fix) {}",
    ] {
        assert_eq!(wrong("dockerfile/shell.rs", body).len(), 1, "{body}");
    }
    let both = "use crate::{\n    text::{self, Span},\n    lint::{rules::*, Fix as Mend},\n};";
    assert_eq!(wrong("dockerfile/shell.rs", both).len(), 2);
    assert_eq!(wrong("image.rs", "use crate::course::model::Exercise;").len(), 1);
    assert_eq!(wrong("store/progress.rs", "use crate::course::Course;").len(), 1);
    assert_eq!(wrong("cli/lint.rs", "use crate::tui::theme::Theme;").len(), 1);
    assert_eq!(wrong("tui/app.rs", "use crate::cli::lint;").len(), 1);
    assert_eq!(wrong("text.rs", "use crate::failure::Failure;").len(), 1);
    assert_eq!(
        wrong("tui/app.rs", "use crate::jobs::Job;\nuse crate::failure::Failure;"),
        Vec::<String>::new()
    );
}

#[test]
fn a_crate_outside_its_room_is_found() {
    for (path, body) in [
        ("grade.rs", "use bollard::Docker;"),
        ("jobs.rs", "fn f() { let _ = aws_sdk_ecr::Client::new; }"),
        ("course/load.rs", "use rusqlite::Connection;"),
        ("cli/check.rs", "use ratatui::prelude::*;"),
        ("practice.rs", "use crossterm::event;"),
        ("engine/build.rs", "use axum::{Router, routing};"),
    ] {
        assert!(!wrong(path, body).is_empty(), "{path}: {body}");
    }
    assert_eq!(wrong("engine/build.rs", "use bollard::Docker;"), Vec::<String>::new());
}

#[test]
fn a_pure_room_that_does_something_is_found() {
    for body in [
        "use std::fs;",
        "use std::{collections::BTreeMap, fs::File};",
        "fn f() { let _ = std::env::var(\"X\"); }",
        "use std::time::{Duration, Instant};",
        "fn f() { let _ = std::time::SystemTime::now(); }",
        "use tokio::sync::mpsc;",
        "fn f() { tokio::spawn(g()); }",
        "async fn f() {}",
    ] {
        for path in ["text/sanitise.rs", "lint.rs", "course/model.rs", "tui/screens/home.rs"] {
            assert!(!wrong(path, body).is_empty(), "{path}: {body}");
        }
        assert_eq!(wrong("tui/runtime.rs", body), Vec::<String>::new(), "{body}");
        assert_eq!(wrong("course/load.rs", body), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn comments_strings_and_tests_are_not_code() {
    for body in [
        "// use std::fs;\n/* tokio::spawn(x) */ fn f() {}",
        "/// Like [`std::fs::read`].\nfn f<'a>(_: &'a str) -> char { '\"' }",
        "const A: &str = \"use std::fs; \\\" crate::cli::x\";\nconst B: &str = r#\"use \"std::fs\";\"#;",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n",
    ] {
        assert_eq!(wrong("lint/fix.rs", body), Vec::<String>::new(), "{body}");
    }
    // What follows a string is code again.
    assert_eq!(wrong("lint/fix.rs", "const A: &str = \"\\\\\"; use std::fs;").len(), 1);
}

#[test]
fn a_missing_head_and_a_long_file_are_found() {
    assert_eq!(violations("text.rs", "fn f() {}\n").len(), 1);
    assert_eq!(wrong("text.rs", &"fn f() {}\n".repeat(599)), Vec::<String>::new());
    assert_eq!(wrong("text.rs", &"fn f() {}\n".repeat(600)).len(), 1);
}

#[test]
fn targets_commands_and_bases_are_read_right() {
    let makefile = "X := 1\nrun: build ## run it\n\tcargo run\nexample-1 example-2:\n\tcargo x\n";
    assert_eq!(targets(makefile), ["example-1", "example-2", "run"].map(str::to_owned).into());
    let document = "Use `make run`, and\n\n```sh\n$ make check\nmake bench\n```\nThey make sure it works.";
    assert_eq!(make_commands(document), ["bench", "check", "run"].map(str::to_owned).into());
    let dockerfile = "ARG V=1\nFROM --platform=linux/amd64 golang:1.22 AS build\nFROM Build AS two\nFROM scratch\nFROM alpine\nFROM a:$V\n";
    assert_eq!(bases(dockerfile), ["golang:1.22", "alpine:latest"]);
}
