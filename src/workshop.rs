//! Workshops: a plan for a room on one clock.
