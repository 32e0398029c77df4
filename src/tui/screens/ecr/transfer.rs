//! A push or a pull, layer by layer.

use crate::engine::images::Transfer;
use crate::image::human_size;
use crate::text::sanitise;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::fit;
use ratatui::text::{Line, Span};

/// Most layers that are kept; an image has at most 127.
const MOST_LAYERS: usize = 512;
/// Longest word of the engine's for what it does.
const LONGEST: usize = 40;

/// What moves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Moving {
    /// `Push app:v1 to 127.0.0.1:4711/app:v1`.
    pub title: String,
    /// Layers in the order in which they were first heard of.
    layers: Vec<Transfer>,
    /// What was said last about the whole.
    note: String,
}

impl Moving {
    /// Nothing has been heard yet.
    pub fn new(title: String) -> Self {
        Self { title, ..Self::default() }
    }

    /// The engine says something.
    pub fn hear(&mut self, said: Transfer) {
        if said.layer.is_empty() {
            self.note = said.status;
            return;
        }
        let room = self.layers.len() < MOST_LAYERS;
        match self.layers.iter_mut().find(|known| known.layer == said.layer) {
            Some(known) => {
                // A word without numbers keeps what is known of the size.
                let (total, finished) = (known.total, is_done(&said.status));
                *known = said;
                if known.total == 0 {
                    known.total = total;
                    known.current = if finished { total } else { 0 };
                }
            }
            // `latest: digest: …` and the like come under the tag's name and are no layers.
            None if room && !said.status.contains("igest: ") => self.layers.push(said),
            None => self.note = said.status,
        }
    }

    /// Layers that are done, and all.
    pub fn count(&self) -> (usize, usize) {
        (self.layers.iter().filter(|layer| is_done(&layer.status)).count(), self.layers.len())
    }

    /// The rows: those under way first, then those that wait, then what is done.
    pub fn lines(&self, theme: &Theme, columns: usize) -> Vec<Line<'static>> {
        let mut layers: Vec<&Transfer> = self.layers.iter().collect();
        layers.sort_by_key(|layer| match (is_done(&layer.status), layer.current > 0) {
            (false, true) => 0,
            (false, false) => 1,
            (true, _) => 2,
        });
        let mut out: Vec<Line<'static>> =
            layers.into_iter().map(|layer| line(layer, theme, columns)).collect();
        if out.is_empty() {
            let note = if self.note.is_empty() { "The engine has begun" } else { &self.note };
            out.push(Line::styled(sanitise::plain(note).into_owned(), theme.style(Role::Muted)));
        }
        out
    }
}

/// Whether a layer needs nothing more, by the engine's words.
fn is_done(status: &str) -> bool {
    let lower = status.to_ascii_lowercase();
    ["pushed", "layer already exists", "mounted from", "pull complete", "already exists"]
        .iter()
        .any(|word| lower.starts_with(word))
}

fn line(layer: &Transfer, theme: &Theme, columns: usize) -> Line<'static> {
    let done = is_done(&layer.status);
    let bar = (columns / 4).clamp(8, 40);
    let share = if done { 1.0 } else { (layer.current as f64 / layer.total.max(1) as f64).min(1.0) };
    // Rounded down, so that a full bar means that nothing is left.
    let filled = (share * bar as f64) as usize;
    let (full, empty) = (theme.sign("━", "#"), theme.sign("─", "."));
    let sizes = match (layer.current, layer.total) {
        (_, 0) => String::new(),
        (_, total) if done => human_size(total),
        (current, total) => format!("{} of {}", human_size(current.min(total)), human_size(total)),
    };
    let (sign, role) = if done { (theme.sign("✓", "+"), Role::Success) } else { (" ", Role::Info) };
    let status = sanitise::bounded(&layer.status, LONGEST);
    Line::from(vec![
        Span::styled(format!("{sign} "), theme.style(role)),
        Span::styled(fit::pad(&sanitise::plain(&layer.layer), 13), theme.style(Role::Code)),
        Span::styled(fit::pad(&sanitise::plain(&status), 22), theme.style(Role::Text)),
        Span::styled(full.repeat(filled), theme.style(role)),
        Span::styled(empty.repeat(bar - filled), theme.style(Role::Border)),
        Span::styled(format!("  {sizes}"), theme.style(Role::Muted)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(layer: &str, status: &str, current: u64, total: u64) -> Transfer {
        Transfer { layer: layer.into(), status: status.into(), current, total }
    }

    #[test]
    fn layers_are_followed_to_their_ends() {
        let mut moving = Moving::new("Push".into());
        moving.hear(said("", "The push refers to repository [x]", 0, 0));
        for layer in ["a", "b"] {
            moving.hear(said(layer, "Preparing", 0, 0));
        }
        moving.hear(said("a", "Pushing", 5, 10));
        assert_eq!(moving.count(), (0, 2));
        moving.hear(said("a", "Pushed", 0, 0));
        moving.hear(said("b", "Layer already exists", 0, 0));
        moving.hear(said("v1", "v1: digest: sha256:1 size: 1", 0, 0));
        assert_eq!(moving.count(), (2, 2));
        let theme = Theme::default();
        let shown = moving.lines(&theme, 80)[0].to_string();
        assert!(shown.contains("Pushed") && shown.contains("10 B"), "{shown}");
    }
}
