//! Typing, deleting, and the clipboard.

use super::document::Document;
use super::history::{EditKind, Selection};
use super::motion;
use super::{Editor, EditorEffect, EditorOutcome, TAB_WIDTH, with_eol};
use crate::tui::highlight::Language;
use std::ops::Range;

/// What was copied or cut last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Register {
    pub text: String,
    /// Whole lines: they are put in as lines of their own.
    pub lines: bool,
}

impl Editor {
    /// Put `text` in place of the selection, the cursor behind it.
    pub(super) fn insert(&mut self, text: &str, kind: EditKind) {
        self.transact(kind, |editor| {
            let range = editor.selection.range();
            let at = range.start;
            editor.replace(range, text);
            editor.selection = Selection::at(editor.document.ceil(at + text.len()));
        });
    }

    /// Type one character.
    pub(super) fn type_char(&mut self, c: char) {
        if c.is_control() && c != '\t' {
            return;
        }
        if !self.selection.is_empty() {
            self.history.close();
        }
        self.insert(c.encode_utf8(&mut [0; 4]), EditKind::Type);
    }

    /// Put in a text from outside, its line ends made the file's, as one step.
    pub fn paste(&mut self, text: &str) -> EditorOutcome {
        let revision = self.revision;
        self.dismiss_completion();
        if self.paste_into_prompt(text) {
            return self.outcome(revision, true);
        }
        self.history.close();
        self.insert(&with_eol(text, self.document.eol()), EditKind::Other);
        self.outcome(revision, true)
    }

    /// Break the line, and indent the new one as the text suggests.
    pub(super) fn newline(&mut self) {
        let range = self.selection.range();
        let line = self.document.line_of(range.start);
        let start = self.document.line_start(line);
        let before = self.document.slice(start..range.start).into_owned();
        let above = line.checked_sub(1).map(|above| self.document.line_head(above, 4096).into_owned());
        let indent = indent_behind(self.language, above.as_deref(), &before);
        let text = format!("{}{indent}", self.document.eol());
        self.insert(&text, EditKind::Other);
    }

    /// Delete the selection, or what lies between the cursor and `to`.
    pub(super) fn erase(&mut self, kind: EditKind, to: impl FnOnce(&Document, usize) -> usize) {
        let Selection { anchor, head } = self.selection;
        if anchor != head {
            return self.insert("", EditKind::Other);
        }
        let to = to(&self.document, head);
        self.delete(head.min(to)..head.max(to), kind);
    }

    /// Delete `range` and put the cursor there.
    pub(super) fn delete(&mut self, range: Range<usize>, kind: EditKind) {
        if range.is_empty() {
            return;
        }
        self.transact(kind, |editor| {
            editor.replace(range.clone(), "");
            editor.selection = Selection::at(editor.document.floor(range.start));
        });
    }

    /// Delete the character before the cursor; in blanks that indent, back to the last stop.
    pub(super) fn backspace(&mut self) {
        self.erase(EditKind::Erase, |document, head| {
            let line = document.line_of(head);
            let start = document.line_start(line);
            let before = document.slice(start..head);
            let blanks = before.len();
            if blanks > 1 && before.bytes().all(|b| b == b' ') {
                return head - if blanks.is_multiple_of(TAB_WIDTH) { TAB_WIDTH } else { blanks % TAB_WIDTH };
            }
            document.previous(head)
        });
    }

    /// What copy takes: the selection, or else the whole line.
    fn taken(&self) -> (Range<usize>, bool) {
        if self.selection.is_empty() { (self.whole_lines(), true) } else { (self.selection.range(), false) }
    }

    /// The bytes of the lines that the selection touches, their line ends included.
    pub(super) fn whole_lines(&self) -> Range<usize> {
        let lines = self.selected_lines();
        self.document.line_start(lines.start)..self.document.line_start(lines.end)
    }

    /// Remember `range` in the register and ask for it on the clipboard.
    pub(super) fn yank(&mut self, range: Range<usize>, lines: bool) -> Option<EditorEffect> {
        let mut text = self.document.slice(range).into_owned();
        if text.is_empty() {
            return None;
        }
        if lines && !text.ends_with('\n') {
            text.push_str(self.document.eol());
        }
        self.register = Register { text: text.clone(), lines };
        Some(EditorEffect::Copy(text))
    }

