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
    for cmd in cx.commands().filter(packages::pip_install) {
        let files = ["r", "requirement", "c", "constraint"];
        if files.iter().any(|flag| cmd.flag(flag)) || cmd.has(".") {
            continue;
        }
        let mut loose = packages::packages(&cmd, &["install", "pip"], VALUED);
        loose.retain(|arg| !pinned(&arg.text) && !packages::unknown(cx, &arg.text));
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

/// Flags of pip whose value is the next word.
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
    "python-version",
    "root",
    "src",
    "t",
    "target",
    "trusted-host",
    "upgrade-strategy",
    "cache-dir",
    "timeout",
    "retries",
    "log",
    "m",
];

fn pinned(package: &str) -> bool {
    let vcs = ["git+", "hg+", "svn+", "bzr+"].iter().any(|scheme| package.starts_with(scheme));
    if vcs {
        return package.contains('@');
    }
    package.contains("==")
        || package.contains(['<', '>'])
        || package.contains("!=")
        || package.contains("~=")
        || package.ends_with(".whl")
        || package.ends_with(".tar.gz")
        || package.contains('/')
        || package.starts_with('.')
}
