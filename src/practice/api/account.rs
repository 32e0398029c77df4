//! What belongs to the account: tokens, settings, and whose pulls leave the pull time alone.

use super::super::store::Owner;
use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::page::{Page, USUAL};
use super::{ApiError, set};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Document of the account's settings: name → value.
const SETTINGS: &str = "account-settings";
/// Document of principals: ARN → second of its registration.
const EXCLUSIONS: &str = "pull-time-exclusions";
const MOST_EXCLUSIONS: usize = 100;

/// Names, the values they take, and the one they have at first.
const KNOWN: [(&str, &[&str], &str); 3] = [
    ("BASIC_SCAN_TYPE_VERSION", &["AWS_NATIVE"], "AWS_NATIVE"),
    ("REGISTRY_POLICY_SCOPE", &["V2"], "V2"),
    ("BLOB_MOUNTING", &["ENABLED", "DISABLED"], "ENABLED"),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    #[serde(default)]
    registry_ids: Vec<String>,
}

pub(super) fn authorization_token(shared: &Shared, asked: &Token) -> Result<Value, ApiError> {
    if asked.registry_ids.iter().any(|id| id != ACCOUNT) {
        return Err(broken("registryIds", &format!("The registry practised here is {ACCOUNT}")));
    }
    let (token, expires) = token(shared)?;
    Ok(json!({ "authorizationData": [{
        "authorizationToken": base64::engine::general_purpose::STANDARD.encode(format!("AWS:{token}")),
        "expiresAt": expires,
        "proxyEndpoint": format!("http://{}", shared.registry()),
    }] }))
}

/// A new password for the registry, and when it expires.
pub(super) fn token(shared: &Shared) -> Result<(String, u64), ApiError> {
    shared.tokens.issue(shared.now()).map_err(|error| ApiError::server(&error))
}

#[derive(Deserialize)]
pub(super) struct Setting {
    name: String,
}

fn known(name: &str) -> Result<(&'static [&'static str], &'static str), ApiError> {
    let found = KNOWN.iter().find(|(known, ..)| *known == name);
    found.map(|(_, values, first)| (*values, *first)).ok_or_else(|| {
        let names = KNOWN.map(|(name, ..)| name).join(", ");
        broken("name", &format!("Member must satisfy enum value set: [{names}]"))
    })
}

pub(super) fn setting(shared: &Shared, asked: &Setting) -> Result<Value, ApiError> {
    let (_, first) = known(&asked.name)?;
    let kept: BTreeMap<String, String> =
        shared.store.document(Owner::Registry, SETTINGS)?.unwrap_or_default();
    let value = kept.get(&asked.name).map_or(first, String::as_str);
    Ok(json!({ "name": asked.name, "value": value }))
}

/// Whether a push may share blobs of other repositories.
pub(crate) fn may_mount(shared: &Shared) -> bool {
    let kept: BTreeMap<String, String> =
        shared.store.document(Owner::Registry, SETTINGS).ok().flatten().unwrap_or_default();
    kept.get("BLOB_MOUNTING").is_none_or(|value| value == "ENABLED")
}

#[derive(Deserialize)]
pub(super) struct PutSetting {
    name: String,
    value: String,
}

pub(super) fn put_setting(shared: &Shared, asked: &PutSetting) -> Result<Value, ApiError> {
    let (values, _) = known(&asked.name)?;
    if !values.contains(&asked.value.as_str()) {
        return Err(broken("value", &format!("Member must satisfy enum value set: [{}]", values.join(", "))));
    }
    shared.store.change_document(Owner::Registry, SETTINGS, |kept: &mut BTreeMap<String, String>| {
        kept.insert(asked.name.clone(), asked.value.clone());
        Ok::<_, ApiError>(())
    })?;
    Ok(json!({ "name": asked.name, "value": asked.value }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Principal {
    principal_arn: String,
}

pub(super) fn register(shared: &Shared, asked: &Principal) -> Result<Value, ApiError> {
    let (arn, now) = (&asked.principal_arn, shared.now());
    shared.store.change_document(Owner::Registry, EXCLUSIONS, |kept: &mut BTreeMap<String, u64>| {
        if kept.contains_key(arn) {
            let message = format!("The pull time update exclusion for '{arn}' already exists");
            return Err(ApiError::new("ExclusionAlreadyExistsException", message));
        }
        if kept.len() >= MOST_EXCLUSIONS {
            let message = format!("A registry has at most {MOST_EXCLUSIONS} pull time update exclusions");
            return Err(ApiError::new("LimitExceededException", message));
        }
        kept.insert(arn.clone(), now);
        Ok(())
    })?;
    Ok(json!({ "principalArn": arn, "createdAt": now }))
}

pub(super) fn deregister(shared: &Shared, asked: &Principal) -> Result<Value, ApiError> {
    let arn = &asked.principal_arn;
    shared.store.change_document(Owner::Registry, EXCLUSIONS, |kept: &mut BTreeMap<String, u64>| {
        kept.remove(arn).map(|_| ()).ok_or_else(|| {
            let message = format!("The pull time update exclusion for '{arn}' does not exist");
            ApiError::new("ExclusionNotFoundException", message)
        })
    })?;
    Ok(json!({ "principalArn": arn }))
}

pub(super) fn exclusions(shared: &Shared, asked: &Page) -> Result<Value, ApiError> {
    let kept: BTreeMap<String, u64> = shared.store.document(Owner::Registry, EXCLUSIONS)?.unwrap_or_default();
    let (arns, next) = asked.of(kept.into_keys(), Clone::clone, USUAL)?;
    let mut answer = json!({ "pullTimeUpdateExclusions": arns });
    set(&mut answer, "nextToken", next);
    Ok(answer)
}
