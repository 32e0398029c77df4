//! Where vim's motions lead, and what its text objects cover.

use crate::tui::editor::document::Document;
use crate::tui::editor::motion::{self, Class};
use std::ops::Range;

/// What an operator takes of a motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Up to the target.
    Exclusive,
    /// The target's character too.
    Inclusive,
    /// Whole lines.
    Lines,
}

/// Where `key` leads from `head`, `count` times. `gg` arrives as `g`.
pub(super) fn target(
    document: &Document,
    head: usize,
    key: char,
    count: Option<usize>,
    found: Option<(char, char)>,
    operator: Option<char>,
) -> Option<(usize, Reach)> {
    let line = document.line_of(head);
    let range = document.line_range(line);
    let last = document.lines() - 1;
    let times = count.unwrap_or(1);
    let repeat = |step: &dyn Fn(usize) -> usize| (0..times).fold(head, |at, _| step(at));
    let to_line = |line: usize| motion::first_nonblank(document, line.min(last));
    let answer = match key {
        'h' => (repeat(&|at| document.previous(at).max(range.start)), Reach::Exclusive),
        'l' | ' ' => (repeat(&|at| document.next(at).min(range.end)), Reach::Exclusive),
        'j' if line == last => return None,
        'k' if line == 0 => return None,
        'j' => (to_line(line + times), Reach::Lines),
        'k' => (to_line(line.saturating_sub(times)), Reach::Lines),
        '0' => (range.start, Reach::Exclusive),
        '^' => (motion::first_nonblank(document, line), Reach::Exclusive),
        '$' => {
            let end = document.line_range((line + times - 1).min(last));
            (document.previous(end.end).max(end.start), Reach::Inclusive)
        }
        'g' => (to_line(times - 1), Reach::Lines),
        'G' => (to_line(count.map_or(last, |n| n - 1)), Reach::Lines),
        // `cw` is `ce` in vim.
        'w' if operator == Some('c') => {
            let at_blank = document.char_at(head).is_none_or(char::is_whitespace);
            let to =
                if at_blank { word_start(document, head, false) } else { end_of_run(document, head, times) };
            (to.min(range.end), Reach::Exclusive)
        }
        'w' | 'W' => {
            let to = repeat(&|at| word_start(document, at, key == 'W'));
            // Behind an operator the last word ends at its line's end.
            let to = if operator.is_some() && document.line_of(to) > line { range.end.max(head) } else { to };
            (to, Reach::Exclusive)
        }
        'b' | 'B' => (repeat(&|at| word_back(document, at, key == 'B')), Reach::Exclusive),
        'e' | 'E' => (repeat(&|at| word_end(document, at, key == 'E')), Reach::Inclusive),
        '{' => (paragraph(document, line, times, false), Reach::Exclusive),
        '}' => (paragraph(document, line, times, true), Reach::Exclusive),
        ';' | ',' => return find(document, head, found?, key == ',', times),
        _ => return None,
    };
    Some(answer)
}

/// The class of a character; for `W`, `B` and `E` there are only blanks and the rest.
fn class(c: char, big: bool) -> Class {
    match Class::of(c) {
        Class::Sign if big => Class::Word,
        class => class,
    }
}

fn word_start(document: &Document, at: usize, big: bool) -> usize {
    let Some(here) = document.char_at(at).map(|c| class(c, big)) else { return at };
    let behind =
        if here == Class::Blank { at } else { motion::skip_right(document, at, |c| class(c, big) == here) };
    motion::skip_right(document, behind, |c| class(c, big) == Class::Blank)
}

fn word_back(document: &Document, at: usize, big: bool) -> usize {
    let at = motion::skip_left(document, at, |c| class(c, big) == Class::Blank);
    let Some(here) = document.char_before(at).map(|c| class(c, big)) else { return at };
    motion::skip_left(document, at, |c| class(c, big) == here)
}

fn word_end(document: &Document, at: usize, big: bool) -> usize {
    let from = motion::skip_right(document, document.next(at), |c| class(c, big) == Class::Blank);
    let Some(here) = document.char_at(from).map(|c| class(c, big)) else { return at };
    document.previous(motion::skip_right(document, from, |c| class(c, big) == here))
}

