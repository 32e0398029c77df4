//! Markdown events → blocks of sanitised text. One pass, no recursion, depth bounded.

use super::{Document, Look, MAX_DEPTH, Paint, Run, Target, clean};
use crate::text::Role;
use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;

/// Text with looks; a run that is `"\n"` alone breaks the line.
pub(super) type Inlines = Vec<Run>;

/// A block of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Heading { level: u8, text: Inlines },
    Paragraph(Inlines),
    Code { language: String, lines: Vec<Inlines> },
    Quote { alert: Option<Alert>, blocks: Vec<Block> },
    List { first: Option<u64>, loose: bool, items: Vec<Item> },
    Table(Table),
    Note { number: usize, blocks: Vec<Block> },
    Rule,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Item {
    pub checked: Option<bool>,
    pub blocks: Vec<Block>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Table {
    pub align: Vec<Align>,
    pub head: Vec<Inlines>,
    pub rows: Vec<Vec<Inlines>>,
}

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

/// The kinds of GFM alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alert {
    Note,
    Tip,
    Important,
    Warning,
    Caution,
}

impl Alert {
    /// Its title and the role of its bar.
    pub fn shown(self) -> (&'static str, Role) {
        match self {
            Self::Note => ("Note", Role::Info),
            Self::Tip => ("Tip", Role::Success),
            Self::Important => ("Important", Role::Heading),
            Self::Warning => ("Warning", Role::Warning),
            Self::Caution => ("Caution", Role::Error),
        }
    }
}

/// A container that is open while events come in.
enum Open {
    Quote(Option<Alert>),
    List {
        first: Option<u64>,
        loose: bool,
        items: Vec<Item>,
    },
    Item {
        checked: Option<bool>,
    },
    Note(usize),
    /// Too deep: its content goes to the container around it.
    Flat,
}

struct Reader {
    paint: Paint,
    /// Blocks of each open container, the document's first.
    blocks: Vec<Vec<Block>>,
    open: Vec<Open>,
    inlines: Inlines,
    table: Option<Table>,
    row: Vec<Inlines>,
    code: Option<(String, String)>,
    html: Option<String>,
    heading: Option<u8>,
    links: Vec<Target>,
    link: Option<usize>,
    strong: usize,
    emphasis: usize,
    struck: usize,
    image: usize,
    notes: HashMap<String, usize>,
    footnotes: Vec<Block>,
}

pub(super) fn parse(markdown: &str, paint: Paint) -> Document {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut reader = Reader::new(paint);
    for event in Parser::new_ext(markdown, options) {
        reader.event(event);
    }
    reader.flush();
    let mut blocks = reader.blocks.swap_remove(0);
    if !reader.footnotes.is_empty() {
        blocks.push(Block::Rule);
        reader.footnotes.sort_by_key(|note| if let Block::Note { number, .. } = note { *number } else { 0 });
        blocks.append(&mut reader.footnotes);
    }
    Document { blocks, links: reader.links }
}

