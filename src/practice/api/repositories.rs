//! Repositories and their settings.

use super::super::error::ApiError;
use super::super::store::{Mutability, Settings, StoreError, is_repository_name};
use super::super::{ACCOUNT, Shared};
use super::page;
use serde::Deserialize;
use serde_json::{Value, json};

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

fn read_mutability(mutability: &str) -> Result<Mutability, ApiError> {
    match mutability {
        "MUTABLE" => Ok(Mutability::Mutable),
        "IMMUTABLE" => Ok(Mutability::Immutable),
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
    let mut repository = Settings::new(asked.repository_name, (shared.clock)());
    if let Some(mutability) = asked.image_tag_mutability.as_deref() {
        repository.mutability = read_mutability(mutability)?;
    }
    repository.scan_on_push =
        asked.image_scanning_configuration.is_some_and(|scanning| scanning.scan_on_push);
    repository.resource_tags = asked.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
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
fn described(shared: &Shared, repository: &Settings) -> Value {
    let name = &repository.name;
    json!({
        "repositoryArn": arn(shared, name),
        "registryId": ACCOUNT,
        "repositoryName": name,
        "repositoryUri": format!("{}/{name}", shared.registry()),
        "createdAt": repository.created_at,
        "imageTagMutability": repository.mutability,
        "imageScanningConfiguration": { "scanOnPush": repository.scan_on_push },
        "encryptionConfiguration": { "encryptionType": "AES256" },
    })
}

fn arn(shared: &Shared, name: &str) -> String {
    format!("arn:aws:ecr:{}:{ACCOUNT}:repository/{name}", shared.region)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    repository_names: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

pub(super) fn describe(shared: &Shared, asked: &Describe) -> Result<Value, ApiError> {
    let names = asked.repository_names.clone().unwrap_or_else(|| shared.store.names());
    let find = |name: &String| shared.store.settings(name).map_err(|_| ApiError::no_repository(name));
    let found = names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
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
    let gone = shared.store.delete(name, |state| {
        if state.images.is_empty() || asked.force { Ok(()) } else { Err(StoreError::Exists) }
    });
    let gone = gone.map_err(|error| match error {
        StoreError::NoRepository => ApiError::no_repository(name),
        StoreError::Exists => ApiError::new(
            "RepositoryNotEmptyException",
            format!(
                "The repository with name '{name}' in registry with id '{ACCOUNT}' cannot be deleted because it still \
                 contains images"
            ),
        ),
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
    let mutability = read_mutability(&asked.image_tag_mutability)?;
    change(shared, &asked.repository_name, |repository| repository.mutability = mutability)?;
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

fn change(shared: &Shared, name: &str, make: impl FnOnce(&mut Settings)) -> Result<(), ApiError> {
    let changed = shared.store.configure(name, |repository| {
        make(repository);
        Ok::<_, StoreError>(())
    });
    changed.map_err(|error| match error {
        StoreError::NoRepository => ApiError::no_repository(name),
        other => ApiError::server(&other),
    })
}
