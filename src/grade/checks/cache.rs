//! `cache`: after a change of one file a step still comes from the cache, proved by two builds.

use crate::engine::{BuildEvent, BuildOutcome, StepSummary};
use crate::grade::Verdict;
use crate::grade::bench::{Bench, Halt, instruction_of};
use crate::store::files;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

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
    let watch = Watch::new(cached, bench.cancel.child_token());
    let hear = watch.clone();
    let second = bench.rebuild(move |event| hear.hear(event), watch.stop.clone()).await;
    if let Ok(context) = bench.context()
        && let Some(at) = files::join(&context, change)
    {
        // The next check gets the copy as it was; should that fail, its build says so.
        let _ = fs::write(at, before);
    }
    if let Some((again, cause)) = watch.ran_again() {
        let because = match cause {
            Some(cause) => format!(", because `{}` before it had to run again", one_line(&cause)),
            None => String::new(),
        };
        let found = format!("with another {change}, `{}` ran again{because}", one_line(&again));
        return Verdict::fail(expected, found).at(bench.place(&again));
    }
    let second = match second {
        Ok(outcome) => outcome,
        Err(halt) => return halt.verdict(expected),
    };
    if let Some(again) = named(&second, cached).find(|step| !step.cached) {
        let found = format!("with another {change}, `{}` ran again", one_line(&again.instruction));
        return Verdict::fail(expected, found).at(bench.place(&again.instruction));
    }
    // All of it from the cache means that the file is not in the image at all, and proves nothing.
    if second.steps.iter().filter(|step| changes_files(step)).all(|step| step.cached) {
        return Verdict::fail(expected, format!("a change of {change} changes nothing in the image"))
            .at(".dockerignore, and what COPY copies");
    }
    Verdict::pass(expected, "that, by two builds")
}

/// Watches the second build: as soon as the step has to run again the verdict is known, and the rest
/// of the build, minutes perhaps, is spared.
#[derive(Clone)]
struct Watch {
    text: Arc<str>,
    stop: CancellationToken,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    names: BTreeMap<usize, String>,
    /// The first step that changes files and did not come from the cache.
    cause: Option<String>,
    again: Option<String>,
}

impl Watch {
    fn new(text: &str, stop: CancellationToken) -> Self {
        Self { text: text.into(), stop, seen: Arc::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, event: &BuildEvent) {
        let mut seen = self.seen();
        let (step, done) = match event {
            BuildEvent::StepStarted { step, name } => {
                seen.names.insert(*step, instruction_of(name).to_owned());
                return;
            }
            // A step that says something is running, not remembered.
            BuildEvent::StepLog { step, .. } => (step, false),
            BuildEvent::StepDone { step, cached: false, error: None, .. } => (step, true),
            _ => return,
        };
        let Some(name) = seen.names.get(step).cloned().filter(|name| is_change(name)) else { return };
        if name.contains(&*self.text) {
            seen.again.get_or_insert(name);
            self.stop.cancel();
        } else if done {
            seen.cause.get_or_insert(name);
        }
    }

    /// The step that ran again, and the one that made it.
    fn ran_again(&self) -> Option<(String, Option<String>)> {
        let seen = self.seen();
        seen.again.clone().map(|again| (again, seen.cause.clone()))
    }
}

fn named<'a>(outcome: &'a BuildOutcome, text: &'a str) -> impl Iterator<Item = &'a StepSummary> {
    outcome.steps.iter().filter(move |step| step.instruction.contains(text))
}

fn changes_files(step: &StepSummary) -> bool {
    is_change(&step.instruction)
}

fn is_change(instruction: &str) -> bool {
    let keyword = instruction.split_whitespace().next().unwrap_or_default();
    // As written by builders, whatever the Dockerfile's case: what is in small letters is their own.
    ["RUN", "COPY", "ADD"].contains(&keyword)
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
    // The learner's file may be read-only, and so is its copy then: this is another file.
    fs::remove_file(&at)
        .and_then(|()| fs::write(&at, after))
        .map_err(|error| Halt::Machine(format!("{path} cannot be changed: {error}")))?;
    Ok(before)
}
