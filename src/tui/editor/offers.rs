//! What completion offers at a place of a Dockerfile: instructions, flags and their values, stages,
//! images, build arguments, paths.

use super::Editor;
use crate::tui::highlight::{INSTRUCTIONS, Language, LineStart};
use crate::tui::theme::Role;

/// Lines above the cursor that are searched for stages and arguments.
const REACH: usize = 5_000;
/// Lines that one instruction may have to be completed in.
const LONGEST_INSTRUCTION: usize = 200;

/// One thing on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What the popup shows and what the typed word is held against.
    pub label: String,
    /// What takes the place of the word.
    pub insert: String,
    /// A few words about it.
    pub detail: &'static str,
    /// How its label is coloured.
    pub role: Role,
    /// Accepting it asks for the next offer at once, as `--from=` does.
    pub goes_on: bool,
}

fn offer(label: &str, detail: &'static str, role: Role) -> Offer {
    Offer { label: label.to_owned(), insert: label.to_owned(), detail, role, goes_on: label.ends_with('=') }
}

fn with_blank(label: &str, detail: &'static str, role: Role) -> Offer {
    Offer { insert: format!("{label} "), ..offer(label, detail, role) }
}

/// What an instruction is for, in a few words.
fn about(instruction: &str) -> &'static str {
    match instruction {
        "ADD" => "copy, download or unpack",
        "ARG" => "a build argument",
        "CMD" => "what runs by default",
        "COPY" => "files from the context",
        "ENTRYPOINT" => "what always runs",
        "ENV" => "an environment variable",
        "EXPOSE" => "a port it listens on",
        "FROM" => "begin a stage from an image",
        "HEALTHCHECK" => "how to see it is well",
        "LABEL" => "metadata",
        "MAINTAINER" => "old: use LABEL",
        "ONBUILD" => "for images built on this",
        "RUN" => "run a command in a new layer",
        "SHELL" => "the shell of shell form",
        "STOPSIGNAL" => "how to stop it",
        "USER" => "who runs what follows",
        "VOLUME" => "data kept outside",
        "WORKDIR" => "the working directory",
        _ => "",
    }
}

/// The flags of an instruction.
fn flags(instruction: &str) -> &'static [(&'static str, &'static str)] {
    match instruction {
        "FROM" => &[("--platform=", "the platform of the image")],
        "COPY" => &[
            ("--from=", "a stage or an image"),
            ("--chown=", "owner of the files"),
            ("--chmod=", "mode of the files"),
            ("--link", "a layer of its own"),
            ("--parents", "keep the folders"),
            ("--exclude=", "leave these out"),
        ],
        "ADD" => &[
            ("--chown=", "owner of the files"),
            ("--chmod=", "mode of the files"),
            ("--checksum=", "check the download"),
            ("--link", "a layer of its own"),
            ("--keep-git-dir=", "with .git"),
            ("--exclude=", "leave these out"),
        ],
        "RUN" => &[
            ("--mount=", "cache, secret, bind …"),
            ("--network=", "default, none, host"),
            ("--security=", "sandbox, insecure"),
        ],
        "HEALTHCHECK" => &[
            ("--interval=", "between two checks"),
            ("--timeout=", "for one check"),
            ("--start-period=", "until it must be well"),
            ("--start-interval=", "between checks at the start"),
            ("--retries=", "failures in a row"),
        ],
        _ => &[],
    }
}

/// Build arguments that are there without ARG, or with it in every stage.
const PLATFORM_ARGS: &[&str] = &[
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
];

/// Images that people begin with, each with a tag that says what is in it.
const USUAL_IMAGES: &[(&str, &str)] = &[
    ("python:3.12-slim-bookworm", "Python on small Debian"),
    ("python:3.12-alpine", "Python on Alpine"),
    ("node:20-bookworm-slim", "Node on small Debian"),
    ("node:20-alpine", "Node on Alpine"),
    ("golang:1.22-alpine", "the Go compiler"),
    ("debian:bookworm-slim", "small Debian"),
    ("alpine:3.19", "Alpine"),
    ("gcr.io/distroless/static-debian12:nonroot", "for static binaries"),
    ("public.ecr.aws/docker/library/python:3.12-slim-bookworm", "from Amazon's public ECR"),
];

