//! Keys, actions and the mouse of the reader.

use super::{Laid, Places, State, Then, press, remember};
use crate::tui::app::Shared;
use crate::tui::keymap::Action;
use crate::tui::message::{Destination, Effect, Msg};
use crate::tui::widgets::scroll;
use crate::workshop::room::Page;
use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

/// Rows of the old page that stay in sight when turning.
const OVERLAP: usize = 2;
/// Rows that a turn of the wheel moves.
const WHEEL: usize = 3;

/// What the functions here need of the screen.
pub(super) struct Sight {
    pub places: Places,
    pub laid: Laid,
}

impl Sight {
    /// The page as it is seen; scrolling counts from here on at this width.
    pub fn of(state: &mut State, shared: &Shared, body: Rect) -> Self {
        let places = Places::of(body);
        let laid = state.laid_out(places.text.width, shared.theme.ascii);
        state.scroll = state.top(&laid, places.rows());
        state.laid = laid.width;
        Self { places, laid }
    }

    fn last(&self) -> usize {
        self.laid.page.layout.lines.len().saturating_sub(self.places.rows())
    }

    /// Shows the page from `line` on.
    pub fn scroll_to(&self, state: &mut State, line: usize) {
        state.scroll = line.min(self.last());
        state.anchor = self.laid.page.anchor(state.scroll);
    }

    /// Scrolls as little as needed to see `lines`.
    pub fn show(&self, state: &mut State, lines: &std::ops::Range<usize>) {
        let rows = self.places.rows();
        let total = self.laid.page.layout.lines.len();
        let below = (lines.end + 1).min(total).saturating_sub(1);
        let to = scroll::follow(state.scroll, below, rows, total);
        let to = scroll::follow(to, lines.start.saturating_sub(1), rows, total);
        self.scroll_to(state, to);
    }

    /// The heading that the top of the page stands under.
    pub fn heading(&self, scroll: usize) -> Option<usize> {
        self.laid.page.layout.headings.iter().rposition(|heading| heading.line <= scroll + 1)
    }
}

/// The page that is read: the lesson and the heading that the top of the screen stands under.
pub fn page_shown(state: &mut State, shared: &Shared, body: Rect) -> Page {
    let sight = Sight::of(state, shared, body);
    let headings = &sight.laid.page.layout.headings;
    let heading = sight.heading(state.scroll).and_then(|at| headings.get(at));
    Page { lesson: state.lesson.slug.clone(), heading: heading.map(|heading| heading.text.clone()) }
}

/// Opens the reader at the place that is kept.
pub fn open(state: &mut State, shared: &mut Shared, body: Rect) -> Vec<Effect> {
    let sight = Sight::of(state, shared, body);
    remember(state, shared, state.scroll >= sight.last())
}

/// Shows the page from a heading on, by its text; the page stays where it is when it has none such.
pub fn show_heading(state: &mut State, shared: &mut Shared, body: Rect, heading: &str) -> Vec<Effect> {
    let sight = Sight::of(state, shared, body);
    let line =
        sight.laid.page.layout.headings.iter().find(|known| known.text == heading).map(|known| known.line);
    if let Some(line) = line {
        sight.scroll_to(state, line);
    }
    remember(state, shared, state.scroll >= sight.last())
}

