//! A failed build, explained with the files it was made of: which line, why, what to try.

use super::{Explanation, command, instruction_of, named, refusal, said};
use crate::dockerfile::{self, Dockerfile, KEYWORDS, Kind, nearest};
use crate::engine::context::ContextError;
use crate::engine::{BuildError, BuildRequest};
use crate::image::dockerignore::Ignore;
use crate::text::LineIndex;
use std::io::Read;
use std::path::{Component, Path};

/// Bytes of a Dockerfile or an ignore file that are looked at.
const LARGEST: u64 = 1024 * 1024;
/// Names of a folder that are looked at for one that is near.
const NAMES: usize = 2_000;

/// Why there is no image. Texts of the builder and of commands are in it: untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnosis {
    /// What happened, in a sentence.
    pub message: String,
    /// Why, where that is known.
    pub explanation: Option<Explanation>,
    /// What to try, most useful first.
    pub tries: Vec<String>,
    /// The line of the instruction in the Dockerfile, from 1.
    pub line: Option<usize>,
    /// What the command ended with, when it was one.
    pub exit_code: Option<i64>,
    /// The last lines of its output.
    pub output: Vec<String>,
}

impl Diagnosis {
    /// Explains `error` with the files `request` was about; reads a few of them.
    pub fn of(error: &BuildError, request: &BuildRequest) -> Self {
        let name = if request.dockerfile.is_empty() { "Dockerfile" } else { &request.dockerfile };
        let source = read(&request.context.join(name)).unwrap_or_default();
        let (tree, _) = dockerfile::parse(&source);
        let files = Files { folder: &request.context, dockerfile: name, target: &request.target };
        let explanation = files.explain(error, &tree).or_else(|| error.explanation());
        let (exit_code, output) = match error {
            BuildError::StepFailed { exit_code, log, .. } => (Some(*exit_code), log.clone()),
            _ => (None, Vec::new()),
        };
        Self {
            message: error.to_string(),
            tries: explanation.as_ref().map_or_else(|| error.hints(), |known| known.tries.clone()),
            explanation,
            line: line_of(error, &tree),
            exit_code,
            output,
        }
    }
}

fn read(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The line an error is about.
fn line_of(error: &BuildError, tree: &Dockerfile) -> Option<usize> {
    let line = |at: usize| {
        let instruction = tree.instructions.get(at)?;
        Some(LineIndex::new(&tree.source).line(instruction.span.start))
    };
    match error {
        BuildError::Syntax { line: Some(line), .. } => Some(*line),
        BuildError::Syntax { line: None, message } => {
            // The builder does not say where: the image it names, else what our own parse stumbles over,
            // else the beginning, where a FROM is missing.
            let names = |kind: &Kind| {
                matches!(kind, Kind::From(from)
                    if !from.image.word.value().is_empty() && message.contains(from.image.word.value()))
            };
            let image = tree.instructions.iter().position(|i| names(&i.kind));
            let index = LineIndex::new(&tree.source);
            let ours = || tree.errors.first().map(|error| index.line(error.span.start));
            let begins = || message.contains("no build stage").then(|| line(0)).flatten();
            image.and_then(line).or_else(begins).or_else(ours)
        }
        BuildError::StepFailed { instruction, stage, index, .. } => {
            instruction_of(tree, stage, *index, instruction).and_then(line)
        }
        BuildError::ContextMissing { instruction, path } => instruction_of(tree, "", 0, instruction)
            .or_else(|| tree.instructions.iter().position(|i| copies(&i.kind, path)))
            .and_then(line),
        BuildError::Refused { instruction, .. } => instruction_of(tree, "", 0, instruction).and_then(line),
        BuildError::BaseImageMissing { image, .. } => tree
            .instructions
            .iter()
            .position(|i| takes(&i.kind, image) || takes_by_flag(i, image))
            .and_then(line),
        _ => None,
    }
}

fn copies(kind: &Kind, path: &str) -> bool {
    let (Kind::Copy(transfer) | Kind::Add(transfer)) = kind else { return false };
    transfer.sources.iter().any(|source| plain(source.value()) == plain(path))
}

fn plain(path: &str) -> &str {
    path.trim_start_matches("./").trim_matches('/')
}

/// `docker.io/library/python:3.12` is what people write as `python:3.12`.
fn is_image(written: &str, image: &str) -> bool {
    let short = |name: &str| {
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name).to_owned();
        let name = name.strip_suffix(":latest").map_or(name.clone(), str::to_owned);
        name.to_ascii_lowercase()
    };
    short(written) == short(image)
}

