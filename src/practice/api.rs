//! The control API: ECR's JSON 1.1 operations and STS's `GetCallerIdentity`, told apart by header.
//!
//! A request is signed (`signature`), then checked against the service model (`model`), then performed by
//! one function of the file that owns its subject. The table [`OPERATIONS`] is all there is.

mod account;
mod archive;
mod caching;
mod error;
mod images;
mod layers;
mod lifecycle;
mod model;
mod page;
mod policies;
mod put_image;
mod referrers;
mod replication;
mod repositories;
mod scanning;
mod signature;
mod sts;
mod tags;
mod templates;

pub(super) use account::may_mount;
pub(super) use error::ApiError;
pub use model::{Parameter, Takes};
pub(super) use policies::denial;
pub(super) use scanning::pushed;
pub use signature::authorization;
pub(crate) use signature::{KEY_ID, SECRET};
pub(super) use templates::create_on_push;

use super::store::{Digest, Image, Repository, StoreError};
use super::{ACCOUNT, Shared};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What the API model prefixes operations with.
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.";

/// Largest request: a layer part of 20 MiB in base64, and what stands around it.
pub(super) const MOST_BYTES: usize = 32 * 1024 * 1024;

/// What the control API keeps in memory between requests.
#[derive(Debug, Default)]
pub(super) struct Control {
    scans: scanning::Scans,
    parts: layers::Parts,
    evaluated: lifecycle::Evaluated,
}

/// Performs an operation whose input keeps the model.
type Perform = fn(&Shared, Value) -> Result<Value, ApiError>;

