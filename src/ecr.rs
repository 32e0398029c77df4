//! Amazon ECR: the only user of the AWS SDK. A real account and the practice ECR answer through the
//! same client; which of the two is decided by the usual AWS settings (profiles, environment,
//! `AWS_ENDPOINT_URL`), read by aws-config's own chain.
//!
//! Nothing here creates, changes or deletes: the verbs that do come with their confirmation.

pub mod images;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecr::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls;
use base64::Engine as _;

/// What the usual chain may be told beside the environment.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Profile of the shared configuration.
    pub profile: Option<String>,
    /// Region, over what the chain finds.
    pub region: Option<String>,
    /// Endpoint of the API: the practice ECR's.
    pub endpoint: Option<String>,
    /// Key and secret, over what the chain finds: the practice ECR's are in its environment.
    pub keys: Option<(String, String)>,
}

/// Whose account this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// Who the credentials belong to.
    pub arn: String,
    /// Region the client speaks to.
    pub region: String,
}

/// A repository of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Name.
    pub name: String,
    /// What images are tagged with to be pushed there.
    pub uri: String,
    /// Whether a tag, once pushed, can be moved.
    pub immutable: bool,
    /// Whether a push starts a scan.
    pub scan_on_push: bool,
}

/// A login for the registry. It never shows its password, not even in debug output.
#[derive(Clone)]
pub struct Login {
    /// Registry host that it opens.
    pub registry: String,
    /// User, always `AWS`.
    pub user: String,
    /// Password, good for 12 hours.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("registry", &self.registry).finish_non_exhaustive()
    }
}

/// A request that AWS did not grant, in plain words.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {message}")]
pub struct EcrError {
    /// What was asked for.
    pub what: &'static str,
    /// The exception's name, empty when the request never got an answer.
    pub code: String,
    /// What AWS or the network said.
    pub message: String,
    /// What to do next.
    pub hint: &'static str,
}

impl EcrError {
    fn of<E, R>(what: &'static str, error: SdkError<E, R>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let code = error.code().unwrap_or_default().to_owned();
        let whole = DisplayErrorContext(&error).to_string();
        let message = error.message().map_or_else(|| whole.clone(), str::to_owned);
        let hint = hint(&code, &whole);
        Self { what, code, message, hint }
    }

    fn incomplete(what: &'static str) -> Self {
        Self { what, code: String::new(), message: "the answer is incomplete".into(), hint: "try again" }
    }
}

/// What to do about an error with this code and text.
fn hint(code: &str, whole: &str) -> &'static str {
    match code {
        "ExpiredTokenException" | "ExpiredToken" => {
            "your session has expired: run `aws sso login`, or renew the keys"
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" | "SignatureDoesNotMatch" => {
            "the keys are not valid here: check the profile, the region and this machine's clock"
        }
        "AccessDeniedException" | "AccessDenied" => {
            "the message names the action that your policy must allow"
        }
        "ThrottlingException" | "Throttling" => "AWS asks for patience: try again in a moment",
        _ if whole.contains("no providers in chain") || whole.contains("CredentialsNotLoaded") => {
            "no credentials were found: run `aws configure` or `aws sso login`, or use the practice ECR"
        }
        _ if whole.contains("MissingRegion") || whole.contains("Missing Region") => {
            "no region is set: `export AWS_REGION=…`, or give the profile one"
        }
        _ if whole.contains("dispatch failure") => {
            "no answer came: check the network, the proxy and AWS_ENDPOINT_URL"
        }
        _ => "the message is AWS's own; its documentation lists the error by this name",
    }
}

/// A client for one account and region.
#[derive(Debug, Clone)]
pub struct Ecr {
    config: SdkConfig,
    client: aws_sdk_ecr::Client,
}

impl Ecr {
    /// Settles account and region by aws-config's chain. Nothing is sent yet, but for what finding
    /// the credentials takes.
    pub async fn connect(options: &Options) -> Self {
        // One TLS stack for the whole program: rustls on ring.
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &options.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some((key, secret)) = &options.keys {
            let keys = aws_sdk_ecr::config::Credentials::new(key, secret, None, None, "practice");
            loader = loader.credentials_provider(keys);
        }
        let config = loader.load().await;
        let client = aws_sdk_ecr::Client::new(&config);
        Self { config, client }
    }

    /// Whose account this is, by `sts get-caller-identity`, which needs no permission.
    ///
    /// # Errors
    /// When there are no valid credentials, or AWS cannot be reached.
    pub async fn identity(&self) -> Result<Identity, EcrError> {
        const WHAT: &str = "asking AWS who you are";
        let answer = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        let answer = answer.map_err(|error| EcrError::of(WHAT, error))?;
        let (Some(account), Some(arn)) = (answer.account, answer.arn) else {
            return Err(EcrError::incomplete(WHAT));
        };
        let region = self.config.region().map(ToString::to_string).unwrap_or_default();
        Ok(Identity { account, arn, region })
    }

    /// All repositories of the registry, by name.
    ///
    /// # Errors
    /// As AWS refuses: no permission for `ecr:DescribeRepositories`, no network.
    pub async fn repositories(&self) -> Result<Vec<Repository>, EcrError> {
        let mut pages = self.client.describe_repositories().into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| EcrError::of("listing repositories", error))?;
            let mutability = item.image_tag_mutability.as_ref().map(|m| m.as_str());
            found.push(Repository {
                name: item.repository_name.unwrap_or_default(),
                uri: item.repository_uri.unwrap_or_default(),
                immutable: mutability.is_some_and(|m| m.starts_with("IMMUTABLE")),
                scan_on_push: item.image_scanning_configuration.is_some_and(|c| c.scan_on_push),
            });
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// A login for the registry.
    ///
    /// # Errors
    /// As AWS refuses: no permission for `ecr:GetAuthorizationToken`, no network.
    pub async fn login(&self) -> Result<Login, EcrError> {
        const WHAT: &str = "asking for a registry login";
        let answer = self.client.get_authorization_token().send().await;
        let answer = answer.map_err(|error| EcrError::of(WHAT, error))?;
        let data = answer.authorization_data.unwrap_or_default().into_iter().next();
        let parts = data.and_then(|data| {
            let token = base64::engine::general_purpose::STANDARD.decode(data.authorization_token?).ok()?;
            let (user, password) =
                String::from_utf8(token).ok()?.split_once(':').map(|(u, p)| (u.into(), p.into()))?;
            let endpoint = data.proxy_endpoint?;
            let registry = endpoint.split_once("://").map_or(endpoint.as_str(), |(_, host)| host).to_owned();
            Some(Login { registry, user, password })
        });
        parts.ok_or_else(|| EcrError::incomplete(WHAT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_never_shows_its_password() {
        let login = Login { registry: "r".into(), user: "AWS".into(), password: "hunter2".into() };
        assert!(!format!("{login:?}").contains("hunter2"));
    }

    #[test]
    fn hints_say_what_to_do_about_the_usual_refusals() {
        assert!(hint("ExpiredTokenException", "").contains("aws sso login"));
        assert!(hint("", "no providers in chain provided credentials").contains("practice ECR"));
        assert!(hint("AccessDeniedException", "").contains("policy"));
    }
}
