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
        let versioned = cmd.has("-v") || cmd.args.iter().any(|arg| arg.text.starts_with("--version"));
        if versioned || (!cx.compat() && cmd.args.iter().any(|arg| arg.text.starts_with("-v"))) {
            continue;
        }
        let mut value = false;
        for arg in cmd.args.iter().take_while(|arg| arg.text != "--") {
            let word = arg.text.as_str();
            let (of_flag, flag) = (std::mem::take(&mut value), word.starts_with('-'));
            // To hadolint every flag takes the next word, be it a flag.
            if cx.compat() && of_flag {
                continue;
            }
            value = flag && (cx.compat() || VALUED.contains(&word));
            let verb = matches!(word, "install" | "i");
            let file = !cx.compat() && word.ends_with(".gem");
            if !flag && !of_flag && !verb && !file && !word.contains(':') && !packages::unknown(cx, word) {
                out.at(cmd.arg_span(arg), format!("`{word}`: pin the version, as in `{word}:<version>`"));
                break;
            }
        }
    }
}

/// Flags of gem whose value is the next word.
const VALUED: [&str; 14] = [
    "--bindir",
    "--build-root",
    "--document",
    "--file",
    "--http-proxy",
    "--install-dir",
    "--platform",
    "--source",
    "--trust-policy",
    "-P",
    "-g",
    "-i",
    "-n",
    "-s",
];
