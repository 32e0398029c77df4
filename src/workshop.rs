//! Workshops: a plan for a room on one clock, checked like a course file.

pub mod plan;
