//! Markdown on the screen: text → [`Document`] → [`Layout`] for a width → cells. Pure.
//!
//! Every piece of text is sanitised when it is parsed, so nothing behind [`Document::parse`] can
//! carry a control or bidi character. Hostile input costs linear time: nesting deeper than
//! [`MAX_DEPTH`] is laid out flat, and indentation stops where a line would become too narrow.
//! No line of a layout is ever wider than the width asked for.

mod clean;
mod code;
mod layout;
mod link;
mod parse;
mod table;
#[cfg(test)]
mod tests;
mod wrap;

pub use link::Target;

use super::super::theme::{Role, Theme};
use ratatui::buffer::{Buffer, CellDiffOption, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::cell::RefCell;
use std::num::NonZeroU16;
use std::ops::Range;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// Blocks nested deeper than this lose their markers and indentation, never their text.
pub const MAX_DEPTH: usize = 16;

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

    /// The style in this theme.
    pub fn style(self, theme: &Theme) -> Style {
        let mut style = theme.style(self.role);
        if self.strong {
            style = style.add_modifier(Modifier::BOLD);
        }
        if self.emphasis {
            style = style.add_modifier(Modifier::ITALIC);
        }
        if self.struck {
            style = style.add_modifier(Modifier::CROSSED_OUT);
        }
        style
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
    pub fn parse(markdown: &str) -> Self {
        parse::parse(markdown)
    }

    /// Where its links lead, in reading order.
    pub fn links(&self) -> &[Target] {
        &self.links
    }

    /// One line of `markdown` as runs, for a title or an option; blocks other than the first
    /// paragraph are left out.
    pub fn inline(markdown: &str) -> Vec<Run> {
        match Self::parse(markdown).blocks.into_iter().next() {
            Some(parse::Block::Paragraph(runs)) => runs,
            _ => vec![Run::new(clean::text(markdown), Look::of(Role::Text))],
        }
    }

    /// A block of code in `language`, coloured, boxed and labelled as on a page.
    pub fn code(language: &str, text: &str) -> Self {
        let lines = code::highlight(language, clean::code_lines(text));
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

/// A document that remembers its last layout, so that drawing every frame costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Cached {
    document: Document,
    last: RefCell<Option<(u16, bool, Arc<Layout>)>>,
}

impl PartialEq for Cached {
    fn eq(&self, other: &Self) -> bool {
        self.document == other.document
    }
}

impl Cached {
    /// `markdown`, parsed.
    pub fn new(markdown: &str) -> Self {
        Self::of(Document::parse(markdown))
    }

    /// This document.
    pub fn of(document: Document) -> Self {
        Self { document, last: RefCell::default() }
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The layout at `width`; computed only when the width or the character set changed.
    pub fn layout(&self, width: u16, ascii: bool) -> Arc<Layout> {
        let mut last = self.last.borrow_mut();
        match &*last {
            Some((w, a, layout)) if (*w, *a) == (width, ascii) => Arc::clone(layout),
            _ => {
                let layout = Arc::new(self.document.layout(width, ascii));
                *last = Some((width, ascii, Arc::clone(&layout)));
                layout
            }
        }
    }
}

/// What is marked while a document is drawn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks<'a> {
    /// The link that has the focus.
    pub link: Option<usize>,
    /// Cells that search found: line and columns, sorted by line.
    pub found: &'a [(usize, Range<u16>)],
    /// Which of them is the current one.
    pub current: Option<usize>,
}

/// Draws `layout` from line `scroll` on; `links` are those of its document.
pub fn draw(
    links: &[Target],
    layout: &Layout,
    scroll: usize,
    marks: Marks<'_>,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let area = area.intersection(buffer.area);
    for (row, (at, line)) in (area.y..area.bottom()).zip(layout.lines.iter().enumerate().skip(scroll)) {
        draw_line(links, line, marks.link, Rect { y: row, height: 1, ..area }, buffer, theme);
        let first = marks.found.partition_point(|(line, _)| *line < at);
        for (index, (_, columns)) in
            marks.found.iter().enumerate().skip(first).take_while(|(_, (line, _))| *line == at)
        {
            let style = theme.style(if marks.current == Some(index) { Role::Selected } else { Role::Match });
            let right = area.right().min(area.x.saturating_add(columns.end));
            for x in area.x.saturating_add(columns.start)..right {
                buffer[(x, row)].set_style(style);
            }
        }
    }
}

/// Draws one line of a layout into the first row of `area`.
pub fn draw_line(
    links: &[Target],
    line: &Line,
    focused: Option<usize>,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let mut x = area.x;
    for run in &line.runs {
        let mut style = run.look.style(theme);
        if run.link.is_some() {
            style = style.add_modifier(Modifier::UNDERLINED);
            if run.link == focused {
                style = style.patch(theme.style(Role::Selected));
            }
        }
        let start = x;
        (x, _) = buffer.set_stringn(x, area.y, &run.text, usize::from(area.right() - x), style);
        let target = run.link.and_then(|link| links.get(link));
        if let (true, Some(Target::Web(url))) = (theme.hyperlinks, target) {
            hyperlink(buffer, start..x, area.y, run.link.unwrap_or_default(), url);
        }
    }
}

/// Wraps the cells `columns` of row `y` in OSC 8, each on its own, so that whichever of them the
/// terminal is sent later still carries its address. `url` is printable ASCII (see [`Target`]).
fn hyperlink(buffer: &mut Buffer, columns: Range<u16>, y: u16, id: usize, url: &str) {
    let mut x = columns.start;
    while x < columns.end {
        let cell = &mut buffer[(x, y)];
        let width = cell.symbol().cell_width().max(1);
        let symbol = format!("\u{1b}]8;id={id};{url}\u{1b}\\{}\u{1b}]8;;\u{1b}\\", cell.symbol());
        cell.set_symbol(&symbol);
        if let Some(width) = NonZeroU16::new(width) {
            cell.set_diff_option(CellDiffOption::ForcedWidth(width));
        }
        x = x.saturating_add(width);
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
                let end = column + grapheme.cell_width();
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
