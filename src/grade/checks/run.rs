//! `run`: a container of the image, within strict limits: its user, what it answers, what it says,
//! how it ends, how it stops.

use crate::course::model::{HttpProbe, RunCheck};
use crate::engine::probe::{self, ProbeError};
use crate::engine::run::Health;
use crate::engine::{BuildOutcome, Container, EngineError, Network, RunRequest};
use crate::grade::Verdict;
use crate::grade::bench::{Bench, Halt};
use crate::text::sanitise;
use std::time::{Duration, Instant};

/// How often a `HEALTHCHECK` is asked here, whatever the image says: nobody wants to wait half a minute.
const HEALTH_EVERY: Duration = Duration::from_secs(1);
/// How long it may take to notice that process 1 hangs, and how long it must not say anything else.
const NOTICES: Duration = Duration::from_secs(15);
const STAYS: Duration = Duration::from_secs(4);
/// Lines of output that a failure shows.
const TAIL: usize = 6;

pub(super) async fn check(bench: &mut Bench<'_>, wanted: &RunCheck) -> Verdict {
    let expected = expectation(wanted);
    let outcome = match bench.image_for(&expected).await {
        Ok(outcome) => outcome,
        Err(verdict) => return verdict,
    };
    bench.say("starting a container");
    let cancel = bench.cancel.clone();
    tokio::select! {
        biased;
        () = cancel.cancelled() => Halt::Cancelled.verdict(expected),
        (seen, tried) = observe(bench, wanted, &outcome) => match tried {
            Ok(()) => Verdict::pass(expected, seen.join("; ")),
            Err(halt) => halt.verdict(expected).held(seen.len(), parts(wanted)),
        },
    }
}

/// How many things are asked of the container. They are tried in order, and what comes after the first
/// that does not hold is not tried.
fn parts(wanted: &RunCheck) -> usize {
    let listens = wanted.output.is_some() || wanted.exit_code.is_some();
    [wanted.http.is_some(), listens, wanted.non_root, wanted.healthy, wanted.stops_within.is_some()]
        .into_iter()
        .filter(|asked| *asked)
        .count()
}

/// Runs a container and answers what was found to hold, and why the rest does not. The container is
/// gone when this is left, whichever way.
async fn observe(
    bench: &Bench<'_>,
    wanted: &RunCheck,
    outcome: &BuildOutcome,
) -> (Vec<String>, Result<(), Halt>) {
    let grace = wanted.stops_within.unwrap_or_default();
    let request = RunRequest {
        network: wanted.http.as_ref().map_or(Network::None, |http| Network::Publish(vec![http.port])),
        read_only: wanted.read_only,
        tmpfs: if wanted.read_only { vec!["/tmp".to_owned()] } else { Vec::new() },
        health_every: wanted.healthy.then_some(HEALTH_EVERY),
        lifetime: wanted.within * if wanted.healthy { 2 } else { 1 } + grace + Duration::from_secs(40),
        ..RunRequest::new(&outcome.image.id)
    };
    let mut found = Vec::new();
    let container = match bench.engine.run(request, |_| {}, bench.cancel.clone()).await {
        Ok(container) => container,
        Err(error) => return (found, Err(error.into())),
    };
    let seen = look(&container, wanted, outcome, bench, &mut found).await;
    let seen = match seen {
        Err(Halt::Submission { found, look_at }) if look_at.is_empty() => {
            Err(Halt::Submission { found, look_at: tail(&container.output()) })
        }
        seen => seen,
    };
    // Waited for, so that checks one after another do not pile up containers; dropping it would
    // remove it too.
    let removed = container.remove().await;
    (found, seen.and(removed.map_err(Halt::from)))
}

