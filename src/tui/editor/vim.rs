//! Vim keys: a small state machine over the editor's own operations.
//!
//! Known: counts; `h j k l w b e W B E 0 ^ $ gg G { } f F t T ; , n N`; operators `d c y > <` with
//! motions, doubled, and with `iw aw i" a" i' a' i( a( i[ a[ i{ a{`; `x X s S D C Y p P r J ~ i a I A o
//! O u Ctrl-R v V / : . Ctrl-D Ctrl-U Ctrl-F Ctrl-B`. Everything else is the editor's usual table.

mod motions;
mod operate;

use super::history::{EditKind, Selection};
use super::{Editor, EditorEffect, EditorOutcome, motion};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use motions::Reach;
use std::ops::Range;

/// What vim's keys mean now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VimMode {
    /// Keys are commands.
    #[default]
    Normal,
    /// Keys are text.
    Insert,
    /// Motions select.
    Visual,
    /// Motions select whole lines.
    VisualLine,
}

/// The state of the machine.
#[derive(Debug, Clone, Default)]
pub(super) struct Vim {
    pub mode: VimMode,
    /// The count typed before an operator, and the one behind it.
    count: Option<usize>,
    operator: Option<char>,
    operator_count: Option<usize>,
    /// A key that waits for another: `g`, `f`, `r`, `i`, `a` …
    prefix: Option<char>,
    /// The last `f`, `F`, `t` or `T`.
    found: Option<(char, char)>,
    /// Where the selection of visual mode began.
    anchor: usize,
    /// The keys of the command in the making, and of the last one that changed the text.
    keys: Vec<KeyEvent>,
    last: Vec<KeyEvent>,
    replaying: bool,
    /// Revision and undo depth at which the command in the making began.
    began: (u64, usize),
}

impl Vim {
    fn at_rest(&self) -> bool {
        self.mode == VimMode::Normal
            && self.count.is_none()
            && self.operator.is_none()
            && self.prefix.is_none()
    }

    fn forget(&mut self) {
        self.count = None;
        self.operator = None;
        self.operator_count = None;
        self.prefix = None;
    }

    /// The count in all; `None` when none was typed.
    fn total(&self) -> Option<usize> {
        match (self.operator_count, self.count) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(1).saturating_mul(b.unwrap_or(1)).min(100_000)),
        }
    }
}

impl Editor {
    /// Switch vim keys on or off.
    pub fn set_vim(&mut self, on: bool) {
        if on != self.vim.is_some() {
            self.vim = on.then(Vim::default);
            self.dismiss_completion();
            self.select(Selection::at(self.selection.head));
            self.vim_rest();
        }
    }

    /// The vim mode, when vim keys are on.
    pub fn vim_mode(&self) -> Option<VimMode> {
        self.vim.as_ref().map(|vim| vim.mode)
    }