/// Every operation that is practised here.
const OPERATIONS: &[(&str, Perform)] = &[
    ("BatchCheckLayerAvailability", |s, v| layers::availability(s, &read(v)?)),
    ("BatchDeleteImage", |s, v| images::batch_delete(s, &read(v)?)),
    ("BatchGetImage", |s, v| images::batch_get(s, &read(v)?)),
    ("BatchGetRepositoryScanningConfiguration", |s, v| scanning::configurations(s, &read(v)?)),
    ("CompleteLayerUpload", |s, v| layers::complete(s, &read(v)?)),
    ("CreatePullThroughCacheRule", |s, v| caching::create(s, read(v)?)),
    ("CreateRepository", |s, v| repositories::create(s, read(v)?)),
    ("CreateRepositoryCreationTemplate", templates::create),
    ("DeleteLifecyclePolicy", |s, v| lifecycle::delete(s, &read(v)?)),
    ("DeletePullThroughCacheRule", |s, v| caching::delete(s, &read(v)?)),
    ("DeleteRegistryPolicy", |s, _| policies::delete_registry(s)),
    ("DeleteRepository", |s, v| repositories::delete(s, &read(v)?)),
    ("DeleteRepositoryCreationTemplate", |s, v| templates::delete(s, &read(v)?)),
    ("DeleteRepositoryPolicy", |s, v| policies::delete(s, &read(v)?)),
    ("DeregisterPullTimeUpdateExclusion", |s, v| account::deregister(s, &read(v)?)),
    ("DescribeImageReplicationStatus", |s, v| replication::status(s, &read(v)?)),
    ("DescribeImageScanFindings", |s, v| scanning::describe(s, &read(v)?)),
    ("DescribeImages", |s, v| images::describe(s, &read(v)?)),
    ("DescribePullThroughCacheRules", |s, v| caching::describe(s, &read(v)?)),
    ("DescribeRegistry", |s, _| replication::registry(s)),
    ("DescribeRepositories", |s, v| repositories::describe(s, &read(v)?)),
    ("DescribeRepositoryCreationTemplates", |s, v| templates::describe(s, &read(v)?)),
    ("GetAccountSetting", |s, v| account::setting(s, &read(v)?)),
    ("GetAuthorizationToken", |s, v| account::authorization_token(s, &read(v)?)),
    ("GetDownloadUrlForLayer", |s, v| layers::download_url(s, &read(v)?)),
    ("GetLifecyclePolicy", |s, v| lifecycle::get(s, &read(v)?)),
    ("GetLifecyclePolicyPreview", |s, v| lifecycle::preview(s, &read(v)?)),
    ("GetRegistryPolicy", |s, _| policies::get_registry(s)),
    ("GetRegistryScanningConfiguration", |s, _| scanning::registry(s)),
    ("GetRepositoryPolicy", |s, v| policies::get(s, &read(v)?)),
    ("InitiateLayerUpload", |s, v| layers::initiate(s, &read(v)?)),
    ("ListImageReferrers", |s, v| referrers::list(s, &read(v)?)),
    ("ListImages", |s, v| images::list(s, &read(v)?)),
    ("ListPullTimeUpdateExclusions", |s, v| account::exclusions(s, &read(v)?)),
    ("ListTagsForResource", |s, v| tags::list(s, &read(v)?)),
    ("PutAccountSetting", |s, v| account::put_setting(s, &read(v)?)),
    ("PutImage", |s, v| put_image::put(s, &read(v)?)),
    ("PutImageScanningConfiguration", |s, v| scanning::put(s, &read(v)?)),
    ("PutImageTagMutability", |s, v| repositories::put_mutability(s, read(v)?)),
    ("PutLifecyclePolicy", |s, v| lifecycle::put(s, &read(v)?)),
    ("PutRegistryPolicy", |s, v| policies::put_registry(s, &read(v)?)),
    ("PutRegistryScanningConfiguration", |s, v| scanning::put_registry(s, read(v)?)),
    ("PutReplicationConfiguration", |s, v| replication::put(s, read(v)?)),
    ("RegisterPullTimeUpdateExclusion", |s, v| account::register(s, &read(v)?)),
    ("SetRepositoryPolicy", |s, v| policies::set(s, &read(v)?)),
    ("StartImageScan", |s, v| scanning::start(s, &read(v)?)),
    ("StartLifecyclePolicyPreview", |s, v| lifecycle::start_preview(s, &read(v)?)),
    ("TagResource", |s, v| tags::tag(s, read(v)?)),
    ("UntagResource", |s, v| tags::untag(s, &read(v)?)),
    ("UpdateImageStorageClass", |s, v| archive::update(s, &read(v)?)),
    ("UpdatePullThroughCacheRule", |s, v| caching::update(s, read(v)?)),
    ("UpdateRepositoryCreationTemplate", templates::update),
    ("UploadLayerPart", |s, v| layers::upload_part(s, &read(v)?)),
    ("ValidatePullThroughCacheRule", |s, v| caching::validate(s, &read(v)?)),
];

/// The operations that are practised here, each with the members of its input.
pub fn operations() -> impl Iterator<Item = (&'static str, Vec<Parameter>)> {
    OPERATIONS.iter().map(|(name, _)| (*name, model::parameters(name).unwrap_or_default()))
}

