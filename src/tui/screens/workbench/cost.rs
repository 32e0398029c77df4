//! The cost gutter: what each instruction added to the image and how long it took in the last
//! build, and which instructions the edits since then make run again. What is not certain is not
//! shown.

use crate::dockerfile::{self, Dockerfile, Instruction};
use crate::engine::{BuildOutcome, StepSummary};
use crate::text::LineIndex;
use crate::tui::editor::GutterCell;
use crate::tui::theme::Role;
use std::collections::BTreeMap;

/// A build that succeeded, and the files it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// Texts by path.
    pub texts: BTreeMap<String, String>,
    /// What came of it.
    pub outcome: BuildOutcome,
}

/// An instruction in the words that builders use for it: continuation lines joined, comments inside
/// gone, blanks collapsed, keyword in capitals.
pub fn normalised(source: &str) -> String {
    let mut words = String::new();
    for line in source.lines() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let line = line.strip_suffix('\\').unwrap_or(line);
        words.push_str(line);
        words.push(' ');
    }
    let mut words = words.split_whitespace();
    let keyword = words.next().unwrap_or_default().to_uppercase();
    words.fold(keyword, |text, word| text + " " + word)
}

/// One cell a line for the Dockerfile `now`.
pub fn gutter(
    built: &Built,
    now: &Dockerfile,
    texts: &BTreeMap<String, String>,
    ascii: bool,
) -> Vec<Option<GutterCell>> {
    let Some(then) = built.texts.get("Dockerfile") else { return Vec::new() };
    let (then, _) = dockerfile::parse(then);
    let runs_again = runs_again(&then, now, &built.texts, texts);
    let costs = costs(&built.outcome.steps, now);
    let index = LineIndex::new(&now.source);
    let mut cells = vec![None; index.lines()];
    for ((instruction, again), cost) in now.instructions.iter().zip(runs_again).zip(costs) {
        let line = index.line(instruction.span.start) - 1;
        cells[line] = cell(cost, again, ascii);
    }
    cells
}

fn cell(cost: Option<&StepSummary>, again: bool, ascii: bool) -> Option<GutterCell> {
    let (size, seconds) = match cost {
        Some(step) => (step.size_bytes.map_or(String::new(), megabytes), seconds(step)),
        None if again => (String::new(), String::new()),
        None => return None,
    };
    let sign = match (again, ascii) {
        (false, _) => "   ",
        (true, false) => " ↻ ",
        (true, true) => " ^ ",
    };
    let seconds_role = if cost.is_some_and(|step| step.cached) { Role::Success } else { Role::Muted };
    let cell = GutterCell::new(format!("{size:>5}"), Role::Text).and(format!(" {seconds:>5}"), seconds_role);
    Some(cell.and(sign, Role::Warning))
}

fn megabytes(bytes: u64) -> String {
    let mb = bytes as f64 / 1e6;
    if bytes == 0 {
        "0".to_owned()
    } else if mb < 9.95 {
        format!("{mb:.1}")
    } else {
        format!("{mb:.0}")
    }
}

fn seconds(step: &StepSummary) -> String {
    if step.cached { "cache".to_owned() } else { format!("{:.1}", step.millis as f64 / 1e3) }
}

/// The step of each instruction, where exactly one has its words.
fn costs<'a>(steps: &'a [StepSummary], now: &Dockerfile) -> Vec<Option<&'a StepSummary>> {
    let mut by_words: BTreeMap<String, Vec<&StepSummary>> = BTreeMap::new();
    for step in steps.iter().filter(|step| !step.instruction.is_empty()) {
        by_words.entry(step_words(&step.instruction)).or_default().push(step);
    }
    now.instructions
        .iter()
        .map(|instruction| {
            let words = step_words(&words_of(instruction, now));
            match by_words.get(&words).map(Vec::as_slice) {
                Some([only]) => Some(*only),
                // Several steps with the same words: which of them is this one cannot be told.
                _ => None,
            }
        })
        .collect()
}

/// Builders write a base image in full and without the stage's name: only the image's own name and
/// tag are compared.
fn step_words(instruction: &str) -> String {
    let words = normalised(instruction);
    let Some(from) = words.strip_prefix("FROM ") else { return words };
    let image = from.split(' ').find(|word| !word.starts_with("--")).unwrap_or_default();
    let image = image.split('@').next().unwrap_or_default();
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    format!("FROM {}", image.strip_prefix("library/").unwrap_or(image))
}

