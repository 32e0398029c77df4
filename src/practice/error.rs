//! Exceptions of the control API, as AWS JSON 1.1 writes them. The registry's are in `registry/error.rs`.

use axum::http::{StatusCode, header};
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
