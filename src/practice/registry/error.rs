//! The registry's errors: a status, and entries of the codes that the OCI Distribution specification
//! names, in the words of Amazon ECR where docker shows them.

use super::super::ACCOUNT;
use super::super::error::no_repository;
use super::super::store::{Digest, StoreError};
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Digests named in one message; the rest is counted.
const MOST_NAMED: usize = 100;

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryError {
    status: StatusCode,
    code: &'static str,
    message: String,
    detail: Option<Value>,
    headers: Vec<(HeaderName, String)>,
}

impl RegistryError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: None, headers: Vec::new() }
    }

    fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// No token, or none of ours. `registry` is where one is good.
    pub fn unauthorized(registry: &str) -> Self {
        let challenge = format!(r#"Basic realm="http://{registry}/",service="ecr.amazonaws.com""#);
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "Not Authorized")
            .with(header::WWW_AUTHENTICATE, challenge)
    }

    /// A token of ours that has expired.
    pub fn expired() -> Self {
        Self::denied("Your authorization token has expired. Reauthenticate and try again.")
    }

    /// Not allowed, in ECR's words.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "DENIED", message)
    }

    /// No such repository.
    pub fn name_unknown(name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", no_repository(name))
    }

    /// Neither a name nor a place of the registry.
    pub fn name_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "NAME_INVALID", message)
    }

    /// No such manifest.
    pub fn manifest_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "Requested image not found")
    }

    /// No manifest, or none that this registry keeps.
    pub fn manifest_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", message)
    }

    /// No such blob.
    pub fn blob_unknown(digest: &str) -> Self {
        let mut error = Self::new(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "blob unknown to registry");
        error.detail = Some(json!({ "digest": digest }));
        error
    }

    /// No such unfinished upload.
    pub fn upload_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "The upload does not exist or has ended.")
    }

    /// A request about an upload that makes no sense.
    pub fn upload_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", message)
    }

    /// Bytes out of order: the upload at `location` has `have` bytes.
    pub fn out_of_order(location: String, have: u64) -> Self {
        let message = format!("The upload has {have} bytes; the next chunk begins there.");
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "BLOB_UPLOAD_INVALID", message)
            .with(header::LOCATION, location)
            .with(header::RANGE, held(have))
    }

    /// A part of a blob of `size` bytes that is not there.
    pub fn no_such_range(size: u64) -> Self {
        Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "SIZE_INVALID", "The blob has no such bytes.")
            .with(header::CONTENT_RANGE, format!("bytes */{size}"))
    }

    /// Another length than was said.
    pub fn size_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "SIZE_INVALID", message)
    }

    /// Over a limit.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID", message)
    }

    /// Not a digest, or not the content's.
    pub fn digest_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "DIGEST_INVALID", message)
    }

    /// Not a tag.
    pub fn tag_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "TAG_INVALID", message)
    }

    /// A condition that the content does not meet.
    pub fn precondition() -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "UNSUPPORTED", "The content is another one.")
    }

    /// Not offered here.
    pub fn unsupported() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.")
    }

    /// A query that makes no sense.
    pub fn query_invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "UNSUPPORTED", message)
    }

    /// More than is done at once.
    pub fn too_many(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", message).with(header::RETRY_AFTER, "1")
    }

    /// The client stopped sending, or nearly.
    pub fn too_slow() -> Self {
        let message = "The body did not arrive in time. An upload keeps what it has and can go on.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "BLOB_UPLOAD_INVALID", message)
            .with(header::CONNECTION, "close")
    }

    /// The client went away in the middle of its body.
    pub fn cut_off() -> Self {
        let message = "The body ended early. An upload keeps what it has and can go on.";
        Self::new(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID", message)
    }

    /// The disk is full. Docker shows what is denied in these words, and at once; anything else it tries
    /// again, five times.
    pub fn full() -> Self {
        let message = "The disk of the practice registry is full. Nothing of this push was kept. Make room \
                       there, or delete images that are no longer needed, and push again.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "DENIED", message)
    }

    /// Whether it is [`Self::full`].
    pub fn is_full(&self) -> bool {
        (self.status, self.code) == (StatusCode::PAYLOAD_TOO_LARGE, "DENIED")
    }

    /// The folder cannot be used.
    pub fn server(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "practice registry");
        let message = "The practice registry could not use its folder; its log says why.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "UNKNOWN", message)
    }

    /// What the store refused in `repository`.
    pub fn store(error: StoreError, repository: &str) -> Self {
        let missing = |what: &str, digests: &[Digest]| {
            let message = format!(
                "{what} with digests '[{}]' required for pushing image into repository with name '{repository}' in \
                 the registry with id '{ACCOUNT}' do not exist",
                named(digests)
            );
            Self::new(StatusCode::BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN", message)
        };
        match error {
            full if full.is_full() => Self::full(),
            StoreError::NoRepository => Self::name_unknown(repository),
            StoreError::Immutable(tag) => Self::tag_invalid(format!(
                "The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten \
                 because the tag is immutable."
            )),
            StoreError::Manifest(message) => Self::manifest_invalid(message),
            StoreError::MissingBlobs(digests) => missing("Layers", &digests),
            StoreError::MissingImages(digests) => missing("Images", &digests),
            StoreError::Held(indexes) => {
                Self::denied(format!("Requested image referenced by manifest list: [{}]", named(&indexes)))
            }
            StoreError::InUse(images) => {
                Self::denied(format!("The blob is part of images of the repository: [{}]", named(&images)))
            }
            StoreError::NoUpload => Self::upload_unknown(),
            StoreError::OtherDigest(found) => Self::digest_invalid(format!(
                "provided digest did not match uploaded content, which is {found}"
            )),
            StoreError::TooManyUploads => Self::too_many("Too many uploads are unfinished."),
            StoreError::Exists | StoreError::Io(_) => Self::server(&error),
        }
    }
}

fn named(digests: &[Digest]) -> String {
    let mut text = digests.iter().take(MOST_NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if digests.len() > MOST_NAMED {
        text.push_str(&format!(", and {} more", digests.len() - MOST_NAMED));
    }
    text
}

/// The `Range` of an upload that has `have` bytes. With none it is `0-0`, as Docker's registry says it.
pub fn held(have: u64) -> String {
    format!("0-{}", have.saturating_sub(1))
}

impl IntoResponse for RegistryError {
    fn into_response(self) -> Response {
        // ECR answers a missing token in plain text; docker turns it into "no basic auth credentials".
        let mut response = if self.status == StatusCode::UNAUTHORIZED {
            (self.status, format!("{}\n", self.message)).into_response()
        } else {
            let mut error = json!({ "code": self.code, "message": self.message });
            if let Some(detail) = self.detail {
                error["detail"] = detail;
            }
            (self.status, Json(json!({ "errors": [error] }))).into_response()
        };
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
