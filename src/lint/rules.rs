//! The table of rules: one file per rule, and beside it the page that documents and tests it.
