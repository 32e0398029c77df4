//! Saying that nothing is heard: a registry that takes a connection and says nothing keeps an engine
//! silent for minutes, and whoever waits must see what for.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How long nothing is heard before it is said the first time; then each time twice as long.
const FIRST: Duration = Duration::from_secs(5);

/// How long nothing has been heard.
#[derive(Debug)]
pub(super) struct Silence {
    since: Instant,
    next: Duration,
}

impl Silence {
    /// It begins.
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), next: FIRST }
    }

    /// Something was heard.
    pub(super) fn broken(&mut self) {
        *self = Self::new();
    }

    /// Waits until it is worth saying, and answers with how long it has been. Can be dropped and asked again.
    pub(super) async fn grows(&mut self) -> Duration {
        sleep_until(self.since + self.next).await;
        self.next *= 2;
        self.since.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_told_ever_more_seldom_and_anew_once_broken() {
        let first = Duration::from_millis(2);
        let mut silence = Silence { next: first, ..Silence::new() };
        for times in [1, 2, 4, 8] {
            assert!(silence.grows().await >= first * times);
        }
        silence.broken();
        assert_eq!(silence.next, FIRST);
    }
}
