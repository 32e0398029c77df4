//! A program in a real pseudo-terminal. One thread reads what it writes, feeds a terminal model and
//! answers the questions that a terminal answers; whoever waits is woken by it.
//!
//! A program started here leads its own session, and the system does not stop such a one by SIGTSTP. A
//! journey with Ctrl-Z starts a shell with job control (`bash -i`), ours from there, and waits for the
//! shell's `Stopped`.

use super::{bytes, keys};
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Columns and rows.
pub type Size = (u16, u16);

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(u32),
    /// By a signal, in the system's words: `Killed`, `Terminated`.
    Signal(String),
}

/// How long a wait may take before it fails. Generous, because a wait ends as soon as it is met and
/// the test machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the program has shown so far.
struct State {
    parser: vt100::Parser<Terminal>,
    raw: Vec<u8>,
    last: Instant,
    closed: bool,
    exit: Option<Exit>,
}

/// What a terminal does beside drawing.
#[derive(Default)]
struct Terminal {
    replies: Vec<u8>,
    clipboard: Vec<Vec<u8>>,
    title: String,
}

impl vt100::Callbacks for Terminal {
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], data: &[u8]) {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(data);
        self.clipboard.push(bytes.unwrap_or_else(|_| panic!("the clipboard was sent broken base64")));
    }

    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.title = String::from_utf8_lossy(title).into_owned();
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        action: char,
    ) {
        match (first, params, action) {
            (None, [[6]], 'n') => {
                let (row, column) = screen.cursor_position();
                self.replies.extend(format!("\x1b[{};{}R", row + 1, column + 1).bytes());
            }
            (None, _, 'c') => self.replies.extend(b"\x1b[?62;22c"),
            _ => {}
        }
    }
}

/// A running program and its terminal. Dropping it kills the program.
pub struct Session {
    state: Arc<(Mutex<State>, Condvar)>,
    master: Box<dyn MasterPty + Send>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    pid: Pid,
    started: Instant,
    patience: Duration,
    threads: Vec<JoinHandle<()>>,
}

