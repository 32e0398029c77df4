//! Pull-through cache rules: kept, described, and found invalid when they are validated, because there is
//! no network here through which an upstream registry could be reached.

use super::super::store::Owner;
use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::page::{Page, USUAL};
use super::{ApiError, set};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Document of the rules: prefix → rule.
const RULES: &str = "pull-through-cache-rules";
/// Most rules of a registry (service quota).
const MOST: usize = 50;

/// Upstream registries: the API's name, how a URL ends, and whether it wants credentials.
const UPSTREAMS: [(&str, &str, bool); 9] = [
    ("ecr-public", "public.ecr.aws", false),
    ("docker-hub", "registry-1.docker.io", true),
    ("quay", "quay.io", false),
    ("k8s", "registry.k8s.io", false),
    ("github-container-registry", "ghcr.io", true),
    ("gitlab-container-registry", "registry.gitlab.com", true),
    ("chainguard", "cgr.dev", true),
    ("azure-container-registry", ".azurecr.io", true),
    ("ecr", ".amazonaws.com", false),
];

type Rules = BTreeMap<String, Rule>;

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    upstream_registry_url: String,
    upstream_registry: String,
    upstream_repository_prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_role_arn: Option<String>,
    created_at: u64,
    updated_at: u64,
}

impl Rule {
    /// The rule in the API's words, with those of its members that the answer has.
    fn json(&self, prefix: &str, members: &[&str]) -> Value {
        let all = serde_json::to_value(self).unwrap_or_default();
        let mut answer = json!({ "ecrRepositoryPrefix": prefix, "registryId": ACCOUNT });
        for member in members {
            set(&mut answer, member, all.get(*member).cloned());
        }
        answer
    }
}

const USUAL_MEMBERS: [&str; 5] =
    ["upstreamRegistryUrl", "createdAt", "credentialArn", "customRoleArn", "upstreamRepositoryPrefix"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    ecr_repository_prefix: String,
    upstream_registry_url: String,
    upstream_registry: Option<String>,
    credential_arn: Option<String>,
    custom_role_arn: Option<String>,
    upstream_repository_prefix: Option<String>,
}

pub(super) fn create(shared: &Shared, asked: Create) -> Result<Value, ApiError> {
    let host = asked.upstream_registry_url.trim_start_matches("https://").trim_end_matches('/');
    let fits = |end: &str| if end.starts_with('.') { host.ends_with(end) } else { host == end };
    let known = UPSTREAMS.iter().find(|(_, end, _)| fits(end)).ok_or_else(|| {
        let message = format!("The upstream registry '{host}' is not supported");
        ApiError::new("UnsupportedUpstreamRegistryException", message)
    })?;
    if let Some(named) = asked.upstream_registry.as_ref().filter(|named| *named != known.0) {
        return Err(broken("upstreamRegistry", &format!("{host} is {}, not {named}", known.0)));
    }
    if known.2 && asked.credential_arn.is_none() {
        return Err(broken(
            "credentialArn",
            &format!("Credentials are required for the upstream registry {host}"),
        ));
    }
    let (prefix, now) = (asked.ecr_repository_prefix.trim_end_matches('/').to_owned(), shared.now());
    let rule = Rule {
        upstream_registry_url: host.to_owned(),
        upstream_registry: known.0.to_owned(),
        upstream_repository_prefix: asked.upstream_repository_prefix.unwrap_or_else(|| "ROOT".into()),
        credential_arn: asked.credential_arn,
        custom_role_arn: asked.custom_role_arn,
        created_at: now,
        updated_at: now,
    };
    let answer = rule.json(&prefix, &[&USUAL_MEMBERS[..], &["upstreamRegistry"]].concat());
    shared.store.change_document(Owner::Registry, RULES, |rules: &mut Rules| {
        if rules.contains_key(&prefix) {
            let message = format!(
                "A pull through cache rule with ecrRepositoryPrefix '{prefix}' already exists in the registry with id '{ACCOUNT}'"
            );
            return Err(ApiError::new("PullThroughCacheRuleAlreadyExistsException", message));
        }
        if rules.len() >= MOST {
            let message = format!("A registry has at most {MOST} pull through cache rules");
            return Err(ApiError::new("LimitExceededException", message));
        }
        rules.insert(prefix, rule);
        Ok(())
    })?;
    Ok(answer)
}

