//! The scripts of a Dockerfile as their shells read them: continued lines joined and comments between
//! them gone, heredocs where they belong, with every byte's place; before them two or three lines that
//! name the shell and declare what ARG and ENV set.

use super::super::context::{Context, Run};
use super::super::{Compat, Config, pragma};
use super::Script;
use crate::dockerfile::{
    CommandLine, Dockerfile, Heredoc, Image, Instruction, Joiner, Kind, MappedText, is_name,
};
use std::fmt::Write;

/// Longer scripts are left alone: ShellCheck's time grows faster than the text.
const LONGEST: usize = 32 * 1024;
/// Scripts of one file.
const MOST: usize = 500;
/// Variables that are declared to a script.
const DECLARED: usize = 200;
/// What Docker itself passes to every RUN.
const PROXIES: &str = "HTTP_PROXY=1 HTTPS_PROXY=1 FTP_PROXY=1 NO_PROXY=1 \
                       http_proxy=1 https_proxy=1 ftp_proxy=1 no_proxy=1";

/// A shell as ShellCheck knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shell {
    dialect: &'static str,
    /// Whether it runs with `-e`.
    errexit: bool,
}

/// The scripts that ShellCheck can judge: RUN in the shell form and its heredocs, those behind
/// ONBUILD too. Not those of cmd, PowerShell, Python and other interpreters.
pub fn scripts(file: &Dockerfile, config: &Config) -> Vec<Script> {
    let shell_form = |i: &Instruction| matches!(&i.inner().kind, Kind::Run(CommandLine::Shell(_)));
    let refused = config.compat == Compat::Hadolint && !file.errors.is_empty();
    if refused || !file.instructions.iter().any(shell_form) {
        return Vec::new();
    }
    let cx = Context::new(file, config);
    let mut out = Vec::new();
    for run in &cx.runs {
        let Kind::Run(CommandLine::Shell(line)) = &run.instruction.kind else { continue };
        let Some(shell) = shell(&cx, run) else { continue };
        for (map, shell) in texts(run.instruction, line, shell) {
            if out.len() < MOST && !map.as_str().trim().is_empty() && map.as_str().len() <= LONGEST {
                out.push(script(&cx, run, shell, map));
            }
        }
    }
    out
}

fn script(cx: &Context<'_>, run: &Run<'_>, shell: Shell, map: MappedText) -> Script {
    // The directive, not the first line, names the dialect: a ShellCheck that does not know it says so
    // there, and checks what all shells have in common.
    let flag = if shell.errexit { " -e" } else { "" };
    let mut text = format!("#!/bin/sh{flag}\n# shellcheck shell={}\nexport {PROXIES}", shell.dialect);
    for name in declared(cx, run) {
        let _ = write!(text, " {name}=1");
    }
    text.push('\n');
    let header = text.len();
    text.push_str(map.as_str());
    text.push('\n');
    Script { text, header, map }
}

