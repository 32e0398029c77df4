//! ShellCheck's view of RUN: the scripts it gets, and what it says about them as diagnostics. Pure:
//! whoever may run a program hands over [`Script::text`] and brings back its JSON.
//!
//! | part | does |
//! | --- | --- |
//! | `assemble` | the text of each RUN as its shell reads it, and which shell that is |
//! | `remarks` | ShellCheck's JSON to remarks about a text |
//! | `codes` | codes, names and pages of what it finds |

mod assemble;
mod codes;
mod remarks;

pub use assemble::scripts;
pub(super) use codes::{code_named, page};
pub use remarks::{Remark, read};

use super::context::Context;
use super::{Applicability, Compat, Config, Diagnostic, Fix, pragma};
use crate::dockerfile::{Dockerfile, MappedText};
use crate::text::{Edit, Span};

/// A script of a RUN, ready for ShellCheck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What ShellCheck reads: lines of ours, then the script.
    text: String,
    /// How many bytes of it are ours.
    header: usize,
    /// The script with the places of its bytes in the Dockerfile.
    map: MappedText,
}

impl Script {
    /// What ShellCheck is to read. The same text has the same findings, wherever it stands.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place in the Dockerfile of `span`, bytes of [`Script::text`]; `None` for what is ours. A
    /// place without width takes the character beside it, so that there is something to underline.
    fn place(&self, span: Span) -> Option<Span> {
        let body = self.map.as_str();
        let start = span.start.checked_sub(self.header)?.min(body.len());
        let end = span.end.saturating_sub(self.header).clamp(start, body.len());
        if start < end {
            return Some(self.map.span(Span::new(start, end)));
        }
        let next = body.get(start..)?.chars().next().filter(|c| *c != '\n');
        let width = next.map_or(0, char::len_utf8);
        let before = body.get(..start)?.chars().next_back().map_or(0, char::len_utf8);
        let local =
            if width > 0 { Span::new(start, start + width) } else { Span::new(start - before, start) };
        Some(self.map.span(local))
    }

    /// `edit` of the text as an edit of the Dockerfile. What is inserted before a character stays
    /// beside it, and what is inserted behind one too, when a continued line stands between them.
    fn edit(&self, edit: &Edit, behind: bool) -> Option<Edit> {
        let start = edit.span.start.checked_sub(self.header)?;
        let end = edit.span.end.checked_sub(self.header)?;
        self.map.as_str().get(start..end)?;
        if start < end {
            return Some(Edit::replace(self.map.span(Span::new(start, end)), edit.replacement.clone()));
        }
        let at = match behind && start > 0 {
            true => self.map.span(Span::new(start - 1, start)).end,
            false => self.map.source_of(start),
        };
        Some(Edit::insert(at, edit.replacement.clone()))
    }
}

/// Codes that say nothing about a RUN: files that are not followed, and that ash is checked as dash.
const EXCLUDED: [u16; 4] = [1090, 1091, 1128, 2187];

/// What ShellCheck said as findings of `file`, in order of place: with the severities that `config`
/// sets, without what it or a comment silences.
pub fn diagnose<'a>(
    file: &Dockerfile,
    config: &Config,
    said: impl IntoIterator<Item = (&'a Script, &'a [Remark])>,
) -> Vec<Diagnostic> {
    let mut all = Vec::new();
    for (script, remarks) in said {
        let counted = || remarks.iter().filter(|remark| !EXCLUDED.contains(&remark.code));
        // hadolint keeps one for a RUN: the last that ShellCheck names.
        let passed = if config.compat == Compat::Hadolint { counted().count().saturating_sub(1) } else { 0 };
        for remark in counted().skip(passed) {
            let Some(span) = script.place(remark.span) else { continue };
            if file.source.get(span.range()).is_none() {
                continue;
            }
            let (code, name) = (codes::code(remark.code), codes::name(remark.code));
            let named = |word: &String| code.eq_ignore_ascii_case(word) || name.eq_ignore_ascii_case(word);
            if config.ignored.iter().any(named) {
                continue;
            }
            let severity = config.severities.iter().find(|(word, _)| named(word)).map(|(_, level)| *level);
            all.push(Diagnostic {
                code,
                name,
                severity: severity.unwrap_or(remark.severity),
                span,
                message: remark.message.clone(),
                fix: fix(script, remark),
            });
        }
    }
    if all.is_empty() {
        return all;
    }
    let context = Context::new(file, config);
    if !config.disable_pragmas {
        pragma::take(&context, &mut all);
    }
    if config.compat == Compat::Hadolint {
        context.as_hadolint(&mut all);
    }
    all.sort_by(|a, b| (a.span, a.code, &a.message).cmp(&(b.span, b.code, &b.message)));
    all.dedup();
    all
}

/// What ShellCheck would write: it may change what the command does, so it is never safe.
fn fix(script: &Script, remark: &Remark) -> Option<Fix> {
    let edits: Option<Vec<Edit>> =
        remark.edits.iter().map(|(edit, behind)| script.edit(edit, *behind)).collect();
    let edits = edits.filter(|edits| !edits.is_empty())?;
    Some(Fix { title: "Do as ShellCheck says".into(), applicability: Applicability::Unsafe, edits })
}

#[cfg(test)]
mod tests;
