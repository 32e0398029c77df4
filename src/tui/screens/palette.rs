//! The command palette: everything one can do or open, found by a few letters.

use crate::course::model::Word;
use crate::ecr::profiles::is_region;
use crate::jobs::JobId;
use crate::jobs::ecr::{Account, Registry};
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::{self, Action, Context};
use crate::tui::message::{Destination, Msg, ShellWish};
use crate::tui::screens::ecr::Wish;
use crate::tui::theme::Role;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::{fit, pane, scroll};
use crate::workshop::room::Change;
use crossterm::event::KeyEvent;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// One line of the palette.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    title: String,
    /// Key, or what kind of thing it is.
    note: String,
    target: Target,
    /// Offered only to who types the beginning of one of these.
    only_for: Option<[&'static str; 2]>,
}

#[derive(Debug, Clone, PartialEq)]
enum Target {
    Act(Action),
    Go(Destination),
    Explain(&'static str),
    Word(String),
    Shell(ShellWish),
    Ecr(Wish),
    /// What is typed, when it is a region.
    Region(Account),
    Stop(JobId),
    Lead(Change),
    FollowMe(String),
}

/// What was typed and what fits it.
#[derive(Debug)]
pub struct State {
    title: &'static str,
    entries: Vec<Entry>,
    input: Input,
    /// Indices into `entries` with the characters that matched, best first.
    found: Vec<(usize, Vec<u32>)>,
    selected: usize,
}

/// Actions that only move within a pane make no sense in a list of commands.
const MOVEMENTS: &[Action] = &[
    Action::Up,
    Action::Down,
    Action::PageUp,
    Action::PageDown,
    Action::First,
    Action::Last,
    Action::Left,
    Action::Right,
    Action::Accept,
    Action::Palette,
    Action::Back,
];
/// Actions without a key of their own.
const KEYLESS: &[Action] = &[
    Action::Rules,
    Action::Words,
    Action::ExploreImage,
    Action::Jobs,
    Action::Home,
    Action::Suspend,
    Action::ToggleAscii,
    Action::ToggleMotion,
    Action::ToggleVim,
];
/// Actions of the workbench without a key of their own.
const KEYLESS_WORKBENCH: &[Action] = &[
    Action::Scan,
    Action::Solution,
    Action::FixAll,
    Action::Ignore,
    Action::SortProblems,
    Action::FilterProblems,
    Action::Reset,
    Action::FocusEditor,
];

impl State {
    /// All that can be done in `contexts`, and all that can be opened.
    pub fn new(shared: &Shared, contexts: &[Context]) -> Self {
        let mut actions: Vec<Action> = Vec::new();
        let in_workbench = contexts.contains(&Context::Workbench);
        let known = keymap::bindings().filter(|b| contexts.contains(&b.context)).map(|b| b.action);
        let keyless = KEYLESS.iter().chain(if in_workbench { KEYLESS_WORKBENCH } else { &[] });
        for action in known.chain(keyless.copied()) {
            if !MOVEMENTS.contains(&action) && !actions.contains(&action) {
                actions.push(action);
            }
        }
        let act = |action: Action| Entry {
            title: action.title().to_owned(),
            note: keymap::key_of(action).unwrap_or_default(),
            target: Target::Act(action),
            only_for: None,
        };
        let course = &shared.course;
        let lessons = course.lessons.iter().map(|lesson| Entry {
            title: format!("Lesson {}: {}", lesson.number, lesson.title),
            note: "lesson".to_owned(),
            target: Target::Go(Destination::Lesson(lesson.slug.clone())),
            only_for: None,
        });
        let exercises = course.exercises.iter().map(|exercise| Entry {
            title: format!("{}: {}", super::home::name_of(&exercise.id), exercise.title),
            note: "exercise".to_owned(),
            target: Target::Go(Destination::Exercise(exercise.id.clone())),
            only_for: None,
        });
        let examples = course.examples.iter().map(|example| Entry {
            title: format!("Example: {}", example.title),
            note: "example".to_owned(),
            target: Target::Go(Destination::Example(example.name.clone())),
            only_for: None,
        });
        let reference = course.reference.iter().map(|page| Entry {
            title: format!("Reference: {}", page.title),
            note: "reference".to_owned(),
            target: Target::Go(Destination::Lesson(page.slug.clone())),
            only_for: None,
        });
        let rules = crate::lint::all_rules().map(|info| Entry {
            title: format!("Explain {}: {}", info.code, info.summary),
            note: "rule".to_owned(),
            target: Target::Explain(info.code),
            only_for: Some([info.code, info.name]),
        });
        let course = lessons.chain(exercises).chain(examples).chain(reference);
        Self::of("Commands", actions.into_iter().map(act).chain(course).chain(rules).collect())
    }

    /// All rules of the linter, to read about.
    pub fn rules() -> Self {
        let rules = crate::lint::all_rules().map(|info| Entry {
            title: format!("{} {}: {}", info.code, info.name, info.summary),
            note: crate::lint::report::level(info.severity).to_owned(),
            target: Target::Explain(info.code),
            only_for: None,
        });
        Self::of("Rules", rules.collect())
    }

