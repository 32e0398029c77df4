//! What can go wrong with an engine, in this program's terms: nobody outside sees bollard's errors.

use std::time::Duration;

/// A cause from below.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What can go wrong when the engine is asked for something.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The connection broke, or the engine stopped.
    #[error("the connection to the engine was lost")]
    Lost(#[source] Cause),
    /// What was asked for is not there.
    #[error("not found: {0}")]
    NotFound(String),
    /// The engine's disk is full.
    #[error("no space left on the engine's disk: {0}")]
    NoSpace(String),
    /// The engine refused, in its own words.
    #[error("the engine refused: {message}")]
    Refused {
        /// HTTP status, 0 when the refusal came in a stream.
        status: u16,
        /// The engine's words: untrusted.
        message: String,
    },
    /// It was cancelled, here and in the engine.
    #[error("cancelled")]
    Cancelled,
    /// It took too long and was ended.
    #[error("gave up after {} s", .0.as_secs())]
    Timeout(Duration),
}

impl EngineError {
    /// Whether the machine is at fault, not what was asked: what stands on it has not been run.
    pub fn is_environment(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::NoSpace(_))
    }

    /// What to do next, most useful first.
    pub fn hints(&self) -> Vec<String> {
        let hints: &[&str] = match self {
            Self::Lost(_) => &[
                "start the engine again (`sudo systemctl start docker`, or open Docker Desktop), then repeat this: \
                 what was built is still in its cache",
            ],
            Self::NotFound(_) => &["build or pull the image first"],
            Self::NoSpace(_) => &[
                "free space in the engine: `docker-ecr-tutor clean`, then `docker builder prune`; `docker system df` \
                 shows the rest",
            ],
            Self::Refused { .. } | Self::Cancelled | Self::Timeout(_) => &[],
        };
        hints.iter().map(ToString::to_string).collect()
    }

    /// The error a refusal in the engine's own words means. Podman answers 500 for a container that has
    /// just gone.
    pub(super) fn from_words(status: u16, message: String) -> Self {
        if message.contains("no space left on device") {
            Self::NoSpace(message)
        } else if status == 404 || message.contains("no such container") {
            Self::NotFound(message)
        } else {
            Self::Refused { status, message }
        }
    }
}

impl From<bollard::errors::Error> for EngineError {
    fn from(error: bollard::errors::Error) -> Self {
        use bollard::errors::Error;
        match error {
            Error::DockerResponseServerError { status_code, message } => {
                Self::from_words(status_code, message)
            }
            Error::DockerStreamError { error } => Self::from_words(0, error),
            error => Self::Lost(Box::new(error)),
        }
    }
}
