//! `build`: the image, or one stage of it, builds in time, and the builder fetches little for it.

use crate::course::model::BuildCheck;
use crate::grade::Verdict;
use crate::grade::bench::{Bench, Halt};
use crate::image::human_size;

pub(super) async fn check(bench: &mut Bench<'_>, wanted: &BuildCheck) -> Verdict {
    let what = wanted.target.as_ref().map_or("it".to_owned(), |target| format!("the stage `{target}`"));
    let mut expected = format!("{what} builds within {}", super::seconds(wanted.within));
    if let Some(most) = wanted.context_at_most {
        expected.push_str(&format!(", with at most {} of the build context", human_size(most)));
    }
    if wanted.only_with_secrets {
        expected.push_str(", and not without its secrets");
    }
    let built = match &wanted.target {
        None => bench.image().await,
        Some(target) => bench.stage(target, wanted.within).await,
    };
    let outcome = match built {
        Ok(outcome) => outcome,
        Err(halt) => return halt.verdict(expected),
    };
    let mut found = format!("an image of {}", human_size(outcome.image.size_bytes));
    if let Some(most) = wanted.context_at_most {
        let fetched = bench.context_bytes();
        found.push_str(&format!("; the builder fetched {} of the context", human_size(fetched)));
        if fetched > most {
            return Verdict::fail(expected, found).at(".dockerignore");
        }
    }
    if wanted.only_with_secrets {
        bench.say("building without the secrets, which must fail");
        match bench.without_secrets().await {
            Ok(()) => {
                found.push_str(", and without the secrets as well: so it has them from somewhere else");
                return Verdict::fail(expected, found).at("Dockerfile");
            }
            Err(Halt::Submission { .. }) => found.push_str("; without its secrets it fails, as it should"),
            Err(halt) => return halt.verdict(expected),
        }
    }
    Verdict::pass(expected, found)
}
