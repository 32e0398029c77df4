//! What terminals send, and what becomes of it: whole, in pieces, and when it is nonsense.

use super::*;
use proptest::prelude::*;
use std::slice::from_ref;

const NONE: KeyModifiers = KeyModifiers::NONE;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const ALT: KeyModifiers = KeyModifiers::ALT;
const CONTROL: KeyModifiers = KeyModifiers::CONTROL;

fn decoded(pieces: &[&[u8]]) -> Vec<Event> {
    let mut decoder = Decoder::default();
    for (index, piece) in pieces.iter().enumerate() {
        decoder.feed(piece, index + 1 < pieces.len());
    }
    std::iter::from_fn(|| decoder.next()).collect()
}

fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

fn at(kind: MouseEventKind, column: u16, row: u16, modifiers: KeyModifiers) -> Event {
    Event::Mouse(MouseEvent { kind, column, row, modifiers })
}

/// Everything once, each with what it is.
fn table() -> Vec<(&'static [u8], Event)> {
    use KeyCode::{BackTab, Backspace, Char, Delete, Down, End, Enter, F, Home, Insert, Left};
    use KeyCode::{PageDown, PageUp, Right, Tab, Up};
    use MouseButton::{Left as LeftButton, Middle, Right as RightButton};
    let key = pressed;
    vec![
        (b"a", key(Char('a'), NONE)),
        (b"A", key(Char('A'), SHIFT)),
        (b" ", key(Char(' '), NONE)),
        ("é".as_bytes(), key(Char('é'), NONE)),
        ("漢".as_bytes(), key(Char('漢'), NONE)),
        ("🐳".as_bytes(), key(Char('🐳'), NONE)),
        (b"\r", key(Enter, NONE)),
        (b"\n", key(Char('j'), CONTROL)),
        (b"\t", key(Tab, NONE)),
        (b"\x7f", key(Backspace, NONE)),
        (b"\x08", key(Char('h'), CONTROL)),
        (b"\0", key(Char(' '), CONTROL)),
        (b"\x11", key(Char('q'), CONTROL)),
        (b"\x1f", key(Char('7'), CONTROL)),
        (b"\x1be", key(Char('e'), ALT)),
        (b"\x1bG", key(Char('G'), ALT | SHIFT)),
        ("\x1bé".as_bytes(), key(Char('é'), ALT)),
        (b"\x1b\r", key(Enter, ALT)),
        (b"\x1b\x7f", key(Backspace, ALT)),
        (b"\x1b\x11", key(Char('q'), ALT | CONTROL)),
        (b"\x1b[A", key(Up, NONE)),
        (b"\x1b[B", key(Down, NONE)),
        (b"\x1b[C", key(Right, NONE)),
        (b"\x1bOD", key(Left, NONE)),
        (b"\x1b[H", key(Home, NONE)),
        (b"\x1bOF", key(End, NONE)),
        (b"\x1b[1~", key(Home, NONE)),
        (b"\x1b[8~", key(End, NONE)),
        (b"\x1b[1;5H", key(Home, CONTROL)),
        (b"\x1b[1;6F", key(End, CONTROL | SHIFT)),
        (b"\x1b[1;2C", key(Right, SHIFT)),
        (b"\x1b[1;3A", key(Up, ALT)),
        (b"\x1b[1;7D", key(Left, CONTROL | ALT)),
        (b"\x1b[1;2:1A", key(Up, SHIFT)),
        (b"\x1b[2~", key(Insert, NONE)),
        (b"\x1b[3;5~", key(Delete, CONTROL)),
        (b"\x1b[5~", key(PageUp, NONE)),
        (b"\x1b[6;2~", key(PageDown, SHIFT)),
        (b"\x1b[Z", key(BackTab, SHIFT)),
        (b"\x1b[9;2u", key(BackTab, SHIFT)),
        (b"\x1b[27;5;9~", key(Tab, CONTROL)),
        (b"\x1b[27;5;13~", key(Enter, CONTROL)),
        (b"\x1b[13;2u", key(Enter, SHIFT)),
        (b"\x1b[47;5u", key(Char('/'), CONTROL)),
        (b"\x1bOP", key(F(1), NONE)),
        (b"\x1bOS", key(F(4), NONE)),
        (b"\x1b[[E", key(F(5), NONE)),
        (b"\x1b[15~", key(F(5), NONE)),
        (b"\x1b[19;2~", key(F(8), SHIFT)),
        (b"\x1b[24~", key(F(12), NONE)),
        (b"\x1b[1;5R", key(F(3), CONTROL)),
        (b"\x1b[I", Event::FocusGained),
        (b"\x1b[O", Event::FocusLost),
        (b"\x1b[<0;3;4M", at(MouseEventKind::Down(LeftButton), 2, 3, NONE)),
        (b"\x1b[<0;3;4m", at(MouseEventKind::Up(LeftButton), 2, 3, NONE)),
        (b"\x1b[<18;300;4M", at(MouseEventKind::Down(RightButton), 299, 3, CONTROL)),
        (b"\x1b[<33;1;1M", at(MouseEventKind::Drag(Middle), 0, 0, NONE)),
        (b"\x1b[<35;1;1M", at(MouseEventKind::Moved, 0, 0, NONE)),
        (b"\x1b[<64;1;1M", at(MouseEventKind::ScrollUp, 0, 0, NONE)),
        (b"\x1b[<69;1;1M", at(MouseEventKind::ScrollDown, 0, 0, SHIFT)),
        (b"\x1b[32;3;4M", at(MouseEventKind::Down(LeftButton), 2, 3, NONE)),
        (b"\x1b[M !!", at(MouseEventKind::Down(LeftButton), 0, 0, NONE)),
        (b"\x1b[M#!!", at(MouseEventKind::Up(LeftButton), 0, 0, NONE)),
        ("\x1b[200~é\n\x1b[A\x1b[201~".as_bytes(), Event::Paste("é\n\x1b[A".to_owned())),
    ]
}

