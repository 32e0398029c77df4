//! Graded attempts. They are only ever added, and one is on the disk, not merely in the system's
//! cache, before the call that records it returns.

use super::{Store, StoreError};
use rusqlite::params;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// One grading of an exercise, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attempt {
    /// Exercise id.
    pub exercise: String,
    /// Points earned.
    pub score: u32,
    /// Points there were.
    pub max_score: u32,
    /// Checks that failed.
    pub failed: u32,
    /// Checks that could not be run.
    pub not_run: u32,
    /// `check-id=pass|fail|not-run`, one a line.
    pub checks: String,
}

impl Attempt {
    /// Whether everything was run and held.
    pub fn passed(&self) -> bool {
        self.failed == 0 && self.not_run == 0
    }
}

/// How an exercise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExerciseProgress {
    /// Points of the best attempt.
    pub best_score: u32,
    /// Points there were in it.
    pub best_max: u32,
    /// Whether any attempt ever passed.
    pub passed: bool,
    /// Attempts so far.
    pub attempts: u32,
    /// Those that fell short; they open the solution in the end.
    pub failed_attempts: u32,
    /// Hints seen.
    pub hints_opened: u32,
}

impl Store {
    /// Adds an attempt, with the hints seen so far.
    pub fn record_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let run = || {
            // Only here a commit waits for the disk: losing power must not lose a passed check.
            self.db.pragma_update(None, "synchronous", "FULL")?;
            let done = self.db.execute(
                "INSERT INTO attempt (course, exercise, at, score, max_score, passed, failed, not_run, hints, checks)
                 SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
                        coalesce((SELECT opened FROM hints WHERE course = ?1 AND exercise = ?2), 0), ?9",
                params![
                    self.course,
                    attempt.exercise,
                    i64::try_from(at).unwrap_or(0),
                    attempt.score,
                    attempt.max_score,
                    attempt.passed(),
                    attempt.failed,
                    attempt.not_run,
                    attempt.checks
                ],
            );
            self.db.pragma_update(None, "synchronous", "NORMAL")?;
            done.map(drop)
        };
        run().map_err(|source| self.wrap(source))
    }

    /// The attempts at one exercise, oldest first.
    pub fn attempts(&self, exercise: &str) -> Result<Vec<Attempt>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Attempt>> {
            let mut query = self.db.prepare(
                "SELECT exercise, score, max_score, failed, not_run, checks FROM attempt
                 WHERE course = ?1 AND exercise = ?2 ORDER BY id",
            )?;
            let rows = query.query_map([self.course.as_str(), exercise], |row| {
                Ok(Attempt {
                    exercise: row.get(0)?,
                    score: row.get(1)?,
                    max_score: row.get(2)?,
                    failed: row.get(3)?,
                    not_run: row.get(4)?,
                    checks: row.get(5)?,
                })
            })?;
            rows.collect()
        };
        read().map_err(|source| self.wrap(source))
    }

    pub(super) fn exercises(&self) -> rusqlite::Result<BTreeMap<String, ExerciseProgress>> {
        let mut found: BTreeMap<String, ExerciseProgress> = BTreeMap::new();
        let mut query = self.db.prepare(
            "SELECT exercise, score, max_score, passed, failed > 0 FROM attempt WHERE course = ?1 ORDER BY id",
        )?;
        let mut rows = query.query([&self.course])?;
        while let Some(row) = rows.next()? {
            let (score, max, passed, failed) = (
                row.get::<_, u32>(1)?,
                row.get::<_, u32>(2)?,
                row.get::<_, bool>(3)?,
                row.get::<_, bool>(4)?,
            );
            let one = found.entry(row.get(0)?).or_default();
            // As shares, because a newer course may give other points.
            let better =
                u64::from(score) * u64::from(one.best_max) > u64::from(one.best_score) * u64::from(max);
            if one.best_max == 0 || better {
                (one.best_score, one.best_max) = (score, max);
            }
            one.passed |= passed;
            one.attempts += 1;
            one.failed_attempts += u32::from(failed);
        }
        let mut hints = self.db.prepare("SELECT exercise, opened FROM hints WHERE course = ?1")?;
        let mut rows = hints.query([&self.course])?;
        while let Some(row) = rows.next()? {
            found.entry(row.get(0)?).or_default().hints_opened = row.get(1)?;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(score: u32, max_score: u32, failed: u32, not_run: u32) -> Attempt {
        Attempt {
            exercise: "exercise-1".into(),
            score,
            max_score,
            failed,
            not_run,
            checks: "small=fail\nclean=pass".into(),
        }
    }

    #[test]
    fn the_best_attempt_stays_and_a_pass_is_for_ever() {
        let store = Store::in_memory().unwrap();
        store.open_hint("exercise-1", 1).unwrap();
        for one in [attempt(0, 0, 0, 1), attempt(3, 10, 2, 0), attempt(5, 5, 0, 0), attempt(9, 10, 1, 0)] {
            store.record_attempt(&one).unwrap();
        }
        let progress = store.progress().unwrap().exercises["exercise-1"];
        assert_eq!(
            progress,
            ExerciseProgress {
                best_score: 5,
                best_max: 5,
                passed: true,
                attempts: 4,
                failed_attempts: 2,
                hints_opened: 1
            }
        );
        assert_eq!(store.attempts("exercise-1").unwrap()[3], attempt(9, 10, 1, 0));
    }
}
