//! What a graded build may take of the machine, beside the time that its check gives it: memory, processes
//! and disk of each step, and of what ADD unpacks. Where this program is root beside the engine it watches
//! the control groups of the builder's steps: each new one gets limits, and a build that comes to one is
//! ended with the reason. Elsewhere the time is what is left.
//!
//! A step tells whose it is by a word in its environment ([`crate::engine::BuildRequest::mark`]). One that
//! wipes it off has the same limits, but is killed instead of ended: its build fails with less of a reason.

mod unpack;
mod watch;

pub(super) use unpack::bomb;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::oneshot;

/// What every mark begins with.
const MARK: &str = "docker-ecr-tutor-step-";

/// What a graded build may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory of a step, swap included.
    pub memory: u64,
    /// Processes and threads of a step.
    pub processes: u32,
    /// Bytes on disk that a step may write, and that an archive may unpack to.
    pub disk: u64,
    /// Whether steps have no network.
    pub no_network: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 4 << 30, processes: 1024, disk: 8 << 30, no_network: false }
    }
}

/// Why a build was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Over {
    /// It came to a limit; in words.
    Limit(String),
    /// The machine's disk is nearly full, whoever filled it.
    Disk(String),
}

/// Whether this program may change control groups, as far as that hangs on itself.
pub(super) fn possible() -> bool {
    #[cfg(target_os = "linux")]
    {
        rustix::process::geteuid().is_root()
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

/// Watches one build for as long as it is there.
pub(super) struct Guard {
    /// The word of this build's steps; empty where nothing is watched.
    pub(super) mark: String,
    stop: Arc<AtomicBool>,
    told: Option<oneshot::Receiver<Over>>,
}

impl Guard {
    /// Watches the steps of a build by the engine that keeps its images in `storage`, when that is a folder
    /// of this machine.
    pub(super) fn new(limits: Limits, storage: Option<&Path>) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut mark = format!("{MARK}{}-{number}-", std::process::id());
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, told) = oneshot::channel();
        if let Some(mut watch) = watch::Watch::new(&mark, limits, storage) {
            let stopped = stop.clone();
            std::thread::spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    if let Some(over) = watch.look() {
                        drop(tell.send(over));
                        return;
                    }
                    std::thread::sleep(watch::PAUSE);
                }
            });
        } else {
            mark.clear();
        }
        Self { mark, stop, told: Some(told) }
    }

    /// Waits until the build comes to a limit: for ever, where nothing is watched.
    pub(super) async fn over(&mut self) -> Over {
        if let Some(told) = self.told.take()
            && let Ok(over) = told.await
        {
            return over;
        }
        std::future::pending().await
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
