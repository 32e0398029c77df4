//! Drawing: gutter, signs, line numbers, the text with its colours, selection, cursor, scroll bar.
//!
//! ```text
//! │ cost gutter │●│ 12 │ text …                                                        │█│
//! ```
//! The text goes cluster by cluster into the buffer; what must not reach the terminal raw is
//! replaced by its glyph on the way, so no cell ever holds a control or bidi character.

use super::Editor;
use super::glyph::Glyph;
use crate::lint::Severity;
use crate::text::{Span, sanitise};
use crate::tui::highlight::Token;
use crate::tui::theme::{Role, Theme};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;
use std::cell;
use std::ops::Range;

/// Columns kept in sight beside the cursor.
const SIDE: usize = 4;

/// The part of the text that is in sight, and where it was drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    /// First line and first column in sight.
    scroll: cell::Cell<(usize, usize)>,
    /// The next drawing brings the cursor into sight.
    follow: cell::Cell<bool>,
    /// Where everything was drawn last.
    whole: cell::Cell<Rect>,
    text: cell::Cell<Rect>,
    sign: cell::Cell<Rect>,
}

impl Window {
    /// The cursor moved: show it.
    pub fn follow(&self) {
        self.follow.set(true);
    }

    /// How many lines a page has.
    pub fn page(&self) -> usize {
        usize::from(self.text.get().height).saturating_sub(2).max(1)
    }

    /// Whether the view drew on this cell.
    pub fn contains(&self, x: u16, y: u16) -> bool {
        self.whole.get().contains(Position { x, y })
    }
}

impl Editor {
    /// The first line in sight, from 0, and the first column.
    pub fn scroll_offset(&self) -> (usize, usize) {
        self.window.scroll.get()
    }

    /// Scroll by `lines` and leave the cursor where it is.
    pub(super) fn scroll(&mut self, lines: isize) {
        let (top, left) = self.window.scroll.get();
        let top = top.saturating_add_signed(lines).min(self.document.lines() - 1);
        self.window.scroll.set((top, left));
        self.window.follow.set(false);
    }

    /// Scroll sideways by `columns` and leave the cursor where it is.
    pub(super) fn scroll_sideways(&mut self, columns: isize) {
        let (top, left) = self.window.scroll.get();
        self.window.scroll.set((top, left.saturating_add_signed(columns)));
        self.window.follow.set(false);
    }

    /// The place in the text of a cell of the screen; cells outside count as the nearest inside.
    pub(super) fn byte_at(&self, x: u16, y: u16) -> usize {
        let area = self.window.text.get();
        let (top, left) = self.window.scroll.get();
        let row = usize::from(y.saturating_sub(area.y));
        let above = usize::from(area.y.saturating_sub(y));
        let line = (top + row).saturating_sub(above).min(self.document.lines() - 1);
        let column = (left + usize::from(x.saturating_sub(area.x)))
            .saturating_sub(usize::from(area.x.saturating_sub(x)));
        let place = self.document.place_at_column(line, column);
        // The right half of a wide cluster belongs to the place behind it.
        let next = self.document.next(place.byte);
        let width = self.document.place(next).column.saturating_sub(place.column);
        if width > 2 && column - place.column > width / 2 && next <= self.document.line_end(line) {
            next
        } else {
            place.byte
        }
    }

    /// Goes to the finding whose sign is on this cell, or, with `underlined`, to the text of this
    /// cell if it belongs to one. Answers whether there is any.
    pub fn go_to_finding_at(&mut self, x: u16, y: u16, underlined: bool) -> bool {
        let byte = self.byte_at(x, y);
        let at = Position { x, y };
        let found = if self.window.sign.get().contains(at) {
            let line = self.document.line_range(self.document.line_of(byte));
            self.problems.touching(line.start, line.end).first().map(|found| found.span.start.max(line.start))
        } else {
            let inside = underlined && self.window.text.get().contains(at);
            (inside && !self.problems.touching(byte, byte).is_empty()).then_some(byte)
        };
        found.inspect(|byte| self.go_to(*byte)).is_some()
    }

    /// The scroll that a text area of this size needs.
    fn scrolled(&self, area: Rect) -> (usize, usize) {
        let (mut top, mut left) = self.window.scroll.get();
        let (height, width) = (usize::from(area.height).max(1), usize::from(area.width).max(1));
        top = top.min(self.document.lines() - 1);
        if self.window.follow.get() || self.window.text.get() != area {
            let head = self.selection.head;
            let line = self.document.line_of(head);
            if line < top {
                top = line;
            } else if line >= top + height {
                top = line + 1 - height;
            }
            let column = self.document.place(head).column;
            let side = SIDE.min(width / 4);
            if column < left + side {
                left = column.saturating_sub(side);
            } else if column + side >= left + width {
                left = column + side + 1 - width;
            }
            if column + side < width {
                left = 0;
            }
        }
        (top, left)
    }
}

