//! What keys ask for: popups first, then vim, then the table of commands.

use super::command::{Command, Motion, command_for};
use super::history::{EditKind, Selection};
use super::{Editor, EditorEffect, EditorOutcome, edit, motion};
use crossterm::event::{KeyEvent, KeyEventKind};

impl Editor {
    /// A key came. What the editor has no use for is left to the shell.
    pub fn handle_key(&mut self, key: KeyEvent) -> EditorOutcome {
        if key.kind == KeyEventKind::Release {
            return EditorOutcome::default();
        }
        if self.prompt.is_some()
            && let Some(outcome) = self.prompt_key(&key)
        {
            return outcome;
        }
        let revision = self.revision;
        if self.completion_key(&key) {
            return self.outcome(revision, true);
        }
        if let Some(outcome) = self.vim_key(&key) {
            return outcome;
        }
        match command_for(&key) {
            Some(command) => self.handle(command),
            None => EditorOutcome::default(),
        }
    }

    /// Do `command`.
    pub fn handle(&mut self, command: Command) -> EditorOutcome {
        let revision = self.revision;
        let mut effect: Option<EditorEffect> = None;
        let mut consumed = true;
        let edits = !matches!(
            command,
            Command::Insert(_) | Command::Backspace | Command::Delete | Command::Copy | Command::Complete
        );
        if edits {
            self.history.close();
        }
        match command {
            Command::Move(motion) => self.go(motion, false),
            Command::Select(motion) => self.go(motion, true),
            Command::SelectAll => self.select(Selection { anchor: 0, head: self.document.len() }),
            Command::SelectLine => self.select_line(),
            Command::Insert(c) => self.type_char(c),
            Command::Newline => self.newline(),
            Command::Indent => self.indent(),
            Command::Outdent => self.outdent_lines(self.selected_lines()),
            Command::Backspace => self.backspace(),
            Command::Delete => self.erase(EditKind::Erase, |document, head| document.next(head)),
            Command::DeleteWordLeft => self.erase(EditKind::Other, edit::word_left),
            Command::DeleteWordRight => self.erase(EditKind::Other, edit::word_right),
            Command::DeleteLine => self.delete_lines(),
            Command::ToggleComment => self.toggle_comment(),
            Command::Duplicate => self.duplicate(),
            Command::MoveLineUp => self.move_lines(false),
            Command::MoveLineDown => self.move_lines(true),
            Command::Undo => effect = say_unless(self.undo(), "Nothing to undo"),
            Command::Redo => effect = say_unless(self.redo(), "Nothing to redo"),
            Command::Copy => effect = self.copy(),
            Command::Cut => effect = self.cut(),
            Command::Paste => self.put(),
            Command::NextProblem => self.show_problem(self.problems.next(self.selection.head)),
            Command::PreviousProblem => self.show_problem(self.problems.previous(self.selection.head)),
            Command::ScrollUp => self.scroll(-3),
            Command::ScrollDown => self.scroll(3),
            Command::Find => self.open_find(false, false),
            Command::Replace => self.open_find(true, false),
            Command::FindNext => effect = self.find_again(true),
            Command::FindPrevious => effect = self.find_again(false),
            Command::GotoLine => self.open_goto(),
            Command::Complete => {}
            Command::Cancel => consumed = self.cancel(),
        }
        self.complete_after(command);
        self.vim_rest();
        EditorOutcome { effects: effect.into_iter().collect(), ..self.outcome(revision, consumed) }
    }

    /// Go to the next problem. Answers whether there is one.
    pub fn next_problem(&mut self) -> bool {
        self.handle(Command::NextProblem);
        !self.problems.all().is_empty()
    }

    /// Go to the previous problem. Answers whether there is one.
    pub fn prev_problem(&mut self) -> bool {
        self.handle(Command::PreviousProblem);
        !self.problems.all().is_empty()
    }

    fn show_problem(&mut self, byte: Option<usize>) {
        if let Some(byte) = byte {
            self.go_to(byte);
        }
    }

    fn go(&mut self, motion: Motion, select: bool) {
        let Selection { anchor, head } = self.selection;
        let goal = self.goal.unwrap_or_else(|| self.document.place(head).column);
        let range = self.selection.range();
        let to = match motion {
            Motion::Left if !select && anchor != head => range.start,
            Motion::Right if !select && anchor != head => range.end,
            _ => motion::target(&self.document, head, motion, goal, self.window.page()),
        };
        self.select(Selection { anchor: if select { anchor } else { to }, head: to });
        self.goal = motion.is_vertical().then_some(goal);
    }

    /// Dismiss what can be dismissed. Answers whether there was anything.
    fn cancel(&mut self) -> bool {
        if self.completion.is_some() || self.prompt.is_some() {
            self.dismiss_completion();
            self.prompt = None;
            return true;
        }
        if !self.selection.is_empty() {
            self.select(Selection::at(self.selection.head));
            return true;
        }
        false
    }
}

fn say_unless(done: bool, message: &str) -> Option<EditorEffect> {
    (!done).then(|| EditorEffect::Say(message.to_owned()))
}
