//! DL3062 · pin-go-tools: go installs pinned versions.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3062",
        name: "pin-go-tools",
        severity: Severity::Warning,
        summary: "go installs pinned versions",
        documentation: include_str!("dl3062.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["go"])) {
        let Some(verb) = cmd.verb().filter(|verb| matches!(verb.text.as_str(), "install" | "get" | "run"))
        else {
            continue;
        };
        for arg in cmd
            .operands(&["ldflags", "tags", "o", "gcflags", "C", "mod", "modfile", "p"])
            .iter()
            .filter(|arg| arg.span != verb.span)
        {
            let word = arg.text.as_str();
            let local = word.starts_with(['.', '/', '$'])
                || word.ends_with(".go")
                || !word.contains('.')
                || !word.contains('/');
            let pinned =
                word.rsplit_once('@').is_some_and(|(_, version)| !matches!(version, "latest" | "none" | ""));
            if !local && !pinned {
                out.at(
                    cmd.arg_span(arg),
                    format!(
                        "`{word}`: pin the version, as in `{}@<version>`",
                        word.split('@').next().unwrap_or(word)
                    ),
                );
                break;
            }
            if verb.text == "run" {
                break;
            }
        }
    }
}
