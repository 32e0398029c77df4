//! A file in the learner's own editor.

use super::signals::INTERRUPT;
use crate::store::editor;
use crate::tui::keymap::Action;
use crate::tui::message::Msg;
use crate::tui::terminal;
use std::path::Path;
use tokio::process::Child;
use tokio::sync::mpsc::UnboundedReceiver;

/// Opens `path` in `$VISUAL` or `$EDITOR`, else `vi`, and waits until it is closed. The terminal
/// must have been left before. Answers also with the messages that came meanwhile.
pub async fn edit(
    path: &Path,
    line: usize,
    inbox: &mut UnboundedReceiver<Msg>,
) -> (Result<(), String>, Vec<Msg>) {
    let (program, arguments) = editor::command(path, line);
    let mut process = tokio::process::Command::new(&program);
    process.args(arguments);
    let mut meanwhile = Vec::new();
    let status = match process.spawn() {
        Ok(mut editor) => loop {
            tokio::select! {
                status = editor.wait() => break status,
                Some(msg) = inbox.recv() => match msg {
                    // The terminal sends keys that mean a signal to us as well: Ctrl-C is the
                    // editor's own, with Ctrl-Z the shell waits until both of us have stopped.
                    Msg::Terminate(INTERRUPT) | Msg::Resumed => {}
                    Msg::Act(Action::Suspend) => terminal::stop_here(),
                    other => {
                        if matches!(other, Msg::Terminate(_)) {
                            terminate(&editor);
                        }
                        meanwhile.push(other);
                    }
                },
            }
        },
        Err(error) => {
            let reason = format!("{program} could not be started ({error}). Set EDITOR to your editor.");
            return (Err(reason), meanwhile);
        }
    };
    let said = match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} ended with {status}")),
        Err(error) => Err(format!("{program} was lost sight of: {error}")),
    };
    (said, meanwhile)
}

/// Asks the editor to end, since we were asked to. It saves what it can.
#[cfg(unix)]
fn terminate(editor: &Child) {
    use rustix::process::{Pid, Signal, kill_process};
    // While it has not been waited for, the id is its own.
    let id = editor.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(id) = id {
        let _ = kill_process(id, Signal::TERM);
    }
}

/// Elsewhere it is left to end by itself.
#[cfg(not(unix))]
fn terminate(_: &Child) {}
