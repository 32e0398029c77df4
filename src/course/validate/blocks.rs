//! Dockerfiles that stand in a lesson: they parse, and the linter has neither error nor warning for them, unless the
//! fence says that they are meant to be wrong.
//!
//! | behind `dockerfile` | means |
//! | --- | --- |
//! | `broken` | it does not parse, on purpose |
//! | `bad` | it shows what one should not do |
//! | `part` | an excerpt: what stands around it is not shown; so is every block without a `FROM` |

use super::Look;
use crate::course::model::{Lesson, Problem};
use crate::dockerfile::{self, Kind};
use crate::lint::{self, Config, Severity};
use crate::text::LineIndex;

/// Rules that judge what an excerpt leaves out.
const AROUND: &[&str] = &["DL3022", "DL3045", "DL3061"];

/// How a block is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// As a Dockerfile that one may take.
    Whole,
    /// As an excerpt of one.
    Part,
    /// As what one should not do.
    Bad,
}

/// Looks at every fenced `dockerfile` block of a text that begins on line `first`.
pub(super) fn check(look: &Look<'_>, lesson: &Lesson, text: &str, first: usize, problems: &mut Vec<Problem>) {
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let words: Vec<&str> = line.trim_start_matches('`').split_whitespace().collect();
        if !line.starts_with("```") || words.is_empty() {
            continue;
        }
        let code: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
        let says = |word: &str| words[1..].contains(&word);
        if words[0] != "dockerfile" || says("broken") {
            continue;
        }
        let shown = match (says("bad"), says("part")) {
            (true, _) => Shown::Bad,
            (false, true) => Shown::Part,
            (false, false) => Shown::Whole,
        };
        one(look, lesson, &code.join("\n"), first + index + 1, shown, problems);
    }
}

/// Looks at a Dockerfile that stands in a lesson from line `first` on.
pub(super) fn one(
    look: &Look<'_>,
    lesson: &Lesson,
    code: &str,
    first: usize,
    shown: Shown,
    problems: &mut Vec<Problem>,
) {
    let (parsed, errors) = dockerfile::parse(code);
    let index = LineIndex::new(code);
    let mut say = |at: usize, message: String, remedy: &str| {
        let place = index.position(code, at);
        problems.push(look.at(lesson, (first + place.line - 1, place.column), message, remedy));
    };
    let broken = !errors.is_empty();
    for error in errors {
        let remedy = "Correct it, or write ```dockerfile broken if it is meant to be wrong.";
        say(error.span.start, error.message, remedy);
    }
    if broken || shown == Shown::Bad {
        return;
    }
    let whole = parsed.instructions.iter().any(|instruction| matches!(instruction.kind, Kind::From(_)));
    for found in lint::lint(&parsed, &Config::default()) {
        let told = matches!(found.severity, Severity::Error | Severity::Warning);
        let around = (shown == Shown::Part || !whole) && AROUND.contains(&found.code);
        if told && !around {
            let message = format!("The linter says {}: {}", found.code, found.message);
            let remedy = "Mend it; or write ```dockerfile bad if it shows what not to do, ```dockerfile part if it is \
                          an excerpt.";
            say(found.span.start, message, remedy);
        }
    }
}
