//! Colours of code blocks.

use super::{Line, Look, Run};
use crate::tui::highlight::{Language, LineColours};
use crate::tui::theme::Role;

/// The lines of a block in `language`, each as runs.
pub(super) fn highlight(language: &str, lines: Vec<String>) -> Vec<Vec<Run>> {
    let mut colours = LineColours::new(Language::named(language));
    let tokens = colours.tokens(0..lines.len(), |at| lines.get(at).map(String::as_str).unwrap_or_default());
    let plain = Look::of(Role::Code);
    let mut tokens = tokens.into_iter();
    lines
        .iter()
        .map(|line| {
            let mut out = Line::default();
            let mut at = 0;
            for token in tokens.next().as_deref().unwrap_or_default() {
                let (Some(before), Some(text)) =
                    (line.get(at..token.range.start), line.get(token.range.clone()))
                else {
                    continue;
                };
                out.push(before, plain);
                out.push(text, Look::of(token.role));
                at = token.range.end;
            }
            out.push(line.get(at..).unwrap_or_default(), plain);
            out.runs
        })
        .collect()
}
