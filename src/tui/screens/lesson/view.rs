//! Draws the reader.

use super::keys::Sight;
use super::{Part, Places, Spot, State};
use crate::course::page::TryKind;
use crate::tui::app::Shared;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::markdown::{self, Marks};
use crate::tui::widgets::{fit, pane, scroll};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Draws the lesson into `body`.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>, body: Rect) {
    let theme = &shared.theme;
    let places = Places::of(body);
    let laid = state.laid_out(places.text.width, theme.ascii);
    let top = state.top(&laid, places.rows());
    let sight = Sight { places, laid };
    let page = &sight.laid.page;
    let link = match state.focus {
        Some(Spot::Link(link)) => Some(link),
        _ => None,
    };
    let marks = Marks { link, found: &sight.laid.found, current: state.search.current };
    let buffer = frame.buffer_mut();
    markdown::draw(&page.links, &page.layout, top, marks, places.text, buffer, theme);
    let cursor = draw_focus(state, &sight, top, buffer, theme);
    draw_mark(&sight, body, top, buffer, theme);
    if let Some(area) = places.contents {
        let wall = theme.sign("│", "|");
        for y in area.y..area.bottom() {
            buffer.set_string(area.right() - 1, y, wall, theme.style(Role::Border));
        }
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(3), ..area };
        draw_contents(state, &sight, sight.heading(top), inner, buffer, theme);
    }
    status(state, &sight, top, buffer, theme);
    if state.search.typing {
        let column = 2 + fit::width(state.search.input.before());
        let x = places.status.x + u16::try_from(column).unwrap_or(0).min(places.status.width - 1);
        frame.set_cursor_position((x, places.status.y));
    } else if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
    if let Some(selected) = state.contents {
        let area = popup(&sight, body);
        let inner = pane::popup(theme, frame, area, "Contents");
        draw_contents(state, &sight, Some(selected), inner, frame.buffer_mut(), theme);
    }
}

/// Marks the focused spot; answers where the cursor stands when an answer is typed there.
fn draw_focus(
    state: &State,
    sight: &Sight,
    top: usize,
    buffer: &mut Buffer,
    theme: &Theme,
) -> Option<(u16, u16)> {
    let focus = state.focus.as_ref()?;
    let placed = sight.laid.page.spots.iter().find(|placed| placed.spot == *focus)?;
    let text = sight.places.text;
    let mut cursor = None;
    for line in placed.lines.clone() {
        let Some(row) = line.checked_sub(top).and_then(|row| u16::try_from(row).ok()) else { continue };
        if row >= text.height {
            break;
        }
        let y = text.y + row;
        if let Spot::Answer(part) = focus {
            let typed = match state.parts.get(*part) {
                Some(Part::Quiz(card)) if !card.settled() => fit::width(card.input.before()),
                _ => continue,
            };
            let x = text.x + placed.columns.start + 2 + u16::try_from(typed).unwrap_or(u16::MAX / 2);
            cursor = Some((x.min(text.x + placed.columns.end - 1), y));
            continue;
        }
        for x in text.x + placed.columns.start..(text.x + placed.columns.end).min(text.right()) {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.set_style(theme.style(Role::Selected));
            }
        }
    }
    cursor
}

/// A mark beside the text that shows which part of it is seen.
fn draw_mark(sight: &Sight, body: Rect, top: usize, buffer: &mut Buffer, theme: &Theme) {
    let text = sight.places.text;
    let x = (text.right() + 1).min(body.right().saturating_sub(1));
    let area =
        Rect { x: text.x, width: x + 1 - text.x, y: text.y.saturating_sub(1), height: text.height + 2 };
    pane::scroll_mark(theme, buffer, area, top, sight.laid.page.layout.lines.len());
}

/// Where the contents lie over a narrow screen.
pub(super) fn popup(sight: &Sight, body: Rect) -> Rect {
    let rows = u16::try_from(sight.laid.page.layout.headings.len()).unwrap_or(u16::MAX);
    pane::centred(body, 50, rows.saturating_add(2).min(body.height.saturating_sub(2)))
}

/// First entry of the contents that is shown in `rows` rows.
fn contents_offset(sight: &Sight, selected: Option<usize>, rows: u16) -> usize {
    let total = sight.laid.page.layout.headings.len();
    scroll::follow(0, selected.unwrap_or(0), usize::from(rows), total)
}

/// The entry of the contents on screen row `row`, when they are drawn in `area`.
pub(super) fn heading_at(state: &State, sight: &Sight, area: Rect, row: u16) -> Option<usize> {
    let (top, rows, selected) = match state.contents {
        Some(selected) => (area.y + 1, area.height.saturating_sub(2), Some(selected)),
        None => (area.y, area.height, sight.heading(state.scroll)),
    };
    let at = row.checked_sub(top).filter(|at| *at < rows)?;
    Some(contents_offset(sight, selected, rows) + usize::from(at))
}

