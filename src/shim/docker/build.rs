//! `docker build` without an engine: files that are copied from the context are in the image, with its
//! configuration; what RUN would do is not. The same context gives the same image, always.

use super::super::Inside;
use super::super::registry::Picture;
use crate::dockerfile::{self, CommandLine, Dockerfile, Kind, Pair, Stage, Transfer, expand};
use crate::image::dockerignore::Ignore;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

/// The options of `docker build` that take a value.
pub(super) const VALUED: [&str; 30] = [
    "-t",
    "--tag",
    "-f",
    "--file",
    "--build-arg",
    "--platform",
    "--target",
    "--label",
    "--progress",
    "--cache-from",
    "--cache-to",
    "--iidfile",
    "--metadata-file",
    "--output",
    "-o",
    "--secret",
    "--ssh",
    "--network",
    "--builder",
    "--build-context",
    "--add-host",
    "--attest",
    "--provenance",
    "--sbom",
    "--annotation",
    "--ulimit",
    "--memory",
    "-m",
    "--shm-size",
    "--cpuset-cpus",
];

/// Most bytes of an image that is built here.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What is to be built.
pub(super) struct Wanted<'a> {
    pub(super) context: &'a str,
    pub(super) dockerfile: Option<&'a str>,
    pub(super) target: Option<&'a str>,
    pub(super) arguments: Vec<String>,
    pub(super) labels: Vec<String>,
}

/// A file: whether it may be executed, and its content.
type File = (bool, Vec<u8>);
/// Files by path, without a leading `/`.
type Files = BTreeMap<String, File>;

/// Builds the image.
pub(super) fn build(wanted: &Wanted<'_>, inside: &mut dyn Inside) -> Result<Picture, String> {
    let context = match wanted.context {
        "-" => Files::new(),
        folder if folder.contains("://") => {
            return Err(format!("unable to prepare context: {folder}: no network here"));
        }
        folder => {
            let packed = inside.pack(folder);
            let packed =
                packed.map_err(|_| format!("unable to prepare context: path \"{folder}\" not found"))?;
            unpack(&packed).map_err(|error| format!("unable to prepare context: {error}"))?
        }
    };
    let text = dockerfile_text(wanted, inside)?;
    let (tree, errors) = dockerfile::parse(&text);
    if let Some(error) = errors.first() {
        return Err(format!("failed to solve: dockerfile parse error: {}", error.message));
    }
    let ignore = context.get(".dockerignore").map(|(_, text)| Ignore::parse(&String::from_utf8_lossy(text)));
    let mut context = context;
    if let Some(ignore) = ignore {
        context.retain(|path, _| !ignore.excludes(path));
    }
    let stages = tree.stages();
    let last = match wanted.target {
        None => stages.last(),
        Some(name) => stages.iter().find(|stage| stage.display_name() == name || stage.name() == Some(name)),
    };
    let last = match (last, wanted.target) {
        (Some(last), _) => last.index,
        (None, Some(name)) => {
            return Err(format!("failed to solve: target stage \"{name}\" could not be found"));
        }
        (None, None) => return Err("failed to solve: file with no instructions".into()),
    };
    let given = wanted.arguments.iter().filter_map(|pair| pair.split_once('='));
    let given: BTreeMap<&str, &str> = given.collect();
    let mut built: Vec<Option<Built>> = Vec::new();
    for stage in stages.iter().take(last + 1) {
        let made = stage_of(&tree, stage, &context, &built, &given)?;
        built.push(Some(made));
    }
    let mut made = built.pop().flatten().unwrap_or_default();
    for label in &wanted.labels {
        let (key, value) = label.split_once('=').unwrap_or((label, ""));
        // The tutor's own labels are no part of what the learner builds.
        if !key.starts_with("org.docker-ecr-tutor") {
            made.labels.insert(key.to_owned(), value.into());
        }
    }
    let layer = pack(&made.files).map_err(|error| format!("failed to write the layer: {error}"))?;
    let tars = if made.files.is_empty() { Vec::new() } else { vec![layer] };
    made.config.insert("Labels".into(), Value::Object(made.labels));
    made.config.insert("Env".into(), json!(made.environment));
    made.config.insert("WorkingDir".into(), made.folder.clone().into());
    // What a RUN does hangs on its text and on what stands before it.
    made.config.insert("org.docker-ecr-tutor.steps".into(), json!(made.steps));
    Picture::new(&tars, &Value::Object(made.config))
        .map_err(|error| format!("failed to compress the layer: {error}"))
}

fn dockerfile_text(wanted: &Wanted<'_>, inside: &mut dyn Inside) -> Result<String, String> {
    let read = match (wanted.dockerfile, wanted.context) {
        (Some("-"), _) | (None, "-") => inside.stdin(),
        (Some(path), _) => inside.read(path),
        (None, folder) => inside.read(&format!("{}/Dockerfile", folder.trim_end_matches('/'))),
    };
    let name = wanted.dockerfile.unwrap_or("Dockerfile");
    let read = read.map_err(|_| {
        format!("failed to solve: failed to read dockerfile: open {name}: no such file or directory")
    })?;
    Ok(String::from_utf8_lossy(&read).into_owned())
}

/// What a stage comes to.
#[derive(Debug, Default, Clone)]
struct Built {
    name: String,
    files: Files,
    config: Map<String, Value>,
    labels: Map<String, Value>,
    environment: Vec<String>,
    folder: String,
    steps: Vec<String>,
}

