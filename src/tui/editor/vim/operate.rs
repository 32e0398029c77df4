//! Operators over a range, and putting what they took.

use super::VimMode;
use crate::tui::editor::history::{EditKind, Selection};
use crate::tui::editor::{Editor, EditorEffect, motion};
use std::ops::Range;

impl Editor {
    /// Put the register behind the cursor or before it; lines below or above its line.
    pub(super) fn put_vim(&mut self, behind: bool, count: usize) {
        let register = self.register.clone();
        let text = register.text.repeat(count.min(1_000));
        let head = self.selection.head;
        let line = self.document.line_of(head);
        if register.lines {
            let last = line + 1 == self.document.lines();
            let at = if behind { self.document.line_start(line + 1) } else { self.document.line_start(line) };
            let eol = self.document.eol();
            self.transact(EditKind::Other, |editor| {
                if behind && last {
                    let text = format!("{eol}{}", text.strip_suffix(eol).unwrap_or(&text));
                    editor.replace(at..at, &text);
                } else {
                    editor.replace(at..at, &text);
                }
            });
            let first = if behind { line + 1 } else { line }.min(self.document.lines() - 1);
            self.select(Selection::at(motion::first_nonblank(&self.document, first)));
        } else {
            let end = self.document.line_end(line);
            let at = if behind && head < end { self.document.next(head) } else { head };
            self.select(Selection::at(at));
            self.insert(&text, EditKind::Other);
            let head = self.selection.head;
            self.select(Selection::at(if text.is_empty() { head } else { self.document.previous(head) }));
        }
    }

    /// Do the waiting operator to `range`; in visual mode without one, select it.
    pub(super) fn operate(&mut self, range: Range<usize>, lines: bool, effects: &mut Vec<EditorEffect>) {
        let Some(vim) = self.vim.as_mut() else { return };
        let Some(operator) = vim.operator else {
            vim.anchor = range.start;
            vim.forget();
            let head = self.document.previous(range.end).max(range.start);
            return self.select(Selection { anchor: range.start, head });
        };
        vim.forget();
        let first = self.document.line_of(range.start);
        let last = self.document.line_of(self.document.previous(range.end).max(range.start));
        match operator {
            '>' => self.indent_lines(first..last + 1),
            '<' => self.outdent_lines(first..last + 1),
            'y' => {
                effects.extend(self.yank(range.clone(), lines));
                self.select(Selection::at(if lines {
                    self.selection.head.min(range.end)
                } else {
                    range.start
                }));
                return;
            }
            'c' if lines => {
                effects.extend(self.yank(range, true));
                let from = motion::first_nonblank(&self.document, first);
                let to = self.document.line_end(last);
                self.set_mode(VimMode::Insert);
                self.delete(from..to.max(from), EditKind::Other);
                self.select(Selection::at(from));
                return;
            }
            'c' => {
                effects.extend(self.yank(range.clone(), false));
                self.set_mode(VimMode::Insert);
                self.delete(range.clone(), EditKind::Other);
                self.select(Selection::at(range.start));
                return;
            }
            _ => {
                effects.extend(self.yank(range.clone(), lines));
                if lines {
                    self.selection = Selection { anchor: range.start, head: self.document.line_end(last) };
                    self.delete_lines();
                    let line = self.document.line_of(self.selection.head);
                    self.select(Selection::at(motion::first_nonblank(&self.document, line)));
                } else {
                    self.delete(range, EditKind::Other);
                }
                return;
            }
        }
        self.select(Selection::at(motion::first_nonblank(&self.document, first)));
    }
}
