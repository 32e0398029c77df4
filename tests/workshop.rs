//! Workshops against the real `nats-server`: who may do what, and that nothing is lost or counted twice when
//! something dies. Learners here are plain NATS clients that hold a learner's pass.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]
#![cfg(unix)]

#[path = "support/peers.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod peers;

#[path = "workshop/command.rs"]
mod command;
#[path = "workshop/forbidden.rs"]
mod forbidden;
#[path = "workshop/hosted.rs"]
mod hosted;
#[path = "workshop/lasting.rs"]
mod lasting;
#[path = "workshop/theirs.rs"]
mod theirs;
