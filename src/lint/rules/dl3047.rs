//! DL3047 · wget-progress: wget does not fill the log.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3047",
        name: "wget-progress",
        severity: Severity::Info,
        summary: "wget does not fill the log",
        documentation: include_str!("dl3047.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    const QUIET: [&str; 9] =
        ["progress", "quiet", "q", "output-file", "o", "append-output", "a", "no-verbose", "nv"];
    for cmd in cx.commands().filter(|cmd| cmd.is(&["wget"])) {
        if QUIET.iter().any(|flag| cmd.flag(flag)) || cmd.has("-nv") {
            continue;
        }
        let fix = Fix::safe(
            "Add --progress=dot:giga",
            vec![Edit::insert(cmd.name_span().end, " --progress=dot:giga")],
        );
        out.fixable(
            cmd.name_span(),
            "wget writes a line of progress for every 50 KB; add `--progress=dot:giga` or `-q`",
            Some(fix),
        );
    }
}
