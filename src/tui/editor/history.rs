//! Undo and redo. A step is what one undo takes back: a word typed, a run of deletes, a paste.

use std::collections::VecDeque;

/// Older steps are forgotten beyond this many bytes of text.
const LIMIT: usize = 64 * 1024 * 1024;

/// What is selected: from `anchor` to `head`, where the cursor is. Equal when nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Selection {
    /// Where it began.
    pub anchor: usize,
    /// The cursor.
    pub head: usize,
}

impl Selection {
    /// A cursor without selection.
    pub fn at(byte: usize) -> Self {
        Self { anchor: byte, head: byte }
    }

    /// The bytes between its ends.
    pub fn range(self) -> std::ops::Range<usize> {
        self.anchor.min(self.head)..self.anchor.max(self.head)
    }

    /// Whether nothing is selected.
    pub fn is_empty(self) -> bool {
        self.anchor == self.head
    }
}

/// `removed` at byte `at` gave way to `inserted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, in the text as it was when this change was made.
    pub at: usize,
    /// What went.
    pub removed: String,
    /// What came.
    pub inserted: String,
}

/// What kind of edit made a step; runs of typing and of deleting merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditKind {
    /// A character typed.
    Type,
    /// A character deleted.
    Erase,
    /// Anything else: a step of its own.
    Other,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its changes, in the order in which they were made.
    pub changes: Vec<Change>,
    /// The selection before.
    pub before: Selection,
    /// The selection after.
    pub after: Selection,
    /// The state of the text before; see [`History::state`].
    from: u64,
    /// The state of the text after.
    to: u64,
    kind: EditKind,
}

impl Step {
    fn bytes(&self) -> usize {
        self.changes.iter().map(|change| change.removed.len() + change.inserted.len()).sum()
    }
}

/// The steps done and undone.
#[derive(Debug, Clone, Default)]
pub struct History {
    done: VecDeque<Step>,
    undone: Vec<Step>,
    bytes: usize,
    state: u64,
    states: u64,
    /// Whether the last step may still grow.
    open: bool,
}

impl History {
    /// A number for the text as it is: undoing back to a text gives its number again.
    pub fn state(&self) -> u64 {
        self.state
    }

    /// The next edit begins a new step.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// How many steps can be taken back.
    pub fn depth(&self) -> usize {
        self.done.len()
    }

    /// Make the steps above `depth` one.
    pub fn fuse(&mut self, depth: usize) {
        while self.done.len() > depth + 1 {
            let (Some(top), Some(below)) = (self.done.pop_back(), self.done.back_mut()) else { return };
            below.changes.extend(top.changes);
            below.after = top.after;
            below.to = top.to;
            below.kind = EditKind::Other;
        }
        self.open = false;
    }

    /// Remember `changes`, which were just made.
    pub fn record(&mut self, changes: Vec<Change>, before: Selection, after: Selection, kind: EditKind) {
        self.undone.clear();
        self.states += 1;
        self.state = self.states;
        let grows = self.open
            && self.done.back().is_some_and(|last| last.after == before && merges(last, &changes, kind));
        self.open = kind != EditKind::Other;
        self.bytes += changes.iter().map(|c| c.removed.len() + c.inserted.len()).sum::<usize>();
        match self.done.back_mut() {
            Some(last) if grows => {
                for change in changes {
                    extend(&mut last.changes, change);
                }
                last.after = after;
                last.to = self.state;
            }
            last => {
                let from = last.map_or(0, |last| last.to);
                self.done.push_back(Step { changes, before, after, from, to: self.state, kind });
            }
        }
        while self.bytes > LIMIT && self.done.len() > 1 {
            if let Some(old) = self.done.pop_front() {
                self.bytes = self.bytes.saturating_sub(old.bytes());
            }
        }
    }

    /// The step to take back now. The caller makes its changes backwards.
    pub fn undo(&mut self) -> Option<Step> {
        let step = self.done.pop_back()?;
        self.state = step.from;
        self.bytes = self.bytes.saturating_sub(step.bytes());
        self.undone.push(step.clone());
        self.open = false;
        Some(step)
    }

    /// The step to make again now.
    pub fn redo(&mut self) -> Option<Step> {
        let step = self.undone.pop()?;
        self.state = step.to;
        self.bytes += step.bytes();
        self.done.push_back(step.clone());
        self.open = false;
        Some(step)
    }
}

/// Whether `changes` of `kind` belong to the same word or the same run of deletes as `last`.
fn merges(last: &Step, changes: &[Change], kind: EditKind) -> bool {
    let [change] = changes else { return false };
    if last.kind != kind {
        return false;
    }
    match kind {
        EditKind::Erase => true,
        EditKind::Type => {
            let before = last.changes.last().and_then(|c| c.inserted.chars().next_back());
            let now = change.inserted.chars().next();
            let word_begins =
                before.is_some_and(char::is_whitespace) && now.is_some_and(|c| !c.is_whitespace());
            change.removed.is_empty() && !word_begins
        }
        EditKind::Other => false,
    }
}

/// Add `change` behind `changes`, growing the last one where both are one run of typing.
fn extend(changes: &mut Vec<Change>, change: Change) {
    if let Some(last) = changes.last_mut()
        && change.removed.is_empty()
        && change.at == last.at + last.inserted.len()
    {
        last.inserted.push_str(&change.inserted);
    } else {
        changes.push(change);
    }
}
