//! `build`: the image, or one stage of it, builds in time, and the builder fetches little for it.

use crate::course::model::BuildCheck;
use crate::grade::Verdict;
use crate::grade::bench::Bench;
use crate::image::human_size;

pub(super) async fn check(bench: &mut Bench<'_>, wanted: &BuildCheck) -> Verdict {
    let what = wanted.target.as_ref().map_or("it".to_owned(), |target| format!("the stage `{target}`"));
    let mut expected = format!("{what} builds within {}", super::seconds(wanted.within));
    if let Some(most) = wanted.context_at_most {
        expected.push_str(&format!(", with at most {} of the build context", human_size(most)));
    }
    let built = match &wanted.target {
        None => bench.image().await,
        Some(target) => bench.stage(target, wanted.within).await,
    };
    let outcome = match built {
        Ok(outcome) => outcome,
        Err(halt) => return halt.verdict(expected),
    };
    let size = human_size(outcome.image.size_bytes);
    let Some(most) = wanted.context_at_most else {
        return Verdict::pass(expected, format!("an image of {size}"));
    };
    let fetched = bench.context_bytes();
    let found = format!("an image of {size}; the builder fetched {} of the context", human_size(fetched));
    if fetched <= most {
        Verdict::pass(expected, found)
    } else {
        Verdict::fail(expected, found).at(".dockerignore")
    }
}
