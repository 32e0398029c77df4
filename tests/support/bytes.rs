//! Which control sequences are the program's own. Whatever else reaches the terminal came out of a
//! file, a log or an API message, and is a leak.

use std::collections::BTreeSet;
use vte::{Params, Parser, Perform};

/// Everything in `raw` that the program has no business sending, each named once: control bytes, bidi
/// controls, and escape sequences that neither ratatui nor crossterm writes.
pub fn foreign_controls(raw: &[u8]) -> Vec<String> {
    let mut found = Foreign::default();
    if let Err(error) = std::str::from_utf8(raw)
        && error.error_len().is_some()
    {
        let at = error.valid_up_to();
        found.0.insert(format!("byte 0x{:02x} that is no UTF-8", raw[at]));
    }
    for pair in raw.windows(2) {
        // vte swallows these strings without a word.
        if let [0x1b, kind @ (b'X' | b'^' | b'_')] = pair {
            found.0.insert(format!("ESC {}", char::from(*kind)));
        }
    }
    Parser::new().advance(&mut found, raw);
    found.0.into_iter().collect()
}

#[derive(Default)]
struct Foreign(BTreeSet<String>);

/// Private modes that crossterm sets and resets.
const MODES: [u16; 17] =
    [1, 7, 12, 25, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1047, 1049, 2004, 2026];

impl Perform for Foreign {
    fn print(&mut self, c: char) {
        if c.is_control() {
            self.0.insert(format!("control 0x{:02x}", u32::from(c))); // vte prints DEL
        }
        if matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            self.0.insert(format!("bidi control U+{:04X}", u32::from(c)));
        }
    }

    fn execute(&mut self, byte: u8) {
        if !matches!(byte, b'\r' | b'\n') {
            self.0.insert(format!("control 0x{byte:02x}"));
        }
    }

    fn hook(&mut self, _: &Params, _: &[u8], _: bool, action: char) {
        self.0.insert(format!("DCS {action}"));
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        let kind = params.first().copied().unwrap_or_default();
        if !matches!(kind, b"0" | b"2" | b"8" | b"10" | b"11" | b"52") {
            self.0.insert(format!("OSC {}", String::from_utf8_lossy(kind)));
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        let own = match (intermediates, action) {
            ([], 'A'..='H' | 'J' | 'K' | 'S' | 'T' | 'X' | 'd' | 'm' | 'r' | 'c') => true,
            ([], 'n') => params.iter().next().is_some_and(|p| p == [6]),
            (b"?", 'h' | 'l') => params.iter().all(|p| p.len() == 1 && MODES.contains(&p[0])),
            ([b' '], 'q') | ([b'!'], 'p') | (b"?", 'u') | ([b'<' | b'>' | b'='], 'u') => true,
            _ => false,
        };
        if !own || ignore {
            let middle = String::from_utf8_lossy(intermediates);
            let numbers: Vec<_> = params.iter().map(|p| format!("{p:?}")).collect();
            self.0.insert(format!("CSI {middle}{}{action}", numbers.join(";")));
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        // Save and restore the cursor, keypad modes, the end of a string, the ASCII character set.
        let own = match intermediates {
            [] => matches!(byte, b'7' | b'8' | b'=' | b'>' | b'\\'),
            b"(" => byte == b'B',
            _ => false,
        };
        if !own {
            self.0.insert(format!("ESC {}{}", String::from_utf8_lossy(intermediates), char::from(byte)));
        }
    }
}
