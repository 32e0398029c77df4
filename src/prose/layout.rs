//! Blocks → lines of a width: indentation, markers, bars, boxes.

use super::parse::{Alert, Block, Inlines, Item};
use super::{Heading, Layout, Line, Look, Run, link, table, wrap};
use crate::text::Role;

/// Text never becomes narrower than this by indentation.
const NARROWEST: usize = 12;
/// Code gets a whole box from this width on, below it only a bar.
const BOX: usize = 30;
/// Headings up to this level stand on a rule, deeper ones behind a mark.
const RULED: u8 = 2;

pub(super) fn layout(blocks: &[Block], width: usize, ascii: bool) -> Layout {
    if width == 0 {
        return Layout::default();
    }
    let mut flow = Flow { width, ascii, ..Flow::default() };
    flow.blocks(blocks, false);
    Layout { lines: flow.lines, headings: flow.headings }
}

/// What stands before a line: a marker the first time, blanks or a bar afterwards.
struct Prefix {
    first: Option<Run>,
    rest: Run,
    width: usize,
}

#[derive(Default)]
struct Flow {
    width: usize,
    ascii: bool,
    prefixes: Vec<Prefix>,
    indent: usize,
    lines: Vec<Line>,
    headings: Vec<Heading>,
    /// A blank line is due before the next block.
    gap: bool,
}

impl Flow {
    fn room(&self) -> usize {
        self.width - self.indent
    }

