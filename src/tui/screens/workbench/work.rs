//! Builds, checks, runs and scans: starting them, what they say while they work, how they end. One
//! at a time; each can be stopped.

use super::cost::Built;
use super::planning;
use super::state::{State, Tab};
use super::update::{analyse, go_to_tab};
use crate::engine::{BuildEvent, BuildOutcome, BuildRequest};
use crate::grade::Status;
use crate::image::human_size;
use crate::jobs::{Job, JobEvent, JobId, Outcome, Progress};
use crate::scan::Findings;
use crate::text::ansi;
use crate::tui::app::{Engine, Shared};
use crate::tui::message::{Effect, Tone};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Lines of one step's output that are kept.
const STEP_LINES: usize = 500;
/// Lines of a container's output that are kept.
const RUN_LINES: usize = 2_000;
/// A build of the learner's is given up after this time.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// What runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A build.
    Build,
    /// A grading.
    Check,
    /// A container.
    Run,
    /// A scan.
    Scan,
}

impl Kind {
    /// In a word, as "Building".
    pub fn doing(self) -> &'static str {
        match self {
            Self::Build => "Building",
            Self::Check => "Checking",
            Self::Run => "Running",
            Self::Scan => "Scanning",
        }
    }
}

/// The job that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its id.
    pub id: JobId,
    /// What it is.
    pub kind: Kind,
    /// When it was started, in milliseconds of the program.
    pub since: u64,
    /// Whether it has been asked to stop.
    pub stopping: bool,
    /// The texts it works on.
    pub texts: BTreeMap<String, String>,
}

/// How far a step of a build is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// It works.
    Works,
    /// It came from the cache.
    Cached,
    /// It ended, after so many milliseconds.
    Done(u64),
    /// It failed, for this reason.
    Failed(String),
}

/// A step of a build with its output.
#[derive(Debug, Default)]
pub struct Step {
    /// As the builder names it.
    pub name: String,
    /// How far it is; `None` while it waits for others.
    pub state: Option<StepState>,
    /// Bytes moved and to be moved, by what they are: layers of a base image.
    pub moved: BTreeMap<String, (u64, u64)>,
    /// Its last lines of output.
    pub lines: VecDeque<ansi::Line>,
    parser: ansi::Log,
}

/// A build as it is told on the screen.
#[derive(Debug, Default)]
pub struct BuildLog {
    /// Its steps by the builder's key.
    pub steps: BTreeMap<usize, Step>,
    /// Bytes of context sent.
    pub context: u64,
    /// Remarks of the builder.
    pub remarks: VecDeque<String>,
    /// How it ended: success or not, and what to say about it.
    pub end: Option<(bool, Vec<String>)>,
}

/// What is known of the image's vulnerabilities.
#[derive(Debug, Default)]
pub enum Scan {
    /// Nobody has looked.
    #[default]
    None,
    /// What was found.
    Found(Box<Findings>),
    /// It did not work: what happened and what to do.
    Failed(Vec<String>),
}

