//! Replication: its rules are kept, and an image's status says truthfully that nothing was copied, because
//! there is one Region here.

use super::super::store::Owner;
use super::super::{ACCOUNT, Shared};
use super::model::broken;
use super::{ApiError, ImageId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Document of the configuration.
const REPLICATION: &str = "replication";
/// Most different destinations of all rules together (service quota).
const MOST_DESTINATIONS: usize = 25;

#[derive(Default, Serialize, Deserialize)]
struct Configuration {
    rules: Vec<Rule>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    destinations: Vec<Destination>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository_filters: Option<Vec<Filter>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delete_replication: Option<Value>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Destination {
    region: String,
    registry_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    filter: String,
    filter_type: String,
}

impl Rule {
    fn is_for(&self, repository: &str) -> bool {
        let fits = |filter: &Filter| repository.starts_with(&filter.filter);
        self.repository_filters.as_ref().is_none_or(|filters| filters.iter().any(fits))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Put {
    replication_configuration: Configuration,
}

pub(super) fn put(shared: &Shared, asked: Put) -> Result<Value, ApiError> {
    let configuration = asked.replication_configuration;
    let refused = |what: &str| Err(broken("replicationConfiguration", what));
    let mut all: Vec<&Destination> = configuration.rules.iter().flat_map(|rule| &rule.destinations).collect();
    if all.iter().any(|to| to.registry_id == ACCOUNT && *to.region == *shared.region) {
        return refused("Replication destination cannot be the same as the source registry");
    }
    if configuration.rules.iter().any(|rule| rule.destinations.is_empty()) {
        return refused("A replication rule must have at least one destination");
    }
    all.sort();
    all.dedup();
    if all.len() > MOST_DESTINATIONS {
        return refused(&format!("A registry replicates to at most {MOST_DESTINATIONS} destinations"));
    }
    shared.store.put_document(Owner::Registry, REPLICATION, &configuration)?;
    Ok(json!({ "replicationConfiguration": configuration }))
}

fn kept(shared: &Shared) -> Result<Configuration, ApiError> {
    Ok(shared.store.document(Owner::Registry, REPLICATION)?.unwrap_or_default())
}

/// `DescribeRegistry`, which tells of nothing else.
pub(super) fn registry(shared: &Shared) -> Result<Value, ApiError> {
    Ok(json!({ "registryId": ACCOUNT, "replicationConfiguration": kept(shared)? }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    repository_name: String,
    image_id: ImageId,
}

pub(super) fn status(shared: &Shared, asked: &Status) -> Result<Value, ApiError> {
    let name = &asked.repository_name;
    let there = shared.store.read(name, |repository| asked.image_id.find(repository).is_some())?;
    if !there {
        return Err(asked.image_id.not_found(name));
    }
    let configuration = kept(shared)?;
    let rules = configuration.rules.iter().filter(|rule| rule.is_for(name));
    let mut destinations: Vec<&Destination> = rules.flat_map(|rule| &rule.destinations).collect();
    destinations.sort();
    destinations.dedup();
    let status = |to: &&Destination| {
        json!({
            "region": to.region,
            "registryId": to.registry_id,
            "status": "FAILED",
            "failureCode": "The practice ECR has one Region; nothing was copied.",
        })
    };
    Ok(json!({
        "repositoryName": name,
        "imageId": asked.image_id.json(),
        "replicationStatuses": destinations.iter().map(status).collect::<Vec<_>>(),
    }))
}
