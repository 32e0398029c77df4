//! DL3059 · merge-runs: RUNs that follow each other are one.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DL3059",
        name: "merge-runs",
        severity: Severity::Info,
        summary: "RUNs that follow each other are one",
        documentation: include_str!("dl3059.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let mut before: Option<(usize, &Run<'_>)> = None;
    let mut runs = cx.runs.iter().filter(|run| !run.onbuild).peekable();
    for (at, instruction) in cx.file.instructions.iter().enumerate() {
        let Some(run) = runs.next_if(|run| run.index == at) else {
            before = None;
            continue;
        };
        let Some((_, first)) = before else {
            before = Some((at, run));
            continue;
        };
        if same_flags(first.instruction, run.instruction) && small(cx, first) && small(cx, run) {
            let message = "this RUN follows another and makes a layer of its own; join them with `&&`";
            out.fixable(instruction.keyword_span, message, fix(cx, at));
        } else {
            before = Some((at, run));
        }
    }
}

/// Whether two RUNs have the same flags; neither their order counts nor that of a mount's options.
fn same_flags(a: &Instruction, b: &Instruction) -> bool {
    if a.flags.is_empty() || b.flags.is_empty() {
        return a.flags.is_empty() && b.flags.is_empty();
    }
    let sorted = |instruction: &Instruction| {
        let mut flags: Vec<(String, Vec<String>)> = Vec::new();
        for flag in &instruction.flags {
            let mut options: Vec<String> = flag.value.value().split(',').map(str::to_owned).collect();
            options.sort_unstable();
            flags.push((flag.name.to_string(), options));
        }
        flags.sort_unstable();
        flags
    };
    sorted(a) == sorted(b)
}

/// hadolint leaves a RUN of two commands alone, ours only one of more.
fn small(cx: &Context<'_>, run: &Run<'_>) -> bool {
    run.commands().count() <= if cx.compat() { 1 } else { 2 }
}

/// Join the RUN at `at` with the one before it, when that surely runs the same commands.
fn fix(cx: &Context<'_>, at: usize) -> Option<Fix> {
    let (first, second) = (cx.file.instructions.get(at.checked_sub(1)?)?, cx.file.instructions.get(at)?);
    let text = |i: &Instruction| match &i.kind {
        Kind::Run(CommandLine::Shell(text)) if i.heredocs.is_empty() && i.flags.is_empty() => {
            Some(text.as_str().to_owned())
        }
        _ => None,
    };
    let (a, b) = (text(first)?, text(second)?);
    let between = Span::new(first.span.end, second.span.start).of(&cx.file.source);
    let lasting = [
        "cd ", "export ", "set ", "umask ", "trap ", "exit", "source ", ". ", "alias ", "unset ", "exec ",
        "shopt ", "=",
    ];
    let plain = |text: &str| {
        !text.contains(['#', ';', '\n', '(', '{'])
            && !text.contains("||")
            && !text.trim_end().ends_with(['&', '|'])
    };
    let parsed = [crate::dockerfile::shell::parse(&a), crate::dockerfile::shell::parse(&b)];
    let safe = between.trim().is_empty()
        && plain(&a)
        && plain(&b)
        && !lasting.iter().any(|word| a.contains(word))
        && !b.contains(" & ")
        && !a.contains(" & ")
        && parsed.iter().all(|parsed| !parsed.broken && !parsed.commands.is_empty());
    let joint = Span::new(first.span.end, second.args_span.start);
    let end_of_line = if between.contains('\r') { "\r\n" } else { "\n" };
    safe.then(|| {
        let text = format!(" {}{end_of_line}    && ", cx.file.escape);
        Fix::safe("Join with the RUN before", vec![Edit::replace(joint, text)])
    })
}
