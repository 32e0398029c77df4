//! A folder as it is handed in. Everything about it is untrusted: reads are bounded, and nothing is
//! followed out of it.

use crate::dockerfile::{self, Dockerfile};
use crate::lint::{self, Config, Diagnostic, Linted};
use crate::store::files;
use crate::text::LineIndex;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Largest Dockerfile or ignore file that is read.
const LARGEST: u64 = 1024 * 1024;

/// The parts of a submission that static checks look at.
#[derive(Debug)]
pub(crate) struct Submission<'a> {
    source: Source<'a>,
    /// The Dockerfile, or why there is none to look at.
    pub(crate) dockerfile: Result<Parsed, String>,
    /// The text of `.dockerignore`, when there is one.
    pub(crate) dockerignore: Option<String>,
    /// What the linter finds, comments not listened to; made when a check asks.
    findings: OnceLock<Vec<Diagnostic>>,
}

#[derive(Debug)]
enum Source<'a> {
    Folder(PathBuf),
    Texts(&'a BTreeMap<String, String>),
}

/// A Dockerfile and its places.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) tree: Arc<Dockerfile>,
    pub(crate) lines: LineIndex,
}

/// A Dockerfile that was parsed and linted before, by the linter's default configuration.
#[derive(Debug)]
pub struct Known {
    /// Its tree.
    pub tree: Arc<Dockerfile>,
    /// What was found in it.
    pub found: Linted,
}

impl Parsed {
    fn new(tree: Arc<Dockerfile>) -> Result<Self, String> {
        if tree.instructions.is_empty() {
            return Err("the Dockerfile holds no instruction".to_owned());
        }
        Ok(Self { lines: LineIndex::new(&tree.source), tree })
    }

    /// `Dockerfile:3`.
    pub(crate) fn place(&self, offset: usize) -> String {
        format!("Dockerfile:{}", self.lines.line(offset))
    }
}

impl<'a> Submission<'a> {
    /// The folder `dir`.
    pub(crate) fn open(dir: &Path) -> Self {
        Self::new(Source::Folder(dir.to_owned()), |name| read(dir, name))
    }

    /// Texts that may not be on disk yet, by path.
    pub(crate) fn of_texts(texts: &'a BTreeMap<String, String>) -> Self {
        Self::new(Source::Texts(texts), |name| {
            texts.get(name).cloned().ok_or_else(|| format!("there is no {name}"))
        })
    }

    /// Texts of which the Dockerfile was looked at already.
    pub(crate) fn of_known(texts: &'a BTreeMap<String, String>, known: Known) -> Self {
        let findings = OnceLock::new();
        let mut all = known.found.findings;
        all.extend(known.found.silenced);
        all.sort_by_key(|found| (found.span, found.code));
        let _ = findings.set(all);
        let dockerfile = Parsed::new(known.tree);
        let dockerignore = texts.get(".dockerignore").cloned();
        Self { source: Source::Texts(texts), dockerfile, dockerignore, findings }
    }

    fn new(source: Source<'a>, read: impl Fn(&str) -> Result<String, String>) -> Self {
        let parsed = |source: String| Parsed::new(Arc::new(dockerfile::parse(&source).0));
        let dockerfile = read("Dockerfile").and_then(parsed);
        let dockerignore = read(".dockerignore").ok();
        Self { source, dockerfile, dockerignore, findings: OnceLock::new() }
    }

    /// What the linter finds in `file`, this submission's Dockerfile. A comment that silences a rule
    /// does not mend what the rule found, so comments are not listened to.
    pub(crate) fn findings(&self, file: &Parsed) -> &[Diagnostic] {
        self.findings.get_or_init(|| {
            let config = Config {
                dockerignore: Some(self.dockerignore.clone()),
                disable_pragmas: true,
                ..Config::default()
            };
            lint::lint(&file.tree, &config)
        })
    }

    /// Whether there is a regular file at `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        match &self.source {
            Source::Folder(dir) => files::resolve(dir, path).is_ok_and(|at| at.is_file()),
            Source::Texts(texts) => texts.contains_key(path),
        }
    }

    /// The text of a file, or the reason why it cannot be read.
    pub(crate) fn text(&self, path: &str) -> Result<String, String> {
        match &self.source {
            Source::Folder(dir) => read(dir, path),
            Source::Texts(texts) => texts.get(path).cloned().ok_or_else(|| format!("there is no {path}")),
        }
    }
}

/// The text of a file of the submission, or the reason why it cannot be read.
pub(super) fn read(dir: &Path, name: &str) -> Result<String, String> {
    let at = files::resolve(dir, name).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidInput => format!("{name} leads out of the folder"),
        _ => format!("{name}: {error}"),
    })?;
    let meta = fs::metadata(&at).map_err(|_| format!("there is no {name}"))?;
    if !meta.is_file() {
        return Err(format!("{name} is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(&at)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("{name} cannot be read: {error}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{name} is larger than 1 MiB"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
