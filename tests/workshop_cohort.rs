//! A hundred learners in one workshop, with their real links and the real host and server; some go away and come
//! back, and the server is killed: nothing is lost, nothing is counted twice, nothing is out of order. `make cohort`
//! measures the same with two thousand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]
#![cfg(target_os = "linux")]

#[path = "../benches/cohort/mod.rs"]
#[allow(dead_code, reason = "shared with the benchmark, which shows more of it")]
mod cohort;
#[path = "support/peers.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod peers;

use std::time::Duration;

#[test]
fn nothing_is_lost_or_counted_twice_when_learners_go_away_and_the_server_dies() {
    if !cohort::is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let size = cohort::Size { learners: 100, events: 20, pace: Duration::from_secs(1), away: 10, seed: 11 };
    let found = cohort::run(size, folder.path());
    assert!(found.told > 1_000, "only {} events were told", found.told);
    assert_eq!((found.lost, found.twice), (0, 0), "{found:?}");
    assert_eq!(found.wrong, Vec::<String>::new());
    assert_eq!(found.away.0, 10, "one in ten was away");
}
