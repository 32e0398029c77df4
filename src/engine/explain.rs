//! Why a build or a run failed, in plain words: what the builder, the engine or a command said is
//! looked up in tables of what such words usually mean, the thing they are about is named, and what
//! to try is told. Pure but for [`Diagnosis::of`], which reads the files the build was made of.
//!
//! A new failure is a row in `commands` (what commands say), `builder` (what the builder says) or
//! `start` (what the engine says when a container does not start), and a recorded text or a real
//! build in the tests.

mod builder;
mod commands;
mod diagnosis;
mod place;
mod start;

#[cfg(test)]
mod tests;

pub use diagnosis::Diagnosis;
pub use place::instruction_of;

use super::EngineError;
use crate::text::sanitise;
use regex::{Captures, Regex};

/// Characters of a named thing that are told.
const LONGEST_THING: usize = 120;

/// What most likely went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The row of the tables it comes from: `apt-unknown-package`.
    pub cause: &'static str,
    /// What happened, in a sentence that names the thing.
    pub what: String,
    /// What to try, most useful first.
    pub tries: Vec<String>,
}

/// Words that are known, and what they mean.
struct Row {
    cause: &'static str,
    /// Regular expressions on one line; any of them makes it this row.
    said: &'static [&'static str],
    /// What happened; `{1}` is what the first group matched.
    what: &'static str,
    tries: &'static [&'static str],
}

const fn row(
    cause: &'static str,
    said: &'static [&'static str],
    what: &'static str,
    tries: &'static [&'static str],
) -> Row {
    Row { cause, said, what, tries }
}

impl Row {
    /// The explanation, when one of `lines` says so; the last of them that does is the one.
    /// What no group matched is called `thing`.
    fn of<'a>(
        &self,
        lines: impl DoubleEndedIterator<Item = &'a str> + Clone,
        thing: &str,
    ) -> Option<Explanation> {
        let patterns = self.said.iter().filter_map(|said| Regex::new(said).ok());
        for pattern in patterns {
            if let Some(found) = lines.clone().rev().find_map(|line| pattern.captures(line)) {
                let has_thing = !group(&found, 1, thing).is_empty();
                let fits = |text: &&&str| has_thing || !text.contains("{1}");
                return Some(Explanation {
                    cause: self.cause,
                    what: filled(self.what, &found, thing).trim_end_matches([' ', ':']).to_owned(),
                    tries: self.tries.iter().filter(fits).map(|text| filled(text, &found, thing)).collect(),
                });
            }
        }
        None
    }
}

/// What a group matched, or else `thing` for the first.
fn group<'a>(found: &'a Captures<'_>, group: usize, thing: &'a str) -> &'a str {
    let matched = found.get(group).map_or("", |matched| matched.as_str().trim());
    if matched.is_empty() && group == 1 { thing } else { matched }
}

/// `text` with what the groups matched in the place of `{1}` and `{2}`.
fn filled(text: &str, found: &Captures<'_>, thing: &str) -> String {
    (1..=2).fold(text.to_owned(), |text, number| {
        text.replace(&format!("{{{number}}}"), &named(group(found, number, thing)))
    })
}

/// A thing as it may be told: it comes from outside.
fn named(thing: &str) -> String {
    sanitise::bounded(&sanitise::plain(thing.trim()), LONGEST_THING).into_owned()
}

fn said(cause: &'static str, what: String, tries: &[&str]) -> Explanation {
    Explanation { cause, what, tries: tries.iter().map(ToString::to_string).collect() }
}

fn first<'a>(
    rows: &[Row],
    lines: impl DoubleEndedIterator<Item = &'a str> + Clone,
    thing: &str,
) -> Option<Explanation> {
    rows.iter().find_map(|row| row.of(lines.clone(), thing))
}

/// Why a command ended with `exit_code` after saying `lines`.
pub fn command(exit_code: i64, lines: &[String]) -> Option<Explanation> {
    let lines = lines.iter().map(String::as_str);
    first(commands::ROWS, lines, "").or_else(|| by_code(exit_code))
}

/// Why the builder refused with `message`, when it was about `thing`; empty when that is not known.
pub fn refusal(message: &str, thing: &str) -> Option<Explanation> {
    first(builder::ROWS, message.lines(), thing)
}

/// Why the engine did not start a container.
pub fn not_started(message: &str) -> Option<Explanation> {
    first(start::ROWS, message.lines(), "")
}

/// Why a container that was started ended with `exit_code` after saying `output`.
pub fn ended(exit_code: i64, out_of_memory: bool, output: &[u8]) -> Option<Explanation> {
    if out_of_memory {
        return Some(said(
            "out-of-memory",
            "it used more memory than its limit and was killed".into(),
            &["find what needs so much; a runtime's own limit (--max-old-space-size, GOMEMLIMIT) helps"],
        ));
    }
    if exit_code == 0 {
        return None;
    }
    let output = String::from_utf8_lossy(output);
    let lines: Vec<&str> = output.lines().collect();
    let last = lines[lines.len().saturating_sub(40)..].iter().copied();
    first(start::OUTPUT, last.clone(), "")
        .or_else(|| first(commands::ROWS, last, ""))
        .or_else(|| by_code(exit_code))
}

impl EngineError {
    /// Why, as far as the words alone tell.
    pub fn explanation(&self) -> Option<Explanation> {
        match self {
            Self::Lost(_) => Some(Explanation {
                cause: "engine-lost",
                what: "the engine stopped or was restarted while it worked; nothing is wrong with the files"
                    .into(),
                tries: self.hints(),
            }),
            Self::NoSpace(message) => refusal(message, ""),
            _ => None,
        }
    }
}

/// What an exit code alone says.
fn by_code(exit_code: i64) -> Option<Explanation> {
    Some(match exit_code {
        126 => said(
            "not-executable",
            "126: the file is there but cannot be executed".into(),
            &[
                "give it the right: `chmod +x`, or COPY --chmod=755",
                "its first line must name an interpreter",
            ],
        ),
        127 => said(
            "command-not-found",
            "127: there is no such command in the image".into(),
            &["install it in an earlier step, or check the spelling and PATH"],
        ),
        137 => said(
            "killed",
            "137: it was killed, most often for lack of memory".into(),
            &["give the engine more memory, or do less at once (fewer parallel jobs)"],
        ),
        139 => said(
            "crashed",
            "139: it crashed (segmentation fault)".into(),
            &["a binary for another C library (glibc on Alpine's musl) or another processor does that"],
        ),
        143 => said("terminated", "143: it was asked to stop (SIGTERM) and did".into(), &[]),
        _ => return None,
    })
}
