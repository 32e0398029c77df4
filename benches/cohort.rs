//! `make cohort`: 2,000 learners in one workshop on this machine, five events a minute each for five minutes; one in
//! ten goes away and comes back, and the server is killed once. Prints what was lost, counted twice or out of order
//! (nothing may be), how late the board is, and what the host costs. Ends with 1 when something was.
//!
//! `COHORT_LEARNERS`, `COHORT_EVENTS`, `COHORT_PACE` (seconds between two events of one learner) and `COHORT_SEED`
//! make it another one.

#![allow(clippy::expect_used, clippy::panic, reason = "a benchmark reports by panicking, as tests do")]

#[path = "cohort/mod.rs"]
mod cohort;
#[path = "../tests/support/peers.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod peers;

use cohort::{Found, Size};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let number = |name: &str, usual: u64| {
        std::env::var(name)
            .ok()
            .map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text}")))
    };
    let size = Size {
        learners: usize::try_from(number("COHORT_LEARNERS", 2_000)).expect("a count"),
        events: usize::try_from(number("COHORT_EVENTS", 25)).expect("a count"),
        pace: Duration::from_secs(number("COHORT_PACE", 12)),
        away: 10,
        seed: number("COHORT_SEED", 7),
    };
    if !cohort::is_there() {
        return ExitCode::from(3);
    }
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    println!(
        "{} learners, {} events each, one every {} s, {build} build, {} processors, seed {}",
        size.learners,
        size.events,
        size.pace.as_secs(),
        std::thread::available_parallelism().map_or(0, usize::from),
        size.seed
    );
    let folder = tempfile::Builder::new().prefix("tutor-cohort-").tempdir().expect("a folder");
    let found = cohort::run(size, folder.path());
    tell(&found);
    match found.lost == 0 && found.twice == 0 && found.wrong.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(1),
    }
}

fn tell(found: &Found) {
    let row = |what: &str, value: String| println!("  {what:<34}{value}");
    let events = found.told.max(1) as f64;
    row("events told", found.told.to_string());
    row("lost", found.lost.to_string());
    row("counted twice", found.twice.to_string());
    row("learners out of order", found.wrong.len().to_string());
    for wrong in &found.wrong {
        println!("    {wrong}");
    }
    row("learners away for a while", format!("{}, {} events told meanwhile", found.away.0, found.away.1));
    row("server gone, longest silence", format!("{:.1} s", found.outage.as_secs_f64()));
    let lags = |lags: &[Duration]| {
        let millis = |hundredths| format!("{:.0} ms", cohort::within(lags, hundredths).as_secs_f64() * 1e3);
        format!("{} events: p50 {}, p99 {}, most {}", lags.len(), millis(50), millis(99), millis(100))
    };
    row("from telling to the board", lags(&found.lag));
    row("told while it or they were away", lags(&found.waited));
    row("host, most memory", format!("{:.1} MB", found.host.peak as f64 / 1e6));
    row("host, processor per event", format!("{:.0} us", found.host.processor.as_secs_f64() * 1e6 / events));
    row("server, most memory", format!("{:.1} MB", found.server.peak as f64 / 1e6));
    row(
        "server, processor per event",
        format!("{:.0} us", found.server.processor.as_secs_f64() * 1e6 / events),
    );
    row("record, bytes per event", format!("{:.0}", found.record as f64 / events));
}
