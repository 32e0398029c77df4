//! What ends up in the image: the stages it is made of, the packages in them, the program it runs.

use super::{Context, Manager};
use crate::dockerfile::CommandLine;
use crate::text::Span;

/// A package of the system that a RUN installs or removes.
pub(in super::super) struct Package {
    /// Its name, without version and architecture.
    pub(in super::super) name: String,
    /// Where it is named.
    pub(in super::super) span: Span,
    /// With which manager.
    pub(in super::super) manager: Manager,
    /// The RUN, as an index into [`Context::runs`].
    pub(in super::super) run: usize,
    /// Whether it is removed; it is installed otherwise.
    pub(in super::super) removed: bool,
    /// The group of Alpine's `--virtual` that it is in.
    pub(in super::super) group: Option<String>,
}

impl Context<'_> {
    /// Whether the layers of this stage are in the image: it is the last, or one that the last builds
    /// on.
    pub(in super::super) fn ships(&self, stage: Option<usize>) -> bool {
        let Some(last) = self.stages.len().checked_sub(1) else { return false };
        stage.is_some_and(|stage| self.chain(last).any(|shipped| shipped.index == stage))
    }

    /// The packages of the system that RUNs install and remove, in order of place; not those behind
    /// ONBUILD, which are of other images.
    pub(in super::super) fn packages(&self) -> &[Package] {
        self.packages.get_or_init(|| {
            let mut all = Vec::new();
            for (run, commands) in self.runs.iter().enumerate().filter(|(_, run)| !run.onbuild) {
                for cmd in commands.commands() {
                    let Some(change) = cmd.packages().filter(|change| change.manager.of_system()) else {
                        continue;
                    };
                    let apk = change.manager == Manager::Apk;
                    let group = apk.then(|| group(cmd.args())).flatten();
                    all.extend(change.words.into_iter().map(|arg| {
                        let name = arg.text.split(['=', '<', '>', '~']).next().unwrap_or("");
                        let name = if apk { name } else { name.split(':').next().unwrap_or(name) };
                        let (name, group) = (name.to_owned(), group.clone());
                        let (manager, removed) = (change.manager, change.removes);
                        Package { name, span: cmd.arg_span(arg), manager, run, removed, group }
                    }));
                }
            }
            all
        })
    }

    /// The program that the image starts, when it is somebody's own: no shell, nothing that only keeps a
    /// container alive, nothing of a developer's, and no stage for building or testing.
    pub(in super::super) fn program(&self) -> Option<String> {
        const IDLE: [&str; 20] = [
            "sh", "bash", "ash", "dash", "zsh", "fish", "tail", "sleep", "true", "cat", "make", "tmux",
            "irb", "python", "python3", "node", "php", "julia", "R", "jshell",
        ];
        const DEVELOPER: [&str; 9] =
            ["dev", "test", "tests", "watch", "nodemon", "--watch", "start:dev", "pytest", "--reload"];
        const BUILDING: [&str; 6] = ["dev", "test", "build", "ci", "lint", "debug"];
        let chain: Vec<_> = self.chain(self.stages.len().checked_sub(1)?).collect();
        let stage = chain.first().and_then(|stage| stage.name()).unwrap_or("").to_ascii_lowercase();
        if stage.split(['-', '_', '.']).any(|part| BUILDING.iter().any(|word| part.starts_with(word))) {
            return None;
        }
        let entrypoint = chain.iter().find_map(|stage| stage.entrypoint());
        let cmd = chain.iter().find_map(|stage| stage.cmd());
        let words: Vec<&str> =
            [entrypoint, cmd].into_iter().flatten().flat_map(|(_, line)| words(line)).collect();
        let program = *words.first()?;
        let base = program.rsplit('/').next().unwrap_or(program);
        let idle = IDLE.contains(&base) && !words.iter().skip(1).any(|word| word.contains(['/', '.']));
        let developer = words.iter().any(|word| DEVELOPER.contains(word));
        (!idle && !developer && !base.is_empty()).then(|| base.to_owned())
    }
}

/// The name behind `--virtual` or `-t`.
fn group(args: &[crate::dockerfile::shell::Arg]) -> Option<String> {
    let mut args = args.iter();
    let short = |word: &str| word.starts_with('-') && !word.starts_with("--") && word.ends_with('t');
    let flag = args.find(|arg| arg.text.starts_with("--virtual") || short(&arg.text))?;
    let value = flag.text.strip_prefix("--virtual=").map(str::to_owned);
    value.or_else(|| args.next().map(|arg| arg.text.clone()))
}

/// The words of a command; those of a script in one word too, as in `["sh", "-c", "program word"]`.
fn words(line: &CommandLine) -> Vec<&str> {
    match line {
        CommandLine::Exec(words) => words.iter().flat_map(|word| word.value().split_whitespace()).collect(),
        CommandLine::Shell(text) => text.as_str().split_whitespace().collect(),
    }
}
