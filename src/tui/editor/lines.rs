//! Operations on whole lines: indent, comment, duplicate, move.

use super::edit::tab_text;
use super::history::{EditKind, Selection};
use super::{Editor, TAB_WIDTH};
use std::ops::Range;

impl Editor {
    /// The lines that the selection touches. One that ends at the beginning of a line does not
    /// touch that line.
    pub(super) fn selected_lines(&self) -> Range<usize> {
        let range = self.selection.range();
        let first = self.document.line_of(range.start);
        let mut last = self.document.line_of(range.end);
        if last > first && self.document.line_start(last) == range.end {
            last -= 1;
        }
        first..last + 1
    }

    /// Tab: indent the selected lines when there are several, else type blanks to the next stop.
    pub(super) fn indent(&mut self) {
        if self.selected_lines().len() > 1 {
            return self.indent_lines(self.selected_lines());
        }
        let text = tab_text(&self.document, self.language, self.selection.range().start);
        self.insert(&text, EditKind::Type);
    }

    /// One level of indentation more for `lines`; empty ones stay empty.
    pub(super) fn indent_lines(&mut self, lines: Range<usize>) {
        let unit = self.language.indent();
        self.transact(EditKind::Other, |editor| {
            for line in lines {
                let range = editor.document.line_range(line);
                if !range.is_empty() {
                    editor.replace(range.start..range.start, unit);
                }
            }
        });
    }

    /// One level of indentation less for `lines`.
    pub(super) fn outdent_lines(&mut self, lines: Range<usize>) {
        let unit = self.language.indent().len().min(TAB_WIDTH);
        self.transact(EditKind::Other, |editor| {
            for line in lines {
                let start = editor.document.line_start(line);
                let head = editor.document.line_head(line, TAB_WIDTH).into_owned();
                let tabs = usize::from(head.starts_with('\t'));
                let blanks = head.bytes().take_while(|b| *b == b' ').count().min(unit.max(1));
                let unit = if tabs > 0 { tabs } else { blanks };
                editor.replace(start..start + unit, "");
            }
        });
    }

    /// Make the selected lines comments; when all of them are already, lines again.
    pub(super) fn toggle_comment(&mut self) {
        let Some(mark) = self.language.comment() else { return };
        let lines = self.selected_lines();
        let texts: Vec<(usize, String)> = lines
            .map(|line| (line, self.document.line(line).into_owned()))
            .filter(|(_, text)| !text.trim().is_empty())
            .collect();
        let indent = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
        let all = texts.iter().all(|(_, text)| text[indent(text)..].starts_with(mark));
        let column = texts.iter().map(|(_, text)| indent(text)).min().unwrap_or(0);
        self.transact(EditKind::Other, |editor| {
            for (line, text) in texts {
                let start = editor.document.line_start(line);
                if all {
                    let at = indent(&text);
                    let blank = usize::from(text[at + mark.len()..].starts_with(' '));
                    editor.replace(start + at..start + at + mark.len() + blank, "");
                } else {
                    editor.replace(start + column..start + column, &format!("{mark} "));
                }
            }
        });
    }

    /// Repeat the selection behind itself, or the line below itself.
    pub(super) fn duplicate(&mut self) {
        let Selection { anchor, head } = self.selection;
        let range = self.selection.range();
        self.transact(EditKind::Other, |editor| {
            if range.is_empty() {
                let line = editor.document.line_of(head);
                let text = editor.document.line(line).into_owned();
                let end = editor.document.line_end(line);
                let eol = editor.document.eol();
                editor.replace(end..end, &format!("{eol}{text}"));
                let moved = text.len() + eol.len();
                editor.selection = Selection::at(editor.document.floor(head + moved));
            } else {
                let text = editor.document.slice(range.clone()).into_owned();
                editor.replace(range.end..range.end, &text);
                let moved = |byte: usize| editor.document.floor(byte + text.len());
                editor.selection = Selection { anchor: moved(anchor), head: moved(head) };
            }
        });
    }

    /// Move the selected lines over the line above or below.
    pub(super) fn move_lines(&mut self, down: bool) {
        let lines = self.selected_lines();
        let over = if down { lines.end } else { lines.start.wrapping_sub(1) };
        if over >= self.document.lines() {
            return;
        }
        let Selection { anchor, head } = self.selection;
        let first = lines.start.min(over);
        let last = (lines.end - 1).max(over);
        let all = self.document.line_start(first)..self.document.line_end(last);
        let mine = self.document.line_start(lines.start)..self.document.line_end(lines.end - 1);
        let other = self.document.line(over).into_owned();
        let moved = self.document.slice(mine.clone()).into_owned();
        let eol = if down {
            self.document.slice(mine.end..self.document.line_start(over)).into_owned()
        } else {
            self.document.slice(self.document.line_end(over)..mine.start).into_owned()
        };
        let (text, shift) = if down {
            (format!("{other}{eol}{moved}"), (other.len() + eol.len()) as isize)
        } else {
            (format!("{moved}{eol}{other}"), -((other.len() + eol.len()) as isize))
        };
        self.transact(EditKind::Other, |editor| {
            editor.replace(all, &text);
            let to = |byte: usize| editor.document.floor(byte.min(mine.end).saturating_add_signed(shift));
            editor.selection = Selection { anchor: to(anchor), head: to(head) };
        });
    }

    /// Select the cursor's line with its line end; when lines are selected already, one more.
    pub(super) fn select_line(&mut self) {
        let range = self.selection.range();
        let start = self.document.line_start(self.document.line_of(range.start));
        let end = self.document.line_start(self.document.line_of(range.end) + 1);
        self.select(Selection { anchor: start, head: end });
    }
}
