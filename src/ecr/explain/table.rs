//! The table itself. The first row that fits is taken, so that narrow rows stand above wide ones.
//!
//! A row fits when the code is among its codes and one of its words stands in the text; no codes, or no
//! words, mean any. `{region}`, `{endpoint}`, `{who}`, `{action}`, `{resource}` and `{message}` are filled in.

use super::Problem;

/// One kind of error.
#[derive(Debug)]
pub(super) struct Row {
    pub problem: Problem,
    /// Shapes of the SDK's error; none means any.
    shapes: &'static [&'static str],
    /// Names of exceptions; none means any.
    codes: &'static [&'static str],
    /// Words of the text, in lower case; none means any.
    words: &'static [&'static str],
    /// What happened.
    pub said: &'static str,
    /// What to do next.
    pub next: &'static [&'static str],
}

const ANY: &[&str] = &[];
const SIGNATURE: &[&str] = &["SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"];
const CLOCK: &[&str] =
    &["set the clock: `timedatectl set-ntp true`, or restart the virtual machine that sleeps"];
const LOGIN: &[&str] = &[
    "run `aws sso login` (with `--profile NAME` for one), then look again",
    "the practice ECR needs no account",
];

pub(super) const ROWS: &[Row] = &[
    // Signatures: the clock, the region, the secret.
    row(
        Problem::ClockSkew,
        &["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"],
        ANY,
        "this machine's clock and AWS's differ by more than five minutes, so AWS takes no signature",
        CLOCK,
    ),
    row(
        Problem::ClockSkew,
        SIGNATURE,
        &["signature expired", "signature not yet current", "is now earlier than", "is now later than"],
        "this machine's clock and AWS's differ by more than five minutes, so AWS takes no signature",
        CLOCK,
    ),
    row(
        Problem::WrongRegion,
        &[],
        &["credential should be scoped to a valid region", "credential should be scoped to correct service"],
        "the endpoint belongs to another region than {region}",
        &[
            "set the endpoint's region: `export AWS_REGION=…`, or give the profile one",
            "unset AWS_ENDPOINT_URL if it is left over",
        ],
    ),
    row(
        Problem::BadKeys,
        SIGNATURE,
        ANY,
        "the secret key does not belong to the access key",
        &[
            "copy AWS_SECRET_ACCESS_KEY anew, or run `aws configure` again",
            "the practice ECR needs no account",
        ],
    ),
    // Who asks.
    row(
        Problem::ExpiredToken,
        &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"],
        ANY,
        "the temporary keys have expired",
        &[
            "take new ones from where these came from: `aws sso login`, `aws sts assume-role …`, or the console",
            "the practice ECR needs no account",
        ],
    ),
    row(
        Problem::BadKeys,
        &["UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"],
        ANY,
        "AWS does not know these keys in {region}",
        &[
            "keys that begin with ASIA need their AWS_SESSION_TOKEN beside them",
            "check the profile: `aws sts get-caller-identity`",
            "a region that the account has not switched on answers so too",
        ],
    ),
    row(
        Problem::NoCredentials,
        &["MissingAuthenticationToken", "MissingAuthenticationTokenException"],
        ANY,
        "the request carried no credentials",
        LOGIN,
    ),
    row(
        Problem::WrongRegion,
        &["OptInRequired", "SubscriptionRequiredException"],
        ANY,
        "the account has not switched on ECR in {region}",
        &["choose another region with AWS_REGION, or switch this one on in the account's settings"],
    ),
    row(
        Problem::Denied,
        &["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException"],
        ANY,
        "{who} may not do {action} on {resource}",
        &[
            "ask whoever runs the account for a policy that allows {action} on {resource}",
            "or take a profile that may: `export AWS_PROFILE=…`",
        ],
    ),
    row(
        Problem::Denied,
        &["BlockedByOrganizationPolicyException"],
        ANY,
        "the organisation's policy blocks it: {message}",
        &["ask whoever runs the organisation"],
    ),
    row(
        Problem::Throttled,
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "SlowDown",
            "PriorRequestNotComplete",
        ],
        ANY,
        "AWS takes no more requests from this account for the moment",
        &["wait a minute, then try again; it was tried three times already"],
    ),
    row(
        Problem::Limit,
        &["LimitExceededException", "ServiceQuotaExceededException"],
        ANY,
        "a quota of the account is used up: {message}",
        &[
            "remove what is not needed: `docker-ecr-tutor clean --aws` lists what the course made",
            "or ask for more in Service Quotas",
        ],
    ),
    // What is asked for.
    row(
        Problem::Missing,
        &["RepositoryNotFoundException"],
        ANY,
        "there is no such repository in {region}: {message}",
        &["check its name; every region has a registry of its own, so check the region too"],
    ),
    row(
        Problem::Missing,
        &[
            "ImageNotFoundException",
            "LifecyclePolicyNotFoundException",
            "LifecyclePolicyPreviewNotFoundException",
        ],
        ANY,
        "{message}",
        &["look again: somebody else, or a lifecycle policy, may have removed it"],
    ),
    row(
        Problem::Missing,
        &["ScanNotFoundException"],
        ANY,
        "the image was never scanned",
        &["start a scan, or switch on scan on push"],
    ),
    row(
        Problem::Refused,
        &["RepositoryAlreadyExistsException"],
        ANY,
        "a repository of that name is there already",
        &["take another name, or use it as it is"],
    ),
    row(
        Problem::Refused,
        &["ImageTagAlreadyExistsException"],
        ANY,
        "the tag is there already, and tags are immutable in this repository",
        &["take a new tag: that is what immutable tags are for"],
    ),
    row(
        Problem::Refused,
        &["ImageAlreadyExistsException"],
        ANY,
        "the image has this tag already",
        &["nothing is left to do"],
    ),
    row(
        Problem::Refused,
        &["RepositoryNotEmptyException"],
        ANY,
        "the repository still holds images",
        &["delete them first, or delete the repository with them"],
    ),
    row(
        Problem::Refused,
        &["UnsupportedImageTypeException"],
        ANY,
        "ECR cannot scan this kind of image",
        &["an index has nothing to scan: scan the images it names"],
    ),
    row(
        Problem::Refused,
        &["KmsException"],
        ANY,
        "the repository's KMS key cannot be used: {message}",
        &["check the key's policy, and that it is enabled in {region}"],
    ),
    row(
        Problem::Refused,
        &["InvalidParameterException", "ValidationException", "InvalidTagParameterException"],
        ANY,
        "AWS does not take it as it is: {message}",
        &["the message names the parameter"],
    ),
    row(
        Problem::Service,
        &[
            "ServerException",
            "InternalFailure",
            "InternalServerError",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "InternalError",
        ],
        ANY,
        "AWS itself failed: {message}",
        &["try again in a minute; https://health.aws.amazon.com says when it is more than you"],
    ),
    // Credentials that cannot be had.
    row(
        Problem::ExpiredSso,
        ANY,
        &[
            "sso token has expired",
            "cached sso token",
            "createtoken for sso token refresh failed",
            "session token not found or invalid",
            "sso session associated with this profile",
        ],
        "the login by IAM Identity Center (SSO) has expired, or never was",
        LOGIN,
    ),
    row(
        Problem::BadProfile,
        ANY,
        &[
            "was not defined",
            "did not contain credential",
            "invalid sso config",
            "invalid profile",
            "could not parse profile",
            "was not found)",
            "infinite loop",
        ],
        "the profile is of no use: {message}",
        &["see which there are: `aws configure list-profiles`, and which is set: AWS_PROFILE"],
    ),
    row(
        Problem::CredentialProcess,
        ANY,
        &["credential_process", "credential process", "external process", "error retrieving credentials"],
        "the program that the profile names for credentials failed: {message}",
        &["run it by hand: it stands behind `credential_process` in ~/.aws/config"],
    ),
    row(
        Problem::NoCredentials,
        ANY,
        &[
            "no providers in chain",
            "provider was not enabled",
            "no credentials",
            "could not load credentials",
            "credentials not loaded",
            "no identity resolver",
            "credentials provider",
        ],
        "no credentials were found: not in the environment, not in ~/.aws, not from a role",
        &[
            "run `aws configure sso` or `aws configure`, or set AWS_PROFILE",
            "the practice ECR needs no account",
        ],
    ),
    row(
        Problem::NoRegion,
        ANY,
        &["missing region", "missingregion", "region must be set", "a region was not"],
        "no region is set",
        &["`export AWS_REGION=…`, or give the profile one: `aws configure set region …`"],
    ),
    // The way there.
    row(
        Problem::NoNetwork,
        ANY,
        &[
            "dns error",
            "failed to lookup address",
            "name or service not known",
            "nodename nor servname",
            "no such host",
        ],
        "the name of {endpoint} cannot be looked up: there is no network, or {region} is no region",
        &["check the network and the proxy (HTTPS_PROXY)", "check the region: `aws configure get region`"],
    ),
    row(
        Problem::NoNetwork,
        ANY,
        &[
            "network is unreachable",
            "no route to host",
            "network unreachable",
            "host is unreachable",
            "network is down",
        ],
        "there is no way to {endpoint} from here: no network",
        &["check the network, the VPN and the proxy (HTTPS_PROXY)"],
    ),
    row(
        Problem::Unreachable,
        ANY,
        &["connection refused", "connection reset", "connection closed", "broken pipe", "unexpected eof"],
        "nothing answers at {endpoint}",
        &["check the proxy (HTTPS_PROXY) and the firewall"],
    ),
    row(
        Problem::Tls,
        ANY,
        &["certificate", "tls", "handshake", "unknownissuer"],
        "{endpoint} could not prove that it is AWS: {message}",
        &["a proxy that opens TLS needs its certificate in the system's list of authorities"],
    ),
    wide(
        Problem::Timeout,
        &["timeout"],
        &[],
        "{endpoint} did not answer in time",
        &["check the network and the proxy, then try again"],
    ),
    row(
        Problem::Timeout,
        ANY,
        &["timed out", "timeout"],
        "{endpoint} did not answer in time",
        &["check the network and the proxy, then try again"],
    ),
    wide(
        Problem::NotAws,
        &["response"],
        &[],
        "what answers at {endpoint} is not AWS: {message}",
        &["a proxy or a login page of the network may stand between"],
    ),
    wide(
        Problem::Unreachable,
        &["dispatch"],
        &[],
        "no answer came from {endpoint}: {message}",
        &["check the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL"],
    ),
    row(
        Problem::Other,
        ANY,
        ANY,
        "{message}",
        &["these are AWS's own words; its documentation lists the error by name"],
    ),
];

