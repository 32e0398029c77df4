//! The control API: ECR's JSON 1.1 operations and STS's `GetCallerIdentity`, told apart by header.

mod images;
mod repositories;

use super::error::ApiError;
use super::{ACCOUNT, Shared};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What the API model prefixes operations with.
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.";

/// `POST /`.
pub(super) async fn handle(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    let Some(target) = target else { return sts(&body) };
    let Some(operation) = target.strip_prefix(TARGET).map(str::to_owned) else {
        return unknown(target).into_response();
    };
    // Operations touch the disk, so they stay off the async threads.
    let done = tokio::task::spawn_blocking(move || perform(&shared, &operation, &body)).await;
    match done.unwrap_or_else(|error| Err(ApiError::server(&error))) {
        Ok(answer) => {
            ([(header::CONTENT_TYPE, "application/x-amz-json-1.1")], answer.to_string()).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn perform(shared: &Shared, operation: &str, body: &[u8]) -> Result<Value, ApiError> {
    match operation {
        "GetAuthorizationToken" => authorization_token(shared),
        "CreateRepository" => repositories::create(shared, read(body)?),
        "DescribeRepositories" => repositories::describe(shared, &read(body)?),
        "DeleteRepository" => repositories::delete(shared, &read(body)?),
        "PutImageTagMutability" => repositories::put_mutability(shared, &read(body)?),
        "PutImageScanningConfiguration" => repositories::put_scanning(shared, &read(body)?),
        "ListImages" => images::list(shared, &read(body)?),
        "DescribeImages" => images::describe(shared, &read(body)?),
        "BatchGetImage" => images::batch_get(shared, &read(body)?),
        "BatchDeleteImage" => images::batch_delete(shared, &read(body)?),
        other => Err(unknown(other)),
    }
}

fn unknown(operation: &str) -> ApiError {
    let message = format!("{operation} is not practised here; on AWS it is.");
    ApiError::new("UnknownOperationException", message)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| ApiError::new("SerializationException", error.to_string()))
}

fn authorization_token(shared: &Shared) -> Result<Value, ApiError> {
    let (password, expires) =
        shared.tokens.issue((shared.clock)()).map_err(|error| ApiError::server(&error))?;
    let token = base64::engine::general_purpose::STANDARD.encode(format!("AWS:{password}"));
    Ok(json!({ "authorizationData": [{
        "authorizationToken": token,
        "expiresAt": expires,
        "proxyEndpoint": format!("http://{}", shared.registry()),
    }] }))
}

/// One page of `items`: from `token`, at most `limit`, and the token of the next page.
fn page<T>(
    items: Vec<T>,
    token: Option<&str>,
    limit: Option<usize>,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let start: usize = match token {
        None => 0,
        Some(token) => token.parse().map_err(|_| ApiError::invalid("Invalid parameter: nextToken"))?,
    };
    let limit = limit.unwrap_or(100);
    if !(1..=1000).contains(&limit) {
        let message = "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value \
                       between 1 and 1000'";
        return Err(ApiError::invalid(message));
    }
    let more = items.len() > start.saturating_add(limit);
    let items = items.into_iter().skip(start).take(limit).collect();
    Ok((items, more.then(|| (start + limit).to_string())))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ImageId {
    image_tag: Option<String>,
    image_digest: Option<String>,
}

/// AWS's query protocol: the one STS operation that scripts use to learn their account.
fn sts(body: &[u8]) -> Response {
    let text = String::from_utf8_lossy(body);
    let action = text.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or("");
    let xml = [(header::CONTENT_TYPE, "text/xml")];
    if action != "GetCallerIdentity" {
        let body = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                    <Code>InvalidAction</Code><Message>Only GetCallerIdentity is practised here.</Message></Error>\
                    </ErrorResponse>";
        return (axum::http::StatusCode::BAD_REQUEST, xml, body).into_response();
    }
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{ACCOUNT}:user/practice</Arn><UserId>AIDAPRACTICE</UserId><Account>{ACCOUNT}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>practice</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    );
    (xml, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once() {
        let (first, token) = page(vec![1, 2, 3], None, Some(2)).unwrap();
        assert_eq!(first, [1, 2]);
        let (rest, token) = page(vec![1, 2, 3], token.as_deref(), Some(2)).unwrap();
        assert_eq!((rest, token), (vec![3], None));
        assert_eq!(page(vec![1], Some("x"), None).unwrap_err().kind, "InvalidParameterException");
        assert!(page(vec![1], None, Some(1001)).is_err());
    }
}