fn words_of(instruction: &Instruction, tree: &Dockerfile) -> String {
    normalised(instruction.span.of(&tree.source))
}

/// For each instruction of `now` whether a build would have to run it, as far as the texts tell.
fn runs_again(
    then: &Dockerfile,
    now: &Dockerfile,
    texts_then: &BTreeMap<String, String>,
    texts_now: &BTreeMap<String, String>,
) -> Vec<bool> {
    let changed: Vec<&str> = texts_now
        .iter()
        .filter(|(path, text)| texts_then.get(*path) != Some(text))
        .map(|(path, _)| path.as_str())
        .chain(texts_then.keys().filter(|path| !texts_now.contains_key(*path)).map(String::as_str))
        .filter(|path| !matches!(*path, "Dockerfile" | ".dockerignore"))
        .collect();
    let before: Vec<Vec<String>> = stages(then);
    let mut out = Vec::with_capacity(now.instructions.len());
    for (at, stage) in stages(now).iter().enumerate() {
        // A stage that was moved is compared with one that begins with the same words.
        let old = before.get(at).filter(|old| old.first() == stage.first());
        let old = old.or_else(|| before.iter().find(|old| old.first() == stage.first()));
        let mut again = false;
        for (position, words) in stage.iter().enumerate() {
            again |= old.and_then(|old| old.get(position)) != Some(words) || copies_any(words, &changed);
            out.push(again);
        }
    }
    out
}

/// The words of the instructions of each stage; what stands before the first FROM is with it.
fn stages(tree: &Dockerfile) -> Vec<Vec<String>> {
    let mut stages: Vec<Vec<String>> = vec![Vec::new()];
    for instruction in &tree.instructions {
        let begun = stages.last().is_some_and(|stage| stage.iter().any(|words| words.starts_with("FROM ")));
        if instruction.keyword == "FROM" && begun {
            stages.push(Vec::new());
        }
        if let Some(stage) = stages.last_mut() {
            stage.push(words_of(instruction, tree));
        }
    }
    stages
}

/// Whether a COPY or ADD from the context names one of the files.
fn copies_any(words: &str, files: &[&str]) -> bool {
    let mut parts = words.split(' ');
    if !matches!(parts.next(), Some("COPY" | "ADD")) || words.contains(" --from=") {
        return false;
    }
    let mut sources: Vec<&str> = parts.filter(|part| !part.starts_with("--")).collect();
    sources.pop();
    sources.iter().any(|source| {
        let source = source.trim_matches(['[', '"', ',', ']']).trim_start_matches("./").trim_end_matches('/');
        files.iter().any(|file| {
            matches!(source, "" | "." | "*") || *file == source || file.starts_with(&format!("{source}/"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_read_as_builders_write_them() {
        let source = "run apt-get update \\\n    # why\n    && apt-get install -y  curl";
        assert_eq!(normalised(source), "RUN apt-get update && apt-get install -y curl");
    }

    #[test]
    fn a_base_image_is_known_by_its_short_name() {
        assert_eq!(step_words("FROM docker.io/library/python:3.12@sha256:abc"), "FROM python:3.12");
        assert_eq!(step_words("from --platform=linux/amd64 python:3.12 AS build"), "FROM python:3.12");
    }

    #[test]
    fn a_copy_runs_again_when_what_it_copies_changed() {
        assert!(copies_any("COPY . /app", &["main.py"]));
        assert!(copies_any("COPY --chown=app requirements.txt main.py /app/", &["main.py"]));
        assert!(copies_any("ADD ./src/ /app", &["src/a.py"]));
        assert!(!copies_any("COPY --from=builder . /app", &["main.py"]));
        assert!(!copies_any("COPY requirements.txt .", &["main.py"]));
        assert!(!copies_any("RUN cat main.py", &["main.py"]));
    }

    #[test]
    fn bytes_and_seconds_fit_their_columns() {
        assert_eq!(["0", "0.1", "240", "1020"], [0, 100_000, 240_000_000, 1_020_000_000].map(megabytes)[..]);
    }
}
