//! The archive storage class: images moved there and back by hand.

use super::super::{ACCOUNT, Shared};
use super::{ApiError, ImageId};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    repository_name: String,
    image_id: ImageId,
    target_storage_class: Target,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum Target {
    Standard,
    Archive,
}

pub(super) fn update(shared: &Shared, asked: &Update) -> Result<Value, ApiError> {
    let (name, now) = (&asked.repository_name, shared.moment());
    let refused = |what: String| Err(ApiError::new("ImageStorageClassUpdateNotSupportedException", what));
    let archive = asked.target_storage_class == Target::Archive;
    shared.store.change(name, |change| {
        let found = asked.image_id.find(change).map(|(digest, image)| (digest.clone(), image.clone()));
        let (digest, mut image) = found.ok_or_else(|| asked.image_id.not_found(name))?;
        if image.archived_at.is_some() == archive {
            let class = if archive { "ARCHIVE" } else { "STANDARD" };
            return refused(format!("The image '{digest}' is in the storage class {class} already"));
        }
        if archive && let Some(index) = change.indexes_with(&digest).next() {
            return refused(format!("The image '{digest}' is referenced by the manifest list '{index}'"));
        }
        (image.archived_at, image.activated_at) =
            if archive { (Some(now), image.activated_at) } else { (None, Some(now)) };
        change.put_image(digest, image);
        Ok(())
    })?;
    Ok(json!({
        "registryId": ACCOUNT,
        "repositoryName": name,
        "imageId": asked.image_id.json(),
        // The service takes a while to bring one back; here it is there at once.
        "imageStatus": if archive { "ARCHIVED" } else { "ACTIVE" },
    }))
}
