//! What the rules about secrets share. None of them ever repeats a value.

use super::dl3064;
use super::prelude::*;
use crate::dockerfile::Pair;

/// The instruction that byte `at` belongs to; `None` in comments and between instructions.
pub(super) fn holder<'a>(cx: &Context<'a>, at: usize) -> Option<&'a Instruction> {
    let comments = &cx.file.comments;
    let comment =
        comments.partition_point(|c| c.span.start <= at).checked_sub(1).and_then(|n| comments.get(n));
    if comment.is_some_and(|comment| comment.span.contains(at)) {
        return None;
    }
    let holder = cx.file.instructions.get(cx.instruction_at(at)?)?;
    holder.span.contains(at).then(|| holder.inner())
}

/// The `key=value` of ENV, ARG and LABEL that byte `at` is in.
pub(super) fn pair(instruction: &Instruction, at: usize) -> Option<&Pair> {
    let (Kind::Env(pairs) | Kind::Arg(pairs) | Kind::Label(pairs)) = &instruction.kind else { return None };
    pairs.iter().find(|pair| pair.span.contains(at))
}

/// Whether the name of an ARG or ENV gives it away already, so that another rule reports it.
pub(super) fn named(instruction: &Instruction, at: usize) -> bool {
    matches!(instruction.kind, Kind::Env(_) | Kind::Arg(_))
        && pair(instruction, at).is_some_and(|pair| dl3064::is_secret(pair.key.value()))
}

/// Where it stands, for a message: "ENV `NAME`", "this RUN".
pub(super) fn place(instruction: &Instruction, at: usize) -> String {
    match pair(instruction, at) {
        Some(pair) => format!("{} `{}`", instruction.keyword, pair.key.value()),
        None => format!("this {}", instruction.keyword),
    }
}

/// Whether `value` is a value, and nothing that stands for one: a variable, `<password>`, `xxxx`.
pub(super) fn literal(value: &str) -> bool {
    const STANDS_FOR: [&str; 10] =
        ["xxx", "***", "...", "example", "your", "changeme", "change_me", "placeholder", "redacted", "dummy"];
    let lower = value.to_ascii_lowercase();
    value.chars().any(char::is_alphanumeric)
        && !value.contains(['$', '<', '>', '{', '}', '%'])
        && !STANDS_FOR.iter().any(|word| lower.contains(word))
}

/// The last variable in `value` that an ARG or ENV of the file sets and whose name gives nothing away.
pub(super) fn unnamed_variable(cx: &Context<'_>, value: &str) -> Option<String> {
    let found = crate::dockerfile::variables(value, cx.file.escape);
    let name = found.iter().map(|variable| variable.name).rfind(|name| cx.declares(name))?;
    (!dl3064::is_secret(name)).then(|| name.to_owned())
}
