//! Bytes of a terminal to events: keys as xterm, the Linux console and rxvt send them, the mouse, pastes,
//! focus. Answers nobody asked for, and anything else unknown, are skipped whole.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use std::collections::VecDeque;

const ESC: u8 = 0x1b;
const PASTE_ENDS: &[u8] = b"\x1b[201~";
/// A paste longer than this comes in parts.
const LONGEST_PASTE: usize = 8 << 20;
/// A sequence longer than this is none.
const LONGEST_SEQUENCE: usize = 64;

/// What has come and is not an event yet.
#[derive(Default)]
pub struct Decoder {
    pending: Vec<u8>,
    /// What was pasted so far, within a paste.
    paste: Option<Vec<u8>>,
    events: VecDeque<Event>,
}

/// What the first bytes are.
enum First {
    /// An event of so many bytes.
    Event(Event, usize),
    /// A paste begins after so many bytes.
    Paste(usize),
    /// So many bytes that mean nothing.
    Nothing(usize),
    /// The beginning of something.
    Unfinished,
}

impl Decoder {
    /// Takes what was read; `more` when the rest of it is waiting: only then an escape character at the
    /// end is not yet the key.
    pub fn feed(&mut self, bytes: &[u8], more: bool) {
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        while at < self.pending.len() {
            if self.paste.is_some() {
                let (used, ended) = self.pasted(at);
                at += used;
                if !ended {
                    break;
                }
                continue;
            }
            match first(&self.pending[at..], more) {
                First::Event(event, length) => {
                    self.events.push_back(event);
                    at += length;
                }
                First::Paste(length) => {
                    self.paste = Some(Vec::new());
                    at += length;
                }
                First::Nothing(length) => at += length,
                First::Unfinished => break,
            }
        }
        self.pending.drain(..at);
    }

    /// Takes what belongs to the paste from `at` on: how many bytes, and whether it ended.
    fn pasted(&mut self, at: usize) -> (usize, bool) {
        let rest = &self.pending[at..];
        let end = rest.windows(PASTE_ENDS.len()).position(|window| window == PASTE_ENDS);
        // Its end may have come in part.
        let used = end.unwrap_or(rest.len().saturating_sub(PASTE_ENDS.len() - 1));
        let mut paste = self.paste.take().unwrap_or_default();
        paste.extend_from_slice(&rest[..used]);
        let full = paste.len() >= LONGEST_PASTE;
        if end.is_none() && !full {
            self.paste = Some(paste);
            return (used, false);
        }
        self.events.push_back(Event::Paste(String::from_utf8_lossy(&paste).into_owned()));
        match end {
            Some(_) => (used + PASTE_ENDS.len(), true),
            None => {
                self.paste = Some(Vec::new());
                (used, false)
            }
        }
    }

    /// The next event, if one is complete.
    pub fn next(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

fn first(bytes: &[u8], more: bool) -> First {
    let Some((&byte, rest)) = bytes.split_first() else { return First::Unfinished };
    match byte {
        ESC => escape(rest, more),
        _ => character(bytes),
    }
}

/// What follows an escape character.
fn escape(rest: &[u8], more: bool) -> First {
    match rest {
        [] if more => First::Unfinished,
        [] | [ESC, ..] => key(KeyCode::Esc, KeyModifiers::NONE, 1),
        [b'[' | b'O'] => First::Unfinished,
        [b'[', rest @ ..] => control_sequence(rest),
        [b'O', byte, ..] => match letter(*byte) {
            Some(code) => key(code, KeyModifiers::NONE, 3),
            None => key(KeyCode::Char('O'), KeyModifiers::ALT | KeyModifiers::SHIFT, 2),
        },
        _ => match character(rest) {
            First::Event(Event::Key(mut key), length) => {
                key.modifiers |= KeyModifiers::ALT;
                First::Event(Event::Key(key), length + 1)
            }
            First::Nothing(length) => First::Nothing(length + 1),
            other => other,
        },
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers, length: usize) -> First {
    First::Event(Event::Key(KeyEvent::new(code, modifiers)), length)
}

/// A key that is a character or a control character.
fn character(bytes: &[u8]) -> First {
    let control = |letter: u8| key(KeyCode::Char(char::from(letter)), KeyModifiers::CONTROL, 1);
    match bytes[0] {
        b'\r' => key(KeyCode::Enter, KeyModifiers::NONE, 1),
        b'\t' => key(KeyCode::Tab, KeyModifiers::NONE, 1),
        0x7f => key(KeyCode::Backspace, KeyModifiers::NONE, 1),
        0 => control(b' '),
        byte @ 0x01..=0x1a => control(byte - 1 + b'a'),
        byte @ 0x1c..=0x1f => control(byte - 0x1c + b'4'),
        byte => {
            let length = match byte {
                0..=0x7f => 1,
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => return First::Nothing(1),
            };
            match std::str::from_utf8(&bytes[..length.min(bytes.len())]) {
                Ok(text) => {
                    let character = text.chars().next().unwrap_or_default();
                    let shift =
                        if character.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
                    key(KeyCode::Char(character), shift, length)
                }
                Err(error) if error.error_len().is_none() => First::Unfinished,
                Err(_) => First::Nothing(1),
            }
        }
    }
}

/// Keys that are named by a letter, after `ESC O` or at the end of a control sequence.
fn letter(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(1 + byte - b'P'),
        _ => return None,
    })
}

/// Keys that are named by a number, before a tilde.
fn numbered(number: u32) -> Option<KeyCode> {
    let function = |key: u32| u8::try_from(key).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(number - 10),
        17..=21 => function(number - 11),
        23..=26 => function(number - 12),
        28..=29 => function(number - 15),
        31..=34 => function(number - 17),
        _ => None,
    }
}

