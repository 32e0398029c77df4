//! The table of rules: one file per rule, and beside it the page that documents and tests it.
//!
//! A new rule is its two files, a `mod` line and a line in the table, in order of code: hadolint's
//! (`DL`), ours (`DET`), then BuildKit's by name.

mod consistent_instruction_casing;
mod copy_ignored_file;
mod det0001;
mod det0002;
mod det0003;
mod det0004;
mod det0005;
mod det0006;
mod det0007;
mod det0008;
mod det0009;
mod det0010;
mod det0011;
mod det0012;
mod det0013;
mod det0014;
mod det0015;
mod det0016;
mod det0017;
mod dl1000;
mod dl1001;
mod dl3000;
mod dl3001;
mod dl3002;
mod dl3003;
mod dl3004;
mod dl3006;
mod dl3007;
mod dl3008;
mod dl3009;
mod dl3010;
mod dl3011;
mod dl3012;
mod dl3013;
mod dl3014;
mod dl3015;
mod dl3016;
mod dl3018;
mod dl3019;
mod dl3020;
mod dl3021;
mod dl3022;
mod dl3023;
mod dl3024;
mod dl3025;
mod dl3026;
mod dl3027;
mod dl3028;
mod dl3029;
mod dl3030;
mod dl3032;
mod dl3033;
mod dl3034;
mod dl3035;
mod dl3036;
mod dl3037;
mod dl3038;
mod dl3040;
mod dl3041;
mod dl3042;
mod dl3043;
mod dl3044;
mod dl3045;
mod dl3046;
mod dl3047;
mod dl3048;
mod dl3049;
mod dl3050;
mod dl3051;
mod dl3052;
mod dl3053;
mod dl3054;
mod dl3055;
mod dl3056;
mod dl3057;
mod dl3058;
mod dl3059;
mod dl3060;
mod dl3061;
mod dl3062;
mod dl3063;
mod dl3064;
mod dl3065;
mod dl3066;
mod dl3067;
mod dl4000;
mod dl4001;
mod dl4003;
mod dl4004;
mod dl4005;
mod dl4006;
mod expose_invalid_format;
mod expose_proto_casing;
mod from_as_casing;
mod invalid_base_image_platform;
mod invalid_default_arg_in_from;
mod invalid_definition_description;
mod known;
mod labels;
mod legacy_key_value_format;
mod no_empty_continuation;
mod packages;
mod platform;
mod prelude;
mod repeated;
mod secrets;
mod stage_name_casing;
mod undefined_arg_in_from;
mod undefined_var;

use super::RuleInfo;
use super::context::Context;
use super::findings::Findings;

/// The code of a syntax error; nothing silences it.
pub(super) const SYNTAX: &str = "DL1000";
/// The code of a comment that silences rules.
pub(super) const PRAGMA: &str = "DL1001";

/// Whether `rule` knows where secrets stand.
pub(super) fn knows_secrets(rule: &Rule) -> bool {
    ["DL3064", "DET0006", "DET0007", "DET0009"].contains(&rule.info.code)
}

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
    &dl3001::RULE,
    &dl3002::RULE,
    &dl3003::RULE,
    &dl3004::RULE,
    &dl3006::RULE,
    &dl3007::RULE,
    &dl3008::RULE,
    &dl3009::RULE,
    &dl3010::RULE,
    &dl3011::RULE,
    &dl3012::RULE,
    &dl3013::RULE,
    &dl3014::RULE,
    &dl3015::RULE,
    &dl3016::RULE,
    &dl3018::RULE,
    &dl3019::RULE,
    &dl3020::RULE,
    &dl3021::RULE,
    &dl3022::RULE,
    &dl3023::RULE,
    &dl3024::RULE,
    &dl3025::RULE,
    &dl3026::RULE,
    &dl3027::RULE,
    &dl3028::RULE,
    &dl3029::RULE,
    &dl3030::RULE,
    &dl3032::RULE,
    &dl3033::RULE,
    &dl3034::RULE,
    &dl3035::RULE,
    &dl3036::RULE,
    &dl3037::RULE,
    &dl3038::RULE,
    &dl3040::RULE,
    &dl3041::RULE,
    &dl3042::RULE,
    &dl3043::RULE,
    &dl3044::RULE,
    &dl3045::RULE,
    &dl3046::RULE,
    &dl3047::RULE,
    &dl3048::RULE,
    &dl3049::RULE,
    &dl3050::RULE,
    &dl3051::RULE,
    &dl3052::RULE,
    &dl3053::RULE,
    &dl3054::RULE,
    &dl3055::RULE,
    &dl3056::RULE,
    &dl3057::RULE,
    &dl3058::RULE,
    &dl3059::RULE,
    &dl3060::RULE,
    &dl3061::RULE,
    &dl3062::RULE,
    &dl3063::RULE,
    &dl3064::RULE,
    &dl3065::RULE,
    &dl3066::RULE,
    &dl3067::RULE,
    &dl4000::RULE,
    &dl4001::RULE,
    &dl4003::RULE,
    &dl4004::RULE,
    &dl4005::RULE,
    &dl4006::RULE,
    &det0001::RULE,
    &det0002::RULE,
    &det0003::RULE,
    &det0004::RULE,
    &det0005::RULE,
    &det0006::RULE,
    &det0007::RULE,
    &det0008::RULE,
    &det0009::RULE,
    &det0010::RULE,
    &det0011::RULE,
    &det0012::RULE,
    &det0013::RULE,
    &det0014::RULE,
    &det0015::RULE,
    &det0016::RULE,
    &det0017::RULE,
    &consistent_instruction_casing::RULE,
    &copy_ignored_file::RULE,
    &expose_invalid_format::RULE,
    &expose_proto_casing::RULE,
    &from_as_casing::RULE,
    &invalid_base_image_platform::RULE,
    &invalid_default_arg_in_from::RULE,
    &invalid_definition_description::RULE,
    &legacy_key_value_format::RULE,
    &no_empty_continuation::RULE,
    &stage_name_casing::RULE,
    &undefined_arg_in_from::RULE,
    &undefined_var::RULE,
];
