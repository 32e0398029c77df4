//! Manifests: pulled, pushed, deleted, by tag or digest.

use super::error::RegistryError;
use super::range::{Condition, condition};
use super::{Asked, accepted, blocking, header_value, tag_of};
use crate::practice::hooks;
use crate::practice::store::{Digest, Push, StoreError, is_tag};
use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;

/// Largest manifest, as on ECR and as the specification asks for: 4 MiB.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Tags that one push may set.
const MOST_TAGS: usize = 100;

pub async fn get(asked: &Asked<'_>, name: &str, reference: &str) -> Result<Response, RegistryError> {
    asked.may("ecr:BatchGetImage", name)?;
    let found = asked.shared.store.read(name, |state| {
        let digest = state.resolve(reference)?;
        let image = state.images.get(digest)?;
        Some((digest.clone(), image.media_type.clone(), image.archived_at.is_some()))
    });
    let (digest, media_type, archived) = found
        .map_err(|error| RegistryError::store(error, name))?
        .ok_or_else(RegistryError::manifest_unknown)?;
    if archived {
        let message = format!("The image with digest '{digest}' is archived. Restore it before you pull it.");
        return Err(RegistryError::denied(message));
    }
    let tag = tag_of(&digest);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::ETAG, header_value(&tag)?);
    // Whoever asks by the other algorithm's digest compares with that.
    let shown = Digest::parse(reference).unwrap_or_else(|| digest.clone());
    headers.insert("docker-content-digest", header_value(&shown.to_string())?);
    match condition(asked.headers, &tag) {
        Condition::Met => {}
        Condition::NotModified => {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        Condition::Failed => return Err(RegistryError::precondition()),
    }
    let pulled = (asked.method == Method::GET).then(|| asked.now());
    let (store, repository) = (asked.shared.store.clone(), name.to_owned());
    let read = blocking(move || -> Result<_, StoreError> {
        let bytes = store.manifest(&repository, &digest)?;
        if let Some(now) = pulled {
            store.pulled(&repository, &digest, now)?;
        }
        Ok(bytes)
    });
    let bytes = read.await?.map_err(|error| RegistryError::store(error, name))?;
    let bytes = bytes.ok_or_else(RegistryError::manifest_unknown)?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header_value(&media_type)?);
    headers.insert(header::CONTENT_LENGTH, header_value(&bytes.len().to_string())?);
    if asked.method == Method::GET {
        *response.body_mut() = bytes.into();
    }
    Ok(response)
}

pub async fn put(
    asked: &Asked<'_>,
    name: &str,
    reference: &str,
    body: &mut super::Incoming,
) -> Result<Response, RegistryError> {
    asked.may("ecr:PutImage", name)?;
    let named = if reference.contains(':') {
        let named = Digest::parse(reference);
        Some(named.ok_or_else(|| RegistryError::digest_invalid(format!("'{reference}' is no digest.")))?)
    } else {
        None
    };
    let tags: Vec<String> = match named {
        None => vec![reference.to_owned()],
        Some(_) => asked.query.all("tag").map(str::to_owned).collect(),
    };
    if tags.len() > MOST_TAGS {
        return Err(RegistryError::query_invalid(format!("A push sets at most {MOST_TAGS} tags.")));
    }
    if let Some(bad) = tags.iter().find(|tag| !is_tag(tag)) {
        return Err(RegistryError::tag_invalid(format!("'{bad}' is no tag.")));
    }
    let _turn =
        asked.shared.limits.manifests.acquire().await.map_err(|error| RegistryError::server(&error))?;
    body.begin();
    let bytes = body
        .collect(MAX_BYTES)
        .await?
        .ok_or_else(|| RegistryError::too_large("A manifest has at most 4 MiB."))?;
    let digest = match named {
        None => Digest::of(&bytes),
        Some(named) if Digest::with(named.algorithm(), &bytes) == named => named,
        Some(named) => {
            return Err(RegistryError::digest_invalid(format!("The manifest's digest is not {named}.")));
        }
    };
    let content_type = asked.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (shared, repository, now) = (asked.shared.clone(), name.to_owned(), asked.now());
    let (content_type, kept, wanted) = (content_type.map(str::to_owned), digest.clone(), tags.clone());
    let pushed = blocking(move || {
        let content_type = content_type.as_deref();
        let push = Push { bytes: &bytes, digest: &kept, content_type, tags: &wanted, now };
        let manifest = shared.store.push(&repository, push)?;
        hooks::pushed(&shared, &repository, &kept);
        Ok(manifest)
    });
    let manifest = pushed.await?.map_err(|error| RegistryError::store(error, name))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::CREATED;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, header_value(&format!("/v2/{name}/manifests/{digest}"))?);
    headers.insert("docker-content-digest", header_value(&digest.to_string())?);
    if let Some(subject) = manifest.subject {
        headers.insert("oci-subject", header_value(&subject.digest.to_string())?);
    }
    if reference.contains(':') && !tags.is_empty() {
        headers.insert("oci-tag", header_value(&tags.join(", "))?);
    }
    Ok(response)
}

/// A tag is taken off its image, which stays; a digest takes the image with all its tags and what is
/// about it, unless an index names it.
pub async fn delete(asked: &Asked<'_>, name: &str, reference: &str) -> Result<Response, RegistryError> {
    asked.may("ecr:BatchDeleteImage", name)?;
    let (store, repository, reference) = (asked.shared.store.clone(), name.to_owned(), reference.to_owned());
    let removed = blocking(move || {
        store.change(&repository, |change| {
            let Some(digest) = change.resolve(&reference).cloned() else { return Ok(false) };
            if change.tags.contains_key(&reference) {
                change.untag(&reference);
            } else {
                change.remove_with_referrers(&digest)?;
            }
            Ok::<_, StoreError>(true)
        })
    });
    match removed.await?.map_err(|error| RegistryError::store(error, name))? {
        true => Ok(accepted()),
        false => Err(RegistryError::manifest_unknown()),
    }
}