/// `POST /`.
pub(super) async fn handle(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let signed = signature::verify(&headers, &body);
    let Some(target) = target else { return with_id(sts::answer(signed, &body)) };
    let answered = match (signed, target.strip_prefix(TARGET).map(str::to_owned)) {
        (Err(error), _) => Err(error),
        (Ok(()), None) => Err(unknown(target)),
        // Operations touch the disk, so they stay off the async threads.
        (Ok(()), Some(operation)) => {
            let done = tokio::task::spawn_blocking(move || perform(&shared, &operation, &body)).await;
            done.unwrap_or_else(|error| Err(ApiError::server(&error)))
        }
    };
    with_id(match answered {
        Ok(answer) => {
            ([(header::CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response()
        }
        Err(error) => error.into_response(),
    })
}

/// Gives an answer the id that support asks for, as AWS does.
fn with_id(mut response: Response) -> Response {
    let mut bytes = [0u8; 16];
    if getrandom::fill(&mut bytes).is_ok() {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let parts =
            [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part).unwrap_or_default().to_owned());
        if let Ok(id) = HeaderValue::from_str(&parts.join("-")) {
            response.headers_mut().insert(HeaderName::from_static("x-amzn-requestid"), id);
        }
    }
    response
}

fn perform(shared: &Shared, operation: &str, body: &[u8]) -> Result<Value, ApiError> {
    let found = OPERATIONS.binary_search_by(|(name, _)| (*name).cmp(operation));
    let Ok((_, perform)) = found.map(|at| OPERATIONS[at]) else { return Err(unknown(operation)) };
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    let input: Value = serde_json::from_slice(body)
        .map_err(|error| ApiError::new("SerializationException", error.to_string()))?;
    model::check(operation, &input)?;
    let repository = input.get("repositoryName").and_then(Value::as_str).map(str::to_owned);
    if let Some(registry) = input.get("registryId").and_then(Value::as_str).filter(|id| *id != ACCOUNT) {
        return Err(match repository {
            Some(name) => ApiError::no_repository_in(&name, registry),
            None => ApiError::invalid(format!(
                "Invalid parameter at 'registryId' failed to satisfy constraint: 'The registry practised here is {ACCOUNT}'"
            )),
        });
    }
    if let Some(name) = &repository
        && let Some(why) = denial(shared, &format!("ecr:{operation}"), name)
    {
        return Err(ApiError::new("AccessDeniedException", why));
    }
    lifecycle::apply_due(shared);
    shared.store.tidy();
    perform(shared, input).map_err(|error| error.about(repository.as_deref()))
}

fn unknown(operation: &str) -> ApiError {
    let message = format!("{operation} is not practised here; on AWS it may be.");
    ApiError::new("UnknownOperationException", message)
}

/// Reads an input that keeps the model.
fn read<T: DeserializeOwned>(input: Value) -> Result<T, ApiError> {
    serde_json::from_value(input).map_err(|error| ApiError::new("SerializationException", error.to_string()))
}

/// An input that only names a repository.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    repository_name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImageId {
    image_tag: Option<String>,
    image_digest: Option<String>,
}

impl ImageId {
    /// The image that it names: its digest in `repository`. Tag and digest must agree.
    fn find<'a>(&self, repository: &'a Repository) -> Option<(&'a Digest, &'a Image)> {
        let named = self.image_digest.as_ref().map(|digest| Digest::parse(digest));
        let digest = match (&self.image_tag, named) {
            (None, None) | (_, Some(None)) => return None,
            (Some(tag), named) => {
                let tagged = repository.tags.get(tag)?;
                named.flatten().is_none_or(|named| named == *tagged).then(|| tagged.clone())?
            }
            (None, Some(Some(named))) => named,
        };
        repository.images.get_key_value(&digest)
    }

    /// `{imageDigest:'…', imageTag:'…'}`, as ECR writes an image in its errors.
    fn shown(&self) -> String {
        let part =
            |value: &Option<String>| value.as_ref().map_or_else(|| "'null'".into(), |v| format!("'{v}'"));
        format!("{{imageDigest:{}, imageTag:{}}}", part(&self.image_digest), part(&self.image_tag))
    }

    fn json(&self) -> Value {
        let mut named = json!({});
        set(&mut named, "imageDigest", self.image_digest.clone());
        set(&mut named, "imageTag", self.image_tag.clone());
        named
    }

    fn not_found(&self, repository: &str) -> ApiError {
        ApiError::new(
            "ImageNotFoundException",
            format!(
                "The image with imageId {} does not exist within the repository with name '{repository}' in the \
                 registry with id '{ACCOUNT}'",
                self.shown()
            ),
        )
    }
}

/// Adds a member that may be absent.
fn set(object: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let (Some(object), Some(value)) = (object.as_object_mut(), value) {
        object.insert(name.to_owned(), value.into());
    }
}

fn repository_arn(shared: &Shared, name: &str) -> String {
    format!("arn:aws:ecr:{}:{ACCOUNT}:repository/{name}", shared.region)
}

/// The store's answer that there is no such repository, where the input may name several.
fn found<T>(name: &str, answer: Result<T, StoreError>) -> Result<T, ApiError> {
    answer.map_err(|error| ApiError::from(error).about(Some(name)))
}

#[cfg(test)]
mod tests;
