//! Amazon ECR: the only user of the AWS SDK. A real account and the practice ECR answer through the
//! same client; which of the two is decided by the usual AWS settings (profiles, environment,
//! `AWS_ENDPOINT_URL`), read by aws-config's own chain.
//!
//! | piece | owns |
//! | --- | --- |
//! | `images` | reading: what is in a repository, findings, previews |
//! | `repository` | reading: a repository with its settings, tags and policy |
//! | `change` | what can be changed: in words, as a command, and done |
//! | `clean` | what carries our tag, and its removal |
//! | `command` | the `aws` and `docker` commands that do the same |
//! | `explain` | an error of the SDK in plain words |
//! | `profiles` | which profiles and regions one can choose from |
//!
//! Whatever creates, changes or deletes asks for a [`Consent`] first: the account and region that somebody was
//! shown. [`Ecr::writer`] compares them with whose credentials these are at that moment.

pub mod change;
pub mod clean;
pub mod command;
mod explain;
pub mod images;
pub mod profiles;
pub mod repository;

pub use change::Change;
pub use explain::{EcrError, Problem};

use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecr::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls;
use base64::Engine as _;
use std::time::Duration;

/// Tag of everything that is created here; `clean --aws` finds it by this, and only this.
pub const TAG: &str = "org.docker-ecr-tutor";

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take; what fails by that is tried again.
const ATTEMPT: Duration = Duration::from_secs(20);

/// What the usual chain may be told beside the environment.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Profile of the shared configuration. Who names one means it: keys and region of the environment do not
    /// count then.
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

/// The account and the region that somebody was shown, and said yes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Twelve digits.
    pub account: String,
    /// Region.
    pub region: String,
}

impl From<&Identity> for Consent {
    fn from(from: &Identity) -> Self {
        Self { account: from.account.clone(), region: from.region.clone() }
    }
}

/// Where changes are made: a client whose account and region are those that were confirmed.
#[derive(Debug)]
pub struct Writer<'a>(&'a Ecr);

/// A repository of the registry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Name.
    pub name: String,
    /// Its name in all of AWS.
    pub arn: String,
    /// What images are tagged with to be pushed there.
    pub uri: String,
    /// Whether a tag, once pushed, can be moved.
    pub immutable: bool,
    /// Tags that can be moved (or, of a mutable one, cannot) all the same, as patterns.
    pub except: Vec<String>,
    /// Whether a push starts a scan.
    pub scan_on_push: bool,
    /// How its images are encrypted: `AES256`, `KMS key …`.
    pub encryption: String,
    /// When it was made, in seconds since 1970.
    pub created_at: Option<i64>,
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

/// A client for one account and region.
#[derive(Debug, Clone)]
pub struct Ecr {
    config: SdkConfig,
    client: aws_sdk_ecr::Client,
    /// Whether the endpoint was named by who connects, not by the environment.
    told: bool,
}

impl Ecr {
    /// Settles account and region by aws-config's chain. Nothing is sent yet, but for what finding
    /// the credentials takes.
    pub async fn connect(options: &Options) -> Self {
        // One TLS stack for the whole program: rustls on ring.
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let patience =
            TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .timeout_config(patience);
        let mut region = options.region.clone().map(Region::new);
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
            if region.is_none() {
                region = ProfileFileRegionProvider::builder().profile_name(profile).build().region().await;
            }
            let means = ProviderConfig::default().with_http_client(http).with_region(region.clone());
            let provider =
                ProfileFileCredentialsProvider::builder().configure(&means).profile_name(profile).build();
            loader = loader.credentials_provider(provider);
        }
        if let Some(region) = region {
            loader = loader.region(region);
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
        Self { config, client, told: options.endpoint.is_some() }
    }

    /// Region and endpoint, for who explains an error.
    fn whither(&self) -> explain::Whither {
        explain::Whither {
            region: self.config.region().map(ToString::to_string).unwrap_or_default(),
            endpoint: self.endpoint(),
        }
    }

    /// The endpoint that settings name, where AWS's own is not asked.
    pub fn endpoint(&self) -> Option<String> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        // The SDK reads the service's own variable by itself.
        let service = if self.told { None } else { set("AWS_ENDPOINT_URL_ECR") };
        service.or_else(|| self.config.endpoint_url().map(str::to_owned))
    }

    /// What an error means.
    fn explain<E, R>(&self, what: &'static str, error: &SdkError<E, R>) -> EcrError
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug,
    {
        EcrError::of(what, error, &self.whither())
    }

    /// Whose account this is, by `sts get-caller-identity`, which needs no permission.
    ///
    /// # Errors
    /// When there are no valid credentials, or AWS cannot be reached.
    pub async fn identity(&self) -> Result<Identity, EcrError> {
        const WHAT: &str = "asking AWS who you are";
        let answer = aws_sdk_sts::Client::new(&self.config).get_caller_identity().send().await;
        let answer = answer.map_err(|error| self.explain(WHAT, &error))?;
        let (Some(account), Some(arn)) = (answer.account, answer.arn) else {
            return Err(EcrError::incomplete(WHAT));
        };
        let region = self.config.region().map(ToString::to_string).unwrap_or_default();
        Ok(Identity { account, arn, region })
    }

    /// Where changes can be made, when the credentials still are for what was confirmed.
    ///
    /// # Errors
    /// When they are not, or AWS does not say.
    pub async fn writer(&self, consent: &Consent) -> Result<Writer<'_>, EcrError> {
        let now = Consent::from(&self.identity().await?);
        if now == *consent {
            return Ok(Writer(self));
        }
        let words = |consent: &Consent| format!("account {} in {}", consent.account, consent.region);
        Err(EcrError::not_confirmed(&words(consent), &words(&now)))
    }

    /// All repositories of the registry, by name.
    ///
    /// # Errors
    /// As AWS refuses: no permission for `ecr:DescribeRepositories`, no network.
    pub async fn repositories(&self) -> Result<Vec<Repository>, EcrError> {
        let mut pages = self.client.describe_repositories().into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            found.push(repository::of(item.map_err(|error| self.explain("listing repositories", &error))?));
        }
        found.sort_by(|a: &Repository, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// A login for the registry.
    ///
    /// # Errors
    /// As AWS refuses: no permission for `ecr:GetAuthorizationToken`, no network.
    pub async fn login(&self) -> Result<Login, EcrError> {
        const WHAT: &str = "asking for a registry login";
        let answer = self.client.get_authorization_token().send().await;
        let answer = answer.map_err(|error| self.explain(WHAT, &error))?;
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
}
