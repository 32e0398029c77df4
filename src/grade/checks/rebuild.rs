//! `rebuild`: how much time warm caches spare when a file changes, measured by two builds.
//!
//! The first build finds nothing: its cache mounts lie in a namespace that nobody has used, and no layer is
//! taken from an earlier build. The second one, after the change, finds what the first has left.

use super::cache::{named, one_line, replace};
use crate::course::model::RebuildCheck;
use crate::engine::BuildOutcome;
use crate::grade::Verdict;
use crate::grade::bench::{Bench, Halt};
use crate::store::files;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) async fn check(bench: &mut Bench<'_>, wanted: &RebuildCheck) -> Verdict {
    let expected = expectation(wanted);
    if !bench.engine.info().buildkit {
        return Verdict::not_run(
            expected,
            "only BuildKit keeps caches between builds, and this engine has none",
        );
    }
    let copy = bench.staged().await;
    let (at, before, after) = match copy.and_then(|context| changed(&context, wanted)) {
        Ok(change) => change,
        Err(halt) => return halt.verdict(expected),
    };
    let measured = measure(bench, wanted, &at, &after).await;
    // The next check gets the copy as it was; should that fail, its build says so.
    let _ = replace(&at, &wanted.file, &before);
    match measured {
        Ok((cold, Some(warm))) => judge(bench, wanted, expected, &cold, &warm),
        Ok((_, None)) => {
            let step = wanted.step.as_deref().unwrap_or_default();
            Verdict::fail(expected, format!("no step of the build contains `{step}`")).at("Dockerfile")
        }
        Err(halt) => bench.without_image(halt, &expected),
    }
}

/// The build with empty caches, and the one after the change; without the step that is timed there is no
/// second one.
async fn measure(
    bench: &mut Bench<'_>,
    wanted: &RebuildCheck,
    at: &Path,
    after: &[u8],
) -> Result<(BuildOutcome, Option<BuildOutcome>), Halt> {
    let nonce = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let namespace = format!("graded-{}-{nonce}", std::process::id());
    bench.say("building with empty caches");
    let cold = bench.build_in(&namespace, true).await?;
    if wanted.step.as_ref().is_some_and(|text| named(&cold, text).next().is_none()) {
        return Ok((cold, None));
    }
    replace(at, &wanted.file, after)?;
    bench.say(format!("building again with {} in {}", wanted.with, wanted.file));
    let warm = bench.build_in(&namespace, false).await?;
    Ok((cold, Some(warm)))
}

fn judge(
    bench: &Bench<'_>,
    wanted: &RebuildCheck,
    expected: String,
    cold: &BuildOutcome,
    warm: &BuildOutcome,
) -> Verdict {
    let step = wanted.step.as_deref();
    let first = warm.steps.iter().find(|seen| step.is_some_and(|text| seen.instruction.contains(text)));
    let place = first.map(|seen| bench.place(&seen.instruction)).unwrap_or_default();
    // What comes from the layer cache has not met the change, and its speed proves nothing.
    let untouched = match step {
        Some(text) => named(warm, text).all(|step| step.cached),
        None => warm.steps.iter().filter(|step| step.index > 1).all(|step| step.cached),
    };
    if untouched {
        let what = first.map_or("the build".to_owned(), |seen| format!("`{}`", one_line(&seen.instruction)));
        let found = format!(
            "{what} was taken from an earlier build: it keeps no cache, or the change is not its concern"
        );
        return Verdict::fail(expected, found).at(place);
    }
    let (cold, warm) = (millis(cold, step), millis(warm, step).max(1));
    let found = format!(
        "{} with empty caches, {} with those of the build before: {:.1} times faster",
        seconds(cold),
        seconds(warm),
        ratio(cold, warm)
    );
    if cold >= warm.saturating_mul(u64::from(wanted.times)) {
        Verdict::pass(expected, found)
    } else {
        Verdict::fail(expected, found).at(place)
    }
}

fn expectation(wanted: &RebuildCheck) -> String {
    let what = wanted.step.as_ref().map_or("the build".to_owned(), |step| format!("`{step}`"));
    format!(
        "{what} is at least {} times faster with warm caches, when `{}` in {} becomes `{}`",
        wanted.times, wanted.replace, wanted.file, wanted.with
    )
}

/// The file that changes: where it is, its bytes, and those after the change.
fn changed(context: &Path, wanted: &RebuildCheck) -> Result<(PathBuf, Vec<u8>, Vec<u8>), Halt> {
    let wrong = |found: String| Halt::Submission { found, look_at: wanted.file.clone() };
    let missing = |_| wrong(format!("there is no {}", wanted.file));
    let at = files::resolve(context, &wanted.file).map_err(missing)?;
    let before = std::fs::read(&at).map_err(|_| wrong(format!("there is no {}", wanted.file)))?;
    let text = std::str::from_utf8(&before).unwrap_or_default();
    if !text.contains(&wanted.replace) {
        return Err(wrong(format!("{} no longer holds `{}`", wanted.file, wanted.replace)));
    }
    let after = text.replacen(&wanted.replace, &wanted.with, 1).into_bytes();
    Ok((at, before, after))
}

/// Time of the steps that are meant.
fn millis(outcome: &BuildOutcome, step: Option<&str>) -> u64 {
    step.map_or(outcome.millis, |text| named(outcome, text).map(|step| step.millis).sum())
}

fn ratio(cold: u64, warm: u64) -> f64 {
    let float = |millis: u64| f64::from(u32::try_from(millis).unwrap_or(u32::MAX));
    float(cold) / float(warm)
}

fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
}
