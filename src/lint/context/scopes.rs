//! Which variables are set where, as the builder sees them: one walk through the file that expands every
//! word the builder expands, with the defaults of the ARGs and nothing of the base images.
//!
//! Made once for a file, when the first rule asks.

use crate::dockerfile::{Dockerfile, Instruction, Kind, Pair, Word, expand, is_name, nearest};
use crate::lint::Fix;
use crate::text::{Edit, Span};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// How many stages below each other are searched for a variable; beyond, it counts as set.
const CHAIN: usize = 32;

/// How many names a misspelt one is compared with, and how many misspelt names are: what a person wrote is
/// less.
const NAMES: usize = 128;

/// What the builder sets for every build; the values are those of a common machine.
const PREDEFINED: [(&str, &str); 11] = [
    ("BUILDPLATFORM", "linux/amd64"),
    ("BUILDOS", "linux"),
    ("BUILDOSVERSION", ""),
    ("BUILDARCH", "amd64"),
    ("BUILDVARIANT", ""),
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETOS", "linux"),
    ("TARGETOSVERSION", ""),
    ("TARGETARCH", "amd64"),
    ("TARGETVARIANT", ""),
    ("TARGETSTAGE", "default"),
];

/// Variables of the builder's own that a stage may name without setting them.
const SILENT: [&str; 2] = ["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"];

/// A variable that is used and set nowhere.
pub(in super::super) struct Undefined {
    /// Where its name stands, or the word that it stands in.
    pub(in super::super) span: Span,
    pub(in super::super) name: String,
    /// A name that is set and looks alike.
    pub(in super::super) near: Option<String>,
}

impl Undefined {
    /// Writes the name that looks alike in place of this one, where a variable can be named so: `ARG A%B`
    /// sets what no `${…}` reads.
    pub(in super::super) fn fix(&self, source: &str) -> Option<Fix> {
        let near = self.near.as_ref().filter(|near| is_name(near) && self.span.of(source) == self.name)?;
        Some(Fix::risky(format!("Use {near}"), vec![Edit::replace(self.span, near.clone())]))
    }
}

/// The FROM of a stage, expanded with the defaults of the global ARGs.
pub(in super::super) struct Base {
    /// The image or stage; `None` when it cannot be read.
    pub(in super::super) name: Option<String>,
    pub(in super::super) platform: Option<Platform>,
    /// What it uses and no global ARG declares.
    pub(in super::super) undefined: Vec<Undefined>,
    /// The earlier stage that it is.
    pub(in super::super) parent: Option<usize>,
}

/// The value of `--platform`, expanded.
pub(in super::super) struct Platform {
    pub(in super::super) value: String,
    /// Every variable in it, set or not.
    pub(in super::super) used: Vec<String>,
    /// Whether what comes of variables is the platform that is built for.
    pub(in super::super) is_target: bool,
}

/// A word of an instruction, expanded.
pub(in super::super) struct Expanded {
    pub(in super::super) span: Span,
    pub(in super::super) value: String,
}

/// All of it.
#[derive(Default)]
pub(in super::super) struct Scopes {
    /// One for every stage.
    pub(in super::super) bases: Vec<Base>,
    /// Variables that stages use and nobody sets, once for an instruction.
    pub(in super::super) undefined: Vec<Undefined>,
    /// Relative WORKDIRs with none before them in the file.
    pub(in super::super) relative: Vec<Expanded>,
    /// The ports of every EXPOSE; none of an EXPOSE that cannot be read.
    pub(in super::super) ports: Vec<Expanded>,
}

/// What a stage knows.
#[derive(Default)]
struct Scope {
    values: HashMap<String, String>,
    /// In the order of first setting: what a misspelt name is compared with.
    names: Vec<String>,
    /// ARGs without a value: declared, not set.
    declared: HashSet<String>,
    parent: Option<usize>,
    workdir: bool,
}

struct Walk<'a> {
    file: &'a Dockerfile,
    globals: Scope,
    stages: Vec<Scope>,
    named: HashMap<String, usize>,
    out: Scopes,
}

impl Scopes {
    pub(in super::super) fn new(file: &Dockerfile) -> Self {
        let mut walk = Walk {
            file,
            globals: Scope::default(),
            stages: Vec::new(),
            named: HashMap::new(),
            out: Self::default(),
        };
        file.instructions.iter().for_each(|instruction| walk.instruction(instruction));
        walk.out
    }
}

impl Scope {
    /// The value of a global ARG, or of what the builder sets.
    fn global(&self, name: &str) -> Option<&str> {
        let predefined = || PREDEFINED.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        self.values.get(name).map(String::as_str).or_else(predefined)
    }

    fn set(&mut self, name: &str, value: String) {
        if self.values.insert(name.to_owned(), value).is_none() {
            self.names.push(name.to_owned());
        }
    }
}

/// What became of a name that was looked for.
enum Found<'s> {
    Set(&'s str),
    Declared,
    No,
}