fn draw_contents(
    state: &State,
    sight: &Sight,
    selected: Option<usize>,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let headings = &sight.laid.page.layout.headings;
    let offset = contents_offset(sight, selected, area.height);
    for (y, (index, heading)) in (area.y..area.bottom()).zip(headings.iter().enumerate().skip(offset)) {
        let indent = usize::from(heading.level.saturating_sub(1).min(3)) * 2;
        let text = format!(" {}{}", " ".repeat(indent), heading.text);
        let here = selected == Some(index);
        let role = match (here, state.contents.is_some()) {
            (true, true) => Role::Selected,
            (true, false) => Role::Strong,
            (false, _) => Role::Muted,
        };
        let text = fit::pad(&text, usize::from(area.width));
        buffer.set_stringn(area.x, y, text, usize::from(area.width), theme.style(role));
        if here && state.contents.is_none() {
            buffer.set_stringn(area.x, y, theme.sign("▎", ">"), 1, theme.style(Role::BorderFocused));
        }
    }
}

/// The last row: the search, or what the focus leads to and how far one has read.
fn status(state: &State, sight: &Sight, top: usize, buffer: &mut Buffer, theme: &Theme) {
    let area = sight.places.status;
    let muted = theme.style(Role::Muted);
    let query = state.search.input.text();
    let left = if state.search.typing {
        Line::from(vec![Span::styled(" /", theme.style(Role::Key)), Span::raw(query.to_owned())])
    } else if !query.is_empty() {
        let found = sight.laid.found.len();
        let at = state.search.current.map_or(0, |at| at + 1);
        let count = if found == 0 { "nothing found".to_owned() } else { format!("{at} of {found}") };
        let slash = Span::styled(" /", theme.style(Role::Key));
        let more = Span::styled("   n next  N previous  Esc ends", muted);
        let role = if found == 0 { Role::Warning } else { Role::Match };
        Line::from(vec![
            slash,
            Span::raw(format!("{query}  ")),
            Span::styled(format!(" {count} "), theme.style(role)),
            more,
        ])
    } else {
        Line::styled(format!(" {}", words(state, sight)), muted)
    };
    let rows = sight.places.rows();
    let total = sight.laid.page.layout.lines.len();
    let read = if total <= rows { 100 } else { top * 100 / (total - rows) };
    // Nobody says how long one looks something up.
    let right = match state.lesson.minutes {
        0 => format!("{read} % "),
        minutes => format!("{read} %  {minutes} min "),
    };
    let right = Line::styled(right, muted);
    let right_width = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
    buffer.set_line(area.x, area.y, &left, area.width.saturating_sub(right_width + 1));
    buffer.set_line(area.right() - right_width, area.y, &right, right_width);
}

/// What the focused spot does.
fn words(state: &State, sight: &Sight) -> String {
    match &state.focus {
        None => "Tab goes to links, questions and blocks to try".to_owned(),
        Some(spot) => format!("{}   Esc leaves it", press_words(state, sight, spot)),
    }
}

/// What Enter does at a spot.
fn press_words(state: &State, sight: &Sight, spot: &Spot) -> String {
    match spot {
        Spot::Link(link) => {
            let target = sight.laid.page.links.get(*link);
            let verb = if matches!(target, Some(markdown::Target::Web(_))) { "copies" } else { "opens" };
            format!("Enter {verb} {}", target.map(markdown::Target::label).unwrap_or_default())
        }
        Spot::Choice { part, .. } => match state.parts.get(*part) {
            Some(Part::Quiz(card)) if card.settled() => "Answered".to_owned(),
            Some(Part::Quiz(card)) if card.multiple() => "Space or 1-9 marks an option".to_owned(),
            _ => "Enter or 1-9 answers".to_owned(),
        },
        Spot::Answer(_) => "Type the answer; Enter checks it".to_owned(),
        Spot::Submit(_) => "Enter checks the answer".to_owned(),
        Spot::Reveal(_) => "Enter shows the answer".to_owned(),
        Spot::Try(part) => match state.parts.get(*part) {
            Some(Part::Try(trial)) if trial.block.kind == TryKind::Command && trial.asks() => {
                "Enter runs the commands".to_owned()
            }
            Some(Part::Try(trial)) if trial.block.kind == TryKind::Command => {
                "Enter asks, then runs the commands".to_owned()
            }
            _ => "Enter opens it in a workbench, to edit and build".to_owned(),
        },
        Spot::Stop(part) => match state.parts.get(*part) {
            Some(Part::Try(trial)) if trial.asks() => "Enter declines".to_owned(),
            _ => "Enter stops the commands".to_owned(),
        },
        Spot::Copy(_) => "Enter copies it to the clipboard".to_owned(),
        Spot::Exercise(_) => "Enter opens the exercise".to_owned(),
        Spot::Lesson(_) => "Enter opens the lesson".to_owned(),
    }
}
