//! One learner: a key, an outbox, a link, and a plan of what to tell when.

use super::Size;
use docker_ecr_tutor::store::Store;
use docker_ecr_tutor::workshop::event::{Event, FORMAT, MAX_EVENTS, Parcel, What, Where};
use docker_ecr_tutor::workshop::link::{self, Link};
use docker_ecr_tutor::workshop::seat::{Address, Key, Kind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// The longest that a link waits before it connects again, and a little for the way.
pub const COMING_BACK: Duration = Duration::from_secs(20);

/// Numbers that look random, the same ones each time.
#[derive(Debug, Clone, Copy)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of its own for this learner.
    pub fn of(self, number: usize) -> Self {
        let mut dice = Self(self.0 ^ (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice.throw(1);
        dice
    }

    /// From 0 to below `sides`; splitmix64.
    pub fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides.max(1)
    }

    /// A share of this time.
    fn part(&mut self, of: Duration) -> Duration {
        of.mul_f64(self.throw(1_000_000) as f64 / 1e6)
    }
}

/// Something told.
#[derive(Debug, Clone)]
pub struct Told {
    pub what: What,
    pub when: Instant,
}

/// A learner who told everything, and whose link is still there.
pub struct Learner {
    done: Done,
    link: Link,
    store: Arc<Mutex<Store>>,
}

/// What a learner knows to have told.
#[derive(Debug)]
pub struct Done {
    pub key: String,
    pub name: String,
    pub events: Vec<Told>,
    pub away: Option<(Instant, Instant)>,
}

impl Learner {
    pub fn told(&self) -> u64 {
        self.done.events.len() as u64
    }

    pub async fn end(self) -> Done {
        self.link.end().await;
        drop(self.store);
        self.done
    }
}

impl Done {
    /// All of it in parcels, as they would have come had nothing ever gone wrong.
    pub fn parcels(&self) -> Vec<Parcel> {
        let events: Vec<Event> = (1..)
            .zip(&self.events)
            .map(|(seq, told)| Event { seq, at: 0, what: told.what.clone() })
            .collect();
        let parcel = |events: &[Event]| Parcel {
            format: FORMAT,
            name: self.name.clone(),
            version: "0".into(),
            events: events.to_vec(),
        };
        events.chunks(MAX_EVENTS).map(parcel).collect()
    }
}

/// Takes a seat, tells all there is to tell at its time, and answers when that is done.
pub async fn take_part(number: usize, size: Size, address: Address, mut dice: Dice) -> Learner {
    let store = Store::in_memory().expect("a store in memory");
    let name = format!("Learner {number}");
    let seat = link::take(&store, &address, &name, None).expect("a seat");
    let key = Key::read(Kind::Learner, &seat.seed).expect("the seat's key").public();
    let store = Arc::new(Mutex::new(store));
    let begin = Instant::now();
    // Not all at the same moment: a room comes in within a while.
    let offset = dice.part(size.pace);
    let away = number.is_multiple_of(size.away.max(1)).then(|| {
        let from = dice.part(size.lasts() / 2);
        (begin + from, begin + from + size.lasts() / 8 + dice.part(size.lasts() / 4))
    });
    let started = || {
        let (runtime, wake) = (tokio::runtime::Handle::current(), Arc::new(Notify::new()));
        Link::over(&runtime, Arc::clone(&store), wake, |_| {})
    };
    tokio::time::sleep(offset).await;
    let mut link = Some(started());
    let mut done = Done { key, name, events: Vec::with_capacity(size.events), away: None };
    let mut next = 0;
    while next < size.events || link.is_none() {
        let due = begin + offset + size.pace * u32::try_from(next).unwrap_or(u32::MAX);
        let due = (next < size.events).then_some(due);
        let turn = match (&link, away) {
            (Some(_), Some((from, _))) if done.away.is_none() => Some(from),
            (None, Some((_, to))) => Some(to),
            _ => None,
        };
        match (due, turn) {
            (due, Some(turn)) if due.is_none_or(|due| turn < due) => {
                tokio::time::sleep_until(turn.into()).await;
                match link.take() {
                    Some(open) => {
                        open.end().await;
                        let now = Instant::now();
                        done.away = Some((now, now));
                    }
                    None => {
                        link = Some(started());
                        done.away = done.away.map(|(from, _)| (from, Instant::now()));
                    }
                }
            }
            (Some(due), _) => {
                // A little before or after its time.
                tokio::time::sleep_until((due + dice.part(size.pace / 2)).into()).await;
                let what = what(next, &mut dice);
                let when = Instant::now();
                let told = {
                    let store = store.lock().unwrap_or_else(PoisonError::into_inner);
                    link::tell(&store, &seat.workshop, &what).expect("it is kept")
                };
                if let Some(seq) = told {
                    done.events.push(Told { what, when });
                    assert_eq!(seq, done.events.len() as u64, "numbers without a gap");
                }
                if let Some(link) = &link {
                    link.wake();
                }
                next += 1;
            }
            (None, None) | (None, Some(_)) => break,
        }
    }
    let link = link.unwrap_or_else(started);
    Learner { done, link, store }
}

/// What is told as the so-manyth: what a learner does with the first exercises, again and again.
fn what(number: usize, dice: &mut Dice) -> What {
    let exercise = format!("exercise-{}", 1 + dice.throw(4));
    match (number, dice.throw(10)) {
        (0, _) => What::Joined,
        (1, _) => What::Started { exercise },
        (_, 0) => What::At { place: Where::Lesson("image-size".into()) },
        (_, 1) => What::At { place: Where::Exercise(exercise) },
        (_, 2) => What::HintOpened { exercise, hint: 1 + u32::try_from(dice.throw(3)).unwrap_or(0) },
        (_, 3) => What::Idle,
        (_, 4) => What::Active,
        (_, 5) => What::Help { exercise: Some(exercise), says: format!("call {number}"), files: Vec::new() },
        _ => What::Checked {
            exercise,
            passed: false,
            points: u32::try_from(dice.throw(8)).unwrap_or(0),
            of: 9,
            failed: vec![["builds", "non-root", "small"][usize::try_from(dice.throw(3)).unwrap_or(0)].into()],
            not_run: Vec::new(),
        },
    }
}
