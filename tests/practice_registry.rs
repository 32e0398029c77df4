//! The practice ECR's data plane, spoken to over HTTP as clients do: the OCI Distribution specification
//! line by line, ECR's own behaviour, hostile input, many pushes at once, kills in mid-push, full
//! disks, what is held and what goes, and the real `docker` and `skopeo`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[path = "practice_registry/clients.rs"]
mod clients;
#[path = "practice_registry/durable.rs"]
mod durable;
#[path = "practice_registry/ecr.rs"]
mod ecr;
#[path = "practice_registry/full.rs"]
mod full;
#[path = "practice_registry/holds.rs"]
mod holds;
#[path = "practice_registry/hostile.rs"]
mod hostile;
#[path = "practice_registry/http.rs"]
mod http;
#[path = "practice_registry/mapped.rs"]
mod mapped;
#[path = "practice_registry/server.rs"]
mod server;
#[path = "practice_registry/specification.rs"]
mod specification;
mod support;
