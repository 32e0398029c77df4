//! Everything the editor can be told to do, and the keys for it. The table is data: the help and
//! the command palette are made from it.

use crate::tui::keymap::Chord;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where a motion goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Motion {
    /// One character left.
    Left,
    /// One character right.
    Right,
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// To the beginning of this or the previous word.
    WordLeft,
    /// To the end of this or the next word.
    WordRight,
    /// To the first character that is no blank, then to the beginning of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// One screenful up.
    PageUp,
    /// One screenful down.
    PageDown,
    /// To the beginning of the file.
    FileStart,
    /// To the end of the file.
    FileEnd,
}

/// One operation of the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Move the cursor.
    Move(Motion),
    /// Move the cursor and select what it passes.
    Select(Motion),
    /// Select everything.
    SelectAll,
    /// Select the line, then one more each time.
    SelectLine,
    /// Type a character.
    Insert(char),
    /// Break the line and indent as the line above.
    Newline,
    /// Indent the selected lines, or type a tab.
    Indent,
    /// Outdent the line or the selected lines.
    Outdent,
    /// Delete the selection or the character before the cursor.
    Backspace,
    /// Delete the selection or the character behind the cursor.
    Delete,
    /// Delete to the beginning of the word.
    DeleteWordLeft,
    /// Delete to the end of the word.
    DeleteWordRight,
    /// Delete the line.
    DeleteLine,
    /// Make the lines comments, or lines again.
    ToggleComment,
    /// Repeat the line or the selected lines below.
    Duplicate,
    /// Move the line or the selected lines up.
    MoveLineUp,
    /// Move the line or the selected lines down.
    MoveLineDown,
    /// Take the last step back.
    Undo,
    /// Make it again.
    Redo,
    /// Copy the selection, or the line.
    Copy,
    /// Copy and delete it.
    Cut,
    /// Put in what was copied or cut last.
    Paste,
    /// Look for a text.
    Find,
    /// Look for a text and put another in its place.
    Replace,
    /// Go to the next match.
    FindNext,
    /// Go to the previous match.
    FindPrevious,
    /// Go to a line by its number.
    GotoLine,
    /// Offer completions.
    Complete,
    /// Go to the next problem.
    NextProblem,
    /// Go to the previous problem.
    PreviousProblem,
    /// Scroll up without moving the cursor.
    ScrollUp,
    /// Scroll down without moving the cursor.
    ScrollDown,
    /// Dismiss the popup, the search or the selection.
    Cancel,
}

/// One line of the table of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The key.
    pub chord: Chord,
    /// What it does.
    pub command: Command,
    /// Its words in the help; empty for a second key of the same command.
    pub label: &'static str,
}

const fn bind(chord: Chord, command: Command, label: &'static str) -> Binding {
    Binding { chord, command, label }
}

const fn with(modifiers: KeyModifiers, code: KeyCode) -> Chord {
    Chord { code, modifiers }
}

const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const CTRL_SHIFT: KeyModifiers = KeyModifiers::CONTROL.union(KeyModifiers::SHIFT);

