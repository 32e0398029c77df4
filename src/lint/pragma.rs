//! Comments that silence rules: `# hadolint ignore=…` and BuildKit's `# check=skip=…`.
//!
//! A pragma above an instruction is for that instruction, over blank lines, other comments and
//! other pragmas; hadolint takes only the line right below. Inside a continued instruction it is
//! for that instruction.

use super::context::Context;
use super::{Diagnostic, rules_named, shellcheck};
use crate::dockerfile::{Checks, Comment};
use crate::text::{LineIndex, Span};
use std::collections::HashSet;

/// Where a pragma counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Scope {
    File,
    Instruction(usize),
    Stage(usize),
}

/// The codes that are silenced where.
#[derive(Default)]
struct Silenced(HashSet<(Scope, &'static str)>);

/// In the place of a code: all of them.
const ALL: &str = "all";

/// Take the findings that comments silence out of `findings`.
pub(super) fn take(context: &Context<'_>, findings: &mut Vec<Diagnostic>) -> Vec<Diagnostic> {
    let quiet = context.file.comments.is_empty() && context.checks.skip.is_empty();
    if quiet || findings.is_empty() {
        return Vec::new();
    }
    let silenced = read(context);
    if silenced.0.is_empty() {
        return Vec::new();
    }
    findings.extract_if(.., |found| silenced.holds(context, found)).collect()
}

impl Silenced {
    fn add(&mut self, scope: Scope, words: &[&str]) {
        for word in words {
            let all = (*word == ALL).then_some(ALL);
            let ours = rules_named(word).iter().map(|info| info.code);
            let codes = ours.chain(shellcheck::code_named(word)).chain(all);
            self.0.extend(codes.map(|code| (scope, code)));
        }
    }

    /// BuildKit's `skip=`. Its `all` is all of BuildKit's checks.
    fn add_checks(&mut self, scope: Scope, checks: &Checks<'_>) {
        self.add(scope, &checks.skip.iter().copied().filter(|word| *word != ALL).collect::<Vec<_>>());
        if checks.skip.contains(&ALL) {
            let known = super::all_rules().filter(|info| info.buildkit.is_some());
            self.0.extend(known.map(|info| (scope, info.code)));
        }
    }

    fn holds(&self, context: &Context<'_>, found: &Diagnostic) -> bool {
        if found.code == super::rules::SYNTAX {
            return false;
        }
        let at = context.instruction_at(found.span.start);
        let stage = at.and_then(|at| context.stage_of(at).map(|stage| (at, stage)));
        // What the FROM line itself does is no part of its stage.
        let inside = stage.filter(|(at, stage)| context.stages[*stage].range.start != *at);
        let scopes =
            [Some(Scope::File), at.map(Scope::Instruction), inside.map(|(_, stage)| Scope::Stage(stage))];
        let holds = |scope: Scope| self.0.contains(&(scope, found.code)) || self.0.contains(&(scope, ALL));
        scopes.into_iter().flatten().any(holds)
    }
}

fn read(context: &Context<'_>) -> Silenced {
    let mut silenced = Silenced::default();
    let index = std::cell::OnceCell::new();
    silenced.add_checks(Scope::File, &context.checks);
    for comment in &context.file.comments {
        let text = comment.span.of(&context.file.source);
        let body = body(text, context.compat());
        if let Some(checks) = checks(body) {
            let directives = &context.file.directives;
            let directive = directives.binary_search_by_key(&comment.span.start, |d| d.span.start).is_ok();
            // hadolint knows nothing of BuildKit's comments.
            if !directive && !context.compat() {
                let scope = below(context, comment, &index);
                scope.into_iter().for_each(|scope| silenced.add_checks(scope, &checks));
            }
        } else if let Some((kind, words)) = hadolint(body, context.compat()) {
            let scope = match kind {
                Kind::Global => Some(Scope::File),
                Kind::Stage => stage_below(context, comment, &index),
                Kind::Line => below(context, comment, &index),
            };
            scope.into_iter().for_each(|scope| silenced.add(scope, &words));
        }
    }
    silenced
}

/// What stands behind `check=` of a comment. What cannot be read says nothing, as in the builder.
fn checks(body: &str) -> Option<Checks<'_>> {
    let (name, options) = body.split_once('=')?;
    name.trim().eq_ignore_ascii_case("check").then(|| Checks::parse(options.trim()).unwrap_or_default())
}

/// A comment without its marks; hadolint takes away one `#`, and no blanks but the plain ones.
fn body(comment: &str, strict: bool) -> &str {
    if strict {
        return comment.strip_prefix('#').unwrap_or(comment).trim_matches([' ', '\t']);
    }
    comment.trim_start_matches('#').trim()
}

/// The shell that `# hadolint shell=…` gives the instruction of this index, and where that stands: the
/// last one above it in its stage, else one above the first stage.
pub(super) fn shell<'a>(context: &Context<'a>, index: usize) -> Option<(usize, &'a str)> {
    let place = |at: usize| context.file.instructions.get(at).map_or(usize::MAX, |i| i.span.start);
    let stage = context.stage_of(index).and_then(|stage| context.stages.get(stage))?;
    let (first, start, end) = (context.stages.first()?.range.start, stage.range.start, place(index));
    let mut above = context.file.comments.iter().rev().filter(|comment| {
        let at = comment.span.start;
        at < place(first) || (at >= place(start) && at < end)
    });
    above.find_map(|comment| {
        let body = body(comment.span.of(&context.file.source), false);
        let rest = body.strip_prefix("hadolint")?.trim_start().strip_prefix("shell")?;
        let value = rest.trim_start().strip_prefix('=')?.trim();
        (!value.is_empty()).then_some((comment.span.start, value))
    })
}

