//! Something said in passing, at the bottom right; it goes by itself.

use super::fit;
use crate::text::sanitise;
use crate::tui::message::Tone;
use crate::tui::theme::{Role, Theme};
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear, Paragraph};

/// One message and when it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    tone: Tone,
    text: String,
    until: u64,
}

impl Toast {
    /// A message said at `now`; bad news stays longer.
    pub fn new(tone: Tone, text: String, now: u64) -> Self {
        let stays = if tone == Tone::Bad { 8_000 } else { 4_000 };
        Self { tone, text: sanitise::plain(&text).into_owned(), until: now + stays }
    }

    /// Milliseconds until it goes.
    pub fn left(&self, now: u64) -> u64 {
        self.until.saturating_sub(now)
    }
}

/// Draws the messages upwards from the bottom of `area`.
pub fn view(toasts: &[Toast], theme: &Theme, frame: &mut ratatui::Frame<'_>, area: Rect) {
    let mut bottom = area.bottom();
    for toast in toasts.iter().rev() {
        let (sign, role) = match toast.tone {
            Tone::Good => (theme.sign("✓", "+"), Role::Success),
            Tone::Plain => (theme.sign("·", "-"), Role::Info),
            Tone::Bad => (theme.sign("✗", "x"), Role::Error),
        };
        let columns = usize::from(area.width.saturating_sub(8)).min(64);
        let lines = fit::wrap(&format!("{sign} {}", toast.text), columns);
        let wide = lines.iter().map(|line| fit::width(line)).max().unwrap_or(0) + 2;
        let (wide, high) = (u16::try_from(wide).unwrap_or(u16::MAX), u16::try_from(lines.len()).unwrap_or(1));
        if bottom < area.y + high {
            return;
        }
        bottom -= high;
        let place = Rect::new(area.right().saturating_sub(wide + 1), bottom, wide.min(area.width), high);
        frame.render_widget(Clear, place);
        let ground = theme.base().patch(theme.style(Role::KeyBar)).patch(theme.style(role));
        let text = lines.join("\n");
        let inner = Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..place };
        frame.render_widget(Block::new().style(ground), place);
        frame.render_widget(Paragraph::new(text).style(ground), inner);
    }
}
