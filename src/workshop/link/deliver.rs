//! Waiting until the host has recorded what was told: for commands, which end.

use super::Heard;
use super::run::Link;
use crate::store::Store;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How often one looks.
const LOOK: Duration = Duration::from_millis(50);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// The host has recorded all of it.
    All,
    /// So much is not recorded in time; and why, if that is known.
    Waits {
        /// How many events.
        unsent: u64,
        /// Why, in words that may come from outside.
        why: Option<String>,
    },
    /// The server lets this seat not in; why.
    Refused(String),
}

/// Sends what waits for `workshop`, and waits until it is recorded, at most `within`.
pub async fn deliver(data: &Path, workshop: &str, within: Duration) -> Delivered {
    let said: Arc<Mutex<Option<Heard>>> = Arc::default();
    let keep = Arc::clone(&said);
    let hears = move |heard| {
        if matches!(heard, Heard::Online | Heard::Offline(_) | Heard::Refused(_)) {
            *keep.lock().unwrap_or_else(PoisonError::into_inner) = Some(heard);
        }
    };
    let link =
        Link::start(&tokio::runtime::Handle::current(), data.to_owned(), Arc::new(Notify::new()), hears);
    let until = tokio::time::Instant::now() + within;
    let answer = loop {
        let last = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let unsent = unsent(data, workshop).await;
        match (unsent, last) {
            (Some(0), _) => break Delivered::All,
            (_, Some(Heard::Refused(why))) => break Delivered::Refused(why),
            (unsent, last) if tokio::time::Instant::now() >= until => {
                let why = match last {
                    Some(Heard::Offline(why)) => Some(why),
                    _ => None,
                };
                break Delivered::Waits { unsent: unsent.unwrap_or(1), why };
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    };
    link.end().await;
    answer
}

/// Waits until a link of this process has nothing left to send, at most `within`: for a program that ends.
pub async fn settle(data: &Path, workshop: &str, within: Duration) {
    let until = tokio::time::Instant::now() + within;
    while unsent(data, workshop).await.is_some_and(|unsent| unsent > 0) && tokio::time::Instant::now() < until
    {
        tokio::time::sleep(LOOK).await;
    }
}

async fn unsent(data: &Path, workshop: &str) -> Option<u64> {
    let (data, workshop) = (data.to_owned(), workshop.to_owned());
    let ask = move || Store::open(&data).and_then(|store| store.unsent(&workshop));
    super::run::blocking(ask).await?.ok()
}
