//! A course: lessons, exercises and examples as plain files, embedded or from a folder.

pub mod model;
