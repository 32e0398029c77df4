//! Who sends a request: AWS Signature Version 4 with the practice key. It protects nothing that loopback
//! does not; it is there so that a script which forgets its credentials, or has others, learns it here.
//!
//! (Rules: IAM User Guide, "Create a signed AWS API request". The clock is not compared: exercises move it.)

use super::ApiError;
use axum::http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};

/// Id of the key that the practice ECR knows.
pub(crate) const KEY_ID: &str = "PRACTICE";
/// Its secret, which is none.
pub(crate) const SECRET: &str = "practice";

/// Whether the request to `/` is signed with the practice key.
///
/// # Errors
/// In the exceptions that AWS answers with.
pub(super) fn verify(headers: &HeaderMap, body: &[u8]) -> Result<(), ApiError> {
    let missing = || ApiError::new("MissingAuthenticationTokenException", "Missing Authentication Token");
    let shown =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(missing)?;
    let fields = shown.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(missing)?;
    let field = |name: &str| {
        let found = fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
        found.ok_or_else(|| {
            let message = format!("Authorization header requires '{name}' parameter. Authorization={shown}");
            ApiError::new("IncompleteSignatureException", message)
        })
    };
    let (credential, signed, theirs) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
    let (key, scope) = credential.split_once('/').unwrap_or((credential, ""));
    if key != KEY_ID {
        let message = "The security token included in the request is invalid.";
        return Err(ApiError::new("UnrecognizedClientException", message));
    }
    let mut shown = String::new();
    for name in signed.split(';') {
        let values: Vec<String> = headers
            .get_all(name)
            .iter()
            .map(|value| {
                String::from_utf8_lossy(value.as_bytes()).split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect();
        shown.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let time = headers.get("x-amz-date").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(ours) = signature(scope, time, signed, &shown, body) else {
        let message = format!(
            "Credential must have 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
        );
        return Err(ApiError::new("IncompleteSignatureException", message));
    };
    if ours == theirs {
        return Ok(());
    }
    let message = "The request signature we calculated does not match the signature you provided. Check your AWS \
                   Secret Access Key and signing method. Consult the service documentation for details.";
    Err(ApiError::new("InvalidSignatureException", message))
}

/// The signature with the practice key of a request to `/`: by its credential scope, its time, the names of
/// the headers that are signed, those headers as they are signed, and its body.
fn signature(scope: &str, time: &str, signed: &str, shown: &str, body: &[u8]) -> Option<String> {
    let [date, region, service, "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
        return None;
    };
    let request = format!("POST\n/\n\n{shown}\n{signed}\n{}", hex(&Sha256::digest(body)));
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request.as_bytes())));
    let mut key = hmac(format!("AWS4{SECRET}").as_bytes(), date.as_bytes());
    for part in [region, service, "aws4_request"] {
        key = hmac(&key, part.as_bytes());
    }
    Some(hex(&hmac(&key, text.as_bytes())))
}

/// The `Authorization` of a request to a practice ECR with this `X-Amz-Target`: for clients that are no SDK.
pub fn authorization(target: &str, body: &[u8]) -> String {
    let (scope, signed) = ("20150921/local/ecr/aws4_request", "x-amz-target");
    let signature = signature(scope, "", signed, &format!("{signed}:{target}\n"), body).unwrap_or_default();
    format!("AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={signed}, Signature={signature}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC with SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut padded = [0u8; BLOCK];
    if key.len() > BLOCK {
        padded[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        padded[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(padded.map(|byte| byte ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_that_of_the_test_vectors_of_rfc_4231() {
        assert_eq!(
            hex(&hmac(&[0x0b; 20], b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(&hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn what_is_signed_here_is_taken_and_another_body_is_not() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", "x.ListImages".parse().unwrap());
        headers.insert(header::AUTHORIZATION, authorization("x.ListImages", b"{}").parse().unwrap());
        assert_eq!(verify(&headers, b"{}"), Ok(()));
        assert_eq!(verify(&headers, b"{ }").unwrap_err().kind, "InvalidSignatureException");
    }

    #[test]
    fn a_request_without_the_practice_key_is_refused_as_aws_does() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            verify(&headers, b"").unwrap_err().kind
        };
        assert_eq!(verify(&HeaderMap::new(), b"").unwrap_err().kind, "MissingAuthenticationTokenException");
        assert_eq!(with("Basic QVdTOng="), "MissingAuthenticationTokenException");
        assert_eq!(
            with("AWS4-HMAC-SHA256 Credential=PRACTICE/1/r/ecr/aws4_request"),
            "IncompleteSignatureException"
        );
        let of = |key: &str| {
            with(&format!(
                "AWS4-HMAC-SHA256 Credential={key}/20260101/r/ecr/aws4_request, SignedHeaders=host, Signature=00"
            ))
        };
        assert_eq!(of("AKIAIOSFODNN7EXAMPLE"), "UnrecognizedClientException");
        assert_eq!(of("PRACTICE"), "InvalidSignatureException");
    }
}