/// Draws an [`Editor`].
#[derive(Debug, Clone, Copy)]
pub struct EditorView<'a> {
    pub(super) editor: &'a Editor,
    pub(super) theme: &'a Theme,
    pub(super) focused: bool,
    gutter: u16,
}

impl<'a> EditorView<'a> {
    /// A view of `editor`.
    pub fn new(editor: &'a Editor, theme: &'a Theme) -> Self {
        Self { editor, theme, focused: true, gutter: 0 }
    }

    /// Whether the editor has the keys.
    #[must_use]
    pub fn focused(mut self, focused: bool) -> Self {
        self.focused = focused;
        self
    }

    /// How many columns the workbench's gutter gets; none leaves it out.
    #[must_use]
    pub fn gutter(mut self, gutter: u16) -> Self {
        self.gutter = gutter;
        self
    }

    /// Draw into `area` and answer where the terminal's cursor belongs, if it is in sight.
    pub fn draw(self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return None;
        }
        let mut blank = Cell::EMPTY;
        blank.set_style(self.theme.base());
        let width = usize::from(area.width);
        for y in area.top()..area.bottom() {
            let start = buffer.index_of(area.x, y);
            if let Some(row) = buffer.content.get_mut(start..start + width) {
                row.fill(blank.clone());
            }
        }
        let editor = self.editor;
        let bar = editor.prompt.as_ref().map_or(0, |prompt| prompt.rows().min(area.height - 1));
        let prompt = Rect { y: area.bottom() - bar, height: bar, ..area };
        let columns = Columns::new(&self, Rect { height: area.height - bar, ..area });
        let (top, left) = editor.scrolled(columns.text);
        editor.window.scroll.set((top, left));
        editor.window.follow.set(false);
        editor.window.whole.set(area);
        editor.window.text.set(columns.text);
        editor.window.sign.set(columns.sign);

