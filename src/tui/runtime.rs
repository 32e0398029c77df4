//! The only performer of effects: waits for keys, jobs, workers and signals, hands them to
//! [`app::update`], does what it asks for, and draws when nothing more is waiting.
//!
//! | thread | does |
//! | --- | --- |
//! | main | the loop; never waits on disk, network or engine. Keys wake it and nobody else |
//! | `disk` | progress, settings, the learner's files, their journal and watcher |
//! | `analyst` | lint, static checks and cost of the latest version asked for |
//! | tokio's | jobs; the link to a workshop, for who sits in one |

mod analyst;
mod crash;
mod disk;
mod external;
mod keys;
mod lead;
mod shell;
mod signals;
mod watch;

use super::app::{self, Model};
use super::clipboard;
use super::message::{Effect, Msg, Tone};
use super::screens::workbench::analysis::AnalysisRequest;
use super::terminal::{self, Guard};
use super::{Options, environment};
use crate::course;
use crate::failure::{Failure, Kind};
use crate::jobs::{JobEvent, JobId, Jobs};
use crate::store;
use crate::workshop::lead::Leads;
use crate::workshop::link::{self, Link};
use crate::workshop::room::Change;
use crossterm::event::Event;
use keys::Keys;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// The first frame waits this long for course and progress, so that it is not drawn twice.
const FIRST_FRAME_WAIT: Duration = Duration::from_millis(15);
/// A flood of messages delays drawing at most this long.
const LONGEST_WITHOUT_FRAME: Duration = Duration::from_millis(25);

/// A frame waits this long for the findings about what was just typed, when they came as quickly
/// the last time: one frame then shows both, and text and underline never disagree.
const FINDINGS_WAIT: Duration = Duration::from_millis(2);

/// Leaving waits this long for what jobs leave to remove in the engine.
const LAST_JOBS: Duration = Duration::from_secs(5);
/// And this long until the host of a workshop has what was told.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs the interface until the learner leaves it; answers with the exit code.
pub fn run(options: Options, leads: Option<Leads>) -> Result<u8, Failure> {
    let unusable = |error| Failure::new(Kind::Environment, error);
    let workers = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let workers = workers.map_err(unusable)?;
    // The loop has a runtime of its own: on that of the jobs a key would wake a worker, and that the loop.
    let own = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unusable)?;
    let jobs = workers.handle().clone();
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| own.block_on(interact(options, leads, &jobs))));
    own.shutdown_timeout(Duration::from_secs(1));
    // A job that does not end in time must not keep the shell waiting, not even after a panic.
    workers.shutdown_timeout(Duration::from_secs(3));
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

async fn interact(options: Options, leads: Option<Leads>, workers: &Handle) -> Result<u8, Failure> {
    let started = Instant::now();
    let data = store::data_dir(options.data.as_deref()).map_err(|error| {
        Failure::new(Kind::Environment, error).hint("set HOME, or name a folder with --data DIR")
    })?;
    let (messages, inbox) = mpsc::unbounded_channel();
    read_course(&options, messages.clone());
    if let (true, Some(folder)) = (options.watch, &options.course) {
        watch::spawn(folder.clone(), messages.clone());
    }
    let work = options.workspace.clone().unwrap_or_else(|| data.join("work"));
    let told = Arc::new(Notify::new());
    let places =
        disk::Places { data: data.clone(), work, course: options.course.clone(), told: Arc::clone(&told) };
    let disk = disk::spawn(places, messages.clone());
    crash::install(data.clone());
    let broken = |error| {
        Failure::new(Kind::Environment, anyhow::Error::new(error).context("the terminal cannot be used"))
            .hint("run it in a terminal; `docker-ecr-tutor --check exercise-1` works without one")
    };
    let guard = Guard::new().map_err(broken)?;
    let size = crossterm::terminal::size().map_err(broken)?;
    let mut model = Model::new(environment::theme(&options), environment::settings(&options), size);
    model.open_first = options.exercise.clone();
    let changes = leads.and_then(|leads| lead::show(leads, &mut model, workers, &messages));
    let signals = signals::listen(messages.clone());
    let heard = messages.clone();
    let link =
        Linked { workers: workers.clone(), messages: messages.clone(), data: data.clone(), told, link: None };
    let says = move |event| {
        // Nobody listens only when the program is about to end.
        let _ = heard.send(Msg::Job(event));
    };
    let jobs = Jobs::with_environment(workers.clone(), environment::engine(&options), says);
    jobs.keep_in(data);
    let mut shell = Shell {
        keys: Some(Keys::new().map_err(broken)?),
        analyst: analyst::spawn(workers, messages.clone()),
        model,
        guard,
        inbox,
        disk,
        link,
        jobs,
        names: HashMap::new(),
        changes,
        options,
        started,
        wanted: None,
        asked: None,
        quick: false,
        ending: false,
        code: 0,
    };
    let outcome = shell.run().await.map(|()| shell.code).map_err(broken);
    signals.abort();
    shell.disk.finish();
    let jobs = shell.jobs.clone();
    let last = shell.link.link.take().zip(shell.model.shared.seat.take().filter(|seat| seat.online));
    let folder = std::mem::take(&mut shell.link.data);
    drop(shell);
    if let Some((_link, seat)) = last {
        // Who passes and leaves is seen to have passed. Without a host it waits for the next time.
        link::settle(&folder, &seat.taken.workshop, LAST_WORDS).await;
    }
    // The terminal is given back first: clearing up in the engine may take a moment.
    jobs.shutdown(LAST_JOBS).await;
    outcome
}

