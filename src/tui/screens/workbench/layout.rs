//! Where the panes are. Pure: drawing and the mouse ask the same function.

use super::state::{Focus, State};
use super::task;
use crate::tui::app::Shared;
use ratatui::layout::Rect;

/// From this width on, the task has a pane of its own.
pub const WIDE: u16 = 100;

/// The panes; those without any room are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panes {
    /// The editor with its border.
    pub editor: Rect,
    /// The tabs below it.
    pub bottom: Rect,
    /// The task.
    pub side: Rect,
    /// The checks below it.
    pub checks: Rect,
}

/// Whether the task is one of the bottom tabs.
pub fn is_narrow(body: Rect) -> bool {
    body.width < WIDE
}

/// The panes in `body`.
pub fn panes(state: &State, shared: &Shared, body: Rect) -> Panes {
    let none = Rect { width: 0, height: 0, ..body };
    let nothing = Panes { editor: none, bottom: none, side: none, checks: none };
    let narrow = is_narrow(body);
    if state.zoom {
        return match state.focus {
            Focus::Editor => Panes { editor: body, ..nothing },
            Focus::Task if !narrow => Panes { side: body, ..nothing },
            Focus::Checks if !narrow => Panes { checks: body, ..nothing },
            Focus::Task | Focus::Checks | Focus::Bottom => Panes { bottom: body, ..nothing },
        };
    }
    let side = if narrow {
        0
    } else {
        let wanted = state.side_columns.unwrap_or((body.width * 3 / 10).clamp(36, 62));
        wanted.clamp(24, body.width - 50)
    };
    let left = body.width - side;
    let wanted = state.bottom_rows.unwrap_or((body.height * 3 / 10).clamp(7, 14));
    let bottom = wanted.clamp(3, body.height.saturating_sub(5).max(3)).min(body.height);
    let top = body.height - bottom;
    let editor = Rect { width: left, height: top, ..body };
    let bottom = Rect { y: body.y + top, width: left, height: bottom, ..body };
    if narrow {
        return Panes { editor, bottom, ..nothing };
    }
    let column = Rect { x: body.x + left, width: side, ..body };
    // The checks take what they need, but leave the task half of the column; and what the task does
    // not need is theirs.
    let columns = usize::from(side.saturating_sub(4));
    let rows = |lines: usize| u16::try_from(lines + 2).unwrap_or(u16::MAX);
    let wanted = rows(task::check_lines(state, shared, columns).len());
    let task = rows(task::task_lines(state, shared, columns).len());
    let most = (column.height / 2).max(column.height.saturating_sub(task));
    let checks = if wanted <= 2 { 0 } else { wanted.min(most) };
    let split = column.height - checks;
    Panes {
        editor,
        bottom,
        side: Rect { height: split, ..column },
        checks: Rect { y: column.y + split, height: checks, ..column },
    }
}
