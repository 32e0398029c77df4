//! One file per kind of check.
