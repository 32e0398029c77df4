//! CopyIgnoredFile · copy-ignored-file: What COPY takes is not left out by .dockerignore.

use super::prelude::*;
use crate::lint::dockerignore::Ignore;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "CopyIgnoredFile",
        name: "copy-ignored-file",
        severity: Severity::Warning,
        summary: "What COPY takes is not left out by .dockerignore",
        documentation: include_str!("copy_ignored_file.md"),
        enabled: true,
        buildkit: Some("CopyIgnoredFile"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let Some(Some(text)) = &cx.config.dockerignore else { return };
    let ignore = Ignore::new(text);
    if ignore.has_exceptions() {
        return; // what is left out then hangs on files that the linter does not see
    }
    // What stands behind ONBUILD takes from another context.
    for instruction in &cx.file.instructions {
        let (Kind::Copy(copy) | Kind::Add(copy)) = &instruction.kind else { continue };
        if instruction.flag("from").is_some() {
            continue;
        }
        for source in &copy.sources {
            let path = source.value();
            let elsewhere = path.contains("://") || path.starts_with("git@") || path.contains('$');
            if !elsewhere && ignore.excludes(path) {
                let message = format!(
                    "`{path}` is left out by .dockerignore, so {} does not find it",
                    instruction.keyword
                );
                out.at(source.span, message);
            }
        }
    }
}
