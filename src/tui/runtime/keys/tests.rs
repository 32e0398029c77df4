//! Keys of a real terminal: none is lost, none is taken from a guest.
#![cfg(unix)]

use super::here::{Bytes, Keys};
use crossterm::event::{Event, KeyCode};
use portable_pty::{MasterPty, PtySize, native_pty_system};
use std::fs::File;
use std::io::{Read as _, Write};

/// A terminal, and who types on it.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    slave: File,
}

impl Terminal {
    fn new() -> Self {
        let pair = native_pty_system().openpty(PtySize::default()).expect("a pseudo-terminal");
        let name = pair.master.tty_name().expect("its name");
        let slave = File::options().read(true).write(true).open(name).expect("the terminal");
        let mut modes = rustix::termios::tcgetattr(&slave).expect("its modes");
        modes.make_raw();
        rustix::termios::tcsetattr(&slave, rustix::termios::OptionalActions::Now, &modes).expect("raw");
        let keyboard = pair.master.take_writer().expect("a keyboard");
        Self { master: pair.master, keyboard, slave }
    }

    fn press(&mut self, bytes: &[u8]) {
        self.keyboard.write_all(bytes).and_then(|()| self.keyboard.flush()).expect("keys");
    }

    fn keys(&self) -> Keys {
        Keys::of(Bytes::of(self.slave.try_clone().expect("another handle").into()).expect("bytes"))
    }
}

async fn character(keys: &mut Keys) -> char {
    match keys.next().await {
        Ok(Event::Key(key)) => match key.code {
            KeyCode::Char(character) => character,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn more_keys_than_are_read_at_once_are_all_heard() {
    let mut terminal = Terminal::new();
    let mut keys = terminal.keys();
    // As much as a terminal keeps for a reader that is busy, and nothing after it.
    terminal.press(&[b'a'; 4000]);
    for _ in 0..4000 {
        assert_eq!(character(&mut keys).await, 'a');
    }
    terminal.press(b"b");
    assert_eq!(character(&mut keys).await, 'b');
}

#[tokio::test]
async fn what_is_typed_while_the_terminal_is_lent_is_the_guests() {
    let mut terminal = Terminal::new();
    for _ in 0..20 {
        let mut keys = terminal.keys();
        terminal.press(b"a");
        assert_eq!(character(&mut keys).await, 'a');
        // Waiting when the terminal is lent, as the program is.
        tokio::select! { biased; _ = keys.next() => panic!("nothing was typed"), () = std::future::ready(()) => {} }
        drop(keys);
        terminal.press(b"guest");
        let mut bytes = [0; 5];
        terminal.slave.read_exact(&mut bytes).expect("the guest's keys");
        assert_eq!(&bytes, b"guest");
        terminal.press(b"z");
        assert_eq!(character(&mut terminal.keys()).await, 'z');
    }
}

#[tokio::test]
async fn a_terminal_that_is_gone_is_an_error() {
    let Terminal { master, keyboard, slave } = Terminal::new();
    let mut keys = Keys::of(Bytes::of(slave.into()).expect("bytes"));
    drop((master, keyboard));
    assert!(keys.next().await.is_err());
}
