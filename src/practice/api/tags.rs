//! Resource tags of repositories.

use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::{ApiError, found};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most tags of a repository (documentation of `TooManyTagsException`).
const MOST: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

/// The tags as they are kept.
pub(super) fn checked(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, ApiError> {
    let refused = |message: &str| Err(ApiError::new("InvalidTagParameterException", message));
    let mut kept = BTreeMap::new();
    for Tag { key, value } in tags {
        if key.is_empty() || key.chars().count() > 128 {
            return refused("Tag keys must have 1 to 128 characters.");
        }
        if value.chars().count() > 256 {
            return refused("Tag values can have at most 256 characters.");
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return refused("Tag keys that begin with aws: are reserved for AWS.");
        }
        if kept.insert(key, value).is_some() {
            return refused("Tag keys must be unique.");
        }
    }
    few(kept.len())?;
    Ok(kept)
}

fn few(count: usize) -> Result<(), ApiError> {
    if count <= MOST {
        return Ok(());
    }
    let message = format!("A repository can have at most {MOST} tags.");
    Err(ApiError::new("TooManyTagsException", message))
}

/// The repository that an ARN names.
fn named(shared: &Shared, arn: &str) -> Result<String, ApiError> {
    let prefix = format!("arn:aws:ecr:{}:{ACCOUNT}:repository/", shared.region);
    let name = arn.strip_prefix(&prefix).filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| {
        broken("resourceArn", &format!("Invalid ARN; one of this registry begins with {prefix}"))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    resource_arn: String,
}

pub(super) fn list(shared: &Shared, asked: &List) -> Result<Value, ApiError> {
    let name = named(shared, &asked.resource_arn)?;
    let settings = found(&name, shared.store.settings(&name))?;
    let tag = |(key, value)| json!({ "Key": key, "Value": value });
    Ok(json!({ "tags": settings.resource_tags.iter().map(tag).collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Put {
    resource_arn: String,
    tags: Vec<Tag>,
}

pub(super) fn tag(shared: &Shared, asked: Put) -> Result<Value, ApiError> {
    let name = named(shared, &asked.resource_arn)?;
    let tags = checked(asked.tags)?;
    let changed = shared.store.configure(&name, |settings| {
        settings.resource_tags.extend(tags);
        few(settings.resource_tags.len())
    });
    changed.map_err(|error| error.about(Some(&name)))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Remove {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag(shared: &Shared, asked: &Remove) -> Result<Value, ApiError> {
    let name = named(shared, &asked.resource_arn)?;
    let changed = shared.store.configure(&name, |settings| {
        settings.resource_tags.retain(|key, _| !asked.tag_keys.contains(key));
        Ok::<_, ApiError>(())
    });
    changed.map_err(|error| error.about(Some(&name)))?;
    Ok(json!({}))
}
