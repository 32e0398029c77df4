//! The thread that owns everything on disk. Files are written a moment after the last edit and at
//! most a second after the first; what may not be written yet is kept in the journal.

mod files;

use crate::image::plan::Ledger;
use crate::store::Store;
use crate::tui::message::{Effect, Msg, Stored};
use crate::tui::screens::workbench::Choices;
use crate::tui::settings::Settings;
use crate::workshop::event::What;
use crate::workshop::link::{self, Heard};
use files::OpenFiles;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

/// The name under which settings are kept.
const SETTINGS: &str = "interface";
/// A change in the folder is told this long after the first sign of it: changes come in flocks.
const FLOCK: Duration = Duration::from_millis(150);
/// Leaving waits this long for the last writes.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// Where things are.
pub struct Places {
    /// The data folder.
    pub data: PathBuf,
    /// The learner's files.
    pub work: PathBuf,
    /// The course's folder, `None` for the embedded one.
    pub course: Option<PathBuf>,
    /// Notified when something was told to a workshop.
    pub told: Arc<Notify>,
}

/// What the thread is told.
enum Order {
    Do(Box<Effect>),
    /// Something may have changed in the open workspace.
    Touched,
    /// Write all that is pending, then answer.
    Flush(Sender<()>),
    Finish,
}

/// The thread's address.
pub struct Disk {
    orders: Sender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl Disk {
    /// Performs an effect that touches the disk, some time soon and in order.
    pub fn perform(&self, effect: Effect) {
        let _ = self.orders.send(Order::Do(Box::new(effect)));
    }

    /// Waits until everything typed so far is on disk; answers whether it came to that.
    pub fn flush(&self) -> bool {
        let (done, wait) = mpsc::channel();
        self.orders.send(Order::Flush(done)).is_ok() && wait.recv_timeout(LAST_WRITES).is_ok()
    }

    /// Looks whether somebody else wrote one of the files, also where nothing watches them.
    pub fn look(&self) {
        let _ = self.orders.send(Order::Touched);
    }

    /// Writes what is pending and ends the thread. A disk that hangs is not waited for.
    pub fn finish(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        let written = self.flush();
        let _ = self.orders.send(Order::Finish);
        if written {
            let _ = thread.join();
        }
    }
}

/// Also while a panic unwinds: what was typed is on disk before the program is gone.
impl Drop for Disk {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Starts the thread. The first thing it says is what the store knows.
pub fn spawn(places: Places, messages: UnboundedSender<Msg>) -> Disk {
    let (orders, inbox) = mpsc::channel();
    let own = orders.clone();
    let thread = std::thread::spawn(move || {
        let mut keeper =
            Keeper { store: None, seat: None, files: None, touched: None, places, messages, own };
        keeper.open_store();
        keeper.serve(&inbox);
    });
    Disk { orders, thread: Some(thread) }
}

struct Keeper {
    store: Option<Store>,
    /// The workshop in which there is a seat.
    seat: Option<String>,
    files: Option<OpenFiles>,
    /// When the screen is to hear that something changed in the folder.
    touched: Option<Instant>,
    places: Places,
    messages: UnboundedSender<Msg>,
    own: Sender<Order>,
}

impl Keeper {
    fn say(&self, msg: Msg) {
        // Nobody listens only when the program is about to end.
        let _ = self.messages.send(msg);
    }

    fn open_store(&mut self) {
        // The same name as the command line gives it, so that both keep progress in one place.
        let real = |dir: &PathBuf| dir.canonicalize().unwrap_or_else(|_| dir.clone()).display().to_string();
        let course = self.places.course.as_ref().map(real).unwrap_or_default();
        let mut stored = Stored::default();
        match Store::open_or_forget(&self.places.data).map(|store| store.for_course(course)) {
            Ok(store) => {
                stored.notice = store.notice().map(str::to_owned);
                match store.progress() {
                    Ok(progress) => stored.progress = progress,
                    Err(error) => stored.notice = Some(told(&error)),
                }
                let kept = store.setting(SETTINGS).ok().flatten();
                stored.settings = kept.map(|text| Settings::from_text(&text));
                self.store = Some(store);
            }
            Err(error) => stored.notice = Some(told(&error)),
        }
        self.say(Msg::Stored(Box::new(stored)));
        match self.store.as_ref().map(link::taken) {
            Some(Ok(Some(taken))) => {
                self.seat = Some(taken.workshop.clone());
                self.say(Msg::Seat(Box::new(taken)));
            }
            Some(Err(error)) => {
                self.say(Msg::StoreFailed(format!("The seat in the workshop cannot be used: {error}")));
            }
            Some(Ok(None)) | None => {}
        }
    }

    /// Puts something into the outbox, and wakes who sends it.
    fn tell(&self, what: &What) {
        let (Some(store), Some(workshop)) = (&self.store, &self.seat) else { return };
        let kept = link::tell(store, workshop, what).and_then(|seq| Ok((seq, store.unsent(workshop)?)));
        match kept {
            Ok((seq, unsent)) => {
                if let (What::Help { .. }, Some(seq)) = (what, seq) {
                    self.say(Msg::Workshop(Box::new(Heard::Called(seq))));
                }
                self.say(Msg::Workshop(Box::new(Heard::Unsent(unsent))));
                self.places.told.notify_one();
            }
            Err(error) => self.say(Msg::StoreFailed(format!("The workshop was not told: {}", told(&error)))),
        }
    }