/// An action of the key table.
pub fn act(state: &mut State, shared: &mut Shared, body: Rect, action: Action) -> Then {
    let sight = Sight::of(state, shared, body);
    if let Some(selected) = state.contents
        && let Some(then) = act_on_contents(state, &sight, selected, action)
    {
        return done(state, shared, &sight, then);
    }
    let page = sight.places.rows().saturating_sub(OVERLAP);
    if let Some(to) = scroll::moved(state.scroll, action, page, sight.last()) {
        sight.scroll_to(state, to);
        return done(state, shared, &sight, Vec::new());
    }
    let mut effects = Vec::new();
    match action {
        Action::NextSpot => step(state, &sight, true),
        Action::PreviousSpot => step(state, &sight, false),
        Action::Accept => match state.focus.clone() {
            Some(spot) => effects = press::press(state, shared, body, &spot),
            None => step(state, &sight, true),
        },
        Action::Contents
            if sight.places.contents.is_none() && !sight.laid.page.layout.headings.is_empty() =>
        {
            state.contents = Some(sight.heading(state.scroll).unwrap_or(0));
        }
        Action::Find => {
            state.search.typing = true;
            state.search.input = Default::default();
            state.search.current = None;
        }
        Action::NextMatch => find(state, &sight, true),
        Action::PreviousMatch => find(state, &sight, false),
        Action::NextLesson | Action::PreviousLesson => {
            let to = if action == Action::NextLesson { &state.next } else { &state.previous };
            if let Some((slug, _)) = to {
                shared.post(Msg::Go(Destination::Lesson(slug.clone())));
            }
        }
        Action::CopyBlock => effects = press::copy_block(state, shared, &sight),
        Action::Back => {
            if state.focus.take().is_none() && state.search.input.text().is_empty() {
                return Then::Leave;
            }
            state.search = Default::default();
        }
        _ => {}
    }
    let sight = Sight::of(state, shared, body);
    done(state, shared, &sight, effects)
}

fn done(state: &mut State, shared: &mut Shared, sight: &Sight, mut effects: Vec<Effect>) -> Then {
    effects.extend(remember(state, shared, state.scroll >= sight.last()));
    Then::Do(effects)
}

fn act_on_contents(state: &mut State, sight: &Sight, selected: usize, action: Action) -> Option<Vec<Effect>> {
    let headings = &sight.laid.page.layout.headings;
    let last = headings.len().saturating_sub(1);
    if let Some(to) = scroll::moved(selected, action, sight.places.rows() / 2, last) {
        state.contents = Some(to);
        return Some(Vec::new());
    }
    match action {
        Action::Accept => {
            state.contents = None;
            if let Some(heading) = headings.get(selected) {
                sight.scroll_to(state, heading.line);
            }
        }
        Action::Back | Action::Contents => state.contents = None,
        _ => return None,
    }
    Some(Vec::new())
}

/// Moves the focus to the next or previous spot; without one in sight, to the first that is.
fn step(state: &mut State, sight: &Sight, forward: bool) {
    let spots = &sight.laid.page.spots;
    let seen = state.scroll..state.scroll + sight.places.rows();
    let at = state.focus.as_ref().and_then(|focus| spots.iter().position(|p| p.spot == *focus));
    let to = match at.filter(|at| spots.get(*at).is_some_and(|p| seen.contains(&p.lines.start))) {
        Some(at) if forward => Some(at + 1).filter(|at| *at < spots.len()),
        Some(at) => at.checked_sub(1),
        None if forward => spots.iter().position(|p| p.lines.start >= seen.start),
        None => spots.iter().rposition(|p| p.lines.end <= seen.end),
    };
    // Past the last the round begins anew.
    let to = to.or(if forward { Some(0) } else { spots.len().checked_sub(1) });
    if let Some(placed) = to.and_then(|to| spots.get(to)) {
        state.focus = Some(placed.spot.clone());
        sight.show(state, &placed.lines);
    }
}

/// Goes to the next or previous match, round and round.
fn find(state: &mut State, sight: &Sight, forward: bool) {
    let found = &sight.laid.found;
    if found.is_empty() {
        state.search.current = None;
        return;
    }
    let to = match state.search.current.filter(|at| *at < found.len()) {
        Some(at) if forward => (at + 1) % found.len(),
        Some(at) => (at + found.len() - 1) % found.len(),
        None => found.iter().position(|(line, _)| *line >= state.scroll).unwrap_or(0),
    };
    state.search.current = Some(to);
    let line = found[to].0;
    let rows = sight.places.rows();
    // What is out of sight comes into the upper third, so that one sees what it is about.
    if line < state.scroll || line + 2 > state.scroll + rows {
        sight.scroll_to(state, line.saturating_sub(rows / 3));
    }
}