fn takes(kind: &Kind, image: &str) -> bool {
    matches!(kind, Kind::From(from) if is_image(from.image.word.value(), image))
}

/// Whether `COPY --from=` or a mount of RUN names it.
fn takes_by_flag(instruction: &dockerfile::Instruction, image: &str) -> bool {
    let copied = instruction.flag("from").is_some_and(|flag| is_image(flag.value.value(), image));
    copied || instruction.mounts().any(|mount| mount.from.is_some_and(|from| is_image(from, image)))
}

/// What a build was made of.
struct Files<'a> {
    folder: &'a Path,
    dockerfile: &'a str,
    target: &'a str,
}

impl Files<'_> {
    /// What only the files tell.
    fn explain(&self, error: &BuildError, tree: &Dockerfile) -> Option<Explanation> {
        match error {
            BuildError::ContextMissing { path, .. } => self.missing(path),
            BuildError::BaseImageMissing { image, .. } => unknown_stage(tree, image),
            BuildError::Syntax { message, .. } | BuildError::Refused { message, .. } => {
                self.unknown_target(tree, message).or_else(|| unknown_instruction(message))
            }
            BuildError::Context(ContextError::NoDockerfile { dockerfile, .. }) => {
                let near = near_names(self.folder, dockerfile);
                let near =
                    near.iter().find(|name| name.to_lowercase().starts_with("dockerfile")).or(near.first());
                let found = near
                    .map(|name| format!("there is {name}: rename it, or name it with --file"))
                    .into_iter();
                let create = format!("create a file named {dockerfile} (no extension) in that folder");
                Some(Explanation {
                    cause: "no-dockerfile",
                    what: format!("a build begins with a file named {dockerfile}, and it is not there"),
                    tries: found.chain([create]).collect(),
                })
            }
            _ => None,
        }
    }

    /// Why a path is not in the context: it is ignored, it leads out, it is spelt another way.
    fn missing(&self, path: &str) -> Option<Explanation> {
        let path = plain(path);
        if Path::new(path).components().any(|part| matches!(part, Component::ParentDir)) {
            return Some(said(
                "outside-context",
                format!("{} leads out of the build context", named(path)),
                &[
                    "COPY reaches only what is in the folder that is built: move the file in, or build the folder above",
                ],
            ));
        }
        for name in [format!("{}.dockerignore", self.dockerfile), ".dockerignore".to_owned()] {
            let Some(text) = read(&self.folder.join(&name)) else { continue };
            let ignored = Ignore::parse(&text).excludes(path);
            if ignored && let Some((line, pattern)) = ignored_by(&text, path) {
                return Some(Explanation {
                    cause: "ignored-file",
                    what: format!("{} is left out by line {line} of {name}: {}", named(path), named(pattern)),
                    tries: vec![
                        format!("take that line away, or add `!{}` behind it", named(path)),
                        "if the image does not need the file, do not COPY it".into(),
                    ],
                });
            }
            break;
        }
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path);
        let near = near_names(&self.folder.join(folder), name).into_iter().next();
        let found = near.map(|near| format!("did you mean {}?", named(&folder.join(near).to_string_lossy())));
        let rest = [
            format!("check the spelling of {}: paths start at the folder that is built", named(path)),
            "what another stage made is copied with --from=STAGE".to_owned(),
        ];
        Some(Explanation {
            cause: "missing-file",
            what: format!("there is no {} in the folder that is built", named(path)),
            tries: found.into_iter().chain(rest).collect(),
        })
    }

    fn unknown_target(&self, tree: &Dockerfile, message: &str) -> Option<Explanation> {
        let about = ["target stage", "failed to reach build target"];
        if !about.iter().any(|words| message.contains(words)) {
            return None;
        }
        let names = stage_names(tree);
        Some(Explanation {
            cause: "unknown-target",
            what: format!("the Dockerfile has no stage {} to build", named(self.target)),
            tries: of_stages(self.target, &names),
        })
    }
}

