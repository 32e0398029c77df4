//! Why AWS did not do what it was asked: one table from the SDK's error codes and words to what happened
//! and what to do next.
//!
//! Only texts that the SDK means for people are read (`Display` of an error and its causes): its debug
//! output holds whole answers, and an answer may hold a registry token.

mod table;

use crate::text::sanitise;
use aws_sdk_ecr::error::{ProvideErrorMetadata, SdkError};
use table::Row;

/// Longest text of an error that is kept.
const MOST: usize = 2_000;

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Problem {
    /// Nothing in the chain has credentials.
    NoCredentials,
    /// A profile that is named is not there, or is no good.
    BadProfile,
    /// The program that a profile names for credentials failed.
    CredentialProcess,
    /// The login by IAM Identity Center is over.
    ExpiredSso,
    /// Temporary keys are over.
    ExpiredToken,
    /// AWS does not know the keys, or the secret does not fit.
    BadKeys,
    /// No region is set.
    NoRegion,
    /// The region is no region, or not the one that was meant.
    WrongRegion,
    /// A policy does not allow it, or forbids it.
    Denied,
    /// Too many requests.
    Throttled,
    /// A quota of the account.
    Limit,
    /// This machine's clock and AWS's differ.
    ClockSkew,
    /// Names cannot be looked up, or there is no route.
    NoNetwork,
    /// Nobody listens where the endpoint is.
    Unreachable,
    /// The other side could not prove who it is.
    Tls,
    /// No answer in time.
    Timeout,
    /// Something answered that is not AWS.
    NotAws,
    /// AWS failed.
    Service,
    /// What was asked for is not there.
    Missing,
    /// What was asked for is refused as it is.
    Refused,
    /// Account or region are not those that were confirmed.
    NotConfirmed,
    /// Anything else.
    Other,
}

/// Where a request went: what an explanation names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Whither {
    pub region: String,
    /// Endpoint, where one is set.
    pub endpoint: Option<String>,
}

/// A request that AWS did not grant, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {said}")]
pub struct EcrError {
    /// What was asked for.
    pub what: &'static str,
    /// What kind of thing went wrong.
    pub problem: Problem,
    /// The exception's name, empty when the request never got an answer.
    pub code: String,
    /// What AWS or the network said, in its own words.
    pub message: String,
    /// What happened, in plain words.
    pub said: String,
    /// What to do next, most useful first.
    pub next: Vec<String>,
}

impl EcrError {
    /// What an error of the SDK means.
    pub(super) fn of<E, R>(what: &'static str, error: &SdkError<E, R>, whither: &Whither) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug,
    {
        let code = error.code().unwrap_or_default();
        let message = match (error, error.message()) {
            (_, Some(message)) if !message.is_empty() => message.to_owned(),
            (SdkError::ServiceError(service), _) => chain(service.err()),
            _ => chain(error),
        };
        let shape = match error {
            SdkError::ConstructionFailure(_) => "construction",
            SdkError::TimeoutError(_) => "timeout",
            SdkError::ResponseError(_) => "response",
            // AWS names its exceptions; what comes without a name comes from something else.
            SdkError::ServiceError(_) if code.is_empty() => "response",
            SdkError::ServiceError(_) => "service",
            _ => "dispatch",
        };
        Self::explained(what, shape, code, &message, whither)
    }

    /// The explanation of an error of this shape, code and text.
    pub(super) fn explained(
        what: &'static str,
        shape: &'static str,
        code: &str,
        message: &str,
        whither: &Whither,
    ) -> Self {
        let message = sanitise::bounded(message, MOST).into_owned();
        let row = table::find(shape, code, &message);
        let (said, next) = row.tell(&message, whither);
        Self { what, problem: row.problem, code: code.to_owned(), message, said, next }
    }

    pub(super) fn incomplete(what: &'static str) -> Self {
        let said = "the answer is incomplete".to_owned();
        Self {
            what,
            problem: Problem::NotAws,
            code: String::new(),
            message: said.clone(),
            said,
            next: vec!["check AWS_ENDPOINT_URL: something else than AWS may answer there".into()],
        }
    }

    /// Account or region changed since somebody confirmed.
    pub(super) fn not_confirmed(confirmed: &str, now: &str) -> Self {
        let said =
            format!("{confirmed} was confirmed, but the credentials are now for {now}; nothing was done");
        Self {
            what: "checking the account",
            problem: Problem::NotConfirmed,
            code: String::new(),
            message: said.clone(),
            said,
            next: vec!["look again, then confirm anew".into()],
        }
    }
}

/// An error and its causes in a line, without saying anything twice.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) && text.len() < MOST {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}

/// What a refusal for want of permission names: who, the action, the resource.
#[derive(Debug, Default, PartialEq, Eq)]
struct Denial<'a> {
    who: Option<&'a str>,
    action: Option<&'a str>,
    resource: Option<&'a str>,
    /// A policy forbids it in so many words, where otherwise none allows it.
    explicit: bool,
}

/// Reads `User: ARN is not authorized to perform: ecr:X on resource: ARN because …`.
fn denial(message: &str) -> Denial<'_> {
    let word = |label: &str| {
        let rest = &message[message.find(label)? + label.len()..];
        let word = rest.split_whitespace().next()?;
        Some(word.trim_end_matches(['.', ',', ';'])).filter(|word| !word.is_empty())
    };
    Denial {
        who: word("User: "),
        action: word("perform: "),
        resource: word("on resource: "),
        explicit: message.contains("explicit deny"),
    }
}

impl Row {
    /// What happened, and what to do next.
    fn tell(&self, message: &str, whither: &Whither) -> (String, Vec<String>) {
        let region = if whither.region.is_empty() { "(none)" } else { whither.region.as_str() };
        let endpoint =
            whither.endpoint.clone().unwrap_or_else(|| format!("https://api.ecr.{region}.amazonaws.com"));
        let denied = denial(message);
        let fill = |text: &str| {
            text.replace("{region}", region)
                .replace("{endpoint}", &endpoint)
                .replace("{action}", denied.action.unwrap_or("this action"))
                .replace("{resource}", denied.resource.unwrap_or("this resource"))
                .replace("{who}", denied.who.unwrap_or("whoever these credentials belong to"))
                .replace("{message}", message)
        };
        let mut next: Vec<String> = self.next.iter().map(|text| fill(text)).collect();
        if self.problem == Problem::Denied && denied.explicit {
            next.insert(0, "a policy denies it explicitly: allowing it elsewhere does not help".into());
        }
        if matches!(
            self.problem,
            Problem::Unreachable | Problem::NoNetwork | Problem::NotAws | Problem::Timeout
        ) && let Some(endpoint) = &whither.endpoint
        {
            next.insert(
                0,
                format!("an endpoint is set: {endpoint}; without AWS_ENDPOINT_URL real AWS is asked"),
            );
        }
        (fill(self.said), next)
    }
}

#[cfg(test)]
mod tests;
