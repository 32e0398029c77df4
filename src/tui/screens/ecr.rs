//! The registry: repositories, the images in them, what a scan found, lifecycle policies, settings; of the
//! practice ECR, or of an AWS account.
//!
//! | piece | owns |
//! | --- | --- |
//! | `update` | keys, mouse, lines that are typed |
//! | `actions` | what is done to a registry: the question before it, the job |
//! | `answers` | what jobs say |
//! | `choice` | which registry: the practice ECR, or a profile and region of AWS |
//! | `policy` | the lifecycle policy under edit: its mistakes, what it would do |
//! | `transfer` | a push or a pull, layer by layer |
//! | `view`, `tabs`, `details` | drawing: panes, tabs, the pane below |
//!
//! ```text
//! Practice ECR · account 123456789012 · eu-central-1 · arn:aws:iam::…
//! ╭ Repositories ──────╮╭ Images │ Findings │ Lifecycle │ Settings ──╮
//! │ app     immutable  ││ v1.2  sha256:1c…  74.0 MB  2 h ago  never  │
//! ╰────────────────────╯╰────────────────────────────────────────────╯
//! ╭ What is selected, the command that does the same, layers that move ╮
//! ```
//!
//! On AWS nothing that writes or costs is started before a question showed the account, the region, the resource
//! and what happens; what was shown goes with the job, which compares it with the credentials. What changes or moves
//! something goes on when the screen is left (`tui/app/away.rs`).

mod actions;
mod answers;
mod choice;
mod details;
mod policy;
mod tabs;
mod transfer;
mod update;
mod view;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use actions::{Wish, on_wish};
pub use answers::{on_job, on_job_away};
pub use update::{act, on_key, on_mouse, on_paste, open, resume};
pub use view::view;

use crate::ecr::images::{Image, Scan};
use crate::ecr::repository::Contents;
use crate::ecr::{Consent, Repository};
use crate::jobs::JobId;
use crate::jobs::ecr::{Opened, Registry, Task};
use crate::tui::keymap::Context;
use crate::tui::message::Effect;
use crate::tui::widgets::input::Input;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use policy::Lifecycle;
use transfer::Moving;

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Focus {
    /// The repositories.
    #[default]
    Repositories,
    /// The tab beside them.
    Tab,
}

/// What is shown of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Tab {
    #[default]
    Images,
    Findings,
    Lifecycle,
    Settings,
}

impl Tab {
    const ALL: [Self; 4] = [Self::Images, Self::Findings, Self::Lifecycle, Self::Settings];

    fn title(self) -> &'static str {
        match self {
            Self::Images => "Images",
            Self::Findings => "Findings",
            Self::Lifecycle => "Lifecycle",
            Self::Settings => "Settings",
        }
    }

    fn index(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }
}

/// What a line that is being typed is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asks {
    /// The name of a new repository.
    Create { immutable: bool, scan_on_push: bool },
    /// A further tag for an image.
    Tag { digest: String },
    /// The tag that an image of the engine is pushed under.
    Push { image: String },
}

/// A line that is being typed.
#[derive(Debug, Clone)]
struct Prompt {
    asks: Asks,
    input: Input,
    /// What is wrong with what was typed.
    problem: Option<&'static str>,
}

/// What went wrong, and what to do next.
type Trouble = (String, Vec<String>);

/// What the screen remembers.
#[derive(Debug, Default)]
pub struct State {
    registry: Registry,
    opened: Option<Opened>,
    trouble: Option<Trouble>,
    running: Vec<(JobId, Task)>,
    focus: Focus,
    tab: Tab,
    /// Row among the repositories.
    repository: usize,
    /// A repository to select once the list is there.
    wanted: Option<String>,
    contents: Option<Contents>,
    /// The registry's clock when the contents were read.
    now: i64,
    /// Selected row of each tab.
    selected: [usize; Tab::ALL.len()],
    /// What the last scan of an image (its digest) found.
    scan: Option<(String, Scan)>,
    lifecycle: Lifecycle,
    /// Whether the policy's editor has the keys.
    editing: bool,
    moving: Option<Moving>,
    prompt: Option<Prompt>,
    /// The command that does what was done last.
    command: Option<String>,
    /// The image of the last build, to be pushed.
    built: Option<String>,
}

