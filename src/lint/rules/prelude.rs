//! What nearly every rule uses.

pub(super) use super::Rule;
pub(super) use crate::dockerfile::{CommandLine, Healthcheck, Instruction, Kind, Word};
pub(super) use crate::lint::context::{Cmd, Context, Run};
pub(super) use crate::lint::findings::Findings;
pub(super) use crate::lint::{Fix, RuleInfo, Severity};
pub(super) use crate::text::{Edit, Span};
