//! ExposeInvalidFormat · expose-invalid-format: EXPOSE names no address and no port of the host.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "ExposeInvalidFormat",
        name: "expose-invalid-format",
        severity: Severity::Warning,
        summary: "EXPOSE names no address and no port of the host",
        documentation: include_str!("expose_invalid_format.md"),
        enabled: true,
        buildkit: Some("ExposeInvalidFormat"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for port in &cx.scopes().ports {
        let Some((_, inside)) = port.value.rsplit_once(':') else { continue };
        if port.value.starts_with(':') && port.value.matches(':').count() == 1 {
            continue; // nothing stands before it
        }
        let typed = port.span.of(&cx.file.source) == port.value;
        let fix = (typed && !inside.is_empty())
            .then(|| Fix::safe("Keep the container's port", vec![Edit::replace(port.span, inside)]));
        out.fixable(
            port.span,
            format!("EXPOSE names the container's port alone; `{}` belongs to `docker run -p`", port.value),
            fix,
        );
    }
}
