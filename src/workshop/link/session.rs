//! One connection: what waits goes out in parcels and again until the host has recorded it; what the host says is
//! heard once its signature holds. It ends with the connection.

use super::Heard;
use super::run::{LOOK, Life, Outbox};
use crate::store::Store;
use crate::store::outbox::{KeptRoom, Seat, Waiting, wall_clock};
use crate::text::sanitise;
use crate::workshop::event::{Event, FORMAT, MAX_EVENTS, MAX_PARCEL, Parcel, What, name};
use crate::workshop::seat::{self, Address, Key};
use crate::workshop::server::{Greeting, GreetingError};
use crate::workshop::words::{Says, Word, WordError};
use async_nats::{Client, ConnectErrorKind, Event as Happened, Message, Subscriber};
use futures_util::StreamExt as _;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// A host that says nothing for this long is not heard any more: it says something every ten seconds.
const SILENCE: Duration = Duration::from_secs(35);
/// What is not recorded after this time is sent again, then after twice as long, up to the second.
const AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// Most parcels on their way: a host that is away finds a few of them, not all of them over and over.
const ON_THE_WAY: usize = 4;

/// How a connection ended.
pub(super) enum Ended {
    /// There is no seat any more.
    Gone,
    /// It was lost, or never made; and whether the host was heard in it.
    Lost {
        /// Why.
        why: String,
        /// Whether it was good for something.
        heard: bool,
    },
    /// The server lets nobody with this token in, or the host is not understood.
    Refused(String),
}

fn lost(why: impl ToString) -> Ended {
    Ended::Lost { why: sanitise::plain(&why.to_string()).into_owned(), heard: false }
}

/// Connects, and stays until the connection ends.
pub(super) async fn run(life: &Life, kept: &Seat, address: &Address, key: Key, outbox: &Outbox) -> Ended {
    let account = match &address.account {
        Some(account) => account.clone(),
        None => match Greeting::read(&address.host, address.port, ANSWER).await {
            Err(error @ GreetingError::Other { .. }) => return Ended::Refused(error.to_string()),
            Err(error) => return lost(error),
            Ok(greeting) => match greeting.account() {
                Some(account) => account.to_owned(),
                None => return Ended::Refused(NO_WORKSHOP.to_owned()),
            },
        },
    };
    let seat = seat::Seat { key, token: address.token.clone(), account };
    let (happens, mut happened) = mpsc::unbounded_channel();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut options = seat
        .options()
        .name("docker-ecr-tutor")
        .connection_timeout(ANSWER)
        .ping_interval(Duration::from_secs(20))
        .subscription_capacity(64)
        .client_capacity(64)
        .ignore_discovered_servers()
        // Coming back is ours: the account may have another name by then.
        .max_reconnects(1)
        .require_tls(address.tls)
        .event_callback(move |event| {
            let happens = happens.clone();
            async move { drop(happens.send(event)) }
        });
    if !kept.ca.is_empty() {
        options = options.add_root_certificates(kept.ca.clone().into());
    }
    let client = match options.connect(address.server()).await {
        Ok(client) => client,
        Err(error) => {
            return match error.kind() {
                ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
                    Ended::Refused(NOT_LET_IN.to_owned())
                }
                _ => lost(whole(&error)),
            };
        }
    };
    let (subjects, public) = (seat.subjects(), seat.key.public());
    let (to, all) =
        match tokio::join!(client.subscribe(subjects.to(&public)), client.subscribe(subjects.all())) {
            (Ok(to), Ok(all)) => (to, all),
            (Err(error), _) | (_, Err(error)) => return lost(error),
        };
    if let Err(error) = client.flush().await {
        return lost(error);
    }
    let mut session = Session {
        life,
        outbox,
        client,
        kept: kept.clone(),
        subject: subjects.from(&public),
        seat,
        sent: 0,
        on_the_way: VecDeque::new(),
        again: AGAIN.0,
        resend: None,
        silent_from: None,
        revision: None,
    };
    session.stay(to, all, &mut happened).await
}

const NO_WORKSHOP: &str = "the server is not one that a workshop started, and the line names no account on it: \
                           ask for one with ?account=";