async fn look(
    container: &Container,
    wanted: &RunCheck,
    outcome: &BuildOutcome,
    bench: &Bench<'_>,
    found: &mut Vec<String>,
) -> Result<(), Halt> {
    let early_uid = if wanted.non_root { container.main_uid().await.ok().flatten() } else { None };
    if let Some(http) = &wanted.http {
        found.push(ask(container, http, wanted.within, bench).await?);
    }
    if wanted.output.is_some() || wanted.exit_code.is_some() {
        found.push(listen(container, wanted).await?);
    }
    if wanted.non_root {
        // Asked again, now that it serves: a program may give its rights away, or not yet have begun.
        let uid = container.main_uid().await.ok().flatten().or(early_uid);
        found.push(user(uid, &outcome.image.config.user)?);
    }
    if wanted.healthy {
        found.push(healthy(container, wanted.within).await?);
    }
    if let Some(grace) = wanted.stops_within {
        found.push(stop(container, grace).await?);
    }
    Ok(())
}

fn failed(found: impl Into<String>) -> Halt {
    Halt::Submission { found: found.into(), look_at: String::new() }
}

async fn ask(
    container: &Container,
    http: &HttpProbe,
    within: Duration,
    bench: &Bench<'_>,
) -> Result<String, Halt> {
    let answer = match probe::get(container, http.port, &http.path, within, &bench.cancel).await {
        Ok(answer) => answer,
        Err(ProbeError::Cancelled) => return Err(Halt::Cancelled),
        Err(ProbeError::Engine(error)) => return Err(error.into()),
        Err(ProbeError::Ended { code }) => {
            return Err(failed(format!("the container ended with exit code {code} before it answered")));
        }
        Err(ProbeError::Silent { last, .. }) => {
            return Err(failed(format!(
                "no answer on port {} within {}: {last}; does it listen on 0.0.0.0?",
                http.port,
                super::seconds(within)
            )));
        }
        Err(error @ ProbeError::NotPublished(_)) => {
            // The engine takes the ports of a container back when it ends, which may be at once.
            let told = match tokio::time::timeout(Duration::from_secs(2), container.wait()).await {
                Ok(exit) => format!("the container ended with exit code {} before it answered", exit?.code),
                Err(_) => error.to_string(),
            };
            return Err(failed(told));
        }
    };
    let place = format!("{} on port {}", http.path, http.port);
    if answer.status != http.status {
        return Err(failed(format!("{place} answered {}", answer.status)));
    }
    if !String::from_utf8_lossy(&answer.body).contains(&http.contains) {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        return Err(failed(format!(
            "{place} answered {} with {}",
            answer.status,
            sanitise::bounded(&body, 200)
        )));
    }
    Ok(format!("{place} answered {}", answer.status))
}

/// Waits for output, an end, or both.
async fn listen(container: &Container, wanted: &RunCheck) -> Result<String, Halt> {
    let until = Instant::now() + wanted.within;
    let said = |text: &str| String::from_utf8_lossy(&container.output()).contains(text);
    let exit = loop {
        let left = until.saturating_duration_since(Instant::now());
        let heard = wanted.output.as_deref().is_none_or(said);
        if heard && wanted.exit_code.is_none() {
            return Ok("its output has the text".to_owned());
        }
        if left.is_zero() {
            break None;
        }
        // Output has no bell of its own: between two looks, the end may come.
        match tokio::time::timeout(left.min(Duration::from_millis(50)), container.wait()).await {
            Ok(exit) => break Some(exit?),
            Err(_) => continue,
        }
    };
    if let Some(text) = wanted.output.as_deref().filter(|text| !said(text)) {
        return Err(failed(format!("its output has no `{text}` within {}", super::seconds(wanted.within))));
    }
    match (exit, wanted.exit_code) {
        (None, Some(_)) => Err(failed(format!("still running after {}", super::seconds(wanted.within)))),
        (Some(exit), Some(code)) if exit.code != code => {
            let memory = if exit.out_of_memory { " (out of memory)" } else { "" };
            Err(failed(format!("it ended with exit code {}{memory}", exit.code)))
        }
        (Some(exit), _) => Ok(format!("it ended with exit code {}", exit.code)),
        (None, None) => Ok("its output has the text".to_owned()),
    }
}

