//! Why a build failed, told apart from the builders' words, and what to do about it.

use super::ContextError;
use super::steps::{Step, Steps};
use crate::engine::EngineError;
use crate::engine::explain::refusal;
use std::time::Duration;

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The folder cannot be sent.
    #[error(transparent)]
    Context(#[from] ContextError),
    /// The builder does not understand the Dockerfile.
    #[error("{}{message}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
    Syntax {
        /// Line, from 1, when the builder says it.
        line: Option<usize>,
        /// The builder's words.
        message: String,
    },
    /// A command failed.
    #[error("`{instruction}` ended with exit code {exit_code}")]
    StepFailed {
        /// The instruction in the builder's words: `RUN pip install …`.
        instruction: String,
        /// Stage name or index as the builder gave it, empty for a single stage.
        stage: String,
        /// Number within the stage, as in `StepSummary`.
        index: u32,
        /// What the command ended with.
        exit_code: i64,
        /// Last lines of its output: untrusted.
        log: Vec<String>,
    },
    /// An image a stage starts from, or copies from, cannot be had.
    #[error("the image {image} cannot be had: {message}")]
    BaseImageMissing {
        /// Its name.
        image: String,
        /// The engine's words.
        message: String,
    },
    /// A file that COPY or ADD names is not in the context.
    #[error("{path} is not in the build context (`{instruction}`)")]
    ContextMissing {
        /// The path as the builder sees it.
        path: String,
        /// The instruction.
        instruction: String,
    },
    /// The builder refused for another reason.
    #[error("the builder refused: {message}")]
    Refused {
        /// The instruction it was at, empty when unknown.
        instruction: String,
        /// Its words.
        message: String,
    },
    /// The engine was lost, or is full.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// It took too long and was ended.
    #[error("not built within {} s, ended{}", .limit.as_secs(), at(.step))]
    Timeout {
        /// The limit.
        limit: Duration,
        /// The step that ran.
        step: String,
    },
    /// It was cancelled, here and in the engine.
    #[error("cancelled")]
    Cancelled,
}

fn at(step: &str) -> String {
    if step.is_empty() { String::new() } else { format!(" at {step}") }
}

impl BuildError {
    /// Whether the machine is at fault, not the Dockerfile: then nothing has been proved about it.
    pub fn is_environment(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_environment(),
            Self::BaseImageMissing { message, .. } => is_network(message),
            Self::StepFailed { log, .. } => {
                log.iter().any(|line| line.to_ascii_lowercase().contains("no space left on device"))
            }
            _ => false,
        }
    }

    /// Whether an engine that stops would say the same.
    pub(super) fn may_be_the_engines(&self) -> bool {
        match self {
            Self::StepFailed { exit_code, .. } => *exit_code > 128,
            Self::Refused { .. } | Self::Syntax { .. } | Self::BaseImageMissing { .. } => true,
            _ => false,
        }
    }

    /// What to do next, most useful first. [`Diagnosis::of`](crate::engine::Diagnosis::of) says more: it
    /// looks at the files as well.
    pub fn hints(&self) -> Vec<String> {
        if let Some(known) = self.explanation() {
            return known.tries;
        }
        match self {
            Self::Context(ContextError::NoDockerfile { .. }) => {
                vec!["create a file named Dockerfile (no extension) in that folder".into()]
            }
            Self::Context(ContextError::Unreadable { .. }) => {
                vec!["make it readable, or name it in .dockerignore if the image does not need it".into()]
            }
            Self::Syntax { .. } => vec!["the problems list shows the place; F8 jumps to it".into()],
            Self::BaseImageMissing { image, .. } => vec![format!("check the name and the tag of {image}")],
            Self::ContextMissing { path, .. } => vec![
                format!("check the spelling of {path}: paths are relative to the build context"),
                "a line of .dockerignore may exclude it".into(),
                "COPY cannot reach outside the context: no ../ and no absolute host paths".into(),
            ],
            Self::Engine(error) => error.hints(),
            Self::Timeout { .. } => vec![
                "something in that step waits for ever: a prompt, a server in the foreground, a slow network"
                    .into(),
                "commands in RUN must end by themselves; what serves belongs into CMD".into(),
            ],
            Self::StepFailed { .. } => vec!["read the last lines of its output, from the end".into()],
            Self::Context(_) | Self::Refused { .. } | Self::Cancelled => Vec::new(),
        }
    }
}

fn is_network(message: &str) -> bool {
    refusal(message, "").is_some_and(|known| matches!(known.cause, "no-network" | "rate-limit"))
}

