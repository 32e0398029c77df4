//! `ecr`: a repository as the script has left it, and what a lifecycle policy does to images.

use crate::course::model::script::{EcrCheck, PolicyCheck, PolicyImage};
use crate::grade::Verdict;
use crate::grade::script::{Performed, Repository, Scenario, Stage};
use crate::grade::submission::Submission;
use crate::practice::lifecycle::{self, Action, Candidate, DAY};
use crate::practice::{ACCOUNT, Moment, matches};

/// Severities of findings, worst first.
const SEVERITIES: [&str; 4] = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];
/// Lines of output and findings that a failure shows.
const TAIL: usize = 6;

/// The verdict over a policy in a file, which needs no run.
pub(super) fn check_file(submission: &Submission, wanted: &EcrCheck) -> Option<Verdict> {
    let policy = wanted.policy.as_ref()?;
    let file = policy.file.as_ref()?;
    let expected = expectation(wanted, &[]);
    Some(match submission.text(file) {
        Ok(text) => match judge_policy(&text, policy) {
            Ok(seen) => Verdict::pass(expected, seen),
            Err(found) => Verdict::fail(expected, found).at(file),
        },
        Err(found) => Verdict::fail(expected, found).at(file),
    })
}

pub(super) async fn check(stage: &mut Stage<'_>, wanted: &EcrCheck) -> Verdict {
    let scenario = Scenario { environment: wanted.environment.clone(), ..Scenario::default() };
    let performed = match stage.perform(&scenario).await {
        Ok(performed) => performed,
        Err(halt) => return halt.verdict(expectation(wanted, &wanted.tags)),
    };
    let tags: Vec<String> = wanted.tags.iter().map(|tag| named(tag, &performed)).collect();
    let expected = expectation(wanted, &tags);
    match judge(&performed, wanted, &tags) {
        Ok(seen) => Verdict::pass(expected, seen.join("; ")),
        Err(found) => {
            let look_at = match performed.first.code {
                Some(0) => String::new(),
                _ => format!("the script did not succeed:\n{}", performed.first.tail(TAIL)),
            };
            Verdict::fail(expected, found).at(look_at)
        }
    }
}

/// A tag with its variables put in; of the commit its first seven digits.
fn named(tag: &str, performed: &Performed) -> String {
    performed.names.iter().fold(tag.to_owned(), |tag, (name, value)| {
        let value = if name == "commit" { value.get(..7).unwrap_or(value) } else { value };
        tag.replace(&format!("{{{name}}}"), value)
    })
}

/// The digest of a tag; any abbreviation of the commit does for the commit.
fn digest<'a>(repository: &'a Repository, tag: &str, performed: &Performed) -> Option<&'a String> {
    let commit = performed.names.get("commit").map(String::as_str).unwrap_or_default();
    repository.tags.get(tag).or_else(|| {
        let short = commit.get(..7).filter(|short| !short.is_empty() && tag.contains(short))?;
        let (before, after) = tag.split_once(short)?;
        let fits = |known: &&String| {
            let middle = known.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            middle.is_some_and(|middle| middle.len() >= 7 && commit.starts_with(middle))
        };
        repository.tags.keys().find(fits).and_then(|known| repository.tags.get(known))
    })
}

