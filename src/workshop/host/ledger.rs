//! Which events of whom are recorded, so that what comes twice is written once, and what one learner may add.

use std::collections::HashMap;

/// Most learners of a workshop: whoever has the token can make as many keys as there are.
pub const MAX_LEARNERS: usize = 20_000;
/// Most bytes of one learner in a record.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// Most bytes of a record.
pub const MAX_RECORD: u64 = 8 * 1024 * 1024 * 1024;
/// Parcels that one learner may send at once, and how many more in each second.
const BURST: f64 = 300.0;
const EACH_SECOND: f64 = 10.0;
/// How far in front of what is recorded a number may lie, and how many pieces of that are kept in mind.
const AHEAD: u64 = 100_000;
const PIECES: usize = 32;

/// What to do with a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Record it.
    New,
    /// All in it is recorded.
    Known,
    /// Leave it; a learner that keeps it sends it again.
    Refused(&'static str),
}

/// What is recorded of all learners.
#[derive(Debug, Default)]
pub struct Ledger {
    learners: HashMap<String, Learner>,
    bytes: u64,
}

#[derive(Debug)]
struct Learner {
    /// All events up to this number are recorded.
    up_to: u64,
    /// Pieces behind a gap that are recorded too: first and last, in order, none touching another.
    ahead: Vec<(u64, u64)>,
    bytes: u64,
    /// Parcels that may still come now, and when that was counted.
    tokens: f64,
    counted: i64,
}

impl Ledger {
    /// What to do with a parcel of `from` with the events `first..=last`, of so many bytes, that came at `now`
    /// (milliseconds).
    pub fn judge(&mut self, from: &str, events: (u64, u64), bytes: usize, now: i64) -> Verdict {
        let (first, last) = events;
        let Some(learner) = self.learners.get_mut(from) else {
            return match () {
                () if self.learners.len() >= MAX_LEARNERS => {
                    Verdict::Refused("more learners than a room takes")
                }
                () if first > AHEAD => Verdict::Refused("numbers far in front of what is recorded"),
                () => Verdict::New,
            };
        };
        if learner.has(first, last) {
            return Verdict::Known;
        }
        let seconds = (now - learner.counted).max(0) as f64 / 1_000.0;
        learner.tokens = (learner.tokens + seconds * EACH_SECOND).min(BURST);
        learner.counted = now;
        if learner.tokens < 1.0 {
            return Verdict::Refused("too many messages of one learner");
        }
        learner.tokens -= 1.0;
        if learner.bytes + bytes as u64 > MAX_BYTES {
            return Verdict::Refused("too many bytes of one learner");
        }
        if self.bytes + bytes as u64 > MAX_RECORD {
            return Verdict::Refused("the record is full");
        }
        if last.saturating_sub(learner.up_to) > AHEAD
            || (learner.ahead.len() >= PIECES && first > learner.up_to + 1)
        {
            return Verdict::Refused("numbers far in front of what is recorded");
        }
        Verdict::New
    }

    /// These are recorded.
    pub fn recorded(&mut self, from: &str, (first, last): (u64, u64), bytes: usize, now: i64) {
        let made = || Learner { up_to: 0, ahead: Vec::new(), bytes: 0, tokens: BURST, counted: now };
        let learner = self.learners.entry(from.to_owned()).or_insert_with(made);
        learner.bytes += bytes as u64;
        self.bytes += bytes as u64;
        learner.add(first, last);
    }

    /// All events of this learner up to this number are recorded.
    pub fn up_to(&self, from: &str) -> u64 {
        self.learners.get(from).map_or(0, |learner| learner.up_to)
    }
}

impl Learner {
    fn has(&self, first: u64, last: u64) -> bool {
        last <= self.up_to || self.ahead.iter().any(|(a, b)| *a <= first.max(self.up_to + 1) && last <= *b)
    }

    fn add(&mut self, first: u64, last: u64) {
        self.ahead.push((first, last));
        self.ahead.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::with_capacity(self.ahead.len());
        for (first, last) in self.ahead.drain(..) {
            match joined.last_mut() {
                _ if first <= self.up_to + 1 => self.up_to = self.up_to.max(last),
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        self.ahead = joined;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn take(ledger: &mut Ledger, events: (u64, u64)) -> Verdict {
        let verdict = ledger.judge("U", events, 100, 0);
        if verdict == Verdict::New {
            ledger.recorded("U", events, 100, 0);
        }
        verdict
    }

    #[test]
    fn what_comes_twice_is_known_and_a_gap_waits() {
        let mut ledger = Ledger::default();
        assert_eq!(take(&mut ledger, (1, 3)), Verdict::New);
        assert_eq!(take(&mut ledger, (1, 3)), Verdict::Known);
        assert_eq!(take(&mut ledger, (6, 7)), Verdict::New);
        assert_eq!(take(&mut ledger, (6, 6)), Verdict::Known);
        assert_eq!(ledger.up_to("U"), 3);
        assert_eq!(take(&mut ledger, (3, 4)), Verdict::New);
        assert_eq!(take(&mut ledger, (5, 5)), Verdict::New);
        assert_eq!(ledger.up_to("U"), 7);
        assert_eq!(ledger.up_to("V"), 0);
    }

    #[test]
    fn who_floods_is_held_back_and_may_go_on_later() {
        let mut ledger = Ledger::default();
        let mut taken = 0;
        let flood = (1..2_000).find(|seq| {
            taken = *seq;
            take(&mut ledger, (*seq, *seq)) != Verdict::New
        });
        assert!(flood.is_some_and(|seq| seq > 200), "{flood:?}");
        assert!(matches!(ledger.judge("U", (taken, taken), 100, 0), Verdict::Refused(_)));
        assert_eq!(ledger.judge("U", (taken, taken), 100, 60_000), Verdict::New);
        assert_eq!(
            ledger.judge("U", (taken, taken), MAX_BYTES as usize, 120_000),
            Verdict::Refused("too many bytes of one learner")
        );
        assert!(matches!(
            ledger.judge("U", (taken + AHEAD + 9, taken + AHEAD + 9), 1, 120_000),
            Verdict::Refused(_)
        ));
        assert!(matches!(ledger.judge("V", (u64::MAX, u64::MAX), 1, 0), Verdict::Refused(_)));
    }

    proptest! {
        #[test]
        fn in_any_order_all_is_recorded_once(order in Just((1..=40_u64).collect::<Vec<_>>()).prop_shuffle(), again in prop::collection::vec(1..=40_u64, 0..40)) {
            let mut ledger = Ledger::default();
            let mut new = 0;
            for seq in order.iter().chain(&again) {
                // What is refused comes again.
                new += usize::from(take(&mut ledger, (*seq, *seq)) == Verdict::New);
            }
            for seq in 1..=40 {
                new += usize::from(take(&mut ledger, (seq, seq)) == Verdict::New);
            }
            prop_assert_eq!((new, ledger.up_to("U")), (40, 40));
        }
    }
}
