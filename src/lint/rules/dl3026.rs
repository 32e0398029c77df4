//! DL3026 · trusted-registry: Images come from trusted registries only.

use super::prelude::*;
use crate::lint::context::hadolint;

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

const HUB: [&str; 2] = ["docker.io", "hub.docker.com"];

fn check(cx: &Context<'_>, out: &mut Findings) {
    if cx.config.trusted_registries.is_empty() {
        return;
    }
    for (stage, _, body) in cx.parts() {
        let before = stage.map_or(0, |stage| stage.index);
        let from = stage.and_then(|stage| match cx.compat() {
            true => Some(&stage.from.image),
            false => cx.base(stage.index),
        });
        if let Some((image, stage)) = from.zip(stage) {
            report(cx, image.word.value(), before, stage.from.image.word.span, out);
        }
        let above = before + usize::from(stage.is_some());
        for outer in body {
            let instruction = if cx.compat() { outer } else { outer.inner() };
            if let (Kind::Copy(_), Some(flag)) = (&instruction.kind, instruction.flag("from")) {
                let name = if cx.compat() { &flag.value.raw } else { flag.value.value() };
                report(cx, name, above, flag.value.span, out);
            }
            for mount in instruction.mounts().filter(|mount| matches!(mount.kind, "bind" | "cache")) {
                if let Some(name) = mount.from {
                    report(cx, name, above, mount.flag.span, out);
                }
            }
        }
    }
}

/// Report the image `name` when it is none of the stages below number `before` and not trusted.
fn report(cx: &Context<'_>, name: &str, before: usize, span: Span, out: &mut Findings) {
    let called = if cx.compat() { hadolint::image_name(name) } else { name };
    let number = !cx.compat() && name.parse::<usize>().is_ok();
    if !number
        && !called.is_empty()
        && called != "scratch"
        && cx.stage_named(called, before).is_none()
        && !is_trusted(cx, name)
    {
        out.at(span, format!("`{name}` comes from a registry that is not trusted"));
    }
}

fn is_trusted(cx: &Context<'_>, image: &str) -> bool {
    let trusted = &cx.config.trusted_registries;
    let takes = |registry: &str| trusted.iter().any(|pattern| matches(pattern, registry));
    let parsed = crate::dockerfile::Image::parse(image);
    match if cx.compat() { hadolint::registry(image) } else { parsed.registry() } {
        // To hadolint the two names of Docker Hub are two registries, and no name is both.
        Some(registry) if cx.compat() || !HUB.contains(&registry) => takes(registry),
        _ => HUB.iter().any(|registry| takes(registry)),
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
