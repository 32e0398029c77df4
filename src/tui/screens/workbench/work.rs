//! Builds, checks, runs and scans: starting them, what they say while they work, how they end. One
//! at a time; each can be stopped.

use super::choices::Choices;
use super::cost::Built;
use super::log::{Failure, push_bounded};
use super::planning;
use super::state::{State, Tab};
use super::update::{analyse, go_to_tab};
use crate::dockerfile;
use crate::engine::{BuildOutcome, BuildRequest, Diagnosis};
use crate::grade::Status;
use crate::image::human_size;
use crate::jobs::scan::Request;
use crate::jobs::{Job, JobEvent, JobId, Outcome, Progress};
use crate::scan::Findings;
use crate::store::builds::BuildRecord;
use crate::text::{LineIndex, ansi};
use crate::tui::app::{Engine, Popup, Shared};
use crate::tui::keymap::{self, Action};
use crate::tui::message::{Effect, ShellPlace, Tone};
use crate::tui::screens::build_options;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Lines of a container's output that are kept.
const RUN_LINES: usize = 2_000;
/// A build of the learner's is given up after this time.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// What runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A build.
    Build,
    /// A build of something to open a shell in.
    Debug,
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
            Self::Debug => "Building for a shell",
            Self::Check => "Checking",
            Self::Run => "Running",
            Self::Scan => "Scanning",
        }
    }

    /// Whether it goes on when the learner leaves: nobody would see a container or use a shell then.
    pub fn goes_on(self) -> bool {
        matches!(self, Self::Build | Self::Check | Self::Scan)
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
    /// Whether it waits for other builds to end.
    pub waits: bool,
    /// The texts it works on.
    pub texts: BTreeMap<String, String>,
    /// The container, once it runs.
    pub container: Option<String>,
    /// What a shell is opened in when it is built.
    pub shell_in: String,
}

impl Running {
    /// What it does, in words.
    pub fn doing(&self) -> &'static str {
        match self {
            Self { stopping: true, .. } => "Stopping",
            Self { waits: true, .. } => "Waiting for other builds",
            _ => self.kind.doing(),
        }
    }
}

/// What is known of the image's vulnerabilities.
#[derive(Debug, Default)]
pub enum Scan {
    /// Nobody has looked.
    #[default]
    None,
    /// Somebody is looking: what the scanner said last; untrusted.
    Working(String),
    /// What was found.
    Found(Box<Findings>),
    /// It did not work: what happened and what to do.
    Failed(Vec<String>),
}

/// Starts a job once everything typed so far is on disk.
fn begin(state: &mut State, shared: &mut Shared, kind: Kind, job: Job) -> Vec<Effect> {
    let (id, effect) = shared.start(job);
    state.running = Some(Running {
        id,
        kind,
        since: shared.now,
        stopping: false,
        waits: false,
        texts: state.texts(),
        container: None,
        shell_in: String::new(),
    });
    match effect {
        Effect::Start(id, job) => vec![Effect::StartWhenSaved(id, job)],
        other => vec![other],
    }
}

pub(super) fn is_free(state: &State, shared: &mut Shared) -> bool {
    let Some(running) = &state.running else { return true };
    let text = format!("{} still; Esc stops it", running.kind.doing());
    shared.say(Tone::Plain, text);
    false
}

/// Says what is missing when there is no engine to build or run with.
pub(super) fn has_engine(shared: &mut Shared) -> bool {
    match shared.engine {
        Engine::Missing(_) => {
            shared.say(Tone::Bad, "No container engine answers. F10 shows what was tried and how to get one");
            false
        }
        _ => true,
    }
}

/// Builds what a shell is to be opened in: `what`, from this text.
pub fn build_for_shell(state: &mut State, shared: &mut Shared, what: String, text: String) -> Vec<Effect> {
    if !is_free(state, shared) || !has_engine(shared) {
        return Vec::new();
    }
    // What failed stays marked: it is what one is looking for.
    let failure = state.build.failure.take();
    state.build.begin();
    state.build.failure = failure;
    go_to_tab(state, Tab::Build);
    let request = BuildRequest {
        tags: Vec::new(),
        dockerfile_text: Some(text),
        target: String::new(),
        ..request(state)
    };
    let effects = begin(state, shared, Kind::Debug, Job::Build(request));
    if let Some(running) = &mut state.running {
        running.shell_in = what;
    }
    effects
}

