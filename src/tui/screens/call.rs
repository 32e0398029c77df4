//! The call for help: what the learner says and which files they show, then exactly what will be sent and to
//! whom. Nothing is chosen beforehand, and nothing leaves before the second Enter.

use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::theme::Role;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::{fit, pane, scroll};
use crate::workshop::event::{MAX_FILE, MAX_TEXT, SharedFile, What};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

/// Most files of one call.
const MOST_FILES: usize = 8;
/// Most that a call may weigh as it travels, in bytes: it is one row of the outbox.
const MOST: usize = 200 * 1024;

/// What the learner wants to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Write, and choose files.
    Write,
    /// Look at what will be sent.
    Confirm,
    /// A call waits: take it back, or leave it.
    Waits,
}

/// One file that could be shown.
#[derive(Debug)]
struct Choice {
    path: String,
    text: String,
    chosen: bool,
}

/// The form.
#[derive(Debug)]
pub struct State {
    stage: Stage,
    exercise: Option<(String, String)>,
    input: Input,
    files: Vec<Choice>,
    /// The row that has the keys: 0 is the text.
    at: usize,
    /// To whom, as the learner knows them: the workshop's title, its server, their own name there.
    to: (String, String, String),
}

/// What comes of an action.
#[derive(Debug)]
pub enum Then {
    /// It stays open.
    Stay,
    /// It closes.
    Close,
    /// It closes, and this is told.
    Tell(Box<What>),
}

impl State {
    /// A form about an exercise (its id and what it is called) and its files as they are on the screen.
    pub fn new(
        exercise: Option<(String, String)>,
        files: Vec<(String, String)>,
        to: (String, String, String),
        waits: bool,
    ) -> Self {
        let files = files.into_iter().map(|(path, text)| Choice { path, text, chosen: false }).collect();
        let stage = if waits { Stage::Waits } else { Stage::Write };
        Self { stage, exercise, input: Input::default(), files, at: 0, to }
    }

    /// What is sent.
    fn what(&self) -> What {
        let chosen = self.files.iter().filter(|file| file.chosen);
        What::Help {
            exercise: self.exercise.as_ref().map(|(id, _)| id.clone()),
            says: self.input.text().trim().chars().take(MAX_TEXT).collect(),
            files: chosen.map(|f| SharedFile { path: f.path.clone(), text: f.text.clone() }).collect(),
        }
    }

