//! DL3013 · pin-pip-packages: pip installs pinned versions.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3013",
        name: "pin-pip-packages",
        severity: Severity::Warning,
        summary: "pip installs pinned versions",
        documentation: include_str!("dl3013.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let installs = if cx.compat() { packages::pip_install_as_hadolint } else { packages::pip_install };
    for cmd in cx.commands().filter(installs) {
        if from_file(cx, &cmd) {
            continue;
        }
        let mut loose = packages::pip_packages(&cmd, VALUED);
        if !cx.compat() {
            loose = packages::pip_packages(&cmd, &[VALUED, MORE_VALUED].concat());
        }
        loose.retain(|arg| {
            let local = !cx.compat() && (arg.text.starts_with('.') || arg.text.starts_with("file:"));
            !local && !pinned(&arg.text) && !packages::unknown(cx, &arg.text)
        });
        let (Some(first), Some(last)) = (loose.first(), loose.last()) else { continue };
        let span = cmd.arg_span(first).cover(cmd.arg_span(last));
        out.at(
            span,
            format!(
                "`{}`: pin the version, as in `{0}==<version>`, or install from a requirements file",
                first.text
            ),
        );
    }
}

/// Whether the versions are said elsewhere: in a file, or by the project that is installed.
fn from_file(cx: &Context<'_>, cmd: &Cmd<'_>) -> bool {
    let requirement = match cx.compat() {
        true => cmd.has("-r") || cmd.has("--requirement"),
        false => cmd.flag("r") || cmd.flag("requirement"),
    };
    requirement || cmd.flag("c") || cmd.flag("constraint") || cmd.has(".")
}

/// Flags of pip whose value is the next word, those that hadolint knows.
const VALUED: &[&str] = &[
    "abi",
    "b",
    "build",
    "e",
    "editable",
    "extra-index-url",
    "f",
    "find-links",
    "i",
    "index-url",
    "implementation",
    "no-binary",
    "only-binary",
    "platform",
    "prefix",
    "progress-bar",
    "proxy",
    "python",
    "python-version",
    "root",
    "root-user-action",
    "src",
    "t",
    "target",
    "trusted-host",
    "upgrade-strategy",
];

/// And those that it takes for switches, so that their value becomes a package.
const MORE_VALUED: &[&str] = &[
    "cache-dir",
    "cert",
    "client-cert",
    "config-settings",
    "exists-action",
    "global-option",
    "group",
    "keyring-provider",
    "log",
    "report",
    "retries",
    "timeout",
    "use-feature",
];

fn pinned(package: &str) -> bool {
    let vcs = ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| package.starts_with(scheme));
    if vcs {
        return package.contains('@');
    }
    ["==", "<", ">", "!=", "~=", "/"].iter().any(|part| package.contains(part))
        || [".whl", ".tar.gz"].iter().any(|end| package.ends_with(end))
}