    /// All words of the glossary, to look one up.
    pub fn words(shared: &Shared) -> Self {
        let entry = |word: &Word| Entry {
            title: word.name.clone(),
            note: String::new(),
            target: Target::Word(word.name.clone()),
            only_for: None,
        };
        Self::of("Glossary", shared.course.glossary.iter().map(entry).collect())
    }

    /// Where a shell can be opened: what to call it, a note, and the wish.
    pub fn shells(places: Vec<(String, String, ShellWish)>) -> Self {
        let entry = |(title, note, wish)| Entry { title, note, target: Target::Shell(wish), only_for: None };
        Self::of("Open a shell in", places.into_iter().map(entry).collect())
    }

    /// Images that can be pushed: name and a note.
    pub fn images(images: Vec<(String, String)>) -> Self {
        let entry = |(name, note): (String, String)| Entry {
            title: name.clone(),
            note,
            target: Target::Ecr(Wish::Push(name)),
            only_for: None,
        };
        Self::of("Push which image?", images.into_iter().map(entry).collect())
    }

    /// Registries to choose from: what to call it, a note, and what choosing it means.
    pub fn registries(rows: Vec<(String, String, Wish)>) -> Self {
        let entry = |(title, note, wish)| Entry { title, note, target: Target::Ecr(wish), only_for: None };
        Self::of("Which registry?", rows.into_iter().map(entry).collect())
    }

    /// Regions to choose from, or to type.
    pub fn regions(account: &Account, rows: Vec<(String, String, Wish)>) -> Self {
        let entry = |(title, note, wish)| Entry { title, note, target: Target::Ecr(wish), only_for: None };
        let typed = Entry {
            title: String::new(),
            note: "as typed".to_owned(),
            target: Target::Region(account.clone()),
            only_for: None,
        };
        Self::of("Which region?", rows.into_iter().map(entry).chain([typed]).collect())
    }

    /// What runs, to be stopped: what to call it, a note, and the job.
    pub fn jobs(rows: Vec<(String, String, JobId)>) -> Self {
        let entry = |(title, note, id)| Entry { title, note, target: Target::Stop(id), only_for: None };
        Self::of("Running: Enter stops", rows.into_iter().map(entry).collect())
    }

    /// What an instructor may do: what to call it, a note, and what it changes.
    pub fn changes(title: &'static str, rows: Vec<(String, String, Change)>) -> Self {
        let entry =
            |(title, note, change)| Entry { title, note, target: Target::Lead(change), only_for: None };
        Self::of(title, rows.into_iter().map(entry).collect())
    }

    /// Lessons that an instructor may read with those who follow: what to call it, a note, and the slug.
    pub fn follow_me(rows: Vec<(String, String, String)>) -> Self {
        let entry =
            |(title, note, slug)| Entry { title, note, target: Target::FollowMe(slug), only_for: None };
        Self::of("Read which lesson with those who follow?", rows.into_iter().map(entry).collect())
    }

    fn of(title: &'static str, entries: Vec<Entry>) -> Self {
        let mut state = Self { title, entries, input: Input::default(), found: Vec::new(), selected: 0 };
        state.search();
        state
    }

    /// Whether the list stays open below what is chosen: one reads about a rule and comes back.
    pub fn stays(&self) -> bool {
        self.found.get(self.selected).and_then(|(at, _)| self.entries.get(*at)).is_some_and(|entry| {
            matches!(entry.target, Target::Explain(_) | Target::Word(_)) && entry.only_for.is_none()
        })
    }

    fn search(&mut self) {
        self.selected = 0;
        let pattern = Pattern::parse(self.input.text(), CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize, Vec<u32>)> = Vec::new();
        let typed = self.input.text().trim();
        let mut typed_region = false;
        for (index, entry) in self.entries.iter().enumerate() {
            let begins =
                |word: &str| word.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
            if entry.only_for.is_some_and(|words| typed.len() < 2 || !words.iter().any(|word| begins(word))) {
                continue;
            }
            if matches!(entry.target, Target::Region(_)) {
                typed_region |= is_region(typed);
                continue;
            }
            let mut hits = Vec::new();
            let haystack = Utf32Str::new(&entry.title, &mut buffer);
            if let Some(score) = pattern.indices(haystack, &mut matcher, &mut hits) {
                scored.push((score, index, hits));
            }
        }
        scored.sort_by_key(|(score, index, _)| (std::cmp::Reverse(*score), *index));
        let known =
            |index: usize| self.entries.get(index).is_some_and(|entry| entry.title.starts_with(typed));
        let offers = typed_region && !scored.iter().any(|(_, index, _)| known(*index));
        self.found = scored.into_iter().map(|(_, index, hits)| (index, hits)).collect();
        if offers {
            let typed = typed.to_owned();
            let place = self.entries.iter().position(|entry| matches!(entry.target, Target::Region(_)));
            if let Some((index, entry)) = place.and_then(|at| Some((at, self.entries.get_mut(at)?))) {
                entry.title = typed;
                self.found.push((index, Vec::new()));
            }
        }
    }

