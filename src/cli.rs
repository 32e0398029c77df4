//! The command line: one file per command.

pub mod practice_ecr;
pub mod workshop;