impl Walk<'_> {
    fn find(&self, stage: usize, name: &str) -> Found<'_> {
        let mut next = Some(stage);
        let mut declared = false;
        for _ in 0..CHAIN {
            let Some(scope) = next.and_then(|at| self.stages.get(at)) else {
                return match (name, declared) {
                    ("PATH", _) => Found::Set("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                    (_, true) => Found::Declared,
                    _ => Found::No,
                };
            };
            if let Some(value) = scope.values.get(name) {
                return Found::Set(value);
            }
            declared |= scope.declared.contains(name);
            next = scope.parent;
        }
        Found::Declared
    }

    /// A name known in the stage that looks like `name`.
    fn near(&self, stage: usize, name: &str) -> Option<String> {
        let mut names = vec!["PATH"];
        let mut next = Some(stage);
        for _ in 0..CHAIN {
            let Some(scope) = next.and_then(|at| self.stages.get(at)) else { break };
            names.extend(scope.names.iter().take(NAMES - names.len().min(NAMES)).map(String::as_str));
            next = scope.parent;
        }
        nearest(name, &names).map(str::to_owned)
    }

    /// `text` expanded in a stage. What is used and not set goes to `undefined`.
    fn expand(&self, stage: usize, word: &Word, undefined: &mut Vec<(Span, String)>) -> Option<String> {
        let mut lookup = |name: &str, at: Span| match self.find(stage, name) {
            Found::Set(value) => Some(value.into()),
            Found::Declared => None,
            Found::No => {
                undefined.push((word.part(at), name.to_owned()));
                None
            }
        };
        expand::word(word.expandable(), self.file.escape, &mut lookup).ok()
    }

    /// What a word uses and is not set; nobody asks what it comes to.
    fn look(&self, stage: usize, word: &Word, undefined: &mut Vec<(Span, String)>) {
        if word.expandable().contains('$') {
            self.expand(stage, word, undefined);
        }
    }

    /// What is undefined in an instruction, told once for every name.
    fn report(&mut self, stage: usize, found: Vec<(Span, String)>) {
        let mut seen = HashSet::new();
        for (span, name) in found {
            if !SILENT.contains(&name.as_str()) && seen.insert(name.clone()) {
                let near = (self.out.undefined.len() < NAMES).then(|| self.near(stage, &name)).flatten();
                self.out.undefined.push(Undefined { span, name, near });
            }
        }
    }

    fn instruction(&mut self, instruction: &Instruction) {
        if let Kind::From(from) = &instruction.kind {
            return self.stage(instruction, &from.image.word, from.name.as_ref());
        }
        let Some(stage) = self.stages.len().checked_sub(1) else {
            if let Kind::Arg(pairs) = &instruction.kind {
                self.global_args(pairs);
            }
            return;
        };
        let mut found = Vec::new();
        let flag = |name: &str| instruction.flag(name).map(|flag| &flag.value);
        match &instruction.kind {
            Kind::Env(pairs) => {
                let expanded: Vec<_> = pairs.iter().map(|pair| self.pair(stage, pair, &mut found)).collect();
                if let Some(scope) = self.stages.get_mut(stage) {
                    expanded.into_iter().for_each(|(name, value)| scope.set(&name, value));
                }
            }
            Kind::Label(pairs) => {
                let words = pairs.iter().flat_map(|pair| std::iter::once(&pair.key).chain(&pair.value));
                words.for_each(|word| self.look(stage, word, &mut found));
            }
            Kind::Arg(pairs) => self.args(stage, pairs, &mut found),
            Kind::Copy(transfer) | Kind::Add(transfer) => {
                let flags = ["chown", "chmod", "checksum"].into_iter().filter_map(flag);
                let words = flags.chain(&transfer.sources).chain([&transfer.target]);
                words.for_each(|word| self.look(stage, word, &mut found));
                self.heredocs(stage, instruction, &mut found);
            }
            Kind::Run(_) => self.mounts(stage, instruction, &mut found),
            Kind::User(word) | Kind::Stopsignal(word) => self.look(stage, word, &mut found),
            Kind::Volume(words) => words.iter().for_each(|word| self.look(stage, word, &mut found)),
            Kind::Workdir(word) => self.workdir(stage, word, &mut found),
            Kind::Expose(words) => {
                for word in words {
                    let mut lookup = |name: &str, _: Span| match self.find(stage, name) {
                        Found::Set(value) => Some(value.into()),
                        Found::Declared | Found::No => None,
                    };
                    let ports = expand::words(word.expandable(), self.file.escape, &mut lookup);
                    let ports = ports.unwrap_or_default().into_iter();
                    self.out.ports.extend(ports.map(|value| Expanded { span: word.span, value }));
                }
            }
            _ => {}
        }
        if !found.is_empty() {
            self.report(stage, found);
        }
    }

    fn stage(&mut self, instruction: &Instruction, image: &Word, name: Option<&Word>) {
        let mut used = Vec::new();
        let (escape, globals) = (self.file.escape, &self.globals);
        let mut unknown: Vec<(Span, String)> = Vec::new();
        let mut read = |word: &Word, used: &mut Vec<String>| {
            let mut lookup = |name: &str, at: Span| {
                used.push(name.to_owned());
                let value = globals.global(name);
                if value.is_none() && !globals.declared.contains(name) {
                    unknown.push((word.part(at), name.to_owned()));
                }
                value.map(Cow::from)
            };
            expand::word(word.expandable(), escape, &mut lookup).ok()
        };
        let base = read(image, &mut Vec::new());
        let platform = instruction.flag("platform").and_then(|flag| {
            let value = read(&flag.value, &mut used)?;
            let is_target = !used.is_empty() && globals.global("TARGETPLATFORM") == Some(&value);
            Some(Platform { value, used, is_target })
        });
        let names: Vec<&str> = match unknown.is_empty() {
            true => Vec::new(),
            false => {
                let written = globals.names.iter().chain(&globals.declared).map(String::as_str);
                PREDEFINED.iter().map(|(name, _)| *name).chain(written).take(NAMES).collect()
            }
        };
        let mut seen = HashSet::new();
        unknown.retain(|(_, name)| seen.insert(name.clone()));
        let undefined = unknown.into_iter().map(|(span, name)| {
            let near = nearest(&name, &names).map(str::to_owned);
            Undefined { span, name, near }
        });
        let undefined = undefined.collect();
        let parent = base.as_ref().and_then(|base| self.named.get(base).copied());
        let above = parent.and_then(|at| self.stages.get(at));
        let scope = Scope { parent, workdir: above.is_some_and(|above| above.workdir), ..Scope::default() };
        if let Some(name) = name {
            self.named.insert(name.raw.to_lowercase(), self.stages.len());
        }
        self.stages.push(scope);
        self.out.bases.push(Base { name: base, platform, undefined, parent });
    }

    fn global_args(&mut self, pairs: &[Pair]) {
        for pair in pairs {
            let key = pair.key.raw.as_str();
            let value = pair.value.as_ref().and_then(|value| {
                let mut lookup = |name: &str, _: Span| self.globals.global(name).map(Cow::from);
                expand::word(value.expandable(), self.file.escape, &mut lookup).ok()
            });
            match value {
                Some(value) => self.globals.set(key, value),
                None => {
                    self.globals.declared.insert(key.to_owned());
                }
            }
        }
    }

    fn pair(&self, stage: usize, pair: &Pair, found: &mut Vec<(Span, String)>) -> (String, String) {
        let key = self.expand(stage, &pair.key, found);
        let value = pair.value.as_ref().and_then(|value| self.expand(stage, value, found));
        (key.unwrap_or_default(), value.unwrap_or_default())
    }

    fn args(&mut self, stage: usize, pairs: &[Pair], found: &mut Vec<(Span, String)>) {
        for pair in pairs {
            let key = pair.key.raw.as_str();
            let value = match &pair.value {
                Some(value) => Some(self.expand(stage, value, found).unwrap_or_default()),
                None => self.globals.global(key).map(str::to_owned),
            };
            let Some(scope) = self.stages.get_mut(stage) else { return };
            scope.declared.insert(key.to_owned());
            if let Some(value) = value.filter(|_| !SILENT.contains(&key)) {
                scope.set(key, value);
            }
        }
    }

    fn heredocs(&self, stage: usize, instruction: &Instruction, found: &mut Vec<(Span, String)>) {
        for heredoc in instruction.heredocs.iter().filter(|heredoc| heredoc.expand) {
            let mut lookup = |name: &str, at: Span| match self.find(stage, name) {
                Found::Set(value) => Some(value.into()),
                Found::Declared => None,
                Found::No => {
                    let start = heredoc.body.start;
                    found.push((Span::new(start + at.start, start + at.end), name.to_owned()));
                    None
                }
            };
            // What cannot be read there is no mistake of the rules that look for variables.
            let _ = expand::body(&heredoc.text, &mut lookup);
        }
    }

    fn mounts(&self, stage: usize, instruction: &Instruction, found: &mut Vec<(Span, String)>) {
        for flag in instruction.flags.iter().filter(|flag| flag.name == "mount") {
            self.look(stage, &flag.value, found);
        }
    }

    /// The first WORKDIR of a stage and those below it decides.
    fn workdir(&mut self, stage: usize, word: &Word, found: &mut Vec<(Span, String)>) {
        let value = self.expand(stage, word, found);
        let Some(scope) = self.stages.get_mut(stage) else { return };
        let first = !std::mem::replace(&mut scope.workdir, true);
        if let Some(value) = value.filter(|value| first && !value.starts_with('/')) {
            self.out.relative.push(Expanded { span: word.span, value });
        }
    }
}
