//! `build`: the image builds, in time.

use crate::grade::Verdict;
use crate::grade::bench::Bench;
use crate::image::human_size;
use std::time::Duration;

pub(super) async fn check(bench: &mut Bench<'_>, within: Duration) -> Verdict {
    let expected = format!("it builds within {}", super::seconds(within));
    match bench.image().await {
        Ok(outcome) => {
            Verdict::pass(expected, format!("an image of {}", human_size(outcome.image.size_bytes)))
        }
        Err(halt) => halt.verdict(expected),
    }
}
