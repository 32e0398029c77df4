//! Reusable pieces of screen: one file each. They draw; they decide nothing.

pub mod fit;
pub mod input;
pub mod keybar;
pub mod markdown;
pub mod pane;
pub mod scroll;
pub mod toast;
