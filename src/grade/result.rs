//! What grading answers: results of checks, and the verdict over one submission.

use crate::course::model::Shown;
use crate::store::attempts::Attempt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It could not be tried: no engine, or what it stands on failed.
    NotRun,
}

impl Status {
    /// Its name in reports: `pass`, `fail`, `not_run`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotRun => "not_run",
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Check id.
    pub id: String,
    /// Check title.
    pub title: String,
    /// How it ended.
    pub status: Status,
    /// What it is worth.
    pub points: u32,
    /// What was earned: all of it, a share where the check gives one, or nothing.
    pub score: u32,
    /// Whether its points are added and nothing hangs on it.
    pub bonus: bool,
    /// How much of it a learner sees.
    pub shown: Shown,
    /// The check that failed and that this one stands on; empty when there is none.
    pub needs: String,
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

/// What is on record about a learner's own work on an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Attempts so far, this one among them.
    pub attempts: u32,
    /// Hints opened.
    pub hints_opened: u32,
}

/// The verdict over one submission of one exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Exercise id.
    pub exercise: String,
    /// Exercise title.
    pub title: String,
    /// The folder graded, as it was named.
    pub dir: String,
    /// Results in the exercise's order.
    pub results: Vec<CheckResult>,
    /// Results that count and that the reader of this report is not to see; no report names them.
    pub unseen: Vec<CheckResult>,
    /// Whether what needs an engine was left out because that was asked for.
    pub only_static: bool,
    /// Attempts and hints, where they are known.
    pub standing: Option<Standing>,
}

impl Report {
    fn all(&self) -> impl Iterator<Item = &CheckResult> {
        self.results.iter().chain(&self.unseen)
    }

    /// What passing hangs on.
    fn needed(&self) -> impl Iterator<Item = &CheckResult> {
        self.all().filter(|result| !result.bonus)
    }

    /// Points earned, bonus points among them: more than [`Report::max_score`] is possible.
    pub fn score(&self) -> u32 {
        self.all().map(|result| result.score).sum()
    }

    /// Points there are, without bonus points.
    pub fn max_score(&self) -> u32 {
        self.needed().map(|result| result.points).sum()
    }

    /// Bonus points earned.
    pub fn bonus(&self) -> u32 {
        self.all().filter(|result| result.bonus).map(|result| result.score).sum()
    }

    /// Whether every check that is needed passed.
    pub fn passed(&self) -> bool {
        self.needed().all(|result| result.status == Status::Pass)
    }

    /// How many of the checks that are needed ended so.
    pub fn count(&self, status: Status) -> usize {
        self.needed().filter(|result| result.status == status).count()
    }

    /// 0 when all passed, 1 when the work falls short, 3 when something could not be run and
    /// nothing that ran failed; what was left out on purpose does not count.
    pub fn exit_code(&self) -> u8 {
        if self.count(Status::Fail) > 0 {
            1
        } else if self.count(Status::NotRun) > 0 && !self.only_static {
            3
        } else {
            0
        }
    }

    /// Whether grading the same again would say the same: nothing was left undone because of the machine.
    pub fn settled(&self) -> bool {
        let settled = |result: &CheckResult| result.status != Status::NotRun || !result.needs.is_empty();
        self.only_static || self.all().all(settled)
    }

    /// As its learner may see it: of hidden checks the title, or nothing. The score stays what it is.
    #[must_use]
    pub fn for_learner(mut self) -> Self {
        for mut result in std::mem::take(&mut self.results) {
            match result.shown {
                Shown::All => self.results.push(result),
                shown => {
                    for text in [
                        &mut result.expected,
                        &mut result.found,
                        &mut result.look_at,
                        &mut result.why,
                        &mut result.needs,
                    ] {
                        text.clear();
                    }
                    if shown == Shown::Title {
                        self.results.push(result);
                    } else {
                        (result.id, result.title) = (String::new(), String::new());
                        self.unseen.push(result);
                    }
                }
            }
        }
        self
    }

    /// As the store keeps it.
    pub fn attempt(&self) -> Attempt {
        let count = |status| u32::try_from(self.count(status)).unwrap_or(u32::MAX);
        let line = |result: &CheckResult| format!("{}={}", result.id, result.status.name());
        Attempt {
            exercise: self.exercise.clone(),
            score: self.score(),
            max_score: self.max_score(),
            failed: count(Status::Fail),
            not_run: count(Status::NotRun),
            checks: self.results.iter().map(line).collect::<Vec<_>>().join("\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(id: &str, status: Status, score: u32) -> CheckResult {
        CheckResult {
            id: id.into(),
            title: format!("The {id} check"),
            status,
            points: 4,
            score,
            bonus: false,
            shown: Shown::All,
            needs: String::new(),
            expected: "an answer".into(),
            found: "none".into(),
            look_at: "Dockerfile:1".into(),
            why: "because".into(),
            millis: 1,
        }
    }

    fn report(results: Vec<CheckResult>) -> Report {
        Report {
            exercise: "exercise-1".into(),
            title: "One".into(),
            dir: "ada".into(),
            results,
            unseen: Vec::new(),
            only_static: false,
            standing: None,
        }
    }

    #[test]
    fn bonus_points_are_added_and_nothing_hangs_on_them() {
        let bonus = |status, score| CheckResult { bonus: true, ..result("extra", status, score) };
        let missed = report(vec![result("a", Status::Pass, 4), bonus(Status::Fail, 0)]);
        assert_eq!((missed.score(), missed.max_score(), missed.exit_code()), (4, 4, 0));
        assert!(missed.passed() && missed.attempt().passed());
        let earned = report(vec![result("a", Status::Pass, 4), bonus(Status::Pass, 4)]);
        assert_eq!((earned.score(), earned.max_score(), earned.bonus()), (8, 4, 4));
        let lost = report(vec![result("a", Status::Fail, 0), bonus(Status::Pass, 4)]);
        assert_eq!((lost.exit_code(), lost.passed()), (1, false));
        let untried = report(vec![result("a", Status::Pass, 4), bonus(Status::NotRun, 0)]);
        assert_eq!(untried.exit_code(), 0);
    }

    #[test]
    fn what_a_learner_may_not_see_counts_all_the_same() {
        let hidden = |id: &str, shown| CheckResult { shown, ..result(id, Status::Fail, 1) };
        let whole = report(vec![
            result("a", Status::Pass, 4),
            hidden("named", Shown::Title),
            hidden("secret", Shown::Nothing),
        ]);
        let seen = whole.for_learner();
        assert_eq!((seen.score(), seen.max_score(), seen.exit_code()), (6, 12, 1));
        assert_eq!(seen.results.len(), 2);
        assert_eq!((seen.results[1].title.as_str(), seen.results[1].found.as_str()), ("The named check", ""));
        assert!(!format!("{seen:?}").contains("secret"));
        assert!(!seen.attempt().checks.contains("secret"));
    }

    #[test]
    fn only_what_the_machine_left_undone_is_worth_another_grading() {
        let undone = result("b", Status::NotRun, 0);
        let stands_on = CheckResult { needs: "a".into(), ..undone.clone() };
        assert!(!report(vec![result("a", Status::Fail, 0), undone.clone()]).settled());
        assert!(report(vec![result("a", Status::Fail, 0), stands_on]).settled());
        assert!(Report { only_static: true, ..report(vec![undone]) }.settled());
    }
}
