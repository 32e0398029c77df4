//! DL3028 · pin-gems: gem installs pinned versions.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3028",
        name: "pin-gems",
        severity: Severity::Warning,
        summary: "gem installs pinned versions",
        documentation: include_str!("dl3028.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["gem"]) && (cmd.has("install") || cmd.has("i"))) {
        if cmd.flag("v")
            || cmd.flag("version")
            || cmd.args.iter().any(|arg| arg.text.starts_with("--version="))
        {
            continue;
        }
        let mut skip = false;
        for arg in cmd.args.iter().take_while(|arg| arg.text != "--") {
            let word = arg.text.as_str();
            if std::mem::replace(&mut skip, word.starts_with('-') && !word.contains('='))
                || word.starts_with('-')
                || matches!(word, "install" | "i")
            {
                continue;
            }
            if !word.contains(':') && !packages::unknown(cx, word) {
                out.at(cmd.arg_span(arg), format!("`{word}`: pin the version, as in `{word}:<version>`"));
                break;
            }
        }
    }
}