/// What is on offer at the cursor, and where the word begins that an offer replaces.
pub(super) fn at_cursor(editor: &Editor) -> Option<(usize, Vec<Offer>)> {
    if editor.language != Language::Dockerfile {
        return None;
    }
    let document = &editor.document;
    let head = editor.selection.head;
    let line = document.line_of(head);
    let mut colours = editor.colours.borrow_mut();
    let mut start_of = |line| colours.line_start(line, |l| document.line_head(l, 8192));
    let mut first = line;
    loop {
        match start_of(first) {
            LineStart::Fresh => break,
            LineStart::Continued if first > 0 && line - first < LONGEST_INSTRUCTION => first -= 1,
            _ => return None,
        }
    }
    drop(colours);
    let mut text = String::new();
    for above in first..line {
        let part = document.line_head(above, 8192);
        if !part.trim_start().starts_with('#') {
            text.push_str(part.trim_end().trim_end_matches(['\\', '`']));
            text.push(' ');
        }
    }
    let from = document.line_start(line);
    let typed = document.slice(from.max(document.char_floor(head.saturating_sub(4096)))..head);
    if typed.trim_start().starts_with('#') {
        return directives(&typed, from).filter(|_| line < 4);
    }
    text.push_str(&typed);
    if let Some((length, offers)) = variables(editor, line, &text) {
        return Some((head - length, offers));
    }
    let (length, offers) = words(editor, line, &text)?;
    Some((head - length, offers))
}

fn directives(typed: &str, from: usize) -> Option<(usize, Vec<Offer>)> {
    typed.starts_with('#').then(|| {
        let known = [
            ("# syntax=docker/dockerfile:1", "the newest stable syntax"),
            ("# check=error=true", "build checks fail the build"),
            ("# escape=`", "another escape character"),
        ];
        (from, known.iter().map(|(label, detail)| offer(label, detail, Role::Comment)).collect())
    })
}

/// `$NA` or `${NA`: how long the name is, and the names there are.
fn variables(editor: &Editor, line: usize, text: &str) -> Option<(usize, Vec<Offer>)> {
    let name = text.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("");
    let before = &text[..text.len() - name.len()];
    let braced = before.ends_with("${");
    if !braced && !before.ends_with('$') {
        return None;
    }
    let close = braced && editor.document.char_at(editor.selection.head) != Some('}');
    let mut found: Vec<Offer> = Vec::new();
    let mut add = |name: &str, detail: &'static str| {
        if !name.is_empty() && !found.iter().any(|o| o.label == name) {
            let mut new = offer(name, detail, Role::Variable);
            if close {
                new.insert.push('}');
            }
            found.push(new);
        }
    };
    for above in line.saturating_sub(REACH)..line {
        let text = editor.document.line_head(above, 1024);
        let mut words = text.split_whitespace();
        let (keyword, rest) = (words.next().unwrap_or(""), words);
        if keyword.eq_ignore_ascii_case("arg") || keyword.eq_ignore_ascii_case("env") {
            let detail = if keyword.eq_ignore_ascii_case("arg") { "build argument" } else { "environment" };
            let pairs: Vec<&str> = rest.collect();
            for (n, pair) in pairs.iter().enumerate() {
                match pair.split_once('=') {
                    Some((name, _)) => add(name, detail),
                    None if n == 0 => add(pair, detail),
                    None => {}
                }
            }
        }
    }
    for name in PLATFORM_ARGS {
        add(name, "platform");
    }
    Some((name.len(), found))
}

/// Names of the stages above `line`.
fn stages(editor: &Editor, line: usize) -> Vec<Offer> {
    let mut found = Vec::new();
    for above in line.saturating_sub(REACH)..line {
        let text = editor.document.line_head(above, 1024);
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.first().is_some_and(|w| w.eq_ignore_ascii_case("from"))
            && let Some(at) = words.iter().position(|w| w.eq_ignore_ascii_case("as"))
            && let Some(name) = words.get(at + 1)
        {
            found.push(offer(name, "stage", Role::Type));
        }
    }
    found
}

/// Images of this machine and of the course, and then those that people begin with.
fn images(editor: &Editor) -> impl Iterator<Item = Offer> + '_ {
    let known = &editor.words.images;
    let usual = USUAL_IMAGES.iter().filter(|(name, _)| !known.iter().any(|image| image == name));
    let known = known.iter().map(|image| offer(image, "here already", Role::Type));
    known.chain(usual.map(|(name, detail)| offer(name, detail, Role::Type)))
}