impl Session {
    /// Starts `program` with exactly this environment; [`Home::start`](super::Home::start) is the usual
    /// way here.
    pub fn spawn(program: &str, args: &[&str], size: Size, env: &[(String, String)], cwd: &Path) -> Self {
        let pair = native_pty_system().openpty(pty_size(size)).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.args(args);
        command.cwd(cwd);
        for (name, value) in env {
            command.env(name, value);
        }
        let mut reader = pair.master.try_clone_reader().expect("the terminal's output");
        let writer = Arc::new(Mutex::new(pair.master.take_writer().expect("the terminal's input")));
        let started = Instant::now();
        let mut child =
            pair.slave.spawn_command(command).unwrap_or_else(|e| panic!("cannot start {program}: {e}"));
        drop(pair.slave); // or the output would never end
        let pid = child.process_id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("a process id");
        let parser = vt100::Parser::new_with_callbacks(size.1, size.0, 0, Terminal::default());
        let state = State { parser, raw: Vec::new(), last: started, closed: false, exit: None };
        let state = Arc::new((Mutex::new(state), Condvar::new()));

        let (shared, answers) = (Arc::clone(&state), Arc::clone(&writer));
        let output = std::thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            // On Linux the end of a pseudo-terminal is an error (EIO), elsewhere an empty read.
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let at = Instant::now();
                let mut state = lock(&shared.0);
                state.last = at;
                state.raw.extend(&buffer[..count]);
                state.parser.process(&buffer[..count]);
                let replies = std::mem::take(&mut state.parser.callbacks_mut().replies);
                drop(state);
                shared.1.notify_all();
                if !replies.is_empty() {
                    let _ = lock(&answers).write_all(&replies);
                }
            }
            lock(&shared.0).closed = true;
            shared.1.notify_all();
        });
        let shared = Arc::clone(&state);
        let exit = std::thread::spawn(move || {
            let status = child.wait().expect("the program's exit status");
            lock(&shared.0).exit = Some(match status.signal() {
                Some(signal) => Exit::Signal(signal.to_owned()),
                None => Exit::Code(status.exit_code()),
            });
            shared.1.notify_all();
        });
        Self {
            state,
            master: pair.master,
            writer,
            pid,
            started,
            patience: PATIENCE,
            threads: vec![output, exit],
        }
    }

    /// Waits longer, or less long, than the usual half minute.
    pub fn patience(&mut self, patience: Duration) -> &mut Self {
        self.patience = patience;
        self
    }

    /// Presses a key by its name, as `keys::encode` knows them.
    pub fn send(&mut self, key: &str) -> &mut Self {
        self.send_bytes(&keys::encode(key))
    }

    /// Types text, character by character, as a keyboard would.
    pub fn type_text(&mut self, text: &str) -> &mut Self {
        for character in text.chars() {
            let byte = if character == '\n' { "\r".to_owned() } else { character.to_string() };
            self.send_bytes(byte.as_bytes());
        }
        self
    }

    /// A bracketed paste.
    pub fn paste(&mut self, text: &str) -> &mut Self {
        self.send_bytes(format!("\x1b[200~{text}\x1b[201~").as_bytes())
    }

    /// Presses and releases the left button over a cell, counted from 1.
    pub fn click(&mut self, column: u16, row: u16) -> &mut Self {
        self.send_bytes(format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m").as_bytes())
    }

    /// Drags with the left button from one cell to another, counted from 1.
    pub fn drag(&mut self, from: (u16, u16), to: (u16, u16)) -> &mut Self {
        let ((a, b), (c, d)) = (from, to);
        self.send_bytes(format!("\x1b[<0;{a};{b}M\x1b[<32;{c};{d}M\x1b[<0;{c};{d}m").as_bytes())
    }

    /// Turns the wheel by `lines` over a cell, counted from 1; up when negative.
    pub fn wheel(&mut self, column: u16, row: u16, lines: i32) -> &mut Self {
        let button = if lines < 0 { 64 } else { 65 };
        let one = format!("\x1b[<{button};{column};{row}M");
        self.send_bytes(one.repeat(lines.unsigned_abs() as usize).as_bytes())
    }

    /// Bytes as they are.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let mut writer = lock(&self.writer);
        // A program that has ended is noticed, and shown, by the next wait.
        let _ = writer.write_all(bytes).and_then(|()| writer.flush());
        drop(writer);
        self
    }

    /// Changes the terminal's size; the program is told by SIGWINCH.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        lock(&self.state.0).parser.screen_mut().set_size(rows, columns);
        self.master.resize(pty_size((columns, rows))).expect("the terminal's new size");
        self
    }

    /// Waits until `text` is on the screen; the time from the start to the output that brought it.
    pub fn wait_for(&self, text: &str) -> Duration {
        self.wait_until(&format!("the screen to show {text:?}"), |screen| screen.contents().contains(text))
    }

    /// Waits until the screen's text matches a regular expression.
    pub fn wait_match(&self, pattern: &str) -> Duration {
        let regex = Regex::new(pattern).expect("a regular expression");
        self.wait_until(&format!("the screen to match /{pattern}/"), |screen| {
            regex.is_match(&screen.contents())
        })
    }

    /// Waits until `text` is nowhere on the screen.
    pub fn wait_gone(&self, text: &str) -> Duration {
        self.wait_until(&format!("{text:?} to leave the screen"), |screen| !screen.contents().contains(text))
    }

    /// Waits until `met` holds of the screen; `what` completes "waited for …".
    pub fn wait_until(&self, what: &str, mut met: impl FnMut(&vt100::Screen) -> bool) -> Duration {
        self.wait(what, |state| met(state.parser.screen()).then_some(state.last)) - self.started
    }

    /// Waits until the program has put something on the clipboard that contains `text`.
    pub fn wait_clipboard(&self, text: &str) {
        self.wait(&format!("{text:?} on the clipboard"), |state| {
            let clipboard = &state.parser.callbacks().clipboard;
            clipboard.iter().any(|item| String::from_utf8_lossy(item).contains(text)).then_some(())
        });
    }

    /// Waits until the program has ended, with all it wrote read.
    pub fn wait_exit(&self) -> Exit {
        self.wait("the program to end", |state| state.closed.then(|| state.exit.clone()).flatten())
    }

    /// Waits until nothing has been written for `pause`: for measuring, where the end of an answer is
    /// not known by its content.
    pub fn settle(&self, pause: Duration) {
        let deadline = Instant::now() + self.patience;
        let mut state = lock(&self.state.0);
        while state.last.elapsed() < pause && Instant::now() < deadline {
            let left = pause.saturating_sub(state.last.elapsed());
            state = self.state.1.wait_timeout(state, left).expect("no test thread panicked").0;
        }
    }

    /// Sends a key and waits until its answer has come and nothing followed for `pause`; the time from
    /// the key to the answer's last byte, or `None` when nothing came within a second.
    pub fn answer_time(&mut self, key: &str, pause: Duration) -> Option<Duration> {
        let bytes = keys::encode(key);
        let before = lock(&self.state.0).raw.len();
        let sent = Instant::now();
        self.send_bytes(&bytes);
        let mut state = lock(&self.state.0);
        loop {
            let answered = state.raw.len() > before;
            let (since, limit) = if answered { (state.last, pause) } else { (sent, Duration::from_secs(1)) };
            if since.elapsed() >= limit {
                return answered.then(|| state.last - sent);
            }
            let left = limit.saturating_sub(since.elapsed());
            state = self.state.1.wait_timeout(state, left).expect("no test thread panicked").0;
        }
    }

    /// The screen as it is now, with its cells, colours and cursor.
    pub fn screen(&self) -> vt100::Screen {
        lock(&self.state.0).parser.screen().clone()
    }

    /// The text on the screen as it is now, one line a row.
    pub fn text(&self) -> String {
        picture(&lock(&self.state.0))
    }

    /// Every byte the program has written to its terminal.
    pub fn raw(&self) -> Vec<u8> {
        lock(&self.state.0).raw.clone()
    }

    /// Whether these bytes in a row were ever written to the terminal.
    pub fn sent(&self, bytes: &[u8]) -> bool {
        lock(&self.state.0).raw.windows(bytes.len()).any(|window| window == bytes)
    }

    /// Fails when a control byte or sequence that is not the program's own reached the terminal.
    pub fn assert_clean(&self) {
        let foreign = bytes::foreign_controls(&self.raw());
        assert!(foreign.is_empty(), "these reached the terminal: {foreign:#?}\n{}", self.text());
    }

    /// Fails when the terminal is not as a shell wants it back: main screen, cursor shown, no mouse, no
    /// bracketed paste.
    pub fn assert_restored(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still caught");
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().cast_unsigned()
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        // Under the lock, so that the id is still the program's.
        let state = lock(&self.state.0);
        if state.exit.is_none() {
            kill_process(self.pid, signal).expect("a signal to the program");
        }
    }

    /// Kills the program where it stands, and waits until it is gone.
    pub fn kill9(self) {
        self.signal(Signal::KILL);
        self.wait_exit();
    }

    fn wait<T>(&self, what: &str, mut met: impl FnMut(&State) -> Option<T>) -> T {
        let deadline = Instant::now() + self.patience;
        let mut state = lock(&self.state.0);
        loop {
            if let Some(value) = met(&state) {
                return value;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || (state.closed && state.exit.is_some()) {
                let end = match &state.exit {
                    Some(exit) => format!("the program ended: {exit:?}"),
                    None => format!("{} s were not enough", self.patience.as_secs()),
                };
                panic!("waited for {what}; {end}. The screen:\n{}", picture(&state));
            }
            state = self.state.1.wait_timeout(state, left).expect("no test thread panicked").0;
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let state = lock(&self.state.0);
        if state.exit.is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
        drop(state);
        // The reader ends only when everyone who holds the terminal is gone, so it is not waited for.
        if let Some(exit) = self.threads.pop() {
            let _ = exit.join();
        }
    }
}

/// The lock, also after a panic elsewhere: the panic itself is what the test reports.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn pty_size((cols, rows): Size) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// The screen's text, framed so that a failure shows its size.
fn picture(state: &State) -> String {
    let screen = state.parser.screen();
    screen.rows(0, screen.size().1).map(|row| row.trim_end().to_owned() + "\n").collect()
}
