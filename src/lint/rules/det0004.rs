//! DET0004 · cache-order: Dependencies are installed before the sources are copied.

use super::packages;
use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0004",
        name: "cache-order",
        severity: Severity::Warning,
        summary: "Dependencies are installed before the sources are copied",
        documentation: include_str!("det0004.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for stage in &cx.stages {
        let Some((at, source)) =
            stage.range.clone().find_map(|at| whole_context(cx, at).map(|word| (at, word)))
        else {
            continue;
        };
        let installs = |run: &&Run<'_>| run.commands().any(|cmd| what(&cmd).is_some());
        // Dependencies that were installed before are cached; what follows only tops them up.
        if cx
            .runs_of(stage.index)
            .take_while(|run| run.index < at)
            .any(|run| run.commands().any(|cmd| of_project(&cmd) || cmd.is(&BUILDERS)))
        {
            continue;
        }
        let Some(run) = cx.runs_of(stage.index).filter(|run| run.index > at).find(installs) else { continue };
        let Some((cmd, files)) = run.commands().find_map(|cmd| what(&cmd).map(|files| (cmd, files))) else {
            continue;
        };
        let shown = cmd.span().of(&cx.file.source).lines().next().unwrap_or("").trim_end_matches(['\\', ' ']);
        let shown = crate::text::sanitise::bounded(shown, 40);
        let message = match builds(&cmd) {
            true => format!(
                "any change to a file makes `{shown}` get every dependency again; copy their list and get them first, or mount a cache"
            ),
            false => {
                format!("any change to a file repeats `{shown}`; install first, then copy `{}`", source.raw)
            }
        };
        out.fixable(source.span, message, fix(cx, at, run, files));
    }
}

/// The source of a COPY or ADD that takes the whole context.
fn whole_context<'a>(cx: &Context<'a>, at: usize) -> Option<&'a Word> {
    let instruction = cx.file.instructions.get(at)?;
    let (Kind::Copy(copy) | Kind::Add(copy)) = &instruction.kind else { return None };
    if instruction.flag("from").is_some() {
        return None;
    }
    copy.sources.iter().find(|source| matches!(source.value(), "." | "./" | "*" | "./*"))
}

/// The files that say what `cmd` installs: empty for a package of the system, `None` when it
/// installs nothing.
fn what(cmd: &Cmd<'_>) -> Option<Vec<String>> {
    let system = cmd.packages().is_some_and(|change| change.manager.of_system() && !change.removes);
    if system {
        return Some(Vec::new());
    }
    if builds(cmd) {
        return Some(Vec::new());
    }
    of_project(cmd).then(|| {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match cmd.name.as_str() {
            "npm" => list(&["package*.json"]),
            "yarn" => list(&["package.json", "yarn.lock"]),
            "pnpm" => list(&["package.json", "pnpm-lock.yaml"]),
            "go" => list(&["go.mod", "go.sum"]),
            "bundle" => list(&["Gemfile", "Gemfile.lock"]),
            "composer" => list(&["composer.json", "composer.lock"]),
            _ => {
                let mut args = cmd.args.iter();
                let flag = args.find(|arg| matches!(arg.text.as_str(), "-r" | "--requirement"));
                flag.and_then(|_| args.next()).map(|arg| arg.text.clone()).into_iter().collect()
            }
        }
    })
}

/// Programs that get the dependencies of a project and build it.
const BUILDERS: [&str; 7] = ["cargo", "mvn", "mvnw", "./mvnw", "gradle", "gradlew", "./gradlew"];

/// Whether `cmd` builds the project and gets its dependencies in passing, into no cache of its own.
fn builds(cmd: &Cmd<'_>) -> bool {
    let has = |goals: &[&str]| cmd.args().iter().any(|arg| goals.contains(&arg.text.as_str()));
    let builds = match cmd.name.as_str() {
        "cargo" => has(&["build"]),
        "mvn" | "mvnw" | "./mvnw" => {
            has(&["package", "install", "verify", "compile", "spring-boot:repackage"])
        }
        "gradle" | "gradlew" | "./gradlew" => {
            has(&["build", "assemble", "bootJar", "shadowJar", "installDist"])
        }
        _ => false,
    };
    builds && !has(&["--offline", "-o"]) && cmd.run.mounts.iter().all(|mount| mount.kind != "cache")
}

/// Whether `cmd` installs what the project's own lists name.
fn of_project(cmd: &Cmd<'_>) -> bool {
    let verb = cmd.verb().map_or("", |verb| verb.text.as_str());
    let bare = cmd.operands(&[]).len() <= 1;
    match cmd.name.as_str() {
        "npm" => verb == "ci" || (matches!(verb, "install" | "i") && bare),
        "yarn" => (verb.is_empty() || verb == "install") && bare,
        "pnpm" => matches!(verb, "install" | "i" | "fetch") && bare,
        "go" => verb == "mod" && cmd.has("download"),
        "bundle" | "composer" => verb == "install",
        "poetry" => verb == "install",
        "uv" => verb == "sync",
        "pdm" | "pipenv" => matches!(verb, "install" | "sync"),
        "bun" => matches!(verb, "install" | "i") && bare,
        "cargo" => matches!(verb, "chef" | "fetch" | "vendor"),
        "mvn" | "mvnw" | "./mvnw" => cmd.args().iter().any(|arg| arg.text.starts_with("dependency:")),
        "gradle" | "gradlew" | "./gradlew" => verb == "dependencies",
        _ => packages::pip_install(cmd) && (cmd.flag("r") || cmd.flag("requirement")),
    }
}

/// Copy the lists and install before the COPY, when the RUN does nothing else.
fn fix(cx: &Context<'_>, at: usize, run: &Run<'_>, files: Vec<String>) -> Option<Fix> {
    let copy = cx.file.instructions.get(at)?;
    let Kind::Copy(transfer) = &copy.kind else { return None };
    let alone =
        run.commands().count() == 1 && run.instruction.heredocs.is_empty() && copy.heredocs.is_empty();
    let plain = files.iter().all(|file| !file.contains('/') && !file.contains('$'));
    if files.is_empty() || !alone || !plain || transfer.json || copy.flag("parents").is_some() {
        return None;
    }
    let source = &cx.file.source;
    let flags: String = copy.flags.iter().map(|flag| format!("{} ", flag.span.of(source))).collect();
    let mut target = transfer.target.raw.to_string();
    if !target.ends_with(['/', '"']) {
        target.push('/');
    }
    let install = run.instruction.span.of(source);
    let before = format!("COPY {flags}{} {target}\n{install}\n", files.join(" "));
    // The RUN goes with its line end.
    let rest = source.get(run.instruction.span.end..).unwrap_or("");
    let end = run.instruction.span.end + rest.find('\n').map_or(rest.len(), |n| n + 1);
    let edits =
        vec![Edit::insert(copy.span.start, before), Edit::delete(Span::new(run.instruction.span.start, end))];
    Some(Fix::risky("Install before copying the sources", edits))
}
