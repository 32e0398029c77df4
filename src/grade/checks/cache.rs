//! `cache`: after a change of one file a step still comes from the cache, or runs again, proved by two
//! builds.

use crate::course::model::CacheCheck;
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

pub(super) async fn check(bench: &mut Bench<'_>, wanted: &CacheCheck) -> Verdict {
    let CacheCheck { change, cached, again } = wanted;
    let expected = expectation(wanted);
    let first = match bench.image_for(&expected).await {
        Ok(outcome) => outcome,
        Err(verdict) => return verdict,
    };
    if let Some(text) = cached.iter().chain(again).find(|text| named(&first, text).next().is_none()) {
        return Verdict::fail(expected, format!("no step of the build contains `{text}`")).at("Dockerfile");
    }
    let before = match bench.context().and_then(|context| alter(&context, change)) {
        Ok(before) => before,
        Err(halt) => return halt.verdict(expected),
    };
    bench.say(format!("building again with another {change}"));
    let watch = Watch::new(wanted, bench.cancel.child_token());
    let hear = watch.clone();
    let second = bench.rebuild(move |event| hear.hear(event), watch.stop.clone()).await;
    if let Ok(context) = bench.context()
        && let Some(at) = files::join(&context, change)
    {
        // The next check gets the copy as it was; should that fail, its build says so.
        let _ = fs::write(at, before);
    }
    let seen = watch.ended();
    if let Some(step) = seen.unwanted {
        let because = match seen.cause {
            Some(cause) => format!(", because `{}` before it had to run again", one_line(&cause)),
            None => String::new(),
        };
        let found = format!("with another {change}, `{}` ran again{because}", one_line(&step));
        return Verdict::fail(expected, found).at(bench.place(&step));
    }
    if cached.is_none() && seen.wanted {
        return Verdict::pass(expected, "that, by two builds");
    }
    let second = match second {
        Ok(outcome) => outcome,
        Err(halt) => return halt.verdict(expected),
    };
    if let Some(text) = cached
        && let Some(step) = named(&second, text).find(|step| !step.cached)
    {
        let found = format!("with another {change}, `{}` ran again", one_line(&step.instruction));
        return Verdict::fail(expected, found).at(bench.place(&step.instruction));
    }
    if let Some(text) = again
        && let Some(step) = named(&second, text).find(|step| step.cached)
    {
        let step = &step.instruction;
        let found = format!("with another {change}, `{}` still came from the cache", one_line(step));
        return Verdict::fail(expected, found).at(bench.place(step));
    }
    // All of it from the cache means that the file is not in the image at all, and proves nothing.
    if second.steps.iter().filter(|step| changes_files(step)).all(|step| step.cached) {
        return Verdict::fail(expected, format!("a change of {change} changes nothing in the image"))
            .at(".dockerignore, and what COPY copies");
    }
    Verdict::pass(expected, "that, by two builds")
}

fn expectation(wanted: &CacheCheck) -> String {
    let cached = wanted.cached.as_ref().map(|text| format!("`{text}` comes from the cache"));
    let again = wanted.again.as_ref().map(|text| format!("`{text}` runs again"));
    let both = cached.into_iter().chain(again).collect::<Vec<_>>().join(" and ");
    format!("{both} when only {} has changed", wanted.change)
}

/// Watches the second build: as soon as the verdict is known the rest of the build, minutes perhaps, is
/// spared.
#[derive(Clone)]
struct Watch {
    check: Arc<CacheCheck>,
    stop: CancellationToken,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    names: BTreeMap<usize, String>,
    /// The first step that changes files and did not come from the cache.
    cause: Option<String>,
    /// A step that should have come from the cache and ran.
    unwanted: Option<String>,
    /// Whether the step that has to run again did.
    wanted: bool,
}

impl Watch {
    fn new(check: &CacheCheck, stop: CancellationToken) -> Self {
        Self { check: Arc::new(check.clone()), stop, seen: Arc::default() }
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
        let names = |text: &Option<String>| text.as_ref().is_some_and(|text| name.contains(text));
        if names(&self.check.cached) {
            seen.unwanted.get_or_insert(name);
            self.stop.cancel();
        } else if names(&self.check.again) {
            seen.wanted = true;
            if self.check.cached.is_none() {
                self.stop.cancel();
            }
        } else if done {
            seen.cause.get_or_insert(name);
        }
    }

    /// What was seen, once the build has ended.
    fn ended(&self) -> Seen {
        self.seen().clone()
    }
}

pub(super) fn named<'a>(outcome: &'a BuildOutcome, text: &'a str) -> impl Iterator<Item = &'a StepSummary> {
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

pub(super) fn one_line(instruction: &str) -> String {
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
    replace(&at, path, &after)?;
    Ok(before)
}

/// Puts other bytes in the place of a file of the copy.
pub(super) fn replace(at: &Path, path: &str, bytes: &[u8]) -> Result<(), Halt> {
    // The learner's file may be read-only, and so is its copy then: this is another file.
    fs::remove_file(at)
        .and_then(|()| fs::write(at, bytes))
        .map_err(|error| Halt::Machine(format!("{path} cannot be changed: {error}")))
}
