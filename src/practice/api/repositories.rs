//! Repositories and whether their tags can be moved.

use super::super::store::{Mutability, Settings};
use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::page::{Page, USUAL};
use super::{ApiError, found, repository_arn, set, tags};
use serde::Deserialize;
use serde_json::{Value, json};

/// Most `*` of an exclusion filter.
const MOST_WILDCARDS: usize = 2;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    repository_name: String,
    #[serde(default)]
    image_tag_mutability: Mutability,
    #[serde(default)]
    image_tag_mutability_exclusion_filters: Vec<Filter>,
    #[serde(default)]
    image_scanning_configuration: Scanning,
    encryption_configuration: Option<Encryption>,
    #[serde(default)]
    tags: Vec<tags::Tag>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scanning {
    #[serde(default)]
    pub(super) scan_on_push: bool,
}

/// The type of the filter has one value, which the model holds.
#[derive(Deserialize)]
pub(super) struct Filter {
    filter: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Encryption {
    encryption_type: String,
    kms_key: Option<String>,
}

impl Encryption {
    /// As it is kept and described. Nothing is encrypted here; that the setting is there can be practised.
    pub(super) fn json(self, shared: &Shared) -> Result<Value, ApiError> {
        let key = match (self.encryption_type.as_str(), self.kms_key.filter(|key| !key.is_empty())) {
            ("AES256", Some(_)) => {
                return Err(broken(
                    "encryptionConfiguration",
                    "KMS key must not be specified when the encryption type is AES256",
                ));
            }
            ("AES256", None) => None,
            (_, Some(key)) => Some(key),
            (_, None) => Some(format!("arn:aws:kms:{}:{ACCOUNT}:alias/aws/ecr", shared.region)),
        };
        let mut kept = json!({ "encryptionType": self.encryption_type });
        set(&mut kept, "kmsKey", key);
        Ok(kept)
    }
}

/// The filters of a mutability, which has some exactly when its name says so.
pub(super) fn exclusions(mutability: Mutability, filters: Vec<Filter>) -> Result<Vec<String>, ApiError> {
    const AT: &str = "imageTagMutabilityExclusionFilters";
    let wants = matches!(mutability, Mutability::ImmutableWithExclusion | Mutability::MutableWithExclusion);
    match (wants, filters.is_empty()) {
        (true, true) => {
            return Err(broken(
                AT,
                "Member must not be empty when the imageTagMutability is one with exclusion",
            ));
        }
        (false, false) => {
            return Err(broken(
                AT,
                "Member must be empty unless the imageTagMutability is one with exclusion",
            ));
        }
        _ => {}
    }
    let filters: Vec<String> = filters.into_iter().map(|filter| filter.filter).collect();
    if let Some(wild) = filters.iter().find(|filter| filter.matches('*').count() > MOST_WILDCARDS) {
        return Err(broken(AT, &format!("The filter {wild} has more than {MOST_WILDCARDS} wildcards (*)")));
    }
    Ok(filters)
}

pub(super) fn create(shared: &Shared, asked: Create) -> Result<Value, ApiError> {
    let mut settings = Settings::new(asked.repository_name, shared.now());
    settings.mutability = asked.image_tag_mutability;
    settings.exclusions =
        exclusions(asked.image_tag_mutability, asked.image_tag_mutability_exclusion_filters)?;
    settings.scan_on_push = asked.image_scanning_configuration.scan_on_push;
    settings.resource_tags = tags::checked(asked.tags)?;
    if let Some(encryption) = asked.encryption_configuration {
        settings.more.insert("encryptionConfiguration".into(), encryption.json(shared)?);
    }
    let answer = described(shared, &settings);
    shared.store.create(settings)?;
    Ok(json!({ "repository": answer }))
}

/// A repository in the API's words.
pub(super) fn described(shared: &Shared, settings: &Settings) -> Value {
    let name = &settings.name;
    let encryption = settings.more.get("encryptionConfiguration").cloned();
    let mut described = json!({
        "repositoryArn": repository_arn(shared, name),
        "registryId": ACCOUNT,
        "repositoryName": name,
        "repositoryUri": format!("{}/{name}", shared.registry()),
        "createdAt": settings.created_at,
        "imageTagMutability": settings.mutability,
        "imageScanningConfiguration": { "scanOnPush": settings.scan_on_push },
        "encryptionConfiguration": encryption.unwrap_or_else(|| json!({ "encryptionType": "AES256" })),
    });
    set(&mut described, "imageTagMutabilityExclusionFilters", filters(&settings.exclusions));
    described
}

/// Exclusion filters in the API's words, when there are any.
pub(super) fn filters(exclusions: &[String]) -> Option<Value> {
    let filter = |filter: &String| json!({ "filterType": "WILDCARD", "filter": filter });
    (!exclusions.is_empty()).then(|| exclusions.iter().map(filter).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    repository_names: Option<Vec<String>>,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn describe(shared: &Shared, asked: &Describe) -> Result<Value, ApiError> {
    let (names, next) = match &asked.repository_names {
        Some(names) => {
            asked.page.refuse_with("repositoryNames")?;
            (names.clone(), None)
        }
        None => asked.page.of(shared.store.names(), Clone::clone, USUAL)?,
    };
    let mut repositories = Vec::new();
    for name in &names {
        match found(name, shared.store.settings(name)) {
            Ok(settings) => repositories.push(described(shared, &settings)),
            // One that was listed and is gone since.
            Err(_) if asked.repository_names.is_none() => {}
            Err(error) => return Err(error),
        }
    }
    let mut answer = json!({ "repositories": repositories });
    set(&mut answer, "nextToken", next);
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
    let gone = shared.store.delete(name, |repository| {
        if repository.images.is_empty() || asked.force {
            return Ok(());
        }
        Err(ApiError::new(
            "RepositoryNotEmptyException",
            format!(
                "The repository with name '{name}' in registry with id '{ACCOUNT}' cannot be deleted because it still \
                 contains images"
            ),
        ))
    })?;
    let mut answer = described(shared, &gone);
    // Of what is gone the service tells no more.
    if let Some(members) = answer.as_object_mut() {
        members.remove("imageScanningConfiguration");
        members.remove("encryptionConfiguration");
    }
    Ok(json!({ "repository": answer }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutMutability {
    repository_name: String,
    image_tag_mutability: Mutability,
    #[serde(default)]
    image_tag_mutability_exclusion_filters: Vec<Filter>,
}

pub(super) fn put_mutability(shared: &Shared, asked: PutMutability) -> Result<Value, ApiError> {
    let mutability = asked.image_tag_mutability;
    let exclusions = exclusions(mutability, asked.image_tag_mutability_exclusion_filters)?;
    shared.store.configure(&asked.repository_name, |settings| {
        settings.mutability = mutability;
        settings.exclusions.clone_from(&exclusions);
        Ok::<_, ApiError>(())
    })?;
    let mut answer = json!({
        "registryId": ACCOUNT,
        "repositoryName": asked.repository_name,
        "imageTagMutability": mutability,
    });
    set(&mut answer, "imageTagMutabilityExclusionFilters", filters(&exclusions));
    Ok(answer)
}
