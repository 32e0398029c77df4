//! Errors in the two tongues clients expect: AWS JSON 1.1 for the API, OCI for the registry.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An exception of the ECR API: HTTP 400 (500 for ours) with `__type` and `message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) kind: &'static str,
    pub(super) message: String,
}

impl ApiError {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(super) fn server(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "practice ECR");
        Self::new("ServerException", "The practice ECR could not use its folder; its log says why.")
    }

    pub(super) fn no_repository(name: &str) -> Self {
        Self::new("RepositoryNotFoundException", no_repository(name))
    }
}

/// ECR's words for a repository that is not there.
pub(super) fn no_repository(name: &str) -> String {
    format!("The repository with name '{name}' does not exist in the registry with id '{}'", super::ACCOUNT)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match self.kind {
            "ServerException" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = json!({ "__type": self.kind, "message": self.message });
        (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string()).into_response()
    }
}

/// An error of the registry: a status and one entry in `errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RegistryError {
    /// No token, or none of ours.
    Unauthorized,
    /// A token of ours that has expired.
    Expired,
    /// Repository unknown.
    NameUnknown(String),
    /// No such manifest.
    ManifestUnknown(String),
    /// No such blob.
    BlobUnknown(String),
    /// No such upload.
    UploadUnknown,
    /// Digest differs from the content, or is no digest.
    DigestInvalid(String),
    /// The manifest cannot be read, or names a blob that is not there.
    ManifestInvalid(String),
    /// The tag is taken and immutable.
    TagImmutable { tag: String, repository: String },
    /// Neither a name nor a place of the registry.
    NameInvalid(String),
    /// Bytes out of order.
    Range(u64),
    /// Over a limit.
    TooLarge(String),
    /// Not offered by ECR, or not practised here.
    Unsupported,
    /// The folder cannot be used.
    Server,
}

impl RegistryError {
    pub(super) fn server(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "practice registry");
        Self::Server
    }

    fn parts(&self) -> (StatusCode, &'static str, String) {
        use StatusCode as S;
        match self {
            Self::Unauthorized => (S::UNAUTHORIZED, "UNAUTHORIZED", "Not Authorized".into()),
            Self::Expired => (
                S::FORBIDDEN,
                "DENIED",
                "Your authorization token has expired. Reauthenticate and try again.".into(),
            ),
            Self::NameUnknown(name) => (S::NOT_FOUND, "NAME_UNKNOWN", no_repository(name)),
            Self::ManifestUnknown(what) => (S::NOT_FOUND, "MANIFEST_UNKNOWN", what.clone()),
            Self::BlobUnknown(what) => (S::NOT_FOUND, "BLOB_UNKNOWN", what.clone()),
            Self::UploadUnknown => {
                (S::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "The upload does not exist or has ended.".into())
            }
            Self::DigestInvalid(what) => (S::BAD_REQUEST, "DIGEST_INVALID", what.clone()),
            Self::ManifestInvalid(what) => (S::BAD_REQUEST, "MANIFEST_INVALID", what.clone()),
            Self::TagImmutable { tag, repository } => (
                S::BAD_REQUEST,
                "TAG_INVALID",
                format!(
                    "The image tag '{tag}' already exists in the '{repository}' repository and cannot be \
                     overwritten because the tag is immutable."
                ),
            ),
            Self::NameInvalid(what) => (S::BAD_REQUEST, "NAME_INVALID", what.clone()),
            Self::Range(have) => (
                S::RANGE_NOT_SATISFIABLE,
                "BLOB_UPLOAD_INVALID",
                format!("The upload holds {have} bytes; the next chunk must begin there."),
            ),
            Self::TooLarge(what) => (S::PAYLOAD_TOO_LARGE, "SIZE_INVALID", what.clone()),
            Self::Unsupported => {
                (S::METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.".into())
            }
            Self::Server => (
                S::INTERNAL_SERVER_ERROR,
                "UNKNOWN",
                "The practice registry could not use its folder; its log says why.".into(),
            ),
        }
    }
}

impl IntoResponse for RegistryError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        // ECR answers a missing token in plain text; docker turns it into "no basic auth credentials".
        let mut response = match self {
            Self::Unauthorized => (status, "Not Authorized\n").into_response(),
            _ => (status, Json(json!({ "errors": [{ "code": code, "message": message }] }))).into_response(),
        };
        let headers = response.headers_mut();
        headers.insert("docker-distribution-api-version", HeaderValue::from_static("registry/2.0"));
        if status == StatusCode::UNAUTHORIZED {
            let challenge =
                HeaderValue::from_static(r#"Basic realm="practice-ecr",service="ecr.amazonaws.com""#);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Self::Range(have) = self
            && let Ok(range) = HeaderValue::from_str(&format!("0-{}", have.saturating_sub(1)))
        {
            headers.insert(header::RANGE, range);
        }
        response
    }
}