fn user(uid: Option<u32>, configured: &str) -> Result<String, Halt> {
    let at_dockerfile =
        |found: String| Halt::Submission { found, look_at: "USER in the Dockerfile".to_owned() };
    match uid {
        Some(0) => Err(at_dockerfile("its main process runs as root (uid 0)".to_owned())),
        Some(uid) => Ok(format!("it runs as uid {uid}")),
        // It ended too soon to be asked: what the image says has to do.
        None => match configured.split(':').next().unwrap_or_default() {
            "" | "0" | "root" => Err(at_dockerfile("the image runs as root".to_owned())),
            user => Ok(format!("the image runs as {user}")),
        },
    }
}

async fn stop(container: &Container, grace: Duration) -> Result<String, Halt> {
    if let Some(exit) = container.exited() {
        return Err(failed(format!("it ended with exit code {} before it was asked to stop", exit.code)));
    }
    let report = container.stop(grace).await?;
    if report.killed {
        return Err(Halt::Submission {
            found: format!(
                "still running {} after {}; it had to be killed",
                super::seconds(grace),
                report.signal
            ),
            look_at: "CMD or ENTRYPOINT in the Dockerfile: which program is process 1?".to_owned(),
        });
    }
    Ok(format!("it stopped on {}", report.signal))
}

/// Whether the image's `HEALTHCHECK` tells a process 1 that works from one that hangs.
async fn healthy(container: &Container, within: Duration) -> Result<String, Halt> {
    let at_check = |found: String| Halt::Submission {
        found,
        look_at: "HEALTHCHECK in the Dockerfile: what does it ask, and whom?".to_owned(),
    };
    match container.health_until(Health::Healthy, within).await? {
        Health::Healthy => {}
        Health::Unhealthy => return Err(at_check("its HEALTHCHECK says unhealthy".to_owned())),
        Health::Unknown => {
            let within = super::seconds(within);
            return Err(at_check(format!("no HEALTHCHECK said that it is well within {within}")));
        }
    }
    // Frozen from outside: it runs, and answers nobody.
    container.signal("SIGSTOP").await?;
    let seen = hangs(container).await;
    container.signal("SIGCONT").await?;
    if seen? {
        return Ok("its HEALTHCHECK says healthy, and notices when process 1 hangs".to_owned());
    }
    Err(at_check("its HEALTHCHECK still says healthy when process 1 hangs".to_owned()))
}

/// Whether the health check of a frozen container says so, and goes on saying so: on a busy machine any
/// program can be too slow once.
async fn hangs(container: &Container) -> Result<bool, EngineError> {
    let noticed = container.health_until(Health::Unhealthy, NOTICES).await? == Health::Unhealthy;
    Ok(noticed && container.health_until(Health::Healthy, STAYS).await? == Health::Unhealthy)
}

/// The last lines of a container's output, safe to show.
fn tail(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    match lines.as_slice() {
        [] => "it said nothing".to_owned(),
        lines => format!("its last words:\n{}", lines[lines.len().saturating_sub(TAIL)..].join("\n")),
    }
}

fn expectation(wanted: &RunCheck) -> String {
    let within = super::seconds(wanted.within);
    let mut parts = Vec::new();
    if wanted.read_only {
        parts.push("works with a read-only root file system".to_owned());
    }
    if let Some(http) = &wanted.http {
        let contains =
            if http.contains.is_empty() { String::new() } else { format!(" with `{}`", http.contains) };
        parts.push(format!(
            "answers {} on {} (port {}){contains} within {within}",
            http.status, http.path, http.port
        ));
    }
    if let Some(text) = &wanted.output {
        parts.push(format!("says `{text}` within {within}"));
    }
    if let Some(code) = wanted.exit_code {
        parts.push(format!("ends with exit code {code} within {within}"));
    }
    if wanted.non_root {
        parts.push("runs as another user than root".to_owned());
    }
    if wanted.healthy {
        parts.push("its HEALTHCHECK tells whether it works".to_owned());
    }
    if let Some(grace) = wanted.stops_within {
        parts.push(format!("stops by itself within {} of being asked", super::seconds(grace)));
    }
    parts.join("; ")
}
