//! DET0017 · moving-ecr-tag: A base from Amazon ECR has a tag that stays.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0017",
        name: "moving-ecr-tag",
        severity: Severity::Warning,
        summary: "A base from Amazon ECR has a tag that stays",
        documentation: include_str!("det0017.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some(image) = cx.base(stage.index) else { continue };
        let Some(host) =
            image.registry().filter(|host| *host == "public.ecr.aws" || host.contains(".dkr.ecr."))
        else {
            continue;
        };
        let Some((tag, _)) = image.tag.as_ref().filter(|(tag, _)| image.digest.is_none() && moves(tag))
        else {
            continue;
        };
        let written = stage.from.image.tag.as_ref().filter(|(written, _)| written == tag);
        let span = written.map_or(stage.from.image.word.span, |(_, span)| *span);
        let how = match host {
            "public.ecr.aws" => "name a version or a digest",
            _ => "name a version or a digest, and make the repository's tags immutable",
        };
        out.at(span, format!("`{tag}` is a tag that moves with each push; {how}"));
    }
}

/// Whether a tag of this name is moved by those who use it; `latest` is another rule's.
fn moves(tag: &str) -> bool {
    const NAMES: [&str; 20] = [
        "main",
        "master",
        "develop",
        "development",
        "dev",
        "staging",
        "stage",
        "prod",
        "production",
        "stable",
        "edge",
        "nightly",
        "current",
        "release",
        "head",
        "test",
        "qa",
        "uat",
        "snapshot",
        "canary",
    ];
    let tag = tag.to_ascii_lowercase();
    NAMES.contains(&tag.as_str())
        || tag.starts_with("latest-")
        || tag.ends_with("-latest")
        || tag.ends_with("-snapshot")
}