fn push_bounded<T>(lines: &mut VecDeque<T>, more: impl IntoIterator<Item = T>, limit: usize) {
    for line in more {
        if lines.len() == limit {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

impl BuildLog {
    /// Takes what the builder says.
    fn note(&mut self, event: BuildEvent) {
        match event {
            BuildEvent::ContextSent { bytes } => self.context = bytes,
            BuildEvent::StepStarted { step, name } => {
                self.steps.entry(step).or_default().name = name;
            }
            BuildEvent::StepRuns { step } => {
                self.steps.entry(step).or_default().state.get_or_insert(StepState::Works);
            }
            BuildEvent::StepLog { step, text } => {
                let step = self.steps.entry(step).or_default();
                let lines = step.parser.feed(&text);
                push_bounded(&mut step.lines, lines, STEP_LINES);
            }
            BuildEvent::StepProgress { step, what, current, total } => {
                self.steps.entry(step).or_default().moved.insert(what, (current, total));
            }
            BuildEvent::StepDone { step, cached, millis, error } => {
                let step = self.steps.entry(step).or_default();
                let rest = step.parser.finish();
                push_bounded(&mut step.lines, rest, STEP_LINES);
                step.state = Some(match (error, cached) {
                    (Some(reason), _) => StepState::Failed(reason),
                    (None, true) => StepState::Cached,
                    (None, false) => StepState::Done(millis),
                });
            }
            BuildEvent::Message(text) => push_bounded(&mut self.remarks, [text], STEP_LINES),
        }
    }
}

/// Starts a job once everything typed so far is on disk.
fn begin(state: &mut State, shared: &mut Shared, kind: Kind, job: Job) -> Vec<Effect> {
    let (id, effect) = shared.start(job);
    state.running = Some(Running { id, kind, since: shared.now, stopping: false, texts: state.texts() });
    match effect {
        Effect::Start(id, job) => vec![Effect::StartWhenSaved(id, job)],
        other => vec![other],
    }
}

fn is_free(state: &State, shared: &mut Shared) -> bool {
    let Some(running) = &state.running else { return true };
    let text = format!("{} still; Esc stops it", running.kind.doing());
    shared.say(Tone::Plain, text);
    false
}

/// Says what is missing when there is no engine to build or run with.
fn has_engine(shared: &mut Shared) -> bool {
    match shared.engine {
        Engine::Missing(_) => {
            shared.say(Tone::Bad, "No container engine answers. F10 shows what was tried and how to get one");
            false
        }
        _ => true,
    }
}

/// Builds the image.
pub fn build(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if !is_free(state, shared) || !has_engine(shared) {
        return Vec::new();
    }
    state.build = BuildLog::default();
    go_to_tab(state, Tab::Build);
    let request = request(state);
    begin(state, shared, Kind::Build, Job::Build(request))
}

/// What the next build is asked for with.
pub fn request(state: &State) -> BuildRequest {
    BuildRequest {
        context: state.dir.clone(),
        tags: vec![format!("docker-ecr-tutor/{}:work", state.exercise.id)],
        timeout: Some(BUILD_LIMIT),
        secrets: state.exercise.secrets.iter().map(|(id, file)| (id.clone(), state.dir.join(file))).collect(),
        ..BuildRequest::default()
    }
}

/// Grades the exercise.
pub fn check(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if state.exercise.checks.is_empty() {
        shared.say(Tone::Plain, "Nothing is graded here");
        return Vec::new();
    }
    if !is_free(state, shared) {
        return Vec::new();
    }
    for (result, check) in state.results.iter_mut().zip(&state.exercise.checks) {
        if !check.kind.is_static() {
            *result = None;
        }
    }
    let job =
        Job::Check { exercise: Box::new(state.exercise.clone()), dir: state.dir.clone(), static_only: false };
    begin(state, shared, Kind::Check, job)
}

/// Runs the image of the last build.
pub fn run(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let Some(image) = image_to_use(state, shared) else { return Vec::new() };
    state.run_log.clear();
    state.run_parser = ansi::Log::new();
    go_to_tab(state, Tab::Run);
    let http = http_of(state);
    begin(state, shared, Kind::Run, Job::Run { image, http })
}

/// Scans the image of the last build.
pub fn scan(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let Some(image) = image_to_use(state, shared) else { return Vec::new() };
    state.scan = Scan::None;
    go_to_tab(state, Tab::Scan);
    begin(state, shared, Kind::Scan, Job::Scan { image })
}

fn image_to_use(state: &State, shared: &mut Shared) -> Option<String> {
    if !is_free(state, shared) || !has_engine(shared) {
        return None;
    }
    let image = state.built.as_ref().map(|built| built.outcome.image.id.clone());
    if image.is_none() {
        shared.say(Tone::Plain, "There is no image yet: F2 builds one");
    }
    image
}

/// The port and path to ask: what the checks ask for, else the first port the image exposes.
fn http_of(state: &State) -> Option<(u16, String)> {
    use crate::course::model::CheckKind;
    let asked = state.exercise.checks.iter().find_map(|check| match &check.kind {
        CheckKind::Run(run) => run.http.as_ref().map(|probe| (probe.port, probe.path.clone())),
        _ => None,
    });
    asked.or_else(|| {
        let config = &state.built.as_ref()?.outcome.image.config;
        let port = config.exposed_ports.iter().find_map(|port| port.split('/').next()?.parse().ok())?;
        Some((port, "/".to_owned()))
    })
}

/// Stops what runs.
pub fn stop(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let Some(running) = &mut state.running else {
        shared.say(Tone::Plain, "Nothing is running");
        return Vec::new();
    };
    running.stopping = true;
    vec![Effect::Cancel(running.id)]
}

/// What the job that runs says.
pub fn on_job(state: &mut State, shared: &mut Shared, event: JobEvent) -> Vec<Effect> {
    match event {
        JobEvent::Progress(_, Progress::Recorded(record)) => planning::recorded(state, &record),
        JobEvent::Finished(id, outcome) if state.surveying == Some(id) => {
            planning::surveyed(state, shared, outcome)
        }
        JobEvent::Progress(_, progress) => {
            on_progress(state, progress);
            Vec::new()
        }
        JobEvent::Finished(_, outcome) => {
            let Some(running) = state.running.take() else { return Vec::new() };
            state.checking = None;
            on_end(state, shared, running, outcome)
        }
    }
}

fn on_progress(state: &mut State, progress: Progress) {
    let kind = state.running.as_ref().map(|running| running.kind);
    match progress {
        Progress::Build(event) => state.build.note(event),
        Progress::CheckStarted(at) => state.checking = Some(at),
        Progress::CheckDone(at, result) => {
            state.checking = None;
            if let Some(place) = state.results.get_mut(at) {
                *place = Some(result);
            }
        }
        Progress::Log(bytes) => {
            let lines = state.run_parser.feed(&bytes);
            push_bounded(&mut state.run_log, lines, RUN_LINES);
        }
        // Told to the image explorer only, and taken before.
        Progress::Read(_) | Progress::Recorded(_) => {}
        Progress::Message(text) => match kind {
            Some(Kind::Run) => {
                let run =
                    ansi::Run { text: said(&text), look: ansi::Look { bold: true, ..Default::default() } };
                push_bounded(&mut state.run_log, [vec![run]], RUN_LINES);
            }
            _ => push_bounded(&mut state.build.remarks, [text], STEP_LINES),
        },
    }
}

fn said(text: &str) -> String {
    crate::text::sanitise::plain(text).into_owned()
}

fn on_end(state: &mut State, shared: &mut Shared, running: Running, outcome: Outcome) -> Vec<Effect> {
    if running.kind == Kind::Run {
        let rest = state.run_parser.finish();
        push_bounded(&mut state.run_log, rest, RUN_LINES);
    }
    match outcome {
        Outcome::Built(outcome) => built(state, shared, running.texts, *outcome),
        Outcome::Checked(report) => checked(state, shared, *report),
        Outcome::Ran(code) => {
            let tone = if code == 0 { Tone::Good } else { Tone::Plain };
            shared.say(tone, format!("The container ended with exit code {code}"));
            Vec::new()
        }
        Outcome::Scanned(findings) => {
            shared.say(Tone::Good, format!("{} vulnerabilities found", findings.findings.len()));
            state.scan = Scan::Found(findings);
            Vec::new()
        }
        Outcome::Cancelled => {
            if running.kind == Kind::Build {
                state.build.end = Some((false, vec!["Stopped, here and in the engine.".to_owned()]));
            }
            shared.say(Tone::Plain, format!("{} was stopped", running.kind.doing()));
            Vec::new()
        }
        Outcome::Failed { message, hints } => {
            failed(state, shared, running.kind, message, hints);
            Vec::new()
        }
        Outcome::Connected(info) => {
            shared.engine = Engine::Here(info);
            Vec::new()
        }
        Outcome::NoEngine(tried) => {
            shared.engine = Engine::Missing(tried);
            has_engine(shared);
            Vec::new()
        }
        Outcome::Doctored(_) | Outcome::Explored(_) | Outcome::Extracted { .. } | Outcome::Surveyed(_) => {
            Vec::new()
        }
    }
}

fn failed(state: &mut State, shared: &mut Shared, kind: Kind, message: String, hints: Vec<String>) {
    let mut lines = vec![message];
    lines.extend(hints.into_iter().map(|hint| format!("try: {hint}")));
    match kind {
        Kind::Build => {
            shared.say(Tone::Bad, "The build failed");
            state.build.end = Some((false, lines));
        }
        Kind::Scan => {
            shared.say(Tone::Bad, "The scan did not work");
            state.scan = Scan::Failed(lines);
        }
        Kind::Run => {
            shared.say(Tone::Bad, "The container could not be run");
            let red = ansi::Look { foreground: Some(ansi::Colour::Indexed(1)), ..Default::default() };
            let told = lines.iter().map(|line| vec![ansi::Run { text: said(line), look: red }]);
            push_bounded(&mut state.run_log, told, RUN_LINES);
        }
        Kind::Check => shared.say(Tone::Bad, lines.join(". ")),
    }
}

fn built(
    state: &mut State,
    shared: &mut Shared,
    texts: BTreeMap<String, String>,
    outcome: BuildOutcome,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    let size = outcome.image.size_bytes;
    let is_start = state.files.iter().all(|file| texts.get(&file.path) == file.start.as_ref());
    if is_start && state.start_size != Some(size) {
        state.start_size = Some(size);
        effects.push(Effect::RememberStartSize(state.exercise.id.clone(), size));
    }
    state.previous_size = state.built.as_ref().map(|built| built.outcome.image.size_bytes);
    let words = size_words(size, state.previous_size, state.start_size.filter(|_| !is_start));
    let words = format!("Built in {:.1} s: {words}", outcome.millis as f64 / 1e3);
    shared.say(Tone::Good, words.clone());
    state.build.end = Some((true, vec![words]));
    state.built = Some(Arc::new(Built { texts, outcome }));
    effects.extend(analyse(state));
    effects
}

/// `186 MB, 62 % smaller than the start (486 MB), 12.0 MB less than before`.
pub fn size_words(size: u64, before: Option<u64>, start: Option<u64>) -> String {
    let mut words = human_size(size);
    if let Some(start) = start.filter(|start| *start > 0) {
        let share = 100.0 - size as f64 * 100.0 / start as f64;
        let (share, than) = if share >= 0.0 { (share, "smaller") } else { (-share, "larger") };
        words.push_str(&format!(", {share:.0} % {than} than the start ({})", human_size(start)));
    }
    if let Some(before) = before.filter(|before| *before != size) {
        let (less, than) = if before > size { (before - size, "less") } else { (size - before, "more") };
        words.push_str(&format!(", {} {than} than before", human_size(less)));
    }
    words
}

fn checked(state: &mut State, shared: &mut Shared, report: crate::grade::Report) -> Vec<Effect> {
    for (place, result) in state.results.iter_mut().zip(&report.results) {
        *place = Some(result.clone());
    }
    // Only if nothing was typed meanwhile are the results about what is on the screen.
    state.stale = false;
    let progress = shared.progress.exercises.entry(report.exercise.clone()).or_default();
    progress.attempts += 1;
    let failed = report.results.iter().any(|r| r.status == Status::Fail);
    progress.failed_attempts += u32::from(failed);
    progress.passed |= report.passed();
    if report.score() >= progress.best_score {
        (progress.best_score, progress.best_max) = (report.score(), report.max_score());
    }
    let points = format!("{} of {} points", report.score(), report.max_score());
    let not_run = report.results.iter().filter(|r| r.status == Status::NotRun).count();
    if report.passed() {
        shared.say(Tone::Good, format!("Passed: {points}"));
    } else if failed {
        shared.say(Tone::Plain, format!("{points}. The checks say what was measured"));
    } else {
        shared.say(Tone::Plain, format!("{points}; {not_run} checks could not be run"));
    }
    vec![Effect::RememberReport(Box::new(report))]
}
