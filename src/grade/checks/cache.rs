//! `cache`: after a change of one file a step still comes from the cache, proved by two builds.

use crate::engine::{BuildOutcome, StepSummary};
use crate::grade::Verdict;
use crate::grade::bench::{Bench, Halt};
use crate::store::files;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) async fn check(bench: &mut Bench<'_>, change: &str, cached: &str) -> Verdict {
    let expected = format!("`{cached}` comes from the cache when only {change} has changed");
    let first = match bench.image_for(&expected).await {
        Ok(outcome) => outcome,
        Err(verdict) => return verdict,
    };
    if named(&first, cached).next().is_none() {
        return Verdict::fail(expected, format!("no step of the build contains `{cached}`")).at("Dockerfile");
    }
    let before = match bench.context().and_then(|context| alter(&context, change)) {
        Ok(before) => before,
        Err(halt) => return halt.verdict(expected),
    };
    bench.say(format!("building again with another {change}"));
    let second = bench.rebuild().await;
    if let Ok(context) = bench.context()
        && let Some(at) = files::join(&context, change)
    {
        // The next check gets the copy as it was; should that fail, its build says so.
        let _ = fs::write(at, before);
    }
    let second = match second {
        Ok(outcome) => outcome,
        Err(halt) => return halt.verdict(expected),
    };
    if let Some(again) = named(&second, cached).find(|step| !step.cached) {
        let cause = second.steps.iter().find(|step| !step.cached && changes_files(step));
        let because = match cause {
            Some(cause) if cause.name != again.name => {
                format!(", because `{}` before it had to run again", one_line(&cause.instruction))
            }
            _ => String::new(),
        };
        let found = format!("with another {change}, `{}` ran again{because}", one_line(&again.instruction));
        return Verdict::fail(expected, found).at(again.name.clone());
    }
    // All of it from the cache means that the file is not in the image at all, and proves nothing.
    if second.steps.iter().filter(|step| changes_files(step)).all(|step| step.cached) {
        return Verdict::fail(expected, format!("a change of {change} changes nothing in the image"))
            .at(".dockerignore, and what COPY copies");
    }
    Verdict::pass(expected, "that, by two builds")
}

fn named<'a>(outcome: &'a BuildOutcome, text: &'a str) -> impl Iterator<Item = &'a StepSummary> {
    outcome.steps.iter().filter(move |step| step.instruction.contains(text))
}

fn changes_files(step: &StepSummary) -> bool {
    let keyword = step.instruction.split_whitespace().next().unwrap_or_default();
    ["RUN", "COPY", "ADD"].iter().any(|changing| keyword.eq_ignore_ascii_case(changing))
}

fn one_line(instruction: &str) -> String {
    let line = instruction.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::text::sanitise::bounded(&line, 80).into_owned()
}

/// Appends a comment that no build has seen before; answers what the file was.
fn alter(context: &Path, path: &str) -> Result<Vec<u8>, Halt> {
    let missing = |_| Halt::Submission { found: format!("there is no {path}"), look_at: String::new() };
    let at = files::resolve(context, path).map_err(missing)?;
    let before = fs::read(&at).map_err(missing)?;
    let nonce = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let comment = match at.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "js" | "mjs" | "cjs" | "ts" | "go" | "rs" | "java" | "c" | "h" => format!("\n// {nonce}\n"),
        "html" | "xml" | "md" => format!("\n<!-- {nonce} -->\n"),
        "css" => format!("\n/* {nonce} */\n"),
        // No comments there: blanks at the end are the same document and other bytes.
        "json" => "\n".repeat(1 + usize::try_from(nonce % 4096).unwrap_or(0)),
        _ => format!("\n# {nonce}\n"),
    };
    let mut after = before.clone();
    after.extend_from_slice(comment.as_bytes());
    fs::write(&at, after).map_err(|error| Halt::Machine(format!("{path} cannot be changed: {error}")))?;
    Ok(before)
}
