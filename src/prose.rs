//! Markdown as lines of text: text → [`Document`] → [`Layout`] for a width. Pure. Whoever shows it
//! draws the lines: the terminal interface into cells, the command line with escape sequences;
//! [`spoken`] is for who listens instead of looking.
//!
//! Every piece of text is sanitised when it is parsed, so nothing behind [`Document::parse`] can
//! carry a control or bidi character. Hostile input costs linear time: nesting deeper than
//! [`MAX_DEPTH`] is laid out flat, and indentation stops where a line would become too narrow.
//! No line of a layout is ever wider than the width asked for.

mod clean;
mod layout;
mod link;
mod parse;
mod spoken;
mod table;
#[cfg(test)]
mod tests;
mod wrap;

pub use link::Target;
pub use spoken::spoken;

use crate::text::Role;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Blocks nested deeper than this lose their markers and indentation, never their text.
pub const MAX_DEPTH: usize = 16;

/// Gives the lines of a block of code, in the language named, their looks. What it adds must be as
/// safe as the lines it is given.
pub type Paint = fn(&str, Vec<String>) -> Vec<Vec<Run>>;

/// Code without colours.
pub fn unpainted(_language: &str, lines: Vec<String>) -> Vec<Vec<Run>> {
    lines.into_iter().map(|line| vec![Run::new(line, Look::of(Role::Code))]).collect()
}

/// How a run of text looks, before a theme says what that means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// What it is.
    pub role: Role,
    /// Strong emphasis.
    pub strong: bool,
    /// Emphasis.
    pub emphasis: bool,
    /// Struck through.
    pub struck: bool,
}

impl Look {
    /// Text of this role without any emphasis.
    pub const fn of(role: Role) -> Self {
        Self { role, strong: false, emphasis: false, struck: false }
    }
}

/// Text of one look inside a line. Sanitised, without newlines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The text.
    pub text: String,
    /// How it looks.
    pub look: Look,
    /// The link it belongs to, an index into [`Document::links`].
    pub link: Option<usize>,
}

impl Run {
    /// A run that is no link.
    pub fn new(text: impl Into<String>, look: Look) -> Self {
        Self { text: text.into(), look, link: None }
    }
}

/// One line as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its runs from left to right.
    pub runs: Vec<Run>,
}

impl Line {
    /// Its text without looks.
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// Its width in cells.
    pub fn width(&self) -> usize {
        self.runs.iter().map(|run| wrap::width(&run.text)).sum()
    }

    /// Appends text of one look.
    pub fn push(&mut self, text: &str, look: Look) {
        wrap::append(&mut self.runs, text, look, None);
    }
}

/// A heading and where it landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text.
    pub text: String,
    /// What `#…` links call it.
    pub slug: String,
    /// Its line in the layout, from 0.
    pub line: usize,
}

/// A document laid out for a width.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// The lines, top to bottom.
    pub lines: Vec<Line>,
    /// The headings in order.
    pub headings: Vec<Heading>,
}

impl Layout {
    /// The first line of each link, in reading order: (index into [`Document::links`], line).
    pub fn links(&self) -> Vec<(usize, usize)> {
        let mut seen = Vec::new();
        let mut last = None;
        for (at, line) in self.lines.iter().enumerate() {
            for link in line.runs.iter().filter_map(|run| run.link) {
                if last.is_none_or(|last| link > last) {
                    seen.push((link, at));
                    last = Some(link);
                }
            }
        }
        seen
    }
}

/// A parsed text, independent of any width.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    blocks: Vec<parse::Block>,
    links: Vec<Target>,
}

impl Document {
    /// `markdown` parsed: CommonMark with tables, task lists, strikethrough, footnotes and alerts.
    /// `paint` gives blocks of code their looks.
    pub fn parse(markdown: &str, paint: Paint) -> Self {
        parse::parse(markdown, paint)
    }

    /// Where its links lead, in reading order.
    pub fn links(&self) -> &[Target] {
        &self.links
    }

    /// One line of `markdown` as runs, for a title or an option; blocks other than the first
    /// paragraph are left out.
    pub fn inline(markdown: &str) -> Vec<Run> {
        match Self::parse(markdown, unpainted).blocks.into_iter().next() {
            Some(parse::Block::Paragraph(runs)) => runs,
            _ => vec![Run::new(clean::text(markdown), Look::of(Role::Text))],
        }
    }

    /// A block of code in `language`, painted, boxed and labelled as on a page.
    pub fn code(language: &str, text: &str, paint: Paint) -> Self {
        let lines = paint(language, clean::code_lines(text));
        Self {
            blocks: vec![parse::Block::Code { language: clean::text(language), lines }],
            links: Vec::new(),
        }
    }

    /// Its lines at `width` cells, with ASCII signs and borders only when `ascii`.
    pub fn layout(&self, width: u16, ascii: bool) -> Layout {
        layout::layout(&self.blocks, usize::from(width), ascii)
    }
}

/// Lines of `runs`, none wider than `width` cells.
pub fn wrapped(runs: &[Run], width: u16) -> Vec<Line> {
    wrap::words(runs, usize::from(width)).into_iter().map(|runs| Line { runs }).collect()
}

/// Lines of one sanitised text that keep every blank, none wider than `width` cells.
pub fn cut(text: &str, look: Look, width: u16) -> Vec<Line> {
    let lines = wrap::code(&[Run::new(text, look)], usize::from(width), 0);
    lines.into_iter().map(|runs| Line { runs }).collect()
}

/// Cells that `text` takes.
pub fn width(text: &str) -> usize {
    wrap::width(text)
}

/// The cells of `layout` that hold `query`, letter case ignored unless the query has a capital.
pub fn search(layout: &Layout, query: &str) -> Vec<(usize, Range<u16>)> {
    if query.is_empty() {
        return Vec::new();
    }
    let exact = query.chars().any(char::is_uppercase);
    let fold = |text: &str| if exact { text.to_owned() } else { text.to_lowercase() };
    let wanted: Vec<String> = query.graphemes(true).map(fold).collect();
    let mut found = Vec::new();
    for (at, line) in layout.lines.iter().enumerate() {
        let mut column = 0;
        let mut cells: Vec<(String, Range<u16>)> = Vec::new();
        for run in &line.runs {
            for grapheme in run.text.graphemes(true) {
                let end = column + u16::try_from(wrap::width(grapheme)).unwrap_or(u16::MAX);
                cells.push((fold(grapheme), column..end));
                column = end;
            }
        }
        let mut from = 0;
        while from + wanted.len() <= cells.len() {
            let here = &cells[from..from + wanted.len()];
            if here.iter().zip(&wanted).all(|((cell, _), want)| cell == want) {
                found.push((at, here[0].1.start..here[here.len() - 1].1.end));
                from += wanted.len();
            } else {
                from += 1;
            }
        }
    }
    found
}
