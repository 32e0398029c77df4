//! What learners may do on a server that is not ours, found out by trying: a pass of the token's key must let
//! them tell and hear, and nothing else.

use crate::workshop::seat::{Key, Kind, Seat, Subjects, jwt};
use async_nats::{Client, ConnectErrorKind, ConnectOptions};
use futures_util::StreamExt as _;
use std::time::Duration;

/// What a try sends; the host passes over it.
pub const PROBE: &[u8] = b"probe";
/// How long all of it may take.
const WITHIN: Duration = Duration::from_secs(20);
/// How often something is said again until it is heard.
const AGAIN: Duration = Duration::from_millis(200);

/// What is missing on the server, or too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// A pass of the token's key is not let in.
    #[error("the account does not know the workshop's signing key yet")]
    NoKey,
    /// The key is there and nothing says what it may sign away.
    #[error("the account has the workshop's signing key without a role")]
    NoRole,
    /// A learner is let in and cannot be heard, or does not hear.
    #[error("a learner is let in, and {0}")]
    Missing(&'static str),
    /// A learner may do what none may.
    #[error(
        "a learner could {0}: the signing key's role allows too much, or the key is in the account without one"
    )]
    TooMuch(&'static str),
    /// The server cannot be asked.
    #[error("{0}")]
    Server(String),
}

/// Tries it: `instructor` is connected, `options` makes those of a learner out of a seat (with the certificates to
/// trust).
///
/// # Errors
/// What is missing, or too much.
pub async fn tried(
    instructor: &Client,
    server: &str,
    seat: Seat,
    options: impl FnOnce(&Seat) -> ConnectOptions,
) -> Result<(), RightsError> {
    let all = attempt(instructor, server, seat, options);
    let late = || Err(RightsError::Server("the server does not answer in time".into()));
    tokio::time::timeout(WITHIN, all).await.unwrap_or_else(|_| late())
}

async fn attempt(
    instructor: &Client,
    server: &str,
    seat: Seat,
    options: impl FnOnce(&Seat) -> ConnectOptions,
) -> Result<(), RightsError> {
    let told = |error: &dyn std::fmt::Display| RightsError::Server(error.to_string());
    let subjects = seat.subjects();
    let key = seat.key.public();
    let other = Key::make(Kind::Learner).map_err(|error| told(&error))?.public();
    // Everything of the workshop, as the instructor hears it.
    let mut heard = instructor.subscribe(every(&subjects)).await.map_err(|error| told(&error))?;
    let learner = match options(&seat).connect(server).await {
        Ok(client) => client,
        Err(error) if error.kind() == ConnectErrorKind::AuthorizationViolation => {
            return Err(RightsError::NoKey);
        }
        // A pass without a scope has limits of nought.
        Err(error) if error.to_string().contains("maximum subscriptions") => return Err(RightsError::NoRole),
        Err(error) => return Err(told(&error)),
    };
    // First what is forbidden, so that the answers to what is allowed come behind it.
    let mut others = learner.subscribe(subjects.to(&other)).await.map_err(|error| told(&error))?;
    let mut own = learner.subscribe(subjects.to(&key)).await.map_err(|error| told(&error))?;
    let publish = |subject: String| learner.publish(subject, PROBE.into());
    publish(subjects.all()).await.map_err(|error| told(&error))?;
    publish(subjects.from(&other)).await.map_err(|error| told(&error))?;
    let heard_of = async {
        loop {
            publish(subjects.from(&key)).await.map_err(|error| told(&error))?;
            let mut pause = std::pin::pin!(tokio::time::sleep(AGAIN));
            loop {
                let message = tokio::select! {
                    message = heard.next() => message,
                    () = &mut pause => break,
                };
                let Some(message) = message else {
                    return Err(RightsError::Server("the connection was closed".into()));
                };
                match message.subject.as_str() {
                    subject if subject == subjects.from(&key) => return Ok(()),
                    subject if subject == subjects.all() && *message.payload == *PROBE => {
                        return Err(RightsError::TooMuch("speak to all"));
                    }
                    subject if subject == subjects.from(&other) => {
                        return Err(RightsError::TooMuch("tell in another's name"));
                    }
                    _ => {}
                }
            }
        }
    };
    let half = WITHIN / 3;
    tokio::time::timeout(half, heard_of).await.unwrap_or(Err(RightsError::Missing(
        "what it tells does not arrive (publish to tutor.….from.KEY)",
    )))?;
    let hears = async {
        loop {
            // To the other one first: whoever hears that hears too much.
            for to in [&other, &key] {
                let said = instructor.publish(subjects.to(to), PROBE.into()).await;
                said.map_err(|error| told(&error))?;
            }
            tokio::select! {
                biased;
                Some(_) = others.next() => return Err(RightsError::TooMuch("hear what is said to another")),
                Some(_) = own.next() => return Ok(()),
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    };
    tokio::time::timeout(half, hears).await.unwrap_or(Err(RightsError::Missing(
        "does not hear what is said to it (subscribe to tutor.….to.KEY)",
    )))
}

fn every(subjects: &Subjects) -> String {
    subjects.all().replace(".all", ".>")
}

/// What whoever runs the server types, to let this workshop's learners in.
pub fn commands(token: &crate::workshop::seat::Token, account: &str) -> String {
    let subjects = Subjects::of(&token.workshop());
    let own = "{{subject()}}";
    let scope = jwt::scope(token);
    let payload = scope.pointer("/template/payload").cloned().unwrap_or_default();
    format!(
        "nsc edit signing-key --account {account} --sk {key} --role learner-{workshop} \\\n  \
         --allow-pub '{from}' \\\n  --allow-sub '{to},{all}' \\\n  --subs 8 --payload {payload}\n\
         nsc push --account {account}",
        key = token.signing().public(),
        workshop = token.workshop(),
        from = subjects.from(own),
        to = subjects.to(own),
        all = subjects.all(),
    )
}
