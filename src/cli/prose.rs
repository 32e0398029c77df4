//! Prose on standard output: laid out for the terminal's width, with its emphasis as escape
//! sequences; the very text where nobody looks.

use crate::prose::{Document, Layout, Look, unpainted};
use crate::text::Role;
use std::io::{self, IsTerminal, Write};

/// Widest text: longer lines are hard to read.
const WIDEST: u16 = 84;
/// The width of a terminal that does not tell.
const USUAL: u16 = 80;

/// How a terminal shows prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terminal {
    /// Columns.
    pub(super) width: u16,
    /// ASCII only.
    pub(super) ascii: bool,
    /// Colours and weights.
    pub(super) colour: bool,
}

impl Terminal {
    /// The terminal that standard output is, if it is one.
    pub(super) fn of_stdout(ascii: bool, no_colour: bool) -> Option<Self> {
        if !io::stdout().is_terminal() {
            return None;
        }
        let get = |name: &str| std::env::var(name).unwrap_or_default();
        Some(Self {
            width: width().min(WIDEST),
            ascii: ascii || !is_utf8(&["LC_ALL", "LC_CTYPE", "LANG"].map(get)),
            colour: !no_colour && get("NO_COLOR").is_empty() && get("TERM") != "dumb",
        })
    }
}

/// Columns of the terminal that standard output is.
#[cfg(unix)]
pub(super) fn width() -> u16 {
    let told = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| size.ws_col);
    if told == 0 { USUAL } else { told.max(20) }
}

/// Columns of the terminal that standard output is: the usual number, as nobody is asked here.
#[cfg(not(unix))]
pub(super) fn width() -> u16 {
    USUAL
}

/// Whether the first of these that says something says UTF-8; nothing said is no reason to doubt.
fn is_utf8(locales: &[String]) -> bool {
    let said = locales.iter().find(|locale| !locale.is_empty());
    said.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// Writes `markdown` as `terminal` shows it, or as it is where there is none.
pub(super) fn write(markdown: &str, terminal: Option<Terminal>, out: &mut dyn Write) -> io::Result<()> {
    let Some(terminal) = terminal else { return out.write_all(markdown.as_bytes()) };
    let layout = Document::parse(markdown, unpainted).layout(terminal.width, terminal.ascii);
    out.write_all(lines(&layout, terminal).as_bytes())
}

fn lines(layout: &Layout, terminal: Terminal) -> String {
    let mut text = String::new();
    for line in &layout.lines {
        for run in &line.runs {
            let codes = if terminal.colour { codes(run.look) } else { String::new() };
            let shown = if terminal.ascii { run.text.replace('·', "-") } else { run.text.clone() };
            if codes.is_empty() {
                text.push_str(&shown);
            } else {
                text.push_str(&format!("\u{1b}[{codes}m{shown}\u{1b}[0m"));
            }
        }
        text.push('\n');
    }
    text
}

/// What `CSI … m` shows a look with. Only the eight colours that every theme of a terminal chooses
/// for itself.
fn codes(look: Look) -> String {
    let role = match look.role {
        Role::Heading => "1;36",
        Role::Strong | Role::Key => "1",
        Role::Muted | Role::Border => "2",
        Role::Code => "33",
        Role::Link => "4;34",
        Role::Success | Role::Added => "32",
        Role::Error | Role::Removed => "31",
        Role::Warning => "33",
        Role::Info => "34",
        _ => "",
    };
    let marks = [(look.strong, "1"), (look.emphasis, "3"), (look.struck, "9")];
    let marks = marks.iter().filter(|(on, code)| *on && !role.split(';').any(|known| known == *code));
    let codes: Vec<&str> =
        Some(role).filter(|r| !r.is_empty()).into_iter().chain(marks.map(|(_, c)| *c)).collect();
    codes.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(colour: bool, ascii: bool) -> String {
        let mut out = Vec::new();
        let markdown = "# A · b\n\nText with **weight** and `code`.\n\n```dockerfile\nFROM a\n```\n";
        write(markdown, Some(Terminal { width: 30, ascii, colour }), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn emphasis_is_escape_sequences_and_only_where_colours_are_wanted() {
        assert!(shown(true, false).contains("\u{1b}[1mweight\u{1b}[0m"));
        assert!(!shown(false, false).contains('\u{1b}'));
        insta::assert_snapshot!(shown(false, false));
    }

    #[test]
    fn ascii_is_ascii() {
        assert!(shown(true, true).is_ascii(), "{}", shown(true, true));
    }

    #[test]
    fn a_pipe_is_given_the_text_itself() {
        let mut out = Vec::new();
        write("# *A*\n", None, &mut out).unwrap();
        assert_eq!(out, b"# *A*\n");
    }

    #[test]
    fn the_locale_says_whether_only_ascii_is_known() {
        let locales = |all: [&str; 3]| is_utf8(&all.map(str::to_owned));
        assert!(locales(["", "", ""]) && locales(["", "de_DE.UTF-8", "C"]) && !locales(["C", "x.utf8", ""]));
    }
}
