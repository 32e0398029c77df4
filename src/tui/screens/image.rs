//! The image explorer: layers beside what they did to the files, hidden bytes, findings, and another
//! image to compare with.
//!
//! | piece | owns |
//! | --- | --- |
//! | `tree` | which rows of the file tree are shown: folders, filter, search, order |
//! | `update` | keys, mouse, prompts, what jobs say |
//! | `view` | drawing |
//!
//! ```text
//! ╭ Layers ────────────╮╭ Files │ Hidden │ Findings │ About │ Compare ───╮
//! │ 411 MB  all layers ││ + 12.0 kB  ▾ srv                               │
//! │ 74.0 MB  1 …       ││ …                                              │
//! ╰────────────────────╯╰────────────────────────────────────────────────╯
//! ```

mod tree;
mod update;
mod view;

#[cfg(test)]
mod tests;

pub use update::{act, on_job, on_key, on_mouse, on_paste, open};
pub use view::view;

use crate::image::explore::{Difference, Explored};
use crate::image::stack::NodeId;
use crate::jobs::JobId;
use crate::tui::message::Effect;
use crate::tui::widgets::input::Input;
use crossterm::event::KeyEvent;
use std::sync::Arc;
use tree::Tree;

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Focus {
    /// The layers.
    #[default]
    Layers,
    /// The tab beside them.
    Tab,
}

/// What is shown beside the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tab {
    /// The file tree after a layer, with what that layer did.
    #[default]
    Files,
    /// Hidden bytes, by path.
    Hidden,
    /// Secrets, caches, wide rights.
    Findings,
    /// The image's configuration and dive's numbers.
    About,
    /// Another image beside this one.
    Compare,
}

impl Tab {
    pub(super) const ALL: [Self; 5] = [Self::Files, Self::Hidden, Self::Findings, Self::About, Self::Compare];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Files => "Files",
            Self::Hidden => "Hidden",
            Self::Findings => "Findings",
            Self::About => "About",
            Self::Compare => "Compare",
        }
    }

    fn index(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }
}

/// What a line that is being typed is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// An image to explore.
    Image,
    /// An image to compare with.
    Other,
    /// A file to write what is selected to.
    Output,
    /// Part of a path.
    Find,
}

/// A line that is being typed.
#[derive(Debug, Clone)]
pub(super) struct Prompt {
    pub asks: Asks,
    pub input: Input,
}

/// A reading that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reading {
    job: JobId,
    /// What is being read.
    name: String,
    /// Bytes so far.
    bytes: u64,
}

/// Another image, and what differs.
#[derive(Debug)]
pub(super) struct Other {
    pub image: Arc<Explored>,
    pub differences: Vec<Difference>,
}

/// What the screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// What was asked for: a name, an id, a path.
    pub(super) asked: String,
    /// An image that is worth comparing with, such as the exercise's start.
    pub(super) peer: Option<String>,
    reading: Option<Reading>,
    comparing: Option<Reading>,
    extracting: Option<JobId>,
    pub(super) image: Option<Arc<Explored>>,
    /// Why there is none, and what to do.
    pub(super) failure: Option<(String, Vec<String>)>,
    pub(super) other: Option<Other>,
    pub(super) focus: Focus,
    pub(super) tab: Tab,
    /// Row among the layers: 0 is all of them.
    pub(super) layer: usize,
    pub(super) tree: Tree,
    /// Selected row of each tab.
    pub(super) selected: [usize; Tab::ALL.len()],
    pub(super) prompt: Option<Prompt>,
}

impl State {
    /// What was asked for.
    pub fn asked(&self) -> &str {
        &self.asked
    }

    /// Its title.
    pub fn title(&self) -> String {
        if self.asked.is_empty() { "Image".to_owned() } else { format!("Image {}", self.asked) }
    }

    /// Whether something is under way.
    pub fn is_busy(&self) -> bool {
        self.reading.is_some() || self.comparing.is_some() || self.extracting.is_some()
    }

    /// Whether the job is this screen's.
    pub fn owns(&self, id: JobId) -> bool {
        let of = |reading: &Option<Reading>| reading.as_ref().is_some_and(|reading| reading.job == id);
        of(&self.reading) || of(&self.comparing) || self.extracting == Some(id)
    }

    /// Whether a line is being typed, which takes the keys first.
    pub fn takes_first(&self, key: &KeyEvent) -> bool {
        use crossterm::event::{KeyCode, KeyModifiers as Held};
        // The palette, the help and the way out work while one types.
        let control = key.modifiers.contains(Held::CONTROL) && matches!(key.code, KeyCode::Char('p' | 'q'));
        let other = matches!(key.code, KeyCode::F(_)) || key.modifiers.contains(Held::ALT);
        self.prompt.is_some() && !(control || other)
    }

    /// Ends what is under way: the screen is left.
    pub fn close(&self) -> Vec<Effect> {
        let jobs = [&self.reading, &self.comparing].into_iter().flatten().map(|reading| reading.job);
        jobs.chain(self.extracting).map(Effect::Cancel).collect()
    }

    /// The layer that is shown, from 0: the last for the merged image.
    pub(super) fn shown_layer(&self) -> Option<usize> {
        let last = self.image.as_ref()?.last_layer()?;
        Some(self.layer.checked_sub(1).map_or(last, |layer| layer.min(last)))
    }

    /// Which single layer is meant; `None` for all.
    pub(super) fn one_layer(&self) -> Option<usize> {
        self.layer.checked_sub(1)
    }

    pub(super) fn row(&self) -> usize {
        self.selected[self.tab.index()]
    }

    pub(super) fn select(&mut self, row: usize) {
        self.selected[self.tab.index()] = row;
    }

    /// The path that is selected in the tab.
    pub(super) fn node(&self) -> Option<NodeId> {
        let image = self.image.as_ref()?;
        match self.tab {
            Tab::Files => self.tree.rows().get(self.row()).map(|row| row.node),
            Tab::Hidden => view::wasted(self, image).get(self.row()).map(|wasted| wasted.node),
            Tab::Findings => view::findings(self, image).get(self.row()).and_then(|finding| finding.node),
            Tab::Compare => {
                self.other.as_ref()?.differences.get(self.row()).and_then(|difference| difference.left)
            }
            Tab::About => None,
        }
    }
}