/// A key that no binding took, or that goes to what is being typed.
pub fn on_key(state: &mut State, shared: &mut Shared, body: Rect, key: &KeyEvent) -> Vec<Effect> {
    if state.search.typing {
        match key.code {
            KeyCode::Esc => state.search = Default::default(),
            KeyCode::Enter => state.search.typing = false,
            _ => {
                if state.search.input.on_key(key) {
                    state.search.current = None;
                    let sight = Sight::of(state, shared, body);
                    find(state, &sight, true);
                }
            }
        }
        return Vec::new();
    }
    match (&state.focus, key.code) {
        (Some(super::Spot::Answer(part)), _) => {
            let part = *part;
            if key.code == KeyCode::Enter {
                return press::submit(state, shared, body, part);
            }
            press::type_answer(state, part, |input| input.on_key(key));
            Vec::new()
        }
        (Some(spot), KeyCode::Char(' ')) => {
            let spot = spot.clone();
            press::press(state, shared, body, &spot)
        }
        (_, KeyCode::Char(c @ '1'..='9')) => {
            let index = usize::from(c as u8 - b'1');
            let sight = Sight::of(state, shared, body);
            match press::question_in_sight(state, &sight) {
                Some(part) => press::press(state, shared, body, &super::Spot::Choice { part, index }),
                None => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// Pasted text, where something is typed.
pub fn on_paste(state: &mut State, shared: &mut Shared, body: Rect, text: &str) -> Vec<Effect> {
    if state.search.typing {
        state.search.input.insert(text);
        state.search.current = None;
        let sight = Sight::of(state, shared, body);
        find(state, &sight, true);
    } else if let Some(super::Spot::Answer(part)) = state.focus {
        press::type_answer(state, part, |input| {
            input.insert(text);
            true
        });
    }
    Vec::new()
}

/// The mouse: the wheel scrolls, a click presses.
pub fn on_mouse(state: &mut State, shared: &mut Shared, body: Rect, mouse: MouseEvent) -> Vec<Effect> {
    let sight = Sight::of(state, shared, body);
    let place = (mouse.column, mouse.row).into();
    let effects = match mouse.kind {
        MouseEventKind::ScrollUp => {
            sight.scroll_to(state, state.scroll.saturating_sub(WHEEL));
            Vec::new()
        }
        MouseEventKind::ScrollDown => {
            sight.scroll_to(state, state.scroll + WHEEL);
            Vec::new()
        }
        MouseEventKind::Down(MouseButton::Left) => {
            let contents = sight.places.contents;
            let over = state.contents.map(|_| super::view::popup(&sight, body));
            if let Some(area) = over.or(contents).filter(|area| area.contains(place)) {
                let at = super::view::heading_at(state, &sight, area, mouse.row);
                if let Some(heading) = at.and_then(|at| sight.laid.page.layout.headings.get(at)) {
                    sight.scroll_to(state, heading.line);
                }
                state.contents = None;
                Vec::new()
            } else if state.contents.take().is_some() || !sight.places.text.contains(place) {
                Vec::new()
            } else {
                let line = state.scroll + usize::from(mouse.row - sight.places.text.y);
                let column = mouse.column - sight.places.text.x;
                match press::spot_at(&sight.laid.page, line, column) {
                    Some(spot) => {
                        state.focus = Some(spot.clone());
                        press::press(state, shared, body, &spot)
                    }
                    None => {
                        state.focus = None;
                        Vec::new()
                    }
                }
            }
        }
        _ => return Vec::new(),
    };
    let sight = Sight::of(state, shared, body);
    match done(state, shared, &sight, effects) {
        Then::Do(effects) => effects,
        Then::Leave => Vec::new(),
    }
}
