//! The table of rules: one file per rule, and beside it the page that documents and tests it.
//!
//! A new rule is its two files, a `mod` line and a line in the table, in order of code: hadolint's
//! (`DL`), ours (`DET`), then BuildKit's by name.

mod copy_ignored_file;
mod det0001;
mod det0002;
mod det0003;
mod det0004;
mod det0005;
mod dl1000;
mod dl1001;
mod dl3000;
mod dl3002;
mod dl3003;
mod dl3004;
mod dl3006;
mod dl3007;
mod dl3008;
mod dl3009;
mod dl3013;
mod dl3014;
mod dl3015;
mod dl3016;
mod dl3018;
mod dl3019;
mod dl3020;
mod dl3025;
mod dl3027;
mod dl3042;
mod dl3045;
mod dl3059;
mod dl4000;
mod dl4006;
mod packages;
mod prelude;

use super::RuleInfo;
use super::context::Context;
use super::findings::Findings;

/// The code of a syntax error; nothing silences it.
pub(super) const SYNTAX: &str = "DL1000";

/// A rule: what it is, and what finds it.
pub(super) struct Rule {
    pub(super) info: RuleInfo,
    pub(super) check: fn(&Context<'_>, &mut Findings),
}

/// Every rule.
pub(super) static TABLE: &[&Rule] = &[
    &dl1000::RULE,
    &dl1001::RULE,
    &dl3000::RULE,
    &dl3002::RULE,
    &dl3003::RULE,
    &dl3004::RULE,
    &dl3006::RULE,
    &dl3007::RULE,
    &dl3008::RULE,
    &dl3009::RULE,
    &dl3013::RULE,
    &dl3014::RULE,
    &dl3015::RULE,
    &dl3016::RULE,
    &dl3018::RULE,
    &dl3019::RULE,
    &dl3020::RULE,
    &dl3025::RULE,
    &dl3027::RULE,
    &dl3042::RULE,
    &dl3045::RULE,
    &dl3059::RULE,
    &dl4000::RULE,
    &dl4006::RULE,
    &det0001::RULE,
    &det0002::RULE,
    &det0003::RULE,
    &det0004::RULE,
    &det0005::RULE,
    &copy_ignored_file::RULE,
];
