//! The fixes there are for a place, each with what it would change. Nothing is changed before one is
//! taken; then it is one step that undo takes back.
//!
//! ```text
//! ╭ Fixes ─────────────────────────────────────╮
//! │ > safe    Use COPY                  DL3020 │
//! │   ignore  Ignore DL3020 here               │
//! │ ────────────────────────────────────────── │
//! │ The image stays the same.                  │
//! │   2 - ADD . /app                           │
//! │   2 + COPY . /app                          │
//! ╰────────────────────────────────────────────╯
//! ```

use super::workbench::{DiffLine, diff_lines};
use crate::lint::{Applicability, rule};
use crate::text::{Edit, sanitise};
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::message::Msg;
use crate::tui::theme::Role;
use crate::tui::widgets::{fit, pane, scroll};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

/// Choices that are shown at once.
const ROWS: usize = 7;
/// Rows that say what a choice means.
const WORDS: usize = 3;

/// What a choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A fix, or several.
    Fix(Applicability),
    /// A comment that silences the rule.
    Ignore,
}

/// What a choice changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// How many fixes it makes.
    pub count: usize,
    /// The edits of the text as it was when the list was opened.
    pub edits: Vec<Edit>,
    /// The same, to be read.
    pub diff: Vec<DiffLine>,
}

/// One thing that can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it does.
    pub title: String,
    /// The rule that it is about; empty when it is about several.
    pub code: &'static str,
    /// What kind of thing it is.
    pub kind: Kind,
    /// What it changes.
    pub preview: Preview,
}

/// A choice that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The file.
    pub path: String,
    /// The editor's revision that the edits are of.
    pub revision: u64,
    /// The edits.
    pub edits: Vec<Edit>,
    /// What is said about it.
    pub said: String,
}

/// The list and where one is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    path: String,
    revision: u64,
    choices: Vec<Choice>,
    selected: usize,
    /// First row of the preview.
    scroll: usize,
}

/// What comes of a key.
#[derive(Debug)]
pub enum Then {
    /// Nothing more.
    Stay,
    /// The list closes.
    Close,
    /// The list closes, and this happens.
    Take(Msg),
    /// This happens, and the list stays.
    Post(Msg),
}

impl State {
    /// A list of what can be done in revision `revision` of the file at `path`.
    pub fn new(path: &str, revision: u64, choices: Vec<Choice>, selected: usize) -> Self {
        let selected = selected.min(choices.len().saturating_sub(1));
        Self { path: path.to_owned(), revision, choices, selected, scroll: 0 }
    }

    /// Does what a key asks for.
    pub fn act(&mut self, action: Action, shared: &Shared) -> Then {
        let last = self.choices.len().saturating_sub(1);
        match action {
            Action::Back => Then::Close,
            Action::Accept => self.taken().map_or(Then::Close, Then::Take),
            Action::Explain => match self.choices.get(self.selected).filter(|choice| !choice.code.is_empty())
            {
                Some(choice) => Then::Post(Msg::Explain(choice.code.to_owned())),
                None => Then::Stay,
            },
            Action::PageUp | Action::PageDown => {
                let rows = usize::from(self.parts(shared).preview.height);
                let lines = self.choices.get(self.selected).map_or(0, |choice| choice.preview.diff.len());
                // Long lines take several rows, so that even the last line may be the first shown.
                let last = lines.saturating_sub(1);
                self.scroll = scroll::moved(self.scroll, action, rows, last).unwrap_or(self.scroll);
                Then::Stay
            }
            other => {
                if let Some(to) = scroll::moved(self.selected, other, ROWS, last) {
                    (self.selected, self.scroll) = (to, 0);
                }
                Then::Stay
            }
        }
    }

    fn taken(&self) -> Option<Msg> {
        let choice = self.choices.get(self.selected)?;
        let taken = Taken {
            path: self.path.clone(),
            revision: self.revision,
            edits: choice.preview.edits.clone(),
            said: choice.title.clone(),
        };
        Some(Msg::Take(Box::new(taken)))
    }

    /// A click on row `y`; answers whether it took the choice that was selected already.
    pub fn click(&mut self, shared: &Shared, y: u16) -> bool {
        let list = self.parts(shared).list;
        if !(list.y..list.bottom()).contains(&y) {
            return false;
        }
        let at = self.offset(list) + usize::from(y - list.y);
        if at >= self.choices.len() {
            return false;
        }
        let again = at == self.selected;
        (self.selected, self.scroll) = (at, 0);
        again
    }

