//! Finished blobs: read in whole or in part, and deleted.

use super::error::RegistryError;
use super::range::{Condition, Part, condition, part};
use super::{Asked, accepted, blocking, body, header_value, tag_of};
use crate::practice::store::Digest;
use axum::body::Body;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

pub async fn get(asked: &Asked<'_>, name: &str, wanted: &str) -> Result<Response, RegistryError> {
    asked.may("ecr:GetDownloadUrlForLayer", name)?;
    let unknown = || RegistryError::blob_unknown(wanted);
    let digest = Digest::parse(wanted).ok_or_else(unknown)?;
    let (store, repository, blob) = (asked.shared.store.clone(), name.to_owned(), digest.clone());
    let looks = *asked.method == Method::HEAD;
    let opened = blocking(move || {
        // Who only looks is about to push an image that has it.
        let found =
            if looks { store.blob_to_push(&repository, &blob) } else { store.blob(&repository, &blob) };
        let (path, size) = found?;
        Some((std::fs::File::open(path).ok()?, size))
    });
    let (file, size) = opened.await?.ok_or_else(unknown)?;
    let tag = tag_of(&digest);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(header::ETAG, header_value(&tag)?);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert("docker-content-digest", header_value(&digest.to_string())?);
    match condition(asked.headers, &tag) {
        Condition::Met => {}
        Condition::NotModified => {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        Condition::Failed => return Err(RegistryError::precondition()),
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let wanted = if asked.method == Method::GET { part(asked.headers, size, &tag) } else { Part::Whole };
    let (first, length) = match wanted {
        Part::Whole => (0, size),
        Part::None => return Err(RegistryError::no_such_range(size)),
        Part::Some(first, length) => {
            let range = format!("bytes {first}-{}/{size}", first + length - 1);
            headers.insert(header::CONTENT_RANGE, header_value(&range)?);
            (first, length)
        }
    };
    headers.insert(header::CONTENT_LENGTH, header_value(&length.to_string())?);
    if headers.contains_key(header::CONTENT_RANGE) {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    if asked.method == Method::GET {
        *response.body_mut() = body::outgoing(file, first, length);
    }
    Ok(response)
}

pub async fn delete(asked: &Asked<'_>, name: &str, wanted: &str) -> Result<Response, RegistryError> {
    asked.may("ecr:BatchDeleteImage", name)?;
    let unknown = || RegistryError::blob_unknown(wanted);
    let digest = Digest::parse(wanted).ok_or_else(unknown)?;
    let (store, repository) = (asked.shared.store.clone(), name.to_owned());
    let removed = blocking(move || store.remove_blob(&repository, &digest)).await?;
    match removed.map_err(|error| RegistryError::store(error, name))? {
        true => Ok(accepted()),
        false => Err(unknown()),
    }
}
