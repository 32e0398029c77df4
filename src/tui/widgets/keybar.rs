//! The last row: keys and what they do, made from the table of keys. Clicking one presses it.

use super::fit;
use crate::tui::keymap::Action;
use crate::tui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

type Shown = [(String, &'static str, Action)];

/// Columns of each entry that is shown, as `(x, width, index)`: as many from the front as fit, and always the
/// way back and, where that leaves room, the way to the rest.
fn places(shown: &Shown, area: Rect) -> Vec<(u16, u16, usize)> {
    let wide = |index: usize| {
        let both = shown.get(index).map(|(key, label, _)| fit::width(key) + 1 + fit::width(label));
        both.and_then(|wide| u16::try_from(wide).ok()).unwrap_or(u16::MAX)
    };
    let first = [Action::Back, Action::Help].into_iter().filter_map(|wanted| {
        let index = shown.iter().position(|(_, _, action)| *action == wanted)?;
        Some((index, true))
    });
    let mut room = area.width.saturating_sub(1);
    let mut kept = Vec::new();
    for (index, needed) in first.chain((0..shown.len()).map(|index| (index, false))) {
        if kept.contains(&index) {
            continue;
        }
        // Two columns part it from the one before.
        let gap = if kept.is_empty() { 0 } else { 2 };
        match room.checked_sub(wide(index).saturating_add(gap)) {
            Some(left) => {
                room = left;
                kept.push(index);
            }
            None if needed => {}
            None => break,
        }
    }
    kept.sort_unstable();
    let mut x = area.x + 1;
    kept.into_iter()
        .map(|index| {
            let place = (x, wide(index), index);
            x += wide(index) + 2;
            place
        })
        .collect()
}

/// Draws the bar.
pub fn view(shown: &Shown, theme: &Theme, buffer: &mut Buffer, area: Rect) {
    buffer.set_style(area, theme.style(Role::KeyBar));
    for (x, wide, index) in places(shown, area) {
        let (key, label, _) = &shown[index];
        let (next, _) = buffer.set_stringn(x, area.y, key, usize::from(wide), theme.style(Role::Key));
        let style = theme.style(Role::KeyBar);
        buffer.set_stringn(next + 1, area.y, label, usize::from(wide), style);
    }
}

/// What a click on column `x` presses.
pub fn hit(shown: &Shown, area: Rect, x: u16) -> Option<Action> {
    let (_, _, index) =
        places(shown, area).into_iter().find(|(start, wide, _)| (*start..start + wide).contains(&x))?;
    shown.get(index).map(|(_, _, action)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::{self, Context};

    #[test]
    fn a_click_presses_what_is_drawn_under_it() {
        let shown = keymap::bar(&[Context::Workbench, Context::Global]);
        let area = Rect::new(0, 0, 80, 1);
        let mut buffer = Buffer::empty(area);
        view(&shown, &Theme::default(), &mut buffer, area);
        let text: String = (0..80).map(|x| buffer[(x, 0)].symbol()).collect();
        let at = text.find("F3").and_then(|at| u16::try_from(at).ok()).unwrap();
        assert_eq!(hit(&shown, area, at), Some(Action::Check));
        assert_eq!(hit(&shown, area, 0), None);
    }

    #[test]
    fn the_way_back_comes_before_help_and_both_before_the_rest() {
        let entry = |key: &str, label, action| (key.to_owned(), label, action);
        let shown = [
            entry("F2", "build", Action::Build),
            entry("F3", "check", Action::Check),
            entry("Esc", "back", Action::Back),
            entry("F1", "help", Action::Help),
        ];
        let kept = |width| -> Vec<usize> {
            places(&shown, Rect::new(0, 0, width, 1)).into_iter().map(|(_, _, index)| index).collect()
        };
        assert_eq!(kept(80), [0, 1, 2, 3]);
        assert_eq!(kept(30), [0, 2, 3]);
        assert_eq!(kept(20), [2, 3]);
        assert_eq!(kept(12), [2]);
    }
}
