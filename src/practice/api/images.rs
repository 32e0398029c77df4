//! Images of a repository: listed, described, fetched, deleted.

use super::super::error::ApiError;
use super::super::store::{Digest, Repository, StoreError};
use super::super::{ACCOUNT, Shared};
use super::{ImageId, page};
use serde::Deserialize;
use serde_json::{Value, json};

fn repository(shared: &Shared, name: &str) -> Result<Repository, ApiError> {
    shared.store.read(name, Repository::clone).map_err(|_| ApiError::no_repository(name))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    repository_name: String,
    next_token: Option<String>,
    max_results: Option<usize>,
    filter: Option<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    tag_status: Option<TagStatus>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum TagStatus {
    Tagged,
    Untagged,
    Any,
}

impl TagStatus {
    fn of(filter: Option<&Filter>) -> Self {
        filter.and_then(|filter| filter.tag_status).unwrap_or(Self::Any)
    }

    fn takes(self, tagged: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Tagged => tagged,
            Self::Untagged => !tagged,
        }
    }
}

pub(super) fn list(shared: &Shared, asked: &List) -> Result<Value, ApiError> {
    let state = repository(shared, &asked.repository_name)?;
    let wanted = TagStatus::of(asked.filter.as_ref());
    let mut ids = Vec::new();
    for (digest, image) in &state.images {
        if !wanted.takes(!image.tags.is_empty()) {
            continue;
        }
        if image.tags.is_empty() {
            ids.push(json!({ "imageDigest": digest }));
        }
        ids.extend(image.tags.iter().map(|tag| json!({ "imageDigest": digest, "imageTag": tag })));
    }
    let (ids, next) = page(ids, asked.next_token.as_deref(), asked.max_results)?;
    let mut answer = json!({ "imageIds": ids });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    repository_name: String,
    image_ids: Option<Vec<ImageId>>,
    next_token: Option<String>,
    max_results: Option<usize>,
    filter: Option<Filter>,
}

/// The digest that `id` names in `state`.
fn resolve(state: &Repository, id: &ImageId) -> Option<Digest> {
    let by_tag = id.image_tag.as_ref().map(|tag| state.tags.get(tag));
    let by_digest = id.image_digest.as_ref().map(|digest| Digest::parse(digest));
    match (by_tag, by_digest) {
        (_, Some(None)) => None,
        (Some(None), _) | (None, None) => None,
        (Some(Some(tagged)), Some(Some(digest))) if *tagged != digest => None,
        (Some(Some(digest)), _) => Some(digest.clone()),
        (None, Some(Some(digest))) => state.images.contains_key(&digest).then_some(digest),
    }
}

/// `{imageDigest:'…', imageTag:'…'}`, as ECR writes an image it cannot find.
fn shown(id: &ImageId) -> String {
    let part = |value: &Option<String>| value.as_ref().map_or_else(|| "null".into(), |v| format!("'{v}'"));
    format!("{{imageDigest:{}, imageTag:{}}}", part(&id.image_digest), part(&id.image_tag))
}

pub(super) fn describe(shared: &Shared, asked: &Describe) -> Result<Value, ApiError> {
    let state = repository(shared, &asked.repository_name)?;
    let digests: Vec<Digest> = match &asked.image_ids {
        Some(ids) => ids
            .iter()
            .map(|id| {
                resolve(&state, id).ok_or_else(|| {
                    ApiError::new(
                        "ImageNotFoundException",
                        format!(
                            "The image with imageId {} does not exist within the repository with name '{}' in the \
                             registry with id '{ACCOUNT}'",
                            shown(id),
                            state.name()
                        ),
                    )
                })
            })
            .collect::<Result<_, _>>()?,
        None => {
            let wanted = TagStatus::of(asked.filter.as_ref());
            let takes = |digest: &&Digest| wanted.takes(!state.images[*digest].tags.is_empty());
            state.images.keys().filter(takes).cloned().collect()
        }
    };
    let (digests, next) = page(digests, asked.next_token.as_deref(), asked.max_results)?;
    let details: Vec<Value> = digests.iter().filter_map(|digest| detail(&state, digest)).collect();
    let mut answer = json!({ "imageDetails": details });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(answer)
}

fn detail(state: &Repository, digest: &Digest) -> Option<Value> {
    let image = state.images.get(digest)?;
    let mut detail = json!({
        "registryId": ACCOUNT,
        "repositoryName": state.name(),
        "imageDigest": digest,
        "imageSizeInBytes": image.size_bytes,
        "imagePushedAt": image.pushed_at,
        "imageManifestMediaType": image.media_type,
    });
    if !image.tags.is_empty() {
        detail["imageTags"] = json!(image.tags);
    }
    if let Some(kind) = &image.artifact_type {
        detail["artifactMediaType"] = json!(kind);
    }
    Some(detail)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Batch {
    repository_name: String,
    image_ids: Vec<ImageId>,
}

fn failure(id: &ImageId) -> Value {
    let mut named = json!({});
    if let Some(tag) = &id.image_tag {
        named["imageTag"] = json!(tag);
    }
    if let Some(digest) = &id.image_digest {
        named["imageDigest"] = json!(digest);
    }
    json!({ "imageId": named, "failureCode": "ImageNotFound", "failureReason": "Requested image not found" })
}

pub(super) fn batch_get(shared: &Shared, asked: &Batch) -> Result<Value, ApiError> {
    let state = repository(shared, &asked.repository_name)?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for id in &asked.image_ids {
        let found = resolve(&state, id).and_then(|digest| {
            let manifest = shared.store.manifest(state.name(), &digest).ok()??;
            Some((state.images.get(&digest)?.media_type.clone(), String::from_utf8(manifest).ok()?, digest))
        });
        let Some((media_type, manifest, digest)) = found else {
            failures.push(failure(id));
            continue;
        };
        let mut image_id = json!({ "imageDigest": digest });
        if let Some(tag) = &id.image_tag {
            image_id["imageTag"] = json!(tag);
        }
        images.push(json!({
            "registryId": ACCOUNT,
            "repositoryName": state.name(),
            "imageId": image_id,
            "imageManifest": manifest,
            "imageManifestMediaType": media_type,
        }));
    }
    Ok(json!({ "images": images, "failures": failures }))
}

/// A tag alone is taken off; a digest takes the image and all its tags. An image whose last tag is
/// taken off goes with it, as on ECR.
pub(super) fn batch_delete(shared: &Shared, asked: &Batch) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let done = shared.store.change(name, |state| {
        let (mut gone, mut failures) = (Vec::new(), Vec::new());
        for id in &asked.image_ids {
            let Some(digest) = resolve(state, id) else {
                failures.push(failure(id));
                continue;
            };
            let tags: Vec<String> = match (&id.image_tag, &id.image_digest) {
                (Some(tag), None) => vec![tag.clone()],
                _ => state.images[&digest].tags.iter().cloned().collect(),
            };
            for tag in &tags {
                state.untag(tag);
                gone.push(json!({ "imageDigest": digest, "imageTag": tag }));
            }
            if tags.is_empty() {
                gone.push(json!({ "imageDigest": digest }));
            }
            if state.images.get(&digest).is_some_and(|image| image.tags.is_empty()) {
                state.remove_image(&digest);
            }
        }
        Ok::<_, StoreError>(json!({ "imageIds": gone, "failures": failures }))
    });
    done.map_err(|error| match error {
        StoreError::NoRepository => ApiError::no_repository(name),
        other => ApiError::server(&other),
    })
}
