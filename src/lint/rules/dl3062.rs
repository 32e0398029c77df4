//! DL3062 · pin-go-tools: go installs pinned versions.

use super::prelude::*;
use crate::dockerfile::shell::Arg;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3062",
        name: "pin-go-tools",
        severity: Severity::Warning,
        summary: "go installs pinned versions",
        documentation: include_str!("dl3062.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for cmd in cx.commands().filter(|cmd| cmd.is(&["go"])) {
        // Beside a `go run`, hadolint looks at no other.
        let runs = |cmd: &Cmd<'_>| cmd.is(&["go"]) && cmd.has("run");
        let found = match cx.compat() {
            true if !cmd.has("run") && cmd.run.commands().any(|cmd| runs(&cmd)) => None,
            true => as_hadolint(&cmd),
            false => unpinned(&cmd),
        };
        if let Some(arg) = found {
            let (word, name) = (&arg.text, arg.text.split('@').next().unwrap_or(&arg.text));
            out.at(cmd.arg_span(arg), format!("`{word}`: pin the version, as in `{name}@<version>`"));
        }
    }
}

const VERBS: [&str; 3] = ["install", "get", "run"];

/// A package of another module that is fetched at no version.
fn unpinned<'a>(cmd: &Cmd<'a>) -> Option<&'a Arg> {
    let operands = cmd.operands(&["ldflags", "tags", "o", "gcflags", "C", "mod", "modfile", "p"]);
    let (verb, mut packages) = operands.split_first()?;
    if !VERBS.contains(&verb.text.as_str()) {
        return None;
    }
    if verb.text == "run" {
        packages = packages.get(..1).unwrap_or(&[]);
    }
    let open = |arg: &&&Arg| {
        let word = arg.text.as_str();
        let module = word.contains('/') && word.split('/').next().is_some_and(|host| host.contains('.'));
        module && !word.starts_with(['.', '/', '$']) && !pinned(word)
    };
    packages.iter().find(open).copied()
}

/// The same to hadolint: any word that is no path, be it of the standard library or a flag's value.
fn as_hadolint<'a>(cmd: &Cmd<'a>) -> Option<&'a Arg> {
    VERBS.iter().find(|verb| cmd.has(verb))?;
    let words = cmd.operands(&[]);
    let packages =
        words.into_iter().filter(|arg| !matches!(arg.text.as_str(), "install" | "get" | "run" | "tool"));
    let reach = if cmd.has("run") { 1 } else { usize::MAX };
    packages.take(reach).find(|arg| !arg.text.starts_with(['.', '/']) && !pinned(&arg.text))
}

fn pinned(word: &str) -> bool {
    let version = word.split_once('@').map(|(_, version)| version);
    version.is_some() && !["@latest", "@none"].iter().any(|moving| word.ends_with(moving))
}
