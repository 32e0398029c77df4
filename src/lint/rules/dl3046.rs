//! DL3046 · useradd-high-uid: useradd with a high UID does not fill the login log.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3046",
        name: "useradd-high-uid",
        severity: Severity::Warning,
        summary: "useradd with a high UID does not fill the login log",
        documentation: include_str!("dl3046.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["useradd"])) {
        if cmd.flag("l") || cmd.flag("no-log-init") {
            continue;
        }
        let mut args = cmd.args.iter();
        while let Some(arg) = args.next() {
            let long = !cx.compat() && (arg.text == "--uid" || arg.text.starts_with("--uid="));
            let letters =
                arg.text.strip_prefix('-').filter(|flag| !flag.starts_with('-') && !flag.contains('='));
            let short = letters
                .is_some_and(|flag| if cx.compat() { flag.contains('u') } else { flag.ends_with('u') });
            if !long && !short {
                continue;
            }
            let value = arg.text.split_once('=').map(|(_, value)| value.to_owned());
            let value = value.or_else(|| args.next().map(|arg| arg.text.clone())).unwrap_or_default();
            if value.len() > 5 && (cx.compat() || !value.contains('$')) {
                let fix = Fix::safe("Add -l", vec![Edit::insert(cmd.name_span().end, " -l")]);
                out.fixable(
                    cmd.name_span(),
                    format!("the login log grows to a huge sparse file for UID {value}; add `-l`"),
                    Some(fix),
                );
            }
        }
    }
}
