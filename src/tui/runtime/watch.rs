//! Watches the folder of a course for `--watch`: what is saved there is read anew and told.

use crate::course::{self, Source, page};
use crate::tui::message::Msg;
use notify::{RecursiveMode, Watcher};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Changes come in flocks: the course is read when there has been none for so long.
const FLOCK: Duration = Duration::from_millis(120);
/// The folders of a course.
const FOLDERS: [&str; 4] = ["lessons", "exercises", "solutions", "assets/examples"];

/// Watches `root` on a thread of its own, until nobody listens any more.
pub fn spawn(root: PathBuf, messages: UnboundedSender<Msg>) {
    std::thread::spawn(move || {
        let (touched, touches) = mpsc::channel();
        let on_event = move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !matches!(event.kind, notify::EventKind::Access(_))) {
                let _ = touched.send(());
            }
        };
        let Ok(mut watcher) = notify::recommended_watcher(on_event) else {
            let told = "The course cannot be watched here: open it again after a change".to_owned();
            let _ = messages.send(Msg::Toast(crate::tui::message::Tone::Bad, told));
            return;
        };
        loop {
            // A folder may have come, or been put in the place of another.
            let _ = watcher.watch(&root, RecursiveMode::NonRecursive);
            for folder in FOLDERS {
                let _ = watcher.watch(&root.join(folder), RecursiveMode::Recursive);
            }
            if touches.recv().is_err() {
                return;
            }
            while !matches!(
                touches.recv_timeout(FLOCK),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)
            ) {}
            let mut course = course::load(&Source::Folder(root.clone()));
            // A question that cannot be read is missing from its page and told nowhere else.
            let of_pages: Vec<_> =
                course.lessons.iter().flat_map(|lesson| page::split(lesson).problems).collect();
            course.problems.extend(of_pages);
            if messages.send(Msg::Reloaded(Arc::new(course))).is_err() {
                return;
            }
        }
    });
}