fn missing(prefix: &str) -> ApiError {
    let message = format!(
        "The pull through cache rule with ecrRepositoryPrefix '{prefix}' does not exist in the registry with id '{ACCOUNT}'"
    );
    ApiError::new("PullThroughCacheRuleNotFoundException", message)
}

fn rules(shared: &Shared) -> Result<Rules, ApiError> {
    Ok(shared.store.document(Owner::Registry, RULES)?.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct One {
    ecr_repository_prefix: String,
}

pub(super) fn delete(shared: &Shared, asked: &One) -> Result<Value, ApiError> {
    let prefix = &asked.ecr_repository_prefix;
    let gone = shared.store.change_document(Owner::Registry, RULES, |rules: &mut Rules| {
        rules.remove(prefix).ok_or_else(|| missing(prefix))
    })?;
    Ok(gone.json(prefix, &USUAL_MEMBERS))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    ecr_repository_prefixes: Option<Vec<String>>,
    #[serde(flatten)]
    page: Page,
}

pub(super) fn describe(shared: &Shared, asked: &Describe) -> Result<Value, ApiError> {
    let all = rules(shared)?;
    let (prefixes, next) = match &asked.ecr_repository_prefixes {
        Some(prefixes) => {
            asked.page.refuse_with("ecrRepositoryPrefixes")?;
            (prefixes.clone(), None)
        }
        None => asked.page.of(all.keys().cloned(), Clone::clone, USUAL)?,
    };
    let members = [&USUAL_MEMBERS[..], &["upstreamRegistry", "updatedAt"]].concat();
    let described = |prefix: &String| {
        let rule = all.get(prefix).ok_or_else(|| missing(prefix))?;
        Ok(rule.json(prefix, &members))
    };
    let described = prefixes.iter().map(described).collect::<Result<Vec<_>, ApiError>>()?;
    let mut answer = json!({ "pullThroughCacheRules": described });
    set(&mut answer, "nextToken", next);
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    ecr_repository_prefix: String,
    credential_arn: Option<String>,
    custom_role_arn: Option<String>,
}

pub(super) fn update(shared: &Shared, asked: Update) -> Result<Value, ApiError> {
    let prefix = asked.ecr_repository_prefix;
    let now = shared.now();
    let rule = shared.store.change_document(Owner::Registry, RULES, |rules: &mut Rules| {
        let rule = rules.get_mut(&prefix).ok_or_else(|| missing(&prefix))?;
        rule.credential_arn = asked.credential_arn.or(rule.credential_arn.take());
        rule.custom_role_arn = asked.custom_role_arn.or(rule.custom_role_arn.take());
        rule.updated_at = now;
        Ok::<_, ApiError>(rule.clone())
    })?;
    Ok(rule.json(&prefix, &["updatedAt", "credentialArn", "customRoleArn", "upstreamRepositoryPrefix"]))
}

pub(super) fn validate(shared: &Shared, asked: &One) -> Result<Value, ApiError> {
    let prefix = &asked.ecr_repository_prefix;
    let all = rules(shared)?;
    let rule = all.get(prefix).ok_or_else(|| missing(prefix))?;
    let members = ["upstreamRegistryUrl", "credentialArn", "customRoleArn", "upstreamRepositoryPrefix"];
    let mut answer = rule.json(prefix, &members);
    set(&mut answer, "isValid", Some(false));
    let failure = format!(
        "The practice ECR reaches no other registry, so {} was not tried.",
        rule.upstream_registry_url
    );
    set(&mut answer, "failure", Some(failure));
    Ok(answer)
}
