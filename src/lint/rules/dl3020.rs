//! DL3020 · copy-instead-of-add: COPY copies files, not ADD.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3020",
        name: "copy-instead-of-add",
        severity: Severity::Error,
        summary: "COPY copies files, not ADD",
        documentation: include_str!("dl3020.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in cx.visible() {
        let Kind::Add(add) = &instruction.kind else { continue };
        let Some(plain) = add.sources.iter().find(|source| !needs_add(cx, source.value())) else { continue };
        let message = format!(
            "ADD may unpack or download what it is given; `{}` is only copied, so use COPY",
            plain.raw
        );
        let all_plain =
            add.sources.iter().all(|s| !needs_add(cx, s.value()) && !s.raw.contains(['$', '*', '?', '[']));
        let flags = instruction
            .flags
            .iter()
            .all(|flag| matches!(flag.name.as_str(), "chown" | "chmod" | "link" | "exclude"));
        let fix = (all_plain && flags).then(|| {
            let word = if instruction.keyword_span.of(&cx.file.source) == "add" { "copy" } else { "COPY" };
            Fix::safe("Use COPY", vec![Edit::replace(instruction.keyword_span, word)])
        });
        out.fixable(instruction.keyword_span, message, fix);
    }
}

/// What only ADD can do: unpack a local archive, download, clone.
fn needs_add(cx: &Context<'_>, source: &str) -> bool {
    let source = source.trim_matches('"');
    const ARCHIVES: [&str; 15] = [
        ".tar", ".Z", ".bz2", ".gz", ".lz", ".lzma", ".tZ", ".tb2", ".tbz", ".tbz2", ".tgz", ".tlz", ".tpz",
        ".txz", ".xz",
    ];
    let remote = source.starts_with("http://") || source.starts_with("https://");
    let git = source.starts_with("git@") || source.starts_with("ssh://") || source.starts_with("git://");
    let unknown = source.contains('$') || git;
    remote || ARCHIVES.iter().any(|end| source.ends_with(end)) || (unknown && !cx.compat())
}