/// What the next build is asked for with.
pub fn request(state: &State) -> BuildRequest {
    let mut request = BuildRequest {
        context: state.dir.clone(),
        tags: vec![format!("docker-ecr-tutor/{}:work", state.exercise.id)],
        timeout: Some(BUILD_LIMIT),
        secrets: state
            .exercise
            .secrets
            .iter()
            .map(|(id, from)| (id.clone(), state.dir.join(&from.file)))
            .collect(),
        ..BuildRequest::default()
    };
    state.choices.apply(&mut request, &state.dir);
    request
}

/// Builds the image.
pub fn build(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if !is_free(state, shared) || !has_engine(shared) {
        return Vec::new();
    }
    state.build.begin();
    if !state.choices.is_empty() {
        state.build.remark(format!("Built with {}", state.choices.words()));
    }
    go_to_tab(state, Tab::Build);
    let request = request(state);
    let effects = begin(state, shared, Kind::Build, Job::Build(request));
    // Without the cache is asked for once: remembered, it would make every build slow.
    state.choices.no_cache = false;
    effects
}

/// The form that says how to build.
pub fn options(state: &State) -> Popup {
    let file = state.files.iter().find(|file| file.path == "Dockerfile");
    let text = file.map(|file| file.editor.text()).unwrap_or_default();
    let stages =
        dockerfile::parse(&text).0.stages().iter().filter_map(|s| s.name().map(str::to_owned)).collect();
    Popup::BuildOptions(build_options::State::new(&state.choices, stages))
}

/// Builds like this, now and from now on.
pub fn build_with(state: &mut State, shared: &mut Shared, choices: Choices) -> Vec<Effect> {
    state.choices = choices;
    let mut effects = vec![Effect::RememberChoices(state.exercise.id.clone(), state.choices.clone())];
    effects.extend(build(state, shared));
    effects
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
    let dockerfile = state.texts().remove("Dockerfile");
    let request = Request { image, dockerfile, ..Request::default() };
    begin(state, shared, Kind::Scan, Job::Scan(Box::new(request)))
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
    match state.running.as_ref().map(|running| running.id) {
        Some(id) if state.stops() => vec![Effect::Cancel(id)],
        _ => {
            shared.say(Tone::Plain, "Nothing is running");
            Vec::new()
        }
    }
}

/// What the job that runs says.
pub fn on_job(state: &mut State, shared: &mut Shared, event: JobEvent) -> Vec<Effect> {
    match event {
        JobEvent::Progress(_, Progress::Recorded(record)) => planning::recorded(state, shared, &record),
        JobEvent::Finished(id, outcome) if state.surveying == Some(id) => {
            planning::surveyed(state, shared, outcome)
        }
        JobEvent::Progress(_, progress) => {
            on_progress(state, shared.now, progress);
            Vec::new()
        }
        JobEvent::Finished(_, outcome) => {
            let Some(running) = state.running.take() else { return Vec::new() };
            state.checking = None;
            on_end(state, shared, running, outcome)
        }
    }
}