    /// Where it is drawn.
    pub fn area(&self, shared: &Shared) -> Rect {
        let screen = shared.area();
        let width = screen.width.saturating_sub(6).min(100);
        let diff = self.choices.iter().map(|choice| choice.preview.diff.len()).max().unwrap_or(0);
        let rows = self.choices.len().min(ROWS) + 1 + WORDS + diff.max(3) + 2;
        let height = u16::try_from(rows).unwrap_or(u16::MAX).min(screen.height.saturating_sub(2));
        pane::centred(screen, width, height)
    }

    fn parts(&self, shared: &Shared) -> Parts {
        let area = self.area(shared);
        let inner = pane::inside(area);
        let rows = u16::try_from(self.choices.len().min(ROWS)).unwrap_or(0).min(inner.height / 2);
        let list = Rect { height: rows, ..inner };
        let rule = list.bottom();
        let words = Rect { y: rule + 1, height: WORDS as u16, ..inner };
        let preview =
            Rect { y: words.bottom(), height: inner.bottom().saturating_sub(words.bottom()), ..inner };
        Parts { area, list, rule, words, preview }
    }

    fn offset(&self, list: Rect) -> usize {
        scroll::follow(0, self.selected, usize::from(list.height), self.choices.len())
    }
}

/// Where the parts of the list are.
struct Parts {
    area: Rect,
    list: Rect,
    rule: u16,
    words: Rect,
    preview: Rect,
}

/// What a choice means for the image.
fn meaning(choice: &Choice) -> String {
    let many =
        if choice.preview.count > 1 { format!("{} fixes. ", choice.preview.count) } else { String::new() };
    match choice.kind {
        Kind::Ignore => "A comment silences the rule for this instruction, here and in CI.".to_owned(),
        Kind::Fix(Applicability::Safe) => format!("{many}The image stays the same."),
        Kind::Fix(Applicability::Unsafe) => {
            let risk = rule(choice.code).and_then(crate::lint::RuleInfo::risk);
            let risk = risk.unwrap_or_else(|| "It may change what the image does.".to_owned());
            format!("{many}Unsafe: {}", risk.replace('`', ""))
        }
    }
}

/// Draws the list.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let Parts { area, list, rule, words, preview } = state.parts(shared);
    pane::popup(theme, frame, area, "Fixes");
    let offset = state.offset(list);
    for (y, (at, choice)) in (list.y..list.bottom()).zip(state.choices.iter().enumerate().skip(offset)) {
        let selected = at == state.selected;
        let ground = theme.style(if selected { Role::Selected } else { Role::Text });
        let (kind, role) = match choice.kind {
            Kind::Fix(Applicability::Safe) => ("safe", Role::Success),
            Kind::Fix(Applicability::Unsafe) => ("unsafe", Role::Warning),
            Kind::Ignore => ("ignore", Role::Muted),
        };
        let kind_style = if selected { ground } else { theme.style(role) };
        let code_style = if selected { ground } else { theme.style(Role::Muted) };
        let room = usize::from(list.width).saturating_sub(12 + fit::width(choice.code));
        let title = sanitise::plain(&choice.title);
        let mark = if selected { theme.sign("▸ ", "> ") } else { "  " };
        let line = Line::from(vec![
            Span::styled(mark, ground),
            Span::styled(format!("{kind:<8}"), kind_style),
            Span::styled(fit::pad(&title, room), ground),
            Span::styled(format!("  {}", choice.code), code_style),
        ]);
        frame.buffer_mut().set_style(Rect { y, height: 1, ..list }, ground);
        frame.buffer_mut().set_line(list.x, y, &line, list.width);
    }
    let line = theme.sign("─", "-").repeat(usize::from(list.width));
    frame.buffer_mut().set_string(list.x, rule, line, theme.style(Role::Border));
    let Some(choice) = state.choices.get(state.selected) else { return };
    let role = match choice.kind {
        Kind::Fix(Applicability::Unsafe) => Role::Warning,
        _ => Role::Muted,
    };
    let said = fit::wrap(&meaning(choice), usize::from(words.width));
    let said = said.into_iter().take(WORDS).map(|line| Line::styled(line, theme.style(role)));
    frame.render_widget(Paragraph::new(said.collect::<Vec<_>>()), words);
    let shown = choice.preview.diff.iter().skip(state.scroll).take(usize::from(preview.height));
    let shown = Paragraph::new(diff_lines(shown, theme)).wrap(Wrap { trim: false });
    frame.render_widget(shown, preview);
    let below = Rect { y: preview.y.saturating_sub(1), height: preview.height + 2, ..area };
    pane::scroll_mark(theme, frame.buffer_mut(), below, state.scroll, choice.preview.diff.len());
}
