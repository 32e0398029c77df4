//! A cohort of learners in one workshop, on this machine: a real `workshop host --plain` process with its real
//! nats-server, and the learners' real links, each with an outbox of its own (SQLite, in memory). Some go away and
//! come back, and the server is killed. In the end the board that the record comes to is held against what every
//! learner knows to have told.
//!
//! | file | owns |
//! | --- | --- |
//! | `host.rs` | the host's process, its server, what both cost |
//! | `learner.rs` | one learner: what is told and when, and being away |
//! | `watch.rs` | the record as it grows: the board, and how late it is |

mod host;
mod learner;
mod watch;

use docker_ecr_tutor::workshop::board::{Board, Learner as Seen};
use docker_ecr_tutor::workshop::record::Told;
use docker_ecr_tutor::workshop::seat::Address;
use host::Host;
pub use host::{Cost, is_there};
use std::path::Path;
use std::time::{Duration, Instant};
use watch::Watch;

/// How long everything may take to be recorded, once all was told.
const PATIENCE: Duration = Duration::from_secs(240);

/// How large a cohort is, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// How many learners.
    pub learners: usize,
    /// Events of each.
    pub events: usize,
    /// The mean time between two events of one learner.
    pub pace: Duration,
    /// One of so many learners goes away once and comes back.
    pub away: usize,
    /// Where the dice begin.
    pub seed: u64,
}

impl Size {
    /// How long telling takes.
    pub fn lasts(&self) -> Duration {
        self.pace * u32::try_from(self.events).unwrap_or(u32::MAX)
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Found {
    /// Events that learners told.
    pub told: u64,
    /// Of those: never recorded.
    pub lost: u64,
    /// Gradings, hints and calls that the board counts more often than they were told.
    pub twice: u64,
    /// Learners whom the board has otherwise than their events, taken in order, come to; what is wrong of some.
    pub wrong: Vec<String>,
    /// Learners who were away, and what was told meanwhile.
    pub away: (usize, u64),
    /// From telling to the record's board, sorted.
    pub lag: Vec<Duration>,
    /// The same of events that were told while their learner or the server was away.
    pub waited: Vec<Duration>,
    /// How long the server was not there, from its end until somebody's event was taken again.
    pub outage: Duration,
    /// What the host cost.
    pub host: Cost,
    /// What the server cost that was there in the end.
    pub server: Cost,
    /// Bytes of the record.
    pub record: u64,
}

/// The lag that so many hundredths of the events are within.
pub fn within(lags: &[Duration], hundredths: usize) -> Duration {
    let at = (lags.len() * hundredths / 100).min(lags.len().saturating_sub(1));
    lags.get(at).copied().unwrap_or_default()
}

/// Lets a cohort have its workshop in `folder`.
pub fn run(size: Size, folder: &Path) -> Found {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let host = Host::start(folder);
    let watch = Watch::start(host.record());
    let address = Address::read(&host.address).expect("the line that learners type");
    let (learners, killed) = runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        let dice = learner::Dice::new(size.seed);
        for number in 0..size.learners {
            tasks.spawn(learner::take_part(number, size, address.clone(), dice.of(number)));
        }
        let half = tokio::time::sleep(size.lasts() / 2);
        let mut half = std::pin::pin!(half);
        let mut killed = None;
        let mut learners = Vec::new();
        loop {
            tokio::select! {
                () = &mut half, if killed.is_none() => killed = Some(host.kill_server()),
                ended = tasks.join_next() => match ended {
                    Some(learner) => learners.push(learner.expect("a learner comes to an end")),
                    None => break,
                },
            }
        }
        // Their links go on until everything is recorded.
        let told: u64 = learners.iter().map(learner::Learner::told).sum();
        let end = Instant::now() + PATIENCE;
        while watch.counted() < told && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut done = Vec::new();
        for learner in learners {
            done.push(learner.end().await);
        }
        (done, killed.expect("the server was killed"))
    });
    let (host_cost, server_cost) = (host.cost(), host.server_cost());
    let record = std::fs::metadata(host.record()).map_or(0, |metadata| metadata.len());
    host.stop();
    let watched = watch.stop();
    judge(
        &learners,
        watched,
        killed,
        Found { host: host_cost, server: server_cost, record, ..Found::default() },
    )
}

