//! The text editor: a pure model and its view. No I/O and no clock: times and outside texts come in
//! as arguments, and what must happen outside goes out as [`EditorEffect`]s.
//!
//! | part | owns |
//! | --- | --- |
//! | `document` | the text, lines, grapheme clusters, columns |
//! | `glyph` | how a cluster is drawn, and what is shown for one that must not be |
//! | `history` | undo and redo |
//! | `command`, `motion` | what can be asked for, its keys, where motions lead |
//! | `edit`, `lines` | changing text; operations on whole lines |
//! | `keys`, `mouse`, `vim`, `prompt` | what keys and the mouse ask for |
//! | `search` | find and replace |
//! | `complete`, `offers` | the completion popup, and what it offers in a Dockerfile |
//! | `problems`, `gutter` | what is known about the text from outside |
//! | `view`, `popup` | drawing |
//!
//! Invariants: the cursor and the selection's anchor are *places* (see `document`): never inside a
//! grapheme cluster or a CRLF. Every change of text goes through `Editor::replace`, which keeps
//! history, colours, problems and gutter in step. No key costs more than the lines it touches and
//! the lines on the screen.

mod command;
mod complete;
mod document;
mod edit;
mod field;
mod glyph;
mod gutter;
mod history;
mod keys;
mod lines;
mod motion;
mod mouse;
mod offers;
mod popup;
mod problems;
mod prompt;
mod search;
mod view;
mod vim;

#[cfg(test)]
mod tests;

pub use command::{BINDINGS, Binding, Command, Motion, command_for};
pub use complete::{Completion, CompletionWords};
pub use glyph::{Glyph, TAB_WIDTH, clusters, width};
pub use gutter::{GUTTER_WIDTH, GUTTER_WITH_BAR, GutterCell};
pub use history::Selection;
pub use offers::Offer;
pub use view::EditorView;
pub use vim::VimMode;

use crate::lint::Diagnostic;
use crate::text::{Edit, Position};
use crate::tui::highlight::{Language, LineColours};
use document::Document;
use history::{Change, EditKind, History};
use problems::Problems;
use std::cell::RefCell;
use std::ops::Range;

/// What the editor asks of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditorEffect {
    /// Put this text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Tell the person this in the status line.
    Say(String),
}

/// What came of a key or a command.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EditorOutcome {
    /// The editor made use of it; otherwise it is the shell's.
    pub consumed: bool,
    /// The text is another one now.
    pub changed: bool,
    /// What must be done outside.
    pub effects: Vec<EditorEffect>,
}

/// A text under edit. See the module's words.
#[derive(Debug)]
pub struct Editor {
    document: Document,
    language: Language,
    selection: Selection,
    /// The column that vertical motions keep to.
    goal: Option<usize>,
    history: History,
    /// The changes of the step in the making.
    pending: Vec<Change>,
    revision: u64,
    /// The history's state when the text was last saved.
    saved: u64,
    read_only: bool,
    register: edit::Register,
    problems: Problems,
    gutter: Vec<Option<GutterCell>>,
    colours: RefCell<LineColours>,
    words: CompletionWords,
    completion: Option<Completion>,
    /// Where a word begins whose completion was dismissed.
    declined: Option<usize>,
    prompt: Option<prompt::Prompt>,
    search: Option<search::Search>,
    vim: Option<vim::Vim>,
    mouse: mouse::Mouse,
    window: view::Window,
}

impl Editor {
    /// An editor of exactly `text`, the cursor at its beginning.
    pub fn new(text: &str, language: Language) -> Self {
        Self {
            document: Document::new(text),
            language,
            selection: Selection::default(),
            goal: None,
            history: History::default(),
            pending: Vec::new(),
            revision: 0,
            saved: 0,
            read_only: false,
            register: edit::Register::default(),
            problems: Problems::default(),
            gutter: Vec::new(),
            colours: RefCell::new(LineColours::new(language)),
            words: CompletionWords::default(),
            completion: None,
            declined: None,
            prompt: None,
            search: None,
            vim: None,
            mouse: mouse::Mouse::default(),
            window: view::Window::default(),
        }
    }

    /// The text, byte for byte.
    pub fn text(&self) -> String {
        self.document.text()
    }

