//! DL3011 · valid-port: EXPOSE names ports between 0 and 65535.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3011",
        name: "valid-port",
        severity: Severity::Error,
        summary: "EXPOSE names ports between 0 and 65535",
        documentation: include_str!("dl3011.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for instruction in cx.instructions() {
        let Kind::Expose(ports) = &instruction.kind else { continue };
        for word in ports {
            let range = word.value().split('/').next().unwrap_or("");
            if range.split('-').any(|port| port.parse::<u64>().is_ok_and(|port| port > 65535)) {
                out.at(word.span, format!("`{}` is no port; ports end at 65535", word.raw));
            }
        }
    }
}