/// Holds the board against what the learners know.
fn judge(learners: &[learner::Done], watched: watch::Watched, killed: Instant, mut found: Found) -> Found {
    let board = watched.board;
    // What is on its way to the disk when the server is killed is seen a moment later.
    let moment = killed + Duration::from_millis(100);
    let back = watched.taken.iter().map(|(_, _, seen)| *seen).find(|seen| *seen > moment).unwrap_or(moment);
    found.outage = back - killed;
    let mut apart = std::collections::HashMap::new();
    for learner in learners {
        found.told += learner.events.len() as u64;
        found.lost += (learner.events.len() as u64).saturating_sub(board.up_to(&learner.key));
        if let Some((from, to)) = learner.away {
            let meanwhile =
                learner.events.iter().filter(|told| (from..=to).contains(&told.when)).count() as u64;
            found.away = (found.away.0 + 1, found.away.1 + meanwhile);
        }
        let expected = expected(&board, learner);
        match (board.learner(&learner.key), &expected) {
            (Some(seen), Some(expected)) => {
                found.twice += more(seen, expected);
                found.wrong.extend(differs(seen, expected));
            }
            _ => found.wrong.push(format!("{} is not on the board", learner.key)),
        }
        apart.insert(learner.key.as_str(), learner);
    }
    for (key, seq, seen) in &watched.taken {
        let Some(learner) = apart.get(key.as_str()) else {
            found.wrong.push(format!("{key} is nobody"));
            continue;
        };
        let Some(told) = usize::try_from(*seq).ok().and_then(|seq| learner.events.get(seq - 1)) else {
            found.wrong.push(format!("{key} never told {seq}"));
            continue;
        };
        // A link that comes back waits a little, so that a room does not come back at once.
        let around = |from: Instant, to: Instant| told.when >= from && told.when <= to;
        let away = learner.away.is_some_and(|(from, to)| around(from, to + learner::COMING_BACK));
        let outage = around(killed - Duration::from_secs(1), back + learner::COMING_BACK);
        let lags = if away || outage { &mut found.waited } else { &mut found.lag };
        lags.push(seen.saturating_duration_since(told.when));
    }
    found.lag.sort();
    found.waited.sort();
    found.wrong.truncate(10);
    found
}

/// The learner as the board would have it, had all events come in one parcel, in order.
fn expected(board: &Board, learner: &learner::Done) -> Option<Seen> {
    let head = docker_ecr_tutor::workshop::record::Head {
        format: docker_ecr_tutor::workshop::record::FORMAT,
        workshop: board.workshop.clone(),
        at: board.at,
        room: board.room.clone(),
        exercises: board.exercises.clone(),
    };
    let mut alone = Board::new(&head);
    for parcel in learner.parcels() {
        let told = Told { at: board.at, n: 1, from: learner.key.clone(), parcel };
        alone.take(&docker_ecr_tutor::workshop::record::Line::Told(told));
    }
    alone.learner(&learner.key).cloned()
}

/// What is counted more often than it was told.
fn more(seen: &Seen, expected: &Seen) -> u64 {
    let cells = seen.cells.iter().zip(&expected.cells).map(|(seen, expected)| {
        u64::from(seen.attempts.saturating_sub(expected.attempts))
            + u64::from(seen.hints.saturating_sub(expected.hints))
    });
    cells.sum::<u64>() + u64::from(seen.calls.saturating_sub(expected.calls))
}

/// What a board has otherwise, moments aside.
fn differs(seen: &Seen, expected: &Seen) -> Option<String> {
    let of = |learner: &Seen| {
        let cells = learner.cells.iter().map(|cell| {
            let failing: Vec<u16> = cell.failing.iter().map(|(check, _)| *check).collect();
            (cell.state, cell.attempts, cell.points, cell.of, cell.hints, cell.not_run, failing)
        });
        let help = learner.help.as_ref().map(|help| (help.seq, help.says.clone()));
        format!(
            "{} up to {}, here {}, at {:?}, idle {}, calls {}, help {help:?}: {:?}",
            learner.name,
            learner.up_to(),
            learner.here,
            learner.place,
            learner.idle.is_some(),
            learner.calls,
            cells.collect::<Vec<_>>()
        )
    };
    let (seen, expected) = (of(seen), of(expected));
    (seen != expected).then(|| format!("board: {seen}\n  told: {expected}"))
}