/// What the builder's words mean.
pub(super) fn classify(error: EngineError, steps: &Steps) -> BuildError {
    let message = match error {
        EngineError::Refused { message, .. } | EngineError::NotFound(message) => message,
        error => return BuildError::Engine(error),
    };
    let failed = steps.failed();
    let instruction = failed.map(|step| step.instruction.clone()).unwrap_or_default();
    let message = without_wrapping(&message);
    let message = without_step(&message, &instruction);
    if let (Some(exit_code), Some(step)) = (exit_code(&message), failed) {
        return BuildError::StepFailed {
            instruction,
            stage: step.stage.clone(),
            index: step.index,
            exit_code,
            log: step.last_lines(),
        };
    }
    if let Some(image) = image_of(failed, &message) {
        return BuildError::BaseImageMissing { image, message };
    }
    if let Some(path) = missing_path(&message) {
        return BuildError::ContextMissing { path, instruction };
    }
    let syntax = [
        "dockerfile parse error",
        "Dockerfile parse error",
        "cannot be empty",
        "failed to create LLB",
        "Unknown instruction: ",
        "no contents in ",
    ];
    if syntax.iter().any(|words| message.contains(words)) || failed.is_none() {
        return BuildError::Syntax { line: line(&message), message: after_line(&message) };
    }
    BuildError::Refused { instruction, message }
}

/// Without the layers that say only who passed the message on.
fn without_wrapping(message: &str) -> String {
    let mut rest = message.trim();
    for wrapping in [
        "failed to solve with frontend dockerfile.v0: ",
        "failed to solve: ",
        "rpc error: code = Unknown desc = ",
        "failed to create LLB definition: ",
        "failed to build LLB: ",
    ] {
        rest = rest.strip_prefix(wrapping).unwrap_or(rest);
    }
    rest.to_string()
}

/// Podman says first at which step it was.
fn without_step(message: &str, instruction: &str) -> String {
    let at = format!("building at STEP \"{instruction}\": ");
    let rest = message.strip_prefix(&at).unwrap_or(message);
    // And ends with what it has of the step in memory.
    rest.split(" &imagebuilder.Step{").next().unwrap_or(rest).to_owned()
}

fn exit_code(message: &str) -> Option<i64> {
    let after = ["exit code: ", "non-zero code: ", "while running runtime: exit status "]
        .iter()
        .find_map(|words| message.split_once(words))?
        .1;
    let digits: String = after.chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
    digits.parse().ok()
}

