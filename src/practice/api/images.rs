//! Images of a repository: listed, described, fetched, deleted.

use super::super::store::{Digest, Image, Repository, StoreError};
use super::super::{ACCOUNT, Shared};
use super::page::{Page, USUAL};
use super::{ApiError, ImageId, set};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    repository_name: String,
    #[serde(default)]
    filter: Filter,
    #[serde(flatten)]
    page: Page,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    tag_status: TagStatus,
    image_status: ImageStatus,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum TagStatus {
    Tagged,
    Untagged,
    #[default]
    Any,
}

impl TagStatus {
    pub(super) fn takes(self, tagged: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Tagged => tagged,
            Self::Untagged => !tagged,
        }
    }
}

/// Without a word it is the active images that are listed. None is ever on its way back here.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "UPPERCASE")]
enum ImageStatus {
    #[default]
    Active,
    Archived,
    Activating,
    Any,
}

impl Filter {
    fn takes(&self, image: &Image) -> bool {
        let archived = image.archived_at.is_some();
        let status = match self.image_status {
            ImageStatus::Any => true,
            ImageStatus::Active => !archived,
            ImageStatus::Archived => archived,
            ImageStatus::Activating => false,
        };
        status && self.tag_status.takes(!image.tags.is_empty())
    }
}

pub(super) fn list(shared: &Shared, asked: &List) -> Result<Value, ApiError> {
    let ids = shared.store.read(&asked.repository_name, |repository| {
        let mut ids: Vec<(String, Option<String>)> = Vec::new();
        for (digest, image) in repository.images.iter().filter(|(_, image)| asked.filter.takes(image)) {
            let digest = digest.to_string();
            if image.tags.is_empty() {
                ids.push((digest.clone(), None));
            }
            ids.extend(image.tags.iter().map(|tag| (digest.clone(), Some(tag.clone()))));
        }
        ids
    })?;
    let key = |(digest, tag): &(String, Option<String>)| format!("{digest} {}", tag.as_deref().unwrap_or(""));
    let (ids, next) = asked.page.of(ids, key, USUAL)?;
    let id = |(digest, tag): (String, Option<String>)| {
        let mut id = json!({ "imageDigest": digest });
        set(&mut id, "imageTag", tag);
        id
    };
    let mut answer = json!({ "imageIds": ids.into_iter().map(id).collect::<Vec<_>>() });
    set(&mut answer, "nextToken", next);
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    repository_name: String,
    image_ids: Option<Vec<ImageId>>,
    #[serde(default)]
    filter: Filter,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn describe(shared: &Shared, asked: &Describe) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let answer = shared.store.read(name, |repository| {
        let (digests, next) = match &asked.image_ids {
            Some(ids) => {
                asked.page.refuse_with("imageIds")?;
                let find = |id: &ImageId| {
                    id.find(repository).map(|(digest, _)| digest).ok_or_else(|| id.not_found(name))
                };
                let mut digests = ids.iter().map(find).collect::<Result<Vec<_>, _>>()?;
                digests.sort();
                digests.dedup();
                (digests, None)
            }
            None => {
                let taken = repository.images.iter().filter(|(_, image)| asked.filter.takes(image));
                asked.page.of(taken.map(|(digest, _)| digest), |digest| digest.to_string(), USUAL)?
            }
        };
        let details: Vec<Value> = digests
            .into_iter()
            .filter_map(|digest| Some(detail(repository, digest, repository.images.get(digest)?)))
            .collect();
        let mut answer = json!({ "imageDetails": details });
        set(&mut answer, "nextToken", next);
        Ok(answer)
    });
    answer?
}

