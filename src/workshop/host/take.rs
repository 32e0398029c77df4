//! Taking what learners tell out of the stream, in its order. The stream's server may go away, forget its latest
//! messages or begin anew: each time it is back, some that were taken already are taken again, and whoever gets
//! them knows them by their numbers.

use crate::workshop::event::MAX_PARCEL;
use crate::workshop::seat::Subjects;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::stream::{self, DiscardPolicy, StorageType};
use async_nats::jetstream::{self, Context};
use futures_util::StreamExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// How many messages before the last one are taken once more after an interruption: more than a server that is
/// killed has not yet written.
const OVERLAP: u64 = 2_000;
/// How many are asked for at once, and for how long a question stands.
const BATCH: usize = 256;
const STANDS: Duration = Duration::from_secs(5);
/// Pause before the next try.
const PAUSE: Duration = Duration::from_millis(250);
/// Most of one learner that a stream keeps, most of all, and for how long: what is recorded is of no use in it.
const OF_ONE: i64 = 5_000;
const OF_ALL: i64 = 1024 * 1024 * 1024;
const KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// One message out of the stream.
#[derive(Debug)]
pub struct Taken {
    /// Where it was told.
    pub subject: String,
    /// What.
    pub bytes: Vec<u8>,
    /// Its number in the stream.
    pub n: u64,
}

/// The stream cannot be used as it is.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StreamFault(pub String);

/// The stream of a workshop, made when it is not there.
///
/// # Errors
/// When the server does not let us, or it is there with acknowledgements: with those a learner could have
/// messages sent with the server's own rights.
pub async fn stream(js: &Context, subjects: &Subjects) -> Result<stream::Stream, StreamFault> {
    let config = stream::Config {
        name: subjects.stream(),
        subjects: vec![subjects.told()],
        storage: StorageType::File,
        discard: DiscardPolicy::Old,
        no_ack: true,
        max_messages_per_subject: OF_ONE,
        max_bytes: OF_ALL,
        max_age: KEPT,
        max_message_size: i32::try_from(MAX_PARCEL + 4 * 1024).unwrap_or(-1),
        num_replicas: 1,
        ..stream::Config::default()
    };
    let stream = js.get_or_create_stream(config).await.map_err(|error| StreamFault(error.to_string()))?;
    if stream.cached_info().config.no_ack {
        Ok(stream)
    } else {
        Err(StreamFault(format!("the stream {} is there and acknowledges; remove it", subjects.stream())))
    }
}

/// Takes messages behind number `after` until `to` is closed. `back` says that the server is back after it was
/// away.
pub async fn take(js: Context, subjects: Subjects, after: u64, to: mpsc::Sender<Taken>, back: Arc<Notify>) {
    let mut last = after;
    while !to.is_closed() {
        let again = tokio::select! {
            again = round(&js, &subjects, &mut last, &to) => again,
            () = back.notified() => Ok(()),
            () = to.closed() => return,
        };
        if let Err(fault) = again {
            tracing::debug!(%fault, "the stream is asked again");
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Takes messages until something is not as it should be.
async fn round(
    js: &Context,
    subjects: &Subjects,
    last: &mut u64,
    to: &mpsc::Sender<Taken>,
) -> Result<(), StreamFault> {
    let fault = |error: &dyn std::fmt::Display| StreamFault(error.to_string());
    let mut stream = stream(js, subjects).await?;
    let there = stream.info().await.map_err(|error| fault(&error))?.state.last_sequence;
    // A stream that is shorter than what was taken from it lost its end, or is another one.
    let from = (*last).min(there).saturating_sub(OVERLAP) + 1;
    let config = pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: from },
        ack_policy: AckPolicy::None,
        inactive_threshold: Duration::from_secs(60),
        memory_storage: true,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(|error| fault(&error))?;
    *last = from - 1;
    let mut delivered = 0;
    loop {
        let asked = consumer.batch().max_messages(BATCH).expires(STANDS).messages().await;
        let mut messages = asked.map_err(|error| fault(&error))?;
        while let Some(message) = messages.next().await {
            let message: jetstream::Message = message.map_err(|error| fault(&error))?;
            let (n, of_consumer) = message
                .info()
                .map(|info| (info.stream_sequence, info.consumer_sequence))
                .map_err(|e| fault(&e))?;
            if of_consumer != delivered + 1 {
                return Err(StreamFault("a message was lost on its way".into()));
            }
            delivered = of_consumer;
            *last = n;
            let taken = Taken { subject: message.subject.to_string(), bytes: message.payload.to_vec(), n };
            if to.send(taken).await.is_err() {
                return Ok(());
            }
        }
    }
}