/// A sequence after `ESC [`; lengths count these two as well.
fn control_sequence(rest: &[u8]) -> First {
    match rest {
        // The oldest mouse: three bytes whatever they are. The Linux console's F1 to F5.
        [b'M', button, column, row, ..] => {
            let place = |byte: u8| u32::from(byte.saturating_sub(32));
            mouse(u32::from(button.saturating_sub(32)), place(*column), place(*row), false, 6)
        }
        [b'M', ..] | [b'['] => First::Unfinished,
        [b'[', byte @ b'A'..=b'E', ..] => key(KeyCode::F(1 + byte - b'A'), KeyModifiers::NONE, 4),
        _ => {
            let Some(at) = rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
                let endless = rest.len() > LONGEST_SEQUENCE;
                return if endless { First::Nothing(rest.len() + 2) } else { First::Unfinished };
            };
            let (parameters, end) = (&rest[..at], rest[at]);
            // A control character is not part of it, and what it begins is heard.
            let length = if (0x40..=0x7e).contains(&end) { at + 3 } else { at + 2 };
            finished(parameters, end, length)
        }
    }
}

/// A whole control sequence of `length` bytes.
fn finished(parameters: &[u8], end: u8, length: usize) -> First {
    let nothing = First::Nothing(length);
    let (marked, digits) = match parameters.strip_prefix(b"<") {
        Some(digits) => (true, digits),
        None => (false, parameters),
    };
    // Of `a:b` only `a` is asked for here.
    let number = |text: &[u8]| {
        let text = text.split(|byte| *byte == b':').next().unwrap_or_default();
        std::str::from_utf8(text).ok()?.parse::<u32>().ok()
    };
    let mut numbers = digits.split(|byte| *byte == b';').map(number);
    let mut next = || numbers.next().flatten();
    let (one, two, three) = (next(), next(), next());
    let held = modifiers(two.unwrap_or(1));
    let pressed = |code: Option<KeyCode>, held: KeyModifiers| match code {
        Some(KeyCode::Tab) if held.contains(KeyModifiers::SHIFT) => key(KeyCode::BackTab, held, length),
        Some(code) => key(code, held, length),
        None => First::Nothing(length),
    };
    match (marked, end) {
        (true, b'M' | b'm') => match (one, two, three) {
            (Some(button), Some(column), Some(row)) => mouse(button, column, row, end == b'm', length),
            _ => nothing,
        },
        (true, _) => nothing,
        (false, b'M') => match (one, two, three) {
            (Some(button @ 32..), Some(column), Some(row)) => mouse(button - 32, column, row, false, length),
            _ => nothing,
        },
        (false, b'I') if parameters.is_empty() => First::Event(Event::FocusGained, length),
        (false, b'O') if parameters.is_empty() => First::Event(Event::FocusLost, length),
        (false, b'Z') => key(KeyCode::BackTab, held | KeyModifiers::SHIFT, length),
        (false, b'~') => match one {
            Some(200) => First::Paste(length),
            // xterm, when it is told to send other keys as well.
            Some(27) => pressed(three.and_then(named), held),
            one => pressed(one.and_then(numbered), held),
        },
        (false, b'u') => pressed(one.and_then(named), held),
        // Where the cursor is, for F3 has the number 1.
        (false, b'R') if one.is_some_and(|row| row != 1) => nothing,
        (false, end)
            if parameters.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':')) =>
        {
            pressed(letter(end), held)
        }
        _ => nothing,
    }
}

/// A key named by its character.
fn named(number: u32) -> Option<KeyCode> {
    Some(match char::from_u32(number)? {
        '\u{1b}' => KeyCode::Esc,
        '\r' => KeyCode::Enter,
        '\t' => KeyCode::Tab,
        '\u{7f}' => KeyCode::Backspace,
        character => KeyCode::Char(character),
    })
}

/// Which keys are held: one more than a sum of powers of two.
fn modifiers(number: u32) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    [KeyModifiers::SHIFT, KeyModifiers::ALT, KeyModifiers::CONTROL, KeyModifiers::SUPER]
        .into_iter()
        .enumerate()
        .filter(|(bit, _)| bits >> bit & 1 == 1)
        .fold(KeyModifiers::NONE, |held, (_, modifier)| held | modifier)
}

/// The mouse at a cell counted from 1.
fn mouse(button: u32, column: u32, row: u32, released: bool, length: usize) -> First {
    let cell = |number: u32| number.checked_sub(1).and_then(|number| u16::try_from(number).ok());
    let (Some(column), Some(row)) = (cell(column), cell(row)) else { return First::Nothing(length) };
    let which = match button & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let (wheel, moves) = (button & 64 != 0, button & 32 != 0);
    let kind = match (which, button & 3) {
        _ if button >= 128 => return First::Nothing(length),
        (_, 0) if wheel => MouseEventKind::ScrollUp,
        (_, 1) if wheel => MouseEventKind::ScrollDown,
        (_, 2) if wheel => MouseEventKind::ScrollLeft,
        _ if wheel => MouseEventKind::ScrollRight,
        (Some(which), _) if moves => MouseEventKind::Drag(which),
        (Some(which), _) if released => MouseEventKind::Up(which),
        (Some(which), _) => MouseEventKind::Down(which),
        (None, _) if moves => MouseEventKind::Moved,
        (None, _) => MouseEventKind::Up(MouseButton::Left),
    };
    let held = [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)]
        .into_iter()
        .filter(|(bit, _)| button & bit != 0)
        .fold(KeyModifiers::NONE, |held, (_, modifier)| held | modifier);
    First::Event(Event::Mouse(MouseEvent { kind, column, row, modifiers: held }), length)
}

#[cfg(test)]
mod tests;
