//! Repository creation templates, and the repositories that a push makes where one allows it.

use super::super::store::{Mutability, Owner, Settings, StoreError};
use super::super::{ACCOUNT, Shared};
use super::page::{Page, USUAL};
use super::repositories::{Encryption, Filter, exclusions};
use super::{ApiError, lifecycle, policies, read, set, tags};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Document of the templates: prefix → members in the API's words.
const TEMPLATES: &str = "creation-templates";
/// The template for what no other one is for.
const ROOT: &str = "ROOT";
const MOST: usize = 50;

type Templates = BTreeMap<String, Map<String, Value>>;

/// What of a template is more than text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    prefix: String,
    #[serde(default)]
    image_tag_mutability: Mutability,
    #[serde(default)]
    image_tag_mutability_exclusion_filters: Vec<Filter>,
    encryption_configuration: Option<Encryption>,
    #[serde(default)]
    resource_tags: Vec<tags::Tag>,
    repository_policy: Option<String>,
    lifecycle_policy: Option<String>,
    #[serde(default)]
    applied_for: Vec<AppliedFor>,
}

#[derive(Deserialize, Serialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum AppliedFor {
    Replication,
    PullThroughCache,
    CreateOnPush,
}

/// Checks a template, and gives back its prefix and its members.
fn checked(shared: &Shared, input: Value) -> Result<(String, Map<String, Value>), ApiError> {
    let mut members = input.as_object().cloned().unwrap_or_default();
    let template: Template = read(input)?;
    exclusions(template.image_tag_mutability, template.image_tag_mutability_exclusion_filters)?;
    tags::checked(template.resource_tags)?;
    for (text, check) in [
        (
            template.repository_policy,
            (|text| policies::check(text, "repository")) as fn(&str) -> Result<(), ApiError>,
        ),
        (template.lifecycle_policy, |text| lifecycle::parse(text).map(|_| ())),
    ] {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            check(&text)?;
        }
    }
    if let Some(encryption) = template.encryption_configuration {
        members.insert("encryptionConfiguration".into(), encryption.json(shared)?);
    }
    members.remove("prefix");
    members.retain(|_, value| !value.is_null());
    Ok((template.prefix, members))
}

fn described(prefix: &str, members: &Map<String, Value>) -> Value {
    let mut template = Value::Object(members.clone());
    set(&mut template, "prefix", Some(prefix));
    json!({ "registryId": ACCOUNT, "repositoryCreationTemplate": template })
}

pub(super) fn create(shared: &Shared, input: Value) -> Result<Value, ApiError> {
    let (prefix, mut members) = checked(shared, input)?;
    let now = shared.now();
    members.entry("imageTagMutability").or_insert_with(|| "MUTABLE".into());
    members.entry("encryptionConfiguration").or_insert_with(|| json!({ "encryptionType": "AES256" }));
    members.insert("createdAt".into(), now.into());
    members.insert("updatedAt".into(), now.into());
    let answer = described(&prefix, &members);
    shared.store.change_document(Owner::Registry, TEMPLATES, |all: &mut Templates| {
        if all.contains_key(&prefix) {
            let message = format!(
                "The repository creation template with prefix '{prefix}' already exists in the registry with id '{ACCOUNT}'"
            );
            return Err(ApiError::new("TemplateAlreadyExistsException", message));
        }
        if all.len() >= MOST {
            let message = format!("A registry has at most {MOST} repository creation templates");
            return Err(ApiError::new("LimitExceededException", message));
        }
        all.insert(prefix, members);
        Ok(())
    })?;
    Ok(answer)
}

fn missing(prefix: &str) -> ApiError {
    let message = format!(
        "The repository creation template with prefix '{prefix}' does not exist in the registry with id '{ACCOUNT}'"
    );
    ApiError::new("TemplateNotFoundException", message)
}

