//! Lists: tags, repositories, and the referrers of a manifest.

use super::error::RegistryError;
use super::place::encode;
use super::{Asked, blocking, header_value};
use crate::practice::store::{Digest, Manifest, OCI_INDEX, StoreError};
use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Names in one answer, whatever was asked for.
const MOST_NAMES: usize = 10_000;

/// Bytes of descriptors in one list of referrers: the whole must be a manifest that clients accept.
const MOST_REFERRER_BYTES: usize = 3 * 1024 * 1024;

/// A page of names and whether more follow.
fn page<'a>(names: impl Iterator<Item = &'a String>, limit: usize) -> (Vec<String>, bool) {
    let mut page: Vec<String> = names.take(limit.saturating_add(1)).cloned().collect();
    let more = page.len() > limit;
    page.truncate(limit);
    // Asked for none: the list is empty, and it is the whole answer.
    (page, more && limit > 0)
}

/// The `n` of the query.
fn limit(asked: &Asked<'_>) -> Result<usize, RegistryError> {
    let Some(n) = asked.query.get("n") else { return Ok(MOST_NAMES) };
    if n.is_empty() || !n.bytes().all(|b| b.is_ascii_digit()) {
        return Err(RegistryError::query_invalid("n is the number of names wanted: 0 or more."));
    }
    // What is too large to be read is larger than what is answered.
    Ok(n.parse().unwrap_or(MOST_NAMES).min(MOST_NAMES))
}

/// Everything after the `last` of the query.
fn after<'a>(asked: &'a Asked<'_>) -> (Bound<&'a str>, Bound<&'a str>) {
    (asked.query.get("last").map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

fn with_next(mut response: Response, path: &str, n: usize, last: &str) -> Result<Response, RegistryError> {
    let link = format!("<{path}?n={n}&last={}>; rel=\"next\"", encode(last));
    response.headers_mut().insert(header::LINK, header_value(&link)?);
    Ok(response)
}

/// `GET /v2/<name>/tags/list`
pub fn tags(asked: &Asked<'_>, name: &str) -> Result<Response, RegistryError> {
    asked.may("ecr:ListImages", name)?;
    let n = limit(asked)?;
    let found = asked
        .shared
        .store
        .read(name, |state| page(state.tags.range::<str, _>(after(asked)).map(|(tag, _)| tag), n));
    let (tags, more) = found.map_err(|error| RegistryError::store(error, name))?;
    let response = Json(json!({ "name": name, "tags": tags })).into_response();
    match tags.last() {
        Some(last) if more => with_next(response, &format!("/v2/{name}/tags/list"), n, last),
        _ => Ok(response),
    }
}

/// `GET /v2/_catalog`
pub fn catalog(asked: &Asked<'_>) -> Result<Response, RegistryError> {
    let n = limit(asked)?;
    let names: BTreeMap<String, ()> = asked.shared.store.names().into_iter().map(|name| (name, ())).collect();
    let (names, more) = page(names.range::<str, _>(after(asked)).map(|(name, ())| name), n);
    let response = Json(json!({ "repositories": names })).into_response();
    match names.last() {
        Some(last) if more => with_next(response, "/v2/_catalog", n, last),
        _ => Ok(response),
    }
}

/// `GET /v2/<name>/referrers/<digest>`
pub async fn referrers(asked: &Asked<'_>, name: &str, subject: &str) -> Result<Response, RegistryError> {
    asked.may("ecr:BatchGetImage", name)?;
    let subject = Digest::parse(subject)
        .ok_or_else(|| RegistryError::digest_invalid(format!("'{subject}' is no digest.")))?;
    // A media type has no space: that was a `+` which somebody did not encode, as in `…+json`.
    let filter =
        asked.query.get("artifactType").filter(|kind| !kind.is_empty()).map(|kind| kind.replace(' ', "+"));
    let last = asked.query.get("last").and_then(Digest::parse);
    let (store, repository, about) = (asked.shared.store.clone(), name.to_owned(), subject.clone());
    let wanted = filter.clone();
    let list = blocking(move || -> Result<_, StoreError> {
        let digests: Vec<Digest> = store.read(&repository, |state| {
            let all = state.referrers_of(&about).filter(|(digest, image)| {
                let kind = wanted.as_ref();
                last.as_ref().is_none_or(|last| *digest > last)
                    && kind.is_none_or(|kind| image.artifact_type.as_ref() == Some(kind))
            });
            all.map(|(digest, _)| digest.clone()).collect()
        })?;
        let (mut descriptors, mut bytes, mut next) = (Vec::new(), 0, None);
        for digest in digests {
            let Some(manifest) = store.manifest(&repository, &digest)? else { continue };
            // It was read when it was pushed.
            let media_type = store
                .read(&repository, |state| state.images.get(&digest).map(|image| image.media_type.clone()))?;
            let Ok(read) = Manifest::read(&manifest, media_type.as_deref()) else { continue };
            let descriptor = descriptor(&read, &digest, manifest.len());
            let size = descriptor.to_string().len();
            if !descriptors.is_empty() && bytes + size > MOST_REFERRER_BYTES {
                return Ok((descriptors, next));
            }
            bytes += size;
            descriptors.push(descriptor);
            next = Some(digest);
        }
        Ok((descriptors, None))
    });
    let (descriptors, next) = list.await?.map_err(|error| RegistryError::store(error, name))?;
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": descriptors });
    let mut response = index.to_string().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OCI_INDEX));
    if filter.is_some() {
        response.headers_mut().insert("oci-filters-applied", HeaderValue::from_static("artifactType"));
    }
    if let Some(last) = next {
        let kind = filter.map(|kind| format!("artifactType={}&", encode(&kind))).unwrap_or_default();
        let link = format!(
            "</v2/{name}/referrers/{subject}?{kind}last={}>; rel=\"next\"",
            encode(&last.to_string())
        );
        response.headers_mut().insert(header::LINK, header_value(&link)?);
    }
    Ok(response)
}

fn descriptor(manifest: &Manifest, digest: &Digest, size: usize) -> Value {
    let mut descriptor = json!({ "mediaType": manifest.media_type, "digest": digest, "size": size });
    if let Some(kind) = manifest.listed_type() {
        descriptor["artifactType"] = json!(kind);
    }
    if !manifest.annotations.is_empty() {
        descriptor["annotations"] = json!(manifest.annotations);
    }
    descriptor
}
