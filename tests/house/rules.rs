//! The house rules about code, as functions from a file to what is wrong with it.

use super::source::{code, paths};

/// Rooms from the bottom up, each with the rooms it may use beside [`EVERYONES`]. A room uses only what
/// stands above it; the order is that of the code map in `src/lib.rs`.
pub const ROOMS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("failure", &[]),
    ("prose", &[]),
    ("dockerfile", &[]),
    ("lint", &["dockerfile"]),
    ("image", &["dockerfile"]),
    ("course", &["dockerfile", "lint"]),
    ("store", &[]),
    // Scanning reads the layers of what was pushed.
    ("practice", &["image"]),
    // It builds without an engine, and speaks to the practice ECR.
    ("shim", &["dockerfile", "image", "practice"]),
    ("engine", &["dockerfile", "image"]),
    ("ecr", &["image"]),
    // Findings are laid against the lines of a Dockerfile.
    ("scan", &["dockerfile", "image"]),
    (
        "grade",
        &["dockerfile", "lint", "image", "course", "store", "practice", "shim", "engine", "ecr", "scan"],
    ),
    ("workshop", &["dockerfile", "image", "course", "store", "engine", "grade"]),
    ("jobs", BELOW_EDGE),
    ("cli", ABOVE_SHIM),
    ("tui", BELOW_EDGE),
];
/// Everything below `cli` and `tui`. `jobs` is in its own list, which allows nothing.
const BELOW_EDGE: &[&str] = &[
    "prose",
    "dockerfile",
    "lint",
    "image",
    "course",
    "store",
    "practice",
    "engine",
    "ecr",
    "scan",
    "grade",
    "workshop",
    "jobs",
];
/// The same, and `shim`: `practice-ecr` puts a `docker` of it before a command's own.
const ABOVE_SHIM: &[&str] = &[
    "prose",
    "dockerfile",
    "lint",
    "image",
    "course",
    "store",
    "practice",
    "engine",
    "ecr",
    "scan",
    "grade",
    "workshop",
    "jobs",
    "shim",
];
/// Words that every room above them speaks.
const EVERYONES: &[&str] = &["text", "failure"];

/// Crates that belong to one room, or a few.
const OWNED: &[(&str, &[&str])] = &[
    ("bollard", &["engine"]),
    ("aws_config", &["ecr"]),
    ("aws_sdk_ecr", &["ecr"]),
    ("aws_sdk_sts", &["ecr"]),
    ("aws_smithy_http_client", &["ecr"]),
    ("rusqlite", &["store"]),
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("syntect", &["tui"]),
    ("pulldown_cmark", &["prose", "course"]),
    ("axum", &["practice"]),
    ("async_nats", &["workshop"]),
    ("nkeys", &["workshop"]),
    ("tree_sitter", &["dockerfile"]),
    ("tree_sitter_bash", &["dockerfile"]),
];

/// Rooms that do no I/O, no async, and read no clock. Of `tui` that is all but what performs effects.
const PURE: &[&str] = &[
    "text",
    "prose",
    "dockerfile",
    "lint",
    "image",
    "course/model",
    "workshop/plan",
    "workshop/needs",
    "workshop/mirror",
    "workshop/event",
    "workshop/room",
    "workshop/record",
    "workshop/board",
    "tui",
];
const PERFORMERS: &[&str] = &["tui", "tui/runtime", "tui/terminal", "tui/environment"];
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "Timestamp::now",
    "Zoned::now",
    "tokio",
    "rustix",
    "notify",
];

/// The longest a file of `src` may be.
const LINES: usize = 600;

/// What is wrong with the file at `path` (from `src/`, as `lint/rules.rs`), one sentence each.
pub fn violations(path: &str, source: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if !source.starts_with("//!") {
        wrong.push("does not open with `//!`, which says what the file owns".to_owned());
    }
    let lines = source.lines().count();
    if lines > LINES {
        wrong.push(format!("has {lines} lines; {LINES} is the most"));
    }
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let room = stem.split('/').next().unwrap_or_default();
    let tests = stem.ends_with("/tests") || stem.contains("/tests/");
    let code = code(source);
    for path in paths(&code) {
        wrong.extend(import(room, &path));
        if !tests && is_pure(stem) && IMPURE.iter().any(|impure| names(&path, impure)) {
            wrong.push(format!("is pure, and names {path}"));
        }
    }
    if !tests
        && is_pure(stem)
        && code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "async")
    {
        wrong.push("is pure, and has `async` code".to_owned());
    }
    wrong
}

/// What is wrong with this room naming this path.
fn import(room: &str, path: &str) -> Option<String> {
    let mut parts = path.split("::");
    let head = parts.next().unwrap_or_default();
    if let Some((_, owners)) = OWNED.iter().find(|(name, _)| *name == head) {
        let own = owners.contains(&room);
        return (!own).then(|| format!("names {path}; {head} belongs to {}", owners.join(" and ")));
    }
    let other = match head {
        "crate" => parts.next().unwrap_or_default(),
        // `main` sees the library from outside, and is the top.
        _ => return None,
    };
    let known = ROOMS.iter().any(|(name, _)| *name == other);
    let (_, may) = ROOMS.iter().find(|(name, _)| *name == room)?;
    if other == room || !known || may.contains(&other) {
        return None;
    }
    let rank = |wanted: &str| ROOMS.iter().position(|(name, _)| *name == wanted);
    if EVERYONES.contains(&other) && rank(other) < rank(room) {
        return None;
    }
    Some(format!("names {path}; {room} may not use {other}"))
}

fn is_pure(stem: &str) -> bool {
    let within = |folder: &&str| stem == *folder || stem.starts_with(&format!("{folder}/"));
    // `tui.rs` alone is the door; its name is the folder of everything else.
    let performer = PERFORMERS.iter().any(|name| stem == *name || (*name != "tui" && within(name)));
    PURE.iter().any(within) && !performer
}

/// Whether `path` is `prefix` or lies under it.
fn names(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
