//! A learner's side of a workshop: taking a seat and leaving it, telling, and the link that carries what was told
//! to the host and hears what it says. Without a seat there is no link, and nothing is sent.
//!
//! | file | owns |
//! | --- | --- |
//! | `run` | the link's life: connecting again for ever, one sender for all terminals |
//! | `session` | one connection: parcels out, words in |
//! | `deliver` | waiting until something told is recorded, for commands |

mod deliver;
mod run;
mod session;

pub use deliver::{Delivered, deliver, settle};
pub use run::Link;

use super::event::{self, What};
use super::room::Room;
use super::seat::{Address, AddressError, Key, KeyError, Kind};
use crate::grade::{Report, Status};
use crate::store::outbox::{KeptRoom, Seat, Weight, wall_clock};
use crate::store::{Store, StoreError};
use std::path::Path;

/// What a learner's program hears of its workshop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The host said what the room is, at this moment of its clock.
    Room {
        /// The room.
        room: Box<Room>,
        /// Milliseconds since 1970.
        now: i64,
    },
    /// So much was told and is not recorded yet.
    Unsent(u64),
    /// A call for help was told, under this number.
    Called(u64),
    /// The host is heard.
    Online,
    /// It is not, or not any more; why, in words that may come from outside.
    Offline(String),
    /// The server lets this seat not in, or says what this program does not understand.
    Refused(String),
    /// The seat was given up, here or in another terminal.
    Gone,
}

/// A seat as the screens need it: neither token nor seed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// The workshop's id.
    pub workshop: String,
    /// What the learner is called there.
    pub name: String,
    /// The server, as `HOST:PORT`.
    pub host: String,
    /// The learner's public key.
    pub key: String,
    /// The room as it was heard last, with what the host's clock should be by now.
    pub room: Option<(Room, i64)>,
    /// How much was told and is not recorded yet.
    pub unsent: u64,
    /// The number of the last call for help, unless it was taken back.
    pub help: Option<u64>,
}

/// Why a seat cannot be taken or used.
#[derive(Debug, thiserror::Error)]
pub enum SeatError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The key cannot be made or read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes a seat and keeps it, for the store's course; who was in this workshop before is the same learner again.
///
/// # Errors
/// When no key can be made or nothing can be kept.
pub fn take(store: &Store, address: &Address, name: &str, ca: Option<&Path>) -> Result<Seat, SeatError> {
    let workshop = address.token.workshop();
    let known = store.seed_in(&workshop)?.and_then(|seed| Key::read(Kind::Learner, &seed).ok());
    let key = match known {
        Some(key) => key,
        None => Key::make(Kind::Learner)?,
    };
    let account = address.account.as_ref().map(|key| format!("?account={key}")).unwrap_or_default();
    let seat = Seat {
        workshop,
        course: store.course().to_owned(),
        address: format!("{}{account}", address.server()),
        ca: ca.map(|path| path.display().to_string()).unwrap_or_default(),
        token: address.token.reveal(),
        seed: key.seed(),
        name: event::name(name),
        joined: wall_clock(),
    };
    store.take_seat(&seat)?;
    Ok(seat)
}

/// The seat in a workshop of the store's course, if there is one.
///
/// # Errors
/// When the store cannot be read or the seat is broken.
pub fn taken(store: &Store) -> Result<Option<Taken>, SeatError> {
    let Some(seat) = store.seat_here()? else { return Ok(None) };
    let (address, key) = parts(&seat)?;
    let kept = store.kept_room(&seat.workshop)?;
    let room = kept.and_then(|KeptRoom { text, ahead }| {
        let room: Room = serde_json::from_str(&text).ok()?;
        Some((room, wall_clock().saturating_add(ahead)))
    });
    let help = store.setting(&help_setting(&seat.workshop))?.and_then(|seq| seq.parse().ok());
    Ok(Some(Taken {
        unsent: store.unsent(&seat.workshop)?,
        name: seat.name,
        host: format!("{}:{}", address.host, address.port),
        key: key.public(),
        workshop: seat.workshop,
        room,
        help,
    }))
}

/// Address and key of a seat.
fn parts(seat: &Seat) -> Result<(Address, Key), SeatError> {
    let address = Address::read(&format!("{}#{}", seat.address, seat.token))?;
    Ok((address, Key::read(Kind::Learner, &seat.seed)?))
}