/// Reads the course beside the first frame.
fn read_course(options: &Options, messages: UnboundedSender<Msg>) {
    let source = match &options.course {
        Some(dir) => course::Source::Folder(dir.clone()),
        None => course::Source::Embedded,
    };
    std::thread::spawn(move || {
        let course = course::load(&source);
        let _ = messages.send(Msg::Course(Arc::new(course)));
        // From here on the thread prepares the colours of the files beside a Dockerfile.
        super::highlight::serve(|| drop(messages.send(Msg::Coloured)));
    });
}

/// The link to a workshop, once there is a seat; until then it is nothing but where it would begin.
struct Linked {
    workers: Handle,
    messages: UnboundedSender<Msg>,
    data: PathBuf,
    told: Arc<Notify>,
    link: Option<Link>,
}

impl Linked {
    fn start(&mut self) {
        let heard = self.messages.clone();
        let hears = move |said| {
            // Nobody listens only when the program is about to end.
            let _ = heard.send(Msg::Workshop(Box::new(said)));
        };
        self.link = Some(Link::start(&self.workers, self.data.clone(), Arc::clone(&self.told), hears));
    }
}

struct Shell {
    model: Model,
    guard: Guard,
    /// None while the terminal is lent: what is typed then is not ours to read.
    keys: Option<Keys>,
    inbox: UnboundedReceiver<Msg>,
    disk: disk::Disk,
    link: Linked,
    analyst: analyst::Analyst,
    jobs: Jobs,
    /// The update function's ids by those of [`Jobs`].
    names: HashMap<JobId, JobId>,
    /// Where what the instructor does goes, when this is the board of a workshop.
    changes: Option<mpsc::Sender<Change>>,
    options: Options,
    started: Instant,
    /// What the analyst is to be asked once nothing more is waiting.
    wanted: Option<Box<AnalysisRequest>>,
    /// When the analyst was asked, until it answers.
    asked: Option<Instant>,
    /// Whether its last answer was there within [`FINDINGS_WAIT`].
    quick: bool,
    ending: bool,
    /// The exit code: 128 and its number when a signal ended the program.
    code: u8,
}

impl Shell {
    async fn run(&mut self) -> std::io::Result<()> {
        self.wait_for_first_frame().await;
        self.draw()?;
        if let Some(effect) = self.model.shared.connect() {
            self.perform(effect).await?;
        }
        self.find().await?;
        while !self.ending {
            let Some(msg) = self.next().await else { break };
            self.handle(msg).await?;
            self.drain().await?;
            self.find().await?;
            if !self.ending {
                self.draw()?;
            }
        }
        Ok(())
    }

    /// Course and progress usually take a few milliseconds; the frame shows them then.
    async fn wait_for_first_frame(&mut self) {
        let until = tokio::time::Instant::now() + FIRST_FRAME_WAIT;
        let mut missing = 2;
        while missing > 0 {
            let Ok(Some(msg)) = tokio::time::timeout_at(until, self.inbox.recv()).await else { return };
            missing -= usize::from(matches!(msg, Msg::Course(_) | Msg::Stored(_)));
            if self.handle(msg).await.is_err() {
                return;
            }
        }
    }

