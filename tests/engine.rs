//! The engine room against real engines. Without one the tests say so and pass, except in CI, where
//! a missing engine is a failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "engine/broken.rs"]
mod broken;
#[path = "engine/build.rs"]
mod build;
#[path = "engine/clean.rs"]
mod clean;
#[path = "engine/common.rs"]
mod common;
#[path = "engine/context.rs"]
mod context;
#[path = "engine/found.rs"]
mod found;
#[path = "engine/images.rs"]
mod images;
#[path = "engine/lost.rs"]
mod lost;
#[path = "engine/private.rs"]
mod private;
#[path = "engine/registry.rs"]
mod registry;
#[path = "engine/run.rs"]
mod run;
mod support;
#[path = "engine/turns.rs"]
mod turns;
