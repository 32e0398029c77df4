//! The loop of a host: what is taken is written down, then told and acknowledged; what is asked is written down,
//! then said to all. Nothing in it waits for the network: what cannot be said now is said again in time.

use super::book::Book;
use super::ledger::{Ledger, Verdict};
use super::take::Taken;
use super::{Event, rights};
use crate::workshop::event::{Parcel, What};
use crate::workshop::record::{Line, Told};
use crate::workshop::room::{Change, Room};
use crate::workshop::seat::{Key, Subjects};
use crate::workshop::words::{Says, Word};
use async_nats::Client;
use async_nats::connection::State;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How often the room is said to all, for those who missed a word.
const EVERY: Duration = Duration::from_secs(10);
/// Most messages of one batch, which is one wait for the disk.
const BATCH: usize = 512;
/// How many learners that were helped last are named in the room that goes to all.
const HELPED: usize = 50;
/// Longest wait for the client to take a word.
const TAKES: Duration = Duration::from_secs(1);

/// What the loop works with.
pub(super) struct Host {
    pub client: Client,
    pub subjects: Subjects,
    pub words: Key,
    pub book: Arc<Mutex<Book>>,
    pub ledger: Ledger,
    pub room: Room,
    /// Learners that were helped, the latest last.
    pub helped: VecDeque<String>,
    pub events: mpsc::Sender<Event>,
    pub skipped: u64,
    pub stop: CancellationToken,
}

/// The host cannot go on; it has been told.
pub(super) struct Over;

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Host {
    /// Until it is stopped, or cannot go on.
    pub(super) async fn run(mut self, mut taken: mpsc::Receiver<Taken>, mut changes: mpsc::Receiver<Change>) {
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let stop = self.stop.clone();
        let mut batch = Vec::new();
        loop {
            let done = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(change) = changes.recv() => self.change(change).await,
                _ = every.tick() => {
                    self.say_room().await;
                    Ok(())
                }
                count = taken.recv_many(&mut batch, BATCH) => match count {
                    0 => return,
                    _ => self.batch(std::mem::take(&mut batch)).await,
                },
            };
            if done.is_err() {
                // Whoever shows it decides when to go.
                return stop.cancelled().await;
            }
        }
    }

    async fn change(&mut self, change: Change) -> Result<(), Over> {
        let at = now();
        let line = Line::Did { at, change };
        self.write(vec![line.clone()]).await?;
        if let Line::Did { change, .. } = &line {
            note_helped(&mut self.helped, change);
            self.room.apply(change, at);
        }
        self.tell(Event::Lines(vec![line])).await;
        self.say_room().await;
        Ok(())
    }

    async fn batch(&mut self, batch: Vec<Taken>) -> Result<(), Over> {
        let at = now();
        let (mut lines, mut heard, mut joined) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let before = self.skipped;
        let mut why = String::new();
        for Taken { subject, bytes, n } in batch {
            if bytes == rights::PROBE {
                continue;
            }
            let Some(from) = self.subjects.teller(&subject).map(str::to_owned) else {
                (self.skipped, why) = (self.skipped + 1, "not of a learner".into());
                continue;
            };
            let parcel = match Parcel::read(&bytes) {
                Ok(parcel) => parcel,
                Err(error) => {
                    (self.skipped, why) = (self.skipped + 1, error.to_string());
                    continue;
                }
            };
            let ends = |event: Option<&crate::workshop::event::Event>| event.map_or(0, |event| event.seq);
            let numbers = (ends(parcel.events.first()), ends(parcel.events.last()));
            match self.ledger.judge(&from, numbers, bytes.len(), at) {
                Verdict::Known => {}
                Verdict::Refused(reason) => {
                    (self.skipped, why) = (self.skipped + 1, reason.into());
                    continue;
                }
                Verdict::New => {
                    self.ledger.recorded(&from, numbers, bytes.len(), at);
                    if parcel.events.iter().any(|event| event.what == What::Joined) {
                        joined.insert(from.clone());
                    }
                    lines.push(Line::Told(Told { at, n, from: from.clone(), parcel }));
                }
            }
            heard.insert(from);
        }
        if !lines.is_empty() {
            self.write(lines.clone()).await?;
        }
        for learner in &heard {
            let says = Says::Recorded { up_to: self.ledger.up_to(learner) };
            self.say(self.subjects.to(learner), says).await;
        }
        for learner in joined {
            let room = self.room_for(|helped| *helped == learner);
            self.say(self.subjects.to(&learner), Says::Room { room }).await;
        }
        if !lines.is_empty() {
            self.tell(Event::Lines(lines)).await;
        }
        if self.skipped > before {
            self.tell(Event::Skipped { count: self.skipped, why }).await;
        }
        Ok(())
    }

    /// Writes lines down; when this returns they are on the disk.
    async fn write(&mut self, lines: Vec<Line>) -> Result<(), Over> {
        let book = self.book.clone();
        let written = tokio::task::spawn_blocking(move || {
            book.lock().unwrap_or_else(PoisonError::into_inner).append(&lines)
        });
        let why = match written.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        self.tell(Event::Failed { why }).await;
        Err(Over)
    }

    async fn tell(&self, event: Event) {
        tokio::select! {
            _ = self.events.send(event) => {}
            () = self.stop.cancelled() => {}
        }
    }

    async fn say_room(&self) {
        let latest: BTreeSet<_> = self.helped.iter().rev().take(HELPED).collect();
        let room = self.room_for(|learner| latest.contains(learner));
        self.say(self.subjects.all(), Says::Room { room }).await;
    }

    /// The room, with those of the helped that are wanted: all of a large room would be most of the word.
    fn room_for(&self, wanted: impl Fn(&String) -> bool) -> Box<Room> {
        let helped = self.room.helped.iter().filter(|(learner, _)| wanted(learner));
        let helped: BTreeMap<_, _> = helped.map(|(learner, seq)| (learner.clone(), *seq)).collect();
        Box::new(Room { helped, ..self.room.clone() })
    }

    async fn say(&self, subject: String, says: Says) {
        // To a server that is away nothing is said: it would pile up, and is said again in time anyway.
        if self.client.connection_state() != State::Connected {
            return;
        }
        match Word::new(now(), says).write(&subject, &self.words) {
            Ok(bytes) => {
                let _ = tokio::time::timeout(TAKES, self.client.publish(subject, bytes.into())).await;
            }
            Err(error) => tracing::warn!(%error, "a word was not said"),
        }
    }
}

/// Keeps in mind who was helped, the latest last.
pub(super) fn note_helped(helped: &mut VecDeque<String>, change: &Change) {
    if let Change::Helped { learner, .. } = change {
        helped.retain(|known| known != learner);
        helped.push_back(learner.clone());
        while helped.len() > HELPED {
            helped.pop_front();
        }
    }
}
