//! Where a list or page stands: pure arithmetic shared by everything that scrolls.

use crate::tui::keymap::Action;

/// First row to show so that `selected` of `total` rows is seen in `rows`, moving as little as can
/// be from `offset`.
pub fn follow(offset: usize, selected: usize, rows: usize, total: usize) -> usize {
    let last = total.saturating_sub(rows);
    let offset = offset.min(last);
    if selected < offset {
        selected
    } else if rows > 0 && selected >= offset + rows {
        (selected + 1 - rows).min(last)
    } else {
        offset
    }
}

/// `at` after a movement, within `0..=last`; `None` when `action` is no movement.
pub fn moved(at: usize, action: Action, page: usize, last: usize) -> Option<usize> {
    let page = page.max(1);
    let to = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at + page,
        Action::First => 0,
        Action::Last => last,
        _ => return None,
    };
    Some(to.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_is_always_seen() {
        assert_eq!(follow(0, 12, 10, 50), 3);
        assert_eq!(follow(20, 12, 10, 50), 12);
        assert_eq!(follow(45, 49, 10, 50), 40);
        assert_eq!(follow(5, 0, 10, 3), 0);
    }

    #[test]
    fn movements_stay_inside() {
        assert_eq!(moved(0, Action::Up, 5, 9), Some(0));
        assert_eq!(moved(7, Action::PageDown, 5, 9), Some(9));
        assert_eq!(moved(7, Action::Build, 5, 9), None);
    }
}