/// The keys of the editor outside vim mode, in the order of the help.
pub const BINDINGS: &[Binding] = &[
    bind(Chord::ctrl('z'), Command::Undo, "Undo"),
    bind(Chord::ctrl('y'), Command::Redo, "Redo"),
    bind(Chord::ctrl('Z'), Command::Redo, ""),
    bind(Chord::ctrl('c'), Command::Copy, "Copy the selection or the line"),
    bind(Chord::ctrl('x'), Command::Cut, "Cut the selection or the line"),
    bind(Chord::ctrl('v'), Command::Paste, "Paste"),
    bind(with(CTRL, KeyCode::Insert), Command::Copy, ""),
    bind(with(SHIFT, KeyCode::Delete), Command::Cut, ""),
    bind(with(SHIFT, KeyCode::Insert), Command::Paste, ""),
    bind(Chord::ctrl('a'), Command::SelectAll, "Select everything"),
    bind(Chord::alt(KeyCode::Char('s')), Command::SelectLine, "Select the line"),
    bind(Chord::ctrl('f'), Command::Find, "Find"),
    bind(Chord::ctrl('r'), Command::Replace, "Find and replace"),
    bind(Chord::alt(KeyCode::Char('n')), Command::FindNext, "Next match"),
    bind(Chord::alt(KeyCode::Char('N')), Command::FindPrevious, "Previous match"),
    bind(Chord::ctrl('g'), Command::GotoLine, "Go to a line"),
    bind(Chord::ctrl(' '), Command::Complete, "Complete"),
    bind(Chord::ctrl('_'), Command::ToggleComment, ""),
    bind(Chord::ctrl('/'), Command::ToggleComment, "Comment the lines in or out"),
    bind(Chord::ctrl('7'), Command::ToggleComment, ""),
    bind(Chord::ctrl('d'), Command::Duplicate, "Duplicate the line"),
    bind(Chord::ctrl('k'), Command::DeleteLine, "Delete the line"),
    bind(Chord::alt(KeyCode::Up), Command::MoveLineUp, "Move the line up"),
    bind(Chord::alt(KeyCode::Down), Command::MoveLineDown, "Move the line down"),
    bind(Chord::key(KeyCode::Tab), Command::Indent, "Indent"),
    bind(Chord::key(KeyCode::BackTab), Command::Outdent, "Outdent"),
    bind(Chord::ctrl('w'), Command::DeleteWordLeft, "Delete the word before the cursor"),
    bind(Chord::ctrl('h'), Command::DeleteWordLeft, ""),
    bind(with(CTRL, KeyCode::Backspace), Command::DeleteWordLeft, ""),
    bind(Chord::alt(KeyCode::Backspace), Command::DeleteWordLeft, ""),
    bind(with(CTRL, KeyCode::Delete), Command::DeleteWordRight, "Delete the word behind the cursor"),
    bind(Chord::alt(KeyCode::Char('d')), Command::DeleteWordRight, ""),
    bind(with(CTRL, KeyCode::Left), Command::Move(Motion::WordLeft), "A word left"),
    bind(with(CTRL, KeyCode::Right), Command::Move(Motion::WordRight), "A word right"),
    bind(with(CTRL_SHIFT, KeyCode::Left), Command::Select(Motion::WordLeft), "Select a word left"),
    bind(with(CTRL_SHIFT, KeyCode::Right), Command::Select(Motion::WordRight), "Select a word right"),
    bind(with(CTRL, KeyCode::Home), Command::Move(Motion::FileStart), "Beginning of the file"),
    bind(with(CTRL, KeyCode::End), Command::Move(Motion::FileEnd), "End of the file"),
    bind(with(CTRL_SHIFT, KeyCode::Home), Command::Select(Motion::FileStart), "Select to the beginning"),
    bind(with(CTRL_SHIFT, KeyCode::End), Command::Select(Motion::FileEnd), "Select to the end"),
    bind(with(CTRL, KeyCode::Up), Command::ScrollUp, "Scroll up"),
    bind(with(CTRL, KeyCode::Down), Command::ScrollDown, "Scroll down"),
    bind(Chord::key(KeyCode::Left), Command::Move(Motion::Left), ""),
    bind(Chord::key(KeyCode::Right), Command::Move(Motion::Right), ""),
    bind(Chord::key(KeyCode::Up), Command::Move(Motion::Up), ""),
    bind(Chord::key(KeyCode::Down), Command::Move(Motion::Down), ""),
    bind(Chord::key(KeyCode::Home), Command::Move(Motion::LineStart), ""),
    bind(Chord::key(KeyCode::End), Command::Move(Motion::LineEnd), ""),
    bind(Chord::key(KeyCode::PageUp), Command::Move(Motion::PageUp), ""),
    bind(Chord::key(KeyCode::PageDown), Command::Move(Motion::PageDown), ""),
    bind(with(SHIFT, KeyCode::Left), Command::Select(Motion::Left), ""),
    bind(with(SHIFT, KeyCode::Right), Command::Select(Motion::Right), ""),
    bind(with(SHIFT, KeyCode::Up), Command::Select(Motion::Up), ""),
    bind(with(SHIFT, KeyCode::Down), Command::Select(Motion::Down), ""),
    bind(with(SHIFT, KeyCode::Home), Command::Select(Motion::LineStart), ""),
    bind(with(SHIFT, KeyCode::End), Command::Select(Motion::LineEnd), ""),
    bind(with(SHIFT, KeyCode::PageUp), Command::Select(Motion::PageUp), ""),
    bind(with(SHIFT, KeyCode::PageDown), Command::Select(Motion::PageDown), ""),
    bind(Chord::key(KeyCode::Enter), Command::Newline, ""),
    bind(with(SHIFT, KeyCode::Enter), Command::Newline, ""),
    bind(Chord::key(KeyCode::Backspace), Command::Backspace, ""),
    bind(with(SHIFT, KeyCode::Backspace), Command::Backspace, ""),
    bind(Chord::key(KeyCode::Delete), Command::Delete, ""),
    bind(Chord::key(KeyCode::Esc), Command::Cancel, ""),
];

/// What `key` means outside vim mode and popups. Characters type themselves.
pub fn command_for(key: &KeyEvent) -> Option<Command> {
    if let Some(binding) = BINDINGS.iter().find(|binding| binding.chord.matches(key)) {
        return Some(binding.command);
    }
    match key.code {
        KeyCode::Char(c) if !key.modifiers.intersects(CTRL | KeyModifiers::ALT) => Some(Command::Insert(c)),
        // A keyboard's third level arrives as Ctrl and Alt together on some systems.
        KeyCode::Char(c)
            if key.modifiers.contains(CTRL | KeyModifiers::ALT) && !c.is_ascii_alphanumeric() =>
        {
            Some(Command::Insert(c))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_is_bound_twice_and_none_is_the_shells() {
        let mut seen = HashSet::new();
        for binding in BINDINGS {
            assert!(seen.insert(binding.chord), "{binding:?}");
            let mine = !matches!(binding.chord.code, KeyCode::F(_))
                && ![Chord::ctrl('p'), Chord::ctrl('q'), Chord::alt(KeyCode::Enter)].contains(&binding.chord);
            assert!(mine, "{binding:?}");
        }
    }
}
