//! Secrets in what is said about a file: messages do not repeat them, and lines are shown without them.

use super::Diagnostic;
use crate::text::Span;
use std::borrow::Cow;

/// What stands where a secret stood. Always the same, so that it does not say how long that is.
const HIDDEN: &str = "***";
/// Shorter ones are left in messages: words of the message itself have them.
const SHORTEST: usize = 4;
/// The most secrets that are looked for in one message.
const MOST: usize = 16;

/// Brings `secrets` into order, those that overlap as one.
pub(super) fn order(secrets: &mut Vec<Span>) {
    secrets.sort_unstable();
    secrets.dedup_by(|next, kept| {
        let overlap = next.start < kept.end;
        if overlap {
            kept.end = kept.end.max(next.end);
        }
        overlap
    });
}

/// Those of `secrets`, which are in order and apart, that touch `span`.
fn within(secrets: &[Span], span: Span) -> impl Iterator<Item = Span> {
    let first = secrets.partition_point(|secret| secret.end <= span.start);
    let empty = span.is_empty();
    secrets.iter().skip(first).take_while(move |secret| !empty && secret.start < span.end).copied()
}

/// Takes the secrets that a finding is about out of its message and the title of its fix. The fix
/// itself keeps them, because it is an edit of the file.
pub fn hide(source: &str, secrets: &[Span], findings: &mut [Diagnostic]) {
    if secrets.is_empty() {
        return;
    }
    for found in findings {
        for secret in within(secrets, found.span).take(MOST) {
            let Some(text) = source.get(secret.range()) else { continue };
            let text = text.trim_matches(['"', '\'']);
            if text.len() < SHORTEST {
                continue;
            }
            let titles = found.fix.as_mut().map(|fix| &mut fix.title);
            for words in std::iter::once(&mut found.message).chain(titles) {
                if words.contains(text) {
                    *words = words.replace(text, HIDDEN);
                }
            }
        }
    }
}

/// The text at `span` with its secrets hidden.
pub fn hidden<'a>(source: &'a str, span: Span, secrets: &[Span]) -> Cow<'a, str> {
    let text = |from: usize, to: usize| source.get(from..to).unwrap_or("");
    let mut out = String::new();
    let mut shown = span.start;
    for secret in within(secrets, span) {
        out.push_str(text(shown, secret.start.max(shown)));
        out.push_str(HIDDEN);
        shown = secret.end;
    }
    if out.is_empty() {
        return Cow::Borrowed(text(span.start, span.end));
    }
    out.push_str(text(shown.min(span.end), span.end));
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_a_secret_is_hidden_however_it_is_cut() {
        let source = "a=secret b=other c";
        let mut secrets = vec![Span::new(11, 16), Span::new(2, 8), Span::new(4, 6)];
        order(&mut secrets);
        assert_eq!(secrets, [Span::new(2, 8), Span::new(11, 16)]);
        let shown = |from, to| hidden(source, Span::new(from, to), &secrets);
        assert_eq!(shown(0, 18), "a=*** b=*** c");
        assert_eq!((shown(0, 4), shown(4, 6), shown(6, 10)), ("a=***".into(), "***".into(), "*** b".into()));
        assert_eq!((shown(8, 11), shown(16, 18), shown(3, 3)), (" b=".into(), " c".into(), "".into()));
    }
}
