//! DL3016 · pin-npm-packages: npm installs pinned versions.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3016",
        name: "pin-npm-packages",
        severity: Severity::Warning,
        summary: "npm installs pinned versions",
        documentation: include_str!("dl3016.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["npm"])) {
        let operands = cmd.operands(&["loglevel", "registry"]);
        let verb = operands.first().map(|arg| arg.text.as_str());
        let installs = verb == Some("install") || (!cx.compat() && matches!(verb, Some("i" | "add")));
        if !installs {
            continue;
        }
        for arg in operands.iter().skip(1) {
            if !pinned(cx, &arg.text) && !packages::unknown(cx, &arg.text) {
                out.at(cmd.arg_span(arg), format!("`{}`: pin the version, as in `{0}@<version>`", arg.text));
                if cx.compat() {
                    break;
                }
            }
        }
    }
}

fn pinned(cx: &Context<'_>, package: &str) -> bool {
    const GIT: [&str; 5] = ["git://", "git+http:", "git+https:", "git+ssh:", "git+file:"];
    const HOSTED: [&str; 4] = ["github:", "gitlab:", "bitbucket:", "gist:"];
    let begins = |with: &[&str]| with.iter().any(|start| package.starts_with(start));
    if begins(&GIT) || (!cx.compat() && (begins(&HOSTED) || package.contains('#'))) {
        return package.contains('#');
    }
    let local = !cx.compat() && (matches!(package, "." | "..") || package.starts_with("file:"));
    let archive = [".tar", ".tar.gz", ".tgz"].iter().any(|end| package.ends_with(end));
    // The `@` of a scope begins the name; the one of a version stands behind it.
    local
        || archive
        || begins(&["/", "./", "../", "~/"])
        || package.get(1..).is_some_and(|rest| rest.contains('@'))
}