fn line(message: &str) -> Option<usize> {
    let after = message.split_once("line ")?.1;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// `dockerfile parse error line 2: unknown instruction: FOO` without what stands before the colon.
fn after_line(message: &str) -> String {
    match message.split_once(": ") {
        Some((before, after)) if before.to_ascii_lowercase().contains("parse error") => after.into(),
        _ => message.into(),
    }
}

/// The image a failed step wanted, when it is about one.
fn image_of(failed: Option<&Step>, message: &str) -> Option<String> {
    let step = failed?;
    let name = step.name.strip_prefix("[internal] load metadata for ");
    let from = |text: &str| {
        let rest = text.strip_prefix("FROM ")?;
        rest.split_whitespace().find(|word| !word.starts_with("--")).map(str::to_string)
    };
    let copied = || {
        let about = ["invalid from flag value ", "pull access denied for "];
        let rest = about.iter().find_map(|words| message.split_once(words))?.1;
        rest.split([':', ',', ' ']).next().map(str::to_string)
    };
    name.map(str::to_string).or_else(|| from(&step.instruction)).or_else(|| from(&step.name)).or_else(copied)
}

/// The path a COPY or ADD did not find.
fn missing_path(message: &str) -> Option<String> {
    // Newer builders have a colon behind the path.
    for words in ["\" not found", "\": not found"] {
        if let Some((before, _)) = message.split_once(words) {
            return before.rsplit_once('"').map(|(_, path)| path.trim_start_matches('/').to_string());
        }
    }
    if let Some((_, rest)) = message.split_once("copier: stat: \"") {
        return rest.split('"').next().map(|path| path.trim_start_matches('/').to_string());
    }
    let about =
        ["excluded by .dockerignore: stat ", "lstat ", "stat ", "forbidden path outside the build context: "];
    if let Some(rest) = about.iter().find_map(|words| message.split_once(words)).map(|(_, rest)| rest) {
        return rest.split(": ").next().map(|path| path.trim_end_matches(" ()").to_string());
    }
    message.contains("no source files were specified").then(|| "what the pattern names".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn steps(name: &str, instruction: &str, error: &str) -> Steps {
        let mut steps = Steps::new(Arc::new(|_| {}), true);
        steps.add(Step {
            name: name.into(),
            instruction: instruction.into(),
            error: error.into(),
            ..Step::default()
        });
        steps
    }

    fn refused(message: &str) -> EngineError {
        EngineError::from_words(0, message.into())
    }

    #[test]
    fn a_failing_command_is_told_with_its_code_and_last_lines() {
        let mut steps =
            steps("[2/2] RUN x", "RUN x", "executor failed running [/bin/sh -c x]: exit code: 127");
        steps.log(0, b"/bin/sh: x: not found\n");
        let error = classify(refused("executor failed running [/bin/sh -c x]: exit code: 127"), &steps);
        let BuildError::StepFailed { instruction, exit_code, log, .. } = &error else { panic!("{error:?}") };
        assert_eq!((instruction.as_str(), *exit_code), ("RUN x", 127));
        assert_eq!(log, &["/bin/sh: x: not found"]);
        assert!(error.explanation().is_some_and(|known| known.cause == "command-not-found"));
        assert!(!error.is_environment());
    }

    #[test]
    fn podmans_words_are_told_from_its_wrapping() {
        let at = |instruction: &str, words: &str| {
            let mut steps = Steps::new(Arc::new(|_| {}), false);
            steps.add(Step { instruction: instruction.into(), ..Step::default() });
            classify(refused(&format!("building at STEP \"{instruction}\": {words}\n")), &steps)
        };
        let error = at("RUN echo \": x", "while running runtime: exit status 3");
        assert_eq!(error.to_string(), "`RUN echo \": x` ended with exit code 3");
        let error = at(
            "COPY nothere /x",
            "checking on sources under \"/var/tmp/libpod_builder1/build\": copier: stat: \"/nothere\": no such file \
             or directory",
        );
        assert_eq!(error.to_string(), "nothere is not in the build context (`COPY nothere /x`)");
        let error =
            at("FOO ", "Build error: Unknown instruction: \"FOO\" &imagebuilder.Step{Env:[]string{}}");
        assert!(matches!(error, BuildError::Syntax { line: None, .. }), "{error:?}");
        assert!(error.to_string().ends_with("Unknown instruction: \"FOO\""), "{error}");
        let error =
            at("FROM 127.0.0.1:9/x:9", "creating build container: dial tcp 127.0.0.1:9: connection refused");
        assert!(matches!(&error, BuildError::BaseImageMissing { image, .. } if image == "127.0.0.1:9/x:9"));
    }

    #[test]
    fn syntax_errors_carry_their_line() {
        let none = Steps::new(Arc::new(|_| {}), true);
        let words = "failed to solve with frontend dockerfile.v0: failed to create LLB definition: \
                     dockerfile parse error line 2: unknown instruction: FOO";
        let error = classify(refused(words), &none);
        assert_eq!(error.to_string(), "line 2: unknown instruction: FOO");
        let error = classify(refused("dockerfile parse error on line 7: unknown flag: bad"), &none);
        assert_eq!(error.to_string(), "line 7: unknown flag: bad");
    }

    #[test]
    fn a_missing_file_is_named() {
        let steps = steps("[2/2] COPY a /x", "COPY a /x", "\"/a\" not found: not found");
        let error = classify(refused("failed to compute cache key: \"/a\" not found: not found"), &steps);
        assert_eq!(error.to_string(), "a is not in the build context (`COPY a /x`)");
    }

    #[test]
    fn a_missing_base_image_is_told_from_a_missing_network() {
        let at = "[internal] load metadata for docker.io/library/nosuch:9";
        let offline =
            "failed to do request: Head \"https://registry-1.docker.io/v2/\": dial tcp: lookup: no such host";
        let error = classify(refused(offline), &steps(at, "", offline));
        assert!(matches!(&error, BuildError::BaseImageMissing { image, .. } if image.ends_with("nosuch:9")));
        assert!(error.is_environment());
        let unknown = "docker.io/library/nosuch:9: not found";
        let error = classify(refused(unknown), &steps(at, "", unknown));
        assert!(!error.is_environment());
        assert!(error.hints()[0].contains("check the spelling"));
    }

    #[test]
    fn a_full_disk_and_a_lost_engine_are_the_machines_fault() {
        let none = Steps::new(Arc::new(|_| {}), true);
        assert!(classify(refused("write /x: no space left on device"), &none).is_environment());
        assert!(classify(EngineError::Lost("gone".into()), &none).is_environment());
    }
}