fn detail(repository: &Repository, digest: &Digest, image: &Image) -> Value {
    // Of an index, the service tells the size of its largest image.
    let child = |child: &Digest| repository.images.get(child).map(|image| image.size_bytes);
    let size = image.children.iter().filter_map(child).max().unwrap_or(image.size_bytes);
    let mut detail = json!({
        "registryId": ACCOUNT,
        "repositoryName": repository.name(),
        "imageDigest": digest.to_string(),
        "imageSizeInBytes": size,
        "imagePushedAt": image.pushed_at,
        "imageManifestMediaType": image.media_type,
        "imageStatus": if image.archived_at.is_some() { "ARCHIVED" } else { "ACTIVE" },
    });
    let tags: Vec<&str> = image.tags.iter().map(String::as_str).collect();
    set(&mut detail, "imageTags", (!tags.is_empty()).then(|| json!(tags)));
    set(&mut detail, "artifactMediaType", image.artifact_type.clone());
    set(&mut detail, "lastRecordedPullTime", image.pulled_at);
    set(&mut detail, "subjectManifestDigest", image.subject.as_ref().map(ToString::to_string));
    set(&mut detail, "lastArchivedAt", image.archived_at);
    set(&mut detail, "lastActivatedAt", image.activated_at);
    detail
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Batch {
    repository_name: String,
    image_ids: Vec<ImageId>,
}

/// Why an id names no image, as the batch operations say it.
fn failure(id: &ImageId, repository: &Repository) -> Value {
    let (code, reason) = match (&id.image_tag, &id.image_digest) {
        (None, None) => {
            ("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
        }
        (_, Some(digest)) if Digest::parse(digest).is_none() => (
            "InvalidImageDigest",
            "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
        ),
        (Some(tag), Some(_)) if repository.tags.contains_key(tag) => {
            ("ImageTagDoesNotMatchDigest", "Requested image tag does not match the digest")
        }
        _ => ("ImageNotFound", "Requested image not found"),
    };
    json!({ "imageId": id.json(), "failureCode": code, "failureReason": reason })
}

pub(super) fn batch_get(shared: &Shared, asked: &Batch) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let looked = shared.store.read(name, |repository| {
        let look = |id: &ImageId| match id.find(repository) {
            None => Err(failure(id, repository)),
            Some((_, image)) if image.archived_at.is_some() => Err(json!({
                "imageId": id.json(),
                "failureCode": "ImageInaccessible",
                "failureReason": "Requested image is archived",
            })),
            Some((digest, image)) => Ok((digest.clone(), image.media_type.clone())),
        };
        asked.image_ids.iter().map(look).collect::<Vec<_>>()
    })?;
    let (mut images, mut failures) = (Vec::new(), Vec::new());
    for (id, looked) in asked.image_ids.iter().zip(looked) {
        let (digest, media_type) = match looked {
            Ok(image) => image,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        // One that was deleted since is not there.
        let Some(manifest) = shared.store.manifest(name, &digest)? else { continue };
        let mut image_id = json!({ "imageDigest": digest.to_string() });
        set(&mut image_id, "imageTag", id.image_tag.clone());
        images.push(json!({
            "registryId": ACCOUNT,
            "repositoryName": name,
            "imageId": image_id,
            "imageManifest": String::from_utf8_lossy(&manifest),
            "imageManifestMediaType": media_type,
        }));
    }
    Ok(json!({ "images": images, "failures": failures }))
}

/// A tag alone is taken off; a digest takes the image and all its tags. An image whose last tag is taken
/// off goes with it. What an index names stays as long as the index does.
pub(super) fn batch_delete(shared: &Shared, asked: &Batch) -> Result<Value, ApiError> {
    let done = shared.store.change(&asked.repository_name, |change| {
        let (mut gone, mut failures) = (Vec::new(), Vec::new());
        for id in &asked.image_ids {
            let Some((digest, image)) = id.find(change).map(|(digest, image)| (digest.clone(), image.clone())) else {
                failures.push(failure(id, change));
                continue;
            };
            let text = digest.to_string();
            let indexes: Vec<String> = change.indexes_with(&digest).map(ToString::to_string).collect();
            let only_tag = id.image_tag.as_ref().filter(|_| id.image_digest.is_none());
            match only_tag {
                Some(tag) if image.tags.len() > 1 || !indexes.is_empty() => {
                    change.untag(tag);
                    gone.push(json!({ "imageDigest": text, "imageTag": tag }));
                }
                _ if !indexes.is_empty() => failures.push(json!({
                    "imageId": id.json(),
                    "failureCode": "ImageReferencedByManifestList",
                    "failureReason": format!("Requested image referenced by manifest list: [{}]", indexes.join(", ")),
                })),
                _ => {
                    if image.tags.is_empty() {
                        gone.push(json!({ "imageDigest": text }));
                    }
                    gone.extend(image.tags.iter().map(|tag| json!({ "imageDigest": text, "imageTag": tag })));
                    change.remove_with_referrers(&digest)?;
                }
            }
        }
        Ok::<_, StoreError>(json!({ "imageIds": gone, "failures": failures }))
    })?;
    Ok(done)
}
