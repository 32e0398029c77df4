//! Where a layer came from: the instruction that made it, and the line of the Dockerfile where that stands.

use crate::dockerfile::{Dockerfile, Instruction, Kind};
use crate::image::manifest::Config;
use crate::text::LineIndex;

/// Where a layer came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// Digest of the unpacked layer.
    pub diff_id: String,
    /// `RUN make`, or empty when the image does not tell. Untrusted; secrets are hidden.
    pub instruction: String,
    /// Line of the Dockerfile, from 1: of the instruction, or of FROM for what the base image brought.
    pub line: Option<usize>,
    /// Whether the base image brought it.
    pub base: bool,
}

/// What a Dockerfile says the image is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recipe {
    /// Line of the FROM that names the base image, from 1; `None` for `scratch`.
    base: Option<usize>,
    /// Text in one line, and line, of the instructions that make layers: RUN, COPY, ADD and WORKDIR of the
    /// final stage and of those it stands on, in order.
    made: Vec<(String, usize)>,
}

impl Recipe {
    /// Of the last stage of a Dockerfile.
    pub fn of(file: &Dockerfile) -> Self {
        let index = LineIndex::new(&file.source);
        let line = |instruction: &Instruction| index.line(instruction.span.start);
        let stages = file.stages();
        let mut recipe = Self::default();
        let mut at = stages.len().checked_sub(1);
        while let Some(stage) = at.and_then(|at| stages.get(at)) {
            let made = stage.body.iter().filter(|instruction| {
                matches!(instruction.kind, Kind::Run(_) | Kind::Copy(_) | Kind::Add(_) | Kind::Workdir(_))
            });
            let made = made.map(|instruction| {
                let text = instruction.span.of(&file.source).replace("\\\n", " ");
                (text.split_whitespace().collect::<Vec<_>>().join(" "), line(instruction))
            });
            recipe.made.splice(0..0, made);
            let scratch = stage.from.image.word.value() == "scratch";
            recipe.base = (!scratch).then(|| line(stage.instruction));
            // A stage stands on earlier ones only.
            at = stage.parent.filter(|parent| *parent < stage.index);
        }
        recipe
    }
}

/// The origins of an image's layers, base first. With the Dockerfile it was built from, lines are told.
pub fn origins(config: &Config, recipe: Option<&Recipe>) -> Vec<Origin> {
    let instructions = config.instructions();
    let lines = recipe.map(|recipe| lines(&instructions, recipe)).unwrap_or_default();
    let base = recipe.and_then(|recipe| recipe.base);
    let mut lines = lines.into_iter();
    let layers = config.diff_ids.iter().zip(instructions);
    layers
        .map(|(diff_id, instruction)| {
            let line = lines.next().flatten();
            Origin { diff_id: diff_id.clone(), instruction, line, base: line.is_some() && line == base }
        })
        .collect()
}

/// The line of each layer. Both are walked from the last to the first for as long as they tell the same
/// story; only where all instructions found their layers, what is left is the base image's.
fn lines(layers: &[String], recipe: &Recipe) -> Vec<Option<usize>> {
    let mut lines = vec![None; layers.len()];
    let mut rest = layers.len();
    for (text, line) in recipe.made.iter().rev() {
        let Some(at) = rest.checked_sub(1) else { return lines };
        if !alike(&layers[at], text) {
            return lines;
        }
        lines[at] = Some(*line);
        rest = at;
    }
    lines[..rest].fill(recipe.base);
    lines
}

/// Whether a layer's instruction is the one of the Dockerfile: verb and first word are the same, flags
/// left out, variables not looked at. What follows may have been expanded.
fn alike(layer: &str, made: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split_whitespace().filter(|word| !word.starts_with("--"));
        words.take(2).map(str::to_owned).collect()
    };
    let (layer, made) = (words(layer), words(made));
    let verb = |words: &[String]| words.first().map(|verb| verb.to_ascii_uppercase()).unwrap_or_default();
    if verb(&layer) != verb(&made) {
        return false;
    }
    let (Some(layer), Some(made)) = (layer.get(1), made.get(1)) else { return true };
    // The classic builder records what it copied by a checksum; a heredoc's name is not in the history.
    let untold =
        layer.contains(':') && ["file:", "dir:", "multi:"].iter().any(|kind| layer.starts_with(kind));
    untold
        || made.contains('$')
        || made.starts_with("<<")
        || layer.starts_with("<<")
        || layer == made
        || made.trim_matches(['"', '[', ',', '\'']) == layer.trim_matches(['"', '[', ',', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(layers: &[&str], dockerfile: &str) -> Vec<Option<usize>> {
        let recipe = Recipe::of(&crate::dockerfile::parse(dockerfile).0);
        lines(&layers.iter().map(ToString::to_string).collect::<Vec<_>>(), &recipe)
    }

    #[test]
    fn layers_are_laid_against_the_dockerfile_from_the_end() {
        let file = "FROM debian:12\nWORKDIR $HOME\nCOPY --chown=1 a.txt ./\nENV A=1\n\
                    RUN --mount=type=cache,target=/x pip \\\n  install x\nUSER 1\n";
        let layers =
            ["ADD rootfs.tar /", "", "WORKDIR /home", "COPY --chown=1 a.txt ./", "RUN pip install x"];
        assert_eq!(of(&layers, file), [Some(1), Some(1), Some(2), Some(3), Some(5)]);
        let classic = ["base", "WORKDIR /home", "COPY file:0123 in /home/", "RUN pip install x"];
        assert_eq!(of(&classic, file), [Some(1), Some(2), Some(3), Some(5)]);
    }

    #[test]
    fn stages_that_the_last_stands_on_count_and_others_do_not() {
        let file = "FROM golang AS build\nRUN go build\nFROM debian AS base\nRUN apt-get update\n\
                    FROM base\nCOPY --from=build /x /x\n";
        assert_eq!(of(&["base", "RUN apt-get update", "COPY /x /x"], file), [Some(3), Some(4), Some(6)]);
        assert_eq!(of(&["COPY /x /x"], "FROM scratch\nCOPY --from=a /x /x\n"), [Some(2)]);
    }

    #[test]
    fn another_dockerfile_gets_no_lines_that_are_wrong() {
        let file = "FROM x\nCOPY a /\nRUN make\n";
        assert_eq!(of(&["base", "COPY a /", "RUN cmake"], file), [None, None, None]);
        assert_eq!(of(&["base", "RUN pip", "RUN make"], file), [None, None, Some(3)]);
        assert_eq!(of(&["RUN make"], file), [Some(3)]);
        assert_eq!(of(&[], file), []);
    }
}
