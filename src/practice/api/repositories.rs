//! Repositories and their settings.

use super::super::error::ApiError;
use super::super::store::{Repository, StoreError, is_repository_name};
use super::super::{ACCOUNT, Shared};
use super::page;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    repository_name: String,
    image_tag_mutability: Option<String>,
    image_scanning_configuration: Option<Scanning>,
    #[serde(default)]
    tags: Vec<ResourceTag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Scanning {
    #[serde(default)]
    scan_on_push: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceTag {
    key: String,
    #[serde(default)]
    value: String,
}

fn immutable(mutability: &str) -> Result<bool, ApiError> {
    match mutability {
        "MUTABLE" => Ok(false),
        "IMMUTABLE" => Ok(true),
        other => Err(ApiError::invalid(format!(
            "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: '{other}' is neither MUTABLE \
             nor IMMUTABLE (exclusion filters are not practised here)"
        ))),
    }
}

pub(super) fn create(shared: &Shared, asked: Create) -> Result<Value, ApiError> {
    if !is_repository_name(&asked.repository_name) {
        return Err(ApiError::invalid(
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression \
             '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''",
        ));
    }
    let repository = Repository {
        name: asked.repository_name,
        created_at: (shared.clock)(),
        immutable: asked.image_tag_mutability.as_deref().map_or(Ok(false), immutable)?,
        scan_on_push: asked.image_scanning_configuration.is_some_and(|scanning| scanning.scan_on_push),
        images: BTreeMap::new(),
        tags: BTreeMap::new(),
        resource_tags: asked.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
    };
    let answer = described(shared, &repository);
    let name = repository.name.clone();
    shared.store.create(repository).map_err(|error| match error {
        StoreError::Exists => ApiError::new(
            "RepositoryAlreadyExistsException",
            format!("The repository with name '{name}' already exists in the registry with id '{ACCOUNT}'"),
        ),
        other => ApiError::server(&other),
    })?;
    Ok(json!({ "repository": answer }))
}

/// A repository in the API's words.
fn described(shared: &Shared, repository: &Repository) -> Value {
    let name = &repository.name;
    json!({
        "repositoryArn": arn(shared, name),
        "registryId": ACCOUNT,
        "repositoryName": name,
        "repositoryUri": format!("{}/{name}", shared.registry()),
        "createdAt": repository.created_at,
        "imageTagMutability": mutability(repository),
        "imageScanningConfiguration": { "scanOnPush": repository.scan_on_push },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    })
}

fn arn(shared: &Shared, name: &str) -> String {
    format!("arn:aws:ecr:{}:{ACCOUNT}:repository/{name}", shared.region)
}

fn mutability(repository: &Repository) -> &'static str {
    if repository.immutable { "IMMUTABLE" } else { "MUTABLE" }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    repository_names: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

pub(super) fn describe(shared: &Shared, asked: &Describe) -> Result<Value, ApiError> {
    let found = match &asked.repository_names {
        None => shared.store.repositories(),
        Some(names) => {
            let find =
                |name: &String| shared.store.repository(name).ok_or_else(|| ApiError::no_repository(name));
            names.iter().map(find).collect::<Result<_, _>>()?
        }
    };
    let (found, next) = page(found, asked.next_token.as_deref(), asked.max_results)?;
    let mut answer =
        json!({ "repositories": found.iter().map(|r| described(shared, r)).collect::<Vec<_>>() });
    if let Some(next) = next {
        answer["nextToken"] = next.into();
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delete {
    repository_name: String,
    #[serde(default)]
    force: bool,
}

pub(super) fn delete(shared: &Shared, asked: &Delete) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let missing = || ApiError::no_repository(name);
    let repository = shared.store.repository(name).ok_or_else(missing)?;
    if !repository.images.is_empty() && !asked.force {
        return Err(ApiError::new(
            "RepositoryNotEmptyException",
            format!(
                "The repository with name '{name}' in registry with id '{ACCOUNT}' cannot be deleted because it still \
                 contains images"
            ),
        ));
    }
    let gone = shared.store.delete(name).map_err(|error| match error {
        StoreError::NoRepository => missing(),
        other => ApiError::server(&other),
    })?;
    Ok(json!({ "repository": described(shared, &gone) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutMutability {
    repository_name: String,
    image_tag_mutability: String,
}

pub(super) fn put_mutability(shared: &Shared, asked: &PutMutability) -> Result<Value, ApiError> {
    let immutable = immutable(&asked.image_tag_mutability)?;
    change(shared, &asked.repository_name, |repository| repository.immutable = immutable)?;
    Ok(json!({
        "registryId": ACCOUNT,
        "repositoryName": asked.repository_name,
        "imageTagMutability": asked.image_tag_mutability,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutScanning {
    repository_name: String,
    image_scanning_configuration: Scanning,
}

pub(super) fn put_scanning(shared: &Shared, asked: &PutScanning) -> Result<Value, ApiError> {
    let on = asked.image_scanning_configuration.scan_on_push;
    change(shared, &asked.repository_name, |repository| repository.scan_on_push = on)?;
    Ok(json!({
        "registryId": ACCOUNT,
        "repositoryName": asked.repository_name,
        "imageScanningConfiguration": { "scanOnPush": on },
    }))
}

fn change(shared: &Shared, name: &str, make: impl FnOnce(&mut Repository)) -> Result<(), ApiError> {
    let changed = shared.store.change(name, |repository| {
        make(repository);
        Ok(())
    });
    changed.map_err(|error| match error {
        StoreError::NoRepository => ApiError::no_repository(name),
        other => ApiError::server(&other),
    })
}
