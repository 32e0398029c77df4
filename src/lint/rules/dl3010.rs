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
    for (stage, first, body) in cx.parts() {
        // hadolint forgets what it found when the next stage begins.
        if cx.compat() && stage.map_or(!cx.stages.is_empty(), |stage| stage.index + 1 != cx.stages.len()) {
            continue;
        }
        let mut copied: HashMap<&str, Vec<Span>> = HashMap::new();
        for (at, instruction) in (first..).zip(body) {
            match &instruction.kind {
                Kind::Copy(copy) if instruction.flag("from").is_none() => {
                    // An archive as the target is what the copy will be called.
                    let target = Some(&copy.target).filter(|target| is_archive(cx.written(target)));
                    let called = target.map_or(copy.sources.as_slice(), std::slice::from_ref);
                    for word in called.iter().filter(|word| is_archive(cx.written(word))) {
                        copied.entry(base(cx.written(word))).or_default().push(word.span);
                    }
                }
                Kind::Run(_) => {
                    let Some(run) = cx.run_at(at) else { continue };
                    for cmd in run.commands().filter(|cmd| unpacks(cx, cmd)) {
                        for name in cmd.args.iter().map(|arg| base(&arg.text)) {
                            for span in copied.remove(name).unwrap_or_default() {
                                let message = format!(
                                    "`{name}` is copied and then unpacked; ADD does both in one layer"
                                );
                                out.at(span, message);
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
    path.trim_matches('"').rsplit(['/', '\\']).next().unwrap_or(path)
}

fn is_archive(path: &str) -> bool {
    const ENDS: [&str; 15] = [
        ".tar", ".Z", ".bz2", ".gz", ".lz", ".lzma", ".tZ", ".tb2", ".tbz", ".tbz2", ".tgz", ".tlz", ".tpz",
        ".txz", ".xz",
    ];
    let path = path.trim_matches('"');
    ENDS.iter().any(|end| path.ends_with(end))
}

fn unpacks(cx: &Context<'_>, cmd: &Cmd<'_>) -> bool {
    const TOOLS: [&str; 9] =
        ["unzip", "gunzip", "bunzip2", "unlzma", "unxz", "zgz", "uncompress", "zcat", "gzcat"];
    let known = cmd.is(&["tar"]) && (cmd.flag("x") || cmd.flag("extract") || cmd.flag("get"));
    let more = (cmd.is(&["tar"]) && old_style(cmd)) || (cmd.is(&["gzip"]) && cmd.flag("d"));
    known || cmd.is(&TOOLS) || (more && !cx.compat())
}

/// `tar xzf`, without the dash.
fn old_style(cmd: &Cmd<'_>) -> bool {
    cmd.args
        .first()
        .is_some_and(|arg| !arg.text.starts_with('-') && arg.text.contains('x') && arg.text.len() < 6)
}
