//! STS in AWS's query protocol: `GetCallerIdentity`, by which scripts learn their account.

use super::super::ACCOUNT;
use super::ApiError;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Who the practice key belongs to.
pub(super) const USER: &str = "arn:aws:iam::123456789012:user/practice";
const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const XML: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/xml")];

/// Answers the form in `body`, when it is `signed`.
pub(super) fn answer(signed: Result<(), ApiError>, body: &[u8]) -> Response {
    if let Err(error) = signed {
        // The same exceptions have other names in this protocol.
        let code = match error.kind {
            "UnrecognizedClientException" => "InvalidClientTokenId",
            "InvalidSignatureException" => "SignatureDoesNotMatch",
            kind => kind.trim_end_matches("Exception"),
        };
        return refused(StatusCode::FORBIDDEN, code, &error.message);
    }
    let text = String::from_utf8_lossy(body);
    let action = text.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or("");
    if action != "GetCallerIdentity" {
        return refused(
            StatusCode::BAD_REQUEST,
            "InvalidAction",
            "Of STS only GetCallerIdentity is practised here.",
        );
    }
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\"><GetCallerIdentityResult>\
         <Arn>{USER}</Arn><UserId>AIDAPRACTICE</UserId><Account>{ACCOUNT}</Account>\
         </GetCallerIdentityResult><ResponseMetadata><RequestId>practice</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    );
    (XML, body).into_response()
}

/// `message` is our own text, or what the client sent: made safe for XML.
fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let body = format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>practice</RequestId></ErrorResponse>"
    );
    (status, XML, body).into_response()
}
