//! Policies of repositories and of the registry: kept, given back, and obeyed as far as the one user there
//! is here can be concerned: what a repository's policy denies to everybody or to this user is denied.
//! Statements with conditions are kept and not weighed.

use super::super::store::{Owner, matches_wildcard};
use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::sts::USER;
use super::{ApiError, Named, repository_arn};
use serde::Deserialize;
use serde_json::{Value, json};

/// Document of a policy's text, of a repository or of the registry.
const POLICY: &str = "policy";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Set {
    repository_name: String,
    policy_text: String,
}

/// Refuses a text that is no policy: JSON with a version that exists, and statements that have an effect,
/// actions and (on a repository always) a principal.
pub(super) fn check(text: &str, whose: &str) -> Result<(), ApiError> {
    let refused = |what: &str| broken("PolicyText", &format!("Invalid {whose} policy provided: {what}"));
    let policy: Value =
        serde_json::from_str(text).map_err(|error| refused(&format!("it is no JSON: {error}")))?;
    let policy = policy.as_object().ok_or_else(|| refused("it is no JSON object"))?;
    match policy.get("Version").map(Value::as_str) {
        None | Some(Some("2012-10-17" | "2008-10-17")) => {}
        Some(_) => return Err(refused("Version is 2012-10-17 or 2008-10-17")),
    }
    let statements = match policy.get("Statement") {
        Some(Value::Array(all)) if !all.is_empty() => all.clone(),
        Some(one @ Value::Object(_)) => vec![one.clone()],
        _ => return Err(refused("it has no Statement")),
    };
    for (number, statement) in statements.iter().enumerate() {
        let at = |what: &str| refused(&format!("statement {} {what}", number + 1));
        if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
            return Err(at("has no Effect of Allow or Deny"));
        }
        let has = |names: [&str; 2]| names.iter().any(|name| !statement[*name].is_null());
        if !has(["Action", "NotAction"]) {
            return Err(at("has no Action"));
        }
        if !has(["Principal", "NotPrincipal"]) {
            return Err(at("has no Principal"));
        }
    }
    Ok(())
}

/// Actions that no policy keeps the owner of the registry from, who would be locked out.
const ALWAYS: [&str; 4] =
    ["GetRepositoryPolicy", "SetRepositoryPolicy", "DeleteRepositoryPolicy", "DeleteRepository"];

/// Why the repository's policy denies `action` (`ecr:PutImage`), in the service's words.
pub(crate) fn denial(shared: &Shared, action: &str, repository: &str) -> Option<String> {
    if ALWAYS.iter().any(|always| action.strip_prefix("ecr:") == Some(always)) {
        return None;
    }
    let text: String = shared.store.document(Owner::Repository(repository), POLICY).ok()??;
    let policy: Value = serde_json::from_str(&text).ok()?;
    let statements = match &policy["Statement"] {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let denies = |statement: &Value| {
        statement["Effect"] == "Deny"
            && statement["Condition"].is_null()
            && texts(&statement["Action"])
                .any(|pattern| matches_wildcard(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()))
            && (statement["Principal"] == "*" || texts(&statement["Principal"]["AWS"]).any(is_here))
    };
    statements.iter().any(denies).then(|| {
        format!(
            "User: {USER} is not authorized to perform: {action} on resource: {} with an explicit deny in a \
             resource-based policy",
            repository_arn(shared, repository)
        )
    })
}

/// The texts of a member that may be one or several.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let several = value.as_array().map(Vec::as_slice).unwrap_or_default();
    value.as_str().into_iter().chain(several.iter().filter_map(Value::as_str))
}

/// Whether a principal is, or has among it, the one user there is.
fn is_here(principal: &str) -> bool {
    principal == "*"
        || principal == ACCOUNT
        || principal == USER
        || principal == format!("arn:aws:iam::{ACCOUNT}:root")
}

pub(super) fn set(shared: &Shared, asked: &Set) -> Result<Value, ApiError> {
    check(&asked.policy_text, "repository")?;
    shared.store.put_document(Owner::Repository(&asked.repository_name), POLICY, &asked.policy_text)?;
    Ok(answer(&asked.repository_name, &asked.policy_text))
}

/// Keeps the policy that a template gives.
pub(super) fn keep(shared: &Shared, repository: &str, text: &str) -> Result<(), ApiError> {
    Ok(shared.store.put_document(Owner::Repository(repository), POLICY, &text)?)
}

fn answer(repository: &str, text: &str) -> Value {
    json!({ "registryId": ACCOUNT, "repositoryName": repository, "policyText": text })
}

fn kept(shared: &Shared, repository: &str) -> Result<String, ApiError> {
    shared.store.settings(repository)?;
    let text = shared.store.document(Owner::Repository(repository), POLICY)?;
    text.ok_or_else(|| {
        let message = format!(
            "Repository policy does not exist for the repository with name '{repository}' in the registry with id '{ACCOUNT}'"
        );
        ApiError::new("RepositoryPolicyNotFoundException", message)
    })
}

pub(super) fn get(shared: &Shared, asked: &Named) -> Result<Value, ApiError> {
    Ok(answer(&asked.repository_name, &kept(shared, &asked.repository_name)?))
}

pub(super) fn delete(shared: &Shared, asked: &Named) -> Result<Value, ApiError> {
    let text = kept(shared, &asked.repository_name)?;
    shared.store.remove_document(Owner::Repository(&asked.repository_name), POLICY)?;
    Ok(answer(&asked.repository_name, &text))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutRegistry {
    policy_text: String,
}

pub(super) fn put_registry(shared: &Shared, asked: &PutRegistry) -> Result<Value, ApiError> {
    check(&asked.policy_text, "registry")?;
    shared.store.put_document(Owner::Registry, POLICY, &asked.policy_text)?;
    Ok(json!({ "registryId": ACCOUNT, "policyText": asked.policy_text }))
}

pub(super) fn get_registry(shared: &Shared) -> Result<Value, ApiError> {
    let text: Option<String> = shared.store.document(Owner::Registry, POLICY)?;
    let text = text.ok_or_else(|| {
        let message = format!("Registry policy does not exist in the registry with id '{ACCOUNT}'");
        ApiError::new("RegistryPolicyNotFoundException", message)
    })?;
    Ok(json!({ "registryId": ACCOUNT, "policyText": text }))
}

pub(super) fn delete_registry(shared: &Shared) -> Result<Value, ApiError> {
    let answer = get_registry(shared)?;
    shared.store.remove_document(Owner::Registry, POLICY)?;
    Ok(answer)
}