/// The names that ARG and ENV have set before `run`, in its stage and those below it.
fn declared<'a>(cx: &'a Context<'_>, run: &Run<'_>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for stage in run.stage.into_iter().flat_map(|stage| cx.chain(stage)) {
        for at in stage.range.clone().take_while(|at| *at < run.index) {
            let kind = cx.file.instructions.get(at).map(|instruction| &instruction.kind);
            let Some(Kind::Arg(pairs) | Kind::Env(pairs)) = kind else { continue };
            for name in pairs.iter().map(|pair| pair.key.value()) {
                if names.len() < DECLARED && is_name(name) && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
    }
    names
}

/// The texts of one RUN and the shell of each.
fn texts(run: &Instruction, line: &MappedText, shell: Shell) -> Vec<(MappedText, Shell)> {
    if run.heredocs.is_empty() {
        return vec![(line.clone(), shell)];
    }
    if run.heredocs.iter().any(|heredoc| heredoc.end_span.is_empty()) {
        return Vec::new(); // it never ends, which is said elsewhere
    }
    if let [only] = run.heredocs.as_slice()
        && line.as_str().trim().len() == only.span.len()
    {
        // The body is the script; its first line may name the shell.
        let body = body(only);
        return match shebang(body.as_str()) {
            None => vec![(body, shell)],
            Some(line) => of_words(line.split_whitespace()).map(|shell| (body, shell)).into_iter().collect(),
        };
    }
    let reader = of_words(line.as_str().split_whitespace()).filter(|_| run.heredocs.len() == 1);
    if let (Some(reader), [only]) = (reader, run.heredocs.as_slice()) {
        // Unquoted, the outer shell has replaced the variables before the inner one reads it.
        return if only.expand { Vec::new() } else { vec![(body(only), reader)] };
    }
    // As the shell gets it: the line, then the bodies with the words that end them.
    let mut whole = Joiner::default();
    whole.append(line);
    for heredoc in &run.heredocs {
        whole.push("\n", heredoc.body.start.saturating_sub(1));
        whole.push(&heredoc.text, heredoc.body.start);
        let indent = heredoc.end_span.len().saturating_sub(heredoc.name.len());
        whole.push(&heredoc.name, heredoc.end_span.start + indent);
    }
    vec![(whole.finish(), shell)]
}

/// The body of a heredoc without the tabs that `<<-` drops.
fn body(heredoc: &Heredoc) -> MappedText {
    let mut out = Joiner::default();
    let mut at = heredoc.body.start;
    for line in heredoc.text.split_inclusive('\n') {
        let kept = if heredoc.chomp { line.trim_start_matches('\t') } else { line };
        out.push(kept, at + (line.len() - kept.len()));
        at += line.len();
    }
    out.finish()
}

fn shebang(body: &str) -> Option<&str> {
    body.strip_prefix("#!")?.lines().next()
}

/// The shell that runs `run`; `None` when ShellCheck does not know it.
fn shell(cx: &Context<'_>, run: &Run<'_>) -> Option<Shell> {
    let set = cx.shell_at(run.index, true);
    let set_at = set.and_then(|words| words.first()).map(|word| word.span.start);
    // Of a comment and a SHELL the later one counts.
    if let Some((_, words)) = pragma::shell(cx, run.index).filter(|(at, _)| Some(*at) > set_at) {
        return of_words(words.split_whitespace());
    }
    if let Some(words) = set {
        let known = of_words(words.iter().map(|word| word.value()))?;
        return Some(if cx.compat() { Shell { errexit: false, ..as_hadolint(known) } } else { known });
    }
    let root = run.stage.and_then(|stage| cx.chain(stage).last());
    let image = root.filter(|_| !cx.compat()).and_then(|stage| cx.base(stage.index));
    Some(Shell { dialect: image.map_or("sh", of_image), errexit: false })
}

/// hadolint's ShellCheck takes ash for dash.
fn as_hadolint(shell: Shell) -> Shell {
    Shell { dialect: if shell.dialect == "busybox" { "dash" } else { shell.dialect }, ..shell }
}

/// The shell that a command line calls: `/bin/bash -eo pipefail -c`, `/usr/bin/env bash`.
fn of_words<'a>(words: impl Iterator<Item = &'a str>) -> Option<Shell> {
    let base = |word: &'a str| word.rsplit('/').next().unwrap_or(word);
    let mut words = words.skip_while(|word| base(word) == "env" || *word == "-S");
    let dialect = match base(words.next()?) {
        "sh" => "sh",
        "dash" => "dash",
        "bash" => "bash",
        "ksh" => "ksh",
        "ash" | "busybox" => "busybox",
        _ => return None,
    };
    let errexit = words.any(|word| {
        word.starts_with('-')
            && !word.starts_with("--")
            && word.split('o').next().is_some_and(|f| f.contains('e'))
    });
    Some(Shell { dialect, errexit })
}

/// What `/bin/sh` is in an image, as far as its name tells; else the shell that all have in common.
fn of_image(image: &Image) -> &'static str {
    const BASH: [&str; 17] = [
        "centos",
        "fedora",
        "rockylinux",
        "almalinux",
        "oraclelinux",
        "amazonlinux",
        "archlinux",
        "ubi",
        "ubi7",
        "ubi8",
        "ubi9",
        "ubi10",
        "ubi-minimal",
        "leap",
        "tumbleweed",
        "photon",
        "mageia",
    ];
    const DASH: [&str; 12] = [
        "debian",
        "ubuntu",
        "buildpack-deps",
        "python",
        "node",
        "golang",
        "ruby",
        "php",
        "rust",
        "nginx",
        "perl",
        "gcc",
    ];
    let repository = image.repository.as_str();
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let tag = image.tag.as_ref().map_or("", |(tag, _)| tag.as_str());
    let official = matches!(
        repository.rsplit_once('/').map(|(before, _)| before),
        None | Some("library" | "docker.io/library" | "public.ecr.aws/docker/library")
    );
    if matches!(name, "alpine" | "busybox") || (official && tag.contains("alpine")) {
        "busybox"
    } else if BASH.contains(&name) || repository.starts_with("public.ecr.aws/lambda/") {
        "bash"
    } else if official && DASH.contains(&name) {
        "dash"
    } else {
        "sh"
    }
}