impl Reader {
    fn new(paint: Paint) -> Self {
        Self {
            paint,
            blocks: vec![Vec::new()],
            open: Vec::new(),
            inlines: Vec::new(),
            table: None,
            row: Vec::new(),
            code: None,
            html: None,
            heading: None,
            links: Vec::new(),
            link: None,
            strong: 0,
            emphasis: 0,
            struck: 0,
            image: 0,
            notes: HashMap::new(),
            footnotes: Vec::new(),
        }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match (&mut self.code, &mut self.html) {
                (Some((_, code)), _) => code.push_str(&text),
                (_, Some(html)) => html.push_str(&text),
                _ => self.push(&text, self.look(Role::Text)),
            },
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.push(&text, self.look(Role::Code));
            }
            Event::Html(text) => match &mut self.html {
                Some(html) => html.push_str(&text),
                None => self.push(&text, self.look(Role::Muted)),
            },
            Event::InlineHtml(tag) => {
                let name = tag.trim_matches(['<', '>', '/', ' ']);
                if name.eq_ignore_ascii_case("br") {
                    self.line_break();
                }
            }
            Event::FootnoteReference(label) => {
                let number = self.note(&label);
                self.push(&format!("[{number}]"), self.look(Role::Muted));
            }
            Event::SoftBreak => self.push(" ", self.look(Role::Text)),
            Event::HardBreak => self.line_break(),
            Event::Rule => self.block(Block::Rule),
            Event::TaskListMarker(done) => {
                if let Some(Open::Item { checked }) = self.open.last_mut() {
                    *checked = Some(done);
                }
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => {
                let above = self.open.len().checked_sub(2);
                if let (Some(Open::Item { .. }), Some(Open::List { loose, .. })) =
                    (self.open.last(), above.and_then(|at| self.open.get(at)))
                    && !loose
                    && let Some(Open::List { loose, .. }) = above.and_then(|at| self.open.get_mut(at))
                {
                    *loose = true;
                }
            }
            Tag::Heading { level, .. } => {
                self.flush();
                self.heading = Some(level as u8);
            }
            Tag::BlockQuote(kind) => self.enter(Open::Quote(kind.map(alert))),
            Tag::CodeBlock(kind) => {
                self.flush();
                let language = match &kind {
                    CodeBlockKind::Fenced(info) => info.split([' ', ',', '{']).next().unwrap_or_default(),
                    CodeBlockKind::Indented => "",
                };
                self.code = Some((clean::text(language), String::new()));
            }
            Tag::HtmlBlock => {
                self.flush();
                self.html = Some(String::new());
            }
            Tag::List(first) => self.enter(Open::List { first, loose: false, items: Vec::new() }),
            Tag::Item => self.enter(Open::Item { checked: None }),
            Tag::FootnoteDefinition(label) => {
                let number = self.note(&label);
                self.enter(Open::Note(number));
            }
            Tag::Table(columns) => {
                self.flush();
                let align = columns.iter().map(align).collect();
                self.table = Some(Table { align, ..Table::default() });
            }
            Tag::Emphasis => self.emphasis += 1,
            Tag::Strong => self.strong += 1,
            Tag::Strikethrough => self.struck += 1,
            Tag::Link { dest_url, .. } => {
                self.links.push(Target::of(&dest_url));
                self.link = Some(self.links.len() - 1);
            }
            Tag::Image { .. } => {
                self.push("[", self.look(Role::Muted));
                self.image += 1;
            }
            Tag::TableHead | Tag::TableRow => self.row = Vec::new(),
            Tag::TableCell
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.flush(),
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::FootnoteDefinition => {
                self.leave()
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    let lines = (self.paint)(&language, clean::code_lines(&text));
                    self.block(Block::Code { language, lines });
                }
            }
            TagEnd::HtmlBlock => {
                let html = self.html.take().unwrap_or_default();
                if !html.trim_start().starts_with("<!--") {
                    for line in html.lines().filter(|line| !line.trim().is_empty()) {
                        self.push(line.trim(), Look::of(Role::Muted));
                        self.line_break();
                    }
                    self.flush();
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.block(Block::Table(table));
                }
            }
            TagEnd::TableHead => {
                let head = std::mem::take(&mut self.row);
                if let Some(table) = &mut self.table {
                    table.head = head;
                }
            }
            TagEnd::TableRow => {
                let row = std::mem::take(&mut self.row);
                if let Some(table) = &mut self.table {
                    table.rows.push(row);
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inlines);
                self.row.push(cell);
            }
            TagEnd::Emphasis => self.emphasis = self.emphasis.saturating_sub(1),
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Strikethrough => self.struck = self.struck.saturating_sub(1),
            TagEnd::Link => self.link = None,
            TagEnd::Image => {
                self.image = self.image.saturating_sub(1);
                self.push("]", self.look(Role::Muted));
            }
            TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => self.flush(),
        }
    }

    /// How text of `role` looks inside the spans that are open.
    fn look(&self, role: Role) -> Look {
        let role = match role {
            Role::Text if self.image > 0 => Role::Muted,
            Role::Text if self.link.is_some() => Role::Link,
            Role::Text if self.heading.is_some() => Role::Heading,
            Role::Text if self.strong > 0 => Role::Strong,
            role => role,
        };
        Look { role, strong: self.strong > 0, emphasis: self.emphasis > 0, struck: self.struck > 0 }
    }

    fn push(&mut self, text: &str, look: Look) {
        let text = clean::text(text);
        match self.inlines.last_mut() {
            Some(last) if last.look == look && last.link == self.link && last.text != "\n" => {
                last.text.push_str(&text);
            }
            _ => self.inlines.push(Run { text, look, link: self.link }),
        }
    }

    fn line_break(&mut self) {
        self.inlines.push(Run::new("\n", Look::of(Role::Text)));
    }

    /// The number of the footnote `label`.
    fn note(&mut self, label: &str) -> usize {
        let next = self.notes.len() + 1;
        *self.notes.entry(label.to_owned()).or_insert(next)
    }

    /// Ends the paragraph or heading that is being read.
    fn flush(&mut self) {
        let text = std::mem::take(&mut self.inlines);
        let heading = self.heading.take();
        if text.iter().all(|run| run.text.trim().is_empty()) {
            return;
        }
        self.block(match heading {
            Some(level) => Block::Heading { level, text },
            None => Block::Paragraph(text),
        });
    }

    fn block(&mut self, block: Block) {
        if let Some(blocks) = self.blocks.last_mut() {
            blocks.push(block);
        }
    }

    fn enter(&mut self, open: Open) {
        self.flush();
        if self.blocks.len() > MAX_DEPTH && !matches!(open, Open::Item { .. }) {
            self.open.push(Open::Flat);
            return;
        }
        // An item whose list is flat has nowhere to go but flat.
        if matches!((&open, self.open.last()), (Open::Item { .. }, Some(Open::Flat) | None)) {
            self.open.push(Open::Flat);
            return;
        }
        if !matches!(open, Open::List { .. }) {
            self.blocks.push(Vec::new());
        }
        self.open.push(open);
    }

    fn leave(&mut self) {
        self.flush();
        match self.open.pop() {
            None | Some(Open::Flat) => {}
            Some(Open::List { first, loose, items }) => self.block(Block::List { first, loose, items }),
            Some(Open::Quote(alert)) => {
                let blocks = self.blocks.pop().unwrap_or_default();
                self.block(Block::Quote { alert, blocks });
            }
            Some(Open::Note(number)) => {
                let blocks = self.blocks.pop().unwrap_or_default();
                self.footnotes.push(Block::Note { number, blocks });
            }
            Some(Open::Item { checked }) => {
                let blocks = self.blocks.pop().unwrap_or_default();
                if let Some(Open::List { items, .. }) = self.open.last_mut() {
                    items.push(Item { checked, blocks });
                }
            }
        }
    }
}

fn alert(kind: BlockQuoteKind) -> Alert {
    match kind {
        BlockQuoteKind::Note => Alert::Note,
        BlockQuoteKind::Tip => Alert::Tip,
        BlockQuoteKind::Important => Alert::Important,
        BlockQuoteKind::Warning => Alert::Warning,
        BlockQuoteKind::Caution => Alert::Caution,
    }
}

fn align(alignment: &Alignment) -> Align {
    match alignment {
        Alignment::None | Alignment::Left => Align::Left,
        Alignment::Center => Align::Centre,
        Alignment::Right => Align::Right,
    }
}