    /// Counts the changes of the text: equal numbers of one editor mean equal texts.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What the text is written in.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Refuse changes from now on, or allow them.
    pub fn set_read_only(&mut self, read_only: bool) {
        self.read_only = read_only;
    }

    /// Whether changes are refused.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// The text as it is now is what the file holds.
    pub fn mark_saved(&mut self) {
        self.saved = self.history.state();
        self.history.close();
    }

    /// Whether the text differs from what was last saved; undoing back to that says no again.
    pub fn is_modified(&self) -> bool {
        self.saved != self.history.state()
    }

    /// The cursor as a byte of the text.
    pub fn cursor(&self) -> usize {
        self.selection.head
    }

    /// The selection in bytes.
    pub fn selection(&self) -> Selection {
        self.selection
    }

    /// The selected text.
    pub fn selected_text(&self) -> String {
        self.document.slice(self.selection.range()).into_owned()
    }

    /// Line and column of the cursor for the status bar, as [`Position`] counts.
    pub fn position(&self) -> Position {
        let head = self.selection.head;
        let line = self.document.line_of(head);
        let rope = self.document.rope();
        let column = rope.byte_to_char(head) - rope.byte_to_char(self.document.line_start(line));
        Position { line: line + 1, column: column + 1 }
    }

    /// The line of byte `at`, from 1.
    pub fn line_at(&self, at: usize) -> usize {
        self.document.line_of(at) + 1
    }

    /// How many lines there are.
    pub fn line_count(&self) -> usize {
        self.document.lines()
    }

    /// Put the cursor at `byte`, or at the beginning of the cluster it lies in, and show it.
    pub fn go_to(&mut self, byte: usize) {
        self.select(Selection::at(byte));
    }

    /// Put the cursor at `line` and `column`, both from 1, or as near as there is.
    pub fn go_to_position(&mut self, position: Position) {
        let line = (position.line.max(1) - 1).min(self.document.lines() - 1);
        let range = self.document.line_range(line);
        let rope = self.document.rope();
        let char = (rope.byte_to_char(range.start) + position.column.max(1) - 1).min(rope.len_chars());
        self.go_to(rope.char_to_byte(char).min(range.end));
    }

    /// Select, from anchor to head, and show the cursor.
    pub fn select(&mut self, selection: Selection) {
        self.selection = Selection {
            anchor: self.document.floor(selection.anchor),
            head: self.document.floor(selection.head),
        };
        self.goal = None;
        self.history.close();
        self.window.follow();
    }

    /// Take `text` from outside in place of all there is, as one step that undo takes back. Only
    /// what differs changes, so the cursor and the scroll stay where the text around them stays.
    pub fn set_text_keeping_cursor(&mut self, text: &str) {
        let old = self.document.text();
        if old == text {
            return;
        }
        let mut start = old.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        while !old.is_char_boundary(start) || !text.is_char_boundary(start) {
            start -= 1;
        }
        let pairs = old[start..].bytes().rev().zip(text[start..].bytes().rev());
        let mut same = pairs.take_while(|(a, b)| a == b).count();
        while !old.is_char_boundary(old.len() - same) || !text.is_char_boundary(text.len() - same) {
            same -= 1;
        }
        let (from, to) = (old.len() - same, text.len() - same);
        self.history.close();
        self.step(EditKind::Other, |editor| editor.replace(start..from, &text[start..to]));
    }

