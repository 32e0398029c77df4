//! `PutImage`: a manifest by the API instead of by a push. Scripts use it to give an image another tag.

use super::super::store::{Digest, Push, StoreError, is_tag};
use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::{ApiError, scanning, set};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Put {
    repository_name: String,
    image_manifest: String,
    image_manifest_media_type: Option<String>,
    image_tag: Option<String>,
    image_digest: Option<String>,
}

pub(super) fn put(shared: &Shared, asked: &Put) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let bytes = asked.image_manifest.as_bytes();
    let digest = Digest::of(bytes);
    if let Some(wanted) = asked.image_digest.as_ref().filter(|wanted| **wanted != digest.to_string()) {
        let message = format!(
            "The image digest '{wanted}' does not match the digest that Amazon ECR calculated for the image: '{digest}'"
        );
        return Err(ApiError::new("ImageDigestDoesNotMatchException", message));
    }
    if asked.image_tag.as_ref().is_some_and(|tag| !is_tag(tag)) {
        return Err(broken(
            "imageTag",
            "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
        ));
    }
    let same = shared.store.read(name, |repository| match &asked.image_tag {
        Some(tag) => repository.tags.get(tag) == Some(&digest),
        None => repository.images.contains_key(&digest),
    })?;
    if same {
        let tag = asked.image_tag.as_ref().map(|tag| format!(" and tag '{tag}'")).unwrap_or_default();
        let message = format!(
            "Image with digest '{digest}'{tag} already exists in the repository with name '{name}' in registry with id '{ACCOUNT}'"
        );
        return Err(ApiError::new("ImageAlreadyExistsException", message));
    }
    let tags: Vec<String> = asked.image_tag.iter().cloned().collect();
    let push = Push {
        bytes,
        digest: &digest,
        content_type: asked.image_manifest_media_type.as_deref(),
        tags: &tags,
        now: shared.moment(),
    };
    let manifest = shared.store.push(name, push).map_err(|error| refused(error, name))?;
    scanning::pushed(shared, name, &digest);
    let mut id = json!({ "imageDigest": digest.to_string() });
    set(&mut id, "imageTag", asked.image_tag.clone());
    Ok(json!({ "image": {
        "registryId": ACCOUNT,
        "repositoryName": name,
        "imageId": id,
        "imageManifest": asked.image_manifest,
        "imageManifestMediaType": manifest.media_type,
    } }))
}

fn refused(error: StoreError, name: &str) -> ApiError {
    let listed = |digests: &[Digest]| digests.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let place = format!("in repository with name '{name}' in the registry with id '{ACCOUNT}' do not exist");
    match error {
        StoreError::Immutable(tag) => ApiError::new(
            "ImageTagAlreadyExistsException",
            format!(
                "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the \
                 tag is immutable."
            ),
        ),
        StoreError::MissingBlobs(digests) => ApiError::new(
            "LayersNotFoundException",
            format!("Layers with digests '[{}]' required for pushing image {place}", listed(&digests)),
        ),
        StoreError::MissingImages(digests) => ApiError::new(
            "ReferencedImagesNotFoundException",
            format!("Images with digests '[{}]' required for pushing image {place}", listed(&digests)),
        ),
        StoreError::Manifest(what) => broken("imageManifest", &what),
        other => other.into(),
    }
}
