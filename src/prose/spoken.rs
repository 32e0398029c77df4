//! Prose for who listens: one thing after the other, each said to be what it is. No boxes, no
//! columns, nothing that only means something by where it stands. Lines are as long as their
//! paragraph: whoever reads them out, or folds them, knows better where to pause.

use super::parse::{Block, Inlines, Item, Table};
use super::{Document, Run, Target};

/// The document as lines to be read out.
pub fn spoken(document: &Document) -> String {
    let mut speaker = Speaker { links: document.links(), out: String::new() };
    speaker.blocks(&document.blocks, 0);
    let text = speaker.out.trim_end_matches('\n');
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}

struct Speaker<'a> {
    links: &'a [Target],
    out: String,
}

impl Speaker<'_> {
    fn line(&mut self, indent: usize, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', 2 * indent));
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn blocks(&mut self, blocks: &[Block], indent: usize) {
        for block in blocks {
            self.block(block, indent);
        }
    }

    fn block(&mut self, block: &Block, indent: usize) {
        match block {
            Block::Heading { level, text } => {
                self.blank();
                let text = format!("Heading {level}: {}", self.inline(text));
                self.line(indent, &text);
                self.blank();
            }
            Block::Paragraph(text) => {
                for part in self.inline(text).split('\n') {
                    self.line(indent, part);
                }
                if indent == 0 {
                    self.blank();
                }
            }
            Block::Code { language, lines } => self.code(language, lines, indent),
            Block::Quote { alert, blocks } => {
                let title = alert.map_or("Quote", |alert| alert.shown().0);
                self.line(indent, &format!("{title}:"));
                self.blocks(blocks, indent + 1);
                self.blank();
            }
            Block::List { first, items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    let number = first.map(|first| first.saturating_add(index as u64));
                    self.item(item, number, indent);
                }
                if indent == 0 {
                    self.blank();
                }
            }
            Block::Table(table) => self.table(table, indent),
            Block::Note { number, blocks } => {
                self.line(indent, &format!("Footnote {number}:"));
                self.blocks(blocks, indent + 1);
            }
            Block::Rule => self.blank(),
        }
    }

    fn code(&mut self, language: &str, lines: &[Inlines], indent: usize) {
        let name = if matches!(language, "" | "text" | "txt") { "" } else { language };
        let comma = if name.is_empty() { "" } else { ", " };
        let count = lines.len();
        let ending = if count == 1 { "line" } else { "lines" };
        self.line(indent, &format!("Code{comma}{name}, {count} {ending}:"));
        for line in lines {
            let text: String = line.iter().map(|run| run.text.as_str()).collect();
            self.line(indent + 1, &text);
        }
        self.line(indent, "End of code.");
        self.blank();
    }

    fn item(&mut self, item: &Item, number: Option<u64>, indent: usize) {
        let marker = match (item.checked, number) {
            (Some(true), _) => "- done: ".to_owned(),
            (Some(false), _) => "- to do: ".to_owned(),
            (None, Some(number)) => format!("{number}. "),
            (None, None) => "- ".to_owned(),
        };
        let (first, rest) = match item.blocks.split_first() {
            Some((Block::Paragraph(text), rest)) => (self.inline(text), rest),
            _ => (String::new(), &item.blocks[..]),
        };
        self.line(indent, &format!("{marker}{}", first.replace('\n', " ")));
        self.blocks(rest, indent + 1);
    }

    fn table(&mut self, table: &Table, indent: usize) {
        let heads: Vec<String> = table.head.iter().map(|cell| self.inline(cell)).collect();
        self.line(indent, &format!("Table, {} columns, {} rows:", heads.len(), table.rows.len()));
        for (index, row) in table.rows.iter().enumerate() {
            let cells = row.iter().enumerate().map(|(at, cell)| {
                let text = self.inline(cell);
                match heads.get(at).filter(|head| !head.is_empty()) {
                    Some(head) => format!("{head}: {text}"),
                    None => text,
                }
            });
            let cells: Vec<String> = cells.collect();
            self.line(indent + 1, &format!("Row {}. {}.", index + 1, cells.join("; ")));
        }
        self.blank();
    }

    /// Text, each link followed by where it leads.
    fn inline(&self, text: &[Run]) -> String {
        let mut out = String::new();
        for (at, run) in text.iter().enumerate() {
            out.push_str(&run.text);
            let ends = text.get(at + 1).is_none_or(|next| next.link != run.link);
            if let Some(target) = run.link.filter(|_| ends).and_then(|link| self.links.get(link)) {
                let label = target.label();
                if label != run.text {
                    out.push_str(&format!(" (link: {label})"));
                }
            }
        }
        out
    }
}