pub(super) fn update(shared: &Shared, input: Value) -> Result<Value, ApiError> {
    let (prefix, members) = checked(shared, input)?;
    let now = shared.now();
    let changed = shared.store.change_document(Owner::Registry, TEMPLATES, |all: &mut Templates| {
        let kept = all.get_mut(&prefix).ok_or_else(|| missing(&prefix))?;
        kept.extend(members);
        kept.insert("updatedAt".into(), now.into());
        Ok::<_, ApiError>(kept.clone())
    })?;
    Ok(described(&prefix, &changed))
}

#[derive(Deserialize)]
pub(super) struct One {
    prefix: String,
}

pub(super) fn delete(shared: &Shared, asked: &One) -> Result<Value, ApiError> {
    let prefix = &asked.prefix;
    let gone = shared.store.change_document(Owner::Registry, TEMPLATES, |all: &mut Templates| {
        all.remove(prefix).ok_or_else(|| missing(prefix))
    })?;
    Ok(described(prefix, &gone))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    prefixes: Option<Vec<String>>,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn describe(shared: &Shared, asked: &Describe) -> Result<Value, ApiError> {
    let all: Templates = shared.store.document(Owner::Registry, TEMPLATES)?.unwrap_or_default();
    let wanted = |prefix: &String| asked.prefixes.as_ref().is_none_or(|prefixes| prefixes.contains(prefix));
    let names = all.keys().filter(|prefix| wanted(prefix)).cloned();
    let (names, next) = asked.page.of(names, Clone::clone, USUAL)?;
    let templates: Vec<Value> = names
        .iter()
        .filter_map(|prefix| Some(described(prefix, all.get(prefix)?)["repositoryCreationTemplate"].take()))
        .collect();
    let mut answer = json!({ "registryId": ACCOUNT, "repositoryCreationTemplates": templates });
    set(&mut answer, "nextToken", next);
    Ok(answer)
}

/// Makes the repository `name` for a push, when the template with the longest fitting prefix is for that.
/// Answers whether it is there now. Blocks on the disk.
pub(crate) fn create_on_push(shared: &Shared, name: &str) -> Result<bool, ApiError> {
    let all: Templates = shared.store.document(Owner::Registry, TEMPLATES)?.unwrap_or_default();
    let fits = |prefix: &str| {
        let prefix = prefix.trim_end_matches('/');
        name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let fitting =
        all.keys().filter(|prefix| *prefix != ROOT && fits(prefix)).max_by_key(|prefix| prefix.len());
    let Some(prefix) = fitting.map(String::as_str).or_else(|| all.contains_key(ROOT).then_some(ROOT)) else {
        return Ok(false);
    };
    let mut members = all.get(prefix).cloned().unwrap_or_default();
    members.insert("prefix".into(), prefix.into());
    let encryption = members.remove("encryptionConfiguration");
    let template: Template = read(Value::Object(members))?;
    if !template.applied_for.contains(&AppliedFor::CreateOnPush) {
        return Ok(false);
    }
    let mut settings = Settings::new(name, shared.now());
    settings.mutability = template.image_tag_mutability;
    settings.exclusions =
        exclusions(template.image_tag_mutability, template.image_tag_mutability_exclusion_filters)?;
    settings.resource_tags = tags::checked(template.resource_tags)?;
    if let Some(encryption) = encryption {
        settings.more.insert("encryptionConfiguration".into(), encryption);
    }
    match shared.store.create(settings) {
        Ok(()) => {}
        // Another push of the same moment.
        Err(StoreError::Exists) => return Ok(true),
        Err(error) => return Err(error.into()),
    }
    if let Some(text) = template.repository_policy.filter(|text| !text.is_empty()) {
        policies::keep(shared, name, &text)?;
    }
    if let Some(text) = template.lifecycle_policy.filter(|text| !text.is_empty()) {
        lifecycle::keep(shared, name, &text)?;
    }
    Ok(true)
}
