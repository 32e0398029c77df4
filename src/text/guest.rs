//! What a program in a container may send to a terminal that was lent to it. It may move, colour and
//! clear, as any program on a terminal; it may not reach beyond the screen: what sets the clipboard,
//! titles, fonts or keys, or has the terminal type answers of its choosing, is left out.

/// Longest sequence without an end; a program that never ends one gets its screen back after it.
const LONGEST: usize = 64 * 1024;

/// Passes a stream of bytes on, whatever the pieces it comes in.
#[derive(Debug, Default)]
pub struct Guest {
    state: State,
    /// Bytes of the sequence that is being left out.
    swallowed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Text,
    /// Behind an ESC that has not been passed on yet.
    Escape,
    /// Behind the first byte of a C1 control in UTF-8.
    C1,
    /// In a string that is left out: OSC, DCS, SOS, PM, APC.
    String,
    /// In such a string, behind an ESC, which may begin its end.
    StringEscape,
    /// In such a string, behind the first byte of a C1 control.
    StringC1,
}

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

impl Guest {
    /// What of `bytes` reaches the terminal.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        for &byte in bytes {
            self.step(byte, &mut out);
        }
        out
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = match (self.state, byte) {
            (State::Text | State::Escape, ESC) => State::Escape,
            (State::Text, 0xc2) => State::C1,
            (State::Text, _) => {
                out.push(byte);
                State::Text
            }
            (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => self.begin(),
            (State::Escape, 0xc2) => {
                out.push(ESC);
                State::C1
            }
            (State::Escape, _) => {
                out.extend([ESC, byte]);
                State::Text
            }
            // The same strings as C1 controls; other controls of that kind go with them.
            (State::C1, 0x90 | 0x98 | 0x9d..=0x9f) => self.begin(),
            (State::C1, 0x80..=0x9f) => State::Text,
            (State::C1, ESC) => {
                out.push(0xc2);
                State::Escape
            }
            (State::C1, _) => {
                out.extend([0xc2, byte]);
                State::Text
            }
            (State::StringEscape, b'\\') | (State::String | State::StringEscape, BEL) => State::Text,
            (State::StringC1, 0x9c) => State::Text,
            // Whatever it was in, these end it in every terminal.
            (State::String | State::StringEscape | State::StringC1, 0x18 | 0x1a) => State::Text,
            (State::String | State::StringEscape | State::StringC1, _) => {
                self.swallowed += 1;
                match byte {
                    _ if self.swallowed > LONGEST => State::Text,
                    ESC => State::StringEscape,
                    0xc2 => State::StringC1,
                    _ => State::String,
                }
            }
        };
    }

    fn begin(&mut self) -> State {
        self.swallowed = 0;
        State::String
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(text: &str) -> String {
        let whole = Guest::default().pass(text.as_bytes());
        let mut guest = Guest::default();
        let pieces: Vec<u8> = text.bytes().flat_map(|byte| guest.pass(&[byte])).collect();
        assert_eq!(whole, pieces, "pieces make no difference");
        String::from_utf8(whole).expect("still UTF-8")
    }

    #[test]
    fn screens_are_drawn_as_ever() {
        for text in [
            "a\r\n\u{1b}[31mé漢\u{1b}[0m\u{1b}[2J\u{1b}(B\u{1b}7\u{1b}8\u{1b}[?1049h\u{a0}Â",
            "\u{1b}[6n\u{7}",
        ] {
            assert_eq!(passed(text), text);
        }
    }

    #[test]
    fn what_reaches_beyond_the_screen_is_left_out() {
        assert_eq!(passed("a\u{1b}]52;c;aGk=\u{7}b"), "ab");
        assert_eq!(passed("a\u{1b}]0;title\u{1b}\\b"), "ab");
        assert_eq!(
            passed("a\u{1b}P+q544e\u{1b}\\b\u{1b}_x\u{1b}\\c\u{1b}^y\u{1b}\\d\u{1b}Xz\u{1b}\\e"),
            "abcde"
        );
        assert_eq!(passed("a\u{9d}52;c;aGk=\u{9c}b\u{90}q\u{1b}\\c\u{85}d"), "abcd");
        assert_eq!(passed("a\u{1b}\u{1b}]52;c;x\u{7}b"), "ab");
        assert_eq!(passed("a\u{1b}]52;é\u{18}b"), "ab");
    }

    #[test]
    fn a_string_without_an_end_does_not_take_the_screen_for_ever() {
        let mut guest = Guest::default();
        guest.pass(b"\x1b]0;");
        guest.pass(&vec![b'x'; LONGEST + 1]);
        assert_eq!(guest.pass(b"back"), b"back");
    }
}