const NOT_LET_IN: &str = "the server does not know this token: it is another workshop's, or an old one";

/// An error with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = next.source();
    }
    text
}

struct Session<'a> {
    life: &'a Life,
    outbox: &'a Outbox,
    client: Client,
    kept: Seat,
    seat: seat::Seat,
    /// Where this learner tells.
    subject: String,
    /// The last number that was sent in this connection.
    sent: u64,
    /// The last numbers of the parcels that were sent and are not recorded.
    on_the_way: VecDeque<u64>,
    again: Duration,
    /// When what is on the way is sent again.
    resend: Option<Instant>,
    /// When the host counts as silent; `None` while it does.
    silent_from: Option<Instant>,
    /// The revision of the room that was kept last.
    revision: Option<u64>,
}

impl Session<'_> {
    async fn stay(
        &mut self,
        mut to: Subscriber,
        mut all: Subscriber,
        happened: &mut mpsc::UnboundedReceiver<Happened>,
    ) -> Ended {
        let mut look = tokio::time::interval(LOOK);
        let mut good = false;
        loop {
            let resend = self.resend.unwrap_or_else(|| Instant::now() + AGAIN.1);
            let silent = self.silent_from.unwrap_or_else(|| Instant::now() + SILENCE);
            let word = tokio::select! {
                event = happened.recv() => match event {
                    Some(Happened::Connected | Happened::SlowConsumer(_) | Happened::LameDuckMode) => continue,
                    // What the server forbids it says here, and goes on.
                    Some(Happened::ServerError(_)) => continue,
                    _ => return Ended::Lost { why: "the connection was lost".into(), heard: good },
                },
                word = to.next() => word,
                word = all.next() => word,
                () = self.life.wake.notified() => {
                    self.send().await;
                    continue;
                }
                _ = look.tick() => {
                    match self.outbox.call(Store::seat).await {
                        Some(Some(seat)) if seat == self.kept => {}
                        Some(Some(_)) => return Ended::Lost { why: "another seat was taken".into(), heard: true },
                        Some(None) => return Ended::Gone,
                        None => continue,
                    }
                    self.send().await;
                    continue;
                }
                () = sleep_until(resend), if self.resend.is_some() => {
                    self.again = (self.again * 2).min(AGAIN.1);
                    self.on_the_way.clear();
                    (self.sent, self.resend) = (0, None);
                    self.send().await;
                    continue;
                }
                () = sleep_until(silent), if self.silent_from.is_some() => {
                    self.silent_from = None;
                    (self.life.hears)(Heard::Offline("the host says nothing".into()));
                    continue;
                }
            };
            let Some(word) = word else {
                return Ended::Lost { why: "the connection was lost".into(), heard: good };
            };
            match self.hear(&word).await {
                Ok(()) => good = true,
                Err(error @ WordError::Newer(_)) => return Ended::Refused(error.to_string()),
                Err(error) => tracing::warn!(%error, "a word was not believed"),
            }
        }
    }

    async fn hear(&mut self, message: &Message) -> Result<(), WordError> {
        let word = Word::read(message.subject.as_str(), &message.payload, &self.seat.token)?;
        if self.silent_from.is_none() {
            (self.life.hears)(Heard::Online);
        }
        self.silent_from = Some(Instant::now() + SILENCE);
        let workshop = self.kept.workshop.clone();
        match word.says {
            Says::Room { room } => {
                if self.revision != Some(room.revision) {
                    self.revision = Some(room.revision);
                    let text = serde_json::to_string(&room).unwrap_or_default();
                    let kept = KeptRoom { text, ahead: word.at.saturating_sub(wall_clock()) };
                    self.outbox.call(move |store| store.keep_room(&workshop, &kept)).await;
                }
                (self.life.hears)(Heard::Room { room, now: word.at });
            }
            Says::Recorded { up_to } => {
                let unsent = self.outbox.call(move |store| {
                    store.recorded(&workshop, up_to)?;
                    store.unsent(&workshop)
                });
                if let Some(unsent) = unsent.await {
                    (self.life.hears)(Heard::Unsent(unsent));
                }
                self.again = AGAIN.0;
                self.on_the_way.retain(|last| *last > up_to);
                self.resend = (up_to < self.sent).then(|| Instant::now() + self.again);
                self.sent = self.sent.max(up_to);
                self.send().await;
            }
        }
        Ok(())
    }

    /// Sends what waits and was not sent in this connection, as far as there is room on the way.
    async fn send(&mut self) {
        if !self.outbox.may_send().await {
            return;
        }
        while self.on_the_way.len() < ON_THE_WAY {
            let (workshop, after) = (self.kept.workshop.clone(), self.sent);
            let rows = self.outbox.call(move |store| store.pending(&workshop, after, MAX_EVENTS)).await;
            let limit = MAX_PARCEL.min(self.client.max_payload());
            let Some((parcel, last)) = rows.and_then(|rows| parcel(&self.kept.name, rows, limit)) else {
                return;
            };
            if self.client.publish(self.subject.clone(), parcel.into()).await.is_err() {
                // The connection is about to end, and the next one sends it again.
                return;
            }
            self.sent = last;
            self.on_the_way.push_back(last);
            self.resend.get_or_insert_with(|| Instant::now() + self.again);
        }
    }
}