    /// Sees to the findings about what was typed: at once when that was quick the last time, else by the
    /// analyst.
    async fn find(&mut self) -> std::io::Result<()> {
        if let Some(request) = self.wanted.take() {
            self.asked = Some(Instant::now());
            let found = if self.quick { self.analyst.at_once(request) } else { Err(request) };
            match found {
                Ok(analysis) => self.handle(Msg::Analysed(analysis)).await?,
                Err(request) => self.analyst.ask(request),
            }
        }
        self.wait_for_findings().await?;
        // What came meanwhile may ask again.
        if let Some(request) = self.wanted.take() {
            self.asked = Some(Instant::now());
            self.analyst.ask(request);
        }
        Ok(())
    }

    /// Gives the analyst a moment, unless it needed longer the last time: in a file of 20,000 lines
    /// the text is drawn at once, and its findings follow.
    async fn wait_for_findings(&mut self) -> std::io::Result<()> {
        let Some(until) = self.asked.filter(|_| self.quick).map(|asked| asked + FINDINGS_WAIT) else {
            return Ok(());
        };
        while self.asked.is_some() && !self.ending {
            match tokio::time::timeout_at(until.into(), self.inbox.recv()).await {
                Ok(Some(msg)) => self.handle(msg).await?,
                Ok(None) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// The next thing that happens. Keys come first: typing never waits behind a build's log.
    async fn next(&mut self) -> Option<Msg> {
        let tick = self.model.next_tick().map(Duration::from_millis);
        loop {
            tokio::select! {
                biased;
                msg = typed(&mut self.keys) => if let Some(msg) = msg { return Some(msg) },
                msg = self.inbox.recv() => return msg,
                () = tokio::time::sleep(tick.unwrap_or_default()), if tick.is_some() => {
                    return Some(Msg::Tick(self.now()));
                }
            }
        }
    }

    /// Handles whatever waits already, so that one frame shows it all.
    async fn drain(&mut self) -> std::io::Result<()> {
        let since = Instant::now();
        while !self.ending && since.elapsed() < LONGEST_WITHOUT_FRAME {
            let msg = tokio::select! {
                biased;
                msg = typed(&mut self.keys) => msg,
                msg = self.inbox.recv() => msg,
                () = std::future::ready(()) => return Ok(()),
            };
            if let Some(msg) = msg {
                self.handle(msg).await?;
            }
        }
        Ok(())
    }

    async fn handle(&mut self, msg: Msg) -> std::io::Result<()> {
        crash::note(msg.name());
        if matches!(msg, Msg::Analysed(_))
            && let Some(asked) = self.asked.take()
        {
            self.quick = asked.elapsed() < FINDINGS_WAIT;
        }
        match &msg {
            Msg::Terminate(signal) => self.code = 128 + signal,
            Msg::Seat(_) => self.link.start(),
            _ => {}
        }
        let msg = self.named(msg);
        let msg = self.overridden(msg);
        let now = self.now();
        if self.changes.is_some() {
            app::update(&mut self.model, Msg::Clock(jiff::Timestamp::now().as_millisecond()));
        }
        let mut effects = app::update(&mut self.model, Msg::Tick(now));
        effects.extend(app::update(&mut self.model, msg));
        for effect in effects {
            self.perform(effect).await?;
        }
        Ok(())
    }

    /// What the command line says about looks wins over what was kept, for this run.
    fn overridden(&self, msg: Msg) -> Msg {
        match msg {
            Msg::Stored(mut stored) => {
                let kept = stored.settings.unwrap_or_default();
                stored.settings = Some(environment::over(&self.options, kept));
                Msg::Stored(stored)
            }
            other => other,
        }
    }

    /// A job's event under the id that the update function knows it by.
    fn named(&mut self, msg: Msg) -> Msg {
        let name = |names: &HashMap<JobId, JobId>, id| names.get(&id).copied().unwrap_or(id);
        match msg {
            Msg::Job(JobEvent::Progress(id, progress)) => {
                Msg::Job(JobEvent::Progress(name(&self.names, id), progress))
            }
            Msg::Job(JobEvent::Finished(id, outcome)) => {
                let ours = name(&self.names, id);
                self.names.remove(&id);
                Msg::Job(JobEvent::Finished(ours, outcome))
            }
            other => other,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn draw(&mut self) -> std::io::Result<()> {
        let model = &self.model;
        self.guard.draw(|frame| app::view(model, frame))
    }

    async fn perform(&mut self, effect: Effect) -> std::io::Result<()> {
        match effect {
            Effect::Quit => self.ending = true,
            Effect::Redraw => self.guard.clear()?,
            Effect::Retake => {
                terminal::leave();
                self.guard.resume()?;
            }
            Effect::Suspend => {
                self.keys = None;
                terminal::leave();
                terminal::stop_here();
                self.take_back()?;
            }
            Effect::EditExternally { path, line } => {
                self.disk.flush();
                self.keys = None;
                terminal::leave();
                let (said, meanwhile) = external::edit(&path, line, &mut self.inbox).await;
                self.take_back()?;
                self.disk.look();
                if let Err(reason) = said {
                    app::update(&mut self.model, Msg::Toast(Tone::Bad, reason));
                }
                for msg in meanwhile {
                    Box::pin(self.handle(msg)).await?;
                }
            }
            Effect::OpenShell(place) => {
                self.disk.flush();
                self.keys = None;
                terminal::leave();
                let (said, meanwhile) = shell::visit(&self.jobs, &place, &mut self.inbox).await;
                self.take_back()?;
                if let Err(reason) = said {
                    app::update(&mut self.model, Msg::Toast(Tone::Bad, reason));
                }
                for msg in meanwhile {
                    Box::pin(self.handle(msg)).await?;
                }
            }
            Effect::Copy(text) => match clipboard::copy_sequence(&text) {
                Some(sequence) => self.guard.send(&sequence)?,
                None => {
                    let said =
                        "Too long for the terminal's clipboard; it is copied inside the editor".to_owned();
                    app::update(&mut self.model, Msg::Toast(Tone::Plain, said));
                }
            },
            Effect::Start(id, job) => {
                let theirs = self.jobs.start(*job);
                self.names.insert(theirs, id);
            }
            Effect::Cancel(id) => {
                if let Some((theirs, _)) = self.names.iter().find(|(_, ours)| **ours == id) {
                    self.jobs.cancel(*theirs);
                }
            }
            Effect::Lead(change) => {
                let sent = self.changes.as_ref().map(|changes| changes.try_send(*change));
                if !matches!(sent, Some(Ok(()))) {
                    let said = "The host does not take that now: nothing was done".to_owned();
                    app::update(&mut self.model, Msg::Toast(Tone::Bad, said));
                }
            }
            Effect::Analyse(request) => self.wanted = Some(request),
            other => self.disk.perform(other),
        }
        Ok(())
    }

    /// The terminal is ours again, and may have another size by now.
    fn take_back(&mut self) -> std::io::Result<()> {
        self.guard.resume()?;
        self.keys = Some(Keys::new()?);
        app::update(&mut self.model, Msg::Back);
        if let Ok((width, height)) = crossterm::terminal::size() {
            app::update(&mut self.model, Msg::Resize(width, height));
        }
        Ok(())
    }
}

/// What the learner did next, if it means anything.
async fn typed(keys: &mut Option<Keys>) -> Option<Msg> {
    let gone = Msg::Terminate(signals::HANGUP);
    match keys {
        Some(keys) => keys.next().await.map_or(Some(gone), translate),
        None => Some(gone),
    }
}

fn translate(event: Event) -> Option<Msg> {
    Some(match event {
        Event::Key(key) => Msg::Key(key),
        Event::Mouse(mouse) => {
            use crossterm::event::MouseEventKind;
            // Mere movement changes nothing here, and would wake the loop at every cell.
            if matches!(mouse.kind, MouseEventKind::Moved) {
                return None;
            }
            Msg::Mouse(mouse)
        }
        Event::Paste(text) => Msg::Paste(text),
        Event::Resize(width, height) => Msg::Resize(width, height),
        Event::FocusGained => Msg::Focus(true),
        Event::FocusLost => Msg::Focus(false),
    })
}
