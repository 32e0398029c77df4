//! A one-line input, as the find bar has.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation as _;

/// Text with a cursor between two clusters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Field {
    text: String,
    cursor: usize,
}

impl Field {
    /// A field that holds `text`, the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Put in `text`, on one line.
    pub fn insert(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or("");
        self.text.insert_str(self.cursor, line);
        self.cursor += line.len();
    }

    /// Whether the field had use for `key`.
    pub fn handle_key(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let previous = self.before().graphemes(true).next_back().map_or(0, str::len);
        let next = self.text[self.cursor..].graphemes(true).next().map_or(0, str::len);
        match key.code {
            KeyCode::Char('u') if ctrl => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('w') if ctrl => {
                let end = self.before().trim_end().len();
                let start = self.text[..end].rfind(char::is_whitespace).map_or(0, |at| at + 1);
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
                self.insert(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => {
                self.text.drain(self.cursor - previous..self.cursor);
                self.cursor -= previous;
            }
            KeyCode::Delete => {
                self.text.drain(self.cursor..self.cursor + next);
            }
            KeyCode::Left => self.cursor -= previous,
            KeyCode::Right => self.cursor += next,
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }
}
