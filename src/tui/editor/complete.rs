//! The completion popup: when it opens, what it shows of what is on offer, what accepting does.
//!
//! It opens by itself while a word is typed, and then only Tab accepts, so that Enter always breaks
//! the line; opened by its key, or once a row was chosen with the arrows, Enter accepts too.

use super::history::{EditKind, Selection};
use super::offers::{self, Offer};
use super::{Command, Editor};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What the workbench knows that completion may offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompletionWords {
    /// Paths of the build context, for `COPY` and `ADD`.
    pub paths: Vec<String>,
    /// Images on this machine or known to the course, for `FROM` and `--from=`.
    pub images: Vec<String>,
}

/// The popup while it is open.
#[derive(Debug, Clone)]
pub struct Completion {
    offers: Vec<Offer>,
    /// Where the word begins that an offer takes the place of.
    start: usize,
    selected: usize,
    chosen: bool,
}

impl Completion {
    /// The rows, best first.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The selected row.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Where the word begins that is completed.
    pub fn start(&self) -> usize {
        self.start
    }
}

impl Editor {
    /// What completion may offer beside what the text itself tells.
    pub fn set_completion_words(&mut self, words: CompletionWords) {
        self.words = words;
    }

    /// The completion popup, if it is open.
    pub fn completion(&self) -> Option<&Completion> {
        self.completion.as_ref()
    }

    /// Close the popup.
    pub(super) fn dismiss_completion(&mut self) {
        self.completion = None;
    }

    /// After `command`: open the popup, keep it in step, or close it.
    pub(super) fn complete_after(&mut self, command: Command) {
        match command {
            Command::Insert(c) => {
                let opens = c.is_alphanumeric() || "-=$:{/._,".contains(c);
                if opens || self.completion.is_some() {
                    self.offer(false);
                }
            }
            Command::Backspace if self.completion.is_some() => self.offer(false),
            Command::Complete => self.offer(true),
            _ => self.dismiss_completion(),
        }
    }

    /// Open the popup with what fits at the cursor, or close it when nothing does.
    fn offer(&mut self, asked: bool) {
        let before = self.completion.take();
        if self.read_only || !self.selection.is_empty() {
            return;
        }
        let Some((start, offers)) = offers::at_cursor(self) else { return };
        if !asked && self.declined == Some(start) {
            return;
        }
        self.declined = None;
        let head = self.selection.head;
        let typed = self.document.slice(start..head).to_lowercase();
        let mut offers: Vec<Offer> =
            offers.into_iter().filter(|offer| rank(&offer.label, &typed) < 2).collect();
        offers.sort_by_key(|offer| rank(&offer.label, &typed));
        let settled = offers.len() == 1 && offers.first().is_some_and(|o| o.label.to_lowercase() == typed);
        if offers.is_empty()
            || (!asked && (settled || typed.is_empty() && before.is_none() && !self.at_value(start)))
        {
            return;
        }
        let before = before.filter(|before| before.start == start);
        let chosen = asked || before.as_ref().is_some_and(|b| b.chosen);
        let kept =
            before.filter(|b| b.chosen).and_then(|b| b.offers.get(b.selected).map(|o| o.label.clone()));
        let selected = kept.and_then(|label| offers.iter().position(|o| o.label == label)).unwrap_or(0);
        self.completion = Some(Completion { offers, start, selected, chosen });
    }

    /// Whether the word at `start` stands behind a sign that asks for a value: `--from=`, `$`.
    fn at_value(&self, start: usize) -> bool {
        self.document.char_before(start).is_some_and(|c| matches!(c, '=' | '$' | '{' | ','))
    }

    /// A key while the popup is open. Answers whether it was for the popup.
    pub(super) fn completion_key(&mut self, key: &KeyEvent) -> bool {
        let Some(popup) = &mut self.completion else { return false };
        if key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT) {
            return false;
        }
        let rows = popup.offers.len();
        match key.code {
            KeyCode::Down => {
                popup.selected = if popup.chosen { (popup.selected + 1) % rows } else { 0 };
                popup.chosen = true;
            }
            KeyCode::Up => {
                popup.selected = (popup.selected + rows - 1) % rows;
                popup.chosen = true;
            }
            KeyCode::PageDown => popup.selected = (popup.selected + 8).min(rows - 1),
            KeyCode::PageUp => popup.selected = popup.selected.saturating_sub(8),
            KeyCode::Tab => self.accept_completion(),
            KeyCode::Enter if popup.chosen => self.accept_completion(),
            KeyCode::Esc => {
                self.declined = Some(popup.start);
                self.dismiss_completion();
            }
            _ => return false,
        }
        true
    }

    /// Put the selected offer in place of the word.
    pub fn accept_completion(&mut self) {
        let Some(popup) = self.completion.take() else { return };
        let Some(offer) = popup.offers.get(popup.selected) else { return };
        let head = self.selection.head;
        // The blank that may already stand there is taken along.
        let blank = offer.insert.ends_with(' ') && self.document.char_at(head) == Some(' ');
        self.history.close();
        self.selection = Selection { anchor: popup.start, head: head + usize::from(blank) };
        self.insert(&offer.insert, EditKind::Other);
        if offer.goes_on {
            self.offer(false);
        }
    }
}

/// 0 when `label` begins with `typed`, 1 when it holds it, 2 when not.
fn rank(label: &str, typed: &str) -> u8 {
    let label = label.to_lowercase();
    if label.starts_with(typed) {
        0
    } else if typed.len() > 2 && label.contains(typed) {
        1
    } else {
        2
    }
}