fn on_progress(state: &mut State, now: u64, progress: Progress) {
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
        Progress::Waits(waits) => {
            if let Some(running) = &mut state.running {
                (running.waits, running.since) = (waits, now);
            }
        }
        Progress::Runs(id) => {
            if let Some(running) = &mut state.running {
                running.container = Some(id);
            }
        }
        // Told to the image explorer and the registry only, or taken before.
        Progress::Read(_) | Progress::Recorded(_) | Progress::Transfer(_) => {}
        Progress::Message(text) => match kind {
            Some(Kind::Run) => {
                let run =
                    ansi::Run { text: said(&text), look: ansi::Look { bold: true, ..Default::default() } };
                push_bounded(&mut state.run_log, [vec![run]], RUN_LINES);
            }
            Some(Kind::Scan) => state.scan = Scan::Working(text),
            _ => state.build.remark(text),
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
        Outcome::Built(outcome) if running.kind == Kind::Debug => {
            state.build.end = Some((true, vec![format!("Built {}", running.shell_in)]));
            vec![Effect::OpenShell(ShellPlace::Image { id: outcome.image.id, what: running.shell_in })]
        }
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
            if matches!(running.kind, Kind::Build | Kind::Debug) {
                state.build.end = Some((false, vec!["Stopped, here and in the engine.".to_owned()]));
            }
            shared.say(Tone::Plain, format!("{} was stopped", running.kind.doing()));
            Vec::new()
        }
        Outcome::Failed { message, hints } => {
            failed(state, shared, running.kind, message, hints);
            Vec::new()
        }
        Outcome::NotBuilt(why) => not_built(state, shared, &running.texts, *why),
        Outcome::Connected(info) => {
            shared.engine = Engine::Here(info);
            Vec::new()
        }
        Outcome::NoEngine(tried) => {
            shared.engine = Engine::Missing(tried);
            has_engine(shared);
            Vec::new()
        }
        Outcome::Doctored(_)
        | Outcome::Ecr(_)
        | Outcome::Explored(_)
        | Outcome::Extracted { .. }
        | Outcome::Surveyed(_) => Vec::new(),
    }
}

/// A build failed: the log says why, and the instruction is marked in the editor.
fn not_built(
    state: &mut State,
    shared: &mut Shared,
    texts: &BTreeMap<String, String>,
    why: Diagnosis,
) -> Vec<Effect> {
    let key = keymap::key_of(Action::GoToInstruction).unwrap_or_default();
    let goes = if shared.speaker.is_none() { format!(": {key} goes there") } else { String::new() };
    let place = why.line.map(|line| format!(" at line {line}{goes}")).unwrap_or_default();
    shared.say(Tone::Bad, format!("The build failed{place}"));
    state.build.end = Some((false, told(&why)));
    let instruction =
        texts.get("Dockerfile").zip(why.line).and_then(|(text, line)| instruction_at(text, line));
    state.build.failure = Some(Failure { why, instruction: instruction.unwrap_or_default() });
    analyse(state)
}

/// The text of the instruction that begins at or holds `line`.
fn instruction_at(text: &str, line: usize) -> Option<String> {
    let (tree, _) = dockerfile::parse(text);
    let index = LineIndex::new(text);
    let found = tree.instructions.iter().find(|i| i.lines(&index).contains(&line))?;
    Some(found.span.of(text).to_owned())
}

/// A failed build in words: where, what, why, what to try.
fn told(why: &Diagnosis) -> Vec<String> {
    let place = why.line.map(|line| format!("Line {line}: ")).unwrap_or_default();
    // Syntax errors name their line themselves.
    let place = if why.message.starts_with("line ") { String::new() } else { place };
    let mut lines = vec![format!("{place}{}", why.message)];
    lines.extend(why.explanation.as_ref().map(|known| known.what.clone()));
    lines.extend(why.tries.iter().map(|text| format!("try: {text}")));
    lines
}

fn failed(state: &mut State, shared: &mut Shared, kind: Kind, message: String, hints: Vec<String>) {
    let mut lines = vec![message];
    lines.extend(hints.into_iter().map(|hint| format!("try: {hint}")));
    match kind {
        Kind::Build | Kind::Debug => {
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
    // A stage is no version of the image.
    if state.choices.target.trim().is_empty() {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let numbered = || outcome.steps.iter().filter(|step| step.index > 0);
        let record = BuildRecord {
            bytes: size,
            millis: outcome.millis,
            steps: count(numbered().count()),
            cached: count(numbered().filter(|step| step.cached).count()),
        };
        state.build.history.push(record);
        effects.push(Effect::RecordBuild(state.exercise.id.clone(), record));
    }
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
