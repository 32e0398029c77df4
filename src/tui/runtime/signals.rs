//! Signals as messages: the terminal is restored whichever of them comes.

use crate::tui::message::Msg;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

/// The terminal is gone; the number is the same on every system, as is that of [`INTERRUPT`].
pub const HANGUP: u8 = 1;
/// Ctrl-C, while the terminal is not in our hands.
pub const INTERRUPT: u8 = 2;

/// Listens until aborted.
#[cfg(unix)]
pub fn listen(messages: UnboundedSender<Msg>) -> JoinHandle<()> {
    use crate::tui::keymap::Action;
    use tokio::signal::unix::{SignalKind, signal};
    const SIGCONT: i32 = rustix::process::Signal::CONT.as_raw();
    const SIGTSTP: i32 = rustix::process::Signal::TSTP.as_raw();
    const SIGWINCH: i32 = rustix::process::Signal::WINCH.as_raw();
    // Registered here and not in the task: a signal right after the start must find them.
    let kinds = [
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
        SignalKind::from_raw(SIGTSTP),
        SignalKind::from_raw(SIGCONT),
        SignalKind::window_change(),
    ];
    let streams: Vec<_> = kinds.iter().map(|kind| signal(*kind).ok()).collect();
    tokio::spawn(async move {
        let listeners = streams.into_iter().zip(kinds).filter_map(|(stream, kind)| Some((stream?, kind)));
        let mut tasks = tokio::task::JoinSet::new();
        for (mut stream, kind) in listeners {
            let messages = messages.clone();
            tasks.spawn(async move {
                while stream.recv().await.is_some() {
                    let msg = match kind.as_raw_value() {
                        SIGTSTP => Msg::Act(Action::Suspend),
                        SIGCONT => Msg::Resumed,
                        SIGWINCH => match crossterm::terminal::size() {
                            Ok((width, height)) => Msg::Resize(width, height),
                            Err(_) => continue,
                        },
                        number => Msg::Terminate(u8::try_from(number).unwrap_or_default()),
                    };
                    if messages.send(msg).is_err() {
                        break;
                    }
                }
            });
        }
        while tasks.join_next().await.is_some() {}
    })
}

/// Elsewhere only Ctrl-C is known.
#[cfg(not(unix))]
pub fn listen(messages: UnboundedSender<Msg>) -> JoinHandle<()> {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            let _ = messages.send(Msg::Terminate(INTERRUPT));
        }
    })
}