/// The end of the run of one class that begins at `at`, `times` words on.
fn end_of_run(document: &Document, at: usize, times: usize) -> usize {
    let Some(here) = document.char_at(at).map(Class::of) else { return at };
    let end = motion::skip_right(document, at, |c| Class::of(c) == here);
    (1..times).fold(end, |at, _| motion::word_right(document, at))
}

fn paragraph(document: &Document, line: usize, times: usize, down: bool) -> usize {
    let empty = |line: usize| document.line_range(line).is_empty();
    let last = document.lines() - 1;
    let mut at = line;
    for _ in 0..times {
        loop {
            if at == if down { last } else { 0 } {
                break;
            }
            at = if down { at + 1 } else { at - 1 };
            if empty(at) {
                break;
            }
        }
    }
    if down && at == last && !empty(at) { document.line_end(at) } else { document.line_start(at) }
}

/// `f`, `F`, `t`, `T` for a character, `times` times; `back` goes the other way.
fn find(
    document: &Document,
    head: usize,
    (kind, wanted): (char, char),
    back: bool,
    times: usize,
) -> Option<(usize, Reach)> {
    let range = document.line_range(document.line_of(head));
    let forward = kind.is_ascii_lowercase() != back;
    let till = kind.eq_ignore_ascii_case(&'t');
    let mut at = head;
    for _ in 0..times {
        at = if forward {
            let from = document.next(at).min(range.end);
            let text = document.slice(from..range.end);
            from + text.find(wanted)?
        } else {
            let text = document.slice(range.start..at);
            range.start + text.rfind(wanted)?
        };
        at = document.floor(at);
    }
    let at = match (till, forward) {
        (true, true) => document.previous(at),
        (true, false) => document.next(at),
        _ => at,
    };
    Some((at, if forward { Reach::Inclusive } else { Reach::Exclusive }))
}

/// What `iw`, `a"`, `i(` … cover around `head`.
pub(super) fn text_object(document: &Document, head: usize, around: bool, key: char) -> Option<Range<usize>> {
    let line = document.line_range(document.line_of(head));
    match key {
        'w' => {
            let word = motion::word_at(document, head);
            if !around {
                return Some(word);
            }
            let blank = |c: char| c == ' ' || c == '\t';
            let end = motion::skip_right(document, word.end, blank).min(line.end);
            let start = if end == word.end {
                motion::skip_left(document, word.start, blank).max(line.start)
            } else {
                word.start
            };
            Some(start..end)
        }
        '"' | '\'' | '`' => {
            let text = document.slice(line.clone());
            let at = head - line.start;
            let quotes: Vec<usize> = text.match_indices(key).map(|(n, _)| n).collect();
            let pair = quotes.chunks_exact(2).find(|pair| at <= pair[1])?;
            let inside = line.start + pair[0] + 1..line.start + pair[1];
            Some(if around { inside.start - 1..inside.end + 1 } else { inside })
        }
        '(' | ')' | 'b' => pair(document, head, around, '(', ')'),
        '[' | ']' => pair(document, head, around, '[', ']'),
        '{' | '}' | 'B' => pair(document, head, around, '{', '}'),
        _ => None,
    }
}

/// The innermost pair of brackets around `head`, on its line.
fn pair(document: &Document, head: usize, around: bool, open: char, close: char) -> Option<Range<usize>> {
    let line = document.line_range(document.line_of(head));
    let text = document.slice(line.clone());
    let at = head - line.start;
    let mut depth = 0usize;
    let start = text.char_indices().rev().skip_while(|(n, _)| *n > at).find(|(n, c)| {
        if *c == close && *n != at {
            depth += 1;
        } else if *c == open {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        }
        false
    })?;
    let mut depth = 0usize;
    let end = text.char_indices().skip_while(|(n, _)| *n <= start.0).find(|(_, c)| {
        if *c == open {
            depth += 1;
        } else if *c == close {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        }
        false
    })?;
    let inside = line.start + start.0 + 1..line.start + end.0;
    Some(if around { inside.start - 1..inside.end + 1 } else { inside })
}
