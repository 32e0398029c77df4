//! A bordered area with a title; the one that has the keys stands out.

use super::fit;
use crate::tui::theme::{Role, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::border;
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Clear};

/// Borders for terminals that only know ASCII.
const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// A bordered block.
pub fn block(theme: &Theme, focused: bool) -> Block<'static> {
    let role = if focused { Role::BorderFocused } else { Role::Border };
    let set = if theme.ascii { ASCII } else { border::ROUNDED };
    Block::new().borders(Borders::ALL).border_set(set).border_style(theme.style(role))
}

/// A bordered block with a title.
pub fn titled<'a>(theme: &Theme, focused: bool, title: impl Into<Line<'a>>) -> Block<'a> {
    block(theme, focused).title(title.into().style(theme.style(Role::Heading)))
}

/// An area of the given size in the middle of `area`, never larger than it.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height)
}

/// Clears `area`, draws a focused pane over it, and answers with its inside.
pub fn popup(theme: &Theme, frame: &mut ratatui::Frame<'_>, area: Rect, title: &str) -> Rect {
    frame.render_widget(Clear, area);
    let block = titled(theme, true, format!(" {title} ")).style(theme.base());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// The inside of a popup's pane, a column from its borders at both sides.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// Which of the titles in the upper border of `area` is at this column: they begin behind the corner and a
/// blank, with a bar between them.
pub fn tab_at(area: Rect, column: u16, titles: impl IntoIterator<Item = impl AsRef<str>>) -> Option<usize> {
    let mut left = area.x + 2;
    titles.into_iter().position(|title| {
        let right = left + u16::try_from(fit::width(title.as_ref())).unwrap_or(0);
        let hit = (left..right).contains(&column);
        left = right + 3;
        hit
    })
}

/// Draws lines below each other, cut at the edges: what `Paragraph` does with lines that need no wrapping,
/// without its tables where letters are plain.
pub fn rows(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    let area = area.intersection(buffer.area);
    for (y, line) in (area.top()..area.bottom()).zip(lines) {
        let mut x = area.x;
        for span in &line.spans {
            let style = line.style.patch(span.style);
            let room = area.right().saturating_sub(x);
            if span.content.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                for byte in span.content.bytes().take(usize::from(room)) {
                    buffer[(x, y)].set_char(char::from(byte)).set_style(style);
                    x += 1;
                }
            } else {
                x = buffer.set_stringn(x, y, &span.content, usize::from(room), style).0;
            }
        }
    }
}

/// A mark on the right border that shows which part of `total` rows is seen.
pub fn scroll_mark(theme: &Theme, buffer: &mut Buffer, area: Rect, offset: usize, total: usize) {
    let rows = usize::from(area.height.saturating_sub(2));
    if rows == 0 || total <= rows {
        return;
    }
    let size = (rows * rows / total).max(1);
    let top = offset.min(total - rows) * (rows - size) / (total - rows).max(1);
    for row in top..(top + size).min(rows) {
        let y = area.y + 1 + u16::try_from(row).unwrap_or(0);
        if let Some(cell) = buffer.cell_mut((area.right().saturating_sub(1), y)) {
            cell.set_symbol(theme.sign("┃", "#"));
        }
    }
}