    /// Make `edits` (of the text as it is now) as one step, as a quick fix does. Answers `false`,
    /// and changes nothing, when they overlap or do not fit the text.
    pub fn apply_edits(&mut self, edits: &[Edit]) -> bool {
        let mut sorted: Vec<&Edit> = edits.iter().collect();
        sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let rope = self.document.rope();
        let boundary =
            |byte: usize| byte <= self.document.len() && rope.char_to_byte(rope.byte_to_char(byte)) == byte;
        let fits = sorted
            .iter()
            .all(|e| e.span.start <= e.span.end && boundary(e.span.start) && boundary(e.span.end))
            && sorted.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start);
        if !fits || self.read_only {
            return false;
        }
        let eol = self.document.eol();
        self.transact(EditKind::Other, |editor| {
            for edit in sorted.iter().rev() {
                let text = with_eol(&edit.replacement, eol);
                editor.replace(edit.span.range(), &text);
            }
        });
        true
    }

    /// The linter's findings about the text as it is now. They move with later edits until new
    /// ones come.
    pub fn set_diagnostics(&mut self, diagnostics: Vec<Diagnostic>) {
        self.problems.set(diagnostics, self.document.len());
    }

    /// The findings, in order of place, where they are now.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        self.problems.all()
    }

    /// The findings under the cursor, the worst first; when there are none, those of its line.
    pub fn diagnostics_at_cursor(&self) -> Vec<&Diagnostic> {
        let head = self.selection.head;
        let here = self.problems.touching(head, head);
        if !here.is_empty() {
            return here;
        }
        let line = self.document.line_range(self.document.line_of(head));
        self.problems.touching(line.start, line.end)
    }

    /// What the gutter shows beside each line, from the first; lines beyond have none. It moves
    /// with later edits until set again.
    pub fn set_gutter(&mut self, gutter: Vec<Option<GutterCell>>) {
        self.gutter = gutter;
    }

    /// Change text as one step of the history, unless it is read-only.
    fn transact(&mut self, kind: EditKind, change: impl FnOnce(&mut Self)) {
        if !self.read_only {
            self.step(kind, change);
        }
    }

    /// Change text as one step of the history.
    fn step(&mut self, kind: EditKind, change: impl FnOnce(&mut Self)) {
        let before = self.selection;
        change(self);
        let changes = std::mem::take(&mut self.pending);
        if !changes.is_empty() {
            self.history.record(changes, before, self.selection, kind);
        }
        self.goal = None;
        self.window.follow();
    }

    /// Replace `range` by `text`: the one door through which all changes of text go. The selection
    /// moves with the text around it.
    fn replace(&mut self, range: Range<usize>, text: &str) {
        let removed = self.document.slice(range.clone()).into_owned();
        if removed == text {
            return;
        }
        self.pending.push(Change { at: range.start, removed, inserted: text.to_owned() });
        self.rewrite(range.clone(), text);
        let moved = |byte: usize| {
            if byte < range.start || (byte == range.start && !range.is_empty()) {
                byte
            } else if byte >= range.end {
                byte - range.len() + text.len()
            } else {
                range.start
            }
        };
        let Selection { anchor, head } = self.selection;
        let snapped = |byte: usize| self.document.ceil(moved(byte));
        self.selection = Selection { anchor: snapped(anchor), head: snapped(head) };
    }

    /// Replace `range` by `text` and keep in step all that is known about the text, but for
    /// history and selection.
    fn rewrite(&mut self, range: Range<usize>, text: &str) {
        let line = self.document.line_of(range.start);
        let removed = self.document.line_of(range.end) - line;
        let added = text.bytes().filter(|b| *b == b'\n').count();
        self.problems.shift(range.start, range.len(), text.len());
        self.document.replace(range, text);
        self.colours.get_mut().edited(line, removed, added);
        gutter::edited(&mut self.gutter, line, removed, added);
        self.revision += 1;
    }

    /// Take the last step back. Answers whether there was one.
    fn undo(&mut self) -> bool {
        let Some(step) = (!self.read_only).then(|| self.history.undo()).flatten() else { return false };
        for change in step.changes.iter().rev() {
            self.rewrite(change.at..change.at + change.inserted.len(), &change.removed);
        }
        self.selection = step.before;
        self.shown_again();
        true
    }

    /// Make the step again that was last taken back. Answers whether there was one.
    fn redo(&mut self) -> bool {
        let Some(step) = (!self.read_only).then(|| self.history.redo()).flatten() else { return false };
        for change in &step.changes {
            self.rewrite(change.at..change.at + change.removed.len(), &change.inserted);
        }
        self.selection = step.after;
        self.shown_again();
        true
    }

    fn shown_again(&mut self) {
        self.goal = None;
        self.window.follow();
    }
}

/// `text` with its line ends made `eol`.
fn with_eol(text: &str, eol: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if eol == "\n" { text } else { text.replace('\n', eol) }
}
