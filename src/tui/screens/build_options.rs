//! How to build: a form over the screen, a line for each choice.

use super::workbench::Choices;
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::theme::Role;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::{fit, pane};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Lines one can type in, and what stands beside each.
const LINES: [(&str, &str); 4] = [
    ("Target", "a stage; Left and Right go through them"),
    ("Platform", "such as linux/arm64; empty for the engine's own"),
    ("Build args", "NAME=value NAME=\"two words\""),
    ("Secrets", "id=file, for RUN --mount=type=secret,id=…"),
];
/// Columns of the names.
const NAMES: u16 = 12;

/// What is typed.
#[derive(Debug)]
pub struct State {
    inputs: [Input; 4],
    no_cache: bool,
    /// The line that has the keys; the last is the cache's.
    at: usize,
    /// Stages there are to choose from.
    stages: Vec<String>,
}

impl State {
    /// The form with these choices in it.
    pub fn new(choices: &Choices, stages: Vec<String>) -> Self {
        let texts = [&choices.target, &choices.platform, &choices.build_args, &choices.secrets];
        let inputs = texts.map(|text| {
            let mut input = Input::default();
            input.insert(text);
            input
        });
        Self { inputs, no_cache: choices.no_cache, at: 0, stages }
    }

    /// What is chosen by now.
    pub fn choices(&self) -> Choices {
        let [target, platform, build_args, secrets] =
            self.inputs.each_ref().map(|input| input.text().to_owned());
        Choices { target, platform, build_args, secrets, no_cache: self.no_cache }
    }

    /// Moves between the lines, and chooses among the stages.
    pub fn act(&mut self, action: Action) {
        let count = LINES.len() + 1;
        match action {
            Action::Up => self.at = (self.at + count - 1) % count,
            Action::Down => self.at = (self.at + 1) % count,
            _ => {}
        }
    }

    /// A key that is typed.
    pub fn on_key(&mut self, key: &KeyEvent) {
        match (self.at, key.code) {
            (0, KeyCode::Left | KeyCode::Right) => self.next_stage(key.code == KeyCode::Right),
            (at, _) if at < LINES.len() => drop(self.inputs[at].on_key(key)),
            (_, KeyCode::Char(' ') | KeyCode::Left | KeyCode::Right) => self.no_cache = !self.no_cache,
            _ => {}
        }
    }

    /// Text is pasted into the line.
    pub fn paste(&mut self, text: &str) {
        if let Some(input) = self.inputs.get_mut(self.at) {
            input.insert(text);
        }
    }

    fn next_stage(&mut self, forward: bool) {
        // Nothing at all stands for the last stage.
        let all: Vec<&str> = std::iter::once("").chain(self.stages.iter().map(String::as_str)).collect();
        let now = all.iter().position(|stage| *stage == self.inputs[0].text()).unwrap_or(0);
        let next = if forward { now + 1 } else { now + all.len() - 1 } % all.len();
        let mut input = Input::default();
        input.insert(all[next]);
        self.inputs[0] = input;
    }

    /// Where it is drawn.
    pub fn area(&self, screen: Rect) -> Rect {
        let width = screen.width.saturating_sub(8).min(76);
        pane::centred(screen, width, 15)
    }

    /// A click on row `y`.
    pub fn click(&mut self, screen: Rect, y: u16) {
        let row = usize::from(y.saturating_sub(self.area(screen).y + 1)) / 2;
        if row <= LINES.len() {
            if row == LINES.len() && self.at == row {
                self.no_cache = !self.no_cache;
            }
            self.at = row;
        }
    }
}

/// Draws the form.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let area = state.area(shared.area());
    let inner = pane::popup(theme, frame, area, "Build options");
    let room = usize::from(inner.width.saturating_sub(NAMES + 3));
    let mut y = inner.y;
    for (at, (name, about)) in LINES.iter().enumerate() {
        if y + 1 >= inner.bottom() {
            return;
        }
        let has_keys = at == state.at;
        let input = &state.inputs[at];
        // The end of a long line is what is typed at.
        let shown: String = {
            let chars: Vec<char> = input.text().chars().collect();
            chars[chars.len().saturating_sub(room)..].iter().collect()
        };
        let role = if has_keys { Role::Key } else { Role::Muted };
        let line = Line::from(vec![
            Span::styled(format!(" {name:<width$}", width = usize::from(NAMES)), theme.style(role)),
            Span::styled(sanitise::plain(&shown).into_owned(), theme.style(Role::Text)),
        ]);
        frame.buffer_mut().set_line(inner.x, y, &line, inner.width);
        let about = fit::cut(about, room).into_owned();
        frame.buffer_mut().set_string(inner.x + NAMES + 1, y + 1, about, theme.style(Role::Muted));
        if has_keys {
            let cursor = fit::width(input.before()).min(room);
            let x = inner.x + NAMES + 1 + u16::try_from(cursor).unwrap_or(0);
            frame.set_cursor_position((x, y));
        }
        y += 2;
    }
    let role = if state.at == LINES.len() { Role::Key } else { Role::Muted };
    let sign = if state.no_cache { "[x]" } else { "[ ]" };
    let line = Line::from(vec![
        Span::styled(format!(" {:<width$}", "Cache", width = usize::from(NAMES)), theme.style(role)),
        Span::styled(format!("{sign} run every step again, this once"), theme.style(Role::Text)),
    ]);
    frame.buffer_mut().set_line(inner.x, y, &line, inner.width);
    let problem = state.choices().problem();
    let (words, role) = match &problem {
        Some(problem) => (sanitise::plain(problem).into_owned(), Role::Error),
        None => ("Enter builds with these; they are remembered for this exercise".to_owned(), Role::Muted),
    };
    let words = fit::cut(&words, usize::from(inner.width.saturating_sub(2))).into_owned();
    frame.buffer_mut().set_string(
        inner.x + 1,
        (y + 2).min(inner.bottom().saturating_sub(1)),
        words,
        theme.style(role),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyModifiers;

    fn press(state: &mut State, code: KeyCode) {
        state.on_key(&KeyEvent::new(code, KeyModifiers::NONE));
    }

    #[test]
    fn stages_are_gone_through_and_lines_typed() {
        let mut state = State::new(&Choices::default(), vec!["build".into(), "test".into()]);
        press(&mut state, KeyCode::Right);
        assert_eq!(state.choices().target, "build");
        press(&mut state, KeyCode::Left);
        press(&mut state, KeyCode::Left);
        assert_eq!(state.choices().target, "test");
        state.act(Action::Down);
        state.act(Action::Down);
        for c in "A=1".chars() {
            press(&mut state, KeyCode::Char(c));
        }
        state.act(Action::Up);
        state.act(Action::Up);
        state.act(Action::Up);
        press(&mut state, KeyCode::Char(' '));
        let choices = state.choices();
        assert_eq!((choices.build_args.as_str(), choices.no_cache), ("A=1", true));
        assert_eq!(State::new(&choices, Vec::new()).choices(), choices);
    }
}
