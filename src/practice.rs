//! The practice ECR: a registry and control API on a loopback port that real clients believe.
