//! DET0013 · removed-too-late: What a layer brings is removed in the same layer.

use super::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

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
    // By name and group: the RUNs that install it, and the first of each stage.
    let mut here = HashSet::new();
    let mut first = HashMap::new();
    for package in all.iter().filter(|package| !package.removed) {
        let stage = cx.runs.get(package.run).map(|run| run.stage);
        for name in std::iter::once(&package.name).chain(&package.group) {
            here.insert((name, package.run));
            first.entry((name, stage)).or_insert(package.run);
        }
    }
    let mut reported = None;
    for gone in all.iter().filter(|package| package.removed && !package.name.is_empty()) {
        let Some(run) = cx.runs.get(gone.run).filter(|run| cx.ships(run.stage)) else { continue };
        let before = first.get(&(&gone.name, Some(run.stage))).is_some_and(|first| *first < gone.run);
        // One finding for a command: the first of its packages stands for all.
        if before && !here.contains(&(&gone.name, gone.run)) && reported != Some(gone.run) {
            reported = Some(gone.run);
            let name = &gone.name;
            out.at(gone.span, format!("`{name}` was installed by an earlier RUN and stays in that layer; remove it in the same RUN"));
        }
    }
}

/// Files that COPY, ADD or a download put there and a later RUN removes.
fn files(cx: &Context<'_>, out: &mut Findings) {
    let removals = |run: &&Run<'_>| run.commands().any(|cmd| cmd.is(&["rm"]));
    // What the stage has brought before the RUN that is looked at.
    let mut brought_so_far = BTreeSet::new();
    let (mut stage, mut next) = (None, 0);
    for run in cx.runs.iter().filter(removals).filter(|run| !run.onbuild && cx.ships(run.stage)) {
        let Some(begun) = run.stage.and_then(|at| cx.stages.get(at)).map(|stage| stage.range.start) else {
            continue;
        };
        if stage != run.stage {
            (stage, next) = (run.stage, begun);
            brought_so_far.clear();
        }
        while next < run.index {
            brought_so_far.extend(brought(cx, next));
            next += 1;
        }
        for cmd in run.commands().filter(|cmd| cmd.is(&["rm"]) && !cmd.subshell) {
            for arg in cmd.args().iter().filter(|arg| arg.text.starts_with('/') && !arg.text.contains('$')) {
                let whole = arg.text.ends_with('*') || cmd.flag("r") || cmd.flag("R");
                if let Some(file) = removed(&brought_so_far, &arg.text, whole) {
                    out.at(cmd.arg_span(arg), format!("`{file}` stays in the layer of the step that brought it; fetch, use and remove it in one RUN, or mount it"));
                }
            }
        }
    }
}

/// One of `files` that `rm` of what is `typed` removes.
fn removed<'a>(files: &'a BTreeSet<String>, typed: &str, whole: bool) -> Option<&'a String> {
    let all = typed.ends_with('*');
    let path = typed.trim_end_matches('*').trim_end_matches('/');
    if let Some(file) = files.get(path).filter(|_| !all) {
        return Some(file);
    }
    // `/` and `/tmp` are emptied for all sorts of reasons; a file is named when it is meant.
    let deep = path.matches('/').count() > 1 || all && path.len() > 1 && !path.ends_with("tmp");
    let prefix = if all { path.to_owned() } else { format!("{path}/") };
    let below = files.range(prefix.clone()..).next().filter(|file| file.starts_with(&prefix));
    below.filter(|_| whole && deep)
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
            let mut found: Vec<String> = downloads.filter_map(named).collect();
            found.retain(|file| file.starts_with('/') && !is_script(file) && !file.contains('$'));
            if !found.is_empty() {
                let gone = run.commands().filter(|cmd| cmd.is(&["rm", "mv"]));
                let gone: HashSet<&str> =
                    gone.flat_map(|cmd| cmd.args().iter().map(|arg| arg.text.as_str())).collect();
                found.retain(|file| !gone.contains(file.as_str()));
            }
            found
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
