//! Lifecycle policies: kept, previewed, applied. A policy is applied when it is put, and then once a day
//! of the registry's clock, which exercises may move.

use super::super::lifecycle::{Action, Candidate, DAY, Policy, Verdict, evaluate};
use super::super::store::{Change, Digest, Owner, Repository, StoreError};
use super::super::{ACCOUNT, Moment, Shared};
use super::images::TagStatus;
use super::model::broken;
use super::page::{Page, USUAL};
use super::{ApiError, ImageId, Named, set};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Document of a repository's policy.
const POLICY: &str = "lifecycle-policy";
/// Document of a repository's last preview.
const PREVIEW: &str = "lifecycle-preview";
/// Evaluations that are made up for at most when the clock has moved by many days.
const MOST_ROUNDS: u64 = 10;

/// When all policies were last applied, in seconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Evaluated(AtomicU64);

#[derive(Serialize, Deserialize)]
struct Kept {
    text: String,
    evaluated_at: u64,
}

/// Reads a policy's text.
pub(super) fn parse(text: &str) -> Result<Policy, ApiError> {
    super::super::lifecycle::parse(text).map_err(|error| broken("LifecyclePolicyText", &error.to_string()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Put {
    repository_name: String,
    lifecycle_policy_text: String,
}

pub(super) fn put(shared: &Shared, asked: &Put) -> Result<Value, ApiError> {
    let (name, text) = (&asked.repository_name, &asked.lifecycle_policy_text);
    let policy = parse(text)?;
    keep(shared, name, text)?;
    apply(shared, name, &policy, shared.moment())?;
    Ok(json!({ "registryId": ACCOUNT, "repositoryName": name, "lifecyclePolicyText": text }))
}

/// Keeps a policy that was found good.
pub(super) fn keep(shared: &Shared, name: &str, text: &str) -> Result<(), ApiError> {
    let kept = Kept { text: text.to_owned(), evaluated_at: shared.now() };
    Ok(shared.store.put_document(Owner::Repository(name), POLICY, &kept)?)
}

fn kept(shared: &Shared, name: &str) -> Result<Kept, ApiError> {
    shared.store.settings(name)?;
    shared.store.document(Owner::Repository(name), POLICY)?.ok_or_else(|| {
        let message = format!(
            "Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{ACCOUNT}'"
        );
        ApiError::new("LifecyclePolicyNotFoundException", message)
    })
}

fn answer(name: &str, kept: &Kept) -> Value {
    json!({
        "registryId": ACCOUNT,
        "repositoryName": name,
        "lifecyclePolicyText": kept.text,
        "lastEvaluatedAt": kept.evaluated_at,
    })
}

pub(super) fn get(shared: &Shared, asked: &Named) -> Result<Value, ApiError> {
    Ok(answer(&asked.repository_name, &kept(shared, &asked.repository_name)?))
}

pub(super) fn delete(shared: &Shared, asked: &Named) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let kept = kept(shared, name)?;
    shared.store.remove_document(Owner::Repository(name), POLICY)?;
    Ok(answer(name, &kept))
}

fn candidates(repository: &Repository) -> Vec<Candidate> {
    let images = repository.images.iter().map(|(digest, image)| Candidate {
        digest: digest.to_string(),
        tags: image.tags.iter().cloned().collect(),
        pushed_at: image.pushed_at,
        pulled_at: image.pulled_at,
        archived_at: image.archived_at,
        activated_at: image.activated_at,
        children: image.children.iter().map(ToString::to_string).collect(),
        subject: image.subject.as_ref().map(ToString::to_string),
    });
    images.collect()
}

/// Does what the policy says now. Answers with how many images it acted on.
fn apply(shared: &Shared, name: &str, policy: &Policy, now: Moment) -> Result<usize, StoreError> {
    shared.store.change(name, |change| {
        let verdicts = evaluate(policy, &candidates(change), now);
        let mut done = 0;
        for (verdict, (action, _)) in verdicts.iter().filter_map(|verdict| Some((verdict, verdict.done?))) {
            let Some(digest) = Digest::parse(&verdict.digest) else { continue };
            done += 1;
            act(change, &digest, action, now);
        }
        Ok(done)
    })
}

fn act(change: &mut Change<'_>, digest: &Digest, action: Action, now: Moment) {
    match (action, change.images.get(digest).cloned()) {
        (Action::Archive, Some(mut image)) => {
            image.archived_at = Some(now);
            change.put_image(digest.clone(), image);
        }
        // What an index holds stays: the policy's verdict says so, too.
        (Action::Expire, Some(_)) => drop(change.remove_with_referrers(digest)),
        (_, None) => {}
    }
}

/// Applies every policy that was not applied for a day. Cheap when none is due.
pub(super) fn apply_due(shared: &Shared) {
    let now = shared.now();
    let last = shared.control.evaluated.0.load(Ordering::Acquire);
    let due = last == 0 || now >= last.saturating_add(DAY);
    let claimed =
        || shared.control.evaluated.0.compare_exchange(last, now, Ordering::AcqRel, Ordering::Acquire);
    if !due || claimed().is_err() {
        return;
    }
    for name in shared.store.names() {
        if let Err(error) = apply_one(shared, &name, now) {
            tracing::warn!(repository = name, error = error.message, "a lifecycle policy was not applied");
        }
    }
}

fn apply_one(shared: &Shared, name: &str, now: u64) -> Result<(), ApiError> {
    let Some(kept) = shared.store.document::<Kept>(Owner::Repository(name), POLICY)? else { return Ok(()) };
    let days = now.saturating_sub(kept.evaluated_at) / DAY;
    if days == 0 {
        return Ok(());
    }
    let policy = parse(&kept.text)?;
    // What one day's evaluation lets go, an index' images, the next one takes.
    for _ in 0..days.min(MOST_ROUNDS) {
        if apply(shared, name, &policy, Moment::of_seconds(now))? == 0 {
            break;
        }
    }
    keep(shared, name, &kept.text)
}

#[derive(Serialize, Deserialize)]
struct Preview {
    text: String,
    results: Vec<Marked>,
}

/// One image that the policy would act on.
#[derive(Serialize, Deserialize)]
struct Marked {
    digest: String,
    tags: Vec<String>,
    pushed_at: Moment,
    archives: bool,
    archived: bool,
    priority: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StartPreview {
    repository_name: String,
    lifecycle_policy_text: Option<String>,
}

pub(super) fn start_preview(shared: &Shared, asked: &StartPreview) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let text = match &asked.lifecycle_policy_text {
        Some(text) => {
            shared.store.settings(name)?;
            text.clone()
        }
        None => kept(shared, name)?.text,
    };
    let policy = parse(&text)?;
    let now = shared.moment();
    let results = shared.store.read(name, |repository| {
        let images = candidates(repository);
        let verdicts: HashMap<String, Verdict> = evaluate(&policy, &images, now)
            .into_iter()
            .map(|verdict| (verdict.digest.clone(), verdict))
            .collect();
        let result = |image: Candidate| {
            let (action, priority) = verdicts.get(&image.digest)?.done?;
            Some(Marked {
                archived: image.archived_at.is_some(),
                digest: image.digest,
                tags: image.tags,
                pushed_at: image.pushed_at,
                archives: action == Action::Archive,
                priority,
            })
        };
        images.into_iter().filter_map(result).collect::<Vec<_>>()
    })?;
    shared.store.put_document(Owner::Repository(name), PREVIEW, &Preview { text: text.clone(), results })?;
    Ok(json!({
        "registryId": ACCOUNT,
        "repositoryName": name,
        "lifecyclePolicyText": text,
        "status": "IN_PROGRESS",
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetPreview {
    repository_name: String,
    image_ids: Option<Vec<ImageId>>,
    #[serde(default)]
    filter: Filter,
    #[serde(flatten)]
    page: Page,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    tag_status: TagStatus,
}

pub(super) fn preview(shared: &Shared, asked: &GetPreview) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    shared.store.settings(name)?;
    let preview: Preview = shared.store.document(Owner::Repository(name), PREVIEW)?.ok_or_else(|| {
        let message = format!(
            "Lifecycle policy preview does not exist for the repository with name '{name}' in the registry with id '{ACCOUNT}'"
        );
        ApiError::new("LifecyclePolicyPreviewNotFoundException", message)
    })?;
    if asked.image_ids.is_some() {
        asked.page.refuse_with("imageIds")?;
    }
    let expiring = preview.results.iter().filter(|result| !result.archives).count();
    let archiving = preview.results.len() - expiring;
    let mut summary = json!({ "expiringImageTotalCount": expiring });
    let counts = json!([{ "targetStorageClass": "ARCHIVE", "imageTotalCount": archiving }]);
    set(&mut summary, "transitioningImageTotalCounts", (archiving > 0).then_some(counts));
    let named = |id: &ImageId, result: &Marked| {
        let digest = id.image_digest.as_ref().is_none_or(|digest| *digest == result.digest);
        digest && id.image_tag.as_ref().is_none_or(|tag| result.tags.contains(tag))
    };
    let wanted = preview.results.iter().filter(|result| {
        let ids = asked.image_ids.as_ref();
        asked.filter.tag_status.takes(!result.tags.is_empty())
            && ids.is_none_or(|ids| ids.iter().any(|id| named(id, result)))
    });
    let (results, next) = asked.page.of(wanted, |result| result.digest.clone(), USUAL)?;
    let mut answer = json!({
        "registryId": ACCOUNT,
        "repositoryName": name,
        "lifecyclePolicyText": preview.text,
        "status": "COMPLETE",
        "previewResults": results.into_iter().map(previewed).collect::<Vec<_>>(),
        "summary": summary,
    });
    set(&mut answer, "nextToken", next);
    Ok(answer)
}

fn previewed(result: &Marked) -> Value {
    let action = if result.archives {
        json!({ "type": "TRANSITION", "targetStorageClass": "ARCHIVE" })
    } else {
        json!({ "type": "EXPIRE" })
    };
    let mut answer = json!({
        "imageDigest": result.digest,
        "imagePushedAt": result.pushed_at,
        "action": action,
        "appliedRulePriority": result.priority,
        "storageClass": if result.archived { "ARCHIVE" } else { "STANDARD" },
    });
    set(&mut answer, "imageTags", (!result.tags.is_empty()).then(|| json!(result.tags)));
    answer
}
