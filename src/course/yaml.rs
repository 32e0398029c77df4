//! Strict YAML: unknown and duplicate fields, loose booleans, merge keys, bombs and deep nesting
//! are refused, each at its line and column.

use super::model::Problem;
use super::problem;
use serde::de::DeserializeOwned;
use serde_saphyr::{MergeKeyPolicy, Options};

/// Most collections inside each other; a course needs six.
const MAX_DEPTH: usize = 24;

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_events: 50_000,
            max_aliases: 0,
            max_documents: 1,
        },
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    }
}

/// Reads `yaml`, which begins on line `first_line` of `path` whose whole content is `text`.
pub(super) fn read<T: DeserializeOwned>(
    path: &str,
    text: &str,
    yaml: &str,
    first_line: usize,
) -> Result<T, Box<Problem>> {
    serde_saphyr::from_str_with_options(yaml, options()).map_err(|error| {
        let message = message(&error);
        let remedy = nearest(&message).unwrap_or_else(|| remedy(&message).to_owned());
        Box::new(match error.location() {
            Some(place) => {
                let line = place.line() as usize + first_line - 1;
                problem::at(path, text, (line, place.column() as usize), message, remedy)
            }
            None => problem::file(path, message, remedy),
        })
    })
}

/// The reader's words as one sentence, without the place, which a problem carries itself.
fn message(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.rsplit_once(" at line ").map_or(text, |(before, _)| before);
    // The reader speaks to programmers here.
    let text = text.split(", set DuplicateKeyPolicy").next().unwrap_or_default();
    let text = match text.strip_prefix("Budget breached: ").or_else(|| text.strip_prefix("budget breached: "))
    {
        Some(limit) => format!("the limits of a course file are met here ({limit})"),
        None => text.to_owned(),
    };
    let mut text = text.trim_end_matches('.').to_owned();
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    text + "."
}

/// What was probably meant, where a name is one letter or two from one that is known.
fn nearest(message: &str) -> Option<String> {
    if !message.to_lowercase().starts_with("unknown ") {
        return None;
    }
    let (before, listed) = message.split_once(", expected ")?;
    let wrong = before.split('`').nth(1)?;
    let listed = listed.strip_prefix("one of ").unwrap_or(listed).trim_end_matches('.');
    let known: Vec<&str> = listed.split([',', ' ', '`']).filter(|name| !name.is_empty()).collect();
    let near = crate::dockerfile::nearest(wrong, &known)?;
    Some(format!("Did you mean `{near}`? `docker-ecr-tutor course schema` has all names."))
}

fn remedy(message: &str) -> &'static str {
    let message = message.to_lowercase();
    if message.contains("unknown field") || message.contains("unknown variant") {
        "Use one of the names listed; `docker-ecr-tutor course schema` has them all."
    } else if message.contains("missing field") {
        "Add the field; `docker-ecr-tutor course schema` says what it holds."
    } else if message.contains("duplicate") {
        "Keep one of the two."
    } else if ["limit", "depth", "nest"].iter().any(|word| message.contains(word)) {
        "A course file is small and flat, without aliases: simplify it."
    } else {
        "Correct the text at the marker; `docker-ecr-tutor course schema` describes the format."
    }
}
