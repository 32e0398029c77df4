//! Walking through a stage: what each instruction changes in it, and which steps come of that.

use super::{Base, Builder, Given, Recipe, Step, Value, trigger};
use crate::dockerfile::{
    CommandLine, Dockerfile, Heredoc, Instruction, Kind, Pair, Stage, Transfer, Word, expand,
};
use crate::image::dockerignore::Ignore;
use crate::image::plan::key::{Key, Mixer};
use crate::image::plan::tree::is_pattern;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Values longer than this are not shown.
const SHOWN: usize = 40;

/// A variable of a stage.
#[derive(Debug, Clone)]
struct Variable {
    name: String,
    value: String,
    arg: bool,
}

/// A stage as far as it has come.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// The step that made what is there.
    tip: Option<usize>,
    key: Key,
    loose: Key,
    variables: Vec<Variable>,
    working_dir: String,
    user: String,
    shell: Vec<String>,
    onbuild: Vec<String>,
    /// Stages that it needs.
    pub(super) needs: Vec<usize>,
    /// Steps so far, as BuildKit counts.
    counted: u32,
}

impl State {
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.variables.iter().rev().find(|variable| variable.name == name);
        found.map(|found| Cow::Borrowed(found.value.as_str()))
    }

    fn set(&mut self, name: &str, value: String, arg: bool) {
        self.variables.retain(|variable| variable.name != name);
        self.variables.push(Variable { name: name.to_owned(), value, arg });
    }
}

/// What a step is made of, beside the instruction itself.
#[derive(Default)]
struct Parts {
    own: Option<Mixer>,
    /// Whether its result hangs on nothing that was there before.
    alone: bool,
    /// Whether it is linked in: then it does not either, where the engine can merge layers.
    linked: bool,
    sources: Vec<(String, Key)>,
    missing: Vec<String>,
    /// Keys of what it takes from elsewhere: exact, and without what commands wrote.
    taken: Vec<(Key, Key)>,
    from: Vec<usize>,
    image: Option<(String, Key)>,
    seen: Vec<Value>,
    place: Vec<(String, String)>,
    remote: Option<String>,
}

/// Makes a recipe.
pub(super) struct Maker<'a> {
    pub(super) file: &'a Dockerfile,
    pub(super) given: &'a Given<'a>,
    pub(super) globals: BTreeMap<String, String>,
    pub(super) stages: &'a [Stage<'a>],
    pub(super) recipe: Recipe,
    /// The stages made so far.
    pub(super) done: Vec<State>,
}

/// Where files come from that are not the context's.
enum Elsewhere {
    Stage(usize),
    Image(String),
}

