//! What the rules about package managers share.

use super::prelude::*;
use crate::dockerfile::shell::Arg;

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
    let pip = cmd.name.starts_with("pip") && !cmd.name.starts_with("pipx") && !cmd.name.starts_with("pipenv");
    let words: Vec<&str> = cmd.args.iter().map(|arg| arg.text.as_str()).take(3).collect();
    (pip && cmd.has("install"))
        || (cmd.name.starts_with("python") && matches!(words.as_slice(), ["-m", "pip", "install"]))
        || (cmd.name.starts_with("python") && words.starts_with(&["-m", "pip"]) && cmd.has("install"))
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
        return cmd.has("-rf") || paths.iter().any(|path| cmd.has(&format!("{path}/*")));
    }
    cmd.args.iter().any(|arg| {
        let removed = arg.text.trim_end_matches('*').trim_end_matches('/');
        paths.iter().any(|path| path.starts_with(removed) && !removed.is_empty() || removed.starts_with(path))
    })
}

/// Whether an RPM is named with its version: `name-1.2.3`, a file, or a group of such.
pub(super) fn rpm_pinned(word: &str) -> bool {
    if word.ends_with(".rpm") {
        return true;
    }
    let Some((_, rest)) = word.split_once('-') else { return false };
    let form = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '~' | '^' | '_' | ':' | '+');
    let mut parts = rest.split('-');
    rest.split('-').all(|part| !part.is_empty() && part.chars().all(form))
        && parts.any(|part| part.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether `word` uses a variable that an ARG or ENV of the file sets.
pub(super) fn known_variable(cx: &Context<'_>, word: &str) -> bool {
    let Some(name) = word.split("${").nth(1).and_then(|rest| rest.split('}').next()) else { return false };
    cx.declares(name)
}
