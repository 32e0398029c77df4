//! Exceptions of the control API.

use super::super::ACCOUNT;
use super::super::error::no_repository;
use super::super::store::StoreError;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An exception: HTTP 400 (500 for ours) with `__type` and `message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    /// Further members that the model gives this exception.
    more: Option<Value>,
}

impl ApiError {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), more: None }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(crate) fn server(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "practice ECR");
        Self::new("ServerException", "The practice ECR could not use its folder; its log says why.")
    }

    pub(crate) fn no_repository_in(name: &str, registry: &str) -> Self {
        let message =
            format!("The repository with name '{name}' does not exist in the registry with id '{registry}'");
        Self::new("RepositoryNotFoundException", message)
    }

    /// With further members.
    pub(crate) fn with(mut self, more: Value) -> Self {
        self.more = Some(more);
        self
    }

    /// Names the repository in what the store said of it.
    pub(crate) fn about(mut self, repository: Option<&str>) -> Self {
        if let (true, Some(name)) = (self.message.is_empty(), repository) {
            self.message = match self.kind {
                "RepositoryAlreadyExistsException" => {
                    format!(
                        "The repository with name '{name}' already exists in the registry with id '{ACCOUNT}'"
                    )
                }
                _ => no_repository(name),
            };
        }
        self
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            // Their words need the name: `about` fills it in.
            StoreError::NoRepository => Self::new("RepositoryNotFoundException", ""),
            StoreError::Exists => Self::new("RepositoryAlreadyExistsException", ""),
            full if full.is_full() => Self::new(
                "ServerException",
                "The disk of the practice ECR is full. Make room there, or delete images, and try again.",
            ),
            StoreError::Held(indexes) => Self::invalid(format!(
                "Requested image referenced by manifest list: [{}]",
                indexes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            )),
            other => Self::server(&other),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match self.kind {
            "ServerException" => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut body = self.more.unwrap_or_else(|| json!({}));
        body["__type"] = self.kind.into();
        body["message"] = self.message.into();
        (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string()).into_response()
    }
}
