//! What is known about one version of the files without building it: findings of the linter, static
//! checks, the difference, what instructions cost. Pure; the runtime calls it on a thread of its
//! own, so that no key waits for it.

use super::cost;
use super::diff::{self, DiffLine};
use super::outlook::{Memory, Outlook, Question};
use crate::course::model::Exercise;
use crate::dockerfile;
use crate::grade::{self, CheckResult, Known};
use crate::lint::{self, Diagnostic};
use crate::tui::editor::GutterCell;
use crate::tui::highlight::Language;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A version of the files, and what to compare it with.
#[derive(Debug, Clone)]
pub struct AnalysisRequest {
    /// Number of this question; the answer carries it.
    pub number: u64,
    /// The exercise.
    pub exercise: Arc<Exercise>,
    /// Texts by path.
    pub texts: BTreeMap<String, String>,
    /// Editors' revisions by path: findings are about these.
    pub revisions: BTreeMap<String, u64>,
    /// What the next build hangs on; `None` before there was one.
    pub question: Option<Question>,
    /// The file to compare and what to compare it with; `None` when nobody looks.
    pub compare: Option<(String, String)>,
    /// Whether signs must be ASCII.
    pub ascii: bool,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// Number of the question.
    pub number: u64,
    /// Exercise id.
    pub exercise: String,
    /// The Dockerfiles' trees by path, for whoever goes on with them.
    pub trees: BTreeMap<String, Arc<dockerfile::Dockerfile>>,
    /// Findings by path.
    pub diagnostics: BTreeMap<String, Vec<Diagnostic>>,
    /// The revisions that they are about.
    pub revisions: BTreeMap<String, u64>,
    /// Verdicts of the checks that need no engine; `None` for the others.
    pub checks: Vec<Option<CheckResult>>,
    /// What the next build will do.
    pub outlook: Option<Arc<Outlook>>,
    /// Cost of each line of each Dockerfile.
    pub gutters: BTreeMap<String, Vec<Option<GutterCell>>>,
    /// The difference, when it was asked for.
    pub diff: Option<Vec<DiffLine>>,
}

/// What the linter is told about these files.
pub fn config(texts: &BTreeMap<String, String>) -> lint::Config {
    let ignore = texts.get(".dockerignore").cloned();
    lint::Config { dockerignore: Some(ignore), ..lint::Config::default() }
}

/// Looks at one version of the files.
pub fn analyse(request: &AnalysisRequest, memory: &mut Memory) -> Analysis {
    let config = config(&request.texts);
    let mut diagnostics = BTreeMap::new();
    let mut trees = BTreeMap::new();
    let mut gutters = BTreeMap::new();
    let mut known = None;
    let mut outlook = None;
    for (path, text) in &request.texts {
        if Language::of_path(path) != Language::Dockerfile {
            continue;
        }
        let tree = Arc::new(dockerfile::parse(text).0);
        let found = lint::inspect(&tree, &config);
        diagnostics.insert(path.clone(), found.findings.clone());
        trees.insert(path.clone(), Arc::clone(&tree));
        if path == "Dockerfile" {
            if let Some(question) = &request.question {
                let next = Outlook::new(question, &tree, &request.texts, memory);
                gutters.insert(path.clone(), cost::gutter(&next, request.ascii));
                outlook = Some(Arc::new(next));
            }
            known = Some(Known { tree, found });
        }
    }
    let checks = match known {
        Some(known) => grade::preview_known(&request.exercise, &request.texts, known),
        None => grade::preview(&request.exercise, &request.texts),
    };
    Analysis {
        number: request.number,
        exercise: request.exercise.id.clone(),
        trees,
        diagnostics,
        revisions: request.revisions.clone(),
        checks,
        outlook,
        gutters,
        diff: request.compare.as_ref().map(|(old, new)| diff::lines(old, new)),
    }
}
