//! InvalidBaseImagePlatform · invalid-base-image-platform: The base image is for the platform that is asked for.

use super::platform;
use super::prelude::*;
pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "InvalidBaseImagePlatform",
        name: "invalid-base-image-platform",
        severity: Severity::Warning,
        summary: "The base image is for the platform that is asked for",
        documentation: include_str!("invalid_base_image_platform.md"),
        enabled: true,
        buildkit: Some("InvalidBaseImagePlatform"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for (stage, base) in cx.stages.iter().zip(&cx.scopes().bases) {
        let (Some(name), Some(platform)) = (&base.name, &base.platform) else { continue };
        let settled =
            platform.used.iter().all(|name| !name.starts_with("BUILD") && !name.starts_with("TARGET"));
        let (Some(wanted), true) = (platform::parse(&platform.value), settled) else { continue };
        let Some(held) = platform::of_image(name).filter(|held| *held != wanted) else { continue };
        out.at(
            stage.from.image.word.span,
            format!(
                "`{name}` is an image for {}/{}, and --platform asks for {}/{}",
                held.0, held.1, wanted.0, wanted.1
            ),
        );
    }
}
