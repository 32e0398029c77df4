//! DL3026 · trusted-registry: Images come from trusted registries only.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3026",
        name: "trusted-registry",
        severity: Severity::Error,
        summary: "Images come from trusted registries only",
        documentation: include_str!("dl3026.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let trusted = &cx.config.trusted_registries;
    if trusted.is_empty() {
        return;
    }
    let allowed = |image: &str| {
        let parsed = crate::dockerfile::Image::parse(image);
        let registry = parsed.registry().unwrap_or("docker.io");
        let hub = matches!(registry, "docker.io" | "hub.docker.com");
        trusted.iter().any(|pattern| {
            matches(pattern, registry) || (hub && matches!(pattern.as_str(), "docker.io" | "hub.docker.com"))
        })
    };
    for stage in &cx.stages {
        let image = if cx.compat() { Some(&stage.from.image) } else { cx.base(stage.index) };
        if let Some(image) = image {
            let name = image.word.value();
            if name != "scratch"
                && !name.is_empty()
                && cx.stage_named(name, stage.index).is_none()
                && !allowed(name)
            {
                out.at(
                    stage.from.image.word.span,
                    format!("`{name}` comes from a registry that is not trusted"),
                );
            }
        }
        for instruction in stage.body.iter().map(Instruction::inner) {
            let copied =
                matches!(instruction.kind, Kind::Copy(_)).then(|| instruction.flag("from")).flatten();
            let mounted = instruction.mounts().filter(|mount| matches!(mount.kind, "bind" | "cache"));
            let from = copied.map(|flag| (flag.value.value(), flag.value.span)).into_iter();
            for (name, span) in from.chain(mounted.filter_map(|mount| Some((mount.from?, mount.flag.span)))) {
                let number = !cx.compat() && name.parse::<usize>().is_ok();
                if !number
                    && name != "scratch"
                    && cx.stage_named(name, stage.index + 1).is_none()
                    && !allowed(name)
                {
                    out.at(span, format!("`{name}` comes from a registry that is not trusted"));
                }
            }
        }
    }
}

/// `*`, `*suffix`, `prefix*` or the name itself.
fn matches(pattern: &str, registry: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(suffix), _) => registry.ends_with(suffix),
        (None, Some(prefix)) => registry.starts_with(prefix),
        (None, None) => registry == pattern,
    }
}
