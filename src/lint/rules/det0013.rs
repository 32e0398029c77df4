//! DET0013 · removed-too-late: What a layer brings is removed in the same layer.

use super::prelude::*;
use crate::lint::context::Package;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0013",
        name: "removed-too-late",
        severity: Severity::Warning,
        summary: "What a layer brings is removed in the same layer",
        documentation: include_str!("det0013.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    packages(cx, out);
    files(cx, out);
}

/// Packages that one RUN installs and a later one removes.
fn packages(cx: &Context<'_>, out: &mut Findings) {
    let all = cx.packages();
    if !all.iter().any(|package| package.removed) {
        return;
    }
    let mut reported = None;
    for gone in all.iter().filter(|package| package.removed && !package.name.is_empty()) {
        let Some(run) = cx.runs.get(gone.run).filter(|run| cx.ships(run.stage)) else { continue };
        let same = |package: &&Package| {
            !package.removed && (package.name == gone.name || package.group.as_ref() == Some(&gone.name))
        };
        let here = all.iter().filter(same).any(|package| package.run == gone.run);
        let before = all
            .iter()
            .filter(same)
            .filter(|package| package.run < gone.run)
            .find(|package| cx.runs.get(package.run).is_some_and(|other| other.stage == run.stage));
        // One finding for a command: the first of its packages stands for all.
        if before.is_some() && !here && reported != Some(gone.run) {
            reported = Some(gone.run);
            let name = &gone.name;
            out.at(gone.span, format!("`{name}` was installed by an earlier RUN and stays in that layer; remove it in the same RUN"));
        }
    }
}

/// Files that COPY, ADD or a download put there and a later RUN removes.
fn files(cx: &Context<'_>, out: &mut Findings) {
    let removals = |run: &&Run<'_>| run.commands().any(|cmd| cmd.is(&["rm"]));
    for run in cx.runs.iter().filter(removals).filter(|run| !run.onbuild && cx.ships(run.stage)) {
        let before =
            run.stage.and_then(|stage| cx.stages.get(stage)).map(|stage| stage.range.start..run.index);
        for cmd in run.commands().filter(|cmd| cmd.is(&["rm"]) && !cmd.subshell) {
            for arg in cmd.args().iter().filter(|arg| arg.text.starts_with('/') && !arg.text.contains('$')) {
                let path = arg.text.trim_end_matches('*').trim_end_matches('/');
                let whole = arg.text.ends_with('*') || cmd.flag("r") || cmd.flag("R");
                let brings = |at: usize| {
                    brought(cx, at).into_iter().find(|file| removed(path, whole, &arg.text, file))
                };
                // The last one: what a RUN between replaced is its business.
                if let Some(file) = before.clone().and_then(|range| range.rev().find_map(brings)) {
                    out.at(cmd.arg_span(arg), format!("`{file}` stays in the layer of the step that brought it; fetch, use and remove it in one RUN, or mount it"));
                }
            }
        }
    }
}

/// Whether `rm` of `path` removes `file`.
fn removed(path: &str, whole: bool, typed: &str, file: &str) -> bool {
    // `/` and `/tmp` are emptied for all sorts of reasons; a file is named when it is meant.
    let deep =
        path.matches('/').count() > 1 || typed.ends_with('*') && path.len() > 1 && !path.ends_with("tmp");
    (file == path && !typed.ends_with('*'))
        || (whole
            && deep
            && file.strip_prefix(path).is_some_and(|rest| typed.ends_with('*') || rest.starts_with('/')))
}

/// The files that the instruction of this index brings by name, as absolute paths.
fn brought(cx: &Context<'_>, at: usize) -> Vec<String> {
    let Some(instruction) = cx.file.instructions.get(at) else { return Vec::new() };
    match &instruction.kind {
        Kind::Copy(copy) | Kind::Add(copy) if instruction.flag("from").is_none() => {
            let target = copy.target.value();
            if !target.starts_with('/') || target.contains('$') {
                return Vec::new();
            }
            let many = copy.sources.len() > 1 || target.ends_with('/');
            let plain = |path: &&str| !path.contains(['$', '*', '?']) && is_bulky(path);
            let sources = copy.sources.iter().map(|source| source.value()).filter(plain);
            sources
                .map(|path| match many {
                    true => format!(
                        "{}/{}",
                        target.trim_end_matches('/'),
                        path.rsplit('/').next().unwrap_or(path)
                    ),
                    false => target.to_owned(),
                })
                .collect()
        }
        Kind::Run(_) => {
            let Some(run) = cx.run_at(at) else { return Vec::new() };
            let downloads = run.commands().filter(|cmd| cmd.is(&["curl", "wget"]));
            let named = |cmd: Cmd<'_>| {
                let flag = if cmd.is(&["curl"]) { ["-o", "--output"] } else { ["-O", "--output-document"] };
                let mut args = cmd.args().iter();
                args.find(|arg| {
                    flag.contains(&arg.text.as_str()) || (cmd.is(&["curl"]) && short(&arg.text, 'o'))
                })?;
                args.next().map(|arg| arg.text.clone())
            };
            let kept = |file: &String| {
                file.starts_with('/')
                    && !is_script(file)
                    && !file.contains('$')
                    && !run
                        .commands()
                        .any(|cmd| cmd.is(&["rm", "mv"]) && cmd.args().iter().any(|arg| arg.text == *file))
            };
            downloads.filter_map(named).filter(kept).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether `letter` ends a group of short flags: `-sSLo`.
fn short(word: &str, letter: char) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.ends_with(letter)
}

/// Whether a file of this name is worth leaving out: not a script of some lines. Archives that are
/// unpacked are another rule's.
fn is_bulky(path: &str) -> bool {
    const ENDS: [&str; 12] =
        [".deb", ".rpm", ".apk", ".whl", ".jar", ".zip", ".7z", ".bin", ".run", ".exe", ".iso", ".dmg"];
    ENDS.iter().any(|end| path.ends_with(end))
}

/// Whether a file of this name is small: a script, a key, a signature, a list.
fn is_script(path: &str) -> bool {
    [".sh", ".py", ".txt", ".asc", ".gpg", ".key", ".list", ".sig"].iter().any(|end| path.ends_with(end))
}
