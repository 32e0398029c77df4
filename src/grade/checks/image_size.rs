//! `image_size`: a bound for the image, absolute or against the start built on the same machine.

use crate::course::model::SizeLimit;
use crate::grade::Verdict;
use crate::grade::bench::{Bench, Size};
use crate::image::human_size;

pub(super) async fn check(bench: &mut Bench<'_>, limit: SizeLimit) -> Verdict {
    let wanted = match limit {
        SizeLimit::Bytes(most) => format!("at most {}", human_size(most)),
        SizeLimit::SmallerThanStartBy(share) => format!("at least {} smaller than the start", percent(share)),
        SizeLimit::AddedSmallerThanStartBy(share) => {
            format!("at least {} less above the base image than the start adds", percent(share))
        }
    };
    let outcome = match bench.image_for(&wanted).await {
        Ok(outcome) => outcome,
        Err(verdict) => return verdict,
    };
    let own = Size::of(&outcome);
    let share = match limit {
        SizeLimit::Bytes(most) => return verdict(own.whole, most, wanted, human_size(own.whole)),
        SizeLimit::SmallerThanStartBy(share) | SizeLimit::AddedSmallerThanStartBy(share) => share,
    };
    let above_base = matches!(limit, SizeLimit::AddedSmallerThanStartBy(_));
    let start = match bench.start(above_base).await {
        Ok(start) => start,
        Err(halt) => return halt.verdict(wanted),
    };
    let (size, reference) = if above_base {
        match (own.added, start.added) {
            (Some(own), Some(start)) => (own, start),
            _ => return Verdict::not_run(wanted, "the builder does not tell what the base image takes"),
        }
    } else {
        (own.whole, start.whole)
    };
    let most = (reference as f64 * (1.0 - share)) as u64;
    let what = if above_base { "the start adds" } else { "the start has" };
    let expected = format!(
        "at most {} ({} less than the {} {what})",
        human_size(most),
        percent(share),
        human_size(reference)
    );
    let found = if size.abs_diff(reference) < reference / 1000 {
        format!("{}, as large as the start", human_size(size))
    } else if size < reference {
        format!(
            "{}, {} less than the start",
            human_size(size),
            percent(1.0 - size as f64 / reference.max(1) as f64)
        )
    } else {
        format!("{}, more than the start", human_size(size))
    };
    let largest = outcome
        .steps
        .iter()
        .filter(|step| step.size_bytes.is_some())
        .max_by_key(|step| step.size_bytes)
        .map(|step| format!("{} of it: {}", human_size(step.size_bytes.unwrap_or(0)), step.instruction));
    verdict(size, most, expected, found).at_if_failed(largest.unwrap_or_default())
}

fn verdict(size: u64, most: u64, expected: String, found: String) -> Verdict {
    if size <= most { Verdict::pass(expected, found) } else { Verdict::fail(expected, found) }
}

/// `80 %`, rounded down, so that 79.6 % never reads as 80 %.
fn percent(share: f64) -> String {
    format!("{} %", ((share + 1e-9) * 1000.0).floor() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_never_rounded_up() {
        assert_eq!([0.8, 0.79999, 0.7967, 1.0].map(percent), ["80 %", "79.9 %", "79.6 %", "100 %"]);
    }
}
