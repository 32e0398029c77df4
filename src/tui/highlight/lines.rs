//! The colours of a text that changes: the state at the beginning of each line is kept, and after
//! an edit only the lines whose state really changed are looked at again.

use super::{Language, Shared, State, Token, grammar};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A view never looks at more lines than this beyond what it shows; past that it begins afresh a
/// little above the screen, which is right nearly always.
const FAR: usize = 20_000;
/// The same for grammars, which are slower.
const FAR_GRAMMAR: usize = 1_000;
/// How far above the screen such a fresh beginning is.
const LEAD: usize = 100;

/// How a line of a Dockerfile begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineStart {
    /// A new instruction, a comment or nothing.
    Fresh,
    /// In the instruction of the line above.
    Continued,
    /// In a heredoc.
    Heredoc,
    /// It is no Dockerfile.
    Other,
}

/// What is known about the lines of one text.
#[derive(Debug, Clone)]
pub struct LineColours {
    language: Language,
    /// The state at the beginning of each line, as far as it was ever known.
    states: Vec<Option<Shared>>,
    /// Lines whose state behind them may be wrong: from the first edited one to the last.
    stale: Option<Range<usize>>,
    /// Lines looked at before, by their text: drawing a screen again costs no lexing.
    memo: HashMap<String, Vec<Known>>,
    /// Whether the language's grammar was there when this began.
    ready: bool,
}

/// A line's tokens and the state behind it, for one state at its beginning.
#[derive(Debug, Clone)]
struct Known {
    state: Shared,
    tokens: Arc<[Token]>,
    next: Shared,
}

/// How many texts of lines are remembered.
const MEMO: usize = 4_096;

impl LineColours {
    /// Nothing known yet.
    pub fn new(language: Language) -> Self {
        Self {
            language,
            states: Vec::new(),
            stale: None,
            memo: HashMap::new(),
            ready: grammar::ready(language),
        }
    }

    /// `removed` line ends behind `line` gave way to `added`.
    pub fn edited(&mut self, line: usize, removed: usize, added: usize) {
        let from = (line + 1).min(self.states.len());
        let to = (line + 1 + removed).min(self.states.len());
        if line + 1 < self.states.len() {
            self.states.splice(from..to, std::iter::repeat_n(None, added));
        }
        let end = line + added + 1;
        self.stale = Some(match self.stale.take() {
            None => line..end,
            Some(old) => {
                let shifted =
                    if old.end > line + removed { (old.end + added).saturating_sub(removed) } else { end };
                old.start.min(line)..shifted.max(end)
            }
        });
    }

    /// The tokens of `lines`, where `text` gives the text of a line.
    pub fn tokens<T: AsRef<str>>(
        &mut self,
        lines: Range<usize>,
        text: impl Fn(usize) -> T,
    ) -> Vec<Arc<[Token]>> {
        if !self.ready && grammar::ready(self.language) {
            *self = Self::new(self.language);
        }
        if self.states.is_empty() {
            self.states.push(Some(Arc::new(State::first(self.language))));
        }
        let far = if matches!(self.states.first(), Some(Some(s)) if matches!(**s, State::Grammar(_))) {
            FAR_GRAMMAR
        } else {
            FAR
        };
        let known = self.known(lines.start);
        if lines.start - known > far {
            return self.fresh(lines, text);
        }
        let mut out = Vec::with_capacity(lines.len());
        let mut line = known;
        while line < lines.end {
            let Some(Some(state)) = self.states.get(line).cloned() else { break };
            let next = if line >= lines.start {
                let (tokens, next) = self.look(&state, text(line).as_ref());
                out.push(tokens);
                next
            } else {
                // Passed on the way only: not worth remembering.
                shared(&state, state.line(self.language, text(line).as_ref()).1)
            };
            self.learn(line, next);
            line += 1;
        }
        out
    }

    /// How `line` begins; `text` gives the text of a line.
    pub fn line_start<T: AsRef<str>>(&mut self, line: usize, text: impl Fn(usize) -> T) -> LineStart {
        self.tokens(line..line + 1, text);
        match self.states.get(line).and_then(Option::as_deref) {
            Some(State::Dockerfile(state)) => state.line_start(),
            _ => LineStart::Other,
        }
    }

