//! The bar at the bottom of the editor: find, replace, go to a line.

use super::field::Field;
use super::history::Selection;
use super::search::Search;
use super::{Editor, EditorOutcome};
use crate::text::Position;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What the bar asks for.
#[derive(Debug, Clone)]
pub(super) enum Prompt {
    /// A text to look for, and with what to replace it.
    Find {
        query: Field,
        replacement: Option<Field>,
        /// The keys go to the replacement.
        replacing: bool,
        /// Where the search began.
        origin: usize,
        /// Enter closes the bar, as vim's does.
        once: bool,
        /// How many matches there are, and which is selected.
        count: (usize, Option<usize>),
    },
    /// A line number.
    Goto(Field),
}

impl Prompt {
    /// How many rows it takes.
    pub fn rows(&self) -> u16 {
        if matches!(self, Self::Find { replacement: Some(_), .. }) { 2 } else { 1 }
    }

    fn field(&mut self) -> &mut Field {
        match self {
            Self::Find { replacement: Some(field), replacing: true, .. } => field,
            Self::Find { query, .. } => query,
            Self::Goto(field) => field,
        }
    }
}

impl Editor {
    /// Open the find bar, with the selection as pattern if it is on one line.
    pub(super) fn open_find(&mut self, replace: bool, once: bool) {
        let selected = self.selected_text();
        let usable = !selected.is_empty() && !selected.contains('\n') && self.vim.is_none();
        let query = if usable {
            selected
        } else {
            self.search.as_ref().filter(|_| !once).map_or(String::new(), |s| s.pattern().to_owned())
        };
        self.prompt = Some(Prompt::Find {
            query: Field::new(query),
            replacement: replace.then(Field::default),
            replacing: false,
            origin: self.selection.range().start,
            once,
            count: (0, None),
        });
        self.search_as_typed();
    }

    /// Open the bar that asks for a line.
    pub(super) fn open_goto(&mut self) {
        self.prompt = Some(Prompt::Goto(Field::default()));
    }

    /// Whether the bar took `text`.
    pub(super) fn paste_into_prompt(&mut self, text: &str) -> bool {
        let Some(prompt) = &mut self.prompt else { return false };
        prompt.field().insert(text);
        self.search_as_typed();
        true
    }

    /// A key while the bar is open. `None` when it is for others.
    pub(super) fn prompt_key(&mut self, key: &KeyEvent) -> Option<EditorOutcome> {
        let revision = self.revision;
        let mut effect = None;
        let prompt = self.prompt.as_mut()?;
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let back = key.modifiers.contains(KeyModifiers::SHIFT);
        match (key.code, &mut *prompt) {
            (KeyCode::Esc, Prompt::Find { once, origin, .. }) => {
                let back = once.then_some(*origin);
                self.prompt = None;
                if let Some(origin) = back {
                    self.go_to(origin);
                }
            }
            (KeyCode::Esc, Prompt::Goto(_)) => self.prompt = None,
            (KeyCode::Enter, _) if alt => return None,
            (KeyCode::Enter, Prompt::Goto(field)) => {
                let to = position(field.text());
                self.prompt = None;
                if let Some(to) = to {
                    self.go_to_position(to);
                }
            }
            (KeyCode::Enter, Prompt::Find { once: true, .. }) => self.prompt = None,
            (KeyCode::Enter, Prompt::Find { replacement: Some(field), replacing: true, .. }) => {
                let text = field.text().to_owned();
                effect = self.replace_match(&text);
            }
            (KeyCode::Char('a'), Prompt::Find { replacement: Some(field), .. }) if ctrl || alt => {
                let text = field.text().to_owned();
                effect = self.replace_all(&text);
            }
            (KeyCode::Enter | KeyCode::Down, Prompt::Find { .. }) if !back => effect = self.find_again(true),
            (KeyCode::Enter | KeyCode::Up, Prompt::Find { .. }) => effect = self.find_again(false),
            (KeyCode::Tab | KeyCode::BackTab, Prompt::Find { replacement, replacing, .. }) => {
                *replacing = replacement.is_some() && !*replacing;
            }
            (KeyCode::Char('r'), Prompt::Find { replacement, replacing, .. }) if ctrl => {
                replacement.get_or_insert_default();
                *replacing = true;
            }
            (KeyCode::Char('v'), _) if ctrl => {
                let text = self.register.text.clone();
                self.paste_into_prompt(&text);
            }
            (_, Prompt::Find { replacing: false, .. }) => {
                if !prompt.field().handle_key(key) {
                    return self.beside_prompt(key);
                }
                self.search_as_typed();
            }
            _ => {
                if !prompt.field().handle_key(key) {
                    return self.beside_prompt(key);
                }
            }
        }
        self.count_matches();
        let mut outcome = self.outcome(revision, true);
        outcome.effects.extend(effect);
        Some(outcome)
    }

    /// A key that the bar has no use for: undo and find again still work, the rest is the shell's.
    fn beside_prompt(&mut self, key: &KeyEvent) -> Option<EditorOutcome> {
        use super::command::{Command, command_for};
        let outcome = match command_for(key) {
            Some(command @ (Command::Undo | Command::Redo | Command::FindNext | Command::FindPrevious)) => {
                self.handle(command)
            }
            _ => EditorOutcome::default(),
        };
        self.count_matches();
        Some(outcome)
    }

    /// Look for what is in the bar, from where the search began.
    fn search_as_typed(&mut self) {
        let Some(Prompt::Find { query, origin, .. }) = &self.prompt else { return };
        let (pattern, origin) = (query.text().to_owned(), *origin);
        self.search = Search::new(&pattern);
        match self.first_match(self.document.floor(origin)) {
            Some(found) => self.show_match(found),
            None => self.select(Selection::at(origin)),
        }
        self.count_matches();
    }

    fn count_matches(&mut self) {
        let at = self.selection.range().start;
        let open = matches!(self.prompt, Some(Prompt::Find { .. }));
        let counted = self.searched().filter(|_| open).map_or((0, None), |search| search.count(at));
        if let Some(Prompt::Find { count, .. }) = &mut self.prompt {
            *count = counted;
        }
    }
}

/// `12` or `12:5`.
fn position(text: &str) -> Option<Position> {
    let (line, column) = text.trim().split_once(':').unwrap_or((text.trim(), "1"));
    Some(Position { line: line.parse().ok()?, column: column.parse().unwrap_or(1) })
}
