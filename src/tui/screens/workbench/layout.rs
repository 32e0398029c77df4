//! Where the panes are. Pure: drawing and the mouse ask the same function.

use super::state::{Focus, State};
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
}

/// Whether the task is one of the bottom tabs.
pub fn is_narrow(body: Rect) -> bool {
    body.width < WIDE
}

/// The panes in `body`.
pub fn panes(state: &State, body: Rect) -> Panes {
    let none = Rect { width: 0, height: 0, ..body };
    let narrow = is_narrow(body);
    if state.zoom {
        return match state.focus {
            Focus::Editor => Panes { editor: body, bottom: none, side: none },
            Focus::Task if !narrow => Panes { editor: none, bottom: none, side: body },
            Focus::Task | Focus::Bottom => Panes { editor: none, bottom: body, side: none },
        };
    }
    let side = if narrow {
        0
    } else {
        let wanted = state.side_columns.unwrap_or((body.width * 3 / 10).clamp(36, 58));
        wanted.clamp(24, body.width - 50)
    };
    let left = body.width - side;
    let wanted = state.bottom_rows.unwrap_or((body.height * 3 / 10).clamp(7, 14));
    let bottom = wanted.clamp(3, body.height.saturating_sub(5).max(3)).min(body.height);
    let top = body.height - bottom;
    Panes {
        editor: Rect { width: left, height: top, ..body },
        bottom: Rect { y: body.y + top, width: left, height: bottom, ..body },
        side: if narrow { none } else { Rect { x: body.x + left, width: side, ..body } },
    }
}
