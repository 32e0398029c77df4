//! The last row: keys and what they do, made from the table of keys. Clicking one presses it.

use super::fit;
use crate::tui::keymap::Action;
use crate::tui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

type Shown = [(String, &'static str, Action)];

/// Columns of each entry that fits, as `(x, width, index)`.
fn places(shown: &Shown, area: Rect) -> Vec<(u16, u16, usize)> {
    let mut x = area.x + 1;
    let mut places = Vec::new();
    for (index, (key, label, _)) in shown.iter().enumerate() {
        let wide = u16::try_from(fit::width(key) + 1 + fit::width(label)).unwrap_or(u16::MAX);
        if x.saturating_add(wide) > area.right() {
            break;
        }
        places.push((x, wide, index));
        x += wide + 2;
    }
    places
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
}
