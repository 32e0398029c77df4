//! The screens and what can lie over them: one file each, with its `State`, how keys and messages
//! change it, and its `view`.

pub mod board;
pub mod build_options;
pub mod call;
pub mod dialog;
pub mod ecr;
pub mod fixes;
pub mod help;
pub mod home;
pub mod image;
pub mod lesson;
pub mod page;
pub mod palette;
pub mod setup;
pub mod whatif;
pub mod workbench;
