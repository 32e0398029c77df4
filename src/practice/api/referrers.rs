//! What refers to an image: signatures, bills of materials, attestations.

use super::super::Shared;
use super::super::store::{Digest, Manifest};
use super::model::broken;
use super::page::Page;
use super::{ApiError, set};
use serde::Deserialize;
use serde_json::{Value, json};

/// Referrers on a page when nobody says (API reference of `ListImageReferrers`).
const USUAL: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    repository_name: String,
    subject_id: Subject,
    #[serde(default)]
    filter: Filter,
    #[serde(flatten)]
    page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    image_digest: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Filter {
    artifact_types: Vec<String>,
    artifact_status: Option<String>,
}

struct Referrer {
    digest: Digest,
    media_type: String,
    artifact_type: Option<String>,
    bytes: u64,
    archived: bool,
}

pub(super) fn list(shared: &Shared, asked: &List) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let subject = Digest::parse(&asked.subject_id.image_digest).ok_or_else(|| {
        broken("subjectId.imageDigest", "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'")
    })?;
    let found = shared.store.read(name, |repository| {
        let referrer = |(digest, image): (&Digest, &super::Image)| Referrer {
            digest: digest.clone(),
            media_type: image.media_type.clone(),
            artifact_type: image.artifact_type.clone(),
            bytes: image.manifest_bytes,
            archived: image.archived_at.is_some(),
        };
        repository.referrers_of(&subject).map(referrer).collect::<Vec<_>>()
    })?;
    let takes = |referrer: &Referrer| {
        let status = match asked.filter.artifact_status.as_deref() {
            None | Some("ACTIVE") => !referrer.archived,
            Some("ARCHIVED") => referrer.archived,
            Some("ANY") => true,
            _ => false,
        };
        let types = &asked.filter.artifact_types;
        status
            && (types.is_empty() || referrer.artifact_type.as_ref().is_some_and(|kind| types.contains(kind)))
    };
    let taken = found.into_iter().filter(takes);
    let (page, next) = asked.page.of(taken, |referrer| referrer.digest.to_string(), USUAL)?;
    let mut referrers = Vec::new();
    for referrer in page {
        let mut told = json!({
            "digest": referrer.digest.to_string(),
            "mediaType": referrer.media_type,
            "size": referrer.bytes,
            "artifactStatus": if referrer.archived { "ARCHIVED" } else { "ACTIVE" },
        });
        set(&mut told, "artifactType", referrer.artifact_type);
        let manifest = shared.store.manifest(name, &referrer.digest)?;
        let manifest = manifest.and_then(|bytes| Manifest::read(&bytes, Some(&referrer.media_type)).ok());
        let annotations = manifest.map(|manifest| manifest.annotations).filter(|all| !all.is_empty());
        set(&mut told, "annotations", annotations.map(|all| json!(all)));
        referrers.push(told);
    }
    let mut answer = json!({ "referrers": referrers });
    set(&mut answer, "nextToken", next);
    Ok(answer)
}
