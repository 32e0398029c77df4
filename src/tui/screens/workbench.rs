//! The workbench: the exercise's files in an editor, the task and its checks beside it, and below
//! it problems, differences, build, image, run and scan.
//!
//! | piece | owns |
//! | --- | --- |
//! | `state` | what the screen remembers |
//! | `update` | keys, mouse and actions |
//! | `problems` | from problem to problem |
//! | `fixes` | what can be done about the findings of a place |
//! | `listing` | which findings the list of problems shows, in what order |
//! | `outside` | analyses, and files that were saved or changed outside |
//! | `log`, `log_view`, `build_tab` | the build's log: its rows, how they look, what keys do in it |
//! | `choices` | how the learner wants it built |
//! | `shell` | where a shell can be opened, and what is built for it |
//! | `work` | builds, checks, runs and scans: starting them, what they say, how they end |
//! | [`analysis`] | lint, static checks, differences and cost of one version of the files; pure |
//! | [`outlook`] | what the next build runs again, and why; pure |
//! | `planning` | when that is asked for, and where it is shown |
//! | `cost` | what each instruction cost, in the gutter |
//! | `layout` | where the panes are |
//! | `view`, `task`, `panel` | drawing |
//! | `scan_tab` | the Scan tab |
//! | [`scratch`] | examples and `try` blocks as exercises without checks |

pub mod analysis;
mod build_tab;
mod choices;
mod cost;
mod diff;
mod fixes;
mod layout;
mod listing;
mod log;
mod log_view;
pub mod outlook;
mod outside;
mod panel;
mod planning;
mod problems;
mod scan_tab;
pub mod scratch;
mod shell;
mod state;
mod task;
mod update;
mod view;
mod work;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use choices::Choices;
pub use diff::DiffLine;
pub use outlook::Outlook;
pub use outside::on_msg;
pub use panel::diff_lines;
pub use planning::row as plan_row;
pub use planning::survey;
pub use state::State;
pub use update::{Then, act, analyse, close, on_key, on_mouse, on_paste, open, renew, take_over};
pub use view::{spinner, view};
pub use work::on_job;

/// The editor's keys and what they do, for the help.
pub fn editor_keys() -> Vec<(String, String)> {
    crate::tui::editor::BINDINGS
        .iter()
        .filter(|binding| !binding.label.is_empty())
        .map(|binding| (binding.chord.label(), binding.label.to_owned()))
        .collect()
}
