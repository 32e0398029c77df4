//! What the next build will do, as far as that can be known while somebody types. Pure.

use crate::dockerfile::{self, Dockerfile};
use crate::engine::BuildRequest;
use crate::engine::record::Survey;
use crate::image::dockerignore::Ignore;
use crate::image::plan::{FileKind, Given, Ledger, Plan, Recipe, Tree};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What was worked out for the last question and may serve for the next.
#[derive(Debug, Default)]
pub struct Memory {
    /// The files of a survey under an ignore file's text.
    kept: Option<(Arc<Survey>, String, Arc<Ignore>, Tree)>,
}

/// What is asked about.
#[derive(Debug, Clone)]
pub struct Question {
    /// What was built before.
    pub ledger: Arc<Ledger>,
    /// The files on disk and the images in the engine.
    pub survey: Arc<Survey>,
    /// How it will be built.
    pub request: BuildRequest,
}

/// What the next build will do.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The steps.
    pub recipe: Recipe,
    /// What becomes of them.
    pub plan: Plan,
    question: Question,
    file: Arc<Dockerfile>,
    tree: Tree,
}

impl Outlook {
    /// The outlook for the Dockerfile `file` and the other `texts`, by path, which count more than what
    /// is on disk.
    pub fn new(
        question: &Question,
        file: &Arc<Dockerfile>,
        texts: &BTreeMap<String, String>,
        memory: &mut Memory,
    ) -> Self {
        let tree = tree(question, texts, memory);
        let (recipe, plan) = plan(question, file, &tree);
        Self { recipe, plan, question: question.clone(), file: file.clone(), tree }
    }

    /// The same outlook, had the file at `path` another content.
    pub fn with_changed(&self, path: &str) -> (Recipe, Plan) {
        plan(&self.question, &self.file, &self.tree.with_another(path))
    }

    /// Paths of the files that reach the builder.
    pub fn files(&self) -> Vec<String> {
        let entries = self.tree.entries().into_iter();
        entries.filter(|entry| entry.kind == FileKind::File).map(|entry| entry.path).collect()
    }

    /// The Dockerfile it is about.
    pub fn file(&self) -> &Dockerfile {
        &self.file
    }

    /// What was built before.
    pub fn ledger(&self) -> &Ledger {
        &self.question.ledger
    }

    /// The steps of an instruction, as indices.
    pub fn steps_of(&self, instruction: usize) -> Range<usize> {
        // Steps stand in the order of the file.
        let from = self.recipe.steps.partition_point(|step| step.instruction < instruction);
        let to = self.recipe.steps.partition_point(|step| step.instruction <= instruction);
        from..to
    }

    /// The instruction that `byte` stands in.
    pub fn instruction_at(&self, byte: usize) -> Option<usize> {
        let inside = |i: &dockerfile::Instruction| i.span.start <= byte && byte <= i.span.end;
        self.file.instructions.iter().position(inside)
    }
}

fn plan(question: &Question, file: &Dockerfile, tree: &Tree) -> (Recipe, Plan) {
    let Question { ledger, survey, request } = question;
    // What the engine was not asked about, or has no more, is believed to be what it was.
    let mut bases = ledger.bases().clone();
    bases.extend(survey.bases.iter().map(|(name, base)| (name.clone(), base.clone())));
    let last = ledger.last();
    let known = !survey.engine.is_empty();
    let given = Given {
        tree,
        platform: if known { &survey.platform } else { ledger.platform() },
        bases: &bases,
        builder: if known { survey.builder } else { last.map_or(survey.builder, |last| last.builder) },
        ..survey.given(request)
    };
    let recipe = Recipe::new(file, &given);
    let nothing = Ledger::default();
    let plan = Plan::new(if ledger.is_of(&survey.engine) { ledger } else { &nothing }, &recipe);
    (recipe, plan)
}

/// The files as they are on disk, with what is in the editors over them.
fn tree(question: &Question, texts: &BTreeMap<String, String>, memory: &mut Memory) -> Tree {
    let survey = &question.survey;
    let name = survey.ignore.as_ref().map_or(".dockerignore", |(name, _)| name);
    let on_disk = survey.ignore.as_ref().map_or("", |(_, text)| text);
    let text = texts.get(name).map_or(on_disk, String::as_str);
    let same =
        |(then, ignored, ..): &&(Arc<Survey>, String, _, _)| Arc::ptr_eq(then, survey) && ignored == text;
    let (ignore, kept) = match memory.kept.as_ref().filter(same) {
        Some((_, _, ignore, kept)) => (Arc::clone(ignore), kept.clone()),
        None => {
            let ignore = Arc::new(Ignore::parse(text));
            let kept = survey.tree.kept(&ignore);
            memory.kept = Some((Arc::clone(survey), text.to_owned(), Arc::clone(&ignore), kept.clone()));
            (ignore, kept)
        }
    };
    let overlaid = texts.iter().filter(|(path, _)| !ignore.excludes(path));
    overlaid.fold(kept, |tree, (path, text)| tree.with_text(path, text))
}
