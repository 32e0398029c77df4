//! Logs with their colours, made safe: raw bytes of a container or builder in, lines of styled
//! runs out. Colours and weight are kept as data; every other control sequence is swallowed, and
//! what could steer a terminal or hide text is replaced as [`super::sanitise`] does.

use super::sanitise::is_unsafe;
use vte::{Params, Parser, Perform};

/// Longest line kept; the rest of it is dropped and the line ends in `…`.
const LINE_LIMIT: usize = 4_000;

/// A colour as the program that wrote the log named it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// One of the terminal's 256; 0–15 are the theme's own.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a run of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Ink.
    pub foreground: Option<Colour>,
    /// Ground.
    pub background: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Ink and ground changed places.
    pub reversed: bool,
}

/// Text of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Safe text without newlines.
    pub text: String,
    /// How it looks.
    pub look: Look,
}

/// A line of a log.
pub type Line = Vec<Run>;

/// Turns a stream of bytes into lines, whatever the pieces it comes in.
#[derive(Default)]
pub struct Log {
    parser: Parser,
    state: State,
}

#[derive(Default)]
struct State {
    look: Look,
    line: Line,
    length: usize,
    /// A carriage return was seen: the next character starts the line anew, as progress bars do.
    rewind: bool,
    done: Vec<Line>,
}

impl Log {
    /// A log at its beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// The lines that `bytes` complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Line> {
        self.parser.advance(&mut self.state, bytes);
        std::mem::take(&mut self.state.done)
    }

    /// The line begun and not yet ended.
    pub fn rest(&self) -> &Line {
        &self.state.line
    }

    /// Ends the line begun, when it holds anything.
    pub fn finish(&mut self) -> Option<Line> {
        let line = std::mem::take(&mut self.state.line);
        self.state.length = 0;
        (!line.is_empty()).then_some(line)
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("line", &self.state.line).finish_non_exhaustive()
    }
}

impl State {
    fn push(&mut self, c: char) {
        if std::mem::take(&mut self.rewind) {
            self.line.clear();
            self.length = 0;
        }
        self.length += 1;
        let c = match self.length {
            n if n < LINE_LIMIT => c,
            LINE_LIMIT => '…',
            _ => return,
        };
        match self.line.last_mut() {
            Some(run) if run.look == self.look => run.text.push(c),
            _ => self.line.push(Run { text: c.to_string(), look: self.look }),
        }
    }

    fn sgr(&mut self, params: &Params) {
        let mut groups = params.iter();
        while let Some(group) = groups.next() {
            let look = &mut self.look;
            match group.first().copied().unwrap_or(0) {
                0 => *look = Look::default(),
                1 => look.bold = true,
                2 => look.dim = true,
                3 => look.italic = true,
                4 => look.underline = group.get(1) != Some(&0),
                7 => look.reversed = true,
                22 => (look.bold, look.dim) = (false, false),
                23 => look.italic = false,
                24 => look.underline = false,
                27 => look.reversed = false,
                n @ 30..=37 => look.foreground = Some(Colour::Indexed((n - 30) as u8)),
                n @ 90..=97 => look.foreground = Some(Colour::Indexed((n - 82) as u8)),
                n @ 40..=47 => look.background = Some(Colour::Indexed((n - 40) as u8)),
                n @ 100..=107 => look.background = Some(Colour::Indexed((n - 92) as u8)),
                39 => look.foreground = None,
                49 => look.background = None,
                n @ (38 | 48) => {
                    let colour = extended(group, &mut groups);
                    let place = if n == 38 { &mut self.look.foreground } else { &mut self.look.background };
                    *place = colour.or(*place);
                }
                _ => {}
            }
        }
    }
}

/// The colour behind 38 or 48, as `38:5:n`, `38:2::r:g:b` or the older forms with semicolons.
fn extended<'a>(group: &[u16], rest: &mut impl Iterator<Item = &'a [u16]>) -> Option<Colour> {
    let byte = |v: u16| u8::try_from(v).unwrap_or(u8::MAX);
    if let [_, mode, values @ ..] = group {
        return match (mode, values) {
            (5, [n, ..]) => Some(Colour::Indexed(byte(*n))),
            (2, [.., r, g, b]) => Some(Colour::Rgb(byte(*r), byte(*g), byte(*b))),
            _ => None,
        };
    }
    let mut next = || rest.next().and_then(|g| g.first().copied());
    match next()? {
        5 => Some(Colour::Indexed(byte(next()?))),
        2 => Some(Colour::Rgb(byte(next()?), byte(next()?), byte(next()?))),
        _ => None,
    }
}

impl Perform for State {
    fn print(&mut self, c: char) {
        self.push(if is_unsafe(c) { '\u{fffd}' } else { c });
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.rewind = false;
                self.length = 0;
                self.done.push(std::mem::take(&mut self.line));
            }
            b'\r' => self.rewind = true,
            b'\t' => {
                // As far as the next multiple of eight: columns of a log stay columns.
                for _ in 0..8 - self.length % 8 {
                    self.push(' ');
                }
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _ignore: bool, action: char) {
        match action {
            'm' if intermediates.is_empty() => self.sgr(params),
            // Erase in line: what progress bars send before they write a line anew.
            'K' if self.rewind => {
                self.line.clear();
                self.length = 0;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|run| run.text.as_str()).collect()).collect()
    }

    #[test]
    fn keeps_colours_and_drops_every_other_sequence() {
        let mut log = Log::new();
        let lines = log.feed(b"\x1b[2J\x1b]0;title\x07\x1b[1;38;5;196mred\x1b[0m plain\x1b[38;2;1;2;3mx\n");
        assert_eq!(text(&lines), ["red plainx"]);
        assert_eq!(lines[0][0].look.foreground, Some(Colour::Indexed(196)));
        assert!(lines[0][0].look.bold);
        assert_eq!(lines[0][2].look.foreground, Some(Colour::Rgb(1, 2, 3)));
    }

    #[test]
    fn pieces_may_cut_sequences_and_characters() {
        let mut log = Log::new();
        let bytes = "\u{1b}[31mé\n".as_bytes();
        let lines: Vec<Line> = bytes.iter().flat_map(|b| log.feed(&[*b])).collect();
        assert_eq!(text(&lines), ["é"]);
        assert_eq!(lines[0][0].look.foreground, Some(Colour::Indexed(1)));
    }

    #[test]
    fn a_carriage_return_writes_the_line_anew_and_crlf_is_a_newline() {
        let mut log = Log::new();
        assert_eq!(text(&log.feed(b"10%\r20%\r100%\r\nnext\n")), ["100%", "next"]);
    }

    #[test]
    fn nothing_unsafe_comes_through() {
        let mut log = Log::new();
        let every: Vec<u8> = (0..=255).collect();
        let mut lines = log.feed(&every);
        lines.extend(log.feed("\u{202e}evil\u{9b}31m\u{2028}\n".as_bytes()));
        lines.extend(log.finish());
        for line in text(&lines) {
            assert!(!line.chars().any(is_unsafe), "{line:?}");
        }
    }

    #[test]
    fn endless_lines_are_cut() {
        let mut log = Log::new();
        let lines = log.feed(format!("{}\n", "x".repeat(100_000)).as_bytes());
        assert_eq!(text(&lines)[0].chars().count(), LINE_LIMIT);
        assert!(text(&lines)[0].ends_with('…'));
    }
}