    fn sign(&self, fancy: &'static str, plain: &'static str) -> &'static str {
        if self.ascii { plain } else { fancy }
    }

    /// Adds a line behind the prefixes.
    fn emit(&mut self, runs: Vec<Run>) {
        let mut line = Vec::with_capacity(runs.len() + self.prefixes.len());
        for prefix in &mut self.prefixes {
            let run = prefix.first.take();
            let run = run.as_ref().unwrap_or(&prefix.rest);
            wrap::append(&mut line, &run.text, run.look, None);
        }
        for run in runs {
            wrap::append(&mut line, &run.text, run.look, run.link);
        }
        while let Some(last) = line.last_mut() {
            last.text.truncate(last.text.trim_end_matches(' ').len());
            if !last.text.is_empty() {
                break;
            }
            line.pop();
        }
        self.lines.push(Line { runs: line });
    }

    /// Runs `inside` behind a prefix, unless that would leave too little room for text.
    fn behind(&mut self, first: Option<Run>, rest: Run, inside: impl FnOnce(&mut Self)) {
        let width = wrap::width(&rest.text);
        let fits = self.room() >= width + NARROWEST;
        if fits {
            self.prefixes.push(Prefix { first, rest, width });
            self.indent += width;
        }
        inside(self);
        if fits && let Some(prefix) = self.prefixes.pop() {
            self.indent -= prefix.width;
        }
    }

    fn blocks(&mut self, blocks: &[Block], tight: bool) {
        for block in blocks {
            if std::mem::take(&mut self.gap) && !(tight && matches!(block, Block::List { .. })) {
                self.emit(Vec::new());
            }
            self.block(block);
            self.gap = match block {
                Block::Heading { level, .. } => *level > RULED,
                block => !tight || !matches!(block, Block::Paragraph(_)),
            };
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, text } => self.heading(*level, text),
            Block::Paragraph(text) => self.text(text),
            Block::Code { language, lines } => self.code(language, lines),
            Block::Quote { alert, blocks } => self.quote(*alert, blocks),
            Block::List { first, loose, items } => self.list(*first, *loose, items),
            Block::Table(table) => {
                for line in table::lines(table, self.room(), self.ascii) {
                    self.emit(line);
                }
            }
            Block::Note { number, blocks } => {
                let marker = format!("[{number}] ");
                let rest = " ".repeat(marker.len());
                let look = Look::of(Role::Muted);
                self.behind(Some(Run::new(marker, look)), Run::new(rest, look), |flow| {
                    flow.gap = false;
                    flow.blocks(blocks, true);
                });
            }
            Block::Rule => {
                let rule = self.sign("─", "-").repeat(self.room());
                self.emit(vec![Run::new(rule, Look::of(Role::Border))]);
            }
        }
    }

    fn text(&mut self, text: &[Run]) {
        for line in wrap::words(text, self.room()) {
            self.emit(line);
        }
    }

    fn heading(&mut self, level: u8, text: &Inlines) {
        let plain: String = text.iter().filter(|run| run.text != "\n").map(|run| run.text.as_str()).collect();
        let slug = link::slug(&plain);
        self.headings.push(Heading { level, text: plain, slug, line: self.lines.len() });
        let mut text = text.clone();
        if level > RULED {
            let mark = self.sign("▪ ", "# ");
            text.insert(0, Run::new(mark, Look::of(Role::Heading)));
        }
        self.text(&text);
        if level <= RULED {
            let rule = if level == 1 { self.sign("━", "=") } else { self.sign("─", "-") };
            self.emit(vec![Run::new(rule.repeat(self.room()), Look::of(Role::Border))]);
        }
    }

    fn quote(&mut self, alert: Option<Alert>, blocks: &[Block]) {
        let (title, role) = alert.map_or(("", Role::Muted), Alert::shown);
        let bar = Run::new(self.sign("▌ ", "| "), Look::of(role));
        self.behind(None, bar, |flow| {
            if !title.is_empty() {
                flow.text(&[Run::new(title, Look { strong: true, ..Look::of(role) })]);
            }
            flow.gap = false;
            flow.blocks(blocks, false);
        });
    }

    fn list(&mut self, first: Option<u64>, loose: bool, items: &[Item]) {
        let last = first.unwrap_or(0).saturating_add(items.len().saturating_sub(1) as u64);
        let digits = last.to_string().len();
        for (index, item) in items.iter().enumerate() {
            if index > 0 && loose {
                self.emit(Vec::new());
            }
            let mut role = Role::Muted;
            let marker = match (item.checked, first) {
                (Some(true), _) => {
                    role = Role::Success;
                    self.sign("☑ ", "[x] ").to_owned()
                }
                (Some(false), _) => self.sign("☐ ", "[ ] ").to_owned(),
                (None, Some(first)) => {
                    format!("{:>digits$}. ", first.saturating_add(index as u64))
                }
                (None, None) => self.sign("• ", "* ").to_owned(),
            };
            let rest = Run::new(" ".repeat(wrap::width(&marker)), Look::of(Role::Text));
            self.behind(Some(Run::new(marker, Look::of(role))), rest, |flow| {
                flow.gap = false;
                if item.blocks.is_empty() {
                    flow.emit(Vec::new());
                }
                flow.blocks(&item.blocks, !loose);
            });
            self.gap = false;
        }
    }

    fn code(&mut self, language: &str, lines: &[Inlines]) {
        let border = Look::of(Role::Border);
        let muted = Look::of(Role::Muted);
        let room = self.room();
        if room < BOX {
            let bar = Run::new(self.sign("│ ", "| "), border);
            self.behind(None, bar, |flow| {
                for line in lines {
                    for part in wrap::code(line, flow.room(), 0) {
                        flow.emit(part);
                    }
                }
            });
            return;
        }
        let rule = self.sign("─", "-");
        let label =
            if matches!(language, "" | "text" | "txt") { String::new() } else { format!(" {language} ") };
        let label: String = label.chars().take(room - 6).collect();
        let label_width = wrap::width(&label).min(room - 4);
        let mut top = vec![Run::new(format!("{}{rule}", self.sign("╭", "+")), border)];
        top.push(Run::new(label, muted));
        let left = room.saturating_sub(3 + label_width);
        top.push(Run::new(format!("{}{}", rule.repeat(left), self.sign("╮", "+")), border));
        self.emit(top);
        let (wall, more) = (self.sign("│", "|"), self.sign("↪ ", "> "));
        for line in lines {
            for (index, part) in wrap::code(line, room - 4, 2).into_iter().enumerate() {
                let mut runs = vec![Run::new(format!("{wall} "), border)];
                if index > 0 {
                    runs.push(Run::new(more, muted));
                }
                runs.extend(part);
                let used: usize = runs.iter().map(|run| wrap::width(&run.text)).sum();
                runs.push(Run::new(format!("{}{wall}", " ".repeat((room - 1).saturating_sub(used))), border));
                self.emit(runs);
            }
        }
        let bottom = format!("{}{}{}", self.sign("╰", "+"), rule.repeat(room - 2), self.sign("╯", "+"));
        self.emit(vec![Run::new(bottom, border)]);
    }
}
