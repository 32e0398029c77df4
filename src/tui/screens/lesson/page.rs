//! A lesson laid out for a width: prose, questions and things to try as one run of lines, with the
//! spots that can be pressed.

use super::quiz::hanging;
use crate::tui::theme::Role;
use crate::tui::widgets::fit;
use crate::tui::widgets::markdown::{self, Cached, Heading, Layout, Line, Look, Run, Target};
use std::ops::Range;

/// Something on the page that a key or a click can press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// A link, by its index in [`Page::links`].
    Link(usize),
    /// An option of a question.
    Choice {
        /// The question's part of the page.
        part: usize,
        /// Which option.
        index: usize,
    },
    /// Takes the options that are chosen as the answer.
    Submit(usize),
    /// The line an answer is typed in.
    Answer(usize),
    /// Shows the right answer.
    Reveal(usize),
    /// Opens a block to try, asks whether it shall run, or runs it.
    Try(usize),
    /// Stops what runs, or says no.
    Stop(usize),
    /// Copies a block to try.
    Copy(usize),
    /// Opens an exercise.
    Exercise(String),
    /// Opens another lesson.
    Lesson(String),
}

/// A spot and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// What it does.
    pub spot: Spot,
    /// Lines it covers.
    pub lines: Range<usize>,
    /// Columns it covers on each.
    pub columns: Range<u16>,
}

/// A lesson as lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Lines and headings.
    pub layout: Layout,
    /// Where links lead.
    pub links: Vec<Target>,
    /// What can be pressed, in reading order.
    pub spots: Vec<Placed>,
    /// For each line, how many letters and digits stand before it: a place in the text that means
    /// the same at any width.
    before: Vec<u64>,
}

impl Page {
    /// The place of a line, whatever the width.
    pub fn anchor(&self, line: usize) -> u64 {
        self.before.get(line).or(self.before.last()).copied().unwrap_or(0)
    }

    /// The line of a place.
    pub fn line_of(&self, anchor: u64) -> usize {
        let last = self.before.partition_point(|before| *before <= anchor);
        last.saturating_sub(1)
    }

    /// The spot at a line and column.
    pub fn spot_at(&self, line: usize, column: u16) -> Option<usize> {
        self.spots.iter().position(|p| p.lines.contains(&line) && p.columns.contains(&column))
    }
}

/// Puts a page together from top to bottom.
#[derive(Debug)]
pub struct Builder {
    page: Page,
    width: u16,
    ascii: bool,
    boxed: Option<Role>,
}

impl Builder {
    /// An empty page.
    pub fn new(width: u16, ascii: bool) -> Self {
        Self { page: Page::default(), width, ascii, boxed: None }
    }

    /// The page.
    pub fn finish(mut self) -> Page {
        let mut total = 0;
        for line in &self.page.layout.lines {
            self.page.before.push(total);
            let text = line.runs.iter().flat_map(|run| run.text.chars());
            total += text.filter(|c| c.is_alphanumeric()).count() as u64;
        }
        self.page
    }

