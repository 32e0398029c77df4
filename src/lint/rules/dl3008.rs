//! DL3008 · pin-apt-packages: apt-get installs pinned versions.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3008",
        name: "pin-apt-packages",
        severity: Severity::Warning,
        summary: "apt-get installs pinned versions",
        documentation: include_str!("dl3008.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(packages::apt_get_install) {
        let mut loose =
            packages::packages(&cmd, &["install"], if cx.compat() { &VALUED[..2] } else { VALUED });
        loose.retain(|arg| !pinned(&arg.text) && !packages::unknown(cx, &arg.text));
        let (Some(first), Some(last)) = (loose.first(), loose.last()) else { continue };
        let span = cmd.arg_span(first).cover(cmd.arg_span(last));
        let names: Vec<&str> = loose.iter().map(|arg| arg.text.as_str()).take(3).collect();
        let more = loose.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        out.at(
            span,
            format!("`{}`{more}: pin the version, as in `{}=<version>`", names.join("`, `"), first.text),
        );
    }
}

/// Flags of apt-get whose value is the next word; hadolint knows the first two.
const VALUED: &[&str] =
    &["t", "target-release", "o", "option", "c", "config-file", "a", "host-architecture", "solver"];

fn pinned(package: &str) -> bool {
    package.contains(['=', '/']) || package.ends_with(".deb")
}
