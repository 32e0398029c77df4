//! Runs of text broken into lines: at blanks, between wide characters, and inside words only when
//! a word is wider than the line.

use super::{Look, Run};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Cells that `text` takes, counted as it will be drawn: grapheme by grapheme.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.graphemes(true).map(cells).sum()
}

/// Cells of one grapheme. Terminals give the half-width voicing marks (U+FF9E, U+FF9F) a cell of
/// their own, though Unicode counts them as combining.
fn cells(grapheme: &str) -> usize {
    let marks = grapheme.chars().filter(|c| matches!(c, '\u{ff9e}' | '\u{ff9f}')).count();
    grapheme.width() + marks
}

/// Appends `text` to `line`, to its last run when both look alike.
pub(super) fn append(line: &mut Vec<Run>, text: &str, look: Look, link: Option<usize>) {
    if text.is_empty() {
        return;
    }
    match line.last_mut() {
        Some(last) if last.look == look && last.link == link => last.text.push_str(text),
        _ => line.push(Run { text: text.to_owned(), look, link }),
    }
}

/// Lines of `runs`, none wider than `width` cells. A run that is `"\n"` ends its line.
pub(super) fn words(runs: &[Run], width: usize) -> Vec<Vec<Run>> {
    let mut wrapper = Wrapper { width: width.max(1), ..Wrapper::default() };
    for run in runs {
        wrapper.run(run);
    }
    wrapper.word_end();
    if !wrapper.line.is_empty() || wrapper.lines.is_empty() {
        wrapper.line_end();
    }
    wrapper.lines
}

/// Lines of `runs` cut for code: at the last blank of the line's second half, else at the width;
/// every blank stays. Lines after the first have `less` cells fewer.
pub(super) fn code(runs: &[Run], width: usize, less: usize) -> Vec<Vec<Run>> {
    let mut width = width.max(1);
    let mut lines = Vec::new();
    let mut line: Vec<(&str, usize, &Run)> = Vec::new();
    let mut used = 0;
    let close = |part: &[(&str, usize, &Run)]| {
        let mut out = Vec::new();
        for (grapheme, _, run) in part {
            append(&mut out, grapheme, run.look, run.link);
        }
        out
    };
    for run in runs {
        for grapheme in run.text.graphemes(true) {
            let narrowest = width.saturating_sub(less).max(1);
            let (grapheme, cells) = fitting(grapheme, if lines.is_empty() { narrowest } else { width });
            while used + cells > width && !line.is_empty() {
                let blank = line.iter().rposition(|(text, ..)| *text == " ");
                let cut = blank.map(|at| at + 1).filter(|at| *at > line.len() / 2).unwrap_or(line.len());
                let rest = line.split_off(cut);
                lines.push(close(&line));
                if lines.len() == 1 {
                    width = narrowest;
                }
                used = rest.iter().map(|(_, cells, _)| cells).sum();
                line = rest;
            }
            line.push((grapheme, cells, run));
            used += cells;
        }
    }
    lines.push(close(&line));
    lines
}

/// `grapheme` with its cells, or a sign in its place when it can never fit.
fn fitting(grapheme: &str, width: usize) -> (&str, usize) {
    let cells = cells(grapheme);
    if cells > width { ("?", 1) } else { (grapheme, cells) }
}

#[derive(Default)]
struct Wrapper {
    width: usize,
    lines: Vec<Vec<Run>>,
    line: Vec<Run>,
    used: usize,
    word: Vec<Run>,
    word_width: usize,
    /// Blanks seen since the last word.
    blanks: Vec<Run>,
    blanks_width: usize,
    /// The last grapheme was wide and lets a line end after it.
    after_wide: bool,
}

impl Wrapper {
    fn run(&mut self, run: &Run) {
        if run.text == "\n" {
            self.word_end();
            self.line_end();
            return;
        }
        for (index, part) in run.text.split(' ').enumerate() {
            if index > 0 {
                self.blank(run);
            }
            if part.is_ascii() && self.word_width + part.len() <= self.width {
                self.part(part, part.len(), run);
                continue;
            }
            for grapheme in part.graphemes(true) {
                self.grapheme(grapheme, run);
            }
        }
    }

    fn part(&mut self, text: &str, width: usize, run: &Run) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.after_wide) && !text.starts_with(no_start) {
            self.word_end();
        }
        append(&mut self.word, text, run.look, run.link);
        self.word_width += width;
    }

    fn grapheme(&mut self, grapheme: &str, run: &Run) {
        let (grapheme, cells) = fitting(grapheme, self.width);
        let wide = cells == 2;
        let closes = grapheme.starts_with(no_start);
        if (wide || self.after_wide) && !closes {
            self.word_end();
        }
        if self.word_width + cells > self.width {
            self.word_end();
        }
        append(&mut self.word, grapheme, run.look, run.link);
        self.word_width += cells;
        self.after_wide = wide && !grapheme.starts_with(no_end);
    }

    fn blank(&mut self, run: &Run) {
        self.word_end();
        self.after_wide = false;
        // Blanks collapse, except inside code, where they may mean something.
        if self.blanks.is_empty() || run.look.role == crate::text::Role::Code {
            append(&mut self.blanks, " ", run.look, run.link);
            self.blanks_width += 1;
        }
    }

    /// Puts the word at the end of the line, or of the next one.
    fn word_end(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let fits = self.used + self.blanks_width + self.word_width <= self.width;
        if fits && self.used > 0 {
            self.used += self.blanks_width;
            for blank in std::mem::take(&mut self.blanks) {
                append(&mut self.line, &blank.text, blank.look, blank.link);
            }
        } else if !fits && self.used > 0 {
            let line = std::mem::take(&mut self.line);
            self.lines.push(line);
            self.used = 0;
        }
        self.blanks.clear();
        self.blanks_width = 0;
        for run in std::mem::take(&mut self.word) {
            append(&mut self.line, &run.text, run.look, run.link);
        }
        self.used += std::mem::take(&mut self.word_width);
    }

    fn line_end(&mut self) {
        self.blanks.clear();
        self.blanks_width = 0;
        self.after_wide = false;
        self.used = 0;
        self.lines.push(std::mem::take(&mut self.line));
    }
}

/// Characters that do not begin a line.
fn no_start(c: char) -> bool {
    matches!(c, ',' | '.' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '%')
        || "、。，．・：；？！）］｝〉》」』】〕ー々〜…ぁぃぅぇぉっゃゅょァィゥェォッャュョ".contains(c)
}

/// Characters that do not end a line.
fn no_end(c: char) -> bool {
    "（［｛〈《「『【〔".contains(c)
}
