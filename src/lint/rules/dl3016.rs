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
            if !pinned(&arg.text) && !packages::unknown(cx, &arg.text) {
                out.at(cmd.arg_span(arg), format!("`{}`: pin the version, as in `{0}@<version>`", arg.text));
                if cx.compat() {
                    break;
                }
            }
        }
    }
}

fn pinned(package: &str) -> bool {
    let git = ["git://", "git+", "github:", "gitlab:", "bitbucket:", "gist:"];
    if git.iter().any(|scheme| package.starts_with(scheme)) {
        return package.contains('#');
    }
    let archive = [".tar", ".tar.gz", ".tgz"].iter().any(|end| package.ends_with(end));
    let path = ["/", "./", "../", "~/"].iter().any(|start| package.starts_with(start));
    // The `@` of a scope begins the name; the one of a version stands behind it.
    archive || path || package.get(1..).is_some_and(|rest| rest.contains('@'))
}