impl Maker<'_> {
    fn classic(&self) -> bool {
        self.given.builder == Builder::Classic
    }

    /// The classic builder counts the ARGs in front of the first FROM.
    pub(super) fn global_steps(&mut self) {
        let first = self.stages.first().map_or(0, |stage| stage.range.start);
        let mut state = State::default();
        for (at, instruction) in self.file.instructions.iter().enumerate().take(first) {
            let own = Mixer::new("ARG").text(instruction.args.as_str());
            self.push(&mut state, instruction, (at, 0, false), Parts { own: Some(own), ..Parts::default() });
        }
    }

    /// Walks through a stage.
    pub(super) fn stage(&mut self, stage: &Stage<'_>) -> State {
        let name = self.base_name(stage);
        let platform = stage.instruction.flag("platform").map_or("", |flag| flag.value.value());
        let at = (stage.range.start, stage.index, false);
        let mut parts = Parts { alone: true, ..Parts::default() };
        let mut state = match stage.parent {
            Some(parent) => {
                let mut state = self.done.get(parent).cloned().unwrap_or_default();
                state.needs = vec![parent];
                state.counted = 0;
                if self.classic() {
                    state.variables.retain(|variable| !variable.arg);
                }
                parts.taken.push((state.key, state.loose));
                parts.own = Some(Mixer::new("stage"));
                parts.alone = false;
                state
            }
            None => {
                let (key, state) = self.outside(&name, platform);
                parts.own = Some(Mixer::new("image").key(key));
                parts.image = (name != "scratch").then(|| (name.clone(), key));
                state
            }
        };
        if stage.parent.is_none() && name != "scratch" {
            state.counted = 1;
        }
        // A stage that goes on from another is the same as that one up to here.
        let (key, loose) = (state.key, state.loose);
        self.push(&mut state, stage.instruction, at, parts);
        if stage.parent.is_some() {
            (state.key, state.loose) = (key, loose);
            if let Some(step) = self.recipe.steps.last_mut() {
                (step.key, step.loose, step.number) = (key, loose, 0);
            }
        } else if let Some(step) = self.recipe.steps.last_mut() {
            step.number = u32::from(name != "scratch" && !self.given.builder.eq(&Builder::Classic));
            step.there = name == "scratch" || self.given.bases.contains_key(&name);
        }
        for text in std::mem::take(&mut state.onbuild) {
            if let Some(instruction) = trigger(&text) {
                self.instruction(&mut state, &instruction, (stage.range.start, stage.index, true));
            }
        }
        for (offset, instruction) in stage.body.iter().enumerate() {
            self.instruction(&mut state, instruction, (stage.range.start + 1 + offset, stage.index, false));
        }
        state
    }

    fn base_name(&self, stage: &Stage<'_>) -> String {
        let word = &stage.from.image.word;
        let lookup = &mut |name: &str, _| self.globals.get(name).map(|value| Cow::Borrowed(value.as_str()));
        expand::word(word.expandable(), self.file.escape, lookup).unwrap_or_else(|_| word.value().to_owned())
    }

    /// The key of an image from outside, and the stage that starts from it.
    fn outside(&self, name: &str, platform: &str) -> (Key, State) {
        let mut state = State { working_dir: "/".into(), ..State::default() };
        let mixer = Mixer::new("image").text(platform);
        if name == "scratch" {
            return (mixer.text("scratch").finish(), state);
        }
        let Some(base) = self.given.bases.get(name) else {
            return (mixer.text("name").text(name).finish(), state);
        };
        let Base { id, layers, env, user, working_dir, shell, onbuild } = base;
        for pair in env {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            state.set(name, value.to_owned(), false);
        }
        state.user.clone_from(user);
        state.shell.clone_from(shell);
        state.onbuild.clone_from(onbuild);
        if !working_dir.is_empty() {
            state.working_dir.clone_from(working_dir);
        }
        // BuildKit looks at the layers; an image that only says something else is another state already.
        let key = if self.classic() || layers.is_empty() { mixer.text(id) } else { mixer.texts(layers) };
        (key.finish(), state)
    }

    fn expand(&self, state: &State, word: &Word) -> String {
        self.expand_text(state, word.expandable())
    }

    fn expand_text(&self, state: &State, text: &str) -> String {
        let lookup = &mut |name: &str, _| state.value(name);
        let value = expand::word(text, self.file.escape, lookup).unwrap_or_else(|_| text.to_owned());
        // Long values are cut; what was typed still tells two of them apart.
        if value.len() > 1000 { format!("{value}{text}") } else { value }
    }

    /// `at` is the instruction's index, its stage, and whether the base image brought it.
    fn instruction(&mut self, state: &mut State, instruction: &Instruction, at: (usize, usize, bool)) {
        match &instruction.kind {
            Kind::Run(command) => self.run(state, instruction, command, at),
            Kind::Copy(transfer) | Kind::Add(transfer) => self.transfer(state, instruction, transfer, at),
            Kind::Workdir(word) => {
                let path = joined(&state.working_dir, &self.expand(state, word));
                state.working_dir.clone_from(&path);
                let own = Mixer::new("workdir").text(&path);
                // The root is there already: BuildKit does nothing, and gives no number.
                if path != "/" || self.classic() {
                    state.counted += 1;
                    self.push(state, instruction, at, Parts { own: Some(own), ..Parts::default() });
                }
            }
            kind => {
                self.settle(state, kind);
                if self.classic() {
                    let own = self.classic_words(state, instruction);
                    self.push(state, instruction, at, Parts { own: Some(own), ..Parts::default() });
                }
            }
        }
    }

    /// What instructions change that make no files.
    fn settle(&self, state: &mut State, kind: &Kind) {
        match kind {
            Kind::Env(pairs) => {
                let values: Vec<(String, String)> = pairs.iter().map(|pair| self.pair(state, pair)).collect();
                for (name, value) in values {
                    state.set(&name, value, false);
                }
            }
            Kind::Arg(pairs) => {
                for pair in pairs {
                    let (name, default) = self.pair(state, pair);
                    let value = self.given.build_args.get(&name).cloned();
                    let value = value.or_else(|| match pair.value {
                        Some(_) => Some(default),
                        None => self.globals.get(&name).cloned(),
                    });
                    let by_env = state.variables.iter().any(|known| known.name == name && !known.arg);
                    match value {
                        Some(value) if !(by_env && self.classic()) => state.set(&name, value, true),
                        _ => {}
                    }
                }
            }
            Kind::User(word) => state.user = self.expand(state, word),
            Kind::Shell(CommandLine::Exec(words)) => {
                state.shell = words.iter().map(|word| word.value().to_owned()).collect();
            }
            Kind::Onbuild(inner) => state.onbuild.push(inner.step_text()),
            _ => {}
        }
    }

    fn pair(&self, state: &State, pair: &Pair) -> (String, String) {
        let value = pair.value.as_ref().map(|word| self.expand(state, word)).unwrap_or_default();
        (self.expand(state, &pair.key), value)
    }

    /// The classic builder keeps an instruction under its words, variables replaced.
    fn classic_words(&self, state: &State, instruction: &Instruction) -> Mixer {
        let mixer = Mixer::new(&instruction.keyword);
        match &instruction.kind {
            Kind::Env(pairs) | Kind::Label(pairs) | Kind::Arg(pairs) => {
                let pairs = pairs.iter().map(|pair| {
                    let (name, value) = self.pair(state, pair);
                    format!("{name}={value}{}", pair.value.is_some())
                });
                mixer.texts(pairs)
            }
            Kind::User(_) => mixer.text(&state.user),
            _ => mixer.texts(instruction.step_text().split_whitespace()),
        }
    }

    fn run(
        &mut self,
        state: &mut State,
        instruction: &Instruction,
        command: &CommandLine,
        at: (usize, usize, bool),
    ) {
        let shell: Vec<String> =
            if state.shell.is_empty() { vec!["/bin/sh".into(), "-c".into()] } else { state.shell.clone() };
        let mut own = Mixer::new("run");
        own = match command {
            CommandLine::Exec(words) => own.texts(words.iter().map(Word::value)),
            CommandLine::Shell(text) => {
                let text = text.as_str().trim();
                let only = instruction.heredocs.len() == 1 && !text.contains(char::is_whitespace);
                own.text(if only { "" } else { text })
            }
        };
        own = own.texts(instruction.heredocs.iter().map(body));
        let mut parts = Parts::default();
        for flag in &instruction.flags {
            own = own.text(&flag.name).text(flag.value.value());
        }
        self.mounts(state, instruction, &mut parts);
        parts.own = Some(own);
        let is_shell = matches!(command, CommandLine::Shell(_));
        parts.place = vec![
            ("user".to_owned(), state.user.clone()),
            ("folder".to_owned(), state.working_dir.clone()),
            ("shell".to_owned(), if is_shell { shell.join(" ") } else { String::new() }),
        ];
        let classic = self.classic();
        parts.seen = state
            .variables
            .iter()
            .filter(|variable| variable.arg || !classic)
            .map(|variable| Value {
                name: variable.name.clone(),
                arg: variable.arg,
                key: Key::of(variable.value.as_bytes()),
                shown: showable(variable),
            })
            .collect();
        state.counted += 1;
        self.push(state, instruction, at, parts);
    }

    fn mounts(&self, state: &State, instruction: &Instruction, parts: &mut Parts) {
        for mount in instruction.mounts() {
            let text = mount.flag.value.value();
            let option = |names: &[&str]| {
                text.split(',').find_map(|option| {
                    option.split_once('=').filter(|(name, _)| names.contains(name)).map(|(_, value)| value)
                })
            };
            let source = self.expand_text(state, option(&["source", "src"]).unwrap_or("."));
            match (mount.kind, mount.from) {
                (_, Some(from)) => self.take_from(from, &source, parts),
                ("bind", None) => self.take(&source, None, parts),
                _ => {}
            }
        }
    }

    /// Takes files of the context.
    fn take(&self, source: &str, exclude: Option<&Ignore>, parts: &mut Parts) {
        let tree = self.given.tree;
        let found = match exclude {
            Some(exclude) => tree.files(source, exclude),
            // The classic builder goes through every file and folder.
            None if self.classic() => tree.files(source, &Ignore::default()),
            None => tree.taken(source),
        };
        if found.is_empty() {
            parts.missing.push(source.to_owned());
        }
        // The cache knows contents and last names, not the folders they came from.
        let named = is_pattern(source) || exclude.is_some();
        let classic = self.classic();
        let key = found.iter().fold(Mixer::new("files"), |mixer, (path, key)| {
            let name = if classic { path } else { path.rsplit('/').next().unwrap_or_default() };
            mixer.text(if named || classic { name } else { "" }).key(*key)
        });
        parts.sources.push((source.to_owned(), key.finish()));
    }

    fn elsewhere(&self, name: &str) -> Elsewhere {
        let made = self.stages.iter().take(self.done.len());
        let by_name = made
            .clone()
            .rev()
            .find(|stage| stage.name().is_some_and(|found| found.eq_ignore_ascii_case(name)));
        let by_number = || name.parse().ok().filter(|at| *at < self.done.len());
        match by_name.map(|stage| stage.index).or_else(by_number) {
            Some(stage) => Elsewhere::Stage(stage),
            None => Elsewhere::Image(name.to_owned()),
        }
    }

    /// Takes files of another stage or image.
    fn take_from(&self, name: &str, source: &str, parts: &mut Parts) {
        let mixer = Mixer::new("from").text(source);
        match self.elsewhere(name) {
            Elsewhere::Stage(stage) => {
                let other = self.done.get(stage);
                let key = other.map(|state| state.key).unwrap_or_default();
                parts.taken.push((mixer.clone().key(key).finish(), mixer.finish()));
                parts.from.extend(other.and_then(|state| state.tip));
            }
            Elsewhere::Image(name) => {
                let (key, _) = self.outside(&name, "");
                parts.image = Some((name, key));
                let key = mixer.key(key).finish();
                parts.taken.push((key, key));
            }
        }
    }

    fn transfer(
        &mut self,
        state: &mut State,
        instruction: &Instruction,
        transfer: &Transfer,
        at: (usize, usize, bool),
    ) {
        let mut parts = Parts::default();
        let mut own = Mixer::new(&instruction.keyword);
        let target = self.expand(state, &transfer.target);
        let folder = target.is_empty() || target == "." || target.ends_with('/');
        let mut path = joined(&state.working_dir, &target);
        if folder && !path.ends_with('/') {
            path.push('/');
        }
        own = own.text(&path);
        let (mut from, mut exclude, mut parents) = (None, String::new(), false);
        for flag in &instruction.flags {
            let value = flag.value.value();
            match flag.name.as_str() {
                "from" => from = Some(value.to_owned()),
                "exclude" => exclude = format!("{exclude}{}\n", self.expand_text(state, value)),
                "link" => parts.linked = value != "false",
                name => {
                    parents |= name == "parents";
                    own = own.text(name).text(&self.expand_text(state, value));
                }
            }
        }
        let ignore = (parents || !exclude.is_empty()).then(|| Ignore::parse(&exclude));
        own = own.text(&exclude);
        for word in &transfer.sources {
            let source = self.expand(state, word);
            match &from {
                Some(from) => self.take_from(from, &source, &mut parts),
                None if is_remote(&source) && instruction.keyword == "ADD" => {
                    own = own.text(&source);
                    // What is pinned by its checksum is what it was, or the build fails.
                    if instruction.flag("checksum").is_none() {
                        parts.remote = Some(source);
                    }
                }
                None => {
                    let last = source.trim_end_matches(['/', '.']).rsplit('/').next().unwrap_or_default();
                    own = own.text(if parents { &source } else { last });
                    self.take(&source, ignore.as_ref(), &mut parts);
                }
            }
        }
        for heredoc in &instruction.heredocs {
            let text = body(heredoc);
            let text = if heredoc.expand && text.contains('$') {
                let lookup = &mut |name: &str, _| state.value(name);
                expand::body(&text, lookup).unwrap_or(text)
            } else {
                text
            };
            own = own.text(&heredoc.name).text(&text);
        }
        parts.own = Some(own);
        state.counted += 1;
        self.push(state, instruction, at, parts);
    }

    fn push(&mut self, state: &mut State, instruction: &Instruction, at: (usize, usize, bool), parts: Parts) {
        let own = parts.own.map(Mixer::finish).unwrap_or_default();
        let common = |mixer: Mixer| {
            let seen = parts.seen.iter().map(|value| value.key);
            let names = parts.seen.iter().map(|value| &value.name);
            mixer
                .key(own)
                .keys(parts.sources.iter().map(|(_, key)| *key))
                .texts(&parts.missing)
                .texts(names)
                .keys(seen)
                .texts(parts.place.iter().map(|(_, value)| value))
        };
        let base = |key: Key, alone: bool| if alone { Key::default() } else { key };
        let exact = Mixer::new("step")
            .key(base(state.key, parts.alone))
            .keys(parts.taken.iter().map(|taken| taken.0));
        let loose = Mixer::new("step")
            .key(base(state.loose, parts.alone || parts.linked))
            .keys(parts.taken.iter().map(|taken| taken.1));
        let (key, loose) = (common(exact).finish(), common(loose).finish());
        let counts = self.given.builder == Builder::BuildKit;
        for tip in &parts.from {
            state.needs.extend(self.recipe.steps.get(*tip).map(|step| step.stage));
        }
        let (instruction_at, stage, trigger) = at;
        self.recipe.steps.push(Step {
            instruction: instruction_at,
            trigger,
            stage,
            number: if counts { state.counted } else { 0 },
            words: one_line(&instruction.step_text()),
            needed: false,
            key,
            loose,
            base: state.tip,
            from: parts.from,
            sources: parts.sources,
            missing: parts.missing,
            seen: parts.seen,
            there: false,
            linked: parts.linked,
            image: parts.image,
            place: parts.place,
            own,
            remote: parts.remote,
        });
        // What is linked in lies over what is there: the next step sees both.
        let both = parts.linked.then(|| Mixer::new("both").key(state.loose).key(loose).finish());
        (state.key, state.loose) = (key, both.unwrap_or(loose));
        state.tip = Some(self.recipe.steps.len() - 1);
    }
}

fn body(heredoc: &Heredoc) -> String {
    if !heredoc.chomp {
        return heredoc.text.to_string();
    }
    heredoc.text.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}

fn is_remote(source: &str) -> bool {
    ["http://", "https://", "git@", "git://"].iter().any(|scheme| source.starts_with(scheme))
}

/// A value that may be shown: short, and not one of those that people keep to themselves.
fn showable(variable: &Variable) -> Option<String> {
    let name = variable.name.to_ascii_uppercase();
    let secret = ["TOKEN", "SECRET", "PASS", "KEY", "CREDENTIAL", "AUTH", "PWD"];
    let safe = !secret.iter().any(|word| name.contains(word));
    (safe && variable.value.len() <= SHOWN).then(|| variable.value.clone())
}

/// The path `path` as seen from the folder `from`: absolute, without `.` and `..`.
fn joined(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { from };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Blanks collapsed, cut to what a person reads.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(200).collect()
}
