//! Background work: a job has an id and a cancellation token, and exactly one finishing event,
//! panics included. Nobody who starts a job ever waits for it.

use crate::course::model::Exercise;
use crate::engine::{BuildEvent, BuildOutcome, BuildRequest, EngineInfo, Tried};
use crate::grade::{CheckResult, Report};
use std::path::PathBuf;

/// Names a job for as long as the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What can be done in the background.
#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Find an engine.
    Connect,
    /// Look at everything `setup` reports on.
    Doctor,
    /// Build an image.
    Build(BuildRequest),
    /// Grade a folder.
    Check {
        /// The exercise.
        exercise: Box<Exercise>,
        /// The folder with its files.
        dir: PathBuf,
        /// Leave out what needs an engine.
        static_only: bool,
    },
    /// Run an image under limits until it ends or is cancelled.
    Run {
        /// Image id or name.
        image: String,
        /// Container port to publish on loopback and probe, with the path to ask.
        http: Option<(u16, String)>,
    },
    /// Scan an image for vulnerabilities.
    Scan {
        /// Image id or name.
        image: String,
    },
}

/// Something a job says while it works.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Of a build.
    Build(BuildEvent),
    /// A check is being tried; its index in the exercise.
    CheckStarted(usize),
    /// A check ended; its index in the exercise.
    CheckDone(usize, CheckResult),
    /// Output, raw: untrusted.
    Log(Vec<u8>),
    /// A plain remark: "answered 200 on http://127.0.0.1:49153/health after 0.4 s".
    Message(String),
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// An engine answers.
    Connected(EngineInfo),
    /// None does; what was tried.
    NoEngine(Vec<Tried>),
    /// What `setup` found.
    Doctored(Vec<DoctorLine>),
    /// A build succeeded.
    Built(Box<BuildOutcome>),
    /// Grading ended.
    Checked(Box<Report>),
    /// A container ended with this exit code.
    Ran(i64),
    /// A scan ended.
    Scanned(Box<crate::scan::Findings>),
    /// It was cancelled, here and in the engine.
    Cancelled,
    /// It failed: what happened and what to do next.
    Failed {
        /// What happened.
        message: String,
        /// What to do next.
        hints: Vec<String>,
    },
}

/// One line of the set-up report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorLine {
    /// What was looked for: "Docker engine".
    pub what: String,
    /// Whether it is there; `None` when the course does without it.
    pub ok: Option<bool>,
    /// What was found: "28.5.1 at unix:///var/run/docker.sock".
    pub found: String,
    /// How to get it; empty when it is there.
    pub remedy: String,
}

/// What jobs tell whoever started them.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEvent {
    /// While it works.
    Progress(JobId, Progress),
    /// Once, at the end.
    Finished(JobId, Outcome),
}
