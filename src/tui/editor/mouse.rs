//! Clicks, drags and the wheel. Places come from what the view drew last.

use super::history::Selection;
use super::{Editor, EditorOutcome, motion};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use std::ops::Range;
use std::time::Duration;

/// Clicks on one cell within this time are a double or a triple click.
const DOUBLE: Duration = Duration::from_millis(400);
/// Lines that one notch of the wheel scrolls.
const NOTCH: isize = 3;

/// The last press, and what a drag goes on from.
#[derive(Debug, Clone, Default)]
pub(super) struct Mouse {
    pressed: Option<(u16, u16, Duration)>,
    clicks: u8,
    /// What the press selected; a drag grows from there by the same unit.
    origin: Option<Range<usize>>,
}

impl Editor {
    /// The mouse did something at time `at`, counted from anywhere. Coordinates are the screen's.
    pub fn handle_mouse(&mut self, event: MouseEvent, at: Duration) -> EditorOutcome {
        let revision = self.revision;
        if !matches!(event.kind, MouseEventKind::Moved) {
            self.dismiss_completion();
        }
        let consumed = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => self.press(event, at),
            MouseEventKind::Drag(MouseButton::Left) => self.drag(event),
            MouseEventKind::Up(MouseButton::Left) => self.mouse.origin.take().is_some(),
            MouseEventKind::ScrollUp if self.window.contains(event.column, event.row) => {
                self.scroll(-NOTCH);
                true
            }
            MouseEventKind::ScrollDown if self.window.contains(event.column, event.row) => {
                self.scroll(NOTCH);
                true
            }
            MouseEventKind::ScrollLeft if self.window.contains(event.column, event.row) => {
                self.scroll_sideways(-NOTCH);
                true
            }
            MouseEventKind::ScrollRight if self.window.contains(event.column, event.row) => {
                self.scroll_sideways(NOTCH);
                true
            }
            _ => false,
        };
        self.outcome(revision, consumed)
    }

    fn press(&mut self, event: MouseEvent, at: Duration) -> bool {
        if !self.window.contains(event.column, event.row) {
            return false;
        }
        let byte = self.byte_at(event.column, event.row);
        let again = self.mouse.pressed.is_some_and(|(x, y, then)| {
            (x, y) == (event.column, event.row) && at.saturating_sub(then) < DOUBLE
        });
        self.mouse.clicks = if again { self.mouse.clicks % 3 + 1 } else { 1 };
        self.mouse.pressed = Some((event.column, event.row, at));
        if event.modifiers.contains(KeyModifiers::SHIFT) {
            self.select(Selection { anchor: self.selection.anchor, head: byte });
            self.mouse.origin = Some(self.selection.anchor..self.selection.anchor);
            return true;
        }
        let unit = self.unit(byte);
        self.select(Selection { anchor: unit.start, head: unit.end });
        self.mouse.origin = Some(unit);
        if self.selection.is_empty() {
            self.vim_rest();
        }
        true
    }

    fn drag(&mut self, event: MouseEvent) -> bool {
        let Some(origin) = self.mouse.origin.clone() else { return false };
        let unit = self.unit(self.byte_at(event.column, event.row));
        let selection = if unit.start < origin.start {
            Selection { anchor: origin.end, head: unit.start }
        } else {
            Selection { anchor: origin.start, head: unit.end }
        };
        self.select(selection);
        true
    }

    /// What a click selects around `byte`: nothing, the word, the line.
    fn unit(&self, byte: usize) -> Range<usize> {
        match self.mouse.clicks {
            2 => motion::word_at(&self.document, byte),
            3 => {
                let line = self.document.line_of(byte);
                self.document.line_start(line)..self.document.line_start(line + 1)
            }
            _ => byte..byte,
        }
    }
}
