//! DL3006 · tagged-base: Every base image has a tag or digest.

use super::prelude::*;
use crate::lint::context::hadolint;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3006",
        name: "tagged-base",
        severity: Severity::Warning,
        summary: "Every base image has a tag or digest",
        documentation: include_str!("dl3006.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let written = &stage.from.image;
        if written.word.is_empty() || (cx.compat() && written.word.value().starts_with('$')) {
            continue;
        }
        let image = if cx.compat() { Some(written) } else { cx.base(stage.index) };
        let Some(image) = image else { continue };
        let name = image.word.value();
        let (called, tagged) = match cx.compat() {
            true => (hadolint::image_name(name), hadolint::is_tagged(image)),
            false => (name, image.tag.is_some() || image.digest.is_some()),
        };
        let known = called == "scratch" || cx.stage_named(called, stage.index).is_some();
        if known || tagged || name.is_empty() {
            continue;
        }
        let from =
            if written.is_variable() { format!(" (from `{}`)", written.word.raw) } else { String::new() };
        out.at(
            written.word.span,
            format!("`{name}`{from} has no tag, so it means whatever `latest` is that day; name a version"),
        );
    }
}
