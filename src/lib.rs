//! docker-ecr-tutor: an interactive terminal tutorial, from a first Dockerfile to hardened images
//! in Amazon ECR.
//!
//! Code map, from the bottom up; a module may use only what stands above it in this list, and the
//! pure ones (marked `·`) do no I/O, no async and read no clock. `tests/house.rs` holds the table.
//!
//! | module | owns |
//! | --- | --- |
//! | [`text`] · | spans, line index, text edits, and the sanitiser for untrusted text |
//! | [`failure`] · | what a person is told when something fails, and which exit code it means |
//! | [`prose`] · | markdown laid out for a width, or to be read out |
//! | [`dockerfile`] · | the lossless, error-tolerant syntax tree of a Dockerfile |
//! | [`lint`] · | diagnostics over that tree, their rules, fixes and reports |
//! | [`image`] · | the model of an image: config, layers, history |
//! | [`course`] | lessons and exercises: model (·), loading, validation |
//! | [`store`] | progress in SQLite, and the learner's files on disk |
//! | [`practice`] | the practice ECR server |
//! | [`shim`] | `aws` and `docker` for scripts in a sandbox: this program under their names |
//! | [`engine`] | the only user of bollard: builds, runs, images |
//! | [`ecr`] | the only user of the AWS SDK |
//! | [`scan`] | vulnerability findings from Trivy and ECR |
//! | [`grade`] | checks over a submission, and the reports about them |
//! | [`workshop`] | instructor-led sessions |
//! | [`jobs`] | background work with one finishing event each |
//! | [`cli`] | one file per command |
//! | [`tui`] | the terminal interface |

pub mod cli;
pub mod course;
pub mod dockerfile;
pub mod ecr;
pub mod engine;
pub mod failure;
pub mod grade;
pub mod image;
pub mod jobs;
pub mod lint;
pub mod practice;
pub mod prose;
pub mod scan;
pub mod shim;
pub mod store;
pub mod text;
pub mod tui;
pub mod workshop;
