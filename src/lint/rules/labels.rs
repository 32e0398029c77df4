//! What the rules about labels share: where they are, and what their values must look like.

use super::prelude::*;
use crate::dockerfile::Pair;
use crate::lint::LabelType;

/// Every label of the file.
pub(super) fn all<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Pair> {
    cx.visible().filter_map(pairs).flatten()
}

/// The labels of one stage.
pub(super) fn of_stage<'a>(cx: &Context<'a>, stage: usize) -> impl Iterator<Item = &'a Pair> {
    let body = cx.stages.get(stage).map_or(&[][..], |stage| stage.body);
    body.iter().filter_map(pairs).flatten()
}

fn pairs(instruction: &Instruction) -> Option<&Vec<Pair>> {
    if let Kind::Label(pairs) = &instruction.kind { Some(pairs) } else { None }
}

/// Report labels of type `kind` whose value `accepts` does not take. Empty ones have a rule of
/// their own, and a variable may be anything.
pub(super) fn check(
    cx: &Context<'_>,
    kind: LabelType,
    what: &str,
    accepts: fn(&str) -> bool,
    out: &mut Findings,
) {
    for pair in all(cx) {
        let Some(value) = &pair.value else { continue };
        let text = value.value();
        let wanted = cx.config.labels.get(pair.key.value()) == Some(&kind);
        let open = text.is_empty() || (!cx.compat() && text.contains('$'));
        if wanted && !open && !accepts(text) {
            out.at(value.span, format!("label `{}` is to be {what}, and `{text}` is not", pair.key.value()));
        }
    }
}

pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let scheme_ok = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    scheme_ok && !rest.is_empty() && !text.contains(char::is_whitespace)
}

pub(super) fn is_rfc3339(text: &str) -> bool {
    let text = text.replacen(['t', ' '], "T", 1);
    text.contains('T') && text.parse::<jiff::Timestamp>().is_ok()
}

pub(super) fn is_hash(text: &str) -> bool {
    matches!(text.len(), 7 | 40) && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

pub(super) fn is_semver(text: &str) -> bool {
    let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
    let (core, pre) = text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
    let number = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    let words = |list: &str| {
        list.split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
    };
    core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(words)
        && build.is_none_or(words)
}

pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let clean =
        !text.contains(char::is_whitespace) && !local.is_empty() && !local.contains(['@', '<', '>', ',']);
    clean
        && domain.contains('.')
        && domain
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// A licence expression: identifiers with AND, OR, WITH and parentheses between them.
pub(super) fn is_spdx(text: &str) -> bool {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let (mut depth, mut operand) = (0_i32, true);
    for word in spaced.split_whitespace() {
        match word {
            "(" if operand => depth += 1,
            ")" if !operand && depth > 0 => depth -= 1,
            "AND" | "OR" | "WITH" if !operand => operand = true,
            word if operand && is_licence(word) => operand = false,
            _ => return false,
        }
    }
    !operand && depth == 0
}

/// Whether `word` has the form of an identifier in the SPDX list. The list itself changes every
/// month; what is told apart is a name from a sentence.
fn is_licence(word: &str) -> bool {
    const WITHOUT_VERSION: [&str; 22] = [
        "MIT",
        "MIT-0",
        "ISC",
        "Unlicense",
        "WTFPL",
        "0BSD",
        "X11",
        "Zlib",
        "curl",
        "NTP",
        "PostgreSQL",
        "Ruby",
        "Vim",
        "TCL",
        "Libpng",
        "ICU",
        "HPND",
        "Beerware",
        "Info-ZIP",
        "JSON",
        "NCSA",
        "PHP-3.01",
    ];
    let name = word.trim_end_matches('+');
    let form = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let versioned = name.split('-').skip(1).any(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    let exception = name.to_ascii_lowercase().contains("exception");
    let own = name.starts_with("LicenseRef-") || name.starts_with("DocumentRef-");
    name.chars().all(form) && (WITHOUT_VERSION.contains(&name) || versioned || exception || own)
}
