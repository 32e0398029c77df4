//! Errors as the SDK gave them, recorded, and what is made of them.

use super::*;

fn told(shape: &'static str, code: &str, message: &str) -> EcrError {
    let whither = Whither { region: "eu-central-1".into(), endpoint: None };
    EcrError::explained("asking", shape, code, message, &whither)
}

/// Shape, code, text, and what it is.
const RECORDED: &[(&str, &str, &str, Problem)] = &[
    (
        "dispatch",
        "",
        "dispatch failure: other: an error occurred while loading credentials: no providers in chain provided credentials",
        Problem::NoCredentials,
    ),
    (
        "dispatch",
        "",
        "dispatch failure: other: failed to load the cached SSO token: missing field `accessToken`",
        Problem::ExpiredSso,
    ),
    (
        "dispatch",
        "",
        "dispatch failure: other: the SSO token has expired and cannot be refreshed",
        Problem::ExpiredSso,
    ),
    ("service", "UnauthorizedException", "Session token not found or invalid", Problem::Denied),
    (
        "dispatch",
        "",
        "dispatch failure: other: profile `nobody` was not defined: could not find source profile",
        Problem::BadProfile,
    ),
    (
        "dispatch",
        "",
        "dispatch failure: other: Error retrieving credentials from external process: exited with 1",
        Problem::CredentialProcess,
    ),
    (
        "construction",
        "",
        "failed to construct request: Invalid Configuration: Missing Region",
        Problem::NoRegion,
    ),
    (
        "service",
        "ExpiredTokenException",
        "The security token included in the request is expired",
        Problem::ExpiredToken,
    ),
    (
        "service",
        "ExpiredToken",
        "The security token included in the request is expired",
        Problem::ExpiredToken,
    ),
    (
        "service",
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        Problem::BadKeys,
    ),
    (
        "service",
        "InvalidClientTokenId",
        "The security token included in the request is invalid.",
        Problem::BadKeys,
    ),
    (
        "service",
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided.",
        Problem::BadKeys,
    ),
    (
        "service",
        "InvalidSignatureException",
        "Signature expired: 20261122T100000Z is now earlier than 20261122T110000Z (20261122T110500Z - 5 min.)",
        Problem::ClockSkew,
    ),
    (
        "service",
        "SignatureDoesNotMatch",
        "Signature not yet current: 20261122T120000Z is still later than 20261122T110500Z",
        Problem::ClockSkew,
    ),
    (
        "service",
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        Problem::ClockSkew,
    ),
    (
        "service",
        "InvalidSignatureException",
        "Credential should be scoped to a valid region.",
        Problem::WrongRegion,
    ),
    ("service", "OptInRequired", "You are not subscribed to this service", Problem::WrongRegion),
    ("service", "ThrottlingException", "Rate exceeded", Problem::Throttled),
    ("service", "TooManyRequestsException", "", Problem::Throttled),
    ("service", "LimitExceededException", "The repository limit of 100000 was reached", Problem::Limit),
    (
        "service",
        "RepositoryNotFoundException",
        "The repository with name 'app' does not exist in the registry with id '1'",
        Problem::Missing,
    ),
    ("service", "ImageTagAlreadyExistsException", "The image tag 'v1' already exists", Problem::Refused),
    (
        "service",
        "ServerException",
        "These errors are usually caused by a server-side issue.",
        Problem::Service,
    ),
    (
        "dispatch",
        "",
        "dispatch failure: io error: client error (Connect): dns error: failed to lookup address information: Name or service not known",
        Problem::NoNetwork,
    ),
    (
        "dispatch",
        "",
        "dispatch failure: io error: client error (Connect): tcp connect error: Network is unreachable (os error 101)",
        Problem::NoNetwork,
    ),
    (
        "dispatch",
        "",
        "dispatch failure: io error: client error (Connect): tcp connect error: Connection refused (os error 111)",
        Problem::Unreachable,
    ),
    (
        "dispatch",
        "",
        "dispatch failure: io error: client error (Connect): invalid peer certificate: UnknownIssuer",
        Problem::Tls,
    ),
    ("timeout", "", "request has timed out", Problem::Timeout),
    (
        "dispatch",
        "",
        "dispatch failure: timeout: error trying to connect: HTTP connect timeout occurred after 3.1s",
        Problem::Timeout,
    ),
    ("response", "", "response error: expected value at line 1", Problem::NotAws),
    (
        "service",
        "SomethingNewException",
        "no region was named and the timeout of credentials",
        Problem::Other,
    ),
];

#[test]
fn recorded_errors_are_known_and_say_what_to_do() {
    for (shape, code, message, problem) in RECORDED {
        let error = told(shape, code, message);
        assert_eq!(error.problem, *problem, "{code} {message}");
        assert!(!error.next.is_empty(), "{error:?}");
        assert!(!format!("{error} {:?}", error.next).contains('{'), "everything is filled in: {error:?}");
    }
}

#[test]
fn every_problem_that_people_meet_is_in_the_record() {
    let known: std::collections::HashSet<Problem> = RECORDED.iter().map(|(.., problem)| *problem).collect();
    for row in table::ROWS {
        assert!(known.contains(&row.problem), "{:?} has no recorded error", row.problem);
    }
}

#[test]
fn a_refusal_names_who_may_not_do_what_on_what() {
    let message = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ecr:CreateRepository on resource: \
                   arn:aws:ecr:eu-central-1:123456789012:repository/app because no identity-based policy allows the \
                   ecr:CreateRepository action";
    let error = told("service", "AccessDeniedException", message);
    let resource = "arn:aws:ecr:eu-central-1:123456789012:repository/app";
    assert_eq!(
        error.said,
        format!("arn:aws:iam::123456789012:user/ada may not do ecr:CreateRepository on {resource}")
    );
    assert!(error.next[0].contains("allows ecr:CreateRepository on arn:aws:ecr"), "{:?}", error.next);
    let explicit = told(
        "service",
        "AccessDeniedException",
        &message.replace(
            "because no identity-based policy allows",
            "with an explicit deny in a service control policy for",
        ),
    );
    assert!(explicit.next[0].contains("denies it explicitly"), "{:?}", explicit.next);
    let bare = told("service", "AccessDenied", "no");
    assert_eq!(bare.said, "whoever these credentials belong to may not do this action on this resource");
}

#[test]
fn an_endpoint_that_is_left_over_is_named() {
    let whither = Whither { region: "eu-central-1".into(), endpoint: Some("http://127.0.0.1:4711".into()) };
    let message = "dispatch failure: io error: Connection refused";
    let error = EcrError::explained("asking", "dispatch", "", message, &whither);
    assert_eq!(error.said, "nothing answers at http://127.0.0.1:4711");
    assert!(error.next[0].contains("AWS_ENDPOINT_URL"), "{:?}", error.next);
}

#[test]
fn what_is_said_is_bounded() {
    let error = told("service", "SomethingNewException", &"x".repeat(1_000_000));
    assert!(error.to_string().len() < 10_000);
}