fn stage_of(
    tree: &Dockerfile,
    stage: &Stage<'_>,
    context: &Files,
    before: &[Option<Built>],
    given: &BTreeMap<&str, &str>,
) -> Result<Built, String> {
    let parent = stage.parent.and_then(|parent| before.get(parent)).cloned().flatten();
    let mut made = parent.unwrap_or_else(|| Built {
        steps: vec![format!("FROM {}", stage.from.image.word.value())],
        folder: "/".into(),
        ..Built::default()
    });
    made.name = stage.name().unwrap_or_default().to_lowercase();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for instruction in stage.body {
        let mut expanded = |text: &str| {
            let mut lookup = |name: &str, _| values.get(name).map(|value| Cow::Owned(value.clone()));
            expand::word(text, tree.escape, &mut lookup).unwrap_or_else(|_| text.to_owned())
        };
        let command = |line: &CommandLine| match line {
            CommandLine::Shell(text) => json!(["/bin/sh", "-c", text.as_str()]),
            CommandLine::Exec(words) => json!(words.iter().map(|word| word.value()).collect::<Vec<_>>()),
        };
        let pair = |pair: &Pair, expanded: &mut dyn FnMut(&str) -> String| {
            let value = pair.value.as_ref().map(|word| expanded(word.expandable())).unwrap_or_default();
            (pair.key.value().to_owned(), value)
        };
        match &instruction.kind {
            Kind::Copy(transfer) | Kind::Add(transfer) => {
                let sources: Vec<String> =
                    transfer.sources.iter().map(|word| expanded(word.expandable())).collect();
                let target = expanded(transfer.target.expandable());
                let from = instruction.flag("from").map(|flag| flag.value.value().to_lowercase());
                let source = from.as_ref().map(|from| {
                    let stage = before.iter().flatten().enumerate();
                    let stage = stage.filter(|(at, b)| b.name == *from || at.to_string() == *from);
                    stage.last().map(|(_, built)| &built.files)
                });
                copy(
                    &mut made,
                    transfer,
                    &sources,
                    &target,
                    source.unwrap_or(Some(context)),
                    from.is_some(),
                )?;
            }
            Kind::Env(pairs) => {
                for (key, value) in pairs.iter().map(|p| pair(p, &mut expanded)).collect::<Vec<_>>() {
                    made.environment.retain(|known| !known.starts_with(&format!("{key}=")));
                    made.environment.push(format!("{key}={value}"));
                    values.insert(key, value);
                }
            }
            Kind::Arg(pairs) => {
                for (key, default) in pairs.iter().map(|p| pair(p, &mut expanded)).collect::<Vec<_>>() {
                    let value = given.get(key.as_str()).map_or(default, |value| (*value).to_owned());
                    made.steps.push(format!("ARG {key}={value}"));
                    values.insert(key, value);
                }
            }
            Kind::Label(pairs) => {
                for (key, value) in pairs.iter().map(|p| pair(p, &mut expanded)).collect::<Vec<_>>() {
                    made.labels.insert(key, value.into());
                }
            }
            Kind::Workdir(word) => made.folder = absolute(&made.folder, &expanded(word.expandable())),
            Kind::User(word) => drop(made.config.insert("User".into(), expanded(word.expandable()).into())),
            Kind::Cmd(line) => drop(made.config.insert("Cmd".into(), command(line))),
            Kind::Entrypoint(line) => drop(made.config.insert("Entrypoint".into(), command(line))),
            Kind::Run(_) => made.steps.push(instruction.step_text()),
            _ => {}
        }
    }
    Ok(made)
}

/// Copies what the sources name; `from` is `None` for an image that is not here.
fn copy(
    made: &mut Built,
    transfer: &Transfer,
    sources: &[String],
    target: &str,
    from: Option<&Files>,
    other_stage: bool,
) -> Result<(), String> {
    let Some(from) = from else { return Ok(()) };
    let into = target.ends_with('/') || sources.len() > 1 || target == "." || target == "..";
    let base = absolute(&made.folder, target);
    for (source, _) in sources.iter().zip(&transfer.sources) {
        if source.contains("://") {
            continue;
        }
        let wanted = source.trim_start_matches("./").trim_matches('/');
        let below = |path: &str| match wanted {
            "" | "." => Some(path.to_owned()),
            _ => path.strip_prefix(wanted)?.strip_prefix('/').map(str::to_owned),
        };
        let mut found = false;
        for (path, file) in from {
            let name = path.rsplit('/').next().unwrap_or(path);
            let place = if path == wanted || crate::practice::matches(wanted, path) {
                if into || wanted.contains('*') { format!("{base}/{name}") } else { base.clone() }
            } else if let Some(rest) = below(path) {
                format!("{base}/{rest}")
            } else {
                continue;
            };
            found = true;
            made.files.insert(absolute("/", &place).trim_start_matches('/').to_owned(), file.clone());
        }
        // Of a stage, what RUN makes is not here.
        if !found && !other_stage && !matches!(wanted, "" | ".") {
            return Err(format!(
                "failed to solve: failed to compute cache key: failed to calculate checksum of ref: \"/{wanted}\": not found"
            ));
        }
    }
    Ok(())
}

/// `path` from `folder`, without `.` and `..`.
fn absolute(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn unpack(packed: &[u8]) -> std::io::Result<Files> {
    let mut files = Files::new();
    let mut left = MOST_BYTES;
    for entry in tar::Archive::new(packed).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path()?.to_string_lossy().into_owned();
        let executable = entry.header().mode()? & 0o100 != 0;
        let mut content = Vec::new();
        (&mut entry).take(left).read_to_end(&mut content)?;
        left -= content.len() as u64;
        files.insert(path, (executable, content));
    }
    Ok(files)
}

fn pack(files: &Files) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, (executable, content)) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(if *executable { 0o755 } else { 0o644 });
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, path, content.as_slice())?;
    }
    tar.into_inner()
}
