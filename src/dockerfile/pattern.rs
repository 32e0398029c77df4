//! The patterns of `${name#pattern}`, `${name%pattern}` and `${name/pattern/word}`: `*`, `?`, and letters.

/// More work than this is for no file that a person wrote: the value stays as it is.
const WORK_LIMIT: usize = 1 << 16;

/// Where a pattern has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At the beginning of the value.
    Front,
    /// At its end.
    Back,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Any,
    One,
    Letter(char),
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Letter(chars.next().unwrap_or('\\')),
            _ => Token::Letter(c),
        });
    }
    out
}

/// How many letters at the front of `value` the pattern takes: the most or the fewest.
fn taken(tokens: &[Token], value: &[char], longest: bool) -> Option<usize> {
    let mut reachable = vec![false; value.len() + 1];
    reachable[0] = true;
    for token in tokens {
        let mut next = vec![false; value.len() + 1];
        match token {
            Token::Any => {
                let first = reachable.iter().position(|r| *r)?;
                next.iter_mut().skip(first).for_each(|r| *r = true);
            }
            Token::One | Token::Letter(_) => {
                for (at, c) in value.iter().enumerate() {
                    next[at + 1] = reachable[at] && (*token == Token::One || *token == Token::Letter(*c));
                }
            }
        }
        reachable = next;
    }
    if longest { reachable.iter().rposition(|r| *r) } else { reachable.iter().position(|r| *r) }
}

/// `value` without what the pattern takes at one end of it.
pub(super) fn trim(value: &str, pattern: &str, end: End, longest: bool) -> String {
    let (mut tokens, mut chars) = (tokens(pattern), value.chars().collect::<Vec<_>>());
    if tokens.len() * chars.len() > WORK_LIMIT {
        return value.to_owned();
    }
    if end == End::Back {
        tokens.reverse();
        chars.reverse();
    }
    let Some(count) = taken(&tokens, &chars, longest) else { return value.to_owned() };
    let rest = chars.into_iter().skip(count);
    match end {
        End::Front => rest.collect(),
        End::Back => rest.collect::<Vec<_>>().into_iter().rev().collect(),
    }
}

/// `value` with `with` in place of the first match of the pattern, or of all.
pub(super) fn replace(value: &str, pattern: &str, with: &str, all: bool) -> String {
    let (tokens, chars) = (tokens(pattern), value.chars().collect::<Vec<_>>());
    if tokens.len() * chars.len() * chars.len() > WORK_LIMIT * 16 {
        return value.to_owned();
    }
    let (mut out, mut at, mut last, mut done) = (String::new(), 0, None, false);
    while at <= chars.len() {
        let found = if done { None } else { taken(&tokens, chars.get(at..).unwrap_or(&[]), true) };
        match found {
            // An empty match right behind another one is none.
            Some(count) if count > 0 || last != Some(at) => {
                out.push_str(with);
                at += count;
                last = Some(at);
                done = !all;
                if count > 0 {
                    continue;
                }
            }
            _ => {}
        }
        out.extend(chars.get(at));
        at += 1;
    }
    out
}