/// The last line of an ignore file that matches; when a path is ignored, it decides.
fn ignored_by<'a>(text: &'a str, path: &str) -> Option<(usize, &'a str)> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with(['#', '!']));
    let found = lines.filter(|(_, line)| Ignore::parse(line).excludes(path)).last();
    found.map(|(at, line)| (at + 1, line.trim()))
}

/// Names in a folder that look like `name`: nearest first.
fn near_names(folder: &Path, name: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names: Vec<String> = entries
        .take(NAMES)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|other| other != name)
        .collect();
    let same = names.iter().filter(|other| other.eq_ignore_ascii_case(name));
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let near = nearest(name, &names.iter().map(String::as_str).collect::<Vec<_>>()).map(str::to_owned);
    let same_stem = names.iter().filter(|other| !stem(name).is_empty() && stem(other) == stem(name));
    same.cloned().chain(near).chain(same_stem.cloned()).collect()
}

fn stage_names(tree: &Dockerfile) -> Vec<String> {
    tree.stages().iter().filter_map(|stage| stage.name().map(str::to_owned)).collect()
}

fn of_stages(wanted: &str, names: &[String]) -> Vec<String> {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let near = nearest(&wanted.to_lowercase(), &known).map(|near| format!("did you mean {}?", named(near)));
    let all = if names.is_empty() {
        "no stage has a name: `FROM image AS name` gives it one".to_owned()
    } else {
        format!("stages with a name: {}", named(&names.join(", ")))
    };
    near.into_iter().chain([all]).collect()
}

/// An image that cannot be had, whose name looks like that of a stage and which COPY or FROM takes.
fn unknown_stage(tree: &Dockerfile, image: &str) -> Option<Explanation> {
    let bare = image.strip_prefix("docker.io/").unwrap_or(image);
    let bare = bare.strip_prefix("library/").unwrap_or(bare);
    let bare = bare.strip_suffix(":latest").unwrap_or(bare);
    if bare.contains(['/', ':', '@', '.']) {
        return None;
    }
    let names = stage_names(tree);
    let by_flag = tree.instructions.iter().any(|i| takes_by_flag(i, image));
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let near = nearest(&bare.to_lowercase(), &known).is_some();
    (by_flag || near).then(|| {
        let mut tries = of_stages(bare, &names);
        tries.push(format!(
            "{} was therefore looked for as an image, which cannot be had either",
            named(bare)
        ));
        Explanation {
            cause: "unknown-stage",
            what: format!("no earlier stage is named {}", named(bare)),
            tries,
        }
    })
}

fn unknown_instruction(message: &str) -> Option<Explanation> {
    let word = message.split_once("nknown instruction: ")?.1.split_whitespace().next().unwrap_or_default();
    let word = word.trim_matches('"');
    if word.contains("<<") {
        return None;
    }
    let near = nearest(&word.to_uppercase(), &KEYWORDS).map(|near| format!("did you mean {near}?"));
    let rest = [
        "a command that goes on in the next line needs a \\ at the end of each line but the last".to_owned(),
        "shell commands stand behind RUN".to_owned(),
    ];
    Some(Explanation {
        cause: "unknown-instruction",
        what: format!("{} is no instruction of a Dockerfile", named(word)),
        tries: near.into_iter().chain(rest).collect(),
    })
}

impl BuildError {
    /// Why, as far as the words alone tell.
    pub fn explanation(&self) -> Option<Explanation> {
        match self {
            Self::StepFailed { exit_code, log, .. } => command(*exit_code, log),
            Self::BaseImageMissing { message, image } => refusal(message, image),
            Self::Refused { message, .. } => refusal(message, ""),
            Self::Syntax { message, .. } => unknown_instruction(message).or_else(|| refusal(message, "")),
            Self::Engine(error) => error.explanation(),
            _ => None,
        }
    }
}
