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
    if !cx.compat() {
        for port in &cx.scopes().ports {
            if let Some(message) = refused(&port.value) {
                out.at(port.span, message);
            }
        }
        return;
    }
    for instruction in cx.visible() {
        let Kind::Expose(ports) = &instruction.kind else { continue };
        for word in ports {
            let range = word.value().split('/').next().unwrap_or("");
            if range.split('-').any(is_too_high) {
                out.at(word.span, format!("`{}` is no port; ports end at 65535", word.raw));
            }
        }
    }
}

/// Why the builder refuses `[address:][port:]port[-port][/protocol]`.
fn refused(text: &str) -> Option<String> {
    let (before, inside) =
        text.rsplit_once(':').map_or((None, text), |(before, inside)| (Some(before), inside));
    let (ports, protocol) = inside.split_once('/').unwrap_or((inside, ""));
    if !["", "tcp", "udp", "sctp"].iter().any(|known| protocol.eq_ignore_ascii_case(known)) {
        return Some(format!("`{protocol}` is no protocol of EXPOSE; it is tcp, udp or sctp"));
    }
    let outside = before.and_then(|before| before.rsplit(':').next()).filter(|port| !port.is_empty());
    [Some(ports), outside].into_iter().flatten().find_map(|range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let number = |port: &str| port.parse::<i64>().ok().filter(|port| (0..=65_535).contains(port));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => None,
            (Some(_), Some(_)) => Some(format!("`{range}` ends before it begins")),
            _ => Some(format!("`{range}` is no port: ports are numbers up to 65535")),
        }
    })
}

/// Whether it is a number above the last port, however long.
fn is_too_high(port: &str) -> bool {
    let number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    number && port.parse::<u16>().is_err()
}