    /// Takes a key of the search line.
    pub fn on_key(&mut self, key: &KeyEvent, _shared: &Shared) {
        if self.input.on_key(key) {
            self.search();
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str, _shared: &Shared) {
        self.input.insert(text);
        self.search();
    }

    /// Moves the selection.
    pub fn scroll(&mut self, action: Action) {
        if let Some(to) = scroll::moved(self.selected, action, 8, self.found.len().saturating_sub(1)) {
            self.selected = to;
        }
    }

    /// What the selected line does.
    pub fn chosen(&self) -> Option<Msg> {
        let (index, _) = self.found.get(self.selected)?;
        Some(match &self.entries.get(*index)?.target {
            Target::Act(action) => Msg::Act(*action),
            Target::Go(to) => Msg::Go(to.clone()),
            Target::Explain(code) => Msg::Explain((*code).to_owned()),
            Target::Word(word) => Msg::Word(word.clone()),
            Target::Shell(wish) => Msg::Shell(wish.clone()),
            Target::Ecr(wish) => Msg::Ecr(Box::new(wish.clone())),
            Target::Region(account) => {
                let region = Some(self.input.text().trim().to_owned());
                let account = Account { region, ..account.clone() };
                Msg::Ecr(Box::new(Wish::Take(Registry::Aws(account))))
            }
            Target::Stop(id) => Msg::Stop(*id),
            Target::Lead(change) => Msg::Lead(Box::new(change.clone())),
            Target::FollowMe(lesson) => Msg::FollowMe(lesson.clone()),
        })
    }

    /// Where it is drawn.
    pub fn area(&self, screen: Rect) -> Rect {
        let width = screen.width.saturating_sub(8).min(76);
        let height = screen.height.saturating_sub(4).min(20);
        Rect { y: screen.y + 2, ..pane::centred(screen, width, height) }
    }

    /// A click on row `y`; answers whether it took a line.
    pub fn click(&mut self, screen: Rect, y: u16) -> bool {
        let list = self.list(screen);
        let at = self.offset(list) + usize::from(y.saturating_sub(list.y));
        if y < list.y || at >= self.found.len() {
            return false;
        }
        self.selected = at;
        true
    }

    fn list(&self, screen: Rect) -> Rect {
        let area = self.area(screen);
        Rect {
            x: area.x + 1,
            y: area.y + 3,
            width: area.width.saturating_sub(2),
            height: area.height.saturating_sub(4),
        }
    }

    fn offset(&self, list: Rect) -> usize {
        scroll::follow(0, self.selected, usize::from(list.height), self.found.len())
    }
}

/// Draws the palette.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>) {
    let theme = &shared.theme;
    let area = state.area(shared.area());
    let inner = pane::popup(theme, frame, area, state.title);
    let prompt = theme.sign("› ", "> ");
    let typed = Line::from(vec![
        Span::styled(format!(" {prompt}"), theme.style(Role::Key)),
        Span::styled(state.input.text().to_owned(), theme.style(Role::Text)),
    ]);
    frame.buffer_mut().set_line(inner.x, inner.y, &typed, inner.width);
    let cursor = inner.x + 3 + u16::try_from(fit::width(state.input.before())).unwrap_or(0);
    frame.set_cursor_position((cursor.min(inner.right().saturating_sub(1)), inner.y));
    let rule = theme.sign("─", "-").repeat(usize::from(inner.width));
    frame.buffer_mut().set_string(inner.x, inner.y + 1, rule, theme.style(Role::Border));
    let list = state.list(shared.area());
    if state.found.is_empty() {
        let text = "  Nothing has these letters.";
        frame.buffer_mut().set_string(list.x, list.y, text, theme.style(Role::Muted));
    }
    let offset = state.offset(list);
    for (y, (at, (index, hits))) in (list.y..list.bottom()).zip(state.found.iter().enumerate().skip(offset)) {
        let Some(entry) = state.entries.get(*index) else { continue };
        let selected = at == state.selected;
        let ground = if selected { theme.style(Role::Selected) } else { theme.style(Role::Text) };
        let row = Rect { y, height: 1, ..list };
        frame.buffer_mut().set_style(row, ground);
        let room = usize::from(list.width).saturating_sub(fit::width(&entry.note) + 5);
        let shown = sanitise::plain(&entry.title);
        let mut spans = vec![Span::raw("  ")];
        for (at, c) in fit::cut(&shown, room).chars().enumerate() {
            let hit = u32::try_from(at).is_ok_and(|at| hits.contains(&at));
            let style = if hit { ground.patch(theme.style(Role::Key)) } else { ground };
            spans.push(Span::styled(c.to_string(), style));
        }
        let buffer = frame.buffer_mut();
        buffer.set_line(row.x, y, &Line::from(spans), row.width);
        let note_x = row.right().saturating_sub(u16::try_from(fit::width(&entry.note)).unwrap_or(0) + 2);
        let note = if selected { ground } else { theme.style(Role::Muted) };
        buffer.set_string(note_x, y, &entry.note, note);
    }
    pane::scroll_mark(
        theme,
        frame.buffer_mut(),
        Rect { y: list.y.saturating_sub(1), height: list.height + 2, ..area },
        offset,
        state.found.len(),
    );
}