    /// The last line at or before `line` whose state is known and right.
    fn known(&self, line: usize) -> usize {
        let right = self.stale.as_ref().map_or(usize::MAX, |stale| stale.start);
        let mut at = line.min(right).min(self.states.len().saturating_sub(1));
        while at > 0 && !matches!(self.states.get(at), Some(Some(_))) {
            at -= 1;
        }
        at
    }

    /// The tokens of `line` and the state behind it.
    fn look(&mut self, state: &Shared, line: &str) -> (Arc<[Token]>, Shared) {
        let same = |known: &&Known| Arc::ptr_eq(&known.state, state) || *known.state == **state;
        if let Some(known) = self.memo.get(line).and_then(|all| all.iter().find(same)) {
            return (Arc::clone(&known.tokens), Arc::clone(&known.next));
        }
        let (tokens, next) = state.line(self.language, line);
        let next = shared(state, next);
        let tokens: Arc<[Token]> = tokens.into();
        if self.memo.len() >= MEMO {
            self.memo.clear();
        }
        let known = Known { state: Arc::clone(state), tokens: Arc::clone(&tokens), next: Arc::clone(&next) };
        self.memo.entry(line.to_owned()).or_default().push(known);
        (tokens, next)
    }

    /// `line` leads to `next`: remember it, and see whether what follows is still right.
    fn learn(&mut self, line: usize, next: Shared) {
        let same = self
            .states
            .get(line + 1)
            .and_then(Option::as_ref)
            .is_some_and(|known| Arc::ptr_eq(known, &next) || **known == *next);
        if !same {
            if line + 1 < self.states.len() {
                self.states[line + 1] = Some(next);
            } else {
                self.states.push(Some(next));
            }
        }
        let Some(stale) = &self.stale else {
            // Right up to here, and wrong beyond when this differs from what was believed.
            if !same && line + 2 < self.states.len() {
                self.stale = Some(line + 1..line + 2);
            }
            return;
        };
        if line >= stale.start {
            let last = line + 2 >= self.states.len();
            self.stale = if (same || last) && line + 1 >= stale.end {
                None
            } else {
                Some(line + 1..stale.end.max(line + 2))
            };
        }
    }

    /// Tokens from a fresh beginning above `lines`; nothing is remembered.
    fn fresh<T: AsRef<str>>(&mut self, lines: Range<usize>, text: impl Fn(usize) -> T) -> Vec<Arc<[Token]>> {
        let mut state = Arc::new(State::first(self.language));
        let mut out = Vec::with_capacity(lines.len());
        for line in lines.start.saturating_sub(LEAD)..lines.end {
            let (tokens, next) = self.look(&state, text(line).as_ref());
            if line >= lines.start {
                out.push(tokens);
            }
            state = next;
        }
        out
    }
}

/// `next`, or `state` itself when they are the same: most lines lead back to where they began.
fn shared(state: &Shared, next: State) -> Shared {
    if next == **state { Arc::clone(state) } else { Arc::new(next) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// After any edits and views, the colours are those of a fresh look at the whole text.
        #[test]
        fn edits_never_leave_wrong_colours(
            edits in proptest::collection::vec((0usize..12, 0usize..3, proptest::collection::vec(
                prop_oneof![
                    Just("FROM a AS b"), Just("RUN x \\"), Just("  y 'z \\"), Just("RUN <<EOF"), Just("EOF"),
                    Just("# c"), Just(""), Just("a' && b"),
                ], 0..4), 0usize..12), 1..12)
        ) {
            let mut text: Vec<&str> = vec!["FROM a"];
            let mut colours = LineColours::new(Language::Dockerfile);
            for (at, remove, insert, look) in edits {
                // Replace `remove` whole lines; the line above them counts as edited too.
                let at = at.min(text.len());
                let remove = remove.min(text.len() - at);
                let (removed, added) = (remove, insert.len());
                text.splice(at..at + remove, insert);
                if text.is_empty() {
                    text.push("");
                }
                if at == 0 {
                    colours = LineColours::new(Language::Dockerfile);
                } else {
                    colours.edited(at - 1, removed, added);
                }
                let expected = super::super::lines(Language::Dockerfile, &text.join("\n"));
                let from = look.min(text.len());
                let to = (from + 4).min(text.len());
                let tokens: Vec<Vec<Token>> = colours.tokens(from..to, |line| text[line]).iter().map(|t| t.to_vec()).collect();
                prop_assert_eq!(tokens, &expected[from..to]);
            }
        }
    }
}
