//! Layers by the API: uploaded in parts, looked for, fetched.

use super::super::store::{Algorithm, Digest, StoreError};
use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::{ApiError, Named, account};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Bytes of a part, as the service asks for them; all but the last must have [`LEAST_PART`].
const PART: u64 = 20 * 1024 * 1024;
const LEAST_PART: u64 = 5 * 1024 * 1024;
/// Uploads whose parts are remembered.
const MOST_REMEMBERED: usize = 10_000;

/// Sizes of the parts of uploads under way: how many came, and how many of them are too small to be
/// followed by another. Those of an earlier run are not known, and nothing is held against them.
#[derive(Debug, Default)]
pub(super) struct Parts(Mutex<HashMap<String, Sizes>>);

#[derive(Debug, Default, Clone, Copy)]
struct Sizes {
    last: u64,
    small_before: bool,
}

impl Parts {
    fn add(&self, id: &str, bytes: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_REMEMBERED && !all.contains_key(id) {
            return;
        }
        match all.get_mut(id) {
            Some(sizes) => {
                sizes.small_before |= sizes.last < LEAST_PART;
                sizes.last = bytes;
            }
            None => drop(all.insert(id.to_owned(), Sizes { last: bytes, small_before: false })),
        }
    }

    fn too_small(&self, id: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(id).is_some_and(|sizes| sizes.small_before)
    }