/// Tells something: it is on the disk when this returns, with its number. `None` when there is no such seat,
/// when it was told before and is told only once, or when too much waits already.
///
/// # Errors
/// When it cannot be kept.
pub fn tell(store: &Store, workshop: &str, what: &What) -> Result<Option<u64>, StoreError> {
    let weight = match what {
        What::At { .. } | What::Idle | What::Active | What::Joined => Weight::Passing,
        _ => Weight::Lasting,
    };
    let once = match what {
        What::Started { exercise } => Some(format!("started {exercise}")),
        What::Passed { exercise } => Some(format!("passed {exercise}")),
        _ => None,
    };
    let Ok(body) = serde_json::to_string(what) else { return Ok(None) };
    let seq = store.tell(workshop, &body, weight, once.as_deref())?;
    match (what, seq) {
        (What::Help { .. }, Some(seq)) => store.set_setting(&help_setting(workshop), &seq.to_string())?,
        (What::HelpOver, Some(_)) => store.set_setting(&help_setting(workshop), "")?,
        _ => {}
    }
    Ok(seq)
}

/// Says good-bye: from now on nothing is told, and what waits is still sent. Answers with the last number.
///
/// # Errors
/// When it cannot be kept.
pub fn say_goodbye(store: &Store, workshop: &str) -> Result<u64, StoreError> {
    store.begin_to_leave(workshop, &serde_json::to_string(&What::Left).unwrap_or_default())
}

fn help_setting(workshop: &str) -> String {
    format!("workshop-help/{workshop}")
}

/// What is told of a grading: its verdict, and that it was passed.
pub fn told(report: &Report) -> Vec<What> {
    if report.only_static {
        return Vec::new();
    }
    let with = |status: Status| {
        let found = report.results.iter().filter(move |result| result.status == status);
        found.map(|result| result.id.clone()).collect()
    };
    let exercise = report.exercise.clone();
    let checked = What::Checked {
        exercise: exercise.clone(),
        passed: report.passed(),
        points: report.score(),
        of: report.max_score(),
        failed: with(Status::Fail),
        not_run: with(Status::NotRun),
    };
    let passed = report.passed().then_some(What::Passed { exercise });
    std::iter::once(checked).chain(passed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "nats://127.0.0.1:4222#0123-4567-89ab-cdef-ghjk-mnpq-rstv";

    #[test]
    fn who_comes_back_is_the_same_learner_and_in_another_workshop_another() {
        let store = Store::in_memory().unwrap();
        let address = Address::read(LINE).unwrap();
        let first = take(&store, &address, " Ada\u{1b}[2J ", None).unwrap();
        assert_eq!(first.name, "Ada[2J");
        tell(&store, &first.workshop, &What::Joined).unwrap();
        store.give_up_seat(&first.workshop).unwrap();
        assert_eq!(taken(&store).unwrap(), None);
        let again = take(&store, &address, "Ada", None).unwrap();
        assert_eq!(again.seed, first.seed);
        assert_eq!(taken(&store).unwrap().map(|taken| taken.unsent), Some(1));
        let other = Address::read(&LINE.replace("#0", "#1")).unwrap();
        let other = take(&store, &other, "Ada", None).unwrap();
        assert!(other.seed != first.seed && other.workshop != first.workshop);
    }

    #[test]
    fn a_seat_belongs_to_its_course() {
        let store = Store::in_memory().unwrap();
        take(&store, &Address::read(LINE).unwrap(), "Ada", None).unwrap();
        assert!(taken(&store).unwrap().is_some());
        assert_eq!(taken(&store.for_course("another")).unwrap(), None);
    }

    #[test]
    fn starting_and_passing_are_told_once_and_a_call_is_remembered_until_it_is_taken_back() {
        let store = Store::in_memory().unwrap();
        let seat = take(&store, &Address::read(LINE).unwrap(), "Ada", None).unwrap();
        let tell = |what: What| tell(&store, &seat.workshop, &what).unwrap();
        let passed = || What::Passed { exercise: "a".into() };
        assert_eq!((tell(passed()), tell(passed())), (Some(1), None));
        assert_eq!(tell(What::Started { exercise: "a".into() }), Some(2));
        let help = What::Help { exercise: None, says: "?".into(), files: Vec::new() };
        assert_eq!(tell(help), Some(3));
        assert_eq!(taken(&store).unwrap().and_then(|taken| taken.help), Some(3));
        tell(What::HelpOver);
        assert_eq!(taken(&store).unwrap().and_then(|taken| taken.help), None);
    }
}
