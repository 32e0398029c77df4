//! DET0003 · missing-dockerignore: .dockerignore keeps out what COPY . would take.

use super::prelude::*;
use crate::lint::dockerignore::Ignore;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0003",
        name: "missing-dockerignore",
        severity: Severity::Warning,
        summary: ".dockerignore keeps out what COPY . would take",
        documentation: include_str!("det0003.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let Some(file) = &cx.config.dockerignore else { return };
    let ignore = file.as_deref().map(Ignore::new);
    for instruction in cx.instructions() {
        let (Kind::Copy(copy) | Kind::Add(copy)) = &instruction.kind else { continue };
        if instruction.flag("from").is_some() {
            continue;
        }
        let Some(whole) = copy.sources.iter().find(|source| is_context(source.value())) else { continue };
        let Some(ignore) = &ignore else {
            let message =
                format!("`{}` copies the whole folder, .git and .env too; write a .dockerignore", whole.raw);
            out.at(whole.span, message);
            continue;
        };
        let through: Vec<&str> = wanted(cx).into_iter().filter(|path| !ignore.excludes(path)).collect();
        if !through.is_empty() {
            let message = format!(
                "`{}` copies the whole folder, and .dockerignore lets `{}` through",
                whole.raw,
                through.join("`, `")
            );
            out.at(whole.span, message);
        }
    }
}

fn is_context(source: &str) -> bool {
    matches!(source, "." | "./" | "/" | "*" | "./*")
}

/// What has no place in an image of this kind.
fn wanted(cx: &Context<'_>) -> Vec<&'static str> {
    let speaks = |words: &[&str]| {
        let bases = cx.stages.iter().map(|stage| stage.from.image.repository.as_str());
        let mut names = bases.map(str::to_owned).chain(cx.commands().map(|cmd| cmd.name.clone()));
        names.any(|name| words.iter().any(|word| name.rsplit('/').next().unwrap_or("").starts_with(word)))
    };
    let mut paths = vec![".git", ".env"];
    if speaks(&["node", "npm", "yarn", "pnpm", "bun"]) {
        paths.push("node_modules");
    }
    if speaks(&["python", "pip", "uv", "poetry"]) {
        paths.push("__pycache__");
    }
    paths
}
