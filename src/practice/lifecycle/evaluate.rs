//! A policy and a repository's images → what happens to each, and why.

use super::DAY;
use super::policy::{Action, Count, Policy, Rule, StorageClass, Tags};
use crate::practice::Moment;
use crate::practice::store::matches_wildcard;
use std::collections::{HashMap, HashSet};

/// What a policy looks at in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Digest of its manifest.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: Moment,
    /// When it was last pulled.
    pub pulled_at: Option<Moment>,
    /// When it came into the archive, where it is now.
    pub archived_at: Option<Moment>,
    /// When it was last brought back from the archive.
    pub activated_at: Option<Moment>,
    /// Digests that it names, being an index.
    pub children: Vec<String>,
    /// Digest of the image that it is about, being a referrer.
    pub subject: Option<String>,
}

impl Candidate {
    fn storage(&self) -> StorageClass {
        if self.archived_at.is_some() { StorageClass::Archive } else { StorageClass::Standard }
    }

    /// When its age begins.
    fn born(&self) -> Moment {
        self.activated_at.unwrap_or(self.pushed_at)
    }

    /// When it was last used, as far as rules about pulls go.
    fn used(&self) -> Moment {
        let since = self.born();
        self.pulled_at.filter(|pulled| *pulled >= since).unwrap_or(since)
    }
}

/// What happens to one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The image.
    pub digest: String,
    /// What is done, and the priority of the rule that does it; `None` when the image stays.
    pub done: Option<(Action, u32)>,
    /// Why, in one sentence.
    pub reason: String,
}

/// What the policy does at `now`, for each of `images` in their order.
pub fn evaluate(policy: &Policy, images: &[Candidate], now: Moment) -> Vec<Verdict> {
    let here: HashSet<&str> = images.iter().map(|image| image.digest.as_str()).collect();
    let indexes: HashMap<&str, &str> = images
        .iter()
        .flat_map(|index| index.children.iter().map(|child| (child.as_str(), index.digest.as_str())))
        .collect();
    let mut verdicts: Vec<Verdict> = images
        .iter()
        .map(|image| Verdict {
            digest: image.digest.clone(),
            done: None,
            reason: "no rule selects it".to_owned(),
        })
        .collect();
    // The first rule that selects an image, and with it the only one that may act on it.
    let mut owner: Vec<Option<u32>> = vec![None; images.len()];
    for (image, verdict) in images.iter().zip(&mut verdicts) {
        if let Some(about) = subject(image, &here) {
            verdict.reason = format!("it is about {}, and goes when that goes", short(about));
        }
    }
    for rule in &policy.rules {
        let mut selected: Vec<usize> = (0..images.len())
            .filter(|at| subject(&images[*at], &here).is_none() && selects(rule, &images[*at]))
            .collect();
        // Youngest first; equal times by digest, so that an answer is the same every time.
        selected.sort_by(|a, b| {
            let (a, b) = (&images[*a], &images[*b]);
            b.born().cmp(&a.born()).then_with(|| a.digest.cmp(&b.digest))
        });
        let total = selected.len();
        for (rank, at) in selected.into_iter().enumerate() {
            let image = &images[at];
            let (over, why) = weighs(rule.count, image, rank, total, now);
            let verdict = &mut verdicts[at];
            match owner[at] {
                Some(first) if over && verdict.done.is_none() => {
                    verdict.reason.push_str(&format!(
                        "; rule {} would take it, but rule {first} comes first and selects it too",
                        rule.priority
                    ));
                }
                Some(_) => {}
                None => {
                    owner[at] = Some(rule.priority);
                    let why = format!("rule {}: {why}", rule.priority);
                    match indexes.get(image.digest.as_str()) {
                        Some(index) if over && *index != image.digest => {
                            verdict.reason = format!("{why}; but the index {} names it", short(index));
                        }
                        _ => {
                            verdict.reason = why;
                            verdict.done = over.then_some((rule.action, rule.priority));
                        }
                    }
                }
            }
        }
    }
    verdicts
}

/// What the image is about, when that is here.
fn subject<'a>(image: &'a Candidate, here: &HashSet<&str>) -> Option<&'a str> {
    image.subject.as_deref().filter(|subject| here.contains(subject))
}

/// `sha256:` and twelve digits: enough to tell images apart by eye.
fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}

fn selects(rule: &Rule, image: &Candidate) -> bool {
    let every = |wanted: &[String], fits: fn(&str, &str) -> bool| {
        wanted.iter().all(|wanted| image.tags.iter().any(|tag| fits(wanted, tag)))
    };
    rule.storage == image.storage()
        && match &rule.tags {
            Tags::Any => true,
            Tags::Untagged => image.tags.is_empty(),
            Tags::Prefixes(prefixes) => every(prefixes, |prefix, tag| tag.starts_with(prefix)),
            Tags::Patterns(patterns) => every(patterns, matches_wildcard),
        }
}

/// Whether the image, the `rank`th youngest of `total`, is one too many or too old; and in words.
fn weighs(count: Count, image: &Candidate, rank: usize, total: usize, now: Moment) -> (bool, String) {
    let aged = |since: Moment, days: u64, what: &str| {
        let age = now.millis().saturating_sub(since.millis()) / 1000;
        let over = now.is_past(since, days.saturating_mul(DAY));
        let than = if over { "more than" } else { "which is within" };
        (over, format!("{what} {}, {than} {days}", ago(age)))
    };
    match count {
        Count::MoreThan(most) => {
            let over = rank as u64 >= most;
            let place = rank + 1;
            (over, format!("it keeps the newest {most}, and this is number {place} of {total}"))
        }
        Count::DaysSincePushed(days) => aged(image.born(), days, "pushed"),
        Count::DaysSincePulled(days) => match image.pulled_at {
            Some(_) => aged(image.used(), days, "last pulled"),
            None => aged(image.used(), days, "never pulled, and pushed"),
        },
        Count::DaysSinceArchived(days) => aged(image.archived_at.unwrap_or(now), days, "archived"),
    }
}

fn ago(seconds: u64) -> String {
    match seconds / DAY {
        0 => "today".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{days} days ago"),
    }
}
