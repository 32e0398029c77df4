//! Reusable pieces of screen: one file each. They draw; they decide nothing.

pub mod markdown;