        let bottom = (top + usize::from(columns.text.height)).min(editor.document.lines());
        let tokens =
            editor.colours.borrow_mut().tokens(top..bottom, |line| editor.document.line_head(line, 8192));
        let cursor_line = editor.document.line_of(editor.selection.head);
        for (row, line) in (top..bottom).enumerate() {
            let y = columns.text.y + row as u16;
            let tokens = tokens.get(row).map_or(&[][..], |tokens| &**tokens);
            self.margin(&columns, y, line, line == cursor_line, buffer);
            let end = self.line(columns.text, y, line, left, line == cursor_line, tokens, buffer);
            if columns.gutter.width > 0 {
                self.note(columns.text, y, line, end, buffer);
            }
        }
        self.scroll_bar(columns.bar, top, buffer);
        self.message(columns.text, top, buffer);
        let cursor = self.cursor(columns.text, top, left);
        self.completion(columns.text, top, left, buffer);
        self.prompt(prompt, buffer).or(cursor)
    }

    fn cursor(&self, text: Rect, top: usize, left: usize) -> Option<Position> {
        if !self.focused {
            return None;
        }
        let head = self.editor.selection.head;
        let row = self.editor.document.line_of(head).checked_sub(top)?;
        let column = self.editor.document.place(head).column.checked_sub(left)?;
        let inside = row < usize::from(text.height) && column < usize::from(text.width);
        inside.then(|| Position { x: text.x + column as u16, y: text.y + row as u16 })
    }

    /// The cost gutter, the sign and the number of a line.
    fn margin(&self, columns: &Columns, y: u16, line: usize, current: bool, buffer: &mut Buffer) {
        let editor = self.editor;
        if columns.gutter.width > 0
            && let Some(Some(cell)) = editor.gutter.get(line)
        {
            let mut x = columns.gutter.x;
            for (text, role) in &cell.pieces {
                let room = columns.gutter.right().saturating_sub(x);
                let text = sanitise::plain(text);
                x = buffer.set_stringn(x, y, text, usize::from(room), self.theme.style(*role)).0;
            }
        }
        if columns.sign.width > 0 {
            let range = editor.document.line_start(line)..editor.document.line_start(line + 1);
            let end = if line + 1 == editor.document.lines() { range.end + 1 } else { range.end };
            if let Some(severity) = editor.problems.worst(range.start, end) {
                let sign = match severity {
                    Severity::Error => self.theme.sign("●", "E"),
                    Severity::Warning => self.theme.sign("●", "W"),
                    Severity::Info => self.theme.sign("●", "i"),
                    Severity::Style => self.theme.sign("●", "s"),
                };
                buffer.set_stringn(columns.sign.x, y, sign, 1, self.theme.style(role_of(severity)));
            }
        }
        if columns.number.width > 0 {
            let width = usize::from(columns.number.width);
            let style = if current {
                self.theme.style(Role::Text).add_modifier(Modifier::BOLD)
            } else {
                self.theme.style(Role::LineNumber)
            };
            buffer.set_stringn(columns.number.x, y, format!("{:>width$}", line + 1), width, style);
        }
    }

    /// What the gutter's cell says at the right end of its line, two columns behind the text at least.
    fn note(&self, area: Rect, y: u16, line: usize, end: usize, buffer: &mut Buffer) {
        let Some(Some(cell)) = self.editor.gutter.get(line) else { return };
        let note = sanitise::plain(&cell.note);
        let (width, room) = (unicode_width::UnicodeWidthStr::width(&*note), usize::from(area.width));
        if width > 0 && end + 2 + width < room {
            let x = area.x + (room - width - 1) as u16;
            buffer.set_stringn(x, y, note, width, self.theme.style(Role::Muted));
        }
    }

    /// Answers the column behind what was drawn.
    #[expect(clippy::too_many_arguments, reason = "one line of the screen, by name")]
    fn line(
        &self,
        area: Rect,
        y: u16,
        line: usize,
        left: usize,
        current: bool,
        tokens: &[Token],
        buffer: &mut Buffer,
    ) -> usize {
        let editor = self.editor;
        let width = usize::from(area.width);
        if current && self.focused {
            buffer.set_style(Rect { y, height: 1, ..area }, self.theme.style(Role::CursorLine));
        }
        let range = editor.document.line_range(line);
        let problems = editor
            .problems
            .all()
            .iter()
            .filter(|d| d.span.start <= range.end && range.start <= d.span.end)
            .map(|d| (d.span, d.severity))
            .collect();
        let found = editor.search.as_ref().filter(|_| editor.prompt.is_some() || editor.vim.is_some());
        let matches = found.map_or(Vec::new(), |search| {
            let text = editor.document.line_head(line, 8192);
            search.matches(&text).map(|m| m.start + range.start..m.end + range.start).collect()
        });
        let text = self.theme.style(Role::Text);
        let tokens = tokens.iter().map(|token| (token.range.clone(), self.theme.style(token.role))).collect();
        let pen = Pen {
            view: self,
            selected: editor.selected_range(),
            matches,
            start: range.start,
            text,
            tokens,
            problems,
        };
        let mut end = 0;
        let stopped = editor.document.for_each_from(line, left, |place, cluster| {
            let (glyph, cells) = Glyph::of(cluster, place.column);
            let Some(x) = place.column.checked_sub(left) else {
                // A wide cluster cut by the left edge: its visible cells stay blank.
                end = (place.column + cells).saturating_sub(left).min(width);
                return true;
            };
            if x >= width {
                return false;
            }
            let style = pen.style(place.byte, place.byte + cluster.len());
            let fits = x + cells <= width;
            let at = area.x + x as u16;
            match glyph {
                Glyph::Text(text) if fits => {
                    buffer[(at, y)].set_symbol(text).set_style(style);
                    // The hidden cells of a wide cluster keep the ground of the first.
                    for hidden in 1..cells {
                        buffer[(at + hidden as u16, y)].set_style(style);
                    }
                }
                Glyph::Caret(c) => {
                    let text = [b'^', c as u8];
                    let muted = style.patch(self.theme.style(Role::Muted));
                    for (n, byte) in text.into_iter().take(width - x).enumerate() {
                        buffer[(at + n as u16, y)].set_char(char::from(byte)).set_style(muted);
                    }
                }
                Glyph::Opaque => {
                    let muted = style.patch(self.theme.style(Role::Muted));
                    buffer.set_stringn(at, y, self.theme.sign("\u{fffd}", "?"), 1, muted);
                }
                Glyph::Tab | Glyph::Text(_) => {
                    for n in 0..cells.min(width - x) {
                        buffer[(at + n as u16, y)].set_style(style);
                    }
                }
            }
            end = (x + cells).min(width);
            true
        });
        if stopped.byte == range.end && stopped.column >= left {
            pen.line_end(area, y, range.end, end, buffer);
        }
        end
    }

    fn scroll_bar(&self, area: Rect, top: usize, buffer: &mut Buffer) {
        let lines = self.editor.document.lines();
        let height = usize::from(area.height);
        if area.width == 0 || lines <= height {
            return;
        }
        let thumb = (height * height / lines).max(1);
        let at = (top * (height - thumb)).div_ceil((lines - height).max(1)).min(height - thumb);
        for row in 0..height {
            let on = (at..at + thumb).contains(&row);
            let (sign, role) = if on {
                (self.theme.sign("█", "#"), Role::Muted)
            } else {
                (self.theme.sign("│", "|"), Role::Border)
            };
            buffer.set_stringn(area.x, area.y + row as u16, sign, 1, self.theme.style(role));
        }
    }
}