    /// Why it cannot be sent like this.
    fn problem(&self) -> Option<&'static str> {
        let chosen = self.files.iter().filter(|file| file.chosen);
        if chosen.clone().count() > MOST_FILES {
            return Some("Eight files are the most: take one away with Space");
        }
        if chosen.clone().any(|file| file.text.len() > MAX_FILE) {
            return Some("A file of more than 64 KiB cannot be shown: take it away with Space");
        }
        let weight = serde_json::to_vec(&self.what()).map_or(usize::MAX, |bytes| bytes.len());
        (weight > MOST).then_some("Together these files are too large: take one away with Space")
    }

    /// An action of the key table.
    pub fn act(&mut self, action: Action) -> Then {
        match (self.stage, action) {
            (Stage::Write, Action::Accept) => {
                let says_something = !self.input.text().trim().is_empty();
                if self.problem().is_none() && (says_something || self.exercise.is_some()) {
                    self.stage = Stage::Confirm;
                }
            }
            (Stage::Write, Action::Up) => self.at = (self.at + self.files.len()) % (self.files.len() + 1),
            (Stage::Write, Action::Down) => self.at = (self.at + 1) % (self.files.len() + 1),
            (Stage::Confirm, Action::Accept) => return Then::Tell(Box::new(self.what())),
            (Stage::Confirm, Action::Back) => self.stage = Stage::Write,
            (Stage::Waits, Action::Accept) => return Then::Tell(Box::new(What::HelpOver)),
            (_, Action::Back) => return Then::Close,
            _ => {}
        }
        Then::Stay
    }

    /// A key that is typed.
    pub fn on_key(&mut self, key: &KeyEvent) {
        if self.stage != Stage::Write {
            return;
        }
        match self.at.checked_sub(1).and_then(|at| self.files.get_mut(at)) {
            Some(file) if matches!(key.code, KeyCode::Char(' ' | 'x')) => file.chosen = !file.chosen,
            Some(_) => {}
            None if self.input.text().len() >= MAX_TEXT && matches!(key.code, KeyCode::Char(_)) => {}
            None => drop(self.input.on_key(key)),
        }
    }

    /// Text is pasted.
    pub fn paste(&mut self, text: &str) {
        if self.stage == Stage::Write && self.input.text().len() < MAX_TEXT {
            self.at = 0;
            self.input.insert(text);
        }
    }

    /// Where it is drawn.
    pub fn area(&self, screen: Rect) -> Rect {
        let width = screen.width.saturating_sub(6).min(84);
        let rows = u16::try_from(self.lines(usize::from(width.saturating_sub(4))).len()).unwrap_or(u16::MAX);
        pane::centred(screen, width, rows.saturating_add(2).min(screen.height.saturating_sub(2)))
    }

    fn title(&self) -> &'static str {
        match self.stage {
            Stage::Write => "Call for help",
            Stage::Confirm => "This is sent",
            Stage::Waits => "You called for help",
        }
    }

    /// Its rows, each with how it looks; the row with the keys is marked.
    fn lines(&self, columns: usize) -> Vec<(String, Role)> {
        let mut lines: Vec<(String, Role)> = Vec::new();
        let mut say = |text: &str, role: Role| {
            let text = sanitise::plain(text);
            if text.is_empty() {
                lines.push((String::new(), role));
            }
            lines.extend(fit::wrap(&text, columns).into_iter().map(|line| (line, role)));
        };
        let (workshop, host, name) = &self.to;
        let about = self.exercise.as_ref().map(|(_, title)| title.as_str());
        match self.stage {
            Stage::Waits => {
                say("The instructor sees that you want help, and what you sent with it.", Role::Text);
                say("", Role::Text);
                say("Enter takes the call back   Esc leaves it", Role::Muted);
            }
            Stage::Write => {
                say("What is it about? One line; the instructor sees which checks fail.", Role::Muted);
                let typing = self.at == 0;
                let sign = if typing { "> " } else { "  " };
                let end = if typing { "_" } else { "" };
                say(
                    &format!("{sign}{}{end}", self.input.text()),
                    if typing { Role::Key } else { Role::Text },
                );
                say("", Role::Text);
                if self.files.is_empty() {
                    say("No exercise is open, so no file can be shown.", Role::Muted);
                } else {
                    say("Show a file of this exercise? None is, unless you choose it (Space):", Role::Muted);
                }
                for (at, file) in self.files.iter().enumerate() {
                    let sign = if self.at == at + 1 { "> " } else { "  " };
                    let mark = if file.chosen { "[x]" } else { "[ ]" };
                    let role = if self.at == at + 1 { Role::Key } else { Role::Text };
                    say(&format!("{sign}{mark} {} ({} bytes)", file.path, file.text.len()), role);
                }
                say("", Role::Text);
                match self.problem() {
                    Some(problem) => say(problem, Role::Error),
                    None if about.is_none() && self.input.text().trim().is_empty() => {
                        say("Say a word about it first   Esc closes", Role::Muted);
                    }
                    None => say("Enter shows what would be sent   Esc closes", Role::Muted),
                }
            }
            Stage::Confirm => {
                say(&format!("To the instructor of \"{workshop}\", by the server {host}:"), Role::Text);
                say(&format!("  your name: {name}"), Role::Text);
                say(&format!("  about: {}", about.unwrap_or("no exercise")), Role::Text);
                let says = self.input.text().trim();
                say(&format!("  you say: {}", if says.is_empty() { "(nothing)" } else { says }), Role::Text);
                let mut chosen = self.files.iter().filter(|file| file.chosen).peekable();
                if chosen.peek().is_none() {
                    say("  no file", Role::Text);
                }
                for file in chosen {
                    let count = file.text.lines().count();
                    let size = file.text.len();
                    say(
                        &format!("  the file {}, whole: {count} lines, {size} bytes", file.path),
                        Role::Warning,
                    );
                }
                say(
                    "The files go as they were when you opened this form. The workshop's record keeps them.",
                    Role::Muted,
                );
                say("", Role::Text);
                say("Enter sends it   Esc goes back", Role::Key);
            }
        }
        lines
    }
}