    fn serve(&mut self, inbox: &Receiver<Order>) {
        loop {
            let due = self.files.as_ref().and_then(OpenFiles::due).into_iter().chain(self.touched).min();
            let order = match due {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(at) => inbox.recv_timeout(at.saturating_duration_since(Instant::now())),
            };
            match order {
                Ok(Order::Do(effect)) => self.perform(*effect),
                Ok(Order::Touched) => {
                    if let Some(files) = &mut self.files {
                        files.look(&self.messages);
                        self.touched.get_or_insert_with(|| Instant::now() + FLOCK);
                    }
                }
                Ok(Order::Flush(done)) => {
                    self.write_all();
                    let _ = done.send(());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Order::Finish) | Err(RecvTimeoutError::Disconnected) => {
                    self.write_all();
                    return;
                }
            }
            if let Some(files) = &mut self.files {
                files.write_due(Instant::now(), &self.messages);
            }
            if self.touched.is_some_and(|at| at <= Instant::now()) {
                self.touched = None;
                self.say(Msg::Touched);
            }
        }
    }

    fn write_all(&mut self) {
        if let Some(files) = &mut self.files {
            files.write_all(&self.messages);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::OpenWorkspace(exercise) => {
                self.write_all();
                let own = self.own.clone();
                let touched = move || {
                    let _ = own.send(Order::Touched);
                };
                let start_size = self.start_size(&exercise.id);
                let history = self.store.as_ref().and_then(|store| store.builds(&exercise.id).ok());
                let history = history.unwrap_or_default();
                let choices = self.setting(&choices_key(&exercise.id));
                let choices = choices.map(|text| Choices::from_text(&text)).unwrap_or_default();
                let ledger = self.setting(&builds_key(&exercise.id)).map(|text| Ledger::from_text(&text));
                match OpenFiles::open(&self.places.work, *exercise, touched) {
                    Ok((files, mut workspace)) => {
                        workspace.start_size = start_size;
                        workspace.history = history;
                        workspace.choices = choices;
                        workspace.ledger = ledger.unwrap_or_default();
                        self.files = Some(files);
                        self.say(Msg::Workspace(Box::new(workspace)));
                    }
                    Err(reason) => self.say(Msg::StoreFailed(format!(
                        "The exercise's folder cannot be written, so it is not opened. \
                         --workspace DIR takes another folder. {reason}"
                    ))),
                }
            }
            Effect::CloseWorkspace => {
                self.write_all();
                self.files = None;
            }
            Effect::Reset(exercise) => {
                let Some(mut files) = self.files.take() else { return };
                files.write_all(&self.messages);
                match files.reset() {
                    Ok(backup) => {
                        drop(files);
                        self.perform(Effect::OpenWorkspace(exercise));
                        let text = format!("Back to the start. Your work is kept in {}", backup.display());
                        self.say(Msg::Toast(crate::tui::message::Tone::Good, text));
                    }
                    Err(reason) => {
                        self.files = Some(files);
                        self.say(Msg::StoreFailed(reason));
                    }
                }
            }
            Effect::Save { exercise, path, text, revision, force } => {
                if let Some(files) = &mut self.files {
                    files.note(&exercise, path, text, revision, force);
                }
            }
            Effect::Remember(place) => self.keep(|store| store.set_place(&place)),
            Effect::RememberLesson(slug, lesson) => self.keep(|store| store.set_lesson(&slug, lesson)),
            Effect::RememberQuiz { id, answer, correct } => {
                self.keep(|store| store.answer_quiz(&id, &answer, correct));
            }
            Effect::RememberHint(exercise, opened) => self.keep(|store| store.open_hint(&exercise, opened)),
            Effect::RememberReport(report) => self.keep(|store| store.record_attempt(&report.attempt())),
            Effect::StartWhenSaved(id, job) => {
                self.write_all();
                self.say(Msg::Saved(id, job));
            }
            Effect::RememberStartSize(exercise, bytes) => {
                self.keep(|store| store.set_setting(&start_size_key(&exercise), &bytes.to_string()));
            }
            Effect::RememberBuilds(exercise, ledger) => {
                self.keep(|store| store.set_setting(&builds_key(&exercise), &ledger.to_text()));
            }
            Effect::RecordBuild(exercise, build) => self.keep(|store| store.record_build(&exercise, &build)),
            Effect::RememberChoices(exercise, choices) => {
                self.keep(|store| store.set_setting(&choices_key(&exercise), &choices.to_text()));
            }
            Effect::Tell(what) => self.tell(&what),
            Effect::RememberSettings(settings) => {
                self.keep(|store| store.set_setting(SETTINGS, &settings.to_text()));
            }
            // The rest is performed on the thread that draws.
            Effect::Quit
            | Effect::Suspend
            | Effect::Redraw
            | Effect::Retake
            | Effect::Start(..)
            | Effect::Cancel(_)
            | Effect::Analyse(_)
            | Effect::Copy(_)
            | Effect::Lead(_)
            | Effect::OpenShell(_)
            | Effect::EditExternally { .. } => {}
        }
    }

    fn start_size(&self, exercise: &str) -> Option<u64> {
        self.setting(&start_size_key(exercise))?.parse().ok()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.store.as_ref()?.setting(name).ok()?
    }

    fn keep(&self, write: impl FnOnce(&Store) -> Result<(), crate::store::StoreError>) {
        if let Some(store) = &self.store
            && let Err(error) = write(store)
        {
            self.say(Msg::StoreFailed(format!("Progress was not kept: {}", told(&error))));
        }
    }
}

fn builds_key(exercise: &str) -> String {
    format!("builds/{exercise}")
}

fn choices_key(exercise: &str) -> String {
    format!("build-options/{exercise}")
}

fn start_size_key(exercise: &str) -> String {
    format!("start-size/{exercise}")
}

/// An error with its causes, for a person.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
