//! One file per report format.

pub mod json;
pub mod text;