fn judge(performed: &Performed, wanted: &EcrCheck, tags: &[String]) -> Result<Vec<String>, String> {
    let repositories = &performed.after.repositories;
    let name = &wanted.repository;
    let Some(repository) = repositories.get(name) else {
        let there: Vec<&str> = repositories.keys().map(String::as_str).collect();
        return Err(match there.as_slice() {
            [] => format!("there is no repository {name}, and no other"),
            others => format!("there is no repository {name}; there is {}", others.join(", ")),
        });
    };
    let mut seen = Vec::new();
    if wanted.immutable {
        immutable(repository, &wanted.movable)?;
        seen.push(format!("imageTagMutability {}", repository.mutability));
    }
    if wanted.scan_on_push {
        if !repository.scan_on_push {
            return Err("scanOnPush is false".into());
        }
        seen.push("scanOnPush true".into());
    }
    let no_tags: Vec<String> = wanted.no_tags.iter().map(|tag| named(tag, performed)).collect();
    if let Some(tag) = no_tags.iter().find(|tag| repository.tags.contains_key(*tag)) {
        return Err(format!("there is a tag {tag}"));
    }
    if !tags.is_empty() {
        seen.push(one_image(performed, repository, wanted, tags)?);
    } else if !wanted.no_tags.is_empty() {
        if repository.images.is_empty() {
            return Err("there is no image at all".into());
        }
        seen.push(format!("no tag {}", no_tags.join(", ")));
    }
    if let Some(bound) = &wanted.findings_below {
        seen.push(findings(performed, repository, bound, tags)?);
    }
    if let Some(policy) = &wanted.policy {
        let text = repository.policy.as_deref().ok_or("the repository has no lifecycle policy")?;
        seen.push(judge_policy(text, policy)?);
    }
    Ok(seen)
}

fn immutable(repository: &Repository, movable: &[String]) -> Result<(), String> {
    let told = match repository.exclusions.as_slice() {
        [] => repository.mutability.clone(),
        filters => format!("{} with the filters {}", repository.mutability, filters.join(", ")),
    };
    let excluded = |tag: &str| repository.exclusions.iter().any(|filter| matches(filter, tag));
    if !repository.mutability.starts_with("IMMUTABLE") {
        return Err(format!("imageTagMutability is {told}"));
    }
    if let Some(tag) = movable.iter().find(|tag| !excluded(tag)) {
        return Err(format!("imageTagMutability is {told}: {tag} could not be moved"));
    }
    if let Some(tag) = repository.tags.keys().find(|tag| excluded(tag) && !movable.contains(tag)) {
        return Err(format!("imageTagMutability is {told}: {tag} can still be moved"));
    }
    Ok(())
}

/// All the tags stand on one image.
fn one_image(
    performed: &Performed,
    repository: &Repository,
    wanted: &EcrCheck,
    tags: &[String],
) -> Result<String, String> {
    let mut first: Option<(&str, &String)> = None;
    for tag in tags {
        let Some(digest) = digest(repository, tag, performed) else {
            let there: Vec<&str> = repository.tags.keys().map(String::as_str).collect();
            let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
            return Err(format!("there is no tag {tag}; the tags are: {there}"));
        };
        match first {
            None => first = Some((tag, digest)),
            Some((_, other)) if other == digest => {}
            Some((other, _)) => return Err(format!("{other} and {tag} are two different images")),
        }
    }
    if let (Some(source), Some((tag, digest))) = (&wanted.same_as, first) {
        let before = performed.before.repositories.get(&wanted.repository);
        let tested = before.and_then(|before| before.tags.get(source));
        if tested != Some(digest) {
            return Err(format!("{tag} is another image than the one that {source} was"));
        }
    }
    Ok(format!("{} on one image", tags.join(" and ")))
}

fn findings(
    performed: &Performed,
    repository: &Repository,
    bound: &str,
    tags: &[String],
) -> Result<String, String> {
    let digests: Vec<&String> = match tags {
        [] => repository.images.iter().collect(),
        tags => tags.iter().filter_map(|tag| digest(repository, tag, performed)).collect(),
    };
    if digests.is_empty() {
        return Err("there is no image at all".into());
    }
    let worst = SEVERITIES.iter().position(|known| *known == bound).unwrap_or(SEVERITIES.len());
    for digest in digests {
        let found = match repository.findings.get(digest) {
            Some(Ok(found)) => found,
            Some(Err(why)) => return Err(format!("the scan of {}: {why}", &digest[..digest.len().min(19)])),
            None => return Err("the image was not scanned".into()),
        };
        let bad: Vec<String> = found
            .iter()
            .filter(|finding| SEVERITIES[..=worst.min(3)].contains(&finding.severity.as_str()))
            .map(|finding| format!("{} {}", finding.severity, finding.told))
            .collect();
        if !bad.is_empty() {
            return Err(bad.into_iter().take(TAIL).collect::<Vec<_>>().join("\n"));
        }
    }
    Ok(format!("no finding of severity {bound} or worse that has a fix"))
}

