//! Grading: the checks of an exercise over a folder, and reports about them.

pub mod checks;
pub mod report;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be tried: no engine, or what it stands on failed.
    NotRun,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// Check id.
    pub id: String,
    /// Check title.
    pub title: String,
    /// How it ended.
    pub status: Status,
    /// What it is worth.
    pub points: u32,
    /// What was expected: "at most 97.3 MB (80 % less than the start's 486 MB)".
    pub expected: String,
    /// What was found, measured: "186 MB".
    pub found: String,
    /// What to look at: a file:line, a layer, a log line. Empty when there is nothing.
    pub look_at: String,
    /// The author's reason, shown when it fails.
    pub why: String,
    /// Milliseconds it took.
    pub millis: u64,
}

/// The verdict over one submission of one exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Exercise id.
    pub exercise: String,
    /// Exercise title.
    pub title: String,
    /// The folder graded, as it was named.
    pub dir: String,
    /// Results in the exercise's order.
    pub results: Vec<CheckResult>,
}

impl Report {
    /// Points earned.
    pub fn score(&self) -> u32 {
        self.results.iter().filter(|r| r.status == Status::Pass).map(|r| r.points).sum()
    }

    /// Points there are.
    pub fn max_score(&self) -> u32 {
        self.results.iter().map(|r| r.points).sum()
    }

    /// Whether every check passed.
    pub fn passed(&self) -> bool {
        self.results.iter().all(|r| r.status == Status::Pass)
    }

    /// 0 when all passed, 1 when the work falls short, 3 when something could not be run and
    /// nothing that ran failed.
    pub fn exit_code(&self) -> u8 {
        if self.results.iter().any(|r| r.status == Status::Fail) {
            1
        } else if self.results.iter().any(|r| r.status == Status::NotRun) {
            3
        } else {
            0
        }
    }
}
