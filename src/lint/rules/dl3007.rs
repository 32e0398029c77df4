//! DL3007 · latest-tag: No base image is tagged latest.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3007",
        name: "latest-tag",
        severity: Severity::Warning,
        summary: "No base image is tagged latest",
        documentation: include_str!("dl3007.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let written = &stage.from.image;
        let image = if cx.compat() { Some(written) } else { cx.base(stage.index) };
        let Some(image) = image else { continue };
        if image.digest.is_some() || image.tag.as_ref().is_none_or(|(tag, _)| tag != "latest") {
            continue;
        }
        let tag = written.tag.as_ref().filter(|(tag, _)| tag == "latest");
        let span = tag.map_or(written.word.span, |(_, span)| *span);
        let from = if tag.is_some() { "" } else { ", through an ARG" };
        out.at(span, format!("`{}` is tagged `latest`{from}, which moves; name a version", image.repository));
    }
}
