//! DET0011 · toolchain-as-base: The image does not build on a toolchain.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0011",
        name: "toolchain-as-base",
        severity: Severity::Warning,
        summary: "The image does not build on a toolchain",
        documentation: include_str!("det0011.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let Some(root) = cx.stages.len().checked_sub(1).and_then(|last| cx.chain(last).last()) else { return };
    let Some(program) = cx.program() else { return };
    let Some(image) = cx.base(root.index) else { return };
    let Some(what) = toolchain(&image.repository) else { return };
    let tag = image.tag.as_ref().map_or("", |(tag, _)| tag.as_str());
    // A program of the toolchain needs it, and a script may.
    let own = what.commands.contains(&program.as_str())
        || program.ends_with(".sh")
        || program.ends_with("entrypoint");
    if own || tag.contains("runtime") || tag.contains("jre") {
        return;
    }
    let name = &image.repository;
    out.at(
        root.from.image.word.span,
        format!("`{name}` brings a whole toolchain that `{program}` does not need; build there, and copy the result into {}", what.instead),
    );
}

/// A base that is there to build with.
struct Toolchain {
    commands: &'static [&'static str],
    instead: &'static str,
}

fn toolchain(repository: &str) -> Option<Toolchain> {
    let official = repository.rsplit_once('/').is_none_or(|(before, _)| before.ends_with("library"));
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let (commands, instead): (&'static [&'static str], _) = match name {
        "golang" if official => (
            &["go", "air", "gotestsum", "dlv", "ginkgo", "crond"],
            "a small image: scratch, distroless or alpine",
        ),
        "rust" if official => (&["cargo", "rustc"], "a small image: distroless or debian slim"),
        "maven" | "gradle" if official => (&["mvn", "gradle", "gradlew", "mvnw"], "an image with a JRE"),
        "gcc" if official => (&["gcc", "g++"], "a small image: distroless or debian slim"),
        "sdk" if repository == "mcr.microsoft.com/dotnet/sdk" => {
            (&[], "mcr.microsoft.com/dotnet/aspnet or runtime")
        }
        _ => return None,
    };
    Some(Toolchain { commands, instead })
}