/// As many of the rows as fit, as they travel, and the number of the last of them.
fn parcel(called: &str, rows: Vec<Waiting>, limit: usize) -> Option<(Vec<u8>, u64)> {
    let mut events: Vec<Event> = Vec::new();
    let mut weight = 512;
    for row in rows.into_iter().take(MAX_EVENTS) {
        weight += row.body.len() + 80;
        // What is alone goes whatever it weighs: the outbox takes nothing that would not fit.
        if weight > limit && !events.is_empty() {
            break;
        }
        // A row that another version wrote may say what this one does not know; its number is needed all the same.
        let what = serde_json::from_str(&row.body).unwrap_or(What::Active);
        events.push(Event { seq: row.seq, at: row.at, what });
    }
    let last = events.last()?.seq;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let parcel = Parcel { format: FORMAT, name: name(called), version, events };
    Some((parcel.write().ok()?, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::outbox::MAX_BODY;
    use crate::workshop::event::SharedFile;

    fn row(seq: u64, what: &What) -> Waiting {
        Waiting { seq, at: 7, body: serde_json::to_string(what).unwrap() }
    }

    #[test]
    fn parcels_are_as_full_as_may_be_and_lose_nothing() {
        let file = |size| SharedFile { path: "a".into(), text: "\n".repeat(size) };
        let help = |size| What::Help { exercise: None, says: String::new(), files: vec![file(size)] };
        let rows: Vec<Waiting> = (1..=450)
            .map(|seq| if seq % 100 == 0 { row(seq, &help(60_000)) } else { row(seq, &What::Active) })
            .collect();
        let (mut at, mut seen) = (0, Vec::new());
        while let Some((bytes, last)) = parcel("Ada", rows[at..].to_vec(), MAX_PARCEL) {
            let read = Parcel::read(&bytes).unwrap();
            seen.extend(read.events.iter().map(|event| event.seq));
            at = usize::try_from(last).unwrap();
        }
        assert_eq!(seen, (1..=450).collect::<Vec<_>>());
    }

    #[test]
    fn the_heaviest_row_fits_into_a_parcel_of_its_own() {
        let body = format!(
            "{{\"is\":\"help\",\"exercise\":null,\"says\":\"{}\",\"files\":[]}}",
            "x".repeat(MAX_BODY - 60)
        );
        assert!(body.len() <= MAX_BODY);
        let (bytes, last) = parcel("Ada", vec![Waiting { seq: 1, at: 0, body }], MAX_PARCEL).unwrap();
        assert!(bytes.len() <= MAX_PARCEL && last == 1);
    }

    #[test]
    fn a_row_of_another_version_keeps_its_number() {
        let strange = Waiting { seq: 1, at: 0, body: "{\"is\":\"something new\"}".into() };
        let (bytes, last) = parcel("Ada", vec![strange, row(2, &What::Idle)], MAX_PARCEL).unwrap();
        let read = Parcel::read(&bytes).unwrap();
        assert_eq!((last, &read.events[1].what), (2, &What::Idle));
    }
}