/// The reach that a hadolint pragma asks for.
enum Kind {
    Line,
    Global,
    Stage,
}

fn hadolint(body: &str, strict: bool) -> Option<(Kind, Vec<&str>)> {
    let rest = body.strip_prefix("hadolint")?;
    let rest = rest.starts_with([' ', '\t']).then(|| rest.trim_start())?;
    let scope = |name: &str| rest.strip_prefix(name).filter(|rest| rest.starts_with([' ', '\t']));
    let (kind, rest) = if let Some(rest) = scope("global") {
        (Kind::Global, rest)
    } else if let Some(rest) = scope("stage") {
        (Kind::Stage, rest)
    } else {
        (Kind::Line, rest)
    };
    let list = rest.trim_start().strip_prefix("ignore")?.trim_start().strip_prefix('=')?;
    let list = list.split('#').next().unwrap_or(list);
    let mut words = list.split(',').map(|word| word.trim_matches([' ', '\t']));
    // hadolint drops the whole comment for one word that is no code.
    let code =
        |word: &str| !word.is_empty() && word.chars().all(|c| matches!(c, 'D' | 'L' | 'S' | 'C' | '0'..='9'));
    if strict && !words.clone().all(code) {
        return None;
    }
    let first = |word: &'_ str| word.split_whitespace().next().map(str::len);
    Some((kind, words.by_ref().filter_map(|word| word.get(..first(word)?)).collect()))
}

/// Whether `body`, a comment without its `#`, is a pragma that ignores rules.
pub(super) fn ignores(body: &str) -> bool {
    hadolint(body, false).is_some_and(|(_, words)| !words.is_empty())
}

/// Where in `comment`, a pragma for one instruction, the codes stand: from the first to the last.
pub(super) fn list(comment: &str) -> Option<Span> {
    let body = comment.trim_start_matches('#').trim();
    let (Kind::Line, words) = hadolint(body, false)? else { return None };
    let last = words.last()?;
    let start = comment.find('=')? + 1;
    let start = start + comment.get(start..)?.find(|c: char| !c.is_whitespace())?;
    let end = comment.get(..comment.find(" #").unwrap_or(comment.len()))?.rfind(last)? + last.len();
    (start < end).then_some(Span::new(start, end))
}

fn below(context: &Context<'_>, comment: &Comment, index: &std::cell::OnceCell<LineIndex>) -> Option<Scope> {
    let next = context.instruction_at(comment.span.start).map_or(0, |at| at + 1);
    if comment.inside {
        return (!context.compat()).then_some(Scope::Instruction(next.checked_sub(1)?));
    }
    let instruction = context.file.instructions.get(next)?;
    if context.compat() {
        let index = index.get_or_init(|| LineIndex::new(&context.file.source));
        if index.line(comment.span.start) + 1 != index.line(instruction.span.start) {
            return None;
        }
    }
    Some(Scope::Instruction(next))
}

fn stage_below(
    context: &Context<'_>,
    comment: &Comment,
    index: &std::cell::OnceCell<LineIndex>,
) -> Option<Scope> {
    let Some(Scope::Instruction(at)) = below(context, comment, index) else { return None };
    let stage = context.stage_of(at)?;
    (context.stages[stage].range.start == at).then_some(Scope::Stage(stage))
}
