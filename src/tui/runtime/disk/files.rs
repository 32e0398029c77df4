//! The files of the open workspace: pending writes, the journal behind them, and what others wrote.

use super::told;
use crate::course::model::Exercise;
use crate::image::plan::Ledger;
use crate::store::journal::{Journal, Recovered};
use crate::store::workspace::{Outside, Stamp, Workspace, WorkspaceError};
use crate::tui::message::{self, FileMsg, Msg, WorkspaceFile};
use notify::{RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// A file is written when nobody has typed for this long.
const PAUSE: Duration = Duration::from_millis(300);
/// It is written this long after the first edit even while somebody types.
const LONGEST: Duration = Duration::from_millis(900);
/// A write that failed is tried again after this.
const AGAIN: Duration = Duration::from_secs(5);

/// The open workspace.
pub struct OpenFiles {
    exercise: Exercise,
    workspace: Workspace,
    files: BTreeMap<String, OpenFile>,
    /// Kept because dropping it ends the watch.
    _watcher: Option<notify::RecommendedWatcher>,
}

struct OpenFile {
    stamp: Option<Stamp>,
    journal: Journal,
    recovered: Option<Recovered>,
    pending: Option<Pending>,
    /// Somebody else wrote the file: nothing is written before the learner chose.
    held: bool,
}

struct Pending {
    text: String,
    revision: u64,
    due: Instant,
    latest: Instant,
}

impl OpenFiles {
    /// Lays down and reads the files of `exercise`; `touched` is called from another thread when
    /// something changes in the folder.
    pub fn open(
        root: &Path,
        exercise: Exercise,
        touched: impl Fn() + Send + 'static,
    ) -> Result<(Self, message::Workspace), String> {
        let workspace = Workspace::open(root, &exercise.id, exercise.start_files())
            .and_then(|workspace| workspace.lay_down_zeros(exercise.zero_files()).map(|()| workspace))
            .map_err(|error| told(&error))?;
        let mut recovered: BTreeMap<String, Recovered> =
            workspace.recover().into_iter().map(|found| (found.path.clone(), found)).collect();
        let mut files = BTreeMap::new();
        let mut shown = Vec::new();
        let mut notices = Vec::new();
        for file in &exercise.files {
            let (text, stamp) = match workspace.load(&file.path) {
                Ok((bytes, stamp)) => match String::from_utf8(bytes) {
                    Ok(text) => (Some(text), Some(stamp)),
                    Err(_) => {
                        notices.push(format!("{} is not text and is not shown", file.path));
                        continue;
                    }
                },
                Err(WorkspaceError::TooLarge { .. }) => {
                    notices.push(format!("{} is too large to be shown", file.path));
                    continue;
                }
                Err(_) => (None, None),
            };
            let found = recovered.remove(&file.path);
            let typed =
                found.as_ref().map(|found| found.text.clone()).filter(|typed| Some(typed) != text.as_ref());
            if typed.is_some() {
                notices.push(format!(
                    "What you typed last in {} was brought back; undo takes it away",
                    file.path
                ));
            }
            shown.push(WorkspaceFile {
                path: file.path.clone(),
                edit: file.edit,
                text,
                start: file.start.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
                recovered: typed,
            });
            let journal = workspace.journal(&file.path);
            let open = OpenFile { stamp, journal, recovered: found, pending: None, held: false };
            files.insert(file.path.clone(), open);
        }
        let watcher = watch(workspace.dir(), touched);
        let told = message::Workspace {
            dir: workspace.dir().to_owned(),
            exercise: exercise.clone(),
            files: shown,
            start_size: None,
            history: Vec::new(),
            choices: Default::default(),
            ledger: Ledger::default(),
            notices,
        };
        Ok((Self { exercise, workspace, files, _watcher: watcher }, told))
    }

    /// A new version of a file.
    pub fn note(&mut self, exercise: &str, path: String, text: String, revision: u64, force: bool) {
        if exercise != self.exercise.id {
            return;
        }
        let Some(file) = self.files.get_mut(&path) else { return };
        if force {
            file.held = false;
            // Whatever is there now has been seen, and taken or refused.
            let (bytes, stamp) = self.workspace.load(&path).ok().unzip();
            file.stamp = stamp;
            if bytes.as_deref() == Some(text.as_bytes()) {
                file.pending = None;
                file.journal.clear();
                return;
            }
        }
        let now = Instant::now();
        let latest = file.pending.as_ref().map_or(now + LONGEST, |pending| pending.latest);
        let due = if force { now } else { (now + PAUSE).min(latest) };
        file.pending = Some(Pending { text, revision, due, latest });
    }

    /// When something has to be written next.
    pub fn due(&self) -> Option<Instant> {
        self.files.values().filter_map(|file| file.pending.as_ref()).map(|pending| pending.due).min()
    }

    /// Writes what is due.
    pub fn write_due(&mut self, now: Instant, messages: &UnboundedSender<Msg>) {
        let paths: Vec<String> = self
            .files
            .iter()
            .filter(|(_, file)| file.pending.as_ref().is_some_and(|pending| pending.due <= now))
            .map(|(path, _)| path.clone())
            .collect();
        for path in paths {
            self.write(&path, messages);
        }
    }

    /// Writes everything that is pending.
    pub fn write_all(&mut self, messages: &UnboundedSender<Msg>) {
        let paths: Vec<String> =
            self.files.iter().filter(|(_, f)| f.pending.is_some()).map(|(path, _)| path.clone()).collect();
        for path in paths {
            self.write(&path, messages);
        }
    }

    fn write(&mut self, path: &str, messages: &UnboundedSender<Msg>) {
        let exercise = self.exercise.id.clone();
        let Some(file) = self.files.get_mut(path) else { return };
        let Some(pending) = file.pending.take() else { return };
        if file.held {
            // The learner has not chosen yet: the journal keeps it, and the question comes again.
            let _ = file.journal.note(&pending.text);
            file.stamp = None;
            self.look(messages);
            return;
        }
        let result = self.workspace.save_unless_changed(path, pending.text.as_bytes(), file.stamp.as_ref());
        let msg = match result {
            Ok(stamp) => {
                file.stamp = Some(stamp);
                file.journal.clear();
                if let Some(recovered) = file.recovered.take() {
                    recovered.discard();
                }
                FileMsg::Saved { exercise, path: path.to_owned(), revision: pending.revision }
            }
            Err(WorkspaceError::Changed { .. }) => {
                let _ = file.journal.note(&pending.text);
                self.look(messages);
                return;
            }
            Err(error) => {
                let _ = file.journal.note(&pending.text);
                let now = Instant::now();
                file.pending = Some(Pending { due: now + AGAIN, latest: now + AGAIN, ..pending });
                FileMsg::SaveFailed { exercise, path: path.to_owned(), reason: told(&error) }
            }
        };
        let _ = messages.send(Msg::File(msg));
    }

    /// Looks whether somebody else wrote one of the files.
    pub fn look(&mut self, messages: &UnboundedSender<Msg>) {
        for (path, file) in &mut self.files {
            let text = match self.workspace.outside(path, file.stamp.as_ref()) {
                Outside::Same => continue,
                Outside::Deleted => {
                    file.stamp = None;
                    None
                }
                Outside::Changed => match self.workspace.load(path) {
                    Ok((bytes, stamp)) => {
                        file.stamp = Some(stamp);
                        match String::from_utf8(bytes) {
                            Ok(text) => Some(text),
                            Err(_) => continue,
                        }
                    }
                    Err(_) => continue,
                },
            };
            // What waits to be written is another version; the screen decides between the two.
            file.held = text.is_some();
            if let (true, Some(pending)) = (file.held, file.pending.take()) {
                let _ = file.journal.note(&pending.text);
            }
            let exercise = self.exercise.id.clone();
            let _ = messages.send(Msg::File(FileMsg::Changed { exercise, path: path.clone(), text }));
        }
    }

    /// Puts the start files back; answers where the work so far is kept.
    pub fn reset(&self) -> Result<PathBuf, String> {
        let again = || {
            let backup = self.workspace.reset(self.exercise.start_files())?;
            self.workspace.lay_down_zeros(self.exercise.zero_files())?;
            Ok(backup)
        };
        again().map_err(|error: WorkspaceError| told(&error))
    }
}

/// Watches a folder. Without a watcher, changes from outside are still seen before each write.
fn watch(dir: &Path, touched: impl Fn() + Send + 'static) -> Option<notify::RecommendedWatcher> {
    let on_event = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !matches!(event.kind, notify::EventKind::Access(_))) {
            touched();
        }
    };
    let mut watcher = notify::recommended_watcher(on_event).ok()?;
    watcher.watch(dir, RecursiveMode::Recursive).ok()?;
    Some(watcher)
}
