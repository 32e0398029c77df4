//! The terminal interface, Elm-style: [`message::Msg`] → [`app::update`] → [`message::Effect`]s →
//! `runtime`. `update` and `view` are pure; the runtime alone performs effects.
//!
//! | piece | owns |
//! | --- | --- |
//! | [`app`] | the model, how it changes, the frame around every screen |
//! | [`message`] | the closed lists of what can happen and what can be asked for |
//! | [`keymap`] | keys as data; key bar and help are made of it |
//! | [`screens`] | one file per screen and popup |
//! | [`editor`], [`highlight`] | the text editor |
//! | [`widgets`] | shared pieces of screen |
//! | [`theme`] | colours by role |
//! | [`workshop`] | a learner's seat in a workshop, and the quiet bar |
//! | `runtime`, [`terminal`], [`clipboard`], `environment` | the impure half |

pub mod app;
pub mod clipboard;
pub mod editor;
mod environment;
pub mod highlight;
pub mod keymap;
pub mod message;
mod runtime;
pub mod screens;
pub mod settings;
pub mod terminal;
pub mod theme;
pub mod widgets;
pub mod workshop;

use crate::failure::{Failure, Kind};
use crate::workshop::lead::Leads;
use std::io::IsTerminal;
use std::path::PathBuf;

/// What the command line says about the interface.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Another course than the embedded one.
    pub course: Option<PathBuf>,
    /// Whether its folder is watched, and what is saved there shown anew.
    pub watch: bool,
    /// Another data folder.
    pub data: Option<PathBuf>,
    /// Another folder for the learner's files.
    pub workspace: Option<PathBuf>,
    /// The engine to use, as `DOCKER_HOST` has it.
    pub host: Option<String>,
    /// An exercise to open at once.
    pub exercise: Option<String>,
    /// A theme for this run.
    pub theme: Option<theme::ThemeName>,
    /// ASCII only.
    pub ascii: bool,
    /// Nothing spins.
    pub still: bool,
    /// Vim keys in the editor.
    pub vim: bool,
}

/// Runs the interface until the learner leaves it; the terminal is then as it was. Answers with the
/// exit code: 0, or 128 and the number of the signal that ended it.
pub fn run(options: Options) -> Result<u8, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let what = anyhow::anyhow!("the tutor needs a terminal for its input and output");
        return Err(Failure::new(Kind::User, what)
            .hint("start it in a terminal")
            .hint("`docker-ecr-tutor --check exercise-1` grades without one"));
    }
    runtime::run(options, None)
}

/// Runs the interface on the board of a workshop; answers as [`run`] does.
pub fn lead(options: Options, leads: Leads) -> Result<u8, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let what = anyhow::anyhow!("the board of a workshop needs a terminal for its input and output");
        return Err(Failure::new(Kind::User, what)
            .hint("start it in a terminal")
            .hint("`workshop replay FILE --plain` prints how a recorded one ended"));
    }
    runtime::run(options, Some(leads))
}