    fn forget(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

pub(super) fn initiate(shared: &Shared, asked: &Named) -> Result<Value, ApiError> {
    let session = shared.store.begin_upload(&asked.repository_name, Algorithm::Sha256)?;
    let id = session.blocking_lock().id().to_owned();
    Ok(json!({ "uploadId": id, "partSize": PART }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UploadPart {
    repository_name: String,
    upload_id: String,
    part_first_byte: u64,
    part_last_byte: u64,
    layer_part_blob: String,
}

fn no_upload(id: &str, name: &str) -> ApiError {
    let message = format!(
        "The upload with id '{id}' does not exist in the repository with name '{name}' in the registry with id '{ACCOUNT}'"
    );
    ApiError::new("UploadNotFoundException", message)
}

fn about_upload(error: StoreError, id: &str, name: &str) -> ApiError {
    match error {
        StoreError::NoUpload => no_upload(id, name),
        other => other.into(),
    }
}

pub(super) fn upload_part(shared: &Shared, asked: &UploadPart) -> Result<Value, ApiError> {
    let (name, id) = (&asked.repository_name, &asked.upload_id.to_ascii_lowercase());
    shared.store.read(name, |_| ())?;
    let session = shared.store.upload(name, id).map_err(|error| about_upload(error, id, name))?;
    let blob = base64::engine::general_purpose::STANDARD
        .decode(&asked.layer_part_blob)
        .map_err(|_| ApiError::new("SerializationException", "layerPartBlob is not base64"))?;
    let mut upload = session.blocking_lock();
    let have = upload.bytes();
    let refused = |message: String| {
        let mut more = json!({ "registryId": ACCOUNT, "repositoryName": name, "uploadId": id });
        super::set(&mut more, "lastValidByteReceived", have.checked_sub(1));
        Err(ApiError::new("InvalidLayerPartException", message).with(more))
    };
    if asked.part_first_byte != have {
        return refused(format!(
            "The first byte of the part is {}, but the upload with id '{id}' has {have} bytes",
            asked.part_first_byte
        ));
    }
    let said =
        asked.part_last_byte.checked_sub(asked.part_first_byte).and_then(|length| length.checked_add(1));
    if said != Some(blob.len() as u64) {
        return refused(format!(
            "The part has {} bytes, which is not what lies between its first byte {} and its last byte {}",
            blob.len(),
            asked.part_first_byte,
            asked.part_last_byte
        ));
    }
    let mut pieces = Some(blob);
    upload.append(|| pieces.take()).map_err(StoreError::Io)?;
    shared.control.parts.add(id, said.unwrap_or(0));
    Ok(json!({
        "registryId": ACCOUNT,
        "repositoryName": name,
        "uploadId": id,
        "lastByteReceived": asked.part_last_byte,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Complete {
    repository_name: String,
    upload_id: String,
    layer_digests: Vec<String>,
}

pub(super) fn complete(shared: &Shared, asked: &Complete) -> Result<Value, ApiError> {
    let (name, id) = (&asked.repository_name, &asked.upload_id.to_ascii_lowercase());
    shared.store.read(name, |_| ())?;
    let session = shared.store.upload(name, id).map_err(|error| about_upload(error, id, name))?;
    let digest = asked.layer_digests.iter().find_map(|digest| Digest::parse(digest)).ok_or_else(|| {
        broken("layerDigests", "must hold a digest of the form 'sha256:' and 64 hexadecimal digits")
    })?;
    let mut upload = session.blocking_lock();
    if upload.bytes() == 0 {
        let message = format!("The upload with id '{id}' has no layer parts");
        return Err(ApiError::new("EmptyUploadException", message));
    }
    if shared.control.parts.too_small(id) {
        let message = format!("Every layer part but the last must have at least {LEAST_PART} bytes");
        return Err(ApiError::new("LayerPartTooSmallException", message));
    }
    if shared.store.blob(name, &digest).is_some() {
        shared.store.cancel_upload(&upload)?;
        shared.control.parts.forget(id);
        let message = format!(
            "Layer with digest '{digest}' already exists in the repository with name '{name}' in the registry with id '{ACCOUNT}'"
        );
        return Err(ApiError::new("LayerAlreadyExistsException", message));
    }
    let finished = shared.store.finish_upload(&mut upload, &digest);
    shared.control.parts.forget(id);
    finished.map_err(|error| match error {
        StoreError::OtherDigest(found) => {
            let message = format!("The layer has the digest '{found}', not '{digest}'");
            ApiError::new("InvalidLayerException", message)
        }
        other => about_upload(other, id, name),
    })?;
    Ok(json!({
        "registryId": ACCOUNT,
        "repositoryName": name,
        "uploadId": id,
        "layerDigest": digest.to_string(),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Availability {
    repository_name: String,
    layer_digests: Vec<String>,
}

pub(super) fn availability(shared: &Shared, asked: &Availability) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    shared.store.read(name, |_| ())?;
    let (mut layers, mut failures) = (Vec::new(), Vec::new());
    for text in &asked.layer_digests {
        let Some(digest) = Digest::parse(text) else {
            let (code, reason) = if text.is_empty() {
                ("MissingLayerDigest", "Invalid request parameters: layer digest cannot be empty")
            } else {
                (
                    "InvalidLayerDigest",
                    "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
                )
            };
            failures.push(json!({ "layerDigest": text, "failureCode": code, "failureReason": reason }));
            continue;
        };
        layers.push(match shared.store.blob_to_push(name, &digest) {
            Some((_, bytes)) => {
                json!({ "layerDigest": text, "layerAvailability": "AVAILABLE", "layerSize": bytes })
            }
            None => json!({ "layerDigest": text, "layerAvailability": "UNAVAILABLE" }),
        });
    }
    Ok(json!({ "layers": layers, "failures": failures }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Download {
    repository_name: String,
    layer_digest: String,
}

/// The URL carries a login of its own, as a presigned one of S3 does.
pub(super) fn download_url(shared: &Shared, asked: &Download) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let digest = Digest::parse(&asked.layer_digest);
    let named = shared.store.read(name, |repository| {
        let mut images = repository.images.values();
        images.any(|image| image.config.iter().chain(&image.layers).any(|blob| Some(blob) == digest.as_ref()))
    })?;
    let digest = digest.filter(|digest| shared.store.blob(name, digest).is_some()).ok_or_else(|| {
        let message = format!(
            "The layer with digest '{}' does not exist in the repository with name '{name}' in the registry with id '{ACCOUNT}'",
            asked.layer_digest
        );
        ApiError::new("LayersNotFoundException", message)
    })?;
    if !named {
        let message = format!("The layer with digest '{digest}' is not associated with an image");
        return Err(ApiError::new("LayerInaccessibleException", message));
    }
    let (token, _) = account::token(shared)?;
    let url = format!("http://AWS:{token}@{}/v2/{name}/blobs/{digest}", shared.registry());
    Ok(json!({ "downloadUrl": url, "layerDigest": digest.to_string() }))
}
