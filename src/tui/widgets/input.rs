//! A line to type in.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

/// Text and where in it one types.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    /// Byte offset, on a grapheme's border.
    cursor: usize,
}

impl Input {
    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Inserts what people write; line breaks become blanks, controls are dropped.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text
            .chars()
            .map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c })
            .filter(|c| !crate::text::sanitise::is_unsafe(*c))
            .take(500)
            .collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    /// Takes a key; answers whether the text changed.
    pub fn on_key(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if ctrl => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
                true
            }
            KeyCode::Char('w') if ctrl => {
                let kept = self.before().trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.text.drain(kept..self.cursor);
                self.cursor = kept;
                true
            }
            KeyCode::Char(c) if !ctrl && !key.modifiers.contains(KeyModifiers::ALT) => {
                self.insert(c.encode_utf8(&mut [0; 4]));
                true
            }
            KeyCode::Backspace => {
                let Some(last) = self.before().graphemes(true).next_back().map(str::len) else {
                    return false;
                };
                self.text.drain(self.cursor - last..self.cursor);
                self.cursor -= last;
                true
            }
            KeyCode::Delete => {
                let Some(next) = self.after().graphemes(true).next().map(str::len) else { return false };
                self.text.drain(self.cursor..self.cursor + next);
                true
            }
            KeyCode::Left => {
                self.cursor -= self.before().graphemes(true).next_back().map_or(0, str::len);
                false
            }
            KeyCode::Right => {
                self.cursor += self.after().graphemes(true).next().map_or(0, str::len);
                false
            }
            KeyCode::Home => {
                self.cursor = 0;
                false
            }
            KeyCode::End => {
                self.cursor = self.text.len();
                false
            }
            _ => false,
        }
    }

    fn after(&self) -> &str {
        &self.text[self.cursor..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, code: KeyCode) {
        input.on_key(&KeyEvent::new(code, KeyModifiers::NONE));
    }

    #[test]
    fn whole_characters_go_and_come() {
        let mut input = Input::default();
        input.insert("ae\u{301}\u{1b}[31m\nx");
        assert_eq!(input.text(), "ae\u{301}[31m x");
        for _ in 0..6 {
            press(&mut input, KeyCode::Backspace);
        }
        assert_eq!(input.text(), "ae\u{301}");
        press(&mut input, KeyCode::Backspace);
        assert_eq!(input.text(), "a");
        press(&mut input, KeyCode::Home);
        press(&mut input, KeyCode::Char('b'));
        assert_eq!((input.text(), input.before()), ("ba", "b"));
    }
}
