//! LegacyKeyValueFormat · legacy-key-value-format: ENV and LABEL use an equals sign.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "LegacyKeyValueFormat",
        name: "legacy-key-value-format",
        severity: Severity::Warning,
        summary: "ENV and LABEL use an equals sign",
        documentation: include_str!("legacy_key_value_format.md"),
        enabled: true,
        buildkit: Some("LegacyKeyValueFormat"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in &cx.file.instructions {
        let (Kind::Env(pairs) | Kind::Label(pairs)) = &instruction.kind else { continue };
        for pair in pairs.iter().filter(|pair| pair.legacy) {
            let Some(value) = &pair.value else { continue };
            let keyword = &instruction.keyword;
            let key = &pair.key.raw;
            out.fixable(
                pair.key.span,
                format!("`{keyword} {key} …` is the old form; write `{keyword} {key}=…`"),
                equals(pair.key.span, &pair.key.raw, value, cx.file.escape),
            );
        }
    }
}

/// `key=value`, with quotes where blanks call for them; none where quotes would change what it says.
fn equals(at: Span, key: &str, value: &Word, escape: char) -> Option<Fix> {
    let plain = |text: &str| !text.contains(['"', '\'', escape]);
    let gap = Span::new(at.end, value.span.start);
    let edits = match value.raw.contains(char::is_whitespace) {
        _ if !plain(key) || key.contains('$') => return None,
        false => vec![Edit::replace(gap, "=")],
        true if plain(&value.raw) => {
            vec![Edit::replace(gap, "=\""), Edit::insert(value.span.end, "\"")]
        }
        true if quoted_whole(&value.raw, escape) => vec![Edit::replace(gap, "=")],
        true => return None,
    };
    Some(Fix::safe("Use the equals sign", edits))
}

/// Whether one pair of double quotes holds all of it together.
fn quoted_whole(text: &str, escape: char) -> bool {
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| !inner.contains(['"', escape]))
}