    /// What the status bar shows of the mode; empty without vim keys.
    pub fn mode_label(&self) -> &'static str {
        match self.vim_mode() {
            None => "",
            Some(VimMode::Normal) => "NORMAL",
            Some(VimMode::Insert) => "INSERT",
            Some(VimMode::Visual) => "VISUAL",
            Some(VimMode::VisualLine) => "V-LINE",
        }
    }

    /// Put the cursor at `byte`; in visual mode the selection grows to there.
    pub(super) fn vim_move(&mut self, byte: usize) {
        let goal = self.goal;
        match self.vim.as_ref().map(|vim| (vim.mode, vim.anchor)) {
            Some((VimMode::Visual | VimMode::VisualLine, anchor)) => {
                self.select(Selection { anchor, head: byte });
            }
            _ => self.select(Selection::at(byte)),
        }
        self.goal = goal;
        self.vim_rest();
    }

    /// In normal mode the cursor stands on a character, not behind the last one.
    pub(super) fn vim_rest(&mut self) {
        if self.vim_mode() == Some(VimMode::Normal) {
            let head = self.selection.head;
            let line = self.document.line_range(self.document.line_of(head));
            if head == line.end && !line.is_empty() {
                self.selection = Selection::at(self.document.previous(head));
            }
        }
    }

    /// The bytes that look selected: in visual mode the character under the cursor counts.
    pub(super) fn selected_range(&self) -> Range<usize> {
        let range = self.selection.range();
        match self.vim_mode() {
            Some(VimMode::Visual) => range.start..self.document.next(range.end),
            Some(VimMode::VisualLine) => {
                let (first, last) = (self.document.line_of(range.start), self.document.line_of(range.end));
                self.document.line_start(first)..self.document.line_start(last + 1)
            }
            _ => range,
        }
    }

    /// A key while vim keys are on. `None` leaves it to the usual table.
    pub(super) fn vim_key(&mut self, key: &KeyEvent) -> Option<EditorOutcome> {
        let revision = self.revision;
        let depth = self.history.depth();
        let vim = self.vim.as_mut()?;
        if vim.at_rest() {
            vim.keys.clear();
            vim.began = (revision, depth);
        }
        if !vim.replaying {
            vim.keys.push(*key);
        }
        let mut effects = Vec::new();
        let mut consumed = true;
        match vim.mode {
            VimMode::Insert => {
                if key.code != KeyCode::Esc {
                    return None;
                }
                self.leave_insert();
            }
            _ => match self.command_key(key, &mut effects) {
                Taken::Yes => {}
                Taken::No => consumed = false,
                Taken::Table => return None,
            },
        }
        self.remember();
        let mut outcome = self.outcome(revision, consumed);
        outcome.effects = effects;
        Some(outcome)
    }

    /// Keep the keys of a finished command that changed the text, for `.`.
    fn remember(&mut self) {
        let revision = self.revision;
        if let Some(vim) = &mut self.vim
            && vim.at_rest()
            && !vim.replaying
            && revision != vim.began.0
        {
            let digit = |key: &&KeyEvent| matches!(key.code, KeyCode::Char('0'..='9'));
            let undoes = |key: &KeyEvent| {
                matches!(key.code, KeyCode::Char('u' | '.')) || key.modifiers.contains(KeyModifiers::CONTROL)
            };
            if vim.keys.iter().find(|key| !digit(key)).is_some_and(|key| !undoes(key)) {
                vim.last = std::mem::take(&mut vim.keys);
            }
        }
    }

    fn set_mode(&mut self, mode: VimMode) {
        if let Some(vim) = &mut self.vim {
            vim.mode = mode;
            vim.forget();
        }
    }

    fn leave_insert(&mut self) {
        let began = self.vim.as_ref().map_or(0, |vim| vim.began.1);
        self.history.fuse(began);
        self.dismiss_completion();
        let head = self.selection.head;
        let start = self.document.line_start(self.document.line_of(head));
        self.set_mode(VimMode::Normal);
        self.select(Selection::at(if head > start { self.document.previous(head) } else { head }));
        self.vim_rest();
    }

    fn insert_at(&mut self, byte: usize) {
        self.set_mode(VimMode::Insert);
        self.select(Selection::at(byte));
    }

    /// A key in normal or visual mode.
    fn command_key(&mut self, key: &KeyEvent, effects: &mut Vec<EditorEffect>) -> Taken {
        let Some(vim) = self.vim.as_mut() else { return Taken::Table };
        let visual = vim.mode != VimMode::Normal;
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            let half = (self.window.page() / 2).max(1);
            match key.code {
                KeyCode::Char('r') => drop(self.redo()),
                KeyCode::Char('d') => self.vim_lines(half as isize),
                KeyCode::Char('u') => self.vim_lines(-(half as isize)),
                KeyCode::Char('f') => self.vim_lines(self.window.page() as isize),
                KeyCode::Char('b') => self.vim_lines(-(self.window.page() as isize)),
                _ => {
                    if visual {
                        let range = self.selected_range();
                        self.set_mode(VimMode::Normal);
                        self.select(Selection { anchor: range.start, head: range.end });
                    }
                    return Taken::Table;
                }
            }
            self.vim_rest();
            return Taken::Yes;
        }
        if key.modifiers.contains(KeyModifiers::ALT) {
            return Taken::Table;
        }
        let c = match key.code {
            KeyCode::Esc => {
                let pending = !vim.at_rest();
                self.set_mode(VimMode::Normal);
                if !pending && self.selection.is_empty() {
                    return Taken::No;
                }
                self.select(Selection::at(self.selection.head));
                self.vim_rest();
                return Taken::Yes;
            }
            KeyCode::Char(c) => c,
            KeyCode::Enter => 'j',
            KeyCode::Backspace | KeyCode::Left => 'h',
            KeyCode::Right => 'l',
            KeyCode::Up => 'k',
            KeyCode::Down => 'j',
            KeyCode::Home => '0',
            KeyCode::End => '$',
            KeyCode::Delete => 'x',
            KeyCode::PageDown => {
                self.vim_lines(self.window.page() as isize);
                return Taken::Yes;
            }
            KeyCode::PageUp => {
                self.vim_lines(-(self.window.page() as isize));
                return Taken::Yes;
            }
            KeyCode::Tab | KeyCode::BackTab => return Taken::Yes,
            _ => return Taken::Table,
        };
        if vim.prefix.is_none() && (c.is_ascii_digit() && c != '0' || c == '0' && vim.count.is_some()) {
            let digit = c as usize - '0' as usize;
            vim.count = Some(vim.count.unwrap_or(0).saturating_mul(10).saturating_add(digit).min(100_000));
            return Taken::Yes;
        }
        if let Some(prefix) = vim.prefix.take() {
            self.prefixed(prefix, c, effects);
        } else if visual {
            self.visual_key(c, effects);
        } else {
            self.normal_key(c, effects);
        }
        self.vim_rest();
        Taken::Yes
    }

    /// Move by lines, keeping the column.
    fn vim_lines(&mut self, lines: isize) {
        let head = self.selection.head;
        let goal = self.goal.unwrap_or_else(|| self.document.place(head).column);
        let line = self.document.line_of(head).saturating_add_signed(lines).min(self.document.lines() - 1);
        let to = self.document.place_at_column(line, goal).byte;
        self.vim_move(to);
        self.goal = Some(goal);
    }

    /// The second key of a pair.
    fn prefixed(&mut self, prefix: char, c: char, effects: &mut Vec<EditorEffect>) {
        match (prefix, c) {
            ('g', 'g') => self.move_by('g', effects),
            ('f' | 'F' | 't' | 'T', c) => {
                if let Some(vim) = &mut self.vim {
                    vim.found = Some((prefix, c));
                }
                self.move_by(';', effects);
            }
            ('r', c) => {
                let count = self.vim.as_ref().and_then(Vim::total).unwrap_or(1);
                let head = self.selection.head;
                let end = self.document.line_end(self.document.line_of(head));
                let to = (0..count).fold(head, |at, _| self.document.next(at).min(end));
                let text = c.to_string().repeat(count);
                if to > head {
                    self.transact(EditKind::Other, |editor| editor.replace(head..to, &text));
                    self.select(Selection::at(head + text.len() - c.len_utf8()));
                }
                self.finish();
            }
            ('i' | 'a', c) => {
                match motions::text_object(&self.document, self.selection.head, prefix == 'a', c) {
                    Some(range) => self.operate(range, false, effects),
                    None => self.finish(),
                }
            }
            _ => self.finish(),
        }
    }

    fn finish(&mut self) {
        if let Some(vim) = &mut self.vim {
            vim.forget();
        }
    }

    fn wait_for(&mut self, prefix: char) {
        if let Some(vim) = &mut self.vim {
            vim.prefix = Some(prefix);
        }
    }

    fn visual_key(&mut self, c: char, effects: &mut Vec<EditorEffect>) {
        let lines = self.vim_mode() == Some(VimMode::VisualLine);
        let range = self.selected_range();
        match c {
            'v' | 'V' => {
                let to = if c == 'v' { VimMode::Visual } else { VimMode::VisualLine };
                if self.vim_mode() == Some(to) {
                    self.set_mode(VimMode::Normal);
                    self.select(Selection::at(self.selection.head));
                } else {
                    self.set_mode(to);
                }
            }
            'o' => {
                let Selection { anchor, head } = self.selection;
                if let Some(vim) = &mut self.vim {
                    vim.anchor = head;
                }
                self.select(Selection { anchor: head, head: anchor });
            }
            'd' | 'x' | 'c' | 's' | 'y' | '>' | '<' | 'D' | 'X' | 'Y' => {
                let operator = match c.to_ascii_lowercase() {
                    'x' => 'd',
                    's' => 'c',
                    other => other,
                };
                self.set_mode(VimMode::Normal);
                self.selection = Selection::at(range.start);
                if let Some(vim) = &mut self.vim {
                    vim.operator = Some(operator);
                }
                self.operate(range, lines || c.is_ascii_uppercase(), effects);
            }
            'p' | 'P' => {
                self.set_mode(VimMode::Normal);
                self.selection = Selection { anchor: range.start, head: range.end };
                let text = self.register.text.clone();
                self.insert(&text, EditKind::Other);
            }
            'i' | 'a' => self.wait_for(c),
            _ => self.motion_key(c, effects),
        }
    }

    fn normal_key(&mut self, c: char, effects: &mut Vec<EditorEffect>) {
        let Some(vim) = self.vim.as_mut() else { return };
        let head = self.selection.head;
        let line = self.document.line_of(head);
        let range = self.document.line_range(line);
        if let Some(operator) = vim.operator {
            let doubled = c == operator;
            match c {
                _ if doubled => {
                    let last = (line + vim.total().unwrap_or(1) - 1).min(self.document.lines() - 1);
                    let range = range.start..self.document.line_start(last + 1);
                    self.operate(range, true, effects);
                }
                'i' | 'a' => self.wait_for(c),
                _ => self.motion_key(c, effects),
            }
            return;
        }
        let count = vim.total().unwrap_or(1);
        match c {
            'd' | 'c' | 'y' | '>' | '<' => {
                vim.operator = Some(c);
                vim.operator_count = vim.count.take();
            }
            'r' => self.wait_for(c),
            'i' => self.insert_at(head),
            'a' => self.insert_at(if head < range.end { self.document.next(head) } else { head }),
            'I' => self.insert_at(motion::first_nonblank(&self.document, line)),
            'A' => self.insert_at(range.end),
            'o' => {
                self.insert_at(range.end);
                self.newline();
            }
            'O' => {
                let indent = motion::first_nonblank(&self.document, line) - range.start;
                let text = format!(
                    "{}{}",
                    self.document.slice(range.start..range.start + indent),
                    self.document.eol()
                );
                self.insert_at(range.start);
                self.transact(EditKind::Other, |editor| editor.replace(range.start..range.start, &text));
                self.select(Selection::at(range.start + indent));
            }
            'x' | 's' | 'X' => {
                let to = (0..count).fold(head, |at, _| match c {
                    'X' => self.document.previous(at).max(range.start),
                    _ => self.document.next(at).min(range.end),
                });
                let gone = head.min(to)..head.max(to);
                effects.extend(self.yank(gone.clone(), false));
                if c == 's' {
                    self.set_mode(VimMode::Insert);
                }
                self.delete(gone, EditKind::Other);
                self.finish();
            }
            'D' | 'C' | 'S' | 'Y' => {
                let (operator, from) = match c {
                    'D' => ('d', head..range.end),
                    'C' => ('c', head..range.end),
                    'S' => ('c', range.start..self.document.line_start(line + 1)),
                    _ => ('y', range.start..self.document.line_start(line + 1)),
                };
                vim.operator = Some(operator);
                self.operate(from, matches!(c, 'S' | 'Y'), effects);
            }
            'p' | 'P' => {
                self.put_vim(c == 'p', count);
                self.finish();
            }
            'J' => {
                self.transact(EditKind::Other, |editor| {
                    for _ in 0..count.max(2) - 1 {
                        let end = editor.document.line_end(line);
                        if line + 1 < editor.document.lines() {
                            let next = motion::first_nonblank(&editor.document, line + 1);
                            editor.replace(end..next, " ");
                            editor.selection = Selection::at(editor.document.floor(end));
                        }
                    }
                });
                self.finish();
            }
            '~' => {
                let to = (0..count).fold(head, |at, _| self.document.next(at).min(range.end));
                let swapped: String = self.document.slice(head..to).chars().map(swap_case).collect();
                let len = swapped.len();
                self.transact(EditKind::Other, |editor| editor.replace(head..to, &swapped));
                self.select(Selection::at(head + len));
                self.finish();
            }
            'u' => {
                for _ in 0..count {
                    self.undo();
                }
                self.finish();
                self.selection = Selection::at(self.selection.range().start);
            }
            '.' => self.repeat(effects),
            'v' | 'V' => {
                self.set_mode(if c == 'v' { VimMode::Visual } else { VimMode::VisualLine });
                if let Some(vim) = &mut self.vim {
                    vim.anchor = head;
                }
            }
            '/' => {
                self.finish();
                self.open_find(false, true);
            }
            ':' => {
                self.finish();
                self.open_goto();
            }
            _ => self.motion_key(c, effects),
        }
    }

    /// Do the last command again.
    fn repeat(&mut self, effects: &mut Vec<EditorEffect>) {
        let depth = self.history.depth();
        let Some(vim) = self.vim.as_mut() else { return };
        vim.forget();
        vim.replaying = true;
        for key in vim.last.clone() {
            effects.extend(self.handle_key(key).effects);
        }
        self.history.fuse(depth);
        if let Some(vim) = &mut self.vim {
            vim.replaying = false;
        }
    }

    /// A key that moves, alone or behind an operator.
    fn motion_key(&mut self, c: char, effects: &mut Vec<EditorEffect>) {
        if matches!(c, 'f' | 'F' | 't' | 'T' | 'g') {
            return self.wait_for(c);
        }
        self.move_by(c, effects);
    }

    /// Go where `c` leads; `g` stands for `gg`, `;` repeats the last `f` or `t`.
    fn move_by(&mut self, c: char, effects: &mut Vec<EditorEffect>) {
        let Some(vim) = self.vim.as_mut() else { return };
        let count = vim.total();
        let operator = vim.operator;
        let found = vim.found;
        if matches!(c, 'n' | 'N') {
            vim.forget();
            effects.extend(self.find_again(c == 'n'));
            return;
        }
        if matches!(c, 'j' | 'k') && operator.is_none() {
            vim.forget();
            let lines = count.unwrap_or(1) as isize;
            return self.vim_lines(if c == 'j' { lines } else { -lines });
        }
        let head = self.selection.head;
        let Some((to, reach)) = motions::target(&self.document, head, c, count, found, operator) else {
            return self.finish();
        };
        if operator.is_none() {
            self.finish();
            self.goal = (c == '$').then_some(usize::MAX);
            return self.vim_move(to);
        }
        let range = head.min(to)..head.max(to);
        match reach {
            Reach::Exclusive => self.operate(range, false, effects),
            Reach::Inclusive => {
                let end = self.document.line_end(self.document.line_of(range.end));
                self.operate(range.start..self.document.next(range.end).min(end), false, effects);
            }
            Reach::Lines => {
                let (first, last) = (self.document.line_of(range.start), self.document.line_of(range.end));
                self.operate(
                    self.document.line_start(first)..self.document.line_start(last + 1),
                    true,
                    effects,
                );
            }
        }
    }
}

/// Whether a key was used.
enum Taken {
    Yes,
    No,
    /// The usual table says.
    Table,
}

fn swap_case(c: char) -> char {
    let mut swapped: Vec<char> =
        if c.is_uppercase() { c.to_lowercase().collect() } else { c.to_uppercase().collect() };
    match (swapped.pop(), swapped.is_empty()) {
        (Some(one), true) => one,
        _ => c,
    }
}