    /// Copy the selection or the line.
    pub(super) fn copy(&mut self) -> Option<EditorEffect> {
        let (range, lines) = self.taken();
        self.yank(range, lines)
    }

    /// Copy and delete the selection or the line.
    pub(super) fn cut(&mut self) -> Option<EditorEffect> {
        let (range, lines) = self.taken();
        let effect = self.yank(range.clone(), lines);
        if lines {
            self.delete_lines()
        } else {
            self.delete(range, EditKind::Other)
        }
        effect
    }

    /// Put in the register. Lines go above the cursor's line.
    pub(super) fn put(&mut self) {
        let Register { text, lines } = self.register.clone();
        if !lines || !self.selection.is_empty() {
            return self.insert(&text, EditKind::Other);
        }
        let at = self.document.line_start(self.document.line_of(self.selection.head));
        self.transact(EditKind::Other, |editor| editor.replace(at..at, &text));
    }

    /// Delete the cursor's line or the selected lines, line ends included.
    pub(super) fn delete_lines(&mut self) {
        let mut range = self.whole_lines();
        let last = range.end == self.document.len() && self.document.char_before(range.end) != Some('\n');
        if last && range.start > 0 {
            // The last line has no line end of its own: the one above it goes.
            range.start = self.document.previous(range.start);
        }
        let column = self.document.place(self.selection.head).column;
        self.delete(range, EditKind::Other);
        if !self.read_only {
            let line = self.document.line_of(self.selection.head);
            self.selection = Selection::at(self.document.place_at_column(line, column).byte);
        }
    }

    /// What came of a command that began at `revision`.
    pub(super) fn outcome(&self, revision: u64, consumed: bool) -> EditorOutcome {
        EditorOutcome { consumed, changed: self.revision != revision, effects: Vec::new() }
    }
}

/// The indentation behind a line break: `before` stands before it on its line, `above` is the line
/// above that.
fn indent_behind(language: Language, above: Option<&str>, before: &str) -> String {
    let blanks = before.len() - before.trim_start_matches([' ', '\t']).len();
    let indent = &before[..blanks];
    let text = before.trim();
    let continues = |line: &str| line.trim_end().ends_with('\\') && !line.trim_start().starts_with('#');
    match language {
        Language::Dockerfile | Language::Shell => {
            let continued = above.is_some_and(continues);
            if continues(before) && !continued && !text.is_empty() {
                format!("{indent}{}", language.indent())
            } else if continued
                && !continues(before)
                && language == Language::Dockerfile
                && !text.starts_with('#')
            {
                String::new()
            } else {
                indent.to_owned()
            }
        }
        Language::Python | Language::Yaml if text.ends_with(':') => format!("{indent}{}", language.indent()),
        Language::Python | Language::JavaScript | Language::Go | Language::Json | Language::Toml
            if text.ends_with(['{', '[', '(']) =>
        {
            format!("{indent}{}", language.indent())
        }
        _ => indent.to_owned(),
    }
}

/// The cursor column that a tab typed there leads to, as text: blanks, or a tab where the language
/// or the line uses them.
pub(super) fn tab_text(document: &Document, language: Language, head: usize) -> String {
    let unit = language.indent();
    let start = document.line_start(document.line_of(head));
    let uses_tabs = document.rope().get_byte(start) == Some(b'\t') && head > start;
    if unit == "\t" || uses_tabs {
        return "\t".to_owned();
    }
    let column = document.place(head).column;
    " ".repeat(unit.len() - column % unit.len())
}

/// Deleting by words uses the motions of words, but never crosses more than one line end.
pub(super) fn word_left(document: &Document, head: usize) -> usize {
    let start = document.line_start(document.line_of(head));
    if head == start { document.previous(head) } else { motion::word_left(document, head).max(start) }
}

/// See [`word_left`].
pub(super) fn word_right(document: &Document, head: usize) -> usize {
    let end = document.line_end(document.line_of(head));
    if head == end { document.next(head) } else { motion::word_right(document, head).min(end) }
}
