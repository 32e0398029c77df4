//! What the rules about package managers share.

use super::prelude::*;
use crate::dockerfile::shell::Arg;
use crate::lint::context::operands_of;

/// Whether `cmd` is `apt-get install`.
pub(super) fn apt_get_install(cmd: &Cmd<'_>) -> bool {
    cmd.is(&["apt-get"]) && cmd.has("install")
}

/// The packages of an `install`-like command: its operands without the verbs.
pub(super) fn packages<'a>(cmd: &Cmd<'a>, verbs: &[&str], valued: &[&str]) -> Vec<&'a Arg> {
    let mut operands = cmd.operands(valued);
    operands.retain(|arg| !verbs.contains(&arg.text.as_str()));
    operands
}

/// The edit that puts ` flag` behind the verb.
pub(super) fn add_flag(cmd: &Cmd<'_>, verb: &str, flag: &str) -> Option<Edit> {
    let arg = cmd.args.iter().find(|arg| arg.text == verb)?;
    Some(Edit::insert(cmd.arg_span(arg).end, format!(" {flag}")))
}

/// Whether `cmd` installs with pip: `pip install`, `pip3.12 install`, `python -m pip install`.
pub(super) fn pip_install(cmd: &Cmd<'_>) -> bool {
    if cmd.name.starts_with("pip") {
        return !cmd.name.starts_with("pipenv") && !cmd.name.starts_with("pipx") && cmd.has("install");
    }
    pip_module(cmd).is_some_and(|behind| behind.iter().any(|arg| arg.text == "install"))
}

/// The same to hadolint: between `pip` and `install` of a module stands nothing.
pub(super) fn pip_install_as_hadolint(cmd: &Cmd<'_>) -> bool {
    if cmd.name.starts_with("pip") {
        return !cmd.name.starts_with("pipenv") && cmd.has("install");
    }
    pip_module(cmd).and_then(<[Arg]>::first).is_some_and(|arg| arg.text == "install")
}

/// The words behind `-m pip` of a Python.
fn pip_module<'a>(cmd: &Cmd<'a>) -> Option<&'a [Arg]> {
    let args = cmd.args();
    let python = cmd.name.starts_with("python");
    let at = args.windows(2).position(|pair| pair[0].text == "-m" && pair[1].text == "pip");
    args.get(at.filter(|_| python)? + 2..)
}

/// The words of a `pip install` that name packages: those behind it.
pub(super) fn pip_packages<'a>(cmd: &Cmd<'a>, valued: &[&str]) -> Vec<&'a Arg> {
    let args = pip_module(cmd).unwrap_or(cmd.args());
    let behind = args.iter().position(|arg| arg.text == "install").map_or(0, |at| at + 1);
    let mut packages = args.get(behind..).unwrap_or(&[]);
    while let [first, rest @ ..] = packages
        && first.text == "install"
    {
        packages = rest;
    }
    operands_of(packages, valued)
}

/// Whether a package word is decided elsewhere: it is a variable or a substitution. Ours only;
/// hadolint takes such words for unpinned.
pub(super) fn unknown(cx: &Context<'_>, word: &str) -> bool {
    !cx.compat() && word.contains("${")
}

/// Whether `cmd` removes files below one of `paths`.
pub(super) fn removes(cx: &Context<'_>, cmd: &Cmd<'_>, paths: &[&str]) -> bool {
    if !cmd.is(&["rm"]) {
        return false;
    }
    if cx.compat() {
        return cmd.has("-rf") || paths.iter().any(|path| cmd.has(path));
    }
    cmd.args.iter().any(|arg| {
        let removed = arg.text.trim_end_matches('*').trim_end_matches('/');
        let inside = |path: &&str| {
            let path = path.trim_end_matches('*').trim_end_matches('/');
            (path.starts_with(removed) && !removed.is_empty()) || removed.starts_with(path)
        };
        paths.iter().any(inside)
    })
}

/// Flags of yum and dnf whose value is the next word.
const VALUED: &[&str] =
    &["c", "disablerepo", "enablerepo", "exclude", "installroot", "releasever", "repo", "setopt", "x"];

/// What yum and dnf install without a version: `install` of packages, `module install` of streams.
pub(super) fn unpinned_rpms<'a>(cx: &Context<'_>, cmd: &Cmd<'a>) -> Option<(Span, &'a str)> {
    if !cmd.has("install") || (cmd.has("group") && (cmd.name != "yum" || !cx.compat())) {
        return None;
    }
    let module = cmd.has("module");
    let mut loose = packages(cmd, &["install", "module"], if cx.compat() { &[] } else { VALUED });
    loose.retain(|arg| {
        let word = arg.text.as_str();
        let file = match cx.compat() {
            true => word.ends_with(".rpm") && word.contains('-'),
            false => word.ends_with(".rpm") || word.starts_with('@'),
        };
        let pinned = if module { word.contains(':') } else { file || rpm_version(word) };
        let versioned = word.contains('-') && cx.variable_as_hadolint(word, cmd.run);
        !(pinned || versioned || unknown(cx, word))
    });
    let (first, last) = (loose.first()?, loose.last()?);
    Some((cmd.arg_span(first).cover(cmd.arg_span(last)), first.text.as_str()))
}

/// Whether an RPM is named with its version: behind the first `-` only parts that a version and a
/// release may have, one of them beginning with a digit.
fn rpm_version(word: &str) -> bool {
    let form = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '~' | '^' | '_' | ':' | '+');
    let mut parts = word.split('-').skip(1);
    word.split('-').skip(1).all(|part| part.chars().all(form))
        && parts.any(|part| part.starts_with(|c: char| c.is_ascii_digit()))
}

/// The install of a RUN that no clean-up follows. Ours looks at the last of each, so that a RUN may
/// clean twice; hadolint at the first.
pub(super) fn uncleaned<'r>(
    cx: &Context<'_>,
    run: &'r Run<'_>,
    installs: impl Fn(&Cmd<'_>) -> bool,
    cleans: impl Fn(&Cmd<'_>) -> bool,
) -> Option<Cmd<'r>> {
    let (mut install, mut clean) = (None, None);
    for (at, cmd) in run.commands().enumerate() {
        if installs(&cmd) && (install.is_none() || !cx.compat()) {
            install = Some((at, cmd));
        } else if cleans(&cmd) && (clean.is_none() || !cx.compat()) {
            clean = Some(at);
        }
    }
    let (at, cmd) = install?;
    clean.is_none_or(|clean| clean < at).then_some(cmd)
}