    /// A sign for the character set.
    pub fn sign(&self, fancy: &'static str, plain: &'static str) -> &'static str {
        if self.ascii { plain } else { fancy }
    }

    /// Columns for text here.
    pub fn room(&self) -> u16 {
        if self.boxed.is_some() { self.width.saturating_sub(4).max(1) } else { self.width.max(1) }
    }

    fn left(&self) -> u16 {
        if self.boxed.is_some() { 2 } else { 0 }
    }

    fn push(&mut self, mut line: Line) {
        if let Some(role) = self.boxed {
            let wall = self.sign("│", "|");
            let blanks = usize::from(self.room()).saturating_sub(line.width());
            line.runs.insert(0, Run::new(format!("{wall} "), Look::of(role)));
            line.push(&" ".repeat(blanks), Look::of(Role::Text));
            line.push(&format!(" {wall}"), Look::of(role));
        }
        self.page.layout.lines.push(line);
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.push(Line::default());
    }

    /// An empty line, unless there is one or the page begins.
    pub fn gap(&mut self) {
        if self.page.layout.lines.last().is_some_and(|line| !line.runs.is_empty()) {
            self.blank();
        }
    }

    /// The upper border of a box.
    pub fn open_box(&mut self, title: &str, role: Role) {
        self.gap();
        let rule = self.sign("─", "-");
        let mut line = Line::default();
        let border = Look::of(Role::Border);
        line.push(&format!("{}{rule} ", self.sign("╭", "+")), border);
        let room = usize::from(self.width).saturating_sub(6);
        line.push(&title.chars().take(room).collect::<String>(), Look { strong: true, ..Look::of(role) });
        let left = usize::from(self.width).saturating_sub(line.width() + 2);
        line.push(&format!(" {}{}", rule.repeat(left), self.sign("╮", "+")), border);
        self.push(line);
        self.boxed = Some(Role::Border);
    }

    /// The lower border of a box.
    pub fn close_box(&mut self) {
        self.boxed = None;
        let rule = self.sign("─", "-").repeat(usize::from(self.width).saturating_sub(2));
        let mut line = Line::default();
        let text = format!("{}{rule}{}", self.sign("╰", "+"), self.sign("╯", "+"));
        line.push(&text, Look::of(Role::Border));
        self.push(line);
        self.blank();
    }

    /// A document, its headings and links.
    pub fn document(&mut self, document: &Cached) {
        let layout = document.layout(self.room(), self.ascii);
        let first_link = self.page.links.len();
        let first_line = self.page.layout.lines.len();
        self.page.links.extend_from_slice(document.document().links());
        for heading in &layout.headings {
            let heading = Heading { line: heading.line + first_line, ..heading.clone() };
            self.page.layout.headings.push(heading);
        }
        let left = self.left();
        for line in &layout.lines {
            let mut line = line.clone();
            let mut column = left;
            for run in &mut line.runs {
                let end = column + u16::try_from(markdown::width(&run.text)).unwrap_or(0);
                if let Some(link) = run.link {
                    run.link = Some(link + first_link);
                    self.link_spot(link + first_link, column..end);
                }
                column = end;
            }
            self.push(line);
        }
    }

    /// A link's first piece is its spot; pieces on later lines follow it.
    fn link_spot(&mut self, link: usize, columns: Range<u16>) {
        let line = self.page.layout.lines.len();
        let spot = Spot::Link(link);
        match self.page.spots.last_mut() {
            Some(last) if last.spot == spot => {
                if last.lines.end == line + 1 && last.columns.end == columns.start {
                    last.columns.end = columns.end;
                }
            }
            _ => self.page.spots.push(Placed { spot, lines: line..line + 1, columns }),
        }
    }

    /// Wrapped text.
    pub fn text(&mut self, runs: &[Run]) {
        for line in markdown::wrapped(runs, self.room()) {
            self.push(line);
        }
    }

    /// A line of output: blanks stay, and it is cut at the width, not between words.
    pub fn verbatim(&mut self, text: &str) {
        for line in markdown::cut(text, Look::of(Role::Code), self.room()) {
            self.push(line);
        }
    }

    /// Wrapped text behind `indent` blanks.
    pub fn indented(&mut self, runs: &[Run], indent: usize) {
        let room = self.room().saturating_sub(u16::try_from(indent).unwrap_or(0)).max(8);
        for mut line in markdown::wrapped(runs, room) {
            line.runs.insert(0, Run::new(" ".repeat(indent), Look::of(Role::Text)));
            self.push(line);
        }
    }

    /// Wrapped text behind a marker of `indent` columns, as one spot.
    pub fn option(&mut self, runs: &[Run], indent: usize, spot: Spot) {
        let start = self.page.layout.lines.len();
        let (left, room) = (self.left(), self.room());
        for line in hanging(runs, indent, room) {
            self.push(line);
        }
        let lines = start..self.page.layout.lines.len();
        self.page.spots.push(Placed { spot, lines, columns: left..left + room });
    }

    /// Something to press, on a line of its own.
    pub fn button(&mut self, label: &str, spot: Spot) {
        self.buttons(&[(label, spot)]);
    }

    /// Things to press, side by side.
    pub fn buttons(&mut self, buttons: &[(&str, Spot)]) {
        let mut line = Line::default();
        let start = self.page.layout.lines.len();
        for (label, spot) in buttons {
            if !line.runs.is_empty() {
                line.push("  ", Look::of(Role::Text));
            }
            let from = line.width();
            let room = usize::from(self.room()).saturating_sub(from + 4);
            line.push(&format!("[ {} ]", fit::cut(label, room)), Look::of(Role::Link));
            let column = |at: usize| self.left() + u16::try_from(at).unwrap_or(0);
            let columns = column(from)..column(line.width());
            self.page.spots.push(Placed { spot: spot.clone(), lines: start..start + 1, columns });
        }
        self.push(line);
    }

    /// A line to type in.
    pub fn field(&mut self, text: &str, spot: Spot) {
        let prompt = self.sign("› ", "> ");
        let room = usize::from(self.room()).saturating_sub(3).max(1);
        let mut shown: &str = text;
        while markdown::width(shown) > room {
            shown = shown.char_indices().nth(1).map_or("", |(at, _)| &shown[at..]);
        }
        let mut line = Line::default();
        line.push(prompt, Look::of(Role::Key));
        line.push(shown, Look::of(Role::Code));
        let start = self.page.layout.lines.len();
        let columns = self.left()..self.left() + self.room();
        self.page.spots.push(Placed { spot, lines: start..start + 1, columns });
        self.push(line);
    }
}