fn words(editor: &Editor, line: usize, text: &str) -> Option<(usize, Vec<Offer>)> {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or("");
    let mut before: Vec<&str> = text[..text.len() - word.len()].split_whitespace().collect();
    while before.first().is_some_and(|w| w.eq_ignore_ascii_case("onbuild")) {
        before.remove(0);
    }
    let Some(keyword) = before.first().map(|w| w.to_ascii_uppercase()) else {
        let all = INSTRUCTIONS.iter().map(|name| with_blank(name, about(name), Role::Keyword));
        return Some((word.len(), all.collect()));
    };
    let arguments = before.get(1..).unwrap_or(&[]);
    let positional = arguments.iter().filter(|w| !w.starts_with("--")).count();
    if positional == 0 && word.starts_with('-') {
        let Some((flag, value)) = word.split_once('=') else {
            let known = flags(&keyword).iter();
            let offers = known.map(|(flag, detail)| match flag.ends_with('=') {
                true => offer(flag, detail, Role::Flag),
                false => with_blank(flag, detail, Role::Flag),
            });
            return Some((word.len(), offers.collect()));
        };
        return values(editor, line, flag, value);
    }
    let plain = |list: &[(&str, &'static str)]| -> Vec<Offer> {
        list.iter().map(|(label, detail)| offer(label, detail, Role::Keyword)).collect()
    };
    let offers = match (keyword.as_str(), positional) {
        ("FROM", 0) => {
            let scratch = offer("scratch", "nothing at all", Role::Type);
            stages(editor, line).into_iter().chain(images(editor)).chain([scratch]).collect()
        }
        ("FROM", 1) => vec![with_blank("AS", "name the stage", Role::Keyword)],
        ("COPY" | "ADD", _) if !arguments.iter().any(|w| w.starts_with("--from")) => {
            editor.words.paths.iter().map(|path| offer(path, "file", Role::String)).collect()
        }
        ("HEALTHCHECK", 0) => vec![
            with_blank("CMD", "the command that tells", Role::Keyword),
            offer("NONE", "none, even if the base has one", Role::Keyword),
        ],
        ("STOPSIGNAL", 0) => {
            plain(&[("SIGTERM", "the default"), ("SIGINT", "as Ctrl-C"), ("SIGQUIT", "nginx")])
        }
        ("SHELL", 0) => vec![
            offer("[\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]", "fail with the pipe", Role::String),
            offer("[\"/bin/sh\", \"-c\"]", "the default", Role::String),
        ],
        _ => return None,
    };
    Some((word.len(), offers))
}

/// Values of `--flag=value`.
fn values(editor: &Editor, line: usize, flag: &str, value: &str) -> Option<(usize, Vec<Offer>)> {
    let list = |names: &[(&str, &'static str)]| {
        names.iter().map(|(name, detail)| offer(name, detail, Role::String)).collect::<Vec<_>>()
    };
    let offers = match flag {
        "--from" => stages(editor, line).into_iter().chain(images(editor)).collect(),
        "--platform" => list(&[
            ("$BUILDPLATFORM", "where the build runs"),
            ("$TARGETPLATFORM", "what it is for"),
            ("linux/amd64", ""),
            ("linux/arm64", ""),
        ]),
        "--network" => list(&[("default", ""), ("none", "no network"), ("host", "the host's")]),
        "--security" => list(&[("sandbox", "the default"), ("insecure", "privileged")]),
        "--mount" => return Some(mount(editor, line, value)),
        _ => return None,
    };
    Some((value.len(), offers))
}

/// `type=cache,target=…`: the last part of it.
fn mount(editor: &Editor, line: usize, value: &str) -> (usize, Vec<Offer>) {
    let part = value.rsplit(',').next().unwrap_or(value);
    let list = |names: &[(&str, &'static str)]| {
        names.iter().map(|(name, detail)| offer(name, detail, Role::Flag)).collect::<Vec<_>>()
    };
    match part.split_once('=') {
        None => {
            let keys = list(&[
                ("type=", "cache, secret, bind, tmpfs, ssh"),
                ("target=", "where it is mounted"),
                ("source=", "what is mounted"),
                ("from=", "a stage or an image"),
                ("id=", "its name"),
                ("sharing=", "shared, private, locked"),
                ("required=", "fail without it"),
                ("env=", "as a variable"),
                ("readonly", "cannot be written"),
            ]);
            (part.len(), keys)
        }
        Some(("type", value)) => {
            let types = list(&[
                ("cache", "kept between builds"),
                ("secret", "never in a layer"),
                ("bind", "files without copying"),
                ("tmpfs", "in memory"),
                ("ssh", "the agent's keys"),
            ]);
            (value.len(), types)
        }
        Some(("from", value)) => {
            (value.len(), stages(editor, line).into_iter().chain(images(editor)).collect())
        }
        Some(("sharing", value)) => (value.len(), list(&[("shared", ""), ("private", ""), ("locked", "")])),
        Some((_, value)) => (value.len(), Vec::new()),
    }
}
