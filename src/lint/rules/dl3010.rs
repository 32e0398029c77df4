//! DL3010 · add-for-archives: ADD unpacks archives, not COPY and tar.

use super::prelude::*;
use std::collections::HashMap;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3010",
        name: "add-for-archives",
        severity: Severity::Info,
        summary: "ADD unpacks archives, not COPY and tar",
        documentation: include_str!("dl3010.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        if cx.compat() && stage.index + 1 != cx.stages.len() {
            continue;
        }
        let mut copied: HashMap<&str, Vec<Span>> = HashMap::new();
        for at in stage.range.clone() {
            let Some(instruction) = cx.file.instructions.get(at) else { continue };
            match &instruction.kind {
                Kind::Copy(copy) if instruction.flag("from").is_none() => {
                    let archives = copy.sources.iter().filter(|source| is_archive(source.value()));
                    for source in archives {
                        copied.entry(base(source.value())).or_default().push(source.span);
                    }
                }
                Kind::Run(_) => {
                    let Some(run) = cx.run_at(at) else { continue };
                    for cmd in run.commands().filter(unpacks) {
                        for name in cmd.args.iter().map(|arg| base(&arg.text)) {
                            for span in copied.remove(name).unwrap_or_default() {
                                out.at(
                                    span,
                                    format!(
                                        "`{name}` is copied and then unpacked; ADD does both in one layer"
                                    ),
                                );
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

fn base(path: &str) -> &str {
    path.trim_matches('"').rsplit('/').next().unwrap_or(path)
}

fn is_archive(path: &str) -> bool {
    const ENDS: [&str; 15] = [
        ".tar", ".Z", ".bz2", ".gz", ".lz", ".lzma", ".tZ", ".tb2", ".tbz", ".tbz2", ".tgz", ".tlz", ".tpz",
        ".txz", ".xz",
    ];
    let path = path.trim_matches('"');
    ENDS.iter().any(|end| path.ends_with(end))
}

fn unpacks(cmd: &Cmd<'_>) -> bool {
    const TOOLS: [&str; 10] =
        ["unzip", "gunzip", "bunzip2", "unlzma", "unxz", "zgz", "uncompress", "zcat", "gzcat", "gzip"];
    let tar = cmd.is(&["tar"]) && (cmd.flag("x") || cmd.flag("extract") || cmd.flag("get") || old_style(cmd));
    tar || (cmd.is(&TOOLS) && (cmd.name != "gzip" || cmd.flag("d")))
}

/// `tar xzf`, without the dash.
fn old_style(cmd: &Cmd<'_>) -> bool {
    cmd.args
        .first()
        .is_some_and(|arg| !arg.text.starts_with('-') && arg.text.contains('x') && arg.text.len() < 6)
}