impl State {
    /// Its title.
    pub fn title(&self) -> String {
        match self.registry {
            Registry::Practice => "Practice ECR".to_owned(),
            Registry::Aws(_) => "Amazon ECR".to_owned(),
        }
    }

    /// Whether something is under way.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    /// Whether the job is this screen's.
    pub fn owns(&self, id: JobId) -> bool {
        self.running.iter().any(|(job, _)| *job == id)
    }

    /// The contexts whose keys mean something now, innermost first.
    pub fn contexts(&self) -> Vec<Context> {
        let own = if self.editing { Context::EcrPolicy } else { Context::Ecr };
        vec![own, Context::Global]
    }

    /// Whether a line is being typed, which takes the keys first.
    pub fn takes_first(&self, key: &KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        // The palette, the help and the way out work while one types.
        let out = control && matches!(key.code, KeyCode::Char('p' | 'q'));
        let other = matches!(key.code, KeyCode::F(_)) || key.modifiers.contains(KeyModifiers::ALT);
        self.prompt.is_some() && !(out || other)
    }

    /// Ends what is under way.
    fn stop_all(&self) -> Vec<Effect> {
        self.running.iter().map(|(job, _)| Effect::Cancel(*job)).collect()
    }

    /// The screen is left: what only reads is ended, and what somebody wanted done goes on.
    pub fn leave(&mut self) -> Vec<Effect> {
        let ended = self.running.iter().filter(|(_, task)| !task.goes_on());
        let effects = ended.map(|(job, _)| Effect::Cancel(*job)).collect();
        self.running.retain(|(_, task)| task.goes_on());
        (self.prompt, self.editing) = (None, false);
        effects
    }

    /// What goes on, in words, for the list of what runs.
    pub fn work_words(&self) -> Vec<(String, String, JobId)> {
        let rows = self.running.iter().filter(|(_, task)| task.goes_on());
        let words = |task: &Task| match task {
            Task::Push { image, reference, .. } => format!("Pushing {image} to {reference}"),
            Task::Pull { reference } => format!("Pulling {reference}"),
            Task::Change(change, _) => format!("Changing the {}", change.resource()),
            _ => String::new(),
        };
        rows.map(|(job, task)| (words(task), self.title(), *job)).collect()
    }

    fn repositories(&self) -> &[Repository] {
        self.opened.as_ref().map_or(&[], |opened| &opened.repositories)
    }

    /// The selected repository.
    fn repository(&self) -> Option<&Repository> {
        self.repositories().get(self.repository)
    }

    /// What is in the selected repository, once that is known.
    fn contents(&self) -> Option<&Contents> {
        let name = &self.repository()?.name;
        self.contents.as_ref().filter(|contents| contents.repository.name == *name)
    }

    /// The selected image.
    fn image(&self) -> Option<&Image> {
        self.contents()?.images.get(self.selected[Tab::Images.index()])
    }

    /// What the last scan of the selected image found.
    fn scan(&self) -> Option<&Scan> {
        let image = self.image()?;
        self.scan.as_ref().filter(|(digest, _)| *digest == image.digest).map(|(_, scan)| scan)
    }

    fn row(&self) -> usize {
        self.selected[self.tab.index()]
    }

    fn select(&mut self, row: usize) {
        self.selected[self.tab.index()] = row;
    }

    /// Region of the registry; empty before it is open.
    fn region(&self) -> &str {
        self.opened.as_ref().map_or("", |opened| &opened.identity.region)
    }

    /// The account and region that are shown.
    fn consent(&self) -> Option<Consent> {
        self.opened.as_ref().map(|opened| Consent::from(&opened.identity))
    }

    /// Whether a task of this kind is under way.
    fn does(&self, kind: impl Fn(&Task) -> bool) -> bool {
        self.running.iter().any(|(_, task)| kind(task))
    }
}
