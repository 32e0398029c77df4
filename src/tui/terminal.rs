//! The terminal as a guarded resource: whoever enters it leaves it as it was, on exit, error, panic,
//! signal, suspension and while another program has it.

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{cursor, queue, terminal};
use ratatui::Terminal;
use ratatui::backend::{Backend as _, CrosstermBackend};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the terminal is in our hands. The panic hook reads it, hence a static.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Takes the terminal: raw mode, alternate screen, mouse, bracketed paste, focus reports.
fn enter() -> io::Result<()> {
    if !ENTERED.swap(true, Ordering::SeqCst) {
        terminal::enable_raw_mode()?;
    }
    let mut out = io::stdout();
    queue!(
        out,
        EnterAlternateScreen,
        EnableMouseCapture,
        EnableBracketedPaste,
        EnableFocusChange,
        cursor::Hide
    )?;
    out.flush()
}

/// Whether a program in a container has the terminal, raw.
static LENT: AtomicBool = AtomicBool::new(false);

/// The terminal while a program in a container has it: every key goes there as it is. It comes back, and
/// whatever the program left behind is undone, when this is dropped or the program ends some other way.
#[derive(Debug)]
pub struct Lent(());

impl Lent {
    /// Lends the terminal, which must have been left before.
    pub fn new() -> io::Result<Self> {
        LENT.store(true, Ordering::SeqCst);
        match terminal::enable_raw_mode() {
            Ok(()) => Ok(Self(())),
            Err(error) => {
                LENT.store(false, Ordering::SeqCst);
                Err(error)
            }
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        take_back();
    }
}

/// Undoes what a program may have left: a full-screen one that was killed leaves its screen, its mouse,
/// its keys, its colours and its character set.
fn take_back() {
    if !LENT.swap(false, Ordering::SeqCst) {
        return;
    }
    // The soft reset undoes margins, character sets, insertion, origin and looks.
    const RESET: &[u8] = b"\x1b[!p\x1b[?1049l\x1b[?47l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\
        \x1b[?1015l\x1b[?1004l\x1b[?2004l\x1b[?2026l\x1b[?1l\x1b[?7h\x1b>\x1b[r\x1b(B\x1b[0m\x1b[0 q\x1b[?25h\r\n";
    let mut out = io::stdout();
    let _ = out.write_all(RESET).and_then(|()| out.flush());
    let _ = terminal::disable_raw_mode();
}

/// Gives the terminal back as it was. Does nothing when it is not ours.
pub fn leave() {
    take_back();
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // Whatever fails here, the rest must still be tried: a half-restored terminal is the worst.
    let _ = queue!(
        out,
        EndSynchronizedUpdate,
        DisableFocusChange,
        DisableBracketedPaste,
        DisableMouseCapture,
        cursor::SetCursorStyle::DefaultUserShape,
        cursor::Show,
        LeaveAlternateScreen
    );
    let _ = out.flush();
    let _ = terminal::disable_raw_mode();
}

/// Collects one frame, so that it reaches the terminal in one write.
#[derive(Debug, Default, Clone)]
struct FrameBuffer(Rc<RefCell<Vec<u8>>>);

impl Write for FrameBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Nothing: [`Guard::draw`] presents whole frames.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The terminal while it is ours; dropping it gives it back.
pub struct Guard {
    terminal: Terminal<CrosstermBackend<FrameBuffer>>,
    frame: FrameBuffer,
}

impl Guard {
    /// Takes the terminal.
    pub fn new() -> io::Result<Self> {
        enter()?;
        let frame = FrameBuffer::default();
        match Terminal::new(CrosstermBackend::new(frame.clone())) {
            Ok(terminal) => Ok(Self { terminal, frame }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }

    /// Draws one frame and presents it at once: terminals that know synchronised updates never show
    /// half of it.
    pub fn draw(&mut self, view: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(view)?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.present()
    }

    /// Forgets what the screen shows, so that the next frame draws all of it.
    pub fn clear(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks where the cursor is, and the answer would come among the keys,
        // which somebody else reads.
        self.terminal.backend_mut().clear()?;
        self.terminal.swap_buffers();
        self.present()
    }

    /// Sends `bytes` that are not part of a frame, such as a clipboard sequence.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.terminal.backend_mut().write_all(bytes)?;
        self.present()
    }

    /// Takes the terminal again after [`leave`].
    pub fn resume(&mut self) -> io::Result<()> {
        enter()?;
        self.clear()
    }

    fn present(&mut self) -> io::Result<()> {
        let mut frame = self.frame.0.borrow_mut();
        let mut out = io::stdout().lock();
        let written = out.write_all(&frame).and_then(|()| out.flush());
        frame.clear();
        written
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// Stops the whole foreground job, as Ctrl-Z in a shell does, and comes back when it goes on.
/// The terminal must have been left before.
#[cfg(unix)]
pub fn stop_here() {
    // To the group and not only to us: `cargo run` or `make` in front of us must stop as well, or
    // the shell never gets its prompt.
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
}

/// Elsewhere there is no job control.
#[cfg(not(unix))]
pub fn stop_here() {}
