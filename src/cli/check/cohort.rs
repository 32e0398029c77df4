//! Grading many: each different submission once, a bounded number at a time, and not again what a record
//! knows.

use super::progress::Progress;
use super::targets::Target;
use crate::engine::Engine;
use crate::failure::{Failure, Kind};
use crate::grade::record::{Record, RecordError};
use crate::grade::{self, Options, Report, fingerprint};
use futures_util::{StreamExt, stream};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a verdict hangs on beside the submission and the exercise.
pub(super) struct Terms {
    /// The program, and the options that change verdicts.
    pub(super) same: Vec<String>,
    /// Whether the reader sees hidden checks.
    pub(super) instructor: bool,
}

/// Submissions on their way to their verdicts.
pub(super) struct Cohort<'a> {
    targets: Vec<Target<'a>>,
    /// What each verdict hangs on; `None` where that cannot be told.
    keys: Vec<Option<Key>>,
    /// For each the first that is equal to it, itself perhaps.
    first: Vec<usize>,
    record: Option<Mutex<Record>>,
    reports: Mutex<Vec<Option<Report>>>,
    progress: Progress,
    instructor: bool,
    /// Why a verdict could not be kept.
    lost: Mutex<Option<std::io::Error>>,
}

/// What a verdict hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    /// All of it.
    whole: String,
    /// The submission's share.
    folder: String,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Cohort<'a> {
    /// All of `targets`, without what `resume` knows already.
    pub(super) fn new(
        targets: Vec<Target<'a>>,
        resume: Option<&Path>,
        terms: &Terms,
        jobs: usize,
        progress: Progress,
    ) -> Result<Self, Failure> {
        let record = resume.map(open).transpose()?;
        let keys = if targets.len() > 1 || record.is_some() {
            keys(&targets, terms, jobs)
        } else {
            vec![None; targets.len()]
        };
        let mut seen = HashMap::new();
        let first = keys
            .iter()
            .enumerate()
            .map(|(at, key)| key.as_ref().map_or(at, |key| *seen.entry(key.whole.clone()).or_insert(at)))
            .collect();
        let reports = Mutex::new(vec![None; targets.len()]);
        let cohort = Self {
            targets,
            keys,
            first,
            record: record.map(Mutex::new),
            reports,
            progress,
            instructor: terms.instructor,
            lost: Mutex::new(None),
        };
        for at in cohort.firsts() {
            let known = cohort.keys[at].as_ref().zip(cohort.record.as_ref());
            let known = known.and_then(|(key, record)| locked(record).get(&key.whole).cloned());
            if let Some(report) = known {
                cohort.tell(at, report);
            }
        }
        Ok(cohort)
    }

    fn firsts(&self) -> impl Iterator<Item = usize> {
        self.first.iter().enumerate().filter(|(at, first)| at == *first).map(|(at, _)| at)
    }

    /// Those that have to be graded.
    fn open(&self) -> Vec<usize> {
        let reports = locked(&self.reports);
        self.firsts().filter(|at| reports[*at].is_none()).collect()
    }

    /// Takes the verdict over the submission at `at`, and all that are equal to it.
    fn tell(&self, at: usize, report: Report) {
        for (other, first) in self.first.iter().enumerate() {
            if *first == at {
                let dir = self.targets[other].dir.display().to_string();
                let report = Report { dir, ..report.clone() };
                let report = if self.instructor { report } else { report.for_learner() };
                self.progress.done(other, &report);
                locked(&self.reports)[other] = Some(report);
            }
        }
    }

    /// Keeps the verdict for another run, if that would say the same.
    fn keep(&self, at: usize, report: &Report) {
        let Some((record, key)) = self.record.as_ref().zip(self.keys[at].as_ref()) else { return };
        // Whoever changed it meanwhile would find the verdict of something else under its name.
        let same = || fingerprint::of_folder(&self.targets[at].dir).as_ref() == Some(&key.folder);
        if report.settled()
            && same()
            && let Err(error) = locked(record).keep(&key.whole, report)
        {
            locked(&self.lost).get_or_insert(error);
        }
    }

    /// Grades what needs no engine, in threads.
    pub(super) fn grade_static(&self, jobs: usize) {
        let open = self.open();
        each_in_threads(&open, jobs, |at| {
            let target = &self.targets[*at];
            let report = grade::grade_static(target.exercise, &target.dir);
            self.keep(*at, &report);
            self.tell(*at, report);
        });
    }

    /// Grades with an engine, until done or stopped by a signal, whose number is left in `stopped`.
    pub(super) async fn grade(
        &self,
        options: &Options,
        engine: Option<&Engine>,
        jobs: usize,
        stopped: &AtomicU8,
    ) {
        let cancel = CancellationToken::new();
        let open = self.open();
        let grading = stream::iter(open)
            .map(|at| {
                let target = &self.targets[at];
                let (events, cancel) = (self.progress.of(target), cancel.clone());
                async move {
                    let report = grade::grade(target.exercise, &target.dir, options, events, cancel).await;
                    self.keep(at, &report);
                    self.tell(at, report);
                }
            })
            .buffer_unordered(jobs)
            .collect::<()>();
        let mut grading = std::pin::pin!(grading);
        tokio::select! {
            () = &mut grading => {}
            signal = super::stop_signal() => {
                stopped.store(signal, Ordering::Relaxed);
                cancel.cancel();
                tokio::select! {
                    () = grading => {}
                    // A second signal: whoever sends it does not want to wait for the engine.
                    _ = super::stop_signal() => {}
                }
            }
        }
        if let Some(engine) = engine {
            engine.settle(Duration::from_secs(10)).await;
        }
    }

    /// The verdicts in the order asked for, and why one of them could not be kept.
    pub(super) fn reports(self) -> (Vec<Report>, Option<std::io::Error>) {
        self.progress.clear();
        let reports = self.reports.into_inner().unwrap_or_else(PoisonError::into_inner);
        let lost = self.lost.into_inner().unwrap_or_else(PoisonError::into_inner);
        (reports.into_iter().flatten().collect(), lost)
    }
}

fn open(path: &Path) -> Result<Record, Failure> {
    Record::open(path).map_err(|error| {
        let kind = match error {
            RecordError::Machine(_) => Kind::Environment,
            _ => Kind::User,
        };
        let told = anyhow::Error::new(error).context(format!("cannot resume from {}", path.display()));
        Failure::new(kind, told).hint("name a new file: --resume grading.record")
    })
}

/// What each verdict hangs on.
fn keys(targets: &[Target<'_>], terms: &Terms, jobs: usize) -> Vec<Option<Key>> {
    let mut exercises: HashMap<&str, String> = HashMap::new();
    for target in targets {
        exercises.entry(&target.exercise.id).or_insert_with(|| fingerprint::of_exercise(target.exercise));
    }
    let found = Mutex::new(vec![None; targets.len()]);
    let places: Vec<usize> = (0..targets.len()).collect();
    each_in_threads(&places, jobs, |at| {
        let target = &targets[*at];
        let key = fingerprint::of_folder(&target.dir).map(|folder| {
            let exercise = exercises.get(target.exercise.id.as_str()).map_or("", String::as_str);
            let same = terms.same.iter().map(String::as_str);
            let whole = fingerprint::of_texts(same.chain([target.exercise.id.as_str(), exercise, &folder]));
            Key { whole, folder }
        });
        locked(&found)[*at] = key;
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Does `work` for each, with threads over a common counter.
fn each_in_threads<T: Sync>(all: &[T], jobs: usize, work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(all.len()) {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(one);
                }
            });
        }
    });
}