/// Draws the form.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let area = state.area(shared.area());
    pane::popup(theme, frame, area, state.title());
    let inside = pane::inside(area);
    let lines = state.lines(usize::from(inside.width));
    // A form that is too high shows the row that has the keys, and as much above it as there is.
    let at = lines.iter().position(|(_, role)| *role == Role::Key).unwrap_or(0);
    let over = scroll::follow(0, at, usize::from(inside.height), lines.len());
    let shown = lines.into_iter().skip(over);
    let lines: Vec<Line<'static>> = shown.map(|(text, role)| Line::styled(text, theme.style(role))).collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyModifiers;

    fn form(files: &[(&str, &str)]) -> State {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let to = ("W".into(), "h:1".into(), "Ada".into());
        State::new(Some(("exercise-1".into(), "Exercise 1".into())), files, to, false)
    }

    fn press(state: &mut State, code: KeyCode) {
        state.on_key(&KeyEvent::new(code, KeyModifiers::NONE));
    }

    #[test]
    fn no_file_goes_along_unless_it_was_chosen_and_confirmed() {
        let mut state = form(&[("Dockerfile", "FROM x\n"), ("main.py", "pass\n")]);
        press(&mut state, KeyCode::Char('?'));
        assert!(matches!(state.act(Action::Accept), Then::Stay), "the first Enter only shows it");
        assert!(state.lines(80).iter().any(|(line, _)| line.contains("no file")));
        let Then::Tell(what) = state.act(Action::Accept) else { panic!("the second sends") };
        assert!(matches!(*what, What::Help { ref files, ref says, .. } if files.is_empty() && says == "?"));

        let mut state = form(&[("Dockerfile", "FROM x\n"), ("main.py", "pass\n")]);
        state.act(Action::Down);
        state.act(Action::Down);
        press(&mut state, KeyCode::Char(' '));
        state.act(Action::Accept);
        let shown: String = state.lines(80).into_iter().map(|(line, _)| line + "\n").collect();
        assert!(
            shown.contains("main.py, whole: 1 lines, 5 bytes") && !shown.contains("Dockerfile"),
            "{shown}"
        );
        let Then::Tell(what) = state.act(Action::Accept) else { panic!("the second sends") };
        let What::Help { files, .. } = *what else { panic!("{what:?}") };
        assert_eq!(files, [SharedFile { path: "main.py".into(), text: "pass\n".into() }]);
    }

    #[test]
    fn what_is_too_large_is_not_sent() {
        let heavy = "\u{1}".repeat(MAX_FILE - 1);
        let mut state = form(&[("a", &heavy)]);
        state.act(Action::Down);
        press(&mut state, KeyCode::Char(' '));
        assert!(state.problem().is_some());
        state.act(Action::Accept);
        assert!(matches!(state.act(Action::Accept), Then::Stay));
    }

    #[test]
    fn going_back_from_the_confirmation_sends_nothing() {
        let mut state = form(&[]);
        state.act(Action::Accept);
        assert!(matches!(state.act(Action::Back), Then::Stay));
        assert!(matches!(state.act(Action::Back), Then::Close));
    }
}
