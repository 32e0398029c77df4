//! Prose on the screen: a [`Layout`] drawn into cells, its code coloured. Pure.

mod code;
#[cfg(test)]
mod tests;

pub use crate::prose::{Document, Heading, Layout, Line, Look, Run, Target, cut, search, width, wrapped};

use super::super::theme::{Role, Theme};
use ratatui::buffer::{Buffer, CellDiffOption, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::cell::RefCell;
use std::num::NonZeroU16;
use std::ops::Range;
use std::sync::Arc;

/// How `look` appears in this theme.
pub fn style(look: Look, theme: &Theme) -> Style {
    let mut style = theme.style(look.role);
    if look.strong {
        style = style.add_modifier(Modifier::BOLD);
    }
    if look.emphasis {
        style = style.add_modifier(Modifier::ITALIC);
    }
    if look.struck {
        style = style.add_modifier(Modifier::CROSSED_OUT);
    }
    style
}

/// `markdown` with its code in colours.
pub fn parse(markdown: &str) -> Document {
    Document::parse(markdown, code::highlight)
}

/// A block of code in `language`, coloured, boxed and labelled as on a page.
pub fn code(language: &str, text: &str) -> Document {
    Document::code(language, text, code::highlight)
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
        Self::of(parse(markdown))
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
        let mut style = style(run.look, theme);
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
