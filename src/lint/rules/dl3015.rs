//! DL3015 · no-install-recommends: apt-get installs no recommended packages.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3015",
        name: "no-install-recommends",
        severity: Severity::Info,
        summary: "apt-get installs no recommended packages",
        documentation: include_str!("dl3015.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(packages::apt_get_install) {
        if cmd.flag("no-install-recommends")
            || cmd.has("APT::Install-Recommends=false")
            || (!cx.compat() && cmd.args.iter().any(|arg| switches_off(&arg.text)))
        {
            continue;
        }
        let edit = packages::add_flag(&cmd, "install", "--no-install-recommends");
        let fix = edit.map(|edit| Fix::risky("Add --no-install-recommends", vec![edit]));
        out.fixable(
            cmd.span_to("install"),
            "this also installs every recommended package; add `--no-install-recommends`",
            fix,
        );
    }
}

/// Whether an option sets `APT::Install-Recommends` to one of the words that apt takes for no.
fn switches_off(option: &str) -> bool {
    let Some((name, value)) = option.split_once('=').and_then(|(name, value)| match name {
        "--option" => value.split_once('='),
        name => Some((name, value)),
    }) else {
        return false;
    };
    let name = name.strip_prefix("-o").unwrap_or(name);
    name.eq_ignore_ascii_case("APT::Install-Recommends")
        && ["0", "false", "no", "off", "without", "disable"].iter().any(|no| value.eq_ignore_ascii_case(no))
}