#[test]
fn every_key_is_known_whole_and_in_pieces() {
    for (bytes, event) in table() {
        assert_eq!(decoded(&[bytes]), from_ref(&event), "{bytes:?}");
        for at in 1..bytes.len() {
            assert_eq!(decoded(&[&bytes[..at], &bytes[at..]]), from_ref(&event), "{bytes:?} at {at}");
        }
    }
    let all: Vec<u8> = table().iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect();
    let events: Vec<Event> = table().into_iter().map(|(_, event)| event).collect();
    assert_eq!(decoded(&[&all]), events);
    let bytes: Vec<&[u8]> = all.chunks(1).collect();
    assert_eq!(decoded(&bytes), events);
}

#[test]
fn escape_is_a_key_unless_more_is_waiting() {
    let escape = pressed(KeyCode::Esc, NONE);
    assert_eq!(decoded(&[b"\x1b"]), from_ref(&escape));
    assert_eq!(decoded(&[b"\x1b", b"[A"]), [pressed(KeyCode::Up, NONE)]);
    assert_eq!(decoded(&[b"\x1b\x1b[A"]), [escape.clone(), pressed(KeyCode::Up, NONE)]);
    assert_eq!(decoded(&[b"\x1b\x1b"]), [escape.clone(), escape]);
}

#[test]
fn what_is_unknown_is_skipped_whole() {
    let a = pressed(KeyCode::Char('a'), NONE);
    for unknown in [
        &b"\x1b[?62;22c"[..],
        b"\x1b[12;40R",
        b"\x1b[?2026;2$y",
        b"\x1b[99~",
        b"\x1b[<0;0;0M",
        b"\x1b[<200;1;1M",
        b"\x1b[;;;;;;X",
        b"\x1b[99999999999999999999~",
        b"\x80",
        b"\xff\xfe",
        b"\xe6\xe6",
        b"\x1b\xff",
    ] {
        assert_eq!(decoded(&[unknown, b"a"]), from_ref(&a), "{unknown:?}");
    }
    // A sequence that was cut off does not swallow the next one.
    assert_eq!(decoded(&[b"\x1b[1;5\x1b[A"]), [pressed(KeyCode::Up, NONE)]);
    let endless = [b"\x1b[".as_slice(), &[b'1'; 500]].concat();
    assert_eq!(decoded(&[&endless, b"a"]).last(), Some(&a));
}

#[test]
fn a_paste_is_bounded_and_loses_nothing() {
    let text = "x".repeat(LONGEST_PASTE + 10_000);
    let whole = format!("\x1b[200~{text}\x1b[201~a");
    let pieces: Vec<&[u8]> = whole.as_bytes().chunks(4096).collect();
    let mut events = decoded(&pieces);
    assert_eq!(events.pop(), Some(pressed(KeyCode::Char('a'), NONE)));
    let parts: Vec<String> = events
        .into_iter()
        .map(|event| match event {
            Event::Paste(text) => text,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(parts.len(), 2);
    assert_eq!(parts.concat(), text);
}

proptest! {
    #[test]
    fn nothing_breaks_it(pieces in prop::collection::vec(prop::collection::vec(
        prop_oneof![Just(ESC), Just(b'['), Just(b'<'), Just(b';'), Just(b'~'), Just(b'M'), b'0'..=b'9', any::<u8>()],
        0..40,
    ), 0..8)) {
        let mut decoder = Decoder::default();
        for piece in &pieces {
            decoder.feed(piece, false);
            prop_assert!(decoder.pending.len() <= LONGEST_SEQUENCE + 42);
        }
        // Whatever came, a key that is pressed often enough is heard.
        decoder.feed(b"\x1b[201~\x11\x11\x11\x11\x11", false);
        let heard = std::iter::from_fn(|| decoder.next()).last();
        prop_assert_eq!(heard, Some(pressed(KeyCode::Char('q'), CONTROL)));
    }
}