const fn row(
    problem: Problem,
    codes: &'static [&'static str],
    words: &'static [&'static str],
    said: &'static str,
    next: &'static [&'static str],
) -> Row {
    Row { problem, shapes: ANY, codes, words, said, next }
}

/// A row for all errors of some shapes.
const fn wide(
    problem: Problem,
    shapes: &'static [&'static str],
    words: &'static [&'static str],
    said: &'static str,
    next: &'static [&'static str],
) -> Row {
    Row { problem, shapes, codes: ANY, words, said, next }
}

/// The row of an error.
pub(super) fn find(shape: &str, code: &str, message: &str) -> &'static Row {
    let text = message.to_lowercase();
    let fits = |row: &&Row| {
        // What the SDK could not send has no code; words are no exception's then.
        let coded = row.codes.is_empty() || row.codes.contains(&code);
        let shaped = row.shapes.is_empty() || row.shapes.contains(&shape);
        let worded = row.words.is_empty() || row.words.iter().any(|word| text.contains(word));
        // Words alone explain only what has no name of its own, but for the region's.
        let named = !row.codes.is_empty() || row.shapes.contains(&shape) || code.is_empty();
        let region = row.problem == Problem::WrongRegion;
        coded && shaped && worded && (named || region || row.words.is_empty())
    };
    ROWS.iter().find(fits).unwrap_or(&ROWS[ROWS.len() - 1])
}
