//! What the integration tests share: a home of their own, the program in a real pseudo-terminal, and
//! the real engine.
//!
//! A journey reads like a person at a keyboard. Nothing here sleeps: every wait is on what the screen
//! shows, ends at once when it shows, and fails with a picture of the screen when patience runs out.
//!
//! ```ignore
//! mod support;
//! use support::{Home, Session};
//!
//! let home = Home::new();                                  // HOME and XDG folders in a tempdir
//! let mut tutor = home.start(&[], (120, 36), &[("NO_COLOR", "1")]);
//! tutor.wait_for("Lessons");                               // text anywhere on the screen
//! tutor.send("Down").send("Enter");                        // names: see `keys`
//! tutor.type_text("FROM alpine:latest");
//! tutor.wait_match(r"DL3007\s+Pin");                       // a regex over the screen's text
//! tutor.wait_gone("DL3007");
//! tutor.resize(80, 24).paste("RUN true\n").click(10, 3);
//! tutor.send("Ctrl-q");
//! assert_eq!(tutor.wait_exit(), Exit::Code(0));
//! tutor.assert_clean();                                    // no foreign control bytes were sent
//!
//! let again = home.start(&[], (120, 36), &[]);             // same home: comes back where it was
//! again.kill9();
//!
//! let status = home.command(&["lint", "Dockerfile"]).output();      // without a terminal
//! let Some(engine) = support::engine() else { return };    // says what it leaves out; fails in CI
//! ```
//!
//! | file | owns |
//! | --- | --- |
//! | `home.rs` | folders and environment of one person |
//! | `session.rs` | a program in a pseudo-terminal |
//! | `keys.rs` | what a terminal sends for a key |
//! | `bytes.rs` | which control sequences are the program's own |
//! | `steps.rs` | steps that many journeys take |
//! | `hostile.rs` | texts made to keep a parser busy |
//! | `peers.rs` | the programs that tests compare with |
//! | `engine.rs` | the real engine, asked behind the program's back |
//! | `others.rs` | the engines beside it, and a test program once more on them |

#![allow(dead_code, unused_imports, reason = "each test binary uses its own part of this module")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test helper reports by panicking, as tests do"
)]
#![cfg(unix)]

mod bytes;
mod engine;
mod home;
pub mod hostile;
mod keys;
mod others;
mod peers;
mod session;
mod steps;

pub use bytes::foreign_controls;
pub use engine::{Engine, docker_cli, engine};
pub use home::{Home, PROGRAM};
pub use others::{Other, in_podman, in_second, in_turn, podman, second_engine};
pub use peers::{path_with, peer};
pub use session::{Exit, Session, Size};
pub use steps::{leave, wait_dead, wait_file};
