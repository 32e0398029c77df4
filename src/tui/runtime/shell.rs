//! The terminal in the hands of a shell in a container: keys go there as they are typed, what it says
//! comes out, until it ends. Whatever happens meanwhile, the terminal comes back as it was.

use crate::engine::{Engine, EngineError, Shell};
use crate::jobs::{JobEvent, Jobs};
use crate::text::guest::Guest;
use crate::tui::message::{Msg, ShellPlace};
use crate::tui::terminal::Lent;
use std::io::Write;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

/// Messages that wait at most until the shell ends.
const MOST: usize = 20_000;
/// Exit codes with which engines say that there was nothing to execute.
const NO_SHELL: [i64; 2] = [126, 127];

/// Opens a shell and gives it the terminal, which must have been left before. Answers with what to say
/// about it and with the messages that came meanwhile.
pub async fn visit(
    jobs: &Jobs,
    place: &ShellPlace,
    inbox: &mut UnboundedReceiver<Msg>,
) -> (Result<(), String>, Vec<Msg>) {
    let mut meanwhile = Vec::new();
    let said = match jobs.engine().await {
        Ok(engine) => {
            let said = stay(&engine, place, inbox, &mut meanwhile).await;
            if let ShellPlace::Image { id, .. } = place {
                engine.drop_unnamed(id).await;
            }
            said
        }
        Err(error) => Err(format!("No container engine answers: {error}")),
    };
    (said, meanwhile)
}

fn told(error: EngineError) -> String {
    let text = error.to_string();
    let missing = text.contains("/bin/sh") && (text.contains("no such file") || text.contains("not found"));
    if missing { NO_SHELL_THERE.to_owned() } else { format!("The shell could not be opened: {text}") }
}

const NO_SHELL_THERE: &str =
    "There is no shell in this image; open one in an earlier stage, which is built on an image that has one";

async fn stay(
    engine: &Engine,
    place: &ShellPlace,
    inbox: &mut UnboundedReceiver<Msg>,
    meanwhile: &mut Vec<Msg>,
) -> Result<(), String> {
    let size = crossterm::terminal::size().unwrap_or((80, 24));
    println!("{}\r\nLeave it with `exit` or Ctrl-D.\r", place.banner());
    let opened = match place {
        ShellPlace::Container(id) => engine.shell_in(id, size).await,
        ShellPlace::Image { id, .. } => engine.shell_of(id, size, CancellationToken::new()).await,
    };
    let mut shell = opened.map_err(told)?;
    let ended = {
        let _lent = Lent::new().map_err(|error| format!("The terminal cannot be lent: {error}"))?;
        talk(&mut shell, inbox, meanwhile).await
    };
    match ended {
        // Somebody wants us gone; whatever holds the shell is removed with it.
        End::Asked => Ok(()),
        End::Shell { silent } => match shell.end().await {
            Ok(code) if silent && NO_SHELL.contains(&code) => Err(NO_SHELL_THERE.to_owned()),
            Ok(_) => Ok(()),
            Err(EngineError::NotFound(_)) => Ok(()),
            Err(error) => Err(format!("The shell was lost: {error}")),
        },
        End::Terminal(error) => Err(format!("The terminal was lost: {error}")),
    }
}

/// Keeps a message for later. Of a container that goes on talking, the latest words have to do.
fn keep(meanwhile: &mut Vec<Msg>, msg: Msg) {
    if meanwhile.len() >= MOST {
        let is_log = |msg: &Msg| matches!(msg, Msg::Job(JobEvent::Progress(..)));
        let mut older = meanwhile.len() / 2;
        meanwhile.retain(|msg| {
            older = older.saturating_sub(1);
            older == 0 || !is_log(msg)
        });
    }
    meanwhile.push(msg);
}

/// Why the talk is over.
enum End {
    /// The shell ended; it said nothing, or only why it could not be started.
    Shell { silent: bool },
    /// The program is asked to end.
    Asked,
    /// The terminal is gone.
    Terminal(std::io::Error),
}

#[cfg(unix)]
async fn talk(shell: &mut Shell, inbox: &mut UnboundedReceiver<Msg>, meanwhile: &mut Vec<Msg>) -> End {
    use super::keys::Bytes;
    use super::signals::INTERRUPT;
    use tokio::signal::unix::{SignalKind, signal};

    let keys = match Bytes::new() {
        Ok(keys) => keys,
        Err(error) => return End::Terminal(error),
    };
    let mut resized = signal(SignalKind::window_change()).ok();
    let mut guest = Guest::default();
    let mut out = std::io::stdout();
    let mut silent = true;
    loop {
        tokio::select! {
            biased;
            typed = keys.read() => match typed {
                Ok((typed, _)) => shell.write(&typed),
                Err(error) => return End::Terminal(error),
            },
            said = shell.read() => match said {
                Some(bytes) => {
                    let refused = silent && bytes.starts_with(b"OCI runtime exec failed");
                    silent = refused;
                    if !refused
                        && let Err(error) = out.write_all(&guest.pass(&bytes)).and_then(|()| out.flush())
                    {
                        return End::Terminal(error);
                    }
                }
                None => return End::Shell { silent },
            },
            Some(()) = async { match &mut resized { Some(resized) => resized.recv().await, None => None } } => {
                if let Ok(size) = crossterm::terminal::size() {
                    shell.resize(size).await;
                }
            }
            Some(msg) = inbox.recv() => match msg {
                // Keys that mean a signal go to the shell; these come from elsewhere, and are not for us.
                Msg::Terminate(INTERRUPT) | Msg::Resumed => {}
                Msg::Terminate(_) => {
                    meanwhile.push(msg);
                    return End::Asked;
                }
                other => keep(meanwhile, other),
            },
        }
    }
}

/// Elsewhere terminals are lent another way, which nobody has written.
#[cfg(not(unix))]
async fn talk(_: &mut Shell, _: &mut UnboundedReceiver<Msg>, _: &mut Vec<Msg>) -> End {
    End::Terminal(std::io::ErrorKind::Unsupported.into())
}
