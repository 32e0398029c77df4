//! Images on their way between the engine and a registry. The login lives as long as the transfer.

use super::ecr::Answer;
use super::{Context, Outcome, Progress, with_causes};
use crate::ecr::Login;
use crate::engine::images::{Credentials, Transfer};
use crate::engine::{Engine, EngineError};
use std::time::{Duration, Instant};

/// Progress of a layer is told at most this often; every change of its state is.
const OFTEN: Duration = Duration::from_millis(50);

pub(super) async fn own_images(context: &Context) -> Result<Answer, Outcome> {
    let engine = context.engine().await?;
    let found = engine.own_images().await;
    Ok(Answer::OwnImages(found.map_err(|error| Outcome::failed(with_causes(&error), error.hints()))?))
}

pub(super) async fn push(
    login: &Login,
    image: &str,
    reference: &str,
    context: &Context,
) -> Result<Answer, Outcome> {
    let engine = context.engine().await?;
    let had = engine.has_image(reference).await.unwrap_or(false);
    let refused = |error: EngineError| failed(&error, &engine);
    engine.tag(image, reference).await.map_err(refused)?;
    let pushed =
        engine.push(reference, Some(credentials(login)), tell(context), context.cancel.clone()).await;
    if pushed.is_err() && !had {
        // A name that leads nowhere only confuses.
        let _ = engine.remove_image(reference).await;
    }
    Ok(Answer::Pushed(pushed.map_err(refused)?))
}

pub(super) async fn pull(login: &Login, reference: &str, context: &Context) -> Result<Answer, Outcome> {
    let engine = context.engine().await?;
    let pulled =
        engine.pull(reference, Some(credentials(login)), tell(context), context.cancel.clone()).await;
    pulled.map(|()| Answer::Pulled).map_err(|error| failed(&error, &engine))
}

fn credentials(login: &Login) -> Credentials {
    Credentials {
        user: login.user.clone(),
        password: login.password.clone(),
        registry: login.registry.clone(),
    }
}

/// Tells what the engine says, without flooding whoever listens.
pub(super) fn tell(context: &Context) -> impl Fn(Transfer) + Send + 'static {
    let reporter = context.reporter.clone();
    let last = std::sync::Mutex::new((String::new(), String::new(), None::<Instant>));
    move |transfer: Transfer| {
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let same = last.0 == transfer.layer && last.1 == transfer.status;
        let soon = last.2.is_some_and(|at| at.elapsed() < OFTEN);
        if same && soon && transfer.current < transfer.total {
            return;
        }
        *last = (transfer.layer.clone(), transfer.status.clone(), Some(Instant::now()));
        reporter.say(Progress::Transfer(transfer));
    }
}

/// What engines say about registries, what it means, and what to do.
const REFUSALS: &[(&str, &str, &str)] = &[
    (
        "authorization token has expired",
        "the registry login has expired",
        "look again: a new one is asked for",
    ),
    ("no basic auth credentials", "the engine was not logged in", "look again, then repeat it"),
    ("repository with name", "the repository is not there: a push creates none", "create it first"),
    (
        "tag is immutable",
        "the tag is there already, and tags are immutable in this repository",
        "push under a new tag: that is what immutable tags are for",
    ),
    (
        "is not authorized to perform",
        "these credentials may not do that",
        "the message names the action that a policy must allow",
    ),
    (
        "http response to https client",
        "the engine wants HTTPS from a registry that speaks HTTP",
        "add it to the engine's insecure-registries, or use an engine on this machine: those take 127.0.0.1 as it is",
    ),
    (
        "connection refused",
        "the engine cannot reach the registry",
        "an engine in a virtual machine or elsewhere does not see this machine's 127.0.0.1: use a local one for the practice ECR",
    ),
    (
        "toomanyrequests",
        "the registry takes no more requests for the moment",
        "wait a minute, then repeat it",
    ),
    (
        "no space left",
        "the engine's disk is full",
        "`docker-ecr-tutor clean`, then `docker system df` shows the rest",
    ),
];

fn failed(error: &EngineError, engine: &Engine) -> Outcome {
    if matches!(error, EngineError::Cancelled) {
        return Outcome::Cancelled;
    }
    let told = with_causes(error);
    let lower = told.to_lowercase();
    match REFUSALS.iter().find(|(words, ..)| lower.contains(words)) {
        Some((_, what, next)) => Outcome::failed(format!("{what} ({told})"), vec![(*next).to_owned()]),
        None if engine.is_local() => Outcome::failed(told, error.hints()),
        None => Outcome::failed(
            told,
            vec!["check that the engine reaches the registry from where it runs".into()],
        ),
    }
}
