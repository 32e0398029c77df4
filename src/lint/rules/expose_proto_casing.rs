//! ExposeProtoCasing · expose-proto-casing: Protocols of EXPOSE are in small letters.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "ExposeProtoCasing",
        name: "expose-proto-casing",
        severity: Severity::Style,
        summary: "Protocols of EXPOSE are in small letters",
        documentation: include_str!("expose_proto_casing.md"),
        enabled: true,
        buildkit: Some("ExposeProtoCasing"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for port in &cx.scopes().ports {
        let Some((number, protocol)) = port.value.split_once('/') else { continue };
        let lower = protocol.to_ascii_lowercase();
        if lower == protocol || !matches!(lower.as_str(), "tcp" | "udp" | "sctp") {
            continue;
        }
        let typed = port.span.of(&cx.file.source) == port.value;
        let fix = typed.then(|| {
            Fix::safe("Use small letters", vec![Edit::replace(port.span, format!("{number}/{lower}"))])
        });
        out.fixable(port.span, format!("protocols are written small: `{number}/{lower}`"), fix);
    }
}