impl Widget for EditorView<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        self.draw(area, buffer);
    }
}

/// The role of a severity.
pub(super) fn role_of(severity: Severity) -> Role {
    match severity {
        Severity::Error => Role::Error,
        Severity::Warning => Role::Warning,
        Severity::Info => Role::Info,
        Severity::Style => Role::Hint,
    }
}

/// Where the parts of the view are.
struct Columns {
    gutter: Rect,
    sign: Rect,
    number: Rect,
    text: Rect,
    bar: Rect,
}

impl Columns {
    fn new(view: &EditorView<'_>, area: Rect) -> Self {
        let lines = view.editor.document.lines();
        let digits = lines.ilog10() as u16 + 1;
        // What matters least goes first when there is little room.
        let gutter = if view.gutter > 0 && area.width >= view.gutter + 30 { view.gutter + 1 } else { 0 };
        let number = if area.width >= digits + 14 { digits.max(3) + 1 } else { 0 };
        let sign = if area.width >= 8 { 2 } else { 0 };
        let bar = u16::from(area.width >= 12 && lines > usize::from(area.height));
        let mut x = area.x;
        let mut take = |width: u16| {
            let rect = Rect { x, width, ..area };
            x += width;
            rect
        };
        let gutter = take(gutter);
        let sign = take(sign);
        let mut number_area = take(number);
        number_area.width = number.saturating_sub(1);
        let text = take(area.right().saturating_sub(gutter.width + sign.width + number + bar + area.x));
        let bar = take(bar);
        let narrowed = |rect: Rect, by: u16| Rect { width: rect.width.saturating_sub(by), ..rect };
        Self { gutter: narrowed(gutter, 1), sign, number: number_area, text, bar }
    }
}

/// How the bytes of one line look.
struct Pen<'a> {
    view: &'a EditorView<'a>,
    selected: Range<usize>,
    matches: Vec<Range<usize>>,
    /// The line's first byte.
    start: usize,
    text: Style,
    tokens: Vec<(Range<usize>, Style)>,
    /// The problems that touch the line.
    problems: Vec<(Span, Severity)>,
}

impl Pen<'_> {
    /// The worst problem of the bytes `from..to`. One of no length counts at its place.
    fn problem(&self, from: usize, to: usize) -> Option<Severity> {
        let here = |span: &Span| span.start < to && from < span.end.max(span.start + 1);
        self.problems.iter().filter(|(span, _)| here(span)).map(|(_, severity)| *severity).min()
    }

    fn style(&self, from: usize, to: usize) -> Style {
        let theme = self.view.theme;
        let offset = from - self.start;
        let token = self.tokens.partition_point(|(range, _)| range.end <= offset);
        let mut style = match self.tokens.get(token).filter(|(range, _)| range.start <= offset) {
            Some((_, style)) => *style,
            None => self.text,
        };
        if let Some(severity) = self.problem(from, to) {
            style = style.patch(underline(theme, severity));
        }
        if self.matches.iter().any(|m| m.start < to && from < m.end) {
            style = style.patch(theme.style(Role::Match));
        }
        if self.selected.start < to && from < self.selected.end {
            // Plain text on the selection's ground: syntax colours would be hard to read on it.
            style = Style { fg: self.text.fg.or(style.fg), ..style }.patch(theme.style(Role::Selection));
        }
        style
    }

    /// The cells behind the text: the selected line end, and a problem at a place without text.
    fn line_end(&self, area: Rect, y: u16, byte: usize, x: usize, buffer: &mut Buffer) {
        let theme = self.view.theme;
        if x >= usize::from(area.width) {
            return;
        }
        let cell = &mut buffer[(area.x + x as u16, y)];
        if let Some(severity) = self.problem(byte, byte + 1) {
            cell.set_style(underline(theme, severity));
        }
        if self.selected.start <= byte && byte < self.selected.end {
            cell.set_style(theme.style(Role::Selection));
        }
    }
}

fn underline(theme: &Theme, severity: Severity) -> Style {
    let style = Style::new().add_modifier(Modifier::UNDERLINED);
    match theme.style(role_of(severity)).fg {
        Some(colour) => style.underline_color(colour),
        None => style,
    }
}