fn judge_policy(text: &str, wanted: &PolicyCheck) -> Result<String, String> {
    let policy = lifecycle::parse(text).map_err(|error| error.to_string())?;
    // Any hour will do, as long as the oldest image is younger than time itself.
    let now = Moment::of_seconds(40_000 * DAY);
    let candidate = |(number, image): (usize, &PolicyImage)| Candidate {
        digest: format!("sha256:{number:064x}"),
        tags: image.tags.clone(),
        // Half a day older, so that no age is on the very edge.
        pushed_at: now.earlier(u64::from(image.days) * DAY + DAY / 2),
        pulled_at: None,
        archived_at: None,
        activated_at: None,
        children: Vec::new(),
        subject: None,
    };
    let images: Vec<Candidate> = wanted.images.iter().enumerate().map(candidate).collect();
    let verdicts = lifecycle::evaluate(&policy, &images, now);
    let mut wrong = Vec::new();
    for (image, verdict) in wanted.images.iter().zip(&verdicts) {
        let expires = matches!(verdict.done, Some((Action::Expire, _)));
        if expires != image.expires {
            let fate = if expires { "would expire" } else { "would stay" };
            wrong.push(format!("{} {fate} ({})", shown(image), verdict.reason));
        }
    }
    if wrong.is_empty() {
        let gone = wanted.images.iter().filter(|image| image.expires).count();
        return Ok(format!("of {} images {gone} would expire, the right ones", wanted.images.len()));
    }
    let more = wrong.len().saturating_sub(TAIL);
    wrong.truncate(TAIL);
    if more > 0 {
        wrong.push(format!("and {more} more"));
    }
    Err(wrong.join("\n"))
}

fn shown(image: &PolicyImage) -> String {
    let age = match image.days {
        0 => "pushed today".to_owned(),
        1 => "pushed yesterday".to_owned(),
        days => format!("{days} days old"),
    };
    match image.tags.as_slice() {
        [] => format!("an untagged image, {age},"),
        tags => format!("{}, {age},", tags.join(" and ")),
    }
}

fn expectation(wanted: &EcrCheck, tags: &[String]) -> String {
    let mut parts = Vec::new();
    if wanted.immutable {
        parts.push(match wanted.movable.as_slice() {
            [] => "immutable tags".to_owned(),
            movable => format!("immutable tags, but for those like {}", movable.join(", ")),
        });
    }
    if wanted.scan_on_push {
        parts.push("scan on push".to_owned());
    }
    if !tags.is_empty() {
        let same = wanted.same_as.as_ref().map_or(String::new(), |tag| format!(", the one that {tag} was"));
        parts.push(format!("{} on one image{same}", tags.join(" and ")));
    }
    if !wanted.no_tags.is_empty() {
        parts.push(format!("no tag {}", wanted.no_tags.join(", ")));
    }
    if let Some(bound) = &wanted.findings_below {
        parts.push(format!("no finding of severity {bound} or worse that has a fix"));
    }
    if let Some(policy) = &wanted.policy {
        let gone = policy.images.iter().filter(|image| image.expires);
        let gone: Vec<String> = gone.map(|image| shown(image).trim_end_matches(',').to_owned()).collect();
        parts.push(match gone.as_slice() {
            [] => "a lifecycle policy by which every image stays".to_owned(),
            gone => format!("a lifecycle policy that expires {}, and nothing else", gone.join("; ")),
        });
    }
    let registry = if wanted.repository.is_empty() { ACCOUNT } else { &wanted.repository };
    format!("in {registry}: {}", parts.join("; "))
}
